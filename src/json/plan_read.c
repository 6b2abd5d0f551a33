#include "json/document.h"
#include "json/json.h"
#include "json/plan_check.h"
#include "json/tree.h"

#include <stdlib.h>

static const struct {
    const char *text;
    finding_kind kind;
} severities[] = {
    {"notice", FINDING_NOTICE}, {"withheld", FINDING_WITHHELD}, {"skipped", FINDING_SKIPPED}, {"error", FINDING_ERROR}};

static int invalid(kf_error *err, const char *what) { return fail(err, KF_E_PLAN_INVALID, "%s", what); }

/* ---- statements ---- */

static bool read_source(source *out, str spelled) {
    size_t colon = spelled.n;
    while (colon > 0 && spelled.p[colon - 1] != ':') colon--;
    if (colon == 0) return false;
    out->file = str_slice(spelled, 0, colon - 1);
    out->line = strtoull(spelled.p + colon, NULL, 10); /* BSON strings end with a zero */
    return true;
}

static bool class_of(str spelled, statement_class *out) {
    for (int c = 0; c < CLASS_COUNT; c++)
        if (str_eq(spelled, str_of(statement_class_text((statement_class)c)))) {
            *out = (statement_class)c;
            return true;
        }
    return false;
}

static int read_statements(plan *out, str array, kf_error *err) {
    bson_iter_t i;
    if (!tree_open(&i, array)) return invalid(err, "there is no array \"statement_list\"");
    while (bson_iter_next(&i)) {
        str d = tree_document(&i);
        int r = plan_check_members(d, PLAN_STATEMENT, err);
        if (r) return r;
        planned_statement s = {.reason = tree_get_str(d, "reason")};
        if (!read_source(&s.source, tree_get_str(d, "source")))
            return invalid(err, "a statement without a source \"file:line\"");
        if (!class_of(tree_get_str(d, "class"), &s.class)) return invalid(err, "a statement of no known class");
        out->counts[s.class]++;
        vec_push(out->arena, &out->statements, s);
    }
    return 0;
}

static void read_skipped_dml(plan *out, str array) {
    bson_iter_t i;
    if (!tree_open(&i, array)) return;
    while (bson_iter_next(&i)) {
        str d = tree_document(&i);
        skipped_dml *s = arena_make(out->arena, skipped_dml);
        s->table = tree_get_str(d, "table");
        for (int op = 0; op < DML_OPERATIONS; op++) {
            int64_t n = tree_get_int(d, dml_keys[op]);
            s->counts[op] = n > 0 ? (size_t)n : 0;
        }
        vec_push(out->arena, &out->skipped_dml, s);
    }
}

/* What the counts have and the list has not. */
static void read_left_out(plan *out, int64_t read) {
    if (read < 0 || (uint64_t)read <= out->statements.n) return;
    out->left_out = (size_t)read - out->statements.n;
    out->counts[CLASS_SKIPPED] += out->left_out;
}

/* For people only: a plan can do without. */
static void read_files(plan *out, str array) {
    bson_iter_t i;
    if (!tree_open(&i, array)) return;
    while (bson_iter_next(&i)) {
        str d = tree_document(&i);
        planned_file f = {tree_get_str(d, "name"),
                          tree_get_str(d, "form"),
                          tree_get_str(d, "encoding"),
                          tree_get_str(d, "compression"),
                          (size_t)tree_get_int(d, "statements"),
                          (size_t)tree_get_int(d, "lines")};
        vec_push(out->arena, &out->files, f);
    }
}

typedef VEC(size_t) cause_list;

static bool read_causes(const plan *p, cause_list *out, str document) {
    bson_iter_t i;
    int64_t n;
    *out = (cause_list){0};
    if (!tree_open(&i, tree_get_array(document, "statements"))) return true;
    while (bson_iter_next(&i)) {
        if (!tree_int(&i, &n) || n < 0 || (uint64_t)n >= p->statements.n) return false;
        vec_push(p->arena, out, (size_t)n);
    }
    return true;
}

#define take_list(vec, list) ((vec)->at = (list).at, (vec)->n = (list).n, (vec)->cap = (list).cap)

/* ---- collections ---- */

static name *name_called(arena *a, str called) {
    name *n = arena_make(a, name);
    n->name = called;
    return n;
}

