/* UNIQUE, INDEX, CHECK. */
#include "dialect/rewrite.h"

static const char *const directions[] = {"ASC", "DESC", "NULLS"};

static bool has_direction(const rewriter *r, size_t open) {
    for (size_t i = open + 1; i < r->match[open]; i++)
        if (TOKEN_IN(&r->tokens.at[i], directions)) return true;
    return false;
}

/* ("a", "b" DESC) → ("a" WITH =, "b" DESC WITH =) */
static int rewrite_list(rewriter *r, size_t open) {
    size_t depth = 0;
    for (size_t i = open; i <= r->match[open]; i++) {
        bool closing = rewrite_is_punctuation(r, i, ")");
        if (closing) depth--;
        if (depth == !closing && (closing || rewrite_is_punctuation(r, i, ",")))
            rewrite_replace(r, rewrite_to(r, i - 1), rewrite_to(r, i - 1), STR(" WITH ="));
        if (rewrite_is_punctuation(r, i, "(")) depth++;
        int code = rewrite_token(r, i);
        if (code) return code;
    }
    return 0;
}

/* The word at *i with the list behind it, as an exclusion constraint by the access method. */
static int rewrite_exclusion(rewriter *r, size_t *i, str exclusion, bool condition) {
    size_t open = *i + 1, close = r->match[open];
    rewrite_replace(r, rewrite_from(r, *i), rewrite_to(r, *i), exclusion);
    int code = rewrite_list(r, open);
    *i = close + 1;
    if (code || !condition) return code;
    code = rewrite_condition(r, close + 1);
    *i = r->match[close + 1] + 1;
    return code;
}

/* "n"() : djongo's template without a condition. */
static void drop_empty(rewriter *r, size_t *i) {
    if (!rewrite_is_punctuation(r, *i, "(") || !rewrite_is_punctuation(r, *i + 1, ")")) return;
    rewrite_replace(r, rewrite_to(r, *i - 1), rewrite_to(r, *i + 1), STR_NONE);
    *i += 2;
}

static int rewrite_served(rewriter *r, size_t *i, str exclusion, bool always) {
    size_t open = *i + 1;
    if (!rewrite_is_punctuation(r, open, "(")) return rewrite_token(r, (*i)++);
    if (r->match[open] == NO_MATCH) return rewrite_fail(r, open, "this parenthesis is not closed");
    size_t next = r->match[open] + 1;
    bool condition = rewrite_is_punctuation(r, next, "(") && rewrite_is(r, next + 1, "WHERE");
    int code;
    if (always || condition || has_direction(r, open)) {
        code = rewrite_exclusion(r, i, exclusion, condition);
    } else {
        code = rewrite_tokens(r, *i, next);
        *i = next;
    }
    if (!code) drop_empty(r, i);
    return code;
}

int rewrite_unique(rewriter *r, size_t *i) { return rewrite_served(r, i, STR("EXCLUDE USING kf_unique"), false); }

/* Where the name's CONSTRAINT stands, for INDEX at i: CONSTRAINT "n" INDEX, CONSTRAINT IF EXISTS "n" INDEX. */
static size_t constraint_before(const rewriter *r, size_t i) {
    if (i < 2 || !token_is_name(&r->tokens.at[i - 1])) return NO_MATCH;
    if (rewrite_is(r, i - 2, "CONSTRAINT")) return i - 2;
    if (i >= 4 && rewrite_is(r, i - 2, "EXISTS") && rewrite_is(r, i - 4, "CONSTRAINT")) return i - 4;
    return NO_MATCH;
}

int rewrite_index(rewriter *r, size_t *i) {
    size_t at = constraint_before(r, *i);
    if (at == NO_MATCH) return rewrite_token(r, (*i)++);
    if (at == 0 || !rewrite_is(r, at - 1, "DROP")) return rewrite_served(r, i, STR("EXCLUDE USING kf_index"), true);
    rewrite_replace(r, rewrite_to(r, *i - 1), rewrite_to(r, *i), STR_NONE);
    ++*i;
    return 0;
}

/* The body is kept as a string: djongo prints what no grammar takes. */
int rewrite_check(rewriter *r, size_t *i) {
    size_t open = *i + 1;
    if (!rewrite_is_punctuation(r, open, "(")) return rewrite_token(r, (*i)++);
    size_t close = r->match[open];
    if (close == NO_MATCH) return rewrite_fail(r, open, "this parenthesis is not closed");
    str body = str_trim(str_slice(r->sql, rewrite_to(r, open), rewrite_from(r, close)));
    if (body.n == 0) return rewrite_fail(r, close, "the condition is empty");
    for (size_t k = open; k < close; k++)
        if (token_is(&r->tokens.at[k], TOKEN_PARAMETER, "%s")) rewrite_note_parameter(r, ++r->parameters, rewrite_from(r, k));
    rewrite_replace(r, rewrite_to(r, open), rewrite_from(r, close), rewrite_quote(r, body));
    *i = close + 1;
    return 0;
}

/* Ours is the only one that the parser may see. */
int rewrite_exclude(rewriter *r, size_t *i) {
    if (!rewrite_is(r, *i + 1, "USING") && !rewrite_is_punctuation(r, *i + 1, "(")) return rewrite_token(r, (*i)++);
    r->out->class = DIALECT_UNSUPPORTED;
    r->out->reason = STR("MongoDB has no exclusion constraints (EXCLUDE)");
    return 0;
}
