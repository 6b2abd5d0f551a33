/* Several loggers show one statement: the schema logger before djongo's, the query logger after it has run. */
#include "log/literal.h"
#include "log/reader.h"

enum { NEAR_SECONDS = 60 };

static int64_t days_of(int64_t year, int64_t month, int64_t day) {
    year -= month <= 2;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return year * 365 + year / 4 - year / 100 + year / 400 + of_year;
}

static int64_t number(str s, size_t from, size_t n) {
    int64_t value = 0;
    for (size_t i = from; i < from + n; i++) value = value * 10 + (s.p[i] - '0');
    return value;
}

/* Of the first 2026-11-22 06:49:18 in the text; 0 if there is none. */
static int64_t time_in(str s) {
    static const char form[] = "0000-00-00 00:00:00";
    for (size_t i = 0; i + sizeof form - 1 <= s.n; i++) {
        size_t k = 0;
        while (form[k] && (form[k] == '0' ? s.p[i + k] >= '0' && s.p[i + k] <= '9'
                                          : s.p[i + k] == form[k] || (k == 10 && s.p[i + k] == 'T')))
            k++;
        if (form[k]) continue;
        str t = str_slice(s, i, i + k);
        return ((days_of(number(t, 0, 4), number(t, 5, 2), number(t, 8, 2)) * 24 + number(t, 11, 2)) * 60 + number(t, 14, 2)) *
                   60 +
               number(t, 17, 2);
    }
    return 0;
}

/* Whether the query logger, which speaks after a statement, can mean this one. Without times it must be of the same file, or
 * the last before a log was rotated. */
static bool is_near(const log_reader *r, size_t i, int64_t djongo, int64_t query, double seconds) {
    if (djongo && query) {
        double apart = (double)(query - djongo) - seconds;
        return apart <= NEAR_SECONDS && apart >= -NEAR_SECONDS;
    }
    return i >= r->first || (i + 1 == r->first && r->out->n == r->first);
}

static void take_from_query(raw_statement *s, log_reader *r, const showing *q) {
    if (s->alias.n == 0) s->alias = q->alias;
    if (s->params.n == 0 || literal_end(s->params) != s->params.n) s->params = reader_clean(r, q->params);
    s->shown_by |= LOGGER_QUERY;
    s->truncated = false;
}

/* The statement that the other of the two loggers that tell of executions showed. */
static size_t partner(log_reader *r, shown_text *t, const showing *s, int64_t time) {
    shown_number *stack = s->by == LOGGER_QUERY ? &t->djongo : &t->query;
    if (*stack == 0) return SIZE_MAX;
    size_t i = *stack - 1;
    const raw_statement *other = &r->out->at[i];
    bool near = s->by == LOGGER_QUERY ? is_near(r, i, other->time, time, s->seconds)
                                      : i < r->first && time && other->time && is_near(r, i, time, other->time, 0);
    return near ? shown_pop(&r->shown, stack) : SIZE_MAX;
}

/* What the schema logger showed is kept where it stands only if nobody else shows it. */
static bool is_gone(const raw_statement *s) { return s->shown_by == LOGGER_SCHEMA && s->sql.n == 0; }

static unsigned take_printed(log_reader *r, shown_text *t) {
    if (t->schema == 0) return 0;
    r->out->at[shown_pop(&r->shown, &t->schema)].sql = STR_NONE;
    return LOGGER_SCHEMA;
}

static size_t show_printed(log_reader *r, shown_text *t, const showing *s, str sql) {
    if (t->unprinted) {
        t->unprinted--;
        return SIZE_MAX;
    }
    size_t i = reader_insert(r, t, sql, s->params, s->line);
    shown_push(&r->shown, &t->schema, i);
    r->out->at[i].shown_by = LOGGER_SCHEMA;
    return i;
}

size_t reader_show(log_reader *r, const showing *s) {
    str sql = reader_clean(r, s->sql);
    shown_text *t = shown_find(&r->shown, sql, shown_hash(&r->shown, sql));
    r->seen |= s->by;
    if (s->by == LOGGER_SCHEMA) return show_printed(r, t, s, sql);
    int64_t time = time_in(s->prefix);
    size_t i = partner(r, t, s, time);
    if (i != SIZE_MAX) {
        if (s->by == LOGGER_QUERY) take_from_query(&r->out->at[i], r, s);
        else r->out->at[i].shown_by |= s->by;
        return i;
    }
    unsigned printed = take_printed(r, t);
    i = reader_insert(r, t, sql, s->params, s->line);
    shown_push(&r->shown, s->by == LOGGER_QUERY ? &t->query : &t->djongo, i);
    raw_statement *added = &r->out->at[i];
    added->shown_by = s->by | printed;
    added->alias = s->alias;
    added->time = time;
    return i;
}

bool reader_refuse(log_reader *r, str sql) {
    shown_text *t = shown_find(&r->shown, sql, shown_hash(&r->shown, sql));
    if (t->newest == 0) {
        r->shown.n--;
        return false;
    }
    raw_statement *s = &r->out->at[t->newest - 1];
    s->outcome = OUTCOME_REFUSED;
    r->seen |= LOGGER_FAILURE;
    s->shown_by |= LOGGER_FAILURE;
    /* What failed was executed: the query logger may show it yet. */
    if (t->schema == t->newest) {
        size_t i = shown_pop(&r->shown, &t->schema);
        shown_push(&r->shown, &t->djongo, i);
    }
    return true;
}

void reader_end(log_reader *r, unsigned others) {
    bool executed = (others & (LOGGER_DJONGO | LOGGER_QUERY)) != 0;
    size_t n = 0;
    vec_each (raw_statement, s, r->out) executed |= (s->shown_by & (LOGGER_DJONGO | LOGGER_QUERY)) != 0;
    for (size_t i = 0; i < r->out->n; i++) {
        raw_statement *s = &r->out->at[i];
        if (i == r->first) r->first = n;
        if (is_gone(s)) continue;
        s->printed = executed && s->shown_by == LOGGER_SCHEMA;
        if (n < i) r->out->at[n] = *s;
        n++;
    }
    if (r->first > n) r->first = n;
    r->out->n = n;
    arena_free(r->scratch);
}
