/* The laws of converging (laws.h) over every prefix of the captured logs, and of the input of every corpus case, whatever its
 * stage, on top of what the case says is live, under every profile.
 *
 * Each prefix of a captured log, of its text, is looked at under one profile, and so is each of a long case, with every drop
 * allowed and without; KEYFOLD_SEED=N says which. KEYFOLD_LAWS=all looks at each under all of them: scripts/laws. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#undef fail /* base/error.h has one of its own */

#include "corpus/corpus.h"
#include "laws.h"
#include <stdio.h>
#include <stdlib.h>

#ifndef KEYFOLD_ROOT
#define KEYFOLD_ROOT "."
#endif

enum { MANY = 20 };

static arena *corpus;

static const char *in_root(const char *path) {
    const char *root = getenv("KEYFOLD_ROOT") ? getenv("KEYFOLD_ROOT") : KEYFOLD_ROOT;
    return str_format(corpus, "%s/%s", root, path).p;
}

static size_t profiles(void) {
    size_t n = 0;
    while (kf_profile_name(n)) n++;
    return n;
}

static bool is_long_run(void) {
    const char *laws = getenv("KEYFOLD_LAWS");
    return laws && strcmp(laws, "all") == 0;
}

static kf_log *log_of(str sql) {
    kf_log *log;
    kf_error err;
    assert_int_equal(kf_log_new(&log, &err), 0);
    if (kf_log_add(log, "log", sql.p, sql.n, &err) == 0) return log;
    kf_log_free(log);
    return NULL;
}

static size_t seed(void) {
    const char *n = getenv("KEYFOLD_SEED");
    return n ? strtoull(n, NULL, 10) : 0;
}

static size_t ends, excused;

static void hold(law_case *c, const char *profile, const char *what) {
    arena *a;
    assert_int_equal(arena_new(&a), 0);
    c->options.profile = profile;
    str broken = laws_broken(c, a);
    ends += c->ends;
    excused += c->excused;
    if (broken.n) {
        print_error("%s, %s: a law is broken\n%.*s\n", what, profile, STR_ARG(broken));
        _fail(__FILE__, __LINE__);
    }
    arena_free(a);
}

/* ---- captured logs ---- */

/* The text up to line `line`, which is not in it. */
static str up_to(str text, size_t line) {
    size_t at = 0;
    for (size_t n = 1; n < line; n++) at = str_find(text, STR("\n"), at) + 1;
    return str_slice(text, 0, at);
}

static str contents(const char *path, arena *a) {
    FILE *f = fopen(path, "rb");
    text out = {.arena = a};
    assert_non_null(f);
    for (int c; (c = fgetc(f)) != EOF;) text_char(&out, (char)c);
    fclose(f);
    return text_str(&out);
}

static kf_log **prefixes_of(const kf_log *log, str text, arena *a) {
    kf_log **out = arena_alloc(a, log->statements.n + 1, sizeof *out);
    for (size_t i = 0; i < log->statements.n; i++) out[i] = log_of(up_to(text, log->statements.at[i].source.line));
    return out;
}

typedef struct captured {
    const char *file, *before; /* a log whose tables it is about */
} captured;

static world begin(const captured *of, const char *profile, arena *a) {
    world start = world_new(a);
    if (!of->before) return start;
    kf_log *log = log_of(contents(in_root(str_format(a, "sql_corpus/logs/%s", of->before).p), a));
    kf_plan_options o = KF_PLAN_OPTIONS;
    o.profile = profile;
    world_apply(&start, log, 0, log->statements.n, &o, a);
    kf_log_free(log);
    return start;
}

