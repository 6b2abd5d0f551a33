/* Encodings, compression, wrappings and hostile bytes, and each of the loggers alone. */
#include "log/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <zlib.h>
#include <zstd.h>

#include <cmocka.h>

#ifndef KEYFOLD_ROOT
#define KEYFOLD_ROOT "."
#endif

typedef struct reading {
    arena *arena;
    raw_statement_list list;
    log_file found;
    log_options options;
    kf_error err;
    str bytes;
    int rc;
} reading;

static void work(void *arg) {
    reading *r = arg;
    r->rc = log_read(&r->list, &r->found, STR("log"), r->bytes, &r->options, r->arena, &r->err);
}

/* The bytes are borrowed. */
static reading reading_with(str bytes, uint64_t max) {
    reading r = {.bytes = bytes, .options = {max}};
    assert_int_equal(arena_new(&r.arena), 0);
    int rc = arena_try(r.arena, work, &r);
    if (rc) r.rc = rc;
    return r;
}

static reading reading_of(str bytes) { return reading_with(bytes, 0); }

static void expect_list(reading *r, const char *dump) {
    assert_int_equal(r->rc, 0);
    text out = {.arena = r->arena};
    log_dump(&out, &r->list);
    assert_string_equal(str_c(r->arena, text_str(&out)), dump);
}

static void expect_found(const reading *r, const char *form, const char *encoding, const char *compression) {
    assert_int_equal(r->found.form.n, strlen(form));
    assert_memory_equal(r->found.form.p, form, strlen(form));
    assert_string_equal(r->found.encoding, encoding);
    assert_string_equal(r->found.compression, compression);
}

static void expect_error(str bytes, kf_code code, const char *part) {
    reading r = reading_of(bytes);
    assert_int_equal(r.rc, -(int)code);
    assert_non_null(strstr(r.err.message, part));
    assert_non_null(strstr(r.err.message, "log"));
    arena_free(r.arena);
}

/* ---- encodings ---- */

static str utf16(arena *a, str ascii, bool little, bool mark) {
    text t = {.arena = a};
    if (mark) text_add(&t, little ? STR("\xff\xfe") : STR("\xfe\xff"));
    for (size_t i = 0; i < ascii.n; i++) {
        text_char(&t, little ? ascii.p[i] : '\0');
        text_char(&t, little ? '\0' : ascii.p[i]);
    }
    return text_str(&t);
}

static void utf16_with_and_without_mark(void **state) {
    (void)state;
    arena *a;
    str log = STR("t sql_command: SELECT 1\r\nparams: None\r\n");
    assert_int_equal(arena_new(&a), 0);
    for (int i = 0; i < 4; i++) {
        reading r = reading_of(utf16(a, log, i & 1, i & 2));
        expect_list(&r, "log:1 - SELECT 1\n");
        expect_found(&r, "djongo log", i & 1 ? "utf-16le" : "utf-16be", "none");
        arena_free(r.arena);
    }
    arena_free(a);
}

static void utf16_characters(void **state) {
    (void)state;
    /* e with an acute, the euro sign, a face (a pair), half a pair, the other half, and half a character at the end. */
    reading r = reading_of(STR("\xff\xfe\"\0\xe9\0\xac\x20\x3d\xd8\x00\xde\x3d\xd8\x41\0\x00\xde\"\0;\0\n"));
    expect_list(&r, "");
    arena_free(r.arena);
    r = reading_of(STR("\xff\xfeS\0E\0T\0 \0\xe9\0\xac\x20\x3d\xd8\x00\xde\x3d\xd8\x41\0\x00\xde;\0\n"));
    expect_list(&r, "log:1 - SET \xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xef\xbf\xbd"
                    "A\xef\xbf\xbd\n");
    arena_free(r.arena);
    expect_error(STR("\xff\xfe"), KF_E_EMPTY_FILE, "empty");
    expect_error(STR("\xff\xfe \0\n\0"), KF_E_EMPTY_FILE, "empty");
    expect_error(STR("\xff\xfe\0\0S\0\0\0"), KF_E_ENCODING, "NUL");
    /* UTF-32 */
    expect_error(STR("\xff\xfe\0\0S\0\0\0E\0\0\0"), KF_E_ENCODING, "NUL");
}

