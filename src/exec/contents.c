#include "exec/contents.h"

#include "exec/link.h"

static int done(int rc, const answer *x, kf_error *err, const char *what, str of) {
    return rc || x->ok ? rc : answer_error(x, err, what, of);
}

/* ---- schemas ---- */

static int create_collection(connection *c, str collection, arena *a, kf_error *err) {
    bson_t *b = tree_new(a);
    answer x;
    tree_put_str(b, "create", collection);
    return done(command_write(&x, c, a, b, err), &x, err, "cannot create", collection);
}

static int create_indexes(connection *c, str collection, const str *specs, size_t n, arena *a, kf_error *err) {
    bson_t *b = tree_new(a), list;
    char room[16];
    answer x;
    if (n == 0) return 0;
    tree_put_str(b, "createIndexes", collection);
    bson_append_array_begin(b, "indexes", -1, &list);
    for (size_t i = 0; i < n; i++) tree_put_document(&list, tree_position(i, room), specs[i]);
    bson_append_array_end(b, &list);
    return done(command_write(&x, c, a, b, err), &x, err, "cannot build the indexes of", collection);
}

static int insert(connection *c, str collection, str document, arena *a, kf_error *err) {
    bson_t *b = tree_new(a), list;
    answer x;
    tree_put_str(b, "insert", collection);
    bson_append_array_begin(b, "documents", -1, &list);
    tree_put_document(&list, "0", document);
    bson_append_array_end(b, &list);
    return done(command_write(&x, c, a, b, err), &x, err, "cannot insert into", collection);
}

static int load_table(connection *c, const table *t, arena *a, kf_error *err) {
    str_list specs = {0};
    int rc = t->exists ? create_collection(c, t->name, a, err) : 0;
    for (size_t i = 0; i < t->indexes.n; i++) {
        const index_spec *x = t->indexes.at[i];
        vec_push(a, &specs, x->spec.n ? x->spec : json_index_to_bson(a, x));
    }
    if (rc == 0) rc = create_indexes(c, t->name, specs.at, specs.n, a, err);
    if (rc == 0 && t->has_document) rc = insert(c, STR(CATALOG), json_document_whole(a, t, c->ferret), a, err);
    return rc;
}

/* djongo's two. */
static str catalog_index(arena *a, const char *field, bool unique) {
    bson_t *b = tree_new(a), key;
    bson_append_document_begin(b, "key", -1, &key);
    bson_append_int32(&key, field, -1, 1);
    bson_append_document_end(b, &key);
    tree_put_str(b, "name", str_format(a, "%s_1", field));
    if (unique) bson_append_bool(b, "unique", -1, true);
    return tree_bytes(b);
}

static int load_catalog(connection *c, const schema *s, arena *a, kf_error *err) {
    str_list specs = {0};
    int rc = s->has_catalog ? create_collection(c, STR(CATALOG), a, err) : 0;
    if (s->catalog_has_name_index) vec_push(a, &specs, catalog_index(a, "name", true));
    if (s->catalog_has_auto_index) vec_push(a, &specs, catalog_index(a, "auto", false));
    return rc ? rc : create_indexes(c, STR(CATALOG), specs.at, specs.n, a, err);
}

/* As djongo writes a row. */
static int load_migration(connection *c, const migration *m, int32_t id, arena *a, kf_error *err) {
    bson_t *b = tree_new(a);
    bson_append_int32(b, "id", -1, id);
    tree_put_str(b, "app", m->app);
    tree_put_str(b, "name", m->name);
    value_append(b, "applied", &m->applied);
    return insert(c, STR(MIGRATIONS_TABLE), tree_bytes(b), a, err);
}

int contents_load(connection *c, const schema *s, arena *a, kf_error *err) {
    const table *rows = schema_table(s, STR(MIGRATIONS_TABLE));
    int rc = load_catalog(c, s, a, err);
    for (size_t i = 0; rc == 0 && i < s->tables.n; i++) rc = load_table(c, s->tables.at[i], a, err);
    for (size_t i = 0; rc == 0 && rows && rows->exists && i < s->migrations.n; i++)
        rc = load_migration(c, s->migrations.at[i], (int32_t)i + 1, a, err);
    return rc;
}

/* ---- documents ---- */

int contents_insert(connection *c, str collection, const stored_document *d, arena *a, kf_error *err) {
    bson_t *b = tree_new(a);
    for (size_t i = 0; i < d->fields.n; i++) {
        const stored_field *f = &d->fields.at[i];
        str wrapped;
        bson_iter_t at;
        int rc = tree_parse(&wrapped, a, str_format(a, "{\"\": %.*s}", STR_ARG(f->value)), KF_E_INTERNAL, err);
        if (rc) return rc;
        if (tree_open(&at, wrapped) && bson_iter_next(&at)) bson_append_iter(b, str_c(a, f->name), -1, &at);
    }
    return insert(c, collection, tree_bytes(b), a, err);
}

static stored_document document_of(str bytes, arena *a) {
    stored_document d = {0};
    bson_iter_t i;
    for (bool more = tree_open(&i, bytes) && bson_iter_next(&i); more; more = bson_iter_next(&i)) {
        text value = {.arena = a};
        tree_print_value(&value, &i);
        vec_push(a, &d.fields, (stored_field){str_copy(a, str_of(bson_iter_key(&i))), text_str(&value)});
    }
    return d;
}

int contents_read(stored_list *out, connection *c, str collection, arena *a, kf_error *err) {
    bson_t *all = tree_new(a), *options = tree_new(a), order;
    answer x;
    str d;
    bson_append_document_begin(options, "sort", -1, &order);
    bson_append_int32(&order, "_id", -1, 1);
    bson_append_document_end(options, &order);
    int rc = cursor_find(c, str_c(a, collection), all, options, err);
    if (rc) return rc;
    while (cursor_next(c, &d)) vec_push(a, out, document_of(d, a));
    cursor_end(&x, c, a);
    return x.ok ? 0 : answer_error(&x, err, "cannot read", collection);
}

int contents_drop(connection *c, arena *a, kf_error *err) {
    bson_t *b = tree_new(a);
    answer x;
    const bool *interrupted = c->interrupted;
    c->interrupted = NULL;
    bson_append_int32(b, "dropDatabase", -1, 1);
    int rc = command_write(&x, c, a, b, err);
    c->interrupted = interrupted;
    return done(rc, &x, err, "cannot drop the database", str_of(c->database));
}
