/* Django's own loggers, whose marks stand behind the SQL: `PREFIX SQL; (params PY)` of the schema editor, and of queries
 * `PREFIX (0.019) QUERY = 'SQL' - PARAMS = PY; args=PY; alias=default` or `PREFIX (0.019) SQL; args=PY; alias=default`. */
#include "log/literal.h"
#include "log/walk.h"

static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
static bool is_word(char c) { return is_letter(c) || is_digit(c) || c == '_' || (unsigned char)c >= 128; }

static str word_at(str s, size_t at) {
    size_t n = 0;
    while (at + n < s.n && is_letter(s.p[at + n])) n++;
    return str_slice(s, at, at + n);
}

static bool is_one_of(str word, const char *const *list) {
    for (size_t i = 0; list[i]; i++)
        if (str_eq_nocase(word, str_of(list[i]))) return true;
    return false;
}

/* The last occurrence of what begins with a semicolon, or SIZE_MAX. */
static size_t find_last(str s, str what) {
    for (size_t i = s.n; i-- > 0;)
        if (s.p[i] == ';' && str_starts(str_from(s, i), what)) return i;
    return SIZE_MAX;
}

/* ---- where SQL begins ---- */

static bool is_upper(str word) {
    for (size_t i = 0; i < word.n; i++)
        if (word.p[i] > 'Z') return false;
    return true;
}

/* A prefix may hold any word, so what follows it has to be SQL too; in small letters only what is unmistakable. */
static bool begins_sql(str s, size_t at, bool upper) {
    static const char *const objects[] = {"TABLE",     "INDEX",    "UNIQUE",       "DATABASE", "CONSTRAINT", "VIEW",
                                          "SCHEMA",    "SEQUENCE", "TYPE",         "FUNCTION", "TRIGGER",    "EXTENSION",
                                          "TEMPORARY", "TEMP",     "MATERIALIZED", "OR",       "UNLOGGED",   "ROLE",
                                          "USER",      "DOMAIN",   "RULE",         "POLICY",   NULL};
    static const char *const with_objects[] = {"CREATE", "ALTER", "DROP", NULL};
    static const char *const alone[] = {"SELECT",  "UPDATE", "TRUNCATE", "WITH", "SET", "RENAME", "GRANT", "REVOKE",  "COMMENT",
                                        "REINDEX", "VACUUM", "ANALYZE",  "LOCK", "DO",  "CALL",   "MERGE", "REPLACE", NULL};
    str word = word_at(s, at);
    size_t next = at + word.n;
    if (word.n < 2 || next >= s.n || is_upper(word) != upper) return false;
    if (s.p[next] != ' ' && s.p[next] != '\t') return false;
    while (next < s.n && (s.p[next] == ' ' || s.p[next] == '\t')) next++;
    str second = word_at(s, next);
    if (is_one_of(word, with_objects)) return is_one_of(second, objects);
    if (str_eq_nocase(word, STR("INSERT"))) return str_eq_nocase(second, STR("INTO"));
    if (str_eq_nocase(word, STR("DELETE"))) return str_eq_nocase(second, STR("FROM"));
    if (str_eq_nocase(word, STR("UPDATE"))) return next < s.n && (s.p[next] == '"' || upper);
    return upper && is_one_of(word, alone);
}

static bool begins_word(str s, size_t i) {
    return is_letter(s.p[i]) &&
           (i == 0 || !is_word(s.p[i - 1]) || (s.p[i - 1] == 'm' && before_colour(str_slice(s, 0, i)) < i));
}

static size_t find_sql(str line, bool upper) {
    for (size_t i = 0; i < line.n; i++)
        if (begins_word(line, i) && begins_sql(line, i, upper)) return i;
    return SIZE_MAX;
}

static size_t sql_start(str line) {
    size_t at = find_sql(line, true);
    return at == SIZE_MAX ? find_sql(line, false) : at;
}

/* ---- the schema logger ---- */

static bool is_params(str line, size_t mark) {
    str rest = str_trim(str_from(line, mark + 10));
    return rest.n > 1 && rest.p[rest.n - 1] == ')' && literal_end(rest) == rest.n - 1;
}

/* The mark whose parameters end the line: the last, but for one inside them. */
static size_t schema_mark(str line) {
    size_t last = find_last(line, STR("; (params "));
    if (last == SIZE_MAX) return SIZE_MAX;
    size_t first = str_find(line, STR("; (params "), 0);
    return is_params(line, last) ? last : first != last && is_params(line, first) ? first : SIZE_MAX;
}

typedef struct beginning {
    size_t line, sql; /* where they begin */
} beginning;

