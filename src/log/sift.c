#include "log/sift.h"

#include "log/literal.h"
#include "log/marks.h"
#include "log/scan.h"

#include <stdlib.h>

/* In front of a mark that stands behind its SQL, and behind a record, at most this much is kept; a statement may be 1 MiB. */
enum { FIRST_ROOM = 256 * 1024, AROUND = 1 << 20, FAR = 4 << 20 };

/* Between two marks: the record of the first, and what follows it. */
typedef struct record {
    mark_kind kind;  /* MARK_NONE: there is no record */
    bool json;       /* in a string of a JSON object */
    bool looks_back; /* it may begin in a line before that of its mark */
    size_t start;    /* of the line with its mark */
    size_t after;    /* its SQL, or, where that stands before its mark, the line's beginning */
} record;

/* DML that djongo or the query logger showed, and the other not yet: by the operation and table. */
enum { PENDING = 64 };
typedef struct pending {
    const dml_count *of;
    dml_operation op;
    unsigned by; /* logger */
} pending;

struct sift {
    arena *arena;
    dml_counts *counts;
    char *p; /* the window: held..n is still needed, up to `scanned` it was looked through */
    size_t n, room, held, scanned;
    size_t counted, line; /* the line that begins or goes on at `counted` */
    size_t done;          /* up to here everything was kept or left out */
    bool begun, moved;    /* text came; some of it is gone from the window */
    bool is_log;          /* the text has records, or begins like no SQL */
    bool whole;           /* nothing is left out */
    record record;
    char *out;
    size_t out_n, out_room, out_line;
    sifted *result;
    pending pending[PENDING];
    size_t pending_n;
};

static dml_count *count_of(dml_counts *c, str table) {
    dml_count *of = map_get(&c->by_table, table);
    if (of) return of;
    of = arena_make(c->arena, dml_count);
    of->table = str_copy(c->arena, table);
    c->by_table.arena = c->arena;
    map_put(&c->by_table, of->table, of);
    vec_push(c->arena, &c->tables, of);
    return of;
}

static void add(dml_counts *c, dml_count *of, dml_operation op, size_t n) {
    of->counts[op] += n;
    c->total += n;
}

void dml_counts_add(dml_counts *c, str table, dml_operation op, size_t n) { add(c, count_of(c, table), op, n); }

static void sift_free(void *thing) {
    sift *s = thing;
    free(s->p);
    free(s->out);
}

sift *sift_new(arena *a, dml_counts *counts) {
    sift *s = arena_make(a, sift);
    *s = (sift){.arena = a, .counts = counts, .line = 1, .out_line = 1, .record = {.kind = MARK_NONE}, .whole = !counts};
    s->result = arena_make(a, sifted);
    arena_defer(a, sift_free, s);
    return s;
}

static str window(const sift *s) { return (str){s->p, s->n}; }

/* malloc's memory, for an arena would keep every smaller copy. */
static void *grown(sift *s, void *p, size_t *room, size_t least) {
    size_t more = *room ? *room : FIRST_ROOM;
    while (more < least) more *= 2;
    void *q = more == *room ? p : realloc(p, more);
    if (!q) arena_fail(s->arena);
    *room = more;
    return q;
}

/* ---- what is kept ---- */

static void count_lines(sift *s, size_t to) {
    if (to <= s->counted) return;
    s->line += scan_lines(str_slice(window(s), s->counted, to));
    s->counted = to;
}

static void keep(sift *s, size_t from, size_t to) {
    if (from >= to) return;
    count_lines(s, from);
    sift_piece *last = s->result->pieces.n ? &s->result->pieces.at[s->result->pieces.n - 1] : NULL;
    if (!last || s->line - s->out_line != last->file_line - last->line)
        vec_push(s->arena, &s->result->pieces, (sift_piece){s->out_line, s->line});
    s->out = grown(s, s->out, &s->out_room, s->out_n + (to - from));
    memcpy(s->out + s->out_n, s->p + from, to - from);
    s->out_n += to - from;
    size_t before = s->line;
    count_lines(s, to);
    s->out_line += s->line - before;
}

