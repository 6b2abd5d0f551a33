/* SQL expressions: conditions now, everything else later. */
#ifndef MODEL_EXPRESSION_H
#define MODEL_EXPRESSION_H

#include "model/value.h"

typedef enum expression_kind {
    EXPRESSION_COLUMN,    /* text: the column */
    EXPRESSION_LITERAL,   /* text: as written, unquoted; literal tells how it was written */
    EXPRESSION_PARAMETER, /* number: 1 is the first; value: what was given for it, NULL if nothing was told */
    EXPRESSION_OPERATOR,  /* text: =, <>, <, <=, >, >=, ...; two args */
    EXPRESSION_AND,
    EXPRESSION_OR,
    EXPRESSION_NOT,
    EXPRESSION_IS_NULL,
    EXPRESSION_IS_NOT_NULL,
    EXPRESSION_IN,      /* args[0] in the others */
    EXPRESSION_BETWEEN, /* args[0] between args[1] and args[2] */
    EXPRESSION_OTHER    /* text: what it is, in words: "a function call" */
} expression_kind;

typedef enum literal_kind { LITERAL_STRING, LITERAL_NUMBER, LITERAL_BOOL, LITERAL_NULL } literal_kind;

typedef struct expression {
    expression_kind kind;
    literal_kind literal;
    int number;
    str text;
    const value *value;
    size_t offset; /* in the text that was given */
    VEC(struct expression *) args;
} expression;

typedef VEC(expression *) expression_list;

/* What a constant (a literal, or a parameter that was given) is worth in a column of a type: value_of_raw's rules for a
 * literal, a parameter as it is. False for everything else, and for what is no value of that type. */
bool expression_value(value *out, const expression *e, str type, arena *a);
/* Is all of it known, so that its dump is SQL that means the same? */
bool expression_is_known(const expression *e);
/* Does it speak of the column? */
bool expression_uses(const expression *e, str column);
/* "status" = 'pending' AND "n" > 5 : canonical SQL. A parameter that was given is the constant that it stands for. */
void expression_dump(text *out, const expression *e);

#endif
