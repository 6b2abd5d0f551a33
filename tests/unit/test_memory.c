/* The i-th allocation of ours fails, for every i: an error each time, never a crash, a leak or a schema that is half changed.
 * This program is linked with a copy of the library in which our own malloc, calloc and realloc are the ones below
 * (tests/meson.build); what the dependencies do when memory runs out is theirs (docs/reliability.md).
 *
 * By default a log of each kind; KEYFOLD_ALLOCATIONS=all: every case of sql_corpus/plan and execute. The sanitizers' build
 * makes every piece of an arena an allocation of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#undef malloc
#undef calloc
#undef realloc
#undef free

#include <dirent.h>
#include <keyfold/keyfold.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *faulty_malloc(size_t n);
void *faulty_calloc(size_t n, size_t size);
void *faulty_realloc(void *p, size_t n);

static size_t fail_at, allocations; /* 0: none fails */

static bool fails(void) { return ++allocations == fail_at; }

void *faulty_malloc(size_t n) { return fails() ? NULL : malloc(n); }
void *faulty_calloc(size_t n, size_t size) { return fails() ? NULL : calloc(n, size); }
void *faulty_realloc(void *p, size_t n) { return fails() ? NULL : realloc(p, n); }

static const char fixed[] =
    "x sql_command: CREATE TABLE \"t\" (\"id\" int NOT NULL PRIMARY KEY AUTOINCREMENT, \"a\" long NULL UNIQUE, \"s\" string)\n"
    "params: None\nCreated table: t\n"
    "x sql_command: ALTER TABLE \"t\" ADD CONSTRAINT "
    "\"a_very_long_name_of_an_index_that_is_longer_than_postgresql_lets_through\" "
    "UNIQUE (\"a\", \"s\" DESC)( WHERE \"s\" = in progress AND \"a\" > 5)\nparams: None\n"
    "x sql_command: ALTER TABLE \"t\" ADD COLUMN \"n\" long DEFAULT %(0)s NOT NULL\nparams: [{'k': [1, 'x', None]}]\n"
    "x sql_command: ALTER TABLE \"t\" RENAME COLUMN \"n\" TO \"m\"\nparams: ()\n"
    "x sql_command: ALTER TABLE \"t\" FROB\nparams: ()\n"
    "x sql_command: INSERT INTO \"django_migrations\" (\"app\", \"name\", \"applied\") VALUES (%(0)s, %(1)s, %(2)s)\n"
    "params: ['a', '0001', datetime.datetime(2026, 1, 1, 0, 0)]\n";
static const char commands[] =
    "CREATE TABLE \"t\" (\"id\" long NOT NULL PRIMARY KEY, \"a\" long); DROP TABLE \"t\"; "
    "CREATE TABLE \"t\" (\"b\" long UNIQUE); ALTER TABLE \"t\" RENAME TO \"u\"; ALTER TABLE \"u\" FLUSH";

typedef struct input {
    const char *log, *live; /* live: a schema file, or SQL that is applied first; may be empty */
    size_t log_length, live_length;
    bool execute;
} input;

static void free_text(kf_text *t) { kf_text_free(t); }

static int make_live(kf_schema **out, const input *in, kf_error *err) {
    kf_log *log = NULL;
    kf_result *result = NULL;
    if (in->live_length && in->live[0] == '{') return kf_schema_read(out, in->live, in->live_length, err);
    int rc = kf_schema_new(out, err);
    if (rc || in->live_length == 0) return rc;
    rc = kf_log_new(&log, err);
    if (rc == 0) rc = kf_log_add(log, "live", in->live, in->live_length, err);
    if (rc == 0) rc = kf_execute_schema(&result, *out, log, NULL, err);
    kf_result_free(result);
    kf_log_free(log);
    return rc;
}

