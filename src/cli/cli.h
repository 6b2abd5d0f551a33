/* The command line, over the public header only. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <keyfold/keyfold.h>
#include <stdio.h>

typedef enum verb {
    VERB_PLAN = 1,
    VERB_APPLY = 2,
    VERB_EXPLAIN = 4,
    VERB_EXECUTE = 8,
    VERB_PROFILES = 16,
    VERB_TEST = 32,
    VERB_VERIFY = 64,
    VERB_EXPORT = 128,
    VERB_DETACH = 256,
    VERB_LINT = 512,
    VERB_DOCTOR = 1024,
    VERB_UNDO = 2048
} verb;

typedef struct options {
    verb verb;
    const char *uri, *database, *schema, *output, *to, *severities, *html;
    const char *filter, *junit;
    int timeout_s, jobs;
    bool json, check, show_values, help;
    bool list, rewrite, tap, models, sarif, quiet, verbose, json_messages, fix;
    kf_plan_options plan;
    bool plan_options_given; /* of those that a saved plan carries itself */
    char **files;            /* what is left of the line */
    int file_count;
} options;

/* options.c: 0, or the exit status after having said what is wrong. */
int options_parse(options *out, verb v, int argc, char **argv);
/* help.c */
void help_print(FILE *to);
void help_print_verb(FILE *to, verb v);
void help_print_options(FILE *to, verb v);
const char *help_verb_name(verb v); /* "" for 0 */
extern const char help_summary[], help_statuses[];

typedef struct verb_about {
    verb verb;
    const char *name, *usage, *summary, *text;
    const char *words; /* that the first argument is one of */
} verb_about;
const verb_about *help_verb(size_t i); /* NULL behind the last */

typedef struct option_about {
    const char *name, *argument, *help;
    const char *words; /* that the argument is one of */
    char letter;       /* 0: none */
} option_about;
/* options.c: the i-th option of a verb; false behind the last. */
bool option_at(option_about *out, verb v, size_t i);

/* manual.c: keyfold help ... */
int run_help(int argc, char **argv);

int run_plan(const options *o);
int run_apply(const options *o);
int run_explain(const options *o);
int run_execute(const options *o);
int run_profiles(const options *o);
int run_test(const options *o);
int run_verify(const options *o);
int run_export(const options *o);
int run_detach(const options *o);
int run_lint(const options *o);
int run_doctor(const options *o);
int run_undo(const options *o);

/* verify.c: the logs, or with --models what Django's models want. */
int wanted_read(kf_log **out, const options *o);

/* say.c: what goes to stderr. Those that are about errors return the exit status. */
void say_start(bool json, bool verbose);
/* With -v alone. */
void say_note(const char *format, ...) __attribute__((format(printf, 1, 2)));
int say_usage(verb v, const char *format, ...) __attribute__((format(printf, 2, 3)));
int say_error(const kf_error *err);
/* With the line of `text` that the error is in. */
int say_error_in(const char *path, const kf_text *text, const kf_error *err);
void say_failures(const kf_result *result);
void say_findings(const kf_plan *plan);
void say_findings_of(const kf_plan *plan, bool (*which)(const kf_finding *f));

/* files.c. "-" is stdin. */
int file_read(kf_text *out, const char *path, kf_error *err);
/* What is left of a stream, which is not closed; name is for messages. */
int stream_read(kf_text *out, FILE *file, const char *name, kf_error *err);
/* A report that --html asked for; frees it. */
int html_write(const options *o, kf_text *html, kf_error *err);
/* All of it or nothing, by a temporary file beside it. secret: for nobody else to read. */
int file_write(const char *path, const kf_text *content, bool secret, kf_error *err);
/* The same, for nobody else to read; KF_E_DISK if there is a file of that name already. */
int file_write_new(const char *path, const kf_text *content, kf_error *err);

/* inputs.c */
/* Adds every log; says what is wrong with each that does not work. At a saved plan (a JSON object with a format or
 * operations) it ends: the plan is handed out with its name, plan->data is NULL if there is none. */
int inputs_read(kf_log **out, kf_text *plan, const char **plan_name, const options *o);
/* The same where a saved plan is out of place. */
int files_read_logs(kf_log **out, const options *o);
/* What the logs lead to in an empty database, and the plan that did; says what is wrong. *out is NULL if there is none to be
 * had. */
int logs_follow(kf_schema **out, kf_plan **plan, const options *o);
/* How messages call it. */
const char *input_name(const char *path);

/* plan.c */
int show_plan(const options *o, const kf_plan *plan, kf_error *err);

/* apply.c: the result, and a schema file that was changed. */
int show_result(const options *o, const kf_result *result, kf_error *err);
int save_schema(const options *o, const kf_schema *schema, kf_error *err);

/* side.c: the live side. Exactly one of the two is set, or schema alone for an empty one. */
typedef struct side {
    kf_database *database;
    kf_schema *schema; /* a snapshot, a schema file's, or an empty one */
} side;
int side_open(side *out, const options *o, bool snapshot, kf_error *err);
/* Says what went wrong with it. After a Ctrl-C that is why, whatever the driver made of it. */
int side_error(const kf_error *err);
void side_close(side *s);
/* Ctrl-C sets it from then on. */
void side_catch_interrupts(void);
const bool *side_interrupted(void);
void print_json_string(const char *s);
/* Frees it. */
void print_text(kf_text *text);
/* The same, but for people it is not printed with -q. */
void print_report(const options *o, kf_text *text);

/* terminal.c, by convention: */
bool may_draw(void); /* does it know how to move the cursor? */
bool may_colour(int fd);

/* progress.c: one line of the terminal, that is wiped off before anything else is written. */
void progress_start(bool draws, bool verbose);
void progress_watch(void *context, const kf_progress *p);
kf_watcher *progress_watcher(void); /* NULL where nobody looks */
void progress_clear(void);

#endif
