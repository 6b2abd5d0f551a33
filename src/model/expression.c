#include "model/expression.h"

/* How tightly each binds, as PostgreSQL has it. */
enum { BINDS_OR = 1, BINDS_AND, BINDS_NOT, BINDS_TEST, BINDS_COMPARISON, BINDS_OPERATOR, BINDS_TIGHT };

static const char *const comparisons[] = {"=", "<>", "<", "<=", ">", ">="};

static int binds(const expression *e) {
    switch (e->kind) {
    case EXPRESSION_OR: return BINDS_OR;
    case EXPRESSION_AND: return BINDS_AND;
    case EXPRESSION_NOT: return BINDS_NOT;
    case EXPRESSION_IS_NULL:
    case EXPRESSION_IS_NOT_NULL: return BINDS_TEST;
    case EXPRESSION_IN:
    case EXPRESSION_BETWEEN: return BINDS_COMPARISON;
    case EXPRESSION_OPERATOR:
        for (size_t i = 0; i < sizeof comparisons / sizeof *comparisons; i++)
            if (str_eq(e->text, str_of(comparisons[i]))) return BINDS_COMPARISON;
        return BINDS_OPERATOR;
    default: return BINDS_TIGHT;
    }
}

static void add_doubled(text *out, str s, char quote) {
    text_char(out, quote);
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == quote) text_char(out, quote);
        text_char(out, s.p[i]);
    }
    text_char(out, quote);
}

static void dump_arg(text *out, const expression *arg, int tighter_than) {
    bool parentheses = binds(arg) <= tighter_than;
    if (parentheses) text_char(out, '(');
    expression_dump(out, arg);
    if (parentheses) text_char(out, ')');
}

/* The args from the first one on, with `between` between them. */
static void dump_args(text *out, const expression *e, size_t first, const char *between, int tighter_than) {
    for (size_t i = first; i < e->args.n; i++) {
        if (i > first) text_add(out, str_of(between));
        dump_arg(out, e->args.at[i], tighter_than);
    }
}

static void dump_literal(text *out, const expression *e) {
    if (out->hides_values && e->literal != LITERAL_NULL) text_char(out, '?');
    else if (e->literal == LITERAL_STRING) add_doubled(out, e->text, '\'');
    else text_add(out, e->text);
}

/* As SQL writes it; false for what SQL has no constant of. */
static bool dump_value(text *out, const value *v) {
    text spelling = {.arena = out->arena};
    switch (v->type) {
    case VALUE_NULL: text_add(out, STR("NULL")); return true;
    case VALUE_BOOL: text_add(out, v->integer ? STR("TRUE") : STR("FALSE")); return true;
    case VALUE_STRING: add_doubled(out, v->bytes, '\''); return true;
    case VALUE_DECIMAL: add_doubled(out, v->bytes, '\''); return true;
    case VALUE_INT32:
    case VALUE_INT64: value_dump(out, v); return true;
    case VALUE_DOUBLE:
    case VALUE_DATE: value_dump(&spelling, v); break;
    case VALUE_OBJECT_ID: value_dump_bytes(&spelling, v->bytes); break;
    default: return false;
    }
    add_doubled(out, text_str(&spelling), '\'');
    return true;
}

static void dump_parameter(text *out, const expression *e) {
    if (out->hides_values && e->value) value_show(out, e->value);
    else if (!e->value || !dump_value(out, e->value)) text_format(out, "$%d", e->number);
}

bool expression_value(value *out, const expression *e, str type, arena *a) {
    if (e->kind == EXPRESSION_PARAMETER && e->value) return *out = *e->value, true;
    if (e->kind != EXPRESSION_LITERAL) return false;
    if (e->literal == LITERAL_NULL) return *out = (value){.type = VALUE_NULL}, true;
    return value_of_raw(out, type, e->text, a);
}

static void dump_postfix(text *out, const expression *e, const char *test) {
    dump_arg(out, e->args.at[0], BINDS_TEST);
    text_add(out, str_of(test));
}

static void dump_operator(text *out, const expression *e) {
    dump_arg(out, e->args.at[0], binds(e));
    text_format(out, " %.*s ", STR_ARG(e->text));
    dump_arg(out, e->args.at[1], binds(e));
}

static void dump_in(text *out, const expression *e) {
    dump_arg(out, e->args.at[0], BINDS_COMPARISON);
    text_add(out, STR(" IN ("));
    dump_args(out, e, 1, ", ", 0);
    text_char(out, ')');
}

static void dump_between(text *out, const expression *e) {
    dump_arg(out, e->args.at[0], BINDS_COMPARISON);
    text_add(out, STR(" BETWEEN "));
    dump_args(out, e, 1, " AND ", BINDS_COMPARISON);
}

bool expression_is_known(const expression *e) {
    if (e->kind == EXPRESSION_OTHER) return false;
    for (size_t i = 0; i < e->args.n; i++)
        if (!expression_is_known(e->args.at[i])) return false;
    return true;
}

bool expression_uses(const expression *e, str column) {
    if (e->kind == EXPRESSION_COLUMN && str_eq(e->text, column)) return true;
    for (size_t i = 0; i < e->args.n; i++)
        if (expression_uses(e->args.at[i], column)) return true;
    return false;
}

void expression_dump(text *out, const expression *e) {
    switch (e->kind) {
    case EXPRESSION_COLUMN: add_doubled(out, e->text, '"'); break;
    case EXPRESSION_LITERAL: dump_literal(out, e); break;
    case EXPRESSION_PARAMETER: dump_parameter(out, e); break;
    case EXPRESSION_OPERATOR: dump_operator(out, e); break;
    case EXPRESSION_AND: dump_args(out, e, 0, " AND ", BINDS_AND); break;
    case EXPRESSION_OR: dump_args(out, e, 0, " OR ", BINDS_OR); break;
    case EXPRESSION_NOT:
        text_add(out, STR("NOT "));
        dump_arg(out, e->args.at[0], BINDS_NOT - 1);
        break;
    case EXPRESSION_IS_NULL: dump_postfix(out, e, " IS NULL"); break;
    case EXPRESSION_IS_NOT_NULL: dump_postfix(out, e, " IS NOT NULL"); break;
    case EXPRESSION_IN: dump_in(out, e); break;
    case EXPRESSION_BETWEEN: dump_between(out, e); break;
    case EXPRESSION_OTHER: text_format(out, "<%.*s>", STR_ARG(e->text)); break;
    }
}
