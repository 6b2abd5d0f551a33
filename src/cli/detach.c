#include "cli.h"

static int show_it(const options *o, const kf_plan *plan, kf_error *err) {
    int rc = show_plan(o, plan, err);
    return rc != 0 ? side_error(err) : kf_status_worst(kf_plan_status(plan), kf_plan_operations(plan) ? 1 : 0);
}

static int do_it(const options *o, const kf_plan *plan, side *live, kf_error *err) {
    kf_result *result = NULL;
    int rc =
        live->database ? kf_apply_plan(&result, live->database, plan, err) : kf_apply_schema(&result, live->schema, plan, err);
    if (rc == 0 && !live->database && kf_result_done(result)) rc = save_schema(o, live->schema, err);
    if (rc == 0) rc = show_result(o, result, err);
    int status = rc != 0 ? side_error(err) : kf_result_status(result);
    kf_result_free(result);
    return status;
}

int run_detach(const options *o) {
    side live;
    kf_plan *plan = NULL;
    kf_error err;
    int rc = side_open(&live, o, true, &err);
    if (rc == 0) rc = kf_plan_detach(&plan, live.schema, &o->plan, &err);
    if (rc == 0) say_findings(plan);
    int status = rc != 0 ? side_error(&err) : o->check ? show_it(o, plan, &err) : do_it(o, plan, &live, &err);
    kf_plan_free(plan);
    side_close(&live);
    return status;
}
