/* libkeyfold: djongo's schema SQL → MongoDB indexes.
 *
 * Read logs into a kf_log, take the live side as a kf_schema (a database's snapshot, a schema file, or an empty one), make a
 * kf_plan of the two, look at it, apply it.
 *
 * Functions return 0, or a negative kf_code with *err filled in; err may be NULL. Out-parameters come first and are NULL after
 * an error. What a function returns through `**out` is the caller's and is freed by the type's own _free (NULL is allowed);
 * what it returns as `const` is borrowed from the handle that it was asked of and lives as long as that. Text is UTF-8 with a
 * length in bytes. The library never prints, exits or keeps global state.
 *
 * Handles are not shared between threads without a lock; different handles are independent. A function that changes a handle
 * while another thread does so returns KF_E_IN_USE, and so does one that is given a kf_database that was opened before a fork;
 * such a database can be freed. After an error a handle is what it was before the call, and can be used again.
 *
 * A pointer that may not be NULL and is gives KF_E_USAGE. Of a NULL handle counts are 0, texts "", statuses 2, a plan is
 * stopped; a finding, failure or file that is asked for beyond the last is all zeros, its texts "" (statement and file NULL).
 * An options struct begins with its size: KF_E_USAGE if that is less than this header's first version had, or if what lies
 * beyond this version's is not all zeros. */
#ifndef KEYFOLD_H
#define KEYFOLD_H

#include <keyfold/error.h>
#include <keyfold/progress.h>
#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Of this header: MAJOR.MINOR.PATCH. */
#define KF_VERSION "0.1.0"
/* Of the library that is linked; it lives as long as the program. */
KF_API const char *kf_version(void);

/* Statements, read. */
typedef struct kf_log kf_log;
/* Collections, indexes and names: what is there, or in memory. */
typedef struct kf_schema kf_schema;
/* What is to be done, and what came of each statement. */
typedef struct kf_plan kf_plan;
/* A connection to a database. */
typedef struct kf_database kf_database;
/* What was done. */
typedef struct kf_result kf_result;

/* Text that the caller frees with kf_text_free; NUL-terminated beyond its length. */
typedef struct kf_text {
    char *data;
    size_t length;
} kf_text;
/* Frees data, and empties it. NULL is nothing. */
KF_API void kf_text_free(kf_text *text);

/* ---- logs: statements read ---- */

/* An empty one. KF_E_MEMORY. */
KF_API int kf_log_new(kf_log **out, kf_error *err);
/* NULL is nothing. Plans that were made from it live on. */
KF_API void kf_log_free(kf_log *log);
/* Adds the statements of a log or SQL text in any form (docs/logging.md); `name` is how messages call it. The bytes are copied.
 * KF_E_EMPTY_FILE, KF_E_ENCODING, KF_E_DAMAGED, KF_E_TOO_LARGE, KF_E_TRUNCATED. */
KF_API int kf_log_add(kf_log *log, const char *name, const char *bytes, size_t length, kf_error *err);
/* The same from a file: KF_E_FILE_MISSING, KF_E_FILE_UNREADABLE, KF_E_IS_DIRECTORY as well. */
KF_API int kf_log_add_file(kf_log *log, const char *path, kf_error *err);
/* Adds one SQL text that is at hand, which may hold several statements. params: the bytes of a BSON document or array whose
 * values are the parameters in order, whatever its keys are, for %s, %(0)s or $1; NULL: none. Both are copied. KF_E_PARAMETERS
 * if it is no BSON. */
KF_API int kf_log_add_statement(kf_log *log, const char *sql, size_t length, const void *params, size_t params_length,
                                kf_error *err);
/* From then on the watcher is told how far reading is, every 128 kB at most (keyfold/progress.h); NULL: nobody is. KF_E_IN_USE.
 */
KF_API int kf_log_watch(kf_log *log, kf_watcher *watcher, void *context, kf_error *err);
/* Statements read so far. */
KF_API size_t kf_log_count(const kf_log *log);

