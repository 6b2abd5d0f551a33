#include "json/document.h"
#include "json/json.h"
#include "json/tree.h"

/* Options by what they are to an index's identity. The server adds ns, v and background; dropDups is of 2.x.
 */
static const char *const neutral[] = {"v",
                                      "key",
                                      "name",
                                      "ns",
                                      "background",
                                      "hidden",
                                      "unique",
                                      "sparse",
                                      "dropDups",
                                      "partialFilterExpression",
                                      "expireAfterSeconds",
                                      "collation"};

/* ---- keys ---- */

void direction_read(key_field *out, const bson_iter_t *i, arena *a) {
    int64_t n;
    out->special = STR_NONE;
    out->direction = tree_int(i, &n) && (n == 1 || n == -1) ? (int)n : 0;
    if (out->direction) return;
    text t = {.arena = a};
    tree_print_value(&t, i);
    out->special = text_str(&t);
}

void direction_append(arena *a, bson_t *b, const char *key, const key_field *f) {
    bson_iter_t i;
    str wrapped;
    if (f->direction) {
        bson_append_int32(b, key, -1, f->direction);
        return;
    }
    str json = str_format(a, "{\"\": %.*s}", STR_ARG(f->special));
    if (tree_parse(&wrapped, a, json, KF_E_INTERNAL, NULL) == 0 && tree_open(&i, wrapped) && bson_iter_next(&i))
        bson_append_iter(b, key, -1, &i);
    else tree_put_str(b, key, f->special);
}

void key_list_append(arena *a, bson_t *b, const char *key, const key_pattern *k, bool flat) {
    bson_t list, pair;
    char room[16];
    bson_append_array_begin(b, key, -1, &list);
    for (size_t i = 0; i < k->fields.n; i++) {
        if (flat) bson_append_document_begin(&list, tree_position(i, room), -1, &pair);
        else bson_append_array_begin(&list, tree_position(i, room), -1, &pair);
        tree_put_str(&pair, flat ? "column" : "0", k->fields.at[i].column);
        direction_append(a, &pair, flat ? "direction" : "1", &k->fields.at[i]);
        if (flat) bson_append_document_end(&list, &pair);
        else bson_append_array_end(&list, &pair);
    }
    bson_append_array_end(b, &list);
}

static bool pair_read(key_field *out, const bson_iter_t *i, arena *a) {
    bool flat = bson_iter_type(i) == BSON_TYPE_DOCUMENT;
    str pair = flat ? tree_document(i) : tree_array(i);
    bson_iter_t direction;
    out->column = tree_get_str(pair, flat ? "column" : "0");
    if (out->column.n == 0 || !tree_find(&direction, pair, flat ? "direction" : "1")) return false;
    direction_read(out, &direction, a);
    return true;
}

bool key_list_read(key_pattern *out, str array, arena *a) {
    bson_iter_t i;
    *out = (key_pattern){0};
    if (!tree_open(&i, array)) return false;
    while (bson_iter_next(&i)) {
        key_field f = {0};
        if (!pair_read(&f, &i, a)) return false;
        vec_push(a, &out->fields, f);
    }
    return true;
}

static void read_key(key_pattern *out, str document, arena *a) {
    bson_iter_t i;
    if (!tree_open(&i, document)) return;
    while (bson_iter_next(&i)) {
        key_field f = {.column = {bson_iter_key(&i), bson_iter_key_len(&i)}};
        direction_read(&f, &i, a);
        vec_push(a, &out->fields, f);
    }
}

/* What SQL can ask for. */
static bool is_plain_key(const key_pattern *k) {
    for (size_t i = 0; i < k->fields.n; i++)
        if ((!k->fields.at[i].direction && !key_is_hashed(k)) || str_eq(k->fields.at[i].column, STR("$**")) ||
            str_ends(k->fields.at[i].column, STR(".$**")))
            return false;
    return true;
}

/* ---- what can be ---- */

static bool is_text(str s) { return s.n && !memchr(s.p, 0, s.n) && str_is_utf8(s); }
bool index_name_is_possible(str s) { return is_text(s) && !str_eq(s, STR("*")) && !str_eq(s, STR("_id_")); }

/* ---- specs ---- */

static bool is_simple_collation(str spec) {
    bson_iter_t i;
    if (!tree_find(&i, spec, "collation")) return true;
    return str_eq(tree_get_str(tree_document(&i), "locale"), STR("simple"));
}

static bool has_other_option(str spec) {
    bson_iter_t i;
    tree_open(&i, spec);
    while (bson_iter_next(&i)) {
        bool known = false;
        for (size_t n = 0; n < sizeof neutral / sizeof *neutral; n++) known |= strcmp(bson_iter_key(&i), neutral[n]) == 0;
        if (!known) return true;
    }
    return false;
}

