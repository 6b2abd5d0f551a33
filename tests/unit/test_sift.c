/* What is left out of a log changes nothing but what it says: the statements that matter are the same, in their places, and the
 * others are counted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#undef fail /* base/error.h has one of its own */

#include "dialect/dialect.h"
#include "log/log.h"
#include "log/scan.h"
#include <stdio.h>
#include <stdlib.h>

#ifndef KEYFOLD_ROOT
#define KEYFOLD_ROOT "."
#endif

typedef struct reading {
    raw_statement_list list;
    log_file found;
    dml_counts dml;
    kf_error err;
    int rc;
} reading;

/* Pieces of any size. */
typedef struct drops {
    str rest;
    unsigned seed, most;
} drops;

static size_t read_drop(void *from, char *to, size_t room) {
    drops *d = from;
    d->seed = d->seed * 1103515245 + 12345;
    size_t n = 1 + (d->seed >> 8) % d->most;
    if (n > room) n = room;
    if (n > d->rest.n) n = d->rest.n;
    memcpy(to, d->rest.p, n);
    d->rest = str_from(d->rest, n);
    return n;
}

static reading *read_log(arena *a, str bytes, bool sifted, unsigned most) {
    reading *r = arena_make(a, reading);
    drops d = {bytes, 7, most};
    r->dml.arena = a;
    log_options o = {.dml = sifted ? &r->dml : NULL};
    r->rc = log_read_from(&r->list, &r->found, STR("log"), (byte_source){read_drop, &d}, &o, a, &r->err);
    return r;
}

static bool is_plain_dml(arena *a, const raw_statement *s, dialect_text *t) {
    return !s->truncated && dialect_class_of(t, s->sql, a, NULL) == 0 && t->class == DIALECT_SKIPPED;
}

static const char *const words[] = {"INSERT", "UPDATE", "DELETE", "SELECT"};

static void count_rest(arena *a, reading *r) {
    for (size_t i = 0; i < r->list.n; i++) {
        dialect_text t;
        if (!is_plain_dml(a, &r->list.at[i], &t)) continue;
        for (int op = 0; op < DML_OPERATIONS; op++)
            if (str_starts(r->list.at[i].sql, str_of(words[op]))) dml_counts_add(&r->dml, STR("all"), (dml_operation)op, 1);
    }
}

static size_t sum(const dml_counts *c, int op) {
    size_t n = 0;
    for (size_t i = 0; i < c->tables.n; i++) n += c->tables.at[i]->counts[op];
    return n;
}

static str dump_others(arena *a, reading *r) {
    raw_statement_list others = {0};
    text out = {.arena = a};
    for (size_t i = 0; i < r->list.n; i++) {
        dialect_text t;
        if (!is_plain_dml(a, &r->list.at[i], &t)) vec_push(a, &others, r->list.at[i]);
    }
    log_dump(&out, &others);
    text_format(&out, "%zu lines, %.*s\n", r->found.lines, STR_ARG(r->found.form));
    return str_copy(a, text_str(&out));
}

/* Returns how many statements were left out. A last record that is cut is counted as one more where another logger showed it
 * whole. */
static size_t check(str bytes, unsigned most, bool counts) {
    bool cut = bytes.n && bytes.p[bytes.n - 1] != '\n';
    arena *a;
    assert_int_equal(arena_new(&a), 0);
    reading *whole = read_log(a, bytes, false, 1 << 20), *sifted = read_log(a, bytes, true, most);
    assert_int_equal(sifted->rc, whole->rc);
    size_t left_out = sifted->dml.total;
    if (whole->rc == 0) {
        assert_string_equal(dump_others(a, sifted).p, dump_others(a, whole).p);
        count_rest(a, sifted);
        count_rest(a, whole);
        if (counts) assert_in_range(sifted->found.statements, whole->found.statements, whole->found.statements + cut);
        for (int op = 0; counts && op < DML_OPERATIONS; op++)
            assert_in_range(sum(&sifted->dml, op), sum(&whole->dml, op), sum(&whole->dml, op) + cut);
    }
    arena_free(a);
    return left_out;
}

static str file(arena *a, const char *name) {
    char path[4096];
    text t = {.arena = a};
    snprintf(path, sizeof path, "%s/sql_corpus/logs/%s", getenv("KEYFOLD_ROOT") ? getenv("KEYFOLD_ROOT") : KEYFOLD_ROOT, name);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    char block[4096];
    for (size_t n; (n = fread(block, 1, sizeof block, f)) > 0;) text_add(&t, (str){block, n});
    fclose(f);
    return text_str(&t);
}

static const char *const logs[] = {"presenceiq-fails.log", "presenceiq-tolerant.log", "django-contrib.log",
                                   "shop-evolution.log", "presenceiq.sqlmigrate.sql"};

