/* The dialect stage: laws that the corpus cases cannot state one by one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#undef fail /* base/error.h has one of its own */

#include "dialect/dialect.h"
#include <dirent.h>
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

/* Calls back with each `sql_command: SQL` of the captured logs; how many there were. */
static size_t each_logged(void (*call)(str sql)) {
    const char *root = getenv("KEYFOLD_ROOT") ? getenv("KEYFOLD_ROOT") : KEYFOLD_ROOT;
    str folder = str_format(memory, "%s/sql_corpus/logs", root), mark = STR("sql_command: ");
    DIR *d = opendir(folder.p);
    size_t count = 0;
    assert_non_null(d);
    for (struct dirent *e; (e = readdir(d));) {
        if (!str_ends(str_of(e->d_name), STR(".log"))) continue;
        str bytes = read_file(str_format(memory, "%s/%s", folder.p, e->d_name).p);
        for (size_t at = 0; (at = str_find(bytes, mark, at)) != SIZE_MAX; count++) {
            size_t end = str_find(bytes, STR("\n"), at);
            if (end == SIZE_MAX) end = bytes.n;
            call(str_slice(bytes, at + mark.n, end));
            at = end;
        }
    }
    closedir(d);
    return count;
}

static void join_tokens(str sql) {
    token_list tokens;
    text joined = {.arena = memory};
    assert_int_equal(dialect_tokens(&tokens, sql, memory, NULL), 0);
    for (size_t i = 0; i < tokens.n; i++) {
        assert_true(tokens.at[i].text.n > 0);
        text_add(&joined, tokens.at[i].text);
    }
    assert_true(str_eq(text_str(&joined), sql));
}

static void test_tokens_join_to_the_input(void **state) {
    (void)state;
    assert_true(each_logged(join_tokens) > 400);
    join_tokens(STR(""));
    join_tokens(STR("a\"b\"\"c\"'d''e'E'\\''$$f$$$x$g$x$ %s%(0)s%(x)s$1 1.5e-3.5 <>!=<=>=::->> --h\n/*i/*j*/k*/\xff\x80?@"));
}

static void assert_kinds(const char *sql, const char *kinds) {
    token_list tokens;
    assert_int_equal(dialect_tokens(&tokens, str_of(sql), memory, NULL), 0);
    assert_int_equal(tokens.n, strlen(kinds));
    for (size_t i = 0; i < tokens.n; i++) assert_int_equal("swiqnpo"[tokens.at[i].kind], kinds[i]);
}

/* s: white space, w: word, i: identifier, q: string, n: number, p: parameter, o: punctuation. */
static void test_kinds_of_tokens(void **state) {
    (void)state;
    assert_kinds("a_1$ \"b\" 5", "wsisn");
    assert_kinds("-- c", "s");
    assert_kinds("/* a /* b */ c */d", "sw");
    assert_kinds("%s", "p");
    assert_kinds("%(12)s", "p");
    assert_kinds("$12", "p");
    assert_kinds("%some%", "owo");
    assert_kinds("%(a)s", "p");
    assert_kinds("%()s", "ooow");
    assert_kinds("%(a b)s", "oowswow");
    assert_kinds("=%s", "op");
    assert_kinds("<>", "o");
    assert_kinds("=-1", "oon");
    assert_kinds("=-", "oo");
    assert_kinds("@-", "o");
    assert_kinds("a::b", "wow");
    assert_kinds("1.5e-3", "n");
    assert_kinds("5b15", "nw");
    assert_kinds(".5.", "no");
    assert_kinds("\xc3\xa9t\xc3\xa9", "w");
}

static void test_strings(void **state) {
    (void)state;
    static const char *const strings[] = {"'a''b'", "''",    "E'a\\'b'", "e'\\\\'",   "n'x'",
                                          "B'01'",  "X'ff'", "$$a'b$$",  "$t$ $$ $t$"};
    for (size_t i = 0; i < sizeof strings / sizeof *strings; i++) {
        token_list tokens;
        assert_int_equal(dialect_tokens(&tokens, str_of(strings[i]), memory, NULL), 0);
        assert_int_equal(tokens.n, 1);
        assert_int_equal(tokens.at[0].kind, TOKEN_STRING);
    }
}