static void bytes_that_are_no_utf8(void **state) {
    (void)state;
    reading r = reading_of(STR("SELECT 'caf\xe9 \xc3\xa9 \x9b \xe2\x82' ;\n"));
    expect_list(&r, "log:1 - SELECT 'caf\xc3\xa9 \xc3\xa9 \xef\xbf\xbd \xc3\xa2\xef\xbf\xbd'\n");
    expect_found(&r, "SQL", "latin-1", "none");
    arena_free(r.arena);
    r = reading_of(STR("x caf\xe9\nt sql_command: A\nparams: ('\xe9',)\n"));
    expect_list(&r, "log:2 - A params ('\xc3\xa9',)\n");
    arena_free(r.arena);
    /* Too long a form, half a pair, beyond the last character. */
    r = reading_of(STR("SELECT '\xc0\xaf\xed\xa0\x80\xf4\x90\x80\x80';"));
    assert_int_equal(r.rc, 0);
    arena_free(r.arena);
}

static void nul_bytes(void **state) {
    (void)state;
    expect_error(STR("SELECT 1;\nSEL\0ECT"), KF_E_ENCODING, "NUL");
    expect_error(STR("\0\0\0"), KF_E_EMPTY_FILE, "empty");
    /* A log that was cut back under its writer. */
    reading r = reading_of(STR("\0\0\0\0\0\0\0\0t sql_command: A\nparams: None\n"));
    expect_list(&r, "log:1 - A\n");
    arena_free(r.arena);
}

/* ---- compression ---- */

static str gzip(arena *a, str s) {
    z_stream z = {0};
    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY), Z_OK);
    size_t room = deflateBound(&z, s.n);
    char *out = arena_alloc(a, room, 1);
    z.next_in = (Bytef *)(uintptr_t)s.p;
    z.avail_in = (uInt)s.n;
    z.next_out = (Bytef *)out;
    z.avail_out = (uInt)room;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    size_t n = room - z.avail_out;
    deflateEnd(&z);
    return (str){out, n};
}

static str zstd(arena *a, str s) {
    size_t room = ZSTD_compressBound(s.n);
    char *out = arena_alloc(a, room, 1);
    size_t n = ZSTD_compress(out, room, s.p, s.n, 9);
    assert_false(ZSTD_isError(n));
    return (str){out, n};
}

static str joined(arena *a, str x, str y) {
    text t = {.arena = a};
    text_add(&t, x);
    text_add(&t, y);
    return text_str(&t);
}

static str (*const packers[])(arena *, str) = {gzip, zstd};
static const char *const packer_names[] = {"gzip", "zstd"};

static void packed(void **state) {
    (void)state;
    arena *a;
    assert_int_equal(arena_new(&a), 0);
    for (int i = 0; i < 2; i++) {
        str one = packers[i](a, STR("t sql_command: A\nparams: None\nt sql_com")),
            two = packers[i](a, STR("mand: B\nparams: None\n"));
        reading r = reading_of(joined(a, one, two));
        expect_list(&r, "log:1 - A\nlog:3 - B\n");
        expect_found(&r, "djongo log", "utf-8", packer_names[i]);
        arena_free(r.arena);
        r = reading_of(packers[i](a, utf16(a, STR("SELECT 1;\nSELECT 2;"), true, true)));
        expect_list(&r, "log:1 - SELECT 1\nlog:2 - SELECT 2\n");
        expect_found(&r, "SQL", "utf-16le", packer_names[i]);
        arena_free(r.arena);
        expect_error(packers[i](a, STR("")), KF_E_EMPTY_FILE, "empty");
        expect_error(packers[i](a, STR("SELECT\0 1;")), KF_E_ENCODING, "NUL");
    }
    reading r = reading_of(joined(a, gzip(a, STR("SELECT 1;")), STR("\0\0\0\0\0\0")));
    expect_list(&r, "log:1 - SELECT 1\n");
    arena_free(r.arena);
    arena_free(a);
}

