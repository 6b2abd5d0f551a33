/* Rows of django_migrations: the last thing that is done, for without its row Django tries a migration again. */
#include "plan/work.h"

/* The first statements that something of is withheld; SIZE_MAX: none is. */
typedef struct barrier {
    size_t any, drop;
} barrier;

static void lower(size_t *first, size_t statement) {
    if (statement < *first) *first = statement;
}

static bool is_drop(effect_kind kind) {
    return kind == EFFECT_DROP_NAME || kind == EFFECT_DROP_COLUMN || kind == EFFECT_DROP_TABLE;
}

static barrier find_barrier(const plan *p, const schema *desired) {
    barrier b = {SIZE_MAX, SIZE_MAX};
    for (size_t i = 0; i < p->statements.n; i++) /* before it came to a plan */
        if (p->statements.at[i].class == CLASS_WITHHELD) lower(&b.any, i), lower(&b.drop, i);
    for (size_t i = 0; i < desired->effects.n; i++) {
        const effect *e = &desired->effects.at[i];
        if (e->superseded || e->verdict != VERDICT_WITHHELD) continue;
        lower(&b.any, e->statement);
        if (is_drop(e->kind)) lower(&b.drop, e->statement);
    }
    /* What goes because a table is made anew is no effect of its own. */
    for (size_t i = 0; i < p->findings.n; i++) {
        const finding *f = &p->findings.at[i];
        if (f->code == KF_E_DROP_NOT_ALLOWED && f->has_statement) lower(&b.drop, f->statement);
    }
    return b;
}

static size_t statement_of(const schema *desired, const migration *m, size_t i) {
    return desired->effects.at[m->effects.at[i] - 1].statement;
}

static void judge(schema *desired, const migration *m, verdict first, verdict others) {
    for (size_t i = 0; i < m->effects.n; i++) desired->effects.at[m->effects.at[i] - 1].verdict = i ? others : first;
}

static str label(plan *p, const migration *m) { return str_format(p->arena, "%.*s.%.*s", STR_ARG(m->app), STR_ARG(m->name)); }

static str place_of(const plan *p, size_t statement) {
    if (statement >= p->statements.n) return STR("a statement");
    const source *s = &p->statements.at[statement].source;
    return str_format(p->arena, "%.*s:%zu", STR_ARG(s->file), s->line);
}

static void withhold(plan *p, const migration *m, bool removed, size_t statement, size_t because, const char *what) {
    finding f = {.kind = FINDING_WITHHELD,
                 .code = KF_E_MIGRATION_WITHHELD,
                 .collection = STR(MIGRATIONS_TABLE),
                 .has_statement = statement != SIZE_MAX,
                 .statement = statement};
    f.name = label(p, m);
    f.message = str_format(p->arena, "the migration \"%.*s\" %s: %.*s before it %s", STR_ARG(f.name),
                           removed ? "stays recorded" : "is not recorded", STR_ARG(place_of(p, because)), what);
    vec_push(p->arena, &p->findings, f);
}

/* next: what a removed one becomes; it waits for that. */
static void add_operation(plan *p, const schema *desired, const migration *m, const migration *next) {
    operation op = {.kind = m->removed ? OPERATION_REMOVE_MIGRATION : OPERATION_WRITE_MIGRATION,
                    .collection = STR(MIGRATIONS_TABLE),
                    .migration = m,
                    .reason = m->removed ? STR("the log takes it back") : STR("the log records it")};
    for (size_t i = 0; i < m->effects.n; i++) vec_push(p->arena, &op.causes, statement_of(desired, m, i));
    if (next && statement_of(desired, next, 0) != op.causes.at[0])
        vec_push(p->arena, &op.causes, statement_of(desired, next, 0));
    vec_push(p->arena, &p->operations, op);
}

/* An UPDATE gives a live row another key, and then the log inserts one under the old: is the live one the former, or the
 * latter, from an earlier run, which found nothing to update? */
static bool is_unclear(const schema *desired, const migration *m) {
    const migration *before = m->origin ? schema_migration(desired, m->origin->app, m->origin->name) : NULL;
    return before && before->inserted;
}

static void ask(plan *p, schema *desired, const migration *m, str message) {
    finding f = {.kind = FINDING_WITHHELD,
                 .code = KF_E_RENAME_UNCLEAR,
                 .collection = STR(MIGRATIONS_TABLE),
                 .name = label(p, m),
                 .message = message,
                 .has_statement = true,
                 .statement = statement_of(desired, m, 0)};
    vec_push(p->arena, &p->findings, f);
    judge(desired, m, VERDICT_WITHHELD, VERDICT_WITHHELD);
}

