/* BSON (bsonspec.org) for what keyfold makes itself: values that came out of SQL and Python. */
#include "model/decimal.h"
#include "model/value.h"

static void add_little(text *out, uint64_t n, int bytes) {
    for (int i = 0; i < bytes; i++) text_char(out, (char)(n >> 8 * i));
}

static void add_string(text *out, str s) {
    add_little(out, s.n + 1, 4);
    text_add(out, s);
    text_char(out, 0);
}

static void add_double(text *out, double real) {
    uint64_t bits;
    memcpy(&bits, &real, sizeof bits);
    add_little(out, bits, 8);
}

static void add_decimal(text *out, str spelling) {
    uint8_t bytes[16];
    decimal_encode(bytes, spelling);
    text_add(out, (str){(const char *)bytes, sizeof bytes});
}

/* {"": value}: what stands behind the length, the type and the empty key, and before the closing NUL. */
static void add_inner(text *out, str document) {
    enum { LEAD = 4 + 1 + 1 };
    if (document.n > LEAD) text_add(out, str_slice(document, LEAD, document.n - 1));
}

void bson_add(text *out, str key, const value *v) {
    text_char(out, (char)v->type);
    text_add(out, key);
    text_char(out, 0);
    switch (v->type) {
    case VALUE_DOUBLE: add_double(out, v->real); break;
    case VALUE_STRING: add_string(out, v->bytes); break;
    case VALUE_BOOL: add_little(out, v->integer != 0, 1); break;
    case VALUE_INT32: add_little(out, (uint64_t)v->integer, 4); break;
    case VALUE_DATE:
    case VALUE_INT64: add_little(out, (uint64_t)v->integer, 8); break;
    case VALUE_DECIMAL: add_decimal(out, v->bytes); break;
    case VALUE_OBJECT_ID: text_add(out, v->bytes); break;
    case VALUE_NULL: break;
    default: add_inner(out, v->bytes);
    }
}

size_t bson_begin(text *out) {
    add_little(out, 0, 4);
    return out->n - 4;
}

void bson_end(text *out, size_t begin) {
    text_char(out, 0);
    for (int i = 0; i < 4; i++) out->p[begin + (size_t)i] = (char)((out->n - begin) >> 8 * i);
}

static value wrapped(value_type type, text *content, arena *a) {
    text whole = {.arena = a};
    size_t begin = bson_begin(&whole);
    text_char(&whole, (char)type);
    text_char(&whole, 0);
    text_add(&whole, text_str(content));
    bson_end(&whole, begin);
    return (value){.type = type, .bytes = text_str(&whole)};
}

value value_binary(str bytes, uint8_t subtype, arena *a) {
    text content = {.arena = a};
    bool old = subtype == 2; /* it has its length twice */
    add_little(&content, bytes.n + (old ? 4 : 0), 4);
    text_char(&content, (char)subtype);
    if (old) add_little(&content, bytes.n, 4);
    text_add(&content, bytes);
    return wrapped(VALUE_BINARY, &content, a);
}

value value_container(value_type type, text *document, arena *a) { return wrapped(type, document, a); }
