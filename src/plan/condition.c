/* Conditions → partial filter expressions, where that can be said exactly. Three-valued logic: a row belongs to the index if
 * the condition is true; false and unknown (a null) are both left out, which is what comparisons do in MongoDB for missing
 * and null fields too. So NOT is moved down to the comparisons, where it is the opposite comparison, and what is then never
 * true (a comparison with NULL) is nothing in an OR and everything in an AND. */
#include "plan/work.h"

typedef struct translation {
    str *reason; /* why it cannot be said */
    str never;   /* why a part of it is never true */
    const table *table;
    const profile *profile;
    arena *a;
} translation;

/* A part of a condition. */
typedef struct part {
    bool never;  /* true for no row */
    filter when; /* no terms: true for every row */
} part;

static bool refuse(translation *t, str reason) {
    *t->reason = reason;
    return false;
}

static bool never(translation *t, part *out, str why) {
    if (!t->never.n) t->never = why;
    *out = (part){.never = true};
    return true;
}

static bool takes(const translation *t, filter_operator op) { return t->profile->filter_operators & 1u << op; }

static bool no_exact_form(translation *t, str of) {
    return refuse(t, str_format(t->a, "a partial filter expression has no exact form of %.*s", STR_ARG(of)));
}

/* ---- constants, by the column's type ---- */

static bool is_type(const struct column *c, const char *type) { return c && str_eq(c->type, str_of(type)); }
static bool is_integer(const struct column *c) { return is_type(c, "long") || is_type(c, "int"); }

/* MongoDB compares numbers of all types, so 1.5 can be said of an integer column, though not stored in it. */
static bool as_number(value *out, const expression *constant, arena *a) {
    return constant->kind == EXPRESSION_LITERAL && value_of_raw(out, STR("decimal"), constant->text, a);
}

static bool is_nan(const value *v) {
    return (v->type == VALUE_DOUBLE && v->real != v->real) || (v->type == VALUE_DECIMAL && str_eq(v->bytes, STR("NaN")));
}

/* djongo stores what is printed like this in a "string" column as a string or, from a UUIDField, as a binary. */
static bool looks_like_uuid(str s) {
    if (s.n != 36) return false;
    for (size_t i = 0; i < s.n; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? s.p[i] != '-' : !memchr("0123456789abcdefABCDEF", s.p[i], 22)) return false;
    }
    return true;
}

/* What MongoDB compares otherwise than SQL does. */
static const char *odd_value(const value *v, const struct column *c, const expression *constant) {
    if (is_nan(v)) return "nothing compares with NaN";
    if (v->type == VALUE_ARRAY || v->type == VALUE_OBJECT || !c->type.n || is_type(c, "array") || is_type(c, "object"))
        return "MongoDB compares arrays by their elements, and documents field by field in order";
    if (constant->kind == EXPRESSION_LITERAL && v->type == VALUE_STRING && looks_like_uuid(v->bytes))
        return "whether it is stored as a UUID or as its text cannot be told; as a parameter it can";
    return NULL;
}

static bool literal_value(translation *t, value *out, const expression *column, const expression *constant) {
    bool given = constant->kind == EXPRESSION_LITERAL || (constant->kind == EXPRESSION_PARAMETER && constant->value);
    if (!given)
        return refuse(t, str_format(t->a, "\"%.*s\" is compared with something that is not a constant", STR_ARG(column->text)));
    const struct column *c = table_column(t->table, column->text);
    if (!c || !value_type_is_known(c->type))
        return refuse(t, str_format(t->a, "the type of the column \"%.*s\" is not known", STR_ARG(column->text)));
    text shown = {.arena = t->a};
    expression_dump(&shown, constant);
    if (!expression_value(out, constant, c->type, t->a) && !(is_integer(c) && as_number(out, constant, t->a)))
        return refuse(t, str_format(t->a, "%.*s is no value of the %.*s column \"%.*s\"", STR_ARG(text_str(&shown)),
                                    STR_ARG(c->type.n ? c->type : STR("JSON")), STR_ARG(column->text)));
    const char *odd = out->type == VALUE_NULL ? NULL : odd_value(out, c, constant);
    if (odd)
        return refuse(
            t, str_format(t->a, "\"%.*s\" is compared with %.*s: %s", STR_ARG(column->text), STR_ARG(text_str(&shown)), odd));
    return true;
}

/* ---- comparisons ---- */

static void set_term(translation *t, part *out, str field, filter_operator op, const value *v) {
    filter_term term = {.field = field, .op = op};
    *out = (part){0};
    vec_push(t->a, &term.values, *v);
    vec_push(t->a, &out->when.terms, term);
}

static void set_bool(translation *t, part *out, str field, bool is) {
    value v = {.type = VALUE_BOOL, .integer = is};
    set_term(t, out, field, FILTER_EQ, &v);
}