/* What an added text was found to be. */
typedef struct kf_log_file {
    const char *name;
    const char *form;        /* who wrote it, and around it: "SQL", "djongo log", "schema+query log in JSON lines", ... */
    const char *encoding;    /* "utf-8", "utf-16le", "utf-16be", "latin-1" */
    const char *compression; /* "none", "gzip", "zstd" */
    size_t statements;       /* that it has and no text added earlier had */
    size_t lines;
} kf_log_file;
/* Texts and files added so far. */
KF_API size_t kf_log_file_count(const kf_log *log);
/* n < kf_log_file_count(log). The texts live as long as the log. */
KF_API void kf_log_file_at(kf_log_file *out, const kf_log *log, size_t n);

/* ---- schemas: the live side ---- */

/* An empty one. */
KF_API int kf_schema_new(kf_schema **out, kf_error *err);
/* NULL is nothing. Plans that were made against it live on. */
KF_API void kf_schema_free(kf_schema *schema);
/* From and to JSON (docs/json.md). KF_E_SCHEMA_INVALID with its place. */
KF_API int kf_schema_read(kf_schema **out, const char *json, size_t length, kf_error *err);
/* Into text that the caller frees. KF_E_MEMORY. */
KF_API int kf_schema_write(kf_text *out, const kf_schema *schema, kf_error *err);

/* The schema in a form that others read: to is "json", as kf_schema_write; "sql", which
 * kf_log_add reads; "postgresql", DDL; "pymongo" or "mongosh", a script that makes the same collections and indexes;
 * "django-mongodb-backend", one for Django's official backend. KF_E_USAGE for what is no form. */
KF_API int kf_schema_export(kf_text *out, const kf_schema *schema, const char *to, kf_error *err);

/* How a database is opened. */
typedef struct kf_database_options {
    size_t size;             /* sizeof(kf_database_options) */
    const char *database;    /* NULL: the URI's path */
    int timeout_s;           /* how long to look for the server; 0: 10 */
    const bool *interrupted; /* looked at between two commands: true ends with KF_E_INTERRUPTED; NULL: never */
    /* How many collections are read, or their indexes built, at once: each has a connection of its own, and a thread that lives
     * as long as the call and blocks all signals. 0 and 1: the library starts no thread, unless
     * it is watched. 64 at most. */
    int jobs;
} kf_database_options;
/* The defaults. */
#define KF_DATABASE_OPTIONS                                                                                                    \
    { sizeof(kf_database_options), NULL, 0, NULL, 0 }

/* Connects and asks the server for its version. KF_E_URI_INVALID, KF_E_NO_DATABASE, KF_E_DATABASE_NAME,
 * KF_E_CONNECTION, KF_E_AUTHENTICATION. */
KF_API int kf_database_open(kf_database **out, const char *uri, const kf_database_options *options, kf_error *err);
/* Ends the connections. NULL is nothing. */
KF_API void kf_database_free(kf_database *database);
/* The URI without its password. */
KF_API const char *kf_database_uri(const kf_database *database);
/* The database that is meant. It lives as long as the handle, as do these others. */
KF_API const char *kf_database_name(const kf_database *database);
/* The profile that the server was found to be of: a kf_profile_name. */
KF_API const char *kf_database_profile(const kf_database *database);
/* What the server calls itself, with its version. */
KF_API const char *kf_database_server(const kf_database *database);
/* From then on the watcher is told how far snapshots and runs are (keyfold/progress.h); NULL: nobody is. While a watched plan
 * runs, the library has a thread, and a connection that asks for currentOp once a build takes longer than a second.
 * KF_E_IN_USE.
 */
KF_API int kf_database_watch(kf_database *database, kf_watcher *watcher, void *context, kf_error *err);
/* Commands sent so far, by the driver's monitoring; without those that only ask how it is (ping, currentOp). */
KF_API void kf_database_commands(const kf_database *database, size_t *read, size_t *write);
/* All of the database as it is now; the caller frees it. Errors of the server. */
KF_API int kf_database_snapshot(kf_schema **out, kf_database *database, kf_error *err);

/* Of n tables alone, by name (NUL-terminated), whether they are there or not; `referring`: and of those whose foreign keys
 * refer to one of them. One listCollections, one find, and a listIndexes for each. */
KF_API int kf_database_snapshot_of(kf_schema **out, kf_database *database, const char *const *tables, size_t n, bool referring,
                                   kf_error *err);

/* ---- plans ---- */

