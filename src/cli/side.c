#include "cli.h"

#include <signal.h>
#include <stdlib.h>

static bool interrupted;

static void interrupt(int number) {
    (void)number;
    progress_clear();
    __atomic_store_n(&interrupted, true, __ATOMIC_RELAXED); /* workers look at it */
}

/* The first Ctrl-C ends after the command that runs, the second at once. */
void side_catch_interrupts(void) {
    struct sigaction action = {.sa_handler = interrupt, .sa_flags = SA_RESETHAND};
    sigaction(SIGINT, &action, NULL);
}

const bool *side_interrupted(void) { return &interrupted; }

enum { DEFAULT_JOBS = 4 };

static int open_database(side *out, const options *o, bool snapshot, kf_error *err) {
    kf_database_options d = KF_DATABASE_OPTIONS;
    d.database = o->database;
    d.timeout_s = o->timeout_s;
    d.interrupted = &interrupted;
    d.jobs = o->jobs ? o->jobs : DEFAULT_JOBS;
    side_catch_interrupts();
    int rc = kf_database_open(&out->database, o->uri, &d, err);
    if (rc == 0) rc = kf_database_watch(out->database, progress_watcher(), NULL, err);
    if (rc == 0)
        say_note("connected to %s: %s, profile %s", kf_database_uri(out->database), kf_database_server(out->database),
                 kf_database_profile(out->database));
    return rc == 0 && snapshot ? kf_database_snapshot(&out->schema, out->database, err) : rc;
}

static void name_file(kf_error *err, const char *path) {
    kf_error inner = *err;
    if (inner.line) snprintf(err->message, sizeof err->message, "%.400s:%zu: %.500s", path, inner.line, inner.message);
    else snprintf(err->message, sizeof err->message, "%.400s: %.500s", path, inner.message);
}

static int open_schema(side *out, const options *o, kf_error *err) {
    kf_text json;
    int rc = file_read(&json, o->schema, err);
    if (rc == -KF_E_FILE_MISSING) return kf_schema_new(&out->schema, err);
    if (rc == 0) rc = kf_schema_read(&out->schema, json.data, json.length, err);
    kf_text_free(&json);
    if (rc != 0 && err->code == KF_E_SCHEMA_INVALID) name_file(err, o->schema);
    return rc;
}

int side_open(side *out, const options *o, bool snapshot, kf_error *err) {
    *out = (side){0};
    if (o->uri) return open_database(out, o, snapshot, err);
    return o->schema ? open_schema(out, o, err) : kf_schema_new(&out->schema, err);
}

int side_error(const kf_error *err) {
    if (!interrupted || err->code == KF_E_INTERRUPTED) return say_error(err);
    kf_error why = {.code = KF_E_INTERRUPTED, .message = "interrupted"};
    return say_error(&why);
}

void side_close(side *s) {
    kf_schema_free(s->schema);
    kf_database_free(s->database);
}