/* Each is false or unknown where one of `parts` is; all of them are in its when otherwise. */
static void set_all(translation *t, part *out, const part *parts, size_t n) {
    part all = {0};
    for (size_t i = 0; i < n; i++) {
        all.never |= parts[i].never;
        for (size_t j = 0; j < parts[i].when.terms.n; j++) vec_push(t->a, &all.when.terms, parts[i].when.terms.at[j]);
    }
    *out = all;
}

static void set_any(translation *t, part *out, const part *parts, size_t n) {
    filter_term or = {.op = FILTER_OR};
    bool always = false;
    for (size_t i = 0; i < n; i++) {
        if (parts[i].never) continue;
        always |= parts[i].when.terms.n == 0;
        vec_push(t->a, & or.branches, parts[i].when);
    }
    *out = (part){.never = or.branches.n == 0};
    if (or.branches.n && !always) vec_push(t->a, &out->when.terms, or);
}

typedef enum comparison { EQUAL, LESS, LESS_EQUAL, GREATER, GREATER_EQUAL, UNEQUAL } comparison;

static const struct {
    const char *sql;
    comparison mirrored, opposite;
    filter_operator op;
} comparisons[] = {
    [EQUAL] = {"=", EQUAL, UNEQUAL, FILTER_EQ},
    [LESS] = {"<", GREATER, GREATER_EQUAL, FILTER_LT},
    [LESS_EQUAL] = {"<=", GREATER_EQUAL, GREATER, FILTER_LTE},
    [GREATER] = {">", LESS, LESS_EQUAL, FILTER_GT},
    [GREATER_EQUAL] = {">=", LESS_EQUAL, LESS, FILTER_GTE},
    [UNEQUAL] = {"<>", UNEQUAL, EQUAL, FILTER_OR},
};

/* A bool that is not null is the one or the other; any other value of a column's type is less or greater. */
static bool set_unequal(translation *t, part *out, const expression *column, const value *v, str written) {
    part sides[2];
    if (is_type(table_column(t->table, column->text), "bool") && v->type == VALUE_BOOL)
        return set_bool(t, out, column->text, !v->integer), true;
    if (!takes(t, FILTER_OR)) return no_exact_form(t, written);
    set_term(t, &sides[0], column->text, FILTER_LT, v);
    set_term(t, &sides[1], column->text, FILTER_GT, v);
    set_any(t, out, sides, 2);
    return true;
}

/* `written`: what a refusal speaks of. */
static bool compare(translation *t, part *out, comparison how, const expression *column, const expression *constant,
                    str written) {
    value v;
    if (column->kind != EXPRESSION_COLUMN)
        return refuse(t, str_format(t->a, "%.*s of something that is not a column", STR_ARG(written)));
    if (!literal_value(t, &v, column, constant)) return false;
    if (v.type == VALUE_NULL)
        return never(t, out, str_format(t->a, "a comparison of \"%.*s\" with NULL is never true", STR_ARG(column->text)));
    if (how == UNEQUAL) return set_unequal(t, out, column, &v, written);
    set_term(t, out, column->text, comparisons[how].op, &v);
    return true;
}

static bool translate_operator(translation *t, part *out, const expression *e, bool negated) {
    const expression *left = e->args.at[0], *right = e->args.at[1];
    bool mirrored = left->kind != EXPRESSION_COLUMN && right->kind == EXPRESSION_COLUMN;
    if (left->kind != EXPRESSION_COLUMN && !mirrored) return refuse(t, STR("a comparison without a column"));
    for (int i = EQUAL; i <= UNEQUAL; i++) {
        if (!str_eq(e->text, str_of(comparisons[i].sql))) continue;
        comparison how = mirrored ? comparisons[i].mirrored : (comparison)i;
        if (negated) how = comparisons[how].opposite;
        return compare(t, out, how, mirrored ? right : left, mirrored ? left : right, negated ? STR("NOT") : e->text);
    }
    return no_exact_form(t, e->text);
}

/* x IN (a, b) is x = a OR x = b. */
static bool translate_in(translation *t, part *out, const expression *e, bool negated) {
    size_t n = e->args.n - 1;
    part *parts = arena_alloc(t->a, n + 1, sizeof *parts);
    for (size_t i = 0; i < n; i++)
        if (!compare(t, &parts[i], negated ? UNEQUAL : EQUAL, e->args.at[0], e->args.at[i + 1],
                     negated ? STR("NOT IN") : STR("IN")))
            return false;
    if (negated) set_all(t, out, parts, n);
    else set_any(t, out, parts, n);
    return true;
}

