/* Schema files: docs/json.md. */
#include "json/document.h"
#include "json/json.h"
#include "json/tree.h"

#include <stdlib.h>

/* ---- writing ---- */

static void append_indexes(arena *a, bson_t *b, const table *t) {
    bson_t list, each;
    char room[16];
    bson_append_array_begin(b, "indexes", -1, &list);
    for (size_t i = 0; i < t->indexes.n; i++) {
        bson_append_document_begin(&list, tree_position(i, room), -1, &each);
        index_append_members(a, &each, t->indexes.at[i], true);
        bson_append_document_end(&list, &each);
    }
    bson_append_array_end(b, &list);
}

static void append_table(arena *a, bson_t *b, const table *t) {
    tree_put_str(b, "name", t->name);
    bson_append_bool(b, "exists", -1, t->exists);
    if (t->has_document) tree_put_document(b, "document", document_form(a, t, t->has_names));
    else bson_append_null(b, "document", -1);
    append_indexes(a, b, t);
}

static int table_order(const void *a, const void *b) { return str_cmp((*(table *const *)a)->name, (*(table *const *)b)->name); }

static void append_tables(arena *a, bson_t *b, const schema *s) {
    bson_t list, each;
    char room[16];
    table **tables = arena_alloc(a, s->tables.n + 1, sizeof *tables);
    for (size_t i = 0; i < s->tables.n; i++) tables[i] = s->tables.at[i];
    qsort(tables, s->tables.n, sizeof *tables, table_order);
    bson_append_array_begin(b, "collections", -1, &list);
    for (size_t i = 0; i < s->tables.n; i++) {
        bson_append_document_begin(&list, tree_position(i, room), -1, &each);
        append_table(a, &each, tables[i]);
        bson_append_document_end(&list, &each);
    }
    bson_append_array_end(b, &list);
}

static void append_migrations(bson_t *b, const schema *s) {
    bson_t list, each;
    char room[16];
    if (s->migrations.n == 0) return;
    bson_append_array_begin(b, "migrations", -1, &list);
    for (size_t i = 0; i < s->migrations.n; i++) {
        const migration *m = s->migrations.at[i];
        bson_append_document_begin(&list, tree_position(i, room), -1, &each);
        tree_put_str(&each, "app", m->app);
        tree_put_str(&each, "name", m->name);
        value_append(&each, "applied", &m->applied);
        bson_append_document_end(&list, &each);
    }
    bson_append_array_end(b, &list);
}

static void append_history(bson_t *b, const history *h) {
    bson_t each;
    if (!h->statements.n && !h->pending.n && !h->rev) return;
    bson_append_document_begin(b, "history", -1, &each);
    history_append_members(&each, h);
    bson_append_document_end(b, &each);
}

void json_write_schema(text *out, const schema *s) {
    bson_t *b = tree_new(out->arena), catalog;
    bson_append_int32(b, "format", -1, 1);
    append_tables(out->arena, b, s);
    append_migrations(b, s);
    append_history(b, &s->history);
    bson_append_document_begin(b, "catalog", -1, &catalog);
    bson_append_bool(&catalog, "exists", -1, s->has_catalog);
    bson_append_bool(&catalog, "name_index", -1, s->catalog_has_name_index);
    bson_append_bool(&catalog, "auto_index", -1, s->catalog_has_auto_index);
    bson_append_document_end(b, &catalog);
    tree_print_pretty(out, tree_bytes(b));
}

/* ---- reading ---- */

static int read_indexes(table *t, str array, arena *a, kf_error *err) {
    bson_iter_t i;
    kf_error inner;
    if (!tree_open(&i, array))
        return fail(err, KF_E_SCHEMA_INVALID, "collection \"%.*s\": indexes is not an array", STR_ARG(t->name));
    while (bson_iter_next(&i)) {
        index_spec *x;
        if (index_read_form(&x, tree_document(&i), a, KF_E_SCHEMA_INVALID, &inner))
            return fail(err, KF_E_SCHEMA_INVALID, "collection \"%.*s\": %s", STR_ARG(t->name), inner.message);
        if (table_index(t, x->name))
            return fail(err, KF_E_SCHEMA_INVALID, "collection \"%.*s\": two indexes \"%.*s\"", STR_ARG(t->name),
                        STR_ARG(x->name));
        vec_push(a, &t->indexes, x);
    }
    return 0;
}

