/* Runs sql_corpus/STAGE/TOPIC.test: one cmocka test a case. docs/corpus.md says how a case is written.
 * With KEYFOLD_REWRITE=1 the expected output of every case that differs is rewritten: read it before you commit it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#undef fail /* base/error.h has one of its own */

#include "corpus.h"
#include <stdio.h>
#include <stdlib.h>

/* cmocka's fail_msg is made of a macro whose name base/error.h has too. */
#define broken(...) (print_error(__VA_ARGS__), print_error("\n"), _fail(__FILE__, __LINE__))

static arena *corpus; /* everything that was read, for the whole run */

/* ---- running one ---- */

static void dump_error(text *out, const kf_error *err) {
    text_format(out, "error %s", kf_code_text(err->code));
    if (err->line) text_format(out, " at %zu:%zu", err->line, err->column);
    text_format(out, ": %s", err->message);
}

static void run_tokens(const corpus_case *c) {
    kf_error err;
    token_list tokens = {0};
    if (dialect_tokens(&tokens, c->input, corpus, &err)) return;
    text joined = {.arena = corpus};
    for (size_t i = 0; i < tokens.n; i++) text_add(&joined, tokens.at[i].text);
    if (!str_eq(text_str(&joined), c->input)) broken("law broken: the tokens, joined, are not the input");
}

static void run_dialect(text *out, const corpus_case *c) {
    kf_error err;
    dialect_text t = {0};
    run_tokens(c);
    if (dialect_translate(&t, c->input, NULL, corpus, &err)) dump_error(out, &err);
    else dialect_dump(out, &t);
}

static void run_parse(text *out, const corpus_case *c) {
    kf_error err;
    statement_list all = {0};
    parse_options options = {.params = corpus_option(c, "params")};
    run_tokens(c);
    if (parse_statements(&all, c->input, &options, corpus, &err)) {
        dump_error(out, &err);
        return;
    }
    for (size_t i = 0; i < all.n; i++) statement_dump(out, &all.at[i]);
}

static void run_statements(text *out, const corpus_case *c) {
    kf_error err;
    raw_statement_list list = {0};
    log_file found;
    if (log_read(&list, &found, STR("log"), c->input, NULL, corpus, &err)) {
        dump_error(out, &err);
        return;
    }
    log_dump(out, &list);
    if (corpus_option(c, "form").n)
        text_format(out, "%.*s: %.*s, %s, %zu\n", STR_ARG(found.name), STR_ARG(found.form), found.encoding, found.statements);
}

static void must(int rc, const kf_error *err, const char *what) {
    if (rc) broken("%s: %s %s", what, kf_code_text(err->code), err->message);
}

static kf_plan *plan_of(str sql, const kf_schema *live, const kf_plan_options *o, kf_error *err) {
    kf_log *log;
    must(kf_log_new(&log, err), err, "kf_log_new");
    kf_plan *plan = NULL;
    int rc = kf_log_add(log, "log", sql.p, sql.n, err);
    if (!rc) rc = kf_plan_new(&plan, log, live, o, err);
    kf_log_free(log);
    return rc ? NULL : plan;
}

static void apply(kf_schema *live, const kf_plan *plan) {
    kf_error err;
    kf_result *result;
    must(kf_apply_schema(&result, live, plan, &err), &err, "kf_apply_schema");
    kf_result_free(result);
}

/* The live side: a schema file, or SQL that keyfold itself carries out first. */
static kf_schema *live_of(const corpus_case *c) {
    kf_schema *live;
    kf_error err;
    if (str_starts(str_trim(c->live), STR("{"))) {
        must(kf_schema_read(&live, c->live.p, c->live.n, &err), &err, "live");
        return live;
    }
    must(kf_schema_new(&live, &err), &err, "kf_schema_new");
    if (c->live.n == 0) return live;
    kf_plan_options o = KF_PLAN_OPTIONS;
    kf_plan *plan = plan_of(c->live, live, &o, &err);
    if (!plan) broken("live: %s", err.message);
    apply(live, plan);
    kf_plan_free(plan);
    return live;
}

