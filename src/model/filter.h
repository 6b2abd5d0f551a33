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
    FILTER_TYPE
} filter_operator;

typedef struct filter_term {
    str field;
    filter_operator op;
    VEC(value) values; /* one; for IN any number, sorted; none for EXISTS and TYPE */
    type_set types;    /* for TYPE */
} filter_term;

/* No term and nothing opaque: no filter at all. A live filter of another shape is kept whole in opaque (BSON bytes), and
 * equals only its like. */
typedef struct filter {
    VEC(filter_term) terms;
    str opaque;
} filter;

static inline bool filter_none(const filter *f) { return f->terms.n == 0 && f->opaque.n == 0; }
/* Sorts the terms, takes out repeated ones and those that another implies (a $type beside an equality on its field that
 * the equal value is of). Filters are compared and dumped in this form. */
void filter_normalise(filter *f);
int filter_cmp(const filter *a, const filter *b);
bool filter_uses(const filter *f, str field);
/* {"status": "pending", "user_id": {"$type": [...]}} in one line; not-null types print as "not null". */
void filter_dump(text *out, const filter *f);

#endif