/* The n-th server profile's name; NULL after the last. It lives as long as the program. */
KF_API const char *kf_profile_name(size_t n);
/* All profiles with their rules and the sources of these: as a table for people, or (json) as docs/json.md says. */
KF_API int kf_profiles_describe(kf_text *out, bool json, kf_error *err);

/* Kinds of what a log drops: bits. */
typedef enum kf_drop {
    KF_DROP_NONE = 0,
    KF_DROP_INDEX = 1,
    KF_DROP_FIELD = 2,
    KF_DROP_COLLECTION = 4,
    KF_DROP_ALL = 7
} kf_drop;

/* Where it cannot be told whether a rename was carried out already (docs/design.md). */
typedef enum kf_renames { KF_RENAMES_ASK = 0, KF_RENAMES_DONE, KF_RENAMES_TODO } kf_renames;

/* What a plan is to go by. */
typedef struct kf_plan_options {
    size_t size;           /* sizeof(kf_plan_options) */
    const char *profile;   /* NULL: the database's, or mongodb-5.0+ without one */
    const char *database;  /* its name where there is none connected, for the limits on names; may be NULL */
    bool nulls_server;     /* UNIQUE over nullable columns as MongoDB has it: one null */
    bool skip_unsupported; /* pass over what the server cannot express */
    bool keep_going;       /* plan in spite of statements that are not understood; the status stays 3 */
    unsigned allow_drop;   /* of kf_drop: what the log drops may be dropped */
    const char *alias;     /* leave out the statements that the log says are of another database alias; NULL: leave out none */
    kf_renames renames;
    bool skip_failed;         /* leave out what djongo was refused, by the log */
    const char *only;         /* leave out statements of tables that do not match this pattern (* and ?); NULL: none */
    bool convert_types;       /* where a column's type changes, convert its stored values (docs/types.md) */
    bool no_migrations_table; /* leave out the rows of django_migrations: which migrations were run */
    /* Limits on a statement that goes to the parser; beyond them it is KF_E_TOO_LONG or KF_E_TOO_DEEP. The parser recurses, and
     * an overflow of the stack would end the process: so a caller that wants more levels than 16 says how much stack the
     * thread that calls has left: 32 kB, and 6 kB a level. Conditions that a database or a schema file holds keep to the
     * defaults. */
    size_t stack_bytes;      /* 0: 128 kB, which is 16 levels */
    size_t statement_bytes;  /* 0: 1 MiB */
    size_t statement_tokens; /* 0: 100,000 */
    bool show_values;        /* where a plan or a stage is printed: with parameters and what fields are filled with */
} kf_plan_options;
/* The defaults. */
#define KF_PLAN_OPTIONS                                                                                                        \
    {                                                                                                                          \
        sizeof(kf_plan_options), NULL, NULL, false, false, false, KF_DROP_NONE, NULL, KF_RENAMES_ASK, false, NULL, false,      \
            false, 0, 0, 0, false                                                                                              \
    }

/* Plans what makes `live` what the log asks for. Statements that are not understood, or need a decision, do not fail the
 * call: they are findings of the plan. KF_E_NO_STATEMENT, KF_E_PROFILE_UNKNOWN, KF_E_MEMORY. */
KF_API int kf_plan_new(kf_plan **out, const kf_log *log, const kf_schema *live, const kf_plan_options *options, kf_error *err);
/* NULL is nothing. */
KF_API void kf_plan_free(kf_plan *plan);
/* Plans what makes `live` fit for djongo alone, which drops an index by the name that it has on the server: an index a name,
 * where the server allows it. Notices tell which names share one on. Of the options count profile and database.
 * KF_E_PROFILE_UNKNOWN, KF_E_MEMORY. */
KF_API int kf_plan_detach(kf_plan **out, const kf_schema *live, const kf_plan_options *options, kf_error *err);
/* A saved plan: it holds all that is to be written, values too. KF_E_PLAN_INVALID with its place. */
KF_API int kf_plan_read(kf_plan **out, const char *json, size_t length, kf_error *err);
/* Into text that kf_plan_read takes and the caller frees. KF_E_MEMORY. */
KF_API int kf_plan_write(kf_text *out, const kf_plan *plan, kf_error *err);