/* ---- what a record is ---- */

static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/* White space as it is, and as JSON writes it. */
static size_t skip_space(str s, size_t at, bool json) {
    while (at < s.n) {
        if (is_space(s.p[at])) at++;
        else if (json && at + 1 < s.n && s.p[at] == '\\' && (s.p[at + 1] == 'n' || s.p[at + 1] == 't' || s.p[at + 1] == 'r'))
            at += 2;
        else break;
    }
    return at;
}

static str word_at(str s, size_t at) {
    size_t n = 0;
    while (at + n < s.n && is_letter(s.p[at + n])) n++;
    return str_slice(s, at, at + n);
}

static bool take_word(str s, size_t *at, const char *word, bool json) {
    str w = word_at(s, *at);
    if (!str_eq_nocase(w, str_of(word))) return false;
    *at = skip_space(s, *at + w.n, json);
    return true;
}

/* "t", or \"t\" in JSON, or a word. False: none, or one with a quote in it. */
static bool read_table(str s, size_t at, bool json, str *table) {
    if (at >= s.n) return false;
    bool escaped = json && at < s.n && s.p[at] == '\\';
    size_t from = at + escaped;
    if (from < s.n && s.p[from] == '"') {
        const char *end = memchr(s.p + from + 1, '"', s.n - from - 1);
        if (!end) return false;
        *table = str_slice(s, from + 1, (size_t)(end - s.p) - escaped);
        bool doubled = end + 1 < s.p + s.n && (end[1] == '"' || (escaped && end[1] == '\\'));
        bool qualified = end + 1 < s.p + s.n && end[1] == '.';
        return !doubled && !qualified && !memchr(table->p, '\\', table->n);
    }
    size_t n = 0;
    while (from + n < s.n &&
           (is_letter(s.p[from + n]) || s.p[from + n] == '_' || (n && s.p[from + n] >= '0' && s.p[from + n] <= '9')))
        n++;
    *table = str_slice(s, from, from + n);
    for (size_t i = 0; i < n; i++)
        if (table->p[i] >= 'A' && table->p[i] <= 'Z') return false; /* SQL would fold it */
    return n > 0 && !(from + n < s.n && s.p[from + n] == '.');
}

/* From `at` to `end`, is as much closed as is opened? */
static bool is_level(str s, size_t at, size_t end) {
    size_t depth = 0;
    if (!memchr(s.p + at, '(', end - at)) return true;
    for (; at < end; at++) {
        char c = s.p[at];
        if (c == '\'' || c == '"') {
            const char *close = memchr(s.p + at + 1, c, end - at - 1);
            if (!close) return false;
            at = (size_t)(close - s.p);
        } else if (c == '(') {
            depth++;
        } else if (c == ')' && depth-- == 0) {
            return false;
        }
    }
    return depth == 0;
}

static bool is_from(str s, size_t at) {
    return at > 0 && is_space(s.p[at - 1]) && at + 5 < s.n && s.p[at + 2] == 'O' && s.p[at + 3] == 'M' && is_space(s.p[at + 4]);
}

/* The table behind the first FROM that is in no parentheses of its own; where that is a SELECT, the table of that one. */
static bool selected_table(str s, size_t at, bool json, str *table) {
    for (size_t begin = at; (at = scan_pair(s, at, 'F', 'R')) != SIZE_MAX; at += 2) {
        if (!is_from(s, at) || !is_level(s, begin, at)) continue;
        at = skip_space(s, at + 4, json);
        if (s.p[at] != '(') return read_table(s, at, json, table);
        at = skip_space(s, at + 1, json);
        if (!take_word(s, &at, "SELECT", json)) return false;
        begin = at;
        at -= 2;
    }
    return false;
}

