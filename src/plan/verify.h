/* Is what is wanted there? A plan and its live schema → each wanted name, and what is live beside them. Pure. */
#ifndef PLAN_VERIFY_H
#define PLAN_VERIFY_H

#include "plan/plan.h"

typedef enum name_state {
    NAME_OK,
    NAME_FOLDED,       /* an index serves it that is called otherwise */
    NAME_MISSING,      /* no index serves it */
    NAME_DIFFERENT,    /* an index is there under its name, but another one */
    NAME_EXTRA,        /* live, and nobody wants it */
    NAME_SKIPPED,      /* passed over by a flag: the server cannot have it */
    NAME_NOT_ENFORCED, /* a foreign key, a check: known by name alone */
    NAME_STATES
} name_state;
const char *name_state_text(name_state state); /* "OK", "FOLDED", ... */

typedef struct verified_name {
    name_state state;
    str name;
    const struct name *wanted; /* NULL: an index that no name is known of, or a collection */
    const index_spec *index;   /* as it is wanted, or (extra) as it is; NULL: it has none */
    str served_by;             /* of what is served: the index's name on the server */
    str detail;                /* why, in words; may be empty */
    size_t statement;          /* that asked for it first; SIZE_MAX: none */
} verified_name;

typedef struct verified_collection {
    str name;
    bool missing;  /* it is not there */
    bool unwanted; /* it is there, and the whole of what is wanted does not speak of it */
    VEC(verified_name) names;
} verified_collection;

typedef struct verification {
    const plan *plan;
    VEC(verified_collection) collections;
    size_t counts[NAME_STATES];
    size_t unwanted;  /* collections */
    size_t elsewhere; /* operations of the plan on something else than names and indexes */
    size_t undecided; /* tables of which it cannot be told what is wanted */
} verification;

/* whole: what is wanted is all that there should be, so collections that it does not speak of are extra too. */
void verification_make(verification *out, const plan *p, const schema *live, bool whole, arena *a);
/* 0: each wanted name is served; 1; 3 and 4: what is wanted cannot be told, as kf_plan_status has it. */
int verification_status(const verification *v);

#endif
