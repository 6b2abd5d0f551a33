/* The parse stage: the captured logs, hostile input, small stacks, no memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#undef fail /* base/error.h has one of its own */

#include "log/log.h"
#include "parse/parse.h"
#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#ifndef KEYFOLD_ROOT
#define KEYFOLD_ROOT "."
#endif

static arena *memory;

static int set_up(void **state) {
    (void)state;
    return arena_new(&memory);
}

static int tear_down(void **state) {
    (void)state;
    arena_free(memory);
    return 0;
}

static str read_file(const char *path) {
    text t = {.arena = memory};
    char block[4096];
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    for (size_t n; (n = fread(block, 1, sizeof block, f)) > 0;) text_add(&t, (str){block, n});
    fclose(f);
    return text_str(&t);
}

/* ---- the captured logs ---- */

static struct { size_t all, schema, skipped, dml; } seen;

static void parse_logged(const raw_statement *raw) {
    statement_list all;
    kf_error err = {0};
    parse_options options = {.params = raw->params};
    if (parse_statements(&all, raw->sql, &options, memory, &err)) print_error("%.*s\n%s\n", STR_ARG(raw->sql), err.message);
    assert_int_equal(err.code, 0);
    for (size_t i = 0; i < all.n; i++) {
        const statement *s = &all.at[i];
        if (s->kind == STATEMENT_UNSUPPORTED) print_error("%.*s\n%.*s\n", STR_ARG(raw->sql), STR_ARG(s->reason));
        assert_int_not_equal(s->kind, STATEMENT_UNSUPPORTED);
        seen.all++;
        seen.skipped += s->kind == STATEMENT_SKIPPED;
        seen.dml += s->kind == STATEMENT_DML;
        seen.schema += s->kind < STATEMENT_DML;
        if (s->kind == STATEMENT_SKIPPED)
            assert_false(str_starts(raw->sql, STR("ALTER")) || str_starts(raw->sql, STR("CREATE")));
        if (s->kind <= STATEMENT_ALTER_TABLE) assert_true(s->actions.n > 0 && s->table.n > 0);
        for (size_t k = 0; k < s->actions.n; k++) {
            const action *a = &s->actions.at[k];
            if (a->kind == ACTION_ADD_COLUMN && a->column->has_default) assert_true(a->column->has_default_value);
        }
    }
}

static void parse_log(const char *folder, const char *file) {
    raw_statement_list list = {0};
    kf_error err = {0};
    str path = str_format(memory, "%s/%s", folder, file);
    assert_int_equal(log_read(&list, NULL, path, read_file(path.p), NULL, memory, &err), 0);
    for (size_t i = 0; i < list.n; i++) parse_logged(&list.at[i]);
}

/* Every statement in them is understood, with its parameters. */
static void test_captured_logs(void **state) {
    (void)state;
    const char *root = getenv("KEYFOLD_ROOT") ? getenv("KEYFOLD_ROOT") : KEYFOLD_ROOT;
    str folder = str_format(memory, "%s/sql_corpus/logs", root);
    DIR *d = opendir(folder.p);
    assert_non_null(d);
    for (struct dirent *e; (e = readdir(d));)
        if (str_ends(str_of(e->d_name), STR(".log")) || str_ends(str_of(e->d_name), STR(".sql")))
            parse_log(folder.p, e->d_name);
    closedir(d);
    assert_true(seen.schema > 350 && seen.skipped > 100 && seen.dml > 70);
    assert_int_equal(seen.all, seen.schema + seen.skipped + seen.dml);
}

/* ---- conditions ---- */

