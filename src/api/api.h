/* The handles behind the public header, and what its functions share. */
#ifndef API_API_H
#define API_API_H

#include "exec/exec.h"
#include "log/log.h"
#include "parse/parse.h"
#include <keyfold/keyfold.h>
#include <stdatomic.h>
#include <sys/types.h>

/* An arena and how many handles borrow from it: a plan keeps its log's and its live schema's texts alive. */
typedef struct memory {
    arena *arena;
    atomic_size_t holders;
} memory;

/* NULL when there is none left. */
memory *memory_new(void);
memory *memory_hold(memory *m);
/* NULL is allowed. */
void memory_release(memory *m);

/* Runs work(call, err) where running out of memory is an error and not the end. */
int guard(arena *a, int (*work)(void *call, kf_error *err), void *call, kf_error *err);

/* What a public function may not be given as NULL. */
#define need(pointer)                                                                                                          \
    do {                                                                                                                       \
        if (!(pointer)) return fail(err, KF_E_USAGE, "%s: %s is NULL", __func__, #pointer);                                    \
    } while (0)

/* A handle that is changed by one thread at a time. KF_E_IN_USE. */
int handle_enter(atomic_bool *busy, const char *function, kf_error *err);
/* Returns rc. */
int handle_leave(atomic_bool *busy, int rc);

/* A struct of options, whatever size the caller's has: `known` bytes of ours, of which the first version had `first`. */
int options_take(void *out, size_t known, size_t first, const void *given, const char *function, kf_error *err);

struct kf_log {
    atomic_bool busy;
    memory *memory;
    raw_statement_list statements;
    VEC(log_file) files;
    dml_counts dml; /* of all files: what was left out of statements */
    kf_watcher *watcher;
    void *context;
};

struct kf_schema {
    atomic_bool busy;
    memory *memory;
    schema *schema;
    const profile *profile; /* of the server that it is a snapshot of, or NULL */
    str database, host;     /* of the server that it is a snapshot of, or empty */
    lint_fact_list facts;   /* in memory; see kf_database_facts */
};

typedef VEC(kf_finding) finding_list;
typedef VEC(kf_failure) failure_list;

struct kf_plan {
    memory *memory;
    memory *log, *live, *of; /* held, for the plan borrows from its log, its live schema, the plan it is a copy of; or NULL */
    plan *plan;
    finding_list findings; /* the plan's, as the public header has them */
};

struct kf_database {
    atomic_bool busy;
    pid_t process; /* that opened it */
    connection *connection;
};

struct kf_doctor {
    memory *memory;
    kf_schema *live;
    kf_plan *wanted; /* of the log that was given; or NULL */
    kf_plan *repair;
    lint found;
    kf_doctor_options options; /* the texts that it points to are borrowed while it is made, and no longer */
    contents_fact_list contents;
};

struct kf_result {
    memory *memory;
    kf_plan *plan;
    VEC(kf_plan *) parts; /* what plan was merged of, or is to be merged with */
    run_result run;
    failure_list failures; /* the run's, as the public header has them */
    size_t plans;          /* how often it was planned */
    size_t done;           /* in all runs together */
    size_t commands_read, commands_write;
};

/* Hands *from out as text of its own and empties nothing: the arena keeps its copy. */
int text_give(kf_text *out, const text *from, kf_error *err);

/* An empty schema with memory of its own. */
int schema_handle_new(kf_schema **out, kf_error *err);
/* Parses the conditions of names that were read as text. KF_E_MEMORY. */
int schema_parse_conditions(schema *s, kf_error *err);

/* The options, whatever size the caller's struct has; NULL: the defaults. KF_E_USAGE for what is none. */
int plan_options_take(kf_plan_options *out, const kf_plan_options *given, const char *function, kf_error *err);
/* Of the options: what a statement may be. */
dialect_limits plan_limits_of(const kf_plan_options *options);
/* A row of django_migrations, and the caller wants none? */
bool statement_is_unwanted(const statement *st, const kf_plan_options *options);
/* A statement that the schema stage does not apply becomes a skipped or unsupported one, with the reason. */
void statement_pass_over(statement *st);
/* Desired, from all statements of the list: what kf_plan_new does first, and `explain schema`. */
int plan_read_statements(plan *p, schema *desired, const raw_statement_list *statements, const schema *live,
                         const kf_plan_options *options, kf_error *err);
/* One statement of a log's, parsed. */
typedef struct unit {
    size_t number;              /* in the log */
    const statement *statement; /* NULL: it is no SQL */
    bool left_alone;            /* something before it could not be carried out */
} unit;
typedef VEC(unit) unit_list;

/* Statements first..end of `units` are carried out now, on live. Not understood is a finding of the plan. */
int plan_units(kf_plan **out, const kf_log *log, const unit_list *units, size_t first, size_t end, kf_schema *live,
               const kf_plan_options *options, kf_error *err);
/* What mends doctor's findings: the statements of log (NULL: there are none), and what these cannot say. */
int plan_repair(kf_plan **out, const kf_log *log, const kf_schema *live, const lint *found, const kf_plan_options *options,
                kf_error *err);
/* One of all that were carried out; it borrows from them. */
int plan_merge(kf_plan **out, kf_plan *const *parts, size_t n, kf_error *err);
/* Desired, from units, and the plan's statements: inside guard. */
int units_read(plan *p, schema *desired, const raw_statement_list *statements, const unit_list *units, size_t first, size_t end,
               schema *live, const kf_plan_options *options, kf_error *err);
/* A copy that borrows nothing, with the plan carried out on it (NULL: as it is). */
int schema_copy(kf_schema **out, const kf_schema *from, const plan *carried_out, kf_error *err);
/* What a holds and what b holds, the other way round. */
void schema_swap(kf_schema *a, kf_schema *b);
/* KF_E_IN_USE, after a fork too. */
int database_enter(kf_database *database, const char *function, kf_error *err);
/* NULL scope: everything. */
int database_snapshot(kf_schema **out, kf_database *database, const snapshot_scope *scope, kf_error *err);
/* One run of the result's plan: 0, EXEC_REPLAN or a negative code. */
int result_run(kf_result *result, kf_database *database, kf_error *err);
/* The same on a schema in memory. */
int result_run_schema(kf_result *result, kf_schema *schema, kf_error *err);
/* Ends a call: counts commands, lists failures. */
int result_finish(kf_result *result, kf_database *database, kf_error *err);
int result_hand_out(kf_result **out, kf_result *result, int rc);
int result_lost_race(const kf_error *why, kf_error *err);
enum { MAX_PLANS = 1 + 3 };

/* Is the connection to the database and the server that were planned for? Empty ones are not told. KF_E_STALE_PLAN. */
int check_place(str database, str host, const connection *c, kf_error *err);
/* A plan of one's own to mark failures in; it holds what it borrows. */
int plan_copy(kf_plan **out, const kf_plan *plan, kf_error *err);
int result_new(kf_result **out, kf_error *err);
/* Makes the public findings anew; inside guard. */
void plan_list_findings(kf_plan *handle);

#endif
