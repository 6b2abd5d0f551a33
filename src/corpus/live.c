/* A case on a server, in a database of its own: it must end as it does in memory. */
#include "corpus/corpus.h"

#include "exec/contents.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

typedef struct stored_collection {
    str name;
    stored_list documents;
} stored_collection;

typedef struct site {
    case_run *run;
    const scenario *scenario;
    kf_database *database;
    kf_plan_options options; /* the scenario's, with the database's name and a profile */
    kf_schema *before;       /* as the server has it */
    VEC(stored_collection) collections;
    arena *arena;
    kf_error *err;
} site;

/* ---- documents in memory ---- */

static stored_field *field_of(stored_document *d, str name) {
    for (size_t i = 0; i < d->fields.n; i++)
        if (str_eq(d->fields.at[i].name, name)) return &d->fields.at[i];
    return NULL;
}

static void remove_field(stored_document *d, str name) {
    for (size_t i = d->fields.n; i-- > 0;)
        if (str_eq(d->fields.at[i].name, name)) vec_remove(&d->fields, i);
}

static stored_collection *collection_of(site *s, str name) {
    for (size_t i = 0; i < s->collections.n; i++)
        if (str_eq(s->collections.at[i].name, name)) return &s->collections.at[i];
    return NULL;
}

static void rename_field(stored_document *d, const operation *op) {
    stored_field *old = field_of(d, op->from);
    if (old && !field_of(d, op->field)) old->name = op->field;
}

static void fill_field(stored_document *d, const operation *op, arena *a) {
    stored_field *f = field_of(d, op->field);
    str fill = json_value(a, &op->fill);
    if (!f) vec_push(a, &d->fields, (stored_field){op->field, fill});
    else if (op->fill_nulls && str_eq(f->value, STR("null"))) f->value = fill;
}

static void change_fields(site *s, const operation *op) {
    stored_collection *c = collection_of(s, op->collection);
    for (size_t i = 0; c && i < c->documents.n; i++) {
        stored_document *d = &c->documents.at[i];
        if (op->kind == OPERATION_RENAME_FIELD) rename_field(d, op);
        if (op->kind == OPERATION_FILL_FIELD) fill_field(d, op, s->arena);
        if (op->kind == OPERATION_UNSET_FIELD) remove_field(d, op->field);
    }
}

/* What plan/execute.c leaves out, for a schema has no documents. */
static void change_documents(site *s, const operation *op) {
    str called = op->kind == OPERATION_RENAME_COLLECTION ? op->from : op->collection;
    stored_collection *c = collection_of(s, called);
    if (op->kind == OPERATION_RENAME_COLLECTION && c) c->name = op->collection;
    else if (op->kind == OPERATION_DROP_COLLECTION && c) c->name = STR(""), c->documents.n = 0;
    else if (op->kind == OPERATION_EMPTY_COLLECTION && c) c->documents.n = 0;
    else if (op->kind == OPERATION_DROP_DATABASE) s->collections.n = 0;
    else change_fields(s, op);
}

/* ---- before ---- */

/* Its rows are part of the schema. */
static bool is_migrations(str collection) { return str_eq(collection, STR(MIGRATIONS_TABLE)); }

/* One document with a value of its own in every field: no two are alike, so none is a duplicate. */
static int fill_collection(site *s, const table *t) {
    stored_collection c = {.name = t->name};
    stored_document d = {0};
    for (size_t i = 0; i < t->columns.n; i++) {
        str value = str_format(s->arena, "\"%zu\"", i + 1);
        vec_push(s->arena, &d.fields, (stored_field){t->columns.at[i]->name, value});
    }
    if (!field_of(&d, STR("_id"))) vec_push(s->arena, &d.fields, (stored_field){STR("_id"), STR("1")});
    vec_push(s->arena, &c.documents, d);
    vec_push(s->arena, &s->collections, c);
    return contents_insert(s->database->connection, t->name, &d, s->arena, s->err);
}

static int prepare(site *s) {
    const schema *live = s->scenario->live->schema;
    kf_error why;
    int rc = contents_load(s->database->connection, live, s->arena, &why);
    if (rc == -KF_E_SERVER) {
        s->run->skipped = str_format(s->arena, "the server cannot hold what is there before: %s", why.message);
        return 0;
    }
    if (rc) {
        if (s->err) *s->err = why;
        return rc;
    }
    /* What a conversion makes of a value is the server's arithmetic, not memory's. */
    for (size_t i = 0; rc == 0 && !s->options.convert_types && i < live->tables.n; i++)
        if (live->tables.at[i]->exists && !is_migrations(live->tables.at[i]->name)) rc = fill_collection(s, live->tables.at[i]);
    return rc;
}