/* Whatever is missing at the end, no statement that may be half is taken for a whole one. */
static void packed_and_cut(void **state) {
    (void)state;
    arena *a;
    assert_int_equal(arena_new(&a), 0);
    text log = {.arena = a};
    srand(7);
    for (int i = 0; i < 300; i++) text_format(&log, "t sql_command: SELECT %d\nparams: (%d,)\n", rand(), rand());
    for (int i = 0; i < 2; i++) {
        str whole = packers[i](a, text_str(&log));
        for (size_t n = 5; n < whole.n; n += n < 100 ? 1 : 61) {
            reading r = reading_of(str_slice(whole, 0, n));
            assert_true(r.rc == 0 || r.rc == -KF_E_TRUNCATED);
            if (r.rc == 0) assert_true(r.list.n && r.list.at[r.list.n - 1].truncated);
            for (size_t k = 0; k + 1 < r.list.n; k++) assert_false(r.list.at[k].truncated);
            arena_free(r.arena);
        }
        reading r = reading_of(whole);
        assert_int_equal(r.list.n, 300);
        assert_false(r.list.at[299].truncated);
        arena_free(r.arena);
        expect_error(str_slice(whole, 0, 8), KF_E_TRUNCATED, packer_names[i]);
    }
    arena_free(a);
}

static void packed_and_damaged(void **state) {
    (void)state;
    arena *a;
    assert_int_equal(arena_new(&a), 0);
    text log = {.arena = a};
    for (int i = 0; i < 300; i++) text_format(&log, "t sql_command: SELECT %d\nparams: (%d,)\n", i * 7919, i);
    for (int i = 0; i < 2; i++) {
        str whole = packers[i](a, text_str(&log));
        size_t errors = 0;
        for (size_t n = 4; n < whole.n; n += 5) {
            char *copy = str_c(a, whole);
            copy[n] ^= 0x55;
            reading r = reading_of((str){copy, whole.n});
            errors += r.rc != 0;
            arena_free(r.arena);
        }
        assert_true(errors > 10);
    }
    char *wrong = str_c(a, gzip(a, STR("SELECT 1;")));
    wrong[12] ^= 0x10;
    expect_error((str){wrong, gzip(a, STR("SELECT 1;")).n}, KF_E_DAMAGED, "gzip");
    expect_error(joined(a, zstd(a, STR("SELECT 1;")), STR("garbage!")), KF_E_DAMAGED, "zstd");
    expect_error(STR("\xfd"
                     "7zXZ\0..."),
                 KF_E_ENCODING, "xz");
    expect_error(STR("BZh91AY&SY"), KF_E_ENCODING, "bzip2");
    expect_error(STR("PK\3\4...."), KF_E_ENCODING, "zip");
    arena_free(a);
}

static void packed_too_much(void **state) {
    (void)state;
    arena *a;
    assert_int_equal(arena_new(&a), 0);
    str spaces = {arena_alloc(a, 50 << 20, 1), 50 << 20};
    memset((char *)(uintptr_t)spaces.p, ' ', spaces.n);
    memcpy((char *)(uintptr_t)spaces.p, "SELECT 1;", 9);
    for (int i = 0; i < 2; i++) {
        str bomb = packers[i](a, spaces);
        assert_true(bomb.n < 60000);
        reading r = reading_with(bomb, 1 << 20);
        assert_int_equal(r.rc, -KF_E_TOO_LARGE);
        assert_non_null(strstr(r.err.message, "1048576"));
        arena_free(r.arena);
        r = reading_with(bomb, spaces.n - 1);
        assert_int_equal(r.rc, -KF_E_TOO_LARGE);
        arena_free(r.arena);
        r = reading_with(bomb, spaces.n);
        expect_list(&r, "log:1 - SELECT 1\n");
        arena_free(r.arena);
    }
    arena_free(a);
}

/* ---- wrappings ---- */

static void journal_export(void **state) {
    (void)state;
    static const char log[] =
        "__CURSOR=s=1\n_PID=17\nMESSAGE\n\x2d\0\0\0\0\0\0\0x sql_command: SELECT \"a\"\n  FROM t\nparams: ()\n"
        "__MONOTONIC_TIMESTAMP=1\n\n__CURSOR=s=2\nMESSAGE=Result: (1,)\n\n__CURSOR=s=3\nX\n\1\0\0\0\0\0\0\0\n\n"
        "MESSAGE=A; (params None)\n\n__CURSOR=s=3\nMESSAGE\n\x1d\0\0\0\0\0\0\0x sql_command: B\nparams: None\n\n";
    str bytes = {log, sizeof log - 1};
    reading r = reading_of(bytes);
    expect_list(&r, "log:4 - SELECT \"a\"\\n  FROM t\nlog:20 - B\n");
    expect_found(&r, "djongo log in journald's export format", "utf-8", "none");
    arena_free(r.arena);
    for (size_t n = 0; n < bytes.n; n++) {
        r = reading_of(str_slice(bytes, 0, n));
        for (size_t i = 0; i + 1 < r.list.n; i++) assert_false(r.list.at[i].truncated);
        arena_free(r.arena);
    }
    /* A length that goes beyond the file. */
    r = reading_of(STR("__CURSOR=s=1\nMESSAGE\n\xff\xff\xff\xff\xff\xff\xff\xffsql_command: A"));
    expect_list(&r, "log:3 truncated A\n");
    arena_free(r.arena);
}

