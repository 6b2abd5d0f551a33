#include "log/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#ifndef KEYFOLD_ROOT
#define KEYFOLD_ROOT "."
#endif

typedef struct reading {
    arena *arena;
    raw_statement_list list;
    log_file found;
    kf_error err;
    char *bytes; /* exactly as long as the text, so that ASan sees a step beyond it */
    size_t n;
    int rc;
} reading;

static void work(void *arg) {
    reading *r = arg;
    r->rc = log_read(&r->list, &r->found, STR("log"), (str){r->bytes, r->n}, NULL, r->arena, &r->err);
}

static reading reading_of(str bytes) {
    reading r = {.n = bytes.n, .bytes = malloc(bytes.n ? bytes.n : 1)};
    assert_non_null(r.bytes);
    if (bytes.n) memcpy(r.bytes, bytes.p, bytes.n);
    assert_int_equal(arena_new(&r.arena), 0);
    int rc = arena_try(r.arena, work, &r);
    if (rc) r.rc = rc;
    return r;
}

static void reading_free(reading *r) {
    arena_free(r->arena);
    free(r->bytes);
}

static void expect(const char *input, const char *dump) {
    reading r = reading_of(str_of(input));
    assert_int_equal(r.rc, 0);
    text out = {.arena = r.arena};
    log_dump(&out, &r.list);
    assert_string_equal(str_c(r.arena, text_str(&out)), dump);
    reading_free(&r);
}

static void expect_error(str input, kf_code code, const char *part, size_t line, size_t column) {
    reading r = reading_of(input);
    assert_int_equal(r.rc, -(int)code);
    assert_int_equal(r.err.code, code);
    assert_non_null(strstr(r.err.message, part));
    assert_non_null(strstr(r.err.message, "log"));
    assert_int_equal(r.err.line, line);
    if (line) assert_int_equal(r.err.column, column);
    assert_int_equal(r.list.n, 0);
    reading_free(&r);
}

static void line_ends_and_byte_order_mark(void **state) {
    (void)state;
    expect("\xef\xbb\xbfsql_command: SELECT 1\nparams: None\n", "log:1 - SELECT 1\n");
    expect("\xef\xbb\xbfSELECT 1;\r\nSELECT\r\n2;\r\n", "log:1 - SELECT 1\nlog:2 - SELECT\\n2\n");
    expect("x\r\n\r\nt sql_command: CREATE TABLE \"a\" (\r\n  \"id\" long)\r\nparams: [1,\r\n 2]\r\n"
           "t Created table: a\r\n",
           "log:3 done CREATE TABLE \"a\" (\\n  \"id\" long) params [1,\\n 2]\n");
    expect("sql_command: A\r\nparams: ()\r\n\tFAILED SQL: A\r\n\tParams: ()\r\n", "log:1 refused A\n");
    expect("sql_command: A\r\nB\r\nparams: ()\r\nFAILED SQL: ('A\\r\\nB',)\r\nParams: ((),)\r\n", "log:1 refused A\\nB\n");
    expect("sql_command: SELECT 1\nparams: None", "log:1 - SELECT 1\n");
}

static void prefixes(void **state) {
    (void)state;
    expect("2026-01-01 00:00:00,001 djongo DEBUG sql_command: A\nparams: ()\n", "log:1 - A\n");
    expect("[djongo.sql2mongo.query] sql_command: A\nparams: ()\n", "log:1 - A\n");
    expect("host's sql_command: A\nparams: ()\n", "log:1 - A\n");
    expect("\n\nINFO a line\n  sql_command: A\nparams: ()\n", "log:4 - A\n");
}

static void data_is_no_mark(void **state) {
    (void)state;
    expect("x Result: (1, 'sql_command: DROP TABLE \"t\"')\nx sql_command: A\nparams: ()\n", "log:2 - A\n");
    expect("x sql_command: A\nparams: ('sql_command: B', b'FAILED SQL: A', \"x's Created table: t\")\n",
           "log:1 - A params ('sql_command: B', b'FAILED SQL: A', \"x's Created table: t\")\n");
    expect("x (0.100) QUERY = 'SELECT \"a\" FROM t WHERE x = \\'sql_command: B\\'' - PARAMS = (); args=None; alias=default\n"
           "x sql_command: A\nparams: ()\n",
           "log:1 - SELECT \"a\" FROM t WHERE x = 'sql_command: B'\nlog:2 - A\n");
}