/* The exit status that the plan means by itself: 0, 3 (something not understood), 4 (something needs a decision). */
KF_API int kf_plan_status(const kf_plan *plan);
/* true: it must not be applied as it is (statements not understood without keep_going, a table that is nowhere). */
KF_API bool kf_plan_stopped(const kf_plan *plan);
/* How many operations it has; 0: nothing is to be done. */
KF_API size_t kf_plan_operations(const kf_plan *plan);
/* class: "read", "applied", "satisfied", "folded", "cancelled", "withheld", "failed", "skipped", "unsupported", "malformed". */
KF_API size_t kf_plan_count(const kf_plan *plan, const char *class_name);

/* What a finding means for its statement. */
typedef enum kf_severity { KF_NOTICE, KF_WITHHELD, KF_SKIPPED, KF_ERROR } kf_severity;

/* What is to be said of a statement, or of an object. The texts live as long as the plan. */
typedef struct kf_finding {
    kf_severity severity;
    int code;              /* a kf_code, KF_OK for a notice */
    const char *file;      /* of the statement that it is about, NULL if it is about none */
    size_t file_line;      /* where the statement begins */
    const char *statement; /* its text, statement_length bytes */
    size_t statement_length;
    size_t line, column;    /* the place inside the statement, 1-based; 0: the whole statement */
    const char *collection; /* "" if none */
    const char *name;       /* "" if none */
    const char *field;      /* "" if none */
    const char *message;
} kf_finding;

/* How many findings it has. */
KF_API size_t kf_plan_finding_count(const kf_plan *plan);
/* n < kf_plan_finding_count(plan). */
KF_API void kf_plan_finding(kf_finding *out, const kf_plan *plan, size_t n);

/* For people: the plan as text that the caller frees. Without options.show_values what fields are filled with is left out, and
 * kf_plan_read refuses the JSON of that. */
KF_API int kf_plan_describe(kf_text *out, const kf_plan *plan, kf_error *err);
/* As kf_plan_describe, in JSON (docs/json.md). */
KF_API int kf_plan_describe_json(kf_text *out, const kf_plan *plan, kf_error *err);
/* One page of HTML that needs nothing else (docs/output.md). */
KF_API int kf_plan_describe_html(kf_text *out, const kf_plan *plan, kf_error *err);

/* ---- verifying ---- */

/* How what was found is told. */
typedef struct kf_verify_options {
    size_t size; /* sizeof(kf_verify_options) */
    bool whole;  /* what is wanted is all there should be: collections that it does not speak of are extra */
    bool json;   /* docs/json.md, instead of text for people */
    bool colour; /* of the text: with ANSI colours */
    bool html;   /* one page of HTML, instead of text */
} kf_verify_options;
/* The defaults. */
#define KF_VERIFY_OPTIONS                                                                                                      \
    { sizeof(kf_verify_options), false, false, false, false }

/* Each name that the plan's log wants as it is in `live`, which the plan was made against: OK, FOLDED (served by an index that
 * is called otherwise), MISSING, DIFFERENT, and what is live and not wanted: EXTRA. *status (may be NULL): 0 if each is served,
 * else 1; 3 or 4 if what is wanted cannot be told, as kf_plan_status has it. A drop that the plan withholds is no fault here.
 */
KF_API int kf_plan_verify(kf_text *out, int *status, const kf_plan *plan, const kf_schema *live,
                          const kf_verify_options *options, kf_error *err);

/* ---- linting ---- */

/* What findings are written as. */
typedef enum kf_form { KF_FORM_TEXT = 0, KF_FORM_JSON, KF_FORM_SARIF, KF_FORM_HTML } kf_form;

/* How findings are told. */
typedef struct kf_lint_options {
    size_t size;            /* sizeof(kf_lint_options) */
    kf_form form;           /* text for people, JSON (docs/json.md), SARIF 2.1.0, a page of HTML */
    const char *severities; /* "same-key=off,KFL-002=error"; NULL: docs/lint.md has the defaults */
    const char *profile;    /* whose limits; NULL: the schema's database's, or mongodb-5.0+ */
    bool colour;            /* of the text: with ANSI colours */
} kf_lint_options;
/* The defaults. */
#define KF_LINT_OPTIONS                                                                                                        \
    { sizeof(kf_lint_options), KF_FORM_TEXT, NULL, NULL, false }

