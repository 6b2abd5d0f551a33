/* Raw statements → the desired schema, and what is to be told of each. */
#include "api/api.h"

#include <fnmatch.h>

enum { SCRATCH_BYTES = 256 * 1024 };

/* Most lines of a production log are DML: they are looked at in an arena that is thrown away now and then. */
typedef struct scratch {
    arena *arena;
} scratch;

static void scratch_free(void *thing) { arena_free(((scratch *)thing)->arena); }

static int scratch_renew(scratch *s) {
    if (s->arena && arena_used(s->arena) < SCRATCH_BYTES) return 0;
    arena_free(s->arena);
    s->arena = NULL;
    return arena_new(&s->arena);
}

typedef VEC(past_statement) past_list;

typedef struct reader {
    plan *plan;
    schema *desired;
    const schema *live;
    const kf_plan_options *options;
    dialect_limits limits;
    scratch *scratch;
    map parsed;               /* kept by their SQL: logs show the same statements again and again */
    str elsewhere;            /* the test database that statements belong to; empty: none */
    const raw_statement *raw; /* the one at hand, and its number */
    size_t number;
    past_list *collected; /* where they are only to be listed */
    past_statement *past; /* the first `place` of them, which were applied before, to what was live then */
    size_t place;
    bool placed; /* that is known */
    const schema *before;
} reader;

static void add_finding(reader *r, finding_kind kind, str collection, const kf_error *why) {
    finding f = {.kind = kind,
                 .code = (kf_code)why->code,
                 .collection = collection,
                 .name = STR(""),
                 .has_statement = true,
                 .statement = r->number,
                 .line = why->line,
                 .column = why->column};
    f.message = str_copy(r->plan->arena, str_of(why->message));
    vec_push(r->plan->arena, &r->plan->findings, f);
}

static void classify(reader *r, statement_class class, str reason) {
    planned_statement *s = &r->plan->statements.at[r->number];
    s->class = class;
    s->reason = reason;
}

static void not_understood(reader *r, statement_class class, str collection, const kf_error *why) {
    classify(r, class, str_copy(r->plan->arena, str_of(why->message)));
    add_finding(r, FINDING_ERROR, collection, why);
    if (!r->options->keep_going) r->plan->stopped = true;
}

static void truncated(reader *r) {
    kf_error why;
    str sql = r->raw->sql;
    fail_at(&why, KF_E_TRUNCATED, sql, sql.n, "the last statement is cut off: the file ends before it does");
    not_understood(r, CLASS_MALFORMED, STR(""), &why);
}

struct look {
    reader *reader;
    dialect_text text;
};

static int look(void *call, kf_error *err) {
    struct look *l = call;
    return dialect_class_of(&l->text, l->reader->raw->sql, l->reader->scratch->arena, err);
}

/* Is it DML or the like, which needs no parser? An error is left for parse_statement to find again. */
static int is_skipped(reader *r, bool *out, kf_error *err) {
    if (scratch_renew(r->scratch) != 0) return fail_memory(err);
    struct look l = {.reader = r};
    int rc = guard(r->scratch->arena, look, &l, err);
    if (rc == -KF_E_MEMORY) return rc;
    *out = rc == 0 && l.text.class == DIALECT_SKIPPED;
    if (*out) classify(r, CLASS_SKIPPED, str_copy(r->plan->arena, l.text.reason));
    if (*out && l.text.dml && !r->elsewhere.n) plan_count_dml(r->plan, l.text.table, l.text.operation, 1);
    return 0;
}

static int apply(reader *r, const statement *st, kf_error *err) {
    kf_error why = {0};
    bool dml = st->kind == STATEMENT_DML; /* no part of a history: rows tell for themselves */
    if (r->collected) {
        if (!dml) vec_push(r->plan->arena, r->collected, (past_statement){.statement = st, .outcome = r->raw->outcome});
        return 0;
    }
    size_t n = r->desired->applied.n;
    bool past = n < r->place;
    r->desired->placed = r->placed;
    r->desired->live = r->live;
    r->desired->all_past = r->past;
    r->desired->place = r->place;
    r->desired->is_past = past;
    r->desired->past = past && !dml && !r->past[n].withheld ? &r->past[n] : NULL;
    if (!dml) vec_push(r->plan->arena, &r->desired->applied, (struct applied_statement){st, r->number});
    int rc = schema_apply(r->desired, st, r->number, r->raw->sql, r->raw->outcome, past ? r->before : r->live, &why);
    if (past && r->desired->applied.n == r->place) schema_arrive(r->desired, r->live);
    if (rc == 0) return 0;
    if (rc == -KF_E_MEMORY || rc == -KF_E_INTERNAL) return fail(err, (kf_code)-rc, "%s", why.message);
    bool decision = rc == -KF_E_TABLE_UNKNOWN || rc == -KF_E_AMBIGUOUS || rc == -KF_E_EXISTS;
    if (!decision) {
        not_understood(r, rc == -KF_E_UNSUPPORTED ? CLASS_UNSUPPORTED : CLASS_MALFORMED, st->table, &why);
        return 0;
    }
    classify(r, CLASS_WITHHELD, str_copy(r->plan->arena, str_of(why.message)));
    add_finding(r, FINDING_WITHHELD, st->table, &why);
    if (rc == -KF_E_TABLE_UNKNOWN || r->desired->now) r->plan->stopped = true;
    return 0;
}