static int read_planned_index(plan *out, planned_collection *c, str document, kf_error *err) {
    planned_index x = {.live = tree_get_bool(document, "live"), .companion_of = tree_get_str(document, "companion_of")};
    cause_list causes;
    int r = plan_check_members(document, PLAN_INDEX, err);
    if (r == 0) r = index_read_form(&x.index, document, out->arena, KF_E_PLAN_INVALID, err);
    if (r) return r;
    str_list names = tree_strings(out->arena, tree_get_array(document, "names"));
    for (size_t n = 0; n < names.n; n++) vec_push(out->arena, &x.names, name_called(out->arena, names.at[n]));
    if (!read_causes(out, &causes, document))
        return invalid(err, "an index names a statement that is not in \"statement_list\"");
    take_list(&x.causes, causes);
    vec_push(out->arena, &c->indexes, x);
    return 0;
}

static int read_other_name(plan *out, planned_collection *c, str document, kf_error *err) {
    int r = plan_check_members(document, PLAN_OTHER_NAME, err);
    if (r) return r;
    planned_name n = {.name = name_called(out->arena, tree_get_str(document, "name")),
                      .state = str_c(out->arena, tree_get_str(document, "state")),
                      .reason = tree_get_str(document, "reason")};
    if (!name_kind_of(tree_get_str(document, "kind"), &n.name->kind)) return invalid(err, "a name of no known kind");
    vec_push(out->arena, &c->other_names, n);
    return 0;
}

static int read_collection(plan *out, str document, kf_error *err) {
    planned_collection c = {.name = tree_get_str(document, "name")};
    bson_iter_t i;
    int r = plan_check_members(document, PLAN_COLLECTION, err);
    if (r) return r;
    if (tree_open(&i, tree_get_array(document, "indexes")))
        while (bson_iter_next(&i))
            if ((r = read_planned_index(out, &c, tree_document(&i), err))) return r;
    if (tree_open(&i, tree_get_array(document, "other_names")))
        while (bson_iter_next(&i))
            if ((r = read_other_name(out, &c, tree_document(&i), err))) return r;
    vec_push(out->arena, &out->collections, c);
    return 0;
}

/* ---- operations ---- */

static bool operation_kind_of(str spelled, operation_kind *out) {
    for (int k = 0; k < OPERATION_COUNT; k++)
        if (str_eq(spelled, str_of(operation_kind_text((operation_kind)k)))) {
            *out = (operation_kind)k;
            return true;
        }
    return false;
}

static int read_index(plan *out, index_spec **index, str document, const char *key, kf_error *err) {
    bson_iter_t i;
    if (!tree_find(&i, document, key) || bson_iter_type(&i) == BSON_TYPE_NULL) return 0;
    int r = plan_check_members(tree_document(&i), PLAN_INDEX, err);
    return r ? r : index_read_form(index, tree_document(&i), out->arena, KF_E_PLAN_INVALID, err);
}

static int read_document(plan *out, operation *op, str document, kf_error *err) {
    str d = tree_get_document(document, "document");
    op->base_rev = tree_get_int(document, "base_rev");
    if (op->base_rev < 0 || op->base_rev == INT64_MAX) return invalid(err, "a base_rev that is out of range");
    if (!d.n) return 0;
    int r = plan_check_members(d, PLAN_DOCUMENT, err);
    if (r) return r;
    op->document = arena_make(out->arena, table);
    op->document_exists = tree_get_bool(document, "document_exists");
    op->whole_fields = tree_get_bool(document, "whole_fields");
    op->counts_from = tree_get_str(document, "counts_from");
    tree_read_strings(out->arena, &op->removed_columns, tree_get_array(document, "removed_columns"));
    str before = tree_get_document(document, "before");
    if (before.n && (r = plan_check_members(before, PLAN_DOCUMENT, err))) return r;
    if (before.n) {
        table *t = arena_make(out->arena, table);
        op->before = t;
        int rc = document_read(t, before, out->arena, KF_E_PLAN_INVALID, err);
        if (rc) return rc;
    }
    return document_read(op->document, d, out->arena, KF_E_PLAN_INVALID, err);
}

/* exact: the key of a value that JSON cannot give back. False: it is there and no value. */
static bool read_value(plan *out, value *v, str document, const char *key, const char *exact) {
    bson_iter_t i;
    if (tree_find(&i, document, exact)) {
        if (!tree_open(&i, tree_exact(&i)) || !bson_iter_next(&i)) return false;
    } else if (!tree_find(&i, document, key)) {
        return true;
    }
    /* NaN is NaN. */
    return value_read(v, &i, out->arena) || v->type == VALUE_DOUBLE;
}