static void test_condition(void **state) {
    (void)state;
    static const struct {
        const char *sql, *dump;
    } cases[] = {{"\"s\" = pending", "\"s\" = 'pending'"},
                 {"  \"s\" = in  progress ", "\"s\" = 'in  progress'"},
                 {"\"a\" = 'it''s' -- why", "\"a\" = 'it''s'"},
                 {"NOT \"active\"", "NOT \"active\""},
                 {"(\"a\" OR \"b\") AND \"c\"", "(\"a\" OR \"b\") AND \"c\""}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        expression *e;
        kf_error err = {0};
        text dump = {.arena = memory};
        assert_int_equal(parse_condition(&e, str_of(cases[i].sql), memory, &err), 0);
        expression_dump(&dump, e);
        assert_true(str_eq(text_str(&dump), str_of(cases[i].dump)));
    }
}

/* What a condition's dump says is the same condition. */
static void test_condition_of_a_dump(void **state) {
    (void)state;
    static const char *const conditions[] = {
        "\"a\" AND (\"b\" OR NOT (\"c\" = x AND \"d\" IN (1, 2))) AND \"e\" BETWEEN 1 AND 2",
        "\"a\" IS NULL OR \"b\" IS NOT NULL OR (\"c\" = '''' AND \"d\"\"\" <> )",
        "NOT NOT \"a\" OR \"b\" LIKE x AND \"c\" NOT LIKE y",
    };
    for (size_t i = 0; i < sizeof conditions / sizeof *conditions; i++) {
        expression *e;
        text first = {.arena = memory}, second = {.arena = memory};
        assert_int_equal(parse_condition(&e, str_of(conditions[i]), memory, NULL), 0);
        expression_dump(&first, e);
        assert_int_equal(parse_condition(&e, text_str(&first), memory, NULL), 0);
        expression_dump(&second, e);
        assert_true(str_eq(text_str(&first), text_str(&second)));
    }
}

