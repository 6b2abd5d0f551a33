/* Which statement has which text, and which logger has yet to show it: each logger shows a statement once.
 *
 * Texts are the same whose placeholders are: Django writes %s where djongo's own logger has %(0)s. */
#ifndef LOG_SHOWN_H
#define LOG_SHOWN_H

#include "model/statement.h"

/* A statement's index + 1, or 0. Half a size_t, for there is a shown_text for every text: a log of 2^32 statements would take
 * 500 GB. */
typedef uint32_t shown_number;

/* Of the statements with one text. */
typedef struct shown_text {
    uint64_t hash;
    shown_number newest;
    shown_number djongo, query; /* the newest of those that djongo showed and the query logger did not yet, and the reverse */
    shown_number schema;        /* and of those that the schema logger alone showed */
    uint32_t unprinted;         /* how many of earlier files the schema logger did not show */
} shown_text;

typedef struct shown {
    arena *arena;
    const raw_statement_list *statements;
    shown_text *slots;
    arena *slots_in;
    size_t n, cap;
    text one, other;         /* room for two texts that are compared */
    VEC(shown_number) below; /* for every statement the one below it on the stack that it is on */
} shown;

/* Of a text, whatever its placeholders look like. */
uint64_t shown_hash(shown *s, str sql);
/* That of the text, whose hash it is; made if there is none, and then `newest` must be set before the next call. Valid until
 * that. */
shown_text *shown_find(shown *s, str sql, uint64_t hash);
/* One of its stacks. */
void shown_push(shown *s, shown_number *stack, size_t statement);
size_t shown_pop(shown *s, shown_number *stack);

#endif
