/* Cases: SQL, and what is to be made of it (docs/corpus.md). What `keyfold test` runs, for the tests of other programs. */
#ifndef KEYFOLD_CORPUS_H
#define KEYFOLD_CORPUS_H

#include <keyfold/keyfold.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Cases, read. */
typedef struct kf_corpus kf_corpus;
/* What came of a case. */
typedef struct kf_case_result kf_case_result;

/* An empty one. KF_E_MEMORY. */
KF_API int kf_corpus_new(kf_corpus **out, kf_error *err);
/* NULL is nothing. Results live on. */
KF_API void kf_corpus_free(kf_corpus *corpus);
/* Adds the cases of a text; `name` is how messages call it, and a @schema's file is looked for beside it. The bytes are copied.
 * KF_E_CASE_INVALID with its line; then none of them is added. */
KF_API int kf_corpus_add(kf_corpus *corpus, const char *name, const char *bytes, size_t length, kf_error *err);
/* Of a file; or of every *.test file below a folder, in the order of their names. KF_E_FILE_MISSING, KF_E_FILE_UNREADABLE. */
KF_API int kf_corpus_add_path(kf_corpus *corpus, const char *path, kf_error *err);
/* Cases added so far. */
KF_API size_t kf_corpus_count(const kf_corpus *corpus);

/* The texts live as long as the corpus. */
typedef struct kf_case {
    const char *file;
    size_t line; /* of "case: NAME" */
    const char *stage;
    const char *name;
} kf_case;
/* n < kf_corpus_count(corpus). */
KF_API void kf_corpus_case(kf_case *out, const kf_corpus *corpus, size_t n);

/* How a case is run. */
typedef struct kf_case_options {
    size_t size;             /* sizeof(kf_case_options) */
    const char *uri;         /* carry each case out on this server too, in a database of its own; NULL: in memory alone */
    int timeout_s;           /* how long to look for the server; 0: 10 */
    const bool *interrupted; /* looked at between two commands: true ends with KF_E_INTERRUPTED; NULL: never */
} kf_case_options;
/* The defaults. */
#define KF_CASE_OPTIONS                                                                                                        \
    { sizeof(kf_case_options), NULL, 0, NULL }

/* Skipped: the case is for looser rules than the server has, or the server cannot hold what is to be there before, or the case
 * drops a database. In memory it passed. */
typedef enum kf_case_outcome { KF_CASE_PASSED, KF_CASE_FAILED, KF_CASE_SKIPPED } kf_case_outcome;

/* Runs one case: its stage's output is the expected one, and the laws of docs/corpus.md hold. The corpus is only looked at, so
 * that several threads may run cases at once. On a server the database is called kf_test_ and 16 random hexadecimal digits, and
 * is dropped whatever comes of it. A case that fails is no error. KF_E_MEMORY, and errors of the server. */
KF_API int kf_corpus_run(kf_case_result **out, const kf_corpus *corpus, size_t n, const kf_case_options *options,
                         kf_error *err);
/* NULL is nothing. */
KF_API void kf_case_result_free(kf_case_result *result);
/* Passed, failed or skipped. */
KF_API kf_case_outcome kf_case_result_outcome(const kf_case_result *result);
/* One line: what is wrong, or why it was skipped; "" if it passed. */
KF_API const char *kf_case_result_message(const kf_case_result *result);
/* Lines that begin with '-' (expected), '+' (what came out) or ' ' (both), or what else explains the message; "" if nothing. */
KF_API const char *kf_case_result_diff(const kf_case_result *result);
/* How many laws were looked at. */
KF_API size_t kf_case_result_laws(const kf_case_result *result);

/* The n-th case's file with the expected output of its cases as it comes out now, and all else as it is. Only of those cases
 * for which wanted[their number] is true; NULL: of all. A case whose expected error still fits stays as it is. */
KF_API int kf_corpus_rewrite(kf_text *out, const kf_corpus *corpus, size_t n, const bool *wanted, kf_error *err);

/* The laws alone, for a log of one's own, in memory: 0, or KF_E_LAW_BROKEN with a message that says which. */
KF_API int kf_log_check(const kf_log *log, const kf_plan_options *options, kf_error *err);

#ifdef __cplusplus
}
#endif
#endif