static void json_lines_cut_anywhere(void **state) {
    (void)state;
    str log = STR("{\"t\": \"a\\\\\", \"message\": \"sql_command: SELECT \\\"\\u00e9\\ud83d\\ude00\\\"\\nparams: (1,)\", "
                  "\"x\": {\"y\": []}}\r\n"
                  "{\"message\": \"A; (params None)\"}\n{\"message\": \"Created table: x\"}\n"
                  "{\"message\": \"(0.001) QUERY = 'SELECT 2' - PARAMS = (); args=None; alias=default\"}\n");
    reading whole = reading_of(log);
    expect_list(&whole, "log:1 - SELECT \"\xc3\xa9\xf0\x9f\x98\x80\" params (1,)\nlog:4 - SELECT 2\n");
    for (size_t n = 1; n < log.n; n++) {
        char *exact = malloc(n);
        memcpy(exact, log.p, n);
        reading r = reading_of((str){exact, n});
        assert_int_equal(r.rc, 0);
        assert_true(r.list.n <= 2);
        if (r.list.n == 2) assert_true(r.list.at[1].truncated || str_eq(r.list.at[1].sql, STR("SELECT 2")));
        arena_free(r.arena);
        free(exact);
    }
    arena_free(whole.arena);
}

/* ---- several files ---- */

static void add(arena *a, raw_statement_list *list, const char *file, const char *bytes) {
    assert_int_equal(log_read(list, NULL, str_of(file), str_of(bytes), NULL, a, NULL), 0);
}

static void loggers_with_files_of_their_own(void **state) {
    (void)state;
    static const char djongo[] = "2026-11-22 06:49:18,505 sql_command: CREATE TABLE a (b long)\nparams: None\n"
                                 "2026-11-22 06:49:18,600 sql_command: UPDATE a SET b = %(0)s\nparams: (1,)\n";
    static const char query[] =
        "2026-11-22 06:49:18,515 (0.010) QUERY = 'CREATE TABLE a (b long)' - PARAMS = (); args=None; alias=x\n"
        "2026-11-22 06:49:18,610 (0.010) QUERY = 'UPDATE a SET b = %s' - PARAMS = (1,); args=(1,); alias=x\n";
    static const char schema[] = "2026-11-22 06:49:17,100 DROP TABLE b; (params ())\n"
                                 "2026-11-22 06:49:18,504 CREATE TABLE a (b long); (params None)\n";
    static const char *const orders[][3] = {{djongo, query, schema}, {djongo, schema, query}, {query, djongo, schema},
                                            {query, schema, djongo}, {schema, djongo, query}, {schema, query, djongo}};
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
        arena *a;
        raw_statement_list list = {0};
        assert_int_equal(arena_new(&a), 0);
        for (size_t k = 0; k < 3; k++) add(a, &list, "log", orders[i][k]);
        size_t printed = 0;
        assert_int_equal(list.n, 3);
        vec_each (raw_statement, s, &list) {
            printed += s->printed;
            assert_true(str_eq(s->alias, s->printed ? STR("") : STR("x")));
        }
        assert_int_equal(printed, 1);
        arena_free(a);
    }
}

static void rotated_between_two_loggers(void **state) {
    (void)state;
    arena *a;
    raw_statement_list list = {0};
    assert_int_equal(arena_new(&a), 0);
    add(a, &list, "log.1", "CREATE TABLE a (b long); (params None)\nsql_command: CREATE TABLE a (b long)\nparams: None\n");
    add(a, &list, "log",
        "(0.010) QUERY = 'CREATE TABLE a (b long)' - PARAMS = (); args=None; alias=x\n"
        "sql_command: DROP TABLE a\nparams: None\n");
    assert_int_equal(list.n, 2);
    assert_true(str_eq(list.at[0].alias, STR("x")));
    /* Another history: without times nothing tells that it is the same. */
    add(a, &list, "other", "(0.010) QUERY = 'CREATE TABLE a (b long)' - PARAMS = (); args=None; alias=x\n");
    assert_int_equal(list.n, 3);
    arena_free(a);
}

