/* Conditions as djongo prints them: a value is printed raw, by Python's str(), and ends where the condition goes on. An
 * unquoted word is never a column here. */
#include "dialect/rewrite.h"

static const char *const comparisons[] = {"=", "<>", "!=", "<", "<=", ">", ">="};
static const char *const constants[] = {"TRUE", "FALSE", "NULL"};
static const char *const likes[] = {"LIKE", "ILIKE", "REGEXP"};
static const char *const connectives[] = {"AND", "OR"};

/* What the walk is in the middle of. */
typedef struct walk {
    rewriter *r;
    size_t i, end;
    bool operand; /* one is due */
} walk;

static bool is_comparison(const token *t) {
    for (size_t k = 0; t->kind == TOKEN_PUNCTUATION && k < sizeof comparisons / sizeof *comparisons; k++)
        if (str_eq(t->text, str_of(comparisons[k]))) return true;
    return false;
}

/* Is there more than white space in front of token i? */
static bool comment_before(const rewriter *r, size_t i) {
    return str_trim(str_slice(r->sql, rewrite_to(r, i - 1), rewrite_from(r, i))).n > 0;
}

/* Values that stand for themselves: 'a string', "a column", "t"."a column", a parameter. */
static bool is_plain_value(const rewriter *r, size_t from, size_t to) {
    const token *t = &r->tokens.at[from];
    if (to - from == 3 && rewrite_is_punctuation(r, from + 1, "."))
        return t->kind == TOKEN_IDENTIFIER && r->tokens.at[from + 2].kind == TOKEN_IDENTIFIER;
    return to - from == 1 && (t->kind == TOKEN_STRING || t->kind == TOKEN_IDENTIFIER || t->kind == TOKEN_PARAMETER);
}

/* Where the value that begins at `from` ends; `list`: a comma ends it too. */
static size_t value_end(const walk *w, size_t from, bool list) {
    const rewriter *r = w->r;
    size_t i = from;
    while (i < w->end && !TOKEN_IN(&r->tokens.at[i], connectives) && !rewrite_is_punctuation(r, i, ")")) {
        if (list && rewrite_is_punctuation(r, i, ",")) break;
        bool nested = rewrite_is_punctuation(r, i, "(") && r->match[i] != NO_MATCH;
        i = nested ? r->match[i] + 1 : i + 1;
    }
    return i;
}

static int check_value(walk *w, size_t from, size_t to) {
    rewriter *r = w->r;
    for (size_t i = from; i < to; i++) {
        const token *t = &r->tokens.at[i];
        if (t->kind == TOKEN_STRING || t->kind == TOKEN_IDENTIFIER)
            return rewrite_fail(r, i, "a value that holds quotes is ambiguous");
        if (TOKEN_IN(t, connectives)) return rewrite_fail(r, i, "a value that holds AND or OR is ambiguous");
    }
    for (size_t i = from; i <= to; i++)
        if (comment_before(r, i)) return rewrite_fail(r, i, "a value next to a comment is ambiguous");
    return 0;
}

/* The value at w->i gets its quotes. */
static int rewrite_value(walk *w, bool list) {
    rewriter *r = w->r;
    size_t from = w->i, to = w->i = value_end(w, w->i, list);
    w->operand = false;
    if (from < to && is_plain_value(r, from, to)) return rewrite_tokens(r, from, to);
    int code = check_value(w, from, to);
    if (code) return code;
    if (from == to) { /* str('') prints nothing */
        rewrite_replace(r, rewrite_to(r, from - 1), rewrite_to(r, from - 1), STR(" ''"));
        return 0;
    }
    rewrite_replace(r, rewrite_from(r, from), rewrite_from(r, from), STR("'"));
    rewrite_replace(r, rewrite_to(r, to - 1), rewrite_to(r, to - 1), STR("'"));
    return 0;
}

