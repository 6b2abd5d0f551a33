/* Server profiles: what makes two indexes the same, which options exist, limits. Data from MongoDB's manual (indexes,
 * partial indexes, limits) and from observation of the servers; docs/profiles.md. */
#ifndef PLAN_PROFILE_H
#define PLAN_PROFILE_H

#include "base/error.h"
#include "model/schema_objects.h"

typedef struct profile {
    const char *name;
    const char *title;
    const char *source; /* of what is said here */
    /* Two indexes of one key pattern may stand side by side if this differs: */
    bool unique_distinct, filter_distinct, collation_distinct;
    bool pipeline_updates;          /* an update may be an aggregation pipeline */
    bool partial;                   /* partialFilterExpression exists */
    unsigned filter_operators;      /* bits: 1u << FILTER_EQ, ... */
    size_t max_name_bytes;          /* of an index, with "database.collection.$" before it; 0: no limit */
    size_t max_indexes, max_fields; /* of a collection with _id_, of an index */
} profile;

const profile *profile_find(str name);
/* NULL ends the list. */
const profile *profile_at(size_t i);
/* The profile of a server by its buildInfo: version "6.0.5" or so, ferret: the answer has a ferretdbVersion field. */
const profile *profile_detect(const int version[2], bool ferret);

/* May both exist at once? Their keys are the same. */
bool profile_coexist(const profile *p, const index_spec *a, const index_spec *b);

#endif