static void test_condition_errors_have_their_place(void **state) {
    (void)state;
    static const struct {
        const char *sql;
        size_t line, column;
    } cases[] = {{"\"a\" = 'x", 1, 7},
                 {"\"a\" = b AND c", 1, 13},
                 {"\"a\" = b \"c\"", 1, 9},
                 {"\"a\" AND\n  = b", 2, 3},
                 {"\"a\"), DROP COLUMN \"b\", ADD CONSTRAINT \"c\" UNIQUE (\"d\")( WHERE \"e\"", 1, 1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        expression *e;
        kf_error err = {0};
        assert_int_equal(parse_condition(&e, str_of(cases[i].sql), memory, &err), -KF_E_SYNTAX);
        assert_null(e);
        assert_int_equal(err.line, cases[i].line);
        assert_int_equal(err.column, cases[i].column);
    }
}

/* ---- places ---- */

static void test_places(void **state) {
    (void)state;
    str sql =
        STR("ALTER TABLE \"t\xc3\xa9\" DROP CONSTRAINT \"x\" INDEX,\n ADD CONSTRAINT \"y\" UNIQUE (\"a\")( WHERE \"s\" = b), "
            "ALTER \"c\" SET DEFAULT (5), ADD COLUMN \"d\" long DEFAULT %s, DROP COLUMN \"e\"");
    static const char *const at[] = {"DROP CONSTRAINT", "CONSTRAINT \"y\"", "ALTER \"c\"", "\"d\"", "DROP COLUMN"};
    statement s;
    assert_int_equal(parse_statement(&s, STR("ALTER TABLE \"t\" ALTER \"c\" SET DEFAULT (5)"), NULL, memory, NULL), 0);
    assert_int_equal(s.kind, STATEMENT_UNSUPPORTED);
    text plain = {.arena = memory};
    text_add(&plain, str_slice(sql, 0, str_find(sql, STR("(5)"), 0)));
    text_add(&plain, STR("'5'"));
    text_add(&plain, str_from(sql, str_find(sql, STR("(5)"), 0) + 3));
    sql = text_str(&plain);
    assert_int_equal(parse_statement(&s, sql, NULL, memory, NULL), 0);
    assert_true(str_starts(str_from(sql, s.offset), STR("\"t\xc3\xa9\"")));
    assert_int_equal(s.actions.n, 5);
    for (size_t i = 0; i < s.actions.n; i++) assert_true(str_starts(str_from(sql, s.actions.at[i].offset), str_of(at[i])));
    const expression *where = s.actions.at[1].name->where;
    assert_true(str_starts(str_from(sql, where->args.at[0]->offset), STR("\"s\"")));
    assert_true(str_eq(s.actions.at[2].default_sql, STR("'5'")));
    assert_true(str_eq(s.actions.at[3].column->default_sql, STR("%s")));
}

static void assert_place(str sql, size_t offset, const char *what) {
    assert_true(str_starts(str_from(sql, offset), str_of(what)));
}

static void test_places_in_several(void **state) {
    (void)state;
    str sql =
        STR("/* DROP */ DROP TABLE IF EXISTS \"a\", b;\n DROP INDEX CONCURRENTLY \"\", \"d\"; TRUNCATE \"t\xc3\xa9\", \"u\"; "
            "ALTER TABLE \"v\" RENAME COLUMN \"w\" TO \"x\"; ALTER INDEX IF EXISTS \"y\" RENAME TO \"z\"; "
            "CREATE INDEX \"i\" ON \"j\" (\"k\") WHERE \"l\" = 5; DROP DATABASE IF EXISTS \"m\"; ALTER TABLE \"n\" FLUSH; "
            "DELETE FROM \"django_migrations\" WHERE \"id\" = 1; CREATE DATABASE o");
    static const struct {
        const char *first, *second; /* the targets */
    } at[] = {{"\"a\"", "b;"}, {"\"\",", "\"d\""}, {"\"t\xc3\xa9\"", "\"u\""},
              {NULL, NULL},    {"\"y\"", NULL},    {NULL, NULL},
              {"\"m\"", NULL}, {"\"n\"", NULL},    {NULL, NULL},
              {"o", NULL}};
    statement_list all;
    assert_int_equal(parse_statements(&all, sql, NULL, memory, NULL), 0);
    assert_int_equal(all.n, sizeof at / sizeof *at);
    for (size_t i = 0; i < all.n; i++) {
        if (at[i].first) assert_place(sql, all.at[i].targets.at[0].offset, at[i].first);
        if (at[i].first) assert_place(sql, all.at[i].offset, at[i].first);
        if (at[i].second) assert_place(sql, all.at[i].targets.at[1].offset, at[i].second);
    }
    assert_place(sql, all.at[3].actions.at[0].offset, "RENAME COLUMN");
    assert_place(sql, all.at[5].offset, "\"j\"");
    assert_place(sql, all.at[5].actions.at[0].name->where->args.at[0]->offset, "\"l\"");
    assert_true(str_eq(all.at[5].actions.at[0].name->where_sql, STR("\"l\" = 5")));
    assert_place(sql, all.at[8].offset, "\"django_migrations\"");
    assert_place(sql, all.at[8].dml->where->args.at[0]->offset, "\"id\"");
}

/* As the embedded backend hands them over. */
static void test_values_instead_of_params(void **state) {
    (void)state;
    value given[] = {{.type = VALUE_INT64, .integer = 7}, {.type = VALUE_NULL}};
    value_list values = {.at = given, .n = 2, .cap = 2};
    parse_options options = {.params = STR("not looked at"), .values = &values};
    str sql = STR("ALTER TABLE \"t\" ADD COLUMN \"a\" long DEFAULT $1 NOT NULL, ALTER \"b\" SET DEFAULT $2");
    statement_list all;
    kf_error err;
    assert_int_equal(parse_statements(&all, sql, &options, memory, NULL), 0);
    assert_true(all.at[0].actions.at[0].column->has_default_value);
    assert_int_equal(value_cmp(&all.at[0].actions.at[0].column->default_value, &given[0]), 0);
    assert_true(all.at[0].actions.at[1].has_default_value);
    assert_int_equal(all.at[0].actions.at[1].default_value.type, VALUE_NULL);
    values.n = 1;
    assert_int_equal(parse_statements(&all, sql, &options, memory, &err), -KF_E_PARAMETERS);
    assert_place(sql, err.offset, "$2");
}

/* ---- hostile input ---- */

static const char *const hostile[] = {
    "CREATE TABLE \"t\" (\"id\" long NOT NULL PRIMARY KEY AUTOINCREMENT, \"d\"  NULL, CONSTRAINT \"u\" UNIQUE (\"a\",\"b\")())",
    "ALTER TABLE \"t\" ADD CONSTRAINT \"n\" UNIQUE (\"a\")( WHERE NOT (\"s\" IN (a, b c) OR \"n\" BETWEEN 1 AND 2) AND \"r\" "
    "LIKE a%)",
    "ALTER TABLE \"t\" ADD COLUMN \"c\" decimal DEFAULT %(0)s NOT NULL CHECK (f(\"c\") > 'it''s'), DROP CONSTRAINT IF EXISTS "
    "\"x\" INDEX",
    "/* a */ ALTER TABLE IF EXISTS ONLY \"t\" ALTER \"c\" SET DEFAULT E'\\'' -- b",
    "ALTER TABLE \"t\" ADD COLUMN \"c\" object DEFAULT {'a': [\"b\", b'c']} NOT NULL, ALTER \"d\" SET DEFAULT in progress, "
    "ALTER e TYPE long USING e::bigint",
    "DROP INDEX CONCURRENTLY IF EXISTS \"a\", \"b\" CASCADE; TRUNCATE TABLE \"c\", d RESTART IDENTITY; DROP TABLE \"e\", f",
    "CREATE UNIQUE INDEX IF NOT EXISTS \"x\" ON \"t\" USING btree (\"a\" DESC) WHERE (\"s\" = 'it''s' OR b) -- c",
    "ALTER TABLE IF EXISTS \"t\" FLUSH; ALTER TABLE t RENAME CONSTRAINT a TO \"b\"; ALTER INDEX a RENAME TO b; DROP DATABASE "
    "IF EXISTS x",
    "INSERT INTO \"django_migrations\" (\"a\", b) VALUES (%(0)s, 'x') VALUES (%(1)s, NULL); DELETE FROM django_migrations "
    "WHERE \"a\" NOT IN ($1)",
    "UPDATE \"t\" SET \"c\" = {'a': 1} WHERE \"t\".\"c\" IS NULL; UPDATE \"t\" SET \"c\" = a b WHERE \"c\" IS NULL",
};

static void survive_with(str sql, str params) {
    char *exact = malloc(sql.n ? sql.n : 1);
    arena *a;
    statement_list all;
    kf_error err = {0};
    text dump;
    assert_int_equal(arena_new(&a), 0);
    memcpy(exact, sql.p, sql.n);
    int code = parse_statements(&all, (str){exact, sql.n}, &(parse_options){.params = params}, a, &err);
    free(exact); /* nothing of it may be left in the statements */
    assert_true(code == 0 || ((code == -KF_E_SYNTAX || code == -KF_E_PARAMETERS) && err.line > 0));
    dump = (text){.arena = a};
    for (size_t i = 0; !code && i < all.n; i++) statement_dump(&dump, &all.at[i]);
    arena_free(a);
}

static void survive(str sql) {
    survive_with(sql, STR_NONE);
    survive_with(sql, STR("[1, 'x']"));
}

static void test_prefixes_and_gaps(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
        str sql = str_of(hostile[i]);
        for (size_t n = 0; n <= sql.n; n++) {
            survive(str_slice(sql, 0, n));
            survive(str_from(sql, n));
            if (n < sql.n) survive(str_format(memory, "%.*s%s", (int)n, sql.p, sql.p + n + 1));
        }
    }
}