/* ---- after ---- */

static str dump_of(arena *a, const kf_schema *s) {
    text t = {.arena = a};
    schema_dump(&t, s->schema);
    return text_str(&t);
}

static int snapshot(kf_schema **out, site *s) {
    int rc = kf_database_snapshot(out, s->database, s->err);
    if (rc == 0) schema_keep(s->arena, *out);
    return rc;
}

static int by_name(const void *a, const void *b) {
    return str_cmp(((const stored_field *)a)->name, ((const stored_field *)b)->name);
}

static void dump_documents(text *out, str collection, stored_list *documents) {
    for (size_t i = 0; i < documents->n; i++) {
        stored_document *d = &documents->at[i];
        text_format(out, "\"%.*s\":", STR_ARG(collection));
        if (d->fields.n) qsort(d->fields.at, d->fields.n, sizeof *d->fields.at, by_name);
        for (size_t k = 0; k < d->fields.n; k++)
            text_format(out, " %.*s=%.*s", STR_ARG(d->fields.at[k].name), STR_ARG(d->fields.at[k].value));
        text_char(out, '\n');
    }
}

static int compare_documents(site *s, const kf_schema *after) {
    text expected = {.arena = s->arena}, got = {.arena = s->arena};
    for (size_t i = 0; i < after->schema->tables.n; i++) {
        str name = after->schema->tables.at[i]->name;
        stored_collection *c = collection_of(s, name);
        stored_list stored = {0};
        if (is_migrations(name)) continue;
        int rc = contents_read(&stored, s->database->connection, name, s->arena, s->err);
        if (rc) return rc;
        if (c) dump_documents(&expected, name, &c->documents);
        dump_documents(&got, name, &stored);
    }
    run_law(s->run, str_eq(text_str(&expected), text_str(&got)), "documents end on the server as they do in memory",
            text_diff(s->arena, text_str(&expected), text_str(&got)));
    return 0;
}

/* memory: how it ends there; plan: what was done. */
static int compare(site *s, const kf_schema *memory, const plan *p) {
    kf_schema *after;
    int rc = snapshot(&after, s);
    if (rc) return rc;
    str expected = dump_of(s->arena, memory), got = dump_of(s->arena, after);
    run_law(s->run, str_eq(expected, got), "the server's schema ends as it does in memory", text_diff(s->arena, expected, got));
    for (size_t i = 0; i < p->operations.n; i++) change_documents(s, &p->operations.at[i]);
    return compare_documents(s, after);
}

/* ---- what the server refused, which memory does not ---- */

/* A server that its profile says less of than it is: then nothing is learned. */
static bool has_no_hashed(site *s, const kf_result *result) {
    for (size_t i = 0; i < result->run.failures.n; i++) {
        const failure *f = &result->run.failures.at[i];
        const operation *op = &result->plan->plan->operations.at[f->operation];
        if (f->code != KF_E_SERVER || !op->index || op->index->key.fields.n != 1 || op->index->key.fields.at[0].direction)
            continue;
        s->run->skipped = f->message;
        return true;
    }
    return false;
}

static bool went_well(site *s, const kf_result *result) {
    text shown = {.arena = s->arena};
    if (has_no_hashed(s, result)) return false;
    for (size_t i = 0; i < kf_result_failure_count(result); i++) {
        kf_failure f;
        kf_result_failure(&f, result, i);
        text_format(&shown, "%s\n", f.message);
    }
    return run_law(s->run, shown.n == 0, "what works in memory works on the server", text_str(&shown));
}

/* ---- the two ways ---- */

