/* Doctor: findings, and the plan that mends them. */
#include "api/api.h"

#include "report/report.h"
#include <stdlib.h>

struct doctoring {
    kf_doctor *doctor;
    connection *connection; /* NULL: a schema in memory */
    const kf_log *wanted;
    kf_text *statements;
    duplicate_fact_list duplicates;
    bool broken;
};

/* ---- the findings ---- */

static int examine(void *call, kf_error *err) {
    struct doctoring *c = call;
    kf_doctor *d = c->doctor;
    return exec_examine(&d->contents, c->connection, d->live->schema, d->memory->arena, err);
}

static int find(void *call, kf_error *err) {
    struct doctoring *c = call;
    kf_doctor *d = c->doctor;
    doctor_options o = {.documents = c->connection ? &d->contents : NULL, .wanted = d->wanted ? d->wanted->plan : NULL};
    lint_options rules = {.profile = d->live->profile};
    lint_options_default(&rules);
    int rc = lint_read_severities(&rules, str_of(d->options.severities), err);
    memcpy(o.severities, rules.severities, sizeof o.severities);
    if (rc == 0) doctor_schema(&d->found, d->live->schema, &o, d->memory->arena);
    return rc;
}

/* ---- what mends them ---- */

static int take_statements(void *call, kf_error *err) {
    struct doctoring *c = call;
    str sql = doctor_statements(&c->doctor->found, c->doctor->memory->arena);
    text t = {.arena = c->doctor->memory->arena};
    text_add(&t, sql);
    return text_give(c->statements, &t, err);
}

static kf_plan_options repair_options(void) {
    kf_plan_options o = KF_PLAN_OPTIONS;
    o.allow_drop = KF_DROP_INDEX | KF_DROP_COLLECTION;
    o.renames = KF_RENAMES_DONE; /* by djongo, in the documents */
    o.keep_going = o.skip_unsupported = true;
    o.no_migrations_table = true;
    return o;
}

static int plan_it(struct doctoring *c, kf_error *err) {
    kf_plan_options o = repair_options();
    kf_text sql = {0};
    kf_log *log = NULL;
    c->statements = &sql;
    kf_plan_free(c->doctor->repair);
    c->doctor->repair = NULL;
    int rc = guard(c->doctor->memory->arena, take_statements, c, err);
    if (rc == 0 && sql.length) rc = kf_log_new(&log, err);
    if (rc == 0 && sql.length) rc = kf_log_add(log, "doctor", sql.data, sql.length, err);
    if (rc == 0) rc = plan_repair(&c->doctor->repair, log, c->doctor->live, &c->doctor->found, &o, err);
    kf_log_free(log);
    kf_text_free(&sql);
    return rc;
}

static int foresee(void *call, kf_error *err) {
    struct doctoring *c = call;
    kf_doctor *d = c->doctor;
    c->duplicates = (duplicate_fact_list){0};
    int rc = exec_foresee(&c->duplicates, c->connection, d->repair->plan, d->memory->arena, err);
    if (rc == 0)
        c->broken =
            doctor_take_duplicates(&d->found, d->repair->plan, &c->duplicates, d->options.show_values, d->memory->arena);
    return rc;
}

/* What documents break is not tried: each turn leaves a finding at least out. */
static int plan_repairs(struct doctoring *c, kf_error *err) {
    int rc = plan_it(c, err);
    for (c->broken = c->connection != NULL; rc == 0 && c->broken;) {
        rc = guard(c->doctor->memory->arena, foresee, c, err);
        if (rc == 0 && c->broken) rc = plan_it(c, err);
    }
    return rc;
}

/* ---- the handle ---- */

static int plan_wanted(struct doctoring *c, kf_error *err) {
    kf_plan_options o = KF_PLAN_OPTIONS;
    if (!c->wanted) return 0;
    o.skip_unsupported = o.keep_going = true;
    return kf_plan_new(&c->doctor->wanted, c->wanted, c->doctor->live, &o, err);
}

static int find_all(struct doctoring *c, kf_error *err) {
    arena *a = c->doctor->memory->arena;
    int rc = c->connection ? guard(a, examine, c, err) : 0;
    if (rc == 0) rc = plan_wanted(c, err);
    if (rc == 0) rc = guard(a, find, c, err);
    return rc ? rc : plan_repairs(c, err);
}

static int doctor_handle(kf_doctor **out, const kf_doctor_options *options, const char *function, kf_error *err) {
    kf_doctor_options o = KF_DOCTOR_OPTIONS;
    *out = NULL;
    int rc = options_take(&o, sizeof o, sizeof o, options, function, err);
    if (rc != 0) return rc;
    kf_doctor *d = calloc(1, sizeof *d);
    if (d) d->memory = memory_new();
    if (!d || !d->memory) return free(d), fail_memory(err);
    d->options = o;
    *out = d;
    return 0;
}

static int hand_out(kf_doctor **out, kf_doctor *d, int rc) {
    if (rc != 0) kf_doctor_free(d);
    else d->options.severities = NULL;
    *out = rc == 0 ? d : NULL;
    return rc;
}

