/* Partial filter expressions in a canonical form: a conjunction of terms. */
#ifndef MODEL_FILTER_H
#define MODEL_FILTER_H

#include "model/value.h"

typedef enum filter_operator {
    FILTER_EQ,
    FILTER_LT,
    FILTER_LTE,
    FILTER_GT,
    FILTER_GTE,
    FILTER_IN,
    FILTER_EXISTS, /* true; $exists: false is never exact here and stays opaque */
    FILTER_TYPE,
    FILTER_OR
} filter_operator;

struct filter_term;

/* No term and nothing opaque: no filter at all. A live filter of another shape is kept whole in opaque (BSON bytes), and
 * equals only its like. */
typedef struct filter {
    VEC(struct filter_term) terms;
    str opaque;
} filter;

typedef struct filter_term {
    str field; /* empty for OR */
    filter_operator op;
    VEC(value) values;    /* one; for IN any number, sorted; none for EXISTS, TYPE and OR */
    type_set types;       /* for TYPE */
    VEC(filter) branches; /* for OR: two or more, sorted, none of them empty */
} filter_term;

/* "$eq", ... */
str filter_operator_text(filter_operator op);
static inline bool filter_none(const filter *f) { return f->terms.n == 0 && f->opaque.n == 0; }
/* The form in which filters are compared and dumped: nested OR is flat, x = 1 OR x = 2 is one IN, IN of one value an equality;
 * what another term implies is left out (a $type beside an equality that is of it, x > 0 beside x > 1); all is sorted. */
void filter_normalise(filter *f, arena *a);
/* Numbers compare as numbers: 1 is 1.0. */
int filter_cmp(const filter *a, const filter *b);
bool filter_uses(const filter *f, str field);
/* With all that hangs from it. */
filter filter_copy(const filter *f, arena *a);
/* Bits, 1u << FILTER_EQ and so on, of all operators in it. */
unsigned filter_operators(const filter *f);
/* As MongoDB counts it: 1 for a lone comparison, one more for each AND and OR around it. */
size_t filter_depth(const filter *f);
/* {"status": "pending", "user_id": {"$type": [...]}} in one line; not-null types print as "not null". */
void filter_dump(text *out, const filter *f);

#endif
