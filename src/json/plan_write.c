/* Plan files: docs/json.md. */
#include "json/document.h"
#include "json/json.h"
#include "json/tree.h"

#include <inttypes.h>

static const char *const finding_kinds[] = {"notice", "withheld", "skipped", "error"};

/* One object of an array, with the array's key counted on. */
typedef struct list {
    bson_t array, each;
    size_t n;
} list;

static void list_begin(list *l, bson_t *b, const char *key) {
    l->n = 0;
    bson_append_array_begin(b, key, -1, &l->array);
}

static bson_t *list_next(list *l) {
    char room[16];
    bson_append_document_begin(&l->array, tree_position(l->n++, room), -1, &l->each);
    return &l->each;
}

static void list_done(list *l) { bson_append_document_end(&l->array, &l->each); }
static void list_end(list *l, bson_t *b) { bson_append_array_end(b, &l->array); }

/* ---- statements ---- */

static str source_text(arena *a, const plan *p, size_t n) {
    const source *s = &p->statements.at[n].source;
    return str_format(a, "%.*s:%zu", STR_ARG(s->file), s->line);
}

/* For people their places, for reading back their positions in statement_list. */
static void append_causes(arena *a, bson_t *b, const plan *p, const size_t *at, size_t n) {
    bson_t sources, positions;
    char room[16];
    bson_append_array_begin(b, "sources", -1, &sources);
    for (size_t i = 0; i < n; i++) tree_put_str(&sources, tree_position(i, room), source_text(a, p, at[i]));
    bson_append_array_end(b, &sources);
    bson_append_array_begin(b, "statements", -1, &positions);
    for (size_t i = 0; i < n; i++) tree_put_int(&positions, tree_position(i, room), (int64_t)at[i]);
    bson_append_array_end(b, &positions);
}

static void append_counts(bson_t *b, const plan *p) {
    bson_t counts;
    bson_append_document_begin(b, "statements", -1, &counts);
    tree_put_int(&counts, "read", (int64_t)(p->statements.n + p->left_out));
    for (int c = CLASS_COUNT; c-- > 0;) tree_put_int(&counts, statement_class_text((statement_class)c), (int64_t)p->counts[c]);
    bson_append_document_end(b, &counts);
}

static void append_files(bson_t *b, const plan *p) {
    list l;
    list_begin(&l, b, "files");
    for (size_t i = 0; i < p->files.n; i++) {
        const planned_file *f = &p->files.at[i];
        bson_t *each = list_next(&l);
        tree_put_str(each, "name", f->name);
        tree_put_str(each, "form", f->form);
        tree_put_str(each, "encoding", f->encoding);
        tree_put_str(each, "compression", f->compression);
        tree_put_int(each, "statements", (int64_t)f->statements);
        tree_put_int(each, "lines", (int64_t)f->lines);
        list_done(&l);
    }
    list_end(&l, b);
}

static void append_skipped_dml(bson_t *b, const plan *p) {
    list l;
    list_begin(&l, b, "skipped_dml");
    for (size_t i = 0; i < p->skipped_dml.n; i++) {
        const skipped_dml *s = p->skipped_dml.at[i];
        bson_t *each = list_next(&l);
        tree_put_str(each, "table", s->table);
        for (int op = 0; op < DML_OPERATIONS; op++) tree_put_int(each, dml_keys[op], (int64_t)s->counts[op]);
        list_done(&l);
    }
    list_end(&l, b);
}

static void append_statements(arena *a, bson_t *b, const plan *p) {
    list l;
    list_begin(&l, b, "statement_list");
    for (size_t i = 0; i < p->statements.n; i++) {
        bson_t *s = list_next(&l);
        tree_put_str(s, "source", source_text(a, p, i));
        tree_put_str(s, "class", str_of(statement_class_text(p->statements.at[i].class)));
        tree_put_str(s, "reason", p->statements.at[i].reason);
        list_done(&l);
    }
    list_end(&l, b);
}

/* ---- collections ---- */

static void append_planned_index(arena *a, bson_t *b, const plan *p, const planned_index *x) {
    bson_t names;
    char room[16];
    index_append_members(a, b, x->index, !x->index->ordinary);
    bson_append_array_begin(b, "names", -1, &names);
    for (size_t i = 0; i < x->names.n; i++) tree_put_str(&names, tree_position(i, room), x->names.at[i]->name);
    bson_append_array_end(b, &names);
    append_causes(a, b, p, x->causes.at, x->causes.n);
    bson_append_bool(b, "live", -1, x->live);
    if (x->companion_of.n) tree_put_str(b, "companion_of", x->companion_of);
}