/* ---- each of the loggers alone ---- */

static str corpus_log(arena *a, const char *file) {
    const char *root = getenv("KEYFOLD_ROOT");
    char path[1000], piece[4096];
    snprintf(path, sizeof path, "%s/sql_corpus/logs/%s", root ? root : KEYFOLD_ROOT, file);
    FILE *f = fopen(path, "rb");
    if (!f) fail_msg("%s is missing", path);
    text t = {.arena = a};
    for (size_t n; (n = fread(piece, 1, sizeof piece, f)) > 0;) text_add(&t, (str){piece, n});
    fclose(f);
    return text_str(&t);
}

/* The records whose first line has the part; a record goes on until a line with a time stamp. */
static str records_of(arena *a, str log, str part) {
    text t = {.arena = a};
    bool inside = false;
    for (size_t at = 0; at < log.n;) {
        size_t end = str_find(log, STR("\n"), at), next = end == SIZE_MAX ? log.n : end + 1;
        str line = str_slice(log, at, next);
        if (str_starts(line, STR("2026-"))) inside = str_find(line, part, 0) != SIZE_MAX;
        if (inside) text_add(&t, line);
        at = next;
    }
    return text_str(&t);
}

static bool is_schema(str sql) {
    return str_starts(sql, STR("CREATE ")) || str_starts(sql, STR("ALTER ")) || str_starts(sql, STR("DROP "));
}

/* A line a schema statement, placeholders written alike. */
static str schema_statements(arena *a, const reading *r) {
    text t = {.arena = a};
    for (size_t i = 0; i < r->list.n; i++) {
        str sql = r->list.at[i].sql;
        assert_false(r->list.at[i].truncated || r->list.at[i].printed);
        if (!is_schema(sql)) continue;
        for (size_t k = 0; k < sql.n; k++) {
            bool placeholder = str_starts(str_from(sql, k), STR("%("));
            text_char(&t, sql.p[k]);
            while (placeholder && sql.p[k] != ')') k++;
        }
        text_char(&t, '\n');
    }
    return text_str(&t);
}

static void loggers_alone(void **state) {
    (void)state;
    static const struct {
        const char *file, *part, *form;
    } logs[] = {{"presenceiq-tolerant.log", " djongo.sql2mongo.query ", "djongo log"},
                {"presenceiq-tolerant.log", " django.db.backends.schema ", "schema log"},
                {"presenceiq-tolerant.log", " django.db.backends DEBUG", "query log"},
                {"presenceiq-fails.log", " djongo.sql2mongo.query ", "djongo log"},
                {"presenceiq-fails.log", " django.db.backends.schema ", "schema log"},
                {"presenceiq-fails.log", " django.db.backends DEBUG", "query log"},
                {"shop-evolution.log", " djongo.sql2mongo.query ", "djongo log"},
                {"shop-evolution.log", " django.db.backends.schema ", "schema log"},
                {"django-contrib.log", " djongo.sql2mongo.query ", "djongo log"},
                {"django-contrib.log", " django.db.backends.schema ", "schema log"},
                {"presenceiq-tolerant.log", " django.db.backends", "schema+query log"},
                {"presenceiq-tolerant.log", "djongo", "djongo+schema log"}};
    for (size_t i = 0; i < sizeof logs / sizeof *logs; i++) {
        arena *a;
        assert_int_equal(arena_new(&a), 0);
        str log = corpus_log(a, logs[i].file);
        reading all = reading_of(log), one = reading_of(records_of(a, log, str_of(logs[i].part)));
        if (!strstr(logs[i].form, "+") || strstr(logs[i].form, "query")) expect_found(&one, logs[i].form, "utf-8", "none");
        str expected = schema_statements(a, &all), got = schema_statements(a, &one);
        assert_true(expected.n > 0);
        assert_string_equal(str_c(a, got), str_c(a, expected));
        arena_free(all.arena);
        arena_free(one.arena);
        arena_free(a);
    }
}

