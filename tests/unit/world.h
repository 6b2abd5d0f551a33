/* A database in memory for tests of laws: a schema that plans are carried out on, with documents, and what its end state is. */
#ifndef TESTS_WORLD_H
#define TESTS_WORLD_H

#include "api/api.h"

typedef struct field {
    str name, value;
} field;

typedef struct document {
    VEC(field) fields;
} document;

typedef struct documents {
    str collection;
    VEC(document) at;
} documents;

typedef struct world {
    arena *arena;
    kf_schema *live;
    VEC(documents) collections;
    size_t stop_after; /* the next apply is cut off after so many operations; 0: it is not */
    bool cut;          /* of who made a name facts tell one thing: that it is somebody else's, by its index's form */
} world;

/* What came of one apply. */
typedef struct applied {
    bool stopped;
    bool impossible; /* the plan cannot be carried out */
    int status;
    size_t operations;
    size_t undone;         /* statements that are not satisfied, though there was no operation */
    str plan;              /* as explain plan shows it */
    VEC(finding) findings; /* withheld and errors; texts in the arena that was given */
    VEC(str) unclear;      /* tables whose renames cannot be told, under all names they had */
} applied;

/* Copies of one another share nothing. */
world world_new(arena *a);
world world_of(const kf_schema *live, arena *a);
world world_copy(const world *from, arena *a);
void world_free(world *w);
/* Into each live collection: one document with a value of its own in every column, one with nulls, and an empty one. */
void world_fill(world *w);
/* Plans statements [from, to) of the log and carries the plan out. */
applied world_apply(world *w, kf_log *log, size_t from, size_t to, const kf_plan_options *options, arena *a);

typedef enum fact_kind {
    FACT_TABLE,
    FACT_COLUMN,
    FACT_NAME,   /* what it is */
    FACT_SERVED, /* what indexes serve it */
    FACT_INDEX,
    FACT_DOCUMENT,
    FACT_MIGRATION /* object: app.name */
} fact_kind;

/* One line of an end state. */
typedef struct fact {
    fact_kind kind;
    str table, object; /* the column, the name, the index on the server */
    str line;          /* all that counts: no name on the server, no revision, no order */
} fact;

typedef VEC(fact) fact_list;

/* Sorted. What stands in it must be the same for two ends to be the same. */
void world_facts(fact_list *out, const world *w, arena *a);
/* Those of `of` that `without` lacks. */
void facts_less(fact_list *out, const fact_list *of, const fact_list *without, arena *a);

#endif
