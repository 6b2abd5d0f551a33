/* A program's own unit test: what its migrations make of its database is what its authors think.
 * cc check_log.c $(pkg-config --cflags --libs keyfold); prints TAP.
 *
 * app.test says which indexes the migrations are to end as; a migration that asks for another one fails the test before it
 * reaches a database. */
#include <keyfold/corpus.h>
#include <stdio.h>

static int number, failed;

static void check(int good, const char *what, const char *why) {
    printf("%s %d - %s\n", good ? "ok" : "not ok", ++number, what);
    failed += !good;
    if (!good) printf("# %s\n", why);
}

/* Everything in the log is understood, nothing needs a decision, and applying it twice is applying it once. */
static void check_log(const char *path) {
    kf_error err = {0};
    kf_log *log = NULL;
    kf_schema *nothing = NULL;
    kf_plan *plan = NULL;
    int good = kf_log_new(&log, &err) == 0 && kf_log_add_file(log, path, &err) == 0 && kf_schema_new(&nothing, &err) == 0 &&
               kf_plan_new(&plan, log, nothing, NULL, &err) == 0;
    check(good, "the log is read and planned", err.message);
    if (good) {
        check(kf_plan_status(plan) == 0, "nothing is left undone", "see keyfold plan");
        check(kf_log_check(log, NULL, &err) == 0, "the laws hold", err.message);
    }
    kf_plan_free(plan);
    kf_schema_free(nothing);
    kf_log_free(log);
}

/* The cases of a file: statements, and what they are to be made of. */
static void check_cases(const char *path) {
    kf_error err = {0};
    kf_corpus *corpus = NULL;
    int good = kf_corpus_new(&corpus, &err) == 0 && kf_corpus_add_path(corpus, path, &err) == 0;
    check(good, "the cases are read", err.message);
    for (size_t i = 0; good && i < kf_corpus_count(corpus); i++) {
        kf_case c;
        kf_case_result *result = NULL;
        kf_corpus_case(&c, corpus, i);
        int ran = kf_corpus_run(&result, corpus, i, NULL, &err) == 0;
        check(ran && kf_case_result_outcome(result) == KF_CASE_PASSED, c.name,
              ran ? kf_case_result_message(result) : err.message);
        if (ran && *kf_case_result_diff(result)) fputs(kf_case_result_diff(result), stderr);
        kf_case_result_free(result);
    }
    kf_corpus_free(corpus);
}

int main(int argc, char **argv) {
    if (argc == 3) {
        check_log(argv[1]);
        check_cases(argv[2]);
    } else {
        check_log("examples/seed.log");
        check_cases("examples/app.test");
    }
    printf("1..%d\n", number);
    return failed != 0;
}
