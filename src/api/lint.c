#include "api/api.h"

#include "report/report.h"

struct run {
    kf_text *out;
    int *status;
    const kf_schema *schema;
    const kf_plan *plan;
    kf_lint_options options;
    arena *arena;
};

static int take_options(lint_options *out, const struct run *c, kf_error *err) {
    const kf_lint_options *o = &c->options;
    const char *profile_name = o->profile ? o->profile : "mongodb-5.0+";
    *out = (lint_options){.plan = c->plan ? c->plan->plan : NULL, .database = c->schema->database, .facts = &c->schema->facts};
    lint_options_default(out);
    out->profile = !o->profile && c->schema->profile ? c->schema->profile : profile_find(str_of(profile_name));
    if (!out->profile) return fail(err, KF_E_PROFILE_UNKNOWN, "there is no profile '%s'", profile_name);
    return lint_read_severities(out, str_of(o->severities), err);
}

static int run(void *call, kf_error *err) {
    struct run *c = call;
    lint_options options;
    lint found;
    text t = {.arena = c->arena};
    int rc = take_options(&options, c, err);
    if (rc) return rc;
    lint_schema(&found, c->schema->schema, &options, c->arena);
    if (c->options.form == KF_FORM_JSON) json_write_lint(&t, &found);
    else if (c->options.form == KF_FORM_SARIF) json_write_sarif(&t, &found);
    else if (c->options.form == KF_FORM_HTML) report_lint_html(&t, &found);
    else report_lint(&t, &found, c->options.colour);
    if (c->status) *c->status = lint_status(&found);
    return text_give(c->out, &t, err);
}

int kf_schema_lint(kf_text *out, int *status, const kf_schema *schema, const kf_plan *plan, const kf_lint_options *options,
                   kf_error *err) {
    need(out);
    *out = (kf_text){0};
    need(schema);
    struct run c = {out, status, schema, plan, KF_LINT_OPTIONS, NULL};
    int rc = options_take(&c.options, sizeof c.options, sizeof c.options, options, __func__, err);
    if (rc != 0) return rc;
    if ((unsigned)c.options.form > KF_FORM_HTML) return fail(err, KF_E_USAGE, "%s: options.form is none of kf_form", __func__);
    if (arena_new(&c.arena) != 0) return fail_memory(err);
    rc = guard(c.arena, run, &c, err);
    arena_free(c.arena);
    return rc;
}

struct facts {
    kf_schema *schema;
    connection *connection;
    const plan *plan;
};

static int find_facts(void *call, kf_error *err) {
    struct facts *c = call;
    lint_fact_list found = {0};
    int rc = exec_facts(&found, c->connection, c->schema->schema, c->schema->memory->arena, err);
    if (rc == 0) c->schema->facts = found;
    return rc;
}

int kf_database_facts(kf_schema *snapshot, kf_database *database, kf_error *err) {
    need(snapshot);
    need(database);
    int rc = database_enter(database, __func__, err);
    if (rc != 0) return rc;
    rc = handle_enter(&snapshot->busy, __func__, err);
    if (rc != 0) return handle_leave(&database->busy, rc);
    struct facts c = {snapshot, database->connection, NULL};
    rc = handle_leave(&snapshot->busy, guard(snapshot->memory->arena, find_facts, &c, err));
    return handle_leave(&database->busy, rc);
}

static lint_fact *fact_of(struct facts *c, const duplicate_fact *d) {
    arena *a = c->schema->memory->arena;
    lint_fact_list *all = &c->schema->facts;
    for (size_t i = 0; i < all->n; i++)
        if (str_eq(all->at[i].collection, d->collection) && str_eq(all->at[i].name, d->index)) return &all->at[i];
    lint_fact f = {.collection = str_copy(a, d->collection), .name = str_copy(a, d->index), .bytes = -1, .uses = -1};
    vec_push(a, all, f);
    return &all->at[all->n - 1];
}

static int foresee(void *call, kf_error *err) {
    struct facts *c = call;
    arena *a = c->schema->memory->arena;
    duplicate_fact_list found = {0};
    int rc = exec_foresee(&found, c->connection, c->plan, a, err);
    for (size_t i = 0; rc == 0 && i < found.n; i++)
        fact_of(c, &found.at[i])->broken = str_format(a, "%.*s in more than one document", STR_ARG(found.at[i].count));
    return rc;
}

int kf_database_foresee(kf_schema *schema, kf_database *database, const kf_plan *plan, kf_error *err) {
    need(schema);
    need(database);
    need(plan);
    int rc = database_enter(database, __func__, err);
    if (rc != 0) return rc;
    rc = handle_enter(&schema->busy, __func__, err);
    if (rc != 0) return handle_leave(&database->busy, rc);
    struct facts c = {schema, database->connection, plan->plan};
    rc = handle_leave(&schema->busy, guard(schema->memory->arena, foresee, &c, err));
    return handle_leave(&database->busy, rc);
}
