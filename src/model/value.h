/* A BSON value without libbson: its type and its content. */
#ifndef MODEL_VALUE_H
#define MODEL_VALUE_H

#include "base/arena.h"

/* The numbers are BSON's (bsonspec.org). */
typedef enum value_type {
    VALUE_DOUBLE = 1,
    VALUE_STRING = 2,
    VALUE_OBJECT = 3,
    VALUE_ARRAY = 4,
    VALUE_BINARY = 5,
    VALUE_UNDEFINED = 6,
    VALUE_OBJECT_ID = 7,
    VALUE_BOOL = 8,
    VALUE_DATE = 9,
    VALUE_NULL = 10,
    VALUE_REGEX = 11,
    VALUE_DB_POINTER = 12,
    VALUE_CODE = 13,
    VALUE_SYMBOL = 14,
    VALUE_CODE_WITH_SCOPE = 15,
    VALUE_INT32 = 16,
    VALUE_TIMESTAMP = 17,
    VALUE_INT64 = 18,
    VALUE_DECIMAL = 19,
    VALUE_MAX_KEY = 127,
    VALUE_MIN_KEY = 255
} value_type;

/* DOUBLE: real. BOOL, INT32, INT64, DATE (milliseconds since 1970, UTC): integer. STRING: UTF-8 in bytes.
 * DECIMAL: its decimal text in bytes, as libbson prints it. OBJECT_ID: the 12 bytes. Everything else: the bytes of a BSON
 * document {"": value}. */
typedef struct value {
    value_type type;
    double real;
    int64_t integer;
    str bytes;
} value;

typedef VEC(value) value_list;

/* A value as djongo prints it raw, or as SQL writes it in quotes, in a column of djongo's type `type`: int, long, double,
 * decimal, bool, string, date, binData, objectId, object, array, or "" for a column without one (djongo's JSONField). False if
 * it is no value of that type, or the type is none of these. */
bool value_of_raw(value *out, str type, str raw, arena *a);
bool value_type_is_known(str type);

/* Writing BSON: a document is bson_begin, any number of bson_add, bson_end. */
size_t bson_begin(text *out);
void bson_add(text *out, str key, const value *v);
void bson_end(text *out, size_t begin);
value value_binary(str bytes, uint8_t subtype, arena *a);
/* An array (its keys are "0", "1", ...) or an object of a document's bytes. */
value value_container(value_type type, text *document, arena *a);

/* A total order: by type, then by content. 0 means the same type and the same content. */
int value_cmp(const value *a, const value *b);
/* A total order in which numbers are told apart by what they are worth alone: 1, 1.0 and decimal 1.00 are equal. */
int value_order(const value *a, const value *b);
/* As MongoDB compares them, inside one bracket of types. False: they are of two, or this does not know (NaN, containers). */
bool value_compare(int *out, const value *a, const value *b);
/* For people: "pending", 5, true, 2026-11-22T07:00:09.337Z, ... */
void value_dump(text *out, const value *v);
/* The same, where the text may not tell values: what type it is. */
void value_show(text *out, const value *v);
/* As hexadecimal digits. */
void value_dump_bytes(text *out, str bytes);

/* Sets of types, for $type. */
typedef uint32_t type_set;
type_set type_bit(value_type type);
/* Every type but null and undefined: what SQL calls NOT NULL. */
type_set type_set_not_null(void);
/* All the types in BSON's order, ended by 0; the n-th bit of a type_set is the n-th of them. */
extern const value_type value_types[];
/* "string", "int", ...: the alias that $type takes. "?" for an unknown one. */
const char *value_type_alias(value_type type);

#endif