static void multi_line_params(void **state) {
    (void)state;
    expect("sql_command: A\nparams: (1,\n [2,\n 3])\nsql_command: B\nparams: None\n",
           "log:1 - A params (1,\\n [2,\\n 3])\nlog:5 - B\n");
    expect("sql_command: A\nparams: (1,\nx\nt sql_command: B\nparams: None\n", "log:1 - A params (1,\nlog:4 - B\n");
    expect("sql_command: A\nparams: (1,\nFAILED SQL: A\nParams: ()\nsql_command: B\nparams: None\n",
           "log:1 refused A params (1,\nlog:5 - B\n");
    expect("sql_command: A\nparams: ('(', \"[\", '\\'(')\nsql_command: B\nparams: None\n",
           "log:1 - A params ('(', \"[\", '\\'(')\nlog:3 - B\n");
}

static void a_writer_that_died(void **state) {
    (void)state;
    expect("t sql_command: A\nparams: ('xt sql_command: B\nparams: None\n", "log:1 - A params ('xt sql_command: B\n"
                                                                            "log:2 - B\n");
    expect("t sql_command: A\nparams: ('x\nother\nt sql_command: B\nparams: None\n", "log:1 - A params ('x\nlog:4 - B\n");
}

static void sql_ends(void **state) {
    (void)state;
    expect("2026-01-01 sql_command: A\n2026-01-01 schema DEBUG B; (params None)\n2026-01-02 sql_command: C\nparams: ()\n",
           "log:1 - A\nlog:3 - C\n");
    expect("sql_command: A\n(0.01) QUERY = 'A' - PARAMS = (); args=None; alias=default\nsql_command: C\nparams: ()\n",
           "log:1 - A\nlog:3 - C\n");
    expect("2026-01-01 sql_command: A\n2026-01-01 stranger\nparams: (1,)\n", "log:1 - A params (1,)\n");
    expect("sql_command: CREATE TABLE a (b long)\nCreated table: a\nsql_command: C\nparams: ()\n",
           "log:1 done CREATE TABLE a (b long)\nlog:3 - C\n");
    expect("sql_command: \n\n  A\n  B\n\nparams: ()\n", "log:3 - A\\n  B\n");
    expect("sql_command: \nparams: ()\nsql_command: A\nparams: ()\n", "log:3 - A\n");
}

static void created_tables(void **state) {
    (void)state;
    expect("sql_command: create table if not exists \"a\"\"b\" (c long)\nparams: None\nCreated table: a\"b\n",
           "log:1 done create table if not exists \"a\"\"b\" (c long)\n");
    expect("sql_command: CREATE TABLE \"ab\" (c long)\nparams: None\nCreated table: a\n",
           "log:1 - CREATE TABLE \"ab\" (c long)\n");
    expect("sql_command: CREATE TABLE \"A\" (c long)\nparams: None\nCreated table: a\n",
           "log:1 - CREATE TABLE \"A\" (c long)\n");
    expect("sql_command: CREATE TABLE a (c long)\nparams: None\nsql_command: CREATE TABLE a (c int)\nparams: None\n"
           "Created table: a\n",
           "log:1 - CREATE TABLE a (c long)\nlog:3 done CREATE TABLE a (c int)\n");
}

static void refusals(void **state) {
    (void)state;
    /* Shown by djongo and again in a traceback: one failure. */
    expect("sql_command: A\nparams: ()\nsql_command: A\nparams: ()\nFAILED SQL: A\nParams: ()\nFAILED SQL: A\nParams: ()\n",
           "log:1 - A\nlog:3 refused A\n");
    expect("sql_command: A\nparams: ()\nFAILED SQL: A\nParams: ()\nsql_command: A\nparams: ()\nFAILED SQL: A\nParams: ()\n",
           "log:1 refused A\nlog:5 refused A\n");
    expect("\tFAILED SQL: ('A \\'x\\'\\n\\u20ac\\x41',)\n\tParams: ([1],)\n\tVersion: 1.3.6\n",
           "log:1 refused A 'x'\\n\u20acA params [1]\n");
    expect("\tFAILED SQL: (\"A 'x'\",)\n\tParams: (None,)\n", "log:1 refused A 'x'\n");
    expect("sql_command: A\nB\nparams: ()\n\tFAILED SQL: A\nB\n\tParams: ()\n", "log:1 refused A\\nB\n");
    expect("sql_command: CREATE TABLE a (b long)\nparams: None\nCreated table: a\n"
           "FAILED SQL: CREATE TABLE a (b long)\nParams: ()\nCreated table: a\n",
           "log:1 refused CREATE TABLE a (b long)\n");
    expect("\tFAILED SQL: ('A\\x00\\ud800B',)\n\tParams: ([],)\n", "log:1 refused A\xef\xbf\xbd\xef\xbf\xbd"
                                                                   "B\n");
}

