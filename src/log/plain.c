/* Statements ended by semicolons, with the quoting and the comments of PostgreSQL. */
#include "log/reader.h"

#include <stdint.h>

static bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
static bool is_word(char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '_' || (unsigned char)c >= 128; }

/* Each of these gives the offset after the piece that begins at `at`, or SIZE_MAX if it never ends. */

static size_t quoted_end(str s, size_t at) {
    bool escapes = s.p[at] == '\'' && at && (s.p[at - 1] == 'e' || s.p[at - 1] == 'E') && (at == 1 || !is_word(s.p[at - 2]));
    for (size_t i = at + 1; i < s.n; i++) {
        if (s.p[i] == s.p[at]) return i + 1;
        if (escapes && s.p[i] == '\\') i++;
    }
    return SIZE_MAX;
}

static size_t dollar_end(str s, size_t at) {
    size_t i = at + 1;
    if (at && (is_word(s.p[at - 1]) || s.p[at - 1] == '$')) return i;
    if (i < s.n && s.p[i] >= '0' && s.p[i] <= '9') return i;
    while (i < s.n && is_word(s.p[i])) i++;
    if (i == s.n || s.p[i] != '$') return at + 1;
    str tag = str_slice(s, at, i + 1);
    size_t end = str_find(s, tag, i + 1);
    return end == SIZE_MAX ? SIZE_MAX : end + tag.n;
}

static size_t line_comment_end(str s, size_t at) {
    const char *end = memchr(s.p + at, '\n', s.n - at);
    return end ? (size_t)(end - s.p) : s.n;
}

static size_t block_comment_end(str s, size_t at) {
    size_t depth = 0;
    for (size_t i = at; i + 1 < s.n; i++) {
        if (s.p[i] == '/' && s.p[i + 1] == '*') {
            depth++;
            i++;
        } else if (s.p[i] == '*' && s.p[i + 1] == '/') {
            i++;
            if (--depth == 0) return i + 1;
        }
    }
    return SIZE_MAX;
}

static size_t piece_end(str s, size_t at, bool *comment) {
    char c = s.p[at], after = at + 1 < s.n ? s.p[at + 1] : 0;
    *comment = (c == '-' && after == '-') || (c == '/' && after == '*');
    if (*comment) return c == '-' ? line_comment_end(s, at) : block_comment_end(s, at);
    if (c == '\'' || c == '"') return quoted_end(s, at);
    return c == '$' ? dollar_end(s, at) : at + 1;
}

static size_t space_end(str s, size_t at) {
    bool comment = true;
    while (at < s.n) {
        size_t end = is_space(s.p[at]) ? at + 1 : piece_end(s, at, &comment);
        if (!comment || end == SIZE_MAX) break;
        at = end;
    }
    return at;
}

/* One statement, from its first piece on. */
static size_t read_statement(log_reader *r, size_t from) {
    str b = r->bytes;
    size_t to = from, depth = 0, end = from;
    bool comment;
    for (size_t at = from; at < b.n && b.p[at] != ';'; at = space_end(b, to)) {
        end = piece_end(b, at, &comment);
        to = end == SIZE_MAX ? b.n : end;
        if (b.p[at] == '(') depth++;
        if (b.p[at] == ')' && depth) depth--;
    }
    size_t stop = space_end(b, to);
    raw_statement *s = reader_add(r, str_slice(b, from, to), STR_NONE, reader_line(r, from));
    s->truncated = end == SIZE_MAX || (stop == b.n && depth > 0);
    return stop;
}

/* A log of other loggers is no SQL, however many semicolons it holds. */
static bool is_sql(str s) {
    static const char *const levels[] = {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL", NULL};
    size_t at = space_end(s, 0);
    if (at == s.n || s.p[at] == '(' || s.p[at] == ';' || s.p[at] == '/') return true;
    size_t n = 0;
    while (at + n < s.n && is_letter(s.p[at + n])) n++;
    for (size_t i = 0; levels[i]; i++)
        if (str_eq(str_slice(s, at, at + n), str_of(levels[i]))) return false;
    return n > 0;
}

void plain_read(log_reader *r) {
    if (!is_sql(r->bytes)) return;
    for (size_t at = 0; (at = space_end(r->bytes, at)) < r->bytes.n;)
        at = r->bytes.p[at] == ';' ? at + 1 : read_statement(r, at);
}
