/* What a database holds, put there and read whole: for throw-away databases that cases are run on. */
#ifndef EXEC_CONTENTS_H
#define EXEC_CONTENTS_H

#include "exec/exec.h"

/* A field's value in extended JSON. */
typedef struct stored_field {
    str name, value;
} stored_field;

typedef struct stored_document {
    VEC(stored_field) fields; /* with _id */
} stored_document;

typedef VEC(stored_document) stored_list;

/* The schema's collections, indexes and catalog, into a database that is empty. KF_E_SERVER for what it cannot hold. */
int contents_load(connection *c, const schema *s, arena *a, kf_error *err);
int contents_insert(connection *c, str collection, const stored_document *d, arena *a, kf_error *err);
/* By _id. */
int contents_read(stored_list *out, connection *c, str collection, arena *a, kf_error *err);
/* Of the connection; after an interruption too. */
int contents_drop(connection *c, arena *a, kf_error *err);

#endif
