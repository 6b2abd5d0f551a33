/* Reading a catalog document. djongo and other programs write these documents too: what is of a wrong type is
 * passed over, but where keyfold would destroy what it does not understand (names, rev) it stops. */
#include "json/document.h"
#include "json/json.h"
#include "json/tree.h"

static int wrong(const table *t, kf_code code, kf_error *err, const char *what) {
    return fail(err, code, "the " CATALOG " document of \"%.*s\": %s; repair or remove it", STR_ARG(t->name), what);
}

/* ---- fields ---- */

static void read_column(column *c, str document) {
    bson_iter_t i;
    c->type = tree_get_str(document, "type_code");
    if (tree_find(&i, document, "null") && bson_iter_type(&i) == BSON_TYPE_BOOL)
        c->nulls = bson_iter_bool(&i) ? NULLS_ALLOWED : NULLS_REFUSED;
    c->nulls_filled = c->nulls == NULLS_ALLOWED && tree_get_bool(document, "filled");
    if (tree_find(&i, document, "default") && tree_is_str(&i)) {
        c->has_default = true;
        c->default_sql = tree_str(&i);
    }
}

static void read_fields(table *t, map *by_name, str fields, arena *a) {
    bson_iter_t i;
    if (!tree_open(&i, fields)) return;
    while (bson_iter_next(&i)) {
        str key = {bson_iter_key(&i), bson_iter_key_len(&i)};
        if (!tree_document(&i).n || map_get(by_name, key)) continue;
        column *c = arena_make(a, column);
        c->name = key;
        read_column(c, tree_document(&i));
        vec_push(a, &t->columns, c);
        map_put(by_name, key, c);
    }
}

static void read_auto(table *t, const map *by_name, str document) {
    bson_iter_t i;
    /* djongo's $inc makes a seq that is missing, and fails on one that is null. */
    t->has_auto = document.n && !(tree_find(&i, document, "seq") && bson_iter_type(&i) == BSON_TYPE_NULL);
    t->seq = tree_get_int(document, "seq");
    if (!tree_open(&i, tree_get_array(document, "field_names"))) return;
    while (bson_iter_next(&i)) {
        column *c = tree_is_str(&i) ? map_get(by_name, tree_str(&i)) : NULL;
        if (!c) continue;
        t->doubled_counter |= c->auto_increment;
        c->auto_increment = true;
    }
}

static void read_lineage(table *t, const map *by_name, str document, arena *a) {
    bson_iter_t i;
    tree_read_strings(a, &t->was, tree_get_array(document, "table"));
    if (!tree_open(&i, tree_get_document(document, "columns"))) return;
    while (bson_iter_next(&i)) {
        column *c = map_get(by_name, (str){bson_iter_key(&i), bson_iter_key_len(&i)});
        if (c && tree_array(&i).n) tree_read_strings(a, &c->was, tree_array(&i));
    }
}

/* ---- names ---- */

static name *read_name(str document, arena *a) {
    name *n = arena_make(a, name);
    n->name = tree_get_str(document, "name");
    bool key = key_list_read(&n->key, tree_get_array(document, "key"), a);
    if (n->name.n == 0 || memchr(n->name.p, 0, n->name.n) || !str_is_utf8(n->name) ||
        !name_kind_of(tree_get_str(document, "kind"), &n->kind))
        return NULL;
    if (name_is_served(n->kind) && (!key || !key_is_possible(&n->key))) return NULL;
    if (!maker_of(tree_get_str(document, "made_by"), &n->made_by)) n->made_by = MADE_BY_OTHER;
    n->cleared = tree_get_bool(document, "cleared");
    n->full = tree_get_bool(document, "full");
    n->where_sql = tree_get_str(document, "where");
    n->check_sql = tree_get_str(document, "check");
    str references = tree_get_document(document, "references");
    n->ref_table = tree_get_str(references, "table");
    tree_read_strings(a, &n->ref_columns, tree_get_array(references, "columns"));
    tree_read_strings(a, &n->indexes, tree_get_array(document, "indexes"));
    return n;
}

static void read_names(table *t, str array, arena *a) {
    map seen = {.arena = a};
    bson_iter_t i;
    if (!tree_open(&i, array)) return;
    while (bson_iter_next(&i)) {
        name *n = tree_document(&i).n ? read_name(tree_document(&i), a) : NULL;
        if (!n || map_get(&seen, n->name)) continue;
        vec_push(a, &t->names, n);
        map_put(&seen, n->name, n);
    }
}

int document_read(table *t, str document, arena *a, kf_code code, kf_error *err) {
    bson_iter_t i;
    map by_name = {.arena = a};
    if (t->name.n == 0) t->name = tree_get_str(document, "name");
    if (!tree_open(&i, document)) return wrong(t, code, err, "it is no document");
    if (!tree_is_shallow(document, TREE_LEVELS)) return wrong(t, code, err, "it is nested too deeply");
    if (tree_find(&i, document, "rev") && (!tree_int(&i, &t->rev) || t->rev < 1 || t->rev == INT64_MAX))
        return wrong(t, code, err, "rev is not a positive whole number");
    if (tree_find(&i, document, "names")) {
        if (bson_iter_type(&i) != BSON_TYPE_ARRAY) return wrong(t, code, err, "names is not an array");
        t->has_names = true;
        read_names(t, tree_array(&i), a);
    }
    if (tree_find(&i, document, "fields")) t->broken_fields = !tree_document(&i).n;
    read_fields(t, &by_name, tree_get_document(document, "fields"), a);
    read_auto(t, &by_name, tree_get_document(document, "auto"));
    tree_read_strings(a, &t->dropping, tree_get_array(document, "dropping"));
    read_lineage(t, &by_name, tree_get_document(document, "lineage"), a);
    t->has_document = true;
    return 0;
}

int json_table_from_bson(table *out, str bson, arena *a, kf_error *err) {
    out->stored = str_copy(a, bson);
    return document_read(out, out->stored, a, KF_E_SERVER, err);
}