static void law_counts(const kf_plan *plan) {
    static const char *const classes[] = {"applied", "satisfied", "folded",      "cancelled", "withheld",
                                          "failed",  "skipped",   "unsupported", "malformed"};
    size_t sum = 0;
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) sum += kf_plan_count(plan, classes[i]);
    assert_int_equal(sum, kf_plan_count(plan, "read"));
}

static void law_json(const kf_plan *plan) {
    kf_text once, twice;
    kf_plan *again;
    kf_error err;
    must(kf_plan_write(&once, plan, &err), &err, "kf_plan_write");
    must(kf_plan_read(&again, once.data, once.length, &err), &err, "law broken: the plan's JSON is not read back");
    must(kf_plan_write(&twice, again, &err), &err, "kf_plan_write");
    assert_string_equal(once.data, twice.data);
    kf_text_free(&once);
    kf_text_free(&twice);
    kf_plan_free(again);
}

static void law_again(const corpus_case *c, const kf_plan *plan, kf_schema *live, const kf_plan_options *o) {
    kf_error err;
    if (kf_plan_stopped(plan)) return;
    apply(live, plan);
    kf_plan *again = plan_of(c->input, live, o, &err);
    assert_non_null(again);
    if (kf_plan_operations(again)) {
        kf_text text;
        kf_plan_describe(&text, again, NULL);
        broken("law broken: applied and planned again, there is still something to do\n%s", text.data);
    }
    assert_int_equal(kf_plan_count(again, "applied") + kf_plan_count(again, "folded"), 0);
    kf_plan_free(again);
}

static void run_plan(text *out, const corpus_case *c) {
    kf_error err;
    kf_schema *live = live_of(c);
    kf_plan_options o = corpus_plan_options(c, corpus);
    kf_plan *plan = plan_of(c->input, live, &o, &err);
    if (!plan) {
        dump_error(out, &err);
    } else {
        plan_dump(out, plan->plan);
        if (kf_plan_status(plan)) text_format(out, "status %d\n", kf_plan_status(plan));
        law_counts(plan);
        law_json(plan);
        law_again(c, plan, live, &o);
        kf_plan_free(plan);
    }
    kf_schema_free(live);
}

/* The last batch's plan, and the schema as it is then. */
static void run_execute(text *out, const corpus_case *c) {
    kf_error err;
    kf_schema *live = live_of(c);
    kf_plan_options o = corpus_plan_options(c, corpus);
    kf_log *log;
    kf_result *result;
    must(kf_log_new(&log, &err), &err, "kf_log_new");
    int rc = kf_log_add(log, "sql", c->input.p, c->input.n, &err);
    if (!rc) rc = kf_execute_schema(&result, live, log, &o, &err);
    if (rc) {
        dump_error(out, &err);
    } else {
        plan_dump(out, kf_result_plan(result)->plan);
        if (kf_result_status(result)) text_format(out, "status %d\n", kf_result_status(result));
        law_counts(kf_result_plan(result));
        text_char(out, '\n');
        schema_dump(out, live->schema);
        kf_result_free(result);
    }
    kf_log_free(log);
    kf_schema_free(live);
}

static void run_schema(text *out, const corpus_case *c) {
    kf_error err;
    kf_text shown;
    if (kf_explain(&shown, "schema", c->input.p, c->input.n, NULL, &err)) {
        dump_error(out, &err);
        return;
    }
    text_add(out, (str){shown.data, shown.length});
    kf_text_free(&shown);
}

static const struct {
    const char *stage;
    void (*run)(text *, const corpus_case *);
} stages[] = {{"statements", run_statements}, {"dialect", run_dialect}, {"parse", run_parse},
              {"schema", run_schema},         {"plan", run_plan},       {"execute", run_execute}};

