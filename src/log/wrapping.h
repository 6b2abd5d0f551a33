/* What other programs put around the lines of a log, taken off: JSON objects, journald's records, a prefix of every
 * line. */
#ifndef LOG_WRAPPING_H
#define LOG_WRAPPING_H

#include "base/arena.h"

/* Where a piece of the text, up to the next one, stood in the file. */
typedef struct line_origin {
    size_t at, line;
    bool one; /* all of it in that line, though it may have line ends now */
} line_origin;

typedef VEC(line_origin) origin_list;

typedef struct unwrapped {
    str text;             /* what was given, if there was nothing around it */
    origin_list origins;  /* none: the lines are the file's */
    const char *wrapping; /* " in JSON lines", ..., or "" */
} unwrapped;

void unwrap(unwrapped *out, str text, arena *a);

/* Each false if the text has no such wrapping. */
bool journal_unwrap(unwrapped *out, str text, arena *a);
bool json_lines_unwrap(unwrapped *out, str text, arena *a);
bool line_prefix_unwrap(unwrapped *out, str text, arena *a);

#endif