int json_index_from_bson(index_spec **out, str bson, arena *a, kf_error *err) {
    bson_iter_t i;
    *out = NULL;
    index_spec *x = arena_make(a, index_spec);
    x->spec = str_copy(a, bson);
    if (!tree_open(&i, x->spec)) return fail(err, KF_E_SERVER, "an index that is not a document");
    if (!tree_is_shallow(x->spec, TREE_LEVELS))
        return fail(err, KF_E_SERVER, "an index that is nested more than %d levels deep", TREE_LEVELS);
    x->name = tree_get_str(x->spec, "name");
    if (x->name.n == 0) return fail(err, KF_E_SERVER, "an index without a name");
    if (!is_text(x->name)) return fail(err, KF_E_SERVER, "an index \"%.*s\", which no server has", STR_ARG(x->name));
    read_key(&x->key, tree_get_document(x->spec, "key"), a);
    if (x->key.fields.n == 0) return fail(err, KF_E_SERVER, "index \"%.*s\" has no key", STR_ARG(x->name));
    x->unique = tree_get_bool(x->spec, "unique");
    x->sparse = tree_get_bool(x->spec, "sparse");
    x->hidden = tree_get_bool(x->spec, "hidden");
    if (tree_find(&i, x->spec, "partialFilterExpression")) {
        if (!tree_document(&i).n)
            return fail(err, KF_E_SERVER, "the filter of index \"%.*s\" is no document", STR_ARG(x->name));
        filter_read(&x->filter, tree_document(&i), a);
    }
    bool ttl = tree_find(&i, x->spec, "expireAfterSeconds");
    bool plain = is_plain_key(&x->key) && is_simple_collation(x->spec) && !has_other_option(x->spec);
    x->ordinary = plain && !ttl;
    x->special_full = plain && ttl && !x->sparse && filter_none(&x->filter);
    *out = x;
    return 0;
}

str json_index_to_bson(arena *a, const index_spec *index) {
    bson_t *b = tree_new(a), key;
    bson_append_document_begin(b, "key", -1, &key);
    for (size_t i = 0; i < index->key.fields.n; i++)
        direction_append(a, &key, str_c(a, index->key.fields.at[i].column), &index->key.fields.at[i]);
    bson_append_document_end(b, &key);
    tree_put_str(b, "name", index->name);
    if (index->unique) bson_append_bool(b, "unique", -1, true);
    if (index->sparse) bson_append_bool(b, "sparse", -1, true);
    if (!filter_none(&index->filter)) tree_put_document(b, "partialFilterExpression", filter_document(a, &index->filter));
    return tree_bytes(b);
}

/* How it is stored, and where, is the server's own. */
str json_index_spec(arena *a, const index_spec *index) {
    text out = {.arena = a};
    bson_iter_t i;
    bson_t *b = tree_new(a);
    if (!index->spec.n || !tree_open(&i, index->spec)) tree_print(&out, json_index_to_bson(a, index));
    else {
        while (bson_iter_next(&i))
            if (strcmp(bson_iter_key(&i), "v") != 0 && strcmp(bson_iter_key(&i), "ns") != 0) bson_append_iter(b, NULL, 0, &i);
        tree_print(&out, tree_bytes(b));
    }
    return text_str(&out);
}

/* ---- the form in files ---- */

void index_append_members(arena *a, bson_t *b, const index_spec *index, bool with_spec) {
    tree_put_str(b, "name", index->name);
    key_list_append(a, b, "key", &index->key, false);
    bson_append_bool(b, "unique", -1, index->unique);
    if (index->sparse) bson_append_bool(b, "sparse", -1, true);
    if (index->hidden) bson_append_bool(b, "hidden", -1, true);
    if (filter_none(&index->filter)) bson_append_null(b, "filter", -1);
    else tree_put_exact(a, b, "filter", filter_document(a, &index->filter));
    if (with_spec && index->spec.n) tree_put_exact(a, b, "spec", index->spec);
}

/* Written by hand, the members and the spec may say different things. */
static int check_spec(const index_spec *x, str form, const index_spec *from_spec, kf_code code, kf_error *err) {
    bson_iter_t i;
    bool same = str_eq(x->name, from_spec->name) && key_equal(&x->key, &from_spec->key) && x->unique == from_spec->unique;
    if (tree_find(&i, form, "filter")) same &= filter_cmp(&x->filter, &from_spec->filter) == 0;
    return same ? 0 : fail(err, code, "index \"%.*s\" and its spec differ", STR_ARG(x->name));
}

int index_read_form(index_spec **out, str form, arena *a, kf_code code, kf_error *err) {
    bson_iter_t i;
    kf_error inner;
    index_spec *x = arena_make(a, index_spec);
    x->name = tree_get_str(form, "name");
    if (x->name.n == 0) return fail(err, code, "an index without a name");
    if (!is_text(x->name)) return fail(err, code, "an index \"%.*s\", which no server has", STR_ARG(x->name));
    if (!key_list_read(&x->key, tree_get_array(form, "key"), a) || x->key.fields.n == 0)
        return fail(err, code, "index \"%.*s\" has no key of the form [[\"field\", 1], ...]", STR_ARG(x->name));
    x->unique = tree_get_bool(form, "unique");
    x->sparse = tree_get_bool(form, "sparse");
    x->hidden = tree_get_bool(form, "hidden");
    x->ordinary = is_plain_key(&x->key);
    if (tree_find(&i, form, "filter") && bson_iter_type(&i) != BSON_TYPE_NULL) {
        if (!tree_exact(&i).n) return fail(err, code, "the filter of index \"%.*s\" is no object", STR_ARG(x->name));
        filter_read(&x->filter, tree_exact(&i), a);
    }
    *out = x;
    if (!tree_find(&i, form, "spec") || bson_iter_type(&i) == BSON_TYPE_NULL) return 0;
    if (json_index_from_bson(out, tree_exact(&i), a, &inner))
        return fail(err, code, "index \"%.*s\": %s", STR_ARG(x->name), inner.message);
    return check_spec(x, form, *out, code, err);
}