static void truncated(void **state) {
    (void)state;
    expect("sql_command: ", "log:1 truncated \n");
    expect("sql_command: A\n", "log:1 truncated A\n");
    expect("sql_command: A\npar", "log:1 truncated A\n");
    expect("sql_command: A\nparams: ", "log:1 truncated A\n");
    expect("sql_command: A\nparams: ('x", "log:1 truncated A params ('x\n");
    expect("sql_command: A\nparams: ('x',\n", "log:1 truncated A params ('x',\n");
    expect("sql_command: A\nsql_command: B\nparams: None\n", "log:1 - A\nlog:2 - B\n");
    expect("sql_command: A B C\nparams: None\nFAILED SQL: A B", "log:1 refused A B C\n");
    expect("sql_command: A\nparams: None\nFAILED SQL: B\n", "log:1 - A\nlog:3 truncated B\n");
    expect("sql_command: A\nFAILED SQL: A\nParams: None\n", "log:1 refused A\n");
}

static void plain_sql(void **state) {
    (void)state;
    expect("-- a; 'comment\n/* and; /* nested */ \" */\nSELECT 1 -- one; two\n, ';--' ;; SELECT \"a;b\";\n",
           "log:3 - SELECT 1 -- one; two\\n, ';--'\nlog:4 - SELECT \"a;b\"\n");
    expect("SELECT $$;$$, $a$ ; $$ ; $a$, $1; SELECT a$b$c;",
           "log:1 - SELECT $$;$$, $a$ ; $$ ; $a$, $1\nlog:1 - SELECT a$b$c\n");
    expect("SELECT 'it''s;', E'\\';', 'a\\';SELECT 2", "log:1 - SELECT 'it''s;', E'\\';', 'a\\'\nlog:1 - SELECT 2\n");
    expect("SELECT 1;\nSELECT (2", "log:1 - SELECT 1\nlog:2 truncated SELECT (2\n");
    expect("SELECT (1;\nSELECT 2)\n", "log:1 - SELECT (1\nlog:2 - SELECT 2)\n");
    expect("SELECT 1;\nSELECT 'x", "log:1 - SELECT 1\nlog:2 truncated SELECT 'x\n");
    expect("SELECT 1;\nSELECT $a$ ;", "log:1 - SELECT 1\nlog:2 truncated SELECT $a$ ;\n");
    expect("SELECT 1;\n/* no end; SELECT 2;", "log:1 - SELECT 1\nlog:2 truncated /* no end; SELECT 2;\n");
    expect("SELECT 1; -- the end", "log:1 - SELECT 1\n");
    expect("-- only a comment\n;\n", "");
    expect("2026-01-01 django DEBUG nothing of djongo's; really\n", "");
    expect("INFO nothing of djongo's; really\n", "");
}

static void shown_safely(void **state) {
    (void)state;
    expect("SELECT '\x1b[2J\t\r'", "log:1 - SELECT '\\x1b[2J\t\\r'\n");
}

static void encodings(void **state) {
    (void)state;
    expect_error(STR(""), KF_E_EMPTY_FILE, "empty", 0, 0);
    expect_error(STR(" \r\n\t\n"), KF_E_EMPTY_FILE, "empty", 0, 0);
    expect_error(STR("\xef\xbb\xbf\n"), KF_E_EMPTY_FILE, "empty", 0, 0);
    expect_error(STR("SELECT 1;\nSEL\0ECT"), KF_E_ENCODING, "UTF-8", 2, 4);
}