static int converge(site *s) {
    kf_schema *memory, *after;
    kf_plan *expected, *plan, *again;
    kf_result *in_memory, *on_server;
    int rc = schema_keep_copy(&memory, s->before, s->arena, s->err);
    if (rc == 0) rc = kf_plan_new(&expected, s->scenario->log, memory, &s->options, s->err);
    if (rc) return rc;
    plan_keep(s->arena, expected);
    rc = kf_apply_schema(&in_memory, memory, expected, s->err);
    if (rc) return rc;
    result_keep(s->arena, in_memory);
    rc = kf_plan_new(&plan, s->scenario->log, s->before, &s->options, s->err);
    if (rc) return rc;
    plan_keep(s->arena, plan);
    text here = {.arena = s->arena}, there = {.arena = s->arena};
    plan_dump(&here, expected->plan);
    plan_dump(&there, plan->plan);
    run_law(s->run, str_eq(text_str(&here), text_str(&there)), "the plan for the server is the one for memory",
            text_diff(s->arena, text_str(&here), text_str(&there)));
    rc = kf_apply_plan(&on_server, s->database, plan, s->err);
    if (rc) return rc;
    result_keep(s->arena, on_server);
    if (!went_well(s, on_server)) return 0;
    rc = compare(s, memory, expected->plan);
    if (rc || kf_plan_stopped(plan)) return rc;
    rc = snapshot(&after, s);
    if (rc == 0) rc = kf_plan_new(&again, s->scenario->log, after, &s->options, s->err);
    if (rc) return rc;
    plan_keep(s->arena, again);
    run_law(s->run, kf_plan_operations(again) == 0, "planned again from the server, there is nothing to do", STR_NONE);
    return 0;
}

static int execute(site *s) {
    kf_schema *memory;
    kf_result *in_memory, *on_server;
    kf_error here, there;
    int rc = schema_keep_copy(&memory, s->before, s->arena, s->err);
    if (rc) return rc;
    int rc_here = kf_execute_schema(&in_memory, memory, s->scenario->log, &s->options, &here);
    if (rc_here == 0) result_keep(s->arena, in_memory);
    int rc_there = kf_execute(&on_server, s->database, s->scenario->log, &s->options, &there);
    if (rc_there == 0) result_keep(s->arena, on_server);
    if (!run_law(s->run, rc_here == rc_there, "the server's answer is the one in memory",
                 str_format(s->arena, "-%s\n+%s\n", rc_here ? here.message : "", rc_there ? there.message : "")) ||
        rc_here)
        return 0;
    return went_well(s, on_server) ? compare(s, memory, kf_result_plan(in_memory)->plan) : 0;
}

/* ---- the database ---- */

static void close_site(void *thing) {
    site *s = thing;
    arena *a;
    if (arena_new(&a) == 0) {
        contents_drop(s->database->connection, a, NULL);
        arena_free(a);
    }
    kf_database_free(s->database);
}

static int open_site(site *s, const kf_case_options *options) {
    kf_database_options d = KF_DATABASE_OPTIONS;
    uint64_t number;
    if (getrandom(&number, sizeof number, 0) != sizeof number)
        return fail(s->err, KF_E_INTERNAL, "there are no random numbers");
    d.database = str_format(s->arena, "kf_test_%016llx", (unsigned long long)number).p;
    d.timeout_s = options->timeout_s;
    d.interrupted = options->interrupted;
    int rc = kf_database_open(&s->database, options->uri, &d, s->err);
    if (rc) return rc;
    arena_defer(s->arena, close_site, s);
    s->options.database = d.database;
    return 0;
}

/* A case that names no profile is carried out by the server's rules. */
static bool is_looser(site *s) {
    const profile *is = connection_profile(s->database->connection);
    if (!s->options.profile) s->options.profile = is->name;
    if (!profile_is_looser(profile_find(str_of(s->options.profile)), is)) return false;
    s->run->skipped = str_format(s->arena, "it is for %s, and the server is %s", s->options.profile, is->name);
    return true;
}

/* Carried out here, it would be somebody's. */
static bool drops_database(site *s) {
    for (size_t i = 0; s->scenario->now && i < s->scenario->log->statements.n; i++) {
        statement_list all = {0};
        if (parse_statements(&all, s->scenario->log->statements.at[i].sql, NULL, s->arena, NULL)) continue;
        for (size_t k = 0; k < all.n; k++)
            if (all.at[k].kind == STATEMENT_DROP_DATABASE) {
                s->run->skipped = STR("DROP DATABASE is not carried out on a server");
                return true;
            }
    }
    return false;
}

int live_run(case_run *r, const scenario *scenario, const kf_case_options *options, kf_error *err) {
    site *s = arena_make(r->arena, site);
    *s = (site){.run = r, .scenario = scenario, .options = scenario->options, .arena = r->arena, .err = err};
    int rc = open_site(s, options);
    if (rc || is_looser(s) || drops_database(s)) return rc;
    rc = prepare(s);
    if (rc == 0 && !r->skipped.n) rc = snapshot(&s->before, s);
    if (rc || r->skipped.n) return rc;
    str wanted = dump_of(s->arena, scenario->live), is = dump_of(s->arena, s->before);
    if (!run_law(r, str_eq(wanted, is), "the server holds what is there before", text_diff(s->arena, wanted, is))) return 0;
    return scenario->now ? execute(s) : converge(s);
}
