/* Carrying plans out. */
#include "api/api.h"

struct run {
    kf_result *result;
    connection *connection;
    const plan *plan;
};

static int run(void *call, kf_error *err) {
    struct run *c = call;
    return exec_run(&c->result->run, c->connection, c->plan, err);
}

/* What an earlier run of the same call did is counted, what it failed at is not: the next one meets it again. */
int result_run(kf_result *result, kf_database *database, kf_error *err) {
    result->run = (run_result){.arena = result->memory->arena};
    if (result->plan->plan->operations.n == 0) return 0;
    struct run c = {result, database->connection, result->plan->plan};
    int rc = guard(result->memory->arena, run, &c, err);
    result->done += result->run.done;
    return rc;
}

static int mark_failures(void *call, kf_error *err) {
    kf_result *r = call;
    (void)err;
    for (size_t i = 0; i < r->run.failures.n; i++) plan_fail_operation(r->plan->plan, r->run.failures.at[i].operation);
    for (size_t i = 0; i < r->run.left_out.n; i++)
        plan_leave_out_operation(r->plan->plan, r->run.left_out.at[i].operation, r->run.left_out.at[i].because);
    plan_list_findings(r->plan);
    return 0;
}

static kf_failure public_failure(arena *a, const plan *p, const failure *f) {
    const operation *op = &p->operations.at[f->operation];
    kf_failure out = {.code = (int)f->code, .server_code = f->server_code};
    out.collection = str_c(a, op->collection);
    out.name = str_c(a, op->index ? op->index->name : STR_NONE);
    out.message = str_c(a, f->message);
    if (op->causes.n == 0 || op->causes.at[0] >= p->statements.n) return out;
    str sql = p->statements.at[op->causes.at[0]].sql;
    out.statement = str_c(a, sql);
    out.statement_length = sql.n;
    return out;
}

static int list_failures(void *call, kf_error *err) {
    kf_result *r = call;
    (void)err;
    for (size_t i = 0; i < r->run.failures.n; i++)
        vec_push(r->memory->arena, &r->failures, public_failure(r->memory->arena, r->plan->plan, &r->run.failures.at[i]));
    return 0;
}

int result_finish(kf_result *result, kf_database *database, kf_error *err) {
    if (database) {
        size_t read, write;
        kf_database_commands(database, &read, &write);
        result->commands_read = read - result->commands_read;
        result->commands_write = write - result->commands_write;
    }
    int rc = guard(result->plan->memory->arena, mark_failures, result, err);
    return rc ? rc : guard(result->memory->arena, list_failures, result, err);
}

int result_hand_out(kf_result **out, kf_result *result, int rc) {
    if (rc != 0) kf_result_free(result);
    *out = rc == 0 ? result : NULL;
    return rc;
}

static int take_plan(kf_plan **out, kf_database *database, const kf_log *log, const kf_plan_options *options, kf_error *err) {
    kf_schema *live;
    int rc = kf_database_snapshot(&live, database, err);
    if (rc != 0) return rc;
    rc = kf_plan_new(out, log, live, options, err);
    kf_schema_free(live);
    return rc;
}

int result_lost_race(const kf_error *why, kf_error *err) {
    if (why->code == KF_E_CONNECTION) {
        if (err) *err = *why;
        return -KF_E_CONNECTION;
    }
    return fail(err, KF_E_RACE, "planned %d times, and each time the database had changed before the end: %s", MAX_PLANS,
                why->message);
}

static int apply_log(kf_result *result, kf_database *database, const kf_log *log, const kf_plan_options *options,
                     kf_error *err) {
    kf_error why = {0};
    while (result->plans < MAX_PLANS) {
        kf_plan_free(result->plan);
        int rc = take_plan(&result->plan, database, log, options, err);
        if (rc != 0) return rc;
        result->plans++;
        rc = result->plan->plan->stopped ? 0 : result_run(result, database, &why);
        if (rc == EXEC_REPLAN) continue;
        if (rc != 0 && err) *err = why;
        return rc != 0 ? rc : result_finish(result, database, err);
    }
    return result_lost_race(&why, err);
}

int kf_apply_log(kf_result **out, kf_database *database, const kf_log *log, const kf_plan_options *options, kf_error *err) {
    kf_result *result;
    *out = NULL;
    int rc = result_new(&result, err);
    if (rc != 0) return rc;
    kf_database_commands(database, &result->commands_read, &result->commands_write);
    return result_hand_out(out, result, apply_log(result, database, log, options, err));
}