static bool read_migration(plan *out, operation *op, str document) {
    bson_iter_t i;
    if (op->kind != OPERATION_WRITE_MIGRATION && op->kind != OPERATION_REMOVE_MIGRATION) return true;
    migration *m = arena_make(out->arena, migration);
    m->applied.type = VALUE_NULL;
    op->migration = m;
    if (!tree_find(&i, document, "app") || !tree_is_str(&i)) return false;
    m->app = tree_str(&i);
    if (!tree_find(&i, document, "name") || !tree_is_str(&i)) return false;
    m->name = tree_str(&i);
    return read_value(out, &m->applied, document, "applied", "applied_bson");
}

static int read_operation(plan *out, str document, kf_error *err) {
    operation op = {.collection = tree_get_str(document, "collection"),
                    .from = tree_get_str(document, "from"),
                    .field = tree_get_str(document, "field"),
                    .old_type = tree_get_str(document, "from_type"),
                    .new_type = tree_get_str(document, "to_type"),
                    .fill_nulls = tree_get_bool(document, "fill_nulls"),
                    .restart = tree_get_bool(document, "restart"),
                    .reason = tree_get_str(document, "reason")};
    cause_list causes;
    int r = plan_check_members(document, PLAN_OPERATION, err);
    if (r) return r;
    if (!operation_kind_of(tree_get_str(document, "op"), &op.kind)) return invalid(err, "an operation of no known kind");
    if (tree_get_str(document, "fill_type").n || tree_get_bool(document, "defaults_hidden"))
        return invalid(err, "it was printed without its values: keyfold plan -o saves it whole, --show-values prints it so");
    if (!read_value(out, &op.fill, document, "fill", "fill_bson")) return invalid(err, "a fill that is no value");
    if (!read_migration(out, &op, document)) return invalid(err, "a migration without its app or name");
    if ((r = read_index(out, &op.index, document, "index", err))) return r;
    if ((r = read_index(out, &op.old, document, "old", err))) return r;
    if ((r = read_document(out, &op, document, err))) return r;
    if ((r = plan_check_operation(out, &op, err))) return r;
    if (!read_causes(out, &causes, document))
        return invalid(err, "an operation names a statement that is not in \"statement_list\"");
    take_list(&op.causes, causes);
    vec_push(out->arena, &out->operations, op);
    return 0;
}

/* ---- findings ---- */

/* "KF-042" */
static bool read_code(str spelled, kf_code *out) {
    *out = KF_OK;
    if (!str_starts(spelled, STR("KF-"))) return spelled.n == 0;
    int number = atoi(spelled.p + 3);
    if (!str_eq(spelled, str_of(kf_code_text(number)))) return false;
    *out = (kf_code)number;
    return true;
}

static int read_finding(plan *out, str d, kf_error *err) {
    finding f = {.kind = FINDING_ERROR + 1,
                 .collection = tree_get_str(d, "collection"),
                 .name = tree_get_str(d, "name"),
                 .field = tree_get_str(d, "field"),
                 .message = tree_get_str(d, "message")};
    bson_iter_t i;
    int r = plan_check_members(d, PLAN_FINDING, err);
    if (r) return r;
    for (size_t n = 0; n < sizeof severities / sizeof *severities; n++)
        if (str_eq(tree_get_str(d, "severity"), str_of(severities[n].text))) f.kind = severities[n].kind;
    if (f.kind > FINDING_ERROR || !read_code(tree_get_str(d, "code"), &f.code))
        return invalid(err, "a finding of no known severity or code");
    f.has_statement = tree_find(&i, d, "statement") && bson_iter_type(&i) != BSON_TYPE_NULL;
    if (f.has_statement) {
        int64_t n = -1;
        if (!tree_int(&i, &n) || n < 0 || (uint64_t)n >= out->statements.n)
            return invalid(err, "a finding names a statement that is not in \"statement_list\"");
        f.statement = (size_t)n;
    }
    f.line = (size_t)tree_get_int(d, "line");
    f.column = (size_t)tree_get_int(d, "column");
    vec_push(out->arena, &out->findings, f);
    return 0;
}

/* ---- the whole ---- */

