#include "cli.h"

static int put(const options *o, kf_text *text, kf_error *err) {
    int rc = o->output ? file_write(o->output, text, false, err) : 0;
    if (!o->output) print_text(text);
    else kf_text_free(text);
    return rc;
}

int run_export(const options *o) {
    side live = {0};
    kf_text text;
    kf_error err;
    int status = 0, rc = 0;
    kf_plan *plan = NULL;
    if (o->file_count) status = logs_follow(&live.schema, &plan, o);
    else rc = side_open(&live, o, true, &err);
    kf_plan_free(plan);
    if (rc == 0 && !live.schema) return status;
    if (rc == 0) rc = kf_schema_export(&text, live.schema, o->to ? o->to : "json", &err);
    if (rc == 0) rc = put(o, &text, &err);
    side_close(&live);
    if (rc == -KF_E_USAGE) return say_usage(o->verb, "%s", err.message);
    return rc != 0 ? side_error(&err) : status;
}
