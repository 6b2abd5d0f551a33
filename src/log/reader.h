/* What the forms of a log share while one file is read. */
#ifndef LOG_READER_H
#define LOG_READER_H

#include "log/log.h"
#include "log/shown.h"
#include "log/wrapping.h"

typedef struct log_reader {
    str file, bytes;        /* the bytes after a byte order mark, taken out of their wrapping */
    arena *arena, *scratch; /* the latter for what is forgotten with the file: there may be thousands */
    raw_statement_list *out;
    size_t first;  /* of this file's statements */
    shown shown;   /* which statements have which text */
    map by_table;  /* the newest CREATE TABLE of that table */
    unsigned seen; /* the loggers that this file has */
    bool was_utf8; /* every statement so far */
    origin_list origins;
    size_t origin;        /* the one that the last line was in */
    size_t line, line_at; /* how far lines have been counted */
    const sifted *sifted; /* whose lines they are; NULL: the file's */
} log_reader;

/* Statements that *out holds already can still be told done or refused, or be shown by another logger: logs are rotated, and
 * loggers have files of their own. */
log_reader reader_start(raw_statement_list *out, str file, const unwrapped *text, const sifted *sifted, arena *a);
/* The line that `at` is in; `at` never goes back. */
size_t reader_line(log_reader *r, size_t at);
/* Without outer white space and with plain line ends; in UTF-8. */
str reader_clean(log_reader *r, str text);
/* A statement of plain SQL; valid until the next one is added. */
raw_statement *reader_add(log_reader *r, str sql, str params, size_t line);

/* The same at its place among the statements of that text; the SQL is clean. Its index. */
size_t reader_insert(log_reader *r, shown_text *t, str sql, str params, size_t line);

/* A statement as one logger shows it. */
typedef struct showing {
    logger by;
    str sql, params, alias, prefix;
    size_t line;
    double seconds; /* that it ran */
} showing;

/* Adds the statement, unless another logger showed it already; its index, or SIZE_MAX if it was shown before and has been left
 * out (the schema logger's). */
size_t reader_show(log_reader *r, const showing *s);
/* False if no statement has that text. */
bool reader_refuse(log_reader *r, str sql);
void reader_done(log_reader *r, str table);
/* Takes out what other loggers showed better, and marks what was printed but not executed. others: the loggers that showed what
 * was left out. */
void reader_end(log_reader *r, unsigned others);

/* Everything with a mark; false if there is none. */
bool records_read(log_reader *r);
/* SQL with semicolons. */
void plain_read(log_reader *r);

#endif
