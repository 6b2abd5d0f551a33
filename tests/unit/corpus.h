/* sql_corpus/STAGE/TOPIC.test, read. docs/corpus.md says how a case is written. */
#ifndef TESTS_CORPUS_H
#define TESTS_CORPUS_H

#include "api/api.h"

typedef struct corpus_case {
    str stage, file, name;
    VEC(str) options; /* "profile mongodb-4.2" */
    str live, input, expected;
    size_t line;
} corpus_case;

typedef VEC(corpus_case) case_list;

/* $KEYFOLD_ROOT, or the source tree. */
const char *corpus_root(void);
str corpus_read_file(arena *a, const char *path);
/* Appends the stage's cases, file by file. A case that is not well written ends the program. */
void corpus_read_stage(case_list *out, const char *stage, arena *a);
/* "yes" for an option without a value; empty if the case has none such. */
str corpus_option(const corpus_case *c, const char *wanted);
kf_plan_options corpus_plan_options(const corpus_case *c, arena *a);

#endif
