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
    /* Of the history: history.c. */
    int64_t rev;        /* of its document, by now */
    size_t first, end;  /* the plan's renames */
    bool broken, begun; /* one of these did not work; they are noted in the document */
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
/* Notes that the operation is not done, for something before it did not work; because: a statement of that, or SIZE_MAX. */
void run_leave_out(run *r, size_t operation, size_t because);

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

/* fields.c: first..end are RENAME_FIELD, FILL_FIELD and UNSET_FIELD of one collection. */
int fields_change(run *r, size_t first, size_t end);
/* What the collection is called until the run renames it. */
str fields_collection_now(const run *r, str collection);
/* A unique index refused what the operation made of a document: noted. Some documents may be changed already. */
void fields_fail_duplicate(run *r, size_t at, const answer *x);
/* Before anything is done: a RENAME_FIELD of documents that hold both fields is noted as failed, and its collection given up.
 */
int fields_check(run *r, size_t at);

/* convert.c: CONVERT_FIELD. */
int convert_change(run *r, size_t at);
/* Before anything is done: values that do not convert, or would be duplicates, are noted, and the collection is given up. */
int convert_check(run *r, size_t at);

/* conversion.c: the field's value as one of the column's type; itself where it has no form in it. */
int conversion_append(arena *a, bson_t *b, const char *key, str field, str type, kf_error *err);
/* The BSON types ($type's names) that need no conversion: the type itself, and nulls. */
void conversion_append_types(bson_t *b, const char *key, str type);

/* history.c: before, and after, the operations first..end, which did (done) or did not work; and at the end of all. */
void history_look(run *r);
int history_begin(run *r, size_t first);
int history_note(run *r, size_t first, size_t end, bool done);
int history_finish(run *r);

/* documents.c: first..end are WRITE_DOCUMENT. */
int write_documents(run *r, size_t first, size_t end);
int remove_document(run *r, const operation *op);
/* The greatest number in a field, 0 if there is none. */
int documents_greatest(int64_t *out, connection *c, arena *a, str collection, str field, answer *x, kf_error *err);
int mend_counter(run *r, const operation *op);

/* migrations.c: first..end are WRITE_MIGRATION, or REMOVE_MIGRATION, all of them; without those that are left out. */
int migrations_write(run *r, size_t first, size_t end);
int migrations_remove(run *r, size_t first, size_t end);

/* duplicates.c: values that stand in several documents under a unique index; *total of them, the first five
 * in `out`. *total is 0 if there are none. */
enum { MAX_DUPLICATES = 10000 };
struct pipeline;
int duplicates_find(run *r, failure *out, size_t *total, str collection, const index_spec *index);
/* "2 values occur" */
str duplicates_count(arena *a, size_t total);
/* Finds them and fills in code and message. False in *found: there are none. */
int duplicates_report(run *r, failure *out, bool *found, str collection, const index_spec *index);
/* The same after what the stages make of the documents; for a server that has aggregation. */
int duplicates_foresee(run *r, failure *out, bool *found, str collection, const index_spec *index,
                       const struct pipeline *changes);

#endif
