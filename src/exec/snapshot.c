/* A live database → a schema. */
#include "exec/jobs.h"
#include "exec/watch.h"

#include <stdlib.h>

/* MongoDB has 64 indexes a collection at most; others have their own limits. */
enum { MOST_TABLES = 100000, MOST_INDEXES = 1000 };

typedef struct reader {
    connection *connection;
    schema *out;
    arena *arena;
    kf_error *err;
    const snapshot_scope *scope; /* NULL: everything */
    str_list wanted;             /* the scope's tables, as far as they are known */
    str_list collections;
    str_list documents; /* of the catalog */
} reader;

static int fail_reading(const reader *r, const answer *x, const char *what, str of) {
    return answer_error(x, r->err, what, of);
}

static bool is_listed(const str_list *list, str s) {
    for (size_t i = 0; i < list->n; i++)
        if (str_eq(list->at[i], s)) return true;
    return false;
}

static bool is_wanted(const reader *r, str table) { return !r->scope || is_listed(&r->wanted, table); }

static int str_order(const void *a, const void *b) { return str_cmp(*(const str *)a, *(const str *)b); }

static void sort(str_list *list) {
    if (list->n) qsort(list->at, list->n, sizeof *list->at, str_order);
}

/* ---- collections ---- */

static int list_collections(reader *r) {
    connection *c = r->connection;
    answer x;
    str d;
    int rc = check_interrupted(c, r->err);
    if (rc) return rc;
    bson_t *options = tree_new(r->arena);
    bson_append_bool(options, "nameOnly", -1, true);
    mongoc_database_t *database = mongoc_client_get_database(c->client, c->database);
    cursor_start(c, mongoc_database_find_collections_with_opts(database, options));
    mongoc_database_destroy(database);
    cursor_bound(c, MOST_TABLES);
    while (cursor_next(c, &d)) {
        str called = tree_get_str(d, "name"), type = tree_get_str(d, "type");
        if (str_starts(called, STR("system.")) || (type.n && !str_eq(type, STR("collection")))) continue;
        vec_push(r->arena, &r->collections, str_copy(r->arena, called));
    }
    cursor_end(&x, c, r->arena);
    sort(&r->collections);
    return x.ok ? 0 : fail_reading(r, &x, "cannot list the collections of", str_of(c->database));
}

/* ---- indexes ---- */

/* *found: the server knows the collection (each has `_id_` at least); it may have gone since it was listed.
 */
static int list_indexes(reader *r, str collection, index_list *out, bool *found) {
    connection *c = r->connection;
    answer x;
    kf_error inner;
    str d;
    int rc = cursor_indexes(c, str_c(r->arena, collection), r->err), broken = 0;
    if (rc) return rc;
    *found = false;
    cursor_bound(c, MOST_INDEXES);
    while (broken == 0 && cursor_next(c, &d)) {
        index_spec *i;
        *found = true;
        if (str_eq(tree_get_str(d, "name"), STR("_id_"))) continue;
        broken = json_index_from_bson(&i, d, r->arena, &inner);
        if (broken == 0) vec_push(r->arena, out, i);
    }
    cursor_end(&x, c, r->arena);
    if (broken) return fail(r->err, KF_E_SERVER, "collection \"%.*s\": %s", STR_ARG(collection), inner.message);
    if (x.ok || x.code == CODE_NAMESPACE_NOT_FOUND) return 0;
    return fail_reading(r, &x, "cannot list the indexes of", collection);
}

/* ---- the catalog ---- */

static bool is_on(const index_spec *x, str column_name) {
    return x->key.fields.n == 1 && x->key.fields.at[0].direction && str_eq(x->key.fields.at[0].column, column_name);
}

static int read_catalog_indexes(reader *r) {
    schema *s = r->out;
    index_list indexes = {0};
    if (r->scope && r->connection->catalog_is_whole) {
        s->has_catalog = s->catalog_has_name_index = s->catalog_has_auto_index = true;
        return 0;
    }
    int rc = list_indexes(r, STR(CATALOG), &indexes, &s->has_catalog);
    for (size_t i = 0; rc == 0 && i < indexes.n; i++) {
        const index_spec *x = indexes.at[i];
        bool whole = x->ordinary && !x->sparse && filter_none(&x->filter);
        s->catalog_has_name_index |= whole && x->unique && is_on(x, STR("name"));
        s->catalog_has_auto_index |= whole && is_on(x, STR("auto"));
    }
    r->connection->catalog_is_whole = s->catalog_has_name_index && s->catalog_has_auto_index;
    return rc;
}

/* All documents, or those of the scope's tables; who refers to them, all documents tell. */
static bson_t *match_of(reader *r) {
    bson_t *match = tree_new(r->arena), in;
    if (!r->scope || r->scope->referring) return match;
    bson_append_document_begin(match, "name", -1, &in);
    str_list names = {0};
    for (size_t i = 0; i < r->wanted.n; i++) vec_push(r->arena, &names, r->wanted.at[i]);
    vec_push(r->arena, &names, STR(CATALOG_HISTORY));
    tree_put_strings(&in, "$in", names.at, names.n);
    bson_append_document_end(match, &in);
    return match;
}

static int read_catalog(reader *r) {
    connection *c = r->connection;
    answer x;
    str d;
    int rc = read_catalog_indexes(r);
    if (rc == 0) rc = cursor_find(c, CATALOG, match_of(r), NULL, r->err);
    if (rc) return rc;
    cursor_bound(c, MOST_TABLES);
    while (rc == 0 && cursor_next(c, &d)) {
        str called = tree_get_str(d, "name");
        if (str_eq(called, STR(CATALOG_HISTORY))) rc = json_history_from_bson(&r->out->history, d, r->arena, r->err);
        else if (called.n) vec_push(r->arena, &r->documents, str_copy(r->arena, d));
    }
    cursor_end(&x, c, r->arena);
    return rc ? rc : x.ok ? 0 : fail_reading(r, &x, "cannot read", STR(CATALOG));
}

