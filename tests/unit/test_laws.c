/* Laws of converging, over every prefix of the captured logs, in memory: with every drop allowed, a prefix and then the whole
 * ends as the whole does, and a second time there is nothing to do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#undef fail /* base/error.h has one of its own */

#include "api/api.h"
#include <stdio.h>
#include <stdlib.h>

#ifndef KEYFOLD_ROOT
#define KEYFOLD_ROOT "."
#endif

static const char *const profiles[] = {"mongodb-5.0+", "mongodb-4.2", "ferretdb-1"};

static kf_plan_options options_of(const char *profile) {
    kf_plan_options o = KF_PLAN_OPTIONS;
    o.profile = profile;
    o.allow_drop = KF_DROP_ALL;
    return o;
}

static kf_log *log_of(const char *file) {
    char path[4096];
    kf_log *log;
    kf_error err;
    snprintf(path, sizeof path, "%s/sql_corpus/logs/%s", getenv("KEYFOLD_ROOT") ? getenv("KEYFOLD_ROOT") : KEYFOLD_ROOT, file);
    assert_int_equal(kf_log_new(&log, &err), 0);
    assert_int_equal(kf_log_add_file(log, path, &err), 0);
    return log;
}

/* Applies the first n statements. Returns the number of operations. */
static size_t apply(kf_schema *live, kf_log *log, size_t n, const char *profile) {
    kf_plan_options o = options_of(profile);
    kf_error err;
    kf_plan *plan;
    kf_result *result;
    size_t whole = log->statements.n, operations;
    log->statements.n = n;
    assert_int_equal(kf_plan_new(&plan, log, live, &o, &err), 0);
    log->statements.n = whole;
    operations = kf_plan_operations(plan);
    assert_int_equal(kf_apply_schema(&result, live, plan, &err), 0);
    kf_result_free(result);
    kf_plan_free(plan);
    return operations;
}

static int by_text(const void *a, const void *b) { return str_cmp(*(const str *)a, *(const str *)b); }

static void add_line(arena *a, void *lines, const text *t) {
    VEC(str) *list = lines;
    vec_push(a, list, text_str(t));
}

/* The end state without what may differ: names of indexes on the server, revisions, order. */
static str end_state(arena *a, const kf_schema *live) {
    VEC(str) lines = {0};
    const schema *s = live->schema;
    for (size_t i = 0; i < s->tables.n; i++) {
        const table *t = s->tables.at[i];
        for (size_t j = 0; j < t->columns.n; j++) {
            text line = {.arena = a};
            const column *c = t->columns.at[j];
            text_format(&line, "%.*s column %.*s %.*s %d", STR_ARG(t->name), STR_ARG(c->name), STR_ARG(c->type), c->nulls);
            add_line(a, &lines, &line);
        }
        for (size_t j = 0; j < t->names.n; j++) {
            text line = {.arena = a};
            text_format(&line, "%.*s name ", STR_ARG(t->name));
            name_dump(&line, t->names.at[j]);
            text_format(&line, " on %zu by %s", t->names.at[j]->indexes.n, maker_text(t->names.at[j]->made_by));
            add_line(a, &lines, &line);
        }
        for (size_t j = 0; j < t->indexes.n; j++) {
            text line = {.arena = a};
            index_spec x = *t->indexes.at[j];
            x.name = STR("_");
            text_format(&line, "%.*s index ", STR_ARG(t->name));
            index_dump(&line, &x);
            add_line(a, &lines, &line);
        }
    }
    if (lines.n) qsort(lines.at, lines.n, sizeof *lines.at, by_text);
    text all = {.arena = a};
    for (size_t i = 0; i < lines.n; i++) text_format(&all, "%.*s\n", STR_ARG(lines.at[i]));
    text_char(&all, 0);
    return text_str(&all);
}

static kf_schema *empty(void) {
    kf_schema *live;
    assert_int_equal(kf_schema_new(&live, NULL), 0);
    return live;
}

static void check_prefixes(const char *file, const char *profile) {
    kf_log *log = log_of(file);
    size_t n = kf_log_count(log);
    arena *a;
    assert_int_equal(arena_new(&a), 0);
    kf_schema *at_once = empty();
    apply(at_once, log, n, profile);
    assert_int_equal(apply(at_once, log, n, profile), 0);
    str expected = end_state(a, at_once);
    for (size_t prefix = 1; prefix < n; prefix++) {
        kf_schema *live = empty();
        apply(live, log, prefix, profile);
        apply(live, log, n, profile);
        str got = end_state(a, live);
        if (!str_eq(got, expected)) {
            print_error("%s, %s: after the first %zu statements and then all:\n", file, profile, prefix);
            assert_string_equal(got.p, expected.p);
        }
        assert_int_equal(apply(live, log, n, profile), 0);
        kf_schema_free(live);
    }
    kf_schema_free(at_once);
    arena_free(a);
    kf_log_free(log);
}

static void check_all_profiles(void **state) {
    for (size_t i = 0; i < sizeof profiles / sizeof *profiles; i++) check_prefixes(*state, profiles[i]);
}

int main(void) {
    static const char *const files[] = {"presenceiq-fails.log", "presenceiq-tolerant.log", "django-contrib.log",
                                        "shop-evolution.log"};
    struct CMUnitTest tests[sizeof files / sizeof *files];
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        tests[i] = (struct CMUnitTest){files[i], check_all_profiles, NULL, NULL, (void *)files[i]};
    return _cmocka_run_group_tests("laws", tests, sizeof files / sizeof *files, NULL, NULL);
}