/* What stands before the cut is read as in the whole; the last statement is whole or truncated, never half and whole. */
static void loggers_alone_cut_anywhere(void **state) {
    (void)state;
    static const char *const parts[] = {" django.db.backends.schema ", " django.db.backends DEBUG", " django.db.backends"};
    arena *a;
    assert_int_equal(arena_new(&a), 0);
    for (size_t i = 0; i < 3; i++) {
        str log = str_slice(records_of(a, corpus_log(a, "presenceiq-tolerant.log"), str_of(parts[i])), 0, 9000);
        reading whole = reading_of(log);
        for (size_t n = 1; n < log.n; n++) {
            reading r = reading_of(str_slice(log, 0, n));
            assert_int_equal(r.rc, 0);
            size_t k = 0;
            while (str_eq(r.found.form, whole.found.form) && k < r.list.n && !r.list.at[k].truncated && !r.list.at[k].printed) {
                assert_true(str_eq(r.list.at[k].sql, whole.list.at[k].sql));
                assert_true(str_eq(r.list.at[k].params, whole.list.at[k].params));
                assert_true(r.list.at[k].alias.n == 0 || str_eq(r.list.at[k].alias, whole.list.at[k].alias) || k == 0);
                k++;
            }
            k += k < r.list.n && r.list.at[k].printed;
            assert_true(k + 1 >= r.list.n || !str_eq(r.found.form, whole.found.form));
            arena_free(r.arena);
        }
        arena_free(whole.arena);
    }
    arena_free(a);
}

static str in_json_lines(arena *a, str log) {
    text t = {.arena = a};
    for (size_t at = 0; at < log.n;) {
        size_t end = str_find(log, STR("\n2026-"), at), next = end == SIZE_MAX ? log.n : end + 1;
        text_add(&t, STR("{\"level\": \"DEBUG\", \"message\": \""));
        for (size_t i = at; i + 1 < next; i++) {
            char c = log.p[i];
            if (c == '\n' || c == '\t') text_add(&t, c == '\n' ? STR("\\n") : STR("\\t"));
            else if (c == '"' || c == '\\') text_format(&t, "\\%c", c);
            else text_char(&t, c);
        }
        text_add(&t, STR("\", \"pid\": 17}\n"));
        at = next;
    }
    return text_str(&t);
}

static str behind_a_prefix(arena *a, str log) {
    text t = {.arena = a};
    size_t line = 0;
    for (size_t at = 0; at < log.n; line++) {
        size_t end = str_find(log, STR("\n"), at), next = end == SIZE_MAX ? log.n : end + 1;
        text_format(&t, "%s %2zu 06:49:%02zu host-1 python3[%zu]: ", line % 2 ? "Nov" : "Dec", line % 30 + 1, line % 60,
                    line * 7);
        text_add(&t, str_slice(log, at, next));
        at = next;
    }
    return text_str(&t);
}

static str in_export(arena *a, str log) {
    text t = {.arena = a};
    for (size_t at = 0; at < log.n;) {
        size_t end = str_find(log, STR("\n2026-"), at), next = end == SIZE_MAX ? log.n : end + 1, n = next - at - 1;
        text_add(&t, STR("__CURSOR=s=1;i=2\n_PID=17\nMESSAGE\n"));
        for (int i = 0; i < 8; i++) text_char(&t, (char)(n >> (8 * i) & 255));
        text_add(&t, str_slice(log, at, next));
        text_add(&t, STR("_TRANSPORT=stdout\n\n"));
        at = next;
    }
    return text_str(&t);
}

/* Everything but the lines. */
static void expect_same(const reading *a, const reading *b) {
    assert_int_equal(b->rc, 0);
    assert_int_equal(a->list.n, b->list.n);
    for (size_t i = 0; i < a->list.n; i++) {
        const raw_statement *x = &a->list.at[i], *y = &b->list.at[i];
        assert_true(str_eq(x->sql, y->sql) && str_eq(x->params, y->params) && str_eq(x->alias, y->alias));
        assert_true(x->outcome == y->outcome && x->printed == y->printed && x->truncated == y->truncated);
    }
}

static void captured_logs_in_every_form(void **state) {
    (void)state;
    static const char *const files[] = {"presenceiq-tolerant.log", "presenceiq-fails.log", "shop-evolution.log",
                                        "django-contrib.log"};
    for (size_t i = 0; i < 4; i++) {
        arena *a;
        assert_int_equal(arena_new(&a), 0);
        str log = corpus_log(a, files[i]);
        str forms[] = {in_json_lines(a, log),
                       behind_a_prefix(a, log),
                       in_export(a, log),
                       utf16(a, log, false, true),
                       utf16(a, log, true, false),
                       gzip(a, log),
                       zstd(a, log),
                       gzip(a, utf16(a, in_json_lines(a, log), true, false)),
                       zstd(a, behind_a_prefix(a, log)),
                       behind_a_prefix(a, in_json_lines(a, log))};
        reading plain = reading_of(log);
        for (size_t k = 0; k < sizeof forms / sizeof *forms; k++) {
            reading r = reading_of(forms[k]);
            expect_same(&plain, &r);
            arena_free(r.arena);
        }
        arena_free(plain.arena);
        arena_free(a);
    }
}

