/* Values as djongo prints them: Python's str(), told apart by the type of the column alone. */
#include "model/calendar.h"
#include "model/decimal.h"
#include "model/python.h"

#include <locale.h>
#include <math.h>
#include <stdlib.h>

typedef bool convert(value *out, str raw, arena *a);

static bool to_string(value *out, str raw, arena *a) {
    *out = (value){.type = VALUE_STRING, .bytes = str_copy(a, raw)};
    return true;
}

static bool to_long(value *out, str raw, arena *a) {
    (void)a;
    bool negative = raw.n && raw.p[0] == '-';
    size_t i = raw.n && (negative || raw.p[0] == '+') ? 1 : 0;
    int64_t n = 0;
    if (i == raw.n) return false;
    for (; i < raw.n; i++) {
        if (raw.p[i] < '0' || raw.p[i] > '9') return false;
        int64_t digit = raw.p[i] - '0';
        if (__builtin_mul_overflow(n, INT64_C(10), &n) || __builtin_add_overflow(n, negative ? -digit : digit, &n))
            return false;
    }
    *out = (value){.type = VALUE_INT64, .integer = n};
    return true;
}

/* pymongo takes 64 bits where 32 are too few. */
static bool to_int(value *out, str raw, arena *a) {
    if (!to_long(out, raw, a)) return false;
    if (out->integer >= INT32_MIN && out->integer <= INT32_MAX) out->type = VALUE_INT32;
    return true;
}

static bool is_float(str raw) {
    str s = raw.n && (raw.p[0] == '-' || raw.p[0] == '+') ? str_from(raw, 1) : raw;
    if (str_eq_nocase(s, STR("inf")) || str_eq_nocase(s, STR("infinity")) || str_eq_nocase(s, STR("nan"))) return true;
    for (size_t i = 0; i < s.n; i++)
        if (!s.p[i] || !strchr("0123456789.+-eE", s.p[i])) return false; /* strtod takes hexadecimal too */
    return s.n > 0;
}

/* The host's locale may have another decimal point. */
static bool to_double(value *out, str raw, arena *a) {
    char *end, *c = str_c(a, raw);
    if (!is_float(raw)) return false;
    locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (!plain) return false;
    *out = (value){.type = VALUE_DOUBLE, .real = strtod_l(c, &end, plain)};
    freelocale(plain);
    return end == c + raw.n && (isfinite(out->real) || !strpbrk(c, "0123456789"));
}

static bool to_decimal(value *out, str raw, arena *a) {
    *out = (value){.type = VALUE_DECIMAL};
    return decimal_spell(&out->bytes, raw, a);
}

static bool to_bool(value *out, str raw, arena *a) {
    (void)a;
    static const struct {
        const char *text;
        bool value;
    } words[] = {{"true", true}, {"t", true}, {"1", true}, {"false", false}, {"f", false}, {"0", false}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (str_eq_nocase(raw, str_of(words[i].text)))
            return *out = (value){.type = VALUE_BOOL, .integer = words[i].value}, true;
    return false;
}

static bool to_date(value *out, str raw, arena *a) {
    (void)a;
    moment m;
    *out = (value){.type = VALUE_DATE};
    return moment_read(&m, raw) && moment_to_ms(&out->integer, &m);
}

static int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool to_object_id(value *out, str raw, arena *a) {
    if (raw.n != 24) return false;
    char *bytes = arena_alloc(a, 12, 1);
    for (size_t i = 0; i < 12; i++) {
        int high = hex_digit(raw.p[2 * i]), low = hex_digit(raw.p[2 * i + 1]);
        if (high < 0 || low < 0) return false;
        bytes[i] = (char)(high << 4 | low);
    }
    *out = (value){.type = VALUE_OBJECT_ID, .bytes = {bytes, 12}};
    return true;
}

static bool to_python(value *out, str raw, arena *a) { return python_or_json_value(out, raw, a, NULL) == 0; }

/* PostgreSQL's \x6162 too. */
static bool to_binary(value *out, str raw, arena *a) {
    if (!str_starts(raw, STR("\\x"))) return to_python(out, raw, a) && out->type == VALUE_BINARY;
    text bytes = {.arena = a};
    if (raw.n % 2) return false;
    for (size_t i = 2; i < raw.n; i += 2) {
        int high = hex_digit(raw.p[i]), low = hex_digit(raw.p[i + 1]);
        if (high < 0 || low < 0) return false;
        text_char(&bytes, (char)(high << 4 | low));
    }
    return *out = value_binary(text_str(&bytes), 0, a), true;
}

/* What PostgreSQL calls json holds either. */
static bool to_object(value *out, str raw, arena *a) {
    return to_python(out, raw, a) && (out->type == VALUE_OBJECT || out->type == VALUE_ARRAY);
}
static bool to_array(value *out, str raw, arena *a) { return to_python(out, raw, a) && out->type == VALUE_ARRAY; }

static const struct {
    const char *type;
    convert *convert;
} conversions[] = {
    {"string", to_string},   {"int", to_int},       {"long", to_long},   {"double", to_double},
    {"decimal", to_decimal}, {"bool", to_bool},     {"date", to_date},   {"objectId", to_object_id},
    {"binData", to_binary},  {"object", to_object}, {"array", to_array}, {"", to_python},
};

bool value_of_raw(value *out, str type, str raw, arena *a) {
    for (size_t i = 0; i < sizeof conversions / sizeof *conversions; i++)
        if (str_eq(type, str_of(conversions[i].type))) return conversions[i].convert(out, raw, a);
    return false;
}

bool value_type_is_known(str type) {
    for (size_t i = 0; i < sizeof conversions / sizeof *conversions; i++)
        if (str_eq(type, str_of(conversions[i].type))) return true;
    return false;
}
