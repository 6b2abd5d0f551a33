/* Logs: reading them, planning them. */
#include "bench.h"

#include "dialect/dialect.h"
#include <inttypes.h>
#include <keyfold/keyfold.h>
#include <stdio.h>
#include <stdlib.h>

static void check(int rc, const char *what, const kf_error *err) {
    if (rc) bench_die(what, err->message);
}

/* ---- reading ---- */

/* Time of reading, then of planning against an empty database, in ns of CPU; the peak after each, in kB. */
static void plan_log(kf_log *log, int64_t read_ns, long read_kb) {
    kf_plan_options options = KF_PLAN_OPTIONS;
    kf_schema *live;
    kf_plan *plan;
    kf_error err;
    check(kf_schema_new(&live, &err), "schema", &err);
    options.keep_going = true;
    int64_t begin = bench_cpu_ns();
    check(kf_plan_new(&plan, log, live, &options, &err), "plan", &err);
    int64_t plan_ns = bench_cpu_ns() - begin;
    printf("{\"statements\": %zu, \"operations\": %zu, \"folded\": %zu, \"skipped\": %zu, \"read_ns\": %" PRId64
           ", \"read_kb\": %ld, \"plan_ns\": %" PRId64 ", \"plan_kb\": %ld}\n",
           kf_log_count(log), kf_plan_operations(plan), kf_plan_count(plan, "folded"), kf_plan_count(plan, "skipped"), read_ns,
           read_kb, plan_ns, bench_peak_kb());
    kf_plan_free(plan);
    kf_schema_free(live);
}

int bench_read(int argc, char **argv) {
    (void)argc;
    kf_log *log;
    kf_error err;
    check(kf_log_new(&log, &err), "log", &err);
    int64_t begin = bench_cpu_ns();
    check(kf_log_add_file(log, argv[2], &err), argv[2], &err);
    int64_t read_ns = bench_cpu_ns() - begin;
    plan_log(log, read_ns, bench_peak_kb());
    kf_log_free(log);
    return 0;
}

int bench_read_only(int argc, char **argv) {
    (void)argc;
    kf_log *log;
    kf_error err;
    check(kf_log_new(&log, &err), "log", &err);
    check(kf_log_add_file(log, argv[2], &err), argv[2], &err);
    printf("{\"statements\": %zu, \"read_kb\": %ld}\n", kf_log_count(log), bench_peak_kb());
    kf_log_free(log);
    return 0;
}

/* ---- planning very many ---- */

static int64_t parser_alone(size_t n, size_t tables) {
    enum { TURN = 1000 };
    arena *a, *kept;
    int64_t ns = 0;
    if (arena_new(&kept)) bench_die("reference", "out of memory");
    bench_parser *parser = bench_parser_new(kept);
    for (size_t first = 0; first < n; first += TURN) {
        const char *emitted[TURN];
        size_t end = first + TURN < n ? first + TURN : n;
        if (arena_new(&a)) bench_die("reference", "out of memory");
        for (size_t i = first; i < end; i++) {
            dialect_text t = {0};
            if (dialect_translate(&t, bench_statement(a, i, tables), NULL, a, NULL)) bench_die("reference", "dialect");
            emitted[i - first] = str_c(a, t.text);
        }
        int64_t begin = bench_cpu_ns();
        for (size_t i = first; i < end; i++) bench_parse(parser, emitted[i - first]);
        ns += bench_cpu_ns() - begin;
        arena_free(a);
    }
    arena_free(kept);
    return ns;
}

/* `different` statements, which come again and again. */
static str log_of(arena *a, size_t n, size_t different, size_t tables) {
    text t = {.arena = a};
    for (size_t i = 0; i < n; i++) {
        text_add(&t, STR("2026-11-22 06:49:18,537 djongo.sql2mongo.query DEBUG sql_command: "));
        text_add(&t, bench_statement(a, i % different, tables));
        text_add(&t, STR("\nparams: ()\n"));
    }
    return text_str(&t);
}

/* The log is made in memory, and that goes before anything is measured but the reading. */
int bench_plan(int argc, char **argv) {
    (void)argc;
    size_t n = strtoul(argv[2], NULL, 10), tables = strtoul(argv[3], NULL, 10);
    arena *a;
    kf_log *log;
    kf_error err;
    int64_t parser_ns = parser_alone(n, tables);
    if (arena_new(&a)) bench_die("log", "out of memory");
    str bytes = log_of(a, n, n, tables);
    check(kf_log_new(&log, &err), "log", &err);
    int64_t begin = bench_cpu_ns();
    check(kf_log_add(log, "made.log", bytes.p, bytes.n, &err), "log", &err);
    int64_t read_ns = bench_cpu_ns() - begin;
    arena_free(a);
    printf("{\"parser_ns\": %" PRId64 ", \"plan\": ", parser_ns);
    plan_log(log, read_ns, bench_peak_kb());
    printf("}\n");
    kf_log_free(log);
    return 0;
}