/* The statement as a whole, or the clause that is not supported. */
static void unsupported(kf_error *why, const statement *st, str sql) {
    if (st->offset) fail_at(why, KF_E_UNSUPPORTED, sql, st->offset, "%.*s", STR_ARG(st->reason));
    else fail(why, KF_E_UNSUPPORTED, "%.*s", STR_ARG(st->reason));
}

/* Between CREATE DATABASE "x" and DROP DATABASE "x" statements belong to x: Django's test runs. */
static bool is_elsewhere(reader *r, const statement *st) {
    bool creates = st->kind == STATEMENT_CREATE_DATABASE, drops = st->kind == STATEMENT_DROP_DATABASE;
    bool inside = r->elsewhere.n > 0;
    if (creates && !str_eq(st->targets.at[0].name, r->plan->options.database)) r->elsewhere = st->targets.at[0].name;
    if (drops && str_eq(st->targets.at[0].name, r->elsewhere)) r->elsewhere = STR_NONE;
    if (!inside || creates || drops) return false;
    classify(r, CLASS_SKIPPED, str_format(r->plan->arena, "of the database \"%.*s\"", STR_ARG(r->elsewhere)));
    return true;
}

/* One text may hold several statements, as RunSQL users write them: all of it is understood, or none of it is applied. */
static const statement *find_unsupported(const reader *r, const statement_list *all) {
    for (size_t i = 0; i < all->n; i++)
        if (all->at[i].kind == STATEMENT_UNSUPPORTED && !statement_is_unwanted(&all->at[i], r->options)) return &all->at[i];
    return NULL;
}

static bool is_left_out(reader *r, const statement *st) {
    const char *only = r->options->only;
    if (statement_is_unwanted(st, r->options)) {
        classify(r, CLASS_SKIPPED, STR("a row of " MIGRATIONS_TABLE " (--no-migrations-table)"));
        plan_count_dml(r->plan, st->table, st->dml->op, 1);
        return true;
    }
    if (!only || !st->table.n || fnmatch(only, str_c(r->plan->arena, st->table), 0) == 0) return false;
    classify(r, CLASS_SKIPPED, str_format(r->plan->arena, "of the table \"%.*s\" (--only)", STR_ARG(st->table)));
    return true;
}

static int apply_all(reader *r, statement_list *all, kf_error *err) {
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < all->n; i++) {
        statement *st = &all->at[i];
        if (is_elsewhere(r, st) || is_left_out(r, st)) continue;
        statement_pass_over(st);
        if (st->kind != STATEMENT_SKIPPED) rc = apply(r, st, err);
        else classify(r, CLASS_SKIPPED, st->reason);
    }
    return rc;
}

enum { MAX_KEPT = 4096 };

typedef struct kept {
    str params;
    statement_list statements;
} kept;

/* Applying does not change a statement, so it can be applied again. djongo prints parameters with every statement: () mostly.
 */
static statement_list *find_parsed(const reader *r) {
    kept *k = r->raw->values ? NULL : map_get(&r->parsed, r->raw->sql);
    return k && str_eq(k->params, r->raw->params) ? &k->statements : NULL;
}

static void keep_parsed(reader *r, const statement_list *all) {
    if (r->raw->values) return;
    if (r->parsed.n == MAX_KEPT) r->parsed = (map){.arena = r->plan->arena};
    kept *k = arena_make(r->plan->arena, kept);
    *k = (kept){r->raw->params, *all};
    map_put(&r->parsed, r->raw->sql, k);
}

