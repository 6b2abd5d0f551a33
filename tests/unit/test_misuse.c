/* What callers get wrong: NULLs, sizes, indexes out of range, use after an error. With a server: tests/live/test_misuse.py. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <keyfold/keyfold.h>
#include <pthread.h>
#include <string.h>

static const char sql[] = "CREATE TABLE \"t\" (\"id\" long NOT NULL PRIMARY KEY); ALTER TABLE \"t\" FROB";

static kf_log *log_of(const char *text) {
    kf_log *log;
    assert_int_equal(kf_log_new(&log, NULL), 0);
    assert_int_equal(kf_log_add(log, "log", text, strlen(text), NULL), 0);
    return log;
}

static kf_schema *empty(void) {
    kf_schema *s;
    assert_int_equal(kf_schema_new(&s, NULL), 0);
    return s;
}

/* With and without an error to fill. */
#define is_usage(call)                                                                                                         \
    do {                                                                                                                       \
        kf_error error = {0}, *err = &error;                                                                                   \
        assert_int_equal(call, -KF_E_USAGE);                                                                                   \
        assert_int_equal(error.code, KF_E_USAGE);                                                                              \
        assert_non_null(strstr(error.message, "NULL"));                                                                        \
        err = NULL;                                                                                                            \
        assert_int_equal(call, -KF_E_USAGE);                                                                                   \
    } while (0)

