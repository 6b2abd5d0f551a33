#include "plan/profile.h"

#define COMPARISONS (1u << FILTER_EQ | 1u << FILTER_LT | 1u << FILTER_LTE | 1u << FILTER_GT | 1u << FILTER_GTE)
#define MONGODB_OPERATORS (COMPARISONS | 1u << FILTER_EXISTS | 1u << FILTER_TYPE)

static const profile profiles[] = {
    {.name = "mongodb-6.0+",
     .title = "MongoDB 6.0 and later: as 5.0, and IN and OR in filters",
     .source = "MongoDB manual 6.0: partial indexes; MongoDB's own test index_partial_create_drop.js (depth); observed on "
               "SecantusDB 0.7.0b3",
     .unique_distinct = true,
     .filter_distinct = true,
     .collation_distinct = true,
     .filter_operators = MONGODB_OPERATORS | 1u << FILTER_IN | 1u << FILTER_OR,
     .max_filter_depth = 4,
     .hashed = true,
     .pipeline_updates = true,
     .rename_collection = true,
     .max_namespace_bytes = 255,
     .max_indexes = 64,
     .max_fields = 32},
    {.name = "mongodb-5.0+",
     .title = "MongoDB 5.0 and later: unique, filter and collation tell indexes of one key pattern apart",
     .source = "MongoDB manual 5.0: indexes, partial indexes, limits",
     .unique_distinct = true,
     .filter_distinct = true,
     .collation_distinct = true,
     .filter_operators = MONGODB_OPERATORS,
     .max_filter_depth = 2,
     .hashed = true,
     .pipeline_updates = true,
     .rename_collection = true,
     .max_namespace_bytes = 255,
     .max_indexes = 64,
     .max_fields = 32},
    {.name = "mongodb-4.2",
     .title = "MongoDB 4.2 to 4.4: one index a key pattern and collation",
     .source = "MongoDB manual 4.2: createIndexes, partial indexes, limits (the namespace may have 255 bytes from 4.4 on)",
     .collation_distinct = true,
     .filter_operators = MONGODB_OPERATORS,
     .max_filter_depth = 2,
     .hashed = true,
     .pipeline_updates = true,
     .rename_collection = true,
     .max_namespace_bytes = 120,
     .max_indexes = 64,
     .max_fields = 32},
    {.name = "mongodb-4.0",
     .title = "MongoDB up to 4.0: one index a key pattern and collation, short names",
     .source = "MongoDB manual 4.0: createIndexes, partial indexes, limits",
     .collation_distinct = true,
     .filter_operators = MONGODB_OPERATORS,
     .max_filter_depth = 2,
     .hashed = true,
     .rename_collection = true,
     .max_name_bytes = 127,
     .max_namespace_bytes = 120,
     .max_indexes = 64,
     .max_fields = 32},
    {.name = "documentdb",
     .title = "DocumentDB for PostgreSQL, and what runs on it (FerretDB 2, Azure DocumentDB): as MongoDB 5.0",
     .source = "observed (error 67 for $in, $or, $ne, $not in filters); its source: create_indexes.c (hashed)",
     .unique_distinct = true,
     .filter_distinct = true,
     .collation_distinct = true,
     .filter_operators = MONGODB_OPERATORS,
     .max_filter_depth = 2,
     .hashed = true,
     .pipeline_updates = true,
     .rename_collection = true,
     .max_namespace_bytes = 255,
     .max_indexes = 64,
     .max_fields = 32},
    {.name = "amazon-documentdb",
     .title = "Amazon DocumentDB 5.0 and later, instance-based: filters tell indexes of one key pattern apart, short names",
     .source = "its developer guide: partial index, limits, functional differences",
     .filter_distinct = true,
     .filter_operators = COMPARISONS | 1u << FILTER_EXISTS,
     .max_filter_depth = 2,
     .rename_collection = true,
     .max_name_bytes = 127,
     .max_namespace_bytes = 120,
     .max_indexes = 64,
     .max_fields = 32},
    {.name = "amazon-documentdb-4.0",
     .title = "Amazon DocumentDB 3.6, 4.0 and elastic clusters: one index a key pattern, no partial indexes, short names",
     .source = "its developer guide: partialFilterExpression (not before 5.0), limits, functional differences",
     .rename_collection = true,
     .max_name_bytes = 127,
     .max_namespace_bytes = 120,
     .max_indexes = 64,
     .max_fields = 32},
    {.name = "cosmos",
     .title = "Azure Cosmos DB for MongoDB (RU): one index a key pattern, unique indexes only while the collection is empty",
     .source = "Azure's documentation: feature-support-70, indexing, concepts-limits",
     .filter_operators = MONGODB_OPERATORS,
     .partial_unique_only = true,
     .max_filter_depth = 2,
     .max_collection_bytes = 255,
     .max_indexes = 500,
     .max_fields = 8},
    {.name = "ferretdb-1",
     .title = "FerretDB 1.x: one index a key pattern, no partial indexes",
     .source = "observed on FerretDB 1.24.0",
     .rename_collection = true,
     .max_collection_bytes = 235,
     .max_indexes = 64,
     .max_fields = 32},
};

