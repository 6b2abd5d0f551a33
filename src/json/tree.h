/* BSON documents as trees: what the files of this folder share. A document is handed around as its bytes;
 * they live in the arena or are borrowed for as long as what is made of them. */
#ifndef JSON_TREE_H
#define JSON_TREE_H

#include "base/error.h"
#include "model/schema_objects.h"
#include <bson/bson.h>

/* ---- building ---- */

/* Lives as long as the arena. */
bson_t *tree_new(arena *a);
/* The document's bytes, borrowed. */
str tree_bytes(const bson_t *b);
void tree_put_str(bson_t *b, const char *key, str s);
void tree_put_document(bson_t *b, const char *key, str document);
/* int32 if it fits: the form that JSON gives back. */
void tree_put_int(bson_t *b, const char *key, int64_t n);
/* The n-th key of an array; `room` is for it. */
const char *tree_position(size_t n, char room[16]);
void tree_put_strings(bson_t *b, const char *key, const str *at, size_t n);

/* ---- looking ---- */

/* At the first element, before the first bson_iter_next; false: not a document. */
bool tree_open(bson_iter_t *i, str document);
bool tree_find(bson_iter_t *i, str document, const char *key);
/* Has it no more than so many documents and arrays in each other inside? TREE_LEVELS is MongoDB's limit; libbson recurses
 * without one. */
enum { TREE_LEVELS = 100 };
bool tree_is_shallow(str document, int levels);
bool tree_is_str(const bson_iter_t *i);
/* STR_NONE if it is something else. */
str tree_str(const bson_iter_t *i);
str tree_document(const bson_iter_t *i);
str tree_array(const bson_iter_t *i);
/* int32, int64, and a double that is a whole number. */
bool tree_int(const bson_iter_t *i, int64_t *out);
str tree_get_str(str document, const char *key);
bool tree_get_bool(str document, const char *key);
/* 0 if it is not there or no number. */
int64_t tree_get_int(str document, const char *key);
str tree_get_document(str document, const char *key);
str tree_get_array(str document, const char *key);
typedef VEC(str) str_list;
str_list tree_strings(arena *a, str array);
/* The array's strings into a VEC(str); anything else in it is passed over. */
#define tree_read_strings(a, vec, array)                                                                                       \
    do {                                                                                                                       \
        str_list tree_list = tree_strings((a), (array));                                                                       \
        (vec)->at = tree_list.at, (vec)->n = tree_list.n, (vec)->cap = tree_list.cap;                                          \
    } while (0)

/* ---- JSON ---- */

/* Levels that JSON is read and printed to; deeper documents stand in files as their bytes. */
enum { JSON_LEVELS = 60 };

/* One JSON object → a document's bytes. Errors: `code`, with the place. */
int tree_parse(str *out, arena *a, str json, kf_code code, kf_error *err);
/* Extended JSON: in one line; or pretty, two spaces a level, what fits into a line in one line. */
void tree_print(text *out, str document);
void tree_print_pretty(text *out, str document);
/* The element's value alone. */
void tree_print_value(text *out, const bson_iter_t *i);
/* A document that comes back from JSON byte for byte: as itself if JSON can do that, else as binary data of
 * its bytes. */
void tree_put_exact(arena *a, bson_t *b, const char *key, str document);
/* Its bytes; empty if it is neither form. */
str tree_exact(const bson_iter_t *i);

/* ---- model ---- */

/* False: model/value.h cannot hold it exactly (a NaN with a payload). The value borrows from the iterator's
 * document. */
bool value_read(value *out, const bson_iter_t *i, arena *a);
void value_append(bson_t *b, const char *key, const value *v);

/* Never fails: what is not a conjunction of terms is opaque. Borrows from the document. */
void filter_read(filter *out, str document, arena *a);
str filter_document(arena *a, const filter *f);

/* Keys of counts by dml_operation: "insert", ... */
extern const char *const dml_keys[];

/* A key field's direction: 1, -1, or what it says in `special`. */
void direction_read(key_field *out, const bson_iter_t *i, arena *a);
void direction_append(arena *a, bson_t *b, const char *key, const key_field *f);
/* [["a", 1], ...]; flat: [{column: "a", direction: 1}, ...]. Both are read. False: of neither form. */
void key_list_append(arena *a, bson_t *b, const char *key, const key_pattern *k, bool flat);
bool key_list_read(key_pattern *out, str array, arena *a);

#endif