/* ---- the same statements again ---- */

enum { DIFFERENT = 1000, TABLES = 100 };

static int64_t plan_repeated(size_t n) {
    kf_plan_options options = KF_PLAN_OPTIONS;
    arena *a;
    kf_log *log;
    kf_schema *live;
    kf_plan *plan;
    kf_error err;
    if (arena_new(&a)) bench_die("log", "out of memory");
    str bytes = log_of(a, n, DIFFERENT, TABLES);
    check(kf_log_new(&log, &err), "log", &err);
    check(kf_log_add(log, "made.log", bytes.p, bytes.n, &err), "log", &err);
    check(kf_schema_new(&live, &err), "schema", &err);
    int64_t begin = bench_cpu_ns();
    check(kf_plan_new(&plan, log, live, &options, &err), "plan", &err);
    int64_t ns = bench_cpu_ns() - begin;
    kf_plan_free(plan);
    kf_schema_free(live);
    kf_log_free(log);
    arena_free(a);
    return ns;
}

/* Rounds of what so many more of the same statements take: ours, the parser's; in ns for all. */
int bench_repeat(int argc, char **argv) {
    (void)argc;
    size_t n = strtoul(argv[2], NULL, 10), rounds = strtoul(argv[3], NULL, 10);
    printf("{\"count\": %zu, \"rounds\": [", n);
    for (size_t i = 0; i < rounds; i++) {
        int64_t once = plan_repeated(DIFFERENT), again = plan_repeated(DIFFERENT + n);
        /* Of index statements alone, as those of the first row. */
        int64_t parser = parser_alone(2 * DIFFERENT, TABLES) - parser_alone(DIFFERENT, TABLES);
        printf("[%" PRId64 ", %" PRId64 "]%s", again - once, parser * (int64_t)n / DIFFERENT, i + 1 == rounds ? "" : ", ");
    }
    printf("]}\n");
    return 0;
}

/* ---- a log of a production server ---- */

static const char *const queries[] = {
    "SELECT \"auth_user\".\"id\", \"auth_user\".\"password\", \"auth_user\".\"last_login\", \"auth_user\".\"is_superuser\", "
    "\"auth_user\".\"username\", \"auth_user\".\"first_name\", \"auth_user\".\"email\", \"auth_user\".\"date_joined\" FROM "
    "\"auth_user\" WHERE \"auth_user\".\"id\" = %(0)s LIMIT 21\nparams: (41,)",
    "INSERT INTO \"django_session\" (\"session_key\", \"session_data\", \"expire_date\") VALUES (%(0)s, %(1)s, %(2)s)\n"
    "params: ['fz8k', 'eyJfYXV0aCI6IjEifQ:1rAbCd', datetime.datetime(2026, 11, 22, 0, 43, 23, 649350)]",
    "UPDATE \"auth_user\" SET \"last_login\" = %(0)s WHERE \"auth_user\".\"id\" = %(1)s\n"
    "params: (datetime.datetime(2026, 11, 22, 0, 43, 23, 649350), 41)",
    "SELECT (1) AS \"a\" FROM \"django_session\" WHERE \"django_session\".\"session_key\" = %(0)s LIMIT 1\nparams: ('fz8k',)",
    "DELETE FROM \"django_session\" WHERE \"django_session\".\"session_key\" = %(0)s\nparams: ('fz8k',)",
};
enum { FORMS = sizeof queries / sizeof *queries, SCHEMA_EACH = 100 };

/* 99 statements of 100 are DML; of the others there are a thousand different ones, which come again and again. */
int bench_write(int argc, char **argv) {
    (void)argc;
    size_t bytes = strtoul(argv[3], NULL, 10) << 20, written = 0;
    FILE *f = fopen(argv[2], "w");
    arena *a;
    if (!f || arena_new(&a)) bench_die(argv[2], "cannot be written");
    for (size_t i = 0, schema = 0; written < bytes; i++) {
        const char *sql = queries[i % FORMS], *end = "";
        if (i % SCHEMA_EACH == 0) {
            sql = str_c(a, bench_statement(a, schema++ % DIFFERENT, TABLES));
            end = "\nparams: ()";
        }
        int n = fprintf(f, "2026-11-22 06:%02zu:%02zu,%03zu djongo.sql2mongo.query DEBUG sql_command: %s%s\n", i / 60000 % 60,
                        i / 1000 % 60, i % 1000, sql, end);
        if (n < 0) bench_die(argv[2], "cannot be written");
        written += (size_t)n;
        if (i % (SCHEMA_EACH * DIFFERENT) == 0) {
            arena_free(a);
            if (arena_new(&a)) bench_die(argv[2], "out of memory");
        }
    }
    if (fclose(f)) bench_die(argv[2], "cannot be written");
    arena_free(a);
    return 0;
}