static str repeat(const char *lead, const char *piece, int n, const char *end) {
    text t = {.arena = memory};
    text_add(&t, str_of(lead));
    for (int i = 0; i < n; i++) text_add(&t, str_of(piece));
    text_add(&t, str_of(end));
    return text_str(&t);
}

#define CONDITION "ALTER TABLE \"t\" ADD CONSTRAINT \"n\" UNIQUE (\"a\")( WHERE "

#define INDEX_ON "ALTER TABLE \"t\" ADD CONSTRAINT \"n\" INDEX (("
#define CREATE_AS "CREATE TABLE \"t\" AS "

static void *parse_in_thread(void *arg) {
    str *sql = arg;
    arena *a;
    statement_list all;
    text dump;
    if (arena_new(&a)) return (void *)1;
    intptr_t code = parse_statements(&all, *sql, NULL, a, NULL);
    dump = (text){.arena = a};
    for (size_t i = 0; !code && i < all.n; i++) statement_dump(&dump, &all.at[i]);
    arena_free(a);
    return (void *)code;
}

/* In a thread of 128 kB; the error's code, 0 for none. */
static int parse_on_small_stack(str sql) {
    pthread_attr_t attributes;
    pthread_t thread;
    void *code = NULL;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 128 * 1024);
    assert_int_equal(pthread_create(&thread, &attributes, parse_in_thread, &sql), 0);
    pthread_join(thread, &code);
    pthread_attr_destroy(&attributes);
    return (int)(intptr_t)code;
}