/* All that an input goes through; `live` is made without faults. */
static int work(const input *in, kf_schema *live, kf_error *err) {
    kf_log *log = NULL;
    kf_plan *plan = NULL, *again = NULL;
    kf_result *result = NULL;
    kf_schema *copy = NULL;
    kf_text json = {0}, described = {0}, written = {0};
    kf_plan_options options = KF_PLAN_OPTIONS;
    options.keep_going = true;
    options.allow_drop = KF_DROP_ALL;
    int rc = kf_log_new(&log, err);
    if (rc == 0) rc = kf_log_add(log, "log", in->log, in->log_length, err);
    if (rc == 0 && !in->execute) rc = kf_plan_new(&plan, log, live, &options, err);
    if (rc == 0 && plan) rc = kf_plan_write(&json, plan, err);
    if (rc == 0 && plan) rc = kf_plan_read(&again, json.data, json.length, err);
    if (rc == 0 && plan) rc = kf_plan_describe(&described, plan, err);
    if (rc == 0) rc = kf_schema_write(&written, live, err);
    if (rc == 0) rc = kf_schema_read(&copy, written.data, written.length, err);
    /* The last step: so an error before it leaves live as it was. */
    if (rc == 0 && plan) rc = kf_apply_schema(&result, live, plan, err);
    if (rc == 0 && in->execute) rc = kf_execute_schema(&result, live, log, NULL, err);
    kf_schema_free(copy);
    free_text(&json);
    free_text(&described);
    free_text(&written);
    kf_result_free(result);
    kf_plan_free(again);
    kf_plan_free(plan);
    kf_log_free(log);
    return rc;
}

static char *shown(const kf_schema *s) {
    kf_text text;
    size_t at = fail_at;
    fail_at = 0;
    assert_int_equal(kf_schema_write(&text, s, NULL), 0);
    char *copy = strdup(text.data);
    kf_text_free(&text);
    fail_at = at;
    return copy;
}

static size_t runs;

static void fail_each(const input *in) {
    kf_error err;
    for (size_t i = 1;; i++, runs++) {
        kf_schema *live = NULL;
        fail_at = 0;
        if (make_live(&live, in, &err)) {
            kf_schema_free(live);
            return;
        }
        char *before = shown(live);
        allocations = 0;
        fail_at = i;
        int rc = work(in, live, &err);
        bool failed = allocations >= fail_at;
        fail_at = 0;
        char *after = shown(live);
        if (failed && rc != -KF_E_MEMORY)
            fail_msg("allocation %zu: %d %s\n%.*s", i, rc, err.message, (int)in->log_length, in->log);
        if (rc && strcmp(before, after) != 0) fail_msg("allocation %zu: half a schema\n%s\n%s", i, before, after);
        free(before);
        free(after);
        kf_schema_free(live);
        if (!failed) return;
    }
}

static int look_at_damage(const kf_schema *live, const kf_log *log, kf_error *err) {
    kf_doctor *doctor;
    kf_text text = {0}, json = {0}, undo = {0};
    int rc = kf_doctor_new_schema(&doctor, live, log, NULL, err);
    if (rc == 0) rc = kf_doctor_describe(&text, doctor, KF_FORM_TEXT, false, err);
    if (rc == 0) rc = kf_doctor_describe(&json, doctor, KF_FORM_JSON, false, err);
    if (rc == 0) rc = kf_doctor_undo(&undo, doctor, err);
    free_text(&text);
    free_text(&json);
    free_text(&undo);
    kf_doctor_free(doctor);
    return rc;
}

static void a_damaged_schema(void **state) {
    static const char damaged[] =
        "{\"format\": 1, \"collections\": [{\"name\": \"t\", \"indexes\": [{\"name\": \"u\", \"key\": [[\"WHERE \\\"s\\\" = "
        "1\", 1]], "
        "\"unique\": true, \"filter\": null}, {\"name\": \"i\", \"key\": [[\"a\\\" DESC\", 1]], \"unique\": false, \"filter\": "
        "null}], "
        "\"document\": {\"name\": \"t\", \"fields\": {\"id\": {\"type_code\": \"long\"}, \"a\": {\"type_code\": \"long\"}}, "
        "\"auto\": {\"field_names\": [\"id\", \"id\"], \"seq\": 0}}}]}";
    static const char wanted[] = "ALTER TABLE \"t\" ADD CONSTRAINT \"v\" UNIQUE (\"a\")";
    kf_schema *live;
    kf_log *log;
    kf_error err;
    (void)state;
    fail_at = 0;
    assert_int_equal(kf_schema_read(&live, damaged, strlen(damaged), NULL), 0);
    assert_int_equal(kf_log_new(&log, NULL), 0);
    assert_int_equal(kf_log_add(log, "log", wanted, strlen(wanted), NULL), 0);
    for (size_t i = 1, failed = true; failed; i++) {
        allocations = 0;
        fail_at = i;
        int rc = look_at_damage(live, log, &err);
        failed = allocations >= fail_at;
        fail_at = 0;
        assert_int_equal(rc, failed ? -KF_E_MEMORY : 0);
    }
    kf_log_free(log);
    kf_schema_free(live);
}

static void a_log(void **state) {
    (void)state;
    fail_each(&(input){.log = fixed, .log_length = strlen(fixed)});
}

