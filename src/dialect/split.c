/* Texts of several statements, and what is asked of a statement before it is translated. */
#include "dialect/tokens.h"

#include "model/python.h"

bool dialect_next(str *out, str sql, size_t *at) {
    scanner s = {sql, *at};
    token t;
    if (*at >= sql.n && *at > 0) return false;
    *out = str_from(sql, *at);
    size_t begin = *at;
    *at = sql.n ? sql.n : 1;
    if (out->n == 0 || !memchr(out->p, ';', out->n)) return true;
    while (scanner_next(&s, &t, NULL) == 1) {
        if (!token_is(&t, TOKEN_PUNCTUATION, ";")) continue;
        *out = str_slice(sql, begin, s.at - 1);
        *at = s.at;
        return true;
    }
    return true;
}

bool dialect_is_empty(str sql) {
    scanner s = {sql, 0};
    token t;
    return scanner_next_significant(&s, &t, NULL) == 0;
}

void dialect_count_parameters(str sql, int *positional, int *greatest) {
    scanner s = {sql, 0};
    token t;
    while (scanner_next(&s, &t, NULL) == 1) {
        int number = 0;
        bool named = t.text.n > 2 && t.text.p[0] == '%' && !(t.text.p[2] >= '0' && t.text.p[2] <= '9');
        if (t.kind != TOKEN_PARAMETER || named) continue;
        if (token_is(&t, TOKEN_PARAMETER, "%s")) number = ++*positional;
        for (size_t i = 1; i < t.text.n && number < UINT16_MAX; i++)
            if (t.text.p[i] >= '0' && t.text.p[i] <= '9') number = number * 10 + (t.text.p[i] - '0');
        if (t.text.p[0] == '%' && t.text.n > 2) number++;
        if (number > *greatest) *greatest = number;
    }
}

/* ---- UPDATE "t" SET "c" = VALUE WHERE "c" IS NULL ---- */

enum { VALUE_TOKENS = 64 };

typedef struct looking {
    scanner s;
    token t;
    bool more;
} looking;

/* What the tokens of a value are, as far as it matters. */
typedef struct token_view {
    token_kind first;
    size_t n;
    bool quoted, called;
} token_view;

static void next(looking *l) { l->more = scanner_next_significant(&l->s, &l->t, NULL) == 1; }

static bool take_word(looking *l, const char *word) {
    bool is = l->more && token_is_word(&l->t, word);
    if (is) next(l);
    return is;
}

static bool take_punctuation(looking *l, const char *text) {
    bool is = l->more && token_is(&l->t, TOKEN_PUNCTUATION, text);
    if (is) next(l);
    return is;
}

static bool take_name(looking *l, str *name) {
    if (!l->more || !token_is_name(&l->t)) return false;
    *name = l->t.text;
    next(l);
    return true;
}

static bool comment_before(const looking *l, const str *value) {
    size_t from = (size_t)(value->p - l->s.sql.p) + value->n;
    return str_trim(str_slice(l->s.sql, from, l->s.at - l->t.text.n)).n > 0;
}

/* Quotes and parentheses among several tokens make it an expression. */
static bool is_value(const token_view *v) { return v->n == 1 ? v->first != TOKEN_IDENTIFIER : !v->quoted && !v->called; }

static bool take_value(looking *l, str *value) {
    if (!l->more) return false;
    size_t begin = l->s.at - l->t.text.n, extent = python_extent(str_from(l->s.sql, begin));
    *value = str_slice(l->s.sql, begin, begin + extent);
    if (extent) {
        l->s.at = begin + extent;
        next(l);
        return l->more;
    }
    token_view v = {.first = l->t.kind};
    for (; l->more && !token_is_word(&l->t, "WHERE"); v.n++) {
        if (v.n == VALUE_TOKENS || token_is(&l->t, TOKEN_PUNCTUATION, ",") || comment_before(l, value)) return false;
        v.quoted = v.quoted || l->t.kind == TOKEN_STRING || l->t.kind == TOKEN_IDENTIFIER || l->t.kind == TOKEN_PARAMETER;
        v.called = v.called || token_is(&l->t, TOKEN_PUNCTUATION, "(");
        *value = str_slice(l->s.sql, begin, l->s.at);
        next(l);
    }
    return l->more && !comment_before(l, value) && (v.n == 0 || is_value(&v));
}

static bool take_null_test(looking *l, str table, str column) {
    str first, second = STR_NONE;
    if (!take_name(l, &first)) return false;
    bool qualified = take_punctuation(l, ".");
    if (qualified && !take_name(l, &second)) return false;
    bool same = qualified ? str_eq(first, table) && str_eq(second, column) : str_eq(first, column);
    return same && take_word(l, "IS") && take_word(l, "NULL");
}

bool dialect_backfill(str sql, str *value) {
    looking l = {.s = {sql, 0}};
    str table, column;
    next(&l);
    if (!take_word(&l, "UPDATE") || !take_name(&l, &table) || !take_word(&l, "SET") || !take_name(&l, &column)) return false;
    if (!take_punctuation(&l, "=") || !take_value(&l, value) || !take_word(&l, "WHERE")) return false;
    if (!take_null_test(&l, table, column)) return false;
    take_punctuation(&l, ";");
    return !l.more && l.s.at >= sql.n;
}
