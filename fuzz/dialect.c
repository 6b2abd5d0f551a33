/* The dialect stage, and what PostgreSQL's parser makes of its text. */
#include "fuzz.h"

const char *const fuzz_seeds[] = {"fuzz/seeds/dialect", "sql_corpus/dialect", "sql_corpus/parse", "tests/hostile", NULL};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    kf_error err;
    kf_text text;
    if (fuzz_checked(kf_explain(&text, "dialect", (const char *)data, size, NULL, &err), &err) == 0) kf_text_free(&text);
    if (fuzz_checked(kf_explain(&text, "parse", (const char *)data, size, NULL, &err), &err) == 0) kf_text_free(&text);
    return 0;
}
