#include "model/value.h"

#include "model/decimal.h"

#include <inttypes.h>
#include <math.h>

const value_type value_types[] = {VALUE_DOUBLE,
                                  VALUE_STRING,
                                  VALUE_OBJECT,
                                  VALUE_ARRAY,
                                  VALUE_BINARY,
                                  VALUE_UNDEFINED,
                                  VALUE_OBJECT_ID,
                                  VALUE_BOOL,
                                  VALUE_DATE,
                                  VALUE_NULL,
                                  VALUE_REGEX,
                                  VALUE_DB_POINTER,
                                  VALUE_CODE,
                                  VALUE_SYMBOL,
                                  VALUE_CODE_WITH_SCOPE,
                                  VALUE_INT32,
                                  VALUE_TIMESTAMP,
                                  VALUE_INT64,
                                  VALUE_DECIMAL,
                                  VALUE_MIN_KEY,
                                  VALUE_MAX_KEY,
                                  0};

/* The aliases of MongoDB's manual ($type), in the order of value_types. */
static const char *const aliases[] = {
    "double",  "string", "object",    "array",      "binData", "undefined",           "objectId", "bool",      "date",
    "null",    "regex",  "dbPointer", "javascript", "symbol",  "javascriptWithScope", "int",      "timestamp", "long",
    "decimal", "minKey", "maxKey"};

static int position(value_type type) {
    for (int i = 0; value_types[i]; i++)
        if (value_types[i] == type) return i;
    return -1;
}

type_set type_bit(value_type type) {
    int i = position(type);
    return i < 0 ? 0 : (type_set)1 << i;
}

type_set type_set_not_null(void) {
    type_set all = 0;
    for (int i = 0; value_types[i]; i++) all |= (type_set)1 << i;
    return all & ~type_bit(VALUE_NULL) & ~type_bit(VALUE_UNDEFINED);
}

const char *value_type_alias(value_type type) {
    int i = position(type);
    return i < 0 ? "?" : aliases[i];
}

static int sign(int64_t a, int64_t b) { return (a > b) - (a < b); }

int value_cmp(const value *a, const value *b) {
    if (a->type != b->type) return sign(a->type, b->type);
    switch (a->type) {
    case VALUE_DOUBLE:
        /* NaN is equal to itself here, and the smallest: an order must be total. */
        if (isnan(a->real) || isnan(b->real)) return sign(!isnan(a->real), !isnan(b->real));
        return (a->real > b->real) - (a->real < b->real);
    case VALUE_BOOL:
    case VALUE_DATE:
    case VALUE_INT32:
    case VALUE_INT64: return sign(a->integer, b->integer);
    default: return str_cmp(a->bytes, b->bytes);
    }
}

/* ---- numbers as numbers ---- */

static bool is_number(const value *v) {
    return v->type == VALUE_DOUBLE || v->type == VALUE_INT32 || v->type == VALUE_INT64 || v->type == VALUE_DECIMAL;
}

static bool to_decimal(decimal *out, const value *v) {
    switch (v->type) {
    case VALUE_DOUBLE: return decimal_of_double(out, v->real);
    case VALUE_DECIMAL: return decimal_read(out, v->bytes);
    default: *out = decimal_of_int(v->integer); return true;
    }
}

static bool compare_numbers(int *out, const value *a, const value *b) {
    decimal x, y;
    if (a->type == VALUE_DOUBLE && b->type == VALUE_DOUBLE && !isnan(a->real) && !isnan(b->real))
        return *out = (a->real > b->real) - (a->real < b->real), true;
    if (!to_decimal(&x, a) || !to_decimal(&y, b) || x.nan || y.nan) return false;
    *out = decimal_compare(&x, &y);
    return true;
}

/* What no decimal holds comes behind the rest: NaN, and doubles of many digits, which equal their own like alone. */
static int order_numbers(const value *a, const value *b) {
    decimal x, y;
    bool a_exact = to_decimal(&x, a) && !x.nan, b_exact = to_decimal(&y, b) && !y.nan;
    if (a_exact && b_exact) return decimal_compare(&x, &y);
    return a_exact == b_exact ? value_cmp(a, b) : a_exact ? -1 : 1;
}

int value_order(const value *a, const value *b) {
    if (is_number(a) && is_number(b)) return order_numbers(a, b);
    if (is_number(a) || is_number(b)) return is_number(a) ? -1 : 1;
    return value_cmp(a, b);
}

bool value_compare(int *out, const value *a, const value *b) {
    if (is_number(a) && is_number(b)) return compare_numbers(out, a, b);
    bool known = a->type == VALUE_STRING || a->type == VALUE_BOOL || a->type == VALUE_DATE || a->type == VALUE_OBJECT_ID;
    if (a->type != b->type || !known) return false;
    *out = value_cmp(a, b);
    return true;
}

static void dump_string(text *out, str s) {
    text_char(out, '"');
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c == '"' || c == '\\') text_format(out, "\\%c", c);
        else if (c < 32 || c == 127) text_format(out, "\\u%04x", c);
        else text_char(out, (char)c);
    }
    text_char(out, '"');
}

/* Days since 1970-01-01 to a date of the proleptic Gregorian calendar (the usual era arithmetic, in 400-year periods). */
static void dump_date(text *out, int64_t ms) {
    int64_t day_ms = 86400000, days = ms / day_ms, rest = ms % day_ms;
    if (rest < 0) {
        rest += day_ms;
        days--;
    }
    int64_t z = days + 719468, era = (z >= 0 ? z : z - 146096) / 146097, of_era = z - era * 146097;
    int64_t y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * y + y / 4 - y / 100), m = (5 * of_year + 2) / 153;
    int64_t day = of_year - (153 * m + 2) / 5 + 1, month = m < 10 ? m + 3 : m - 9, year = y + era * 400 + (month <= 2);
    text_format(out, "%04" PRId64 "-%02d-%02dT%02d:%02d:%02d.%03dZ", year, (int)month, (int)day, (int)(rest / 3600000),
                (int)(rest / 60000 % 60), (int)(rest / 1000 % 60), (int)(rest % 1000));
}

void value_dump_bytes(text *out, str s) {
    for (size_t i = 0; i < s.n; i++) text_format(out, "%02x", (unsigned char)s.p[i]);
}

void value_dump(text *out, const value *v) {
    switch (v->type) {
    case VALUE_DOUBLE: text_format(out, "%.17g", v->real); break;
    case VALUE_STRING: dump_string(out, v->bytes); break;
    case VALUE_BOOL: text_add(out, v->integer ? STR("true") : STR("false")); break;
    case VALUE_DATE: dump_date(out, v->integer); break;
    case VALUE_INT32:
    case VALUE_INT64: text_format(out, "%" PRId64, v->integer); break;
    case VALUE_DECIMAL: text_format(out, "decimal %.*s", STR_ARG(v->bytes)); break;
    case VALUE_NULL: text_add(out, STR("null")); break;
    case VALUE_OBJECT_ID:
        text_add(out, STR("objectId "));
        value_dump_bytes(out, v->bytes);
        break;
    default: text_format(out, "%s ", value_type_alias(v->type)); value_dump_bytes(out, v->bytes);
    }
}

void value_show(text *out, const value *v) {
    if (out->hides_values && v->type != VALUE_NULL) text_format(out, "a value (%s)", value_type_alias(v->type));
    else value_dump(out, v);
}
