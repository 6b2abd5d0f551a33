/* Carrying plans out. */
#include "api/api.h"

#include <stdio.h>

struct run {
    kf_result *result;
    connection *connection;
    const plan *plan;
};

static int run(void *call, kf_error *err) {
    struct run *c = call;
    return exec_run(&c->result->run, c->connection, c->plan, err);
}

/* How far it came, `left` operations before the end. */
static void tell_done(const kf_result *result, size_t left, kf_error *err) {
    size_t used = err ? strlen(err->message) : 0;
    if (!err) return;
    snprintf(err->message + used, sizeof err->message - used, "; %zu of %zu operations are done", result->done,
             result->done + left);
}

/* What an earlier run of the same call did is counted, what it failed at is not: the next one meets it again. */
int result_run(kf_result *result, kf_database *database, kf_error *err) {
    result->run = (run_result){.arena = result->memory->arena};
    if (result->plan->plan->operations.n == 0) return 0;
    struct run c = {result, database->connection, result->plan->plan};
    connection_watch_run(database->connection, result->plan->plan->operations.n);
    int rc = guard(result->memory->arena, run, &c, err);
    connection_watch_end(database->connection);
    result->done += result->run.done;
    if (rc != 0) tell_done(result, result->plan->plan->operations.n - result->run.done, err);
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
    kf_plan_free(*out); /* of the turn before */
    *out = NULL;
    int rc = database_snapshot(&live, database, NULL, err);
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
    need(out);
    *out = NULL;
    need(database);
    need(log);
    int rc = database_enter(database, __func__, err);
    if (rc != 0) return rc;
    if ((rc = result_new(&result, err)) != 0) return handle_leave(&database->busy, rc);
    kf_database_commands(database, &result->commands_read, &result->commands_write);
    rc = apply_log(result, database, log, options, err);
    return handle_leave(&database->busy, result_hand_out(out, result, rc));
}

struct fingerprint {
    const schema *schema;
    arena *arena;
    uint64_t is;
};

static int take_fingerprint(void *call, kf_error *err) {
    struct fingerprint *c = call;
    (void)err;
    c->is = schema_fingerprint(c->schema, c->arena);
    return 0;
}

static int check_fresh(const plan *p, const kf_schema *live, const char *hint, kf_error *err) {
    struct fingerprint c = {.schema = live->schema};
    if (arena_new(&c.arena) != 0) return fail_memory(err);
    int rc = guard(c.arena, take_fingerprint, &c, err);
    arena_free(c.arena);
    if (rc != 0 || c.is == p->fingerprint) return rc;
    return fail(err, KF_E_STALE_PLAN, "the live schema has changed since the plan was made%s", hint);
}

/* Two lists of addresses, with commas between: members of one replica set may be named in part. */
static bool have_one_in_common(str a, str b) {
    for (size_t from = 0, to; from < a.n; from = to + 1) {
        if ((to = str_find(a, STR(","), from)) == SIZE_MAX) to = a.n;
        for (size_t begin = 0, end; begin < b.n; begin = end + 1) {
            if ((end = str_find(b, STR(","), begin)) == SIZE_MAX) end = b.n;
            if (str_eq_nocase(str_slice(a, from, to), str_slice(b, begin, end))) return true;
        }
    }
    return false;
}

static int check_names(str database, str host, str is_database, str is_host, kf_error *err) {
    if (database.n && is_database.n && !str_eq(database, is_database))
        return fail(err, KF_E_STALE_PLAN, "the plan was made for the database \"%.*s\", and this is \"%.*s\"",
                    STR_ARG(database), STR_ARG(is_database));
    if (host.n && is_host.n && !have_one_in_common(host, is_host))
        return fail(err, KF_E_STALE_PLAN, "the plan was made for the server at %.*s, and this is %.*s", STR_ARG(host),
                    STR_ARG(is_host));
    return 0;
}

/* What a plan made under looser rules than the server's asks for, the server would refuse half way. */
static int check_server(const plan *p, const kf_schema *live, kf_error *err) {
    const profile *made = p->options.profile, *is = live->profile;
    if (is && profile_is_looser(made, is) && p->operations.n)
        return fail(err, KF_E_STALE_PLAN, "the plan was made for %s, and the server is %s", made->name, is->name);
    return check_names(p->options.database, p->options.host, live->database, live->host, err);
}

int check_place(str database, str host, const connection *c, kf_error *err) {
    return check_names(database, host, str_of(connection_database(c)), str_of(connection_host(c)), err);
}

