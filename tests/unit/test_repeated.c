/* What a log shows again and again is parsed once, and takes little: memory tells, which is the same in every run. */
#include "api/api.h"

#include <setjmp.h>
#undef fail /* cmocka has one of its own */
#include <cmocka.h>

static const char create[] =
    "CREATE TABLE \"shop_order\" (\"id\" int32 NOT NULL PRIMARY KEY AUTOINCREMENT, \"code\" string NOT NULL)";
static const char add[] = "ALTER TABLE \"shop_order\" ADD CONSTRAINT \"shop_order_code_5e0d_idx\" INDEX (\"code\")";

static void show(text *log, const char *sql, const char *params) {
    text_format(log, "2026-11-22 06:49:18,537 djongo.sql2mongo.query DEBUG sql_command: %s\nparams: %s\n", sql, params);
}

/* Bytes that planning takes where each statement is shown n times. */
static size_t plan_bytes(size_t n, const char *params) {
    arena *a;
    kf_log *log;
    kf_schema *live;
    kf_plan *plan;
    assert_int_equal(arena_new(&a), 0);
    text shown = {.arena = a};
    for (size_t i = 0; i < n; i++) {
        show(&shown, create, params);
        show(&shown, add, params);
    }
    assert_int_equal(kf_log_new(&log, NULL), 0);
    assert_int_equal(kf_log_add(log, "app.log", shown.p, shown.n, NULL), 0);
    assert_int_equal(kf_schema_new(&live, NULL), 0);
    assert_int_equal(kf_plan_new(&plan, log, live, NULL, NULL), 0);
    assert_int_equal(kf_plan_count(plan, "read"), 2 * n);
    assert_int_equal(kf_plan_count(plan, "applied") + kf_plan_count(plan, "folded") + kf_plan_count(plan, "satisfied"), 2 * n);
    size_t bytes = arena_used(plan->memory->arena);
    kf_plan_free(plan);
    kf_schema_free(live);
    kf_log_free(log);
    arena_free(a);
    return bytes;
}

/* A record of each is kept (its place, its class, what it did): 1 kB is room for that, and not for a parsed statement. */
static void of_one_that_is_shown_again(void **state) {
    (void)state;
    enum { N = 1000, RECORD_BYTES = 1024 };
    assert_true(plan_bytes(2 * N, "()") - plan_bytes(N, "()") < 2 * N * RECORD_BYTES);
}

/* The same text with other parameters is another statement. */
static void with_other_parameters(void **state) {
    static const char insert[] =
        "INSERT INTO \"django_migrations\" (\"app\", \"name\", \"applied\") VALUES (%(0)s, %(1)s, %(2)s)";
    static const char table[] = "CREATE TABLE \"django_migrations\" (\"id\" int32 NOT NULL PRIMARY KEY AUTOINCREMENT, "
                                "\"app\" string NOT NULL, \"name\" string NOT NULL, \"applied\" date NOT NULL)";
    arena *a;
    kf_log *log;
    kf_schema *live;
    kf_plan *plan;
    (void)state;
    assert_int_equal(arena_new(&a), 0);
    text shown = {.arena = a}, dumped = {.arena = a};
    show(&shown, table, "()");
    show(&shown, insert, "('shop', '0001_initial', datetime.datetime(2026, 11, 22, 6, 49, 18))");
    show(&shown, insert, "('shop', '0002_order', datetime.datetime(2026, 11, 22, 6, 49, 19))");
    assert_int_equal(kf_log_new(&log, NULL), 0);
    assert_int_equal(kf_log_add(log, "app.log", shown.p, shown.n, NULL), 0);
    assert_int_equal(kf_schema_new(&live, NULL), 0);
    assert_int_equal(kf_plan_new(&plan, log, live, NULL, NULL), 0);
    plan_dump(&dumped, plan->plan);
    assert_true(str_find(text_str(&dumped), STR("\"shop\" \"0001_initial\""), 0) != SIZE_MAX);
    assert_true(str_find(text_str(&dumped), STR("\"shop\" \"0002_order\""), 0) != SIZE_MAX);
    kf_plan_free(plan);
    kf_schema_free(live);
    kf_log_free(log);
    arena_free(a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_one_that_is_shown_again),
        cmocka_unit_test(with_other_parameters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
