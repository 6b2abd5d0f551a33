#include "log/marks.h"

#include <stdint.h>

static const str marks[MARK_NONE] = {
    [MARK_SQL] = {"sql_command: ", 13},
    [MARK_REFUSED] = {"FAILED SQL: ", 12},
    [MARK_CREATED] = {"Created table: ", 15},
};

static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_';
}

/* An apostrophe inside a word opens nothing, but for bytes: b'...'. */
static bool opens_quote(str line, size_t i) {
    if (line.p[i] != '\'' && line.p[i] != '"') return false;
    if (i == 0 || !is_word(line.p[i - 1])) return true;
    return line.p[i - 1] == 'b' && (i == 1 || !is_word(line.p[i - 2]));
}

static mark_kind mark_at(str line, size_t i) {
    for (mark_kind k = 0; k < MARK_NONE; k++)
        if (line.p[i] == marks[k].p[0] && str_starts(str_from(line, i), marks[k])) return k;
    return MARK_NONE;
}

mark mark_find(str line) {
    char quote = 0;
    for (size_t i = 0; i < line.n; i++) {
        if (quote) {
            if (line.p[i] == '\\')
                i++;
            else if (line.p[i] == quote)
                quote = 0;
            continue;
        }
        mark_kind k = mark_at(line, i);
        if (k != MARK_NONE) return (mark){k, i, i + marks[k].n};
        if (opens_quote(line, i)) quote = line.p[i];
    }
    return (mark){MARK_NONE, line.n, line.n};
}

mark_search mark_search_start(str bytes) {
    mark_search s = {.bytes = bytes};
    for (mark_kind k = 0; k < MARK_NONE; k++) s.next[k] = str_find(bytes, marks[k], 0);
    return s;
}

size_t mark_next(mark_search *s, size_t from) {
    size_t first = SIZE_MAX;
    for (mark_kind k = 0; k < MARK_NONE; k++) {
        if (s->next[k] < from) s->next[k] = str_find(s->bytes, marks[k], from);
        if (s->next[k] < first) first = s->next[k];
    }
    return first;
}

static bool has(str line, str what) { return str_find(line, what, 0) != SIZE_MAX; }

/* The same first word, any digit standing for any other: a time stamp, as a rule. */
static bool same_shape(str line, str prefix) {
    const char *space = prefix.n ? memchr(prefix.p, ' ', prefix.n) : NULL;
    size_t n = space ? (size_t)(space - prefix.p) : prefix.n;
    if (n < 4 || line.n < n) return false;
    for (size_t i = 0; i < n; i++)
        if (line.p[i] != prefix.p[i] && !(is_digit(line.p[i]) && is_digit(prefix.p[i]))) return false;
    return true;
}

bool line_is_record(str line, str prefix) {
    static const char *const beginnings[] = {
        "Find query: ", "Aggregation query: ", "Result: ",  "inserted ids ",
        "Keyword: ",    "Not implemented ",    "Version: ", NULL};
    static const char *const pairs[][2] = {
        {"; (params ", ")"}, {"QUERY = ", " - PARAMS = "}, {"; args=", "; alias="}, {NULL, NULL}};
    if (same_shape(line, prefix)) return true;
    str bare = str_trim(line);
    for (size_t i = 0; beginnings[i]; i++)
        if (str_starts(bare, str_of(beginnings[i]))) return true;
    for (size_t i = 0; pairs[i][0]; i++)
        if (has(line, str_of(pairs[i][0])) && has(line, str_of(pairs[i][1]))) return true;
    return false;
}

str line_at(str bytes, size_t at, size_t *next) {
    const char *end = at < bytes.n ? memchr(bytes.p + at, '\n', bytes.n - at) : NULL;
    size_t stop = end ? (size_t)(end - bytes.p) : bytes.n;
    *next = end ? stop + 1 : stop;
    if (stop > at && bytes.p[stop - 1] == '\r') stop--;
    return str_slice(bytes, at, stop);
}
