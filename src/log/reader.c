#include "log/reader.h"

#include "log/encoding.h"

#include <stdint.h>

static bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || (unsigned char)c >= 128;
}

static bool take_word(str *s, str word) {
    str rest = str_trim(*s);
    if (rest.n <= word.n || is_word(rest.p[word.n]) || !str_eq_nocase(str_slice(rest, 0, word.n), word)) return false;
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
    if (take_word(&rest, STR("IF")) && take_word(&rest, STR("NOT")) && take_word(&rest, STR("EXISTS"))) sql = rest;
    sql = str_trim(sql);
    if (sql.n && sql.p[0] == '"') return quoted_name(a, sql);
    size_t n = 0;
    while (n < sql.n && is_word(sql.p[n])) n++;
    return str_slice(sql, 0, n);
}

/* A map holds pointers, and the statements move as their list grows: so index + 1. */
static void note_table(log_reader *r, size_t i) {
    str table = created_table(r->scratch, r->out->at[i].sql);
    if (table.n) map_put(&r->by_table, table, (void *)(uintptr_t)(i + 1));
}

/* One of an earlier file. */
static void note_earlier(log_reader *r, size_t i) {
    const raw_statement *s = &r->out->at[i];
    shown_text *t = shown_find(&r->shown, s->sql, s->hash);
    t->newest = (shown_number)(i + 1);
    note_table(r, i);
    unsigned by = s->shown_by & ~(unsigned)LOGGER_SCHEMA;
    if (by == LOGGER_QUERY) shown_push(&r->shown, &t->query, i);
    else if (by && !(by & LOGGER_QUERY)) shown_push(&r->shown, &t->djongo, i);
    if (s->shown_by == LOGGER_SCHEMA) shown_push(&r->shown, &t->schema, i);
    if (by == s->shown_by && by) t->unprinted++;
}

log_reader reader_start(raw_statement_list *out, str file, const unwrapped *text, const sifted *sifted, arena *a) {
    log_reader r = {.file = file, .bytes = text->text, .arena = a, .out = out, .first = out->n, .line = 1, .was_utf8 = true};
    r.origins = text->origins;
    r.sifted = sifted;
    r.scratch = r.shown.arena = r.by_table.arena = arena_within(a);
    r.shown.statements = out;
    for (size_t i = 0; i < out->n; i++) note_earlier(&r, i);
    return r;
}

static size_t line_of(log_reader *r, size_t at) {
    const origin_list *o = &r->origins;
    for (; r->origin < o->n && o->at[r->origin].at <= at; r->origin++) {
        r->line = o->at[r->origin].line;
        r->line_at = o->at[r->origin].at;
    }
    if (r->origin && o->at[r->origin - 1].one) return r->line;
    const char *p = r->bytes.p + r->line_at, *end = r->bytes.p + at;
    while (p < end && (p = memchr(p, '\n', (size_t)(end - p)))) {
        r->line++;
        p++;
    }
    r->line_at = at;
    return r->line;
}

size_t reader_line(log_reader *r, size_t at) {
    size_t line = line_of(r, at);
    return r->sifted ? sift_line(r->sifted, line) : line;
}

static str without_returns(arena *a, str s) {
    char *p = arena_alloc(a, s.n, 1);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] != '\r' || i + 1 == s.n || s.p[i + 1] != '\n') p[n++] = s.p[i];
    return (str){p, n};
}

str reader_clean(log_reader *r, str s) {
    s = str_trim(s);
    if (s.n == 0) return STR_NONE;
    s = utf8_repair(r->arena, s, &r->was_utf8);
    return !memchr(s.p, '\r', s.n) ? s : without_returns(r->arena, s);
}

size_t reader_insert(log_reader *r, shown_text *t, str sql, str params, size_t line) {
    raw_statement s = {.source = {r->file, line}, .sql = sql, .params = reader_clean(r, params), .hash = t->hash};
    vec_push_moved(r->arena, r->out, s);
    t->newest = (shown_number)r->out->n;
    note_table(r, r->out->n - 1);
    return r->out->n - 1;
}

raw_statement *reader_add(log_reader *r, str sql, str params, size_t line) {
    sql = reader_clean(r, sql);
    size_t i = reader_insert(r, shown_find(&r->shown, sql, shown_hash(&r->shown, sql)), sql, params, line);
    return &r->out->at[i];
}

void reader_done(log_reader *r, str table) {
    uintptr_t i = (uintptr_t)map_get(&r->by_table, table);
    raw_statement *s = i ? &r->out->at[i - 1] : NULL;
    if (s && s->outcome == OUTCOME_UNKNOWN) s->outcome = OUTCOME_DONE;
}
