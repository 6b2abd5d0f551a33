/* A log's bytes → raw statements. */
#ifndef LOG_LOG_H
#define LOG_LOG_H

#include "base/error.h"
#include "model/statement.h"

/* Appends the statements that `bytes` holds to *out, in order. `file` is how messages name it. Texts in *out
 * may borrow from `bytes` and `file`. What the log says of statements that are in *out already is noted there:
 * logs are rotated. Errors: KF_E_EMPTY_FILE (nothing, or only white space), KF_E_ENCODING. KF_E_NO_STATEMENT is
 * the caller's to raise, for several files may be read. */
int log_read(raw_statement_list *out, str file, str bytes, arena *a, kf_error *err);

/* One line a statement: file:line, outcome, text; for `explain statements`. */
void log_dump(text *out, const raw_statement_list *statements);

#endif
