#include "cli.h"

#include <string.h>

/* A log replayed as commands would empty what it flushes and drop what it dropped. */
static int check_forms(const options *o, const kf_log *log) {
    for (size_t i = 0; i < kf_log_file_count(log); i++) {
        kf_log_file f;
        kf_log_file_at(&f, log, i);
        if (strcmp(f.form, "SQL") != 0 && strcmp(f.form, "no log") != 0)
            return say_usage(o->verb, "%s is a %s, and this carries out plain SQL: keyfold apply is for logs", f.name, f.form);
    }
    return 0;
}

static int execute(const options *o, const kf_log *log) {
    side live;
    kf_result *result = NULL;
    kf_error err;
    int rc = side_open(&live, o, false, &err);
    if (rc == 0)
        rc = live.database ? kf_execute(&result, live.database, log, &o->plan, &err)
                           : kf_execute_schema(&result, live.schema, log, &o->plan, &err);
    if (rc == 0 && live.schema && kf_result_done(result)) rc = save_schema(o, live.schema, &err);
    if (rc == 0) {
        say_findings(kf_result_plan(result));
        rc = show_result(o, result, &err);
    }
    int status = rc != 0 ? side_error(&err) : kf_result_status(result);
    kf_result_free(result);
    side_close(&live);
    return status;
}

int run_execute(const options *o) {
    kf_log *log;
    int status = files_read_logs(&log, o);
    if (status == 0) status = check_forms(o, log);
    if (status == 0) status = execute(o, log);
    kf_log_free(log);
    return status;
}
