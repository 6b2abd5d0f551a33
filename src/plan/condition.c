/* Conditions → partial filter expressions, where that can be said exactly. Three-valued logic: a row belongs to the index if
 * the condition is true; false and unknown (a null) are both left out, which is what comparisons do in MongoDB for missing
 * and null fields too. */
#include "plan/work.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

typedef struct translation {
    filter *out;
    str *reason;
    const table *table;
    const profile *profile;
    arena *a;
} translation;

static bool refuse(translation *t, str reason) {
    *t->reason = reason;
    return false;
}

/* ---- literals, by the column's type ---- */

typedef bool convert(value *out, str text, arena *a);

static bool to_string(value *out, str s, arena *a) {
    (void)a;
    *out = (value){.type = VALUE_STRING, .bytes = s};
    return true;
}

static bool to_long(value *out, str s, arena *a) {
    char *end, *c = str_c(a, s);
    errno = 0;
    long long n = strtoll(c, &end, 10);
    if (s.n == 0 || end != c + s.n || errno || isspace((unsigned char)*c)) return false;
    *out = (value){.type = VALUE_INT64, .integer = n};
    return true;
}

static bool to_int(value *out, str s, arena *a) {
    if (!to_long(out, s, a)) return false;
    if (out->integer >= INT32_MIN && out->integer <= INT32_MAX) out->type = VALUE_INT32;
    return true;
}

static bool to_double(value *out, str s, arena *a) {
    char *end, *c = str_c(a, s);
    double d = strtod(c, &end);
    if (s.n == 0 || end != c + s.n || isspace((unsigned char)*c)) return false;
    *out = (value){.type = VALUE_DOUBLE, .real = d};
    return true;
}

static bool to_decimal(value *out, str s, arena *a) {
    if (!to_double(out, s, a)) return false;
    for (size_t i = 0; i < s.n; i++)
        if (!strchr("0123456789+-.eE", s.p[i])) return false; /* strtod takes hexadecimal, inf and nan as well */
    *out = (value){.type = VALUE_DECIMAL, .bytes = s};
    return true;
}

static bool to_bool(value *out, str s, arena *a) {
    (void)a;
    static const struct {
        const char *text;
        bool value;
    } words[] = {{"true", true}, {"t", true}, {"1", true}, {"false", false}, {"f", false}, {"0", false}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (str_eq_nocase(s, str_of(words[i].text))) {
            *out = (value){.type = VALUE_BOOL, .integer = words[i].value};
            return true;
        }
    return false;
}

static const struct {
    const char *type;
    convert *convert;
} conversions[] = {{"string", to_string}, {"int", to_int},         {"long", to_long},
                   {"double", to_double}, {"decimal", to_decimal}, {"bool", to_bool}};

static bool literal_value(translation *t, value *out, const expression *column, const expression *literal) {
    if (literal->kind != EXPRESSION_LITERAL)
        return refuse(t, str_format(t->a, "\"%.*s\" is compared with something that is not a constant", STR_ARG(column->text)));
    if (literal->literal == LITERAL_NULL)
        return refuse(t, str_format(t->a, "a comparison of \"%.*s\" with NULL is never true", STR_ARG(column->text)));
    const struct column *c = table_column(t->table, column->text);
    str type = c ? c->type : STR("unknown");
    for (size_t i = 0; i < sizeof conversions / sizeof *conversions; i++)
        if (str_eq(type, str_of(conversions[i].type))) {
            if (conversions[i].convert(out, literal->text, t->a)) return true;
            return refuse(t, str_format(t->a, "'%.*s' is no value of the %.*s column \"%.*s\"", STR_ARG(literal->text),
                                        STR_ARG(type), STR_ARG(column->text)));
        }
    return refuse(t, str_format(t->a, "a condition on the column \"%.*s\" of type %.*s is not translated yet",
                                STR_ARG(column->text), STR_ARG(type)));
}

/* ---- terms ---- */

static bool add_term(translation *t, str field, filter_operator op, const value *v, type_set types) {
    if (!(t->profile->filter_operators & 1u << op))
        return refuse(t, str_format(t->a, "%s has no partial indexes with such a condition", t->profile->name));
    filter_term term = {.field = field, .op = op, .types = types};
    if (v) vec_push(t->a, &term.values, *v);
    vec_push(t->a, &t->out->terms, term);
    return true;
}

static bool add_bool(translation *t, const expression *column, bool is) {
    value v = {.type = VALUE_BOOL, .integer = is};
    return add_term(t, column->text, FILTER_EQ, &v, 0);
}

static const struct {
    const char *sql, *mirrored;
    filter_operator op;
} comparisons[] = {{"=", "=", FILTER_EQ},    {"<", ">", FILTER_LT},   {"<=", ">=", FILTER_LTE},
                   {">", "<", FILTER_GT},    {">=", "<=", FILTER_GTE}};

static bool add_comparison(translation *t, const expression *e) {
    const expression *left = e->args.at[0], *right = e->args.at[1];
    bool mirrored = left->kind != EXPRESSION_COLUMN && right->kind == EXPRESSION_COLUMN;
    const expression *column = mirrored ? right : left, *literal = mirrored ? left : right;
    if (column->kind != EXPRESSION_COLUMN) return refuse(t, STR("a comparison without a column"));
    for (size_t i = 0; i < sizeof comparisons / sizeof *comparisons; i++) {
        if (!str_eq(e->text, str_of(mirrored ? comparisons[i].mirrored : comparisons[i].sql))) continue;
        value v;
        return literal_value(t, &v, column, literal) && add_term(t, column->text, comparisons[i].op, &v, 0);
    }
    return refuse(t, str_format(t->a, "a partial filter expression has no exact form of %.*s", STR_ARG(e->text)));
}

static bool translate(translation *t, const expression *e) {
    switch (e->kind) {
    case EXPRESSION_AND:
        for (size_t i = 0; i < e->args.n; i++)
            if (!translate(t, e->args.at[i])) return false;
        return true;
    case EXPRESSION_OPERATOR: return add_comparison(t, e);
    case EXPRESSION_COLUMN: return add_bool(t, e, true);
    case EXPRESSION_NOT:
        if (e->args.at[0]->kind == EXPRESSION_COLUMN) return add_bool(t, e->args.at[0], false);
        return refuse(t, STR("NOT of a condition is not translated yet"));
    case EXPRESSION_IS_NOT_NULL:
        if (e->args.at[0]->kind == EXPRESSION_COLUMN)
            return add_term(t, e->args.at[0]->text, FILTER_TYPE, NULL, type_set_not_null());
        return refuse(t, STR("IS NOT NULL of something that is not a column"));
    case EXPRESSION_IS_NULL: return refuse(t, STR("IS NULL is not translated yet"));
    case EXPRESSION_IN: return refuse(t, STR("IN is not translated yet"));
    case EXPRESSION_OR: return refuse(t, STR("OR is not translated yet"));
    case EXPRESSION_BETWEEN: return refuse(t, STR("BETWEEN is not translated yet"));
    case EXPRESSION_PARAMETER: return refuse(t, STR("a parameter in a condition is not translated yet"));
    default: return refuse(t, str_format(t->a, "a partial filter expression has no exact form of %.*s", STR_ARG(e->text)));
    }
}

bool condition_to_filter(filter *out, str *reason, const expression *e, const table *table, const profile *profile, arena *a) {
    translation t = {out, reason, table, profile, a};
    if (!profile->partial) return refuse(&t, str_format(a, "%s has no partial indexes", profile->name));
    if (!translate(&t, e)) return false;
    filter_normalise(out);
    return true;
}