/* Adds to a snapshot of the database what lint can use besides: sizes and uses of indexes, what boolean columns hold (a sample
 * of 1000 documents). Some commands a collection; what the server does not know is left out. */
KF_API int kf_database_facts(kf_schema *snapshot, kf_database *database, kf_error *err);

/* Adds to the schema that a plan leads to which of the unique indexes that it would build the documents of the database break
 * already. Changes nothing there. */
KF_API int kf_database_foresee(kf_schema *schema, kf_database *database, const kf_plan *plan, kf_error *err);

/* What is amiss in a schema, what it costs and what to do (docs/lint.md). plan: that led to it, for the places of its log's
 * statements; may be NULL. *status (may be NULL): 1 if a finding is a warning or an error, else 0. KF_E_USAGE,
 * KF_E_PROFILE_UNKNOWN. */
KF_API int kf_schema_lint(kf_text *out, int *status, const kf_schema *schema, const kf_plan *plan,
                          const kf_lint_options *options, kf_error *err);

/* ---- the damage that djongo leaves ---- */

/* A database looked at: what is amiss, and what mends it. */
typedef struct kf_doctor kf_doctor;

/* What is looked for. */
typedef struct kf_doctor_options {
    size_t size;            /* sizeof(kf_doctor_options) */
    const char *severities; /* "doubled-counter=off,KFD-002=error"; NULL: docs/doctor.md has the defaults */
    bool show_values;       /* of documents that are in the way: anybody's data */
} kf_doctor_options;
/* The defaults. */
#define KF_DOCTOR_OPTIONS                                                                                                      \
    { sizeof(kf_doctor_options), NULL, false }

/* Looks at the database: its catalog, indexes, and some documents of each collection. Changes nothing. wanted: a log (or
 * what Django's models want) that says what should be there; NULL: only what the database itself tells is found. KF_E_USAGE,
 * and the errors of kf_database_snapshot and kf_plan_new. */
KF_API int kf_doctor_new(kf_doctor **out, kf_database *database, const kf_log *wanted, const kf_doctor_options *options,
                         kf_error *err);
/* The same of a schema in memory, which has no documents: what only these tell is not found. It is borrowed. */
KF_API int kf_doctor_new_schema(kf_doctor **out, const kf_schema *schema, const kf_log *wanted,
                                const kf_doctor_options *options, kf_error *err);
/* NULL is nothing. Its plan goes with it. */
KF_API void kf_doctor_free(kf_doctor *doctor);
/* The findings: as text for people, or JSON (docs/json.md). form: not SARIF. */
KF_API int kf_doctor_describe(kf_text *out, const kf_doctor *doctor, kf_form form, bool colour, kf_error *err);
/* 1 if there is a warning or an error, else 0. */
KF_API int kf_doctor_status(const kf_doctor *doctor);
/* What mends the findings that can be: for kf_apply_plan. Borrowed. Without operations: nothing can or need be done. */
KF_API const kf_plan *kf_doctor_plan(const kf_doctor *doctor);
/* What takes that plan back: the whole spec of each index that goes, each document of the catalog that changes. To be kept
 * where it is safe (it holds defaults, which are values) before the plan is applied. */
KF_API int kf_doctor_undo(kf_text *out, const kf_doctor *doctor, kf_error *err);

/* How what was done is told. */
typedef struct kf_undo_options {
    size_t size; /* sizeof(kf_undo_options) */
    bool json;
} kf_undo_options;
/* The defaults. */
#define KF_UNDO_OPTIONS                                                                                                        \
    { sizeof(kf_undo_options), false }

/* Puts back what a repair took, from what kf_doctor_undo wrote: indexes, then the catalog's documents, whose counters keep what
 * they have counted. A second time there is nothing to do. *out: what was done, and what cannot be put back and why; *status
 * (may be NULL): 0, or 4 if something was not. KF_E_PLAN_INVALID; KF_E_STALE_PLAN for another server's or database's; errors of
 * the server, after which it can be called again. */
KF_API int kf_undo(kf_text *out, int *status, kf_database *database, const char *json, size_t length,
                   const kf_undo_options *options, kf_error *err);

/* ---- applying ---- */