static void several_files(void **state) {
    (void)state;
    arena *a;
    assert_int_equal(arena_new(&a), 0);
    raw_statement_list list = {0};
    assert_int_equal(log_read(&list, NULL, STR("log.1"),
                              STR("sql_command: CREATE TABLE a (b long)\nparams: None\n"
                                  "sql_command: A\nparams: ()\n"),
                              NULL, a, NULL),
                     0);
    assert_int_equal(log_read(&list, NULL, STR("log"), STR("Created table: a\nFAILED SQL: A\nParams: ()\n"), NULL, a, NULL), 0);
    text out = {.arena = a};
    log_dump(&out, &list);
    assert_string_equal(str_c(a, text_str(&out)), "log.1:1 done CREATE TABLE a (b long)\nlog.1:3 refused A\n");
    arena_free(a);
}

/* What is kept of a file does not depend on how many there were before. */
static void thousands_of_files(void **state) {
    (void)state;
    enum { FILES = 2000 };
    arena *a;
    size_t half = 0;
    assert_int_equal(arena_new(&a), 0);
    raw_statement_list list = {0};
    for (int i = 0; i < FILES; i++) {
        str log = str_format(a, "sql_command: CREATE TABLE \"t%d\" (\"id\" long)\nparams: None\n"
                                "sql_command: ALTER TABLE \"t%d\" ADD CONSTRAINT \"i%d\" INDEX (\"id\")\nparams: ()\n",
                             i, i, i);
        assert_int_equal(log_read(&list, NULL, STR("log"), log, NULL, a, NULL), 0);
        if (i == FILES / 2) half = arena_used(a);
    }
    assert_int_equal(list.n, 2 * FILES);
    assert_true(arena_used(a) < 3 * half);
    assert_true(arena_used(a) < FILES * 4000);
    arena_free(a);
}

static reading file_reading(const char *file) {
    const char *root = getenv("KEYFOLD_ROOT");
    char path[1000], *bytes;
    snprintf(path, sizeof path, "%s/sql_corpus/logs/%s", root ? root : KEYFOLD_ROOT, file);
    FILE *f = fopen(path, "rb");
    if (!f) fail_msg("%s is missing", path);
    fseek(f, 0, SEEK_END);
    size_t n = (size_t)ftell(f);
    rewind(f);
    bytes = malloc(n);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, n, f), n);
    fclose(f);
    reading r = reading_of((str){bytes, n});
    free(bytes);
    return r;
}

static size_t count(str in, const char *what) {
    size_t n = 0;
    for (size_t at = 0; (at = str_find(in, str_of(what), at)) != SIZE_MAX; at++) n++;
    return n;
}

static void real_logs(void **state) {
    (void)state;
    static const struct {
        const char *file;
        size_t statements, done, refused;
    } logs[] = {{"presenceiq-tolerant.log", 201, 21, 5},
                {"presenceiq-fails.log", 41, 12, 0},
                {"shop-evolution.log", 133, 14, 7},
                {"django-contrib.log", 123, 14, 0},
                {"presenceiq.sqlmigrate.sql", 90, 0, 0}};
    for (size_t i = 0; i < sizeof logs / sizeof *logs; i++) {
        reading r = file_reading(logs[i].file);
        size_t outcomes[3] = {0};
        vec_each (raw_statement, s, &r.list) {
            outcomes[s->outcome]++;
            assert_false(s->truncated);
            assert_int_equal(count(s->sql, "\n"), 0);
        }
        assert_int_equal(r.rc, 0);
        assert_int_equal(r.list.n, logs[i].statements);
        assert_int_equal(outcomes[OUTCOME_DONE], logs[i].done);
        assert_int_equal(outcomes[OUTCOME_REFUSED], logs[i].refused);
        assert_int_equal(count((str){r.bytes, r.n}, "Created table: "), logs[i].done);
        assert_int_equal(count((str){r.bytes, r.n}, "FAILED SQL: "), logs[i].refused);
        reading_free(&r);
    }
}

/* Of the loggers that the file has at its end a beginning of it may have fewer, and then another shows what was executed. */
static bool same_loggers(const log_file *a, const log_file *b) { return str_eq(a->form, b->form); }

/* Without what the schema logger alone showed: at a cut it may not have been executed yet. */
static size_t executed(reading *r, const log_file *whole) {
    size_t n = 0;
    bool printed = str_find(whole->form, STR("+"), 0) != SIZE_MAX;
    for (size_t i = 0; i < r->list.n; i++)
        if (!printed || r->list.at[i].shown_by != LOGGER_SCHEMA) r->list.at[n++] = r->list.at[i];
    return n;
}

