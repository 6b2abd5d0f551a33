/* One run of a plan. Steps return 0, EXEC_REPLAN or a negative code. */
#ifndef EXEC_RUN_H
#define EXEC_RUN_H

#include "exec/link.h"

/* No index: the collection's documents could not be changed, and nothing more is done to it. */
typedef struct failed_part {
    str collection, index;
} failed_part;

typedef struct run {
    connection *c;
    const plan *p;
    run_result *out;
    arena *arena;
    kf_error *err;
    VEC(failed_part) failed;
} run;

/* What to do about a command that did not work: later, or never. `what` `of`: "cannot build indexes of" "t".
 */
int run_trouble(run *r, const answer *x, const char *what, str of);
/* Somebody else came first: plan anew. */
bool run_is_race(const answer *x);
int run_replan(run *r, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Notes that an operation did not work, and which names are not written for it. */
void run_fail(run *r, const failure *f);
bool run_has_failed(const run *r, str collection); /* anything of it */
bool run_index_failed(const run *r, str collection, str index);
bool run_is_given_up(const run *r, str collection);
void run_give_up(run *r, str collection);

/* build.c: operations first..end are CREATE_INDEX and REPLACE_INDEX of one collection: one createIndexes. */
int build_indexes(run *r, size_t first, size_t end);
int build_catalog(run *r, size_t operation);
/* createIndexes, and a look at what the server made of it; x is the answer to the former. */
int build_specs(run *r, str collection, index_spec *const *specs, size_t n, answer *x);

/* replace.c: before the build the old index is dropped; if the new one is not built, the old one comes back. */
int replace_drop(run *r, size_t at);
int replace_put_back(run *r, size_t at);

/* collections.c */
int collections_create(run *r, const operation *op);
int collections_rename(run *r, const operation *op);
int collections_drop(run *r, const operation *op);
int collections_empty(run *r, const operation *op);
int collections_drop_database(run *r, const operation *op);

/* fields.c: RENAME_FIELD, FILL_FIELD, UNSET_FIELD. */
int fields_change(run *r, size_t at);
/* Before anything is done: a RENAME_FIELD of documents that hold both fields is noted as failed, and its collection given up.
 */
int fields_check(run *r, size_t at);

/* documents.c: first..end are WRITE_DOCUMENT. */
int write_documents(run *r, size_t first, size_t end);
int remove_document(run *r, const operation *op);

/* duplicates.c: values that stand in several documents under a unique index; *total of them, the first five
 * in `out`. *total is 0 if there are none. */
enum { MAX_DUPLICATES = 10000 };
int duplicates_find(run *r, failure *out, size_t *total, str collection, const index_spec *index);
/* Finds them and fills in code and message. False in *found: there are none. */
int duplicates_report(run *r, failure *out, bool *found, str collection, const index_spec *index);

#endif
