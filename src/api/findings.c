/* What a plan tells of itself. */
#include "api/api.h"

/* C text: a NUL inside would hide what comes after it. */
static const char *c_text(arena *a, str s) {
    char *p = str_c(a, s);
    for (size_t i = 0; i < s.n; i++)
        if (p[i] == '\0') p[i] = '?';
    return p;
}

static kf_severity severity_of(finding_kind kind) {
    static const kf_severity severities[] = {[FINDING_NOTICE] = KF_NOTICE,
                                             [FINDING_WITHHELD] = KF_WITHHELD,
                                             [FINDING_SKIPPED] = KF_SKIPPED,
                                             [FINDING_ERROR] = KF_ERROR};
    return severities[kind];
}

/* One text may hold many statements, each with a finding: it is copied once. */
typedef struct text_copy {
    str of;
    const char *text;
} text_copy;

static const char *copied_once(arena *a, str s, text_copy *last) {
    if (!last->text || last->of.p != s.p || last->of.n != s.n) *last = (text_copy){s, c_text(a, s)};
    return last->text;
}

static kf_finding public_finding(arena *a, const plan *p, const finding *f, text_copy *sql) {
    kf_finding out = {.severity = severity_of(f->kind), .code = (int)f->code, .line = f->line, .column = f->column};
    out.collection = c_text(a, f->collection);
    out.name = c_text(a, f->name);
    out.field = c_text(a, f->field);
    out.message = c_text(a, f->message);
    if (!f->has_statement || f->statement >= p->statements.n) return out;
    const planned_statement *s = &p->statements.at[f->statement];
    out.file = c_text(a, s->source.file);
    out.file_line = s->source.line;
    out.statement = copied_once(a, s->sql, sql);
    out.statement_length = s->sql.n;
    return out;
}

void plan_list_findings(kf_plan *handle) {
    arena *a = handle->memory->arena;
    handle->findings.n = 0;
    const plan *p = handle->plan;
    text_copy sql = {0};
    for (size_t i = 0; i < p->findings.n; i++) vec_push(a, &handle->findings, public_finding(a, p, &p->findings.at[i], &sql));
}

size_t kf_plan_finding_count(const kf_plan *h) { return h ? h->findings.n : 0; }

void kf_plan_finding(kf_finding *out, const kf_plan *h, size_t n) {
    static const kf_finding none = {.collection = "", .name = "", .message = ""};
    if (out) *out = n < kf_plan_finding_count(h) ? h->findings.at[n] : none;
}

int kf_plan_status(const kf_plan *h) { return h ? plan_status(h->plan) : kf_code_exit_status(KF_E_USAGE); }
bool kf_plan_stopped(const kf_plan *h) { return !h || h->plan->stopped; }
size_t kf_plan_operations(const kf_plan *h) { return h ? h->plan->operations.n : 0; }

size_t kf_plan_count(const kf_plan *h, const char *class_name) {
    if (!h || !class_name) return 0;
    if (strcmp(class_name, "read") == 0) return h->plan->statements.n + h->plan->left_out;
    for (statement_class c = 0; c < CLASS_COUNT; c++)
        if (strcmp(class_name, statement_class_text(c)) == 0) return h->plan->counts[c];
    return 0;
}