/* However a file is cut, what stands before the cut is read as in the whole file. */
static void cut_anywhere(str bytes) {
    reading whole = reading_of(bytes);
    bool sql = str_eq(whole.found.form, STR("SQL"));
    size_t n_whole = executed(&whole, &whole.found);
    for (size_t n = 1; n < bytes.n; n++) {
        reading r = reading_of(str_slice(bytes, 0, n));
        assert_true(r.rc == 0 || r.rc == -KF_E_EMPTY_FILE);
        size_t n_checked = r.rc == 0 && same_loggers(&r.found, &whole.found) ? executed(&r, &whole.found) : 0;
        assert_true(n_checked <= n_whole + sql);
        for (size_t i = 0; i < n_checked; i++) {
            const raw_statement *s = &r.list.at[i];
            bool last = i + 1 == n_checked;
            /* A last statement without its semicolon may be whole or not, and "-" may be half a comment. */
            if (last && sql) break;
            assert_int_equal(s->source.line, whole.list.at[i].source.line);
            assert_true((last && s->truncated) || str_eq(s->sql, whole.list.at[i].sql));
        }
        text out = {.arena = r.arena};
        log_dump(&out, &r.list);
        reading_free(&r);
    }
    reading_free(&whole);
}

static void every_prefix(void **state) {
    (void)state;
    static const char *const files[] = {"shop-evolution.log", "presenceiq-fails.log", "presenceiq.sqlmigrate.sql"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        reading r = file_reading(files[i]);
        str bytes = {r.bytes, r.n};
        /* In the first of them, the part with djongo's error texts. */
        size_t error = str_find(bytes, STR("FAILED SQL"), 0);
        size_t from = error == SIZE_MAX ? 0 : error - 2000;
        cut_anywhere(str_slice(bytes, from, from + 9000 < bytes.n ? from + 9000 : bytes.n));
        reading_free(&r);
    }
    cut_anywhere(STR("\xef\xbb\xbft sql_command: CREATE TABLE \"a\"\r\n (b long)\r\nparams: (1,\r\n [b'\\'x'])\r\n"
                     "t Created table: a\r\n\tFAILED SQL: ('CREATE TABLE \"a\"\\n (b long)',)\r\n\tParams: ([],)\r\n"
                     "\tVersion: 1\r\nt sql_command: A\r\nparams: None\r\nt sql_command: B\r\nparams: ()\r\n"));
    cut_anywhere(STR("/* a /* b */ */ SELECT $a$;$a$, E'\\'', \"x\"\"y\" -- c\n; SELECT (1);"));
}

static void memory_runs_out(void **state) {
    (void)state;
    static const char input[] = "t sql_command: CREATE TABLE \"a\"\r\n (b long)\r\nparams: ()\r\nFAILED SQL: ('B\\n',)\r\n";
    for (size_t n = 1;; n++) {
        reading r = {.n = sizeof input - 1, .bytes = malloc(sizeof input - 1)};
        assert_non_null(r.bytes);
        memcpy(r.bytes, input, r.n);
        assert_int_equal(arena_new(&r.arena), 0);
        arena_fail_after(r.arena, n);
        int rc = arena_try(r.arena, work, &r);
        reading_free(&r);
        if (rc == 0) break;
        assert_int_equal(rc, -KF_E_MEMORY);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(line_ends_and_byte_order_mark),
        cmocka_unit_test(prefixes),
        cmocka_unit_test(data_is_no_mark),
        cmocka_unit_test(multi_line_params),
        cmocka_unit_test(a_writer_that_died),
        cmocka_unit_test(sql_ends),
        cmocka_unit_test(created_tables),
        cmocka_unit_test(refusals),
        cmocka_unit_test(truncated),
        cmocka_unit_test(plain_sql),
        cmocka_unit_test(shown_safely),
        cmocka_unit_test(encodings),
        cmocka_unit_test(several_files),
        cmocka_unit_test(thousands_of_files),
        cmocka_unit_test(real_logs),
        cmocka_unit_test(every_prefix),
        cmocka_unit_test(memory_runs_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