/* A plan that is given runs as it is: after an interruption only if nothing of it was done. */
static int apply_plan(kf_result *result, kf_database *database, kf_error *err) {
    const char *hint = "";
    kf_error why = {0};
    for (; result->plans < MAX_PLANS; hint = "; part of it may have been carried out") {
        kf_schema *live;
        int rc = database_snapshot(&live, database, NULL, err);
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

int kf_apply_plan(kf_result **out, kf_database *database, const kf_plan *plan, kf_error *err) {
    kf_result *result;
    need(out);
    *out = NULL;
    need(database);
    need(plan);
    int rc = database_enter(database, __func__, err);
    if (rc != 0) return rc;
    if ((rc = result_new(&result, err)) != 0) return handle_leave(&database->busy, rc);
    kf_database_commands(database, &result->commands_read, &result->commands_write);
    rc = plan_copy(&result->plan, plan, err);
    if (rc == 0) rc = plan->plan->stopped ? result_finish(result, database, err) : apply_plan(result, database, err);
    return handle_leave(&database->busy, result_hand_out(out, result, rc));
}

struct copy {
    const schema *from;
    const plan *carried_out;
    arena *arena;
    str json;
};

static int copy_to_json(void *call, kf_error *err) {
    struct copy *c = call;
    text json = {.arena = c->arena};
    schema *copy = schema_new(c->arena);
    json_write_schema(&json, c->from);
    c->json = text_str(&json);
    int rc = c->carried_out ? json_read_schema(copy, c->json, err) : 0;
    if (rc != 0 || !c->carried_out) return rc;
    plan_execute(c->carried_out, copy);
    text after = {.arena = c->arena};
    json_write_schema(&after, copy);
    c->json = text_str(&after);
    return 0;
}

struct name_it {
    kf_schema *copy;
    str database, host;
};

static int name_database(void *call, kf_error *err) {
    struct name_it *c = call;
    (void)err;
    c->copy->database = str_copy(c->copy->memory->arena, c->database);
    c->copy->host = str_copy(c->copy->memory->arena, c->host);
    return 0;
}

/* Through JSON: so it borrows nothing from the plan. */
int schema_copy(kf_schema **out, const kf_schema *from, const plan *carried_out, kf_error *err) {
    arena *a;
    *out = NULL;
    if (arena_new(&a) != 0) return fail_memory(err);
    struct copy c = {.carried_out = carried_out, .from = from->schema, .arena = a};
    int rc = guard(a, copy_to_json, &c, err);
    if (rc == 0) rc = kf_schema_read(out, c.json.p, c.json.n, err);
    arena_free(a);
    if (rc != 0) return rc;
    struct name_it n = {*out, from->database, from->host};
    (*out)->profile = from->profile;
    rc = guard((*out)->memory->arena, name_database, &n, err);
    if (rc == 0) return 0;
    kf_schema_free(*out);
    *out = NULL;
    return rc;
}

void schema_swap(kf_schema *a, kf_schema *b) {
    memory *memory = a->memory;
    schema *schema = a->schema;
    str database = a->database, host = a->host;
    lint_fact_list facts = a->facts;
    a->memory = b->memory, a->schema = b->schema, a->database = b->database, a->host = b->host, a->facts = b->facts;
    b->memory = memory, b->schema = schema, b->database = database, b->host = host, b->facts = facts;
}

/* Either all of it is done, and told, or nothing. */
static int apply_to_schema(kf_result *result, kf_schema *handle, const plan *p, kf_error *err) {
    kf_schema *after = NULL;
    int rc = p->stopped ? 0 : check_fresh(p, handle, "", err);
    bool changes = rc == 0 && !p->stopped && p->operations.n;
    if (changes) rc = schema_copy(&after, handle, p, err);
    if (rc == 0 && changes) result->done = p->operations.n;
    if (rc == 0) rc = result_finish(result, NULL, err);
    if (rc == 0 && changes) schema_swap(handle, after);
    kf_schema_free(after);
    return rc;
}

int kf_apply_schema(kf_result **out, kf_schema *schema, const kf_plan *plan, kf_error *err) {
    kf_result *result;
    need(out);
    *out = NULL;
    need(schema);
    need(plan);
    int rc = handle_enter(&schema->busy, __func__, err);
    if (rc != 0) return rc;
    if ((rc = result_new(&result, err)) != 0) return handle_leave(&schema->busy, rc);
    result->plans = 1;
    rc = plan_copy(&result->plan, plan, err);
    if (rc == 0) rc = apply_to_schema(result, schema, plan->plan, err);
    return handle_leave(&schema->busy, result_hand_out(out, result, rc));
}

int result_run_schema(kf_result *result, kf_schema *schema, kf_error *err) {
    const plan *p = result->plan->plan;
    kf_schema *after;
    if (p->operations.n == 0) return 0;
    int rc = schema_copy(&after, schema, p, err);
    if (rc != 0) return rc;
    schema_swap(schema, after);
    kf_schema_free(after);
    result->done += p->operations.n;
    return 0;
}
