#include "json/undo.h"

#include "json/document.h"
#include "json/json.h"
#include "json/tree.h"

/* ---- writing ---- */

static undo_indexes *indexes_of(undo *u, str collection, arena *a) {
    for (size_t i = 0; i < u->indexes.n; i++)
        if (str_eq(u->indexes.at[i].collection, collection)) return &u->indexes.at[i];
    vec_push(a, &u->indexes, (undo_indexes){.collection = collection});
    return &u->indexes.at[u->indexes.n - 1];
}

static undo_document *document_of(undo *u, const operation *op, const schema *live, arena *a) {
    str was = op->from.n ? op->from : op->collection;
    const table *t = schema_table(live, was);
    for (size_t i = 0; i < u->documents.n; i++)
        if (str_eq(u->documents.at[i].name, was) || str_eq(u->documents.at[i].name, op->collection)) return &u->documents.at[i];
    vec_push(a, &u->documents, (undo_document){.stored = t ? t->stored : STR_NONE, .rev = t ? t->rev : 0});
    return &u->documents.at[u->documents.n - 1];
}

/* A plan speaks of indexes under the names that their columns will have. */
static index_spec *as_it_is(const schema *live, const operation *op) {
    const table *t = schema_table(live, op->collection);
    index_spec *x = t ? table_index(t, op->old->name) : NULL;
    return x ? x : op->old;
}

static void take_operation(undo *u, const operation *op, const schema *live, arena *a) {
    bool writes = op->kind == OPERATION_RECORD_DOCUMENT || op->kind == OPERATION_WRITE_DOCUMENT;
    if (op->old) vec_push(a, &indexes_of(u, op->collection, a)->gone, as_it_is(live, op));
    if (op->index) vec_push(a, &indexes_of(u, op->collection, a)->made, op->index);
    if (!writes && op->kind != OPERATION_REMOVE_DOCUMENT && op->kind != OPERATION_MEND_COUNTER) return;
    undo_document *d = document_of(u, op, live, a);
    d->name = op->collection;
    if (writes) d->rev = op->base_rev + 1;
}

static void append_indexes(arena *a, bson_t *b, const char *key, const index_list *list) {
    bson_t array, each;
    char room[16];
    bson_append_array_begin(b, key, -1, &array);
    for (size_t i = 0; i < list->n; i++) {
        bson_append_document_begin(&array, tree_position(i, room), -1, &each);
        tree_put_str(&each, "name", list->at[i]->name);
        tree_put_exact(a, &each, "spec", json_spec_again(a, list->at[i]));
        bson_append_document_end(&array, &each);
    }
    bson_append_array_end(b, &array);
}

static void append_undo(arena *a, bson_t *b, const undo *u) {
    bson_t array, each;
    char room[16];
    bson_append_array_begin(b, "indexes", -1, &array);
    for (size_t i = 0; i < u->indexes.n; i++) {
        bson_append_document_begin(&array, tree_position(i, room), -1, &each);
        tree_put_str(&each, "collection", u->indexes.at[i].collection);
        append_indexes(a, &each, "gone", &u->indexes.at[i].gone);
        append_indexes(a, &each, "made", &u->indexes.at[i].made);
        bson_append_document_end(&array, &each);
    }
    bson_append_array_end(b, &array);
    bson_append_array_begin(b, "documents", -1, &array);
    for (size_t i = 0; i < u->documents.n; i++) {
        bson_append_document_begin(&array, tree_position(i, room), -1, &each);
        tree_put_str(&each, "name", u->documents.at[i].name);
        if (u->documents.at[i].stored.n) tree_put_exact(a, &each, "was", u->documents.at[i].stored);
        tree_put_int(&each, "rev", u->documents.at[i].rev);
        bson_append_document_end(&array, &each);
    }
    bson_append_array_end(b, &array);
}

void json_write_undo(text *out, const plan *p, const schema *live) {
    arena *a = out->arena;
    bson_t *b = tree_new(a);
    undo u = {0};
    for (size_t i = 0; i < p->operations.n; i++) take_operation(&u, &p->operations.at[i], live, a);
    bson_append_int32(b, "format", -1, 1);
    tree_put_str(b, "keyfold", STR(JSON_WRITER));
    tree_put_str(b, "undo", STR("keyfold undo FILE --uri URI"));
    tree_put_str(b, "database", p->options.database);
    tree_put_str(b, "host", p->options.host);
    append_undo(a, b, &u);
    tree_print_pretty(out, tree_bytes(b));
}

/* ---- reading ---- */

static int invalid(kf_error *err, const char *what) { return fail(err, KF_E_PLAN_INVALID, "the undo file: %s", what); }

static int read_list(index_list *out, str array, arena *a, kf_error *err) {
    bson_iter_t i;
    index_spec *x;
    if (!tree_open(&i, array)) return invalid(err, "a collection without its lists of indexes");
    while (bson_iter_next(&i)) {
        bson_iter_t spec;
        if (!tree_find(&spec, tree_document(&i), "spec") || json_index_from_bson(&x, tree_exact(&spec), a, NULL) != 0)
            return invalid(err, "an index without its spec");
        if (!index_name_is_possible(x->name)) return invalid(err, "an index that no server has");
        vec_push(a, out, x);
    }
    return 0;
}

