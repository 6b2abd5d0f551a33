#include "cli.h"

int show_plan(const options *o, const kf_plan *plan, kf_error *err) {
    kf_text text;
    int rc = o->json ? kf_plan_describe_json(&text, plan, err) : kf_plan_describe(&text, plan, err);
    if (rc == 0) print_report(o, &text);
    return rc;
}

static int save_html(const options *o, const kf_plan *plan, kf_error *err) {
    kf_text html;
    if (!o->html) return 0;
    int rc = kf_plan_describe_html(&html, plan, err);
    return rc == 0 ? html_write(o, &html, err) : rc;
}

static int save(const options *o, const kf_plan *plan, kf_error *err) {
    kf_text text;
    if (!o->output) return 0;
    int rc = kf_plan_write(&text, plan, err);
    if (rc == 0) rc = file_write(o->output, &text, true, err);
    kf_text_free(&text);
    return rc;
}

static int plan_log(const options *o, const kf_log *log) {
    side live;
    kf_plan *plan = NULL;
    kf_error err;
    int rc = side_open(&live, o, true, &err);
    if (rc == 0) rc = kf_plan_new(&plan, log, live.schema, &o->plan, &err);
    if (rc == 0) {
        say_findings(plan);
        rc = show_plan(o, plan, &err);
    }
    if (rc == 0) rc = save(o, plan, &err);
    if (rc == 0) rc = save_html(o, plan, &err);
    int status = rc != 0 ? side_error(&err) : kf_plan_status(plan);
    if (plan && o->check && kf_plan_operations(plan)) status = kf_status_worst(status, 1);
    kf_plan_free(plan);
    side_close(&live);
    return status;
}

int run_plan(const options *o) {
    kf_log *log;
    int status = files_read_logs(&log, o);
    if (status == 0) status = plan_log(o, log);
    kf_log_free(log);
    return status;
}
