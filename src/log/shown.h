/* Which statement has which text, and which logger has yet to show it: each logger shows a statement once.
 *
 * Texts are the same whose placeholders are: Django writes %s where djongo's own logger has %(0)s. */
#ifndef LOG_SHOWN_H
#define LOG_SHOWN_H

#include "model/statement.h"

/* Of the statements with one text. The four are an index + 1, or 0. */
typedef struct shown_text {
    uint64_t hash;
    size_t newest;
    size_t djongo, query; /* the newest of those that djongo showed and the query logger did not yet, and the reverse */
    size_t schema;        /* and of those that the schema logger alone showed */
    size_t unprinted;     /* how many of earlier files the schema logger did not show */
} shown_text;

typedef struct shown {
    arena *arena;
    const raw_statement_list *statements;
    shown_text *slots;
    size_t n, cap;
    text one, other;   /* room for two texts that are compared */
    VEC(size_t) below; /* for every statement the one below it on the stack that it is on, as an index + 1 */
} shown;

/* Of a text, whatever its placeholders look like. */
uint64_t shown_hash(shown *s, str sql);
/* That of the text, whose hash it is; made if there is none, and then `newest` must be set before the next call. Valid until
 * that. */
shown_text *shown_find(shown *s, str sql, uint64_t hash);
/* One of its stacks. */
void shown_push(shown *s, size_t *stack, size_t statement);
size_t shown_pop(shown *s, size_t *stack);

#endif