typedef struct dml_seen {
    dml_operation op;
    str table;
} dml_seen;

/* Only what is surely DML that nobody wants, and can be counted under its table; the reader looks at everything else. */
static bool read_dml(str sql, bool json, dml_seen *out) {
    size_t at = skip_space(sql, 0, json);
    *out = (dml_seen){0};
    if (memchr(sql.p, ';', sql.n)) return false; /* another statement may hide behind it */
    if (take_word(sql, &at, "SELECT", json)) {
        out->op = DML_SELECT;
        return selected_table(sql, at, json, &out->table);
    }
    if (take_word(sql, &at, "INSERT", json)) {
        out->op = DML_INSERT;
        if (!take_word(sql, &at, "INTO", json)) return false;
    } else if (take_word(sql, &at, "DELETE", json)) {
        out->op = DML_DELETE;
        if (!take_word(sql, &at, "FROM", json)) return false;
    } else if (take_word(sql, &at, "UPDATE", json)) {
        out->op = DML_UPDATE;
        if (memmem(sql.p, sql.n, "NULL", 4) || memmem(sql.p, sql.n, "null", 4)) return false; /* nulls that are filled */
    } else {
        return false;
    }
    return read_table(sql, at, json, &out->table) && !str_eq(out->table, STR(MIGRATIONS_TABLE));
}

static size_t line_end(str s, size_t at) {
    const char *end = at < s.n ? memchr(s.p + at, '\n', s.n - at) : NULL;
    return end ? (size_t)(end - s.p) : s.n;
}

/* djongo's SQL, up to the line of its parameters, and where that ends; false if there is none. */
static bool djongo_sql(const record *r, str s, str *sql, size_t *own_end) {
    str label = r->kind == MARK_SQL ? STR("params: ") : STR("Params: ");
    size_t end = line_end(s, r->after);
    if (r->json) { /* all of it is in the string, or the record goes on in another object */
        size_t params = str_find(str_slice(s, 0, end), STR("\\nparams: "), r->after);
        size_t quote = r->after;
        while (quote < end && s.p[quote] != '"') quote += s.p[quote] == '\\' ? 2 : 1;
        *sql = str_slice(s, r->after, params < quote ? params : quote < end ? quote : end);
        *own_end = end;
        return true;
    }
    for (size_t next = end; next < s.n; next = line_end(s, next + 1)) {
        size_t at = next + 1;
        while (at < s.n && (s.p[at] == ' ' || s.p[at] == '\t')) at++;
        bool here = str_starts(str_from(s, at), label);
        /* Behind a prefix of every line. */
        if (!here && r->after > r->start + 13) here = str_find(str_slice(s, at, line_end(s, at)), label, 0) != SIZE_MAX;
        if (!here) continue;
        *sql = str_slice(s, r->after, next);
        *own_end = line_end(s, at);
        return true;
    }
    return false;
}

/* djongo's error text may have the SQL as a tuple of one. */
static bool refused_sql(const record *r, str s, str *sql, size_t *own_end) {
    if (r->json || !djongo_sql(r, s, sql, own_end)) return false;
    if (sql->n < 4 || sql->p[0] != '(') return true;
    size_t end = sql->p[1] == '\'' || sql->p[1] == '"' ? literal_str_end(str_from(*sql, 1)) : SIZE_MAX;
    if (end == SIZE_MAX || memchr(sql->p, '\\', end)) return false;
    *sql = str_slice(*sql, 2, end);
    return true;
}

