/* What came of running a plan's operations. */
#ifndef PLAN_RESULT_H
#define PLAN_RESULT_H

#include "plan/plan.h"

typedef struct duplicate {
    str value; /* JSON of the key's values; show only if asked to */
    int64_t count;
    VEC(str) ids; /* up to five sample _ids, JSON */
} duplicate;

typedef struct failure {
    size_t operation;
    kf_code code;
    int server_code;
    str message;
    VEC(duplicate) duplicates; /* up to five */
} failure;

typedef struct run_result {
    arena *arena;
    size_t done;           /* operations carried out */
    VEC(failure) failures; /* operations that did not work; everything else was done */
} run_result;

#endif
