/* Handles of their own in eight threads, and what threads may share: a log and a live schema that nobody changes.
 * scripts/threads runs it under ThreadSanitizer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <keyfold/keyfold.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { THREADS = 8, ROUNDS = 20 };

static const char sql[] =
    "CREATE TABLE \"t\" (\"id\" int NOT NULL PRIMARY KEY AUTOINCREMENT, \"a\" long NULL UNIQUE, \"s\" string);\n"
    "ALTER TABLE \"t\" ADD CONSTRAINT \"x\" UNIQUE (\"a\", \"s\" DESC)( WHERE \"a\" > 5);\n"
    "ALTER TABLE \"t\" ADD CONSTRAINT \"y\" INDEX (\"a\");\n"
    "ALTER TABLE \"t\" FROB;\n";

typedef struct shared {
    const kf_log *log;
    const kf_schema *live;
    char *expected;
} shared;

static char *plan_json(const kf_log *log, const kf_schema *live) {
    kf_plan *plan;
    kf_plan_options options = KF_PLAN_OPTIONS;
    options.keep_going = true;
    kf_text text;
    if (kf_plan_new(&plan, log, live, &options, NULL)) return NULL;
    int rc = kf_plan_write(&text, plan, NULL);
    kf_plan_free(plan);
    return rc ? NULL : text.data;
}

static kf_log *new_log(void) {
    kf_log *log = NULL;
    if (kf_log_new(&log, NULL) == 0) kf_log_add(log, "log", sql, sizeof sql - 1, NULL);
    return log;
}

/* Everything once, with handles that nobody else has. NULL: all is well. */
static const char *work_alone(const char *expected) {
    kf_log *log = new_log();
    kf_schema *live = NULL, *copy = NULL;
    kf_plan *plan = NULL;
    kf_result *result = NULL;
    kf_text text = {0};
    kf_error err = {0};
    const char *wrong = kf_schema_new(&live, &err) ? "schema" : NULL;
    char *json = plan_json(log, live);
    if (!json || strcmp(json, expected) != 0) wrong = "plan";
    if (!wrong && kf_plan_read(&plan, json, strlen(json), &err)) wrong = "read";
    if (!wrong && kf_apply_schema(&result, live, plan, &err)) wrong = "apply";
    if (!wrong && kf_schema_write(&text, live, &err)) wrong = "write";
    if (!wrong && kf_schema_read(&copy, text.data, text.length, &err)) wrong = "schema";
    kf_text_free(&text);
    if (!wrong && kf_explain(&text, "parse", "ALTER TABLE", 11, NULL, &err) != -KF_E_SYNTAX) wrong = "explain";
    if (!wrong && strcmp(kf_code_text(err.code), "KF-020") != 0) wrong = "code";
    kf_result_free(result);
    kf_plan_free(plan);
    kf_schema_free(copy);
    kf_schema_free(live);
    kf_log_free(log);
    free(json);
    return wrong;
}

static void *alone(void *arg) {
    const shared *s = arg;
    for (int i = 0; i < ROUNDS; i++) {
        const char *wrong = work_alone(s->expected);
        if (wrong) return (void *)(uintptr_t)wrong;
    }
    return NULL;
}

static void *reading(void *arg) {
    const shared *s = arg;
    for (int i = 0; i < ROUNDS; i++) {
        kf_text text = {0};
        char *json = plan_json(s->log, s->live);
        bool same = json && strcmp(json, s->expected) == 0;
        bool written = kf_schema_write(&text, s->live, NULL) == 0;
        free(json);
        kf_text_free(&text);
        if (!same || !written || kf_log_count(s->log) == 0) return (void *)(uintptr_t) "shared";
    }
    return NULL;
}

static void in_threads(void *(*work)(void *)) {
    kf_log *log = new_log();
    kf_schema *live;
    assert_int_equal(kf_schema_new(&live, NULL), 0);
    shared s = {log, live, plan_json(log, live)};
    assert_non_null(s.expected);
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) assert_int_equal(pthread_create(&threads[i], NULL, work, &s), 0);
    for (int i = 0; i < THREADS; i++) {
        void *wrong = NULL;
        pthread_join(threads[i], &wrong);
        if (wrong) fail_msg("%s", (const char *)wrong);
    }
    free(s.expected);
    kf_schema_free(live);
    kf_log_free(log);
}

static void handles_of_their_own(void **state) {
    (void)state;
    in_threads(alone);
}

static void what_nobody_changes_is_shared(void **state) {
    (void)state;
    in_threads(reading);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(handles_of_their_own), cmocka_unit_test(what_nobody_changes_is_shared)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
