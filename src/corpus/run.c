/* Running a case, and what came of it. */
#include "corpus/corpus.h"

#include <stdlib.h>

struct kf_case_result {
    kf_case_outcome outcome;
    kf_text message, diff;
    size_t laws;
};

typedef struct job {
    kf_case_result *result;
    case_run run;
    const kf_case_options *options;
    str got;
} job;

/* Twice, for nothing may depend on what was there before. */
static int print_twice(job *j, kf_error *err) {
    case_run *r = &j->run;
    text once = {.arena = r->arena}, twice = {.arena = r->arena};
    int rc = r->of->stage->print(&once, r, err);
    if (rc == 0) rc = r->of->stage->print(&twice, r, err);
    if (rc) return rc;
    str again = str_trim(text_str(&twice));
    j->got = str_trim(text_str(&once));
    run_law(r, str_eq(j->got, again), "the output is the same twice", text_diff(r->arena, j->got, again));
    return 0;
}

static int hold_laws(job *j, kf_error *err) {
    scenario s;
    bool found;
    int rc = scenario_of(&s, &found, &j->run, err);
    if (rc == 0 && j->run.of->stage->one_text && !found) rc = laws_of_text(&j->run, j->run.of->input, err);
    if (rc || !found) return rc;
    rc = laws_of_scenario(&j->run, &s, err);
    return rc == 0 && j->options->uri && !j->run.broken.n ? live_run(&j->run, &s, j->options, err) : rc;
}

static int give(kf_text *out, arena *a, str s, kf_error *err) {
    text t = {.arena = a};
    text_add(&t, s);
    return text_give(out, &t, err);
}

static int decide(job *j, kf_error *err) {
    case_run *r = &j->run;
    str expected = str_trim(r->of->expected), message = r->broken, diff = r->shown;
    bool matches = output_matches(expected, j->got);
    if (!matches) {
        message = str_format(r->arena, "the output is not the expected one%s%.*s", message.n ? "; " : "", STR_ARG(message));
        diff = text_diff(r->arena, expected, j->got);
    }
    if (matches && !r->broken.n) message = r->skipped, diff = STR_NONE;
    j->result->outcome = !matches || r->broken.n ? KF_CASE_FAILED : r->skipped.n ? KF_CASE_SKIPPED : KF_CASE_PASSED;
    j->result->laws = r->laws;
    int rc = give(&j->result->message, r->arena, message, err);
    return rc ? rc : give(&j->result->diff, r->arena, diff, err);
}

/* A `live:` that cannot be is the case's fault, with its line. */
static int place_error(const job *j, int rc, kf_error *err) {
    if (rc != -KF_E_CASE_INVALID || !err) return rc;
    kf_error why = *err;
    return fail(err, KF_E_CASE_INVALID, "%.*s:%zu: %s", STR_ARG(j->run.of->file->name), j->run.of->line, why.message);
}

static int run_case(void *call, kf_error *err) {
    job *j = call;
    int rc = print_twice(j, err);
    if (rc == 0) rc = hold_laws(j, err);
    if (rc == 0) rc = decide(j, err);
    return place_error(j, rc, err);
}

int kf_corpus_run(kf_case_result **out, const kf_corpus *corpus, size_t n, const kf_case_options *options, kf_error *err) {
    kf_case_options o = KF_CASE_OPTIONS;
    *out = NULL;
    int rc = options_take(&o, sizeof o, sizeof o, options, __func__, err);
    if (rc) return rc;
    kf_case_result *result = calloc(1, sizeof *result);
    arena *a;
    if (!result || arena_new(&a) != 0) {
        free(result);
        return fail_memory(err);
    }
    job j = {.result = result, .options = &o, .run = {.of = corpus->cases.at[n], .arena = a}};
    rc = guard(a, run_case, &j, err);
    arena_free(a);
    if (rc == 0) *out = result;
    else kf_case_result_free(result);
    return rc;
}

void kf_case_result_free(kf_case_result *result) {
    if (!result) return;
    kf_text_free(&result->message);
    kf_text_free(&result->diff);
    free(result);
}

kf_case_outcome kf_case_result_outcome(const kf_case_result *result) { return result->outcome; }
const char *kf_case_result_message(const kf_case_result *result) { return result->message.data; }
const char *kf_case_result_diff(const kf_case_result *result) { return result->diff.data; }
size_t kf_case_result_laws(const kf_case_result *result) { return result->laws; }

/* ---- rewriting ---- */

struct rewrite {
    kf_text *out;
    const kf_corpus *corpus;
    size_t n;
    const bool *wanted;
    arena *arena;
};

/* The expected output goes from the line behind ---- to where it ends. */
static int add_rewritten(text *out, const char **from, const corpus_case *c, arena *a, kf_error *err) {
    case_run r = {.of = c, .arena = a};
    text got = {.arena = a};
    int rc = c->stage->print(&got, &r, err);
    if (rc) return rc;
    str now = str_trim(text_str(&got));
    if (output_matches(str_trim(c->expected), now)) return 0;
    text_add(out, (str){*from, (size_t)(c->expected.p - *from)});
    text_add(out, now);
    *from = c->expected.p + c->expected.n;
    if (c->expected.n == 0 && now.n) text_char(out, '\n');
    return 0;
}

static int rewrite(void *call, kf_error *err) {
    struct rewrite *c = call;
    const corpus_file *file = c->corpus->cases.at[c->n]->file;
    text out = {.arena = c->arena};
    const char *from = file->bytes.p;
    for (size_t i = 0; i < c->corpus->cases.n; i++) {
        const corpus_case *each = c->corpus->cases.at[i];
        if (each->file != file || (c->wanted && !c->wanted[i])) continue;
        int rc = add_rewritten(&out, &from, each, c->arena, err);
        if (rc) return rc;
    }
    text_add(&out, (str){from, (size_t)(file->bytes.p + file->bytes.n - from)});
    return text_give(c->out, &out, err);
}

int kf_corpus_rewrite(kf_text *out, const kf_corpus *corpus, size_t n, const bool *wanted, kf_error *err) {
    struct rewrite c = {.out = out, .corpus = corpus, .n = n, .wanted = wanted};
    *out = (kf_text){0};
    if (arena_new(&c.arena) != 0) return fail_memory(err);
    int rc = guard(c.arena, rewrite, &c, err);
    arena_free(c.arena);
    return rc;
}
