#include "cli.h"

int logs_follow(kf_schema **out, kf_plan **plan, const options *o) {
    kf_log *log;
    kf_result *result = NULL;
    kf_error err;
    *out = NULL;
    *plan = NULL;
    int status = files_read_logs(&log, o), rc = 0;
    if (status == 0) rc = kf_schema_new(out, &err);
    if (rc == 0 && *out) rc = kf_plan_new(plan, log, *out, &o->plan, &err);
    if (rc == 0 && *plan) {
        say_findings(*plan);
        status = kf_plan_status(*plan);
        if (!kf_plan_stopped(*plan)) rc = kf_apply_schema(&result, *out, *plan, &err);
    }
    if (rc != 0) status = say_error(&err);
    if (!result) {
        kf_schema_free(*out);
        *out = NULL;
    }
    kf_result_free(result);
    kf_log_free(log);
    return status;
}
