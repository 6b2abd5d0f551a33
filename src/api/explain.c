/* Each stage's printable result. */
#include "api/api.h"

struct explain {
    text out;
    str text;
    arena *arena;
    kf_plan_options options;
    dialect_limits limits;
    raw_statement_list statements;
    int (*stage)(struct explain *e, kf_error *err);
    kf_text *result;
};

/* Where the statement stands in the text that was given, if it is a piece of it; SIZE_MAX. */
static size_t statement_at(const struct explain *e, const raw_statement *raw) {
    size_t at = 0;
    for (size_t line = 1; line < raw->source.line && at != SIZE_MAX; line++) {
        size_t end = str_find(e->text, STR("\n"), at);
        at = end == SIZE_MAX ? end : end + 1;
    }
    return at == SIZE_MAX ? at : str_find(e->text, raw->sql, at);
}

/* A place inside a statement → the place in the text that was given. */
static int fail_in(const struct explain *e, const raw_statement *raw, int rc, kf_error *why, kf_error *err) {
    if (!err) return rc;
    *err = *why;
    if (rc == -KF_E_MEMORY) return rc;
    size_t at = statement_at(e, raw);
    bool inside = at != SIZE_MAX;
    if (inside && why->line) fail_at(err, (kf_code)why->code, e->text, at + why->offset, "%s", why->message);
    else if (!inside) *err = (kf_error){.code = why->code, .server_code = why->server_code};
    if (!inside) fail(err, (kf_code)why->code, "line %zu: %s", raw->source.line, why->message);
    return rc;
}

static int explain_statements(struct explain *e, kf_error *err) {
    (void)err;
    log_dump(&e->out, &e->statements);
    return 0;
}

static int translate(struct explain *e, const raw_statement *raw, kf_error *err) {
    dialect_text t = {0};
    int rc = dialect_translate(&t, raw->sql, &e->limits, e->arena, err);
    if (rc == 0) dialect_dump(&e->out, &t);
    return rc;
}

static int parse(struct explain *e, const raw_statement *raw, kf_error *err) {
    statement_list all = {0};
    parse_options options = {.limits = &e->limits, .params = raw->params};
    int rc = parse_statements(&all, raw->sql, &options, e->arena, err);
    for (size_t i = 0; rc == 0 && i < all.n; i++) statement_dump(&e->out, &all.at[i]);
    return rc;
}

static int each(struct explain *e, int (*one)(struct explain *e, const raw_statement *raw, kf_error *err), kf_error *err) {
    for (size_t i = 0; i < e->statements.n; i++) {
        const raw_statement *raw = &e->statements.at[i];
        kf_error why = {0};
        if (i) text_char(&e->out, '\n');
        int rc = one(e, raw, &why);
        if (rc != 0) return fail_in(e, raw, rc, &why, err);
    }
    return 0;
}

static int explain_dialect(struct explain *e, kf_error *err) { return each(e, translate, err); }
static int explain_parse(struct explain *e, kf_error *err) { return each(e, parse, err); }

static int apply(struct explain *e, schema *desired, const schema *live, size_t number, kf_error *why) {
    const raw_statement *raw = &e->statements.at[number];
    statement_list all = {0};
    parse_options options = {.limits = &e->limits, .params = raw->params};
    int rc = parse_statements(&all, raw->sql, &options, e->arena, why);
    for (size_t i = 0; rc == 0 && i < all.n; i++) {
        statement *st = &all.at[i];
        if (statement_is_unwanted(st, &e->options)) continue;
        statement_pass_over(st);
        if (st->kind == STATEMENT_UNSUPPORTED)
            rc = fail_at(why, KF_E_UNSUPPORTED, raw->sql, st->offset, "%.*s", STR_ARG(st->reason));
        else if (st->kind != STATEMENT_SKIPPED) rc = schema_apply(desired, st, number, raw->sql, raw->outcome, live, why);
    }
    return rc;
}

static int explain_schema(struct explain *e, kf_error *err) {
    schema *desired = schema_new(e->arena), *live = schema_new(e->arena);
    for (size_t i = 0; i < e->statements.n; i++) {
        kf_error why = {0};
        int rc = apply(e, desired, live, i, &why);
        if (rc != 0) return fail_in(e, &e->statements.at[i], rc, &why, err);
    }
    schema_settle(desired);
    if (desired->missing.n) {
        const missing_table *m = &desired->missing.at[0];
        const raw_statement *raw = &e->statements.at[m->statement];
        kf_error why = {0};
        return fail_in(e, raw, schema_missing_error(m, raw->sql, &why), &why, err);
    }
    schema_dump(&e->out, desired);
    return 0;
}

static void free_plan(void *made) { kf_plan_free(made); }

static int explain_plan(struct explain *e, kf_error *err) {
    kf_schema *live = NULL;
    kf_plan *made = NULL;
    kf_log log = {.statements = e->statements};
    int rc = kf_schema_new(&live, err);
    if (rc == 0) rc = kf_plan_new(&made, &log, live, &e->options, err);
    kf_schema_free(live);
    if (rc != 0) return rc;
    arena_defer(e->arena, free_plan, made);
    plan_dump(&e->out, made->plan);
    return 0;
}

static const struct stage {
    const char *name;
    int (*explain)(struct explain *e, kf_error *err);
} stages[] = {
    {"statements", explain_statements}, {"dialect", explain_dialect}, {"parse", explain_parse},
    {"schema", explain_schema},         {"plan", explain_plan},
};

static int explain(void *call, kf_error *err) {
    struct explain *e = call;
    e->out = (text){.arena = e->arena, .hides_values = !e->options.show_values};
    int rc = log_read(&e->statements, NULL, STR("-"), e->text, NULL, e->arena, err);
    if (rc == 0 && e->statements.n == 0) rc = fail(err, KF_E_NO_STATEMENT, "there is no SQL statement in it");
    if (rc == 0) rc = e->stage(e, err);
    return rc == 0 ? text_give(e->result, &e->out, err) : rc;
}

int kf_explain(kf_text *out, const char *stage, const char *bytes, size_t length, const kf_plan_options *options,
               kf_error *err) {
    struct explain e = {.text = {bytes, length}, .result = out};
    need(out);
    *out = (kf_text){0};
    need(stage);
    if (length) need(bytes);
    int rc = plan_options_take(&e.options, options, __func__, err);
    if (rc != 0) return rc;
    for (size_t i = 0; i < sizeof stages / sizeof *stages; i++)
        if (strcmp(stages[i].name, stage) == 0) e.stage = stages[i].explain;
    e.limits = plan_limits_of(&e.options);
    if (!e.stage) return fail(err, KF_E_USAGE, "there is no stage '%s': statements, dialect, parse, schema, plan", stage);
    if (arena_new(&e.arena) != 0) return fail_memory(err);
    rc = guard(e.arena, explain, &e, err);
    arena_free(e.arena);
    return rc;
}
