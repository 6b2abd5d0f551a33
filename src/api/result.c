#include "api/api.h"

#include "report/report.h"
#include <stdlib.h>

int result_new(kf_result **out, kf_error *err) {
    kf_result *r = calloc(1, sizeof *r);
    *out = NULL;
    if (!r) return fail_memory(err);
    r->memory = memory_new();
    if (!r->memory) {
        free(r);
        return fail_memory(err);
    }
    r->run.arena = r->memory->arena;
    *out = r;
    return 0;
}

void kf_result_free(kf_result *result) {
    if (!result) return;
    kf_plan_free(result->plan);
    for (size_t i = 0; i < result->parts.n; i++) kf_plan_free(result->parts.at[i]);
    memory_release(result->memory);
    free(result);
}

const kf_plan *kf_result_plan(const kf_result *result) { return result ? result->plan : NULL; }
size_t kf_result_done(const kf_result *result) { return result ? result->done : 0; }

size_t kf_result_failure_count(const kf_result *r) { return r ? r->failures.n : 0; }

void kf_result_failure(kf_failure *out, const kf_result *r, size_t n) {
    static const kf_failure none = {.collection = "", .name = "", .message = ""};
    if (out) *out = n < kf_result_failure_count(r) ? r->failures.at[n] : none;
}

/* docs/exit-status.md */
int kf_status_worst(int a, int b) {
    static const int order[] = {130, 5, 2, 3, 4, 1};
    for (size_t i = 0; i < sizeof order / sizeof *order; i++)
        if (a == order[i] || b == order[i]) return order[i];
    return 0;
}

int kf_result_status(const kf_result *result) {
    if (!result) return kf_code_exit_status(KF_E_USAGE);
    int status = plan_status(result->plan->plan);
    for (size_t i = 0; i < result->run.failures.n; i++)
        status = kf_status_worst(status, kf_code_exit_status((int)result->run.failures.at[i].code));
    return status;
}

struct print {
    kf_text *out;
    report report;
    arena *arena;
    void (*how)(text *out, const report *r);
};

static int print_result(void *call, kf_error *err) {
    struct print *c = call;
    text t = {.arena = c->arena};
    c->how(&t, &c->report);
    return text_give(c->out, &t, err);
}

static int print(kf_text *out, const kf_result *r, bool show_values, void (*how)(text *out, const report *r), kf_error *err) {
    *out = (kf_text){0};
    if (!r) return fail(err, KF_E_USAGE, "the result is NULL");
    arena *a;
    if (arena_new(&a) != 0) return fail_memory(err);
    plan shown = *r->plan->plan;
    shown.options.show_values |= show_values;
    report what = {&shown, &r->run, r->plans, r->done, r->commands_read, r->commands_write, show_values};
    struct print c = {out, what, a, how};
    int rc = guard(a, print_result, &c, err);
    arena_free(a);
    return rc;
}

int kf_result_describe(kf_text *out, const kf_result *result, bool show_values, kf_error *err) {
    need(out);
    return print(out, result, show_values, report_result, err);
}

int kf_result_write(kf_text *out, const kf_result *result, bool show_values, kf_error *err) {
    need(out);
    return print(out, result, show_values, report_result_json, err);
}