static int read_options(plan *out, str d, kf_error *err) {
    plan_options *o = &out->options;
    str wanted = tree_get_str(d, "profile"), nulls = tree_get_str(d, "nulls");
    if (wanted.n && !(o->profile = profile_find(wanted)))
        return fail(err, KF_E_PLAN_INVALID, "there is no profile \"%.*s\"", STR_ARG(wanted));
    o->nulls_server = str_eq(nulls, STR("server"));
    if (!o->nulls_server && !str_eq(nulls, STR("distinct")))
        return invalid(err, "\"nulls\" is neither \"distinct\" nor \"server\"");
    o->skip_unsupported = tree_get_bool(d, "skip_unsupported");
    o->convert_types = tree_get_bool(d, "convert_types");
    o->no_migrations_table = tree_get_bool(d, "no_migrations_table");
    o->database = tree_get_str(d, "database");
    o->host = tree_get_str(d, "host");
    str_list drops = tree_strings(out->arena, tree_get_array(d, "allow_drop"));
    for (size_t i = 0; i < drops.n; i++) {
        if (str_eq(drops.at[i], STR("index"))) o->allow_drop |= ALLOW_DROP_INDEX;
        else if (str_eq(drops.at[i], STR("field"))) o->allow_drop |= ALLOW_DROP_FIELD;
        else if (str_eq(drops.at[i], STR("collection"))) o->allow_drop |= ALLOW_DROP_COLLECTION;
        else return invalid(err, "\"allow_drop\" holds what is neither index, field nor collection");
    }
    return 0;
}

static int read_fingerprint(plan *out, str spelled, kf_error *err) {
    bool hex = spelled.n == 16;
    for (size_t i = 0; hex && i < 16; i++) hex = spelled.p[i] && strchr("0123456789abcdef", spelled.p[i]);
    if (!hex) return invalid(err, "\"fingerprint\" is not 16 hexadecimal digits");
    out->fingerprint = strtoull(spelled.p, NULL, 16);
    return 0;
}

/* A rev of 0: there is none yet. */
static int read_history(plan *out, str document, kf_error *err) {
    bson_iter_t i;
    int64_t n;
    str d = tree_get_document(document, "history");
    history *h = &out->history;
    tree_read_strings(out->arena, &h->statements, tree_get_array(d, "statements"));
    tree_read_strings(out->arena, &h->next, tree_get_array(d, "next"));
    h->rev = tree_get_int(d, "rev");
    if (h->rev < 0 || h->rev > INT64_MAX / 2) return invalid(err, "a history whose rev is out of range");
    if (!tree_open(&i, tree_get_array(document, "redo"))) return 0;
    while (bson_iter_next(&i)) {
        if (!tree_int(&i, &n) || n < 0) return invalid(err, "\"redo\" holds what is no operation");
        vec_push(out->arena, &out->redo, (size_t)n);
    }
    return 0;
}

static int read_each(plan *out, str document, const char *key, int (*read)(plan *, str, kf_error *), kf_error *err) {
    bson_iter_t i;
    int r = 0;
    if (!tree_open(&i, tree_get_array(document, key))) return fail(err, KF_E_PLAN_INVALID, "there is no array \"%s\"", key);
    while (r == 0 && bson_iter_next(&i)) r = read(out, tree_document(&i), err);
    return r;
}

int json_read_plan(plan *out, str json, kf_error *err) {
    str d;
    int r = tree_parse(&d, out->arena, json, KF_E_PLAN_INVALID, err);
    if (r) return r;
    if ((r = plan_check_members(d, PLAN_WHOLE, err))) return r;
    if (tree_get_int(d, "format") != 1) return invalid(err, "\"format\" is not 1");
    bson_iter_t i;
    if (!tree_find(&i, d, "operations")) return invalid(err, "there are no \"operations\": a schema file is named by --schema");
    out->stopped = tree_get_bool(d, "stopped");
    if ((r = read_options(out, d, err))) return r;
    if ((r = read_fingerprint(out, tree_get_str(d, "fingerprint"), err))) return r;
    if ((r = read_history(out, d, err))) return r;
    read_files(out, tree_get_array(d, "files"));
    read_skipped_dml(out, tree_get_array(d, "skipped_dml"));
    if ((r = read_statements(out, tree_get_array(d, "statement_list"), err))) return r;
    read_left_out(out, tree_get_int(tree_get_document(d, "statements"), "read"));
    if ((r = read_each(out, d, "collections", read_collection, err))) return r;
    if ((r = read_each(out, d, "operations", read_operation, err))) return r;
    if (out->redo.n > out->operations.n) return invalid(err, "\"redo\" holds more than there are operations");
    return read_each(out, d, "findings", read_finding, err);
}
