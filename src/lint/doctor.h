/* The damage that djongo leaves in a database: findings, and the statements that mend them. Pure. */
#ifndef LINT_DOCTOR_H
#define LINT_DOCTOR_H

#include "lint/lint.h"

/* What the documents of a collection tell. */
typedef struct contents_fact {
    str collection;
    bool empty;
    VEC(str) fields;        /* of those that were looked at, without _id */
    VEC(str) absent;        /* columns and fields of indexes that no document has */
    VEC(str) strangers;     /* fields that are no columns; those of all documents */
    size_t other_strangers; /* and of some alone */
    str key;                /* the column that counts, or that __primary_key__ is on; empty: there is none */
    int64_t greatest;       /* of its numbers; 0: there are none */
    int64_t keyless;        /* documents without it; many are counted as one more than MOST_KEYLESS */
} contents_fact;
typedef VEC(contents_fact) contents_fact_list;
enum { MOST_KEYLESS = 1000 };

/* Values that stand in several documents under a unique index that a plan would build. */
typedef struct duplicate_fact {
    str collection, index;
    str count;  /* "2 values occur" */
    str values; /* some of them, to be shown only where that is asked for */
} duplicate_fact;
typedef VEC(duplicate_fact) duplicate_fact_list;

typedef struct doctor_options {
    const contents_fact_list *documents; /* NULL: nobody looked, and what only they tell is not found */
    const plan *wanted; /* of a log, or of Django's models, made against the schema; NULL: what should be there is not known */
    const profile *profile;
    lint_severity severities[LINT_CODES];
} doctor_options;

void doctor_schema(lint *out, const schema *s, const doctor_options *o, arena *a);
/* A document of the catalog for each table that a statement of ours speaks of. All statements, in the order in which they are
 * to be carried out; empty: none is needed. */
str doctor_statements(const lint *l, arena *a);
/* Documents break what the plan would build: the findings that it is for are not mended, and say why. False: none is. */
bool doctor_take_duplicates(lint *l, const plan *repair, const duplicate_fact_list *found, bool show_values, arena *a);
/* What statements cannot say, added to their plan; then plan_finish. */
void doctor_add_operations(plan *p, const lint *l, const schema *s);
/* The column that a field of an index was to be: `a" DESC` is a. */
str doctor_column(str field);
/* The column that counts, or that __primary_key__ is on; empty: there is none. */
str doctor_key(const table *t);

#endif