static void check_log(void **state) {
    const captured *of = *state;
    const char *file = of->file;
    arena *a;
    assert_int_equal(arena_new(&a), 0);
    str text = contents(in_root(str_format(a, "sql_corpus/logs/%s", file).p), a);
    kf_log *log = log_of(text), **prefixes = prefixes_of(log, text, a);
    for (size_t i = 0; i < profiles(); i++) {
        world start = begin(of, kf_profile_name(i), a);
        law_case c = {.log = log, .start = &start, .options = KF_PLAN_OPTIONS, .prefixes = prefixes, .stride = profiles()};
        c.first = 1 + (i + seed()) % profiles();
        if (is_long_run()) c.first = c.stride = 1;
        hold(&c, kf_profile_name(i), file);
        assert_int_equal(c.stopped + c.asked, 0);
        world_free(&start);
    }
    for (size_t i = 0; i < log->statements.n; i++) kf_log_free(prefixes[i]);
    kf_log_free(log);
    arena_free(a);
}

/* ---- corpus cases ---- */

/* A schema file, or SQL that is carried out first. */
static bool start_of(world *out, const corpus_case *c, const kf_plan_options *options, arena *a) {
    kf_error err;
    *out = world_new(a);
    if (str_starts(str_trim(c->live), STR("{"))) {
        kf_schema_free(out->live);
        assert_int_equal(kf_schema_read(&out->live, c->live.p, c->live.n, &err), 0);
    } else if (c->live.n) {
        kf_log *log = log_of(c->live);
        kf_plan_options o = KF_PLAN_OPTIONS;
        o.profile = options->profile;
        assert_non_null(log);
        world_apply(out, log, 0, log->statements.n, &o, a);
        kf_log_free(log);
    }
    world_fill(out);
    return true;
}

static void check_case(void **state) {
    const corpus_case *of = *state;
    kf_log *log = log_of(of->input);
    if (!log) return; /* the text is no log at all: test_corpus has the error */
    bool each = is_long_run() || str_eq(str_of(of->stage->name), STR("plan"));
    for (size_t i = 0; log->statements.n && i < profiles(); i++) {
        arena *a;
        if (!each && i != (of->line + seed()) % profiles()) continue; /* its rules are not what the case is about */
        assert_int_equal(arena_new(&a), 0);
        law_case c = {.log = log, .options = of->options, .first = 1, .stride = 1};
        if (log->statements.n > MANY && !is_long_run()) c.first = 1 + i, c.stride = profiles(); /* as of a captured log */
        if (of->done) c.stride = 0; /* a prefix would make again what the rest of it renamed */
        world start;
        c.options.profile = kf_profile_name(i);
        start_of(&start, of, &c.options, a);
        c.start = &start;
        hold(&c, kf_profile_name(i), of->name.p ? str_c(a, of->name) : "");
        world_free(&start);
        arena_free(a);
    }
    kf_log_free(log);
}

int main(void) {
    static const captured files[] = {{"presenceiq-fails.log", NULL},
                                     {"presenceiq-tolerant.log", NULL},
                                     {"django-contrib.log", NULL},
                                     {"shop-evolution.log", NULL},
                                     {"presenceiq.sqlmigrate.sql", "presenceiq-tolerant.log"}};
    enum { FILES = sizeof files / sizeof *files };
    if (arena_new(&corpus)) return 1;
    kf_corpus *cases;
    kf_error err;
    if (kf_corpus_new(&cases, &err) || kf_corpus_add_path(cases, in_root("sql_corpus"), &err)) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    size_t n = kf_corpus_count(cases);
    struct CMUnitTest *tests = arena_alloc(corpus, FILES + n, sizeof *tests);
    for (size_t i = 0; i < FILES; i++) tests[i] = (struct CMUnitTest){files[i].file, check_log, NULL, NULL, (void *)&files[i]};
    for (size_t i = 0; i < n; i++)
        tests[FILES + i] = (struct CMUnitTest){cases->cases.at[i]->name.p, check_case, NULL, NULL, cases->cases.at[i]};
    int failed = _cmocka_run_group_tests("laws", tests, FILES + n, NULL, NULL);
    printf("%zu ends compared, %zu differences excused\n", ends, excused);
    kf_corpus_free(cases);
    arena_free(corpus);
    return failed;
}