static void null_pointers(void **state) {
    (void)state;
    kf_log *log = log_of(sql), *no_log = (kf_log *)1;
    kf_schema *live = empty(), *no_schema = (kf_schema *)1;
    kf_plan *plan, *no_plan = (kf_plan *)1;
    kf_result *result, *no_result = (kf_result *)1;
    kf_database *no_database = (kf_database *)1, *database = (kf_database *)live; /* looked at by nothing here */
    kf_text text = {(char *)1, 1};
    assert_int_equal(kf_plan_new(&plan, log, live, NULL, NULL), 0);
    assert_int_equal(kf_apply_schema(&result, live, plan, NULL), 0);
    is_usage(kf_log_new(NULL, err));
    is_usage(kf_log_add(NULL, "x", "", 0, err));
    is_usage(kf_log_add(log, NULL, "x", 1, err));
    is_usage(kf_log_add(log, "x", NULL, 1, err));
    is_usage(kf_log_add_file(NULL, "x", err));
    is_usage(kf_log_add_file(log, NULL, err));
    is_usage(kf_log_add_statement(NULL, "x", 1, NULL, 0, err));
    is_usage(kf_log_add_statement(log, NULL, 1, NULL, 0, err));
    is_usage(kf_database_foresee(NULL, database, plan, err));
    is_usage(kf_database_foresee(live, NULL, plan, err));
    is_usage(kf_database_foresee(live, database, NULL, err));
    kf_doctor *doctor, *no_doctor = (kf_doctor *)1;
    assert_int_equal(kf_doctor_new_schema(&doctor, live, log, NULL, NULL), 0);
    is_usage(kf_doctor_new(NULL, database, NULL, NULL, err));
    is_usage(kf_doctor_new(&no_doctor, NULL, NULL, NULL, err));
    assert_null(no_doctor);
    is_usage(kf_doctor_new_schema(NULL, live, NULL, NULL, err));
    is_usage(kf_doctor_new_schema(&no_doctor, NULL, NULL, NULL, err));
    is_usage(kf_doctor_describe(NULL, doctor, KF_FORM_TEXT, false, err));
    is_usage(kf_doctor_describe(&text, NULL, KF_FORM_TEXT, false, err));
    assert_int_equal(kf_doctor_describe(&text, doctor, KF_FORM_SARIF, false, NULL), -KF_E_USAGE);
    is_usage(kf_doctor_undo(NULL, doctor, err));
    is_usage(kf_doctor_undo(&text, NULL, err));
    is_usage(kf_undo(NULL, NULL, database, "{}", 2, NULL, err));
    is_usage(kf_undo(&text, NULL, NULL, "{}", 2, NULL, err));
    is_usage(kf_undo(&text, NULL, database, NULL, 2, NULL, err));
    assert_int_equal(kf_doctor_status(NULL), 2);
    assert_null(kf_doctor_plan(NULL));
    kf_doctor_free(doctor);
    kf_doctor_free(NULL);
    is_usage(kf_schema_new(NULL, err));
    is_usage(kf_schema_read(NULL, "{}", 2, err));
    is_usage(kf_schema_read(&no_schema, NULL, 2, err));
    assert_null(no_schema);
    is_usage(kf_schema_write(NULL, live, err));
    is_usage(kf_schema_write(&text, NULL, err));
    assert_null(text.data);
    is_usage(kf_schema_export(NULL, live, "json", err));
    is_usage(kf_schema_export(&text, NULL, "json", err));
    is_usage(kf_schema_export(&text, live, NULL, err));
    assert_null(text.data);
    is_usage(kf_database_open(NULL, "mongodb://x/y", NULL, err));
    is_usage(kf_database_open(&no_database, NULL, NULL, err));
    assert_null(no_database);
    is_usage(kf_database_snapshot(NULL, database, err));
    is_usage(kf_database_snapshot(&no_schema, NULL, err));
    is_usage(kf_database_snapshot_of(NULL, database, NULL, 0, false, err));
    is_usage(kf_database_snapshot_of(&no_schema, NULL, NULL, 0, false, err));
    is_usage(kf_database_snapshot_of(&no_schema, database, NULL, 1, false, err));
    is_usage(kf_database_snapshot_of(&no_schema, database, (const char *const[]){"a", NULL}, 2, false, err));
    is_usage(kf_plan_new(NULL, log, live, NULL, err));
    is_usage(kf_plan_new(&no_plan, NULL, live, NULL, err));
    is_usage(kf_plan_new(&no_plan, log, NULL, NULL, err));
    assert_null(no_plan);
    is_usage(kf_plan_detach(NULL, live, NULL, err));
    is_usage(kf_plan_detach(&no_plan, NULL, NULL, err));
    assert_null(no_plan);
    is_usage(kf_plan_read(NULL, "{}", 2, err));
    is_usage(kf_plan_read(&no_plan, NULL, 2, err));
    is_usage(kf_plan_write(NULL, plan, err));
    is_usage(kf_plan_write(&text, NULL, err));
    is_usage(kf_database_facts(NULL, database, err));
    is_usage(kf_database_facts(live, NULL, err));
    is_usage(kf_schema_lint(NULL, NULL, live, plan, NULL, err));
    is_usage(kf_schema_lint(&text, NULL, NULL, plan, NULL, err));
    is_usage(kf_plan_verify(NULL, NULL, plan, live, NULL, err));
    is_usage(kf_plan_verify(&text, NULL, NULL, live, NULL, err));
    is_usage(kf_plan_verify(&text, NULL, plan, NULL, NULL, err));
    is_usage(kf_plan_describe(NULL, plan, err));
    is_usage(kf_plan_describe(&text, NULL, err));
    is_usage(kf_apply_log(NULL, database, log, NULL, err));
    is_usage(kf_apply_log(&no_result, NULL, log, NULL, err));
    is_usage(kf_apply_log(&no_result, database, NULL, NULL, err));
    assert_null(no_result);
    is_usage(kf_apply_plan(NULL, database, plan, err));
    is_usage(kf_apply_plan(&no_result, NULL, plan, err));
    is_usage(kf_apply_plan(&no_result, database, NULL, err));
    is_usage(kf_apply_schema(NULL, live, plan, err));
    is_usage(kf_apply_schema(&no_result, NULL, plan, err));
    is_usage(kf_apply_schema(&no_result, live, NULL, err));
    is_usage(kf_execute(NULL, database, log, NULL, err));
    is_usage(kf_execute(&no_result, NULL, log, NULL, err));
    is_usage(kf_execute(&no_result, database, NULL, NULL, err));
    is_usage(kf_execute_schema(NULL, live, log, NULL, err));
    is_usage(kf_execute_schema(&no_result, NULL, log, NULL, err));
    is_usage(kf_execute_schema(&no_result, live, NULL, NULL, err));
    is_usage(kf_result_describe(NULL, result, false, err));
    is_usage(kf_result_describe(&text, NULL, false, err));
    is_usage(kf_result_write(NULL, result, false, err));
    is_usage(kf_result_write(&text, NULL, false, err));
    is_usage(kf_explain(NULL, "plan", "x", 1, NULL, err));
    is_usage(kf_explain(&text, NULL, "x", 1, NULL, err));
    is_usage(kf_explain(&text, "plan", NULL, 1, NULL, err));
    (void)no_log;
    kf_result_free(result);
    kf_plan_free(plan);
    kf_schema_free(live);
    kf_log_free(log);
}