static void append_collection(arena *a, bson_t *b, const plan *p, const planned_collection *c) {
    list l;
    tree_put_str(b, "name", c->name);
    list_begin(&l, b, "indexes");
    for (size_t i = 0; i < c->indexes.n; i++) {
        append_planned_index(a, list_next(&l), p, &c->indexes.at[i]);
        list_done(&l);
    }
    list_end(&l, b);
    list_begin(&l, b, "other_names");
    for (size_t i = 0; i < c->other_names.n; i++) {
        const planned_name *n = &c->other_names.at[i];
        bson_t *each = list_next(&l);
        tree_put_str(each, "name", n->name->name);
        tree_put_str(each, "kind", str_of(name_kind_text(n->name->kind)));
        tree_put_str(each, "state", str_of(n->state));
        tree_put_str(each, "reason", n->reason);
        list_done(&l);
    }
    list_end(&l, b);
}

/* ---- operations and findings ---- */

static void append_index(arena *a, bson_t *b, const char *key, const index_spec *index) {
    bson_t each;
    if (!index) return;
    bson_append_document_begin(b, key, -1, &each);
    index_append_members(a, &each, index, true);
    bson_append_document_end(b, &each);
}

/* A live one that goes, which a plan speaks of under the names that its columns will have. */
static const index_spec *as_it_is(arena *a, const index_spec *old) {
    index_spec *is = NULL;
    if (!old || !old->spec.n || json_index_from_bson(&is, old->spec, a, NULL) != 0) return old;
    return is;
}

/* As itself; one that JSON cannot give back exactly under the key `exact`, as the BSON of {"": value}. */
static void append_value(arena *a, bson_t *b, const char *key, const char *exact, const value *v) {
    bson_t *whole = tree_new(a), *form = tree_new(a);
    bson_iter_t i;
    value_append(whole, "", v);
    tree_put_exact(a, form, exact, tree_bytes(whole));
    if (!tree_find(&i, tree_bytes(form), exact) || tree_document(&i).n) value_append(b, key, v);
    else bson_append_iter(b, exact, -1, &i);
}

static void append_migration(arena *a, bson_t *b, const operation *op) {
    tree_put_str(b, "app", op->migration->app);
    tree_put_str(b, "name", op->migration->name);
    if (op->kind == OPERATION_WRITE_MIGRATION) append_value(a, b, "applied", "applied_bson", &op->migration->applied);
}

static void append_fill(arena *a, bson_t *b, const operation *op, bool hides_values) {
    if (!hides_values || op->fill.type == VALUE_NULL) append_value(a, b, "fill", "fill_bson", &op->fill);
    else tree_put_str(b, "fill_type", str_of(value_type_alias(op->fill.type)));
}

/* Defaults are values too: a parameter may have given them. */
static const table *without_defaults(arena *a, const table *t) {
    table *copy = arena_make(a, table);
    *copy = *t;
    copy->columns.at = arena_alloc(a, t->columns.n, sizeof *t->columns.at);
    for (size_t i = 0; i < t->columns.n; i++) {
        column *c = arena_make(a, column);
        *c = *t->columns.at[i];
        if (c->has_default) c->default_sql = STR("?");
        copy->columns.at[i] = c;
    }
    return copy;
}

static bool has_defaults(const table *t) {
    for (size_t i = 0; t && i < t->columns.n; i++)
        if (t->columns.at[i]->has_default) return true;
    return false;
}

static void append_document(arena *a, bson_t *b, const char *key, const table *t, bool hides_values) {
    if (t) tree_put_document(b, key, document_form(a, hides_values ? without_defaults(a, t) : t, true));
}

static void append_operation(arena *a, bson_t *b, const plan *p, const operation *op, bool hides_values) {
    tree_put_str(b, "op", str_of(operation_kind_text(op->kind)));
    tree_put_str(b, "collection", op->collection);
    if (op->from.n) tree_put_str(b, "from", op->from);
    if (op->restart) bson_append_bool(b, "restart", -1, true);
    if (op->field.n) tree_put_str(b, "field", op->field);
    if (op->migration) append_migration(a, b, op);
    if (op->fill.type) append_fill(a, b, op, hides_values);
    if (op->fill_nulls) bson_append_bool(b, "fill_nulls", -1, true);
    if (op->kind == OPERATION_CONVERT_FIELD) {
        tree_put_str(b, "from_type", op->old_type);
        tree_put_str(b, "to_type", op->new_type);
    }
    append_index(a, b, "index", op->index);
    append_index(a, b, "old", as_it_is(a, op->old));
    if (op->document) {
        append_document(a, b, "document", op->document, hides_values);
        append_document(a, b, "before", op->before, hides_values);
        if (hides_values && (has_defaults(op->document) || has_defaults(op->before)))
            bson_append_bool(b, "defaults_hidden", -1, true);
        bson_append_bool(b, "document_exists", -1, op->document_exists);
        tree_put_int(b, "base_rev", op->base_rev);
        if (op->whole_fields) bson_append_bool(b, "whole_fields", -1, true);
        if (op->counts_from.n) tree_put_str(b, "counts_from", op->counts_from);
        tree_put_strings(b, "removed_columns", op->removed_columns.at, op->removed_columns.n);
    } else if (op->kind == OPERATION_REMOVE_DOCUMENT) {
        tree_put_int(b, "base_rev", op->base_rev);
    }
    tree_put_str(b, "reason", op->reason);
    append_causes(a, b, p, op->causes.at, op->causes.n);
}

