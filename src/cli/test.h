/* keyfold test: its cases, what came of them, and how it is told. */
#ifndef CLI_TEST_H
#define CLI_TEST_H

#include "cli.h"

#include <keyfold/corpus.h>

typedef struct test {
    const options *options;
    kf_corpus *corpus;
    size_t n;     /* of the corpus's cases */
    bool *wanted; /* --filter */
    kf_case_result **results;
    kf_error *errors; /* code 0: there is a result */
    double *seconds;
} test;

/* Of the cases that are wanted. */
typedef struct test_counts {
    size_t all, passed, failed, skipped, laws;
} test_counts;
test_counts test_count(const test *t);

/* test_report.c */
void test_print_list(const test *t);
void test_print_text(const test *t);
void test_print_tap(const test *t);
/* Frees nothing of t. */
int test_write_junit(const test *t, const char *path, kf_error *err);

#endif