/* Snapshot, plan, run; planned anew from a fresh snapshot when somebody changed the database meanwhile or the connection was
 * lost during createIndexes, at most 3 times. A plan that is stopped is not run. The result holds the last plan. */
KF_API int kf_apply_log(kf_result **out, kf_database *database, const kf_log *log, const kf_plan_options *options,
                        kf_error *err);
/* Runs exactly this plan. KF_E_STALE_PLAN if the live schema is not the one that it was made against. */
KF_API int kf_apply_plan(kf_result **out, kf_database *database, const kf_plan *plan, kf_error *err);
/* Carries the plan out on a schema in memory. KF_E_STALE_PLAN as above. */
KF_API int kf_apply_schema(kf_result **out, kf_schema *schema, const kf_plan *plan, kf_error *err);

/* ---- carrying statements out ---- */

/* Carries the log's statements out now, in order, on the database as they find it. Here DROP, RENAME, FLUSH, TRUNCATE and DROP
 * DATABASE are commands, and so is UPDATE t SET c = value WHERE c IS NULL; BEGIN and the like do nothing; all other DML is not
 * supported. Of the options count profile, database, nulls_server, skip_unsupported and the limits.
 *
 * What is there already in the same shape is satisfied, so that statements which were cut off can be carried out again; in
 * another shape it is KF_E_EXISTS. Statements are carried out in batches, most often all in one: one createIndexes a
 * collection. If one is not understood nothing is done. After the first batch of which something could not be done the others
 * are left alone: kf_result_status is not 0, and the findings and failures of the result, which are those of the last batch,
 * tell what and why. KF_E_NO_STATEMENT, and errors of the server, after which the same statements can be carried out again. */
KF_API int kf_execute(kf_result **out, kf_database *database, const kf_log *log, const kf_plan_options *options, kf_error *err);
/* The same on a schema in memory. */
KF_API int kf_execute_schema(kf_result **out, kf_schema *schema, const kf_log *log, const kf_plan_options *options,
                             kf_error *err);

/* ---- what came of it ---- */

/* NULL is nothing. Its plan goes with it. */
KF_API void kf_result_free(kf_result *result);
/* The plan that was carried out, the last one if there were several. It lives as long as the result. */
KF_API const kf_plan *kf_result_plan(const kf_result *result);
/* The exit status: 0, 3, 4, 5. */
KF_API int kf_result_status(const kf_result *result);
/* Operations carried out. */
KF_API size_t kf_result_done(const kf_result *result);

/* An operation that did not work, while others went on. */
typedef struct kf_failure {
    int code;               /* a kf_code: KF_E_DUPLICATES, ... */
    int server_code;        /* the server's own, or 0 */
    const char *collection; /* "" if none */
    const char *name;       /* of the index on the server, "" if it is about none */
    const char *message;    /* without values of documents */
    const char *statement;  /* the first one that asked for it, statement_length bytes; NULL if none did */
    size_t statement_length;
} kf_failure;

/* Operations that did not work. */
KF_API size_t kf_result_failure_count(const kf_result *result);
/* n < kf_result_failure_count(result). The texts live as long as the result. */
KF_API void kf_result_failure(kf_failure *out, const kf_result *result, size_t n);

/* For people, into text that the caller frees. show_values: print what fields are filled with, and of documents that are in the
 * way the values and any _id, not only ObjectIds and integers. They may be anybody's data. */
KF_API int kf_result_describe(kf_text *out, const kf_result *result, bool show_values, kf_error *err);
/* As kf_result_describe, in JSON (docs/json.md). */
KF_API int kf_result_write(kf_text *out, const kf_result *result, bool show_values, kf_error *err);

/* Of two exit statuses the one to end with: the first of 130, 5, 2, 3, 4, 1, 0. */
KF_API int kf_status_worst(int a, int b);

/* ---- looking at a stage ---- */

/* stage "statements": a log in; "dialect", "parse", "schema", "plan": SQL or a log in. The stage's printable result.
 * KF_E_USAGE for an unknown stage, and the stage's own errors with their place. */
KF_API int kf_explain(kf_text *out, const char *stage, const char *text, size_t length, const kf_plan_options *options,
                      kf_error *err);

#ifdef __cplusplus
}
#endif
#endif