/* The SQL may span lines. Behind the logger's prefix, where that is known, it begins; else in the last line that has a
 * beginning of SQL behind something, or if there is none, in the last that has one. */
static beginning find_beginning(walk *w, size_t start) {
    beginning found = {SIZE_MAX, SIZE_MAX};
    bool behind = false;
    for (size_t at = start, next;; at = line_start(w->bytes, at - 1, w->floor)) {
        str line = line_at(w->bytes, at, &next);
        size_t prefix = w->schema_prefix.n ? line_shape(line, w->schema_prefix) : SIZE_MAX;
        if (prefix != SIZE_MAX) return (beginning){at, at + prefix};
        size_t sql = behind ? SIZE_MAX : sql_start(line);
        bool better = sql != SIZE_MAX && (found.sql == SIZE_MAX || str_trim(str_slice(line, 0, sql)).n > 0);
        if (better) {
            found = (beginning){at, at + sql};
            behind = at == start || str_trim(str_slice(line, 0, sql)).n > 0;
        }
        if (at <= w->floor || (behind && !w->schema_prefix.n)) return found;
    }
}

bool schema_record(walk *w, size_t start, size_t *next) {
    str line = line_at(w->bytes, start, next);
    size_t mark = schema_mark(line);
    if (mark == SIZE_MAX) return false;
    beginning b = find_beginning(w, start);
    if (b.sql == SIZE_MAX || b.sql >= start + mark) return false;
    str rest = str_trim(str_from(line, mark + 10));
    showing s = {.by = LOGGER_SCHEMA,
                 .sql = str_slice(w->bytes, b.sql, start + mark),
                 .params = str_slice(rest, 0, rest.n - 1),
                 .line = reader_line(w->reader, b.sql)};
    w->schema_prefix = str_slice(w->bytes, b.line, b.sql);
    reader_show(w->reader, &s);
    return true;
}

/* Half of the parameters is no part of the statement. */
static str without_params(str sql) {
    size_t schema = str_find(sql, STR("; (params "), 0), query = str_find(sql, STR("; args="), 0);
    size_t end = schema < query ? schema : query;
    return end < sql.n ? str_slice(sql, 0, end) : sql;
}

static void show_cut(walk *w, logger by, str sql, size_t at) {
    showing s = {.by = by, .sql = without_params(sql), .line = reader_line(w->reader, at)};
    if (str_trim(s.sql).n == 0) return;
    size_t i = reader_show(w->reader, &s);
    if (i != SIZE_MAX) w->reader->out->at[i].truncated = true;
}

/* The only line of the schema logger, cut off in its parameters. */
void schema_cut_first(walk *w, size_t start) {
    size_t mark = str_find(w->bytes, STR("; (params "), start);
    if (mark == SIZE_MAX) return;
    beginning b = find_beginning(w, start);
    if (b.sql < mark) show_cut(w, LOGGER_SCHEMA, str_from(w->bytes, b.sql), b.sql);
}

/* Without a prefix only a line that does not end is surely one. */
void schema_cut(walk *w) {
    for (size_t at = w->bytes.n; at > w->read;) {
        at = line_start(w->bytes, at - 1, w->read);
        str line = str_from(w->bytes, at);
        size_t prefix = line_shape(line, w->schema_prefix);
        if (prefix != SIZE_MAX && sql_start(line) == prefix) {
            show_cut(w, LOGGER_SCHEMA, str_from(line, prefix), at);
            return;
        }
        if (w->schema_prefix.n == 0) return;
    }
}

/* ---- the query logger ---- */

size_t line_after_duration(str line, double *seconds) {
    for (size_t at = 0; at < line.n; at++) {
        const char *bracket = memchr(line.p + at, '(', line.n - at);
        if (!bracket) break;
        at = (size_t)(bracket - line.p);
        size_t i = at + 1;
        while (i < line.n && is_digit(line.p[i])) i++;
        if (i == at + 1 || i > at + 12 || i + 6 > line.n || line.p[i] != '.') continue;
        bool three = is_digit(line.p[i + 1]) && is_digit(line.p[i + 2]) && is_digit(line.p[i + 3]);
        if (!three || line.p[i + 4] != ')' || line.p[i + 5] != ' ') continue;
        *seconds = 0;
        for (size_t k = at + 1; k < i; k++) *seconds = *seconds * 10 + (line.p[k] - '0');
        return i + 6;
    }
    return SIZE_MAX;
}

