/* Log reading: every form, encoding and compression; twice, for a second file tells of the first one's statements. */
#include "fuzz.h"

const char *const fuzz_seeds[] = {"fuzz/seeds/log", "sql_corpus/statements", "sql_corpus/logs", NULL};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    kf_error err;
    kf_text text;
    kf_log_file file;
    kf_log *log = fuzz_log((const char *)data, size);
    if (!log) return 0;
    size_t statements = kf_log_count(log);
    fuzz_checked(kf_log_add(log, "again", (const char *)data, size, &err), &err);
    must(kf_log_count(log) >= statements);
    for (size_t i = 0; i < kf_log_file_count(log); i++) {
        kf_log_file_at(&file, log, i);
        must(file.name && file.form && file.encoding && file.compression);
    }
    kf_log_free(log);
    if (fuzz_checked(kf_explain(&text, "statements", (const char *)data, size, NULL, &err), &err) == 0) kf_text_free(&text);
    return 0;
}
