#include "log/reader.h"

#include <stdint.h>

/* A map holds pointers, and the statements move as their list grows: so index + 1. */
static void *from_index(size_t i) { return (void *)(uintptr_t)(i + 1); }

static raw_statement *newest(const log_reader *r, const map *m, str key) {
    uintptr_t i = (uintptr_t)map_get(m, key);
    return i ? &r->out->at[i - 1] : NULL;
}

static bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           (unsigned char)c >= 128;
}

static bool take_word(str *s, str word) {
    str rest = str_trim(*s);
    if (rest.n <= word.n || is_word(rest.p[word.n]) || !str_eq_nocase(str_slice(rest, 0, word.n), word))
        return false;
    *s = str_from(rest, word.n);
    return true;
}

static str quoted_name(arena *a, str s) {
    text unquoted = {.arena = a};
    for (size_t i = 1; i < s.n; i++) {
        if (s.p[i] == '"' && (i + 1 == s.n || s.p[++i] != '"')) break;
        text_char(&unquoted, s.p[i]);
    }
    return text_str(&unquoted);
}

static str created_table(arena *a, str sql) {
    if (!take_word(&sql, STR("CREATE")) || !take_word(&sql, STR("TABLE"))) return STR_NONE;
    str rest = sql;
    if (take_word(&rest, STR("IF")) && take_word(&rest, STR("NOT")) && take_word(&rest, STR("EXISTS")))
        sql = rest;
    sql = str_trim(sql);
    if (sql.n && sql.p[0] == '"') return quoted_name(a, sql);
    size_t n = 0;
    while (n < sql.n && is_word(sql.p[n])) n++;
    return str_slice(sql, 0, n);
}

static void index_statement(log_reader *r, size_t i) {
    str sql = r->out->at[i].sql, table = created_table(r->arena, sql);
    map_put(&r->by_sql, sql, from_index(i));
    if (table.n) map_put(&r->by_table, table, from_index(i));
}

log_reader reader_start(raw_statement_list *out, str file, str bytes, arena *a) {
    log_reader r = {.file = file, .bytes = bytes, .arena = a, .out = out, .line = 1};
    r.by_sql.arena = r.by_table.arena = a;
    for (size_t i = 0; i < out->n; i++) index_statement(&r, i);
    return r;
}

size_t reader_line(log_reader *r, size_t at) {
    const char *p = r->bytes.p + r->line_at, *end = r->bytes.p + at;
    while (p < end && (p = memchr(p, '\n', (size_t)(end - p)))) {
        r->line++;
        p++;
    }
    r->line_at = at;
    return r->line;
}

str reader_clean(log_reader *r, str s) {
    s = str_trim(s);
    if (s.n == 0) return STR_NONE;
    if (str_find(s, STR("\r\n"), 0) == SIZE_MAX) return s;
    char *p = arena_alloc(r->arena, s.n, 1);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] != '\r' || i + 1 == s.n || s.p[i + 1] != '\n') p[n++] = s.p[i];
    return (str){p, n};
}

raw_statement *reader_add(log_reader *r, str sql, str params, size_t line) {
    raw_statement s = {.source = {r->file, line}};
    s.sql = reader_clean(r, sql);
    s.params = reader_clean(r, params);
    vec_push(r->arena, r->out, s);
    index_statement(r, r->out->n - 1);
    return &r->out->at[r->out->n - 1];
}

bool reader_refuse(log_reader *r, str sql) {
    raw_statement *s = newest(r, &r->by_sql, sql);
    if (s) s->outcome = OUTCOME_REFUSED;
    return s;
}

void reader_done(log_reader *r, str table) {
    raw_statement *s = newest(r, &r->by_table, table);
    if (s && s->outcome == OUTCOME_UNKNOWN) s->outcome = OUTCOME_DONE;
}