static bool translate_between(translation *t, part *out, const expression *e, bool negated) {
    part ends[2];
    str written = negated ? STR("NOT BETWEEN") : STR("BETWEEN");
    if (!compare(t, &ends[0], negated ? LESS : GREATER_EQUAL, e->args.at[0], e->args.at[1], written) ||
        !compare(t, &ends[1], negated ? GREATER : LESS_EQUAL, e->args.at[0], e->args.at[2], written))
        return false;
    if (!negated) set_all(t, out, ends, 2);
    else if (!takes(t, FILTER_OR) && !ends[0].never && !ends[1].never) return no_exact_form(t, written);
    else set_any(t, out, ends, 2);
    return true;
}

/* ---- the rest ---- */

static bool translate_column(translation *t, part *out, const expression *e, bool negated) {
    const struct column *c = table_column(t->table, e->text);
    if (c && !is_type(c, "bool"))
        return refuse(t, str_format(t->a, "\"%.*s\" is no condition: it is no bool column", STR_ARG(e->text)));
    set_bool(t, out, e->text, !negated);
    return true;
}

/* A missing field and a null are both SQL's NULL here, and {field: null} means both. */
static bool translate_null(translation *t, part *out, const expression *e, bool is_null) {
    const expression *column = e->args.at[0];
    value null = {.type = VALUE_NULL};
    if (column->kind != EXPRESSION_COLUMN) return refuse(t, STR("IS NULL of something that is not a column"));
    set_term(t, out, column->text, FILTER_EQ, &null);
    if (is_null) return true;
    filter_term term = {.field = column->text, .op = FILTER_TYPE, .types = type_set_not_null()};
    out->when.terms.at[0] = term;
    return true;
}

static bool translate_literal(translation *t, part *out, const expression *e, bool negated) {
    if (e->literal == LITERAL_NULL) return never(t, out, STR("NULL is never true"));
    if (e->literal != LITERAL_BOOL) return refuse(t, STR("a constant is no condition"));
    if (str_eq(e->text, STR("TRUE")) == negated) return never(t, out, STR("its condition is never true"));
    *out = (part){0};
    return true;
}

static bool translate(translation *t, part *out, const expression *e, bool negated);

/* NOT (a AND b) is NOT a OR NOT b. */
static bool translate_list(translation *t, part *out, const expression *e, bool negated) {
    part *parts = arena_alloc(t->a, e->args.n + 1, sizeof *parts);
    for (size_t i = 0; i < e->args.n; i++)
        if (!translate(t, &parts[i], e->args.at[i], negated)) return false;
    if ((e->kind == EXPRESSION_AND) != negated) set_all(t, out, parts, e->args.n);
    else set_any(t, out, parts, e->args.n);
    return true;
}

static bool translate(translation *t, part *out, const expression *e, bool negated) {
    switch (e->kind) {
    case EXPRESSION_AND:
    case EXPRESSION_OR: return translate_list(t, out, e, negated);
    case EXPRESSION_NOT: return translate(t, out, e->args.at[0], !negated);
    case EXPRESSION_OPERATOR: return translate_operator(t, out, e, negated);
    case EXPRESSION_COLUMN: return translate_column(t, out, e, negated);
    case EXPRESSION_IS_NULL: return translate_null(t, out, e, !negated);
    case EXPRESSION_IS_NOT_NULL: return translate_null(t, out, e, negated);
    case EXPRESSION_IN: return translate_in(t, out, e, negated);
    case EXPRESSION_BETWEEN: return translate_between(t, out, e, negated);
    case EXPRESSION_LITERAL: return translate_literal(t, out, e, negated);
    case EXPRESSION_OTHER: return no_exact_form(t, e->text);
    default: return no_exact_form(t, STR("it"));
    }
}

/* ---- what the profile takes ---- */

static const struct {
    filter_operator op;
    const char *words;
} words[] = {{FILTER_OR, "OR"}, {FILTER_IN, "IN of several values"}, {FILTER_TYPE, "IS NOT NULL"}, {FILTER_EXISTS, "$exists"}};

static bool check_profile(translation *t, const filter *f) {
    unsigned missing = filter_operators(f) & ~t->profile->filter_operators;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (missing & 1u << words[i].op)
            return refuse(t, str_format(t->a, "%s takes no %s in a partial index", t->profile->name, words[i].words));
    if (filter_depth(f) <= t->profile->max_filter_depth) return true;
    return refuse(t, str_format(t->a, "AND and OR stand inside each other %zu deep, and %s takes %zu", filter_depth(f) - 1,
                                t->profile->name, t->profile->max_filter_depth - 1));
}

bool condition_to_filter(filter *out, str *reason, const expression *e, const table *table, const profile *profile, arena *a) {
    translation t = {.reason = reason, .table = table, .profile = profile, .a = a};
    part whole;
    if (!profile_partial(profile)) return refuse(&t, str_format(a, "%s has no partial indexes", profile->name));
    if (!translate(&t, &whole, e, false)) return false;
    if (whole.never) return refuse(&t, t.never);
    filter_normalise(&whole.when, a);
    *out = whole.when;
    return check_profile(&t, out);
}