static void null_handles(void **state) {
    (void)state;
    kf_finding finding;
    kf_failure failure;
    kf_log_file file;
    size_t read = 5, write = 5;
    kf_text_free(NULL);
    kf_log_free(NULL);
    kf_schema_free(NULL);
    kf_database_free(NULL);
    kf_plan_free(NULL);
    kf_result_free(NULL);
    assert_int_equal(kf_log_count(NULL), 0);
    assert_int_equal(kf_log_file_count(NULL), 0);
    kf_log_file_at(&file, NULL, 0);
    assert_string_equal(file.name, "");
    assert_string_equal(kf_database_uri(NULL), "");
    assert_string_equal(kf_database_name(NULL), "");
    assert_string_equal(kf_database_profile(NULL), "");
    assert_string_equal(kf_database_server(NULL), "");
    kf_database_commands(NULL, &read, &write);
    assert_int_equal(read + write, 0);
    kf_database_commands(NULL, NULL, NULL);
    assert_null(kf_profile_name(SIZE_MAX));
    assert_int_equal(kf_plan_status(NULL), 2);
    assert_true(kf_plan_stopped(NULL));
    assert_int_equal(kf_plan_operations(NULL), 0);
    assert_int_equal(kf_plan_count(NULL, "read"), 0);
    assert_int_equal(kf_plan_finding_count(NULL), 0);
    kf_plan_finding(&finding, NULL, 0);
    assert_string_equal(finding.message, "");
    assert_null(kf_result_plan(NULL));
    assert_int_equal(kf_result_status(NULL), 2);
    assert_int_equal(kf_result_done(NULL), 0);
    assert_int_equal(kf_result_failure_count(NULL), 0);
    kf_result_failure(&failure, NULL, 0);
    assert_string_equal(failure.message, "");
}

static void out_of_range(void **state) {
    (void)state;
    kf_log *log = log_of(sql);
    kf_schema *live = empty();
    kf_plan *plan;
    kf_finding f;
    kf_log_file file;
    assert_int_equal(kf_plan_new(&plan, log, live, NULL, NULL), 0);
    assert_int_equal(kf_plan_count(plan, NULL), 0);
    assert_int_equal(kf_plan_finding_count(plan), 1);
    kf_plan_finding(&f, plan, 0);
    assert_int_equal(f.code, KF_E_SYNTAX);
    const size_t beyond[] = {1, 2, SIZE_MAX};
    for (size_t i = 0; i < 3; i++) {
        kf_plan_finding(&f, plan, beyond[i]);
        assert_int_equal(f.code, 0);
        assert_string_equal(f.message, "");
        assert_string_equal(f.collection, "");
        assert_string_equal(f.name, "");
        assert_null(f.statement);
        kf_log_file_at(&file, log, beyond[i]);
        assert_string_equal(file.name, "");
        assert_int_equal(file.statements, 0);
    }
    kf_plan_finding(NULL, plan, 0);
    kf_log_file_at(NULL, log, 0);
    kf_plan_free(plan);
    kf_schema_free(live);
    kf_log_free(log);
}

/* A struct of a later version: ours, and room behind it. */
typedef struct later {
    kf_plan_options options;
    char more[64];
} later;

static void sizes_of_options(void **state) {
    (void)state;
    kf_log *log = log_of(sql);
    kf_schema *live = empty();
    kf_plan *plan;
    kf_result *result;
    kf_text text;
    kf_error err;
    later o = {.options = KF_PLAN_OPTIONS};
    const size_t wrong[] = {0, 1, sizeof(size_t), 4097, SIZE_MAX / 2, SIZE_MAX};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        o.options.size = wrong[i];
        assert_int_equal(kf_plan_new(&plan, log, live, &o.options, &err), -KF_E_USAGE);
        assert_null(plan);
        assert_non_null(strstr(err.message, "options.size"));
        assert_int_equal(kf_execute_schema(&result, live, log, &o.options, &err), -KF_E_USAGE);
        assert_int_equal(kf_explain(&text, "plan", sql, strlen(sql), &o.options, &err), -KF_E_USAGE);
    }
    o.options.size = sizeof o;
    assert_int_equal(kf_plan_new(&plan, log, live, &o.options, &err), 0);
    kf_plan_free(plan);
    o.more[63] = 1;
    assert_int_equal(kf_plan_new(&plan, log, live, &o.options, &err), -KF_E_USAGE);
    assert_non_null(strstr(err.message, "newer"));
    kf_database_options d = KF_DATABASE_OPTIONS;
    kf_database *database;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        d.size = wrong[i];
        assert_int_equal(kf_database_open(&database, "mongodb://127.0.0.1:1/x", &d, &err), -KF_E_USAGE);
        assert_null(database);
    }
    d = (kf_database_options)KF_DATABASE_OPTIONS;
    d.timeout_s = -1;
    assert_int_equal(kf_database_open(&database, "mongodb://127.0.0.1:1/x", &d, &err), -KF_E_USAGE);
    d.timeout_s = 1;
    for (d.jobs = -1; d.jobs <= 65; d.jobs += 66) {
        assert_int_equal(kf_database_open(&database, "mongodb://127.0.0.1:1/x", &d, &err), -KF_E_USAGE);
        assert_non_null(strstr(err.message, "options.jobs"));
    }
    kf_schema_free(live);
    kf_log_free(log);
}

