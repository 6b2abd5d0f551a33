/* Filling a kf_error. */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include "base/str.h"
#include <keyfold/error.h>

/* Each returns -code, for `return fail(err, ...)`; err may be NULL. A control character in the message is made a '?',
 * and so is what is no UTF-8 (logs are hostile, terminals obey). */
int fail(kf_error *err, kf_code code, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* The same with a place: an offset into whole; line and column are counted from it. */
int fail_at(kf_error *err, kf_code code, str whole, size_t offset, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
/* Out of memory. */
int fail_memory(kf_error *err);

#endif
