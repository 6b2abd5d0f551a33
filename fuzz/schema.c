/* From the text of statements to a schema: replayed, and carried out. */
#include "fuzz.h"

const char *const fuzz_seeds[] = {"fuzz/seeds/schema", "sql_corpus/schema", "sql_corpus/execute", "sql_corpus/plan", NULL};

static void replay(const kf_log *log) {
    kf_error err;
    kf_schema *live;
    kf_plan *plan;
    kf_result *result;
    kf_plan_options options = KF_PLAN_OPTIONS;
    options.keep_going = true;
    options.allow_drop = KF_DROP_ALL;
    must(kf_schema_new(&live, &err) == 0);
    if (fuzz_checked(kf_plan_new(&plan, log, live, &options, &err), &err) == 0) {
        fuzz_plan(plan);
        if (fuzz_checked(kf_apply_schema(&result, live, plan, &err), &err) == 0) kf_result_free(result);
        kf_plan_free(plan);
        fuzz_schema(live);
    }
    kf_schema_free(live);
}

static void carry_out(const kf_log *log) {
    kf_error err;
    kf_schema *live;
    kf_result *result;
    kf_text text;
    must(kf_schema_new(&live, &err) == 0);
    for (int times = 0; times < 2; times++) {
        if (fuzz_checked(kf_execute_schema(&result, live, log, NULL, &err), &err)) continue;
        if (fuzz_checked(kf_result_write(&text, result, true, &err), &err) == 0) kf_text_free(&text);
        kf_result_free(result);
    }
    fuzz_schema(live);
    kf_schema_free(live);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    kf_error err;
    kf_log *log;
    must(kf_log_new(&log, &err) == 0);
    if (fuzz_checked(kf_log_add_statement(log, (const char *)data, size, NULL, 0, &err), &err) == 0) {
        replay(log);
        carry_out(log);
    }
    kf_log_free(log);
    return 0;
}
