#include "api/api.h"

#include "report/report.h"

struct verify {
    kf_text *out;
    int *status;
    const plan *plan;
    const schema *live;
    kf_verify_options options;
    arena *arena;
};

static int verify(void *call, kf_error *err) {
    struct verify *c = call;
    verification v;
    text t = {.arena = c->arena};
    verification_make(&v, c->plan, c->live, c->options.whole, c->arena);
    if (c->options.json) json_write_verification(&t, &v);
    else if (c->options.html) report_verification_html(&t, &v);
    else report_verification(&t, &v, c->options.colour);
    if (c->status) *c->status = verification_status(&v);
    return text_give(c->out, &t, err);
}

int kf_plan_verify(kf_text *out, int *status, const kf_plan *plan, const kf_schema *live, const kf_verify_options *options,
                   kf_error *err) {
    need(out);
    *out = (kf_text){0};
    need(plan);
    need(live);
    struct verify c = {out, status, plan->plan, live->schema, KF_VERIFY_OPTIONS, NULL};
    int rc = options_take(&c.options, sizeof c.options, offsetof(kf_verify_options, html), options, __func__, err);
    if (rc != 0) return rc;
    if (arena_new(&c.arena) != 0) return fail_memory(err);
    rc = guard(c.arena, verify, &c, err);
    arena_free(c.arena);
    return rc;
}
