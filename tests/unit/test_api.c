/* The public header: lifetimes, options, errors. */
#include <keyfold/keyfold.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const char create[] = "x sql_command: CREATE TABLE \"t\" (\"id\" long NOT NULL PRIMARY KEY, \"a\" long NULL)\n"
                             "params: None\n";
static const char add[] = "x sql_command: ALTER TABLE \"t\" ADD CONSTRAINT \"t_a\" INDEX (\"a\")\nparams: None\n";
static const char rename_it[] = "x sql_command: ALTER TABLE \"t\" SET SCHEMA \"s\"\nparams: None\n";

static kf_log *log_of(const char *first, const char *second) {
    kf_log *log;
    assert_int_equal(kf_log_new(&log, NULL), 0);
    assert_int_equal(kf_log_add(log, "first.log", first, strlen(first), NULL), 0);
    if (second) assert_int_equal(kf_log_add(log, "second.log", second, strlen(second), NULL), 0);
    return log;
}

static kf_plan *plan_of(const char *first, const char *second, const kf_schema *live, const kf_plan_options *options) {
    kf_log *log = log_of(first, second);
    kf_plan *plan;
    assert_int_equal(kf_plan_new(&plan, log, live, options, NULL), 0);
    kf_log_free(log);
    return plan;
}

static kf_schema *empty(void) {
    kf_schema *s;
    assert_int_equal(kf_schema_new(&s, NULL), 0);
    return s;
}

static void plan_outlives_log_and_schema(void **state) {
    (void)state;
    kf_schema *live = empty();
    kf_plan *plan = plan_of(create, add, live, NULL);
    kf_schema_free(live);
    kf_text text;
    assert_int_equal(kf_plan_describe(&text, plan, NULL), 0);
    assert_non_null(strstr(text.data, "second.log:1"));
    kf_text_free(&text);
    assert_null(text.data);
    assert_int_equal(kf_plan_count(plan, "read"), 2);
    assert_int_equal(kf_plan_count(plan, "applied"), 2);
    assert_int_equal(kf_plan_count(plan, "no such class"), 0);
    kf_plan_free(plan);
}

static void result_outlives_everything(void **state) {
    (void)state;
    kf_schema *live = empty();
    kf_plan *plan = plan_of(create, add, live, NULL);
    kf_result *result, *again;
    assert_int_equal(kf_apply_schema(&result, live, plan, NULL), 0);
    /* It is not the schema that was planned against any more. */
    kf_error err;
    assert_int_equal(kf_apply_schema(&again, live, plan, &err), -KF_E_STALE_PLAN);
    assert_null(again);
    assert_int_equal(err.code, KF_E_STALE_PLAN);
    kf_plan_free(plan);
    plan = plan_of(create, add, live, NULL);
    assert_int_equal(kf_plan_operations(plan), 0);
    kf_plan_free(plan);
    kf_schema_free(live);
    kf_text text;
    assert_int_equal(kf_result_describe(&text, result, false, NULL), 0);
    assert_non_null(strstr(text.data, "second.log:1"));
    kf_text_free(&text);
    assert_int_equal(kf_result_write(&text, result, false, NULL), 0);
    assert_non_null(strstr(text.data, "\"failures\": []"));
    kf_text_free(&text);
    assert_int_equal(kf_result_done(result), kf_plan_operations(kf_result_plan(result)));
    assert_int_equal(kf_result_status(result), 0);
    kf_result_free(result);
}

static void stopped_plan_changes_nothing(void **state) {
    (void)state;
    kf_schema *live = empty();
    kf_plan *plan = plan_of(create, rename_it, live, NULL);
    assert_true(kf_plan_stopped(plan));
    assert_int_equal(kf_plan_status(plan), 3);
    kf_result *result;
    assert_int_equal(kf_apply_schema(&result, live, plan, NULL), 0);
    assert_int_equal(kf_result_done(result), 0);
    assert_int_equal(kf_result_status(result), 3);
    kf_text before, after;
    kf_schema *other = empty();
    assert_int_equal(kf_schema_write(&before, other, NULL), 0);
    assert_int_equal(kf_schema_write(&after, live, NULL), 0);
    assert_string_equal(before.data, after.data);
    kf_text_free(&before);
    kf_text_free(&after);
    kf_schema_free(other);
    kf_result_free(result);
    kf_plan_free(plan);
    kf_schema_free(live);
}

static void finding_has_its_place(void **state) {
    (void)state;
    kf_schema *live = empty();
    kf_plan_options options = KF_PLAN_OPTIONS;
    options.keep_going = true;
    kf_plan *plan = plan_of(create, "x sql_command: ALTER TABLE \"t\"\n FROB\nparams: None\n", live, &options);
    assert_false(kf_plan_stopped(plan));
    assert_int_equal(kf_plan_finding_count(plan), 1);
    kf_finding f;
    kf_plan_finding(&f, plan, 0);
    assert_int_equal(f.severity, KF_ERROR);
    assert_int_equal(f.code, KF_E_SYNTAX);
    assert_string_equal(f.file, "second.log");
    assert_int_equal(f.file_line, 1);
    assert_int_equal(f.line, 2);
    assert_int_equal(f.column, 2);
    assert_string_equal(f.statement, "ALTER TABLE \"t\"\n FROB");
    kf_plan_free(plan);
    kf_schema_free(live);
}