/* IN (a, b c) */
static int rewrite_in(walk *w) {
    rewriter *r = w->r;
    int code = rewrite_token(r, w->i++);
    if (code || !rewrite_is_punctuation(r, w->i, "(")) return code;
    do {
        code = rewrite_token(r, w->i++); /* '(' or ',' */
        if (!code) code = rewrite_value(w, true);
    } while (!code && w->i < w->end && rewrite_is_punctuation(r, w->i, ","));
    return code;
}

/* BETWEEN a AND b */
static int rewrite_between(walk *w) {
    int code = rewrite_token(w->r, w->i++);
    if (!code) code = rewrite_value(w, false);
    if (code || w->i >= w->end || !rewrite_is(w->r, w->i, "AND")) return code;
    code = rewrite_token(w->r, w->i++);
    return code ? code : rewrite_value(w, false);
}

static int rewrite_like(walk *w) {
    rewriter *r = w->r;
    int code = 0;
    if (rewrite_is(r, w->i, "REGEXP")) rewrite_replace(r, rewrite_from(r, w->i), rewrite_to(r, w->i), STR("~"));
    else code = rewrite_token(r, w->i);
    w->i++;
    return code ? code : rewrite_value(w, false);
}

/* A call in an operand's place goes through as it stands. */
static int rewrite_call(walk *w) {
    size_t close = w->r->match[w->i + 1], from = w->i;
    w->i = close + 1;
    w->operand = false;
    return rewrite_tokens(w->r, from, w->i);
}

static int rewrite_operator(walk *w) {
    rewriter *r = w->r;
    const token *t = &r->tokens.at[w->i];
    if (token_is_word(t, "IN")) return rewrite_in(w);
    if (token_is_word(t, "BETWEEN")) return rewrite_between(w);
    if (TOKEN_IN(t, likes)) return rewrite_like(w);
    if (is_comparison(t)) {
        int code = rewrite_token(r, w->i++);
        return code ? code : rewrite_value(w, false);
    }
    /* IS NOT NULL, NOT IN, a cast: words pass. An operator or a connective wants an operand. */
    bool punctuation = t->kind == TOKEN_PUNCTUATION && !rewrite_is_punctuation(r, w->i, ")");
    bool cast = token_is(t, TOKEN_PUNCTUATION, "::") || token_is(t, TOKEN_PUNCTUATION, ".");
    w->operand = (punctuation && !cast) || TOKEN_IN(t, connectives);
    return rewrite_token(r, w->i++);
}

static int rewrite_operand(walk *w) {
    rewriter *r = w->r;
    const token *t = &r->tokens.at[w->i];
    if (t->kind == TOKEN_WORD && !token_is_word(t, "NOT") && !TOKEN_IN(t, constants)) {
        bool call = rewrite_is_punctuation(r, w->i + 1, "(") && r->match[w->i + 1] != NO_MATCH;
        if (!call || TOKEN_IN(t, connectives))
            return rewrite_fail(r, w->i, "a column or a value was expected (a value that holds AND or OR is ambiguous)");
        return rewrite_call(w);
    }
    if (is_comparison(t)) return rewrite_operator(w); /* its left side is missing: the parser tells */
    w->operand = t->kind == TOKEN_PUNCTUATION || token_is_word(t, "NOT");
    return rewrite_token(r, w->i++);
}

int rewrite_condition(rewriter *r, size_t open) {
    size_t close = r->match[open], first = open + 2;
    if (close == NO_MATCH) return rewrite_fail(r, open, "this parenthesis is not closed");
    if (first == close) return rewrite_fail(r, close, "the condition is empty");
    str condition = str_trim(str_slice(r->sql, rewrite_to(r, open + 1), rewrite_from(r, close)));
    str clauses = str_format(r->arena, " WITH (kf_where = %.*s) WHERE (", STR_ARG(rewrite_quote(r, condition)));
    rewrite_replace(r, rewrite_to(r, open - 1), rewrite_from(r, first), clauses);

    nesting_add(&r->nesting, &r->tokens.at[open]);
    walk w = {r, first, close, true};
    int code = 0;
    while (!code && w.i < close) code = w.operand ? rewrite_operand(&w) : rewrite_operator(&w);
    return code ? code : rewrite_token(r, close);
}
