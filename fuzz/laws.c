#include "fuzz.h"

#include "base/str.h"

int fuzz_checked(int rc, const kf_error *err) {
    if (rc == 0) return 0;
    must(rc == -err->code && err->code != KF_E_INTERNAL);
    must(memchr(err->message, 0, sizeof err->message) && err->message[0]);
    must(str_is_utf8(str_of(err->message)));
    for (const char *c = err->message; *c; c++) must((unsigned char)*c >= 32 && *c != 127);
    return rc;
}

static void same(const kf_text *once, const kf_text *twice) {
    must(once->length == twice->length && memcmp(once->data, twice->data, once->length) == 0);
}

void fuzz_plan(const kf_plan *plan) {
    kf_error err;
    kf_text once, twice, described;
    kf_plan *again;
    kf_finding f;
    must(fuzz_checked(kf_plan_write(&once, plan, &err), &err) == 0);
    must(fuzz_checked(kf_plan_read(&again, once.data, once.length, &err), &err) == 0);
    must(fuzz_checked(kf_plan_write(&twice, again, &err), &err) == 0);
    same(&once, &twice);
    must(fuzz_checked(kf_plan_describe(&described, plan, &err), &err) == 0);
    for (size_t i = 0; i < kf_plan_finding_count(plan); i++) {
        kf_plan_finding(&f, plan, i);
        must(f.collection && f.name && f.message && (!f.file || f.statement));
    }
    kf_text_free(&once);
    kf_text_free(&twice);
    kf_text_free(&described);
    kf_plan_free(again);
}

void fuzz_schema(const kf_schema *schema) {
    kf_error err;
    kf_text once, twice;
    kf_schema *again;
    must(fuzz_checked(kf_schema_write(&once, schema, &err), &err) == 0);
    must(fuzz_checked(kf_schema_read(&again, once.data, once.length, &err), &err) == 0);
    must(fuzz_checked(kf_schema_write(&twice, again, &err), &err) == 0);
    same(&once, &twice);
    kf_text_free(&once);
    kf_text_free(&twice);
    kf_schema_free(again);
}

kf_log *fuzz_log(const char *text, size_t length) {
    kf_error err;
    kf_log *log;
    must(kf_log_new(&log, &err) == 0);
    if (fuzz_checked(kf_log_add(log, "log", text, length, &err), &err) == 0) return log;
    kf_log_free(log);
    return NULL;
}
