#include "world.h"

#include <stdio.h>
#include <stdlib.h>

static void must(int rc, const kf_error *err) {
    if (rc == 0) return;
    fprintf(stderr, "%s: %s\n", kf_code_text(err->code), err->message);
    abort();
}

/* ---- making ---- */

world world_new(arena *a) {
    world w = {.arena = a};
    kf_error err;
    must(kf_schema_new(&w.live, &err), &err);
    return w;
}

world world_of(const kf_schema *live, arena *a) {
    world w = {.arena = a};
    kf_error err;
    kf_text json;
    must(kf_schema_write(&json, live, &err), &err);
    must(kf_schema_read(&w.live, json.data, json.length, &err), &err);
    kf_text_free(&json);
    return w;
}

world world_copy(const world *from, arena *a) {
    world w = world_of(from->live, a);
    for (size_t i = 0; i < from->collections.n; i++) {
        const documents *d = &from->collections.at[i];
        documents copy = {.collection = d->collection};
        for (size_t j = 0; j < d->at.n; j++) {
            document one = {0};
            for (size_t k = 0; k < d->at.at[j].fields.n; k++) vec_push(a, &one.fields, d->at.at[j].fields.at[k]);
            vec_push(a, &copy.at, one);
        }
        vec_push(a, &w.collections, copy);
    }
    return w;
}

void world_free(world *w) { kf_schema_free(w->live); }

void world_fill(world *w) {
    for (size_t i = 0; i < w->live->schema->tables.n; i++) {
        const table *t = w->live->schema->tables.at[i];
        if (!t->exists) continue;
        documents d = {.collection = str_copy(w->arena, t->name)};
        document whole = {0}, nulls = {0}, none = {0};
        for (size_t j = 0; j < t->columns.n; j++) {
            str name = str_copy(w->arena, t->columns.at[j]->name);
            vec_push(w->arena, &whole.fields,
                     (field){name, str_format(w->arena, "%.*s.%.*s", STR_ARG(t->name), STR_ARG(name))});
            vec_push(w->arena, &nulls.fields, (field){name, STR("null")});
        }
        vec_push(w->arena, &d.at, whole);
        vec_push(w->arena, &d.at, nulls);
        vec_push(w->arena, &d.at, none);
        vec_push(w->arena, &w->collections, d);
    }
}

/* ---- documents ---- */

static documents *documents_of(world *w, str collection) {
    for (size_t i = 0; i < w->collections.n; i++)
        if (str_eq(w->collections.at[i].collection, collection)) return &w->collections.at[i];
    return NULL;
}

static field *field_of(document *d, str name) {
    for (size_t i = 0; i < d->fields.n; i++)
        if (str_eq(d->fields.at[i].name, name)) return &d->fields.at[i];
    return NULL;
}

static void unset(document *d, str name) {
    for (size_t i = d->fields.n; i-- > 0;)
        if (str_eq(d->fields.at[i].name, name)) vec_remove(&d->fields, i);
}

static void change(world *w, document *d, const operation *op) {
    field *there = field_of(d, op->field), *from = field_of(d, op->from);
    text value = {.arena = w->arena};
    switch (op->kind) {
    case OPERATION_RENAME_FIELD:
        if (from && !there) from->name = str_copy(w->arena, op->field);
        return;
    case OPERATION_UNSET_FIELD: unset(d, op->field); return;
    case OPERATION_FILL_FIELD:
        if (there && !(op->fill_nulls && str_eq(there->value, STR("null")))) return;
        unset(d, op->field);
        value_dump(&value, &op->fill);
        vec_push(w->arena, &d->fields, (field){str_copy(w->arena, op->field), text_str(&value)});
        return;
    default: return;
    }
}

static void change_documents(world *w, const operation *op) {
    documents *d = documents_of(w, op->kind == OPERATION_RENAME_COLLECTION ? op->from : op->collection);
    if (!d) return;
    if (op->kind == OPERATION_RENAME_COLLECTION) d->collection = str_copy(w->arena, op->collection);
    if (op->kind == OPERATION_DROP_COLLECTION) vec_remove(&w->collections, (size_t)(d - w->collections.at));
    else
        for (size_t i = 0; i < d->at.n; i++) change(w, &d->at.at[i], op);
}

/* ---- applying ---- */

