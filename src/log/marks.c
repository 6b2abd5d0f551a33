#include "log/marks.h"

#include <stdint.h>

static const str marks[MARK_NONE] = {
    [MARK_SQL] = {"sql_command: ", 13}, [MARK_REFUSED] = {"FAILED SQL: ", 12}, [MARK_CREATED] = {"Created table: ", 15},
    [MARK_SCHEMA] = {"; (params ", 10}, [MARK_QUERY] = {"; args=", 7},
};
/* For each the place in it of a letter that logs seldom have. */
static const size_t seldom[MARK_NONE] = {
    [MARK_SQL] = 1, [MARK_REFUSED] = 8, [MARK_CREATED] = 0, [MARK_SCHEMA] = 0, [MARK_QUERY] = 0};
#define DJONGO_MARKS MARK_SCHEMA

static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool is_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_'; }

/* An apostrophe inside a word opens nothing, but for bytes: b'...'. */
static bool opens_quote(str line, size_t i) {
    if (line.p[i] != '\'' && line.p[i] != '"') return false;
    if (i == 0 || !is_word(line.p[i - 1])) return true;
    return line.p[i - 1] == 'b' && (i == 1 || !is_word(line.p[i - 2]));
}

static mark_kind mark_at(str line, size_t i) {
    for (mark_kind k = 0; k < DJONGO_MARKS; k++)
        if (line.p[i] == marks[k].p[0] && str_starts(str_from(line, i), marks[k])) return k;
    return MARK_NONE;
}

mark mark_find(str line) {
    char quote = 0;
    for (size_t i = 0; i < line.n; i++) {
        if (quote) {
            if (line.p[i] == '\\') i++;
            else if (line.p[i] == quote) quote = 0;
            continue;
        }
        mark_kind k = mark_at(line, i);
        if (k != MARK_NONE) return (mark){k, i, i + marks[k].n};
        if (opens_quote(line, i)) quote = line.p[i];
    }
    return (mark){MARK_NONE, line.n, line.n};
}

/* memmem prepares itself for longer searches than from one record to the next. */
static size_t find(str s, mark_kind k, size_t from) {
    str mark = marks[k];
    for (size_t at = from + seldom[k]; at < s.n; at++) {
        const char *letter = memchr(s.p + at, mark.p[seldom[k]], s.n - at);
        if (!letter) return SIZE_MAX;
        at = (size_t)(letter - s.p);
        size_t start = at - seldom[k];
        if (s.n - start >= mark.n && memcmp(s.p + start, mark.p, mark.n) == 0) return start;
    }
    return SIZE_MAX;
}

mark_search mark_search_start(str bytes) {
    mark_search s = {.bytes = bytes};
    for (mark_kind k = 0; k < MARK_NONE; k++) s.next[k] = find(bytes, k, 0);
    return s;
}

size_t mark_next(mark_search *s, size_t from) {
    size_t first = SIZE_MAX;
    for (mark_kind k = 0; k < MARK_NONE; k++) {
        if (s->next[k] < from) s->next[k] = find(s->bytes, k, from);
        if (s->next[k] < first) first = s->next[k];
    }
    return first;
}

bool mark_djongo_between(mark_search *s, size_t from, size_t to) {
    bool found = false;
    for (mark_kind k = 0; k < DJONGO_MARKS; k++) {
        if (s->next[k] < from) s->next[k] = find(s->bytes, k, from);
        found |= s->next[k] < to;
    }
    return found;
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
    static const char *const beginnings[] = {"Find query: ", "Aggregation query: ", "Result: ",  "inserted ids ",
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

size_t line_start(str bytes, size_t at, size_t floor) {
    while (at > floor && bytes.p[at - 1] != '\n') at--;
    return at;
}

static size_t run(str s, size_t at, bool (*is)(char)) {
    size_t n = 0;
    while (at + n < s.n && is(s.p[at + n])) n++;
    return n;
}

static bool is_letter(char c) { return is_word(c) && !is_digit(c) && c != '_'; }

static bool is_month(str s) {
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    const char *at = s.n == 3 ? memmem(months, sizeof months - 1, s.p, 3) : NULL;
    return at && (at - months) % 3 == 0;
}

static bool is_blank(char c) { return c == ' '; }

size_t line_shape(str line, str sample) {
    size_t i = 0, k = 0;
    while (k < sample.n) {
        bool (*is)(char) = is_digit(sample.p[k])    ? is_digit
                           : is_blank(sample.p[k])  ? is_blank
                           : is_letter(sample.p[k]) ? is_letter
                                                    : NULL;
        size_t n = is ? run(line, i, is) : i < line.n, m = is ? run(sample, k, is) : 1;
        if (n == 0) return SIZE_MAX;
        str a = str_slice(line, i, i + n), b = str_slice(sample, k, k + m);
        if (is == is_letter ? !str_eq(a, b) && !(is_month(a) && is_month(b)) : !is && !str_eq(a, b)) return SIZE_MAX;
        /* What comes after the sample's last blank may be indented. */
        i += is == is_blank && k + m == sample.n && m < n ? m : n;
        k += m;
    }
    return i;
}

size_t before_colour(str s) {
    size_t i = s.n;
    if (i == 0 || s.p[--i] != 'm') return s.n;
    while (i > 0 && (is_digit(s.p[i - 1]) || s.p[i - 1] == ';')) i--;
    return i > 1 && s.p[i - 1] == '[' && s.p[i - 2] == '\x1b' ? i - 2 : s.n;
}

str line_at(str bytes, size_t at, size_t *next) {
    const char *end = at < bytes.n ? memchr(bytes.p + at, '\n', bytes.n - at) : NULL;
    size_t stop = end ? (size_t)(end - bytes.p) : bytes.n;
    *next = end ? stop + 1 : stop;
    if (stop > at && bytes.p[stop - 1] == '\r') stop--;
    str line = str_slice(bytes, at, stop);
    for (size_t n; (n = before_colour(line)) < line.n;) line.n = n;
    return line;
}