/* Of an expected error's message any part is enough. */
static bool matches(str expected, str got) {
    if (!str_starts(expected, STR("error ")) || str_find(expected, STR("\n"), 0) != SIZE_MAX) return str_eq(expected, got);
    size_t head = str_find(expected, STR(": "), 0);
    if (head == SIZE_MAX) return str_starts(got, expected);
    return str_starts(got, str_slice(expected, 0, head)) && str_find(got, str_from(expected, head + 2), head) != SIZE_MAX;
}

static void run_case(void **state) {
    const corpus_case *c = *state;
    text once = {.arena = corpus}, twice = {.arena = corpus};
    for (size_t i = 0; i < sizeof stages / sizeof *stages; i++)
        if (str_eq(c->stage, str_of(stages[i].stage))) {
            stages[i].run(&once, c);
            stages[i].run(&twice, c);
        }
    str got = str_trim(text_str(&once));
    if (!str_eq(got, str_trim(text_str(&twice)))) broken("law broken: the result is not the same twice");
    if (matches(str_trim(c->expected), got)) return;
    broken("%.*s:%zu: %.*s\n--- expected\n%.*s\n--- got\n%.*s\n---", STR_ARG(c->file), c->line, STR_ARG(c->name),
           STR_ARG(c->expected), STR_ARG(got));
}

/* ---- rewriting ---- */

static void rewrite(case_list *cases) {
    for (size_t i = 0; i < cases->n;) {
        str file = cases->at[i].file, bytes = corpus_read_file(corpus, file.p);
        text out = {.arena = corpus};
        const char *at = bytes.p;
        for (; i < cases->n && str_eq(cases->at[i].file, file); i++) {
            corpus_case *c = &cases->at[i];
            text got = {.arena = corpus};
            for (size_t s = 0; s < sizeof stages / sizeof *stages; s++)
                if (str_eq(c->stage, str_of(stages[s].stage))) stages[s].run(&got, c);
            /* c->input is a view of an earlier reading of the same bytes: only its offset counts. */
            str marker = STR("\n----\n");
            size_t head =
                str_find(str_from(bytes, (size_t)(at - bytes.p)), str_format(corpus, "case: %.*s\n", STR_ARG(c->name)), 0);
            size_t from = (size_t)(at - bytes.p) + head, to = str_find(bytes, marker, from) + marker.n;
            text_add(&out, str_slice(bytes, (size_t)(at - bytes.p), to));
            str expected = str_trim(c->expected), now = str_trim(text_str(&got));
            text_add(&out, matches(expected, now) ? expected : now);
            text_char(&out, '\n');
            at = bytes.p + to + c->expected.n;
            if (at < bytes.p + bytes.n && *at == '\n') at++;
        }
        text_add(&out, str_from(bytes, (size_t)(at - bytes.p)));
        FILE *f = fopen(file.p, "wb");
        fwrite(out.p, 1, out.n, f);
        fclose(f);
    }
}

int main(void) {
    if (arena_new(&corpus)) return 1;
    case_list cases = {0};
    for (size_t i = 0; i < sizeof stages / sizeof *stages; i++) corpus_read_stage(&cases, stages[i].stage, corpus);
    if (getenv("KEYFOLD_REWRITE")) {
        rewrite(&cases);
        return 0;
    }
    struct CMUnitTest *tests = arena_alloc(corpus, cases.n, sizeof *tests);
    for (size_t i = 0; i < cases.n; i++) {
        corpus_case *c = &cases.at[i];
        tests[i] = (struct CMUnitTest){str_format(corpus, "%.*s: %.*s", STR_ARG(c->stage), STR_ARG(c->name)).p, run_case, NULL,
                                       NULL, c};
    }
    return _cmocka_run_group_tests("corpus", tests, cases.n, NULL, NULL);
}