static void every_statement_has_its_alias(void **state) {
    (void)state;
    arena *a;
    assert_int_equal(arena_new(&a), 0);
    reading r = reading_of(corpus_log(a, "presenceiq-tolerant.log"));
    assert_int_equal(r.list.n, 201);
    expect_found(&r, "djongo+schema+query log", "utf-8", "none");
    for (size_t i = 0; i < r.list.n; i++) {
        assert_true(str_eq(r.list.at[i].alias, STR("default")));
        assert_int_not_equal(r.list.at[i].time, 0);
    }
    arena_free(r.arena);
    arena_free(a);
}

/* ---- hostile ---- */

enum { LONG = 100 << 20 };

static str repeated(arena *a, str head, str piece, size_t n, str tail) {
    char *p = arena_alloc(a, head.n + n + tail.n, 1);
    memcpy(p, head.p, head.n);
    size_t at = head.n;
    for (; at + piece.n <= head.n + n; at += piece.n) memcpy(p + at, piece.p, piece.n);
    memcpy(p + at, tail.p, tail.n);
    return (str){p, at + tail.n};
}

static void long_lines(void **state) {
    (void)state;
    static const struct {
        str head, piece, tail;
    } lines[] = {
        {{"sql_command: SELECT ", 20}, {"x", 1}, {"\nparams: None\n", 14}},
        {{"sql_command: A\nparams: ('", 25}, {"x", 1}, {"',)\n", 4}},
        {{"x ", 2}, {"sql_command: ", 13}, {"\n", 1}},
        {{"x '", 3}, {"sql_command: ", 13}, {"\n", 1}},
        {{"x ", 2}, {"; (params ", 10}, {"\n", 1}},
        {{"x ", 2}, {"; args=", 7}, {"\n", 1}},
        {{"x CREATE TABLE a", 16}, {"; (params (", 11}, {")\n", 2}},
        {{"x (0.001) ", 10}, {"; args=(", 8}, {"\n", 1}},
        {{"x ", 2}, {"(0.001) QUERY = '", 17}, {"; args=None; alias=default\n", 27}},
        {{"x ", 2}, {"\n; args=", 8}, {"\n", 1}},
        {{"x ", 2}, {"\n; (params None)", 16}, {"\n", 1}},
        {{"x ", 2}, {"(((((((", 7}, {"; args=None; alias=default\n", 27}},
        {{"x (0.001) QUERY = '", 19}, {"\\\\", 2}, {"' - PARAMS = (); args=None; alias=default\n", 42}},
        {{"x (0.001) QUERY = '", 19}, {"\\'", 2}, {"' - PARAMS = (); args=None; alias=default\n", 42}},
        {{"{\"message\": \"sql_command: ", 26}, {"\\u00e9", 6}, {"\\nparams: None\"}\n", 17}},
        {{"{\"message\": \"sql_command: ", 26}, {"\\\"", 2}, {"\n", 1}},
        {{"{\"sql_command: ", 15}, {"\"\"", 2}, {"}\n", 2}},
        {{"sql_command: A\n", 15}, {"b\n", 2}, {"params: None\n", 13}},
        {{"sql_command: A\n", 15}, {"FAILED SQL: \n", 13}, {"params: None\n", 13}},
        {{"sql_command: A\nparams: (", 24}, {"(\n", 2}, {"\n", 1}},
        {{"a; (params None)\n", 17}, {"CREATE\n", 7}, {"; (params None)\n", 16}},
        {{"x\x1b", 2}, {"\x1b[3", 3}, {"m\n", 2}},
        {{"SELECT ", 7}, {"$a", 2}, {"\n", 1}},
        {{"SELECT '", 8}, {"\xe9", 1}, {"';\n", 3}},
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        arena *a;
        assert_int_equal(arena_new(&a), 0);
        /* The first is as long as the longest line that has to be read; the others only have to be long. */
        size_t n = i == 0 ? (size_t)LONG : (size_t)LONG / 10;
        clock_t began = clock();
        reading r = reading_of(repeated(a, lines[i].head, lines[i].piece, n, lines[i].tail));
        double seconds = (double)(clock() - began) / CLOCKS_PER_SEC;
        if (seconds > 15) fail_msg("line %zu takes %.1f s", i, seconds);
        assert_int_equal(r.rc, 0);
        arena_free(r.arena);
        arena_free(a);
    }
}