static void append_finding(arena *a, bson_t *b, const plan *p, const finding *f) {
    tree_put_str(b, "severity", str_of(finding_kinds[f->kind]));
    if (f->code) tree_put_str(b, "code", str_of(kf_code_text(f->code)));
    else bson_append_null(b, "code", -1);
    tree_put_str(b, "collection", f->collection);
    tree_put_str(b, "name", f->name);
    if (f->field.n) tree_put_str(b, "field", f->field);
    tree_put_str(b, "message", f->message);
    if (!f->has_statement) {
        bson_append_null(b, "source", -1);
        return;
    }
    tree_put_str(b, "source", source_text(a, p, f->statement));
    tree_put_int(b, "statement", (int64_t)f->statement);
    if (f->line) {
        tree_put_int(b, "line", (int64_t)f->line);
        tree_put_int(b, "column", (int64_t)f->column);
    }
}

/* ---- the whole ---- */

static void append_options(bson_t *b, const plan_options *o) {
    static const struct {
        unsigned bit;
        const char *name;
    } drops[] = {{ALLOW_DROP_INDEX, "index"}, {ALLOW_DROP_FIELD, "field"}, {ALLOW_DROP_COLLECTION, "collection"}};
    bson_t allowed;
    char room[16];
    size_t n = 0;
    if (o->profile) tree_put_str(b, "profile", str_of(o->profile->name));
    tree_put_str(b, "nulls", o->nulls_server ? STR("server") : STR("distinct"));
    bson_append_array_begin(b, "allow_drop", -1, &allowed);
    for (size_t i = 0; i < sizeof drops / sizeof *drops; i++)
        if (o->allow_drop & drops[i].bit) tree_put_str(&allowed, tree_position(n++, room), str_of(drops[i].name));
    bson_append_array_end(b, &allowed);
    bson_append_bool(b, "skip_unsupported", -1, o->skip_unsupported);
    bson_append_bool(b, "convert_types", -1, o->convert_types);
    bson_append_bool(b, "no_migrations_table", -1, o->no_migrations_table);
    tree_put_str(b, "database", o->database);
    if (o->host.n) tree_put_str(b, "host", o->host);
}

static void append_lists(arena *a, bson_t *b, const plan *p, bool hides_values) {
    list l;
    list_begin(&l, b, "collections");
    for (size_t i = 0; i < p->collections.n; i++) {
        append_collection(a, list_next(&l), p, &p->collections.at[i]);
        list_done(&l);
    }
    list_end(&l, b);
    list_begin(&l, b, "operations");
    for (size_t i = 0; i < p->operations.n; i++) {
        append_operation(a, list_next(&l), p, &p->operations.at[i], hides_values);
        list_done(&l);
    }
    list_end(&l, b);
    list_begin(&l, b, "findings");
    for (size_t i = 0; i < p->findings.n; i++) {
        append_finding(a, list_next(&l), p, &p->findings.at[i]);
        list_done(&l);
    }
    list_end(&l, b);
}

static void append_history(bson_t *b, const plan *p) {
    bson_t each;
    char room[16];
    if (p->history.statements.n == 0) return;
    bson_append_document_begin(b, "history", -1, &each);
    history_append_members(&each, &p->history);
    bson_append_document_end(b, &each);
    if (p->redo.n == 0) return;
    bson_append_array_begin(b, "redo", -1, &each);
    for (size_t i = 0; i < p->redo.n; i++) tree_put_int(&each, tree_position(i, room), (int64_t)p->redo.at[i]);
    bson_append_array_end(b, &each);
}

void json_write_plan(text *out, const plan *p) {
    arena *a = out->arena;
    bson_t *b = tree_new(a);
    bson_append_int32(b, "format", -1, 1);
    tree_put_str(b, "keyfold", STR(JSON_WRITER));
    append_options(b, &p->options);
    tree_put_str(b, "fingerprint", str_format(a, "%016" PRIx64, p->fingerprint));
    bson_append_bool(b, "stopped", -1, p->stopped);
    append_history(b, p);
    append_files(b, p);
    append_counts(b, p);
    append_skipped_dml(b, p);
    append_lists(a, b, p, out->hides_values);
    append_statements(a, b, p);
    tree_print_pretty(out, tree_bytes(b));
}
