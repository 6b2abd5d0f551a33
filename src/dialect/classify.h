/* Private to the dialect stage: what a statement is, by its first words. */
#ifndef DIALECT_CLASSIFY_H
#define DIALECT_CLASSIFY_H

#include "dialect/dialect.h"

/* Sets class, reason and table. No more is read of a statement than this takes: most of a production log is DML. */
int dialect_classify(dialect_text *out, arena *a, kf_error *err);

#endif
