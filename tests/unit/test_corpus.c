/* Every case of sql_corpus/, as `keyfold test` runs it: one cmocka test a case. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <keyfold/corpus.h>
#include <stdio.h>
#include <stdlib.h>

#ifndef KEYFOLD_ROOT
#define KEYFOLD_ROOT "."
#endif

static kf_corpus *corpus;

static void run_case(void **state) {
    kf_case_result *result;
    kf_case c;
    kf_error err = {0};
    size_t n = (size_t)(uintptr_t)*state;
    kf_corpus_case(&c, corpus, n);
    if (kf_corpus_run(&result, corpus, n, NULL, &err) != 0) fail_msg("%s:%zu: %s", c.file, c.line, err.message);
    bool passed = kf_case_result_outcome(result) == KF_CASE_PASSED;
    if (!passed)
        print_error("%s:%zu: %s: %s\n%s", c.file, c.line, c.name, kf_case_result_message(result), kf_case_result_diff(result));
    kf_case_result_free(result);
    assert_true(passed);
}

int main(void) {
    const char *root = getenv("KEYFOLD_ROOT") ? getenv("KEYFOLD_ROOT") : KEYFOLD_ROOT;
    char path[4096];
    kf_error err;
    snprintf(path, sizeof path, "%s/sql_corpus", root);
    if (kf_corpus_new(&corpus, &err) != 0 || kf_corpus_add_path(corpus, path, &err) != 0) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    size_t n = kf_corpus_count(corpus);
    struct CMUnitTest *tests = calloc(n, sizeof *tests);
    char(*names)[300] = calloc(n, sizeof *names);
    if (!tests || !names) return 1;
    for (size_t i = 0; i < n; i++) {
        kf_case c;
        kf_corpus_case(&c, corpus, i);
        snprintf(names[i], sizeof names[i], "%s: %s", c.stage, c.name);
        tests[i] = (struct CMUnitTest){names[i], run_case, NULL, NULL, (void *)(uintptr_t)i};
    }
    int failed = _cmocka_run_group_tests("corpus", tests, n, NULL, NULL);
    free(tests);
    free(names);
    kf_corpus_free(corpus);
    return failed;
}
