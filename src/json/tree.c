#include "json/tree.h"

#include <math.h>

static void destroy(void *b) { bson_destroy(b); }

bson_t *tree_new(arena *a) {
    bson_t *b = bson_new();
    arena_defer(a, destroy, b);
    return b;
}

str tree_bytes(const bson_t *b) { return (str){(const char *)bson_get_data(b), b->len}; }

void tree_put_str(bson_t *b, const char *key, str s) { bson_append_utf8(b, key, -1, s.p ? s.p : "", (int)s.n); }

void tree_put_document(bson_t *b, const char *key, str document) {
    bson_t d;
    if (bson_init_static(&d, (const uint8_t *)document.p, document.n)) bson_append_document(b, key, -1, &d);
}

void tree_put_int(bson_t *b, const char *key, int64_t n) {
    if (n >= INT32_MIN && n <= INT32_MAX) bson_append_int32(b, key, -1, (int32_t)n);
    else bson_append_int64(b, key, -1, n);
}

const char *tree_position(size_t n, char room[16]) {
    const char *key;
    bson_uint32_to_string((uint32_t)n, &key, room, 16);
    return key;
}

void tree_put_strings(bson_t *b, const char *key, const str *at, size_t n) {
    bson_t array;
    char room[16];
    bson_append_array_begin(b, key, -1, &array);
    for (size_t i = 0; i < n; i++) tree_put_str(&array, tree_position(i, room), at[i]);
    bson_append_array_end(b, &array);
}

bool tree_open(bson_iter_t *i, str document) {
    return document.n >= 5 && bson_iter_init_from_data(i, (const uint8_t *)document.p, document.n);
}

bool tree_find(bson_iter_t *i, str document, const char *key) { return tree_open(i, document) && bson_iter_find(i, key); }

/* The document or array inside, or a scope; STR_NONE for anything else. */
static str inside(const bson_iter_t *i) {
    const uint8_t *scope = NULL;
    uint32_t length, n = 0;
    switch (bson_iter_type(i)) {
    case BSON_TYPE_DOCUMENT: return tree_document(i);
    case BSON_TYPE_ARRAY: return tree_array(i);
    case BSON_TYPE_CODEWSCOPE: bson_iter_codewscope(i, &length, &n, &scope); return (str){(const char *)scope, scope ? n : 0};
    default: return STR_NONE;
    }
}

static bool has_levels(str document, int levels) {
    bson_iter_t i;
    if (!tree_open(&i, document)) return true;
    while (bson_iter_next(&i)) {
        str d = inside(&i);
        if (d.n && (levels == 1 || !has_levels(d, levels - 1))) return false;
    }
    return true;
}

bool tree_is_shallow(str document, int levels) { return has_levels(document, levels + 1); }

bool tree_is_str(const bson_iter_t *i) { return bson_iter_type(i) == BSON_TYPE_UTF8; }

str tree_str(const bson_iter_t *i) {
    if (!tree_is_str(i)) return STR_NONE;
    uint32_t n;
    const char *p = bson_iter_utf8(i, &n);
    return (str){p, n};
}

str tree_document(const bson_iter_t *i) {
    if (bson_iter_type(i) != BSON_TYPE_DOCUMENT) return STR_NONE;
    const uint8_t *p = NULL;
    uint32_t n = 0;
    bson_iter_document(i, &n, &p);
    return (str){(const char *)p, p ? n : 0};
}

str tree_array(const bson_iter_t *i) {
    if (bson_iter_type(i) != BSON_TYPE_ARRAY) return STR_NONE;
    const uint8_t *p = NULL;
    uint32_t n = 0;
    bson_iter_array(i, &n, &p);
    return (str){(const char *)p, p ? n : 0};
}

bool tree_int(const bson_iter_t *i, int64_t *out) {
    switch (bson_iter_type(i)) {
    case BSON_TYPE_INT32: *out = bson_iter_int32(i); return true;
    case BSON_TYPE_INT64: *out = bson_iter_int64(i); return true;
    case BSON_TYPE_DOUBLE: {
        double d = bson_iter_double(i);
        /* 2^63 is the first that does not fit; NaN fails both. */
        if (!(d >= -9223372036854775808.0 && d < 9223372036854775808.0) || d != floor(d)) return false;
        *out = (int64_t)d;
        return true;
    }
    default: return false;
    }
}

str tree_get_str(str document, const char *key) {
    bson_iter_t i;
    return tree_find(&i, document, key) ? tree_str(&i) : STR_NONE;
}

bool tree_get_bool(str document, const char *key) {
    bson_iter_t i;
    return tree_find(&i, document, key) && bson_iter_as_bool(&i);
}

int64_t tree_get_int(str document, const char *key) {
    bson_iter_t i;
    int64_t n = 0;
    return tree_find(&i, document, key) && tree_int(&i, &n) ? n : 0;
}

str tree_get_document(str document, const char *key) {
    bson_iter_t i;
    return tree_find(&i, document, key) ? tree_document(&i) : STR_NONE;
}

str tree_get_array(str document, const char *key) {
    bson_iter_t i;
    return tree_find(&i, document, key) ? tree_array(&i) : STR_NONE;
}

str_list tree_strings(arena *a, str array) {
    str_list list = {0};
    bson_iter_t i;
    if (!tree_open(&i, array)) return list;
    while (bson_iter_next(&i))
        if (tree_is_str(&i)) vec_push(a, &list, tree_str(&i));
    return list;
}