static void any_bytes(void **state) {
    (void)state;
    static const char *const pieces[] = {"sql_command: ",
                                         "params: ",
                                         "FAILED SQL: ",
                                         "Params: ",
                                         "Created table: ",
                                         "; (params ",
                                         "; args=",
                                         "; alias=",
                                         "(0.001) ",
                                         "QUERY = '",
                                         " - PARAMS = ",
                                         "{\"message\": \"",
                                         "\"}",
                                         "\\",
                                         "'",
                                         "\"",
                                         "(",
                                         ")",
                                         "\n",
                                         "\n",
                                         "\r\n",
                                         "CREATE TABLE \"t\"",
                                         "None",
                                         "2026-11-22 06:49:18 ",
                                         "\xe9",
                                         "__CURSOR=",
                                         "MESSAGE\n",
                                         "\x1b[1m",
                                         "%(0)s",
                                         ";",
                                         "\\u00",
                                         "host a[1]: ",
                                         " "};
    srand(1);
    for (int i = 0; i < 30000; i++) {
        char bytes[400], *exact;
        size_t n = 0, parts = (size_t)rand() % 20 + 1;
        for (size_t k = 0; k < parts && n < 350; k++) {
            const char *p = pieces[(size_t)rand() % (sizeof pieces / sizeof *pieces)];
            memcpy(bytes + n, p, strlen(p));
            n += strlen(p);
        }
        exact = malloc(n);
        memcpy(exact, bytes, n);
        reading r = reading_of((str){exact, n});
        text out = {.arena = r.arena};
        if (r.rc == 0) log_dump(&out, &r.list);
        arena_free(r.arena);
        free(exact);
    }
}

static void memory_runs_out(void **state) {
    (void)state;
    arena *a;
    assert_int_equal(arena_new(&a), 0);
    str logs[] = {STR("{\"message\": \"sql_command: A\\nparams: ('\\u00e9',)\"}\n"),
                  STR("h 1: x sql_command: A\nh 1: params: None\nh 2: B; (params None)\n"),
                  STR("x (0.001) QUERY = 'A\\n%s' - PARAMS = (); args=(1,); alias=default\nsql_command: A\xe9\nparams: None\n"),
                  STR("__CURSOR=1\nMESSAGE=CREATE TABLE a; (params None)\n"), utf16(a, STR("SELECT 1;"), true, true)};
    for (size_t i = 0; i < sizeof logs / sizeof *logs; i++) {
        str versions[] = {logs[i], gzip(a, logs[i]), zstd(a, logs[i])};
        for (size_t v = 0; v < 3; v++)
            for (size_t n = 1;; n++) {
                reading r = {.bytes = versions[v]};
                assert_int_equal(arena_new(&r.arena), 0);
                arena_fail_after(r.arena, n);
                int rc = arena_try(r.arena, work, &r);
                arena_free(r.arena);
                if (rc == 0) break;
                assert_int_equal(rc, -KF_E_MEMORY);
            }
    }
    arena_free(a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(utf16_with_and_without_mark),
        cmocka_unit_test(utf16_characters),
        cmocka_unit_test(bytes_that_are_no_utf8),
        cmocka_unit_test(nul_bytes),
        cmocka_unit_test(packed),
        cmocka_unit_test(packed_and_cut),
        cmocka_unit_test(packed_and_damaged),
        cmocka_unit_test(packed_too_much),
        cmocka_unit_test(journal_export),
        cmocka_unit_test(json_lines_cut_anywhere),
        cmocka_unit_test(loggers_with_files_of_their_own),
        cmocka_unit_test(rotated_between_two_loggers),
        cmocka_unit_test(loggers_alone),
        cmocka_unit_test(every_statement_has_its_alias),
        cmocka_unit_test(loggers_alone_cut_anywhere),
        cmocka_unit_test(captured_logs_in_every_form),
        cmocka_unit_test(long_lines),
        cmocka_unit_test(any_bytes),
        cmocka_unit_test(memory_runs_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
