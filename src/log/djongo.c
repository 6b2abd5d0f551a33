/* djongo's logger: `PREFIX sql_command: SQL`, `params: PY`; `Created table: t`; and its error text,
 * `FAILED SQL: SQL`, `Params: PY`, `Version: ...`. */
#include "log/literal.h"
#include "log/walk.h"

/* SQL and its parameters, in the log's own bytes. */
typedef struct entry {
    str sql, params;
    bool params_end;
    bool cut;      /* the file ends before the parameters come */
    bool sql_open; /* and nothing else came that shows the SQL to be whole */
    size_t next;   /* where to read on */
} entry;

static bool has_mark(walk *w, str line, size_t at, size_t next) {
    return mark_djongo_between(&w->marks, at, next) && mark_find(line).kind != MARK_NONE;
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

static str unindented(str line) {
    size_t i = 0;
    while (i < line.n && (line.p[i] == ' ' || line.p[i] == '\t')) i++;
    return str_from(line, i);
}

/* The SQL that begins at `at`, up to the line of its parameters; another mark ends it too. Several processes may write into one
 * file: the parameters may come after a stranger's line, which is read after them. */
static entry read_entry(walk *w, size_t at, str label) {
    size_t next, stranger = SIZE_MAX;
    str line = line_at(w->bytes, at, &next);
    entry e = {.sql = line, .sql_open = true, .cut = true, .next = w->bytes.n};
    while (next < w->bytes.n) {
        size_t start = next;
        line = line_at(w->bytes, start, &next);
        str bare = unindented(line);
        if (str_starts(bare, label)) {
            e.cut = false;
            read_params(w, (size_t)(bare.p - w->bytes.p) + label.n, &e);
            break;
        }
        if (start + line.n == w->bytes.n && str_starts(label, bare)) break;
        if (has_mark(w, line, start, next)) {
            e.params_end = true;
            e.cut = false;
            e.next = start;
            break;
        }
        if (e.sql_open && line_is_record(line, w->prefix)) {
            e.sql_open = false;
            stranger = start;
        }
        if (e.sql_open) e.sql.n = (size_t)(line.p + line.n - e.sql.p);
    }
    if (stranger != SIZE_MAX) e.next = stranger;
    return e;
}

static void note_unfinished(walk *w, const entry *e, size_t statement) {
    if (!e->params_end) w->unfinished = statement + 1;
}

static size_t read_statement(walk *w, str prefix, size_t at) {
    entry e = read_entry(w, at, STR("params: "));
    str sql = str_trim(e.sql);
    if (sql.n == 0 && !e.cut) return e.next;
    size_t begins = sql.n ? at + (size_t)(sql.p - e.sql.p) : at;
    showing s = {.by = LOGGER_DJONGO, .sql = sql, .params = e.params, .prefix = prefix, .line = reader_line(w->reader, begins)};
    note_unfinished(w, &e, reader_show(w->reader, &s));
    return e.next;
}

/* djongo raises some of its errors with a tuple of one around the SQL, and one around the parameters. */
static void take_tuple(walk *w, str *sql, str *params) {
    bool tuple = sql->n >= 2 && sql->p[0] == '(' && (sql->p[1] == '\'' || sql->p[1] == '"');
    if (!tuple && !str_eq(*sql, STR("("))) return;
    *sql = tuple ? literal_str(w->reader->arena, str_from(*sql, 1)) : STR_NONE;
    *params = str_trim(*params);
    if (params->n >= 3 && params->p[0] == '(' && str_ends(*params, STR(",)"))) *params = str_slice(*params, 1, params->n - 2);
}

static bool refuse_newest(raw_statement_list *out, str beginning) {
    if (out->n == 0 || !str_starts(out->at[out->n - 1].sql, beginning)) return false;
    out->at[out->n - 1].outcome = OUTCOME_REFUSED;
    return true;
}

static size_t read_refusal(walk *w, size_t at) {
    log_reader *r = w->reader;
    entry e = read_entry(w, at, STR("Params: "));
    str sql = str_trim(e.sql), params = e.params;
    take_tuple(w, &sql, &params);
    sql = reader_clean(r, sql);
    bool cut = e.cut && e.sql_open;
    if (sql.n == 0 || reader_refuse(r, sql) || (cut && refuse_newest(r->out, sql))) return e.next;
    showing s = {.by = LOGGER_FAILURE, .sql = sql, .params = params, .line = reader_line(r, at)};
    size_t i = reader_show(r, &s);
    r->out->at[i].outcome = OUTCOME_REFUSED;
    if (!e.cut || cut) note_unfinished(w, &e, i);
    return e.next;
}

bool djongo_record(walk *w, size_t start, size_t *next) {
    str line = line_at(w->bytes, start, next);
    if (!mark_djongo_between(&w->marks, start, *next)) return false;
    mark m = mark_find(line);
    switch (m.kind) {
    case MARK_SQL:
        if (m.at) w->prefix = str_slice(line, 0, m.at);
        *next = read_statement(w, str_slice(line, 0, m.at), start + m.after);
        return true;
    case MARK_REFUSED: *next = read_refusal(w, start + m.after); return true;
    case MARK_CREATED: reader_done(w->reader, str_trim(str_from(line, m.after))); return true;
    default: return false;
    }
}
