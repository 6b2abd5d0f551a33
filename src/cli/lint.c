#include "cli.h"

static int lint(const options *o, const side *live, const kf_plan *plan, int *status, kf_error *err) {
    kf_lint_options how = KF_LINT_OPTIONS;
    kf_text text;
    how.form = o->sarif ? KF_FORM_SARIF : o->json ? KF_FORM_JSON : KF_FORM_TEXT;
    how.severities = o->severities;
    how.profile = o->plan.profile;
    how.colour = may_colour(1);
    int found, rc = kf_schema_lint(&text, &found, live->schema, plan, &how, err);
    if (rc != 0) return rc;
    print_report(o, &text);
    *status = kf_status_worst(*status, found);
    if (!o->html) return 0;
    how.form = KF_FORM_HTML;
    rc = kf_schema_lint(&text, NULL, live->schema, plan, &how, err);
    return rc == 0 ? html_write(o, &text, err) : rc;
}

/* What the logs would make of the database: nothing is done to it. */
static int follow_there(side *live, kf_plan **plan, int *status, const options *o, kf_error *err) {
    kf_log *log;
    kf_result *result = NULL;
    int rc = 0;
    *status = files_read_logs(&log, o);
    if (*status == 0) rc = side_open(live, o, true, err);
    if (*status == 0 && rc == 0) rc = kf_plan_new(plan, log, live->schema, &o->plan, err);
    if (rc == 0 && *plan) {
        say_findings(*plan);
        *status = kf_plan_status(*plan);
        rc = kf_apply_schema(&result, live->schema, *plan, err);
    }
    kf_result_free(result);
    kf_log_free(log);
    return rc;
}

int run_lint(const options *o) {
    side live = {0};
    kf_plan *plan = NULL;
    kf_error err;
    int status = 0, rc = 0;
    if (o->file_count && o->uri) rc = follow_there(&live, &plan, &status, o, &err);
    else if (o->file_count) status = logs_follow(&live.schema, &plan, o);
    else rc = side_open(&live, o, true, &err);
    if (rc == 0 && live.database) rc = kf_database_facts(live.schema, live.database, &err);
    if (rc == 0 && live.database && plan) rc = kf_database_foresee(live.schema, live.database, plan, &err);
    if (rc == 0 && live.schema) rc = lint(o, &live, plan, &status, &err);
    kf_plan_free(plan);
    side_close(&live);
    if (rc == -KF_E_USAGE) return say_usage(o->verb, "%s", err.message);
    return rc != 0 ? side_error(&err) : status;
}
