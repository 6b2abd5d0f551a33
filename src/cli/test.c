#include "test.h"

#include <fnmatch.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int out_of_memory(void) {
    kf_error err = {.code = KF_E_MEMORY, .message = "out of memory"};
    return say_error(&err);
}

/* ---- which cases ---- */

/* A pattern of all of "FILE: NAME", or any part of it. */
static bool is_wanted(const char *filter, const kf_case *c) {
    if (!filter) return true;
    size_t n = strlen(c->file) + strlen(c->name) + 3;
    char *whole = malloc(n);
    if (!whole) return true;
    snprintf(whole, n, "%s: %s", c->file, c->name);
    bool found = strpbrk(filter, "*?[") ? fnmatch(filter, whole, 0) == 0 : strstr(whole, filter) != NULL;
    free(whole);
    return found;
}

static int read_corpus(test *t, const options *o) {
    kf_error err;
    int status = 0;
    t->options = o;
    if (kf_corpus_new(&t->corpus, &err) != 0) return say_error(&err);
    for (int i = 0; i < o->file_count; i++)
        if (kf_corpus_add_path(t->corpus, o->files[i], &err) != 0) status = kf_status_worst(status, say_error(&err));
    if (status) return status;
    t->n = kf_corpus_count(t->corpus);
    t->wanted = calloc(t->n, sizeof *t->wanted);
    t->results = calloc(t->n, sizeof *t->results);
    t->errors = calloc(t->n, sizeof *t->errors);
    t->seconds = calloc(t->n, sizeof *t->seconds);
    if (!t->wanted || !t->results || !t->errors || !t->seconds) return out_of_memory();
    bool any = false;
    for (size_t i = 0; i < t->n; i++) {
        kf_case c;
        kf_corpus_case(&c, t->corpus, i);
        any |= t->wanted[i] = is_wanted(o->filter, &c);
    }
    return any ? 0 : say_usage(o->verb, "no case fits --filter '%s'", o->filter);
}

/* ---- running them ---- */

typedef struct work {
    test *test;
    pthread_mutex_t lock;
    size_t next;
} work;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void run_one(test *t, size_t i) {
    kf_case_options o = KF_CASE_OPTIONS;
    o.uri = t->options->uri;
    o.timeout_s = t->options->timeout_s;
    o.interrupted = side_interrupted();
    double began = now();
    kf_corpus_run(&t->results[i], t->corpus, i, &o, &t->errors[i]);
    if (t->results[i]) t->errors[i].code = 0;
    t->seconds[i] = now() - began;
}

static void *run_some(void *arg) {
    work *w = arg;
    test *t = w->test;
    while (!*side_interrupted()) {
        pthread_mutex_lock(&w->lock);
        while (w->next < t->n && !t->wanted[w->next]) w->next++;
        size_t i = w->next++;
        pthread_mutex_unlock(&w->lock);
        if (i >= t->n) break;
        run_one(t, i);
    }
    return NULL;
}

static void run_cases(test *t) {
    work w = {.test = t, .lock = PTHREAD_MUTEX_INITIALIZER};
    pthread_t threads[64];
    int started = 0;
    for (int want = t->options->jobs - 1; started < want && started < 64; started++)
        if (pthread_create(&threads[started], NULL, run_some, &w) != 0) break;
    run_some(&w);
    for (int i = 0; i < started; i++) pthread_join(threads[i], NULL);
}

test_counts test_count(const test *t) {
    test_counts n = {0};
    for (size_t i = 0; i < t->n; i++) {
        const kf_case_result *r = t->results[i];
        if (!t->wanted[i]) continue;
        n.all++;
        if (!r) continue;
        n.passed += kf_case_result_outcome(r) == KF_CASE_PASSED;
        n.failed += kf_case_result_outcome(r) == KF_CASE_FAILED;
        n.skipped += kf_case_result_outcome(r) == KF_CASE_SKIPPED;
        n.laws += kf_case_result_laws(r);
    }
    return n;
}

/* A case that could not be run: said once for each cause, which is most often the server. */
static int say_errors(const test *t) {
    const kf_error *last = NULL;
    int status = 0;
    for (size_t i = 0; i < t->n; i++) {
        const kf_error *e = &t->errors[i];
        if (!t->wanted[i] || !e->code) continue;
        if (!last || strcmp(last->message, e->message) != 0) status = kf_status_worst(status, side_error(e));
        last = e;
    }
    return status;
}

static int tell(const test *t) {
    const options *o = t->options;
    kf_error err;
    (o->tap ? test_print_tap : test_print_text)(t);
    int status = test_count(t).failed ? 1 : 0;
    if (o->junit && test_write_junit(t, o->junit, &err) != 0) status = kf_status_worst(status, say_error(&err));
    if (*side_interrupted()) return kf_status_worst(status, kf_code_exit_status(KF_E_INTERRUPTED));
    return kf_status_worst(status, say_errors(t));
}

/* ---- rewriting ---- */

static int rewrite_file(const test *t, size_t first, const char *path) {
    kf_text old, text;
    kf_error err;
    int rc = kf_corpus_rewrite(&text, t->corpus, first, t->wanted, &err);
    if (rc == 0) rc = file_read(&old, path, &err);
    if (rc == 0) {
        bool same = old.length == text.length && memcmp(old.data, text.data, text.length) == 0;
        if (!same) rc = file_write(path, &text, false, &err);
        if (!same && rc == 0) printf("rewritten: %s\n", path);
        kf_text_free(&old);
        kf_text_free(&text);
    }
    return rc == 0 ? 0 : say_error(&err);
}

static int rewrite(const test *t) {
    const char *last = "";
    int status = 0;
    for (size_t i = 0; i < t->n; i++) {
        kf_case c;
        kf_corpus_case(&c, t->corpus, i);
        if (strcmp(c.file, last) == 0) continue;
        last = c.file;
        status = kf_status_worst(status, rewrite_file(t, i, c.file));
    }
    return status;
}

int run_test(const options *o) {
    test t = {0};
    int status = read_corpus(&t, o);
    if (status == 0 && o->list) {
        test_print_list(&t);
    } else if (status == 0 && o->rewrite) {
        status = rewrite(&t);
    } else if (status == 0) {
        side_catch_interrupts();
        run_cases(&t);
        status = tell(&t);
    }
    for (size_t i = 0; t.results && i < t.n; i++) kf_case_result_free(t.results[i]);
    free(t.results);
    free(t.wanted);
    free(t.errors);
    free(t.seconds);
    kf_corpus_free(t.corpus);
    return status;
}