static void note_findings(applied *out, const plan *p, arena *a) {
    for (size_t i = 0; i < p->findings.n; i++) {
        finding f = p->findings.at[i];
        if (f.kind == FINDING_NOTICE) continue;
        f.collection = str_copy(a, f.collection);
        f.name = str_copy(a, f.name);
        f.field = str_copy(a, f.field);
        f.message = str_copy(a, f.message);
        vec_push(a, &out->findings, f);
        bool never = f.code == KF_E_NOT_EXPRESSIBLE && str_find(f.message, STR("cannot be renamed"), 0) != SIZE_MAX;
        if (f.code == KF_E_RENAME_UNCLEAR || never) vec_push(a, &out->unclear, f.collection);
    }
    for (size_t i = 0; i < p->unclear.n; i++) vec_push(a, &out->unclear, str_copy(a, p->unclear.at[i]));
}

/* What exec has written of the history when it is cut off after n operations, and before it has noted the last of them. */
static history history_after(const plan *p, const history *was, size_t n, arena *a) {
    history now = *was, settled;
    size_t first, end;
    if (p->history.statements.n == 0) return (history){0};
    if (n <= p->redo.n) {
        for (size_t i = 0; i + 1 < n; i++) vec_push(a, &now.done, p->redo.at[i]);
        return now;
    }
    plan_renames(p, &first, &end);
    history_settle(&settled, &p->history, false, a);
    if (n > first && n > end) return settled;
    if (p->redo.n) {
        now = (history){.rev = was->rev};
        memcpy(&now.statements, &was->next, sizeof now.statements);
    }
    if (n <= first) return now;
    now.pending = json_pending(p, first, end);
    now.rev++;
    for (size_t i = first; i + 1 < n; i++) vec_push(a, &now.done, i - first);
    memcpy(&now.next, &settled.statements, sizeof now.next);
    return now;
}

applied world_apply(world *w, kf_log *log, size_t from, size_t to, const kf_plan_options *options, arena *a) {
    kf_error err;
    kf_plan *plan;
    kf_result *result;
    raw_statement_list whole = log->statements;
    log->statements.at += from;
    log->statements.n = to - from;
    must(kf_plan_new(&plan, log, w->live, options, &err), &err);
    log->statements = whole;
    applied out = {.stopped = kf_plan_stopped(plan), .status = kf_plan_status(plan), .operations = kf_plan_operations(plan)};
    out.undone = kf_plan_count(plan, "applied") + kf_plan_count(plan, "folded");
    note_findings(&out, plan->plan, a);
    text dump = {.arena = a};
    plan_dump(&dump, plan->plan);
    out.plan = text_str(&dump);
    if (w->stop_after && w->stop_after < plan->plan->operations.n) {
        plan->plan->history = history_after(plan->plan, &w->live->schema->history, w->stop_after, plan->plan->arena);
        plan->plan->operations.n = w->stop_after;
    }
    w->stop_after = 0;
    if (!out.stopped) {
        for (size_t i = 0; i < plan->plan->operations.n; i++) change_documents(w, &plan->plan->operations.at[i]);
        out.impossible = kf_apply_schema(&result, w->live, plan, &err) != 0;
        if (!out.impossible) kf_result_free(result);
    }
    kf_plan_free(plan);
    return out;
}

/* ---- what it is ---- */

static int by_line(const void *a, const void *b) { return str_cmp(((const fact *)a)->line, ((const fact *)b)->line); }

static void add(fact_list *out, fact_kind kind, const table *t, str object, const text *line) {
    vec_push(line->arena, out, (fact){kind, str_copy(line->arena, t->name), str_copy(line->arena, object), text_str(line)});
}

static void add_lineage(text *line, const str *was, size_t n) {
    for (size_t i = 0; i < n; i++) text_format(line, "%s\"%.*s\"", i ? ", " : ", was ", STR_ARG(was[i]));
}

static void table_fact(fact_list *out, const table *t, arena *a) {
    text line = {.arena = a};
    text_format(&line, "table \"%.*s\"%s%s", STR_ARG(t->name), t->exists ? ", there" : "",
                t->has_document ? ", in the catalog" : "");
    add_lineage(&line, t->was.at, t->was.n);
    add(out, FACT_TABLE, t, STR_NONE, &line);
}

static void column_fact(fact_list *out, const table *t, const column *c, arena *a) {
    static const char *const nulls[] = {"", " null", " not null"};
    text line = {.arena = a};
    text_format(&line, "column \"%.*s\".\"%.*s\" %.*s%s", STR_ARG(t->name), STR_ARG(c->name), STR_ARG(c->type),
                nulls[c->nulls]);
    if (c->has_default) text_format(&line, " default %.*s", STR_ARG(c->default_sql));
    add_lineage(&line, c->was.at, c->was.n);
    add(out, FACT_COLUMN, t, c->name, &line);
}

