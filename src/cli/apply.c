#include "cli.h"

/* What is to be applied: a log, or a saved plan. */
typedef struct work {
    kf_log *log;
    kf_plan *plan;
} work;

static int read_saved(work *w, const options *o, const char *name, const kf_text *json) {
    kf_error err;
    if (o->file_count > 1) return say_usage(o->verb, "a saved plan stands alone, without other files");
    if (o->plan_options_given) return say_usage(o->verb, "a saved plan carries its own options: give them to keyfold plan");
    if (kf_plan_read(&w->plan, json->data, json->length, &err) == 0) return 0;
    return say_error_in(name, NULL, &err); /* without the line, which may hold values */
}

static int read_work(work *w, const options *o) {
    *w = (work){0};
    kf_text saved;
    const char *name;
    int status = inputs_read(&w->log, &saved, &name, o);
    if (status == 0 && saved.data) status = read_saved(w, o, name, &saved);
    kf_text_free(&saved);
    return status;
}

int save_schema(const options *o, const kf_schema *schema, kf_error *err) {
    kf_text json;
    int rc = kf_schema_write(&json, schema, err);
    if (rc == 0) rc = file_write(o->schema, &json, false, err);
    kf_text_free(&json);
    return rc;
}

static int apply_to_schema(kf_result **out, const work *w, side *live, const options *o, kf_error *err) {
    kf_plan *made = NULL;
    int rc = w->plan ? 0 : kf_plan_new(&made, w->log, live->schema, &o->plan, err);
    if (rc == 0) rc = kf_apply_schema(out, live->schema, w->plan ? w->plan : made, err);
    if (rc == 0 && kf_result_done(*out)) rc = save_schema(o, live->schema, err);
    kf_plan_free(made);
    return rc;
}

static int apply_to_database(kf_result **out, const work *w, side *live, const options *o, kf_error *err) {
    if (w->plan) return kf_apply_plan(out, live->database, w->plan, err);
    return kf_apply_log(out, live->database, w->log, &o->plan, err);
}

int show_result(const options *o, const kf_result *result, kf_error *err) {
    kf_text text;
    say_failures(result);
    int rc =
        o->json ? kf_result_write(&text, result, o->show_values, err) : kf_result_describe(&text, result, o->show_values, err);
    if (rc == 0) print_report(o, &text);
    return rc;
}

static int apply(const work *w, const options *o) {
    side live;
    kf_result *result = NULL;
    kf_error err;
    int rc = side_open(&live, o, false, &err);
    if (rc == 0)
        rc = live.database ? apply_to_database(&result, w, &live, o, &err) : apply_to_schema(&result, w, &live, o, &err);
    if (rc == 0) {
        say_findings(kf_result_plan(result));
        rc = show_result(o, result, &err);
    }
    int status = rc != 0 ? side_error(&err) : kf_result_status(result);
    kf_result_free(result);
    side_close(&live);
    return status;
}

int run_apply(const options *o) {
    work w;
    int status = read_work(&w, o);
    if (status == 0) status = apply(&w, o);
    kf_log_free(w.log);
    kf_plan_free(w.plan);
    return status;
}
