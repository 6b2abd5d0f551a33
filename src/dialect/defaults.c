/* DEFAULT: only constants and parameters go through. A value that djongo printed raw would be misread. */
#include "dialect/rewrite.h"

/* What may follow the value in a column's definition. */
static const char *const clauses[] = {"NOT",     "NULL",        "UNIQUE",    "PRIMARY",    "CHECK",      "REFERENCES",
                                      "DEFAULT", "AUTOINCREMENT", "CONSTRAINT", "GENERATED", "DEFERRABLE", "INITIALLY",
                                      "COLLATE"};
static const char *const constants[] = {"TRUE", "FALSE", "NULL", "CURRENT_TIMESTAMP", "CURRENT_DATE", "LOCALTIMESTAMP"};

static bool is_constant(const token *t) {
    return t->kind == TOKEN_STRING || t->kind == TOKEN_NUMBER || t->kind == TOKEN_PARAMETER || TOKEN_IN(t, constants);
}

str dialect_default(str sql, size_t at) {
    scanner s = {sql, at};
    token t;
    size_t from = SIZE_MAX, to = at, depth = 0;
    if (scanner_next(&s, &t, NULL) != 1) return STR_NONE;
    for (bool first = true; scanner_next_significant(&s, &t, NULL) == 1; first = false) {
        bool null = token_is_word(&t, "NULL");
        /* DEFAULT NULL: the value. DEFAULT x NULL: behind it. */
        if (depth == 0 && TOKEN_IN(&t, clauses) && !(first && null)) break;
        if (token_is(&t, TOKEN_PUNCTUATION, "(")) depth++;
        if (depth == 0 && t.kind == TOKEN_PUNCTUATION && strchr(",);", t.text.p[0])) break;
        if (token_is(&t, TOKEN_PUNCTUATION, ")")) depth--;
        if (first) from = s.at - t.text.n;
        to = s.at;
    }
    return from == SIZE_MAX ? STR_NONE : str_slice(sql, from, to);
}

/* 'x', -5, $1, TRUE, now(), 'x'::text */
static bool is_plain(const rewriter *r, size_t from, size_t to) {
    size_t i = from;
    if (rewrite_is_punctuation(r, i, "-") || rewrite_is_punctuation(r, i, "+")) {
        if (++i >= to || r->tokens.at[i].kind != TOKEN_NUMBER || rewrite_from(r, i) != rewrite_to(r, i - 1)) return false;
    }
    if (i >= to) return false;
    bool call = to - i == 3 && r->tokens.at[i].kind == TOKEN_WORD && rewrite_is_punctuation(r, i + 1, "(") &&
                r->match[i + 1] == i + 2;
    if (call) return true;
    if (!is_constant(&r->tokens.at[i])) return false;
    for (i++; i + 1 < to && rewrite_is_punctuation(r, i, "::") && token_is_name(&r->tokens.at[i + 1]);) i += 2;
    return i == to;
}

static bool is_clause(const rewriter *r, size_t i) {
    if (i == 0 || rewrite_is(r, i - 1, "BY") || rewrite_is(r, i - 1, "DROP")) return false;
    if (i < 2 || !rewrite_is(r, i - 1, "SET")) return true;
    return !rewrite_is(r, i - 2, "DELETE") && !rewrite_is(r, i - 2, "UPDATE"); /* ON DELETE SET DEFAULT */
}

int rewrite_default(rewriter *r, size_t *i) {
    if (!is_clause(r, *i)) return rewrite_token(r, (*i)++);
    str given = dialect_default(r->sql, rewrite_from(r, *i));
    size_t from = *i + 1, to = from, end = given.p ? (size_t)(given.p - r->sql.p) + given.n : 0;
    while (to < r->tokens.n && rewrite_from(r, to) < end) to++;
    if (!is_plain(r, from, to)) {
        r->out->class = DIALECT_UNSUPPORTED;
        r->out->reason = STR("a DEFAULT that is neither a quoted constant nor a parameter is not translated yet");
        return 0;
    }
    int code = rewrite_tokens(r, *i, to);
    *i = to;
    return code;
}