static int parse_and_apply(reader *r, kf_error *err) {
    statement_list all = {0};
    parse_options options = {.limits = &r->limits, .params = r->raw->params, .values = r->raw->values};
    kf_error why = {0};
    int rc = parse_statements(&all, r->raw->sql, &options, r->plan->arena, &why);
    if (rc == -KF_E_MEMORY || rc == -KF_E_INTERNAL) return fail(err, (kf_code)-rc, "%s", why.message);
    const statement *bad = rc == 0 ? find_unsupported(r, &all) : NULL;
    if (bad) unsupported(&why, bad, r->raw->sql);
    if (rc != 0 || bad) {
        bool known = bad || rc == -KF_E_UNSUPPORTED;
        not_understood(r, known ? CLASS_UNSUPPORTED : CLASS_MALFORMED, bad ? bad->table : STR(""), &why);
        return 0;
    }
    keep_parsed(r, &all);
    return apply_all(r, &all, err);
}

static int read_one(reader *r, kf_error *err) {
    str alias = str_of(r->options->alias);
    if (alias.n && r->raw->alias.n && !str_eq(alias, r->raw->alias)) {
        classify(r, CLASS_SKIPPED, str_format(r->plan->arena, "of database alias %.*s", STR_ARG(r->raw->alias)));
        return 0;
    }
    if (r->raw->printed) {
        classify(r, CLASS_SKIPPED, STR("printed by the schema logger and executed by nobody"));
        return 0;
    }
    if (r->raw->truncated) {
        truncated(r);
        return 0;
    }
    if (r->options->skip_failed && r->raw->outcome == OUTCOME_REFUSED) {
        classify(r, CLASS_SKIPPED, STR("djongo was refused it (--skip-failed)"));
        return 0;
    }
    statement_list *parsed = find_parsed(r);
    if (parsed) return apply_all(r, parsed, err);
    bool skipped = false;
    int rc = is_skipped(r, &skipped, err);
    return rc != 0 || skipped ? rc : parse_and_apply(r, err);
}

/* Statements of two databases in one schema would be neither's. */
static void check_aliases(reader *r, const raw_statement_list *statements) {
    str first = STR_NONE;
    if (r->options->alias) return;
    for (size_t i = 0; i < statements->n; i++) {
        const raw_statement *s = &statements->at[i];
        if (s->alias.n == 0 || str_eq(s->alias, first)) continue;
        if (first.n == 0) {
            first = s->alias;
            continue;
        }
        kf_error why;
        fail(&why, KF_E_SEVERAL_ALIASES, "the log holds statements of the database aliases %.*s and %.*s", STR_ARG(first),
             STR_ARG(s->alias));
        r->number = i;
        add_finding(r, FINDING_WITHHELD, STR(""), &why);
        r->plan->stopped = true;
        return;
    }
}

/* Statements about tables that neither the log makes nor the database has. */
static void find_missing(reader *r, const raw_statement_list *statements) {
    schema_settle(r->desired);
    for (size_t i = 0; i < r->desired->missing.n; i++) {
        const missing_table *m = &r->desired->missing.at[i];
        kf_error why;
        r->number = m->statement;
        schema_missing_error(m, statements->at[m->statement].sql, &why);
        classify(r, CLASS_WITHHELD, str_copy(r->plan->arena, str_of(why.message)));
        add_finding(r, FINDING_WITHHELD, m->called, &why);
        r->plan->stopped = true;
    }
}

static int read_all(reader *r, const raw_statement_list *statements, kf_error *err) {
    size_t findings = r->plan->findings.n;
    bool stopped = r->plan->stopped;
    for (r->number = 0; r->number < statements->n; r->number++) {
        r->raw = &statements->at[r->number];
        int rc = read_one(r, err);
        if (rc != 0) return rc;
        if (!r->desired->begin_again) continue;
        schema_begin_again(r->desired);
        r->plan->findings.n = findings;
        r->plan->stopped = stopped;
        r->elsewhere = STR_NONE;
        for (size_t i = 0; i < statements->n; i++) r->plan->statements.at[i].class = CLASS_SATISFIED;
        r->number = SIZE_MAX;
    }
    return 0;
}

/* keyfold has written to it, and has neither renamed nor dropped anything: that would have left a history. */
static bool is_untouched(const schema *live) {
    bool written = false;
    for (size_t i = 0; i < live->tables.n; i++) {
        const table *t = live->tables.at[i];
        written |= t->has_names;
        if (t->was.n) return false;
        for (size_t k = 0; k < t->columns.n; k++)
            if (t->columns.at[k]->was.n) return false;
    }
    return written;
}

static size_t first_that_needs(const past_list *all) {
    size_t i = 0;
    while (i < all->n && !history_needs(all->at[i].statement)) i++;
    return i;
}

