/* Where a statement stands. */
#ifndef MODEL_SOURCE_H
#define MODEL_SOURCE_H

#include "base/arena.h"

typedef struct source {
    str file;    /* as the user named it */
    size_t line; /* 1 is the first: the line the SQL begins in */
} source;

#endif
