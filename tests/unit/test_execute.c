/* Statements at hand, with their parameters, carried out on a schema in memory. */
#include <keyfold/keyfold.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <bson/bson.h>
#include <cmocka.h>

static const char create[] = "CREATE TABLE \"t\" (\"id\" long NOT NULL PRIMARY KEY, \"a\" string NOT NULL)";

static void add(kf_log *log, const char *sql, const bson_t *params) {
    kf_error err;
    int rc = kf_log_add_statement(log, sql, strlen(sql), params ? bson_get_data(params) : NULL, params ? params->len : 0, &err);
    if (rc) fail_msg("%s", err.message);
}

static kf_log *empty_log(void) {
    kf_log *log;
    assert_int_equal(kf_log_new(&log, NULL), 0);
    return log;
}

static kf_schema *empty(void) {
    kf_schema *s;
    assert_int_equal(kf_schema_new(&s, NULL), 0);
    return s;
}

/* The result; everything of it is the caller's. */
static kf_result *execute(kf_schema *live, kf_log *log) {
    kf_error err;
    kf_result *result;
    if (kf_execute_schema(&result, live, log, NULL, &err)) fail_msg("%s", err.message);
    kf_log_free(log);
    return result;
}

static void expect_in_schema(const kf_schema *live, const char *part) {
    kf_text json;
    assert_int_equal(kf_schema_write(&json, live, NULL), 0);
    if (!strstr(json.data, part)) fail_msg("%s is not in %s", part, json.data);
    kf_text_free(&json);
}

static void with_table(kf_schema *live) {
    kf_log *log = empty_log();
    add(log, create, NULL);
    kf_result_free(execute(live, log));
}

static void parameters_are_values(void **state) {
    (void)state;
    kf_schema *live = empty();
    kf_log *log = empty_log();
    with_table(live);
    bson_t *params = BCON_NEW("0", BCON_INT64(5), "1", BCON_UTF8("x'y"));
    add(log, "ALTER TABLE \"t\" ADD COLUMN \"n\" long DEFAULT %s NOT NULL, ADD COLUMN \"s\" string DEFAULT %s NOT NULL", params);
    bson_destroy(params);
    kf_result *result = execute(live, log);
    assert_int_equal(kf_result_status(result), 0);
    kf_text json;
    assert_int_equal(kf_plan_write(&json, kf_result_plan(result), NULL), 0);
    assert_non_null(strstr(json.data, "\"fill\": {\"$numberLong\": \"5\"}"));
    assert_non_null(strstr(json.data, "\"fill\": \"x'y\""));
    kf_text_free(&json);
    kf_result_free(result);
    kf_schema_free(live);
}

static void expect_error(const char *sql, const bson_t *params, int code, size_t column) {
    kf_schema *live = empty();
    kf_log *log = empty_log();
    with_table(live);
    add(log, sql, params);
    kf_result *result = execute(live, log);
    kf_finding f;
    assert_int_equal(kf_result_status(result), kf_code_exit_status(code));
    assert_true(kf_plan_stopped(kf_result_plan(result)));
    assert_int_equal(kf_plan_finding_count(kf_result_plan(result)), 1);
    kf_plan_finding(&f, kf_result_plan(result), 0);
    assert_int_equal(f.code, code);
    assert_string_equal(f.statement, sql);
    assert_int_equal(f.column, column);
    kf_result_free(result);
    kf_schema_free(live);
}

static void wrong_numbers_of_parameters(void **state) {
    (void)state;
    bson_t *one = BCON_NEW("0", BCON_INT32(5)), none = BSON_INITIALIZER;
    const char *sql = "ALTER TABLE \"t\" ADD COLUMN \"n\" long DEFAULT %s NULL";
    const char *plain = "ALTER TABLE \"t\" ADD COLUMN \"n\" long NULL";
    expect_error(sql, &none, KF_E_PARAMETERS, 45);
    expect_error(plain, one, KF_E_PARAMETERS, 1);
    bson_destroy(one);
}

static void parameters_that_are_no_bson(void **state) {
    (void)state;
    kf_log *log = empty_log();
    kf_error err;
    static const char *const broken[] = {"x", "\x05\x00\x00\x00\x01", "\x0c\x00\x00\x00\x10 0\x00\x01\x00\x00\x00"};
    static const size_t lengths[] = {1, 5, 12};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(kf_log_add_statement(log, create, strlen(create), broken[i], lengths[i], &err), -KF_E_PARAMETERS);
        assert_int_equal(kf_log_count(log), 0);
    }
    kf_log_free(log);
}

static void statements_and_parameters_are_copied(void **state) {
    (void)state;
    kf_schema *live = empty();
    kf_log *log = empty_log();
    with_table(live);
    char sql[] = "ALTER TABLE \"t\" ADD COLUMN \"n\" long DEFAULT %s NOT NULL";
    bson_t *params = BCON_NEW("0", BCON_INT32(5));
    add(log, sql, params);
    memset(sql, 'x', sizeof sql - 1);
    memset((char *)bson_get_data(params), 'x', params->len);
    bson_free(params);
    kf_result_free(execute(live, log));
    expect_in_schema(live, "\"n\": {\"type_code\": \"long\", \"null\": false, \"default\": \"5\"}");
    kf_schema_free(live);
}

static void nothing_is_no_statement(void **state) {
    (void)state;
    kf_schema *live = empty();
    kf_log *log = empty_log();
    kf_result *result;
    kf_error err;
    assert_int_equal(kf_execute_schema(&result, live, log, NULL, &err), -KF_E_NO_STATEMENT);
    assert_null(result);
    kf_log_free(log);
    kf_schema_free(live);
}

static void batches_are_one_result(void **state) {
    (void)state;
    kf_schema *live = empty();
    kf_log *log = empty_log();
    add(log, create, NULL);
    add(log, "ALTER TABLE \"t\" FLUSH", NULL);
    add(log, "DROP TABLE \"t\" CASCADE; CREATE TABLE \"t\" (\"id\" string NOT NULL PRIMARY KEY)", NULL);
    add(log, "ALTER TABLE \"u\" FLUSH", NULL);
    add(log, "ALTER TABLE \"t\" FLUSH", NULL);
    kf_result *result = execute(live, log);
    const kf_plan *plan = kf_result_plan(result);
    kf_finding f;
    assert_int_equal(kf_result_status(result), 4);
    assert_int_equal(kf_plan_count(plan, "read"), 5);
    assert_int_equal(kf_plan_count(plan, "applied"), 3);
    assert_int_equal(kf_plan_count(plan, "withheld"), 2);
    assert_false(kf_plan_stopped(plan));
    kf_plan_finding(&f, plan, 0);
    assert_int_equal(f.code, KF_E_TABLE_UNKNOWN);
    assert_string_equal(f.statement, "ALTER TABLE \"u\" FLUSH");
    assert_int_equal(f.file_line, 4);
    assert_int_equal(kf_result_failure_count(result), 0);
    kf_result_free(result);
    expect_in_schema(live, "\"id\": {\"type_code\": \"string\", \"null\": false}");
    kf_schema_free(live);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parameters_are_values),
        cmocka_unit_test(wrong_numbers_of_parameters),
        cmocka_unit_test(parameters_that_are_no_bson),
        cmocka_unit_test(statements_and_parameters_are_copied),
        cmocka_unit_test(nothing_is_no_statement),
        cmocka_unit_test(batches_are_one_result),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
