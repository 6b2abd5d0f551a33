#include "dialect/tokens.h"

#include <stdint.h>

enum { SPACE = 1, WORD_START = 2, DIGIT = 4, OPERATOR = 8 };

/* PostgreSQL's classes (its scan.l): every byte above 127 belongs to a word. */
static const uint8_t classes[256] = {
    [' '] = SPACE,
    ['\t'] = SPACE,
    ['\n'] = SPACE,
    ['\r'] = SPACE,
    ['\f'] = SPACE,
    ['\v'] = SPACE,
    ['a' ... 'z'] = WORD_START,
    ['A' ... 'Z'] = WORD_START,
    ['_'] = WORD_START,
    [128 ... 255] = WORD_START,
    ['0' ... '9'] = DIGIT,
    ['+'] = OPERATOR,
    ['-'] = OPERATOR,
    ['*'] = OPERATOR,
    ['/'] = OPERATOR,
    ['<'] = OPERATOR,
    ['>'] = OPERATOR,
    ['='] = OPERATOR,
    ['~'] = OPERATOR,
    ['!'] = OPERATOR,
    ['@'] = OPERATOR,
    ['#'] = OPERATOR,
    ['%'] = OPERATOR,
    ['^'] = OPERATOR,
    ['&'] = OPERATOR,
    ['|'] = OPERATOR,
    ['`'] = OPERATOR,
    ['?'] = OPERATOR,
};

static bool is(char c, unsigned class) { return classes[(uint8_t)c] & class; }
bool char_is_word(char c) { return is(c, WORD_START | DIGIT) || c == '$'; }

static char peek(const scanner *s, size_t at) { return at < s->sql.n ? s->sql.p[at] : '\0'; }

static size_t skip(const scanner *s, size_t at, unsigned class) {
    while (at < s->sql.n && is(s->sql.p[at], class)) at++;
    return at;
}

static int not_closed(const scanner *s, const char *what, kf_error *err) {
    return fail_at(err, KF_E_SYNTAX, s->sql, s->at, "%s that begins here is not closed", what);
}

/* Up to the closing quote; a doubled one is none. *end is behind it. */
static bool quoted(const scanner *s, size_t at, char quote, bool backslash, size_t *end) {
    for (; at < s->sql.n; at++) {
        char c = s->sql.p[at];
        if (c == '\\' && backslash) {
            at++;
        } else if (c == quote) {
            if (peek(s, at + 1) != quote) return *end = at + 1, true;
            at++;
        }
    }
    return false;
}

/* PostgreSQL's block comments nest. */
static bool comment(const scanner *s, size_t at, size_t *end) {
    size_t depth = 0;
    for (; at + 1 < s->sql.n; at++) {
        bool open = s->sql.p[at] == '/' && s->sql.p[at + 1] == '*';
        bool close = s->sql.p[at] == '*' && s->sql.p[at + 1] == '/';
        if (!open && !close) continue;
        at++;
        depth = open ? depth + 1 : depth - 1;
        if (depth == 0) return *end = at + 1, true;
    }
    return false;
}

/* %s and %(0)s, and %(name)s, which is refused later; 0 if none is here. */
static size_t placeholder(const scanner *s, size_t at) {
    size_t end = at + 1;
    if (peek(s, at) != '%') return 0;
    if (peek(s, end) == '(') {
        size_t word = skip(s, end + 1, WORD_START | DIGIT);
        if (word == end + 1 || peek(s, word) != ')') return 0;
        end = word + 1;
    }
    return peek(s, end) == 's' && !char_is_word(peek(s, end + 1)) ? end + 1 : 0;
}

static size_t operator_end(const scanner *s, size_t at) {
    bool special = false;
    size_t end = at;
    for (; end < s->sql.n && is(s->sql.p[end], OPERATOR); end++) {
        char c = s->sql.p[end], next = peek(s, end + 1);
        if ((c == '-' && next == '-') || (c == '/' && next == '*') || placeholder(s, end)) break;
        special = special || strchr("~!@#%^&|`?", c);
    }
    /* An operator ends in + or - only if it holds one of those characters. */
    while (!special && end > at + 1 && (s->sql.p[end - 1] == '+' || s->sql.p[end - 1] == '-')) end--;
    return end;
}

static size_t number_end(const scanner *s, size_t at) {
    size_t end = skip(s, at, DIGIT);
    if (peek(s, end) == '.') end = skip(s, end + 1, DIGIT);
    if (peek(s, end) == 'e' || peek(s, end) == 'E') {
        size_t exponent = end + 1;
        if (peek(s, exponent) == '+' || peek(s, exponent) == '-') exponent++;
        if (is(peek(s, exponent), DIGIT)) end = skip(s, exponent, DIGIT);
    }
    return end;
}

