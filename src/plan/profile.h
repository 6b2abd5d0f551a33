/* Server profiles: what makes two indexes the same, which options exist, limits. Each row's source stands beside it, and in
 * docs/profiles.md. */
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
    unsigned filter_operators; /* in a partialFilterExpression, bits: 1u << FILTER_EQ, ...; 0: there is none */
    bool partial_unique_only;  /* and a unique index alone may have one */
    size_t max_filter_depth;   /* AND and OR inside each other, as filter_depth counts */
    bool hashed;               /* hashed indexes exist */
    bool pipeline_updates;     /* an update may be an aggregation pipeline */
    bool rename_collection;
    size_t max_name_bytes;       /* of an index, with "database.collection.$" before it; 0: no limit */
    size_t max_namespace_bytes;  /* of "database.collection"; 0: no limit of its own */
    size_t max_collection_bytes; /* of a collection's name alone; 0: no limit of its own */
    size_t max_indexes;          /* of a collection, with _id_ */
    size_t max_fields;           /* of an index */
} profile;

const profile *profile_find(str name);
/* NULL ends the list. */
const profile *profile_at(size_t i);
static inline bool profile_partial(const profile *p) { return p->filter_operators != 0; }

/* What a server tells of itself. */
typedef struct server {
    str host;            /* of the URI, the first that is known for what it is; empty: none is */
    const char *product; /* "MongoDB", "FerretDB", ... */
    int major, minor;
    bool ferretdb;      /* buildInfo has ferretdbVersion (1.x) or ferretdb (2.x) */
    int ferretdb_major; /* 0: not told */
    bool documentdb;    /* buildInfo has internal, and no gitVersion: DocumentDB's own gateway */
} server;

/* Is it the name of a host at Azure or Amazon that tells which server it is? */
bool profile_host_is_telling(str host);
const profile *profile_detect(const server *s);

/* Does the first allow anything that the second does not? Then what was planned for it may be refused half way. */
bool profile_is_looser(const profile *p, const profile *than);

/* May both exist at once? Their keys are the same. */
bool profile_coexist(const profile *p, const index_spec *a, const index_spec *b);
/* The most bytes of a collection's name in the database. */
size_t profile_collection_bytes(const profile *p, str database);

#endif
