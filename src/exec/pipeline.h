/* Aggregation pipelines. */
#ifndef EXEC_PIPELINE_H
#define EXEC_PIPELINE_H

#include "exec/run.h"

typedef struct pipeline {
    bson_t *stages;
    size_t n;
} pipeline;

pipeline pipeline_new(arena *a);
void pipeline_add(pipeline *p, const char *operator, const bson_t *argument);
void pipeline_add_number(pipeline *p, const char *operator, int64_t n);
/* What renames, fills and conversions before operation `end` make of the collection's documents, for looking at them before
 * anything is done. */
int pipeline_add_changes(pipeline *p, run *r, str collection, size_t end);

#endif
