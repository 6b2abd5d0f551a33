/* What the forms of a log share while one file is read. */
#ifndef LOG_READER_H
#define LOG_READER_H

#include "log/log.h"

typedef struct log_reader {
    str file, bytes; /* the bytes after a byte order mark */
    arena *arena;
    raw_statement_list *out;
    map by_sql, by_table; /* the newest statement of that text, the newest CREATE TABLE of that table */
    size_t line, line_at; /* how far lines have been counted */
} log_reader;

/* Statements that *out holds already can still be told done or refused: logs are rotated. */
log_reader reader_start(raw_statement_list *out, str file, str bytes, arena *a);
/* The line that `at` is in; `at` never goes back. */
size_t reader_line(log_reader *r, size_t at);
/* Without outer white space and with plain line ends; valid until the next one is added. */
raw_statement *reader_add(log_reader *r, str sql, str params, size_t line);
str reader_clean(log_reader *r, str text);
/* False if no statement has that text. */
bool reader_refuse(log_reader *r, str sql);
void reader_done(log_reader *r, str table);

/* Form 1: djongo's logger. */
bool djongo_seen(str bytes);
void djongo_read(log_reader *r);
/* SQL with semicolons. */
void plain_read(log_reader *r);

#endif
