/* What planning one table works on. Private to plan/. */
#ifndef PLAN_WORK_H
#define PLAN_WORK_H

#include "plan/plan.h"

struct target;

/* What a name (or a companion of one) asks of the server. */
typedef struct request {
    name *name;
    bool companion; /* plain on the key of a unique whose filter no query can use */
    bool pinned;    /* served by a live index that is not this run's to change */
    bool lost;      /* another takes its key pattern, under this profile */
    bool unique;
    filter filter;
    struct target *target; /* what serves it; NULL: nothing, and state says why */
    index_spec *live;      /* of a pinned one */
    const char *state;     /* "unserved", "withheld", "skipped" */
    kf_code code;
    str reason;
    name *instead; /* of one that is withheld: what is recorded of it, whose index has to be built anew */
} request;

/* An index as it shall be. */
typedef struct target {
    index_spec *want;
    index_spec *live;    /* it is there; then want is it */
    index_spec *old;     /* must give way to it first */
    index_spec *cleared; /* and this one too */
    bool pinned;
    VEC(request *) requests; /* the strongest first made it */
} target;

typedef struct work {
    plan *p;
    arena *a;
    schema *desired;
    table *wanted;                      /* in desired */
    const table *live;                  /* NULL: nothing is there. A view: under the names that its columns will have */
    const table *origin;                /* the same before its columns are renamed */
    str collection_from, document_from; /* the live table is called so; empty: as it shall be */
    bool replayed;                      /* a column's rename was done by an earlier run of the same log */
    VEC(str) moved_columns;             /* what renamed columns were called in the document */
    table *final;                       /* columns and names as they shall be */
    VEC(request *) requests;
    VEC(target *) targets;
    VEC(name *) kept_drops; /* live names that the log drops and that stay nevertheless */
    VEC(str) removed_columns, converted_columns;
    size_t records;        /* how often the document is written before the last time */
    const table *recorded; /* as what, last */
} work;

/* origin.c: the live table and columns that the wanted ones continue; false if that cannot be told (said, withheld). */
bool origin_find(work *w, const schema *live);
/* plan.c: does the live collection become another table? */
bool plan_is_taken(const plan *p, str collection);
/* frees_name: another collection is renamed to its name. */
void plan_drop_table(plan *p, const table *live, size_t statement, bool frees_name);
/* fields.c: operations on documents, and on the indexes in their way. */
void fields_plan(work *w);
/* convert.c: the values of columns whose type changes; what cannot follow keeps its type in `final`. */
void convert_plan(work *w);
/* Does the index hold values that are converted, or choose documents by them? */
bool convert_touches(const work *w, const index_spec *x);
/* Has a column of the name's condition another type than when its index was made? */
bool convert_retypes(const work *w, const name *n);
/* final.c: live and desired merged; verdicts of drops. */
void final_make(work *w);
/* The live name that a final one continues, or NULL. */
name *final_live_name(const work *w, const name *n);
/* Who made a live name that the log speaks of. */
maker final_maker(const work *w, const name *live);
/* record.c: the document as it is so far, for a run that is cut off. Planned where a rename is (`field`: the column's, or empty
 * for the table's), and where names would be lost; what is in it, when all else is planned, from operation `first` on. */
void record_add(work *w, str field, size_t statement);
void record_fill(work *w, size_t first);
/* Does the name use a column that goes from what is live? */
bool final_uses_removed(const work *w, const name *n);
/* A name as it will be recorded. */
name *final_copy(work *w, const name *n);
/* request.c */
void request_make_all(work *w);
/* condition.c: the filter that says `e` exactly; false with a reason if there is none. */
bool condition_to_filter(filter *out, str *reason, const expression *e, const table *t, const profile *p, arena *a);
/* fold.c: requests → targets, under the profile. */
void fold_requests(work *w);
/* naming.c: false if the collection's name leaves no room for an index's. */
bool naming_set(work *w, target *t);
/* diff.c: operations of this table's indexes; document.c: of its document. */
void diff_indexes(work *w);
bool document_column_same(const column *a, const column *b);
bool document_name_same(const name *a, const name *b);
/* Recorded as it shall be, or, in a database that djongo made, there under its own name. */
bool document_name_is_live(const work *w, const name *n);
/* The names as they shall be recorded; then, after the verdicts, the operation. The table's others are there, from `first` on. */
void document_settle(work *w);
void document_diff(work *w, size_t first);
/* commands.c: FLUSH and DROP DATABASE, where statements are carried out now. */
void commands_plan(plan *p, schema *desired);
/* verdict.c */
void verdict_set(work *w);
/* The request that a name itself makes (not its companion's), or NULL. */
request *request_of(const work *w, const name *n);
static inline bool request_left_out(const request *r) { return r && !r->target && r->code != KF_OK; }

/* migrations.c: the rows of django_migrations, when everything else is planned. */
void migrations_plan(plan *p, schema *desired, const schema *live);
/* One of them was left out when the plan ran. */
void migrations_withhold(plan *p, const operation *op, size_t because);

void work_find(work *w, finding_kind kind, kf_code code, const name *n, size_t statement, str message);
request *work_withhold(work *w, request *r, kf_code code, str reason);
static inline bool key_is_id(const key_pattern *k) {
    return k->fields.n == 1 && str_eq(k->fields.at[0].column, STR("_id")) && k->fields.at[0].direction != 0;
}

#endif
