/* DEFAULT. Constants and parameters go through; what djongo printed raw, by Python's str(), becomes a constant. */
#include "dialect/rewrite.h"

#include "model/python.h"

/* What may follow the value in a column's definition. */
static const char *const clauses[] = {"NOT",        "NULL",      "UNIQUE",        "PRIMARY",    "CHECK",
                                      "REFERENCES", "DEFAULT",   "AUTOINCREMENT", "CONSTRAINT", "GENERATED",
                                      "DEFERRABLE", "INITIALLY", "COLLATE"};
static const char *const constants[] = {"TRUE", "FALSE", "NULL", "CURRENT_TIMESTAMP", "CURRENT_DATE", "LOCALTIMESTAMP"};

static bool is_constant(const token *t) {
    return t->kind == TOKEN_STRING || t->kind == TOKEN_NUMBER || t->kind == TOKEN_PARAMETER || TOKEN_IN(t, constants);
}

/* ---- where the value ends ---- */

/* Django prints an empty string between two blanks: DEFAULT  NULL. With one it is the value NULL. */
static bool is_null_value(str sql, size_t behind_default, const token *t) {
    size_t at = (size_t)(t->text.p - sql.p);
    return token_is_word(t, "NULL") && !str_eq(str_slice(sql, behind_default, at), STR("  "));
}

static str up_to_clause(scanner *s, size_t behind_default) {
    token t;
    size_t from = SIZE_MAX, to = s->at, depth = 0;
    for (bool first = true; scanner_next_significant(s, &t, NULL) == 1; first = false) {
        bool null = first && is_null_value(s->sql, behind_default, &t);
        if (depth == 0 && TOKEN_IN(&t, clauses) && !null) break;
        if (token_is(&t, TOKEN_PUNCTUATION, "(")) depth++;
        if (depth == 0 && t.kind == TOKEN_PUNCTUATION && strchr(",);", t.text.p[0])) break;
        if (token_is(&t, TOKEN_PUNCTUATION, ")")) depth--;
        if (first) from = s->at - t.text.n;
        to = s->at;
    }
    return from == SIZE_MAX ? STR_NONE : str_slice(s->sql, from, to);
}

str dialect_default(str sql, size_t at) {
    scanner s = {sql, at};
    token t;
    if (scanner_next(&s, &t, NULL) != 1) return STR_NONE;
    size_t behind = s.at;
    while (scanner_next(&s, &t, NULL) == 1 && t.kind == TOKEN_SPACE) {
    }
    size_t from = s.at > behind ? s.at - t.text.n : behind, extent = python_extent(str_from(sql, from));
    if (extent) return str_slice(sql, from, from + extent);
    s.at = behind;
    return up_to_clause(&s, behind);
}

/* ---- what it is ---- */

/* ::text, ::character varying(9)[], and any number of them */
static bool is_cast(const rewriter *r, size_t from, size_t to) {
    static const char *const marks[] = {"::", "(", ")", ",", "[", "]", "."};
    if (!rewrite_is_punctuation(r, from, "::")) return false;
    for (size_t i = from; i < to; i++) {
        bool is = token_is_name(&r->tokens.at[i]) || r->tokens.at[i].kind == TOKEN_NUMBER;
        for (size_t k = 0; !is && k < sizeof marks / sizeof *marks; k++) is = rewrite_is_punctuation(r, i, marks[k]);
        if (!is) return false;
    }
    return true;
}

/* 'x', -5, $1, TRUE, now(), 'x'::text */
static bool is_plain(const rewriter *r, size_t from, size_t to) {
    size_t i = from;
    if (rewrite_is_punctuation(r, i, "-") || rewrite_is_punctuation(r, i, "+")) {
        if (++i >= to || r->tokens.at[i].kind != TOKEN_NUMBER || rewrite_from(r, i) != rewrite_to(r, i - 1)) return false;
    }
    if (i >= to) return false;
    bool call =
        to - i == 3 && r->tokens.at[i].kind == TOKEN_WORD && rewrite_is_punctuation(r, i + 1, "(") && r->match[i + 1] == i + 2;
    if (call) return true;
    if (!is_constant(&r->tokens.at[i])) return false;
    return ++i == to || is_cast(r, i, to);
}

/* (1 + 2), nextval('s') */
static bool is_expression(const rewriter *r, size_t from, size_t to) {
    if (from >= to) return false;
    if (rewrite_is_punctuation(r, from, "(")) return true;
    return from + 1 < to && token_is_name(&r->tokens.at[from]) && rewrite_is_punctuation(r, from + 1, "(") &&
           rewrite_to(r, from) == rewrite_from(r, from + 1);
}