/* ---- the scope ---- */

static bool refers_to_one(const reader *r, const table *t) {
    for (size_t i = 0; i < t->names.n; i++)
        for (size_t j = 0; t->names.at[i]->kind == NAME_FOREIGN_KEY && j < r->scope->tables.n; j++)
            if (str_eq(t->names.at[i]->ref_table, r->scope->tables.at[j])) return true;
    return false;
}

static int add_referring(reader *r) {
    for (size_t i = 0; i < r->documents.n; i++) {
        table t = {.name = tree_get_str(r->documents.at[i], "name")};
        int rc = json_table_from_bson(&t, r->documents.at[i], r->arena, r->err);
        if (rc) return rc;
        if (!is_wanted(r, t.name) && refers_to_one(r, &t)) vec_push(r->arena, &r->wanted, t.name);
    }
    return 0;
}

static void keep_wanted(const reader *r, str_list *list, bool documents) {
    size_t n = 0;
    for (size_t i = 0; i < list->n; i++)
        if (is_wanted(r, documents ? tree_get_str(list->at[i], "name") : list->at[i])) list->at[n++] = list->at[i];
    list->n = n;
}

static int narrow(reader *r) {
    int rc = r->scope->referring ? add_referring(r) : 0;
    if (rc) return rc;
    keep_wanted(r, &r->collections, false);
    keep_wanted(r, &r->documents, true);
    return 0;
}

/* ---- which migrations were run ---- */

static int read_migrations(reader *r) {
    bson_t *all = tree_new(r->arena), *options = tree_new(r->arena), fields;
    answer x;
    str d;
    bson_append_document_begin(options, "projection", -1, &fields);
    for (const char *const *f = (const char *const[]){"app", "name", "applied", NULL}; *f; f++)
        bson_append_int32(&fields, *f, -1, 1);
    bson_append_document_end(options, &fields);
    int rc = cursor_find(r->connection, MIGRATIONS_TABLE, all, options, r->err);
    if (rc) return rc;
    while (cursor_next(r->connection, &d)) json_migration_from_bson(r->out, str_copy(r->arena, d));
    cursor_end(&x, r->connection, r->arena);
    return x.ok ? 0 : fail_reading(r, &x, "cannot read", STR(MIGRATIONS_TABLE));
}

/* ---- the whole ---- */

/* In the order of names: collections, and tables that only the catalog has. */
static void add_tables(reader *r) {
    str_list names = {0};
    for (size_t i = 0; i < r->collections.n; i++)
        if (!str_eq(r->collections.at[i], STR(CATALOG))) vec_push(r->arena, &names, r->collections.at[i]);
    for (size_t i = 0; i < r->documents.n; i++) vec_push(r->arena, &names, tree_get_str(r->documents.at[i], "name"));
    sort(&names);
    for (size_t i = 0; i < names.n; i++)
        if (!schema_table(r->out, names.at[i])) schema_add_table(r->out, names.at[i]);
}

static int read_documents(reader *r) {
    for (size_t i = 0; i < r->documents.n; i++) {
        table *t = schema_table(r->out, tree_get_str(r->documents.at[i], "name"));
        if (t->has_document) continue; /* a second one of the same name: keyfold writes to whichever the server finds */
        int rc = json_table_from_bson(t, r->documents.at[i], r->arena, r->err);
        if (rc) return rc;
    }
    return 0;
}

static int read_indexes_of(void *call, size_t i, connection *c, arena *a, kf_error *err) {
    const reader *whole = call;
    reader r = {.connection = c, .arena = a, .err = err};
    table *t = schema_table(whole->out, whole->collections.at[i]);
    int rc = t ? list_indexes(&r, t->name, &t->indexes, &t->exists) : 0;
    watch_step(c, whole->collections.at[i]);
    return rc;
}

static int read_indexes(reader *r) {
    enum { EACH = 8 }; /* a connection's handshake and sign-in take a few replies */
    jobs j = {r->connection, r->arena, r->collections.n, EACH, read_indexes_of, r};
    watch_start(r->connection, KF_STAGE_SNAPSHOT, r->collections.n);
    return jobs_run(&j, r->err);
}

int exec_snapshot(schema *out, connection *c, const snapshot_scope *scope, kf_error *err) {
    reader r = {.connection = c, .out = out, .arena = out->arena, .err = err, .scope = scope && scope->some ? scope : NULL};
    for (size_t i = 0; r.scope && i < scope->tables.n; i++) vec_push(r.arena, &r.wanted, scope->tables.at[i]);
    int rc = list_collections(&r);
    if (rc) return rc;
    for (size_t i = 0; i < r.collections.n; i++)
        if (str_eq(r.collections.at[i], STR(CATALOG)) && (rc = read_catalog(&r))) return rc;
    if (r.scope && (rc = narrow(&r))) return rc;
    add_tables(&r);
    if ((rc = read_indexes(&r))) return rc;
    const table *migrations = schema_table(out, STR(MIGRATIONS_TABLE));
    if (!r.scope && migrations && migrations->exists && (rc = read_migrations(&r))) return rc;
    if ((rc = read_documents(&r))) return rc;
    for (size_t i = 0; i < out->tables.n; i++) table_derive_names(out, out->tables.at[i]);
    return 0;
}