const profile *profile_at(size_t i) { return i < sizeof profiles / sizeof *profiles ? &profiles[i] : NULL; }

const profile *profile_find(str name) {
    for (size_t i = 0; profile_at(i); i++)
        if (str_eq(name, str_of(profiles[i].name))) return &profiles[i];
    return NULL;
}

/* ---- which one it is ---- */

/* Both services answer buildInfo as MongoDB does, so the name of the host has to tell. MongoDB's own drivers go by these
 * endings too (specifications, logging: "third-party hosts"); the first that fits counts. */
static const struct {
    const char *ending, *profile, *before_5;
} hosts[] = {
    {".mongocluster.cosmos.azure.com", "documentdb", NULL},
    {".cosmos.azure.com", "cosmos", NULL},
    {".documents.azure.com", "cosmos", NULL},
    {".docdb-elastic.amazonaws.com", "amazon-documentdb-4.0", NULL},
    {".docdb.amazonaws.com", "amazon-documentdb", "amazon-documentdb-4.0"},
};

static bool ends_with(str host, str ending) {
    return host.n > ending.n && str_eq_nocase(str_from(host, host.n - ending.n), ending);
}

static const profile *by_host(const server *s) {
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++)
        if (ends_with(s->host, str_of(hosts[i].ending)))
            return profile_find(str_of(hosts[i].before_5 && s->major < 5 ? hosts[i].before_5 : hosts[i].profile));
    return NULL;
}

bool profile_host_is_telling(str host) { return by_host(&(server){.host = host}) != NULL; }

/* Newest first. */
static const struct {
    int major, minor;
    const char *profile;
} versions[] = {{6, 0, "mongodb-6.0+"}, {5, 0, "mongodb-5.0+"}, {4, 2, "mongodb-4.2"}, {0, 0, "mongodb-4.0"}};

const profile *profile_detect(const server *s) {
    const profile *p = by_host(s);
    if (p) return p;
    if (s->ferretdb) return profile_find(s->ferretdb_major >= 2 ? STR("documentdb") : STR("ferretdb-1"));
    if (s->documentdb) return profile_find(STR("documentdb"));
    size_t i = 0, oldest = sizeof versions / sizeof *versions - 1;
    while (i < oldest && (s->major < versions[i].major || (s->major == versions[i].major && s->minor < versions[i].minor))) i++;
    return profile_find(str_of(versions[i].profile));
}

/* ---- rules ---- */

bool profile_is_looser(const profile *p, const profile *than) {
    return (p->filter_operators & ~than->filter_operators) || (p->hashed && !than->hashed) ||
           (p->unique_distinct && !than->unique_distinct) || (p->filter_distinct && !than->filter_distinct);
}

bool profile_coexist(const profile *p, const index_spec *a, const index_spec *b) {
    if (p->unique_distinct && (a->unique != b->unique || a->sparse != b->sparse)) return true;
    if (p->filter_distinct && filter_cmp(&a->filter, &b->filter) != 0) return true;
    /* Of indexes with options of their own, those that are not only TTL have another collation or kind of key. */
    return p->collation_distinct && (a->ordinary || a->special_full) != (b->ordinary || b->special_full);
}

size_t profile_collection_bytes(const profile *p, str database) {
    size_t most = p->max_collection_bytes ? p->max_collection_bytes : SIZE_MAX, dot = database.n + 1;
    if (p->max_namespace_bytes && p->max_namespace_bytes - dot < most) most = p->max_namespace_bytes - dot;
    return most;
}