static void values_of_options(void **state) {
    (void)state;
    kf_log *log = log_of(sql);
    kf_schema *live = empty();
    kf_plan *plan;
    kf_error err;
    kf_plan_options o = KF_PLAN_OPTIONS;
    o.allow_drop = 8;
    assert_int_equal(kf_plan_new(&plan, log, live, &o, &err), -KF_E_USAGE);
    o = (kf_plan_options)KF_PLAN_OPTIONS;
    o.renames = (kf_renames)7;
    assert_int_equal(kf_plan_new(&plan, log, live, &o, &err), -KF_E_USAGE);
    o = (kf_plan_options)KF_PLAN_OPTIONS;
    o.profile = "no such";
    assert_int_equal(kf_plan_new(&plan, log, live, &o, &err), -KF_E_PROFILE_UNKNOWN);
    o.profile = NULL;
    o.stack_bytes = 1; /* less than anything takes: one level */
    assert_int_equal(kf_plan_new(&plan, log, live, &o, &err), 0);
    kf_plan_free(plan);
    kf_schema_free(live);
    kf_log_free(log);
}

static void use_after_an_error(void **state) {
    (void)state;
    kf_log *log = log_of("CREATE TABLE \"t\" (\"id\" long NOT NULL PRIMARY KEY)");
    kf_schema *live = empty();
    kf_plan *plan;
    kf_result *result;
    kf_text before, after;
    kf_error err;
    assert_int_equal(kf_log_add(log, "nul", "a\0b", 3, &err), -KF_E_ENCODING);
    assert_int_equal(kf_log_add_file(log, "/no/such/file", &err), -KF_E_FILE_MISSING);
    assert_int_equal(kf_log_add_statement(log, "SELECT %s", 9, "no bson", 7, &err), -KF_E_PARAMETERS);
    assert_int_equal(kf_log_count(log), 1);
    assert_int_equal(kf_log_file_count(log), 1);
    assert_int_equal(kf_plan_new(&plan, log, live, NULL, NULL), 0);
    assert_int_equal(kf_apply_schema(&result, live, plan, NULL), 0);
    kf_result_free(result);
    assert_int_equal(kf_schema_write(&before, live, NULL), 0);
    assert_int_equal(kf_apply_schema(&result, live, plan, &err), -KF_E_STALE_PLAN);
    assert_null(result);
    assert_int_equal(kf_schema_write(&after, live, NULL), 0);
    assert_string_equal(before.data, after.data);
    kf_plan_free(plan);
    assert_int_equal(kf_plan_new(&plan, log, live, NULL, NULL), 0);
    assert_int_equal(kf_plan_operations(plan), 0);
    kf_text_free(&before);
    kf_text_free(&after);
    kf_text_free(&after); /* once more is no harm */
    kf_plan_free(plan);
    kf_schema_free(live);
    kf_log_free(log);
}

typedef struct race {
    kf_log *log;
    int added, refused;
} race;

static void *add_many(void *arg) {
    race *r = arg;
    for (int i = 0; i < 2000; i++) {
        kf_error err;
        int rc = kf_log_add_statement(r->log, "SELECT 1", 8, NULL, 0, &err);
        if (rc == 0) r->added++;
        else if (rc == -KF_E_IN_USE && err.code == KF_E_IN_USE) r->refused++;
    }
    return NULL;
}

/* Whoever comes while another thread is inside is refused; nothing is lost or counted twice. */
static void one_handle_in_two_threads(void **state) {
    (void)state;
    kf_log *log;
    assert_int_equal(kf_log_new(&log, NULL), 0);
    race races[2] = {{log, 0, 0}, {log, 0, 0}};
    pthread_t threads[2];
    for (int i = 0; i < 2; i++) assert_int_equal(pthread_create(&threads[i], NULL, add_many, &races[i]), 0);
    for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
    assert_int_equal(kf_log_count(log), races[0].added + races[1].added);
    assert_int_equal(races[0].added + races[0].refused + races[1].added + races[1].refused, 4000);
    kf_log_free(log);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(null_pointers),
        cmocka_unit_test(null_handles),
        cmocka_unit_test(out_of_range),
        cmocka_unit_test(sizes_of_options),
        cmocka_unit_test(values_of_options),
        cmocka_unit_test(use_after_an_error),
        cmocka_unit_test(one_handle_in_two_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
