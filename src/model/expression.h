/* SQL expressions: conditions now, everything else later. */
#ifndef MODEL_EXPRESSION_H
#define MODEL_EXPRESSION_H

#include "base/arena.h"

typedef enum expression_kind {
    EXPRESSION_COLUMN,    /* text: the column */
    EXPRESSION_LITERAL,   /* text: as written, unquoted; literal tells how it was written */
    EXPRESSION_PARAMETER, /* number: 1 is the first */
    EXPRESSION_OPERATOR,  /* text: =, <>, <, <=, >, >=, ...; two args */
    EXPRESSION_AND,
    EXPRESSION_OR,
    EXPRESSION_NOT,
    EXPRESSION_IS_NULL,
    EXPRESSION_IS_NOT_NULL,
    EXPRESSION_IN,        /* args[0] in the others */
    EXPRESSION_BETWEEN,   /* args[0] between args[1] and args[2] */
    EXPRESSION_OTHER      /* text: what it is, in words: "a function call" */
} expression_kind;

typedef enum literal_kind { LITERAL_STRING, LITERAL_NUMBER, LITERAL_BOOL, LITERAL_NULL } literal_kind;

typedef struct expression {
    expression_kind kind;
    literal_kind literal;
    int number;
    str text;
    size_t offset; /* in the statement's own text */
    VEC(struct expression *) args;
} expression;

/* Is all of it known, so that its dump is SQL that means the same? */
bool expression_is_known(const expression *e);
/* "status" = 'pending' AND "n" > 5 : canonical SQL. */
void expression_dump(text *out, const expression *e);

#endif