static void statements_carried_out(void **state) {
    (void)state;
    fail_each(&(input){.log = commands, .log_length = strlen(commands), .execute = true});
}

static void stages(void **state) {
    (void)state;
    static const char *const names[] = {"statements", "dialect", "parse", "schema", "plan"};
    kf_error err;
    kf_text text;
    for (size_t s = 0; s < 5; s++)
        for (size_t i = 1;; i++, runs++) {
            allocations = 0;
            fail_at = i;
            int rc = kf_explain(&text, names[s], commands, strlen(commands), NULL, &err);
            bool failed = allocations >= fail_at;
            fail_at = 0;
            kf_text_free(&text);
            if (failed) assert_int_equal(rc, -KF_E_MEMORY);
            else break;
        }
}

static void compressed(void **state) {
    (void)state;
    static const unsigned char gzip[] = {0x1f, 0x8b, 8,    0,    0,    0, 0, 0,    0,    3,    0x0b, 0x76, 0xf5, 0x71, 0x75,
                                         0x0e, 0x51, 0x30, 0xb4, 0xe6, 2, 0, 0x7f, 0xa9, 0x0e, 0x50, 10,   0,    0,    0};
    kf_error err;
    for (size_t i = 1;; i++, runs++) {
        kf_log *log = NULL;
        allocations = 0;
        fail_at = i;
        int rc = kf_log_new(&log, &err);
        if (rc == 0) rc = kf_log_add(log, "x.gz", (const char *)gzip, sizeof gzip, &err);
        bool failed = allocations >= fail_at;
        fail_at = 0;
        if (failed) assert_int_equal(rc, -KF_E_MEMORY);
        kf_log_free(log);
        if (!failed) break;
    }
}

/* ---- the corpus ---- */

static const char *section(const char *from, const char *end, const char *head, const char *tail, size_t *length) {
    const char *at = memmem(from, (size_t)(end - from), head, strlen(head));
    if (!at) return *length = 0, from;
    at += strlen(head);
    const char *stop = memmem(at, (size_t)(end - at), tail, strlen(tail));
    *length = (size_t)((stop ? stop : end) - at);
    return at;
}

static void fail_file(const char *path, bool execute) {
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    fseek(f, 0, SEEK_END);
    size_t n = (size_t)ftell(f);
    rewind(f);
    char *bytes = malloc(n + 1);
    assert_int_equal(fread(bytes, 1, n, f), n);
    bytes[n] = '\0';
    fclose(f);
    for (const char *c = strstr(bytes, "case: "), *next; c; c = next) {
        next = strstr(c + 1, "\ncase: ");
        const char *end = next ? next : bytes + n;
        input in = {.execute = execute};
        in.live = section(c, end, "\nlive:\n", "\ninput:\n", &in.live_length);
        in.log = section(c, end, "\ninput:\n", "\n----\n", &in.log_length);
        fail_each(&in);
    }
    free(bytes);
}

static void fail_folder(const char *folder, bool execute) {
    DIR *d = opendir(folder);
    assert_non_null(d);
    for (struct dirent *e; (e = readdir(d));) {
        char *path;
        if (!strstr(e->d_name, ".test")) continue;
        assert_true(asprintf(&path, "%s/%s", folder, e->d_name) > 0);
        fail_file(path, execute);
        free(path);
    }
    closedir(d);
}

static void the_corpus(void **state) {
    (void)state;
    const char *which = getenv("KEYFOLD_ALLOCATIONS");
    if (!which || strcmp(which, "all") != 0) {
        fail_file(KEYFOLD_ROOT "/sql_corpus/plan/folding.test", false);
        return;
    }
    fail_folder(KEYFOLD_ROOT "/sql_corpus/plan", false);
    fail_folder(KEYFOLD_ROOT "/sql_corpus/execute", true);
}

static void the_hook_counts(void **state) {
    (void)state;
    kf_log *log;
    fail_at = 0;
    allocations = 0;
    assert_int_equal(kf_log_new(&log, NULL), 0);
    assert_true(allocations >= 3);
    kf_log_free(log);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_hook_counts), cmocka_unit_test(a_damaged_schema),
        cmocka_unit_test(a_log),           cmocka_unit_test(statements_carried_out),
        cmocka_unit_test(stages),          cmocka_unit_test(compressed),
        cmocka_unit_test(the_corpus),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    fprintf(stderr, "%zu allocations failed, one at a time\n", runs);
    return failed;
}