static str which_one(plan *p, const migration *m) {
    return str_format(
        p->arena,
        "whether the migration \"%.*s\" that is there is the one that becomes \"%.*s\", or the one recorded after "
        "it, cannot be told",
        STR_ARG(label(p, m->origin)), STR_ARG(label(p, m)));
}

static void plan_write(plan *p, schema *desired, const schema *live, const migration *m, barrier *b) {
    size_t statement = statement_of(desired, m, 0);
    bool unclear = is_unclear(desired, m), done = unclear && p->options.renames == RENAMES_DONE;
    if (done || schema_migration(live, m->app, m->name)) {
        judge(desired, m, VERDICT_SATISFIED, VERDICT_SATISFIED);
    } else if (unclear && p->options.renames == RENAMES_ASK) {
        ask(p, desired, m, which_one(p, m));
        lower(&b->any, statement);
    } else if (b->any <= statement) {
        judge(desired, m, VERDICT_WITHHELD, VERDICT_WITHHELD);
        withhold(p, m, false, statement, b->any, "is withheld");
    } else {
        judge(desired, m, VERDICT_APPLIED, VERDICT_FOLDED);
        add_operation(p, desired, m, NULL);
    }
}

/* What an UPDATE makes of a live row; NULL: nothing. Until that is written the live one is the only trace of it. */
static const migration *find_successor(const schema *desired, const migration *live) {
    for (size_t i = 0; i < desired->migrations.n; i++) {
        const migration *m = desired->migrations.at[i];
        if (!m->removed && m->origin == live) return m;
    }
    return NULL;
}

static bool is_withheld(const schema *desired, const migration *m) {
    return m && desired->effects.at[m->effects.at[0] - 1].verdict == VERDICT_WITHHELD;
}

static void plan_removal(plan *p, schema *desired, const schema *live, const migration *m, const barrier *b) {
    size_t statement = statement_of(desired, m, 0);
    bool undoes = desired->effects.at[m->effects.at[0] - 1].undoes;
    const migration *there = schema_migration(live, m->app, m->name), *next = there ? find_successor(desired, there) : NULL;
    bool done = m->reached && p->options.renames == RENAMES_DONE;
    if (!there || done) {
        judge(desired, m, undoes ? VERDICT_CANCELLED : VERDICT_SATISFIED, VERDICT_SATISFIED);
    } else if (m->reached && p->options.renames == RENAMES_ASK) {
        ask(p, desired, m,
            str_format(p->arena,
                       "whether the migration \"%.*s\" that is there came from an UPDATE after its DELETE cannot be told",
                       STR_ARG(label(p, m))));
    } else if (b->drop <= statement || is_withheld(desired, next)) {
        judge(desired, m, VERDICT_WITHHELD, VERDICT_WITHHELD);
        withhold(p, m, true, statement, b->drop <= statement ? b->drop : b->any, "is withheld");
    } else {
        judge(desired, m, VERDICT_APPLIED, VERDICT_APPLIED);
        add_operation(p, desired, m, next);
    }
}

/* The whole collection goes, with what is in it. */
static void plan_nothing(schema *desired) {
    for (size_t i = 0; i < desired->migrations.n; i++)
        judge(desired, desired->migrations.at[i], VERDICT_CANCELLED, VERDICT_CANCELLED);
}

void migrations_plan(plan *p, schema *desired, const schema *live) {
    if (!schema_table(desired, STR(MIGRATIONS_TABLE))) {
        plan_nothing(desired);
        return;
    }
    barrier b = find_barrier(p, desired);
    for (size_t i = 0; i < desired->migrations.n; i++)
        if (!desired->migrations.at[i]->removed) plan_write(p, desired, live, desired->migrations.at[i], &b);
    for (size_t i = 0; i < desired->migrations.n; i++)
        if (desired->migrations.at[i]->removed) plan_removal(p, desired, live, desired->migrations.at[i], &b);
}

void migrations_withhold(plan *p, const operation *op, size_t because) {
    size_t statement = op->causes.n ? op->causes.at[0] : SIZE_MAX;
    withhold(p, op->migration, op->kind == OPERATION_REMOVE_MIGRATION, statement, because, "was not done");
}
