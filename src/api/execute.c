/* Statements that are carried out now: parsed, put into batches, each planned against what is live by then and run. */
#include "api/api.h"

#include "dialect/dialect.h"

typedef struct job {
    kf_result *result;
    kf_database *database; /* or a schema in memory */
    kf_schema *schema;
    const kf_log *log;
    kf_plan_options options;
    unit_list units;
} job;

/* ---- reading ---- */

/* What is no schema statement, and does nothing here. */
static bool does_nothing(str reason) {
    static const char *const words[] = {"transaction", "session", "empty"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (str_eq(reason, str_of(words[i]))) return true;
    return false;
}

static bool is_null_update(const statement *st) {
    const dml *d = st->dml;
    return d->op == DML_UPDATE && d->columns.n == 1 && d->rows.n == 1 && d->where && d->where->kind == EXPRESSION_IS_NULL &&
           d->where->args.at[0]->kind == EXPRESSION_COLUMN && str_eq(d->where->args.at[0]->text, d->columns.at[0]);
}

/* DML is somebody else's to carry out. */
static void refuse_dml(arena *a, statement *st) {
    str what = st->reason;
    if (st->kind == STATEMENT_DML && !is_null_update(st)) what = str_of(dml_operation_text(st->dml->op));
    else if (st->kind != STATEMENT_SKIPPED || does_nothing(st->reason)) return;
    st->kind = STATEMENT_UNSUPPORTED;
    st->reason = str_format(a, "%.*s is no schema statement: it is not carried out here", STR_ARG(what));
}

static bool drops_column(const statement *st, str table, str column) {
    for (size_t i = 0; st->kind == STATEMENT_ALTER_TABLE && str_eq(st->table, table) && i < st->actions.n; i++)
        if (st->actions.at[i].kind == ACTION_DROP_COLUMN && str_eq(st->actions.at[i].target, column)) return true;
    return false;
}

/* One that drops a column and adds it again is carried out as two: see makes_again(). */
static void add_units(job *j, size_t number, statement *st) {
    arena *a = j->result->memory->arena;
    for (size_t i = 0; st->kind == STATEMENT_ALTER_TABLE && i < st->actions.n; i++) {
        const action *adds = &st->actions.at[i];
        statement first = *st;
        first.actions.n = i;
        if (adds->kind != ACTION_ADD_COLUMN || !drops_column(&first, st->table, adds->column->name)) continue;
        statement *copy = arena_make(a, statement);
        *copy = first;
        vec_push(a, &j->units, (unit){.number = number, .statement = copy});
        st->actions.at += i;
        st->actions.n -= i;
        i = 0;
    }
    vec_push(a, &j->units, (unit){.number = number, .statement = st});
}

static int parse_all(void *call, kf_error *err) {
    job *j = call;
    arena *a = j->result->memory->arena;
    dialect_limits limits = plan_limits_of(&j->options);
    for (size_t i = 0; i < j->log->statements.n; i++) {
        const raw_statement *raw = &j->log->statements.at[i];
        statement_list *all = arena_make(a, statement_list);
        parse_options options = {.limits = &limits, .params = raw->params, .values = raw->values};
        kf_error why = {0};
        int rc = parse_statements(all, raw->sql, &options, a, &why);
        if (rc == -KF_E_MEMORY || rc == -KF_E_INTERNAL) return fail(err, (kf_code)-rc, "%s", why.message);
        if (rc != 0) vec_push(a, &j->units, (unit){.number = i}); /* units_read meets the error again */
        for (size_t k = 0; rc == 0 && k < all->n; k++) {
            refuse_dml(a, &all->at[k]);
            add_units(j, i, &all->at[k]);
        }
    }
    return 0;
}

static bool is_understood(const unit *u) { return u->statement && u->statement->kind != STATEMENT_UNSUPPORTED; }

/* ---- batches ---- */

typedef struct batch {
    size_t first, end;
} batch;

static bool drops_table(const statement *st, str table) {
    for (size_t i = 0; st->kind == STATEMENT_DROP_TABLE && i < st->targets.n; i++)
        if (str_eq(st->targets.at[i].name, table)) return true;
    return false;
}

/* In one plan what is dropped and then made again would keep its data. */
static bool makes_again(const job *j, const batch *b, const statement *st) {
    for (size_t i = b->first; i < b->end; i++) {
        const statement *before = j->units.at[i].statement;
        if (st->kind == STATEMENT_CREATE_TABLE && drops_table(before, st->table)) return true;
        if (st->kind == STATEMENT_RENAME_TABLE && drops_table(before, st->new_name)) return true;
        for (size_t k = 0; k < st->actions.n; k++) {
            const action *a = &st->actions.at[k];
            if (a->kind == ACTION_ADD_COLUMN && drops_column(before, st->table, a->column->name)) return true;
            if (a->kind == ACTION_RENAME_COLUMN && drops_column(before, st->table, a->new_name)) return true;
        }
    }
    return false;
}

static bool stands_alone(const statement *st) {
    return st->kind == STATEMENT_FLUSH || st->kind == STATEMENT_CREATE_DATABASE || st->kind == STATEMENT_DROP_DATABASE;
}

static batch next_batch(const job *j, size_t first) {
    batch b = {first, first + 1};
    if (stands_alone(j->units.at[first].statement)) return b;
    for (; b.end < j->units.n; b.end++) {
        const statement *st = j->units.at[b.end].statement;
        if (stands_alone(st) || makes_again(j, &b, st)) break;
    }
    return b;
}

/* ---- what a batch has to know of the database ---- */

static void add_table(arena *a, snapshot_scope *scope, str table) {
    for (size_t i = 0; i < scope->tables.n; i++)
        if (str_eq(scope->tables.at[i], table)) return;
    if (table.n) vec_push(a, &scope->tables, table);
}

/* ALTER and DROP INDEX do not say of which table. */
static bool names_no_table(const statement *st) {
    return st->kind == STATEMENT_DROP_INDEX || st->kind == STATEMENT_RENAME_INDEX;
}

static bool moves_references(const statement *st) {
    for (size_t i = 0; i < st->actions.n; i++)
        if (st->actions.at[i].kind == ACTION_RENAME_COLUMN) return true;
    return st->kind == STATEMENT_RENAME_TABLE || st->kind == STATEMENT_DROP_TABLE;
}

static snapshot_scope scope_of(const job *j, const batch *b) {
    arena *a = j->result->memory->arena;
    snapshot_scope scope = {.some = true};
    for (size_t i = b->first; i < b->end; i++) {
        const statement *st = j->units.at[i].statement;
        if (names_no_table(st)) return (snapshot_scope){0};
        if (moves_references(st)) scope.referring = true;
        add_table(a, &scope, st->table);
        if (st->kind == STATEMENT_RENAME_TABLE) add_table(a, &scope, st->new_name);
        for (size_t k = 0; k < st->targets.n; k++) add_table(a, &scope, st->targets.at[k].name);
    }
    return scope;
}

/* ---- running ---- */

static int plan_batch(job *j, const batch *b, kf_error *err) {
    kf_schema *live;
    int rc;
    kf_plan_free(j->result->plan); /* of the turn before */
    j->result->plan = NULL;
    if (j->database) {
        snapshot_scope scope = scope_of(j, b);
        rc = database_snapshot(&live, j->database, &scope, err);
    } else {
        rc = schema_copy(&live, j->schema, NULL, err); /* planning adds what the catalog misses */
    }
    if (rc == 0) rc = plan_units(&j->result->plan, j->log, &j->units, b->first, b->end, live, &j->options, err);
    kf_schema_free(live);
    j->result->plans++;
    return rc;
}

static bool is_unclear(const plan *p) {
    for (size_t i = 0; i < p->findings.n; i++)
        if (p->findings.at[i].code == KF_E_RENAME_UNCLEAR) return true;
    return false;
}

static int run_batch(job *j, batch *b, kf_error *err) {
    kf_error why = {0};
    for (int turn = 0; turn < MAX_PLANS; turn++) {
        int rc = plan_batch(j, b, err);
        if (rc == 0 && b->end - b->first > 1 && is_unclear(j->result->plan->plan)) { /* a swap: one after the other */
            b->end = b->first + 1;
            rc = plan_batch(j, b, err);
        }
        if (rc != 0 || j->result->plan->plan->stopped) return rc;
        rc = j->database ? result_run(j->result, j->database, &why) : result_run_schema(j->result, j->schema, &why);
        if (rc == EXEC_REPLAN) continue;
        if (rc != 0 && err) *err = why;
        return rc;
    }
    return result_lost_race(&why, err);
}

static int set_aside(void *call, kf_error *err) {
    kf_result *r = call;
    (void)err;
    vec_push(r->memory->arena, &r->parts, r->plan);
    r->plan = NULL;
    return 0;
}

/* The statements behind the batch that could not be carried out. */
static int tell_left_alone(job *j, size_t first, kf_error *err) {
    kf_result *r = j->result;
    kf_schema *nothing;
    if (first == j->units.n) return 0;
    for (size_t i = first; i < j->units.n; i++) j->units.at[i].left_alone = true;
    int rc = kf_schema_new(&nothing, err);
    if (rc == 0) rc = guard(r->memory->arena, set_aside, r, err);
    if (rc == 0) rc = plan_units(&r->plan, j->log, &j->units, first, j->units.n, nothing, &j->options, err);
    kf_schema_free(nothing);
    return rc;
}

/* What the batches did, as one plan; `before`: the operations of those that were carried out before the last. */
static int merge_parts(kf_result *r, size_t before, kf_error *err) {
    if (r->parts.n == 0) return 0;
    int rc = guard(r->memory->arena, set_aside, r, err);
    if (rc == 0) rc = plan_merge(&r->plan, r->parts.at, r->parts.n, err);
    for (size_t i = 0; rc == 0 && i < r->run.failures.n; i++) r->run.failures.at[i].operation += before;
    for (size_t i = 0; rc == 0 && i < r->run.left_out.n; i++) r->run.left_out.at[i].operation += before;
    return rc;
}

static int run_all(job *j, kf_error *err) {
    kf_result *r = j->result;
    size_t before = 0;
    int rc = 0;
    for (batch b = {0}; rc == 0 && b.end < j->units.n;) {
        if (r->plan) {
            before += r->plan->plan->operations.n;
            rc = guard(r->memory->arena, set_aside, r, err);
        }
        b = next_batch(j, b.end);
        if (rc == 0) rc = run_batch(j, &b, err);
        if (rc == 0 && kf_result_status(r) != 0) {
            rc = tell_left_alone(j, b.end, err);
            break;
        }
    }
    return rc ? rc : merge_parts(r, before, err);
}

/* Nothing is done if anything is not understood: the plan says what. */
static int tell_not_understood(job *j, kf_error *err) {
    size_t n = 0;
    for (size_t i = 0; i < j->units.n; i++)
        if (!is_understood(&j->units.at[i])) j->units.at[n++] = j->units.at[i];
    j->units.n = n;
    kf_schema *nothing;
    int rc = kf_schema_new(&nothing, err);
    if (rc == 0) rc = plan_units(&j->result->plan, j->log, &j->units, 0, n, nothing, &j->options, err);
    kf_schema_free(nothing);
    j->result->plans = 1;
    return rc;
}

static int execute_units(job *j, kf_error *err) {
    int rc = guard(j->result->memory->arena, parse_all, j, err);
    if (rc != 0) return rc;
    for (size_t i = 0; i < j->units.n; i++)
        if (!is_understood(&j->units.at[i])) return tell_not_understood(j, err);
    return run_all(j, err);
}

static int execute(job j, kf_result **out, kf_error *err) {
    if (j.log->statements.n == 0) return fail(err, KF_E_NO_STATEMENT, "there is no SQL statement");
    int rc = result_new(&j.result, err);
    if (rc != 0) return rc;
    if (j.database) kf_database_commands(j.database, &j.result->commands_read, &j.result->commands_write);
    rc = execute_units(&j, err);
    if (rc == 0) rc = result_finish(j.result, j.database, err);
    return result_hand_out(out, j.result, rc);
}

int kf_execute(kf_result **out, kf_database *database, const kf_log *log, const kf_plan_options *options, kf_error *err) {
    job j = {.database = database, .log = log};
    need(out);
    *out = NULL;
    need(database);
    need(log);
    int rc = plan_options_take(&j.options, options, __func__, err);
    if (rc == 0) rc = database_enter(database, __func__, err);
    return rc ? rc : handle_leave(&database->busy, execute(j, out, err));
}

/* On a copy: after an error the schema is as it was. */
static int execute_on_copy(kf_result **out, kf_schema *schema, job j, kf_error *err) {
    int rc = schema_copy(&j.schema, schema, NULL, err);
    if (rc == 0) rc = execute(j, out, err);
    if (rc == 0) schema_swap(schema, j.schema);
    kf_schema_free(j.schema);
    return rc;
}

int kf_execute_schema(kf_result **out, kf_schema *schema, const kf_log *log, const kf_plan_options *options, kf_error *err) {
    job j = {.log = log};
    need(out);
    *out = NULL;
    need(schema);
    need(log);
    int rc = plan_options_take(&j.options, options, __func__, err);
    if (rc == 0) rc = handle_enter(&schema->busy, __func__, err);
    return rc ? rc : handle_leave(&schema->busy, execute_on_copy(out, schema, j, err));
}