static bool is_transaction(str sql) {
    static const char *const words[] = {"BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "START"};
    str w = word_at(sql, skip_space(sql, 0, false));
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (str_eq_nocase(w, str_of(words[i]))) return true;
    return false;
}

/* The query logger's SQL, where all of it stands in the mark's line. */
static bool query_sql(const record *r, str s, str *sql) {
    double seconds;
    str line = str_slice(s, r->start, line_end(s, r->start)), label = STR("QUERY = ");
    size_t after = line_after_duration(line, &seconds);
    if (r->json || after == SIZE_MAX) return false;
    str rest = str_from(line, after);
    if (!str_starts(rest, label)) {
        const char *mark = memchr(rest.p, ';', rest.n);
        *sql = str_slice(rest, 0, mark ? (size_t)(mark - rest.p) : rest.n);
        return mark && str_starts(str_from(rest, sql->n), STR("; args="));
    }
    rest = str_from(rest, label.n);
    size_t end = rest.n && (rest.p[0] == '\'' || rest.p[0] == '"') ? literal_str_end(rest) : SIZE_MAX;
    if (end == SIZE_MAX || memchr(rest.p, '\\', end)) return false;
    *sql = str_slice(rest, 1, end - 1);
    return true;
}

/* ---- counting ---- */

/* The other logger showed it already. */
static bool is_shown(sift *s, const dml_count *of, dml_operation op, unsigned by) {
    s->result->loggers |= by;
    s->counts->loggers |= by;
    if (s->result->loggers == by) return false;
    for (size_t i = 0; i < s->pending_n; i++) {
        pending *p = &s->pending[i];
        if (p->of != of || p->op != op || p->by == by) continue;
        memmove(p, p + 1, (--s->pending_n - i) * sizeof *p);
        return true;
    }
    return false;
}

/* djongo raised an error for one that a logger showed, as a rule just before. */
static bool is_known(const sift *s, const dml_seen *d) {
    const dml_count *of = map_get(&s->counts->by_table, d->table);
    for (size_t i = 0; i < s->pending_n; i++)
        if (s->pending[i].of == of && s->pending[i].op == d->op) return true;
    return false;
}

static void count(sift *s, const dml_seen *d, unsigned by) {
    dml_count *of = count_of(s->counts, d->table);
    if (is_shown(s, of, d->op, by)) return;
    add(s->counts, of, d->op, 1);
    s->result->dml++;
    if (s->pending_n == PENDING) memmove(s->pending, s->pending + 1, --s->pending_n * sizeof *s->pending);
    s->pending[s->pending_n++] = (pending){of, d->op, by};
}

/* ---- records ---- */

static bool is_behind(mark_kind k) { return k == MARK_SCHEMA || k == MARK_QUERY; }

/* True: it is none that the reader has to see; counted. *own_end: the end of its last line. */
static bool leave_out(sift *s, const record *r, size_t end, size_t *own_end) {
    str text = {s->p, end}, sql;
    dml_seen d;
    *own_end = line_end(text, r->start);
    if (r->kind == MARK_SQL && djongo_sql(r, text, &sql, own_end) && read_dml(sql, r->json, &d))
        return count(s, &d, LOGGER_DJONGO), true;
    if (r->kind == MARK_REFUSED && refused_sql(r, text, &sql, own_end) && read_dml(sql, false, &d)) {
        if (!is_known(s, &d)) count(s, &d, LOGGER_DJONGO);
        return true;
    }
    if (r->kind != MARK_QUERY || !query_sql(r, text, &sql)) return false;
    if (is_transaction(sql)) return true;
    return read_dml(sql, false, &d) && (count(s, &d, LOGGER_QUERY), true);
}

/* How far a record goes that is followed by `end`: to the end of its parameters, or as far as a statement may be long. */
static size_t record_end(const sift *s, const record *r, size_t end) {
    str text = {s->p, end};
    size_t to = line_end(text, r->start), most = end - to > AROUND ? to + AROUND : end;
    if (!is_behind(r->kind)) {
        size_t params = str_find(str_slice(text, 0, most), STR("arams: "), to);
        literal l = {0};
        to = params == SIZE_MAX ? line_end(text, most) : line_end(text, params);
        for (size_t at = params; at != SIZE_MAX && at < most; at = to + 1) { /* a list may span lines */
            to = line_end(text, at);
            literal_scan(&l, str_slice(text, at, to));
            if (l.depth == 0 || l.quote) break;
        }
    }
    return to < end ? to + 1 : end;
}

/* Where lines begin of which one that comes at `end` may be the end. */
static size_t lines_around(const sift *s, size_t end) {
    if (end - s->done <= AROUND) return s->done;
    size_t at = line_end((str){s->p, end}, end - AROUND);
    return at < end ? at + 1 : end;
}

/* Ends the record at hand, and decides on it. back: what comes next may begin before its mark, or behind the text's end. */
static void end_record(sift *s, size_t end, bool back) {
    record r = s->record;
    size_t own_end;
    s->record.kind = MARK_NONE;
    if (r.kind != MARK_NONE && leave_out(s, &r, end, &own_end)) {
        s->done = own_end < end ? own_end + 1 : end;
        s->result->left_out = true;
    } else if (r.kind != MARK_NONE) {
        s->done = back && end - r.start <= AROUND ? end : record_end(s, &r, end);
        keep(s, r.start, s->done);
        if (s->counts) s->counts->kept += r.kind == MARK_SQL || is_behind(r.kind);
    }
    if (back) keep(s, lines_around(s, end), end);
    s->held = end;
}

static bool is_json_line(str before) {
    str bare = str_trim(before);
    if (bare.n && bare.p[0] == '{') return true;
    size_t at = str_find(before, STR("{\""), 0);
    if (at == SIZE_MAX || str_find(str_slice(before, 0, at), STR("params: "), 0) != SIZE_MAX) return false;
    return !memchr(before.p, '\'', at) && !memchr(before.p, '"', at);
}

/* Is a mark there, and outside quotes? */
static bool mark_here(const sift *s, size_t sign, size_t start, size_t end, record *out) {
    static const struct {
        const char *text;
        size_t n, sign;
        mark_kind kind;
    } marks[] = {{"sql_command: ", 13, 11, MARK_SQL},
                 {"FAILED SQL: ", 12, 10, MARK_REFUSED},
                 {"Created table: ", 15, 13, MARK_CREATED},
                 {"; (params ", 10, 0, MARK_SCHEMA},
                 {"; args=", 7, 0, MARK_QUERY}};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        if (sign < start + marks[i].sign || sign - marks[i].sign + marks[i].n > end) continue;
        size_t at = sign - marks[i].sign;
        if (memcmp(s->p + at, marks[i].text, marks[i].n) != 0) continue;
        str line = {s->p + start, end - start}, before = {s->p + start, at - start};
        double seconds;
        *out = (record){.kind = marks[i].kind, .start = start, .after = at + marks[i].n};
        if (out->kind == MARK_SCHEMA) out->looks_back = true;
        if (out->kind == MARK_QUERY) out->looks_back = line_after_duration(line, &seconds) == SIZE_MAX;
        if (is_behind(out->kind)) return true;
        if (!memchr(before.p, '\'', before.n) && !memchr(before.p, '"', before.n)) return true;
        out->json = is_json_line(before);
        return out->json || mark_find(line).at == at - start;
    }
    return false;
}

