/* Dates of the proleptic Gregorian calendar, as Python's datetime has them. */
#ifndef MODEL_CALENDAR_H
#define MODEL_CALENDAR_H

#include "base/str.h"
#include <stdint.h>

typedef struct moment {
    int64_t year, month, day, hour, minute, second, microsecond;
    int64_t offset; /* seconds east of UTC */
} moment;

/* What djongo stores a time of day as: that time on this day. */
#define MOMENT_OF_TIME ((moment){.year = 1900, .month = 1, .day = 1})

/* Milliseconds since 1970, UTC; what is below a millisecond is cut off, as pymongo does. False for no such date or time (years
 * 1 to 9999). */
bool moment_to_ms(int64_t *out, const moment *m);
/* 2026-11-22 07:00:09.337466+00:00, and with less behind it or without a date: Python's str() of a datetime, date or time, and
 * ISO 8601. */
bool moment_read(moment *out, str text);

#endif