/* `; args=PY; alias=default` to the line's end; Django before 4.0 names no alias. */
static bool read_args(str tail, showing *s) {
    str args = str_from(tail, 7), alias = STR("; alias=");
    size_t end = literal_end(args);
    if (end == SIZE_MAX || str_trim(str_slice(args, 0, end)).n == 0 ||
        (end < args.n && !str_starts(str_from(args, end), alias)))
        return false;
    s->params = str_slice(args, 0, end);
    s->alias = end < args.n ? str_trim(str_from(args, end + alias.n)) : STR_NONE;
    for (size_t i = 0; i < s->alias.n; i++)
        if (s->alias.p[i] == ' ' || s->alias.p[i] == ';') return false;
    return true;
}

static size_t args_mark(str line, size_t from, showing *s) {
    size_t first = str_find(line, STR("; args="), from), last = find_last(line, STR("; args="));
    if (first == SIZE_MAX) return SIZE_MAX;
    return read_args(str_from(line, last), s) ? last : first != last && read_args(str_from(line, first), s) ? first : SIZE_MAX;
}

/* Behind "QUERY = ": a Python str, its parameters as strings, and then what they were. */
static bool read_quoted(walk *w, str rest, showing *s) {
    size_t end = rest.n && (rest.p[0] == '\'' || rest.p[0] == '"') ? literal_str_end(rest) : SIZE_MAX;
    if (end == SIZE_MAX) return false;
    str tail = str_from(rest, end), label = STR(" - PARAMS = ");
    if (!str_starts(tail, label)) return false;
    tail = str_from(tail, label.n);
    size_t params = literal_end(tail);
    if (params == SIZE_MAX) return false;
    s->params = str_slice(tail, 0, params);
    s->sql = literal_str(w->reader->arena, rest);
    tail = str_from(tail, params);
    return !str_starts(tail, STR("; args=")) || read_args(tail, s);
}

/* A line without an end may be cut in the alias, or before it. */
static bool is_whole(walk *w, showing *s, size_t line_end) {
    if (line_end < w->bytes.n) return true;
    if (s->alias.n < w->alias.n && str_starts(w->alias, s->alias)) s->alias = STR_NONE;
    return s->alias.n || str_eq(s->params, STR("None")) || (s->params.n && strchr("([{", s->params.p[0]));
}

/* A transaction's own commands; djongo has none. */
static bool is_transaction(str sql) {
    static const char *const words[] = {"BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "START", NULL};
    return is_one_of(word_at(sql, 0), words);
}

static void show_query(walk *w, const showing *s) {
    w->reader->seen |= LOGGER_QUERY;
    w->alias = s->alias;
    if (is_transaction(s->sql)) return;
    size_t i = reader_show(w->reader, s);
    if (w->unfinished == i + 1) w->unfinished = 0;
}

bool query_record(walk *w, size_t start, size_t *next) {
    showing s = {.by = LOGGER_QUERY};
    str line = line_at(w->bytes, start, next), label = STR("QUERY = ");
    size_t after = line_after_duration(line, &s.seconds), at = start, ignored;
    if (after == SIZE_MAX && str_find(line, STR("; args="), 0) == SIZE_MAX) return false;
    while (after == SIZE_MAX && at > w->floor) {
        at = line_start(w->bytes, at - 1, w->floor);
        after = line_after_duration(line_at(w->bytes, at, &ignored), &s.seconds);
    }
    if (after == SIZE_MAX) return false;
    s.prefix = str_slice(w->bytes, at, at + after);
    s.line = reader_line(w->reader, at);
    str rest = str_slice(w->bytes, at + after, start + line.n);
    if (at == start && str_starts(rest, label)) {
        if (!read_quoted(w, str_from(rest, label.n), &s)) return false;
    } else {
        size_t mark = args_mark(line, at == start ? after : 0, &s);
        if (mark == SIZE_MAX) return false;
        s.sql = str_trim(str_slice(w->bytes, at + after, start + mark));
    }
    if (!is_whole(w, &s, start + line.n)) return false;
    show_query(w, &s);
    return true;
}

void query_cut(walk *w, size_t start) {
    double seconds;
    str line = str_from(w->bytes, start), label = STR("QUERY = ");
    size_t after = line_after_duration(line, &seconds);
    if (after == SIZE_MAX) return;
    str rest = str_from(line, after);
    if (str_starts(rest, label)) {
        rest = str_from(rest, label.n);
        if (rest.n && (rest.p[0] == '\'' || rest.p[0] == '"'))
            show_cut(w, LOGGER_QUERY, literal_str(w->reader->arena, rest), start);
    } else if ((w->reader->seen || str_find(rest, STR("; args="), 0) != SIZE_MAX) && sql_start(rest) == 0) {
        show_cut(w, LOGGER_QUERY, rest, start);
    }
}
