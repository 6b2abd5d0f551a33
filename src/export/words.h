/* What the forms share: quoting, and how a schema is gone through. */
#ifndef EXPORT_WORDS_H
#define EXPORT_WORDS_H

#include "export/export.h"

/* "a""b", 'it''s' */
void word_identifier(text *out, str s);
void word_string(text *out, str s);
/* In a comment to the end of the line. */
void word_comment(text *out, str s);
/* "a", "b" DESC */
void word_key(text *out, const key_pattern *k);
void word_columns(text *out, const str *at, size_t n);
/* As a string of Python and JavaScript alike. */
void word_script_string(text *out, str s);

/* By name. */
table **export_tables(arena *a, const schema *s);
/* Those whose index is called after them first: what is made again is called so again. */
name **export_names(arena *a, const table *t);
/* A name that is taken from a live index (nobody recorded it) of which SQL cannot say all: the index; or NULL. */
const index_spec *export_unsaid(const table *t, const name *n);
/* Is every field of the key ascending or descending? */
bool export_is_ordered(const key_pattern *k);
/* The primary key's name, or NULL. */
const name *export_primary(const table *t);
/* A default as it stands in the catalog → its value by the column's type. False: it is none that can be told. */
bool export_default(value *out, const column *c, arena *a);

void export_sql(text *out, const schema *s);
void export_postgresql(text *out, const schema *s);
void export_pymongo(text *out, const schema *s);
void export_mongosh(text *out, const schema *s);
void export_django_mongodb(text *out, const schema *s);

#endif