static bool is_clause(const rewriter *r, size_t i) {
    if (i == 0 || rewrite_is(r, i - 1, "BY") || rewrite_is(r, i - 1, "DROP")) return false;
    if (i < 2 || !rewrite_is(r, i - 1, "SET")) return true;
    return !rewrite_is(r, i - 2, "DELETE") && !rewrite_is(r, i - 2, "UPDATE"); /* ON DELETE SET DEFAULT */
}

/* ---- is it sure? ---- */

static bool is_upper(str s) {
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] >= 'a' && s.p[i] <= 'z') return false;
    return true;
}

/* Django prints its clauses in capitals, NULL or NOT NULL first, and none twice: any other order means that the value itself
 * holds such a word. */
static int check_clauses(rewriter *r, size_t to) {
    size_t nulls = 0, others = 0, uniques = 0, primaries = 0;
    for (size_t i = to; i < r->tokens.n; i++) {
        const token *t = &r->tokens.at[i];
        if (rewrite_is_punctuation(r, i, "(") && r->match[i] != NO_MATCH) i = r->match[i];
        if (rewrite_is_punctuation(r, i, ",") || (t->kind == TOKEN_PUNCTUATION && strchr(");", t->text.p[0]) && t->text.n == 1))
            break;
        if (!TOKEN_IN(t, clauses)) continue;
        bool null = token_is_word(t, "NULL");
        bool repeated =
            (null && nulls++) || (token_is_word(t, "UNIQUE") && uniques++) || (token_is_word(t, "PRIMARY") && primaries++);
        bool late = null && others;
        others += !null && !token_is_word(t, "NOT");
        if (repeated || late || token_is_word(t, "DEFAULT") || !is_upper(t->text))
            return rewrite_fail(r, i, "a value that holds a clause of SQL is ambiguous: quote it");
    }
    return 0;
}

static int check_quotes(rewriter *r, size_t from, size_t to) {
    for (size_t i = from; i < to; i++)
        if (r->tokens.at[i].kind == TOKEN_STRING || r->tokens.at[i].kind == TOKEN_IDENTIFIER)
            return rewrite_fail(r, i, "a value that holds quotes is ambiguous: quote it");
    for (size_t i = from; i <= to; i++)
        if (str_trim(str_slice(r->sql, rewrite_to(r, i - 1), rewrite_from(r, i))).n)
            return rewrite_fail(r, i, "a value next to a comment is ambiguous: quote it");
    return 0;
}

/* A value that begins so and does not end would be looked for to the end of the statement, each time. */
static bool begins_literal(const rewriter *r, size_t from, str raw) {
    return raw.n && (rewrite_is_punctuation(r, from, "{") || rewrite_is_punctuation(r, from, "["));
}

static int check_raw(rewriter *r, size_t at, size_t from, size_t to, str raw) {
    size_t end = raw.p ? (size_t)(raw.p - r->sql.p) + raw.n : 0;
    bool literal = python_extent(raw) == raw.n && raw.n;
    if (!literal && begins_literal(r, from, raw)) return rewrite_fail(r, from, "this bracket is not closed");
    if (literal && rewrite_to(r, to - 1) != end) /* its quotes are not SQL's */
        return rewrite_fail(r, from, "where this value ends is ambiguous: quote it");
    int code = literal ? 0 : check_quotes(r, from, to);
    return code || rewrite_is(r, at - 1, "SET") ? code : check_clauses(r, to);
}

int rewrite_default(rewriter *r, size_t *i) {
    if (!is_clause(r, *i)) return rewrite_token(r, (*i)++);
    size_t at = *i, from = at + 1, to = from;
    str given = dialect_default(r->sql, rewrite_from(r, at));
    size_t end = given.p ? (size_t)(given.p - r->sql.p) + given.n : 0;
    while (to < r->tokens.n && rewrite_from(r, to) < end) to++;
    bool literal = given.n && python_extent(given) == given.n;
    if (!literal && is_plain(r, from, to)) return *i = to, rewrite_tokens(r, at, to);
    if (!literal && is_expression(r, from, to)) {
        r->out->class = DIALECT_UNSUPPORTED;
        r->out->reason = STR("a DEFAULT that is an expression is not translated: MongoDB has no defaults of its own");
        return 0;
    }
    int code = check_raw(r, at, from, to, given);
    if (!code) code = rewrite_token(r, at);
    if (code) return code;
    rewrite_raw(r, from, end, given);
    *i = to;
    return 0;
}
