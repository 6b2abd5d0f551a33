/* A log's bytes → raw statements. */
#ifndef LOG_LOG_H
#define LOG_LOG_H

#include "base/error.h"
#include "log/sift.h"
#include "log/unpack.h"
#include "model/statement.h"

/* What a file turned out to be. */
typedef struct log_file {
    str name;
    str form;                /* "SQL", "djongo+schema+query log in JSON lines", ...; NUL-terminated */
    const char *encoding;    /* "utf-8", "utf-16le", "utf-16be", "latin-1" */
    const char *compression; /* "none", "gzip", "zstd" */
    size_t statements;       /* that it has and no earlier file had, DML that was counted among them */
    size_t lines;
} log_file;

typedef struct log_options {
    uint64_t max_unpacked; /* bytes that a compressed file may hold; 0: LOG_MAX_UNPACKED */
    dml_counts *dml; /* where DML is counted that nobody wants, and that is left out then; NULL: it is read like all else */
} log_options;

#define LOG_MAX_UNPACKED (UINT64_C(1) << 40)

/* Appends the statements of a log to *out, in order. `file` is how messages name it, and lives as long as *out. What the log
 * says of statements that are in *out already is noted there: logs are rotated, and loggers have files of their own. `found`
 * and `options` may be NULL.
 *
 * Memory: the records that matter, once in UTF-8, and once more for JSON lines, journald's export and lines behind a prefix; a
 * window of what is looked through (sift.h). Where DML is not left out, plain SQL, and journald's export: all of the text. A
 * statement takes about 200 bytes besides its text, and its text only where it is escaped. Time is linear in the text, whatever
 * it holds.
 *
 * Errors: KF_E_EMPTY_FILE (nothing, or only white space), KF_E_ENCODING, KF_E_DAMAGED, KF_E_TOO_LARGE, KF_E_FILE_UNREADABLE,
 * and KF_E_TRUNCATED for a compressed file that is cut before its first statement; cut later, its last statement is truncated.
 * KF_E_NO_STATEMENT is the caller's to raise, for several files may be read. */
int log_read_from(raw_statement_list *out, log_file *found, str file, byte_source source, const log_options *options, arena *a,
                  kf_error *err);
/* The same of bytes at hand. */
int log_read(raw_statement_list *out, log_file *found, str file, str bytes, const log_options *options, arena *a,
             kf_error *err);

/* One line a statement: file:line, outcome, text; for `explain statements`. */
void log_dump(text *out, const raw_statement_list *statements);

#endif
