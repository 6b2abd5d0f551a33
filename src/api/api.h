/* The handles behind the public header, and what its functions share. */
#ifndef API_API_H
#define API_API_H

#include "exec/exec.h"
#include "log/log.h"
#include "parse/parse.h"
#include <keyfold/keyfold.h>
#include <stdatomic.h>

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

struct kf_log {
    memory *memory;
    raw_statement_list statements;
    VEC(log_file) files;
};

struct kf_schema {
    memory *memory;
    schema *schema;
    const profile *profile; /* of the server that it is a snapshot of, or NULL */
    str database;
};

typedef VEC(kf_finding) finding_list;

struct kf_plan {
    memory *memory;
    memory *log, *live, *of; /* held, for the plan borrows from its log, its live schema, the plan it is a copy of; or NULL */
    plan *plan;
    finding_list findings; /* the plan's, as the public header has them */
};

struct kf_database {
    connection *connection;
};

struct kf_result {
    memory *memory;
    kf_plan *plan;
    run_result run;
    size_t plans; /* how often it was planned */
    size_t done;  /* in all runs together */
    size_t commands_read, commands_write;
};

/* Hands *from out as text of its own and empties nothing: the arena keeps its copy. */
int text_give(kf_text *out, const text *from, kf_error *err);

/* An empty schema with memory of its own. */
int schema_handle_new(kf_schema **out, kf_error *err);
/* Parses the conditions of names that were read as text. */
void schema_parse_conditions(schema *s);

/* The options, whatever size the caller's struct has; NULL: the defaults. */
kf_plan_options plan_options_of(const kf_plan_options *options);
/* A statement that the schema stage does not apply becomes a skipped or unsupported one, with the reason. */
void statement_pass_over(statement *st);
/* Desired, from all statements of the list: what kf_plan_new does first, and `explain schema`. */
int plan_read_statements(plan *p, schema *desired, const raw_statement_list *statements, const schema *live,
                         const kf_plan_options *options, kf_error *err);
/* A plan of one's own to mark failures in; it holds what it borrows. */
int plan_copy(kf_plan **out, const kf_plan *plan, kf_error *err);
int result_new(kf_result **out, kf_error *err);
/* Makes the public findings anew; inside guard. */
void plan_list_findings(kf_plan *handle);

#endif