static void captured_logs(void **state) {
    (void)state;
    size_t left_out = 0;
    for (size_t i = 0; i < sizeof logs / sizeof *logs; i++) {
        arena *a;
        assert_int_equal(arena_new(&a), 0);
        str bytes = file(a, logs[i]);
        static const unsigned sizes[] = {1, 100, 10000, 1 << 20};
        for (size_t k = 0; k < 4; k++) left_out += check(bytes, sizes[k], true);
        for (size_t n = 0; n < bytes.n; n += bytes.n / 50 + 1)
            check(str_slice(bytes, 0, n), 5000, true); /* wherever it is cut */
        arena_free(a);
    }
    assert_true(left_out > 100);
}

/* ---- made-up logs ---- */

static unsigned state_of_chance;
static unsigned chance(unsigned n) {
    state_of_chance = state_of_chance * 1103515245 + 12345;
    return (state_of_chance >> 8) % n;
}

static const char *const rows[] = {
    "SELECT \"t\".\"a\" FROM \"t\" WHERE \"t\".\"b\" = %(0)s",
    "SELECT COUNT(*) AS \"n\" FROM \"t\"",
    "SELECT COUNT(*) FROM (SELECT DISTINCT \"u\".\"a\" FROM \"u\") subquery",
    "SELECT 1",
    "INSERT INTO \"t\" (\"a\", \"b\") VALUES (%(0)s, %(1)s)",
    "UPDATE \"t\" SET \"a\" = %(0)s WHERE \"id\" = %(1)s",
    "UPDATE \"t\" SET \"a\" = %(0)s WHERE \"a\" IS NULL",
    "DELETE FROM \"t\" WHERE \"a\" IN (%(0)s)",
    "INSERT INTO \"django_migrations\" (\"app\", \"name\", \"applied\") VALUES (%(0)s, %(1)s, %(2)s)",
    "SELECT \"a;b\" FROM \"t\"",
    "select a from t",
    "SELECT EXTRACT(YEAR FROM \"c\") FROM \"t\"",
    "SELECT 'FROM \"x\"' FROM \"t\"",
    "INSERT INTO \"T\" (\"a\") VALUES (1)",
    "INSERT INTO Some_Table (\"a\") VALUES (1)",
    "DELETE FROM \"s\".\"t\"",
    "SELECT \"a\"\nFROM \"t\"\nWHERE \"b\" = 1",
    "\n    SELECT \"a\" FROM \"t\"",
    "SELECT 1; DROP TABLE \"t\""};
static const char *const schema[] = {
    "CREATE TABLE \"t\" (\"id\" long NOT NULL PRIMARY KEY)", "ALTER TABLE \"t\" ADD COLUMN \"a\" long NULL",
    "CREATE TABLE \"u\" (\n    \"id\" long NOT NULL,\n    \"a\" string NULL\n)", "DROP TABLE \"t\" CASCADE",
    "ALTER TABLE \"t\" ADD COLUMN \"s\" string DEFAULT 'sql_command: SELECT 1 FROM \"t\"' NOT NULL"};
static const char *const params[] = {"()",
                                     "(5,)",
                                     "('x',)",
                                     "('a;b', \"it's\")",
                                     "(\"sql_command: DROP TABLE 'x'\", 1)",
                                     "('; args=None; alias=default',)",
                                     "('FAILED SQL: x', '; (params None)')",
                                     "None"};
static const char *const noise[] = {"Find query: {'filter': {'a': 1}}",
                                    "Result: {'a': 'sql_command: SELECT 1 FROM \"t\"'}",
                                    "GET /x 200",
                                    "param: (1,)",
                                    "it's a line; args=x",
                                    "    at something(foo: bar)",
                                    "",
                                    "Created table: t",
                                    "{\"message\": \"no sql here; really\"}"};
#define ANY(list) list[chance(sizeof list / sizeof *list)]

static void add_prefix(text *t, const char *logger) {
    if (chance(8)) text_format(t, "2026-11-22 06:%02u:%02u,%03u %s DEBUG ", chance(60), chance(60), chance(1000), logger);
}

static void add_quoted(text *t, const char *sql) {
    text_char(t, '\'');
    for (; *sql; sql++) {
        if (*sql == '\'' || *sql == '\\') text_char(t, '\\');
        if (*sql == '\n') text_add(t, STR("\\n"));
        else text_char(t, *sql);
    }
    text_char(t, '\'');
}