static void test_small_stack(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) assert_int_equal(parse_on_small_stack(str_of(hostile[i])), 0);
    assert_int_equal(parse_on_small_stack(STR("ALTER TABLE \"t\" ADD CONSTRAINT FOO")), -KF_E_SYNTAX);
    static const struct {
        const char *lead, *open, *middle, *close, *end;
    } nests[] = {{CONDITION, "NOT ", "\"a\"", "", ")"},
                 {CONDITION, "f(", "\"a\"", ")", ")"},
                 {CONDITION, "\"a\" AND (\"b\" OR (", "\"c\"", "))", ")"},
                 {CONDITION, "\"a\" + (", "\"c\"", ")", ")"},
                 {CONDITION, "\"a\" + ", "\"c\"", "", ")"},
                 {CONDITION, "(((", "\"c\"", ")))", ")"},
                 {CONDITION, "f((SELECT ", "\"c\"", "))", ")"},
                 {CONDITION, "f(CASE WHEN \"a\" THEN ", "\"c\"", " END)", ")"},
                 {CONDITION, "(-", "\"c\"", ")", ")"},
                 {CONDITION, "(", "\"c\"", " IS NULL)", ")"},
                 {CONDITION, "(", "\"c\"", ", \"d\")", ") "},
                 {CONDITION, "f(ARRAY[", "\"c\"", "])", ")"},
                 {CONDITION, "\"f\"(", "\"c\"", ")", ")"},
                 {INDEX_ON, "(SELECT ", "\"c\"", ")", "))"},
                 {INDEX_ON, "CASE ", "\"c\"", " WHEN 1 THEN 2 END", "))"},
                 {CREATE_AS, "SELECT * FROM (", "SELECT 1", ") x", ""},
                 {CREATE_AS, "WITH x AS (", "SELECT 1", ") SELECT 1", ""},
                 {CREATE_AS, "(", "SELECT 1", " UNION SELECT 1)", ""},
                 {CREATE_AS "SELECT ", "(SELECT 1 WHERE EXISTS ", "(SELECT 1)", ")", ""},
                 {CREATE_AS "SELECT * FROM ", "(", "a", " JOIN a ON b)", ""},
                 {"ALTER TABLE \"t\" ADD COLUMN \"c\" int DEFAULT 'x'", "", "", "::text", ""},
                 {"ALTER TABLE \"t\" ADD COLUMN \"c\" array DEFAULT ", "[", "1", "]", " NOT NULL"},
                 {"ALTER TABLE \"t\" ALTER COLUMN \"c\" SET DEFAULT ", "x (", "y", ")", ""},
                 {"ALTER TABLE \"t\" ALTER COLUMN \"c\" TYPE long USING ", "f(", "\"c\"", ")", ""},
                 {"CREATE INDEX ON t (a) WHERE ", "NOT (b OR c AND ", "d", ")", ""},
                 {"DELETE FROM django_migrations WHERE ", "f(", "a", ")", ""},
                 {"INSERT INTO django_migrations (a) VALUES (", "(", "1", " + 1)", ")"},
                 {"UPDATE django_migrations SET a = ", "CASE WHEN a THEN ", "1", " END", ""},
                 {"UPDATE t SET a = ", "{'a': ", "1", "}", " WHERE a IS NULL"}};
    for (size_t i = 0; i < sizeof nests / sizeof *nests; i++)
        for (int n = 1; n < 60000; n = n < 24 ? n + 1 : n * 3) {
            text sql = {.arena = memory};
            text_add(&sql, repeat(nests[i].lead, nests[i].open, n, nests[i].middle));
            text_add(&sql, repeat("", nests[i].close, n, nests[i].end));
            int code = parse_on_small_stack(text_str(&sql));
            assert_true(code == 0 || code == -KF_E_TOO_DEEP || code == -KF_E_TOO_LONG || code == -KF_E_SYNTAX);
        }
}