/* A document of the wrong form inside fields would be passed over on a server; in a file it is a mistake. */
static int check_fields(const table *t, str document, kf_error *err) {
    bson_iter_t i;
    if (tree_find(&i, document, "fields") && !tree_document(&i).n)
        return fail(err, KF_E_SCHEMA_INVALID, "collection \"%.*s\": fields is not an object", STR_ARG(t->name));
    if (!tree_open(&i, tree_get_document(document, "fields"))) return 0;
    while (bson_iter_next(&i))
        if (!tree_document(&i).n)
            return fail(err, KF_E_SCHEMA_INVALID, "collection \"%.*s\": column \"%s\" is not an object", STR_ARG(t->name),
                        bson_iter_key(&i));
    return 0;
}

static int read_table(schema *out, str document, kf_error *err) {
    bson_iter_t i;
    str called = tree_get_str(document, "name");
    if (called.n == 0) return fail(err, KF_E_SCHEMA_INVALID, "a collection without a name");
    if (schema_table(out, called)) return fail(err, KF_E_SCHEMA_INVALID, "two collections \"%.*s\"", STR_ARG(called));
    table *t = schema_add_table(out, called);
    t->exists = !tree_find(&i, document, "exists") || bson_iter_as_bool(&i);
    if (tree_find(&i, document, "document") && bson_iter_type(&i) != BSON_TYPE_NULL) {
        str d = tree_document(&i);
        int r = check_fields(t, d, err);
        if (r == 0) r = document_read(t, d, out->arena, KF_E_SCHEMA_INVALID, err);
        if (r) return r;
    }
    if (tree_find(&i, document, "indexes")) {
        int r = read_indexes(t, tree_array(&i), out->arena, err);
        if (r) return r;
    }
    table_derive_names(out, t);
    return 0;
}

bool json_migration_from_bson(schema *out, str document) {
    bson_iter_t app, called, applied;
    value v;
    if (!tree_find(&app, document, "app") || !tree_is_str(&app) || !tree_find(&called, document, "name") ||
        !tree_is_str(&called))
        return false;
    migration *m = schema_add_migration(out, tree_str(&app), tree_str(&called));
    bool told = tree_find(&applied, document, "applied") && value_read(&v, &applied, out->arena);
    if (told && (v.type == VALUE_DATE || v.type == VALUE_STRING)) m->applied = v;
    return true;
}

static int read_migrations(schema *out, str document, kf_error *err) {
    bson_iter_t i;
    if (tree_find(&i, document, "migrations") && !tree_array(&i).n)
        return fail(err, KF_E_SCHEMA_INVALID, "\"migrations\" is not an array");
    if (!tree_open(&i, tree_get_array(document, "migrations"))) return 0;
    while (bson_iter_next(&i))
        if (!json_migration_from_bson(out, tree_document(&i)))
            return fail(err, KF_E_SCHEMA_INVALID, "a migration without its app or name");
    return 0;
}

int json_read_schema(schema *out, str json, kf_error *err) {
    str document;
    bson_iter_t i;
    int r = tree_parse(&document, out->arena, json, KF_E_SCHEMA_INVALID, err);
    if (r) return r;
    if (tree_get_int(document, "format") != 1) return fail(err, KF_E_SCHEMA_INVALID, "\"format\" is not 1");
    if (tree_find(&i, document, "operations"))
        return fail(err, KF_E_SCHEMA_INVALID, "it has \"operations\": a saved plan is no schema file");
    if (!tree_open(&i, tree_get_array(document, "collections")))
        return fail(err, KF_E_SCHEMA_INVALID, "there is no array \"collections\"");
    while (bson_iter_next(&i))
        if ((r = read_table(out, tree_document(&i), err))) return r;
    if ((r = read_migrations(out, document, err))) return r;
    if ((r = history_read(&out->history, tree_get_document(document, "history"), out->arena, KF_E_SCHEMA_INVALID, err)))
        return r;
    str catalog = tree_get_document(document, "catalog");
    out->has_catalog = tree_get_bool(catalog, "exists");
    out->catalog_has_name_index = tree_get_bool(catalog, "name_index");
    out->catalog_has_auto_index = tree_get_bool(catalog, "auto_index");
    return 0;
}