static int check_fresh(const plan *p, const kf_schema *live, const char *hint, kf_error *err) {
    if (schema_fingerprint(live->schema) == p->fingerprint) return 0;
    return fail(err, KF_E_STALE_PLAN, "the live schema has changed since the plan was made%s", hint);
}

/* What a plan made under looser rules than the server's asks for, the server would refuse half way. */
static int check_server(const plan *p, const kf_schema *live, kf_error *err) {
    const profile *made = p->options.profile, *is = live->profile;
    bool looser = is && ((made->partial && !is->partial) || (made->unique_distinct && !is->unique_distinct) ||
                         (made->filter_distinct && !is->filter_distinct));
    if (looser && p->operations.n)
        return fail(err, KF_E_STALE_PLAN, "the plan was made for %s, and the server is %s", made->name, is->name);
    if (p->options.database.n && live->database.n && !str_eq(p->options.database, live->database))
        return fail(err, KF_E_STALE_PLAN, "the plan was made for the database \"%.*s\", and this is \"%.*s\"",
                    STR_ARG(p->options.database), STR_ARG(live->database));
    return 0;
}

/* A plan that is given runs as it is: after an interruption only if nothing of it was done. */
static int apply_plan(kf_result *result, kf_database *database, kf_error *err) {
    const char *hint = "";
    kf_error why = {0};
    for (; result->plans < MAX_PLANS; hint = "; part of it may have been carried out") {
        kf_schema *live;
        int rc = kf_database_snapshot(&live, database, err);
        if (rc != 0) return rc;
        rc = check_server(result->plan->plan, live, err);
        if (rc == 0) rc = check_fresh(result->plan->plan, live, hint, err);
        kf_schema_free(live);
        if (rc != 0) return rc;
        result->plans++;
        rc = result_run(result, database, &why);
        if (rc == EXEC_REPLAN) continue;
        if (rc != 0 && err) *err = why;
        return rc != 0 ? rc : result_finish(result, database, err);
    }
    return result_lost_race(&why, err);
}

int kf_apply_plan(kf_result **out, kf_database *database, const kf_plan *given, kf_error *err) {
    kf_result *result;
    *out = NULL;
    int rc = result_new(&result, err);
    if (rc != 0) return rc;
    kf_database_commands(database, &result->commands_read, &result->commands_write);
    rc = plan_copy(&result->plan, given, err);
    if (rc == 0) rc = given->plan->stopped ? result_finish(result, database, err) : apply_plan(result, database, err);
    return result_hand_out(out, result, rc);
}

struct execute {
    const plan *plan;
    const schema *from;
    arena *arena;
    str json;
};

static int execute_on_copy(void *call, kf_error *err) {
    struct execute *c = call;
    text json = {.arena = c->arena};
    schema *copy = schema_new(c->arena);
    json_write_schema(&json, c->from);
    int rc = json_read_schema(copy, text_str(&json), err);
    if (rc != 0) return rc;
    plan_execute(c->plan, copy);
    text after = {.arena = c->arena};
    json_write_schema(&after, copy);
    c->json = text_str(&after);
    return 0;
}

/* On a copy, through JSON: the schema is as it was if memory runs out, and borrows nothing from the plan. */
static int replace_schema(kf_schema *handle, const plan *p, kf_error *err) {
    arena *a;
    if (arena_new(&a) != 0) return fail_memory(err);
    struct execute c = {.plan = p, .from = handle->schema, .arena = a};
    int rc = guard(a, execute_on_copy, &c, err);
    kf_schema *after = NULL;
    if (rc == 0) rc = kf_schema_read(&after, c.json.p, c.json.n, err);
    arena_free(a);
    if (rc != 0) return rc;
    kf_schema old = *handle;
    handle->memory = after->memory;
    handle->schema = after->schema;
    after->memory = old.memory;
    after->schema = old.schema;
    kf_schema_free(after);
    return 0;
}

int result_run_schema(kf_result *result, kf_schema *schema, kf_error *err) {
    const plan *p = result->plan->plan;
    int rc = p->operations.n ? replace_schema(schema, p, err) : 0;
    if (rc == 0) result->done += p->operations.n;
    return rc;
}

int kf_apply_schema(kf_result **out, kf_schema *handle, const kf_plan *given, kf_error *err) {
    kf_result *result;
    *out = NULL;
    int rc = result_new(&result, err);
    if (rc != 0) return rc;
    result->plans = 1;
    rc = plan_copy(&result->plan, given, err);
    if (rc == 0 && !given->plan->stopped) {
        rc = check_fresh(given->plan, handle, "", err);
        if (rc == 0) rc = result_run_schema(result, handle, err);
    }
    if (rc == 0) rc = result_finish(result, NULL, err);
    return result_hand_out(out, result, rc);
}
