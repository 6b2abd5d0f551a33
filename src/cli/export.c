#include "cli.h"

/* What logs lead to, in an empty database. */
static int follow_logs(kf_schema **out, const options *o, int *status) {
    kf_log *log;
    kf_plan *plan = NULL;
    kf_result *result = NULL;
    kf_error err;
    *out = NULL;
    *status = files_read_logs(&log, o);
    int rc = *status == 0 ? kf_schema_new(out, &err) : 0;
    if (rc == 0 && *out) rc = kf_plan_new(&plan, log, *out, &o->plan, &err);
    if (rc == 0 && plan) {
        say_findings(plan);
        *status = kf_plan_status(plan);
        if (!kf_plan_stopped(plan)) rc = kf_apply_schema(&result, *out, plan, &err);
    }
    if (rc != 0) *status = say_error(&err);
    kf_result_free(result);
    kf_plan_free(plan);
    kf_log_free(log);
    return rc == 0 && result ? 0 : -1;
}

static int put(const options *o, kf_text *text, kf_error *err) {
    int rc = o->output ? file_write(o->output, text, err) : 0;
    if (!o->output) print_text(text);
    else kf_text_free(text);
    return rc;
}

int run_export(const options *o) {
    side live = {0};
    kf_text text;
    kf_error err;
    int status = 0, rc = 0;
    if (o->file_count) {
        if (follow_logs(&live.schema, o, &status) != 0) {
            side_close(&live);
            return status;
        }
    } else {
        rc = side_open(&live, o, true, &err);
    }
    if (rc == 0) rc = kf_schema_export(&text, live.schema, o->to ? o->to : "json", &err);
    if (rc == 0) rc = put(o, &text, &err);
    side_close(&live);
    if (rc == -KF_E_USAGE) return say_usage(o->verb, "%s", err.message);
    return rc != 0 ? side_error(&err) : status;
}
