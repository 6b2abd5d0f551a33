/* Conditions → partial filter expressions, where that can be said exactly. Three-valued logic: a row belongs to the index if
 * the condition is true; false and unknown (a null) are both left out, which is what comparisons do in MongoDB for missing
 * and null fields too. */
#include "plan/work.h"

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

/* ---- constants, by the column's type ---- */

static bool literal_value(translation *t, value *out, const expression *column, const expression *constant) {
    bool given = constant->kind == EXPRESSION_LITERAL || (constant->kind == EXPRESSION_PARAMETER && constant->value);
    if (!given)
        return refuse(t, str_format(t->a, "\"%.*s\" is compared with something that is not a constant", STR_ARG(column->text)));
    const struct column *c = table_column(t->table, column->text);
    if (!c || !c->type.n)
        return refuse(t, str_format(t->a, "the type of the column \"%.*s\" is not known", STR_ARG(column->text)));
    if (!expression_value(out, constant, c->type, t->a)) {
        text shown = {.arena = t->a};
        expression_dump(&shown, constant);
        return refuse(t, str_format(t->a, "%.*s is no value of the %.*s column \"%.*s\"", STR_ARG(text_str(&shown)),
                                    STR_ARG(c->type), STR_ARG(column->text)));
    }
    if (out->type == VALUE_NULL)
        return refuse(t, str_format(t->a, "a comparison of \"%.*s\" with NULL is never true", STR_ARG(column->text)));
    return true;
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
} comparisons[] = {
    {"=", "=", FILTER_EQ}, {"<", ">", FILTER_LT}, {"<=", ">=", FILTER_LTE}, {">", "<", FILTER_GT}, {">=", "<=", FILTER_GTE}};

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

static bool is_bool(const translation *t, const expression *e) {
    const struct column *c = e->kind == EXPRESSION_COLUMN ? table_column(t->table, e->text) : NULL;
    return c && str_eq(c->type, STR("bool"));
}

static bool translate(translation *t, const expression *e);

/* x IN (a) is x = a; of several, servers from MongoDB 6.0 on take $in, which the profile knows. */
static bool add_in(translation *t, const expression *e) {
    const expression *column = e->args.at[0];
    if (column->kind != EXPRESSION_COLUMN) return refuse(t, STR("IN of something that is not a column"));
    filter_term term = {.field = column->text, .op = e->args.n == 2 ? FILTER_EQ : FILTER_IN};
    if (!(t->profile->filter_operators & 1u << term.op))
        return refuse(t, str_format(t->a, "%s takes no IN in a partial index", t->profile->name));
    for (size_t i = 1; i < e->args.n; i++) {
        value v;
        if (!literal_value(t, &v, column, e->args.at[i])) return false;
        vec_push(t->a, &term.values, v);
    }
    vec_push(t->a, &t->out->terms, term);
    return true;
}

static bool add_between(translation *t, const expression *e) {
    const expression *column = e->args.at[0];
    value low, high;
    if (column->kind != EXPRESSION_COLUMN) return refuse(t, STR("BETWEEN of something that is not a column"));
    return literal_value(t, &low, column, e->args.at[1]) && literal_value(t, &high, column, e->args.at[2]) &&
           add_term(t, column->text, FILTER_GTE, &low, 0) && add_term(t, column->text, FILTER_LTE, &high, 0);
}

/* Neither true nor false of a null: NOT of a comparison is the opposite comparison. */
static bool translate_not(translation *t, const expression *e) {
    static const char *const opposites[][2] = {{"<", ">="}, {"<=", ">"}, {">", "<="}, {">=", "<"}, {"<>", "="}};
    if (e->kind == EXPRESSION_COLUMN) return add_bool(t, e, false);
    if (e->kind == EXPRESSION_NOT) return translate(t, e->args.at[0]);
    expression opposite = *e;
    if (e->kind == EXPRESSION_IS_NULL) {
        opposite.kind = EXPRESSION_IS_NOT_NULL;
        return translate(t, &opposite);
    }
    for (size_t i = 0; e->kind == EXPRESSION_OPERATOR && i < sizeof opposites / sizeof *opposites; i++)
        if (str_eq(e->text, str_of(opposites[i][0]))) {
            opposite.text = str_of(opposites[i][1]);
            return add_comparison(t, &opposite);
        }
    /* A bool that is not null is the one or the other. */
    value v;
    if (e->kind == EXPRESSION_OPERATOR && str_eq(e->text, STR("=")) && is_bool(t, e->args.at[0]) &&
        literal_value(t, &v, e->args.at[0], e->args.at[1]))
        return add_bool(t, e->args.at[0], !v.integer);
    if (e->kind == EXPRESSION_OR) {
        for (size_t i = 0; i < e->args.n; i++)
            if (!translate_not(t, e->args.at[i])) return false;
        return true;
    }
    return refuse(t, STR("a partial filter expression has no exact form of NOT"));
}

/* A missing field and a null are both SQL's NULL here, and {field: null} means both. */
static bool add_null(translation *t, const expression *e) {
    const expression *column = e->args.at[0];
    value null = {.type = VALUE_NULL};
    if (column->kind != EXPRESSION_COLUMN) return refuse(t, STR("IS NULL of something that is not a column"));
    return add_term(t, column->text, FILTER_EQ, &null, 0);
}

static bool translate(translation *t, const expression *e) {
    switch (e->kind) {
    case EXPRESSION_AND:
        for (size_t i = 0; i < e->args.n; i++)
            if (!translate(t, e->args.at[i])) return false;
        return true;
    case EXPRESSION_OPERATOR: return add_comparison(t, e);
    case EXPRESSION_COLUMN: return add_bool(t, e, true);
    case EXPRESSION_NOT: return translate_not(t, e->args.at[0]);
    case EXPRESSION_IS_NULL: return add_null(t, e);
    case EXPRESSION_IS_NOT_NULL:
        if (e->args.at[0]->kind == EXPRESSION_COLUMN)
            return add_term(t, e->args.at[0]->text, FILTER_TYPE, NULL, type_set_not_null());
        return refuse(t, STR("IS NOT NULL of something that is not a column"));
    case EXPRESSION_IN: return add_in(t, e);
    case EXPRESSION_BETWEEN: return add_between(t, e);
    case EXPRESSION_OR: return refuse(t, STR("a partial filter expression has no exact form of OR"));
    default: return refuse(t, STR("a partial filter expression has no exact form of it"));
    }
}

bool condition_to_filter(filter *out, str *reason, const expression *e, const table *table, const profile *profile, arena *a) {
    translation t = {out, reason, table, profile, a};
    if (!profile->partial) return refuse(&t, str_format(a, "%s has no partial indexes", profile->name));
    if (!translate(&t, e)) return false;
    filter_normalise(out);
    return true;
}
