/* Private to the dialect stage: how deep a statement makes libpg_query recurse.
 *
 * It recurses over the parse tree when it writes and reads protobuf, on a stack that an in-process host cannot grow.
 * The tokens alone bound the depth of that tree: a chain of n operators is at most n deep, whatever binds tighter;
 * calls, casts, CASE, subselects and rows (a, b) add a level each. Lists, flat AND and OR, and parentheses around one
 * thing add none. */
#ifndef DIALECT_NESTING_H
#define DIALECT_NESTING_H

#include "dialect/dialect.h"

typedef struct nesting_frame {
    char opened_by; /* '(', '[', 'C' for CASE; 0 for the statement itself */
    size_t outside; /* levels around it */
    size_t weight;  /* levels that it is itself */
    size_t chain;   /* operators since the last comma, AND or OR */
    size_t inner;   /* the deepest bracket since then */
    size_t deepest; /* of all before */
    bool has_and, has_or;
    bool is_row; /* plain parentheses with a comma */
} nesting_frame;

typedef struct nesting {
    VEC(nesting_frame) frames;
    token last;
    size_t limit;
    arena *arena;
} nesting;

/* Takes the next token; false if the limit is passed with it. */
bool nesting_add(nesting *n, const token *t);

#endif