/* Where the log is in the database's history: what of it was applied before, and to what. */
static int find_place(reader *r, const raw_statement_list *statements, kf_error *err) {
    const history *h = &r->live->history;
    arena *a = r->plan->arena;
    past_list all = {0};
    if (h->statements.n == 0 && !is_untouched(r->live)) return 0;
    plan *aside = arena_make(a, plan);
    *aside = *r->plan;
    memset(&aside->statements, 0, sizeof aside->statements);
    memset(&aside->findings, 0, sizeof aside->findings);
    memset(&aside->skipped_dml, 0, sizeof aside->skipped_dml);
    aside->skipped_by_table = (map){.arena = a};
    for (size_t i = 0; i < r->plan->statements.n; i++) vec_push(a, &aside->statements, r->plan->statements.at[i]);
    reader lister = *r;
    lister.plan = aside;
    lister.collected = &all;
    lister.parsed = (map){.arena = a};
    int rc = read_all(&lister, statements, err);
    if (rc != 0) return rc;
    str *hashes = arena_alloc(a, all.n + 1, sizeof *hashes);
    for (size_t i = 0; i < all.n; i++) hashes[i] = history_hash(all.at[i].statement, a);
    r->past = all.at;
    r->place = h->statements.n ? history_place(h, hashes, all.n) : first_that_needs(&all);
    r->placed = r->place > 0 || all.n == 0 || !history_has(h, hashes[0]);
    for (size_t i = 0; i < r->place; i++) r->past[i].withheld = h->statements.n == 0 || history_is_withheld(h, r->place - i);
    if (r->place) r->before = schema_before(r->live, r->past, r->place, a);
    return 0;
}

int plan_read_statements(plan *p, schema *desired, const raw_statement_list *statements, const schema *live,
                         const kf_plan_options *options, kf_error *err) {
    reader r = {.plan = p,
                .desired = desired,
                .live = live,
                .options = options,
                .limits = plan_limits_of(options),
                .parsed = {.arena = p->arena},
                .scratch = arena_make(p->arena, scratch)};
    arena_defer(p->arena, scratch_free, r.scratch);
    vec_reserve(p->arena, &p->statements, p->statements.n + statements->n);
    for (size_t i = 0; i < statements->n; i++) {
        const raw_statement *raw = &statements->at[i];
        planned_statement s = {.source = raw->source, .sql = raw->sql, .class = CLASS_SATISFIED};
        vec_push(p->arena, &p->statements, s);
    }
    check_aliases(&r, statements);
    int rc = find_place(&r, statements, err);
    if (rc == 0) rc = read_all(&r, statements, err);
    if (rc != 0) return rc;
    p->place = r.place;
    scratch_free(r.scratch);
    r.scratch->arena = NULL;
    find_missing(&r, statements);
    return 0;
}

/* ---- carried out now ---- */

static int read_unit(reader *r, schema *live, const statement *st, kf_error *err) {
    if (!st) return parse_and_apply(r, err); /* for its error */
    if (st->kind == STATEMENT_UNSUPPORTED) {
        kf_error why = {0};
        unsupported(&why, st, r->raw->sql);
        not_understood(r, CLASS_UNSUPPORTED, st->table, &why);
        return 0;
    }
    if (st->kind == STATEMENT_SKIPPED) {
        classify(r, CLASS_SKIPPED, st->reason);
        return 0;
    }
    schema_assume_columns(live, st);
    return apply(r, st, err);
}

int units_read(plan *p, schema *desired, const raw_statement_list *statements, const unit_list *units, size_t first, size_t end,
               schema *live, const kf_plan_options *options, kf_error *err) {
    kf_plan_options none = KF_PLAN_OPTIONS;
    reader r = {.plan = p,
                .desired = desired,
                .live = live,
                .options = &none,
                .limits = plan_limits_of(options),
                .parsed = {.arena = p->arena}};
    desired->now = true;
    for (size_t i = first; i < end; i++) {
        const unit *u = &units->at[i];
        r.raw = &statements->at[u->number];
        if (i == first || units->at[i - 1].number != u->number) {
            planned_statement s = {.source = r.raw->source, .sql = r.raw->sql, .class = CLASS_SATISFIED};
            r.number = p->statements.n;
            vec_push(p->arena, &p->statements, s);
        }
        if (u->left_alone || (p->stopped && u->statement && u->statement->kind != STATEMENT_UNSUPPORTED)) {
            classify(&r, CLASS_WITHHELD, STR("a statement before it could not be carried out"));
            continue;
        }
        int rc = read_unit(&r, live, u->statement, err);
        if (rc != 0) return rc;
    }
    return 0;
}