static size_t line_begin(const sift *s, size_t at) {
    const char *end = at > s->held ? memrchr(s->p + s->held, '\n', at - s->held) : NULL;
    return end ? (size_t)(end - s->p) + 1 : s->held;
}

/* Looks through whole lines. */
static void look_through(sift *s, size_t limit) {
    str text = {s->p, limit};
    record r;
    size_t start = 0, end = 0; /* of the last line that was looked at: one may hold a million signs */
    for (size_t at = s->scanned, sign; (sign = scan_mark(text, at)) != SIZE_MAX;) {
        at = sign + 1;
        if (s->p[sign] == ':' && (sign == 0 || !memchr("dLe", s->p[sign - 1], 3))) continue;
        if (sign >= end) start = line_begin(s, sign), end = line_end(text, sign);
        if (!mark_here(s, sign, start, end, &r)) continue;
        s->is_log = true;
        end_record(s, start, r.looks_back);
        s->done = start;
        s->record = r;
        at = end;
    }
    s->scanned = limit;
    if (limit - s->held <= FAR || !s->is_log) return;
    if (s->record.kind != MARK_NONE) end_record(s, limit, false);
    s->held = lines_around(s, limit);
}

/* ---- the window ---- */

static void move_down(sift *s) {
    size_t by = s->held;
    if (by == 0) return;
    count_lines(s, by);
    memmove(s->p, s->p + by, s->n - by);
    s->n -= by;
    s->scanned -= by;
    s->counted -= by;
    s->done = s->done > by ? s->done - by : 0;
    s->record.start -= s->record.kind == MARK_NONE ? s->record.start : by;
    s->record.after -= s->record.kind == MARK_NONE ? s->record.after : by;
    s->held = 0;
    s->moved = true;
}