/* Without the name on the server. */
static void spell(text *line, const index_spec *x) {
    text dump = {.arena = line->arena};
    index_spec nameless = *x;
    nameless.name = STR("_");
    index_dump(&dump, &nameless);
    text_add(line, str_from(text_str(&dump), 4));
}

static void name_fact(fact_list *out, const table *t, const name *n, bool cut, arena *a) {
    text line = {.arena = a};
    text_format(&line, "name \"%.*s\": ", STR_ARG(t->name));
    name_dump(&line, n);
    const index_spec *x = n->indexes.n ? table_index(t, n->indexes.at[0]) : NULL;
    bool by_other = n->made_by == MADE_BY_OTHER && x && !index_is_plain(x);
    /* One of djongo's form is djongo's when the log speaks of it, whatever is recorded (docs/design.md). */
    maker by = n->made_by == MADE_BY_OTHER && !by_other ? MADE_BY_DJONGO : n->made_by;
    if (!cut || by_other) text_format(&line, " by %s", maker_text(by));
    add(out, FACT_NAME, t, n->name, &line);
    line = (text){.arena = a};
    text_format(&line, "served \"%.*s\".\"%.*s\"", STR_ARG(t->name), STR_ARG(n->name));
    for (size_t i = 0; i < n->indexes.n; i++) {
        const index_spec *x = table_index(t, n->indexes.at[i]);
        text_add(&line, i ? STR(" and ") : STR(" on "));
        if (x) spell(&line, x);
        else text_add(&line, str_eq(n->indexes.at[i], STR("_id_")) ? STR("_id_") : STR("nothing"));
    }
    add(out, FACT_SERVED, t, n->name, &line);
}

static void index_fact(fact_list *out, const table *t, const index_spec *x, arena *a) {
    text line = {.arena = a};
    text_format(&line, "index \"%.*s\" ", STR_ARG(t->name));
    spell(&line, x);
    if (!x->ordinary) text_format(&line, " special %zu", x->spec.n);
    add(out, FACT_INDEX, t, x->name, &line);
}

static int by_name(const void *a, const void *b) { return str_cmp(((const field *)a)->name, ((const field *)b)->name); }

static void document_fact(fact_list *out, const documents *of, document *d, arena *a) {
    text line = {.arena = a};
    text_format(&line, "document \"%.*s\" {", STR_ARG(of->collection));
    if (d->fields.n) qsort(d->fields.at, d->fields.n, sizeof *d->fields.at, by_name);
    for (size_t i = 0; i < d->fields.n; i++)
        text_format(&line, "%s\"%.*s\": %.*s", i ? ", " : "", STR_ARG(d->fields.at[i].name), STR_ARG(d->fields.at[i].value));
    text_char(&line, '}');
    vec_push(a, out, (fact){FACT_DOCUMENT, of->collection, STR_NONE, text_str(&line)});
}

static void migration_fact(fact_list *out, const migration *m, arena *a) {
    str object = str_format(a, "%.*s.%.*s", STR_ARG(m->app), STR_ARG(m->name));
    str line = str_format(a, "migration \"%.*s\"", STR_ARG(object));
    vec_push(a, out, (fact){FACT_MIGRATION, STR(MIGRATIONS_TABLE), object, line});
}

void world_facts(fact_list *out, const world *w, arena *a) {
    const schema *s = w->live->schema;
    for (size_t i = 0; i < s->tables.n; i++) {
        const table *t = s->tables.at[i];
        table_fact(out, t, a);
        for (size_t j = 0; j < t->columns.n; j++) column_fact(out, t, t->columns.at[j], a);
        for (size_t j = 0; j < t->names.n; j++) name_fact(out, t, t->names.at[j], w->cut, a);
        for (size_t j = 0; j < t->indexes.n; j++) index_fact(out, t, t->indexes.at[j], a);
    }
    for (size_t i = 0; i < w->collections.n; i++)
        for (size_t j = 0; j < w->collections.at[i].at.n; j++)
            document_fact(out, &w->collections.at[i], &w->collections.at[i].at.at[j], a);
    for (size_t i = 0; i < s->migrations.n; i++) migration_fact(out, s->migrations.at[i], a);
    if (out->n) qsort(out->at, out->n, sizeof *out->at, by_line);
}

void facts_less(fact_list *out, const fact_list *of, const fact_list *without, arena *a) {
    for (size_t i = 0, j = 0; i < of->n;) {
        int c = j < without->n ? str_cmp(of->at[i].line, without->at[j].line) : -1;
        if (c < 0) vec_push(a, out, of->at[i]);
        if (c <= 0) i++;
        if (c >= 0) j++;
    }
}