/* Wide is no reason to refuse, or to take long. */
static void test_wide_statements(void **state) {
    (void)state;
    assert_int_equal(parse_on_small_stack(repeat(CONDITION "\"a\" IN (a", ", b", 20000, "))")), 0);
    assert_int_equal(parse_on_small_stack(repeat(CONDITION "\"a\"", " AND \"b\" = c", 20000, ")")), 0);
    assert_int_equal(parse_on_small_stack(repeat("ALTER TABLE \"t\" DROP COLUMN \"a\"", ", DROP COLUMN \"b\"", 20000, "")), 0);
    assert_int_equal(parse_on_small_stack(repeat("CREATE TABLE \"t\" (\"a\" int", ", CHECK (\"a\" > 5)", 12000, ")")), 0);
    text sql = {.arena = memory};
    text_add(&sql, STR("CREATE TABLE \"t\" (\"a\" int PRIMARY KEY"));
    for (int i = 0; i < 15000; i++) text_format(&sql, ", \"b%d\" int UNIQUE", i);
    text_add(&sql, STR(")"));
    assert_int_equal(parse_on_small_stack(text_str(&sql)), 0);
    sql = (text){.arena = memory};
    text_add(&sql, STR("ALTER TABLE \"t\" ADD CONSTRAINT \"x\" UNIQUE (\"a\""));
    for (int i = 0; i < 30000; i++) text_format(&sql, ", \"c%d\"", i);
    text_add(&sql, STR(")"));
    assert_int_equal(parse_on_small_stack(text_str(&sql)), 0);
}

/* ---- no memory ---- */

typedef struct attempt {
    arena *arena;
    str sql;
    int code;
} attempt;

static void try_parse(void *arg) {
    attempt *x = arg;
    statement_list all;
    text dump = {.arena = x->arena};
    x->code = parse_statements(&all, x->sql, NULL, x->arena, NULL);
    for (size_t i = 0; !x->code && i < all.n; i++) statement_dump(&dump, &all.at[i]);
}

static void test_no_memory(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
        str sql = repeat(hostile[i], " ", 40000, "");
        for (size_t n = 1, failed = 1; failed; n++) {
            attempt x = {.sql = sql};
            assert_int_equal(arena_new(&x.arena), 0);
            arena_fail_after(x.arena, n);
            failed = arena_try(x.arena, try_parse, &x) == -KF_E_MEMORY;
            if (!failed) assert_int_equal(x.code, 0);
            arena_free(x.arena);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_captured_logs),
        cmocka_unit_test(test_condition),
        cmocka_unit_test(test_condition_of_a_dump),
        cmocka_unit_test(test_condition_errors_have_their_place),
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_places_in_several),
        cmocka_unit_test(test_values_instead_of_params),
        cmocka_unit_test(test_prefixes_and_gaps),
        cmocka_unit_test(test_small_stack),
        cmocka_unit_test(test_wide_statements),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests_name("parse", tests, set_up, tear_down);
}