static void test_what_is_not_closed_has_its_place(void **state) {
    (void)state;
    static const struct {
        const char *sql;
        size_t line, column;
    } cases[] = {{"a 'b", 1, 3},  {"a\n  \"b\"\"", 2, 3}, {"/* a /* */", 1, 1}, {"$x$ $y$", 1, 1},
                 {"E'\\'", 1, 1}, {"'a\\' '", 1, 6},      {"\"", 1, 1},         {"'", 1, 1},
                 {"E'\\", 1, 1},  {"/*", 1, 1},           {"a\n$$", 2, 1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        token_list tokens;
        kf_error err = {0};
        assert_int_equal(dialect_tokens(&tokens, str_of(cases[i].sql), memory, &err), -KF_E_SYNTAX);
        assert_int_equal(err.line, cases[i].line);
        assert_int_equal(err.column, cases[i].column);
    }
}

static void test_a_nul_byte_is_refused(void **state) {
    (void)state;
    token_list tokens;
    dialect_text t;
    kf_error err = {0};
    assert_int_equal(dialect_tokens(&tokens, STR("a \"b\0c\""), memory, &err), -KF_E_SYNTAX);
    assert_int_equal(err.column, 5);
    assert_int_equal(dialect_translate(&t, STR("ALTER TABLE \"t\" DROP COLUMN \"a\0b\""), NULL, memory, &err), -KF_E_SYNTAX);
    assert_int_equal(err.column, 31);
    assert_int_equal(dialect_translate(&t, STR("\0"), NULL, memory, &err), -KF_E_SYNTAX);
}

static void test_limits(void **state) {
    (void)state;
    dialect_text t;
    kf_error err = {0};
    str sql = STR("ALTER TABLE \"t\" ADD COLUMN \"c\" int DEFAULT 'x'::a::b");
    assert_int_equal(dialect_translate(&t, sql, &(dialect_limits){.bytes = sql.n}, memory, &err), 0);
    assert_int_equal(dialect_translate(&t, sql, &(dialect_limits){.bytes = 20}, memory, &err), -KF_E_TOO_LONG);
    assert_int_equal(err.column, 21);
    assert_int_equal(dialect_translate(&t, sql, &(dialect_limits){.tokens = 13}, memory, &err), 0);
    assert_int_equal(dialect_translate(&t, sql, &(dialect_limits){.tokens = 3}, memory, &err), -KF_E_TOO_LONG);
    assert_int_equal(err.column, 17);
    assert_int_equal(dialect_translate(&t, sql, &(dialect_limits){.nesting = 2}, memory, &err), 0);
    assert_int_equal(dialect_translate(&t, sql, &(dialect_limits){.nesting = 1}, memory, &err), -KF_E_TOO_DEEP);
    assert_int_equal(err.offset, sql.n - 3);
}

/* Production logs are mostly DML: neither its length nor what it holds matters. */
static void test_skipped_statements_have_no_limits(void **state) {
    (void)state;
    dialect_text t;
    text sql = {.arena = memory};
    text_add(&sql, STR("INSERT INTO \"a\"\"b\" (\"c\") VALUES ("));
    for (int i = 0; i < 500000; i++) text_add(&sql, STR("((%s, "));
    size_t before = arena_used(memory);
    assert_int_equal(dialect_translate(&t, text_str(&sql), NULL, memory, NULL), 0);
    assert_int_equal(t.class, DIALECT_SKIPPED);
    assert_true(str_eq(t.table, STR("a\"b")));
    assert_true(arena_used(memory) - before < 1024);
}

static void test_the_table_of_a_skipped_statement(void **state) {
    (void)state;
    static const struct {
        const char *sql, *table;
    } cases[] = {{"UPDATE \"t\" SET", "t"},
                 {"DELETE FROM \"t\"", "t"},
                 {"UPDATE \"a\"\"b\" SET \"c\" = NULL", "a\"b"},
                 {"SELECT \"a\" FROM \"t\"", "t"},
                 {"SELECT DISTINCT \"t\".\"a\" FROM \"u\" INNER JOIN \"t\" ON (1)", "u"},
                 {"SELECT COUNT(*) FROM (SELECT \"a\" FROM \"t\" WHERE \"b\") \"s\"", "t"},
                 {"(SELECT \"a\" FROM \"t\") UNION (SELECT \"a\" FROM \"u\")", "t"},
                 {"SELECT EXTRACT(YEAR FROM \"c\"), (SELECT 1 FROM \"u\") FROM \"t\"", "t"},
                 {"SELECT ' FROM \"u\"', \" FROM \" FROM ONLY \"t\"", "t"},
                 {"SELECT \"a\" IS DISTINCT FROM \"b\" FROM \"t\"", "t"},
                 {"SELECT \"a\"\" FROM \"\"b\" from t", "t"},
                 {"SELECT 1", ""},
                 {"SELECT * FROM f(1)", "f"},
                 {"SELECT * FROM ((", ""},
                 {"SELECT FROM", ""},
                 {"INSERT INTO T VALUES (1)", "t"},
                 {"INSERT INTO \"s\".\"t\" (\"c\") VALUES (1)", "t"},
                 {"INSERT INTO", ""},
                 {"UPDATE ONLY \"t\" SET", "t"},
                 {"DELETE FROM ONLY t", "t"},
                 {"WITH a AS (SELECT 1) SELECT * FROM a", ""}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        dialect_text t;
        assert_int_equal(dialect_translate(&t, str_of(cases[i].sql), NULL, memory, NULL), 0);
        assert_int_equal(t.class, DIALECT_SKIPPED);
        assert_true(str_eq(t.table, str_of(cases[i].table)));
    }
}

/* Offsets never go back and never leave the statement; a token that both texts have is at its own place. */
static void check_offsets(str sql) {
    dialect_text t;
    assert_int_equal(dialect_translate(&t, sql, NULL, memory, NULL), 0);
    if (t.class != DIALECT_SCHEMA) return;
    for (size_t out = 0, last = 0; out <= t.text.n + 3; out++) {
        size_t in = dialect_offset(&t, out);
        assert_true(in >= last && in <= sql.n);
        last = in;
    }
    token_list made;
    assert_int_equal(dialect_tokens(&made, t.text, memory, NULL), 0);
    for (size_t i = 0; i < made.n; i++) {
        str token_text = made.at[i].text;
        if (made.at[i].kind != TOKEN_IDENTIFIER || str_find(sql, token_text, 0) == SIZE_MAX) continue;
        if (str_starts(token_text, STR("\"kf_id_"))) continue;
        size_t in = dialect_offset(&t, (size_t)(token_text.p - t.text.p));
        if (sql.p[in] != '"') token_text = dialect_unquote(token_text, memory); /* a type's name, quoted by us */
        assert_true(str_starts(str_from(sql, in), token_text));
    }
}

static void test_offsets(void **state) {
    (void)state;
    each_logged(check_offsets);
    check_offsets(
        STR("ALTER TABLE \"t\" ADD CONSTRAINT \"x\" UNIQUE (\"a\",\"b\")( WHERE \"s\" = in p AND \"u\" IN (a, ) AND \"v\")"));
    check_offsets(STR("CREATE TABLE \"t\" (\"a\"long, \"b\"  NULL, \"c\" int DEFAULT %s CHECK (\"d\" = e), CONSTRAINT \"f\" "
                      "INDEX (\"g\")())"));
    check_offsets(STR("ALTER TABLE \"\" DROP CONSTRAINT \"kf_id_0\" INDEX, DROP COLUMN \"z\""));
}

static void test_identifiers_come_back(void **state) {
    (void)state;
    dialect_text t;
    str sql = STR("ALTER TABLE \"\" DROP COLUMN \"kf_id_0\", DROP COLUMN \"kf_id_x\", DROP COLUMN \"kf_id_00\"");
    assert_int_equal(dialect_translate(&t, sql, NULL, memory, NULL), 0);
    assert_true(str_eq(dialect_identifier(&t, STR("kf_id_0")), STR("")));
    assert_true(str_eq(dialect_identifier(&t, STR("kf_id_1")), STR("kf_id_0")));
    assert_true(str_eq(dialect_identifier(&t, STR("kf_id_2")), STR("kf_id_x")));
    assert_true(str_eq(dialect_identifier(&t, STR("kf_id_3")), STR("kf_id_00")));
    static const char *const others[] = {"kf_id_4", "kf_id_", "kf_id_99999999999999999999", "id", "", "kf_id_-1"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_true(str_eq(dialect_identifier(&t, str_of(others[i])), str_of(others[i])));
}

static void test_default_values(void **state) {
    (void)state;
    static const struct {
        const char *sql, *given;
    } cases[] = {{"DEFAULT 'a, b' NOT NULL", "'a, b'"},
                 {"DEFAULT NULL NULL", "NULL"},
                 {"DEFAULT now(), x", "now()"},
                 {"DEFAULT (1 + 2)) UNIQUE", "(1 + 2)"},
                 {"DEFAULT  NOT NULL", ""},
                 {"DEFAULT", ""},
                 {"DEFAULT 2026-11-22 07:00 NULL", "2026-11-22 07:00"},
                 {"DEFAULT %(0)s;", "%(0)s"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_true(str_eq(dialect_default(str_of(cases[i].sql), 0), str_of(cases[i].given)));
}

static const char *const hostile[] = {
    "CREATE TABLE \"t\" (\"id\" long NOT NULL PRIMARY KEY AUTOINCREMENT, \"d\"  NULL, CONSTRAINT \"u\" UNIQUE (\"a\",\"b\")())",
    "ALTER TABLE \"t\" ADD CONSTRAINT \"n\" UNIQUE (\"a\")( WHERE NOT (\"s\" IN (a, b c) OR \"n\" BETWEEN 1 AND 2) AND \"r\" "
    "LIKE a%)",
    "ALTER TABLE \"t\" ADD COLUMN \"c\" decimal DEFAULT %(0)s NOT NULL CHECK (f(\"c\") > 'it''s'), DROP CONSTRAINT IF EXISTS "
    "\"x\" INDEX",
    "/* a */ ALTER TABLE IF EXISTS ONLY \"t\" ALTER \"c\" SET DEFAULT E'\\'' -- b",
    "ALTER TABLE \"t\" ADD COLUMN \"c\" object DEFAULT {'a': [\"b\", b'c']} NOT NULL UNIQUE, ALTER \"d\" SET DEFAULT in "
    "progress",
    "ALTER TABLE IF EXISTS ONLY \"t\" FLUSH ;",
    "INSERT INTO \"django_migrations\" (\"a\", b) VALUES (%(0)s, 'x') VALUES (%(1)s, NULL)",
    "UPDATE \"t\" SET \"c\" = {'a': 1} WHERE \"t\".\"c\" IS NULL",
    "UPDATE \"t\" SET \"c\" = 2026-11-22 07:00 WHERE \"c\" IS NULL;",
};

/* Whatever is cut off or missing: a text or an error with a place, and nothing read behind the end (ASan watches). */
static void survive(str sql) {
    char *exact = malloc(sql.n ? sql.n : 1);
    if (sql.n) memcpy(exact, sql.p, sql.n);
    dialect_text t;
    kf_error err = {0};
    str copy = {exact, sql.n}, piece;
    int code = dialect_translate(&t, copy, NULL, memory, &err);
    assert_true(code == 0 || (code == -KF_E_SYNTAX && err.line > 0));
    size_t at = 0, end = 0;
    while (dialect_next(&piece, copy, &at)) {
        assert_true(piece.p >= exact + end && piece.p + piece.n <= exact + sql.n);
        end = (size_t)(piece.p + piece.n - exact);
        dialect_backfill(piece, &(str){0});
    }
    free(exact);
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

static void test_splitting(void **state) {
    (void)state;
    static const struct {
        const char *sql, *pieces; /* with | between them */
    } cases[] = {{"a", "a"},
                 {"a;b", "a|b"},
                 {"a;", "a"},
                 {";", ""},
                 {"", ""},
                 {"a;;b", "a||b"},
                 {"';';\";\"", "';'|\";\""},
                 {"a;'b;c", "a|'b;c"},
                 {"-- ;\na;/*;*/b", "-- ;\na|/*;*/b"},
                 {"$$;$$;x", "$$;$$|x"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        text joined = {.arena = memory};
        str piece;
        size_t at = 0, n = 0;
        while (dialect_next(&piece, str_of(cases[i].sql), &at)) {
            if (n++) text_char(&joined, '|');
            text_add(&joined, piece);
        }
        assert_true(str_eq(text_str(&joined), str_of(cases[i].pieces)));
    }
}

static void test_counting_parameters(void **state) {
    (void)state;
    static const struct {
        const char *sql;
        int positional, greatest;
    } cases[] = {
        {"SELECT %s, %s", 2, 2}, {"SELECT %(0)s, %(4)s", 0, 5}, {"SELECT %(name)s, %(n1)s", 0, 0}, {"SELECT $3", 0, 3}, {"SELECT '%s'", 0, 0}, {"%s 'x", 1, 1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int positional = 0, greatest = 0;
        dialect_count_parameters(str_of(cases[i].sql), &positional, &greatest);
        assert_int_equal(positional, cases[i].positional);
        assert_int_equal(greatest, cases[i].greatest);
    }
}

/* What grows with the square of a statement would show here. */
static void test_hostile_lengths(void **state) {
    (void)state;
    static const char *const pieces[] = {"(",
                                         "UNIQUE (",
                                         "INDEX (",
                                         "CHECK (",
                                         "\"\",",
                                         "DEFAULT ",
                                         "CONSTRAINT \"a\" INDEX (\"b\" DESC)( WHERE (",
                                         "CASE ",
                                         "[",
                                         "%s ",
                                         "/*a*/ ",
                                         "x ( y ) ",
                                         "\"c\" int DEFAULT {, ",
                                         "\"c\" int DEFAULT [] NOT NULL, ",
                                         "DEFAULT x y ",
                                         "DEFAULT 'x'::",
                                         "\"c\" int DEFAULT a b, "};
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        dialect_text t;
        text sql = {.arena = memory};
        text_add(&sql, STR("CREATE TABLE \"t\" ("));
        for (int k = 0; k < 20000; k++) text_add(&sql, str_of(pieces[i]));
        int code = dialect_translate(&t, text_str(&sql), NULL, memory, NULL);
        assert_true(code == 0 || code == -KF_E_SYNTAX || code == -KF_E_TOO_DEEP || code == -KF_E_TOO_LONG);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tokens_join_to_the_input),
        cmocka_unit_test(test_kinds_of_tokens),
        cmocka_unit_test(test_strings),
        cmocka_unit_test(test_what_is_not_closed_has_its_place),
        cmocka_unit_test(test_a_nul_byte_is_refused),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_skipped_statements_have_no_limits),
        cmocka_unit_test(test_the_table_of_a_skipped_statement),
        cmocka_unit_test(test_offsets),
        cmocka_unit_test(test_identifiers_come_back),
        cmocka_unit_test(test_default_values),
        cmocka_unit_test(test_prefixes_and_gaps),
        cmocka_unit_test(test_splitting),
        cmocka_unit_test(test_counting_parameters),
        cmocka_unit_test(test_hostile_lengths),
    };
    return cmocka_run_group_tests_name("dialect", tests, set_up, tear_down);
}
