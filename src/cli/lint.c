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

int run_lint(const options *o) {
    side live = {0};
    kf_plan *plan = NULL;
    kf_error err;
    int status = 0, rc = 0;
    if (o->file_count) status = logs_follow(&live.schema, &plan, o);
    else rc = side_open(&live, o, true, &err);
    if (rc == 0 && live.database) rc = kf_database_facts(live.schema, live.database, &err);
    if (rc == 0 && live.schema) rc = lint(o, &live, plan, &status, &err);
    kf_plan_free(plan);
    side_close(&live);
    if (rc == -KF_E_USAGE) return say_usage(o->verb, "%s", err.message);
    return rc != 0 ? side_error(&err) : status;
}
