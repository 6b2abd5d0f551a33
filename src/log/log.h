/* A log's bytes → raw statements. */
#ifndef LOG_LOG_H
#define LOG_LOG_H

#include "base/error.h"
#include "model/statement.h"

/* What a file turned out to be. */
typedef struct log_file {
    str name;
    str form;                /* "SQL", "djongo+schema+query log in JSON lines", ...; NUL-terminated */
    const char *encoding;    /* "utf-8", "utf-16le", "utf-16be", "latin-1" */
    const char *compression; /* "none", "gzip", "zstd" */
    size_t statements;       /* that it has and no earlier file had */
} log_file;

typedef struct log_options {
    uint64_t max_unpacked; /* bytes that a compressed file may hold; 0: LOG_MAX_UNPACKED */
} log_options;

#define LOG_MAX_UNPACKED (UINT64_C(8) << 30)

/* Appends the statements that `bytes` holds to *out, in order. `file` is how messages name it. Texts in *out
 * may borrow from `bytes` and `file`. What the log says of statements that are in *out already is noted there:
 * logs are rotated, and loggers have files of their own. `found` and `options` may be NULL.
 *
 * The whole text is held in memory. Plain logs in UTF-8 are not copied. Compressed ones, UTF-16, JSON lines, journald's export
 * and lines behind a prefix are copied once for each of these that they are, into no more than the text takes in UTF-8. A
 * statement takes about 200 bytes besides its text, and its text only where it is escaped. Time is linear in the text, whatever
 * it holds.
 *
 * Errors: KF_E_EMPTY_FILE (nothing, or only white space), KF_E_ENCODING, KF_E_DAMAGED, KF_E_TOO_LARGE, and KF_E_TRUNCATED for a
 * compressed file that is cut before its first statement; cut later, its last statement is truncated. KF_E_NO_STATEMENT is the
 * caller's to raise, for several files may be read. */
int log_read(raw_statement_list *out, log_file *found, str file, str bytes, const log_options *options, arena *a,
             kf_error *err);

/* One line a statement: file:line, outcome, text; for `explain statements`. */
void log_dump(text *out, const raw_statement_list *statements);

#endif