char *sift_room(sift *s, size_t least, size_t *n) {
    if (s->room - s->n < least) move_down(s);
    if (s->room - s->n < least) s->p = grown(s, s->p, &s->room, s->n + least);
    *n = s->room - s->n;
    return s->p + s->n;
}

void sift_place(sift *s, size_t at, size_t *line, size_t *column) {
    size_t place = s->n + at;
    const char *end = memrchr(s->p + s->held, '\n', place - s->held);
    *line = s->line + scan_lines(str_slice((str){s->p, place}, s->counted, place));
    *column = place - (end ? (size_t)(end - s->p) + 1 : s->held) + 1;
}

/* A log of other loggers is no SQL; see plain.c. */
static bool begins_like_no_sql(str s) {
    size_t at = skip_space(s, 0, false);
    return at < s.n && (s.p[at] == '[' || (s.p[at] >= '0' && s.p[at] <= '9'));
}

void sift_take(sift *s, size_t n) {
    s->n += n;
    if (!s->begun) {
        s->begun = true;
        s->whole |= str_starts(window(s), STR("__CURSOR=")); /* lengths in it count bytes */
        s->is_log = begins_like_no_sql(window(s));
    }
    /* What came before and is not looked through is one line without an end. */
    const char *end = n ? memrchr(s->p + s->n - n, '\n', n) : NULL;
    if (end && !s->whole) look_through(s, (size_t)(end - s->p) + 1);
}

/* The last record may be cut, and so may one that has no mark yet. */
static void end_text(sift *s, bool open) {
    if (open && s->record.kind != MARK_NONE && s->n - s->record.start <= AROUND) {
        s->done = s->record.start;
        s->record.kind = MARK_NONE;
    }
    end_record(s, s->n, true);
}

/* What is not filled goes back. */
static str trimmed(sift *s, char **p, size_t n) {
    char *less = n ? realloc(*p, n) : NULL;
    if (n && !less) arena_fail(s->arena);
    if (less) *p = less;
    return (str){n ? *p : "", n};
}

void sift_end(sift *s, sifted *out) {
    bool open = s->n && s->p[s->n - 1] != '\n';
    if (!s->whole) look_through(s, s->n);
    if (s->out_n == 0 && s->held == 0 && !s->moved) { /* all of it: no copy is made */
        count_lines(s, s->n);
        s->result->text = trimmed(s, &s->p, s->n);
    } else {
        end_text(s, open);
        count_lines(s, s->n);
        s->result->text = trimmed(s, &s->out, s->out_n);
        free(s->p);
        s->p = NULL;
    }
    s->result->lines = s->line - 1 + open;
    *out = *s->result;
}

size_t sift_line(const sifted *s, size_t line) {
    size_t low = 0, high = s->pieces.n;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (s->pieces.at[middle].line <= line) low = middle;
        else high = middle;
    }
    return s->pieces.n ? line - s->pieces.at[low].line + s->pieces.at[low].file_line : line;
}