static int scan_dollar(scanner *s, token *out, kf_error *err) {
    size_t tag = s->at + 1;
    if (is(peek(s, tag), DIGIT)) return out->kind = TOKEN_PARAMETER, out->text.n = skip(s, tag, DIGIT) - s->at, 0;
    if (is(peek(s, tag), WORD_START)) tag = skip(s, tag, WORD_START | DIGIT);
    if (peek(s, tag) != '$') return out->kind = TOKEN_PUNCTUATION, out->text.n = 1, 0;
    str mark = str_slice(s->sql, s->at, tag + 1);
    size_t close = str_find(s->sql, mark, tag + 1);
    if (close == SIZE_MAX) return not_closed(s, "the string", err);
    return out->kind = TOKEN_STRING, out->text.n = close + mark.n - s->at, 0;
}

static int scan_quoted(scanner *s, token *out, size_t prefix, kf_error *err) {
    char quote = s->sql.p[s->at + prefix];
    bool backslash = prefix && (s->sql.p[s->at] == 'E' || s->sql.p[s->at] == 'e');
    size_t end;
    out->kind = quote == '"' ? TOKEN_IDENTIFIER : TOKEN_STRING;
    if (!quoted(s, s->at + prefix + 1, quote, backslash, &end))
        return not_closed(s, quote == '"' ? "the quoted identifier" : "the string", err);
    out->text.n = end - s->at;
    return 0;
}

static int scan_word(scanner *s, token *out, kf_error *err) {
    size_t end = s->at + 1;
    while (end < s->sql.n && char_is_word(s->sql.p[end])) end++;
    bool prefix = end == s->at + 1 && strchr("EeBbXxNn", s->sql.p[s->at]);
    if (prefix && peek(s, end) == '\'') return scan_quoted(s, out, 1, err);
    return out->kind = TOKEN_WORD, out->text.n = end - s->at, 0;
}

static int scan_space(scanner *s, token *out, kf_error *err) {
    size_t end = skip(s, s->at, SPACE);
    out->kind = TOKEN_SPACE;
    if (end == s->at && s->sql.p[end] == '-') {
        const char *line = memchr(s->sql.p + end, '\n', s->sql.n - end);
        end = line ? (size_t)(line - s->sql.p) : s->sql.n;
    } else if (end == s->at && !comment(s, end, &end)) {
        return not_closed(s, "the comment", err);
    }
    out->text.n = end - s->at;
    return 0;
}

static int scan_other(scanner *s, token *out) {
    char c = s->sql.p[s->at], next = peek(s, s->at + 1);
    size_t end = placeholder(s, s->at);
    out->kind = end ? TOKEN_PARAMETER : TOKEN_PUNCTUATION;
    if (!end && is(c, OPERATOR)) end = operator_end(s, s->at);
    if (!end) end = s->at + (c == ':' && (next == ':' || next == '=') ? 2 : 1);
    out->text.n = end - s->at;
    return 0;
}

static int scan(scanner *s, token *out, kf_error *err) {
    char c = s->sql.p[s->at], next = peek(s, s->at + 1);
    if (is(c, SPACE) || (c == '-' && next == '-') || (c == '/' && next == '*')) return scan_space(s, out, err);
    if (is(c, WORD_START)) return scan_word(s, out, err);
    if (c == '"' || c == '\'') return scan_quoted(s, out, 0, err);
    if (c == '$') return scan_dollar(s, out, err);
    if (is(c, DIGIT) || (c == '.' && is(next, DIGIT)))
        return out->kind = TOKEN_NUMBER, out->text.n = number_end(s, s->at) - s->at, 0;
    return scan_other(s, out);
}

int scanner_next(scanner *s, token *out, kf_error *err) {
    if (s->at >= s->sql.n) return 0;
    out->text.p = s->sql.p + s->at;
    int code = scan(s, out, err);
    if (code) return code;
    s->at += out->text.n;
    return 1;
}

int scanner_next_significant(scanner *s, token *out, kf_error *err) {
    int more;
    do more = scanner_next(s, out, err);
    while (more == 1 && out->kind == TOKEN_SPACE);
    return more;
}

int dialect_tokens(token_list *out, str sql, arena *a, kf_error *err) {
    *out = (token_list){0};
    const char *nul = sql.n ? memchr(sql.p, 0, sql.n) : NULL;
    if (nul) return fail_at(err, KF_E_SYNTAX, sql, (size_t)(nul - sql.p), "a NUL byte cannot stand in a statement");
    scanner s = {sql, 0};
    token t;
    int more;
    while ((more = scanner_next(&s, &t, err)) == 1) vec_push(a, out, t);
    return more;
}

bool token_is_spelled(const token *t, const char *word) {
    for (size_t i = 0; i < t->text.n; i++) {
        char c = t->text.p[i];
        if ((c >= 'a' && c <= 'z' ? c - ('a' - 'A') : c) != word[i]) return false;
    }
    return word[t->text.n] == '\0';
}

bool token_in(const token *t, const char *const *words, size_t n) {
    if (t->kind != TOKEN_WORD) return false;
    char first = token_first(t);
    for (size_t i = 0; i < n; i++)
        if (words[i][0] == first && token_is_spelled(t, words[i])) return true;
    return false;
}
