/* A schema file: read, written, planned against and changed. */
#include "fuzz.h"

const char *const fuzz_seeds[] = {"fuzz/seeds/schema_json", "sql_corpus/plan", "sql_corpus/execute", NULL};

static const char wishes[] =
    "CREATE TABLE \"t\" (\"id\" int NOT NULL PRIMARY KEY AUTOINCREMENT, \"a\" long NULL, \"b\" string NOT NULL UNIQUE);\n"
    "ALTER TABLE \"t\" ADD CONSTRAINT \"x\" INDEX (\"a\", \"b\" DESC);\n"
    "ALTER TABLE \"t\" ADD CONSTRAINT \"y\" UNIQUE (\"a\")( WHERE \"b\" = on);\n"
    "ALTER TABLE \"u\" RENAME COLUMN \"a\" TO \"c\";\n"
    "ALTER TABLE \"u\" DROP COLUMN \"b\" CASCADE;\n"
    "ALTER TABLE \"u\" DROP CONSTRAINT \"x\";\n"
    "ALTER TABLE \"v\" RENAME TO \"w\";\n"
    "DROP TABLE \"z\" CASCADE;\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    kf_error err;
    kf_schema *live;
    kf_plan *plan;
    kf_result *result;
    kf_plan_options options = KF_PLAN_OPTIONS;
    options.allow_drop = KF_DROP_ALL;
    options.renames = KF_RENAMES_TODO;
    if (fuzz_checked(kf_schema_read(&live, (const char *)data, size, &err), &err)) return 0;
    fuzz_schema(live);
    kf_log *log = fuzz_log(wishes, sizeof wishes - 1);
    must(log);
    if (fuzz_checked(kf_plan_new(&plan, log, live, &options, &err), &err) == 0) {
        fuzz_plan(plan);
        if (fuzz_checked(kf_apply_schema(&result, live, plan, &err), &err) == 0) kf_result_free(result);
        kf_plan_free(plan);
        fuzz_schema(live);
    }
    if (fuzz_checked(kf_execute_schema(&result, live, log, &options, &err), &err) == 0) kf_result_free(result);
    fuzz_schema(live);
    kf_log_free(log);
    kf_schema_free(live);
    return 0;
}
