/* What came of running a plan's operations. */
#ifndef PLAN_RESULT_H
#define PLAN_RESULT_H

#include "plan/plan.h"

/* Documents that are in the way. */
typedef struct sample {
    str value; /* JSON of what they hold; show only if asked to */
    int64_t count;
    VEC(str) ids; /* up to five of their _ids, JSON */
} sample;

typedef struct failure {
    size_t operation;
    kf_code code;
    int server_code;
    str message;
    VEC(sample) duplicates; /* up to five */
    sample unconverted;     /* whose values have no form in the new type; the first five of them. count 0: none */
} failure;

/* An operation that was not carried out because others had failed. */
typedef struct left_out {
    size_t operation;
    size_t because; /* the statement of one of those; SIZE_MAX: it is of none */
} left_out;

typedef struct run_result {
    arena *arena;
    size_t done;            /* operations carried out */
    VEC(failure) failures;  /* operations that did not work */
    VEC(left_out) left_out; /* and those that depend on such; everything else was done */
} run_result;

#endif
