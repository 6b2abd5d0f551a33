#include "plan/profile.h"

#define COMPARISONS (1u << FILTER_EQ | 1u << FILTER_LT | 1u << FILTER_LTE | 1u << FILTER_GT | 1u << FILTER_GTE)
#define MONGODB_OPERATORS (COMPARISONS | 1u << FILTER_EXISTS | 1u << FILTER_TYPE)

static const profile profiles[] = {
    {.name = "mongodb-5.0+",
     .title = "MongoDB 5.0 and later: unique, filter and collation tell indexes of one key pattern apart",
     .source = "MongoDB manual: indexes, partial indexes, limits; observed on SecantusDB 0.7.0b3",
     .unique_distinct = true,
     .filter_distinct = true,
     .collation_distinct = true,
     .pipeline_updates = true,
     .partial = true,
     .filter_operators = MONGODB_OPERATORS,
     .max_indexes = 64,
     .max_fields = 32},
    {.name = "mongodb-4.2",
     .title = "MongoDB 4.2 to 4.4: one index a key pattern and collation",
     .source = "MongoDB manual 4.2: createIndexes, limits",
     .collation_distinct = true,
     .pipeline_updates = true,
     .partial = true,
     .filter_operators = MONGODB_OPERATORS,
     .max_indexes = 64,
     .max_fields = 32},
    {.name = "mongodb-4.0",
     .title = "MongoDB up to 4.0: one index a key pattern and collation, short index names",
     .source = "MongoDB manual 4.0: createIndexes, limits (127 bytes with the namespace)",
     .collation_distinct = true,
     .partial = true,
     .filter_operators = MONGODB_OPERATORS,
     .max_name_bytes = 127,
     .max_indexes = 64,
     .max_fields = 32},
    {.name = "documentdb",
     .title = "DocumentDB (PostgreSQL): as MongoDB 5.0, but for filters with $in, $or, $ne and $not",
     .source = "observed: docs/profiles.md",
     .unique_distinct = true,
     .filter_distinct = true,
     .collation_distinct = true,
     .pipeline_updates = true,
     .partial = true,
     .filter_operators = MONGODB_OPERATORS,
     .max_indexes = 64,
     .max_fields = 32},
    {.name = "amazon-documentdb",
     .title = "Amazon DocumentDB: one index a key pattern, no partial indexes, short index names",
     .source = "docs/profiles.md",
     .max_name_bytes = 127,
     .max_indexes = 64,
     .max_fields = 32},
    {.name = "ferretdb-1",
     .title = "FerretDB 1.x: one index a key pattern, no partial indexes",
     .source = "observed on FerretDB 1.24.0",
     .max_indexes = 64,
     .max_fields = 32},
};

const profile *profile_at(size_t i) { return i < sizeof profiles / sizeof *profiles ? &profiles[i] : NULL; }

const profile *profile_find(str name) {
    for (size_t i = 0; profile_at(i); i++)
        if (str_eq(name, str_of(profiles[i].name))) return &profiles[i];
    return NULL;
}

const profile *profile_detect(const int version[2], bool ferret) {
    if (ferret) return profile_find(STR("ferretdb-1"));
    if (version[0] >= 5) return profile_find(STR("mongodb-5.0+"));
    bool four_two = version[0] == 4 && version[1] >= 2;
    return profile_find(four_two ? STR("mongodb-4.2") : STR("mongodb-4.0"));
}

bool profile_coexist(const profile *p, const index_spec *a, const index_spec *b) {
    if (p->unique_distinct && (a->unique != b->unique || a->sparse != b->sparse)) return true;
    if (p->filter_distinct && filter_cmp(&a->filter, &b->filter) != 0) return true;
    /* Of indexes with options of their own, those that are not only TTL have another collation or kind of key. */
    return p->collation_distinct && (a->ordinary || a->special_full) != (b->ordinary || b->special_full);
}
