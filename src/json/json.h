/* Schema, plan and values to and from JSON and BSON. */
#ifndef JSON_JSON_H
#define JSON_JSON_H

#include "lint/doctor.h"
#include "plan/plan.h"
#include "plan/verify.h"

/* A schema file: docs/json.md. Errors: KF_E_SCHEMA_INVALID. */
int json_read_schema(schema *out, str json, kf_error *err);
void json_write_schema(text *out, const schema *s);

/* The version that plan files tell: KF_VERSION, from the build. */
#define JSON_WRITER KEYFOLD_VERSION

/* A plan: what `plan --json` prints and `-o` saves; reading gives a plan that can be executed (collections,
 * operations, fingerprint, options; statements' places, classes), but not of a text that hides values. Errors:
 * KF_E_PLAN_INVALID. */
void json_write_plan(text *out, const plan *p);
/* Of some of its operations, as a history keeps them: history.pending. */
str json_pending(const plan *p, size_t first, size_t end);
int json_read_plan(plan *out, str json, kf_error *err);

/* What `profiles --json` prints. */
void json_write_profiles(text *out);

/* A document's or an array's values, whatever their keys. KF_E_PARAMETERS. */
int json_values_from_bson(value_list *out, str bson, arena *a, kf_error *err);

/* What `verify --json` prints. */
void json_write_verification(text *out, const verification *v);

/* What `lint --json` and `lint --sarif` print. */
void json_write_lint(text *out, const lint *l);
void json_write_sarif(text *out, const lint *l);

/* What the answer to buildInfo tells; the host is left empty. */
void json_server_of(server *out, str info, arena *a);

/* BSON documents as bytes, for exec. */
/* The index's spec for createIndexes: {key, name, unique, partialFilterExpression}. */
str json_index_to_bson(arena *a, const index_spec *index);
/* The same in extended JSON, with all the options that a live one has. */
str json_index_spec(arena *a, const index_spec *index);
/* One document of listIndexes. Its whole spec is kept in ->spec. */
int json_index_from_bson(index_spec **out, str bson, arena *a, kf_error *err);
/* A catalog document → the table's columns, names, rev, has_auto, seq. */
int json_table_from_bson(table *out, str bson, arena *a, kf_error *err);
/* The history's document in the catalog. */
int json_history_from_bson(history *out, str bson, arena *a, kf_error *err);
/* A document of django_migrations → a row of the schema; borrowed. False: it has no app or name. */
bool json_migration_from_bson(schema *out, str document);
/* OPERATION_WRITE_DOCUMENT: the document to insert, or the filter and update (both BSON) where one is there.
 * flat: for a server that stores no arrays inside arrays (FerretDB 1), keys are [{column: "a", direction: 1},
 * ...]. */
str json_document_insert(arena *a, const operation *op, bool flat);
void json_document_update(arena *a, const operation *op, bool flat, str *filter, str *update);
/* OPERATION_MEND_COUNTER: the filter and update; the counter is at least seq then. */
void json_counter_update(arena *a, const operation *op, int64_t seq, str *filter, str *update);
/* The table's document as it stands: counter, rev and all. */
str json_document_whole(arena *a, const table *t, bool flat);
/* A value in extended JSON. */
str json_value(arena *a, const value *v);
/* The filter alone: of the document that has base_rev, for OPERATION_REMOVE_DOCUMENT too. */
str json_document_match(arena *a, const operation *op);

#endif