static void saved_plan_is_the_same(void **state) {
    (void)state;
    kf_schema *live = empty();
    kf_plan *plan = plan_of(create, add, live, NULL), *read;
    kf_text first, second;
    assert_int_equal(kf_plan_write(&first, plan, NULL), 0);
    assert_int_equal(kf_plan_read(&read, first.data, first.length, NULL), 0);
    assert_int_equal(kf_plan_write(&second, read, NULL), 0);
    assert_string_equal(first.data, second.data);
    kf_plan_free(plan);
    kf_result *result;
    assert_int_equal(kf_apply_schema(&result, live, read, NULL), 0);
    kf_plan_free(read);
    kf_result_free(result);
    kf_text_free(&first);
    kf_text_free(&second);
    assert_int_equal(kf_schema_write(&first, live, NULL), 0);
    kf_schema *again;
    assert_int_equal(kf_schema_read(&again, first.data, first.length, NULL), 0);
    assert_int_equal(kf_schema_write(&second, again, NULL), 0);
    assert_string_equal(first.data, second.data);
    kf_text_free(&first);
    kf_text_free(&second);
    kf_schema_free(again);
    kf_schema_free(live);
}

static void failed_file_leaves_nothing(void **state) {
    (void)state;
    kf_log *log = log_of(create, NULL);
    kf_error err;
    assert_int_equal(kf_log_add(log, "blank.log", " \n", 2, &err), -KF_E_EMPTY_FILE);
    assert_int_equal(kf_log_add_file(log, "/nowhere/x.log", &err), -KF_E_FILE_MISSING);
    assert_string_equal(err.message, "/nowhere/x.log: No such file or directory");
    assert_int_equal(kf_log_add_file(log, "/", &err), -KF_E_IS_DIRECTORY);
    assert_int_equal(kf_log_count(log), 1);
    kf_log_free(log);
}

static void older_options_are_read(void **state) {
    (void)state;
    kf_schema *live = empty();
    kf_plan_options options = KF_PLAN_OPTIONS;
    options.profile = "mongodb-4.2";
    options.keep_going = true;
    options.size = offsetof(kf_plan_options, keep_going); /* as of a caller that was compiled before it came */
    kf_plan *plan = plan_of(create, rename_it, live, &options);
    assert_true(kf_plan_stopped(plan));
    kf_plan_free(plan);
    kf_log *log = log_of(create, NULL);
    kf_error err;
    options.profile = "mongodb-0";
    assert_int_equal(kf_plan_new(&plan, log, live, &options, &err), -KF_E_PROFILE_UNKNOWN);
    assert_null(plan);
    kf_log_free(log);
    kf_schema_free(live);
}

static void worst_status(void **state) {
    (void)state;
    static const int order[] = {130, 5, 2, 3, 4, 1, 0};
    for (size_t i = 0; i < 7; i++)
        for (size_t k = i; k < 7; k++) {
            assert_int_equal(kf_status_worst(order[i], order[k]), order[i]);
            assert_int_equal(kf_status_worst(order[k], order[i]), order[i]);
        }
}

static void null_is_freed(void **state) {
    (void)state;
    kf_log_free(NULL);
    kf_schema_free(NULL);
    kf_plan_free(NULL);
    kf_result_free(NULL);
    kf_database_free(NULL);
    kf_text_free(NULL);
}

static void files_are_told(void **state) {
    (void)state;
    kf_log *log;
    kf_log_file f;
    static const char utf16[] = "\xff\xfeS\0E\0L\0E\0C\0T\0 \0"
                                "1\0;\0";
    assert_int_equal(kf_log_new(&log, NULL), 0);
    assert_int_equal(kf_log_file_count(log), 0);
    assert_int_equal(kf_log_add(log, "one", "x sql_command: SELECT 1\nparams: None\n", 37, NULL), 0);
    assert_int_equal(kf_log_add(log, "blank", "\n", 1, NULL), -KF_E_EMPTY_FILE);
    assert_int_equal(kf_log_add(log, "two", utf16, sizeof utf16 - 1, NULL), 0);
    assert_int_equal(kf_log_file_count(log), 2);
    kf_log_file_at(&f, log, 0);
    assert_string_equal(f.name, "one");
    assert_string_equal(f.form, "djongo log");
    assert_int_equal(f.statements, 1);
    kf_log_file_at(&f, log, 1);
    assert_string_equal(f.name, "two");
    assert_string_equal(f.form, "SQL");
    assert_string_equal(f.encoding, "utf-16le");
    assert_string_equal(f.compression, "none");
    kf_log_free(log);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plan_outlives_log_and_schema),
        cmocka_unit_test(result_outlives_everything),
        cmocka_unit_test(stopped_plan_changes_nothing),
        cmocka_unit_test(finding_has_its_place),
        cmocka_unit_test(saved_plan_is_the_same),
        cmocka_unit_test(failed_file_leaves_nothing),
        cmocka_unit_test(older_options_are_read),
        cmocka_unit_test(worst_status),
        cmocka_unit_test(null_is_freed),
        cmocka_unit_test(files_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
