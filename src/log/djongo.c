/* djongo's logger: `PREFIX sql_command: SQL`, `params: PY`; `Created table: t`; and its error text,
 * `FAILED SQL: SQL`, `Params: PY`, `Version: ...`. */
#include "log/literal.h"
#include "log/marks.h"
#include "log/reader.h"

#include <stdint.h>

typedef struct walk {
    log_reader *reader;
    str bytes, prefix;
    mark_search marks;
    size_t unfinished; /* one more than the index of the newest statement whose parameters do not end */
} walk;

/* SQL and its parameters, in the log's own bytes. */
typedef struct entry {
    str sql, params;
    bool params_end;
    bool cut;      /* the file ends before the parameters come */
    bool sql_open; /* and nothing else came that shows the SQL to be whole */
    size_t next;   /* where to read on */
} entry;

bool djongo_seen(str bytes) {
    return str_find(bytes, STR("sql_command:"), 0) != SIZE_MAX ||
           str_find(bytes, STR("FAILED SQL"), 0) != SIZE_MAX;
}

static bool has_mark(walk *w, str line, size_t at, size_t next) {
    return mark_next(&w->marks, at) < next && mark_find(line).kind != MARK_NONE;
}

/* A str cannot span lines. If one is open at the end of its line, the writer died there, and the next process
 * may have gone on in the same line. */
static size_t after_broken(str line, size_t at, size_t next) {
    size_t again = str_find(line, STR("sql_command: "), 0);
    return again == SIZE_MAX ? next : at + again;
}

static void read_params(walk *w, size_t at, entry *e) {
    size_t next, end;
    str first = line_at(w->bytes, at, &next);
    literal l = {0};
    literal_scan(&l, first);
    e->params = first;
    e->next = l.quote ? after_broken(first, at, next) : next;
    end = at + first.n;
    while (l.depth && !l.quote && next < w->bytes.n) {
        size_t start = next;
        str line = line_at(w->bytes, start, &next);
        if (has_mark(w, line, start, next) || line_is_record(line, w->prefix)) return;
        literal_scan(&l, line);
        end = start + line.n;
    }
    if (l.depth || l.quote) return;
    e->params = str_slice(w->bytes, at, end);
    e->params_end = str_trim(e->params).n > 0;
    e->next = next;
}

static str unindented(str line, bool indented) {
    size_t i = 0;
    while (indented && i < line.n && (line.p[i] == ' ' || line.p[i] == '\t')) i++;
    return str_from(line, i);
}

/* The SQL that begins at `at`, up to the line of its parameters; another mark ends it too. */
static entry read_entry(walk *w, size_t at, str label, bool indented) {
    size_t next;
    str line = line_at(w->bytes, at, &next);
    entry e = {.sql = line, .sql_open = true};
    while (next < w->bytes.n) {
        size_t start = next;
        line = line_at(w->bytes, start, &next);
        str bare = unindented(line, indented);
        if (str_starts(bare, label)) {
            read_params(w, (size_t)(bare.p - w->bytes.p) + label.n, &e);
            return e;
        }
        if (start + line.n == w->bytes.n && str_starts(label, bare)) break;
        if (has_mark(w, line, start, next)) {
            e.params_end = true;
            e.next = start;
            return e;
        }
        /* Several processes may write into one file: the parameters may come after a stranger's line. */
        if (line_is_record(line, w->prefix)) e.sql_open = false;
        if (e.sql_open) e.sql.n = (size_t)(line.p + line.n - e.sql.p);
    }
    e.cut = true;
    e.next = w->bytes.n;
    return e;
}

static void note_unfinished(walk *w, const entry *e) {
    if (!e->params_end) w->unfinished = w->reader->out->n;
}

static size_t read_statement(walk *w, size_t at) {
    entry e = read_entry(w, at, STR("params: "), false);
    str sql = str_trim(e.sql);
    if (sql.n == 0 && !e.cut) return e.next;
    size_t begins = sql.n ? at + (size_t)(sql.p - e.sql.p) : at;
    reader_add(w->reader, sql, e.params, reader_line(w->reader, begins));
    note_unfinished(w, &e);
    return e.next;
}

/* djongo raises some of its errors with a tuple of one around the SQL, and one around the parameters. */
static void take_tuple(walk *w, str *sql, str *params) {
    bool tuple = sql->n >= 2 && sql->p[0] == '(' && (sql->p[1] == '\'' || sql->p[1] == '"');
    if (!tuple && !str_eq(*sql, STR("("))) return;
    *sql = tuple ? literal_str(w->reader->arena, str_from(*sql, 1)) : STR_NONE;
    *params = str_trim(*params);
    if (params->n >= 3 && params->p[0] == '(' && str_ends(*params, STR(",)")))
        *params = str_slice(*params, 1, params->n - 2);
}

static bool refuse_newest(raw_statement_list *out, str beginning) {
    if (out->n == 0 || !str_starts(out->at[out->n - 1].sql, beginning)) return false;
    out->at[out->n - 1].outcome = OUTCOME_REFUSED;
    return true;
}

static size_t read_refusal(walk *w, size_t at) {
    log_reader *r = w->reader;
    entry e = read_entry(w, at, STR("Params: "), true);
    str sql = str_trim(e.sql), params = e.params;
    take_tuple(w, &sql, &params);
    sql = reader_clean(r, sql);
    bool cut = e.cut && e.sql_open;
    if (sql.n == 0 || reader_refuse(r, sql) || (cut && refuse_newest(r->out, sql))) return e.next;
    raw_statement *s = reader_add(r, sql, params, reader_line(r, at));
    s->outcome = OUTCOME_REFUSED;
    if (!e.cut || cut) note_unfinished(w, &e);
    return e.next;
}

static size_t read_line(walk *w, size_t start) {
    size_t next;
    str line = line_at(w->bytes, start, &next);
    mark m = mark_find(line);
    switch (m.kind) {
    case MARK_SQL:
        if (m.at) w->prefix = str_slice(line, 0, m.at);
        return read_statement(w, start + m.after);
    case MARK_REFUSED: return read_refusal(w, start + m.after);
    case MARK_CREATED: reader_done(w->reader, str_trim(str_from(line, m.after))); break;
    case MARK_NONE: break;
    }
    return next;
}

void djongo_read(log_reader *r) {
    walk w = {.reader = r, .bytes = r->bytes, .marks = mark_search_start(r->bytes)};
    for (size_t at = 0, found; (found = mark_next(&w.marks, at)) != SIZE_MAX;) {
        while (found > at && r->bytes.p[found - 1] != '\n') found--;
        at = read_line(&w, found);
    }
    if (w.unfinished && w.unfinished == r->out->n) r->out->at[r->out->n - 1].truncated = true;
}
