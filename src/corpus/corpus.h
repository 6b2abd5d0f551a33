/* Cases, read and run. Above api, for it uses what is behind the handles; nothing but the command uses it. */
#ifndef CORPUS_CORPUS_H
#define CORPUS_CORPUS_H

#include "api/api.h"
#include "export/export.h"
#include <keyfold/corpus.h>

struct stage;

typedef struct corpus_file {
    str name, bytes;
} corpus_file;

typedef struct corpus_case {
    const corpus_file *file;
    size_t line;
    str name;
    const struct stage *stage;
    kf_plan_options options; /* texts in the corpus's arena */
    str params;              /* Python literals, as a log shows them */
    bool with_form;
    bool whole;                /* stage verify: nothing else should be there */
    const char *to;            /* stage export */
    const char *severities;    /* stage lint */
    bool done;                 /* what is live is what the input leads to: for laws of histories */
    str live, input, expected; /* slices of the file; live is another file's text where @schema names one */
} corpus_case;

struct kf_corpus {
    memory *memory;
    VEC(corpus_case *) cases;
};

/* One run of a case. Everything is in the arena; handles are freed with it. */
typedef struct case_run {
    const corpus_case *of;
    arena *arena;
    str broken, shown; /* the first law that does not hold, and what shows it */
    str skipped;       /* why it could not be carried out on the server */
    size_t laws;
} case_run;

/* Notes that a law was looked at, and whether it holds. Returns holds. */
bool run_law(case_run *r, bool holds, const char *law, str shown);

/* ---- stages ---- */

typedef struct stage {
    const char *name;
    /* The printable result; what is wrong with the input is part of it. A negative code: the case could not be run. */
    int (*print)(text *out, case_run *r, kf_error *err);
    bool now;      /* statements are carried out */
    bool one_text; /* the input is one SQL text, not a log */
} stage;

const stage *stage_find(str name);
/* "statements, dialect, ...": for messages. */
str stage_names(arena *a);

/* ---- options ---- */

/* Reads "profile mongodb-4.2" into the case. KF_E_CASE_INVALID without a place. */
int case_read_option(corpus_case *c, str option, arena *a, kf_error *err);

/* ---- what a case comes down to ---- */

typedef struct scenario {
    kf_log *log;
    kf_schema *live; /* what is there before */
    kf_plan_options options;
    bool now;
} scenario;

/* *found: false where the input cannot be read as statements; what is wrong with it the stage has told. */
int scenario_of(scenario *out, bool *found, case_run *r, kf_error *err);
/* The `live:` part; -KF_E_CASE_INVALID if it is neither a schema nor SQL that can be carried out. */
int live_of(kf_schema **out, case_run *r, kf_error *err);
/* A schema of its own, through JSON. Freed with the arena, like all that these make. */
int schema_keep_copy(kf_schema **out, const kf_schema *from, arena *a, kf_error *err);
void log_keep(arena *a, kf_log *log);
void plan_keep(arena *a, kf_plan *plan);
void schema_keep(arena *a, kf_schema *schema);
void result_keep(arena *a, kf_result *result);

/* ---- laws ---- */

int laws_of_text(case_run *r, str sql, kf_error *err);
int laws_of_scenario(case_run *r, const scenario *s, kf_error *err);

/* On a server, in a database of its own. */
int live_run(case_run *r, const scenario *s, const kf_case_options *options, kf_error *err);

/* ---- comparing ---- */

/* Of an expected error's message any part is enough. */
bool output_matches(str expected, str got);
/* Line by line. */
str text_diff(arena *a, str expected, str got);

#endif