static void add_record(text *t, const char *sql, unsigned form) {
    const char *values = ANY(params);
    if (form == 0) {
        add_prefix(t, "django.db.backends.schema");
        text_format(t, "%s; (params %s)\n", sql, values);
    }
    if (form == 1 || form == 2) {
        add_prefix(t, "djongo.sql2mongo.query");
        text_format(t, "sql_command: %s\nparams: %s\n", sql, values);
    }
    if (form == 2 && chance(3) == 0) text_format(t, "FAILED SQL: %s\nParams: %s\nVersion: 1.3.6\n", sql, values);
    if (form == 3 || form == 4) {
        add_prefix(t, "django.db.backends");
        text_add(t, STR("(0.019) "));
        if (form == 3) {
            text_add(t, STR("QUERY = "));
            add_quoted(t, sql);
            text_format(t, " - PARAMS = %s; args=%s; alias=default\n", values, values);
        } else {
            text_format(t, "%s; args=%s; alias=default\n", sql, values);
        }
    }
}

static text made_up(arena *a, unsigned seed, const char *forms, size_t records) {
    text t = {.arena = a};
    state_of_chance = seed;
    for (size_t i = 0; i < records; i++) {
        const char *sql = chance(6) ? ANY(rows) : ANY(schema);
        add_record(&t, sql, (unsigned)(forms[chance((unsigned)strlen(forms))] - '0'));
        for (unsigned k = chance(4); k > 0; k--) {
            if (chance(2)) add_prefix(&t, "other");
            text_format(&t, "%s\n", ANY(noise));
        }
    }
    return t;
}

/* Where several loggers show other statements each, which of them are the same is a guess. */
static void made_up_logs(void **state) {
    static const struct {
        const char *forms;
        bool counts;
    } mixtures[] = {{"12", true}, {"34", true}, {"01234", false}, {"0", true}};
    const char *rounds = getenv("KEYFOLD_ROUNDS");
    unsigned n = rounds ? (unsigned)atoi(rounds) : 300;
    size_t left_out[4] = {0};
    (void)state;
    for (unsigned seed = 1; seed <= n; seed++)
        for (size_t m = 0; m < 4; m++) {
            arena *a;
            assert_int_equal(arena_new(&a), 0);
            text t = made_up(a, seed, mixtures[m].forms, 30 + seed % 40);
            left_out[m] += check(text_str(&t), 1 + seed * 37 % 4000, mixtures[m].counts);
            arena_free(a);
        }
    for (size_t m = 0; m < 3; m++) assert_true(left_out[m] > n * 5);
    assert_int_equal(left_out[3], 0);
}

/* ---- memory ---- */

static void far_apart(void **state) {
    (void)state;
    arena *a;
    assert_int_equal(arena_new(&a), 0);
    text t = {.arena = a};
    size_t lines = 0;
    for (size_t i = 0; i < 6; i++) {
        text_format(&t, "x sql_command: ALTER TABLE \"t\" ADD COLUMN \"c%zu\" long NULL\nparams: ()\n", i);
        lines += 2;
        for (size_t k = 0; k < 6 * 20000; k++) text_format(&t, "line %06zu of something else, which is no record: at all\n", k);
        lines += 6 * 20000;
        if (i % 2) text_format(&t, "CREATE TABLE \"u%zu\" (\n  \"id\" long\n); (params None)\n", i), lines += 3;
    }
    for (int whole = 0; whole < 2; whole++) {
        arena *b;
        assert_int_equal(arena_new(&b), 0);
        reading *r = read_log(b, text_str(&t), !whole, 100000);
        assert_int_equal(r->rc, 0);
        assert_int_equal(r->found.lines, lines);
        assert_int_equal(r->list.n, 9);
        for (size_t i = 0; i < 6; i++) {
            size_t at = i + i / 2;
            assert_int_equal(r->list.at[at].source.line, 1 + i * 120002 + i / 2 * 3);
            if (i % 2) assert_int_equal(r->list.at[at + 1].source.line, 1 + i * 120002 + i / 2 * 3 + 120002);
        }
        arena_free(b);
    }
    arena_free(a);
}

static void scanning(void **state) {
    (void)state;
    char room[200];
    for (size_t n = 0; n < 80; n++)
        for (size_t at = 0; at + 1 < n; at++) {
            memset(room, 'x', sizeof room);
            room[at] = n % 2 ? ':' : ';';
            room[at + 1] = ' ';
            str s = {room, n};
            assert_int_equal(scan_mark(s, 0), at);
            assert_int_equal(scan_pair(s, 0, room[at], ' '), at);
            assert_int_equal(scan_mark(s, at + 1), SIZE_MAX);
            if (at) {
                room[at - 1] = '\'';
                assert_int_equal(scan_mark(s, 0), SIZE_MAX);
            }
            memset(room, '\n', at);
            assert_int_equal(scan_lines(s), at);
        }
    char *many = malloc(100000);
    memset(many, '\n', 100000);
    assert_int_equal(scan_lines((str){many, 100000}), 100000);
    free(many);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(scanning), cmocka_unit_test(captured_logs),
                                       cmocka_unit_test(made_up_logs), cmocka_unit_test(far_apart)};
    return cmocka_run_group_tests_name("sift", tests, NULL, NULL);
}
