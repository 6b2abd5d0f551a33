/* The catalog document of a table (docs/schema-document.md), as the server has it and as files have it; and
 * an index as files have it. They differ in rev (int64 on the server) and in auto, whose seq is null in a
 * file where the document has no counter. */
#ifndef JSON_DOCUMENT_H
#define JSON_DOCUMENT_H

#include "schema/schema.h"
#include <bson/bson.h>

/* Reads into t what is there; `code` is for errors, which name the table. Borrows from the document. */
int document_read(table *t, str document, arena *a, kf_code code, kf_error *err);
/* The file's form. */
str document_form(arena *a, const table *t, bool with_names);

/* Errors: `code`. Borrows from the document; an empty one is no history. */
int history_read(history *out, str document, arena *a, kf_code code, kf_error *err);
void history_append_members(bson_t *b, const history *h);

/* name, key, unique, sparse, hidden, filter, spec. */
void index_append_members(arena *a, bson_t *b, const index_spec *index, bool with_spec);
int index_read_form(index_spec **out, str form, arena *a, kf_code code, kf_error *err);

/* May keyfold make or drop an index of that name? "*" would be all indexes, and `_id_` is the server's own. */
bool index_name_is_possible(str s);

#endif
