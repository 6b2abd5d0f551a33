/* A saved plan: read, written, described, and carried out in memory (the seeds are made against an empty schema). */
#include "fuzz.h"

const char *const fuzz_seeds[] = {"fuzz/seeds/plan_json", NULL};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    kf_error err;
    kf_plan *plan;
    kf_schema *live;
    kf_result *result;
    if (fuzz_checked(kf_plan_read(&plan, (const char *)data, size, &err), &err)) return 0;
    fuzz_plan(plan);
    must(kf_schema_new(&live, &err) == 0);
    if (fuzz_checked(kf_apply_schema(&result, live, plan, &err), &err) == 0) {
        fuzz_schema(live);
        kf_result_free(result);
    }
    kf_schema_free(live);
    kf_plan_free(plan);
    return 0;
}