int kf_doctor_new(kf_doctor **out, kf_database *database, const kf_log *wanted, const kf_doctor_options *options,
                  kf_error *err) {
    kf_doctor *d;
    need(out);
    *out = NULL;
    need(database);
    int rc = doctor_handle(&d, options, __func__, err);
    if (rc != 0) return rc;
    struct doctoring c = {.doctor = d, .connection = database->connection, .wanted = wanted};
    rc = database_enter(database, __func__, err);
    if (rc != 0) return hand_out(out, d, rc);
    rc = database_snapshot(&d->live, database, NULL, err);
    if (rc == 0) rc = find_all(&c, err);
    return hand_out(out, d, handle_leave(&database->busy, rc));
}

static int borrow_schema(kf_schema **out, const kf_schema *from, kf_error *err) {
    kf_schema *s = *out = calloc(1, sizeof *s);
    if (!s) return fail_memory(err);
    s->memory = memory_hold(from->memory);
    s->schema = from->schema;
    s->profile = from->profile;
    s->database = from->database;
    s->host = from->host;
    return 0;
}

int kf_doctor_new_schema(kf_doctor **out, const kf_schema *schema, const kf_log *wanted, const kf_doctor_options *options,
                         kf_error *err) {
    kf_doctor *d;
    need(out);
    *out = NULL;
    need(schema);
    int rc = doctor_handle(&d, options, __func__, err);
    if (rc != 0) return rc;
    struct doctoring c = {.doctor = d, .wanted = wanted};
    rc = borrow_schema(&d->live, schema, err);
    if (rc == 0) rc = find_all(&c, err);
    return hand_out(out, d, rc);
}

void kf_doctor_free(kf_doctor *d) {
    if (!d) return;
    kf_plan_free(d->wanted);
    kf_plan_free(d->repair);
    kf_schema_free(d->live);
    memory_release(d->memory);
    free(d);
}

int kf_doctor_status(const kf_doctor *d) { return d ? lint_status(&d->found) : kf_code_exit_status(KF_E_USAGE); }
const kf_plan *kf_doctor_plan(const kf_doctor *d) { return d ? d->repair : NULL; }

/* ---- texts ---- */

struct tell {
    kf_text *out;
    const kf_doctor *doctor;
    const undo_report *report;
    kf_form form;
    bool colour;
    arena *arena;
};

static int describe(void *call, kf_error *err) {
    struct tell *c = call;
    text t = {.arena = c->arena};
    if (c->form == KF_FORM_JSON) json_write_lint(&t, &c->doctor->found);
    else report_lint(&t, &c->doctor->found, c->colour);
    return text_give(c->out, &t, err);
}

static int write_undo(void *call, kf_error *err) {
    struct tell *c = call;
    text t = {.arena = c->arena};
    json_write_undo(&t, c->doctor->repair->plan, c->doctor->live->schema);
    return text_give(c->out, &t, err);
}

static int tell(struct tell *c, int (*how)(void *call, kf_error *err), kf_error *err) {
    if (arena_new(&c->arena) != 0) return fail_memory(err);
    int rc = guard(c->arena, how, c, err);
    arena_free(c->arena);
    return rc;
}

int kf_doctor_describe(kf_text *out, const kf_doctor *doctor, kf_form form, bool colour, kf_error *err) {
    need(out);
    *out = (kf_text){0};
    need(doctor);
    if ((unsigned)form > KF_FORM_JSON) return fail(err, KF_E_USAGE, "%s: form is neither text nor JSON", __func__);
    struct tell c = {.out = out, .doctor = doctor, .form = form, .colour = colour};
    return tell(&c, describe, err);
}

int kf_doctor_undo(kf_text *out, const kf_doctor *doctor, kf_error *err) {
    need(out);
    *out = (kf_text){0};
    need(doctor);
    struct tell c = {.out = out, .doctor = doctor};
    return tell(&c, write_undo, err);
}

/* ---- undo ---- */

struct undoing {
    kf_text *out;
    int *status;
    connection *connection;
    str json;
    bool as_json;
    arena *arena;
};

static int run_undo(void *call, kf_error *err) {
    struct undoing *c = call;
    undo u;
    undo_report r = {0};
    text t = {.arena = c->arena};
    int rc = json_read_undo(&u, str_copy(c->arena, c->json), c->arena, err);
    if (rc == 0) rc = check_place(u.database, u.host, c->connection, err);
    if (rc == 0) rc = exec_undo(&r, c->connection, &u, c->arena, err);
    if (rc != 0) return rc;
    if (c->as_json) json_write_undo_report(&t, &r);
    else report_undo(&t, &r);
    if (c->status) *c->status = r.left.n ? kf_code_exit_status(KF_E_CONFLICT) : 0;
    return text_give(c->out, &t, err);
}

int kf_undo(kf_text *out, int *status, kf_database *database, const char *json, size_t length, const kf_undo_options *options,
            kf_error *err) {
    kf_undo_options o = KF_UNDO_OPTIONS;
    need(out);
    *out = (kf_text){0};
    need(database);
    if (length) need(json);
    int rc = options_take(&o, sizeof o, sizeof o, options, __func__, err);
    if (rc != 0) return rc;
    struct undoing c = {out, status, database->connection, {json, length}, o.json, NULL};
    if (arena_new(&c.arena) != 0) return fail_memory(err);
    rc = database_enter(database, __func__, err);
    if (rc == 0) rc = handle_leave(&database->busy, guard(c.arena, run_undo, &c, err));
    arena_free(c.arena);
    return rc;
}
