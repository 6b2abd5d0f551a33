/* Undo files: what a repair takes, and what it makes instead. docs/json.md. */
#ifndef JSON_UNDO_H
#define JSON_UNDO_H

#include "plan/plan.h"

typedef struct undo_indexes {
    str collection;
    index_list gone; /* as they were, with their whole specs */
    index_list made;
} undo_indexes;

typedef struct undo_document {
    str name;    /* as the repair leaves it */
    str stored;  /* the document as it was, BSON; empty: there was none */
    int64_t rev; /* as the repair leaves it; 0: without */
} undo_document;

typedef struct undo {
    str database, host;
    VEC(undo_indexes) indexes;
    VEC(undo_document) documents;
} undo;

void json_write_undo(text *out, const plan *p, const schema *live);
/* KF_E_PLAN_INVALID. */
int json_read_undo(undo *out, str json, arena *a, kf_error *err);

/* Of a document of the catalog: its rev, 0 without; its counter, -1 without. */
int64_t json_document_rev(str stored);
int64_t json_document_seq(str stored);
/* It, with another counter. */
str json_document_with_seq(arena *a, str stored, int64_t seq);
/* Do two listIndexes documents say the same? v and ns are the server's own. */
bool json_spec_same(str a, str b);
/* For createIndexes. */
str json_spec_again(arena *a, const index_spec *x);

/* What came of it, one line each: as text for people, or JSON. */
typedef struct undo_report {
    VEC(str) done, left;
} undo_report;
void json_write_undo_report(text *out, const undo_report *r);

#endif