static int read_indexes(undo *out, str d, arena *a, kf_error *err) {
    undo_indexes x = {.collection = tree_get_str(d, "collection")};
    if (schema_collection_fault(x.collection)) return invalid(err, "a collection that there cannot be");
    int rc = read_list(&x.gone, tree_get_array(d, "gone"), a, err);
    if (rc == 0) rc = read_list(&x.made, tree_get_array(d, "made"), a, err);
    if (rc == 0) vec_push(a, &out->indexes, x);
    return rc;
}

static int read_document(undo *out, str d, arena *a, kf_error *err) {
    undo_document x = {.name = tree_get_str(d, "name"), .rev = tree_get_int(d, "rev")};
    bson_iter_t i;
    if (!x.name.n) return invalid(err, "a document without its name");
    if (tree_find(&i, d, "was")) {
        x.stored = tree_exact(&i);
        if (!tree_get_str(x.stored, "name").n || !tree_is_shallow(x.stored, TREE_LEVELS) || !tree_find(&i, x.stored, "_id"))
            return invalid(err, "a document of the catalog that is none");
    }
    vec_push(a, &out->documents, x);
    return 0;
}

static int read_each(undo *out, str whole, const char *key, int (*read)(undo *, str, arena *, kf_error *), arena *a,
                     kf_error *err) {
    bson_iter_t i;
    int rc = 0;
    if (!tree_open(&i, tree_get_array(whole, key))) return invalid(err, "a list is missing");
    while (rc == 0 && bson_iter_next(&i)) rc = read(out, tree_document(&i), a, err);
    return rc;
}

int json_read_undo(undo *out, str json, arena *a, kf_error *err) {
    str d;
    int rc = tree_parse(&d, a, json, KF_E_PLAN_INVALID, err);
    *out = (undo){0};
    if (rc) return rc;
    if (tree_get_int(d, "format") != 1 || !tree_get_str(d, "undo").n)
        return invalid(err, "keyfold doctor --fix has not written it");
    out->database = tree_get_str(d, "database");
    out->host = tree_get_str(d, "host");
    rc = read_each(out, d, "indexes", read_indexes, a, err);
    return rc ? rc : read_each(out, d, "documents", read_document, a, err);
}

/* ---- documents and specs as they are stored ---- */

int64_t json_document_rev(str stored) { return tree_get_int(stored, "rev"); }

int64_t json_document_seq(str stored) {
    bson_iter_t i;
    int64_t n;
    return tree_find(&i, tree_get_document(stored, "auto"), "seq") && tree_int(&i, &n) ? n : -1;
}

str json_document_with_seq(arena *a, str stored, int64_t seq) {
    bson_t *b = tree_new(a), counter;
    bson_iter_t i, in;
    tree_open(&i, stored);
    while (bson_iter_next(&i)) {
        if (strcmp(bson_iter_key(&i), "auto") != 0 || !tree_open(&in, tree_document(&i))) {
            bson_append_iter(b, NULL, 0, &i);
            continue;
        }
        bson_append_document_begin(b, "auto", -1, &counter);
        while (bson_iter_next(&in)) {
            if (strcmp(bson_iter_key(&in), "seq") == 0) tree_put_int(&counter, "seq", seq);
            else bson_append_iter(&counter, NULL, 0, &in);
        }
        bson_append_document_end(b, &counter);
    }
    return tree_bytes(b);
}

static bool is_servers_own(const bson_iter_t *i) {
    return strcmp(bson_iter_key(i), "v") == 0 || strcmp(bson_iter_key(i), "ns") == 0;
}

static size_t count_own(str spec) {
    bson_iter_t i;
    size_t n = 0;
    if (!tree_open(&i, spec)) return 0;
    while (bson_iter_next(&i)) n += !is_servers_own(&i);
    return n;
}

/* Options in any order. */
bool json_spec_same(str a, str b) {
    bson_iter_t i, j;
    if (!tree_open(&i, a) || count_own(a) != count_own(b)) return false;
    while (bson_iter_next(&i)) {
        if (is_servers_own(&i)) continue;
        if (!tree_find(&j, b, bson_iter_key(&i))) return false;
        const bson_value_t *x = bson_iter_value(&i), *y = bson_iter_value(&j);
        bson_t left = BSON_INITIALIZER, right = BSON_INITIALIZER;
        bson_append_value(&left, "", 0, x);
        bson_append_value(&right, "", 0, y);
        bool same = bson_equal(&left, &right);
        bson_destroy(&left);
        bson_destroy(&right);
        if (!same) return false;
    }
    return true;
}

str json_spec_again(arena *a, const index_spec *x) {
    bson_iter_t i;
    if (!x->spec.n || !tree_open(&i, x->spec)) return json_index_to_bson(a, x);
    bson_t *b = tree_new(a);
    while (bson_iter_next(&i))
        if (!is_servers_own(&i)) bson_append_iter(b, NULL, 0, &i);
    return tree_bytes(b);
}

/* ---- what came of it ---- */

void json_write_undo_report(text *out, const undo_report *r) {
    bson_t *b = tree_new(out->arena);
    bson_append_int32(b, "format", -1, 1);
    tree_put_strings(b, "done", r->done.at, r->done.n);
    tree_put_strings(b, "not_done", r->left.at, r->left.n);
    tree_print_pretty(out, tree_bytes(b));
}
