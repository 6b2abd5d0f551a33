/* FLUSH, and the two kinds of DML that are translated. */
#include "dialect/rewrite.h"

/* ALTER TABLE [IF EXISTS] [ONLY] "t" FLUSH, and nothing behind it */
int rewrite_flush(rewriter *r, size_t *i) {
    size_t table = 2;
    if (rewrite_is(r, 0, "ALTER") && rewrite_is(r, table, "IF") && rewrite_is(r, table + 1, "EXISTS")) table += 2;
    if (rewrite_is(r, table, "ONLY")) table++;
    bool last = *i + 1 == r->tokens.n || rewrite_is_punctuation(r, *i + 1, ";");
    if (!rewrite_is(r, 0, "ALTER") || *i != table + 1 || !last) return rewrite_token(r, (*i)++);
    rewrite_replace(r, rewrite_from(r, *i), rewrite_to(r, *i), STR("CLUSTER ON " DIALECT_FLUSH));
    ++*i;
    return 0;
}

/* VALUES (1) VALUES (2): djongo's way to insert several rows. */
int rewrite_values(rewriter *r, size_t *i) {
    bool again = r->has_values && *i && rewrite_is_punctuation(r, *i - 1, ")");
    r->has_values = true;
    if (!again) return rewrite_token(r, (*i)++);
    rewrite_replace(r, rewrite_from(r, *i), rewrite_to(r, *i), STR(","));
    ++*i;
    return 0;
}

/* A number or a TRUE may be meant for a column of strings. */
static bool stands_for_itself(const token *t) {
    return t->kind == TOKEN_STRING || t->kind == TOKEN_PARAMETER || token_is_word(t, "NULL");
}

/* UPDATE "t" SET "c" = a raw value WHERE "c" IS NULL */
int rewrite_set(rewriter *r, size_t *i) {
    str value;
    if (*i != 2 || !rewrite_is(r, 0, "UPDATE") || !dialect_backfill(r->sql, &value)) return rewrite_token(r, (*i)++);
    size_t from = *i + 3, end = (size_t)(value.p - r->sql.p) + value.n, to = from;
    while (to < r->tokens.n && rewrite_from(r, to) < end) to++;
    int code = rewrite_tokens(r, *i, from);
    *i = to;
    if (code) return code;
    if (to == from + 1 && stands_for_itself(&r->tokens.at[from])) return rewrite_tokens(r, from, to);
    rewrite_raw(r, from, value.n ? end : 0, value);
    return 0;
}
