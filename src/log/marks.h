/* Which lines of a log begin what. */
#ifndef LOG_MARKS_H
#define LOG_MARKS_H

#include "base/str.h"

typedef enum mark_kind {
    MARK_SQL, /* djongo's three stand before what they announce */
    MARK_REFUSED,
    MARK_CREATED,
    MARK_SCHEMA, /* Django's two stand behind the SQL */
    MARK_QUERY,
    MARK_NONE
} mark_kind;

typedef struct mark {
    mark_kind kind;
    size_t at, after; /* in the line: where the mark stands, and what it announces */
} mark;

/* djongo's first mark in the line that is not inside a quoted value: other loggers show users' data, which may
 * hold anything. */
mark mark_find(str line);

/* Walks a text from mark to mark; what lies between is searched once for each kind. */
typedef struct mark_search {
    str bytes;
    size_t next[MARK_NONE];
} mark_search;

mark_search mark_search_start(str bytes);
/* Where the next candidate stands, quoted or not, or SIZE_MAX. `from` never goes back. */
size_t mark_next(mark_search *s, size_t from);
/* Whether one of djongo's may stand between the two. It looks ahead for these alone: the others may still be asked for from
 * further back. */
bool mark_djongo_between(mark_search *s, size_t from, size_t to);

/* Whether a line begins another record, rather than going on with one that began with `prefix`. */
bool line_is_record(str line, str prefix);
/* Of the query logger's line the offset after "(0.019) ", or SIZE_MAX. */
size_t line_after_duration(str line, double *seconds);
/* Where a colour (ESC [ numbers m) begins that the text ends with; its length if there is none. */
size_t before_colour(str s);
/* The line from `at` on, without its end and the colours before that; *next is where the following one begins. */
str line_at(str bytes, size_t at, size_t *next);
/* Where the line begins that `at` is in, looking back no further than `floor`. */
size_t line_start(str bytes, size_t at, size_t floor);
/* How much of the line looks like the sample: any number stands for any other, and so do the names of months. SIZE_MAX if the
 * sample goes on where the line does not. */
size_t line_shape(str line, str sample);

#endif
