/* Open tables: those that statements speak of and do not make. */
#include "schema/step.h"

static void add_column(schema *s, table *t, const column *live) {
    if (table_column(t, live->name)) return;
    column *c = arena_make(s->arena, column);
    *c = *live;
    c->was_live = c->was.n;
    c->was_there = true;
    c->effect = c->nulls_effect = c->default_effect = c->type_effect = c->identity_effect = 0;
    vec_push(s->arena, &t->columns, c);
}

static void add_name(schema *s, table *t, const name *live) {
    if (table_name(t, live->name)) return;
    name *n = arena_make(s->arena, name);
    *n = *live;
    n->effect = 0;
    memset(&n->causes, 0, sizeof n->causes);
    vec_push(s->arena, &t->names, n);
}

/* Its base is what is live, with nothing in it asked for by this run. */
static void add_base(schema *s, table *t, const table *live) {
    t->base = live;
    for (size_t i = 0; i < live->columns.n; i++) add_column(s, t, live->columns.at[i]);
    for (size_t i = 0; i < live->names.n; i++) add_name(s, t, live->names.at[i]);
}

static bool is_dropped_with(const table *t, str name) {
    for (size_t i = 0; i < t->dropped_names.n; i++)
        if (t->dropped_names.at[i].by_column && str_eq(t->dropped_names.at[i].name, name)) return true;
    return false;
}

bool step_put_back_name(step *w, str called) {
    table *t = w->table;
    const name *live = t->base && !w->s->placed ? table_name(t->base, called) : NULL;
    if (!live) return false;
    add_name(w->s, t, live);
    step_forget_dropped(t, called);
    return true;
}

void step_put_back(step *w, str from, str to) {
    table *t = w->table;
    const column *live = t->base && !w->s->placed && !table_column(t, to) ? table_column(t->base, to) : NULL;
    if (!live || live->was.n == 0 || !str_eq(live->was.at[live->was.n - 1], from)) return;
    add_column(w->s, t, live);
    for (size_t i = 0; i < t->base->names.n; i++) {
        const name *n = t->base->names.at[i];
        if (!step_name_uses(n, to) || !is_dropped_with(t, n->name)) continue;
        add_name(w->s, t, n);
        step_forget_dropped(t, n->name);
    }
}

/* Under the name that the live one had after `was` renames. */
static table *open_table(schema *s, const table *live, str called, size_t was) {
    table *t = schema_add_table(s, called);
    t->open = t->was_there = true;
    for (size_t i = 0; i < was; i++) vec_push(s->arena, &t->was, live->was.at[i]);
    t->was_live = was;
    add_base(s, t, live);
    return t;
}

void step_find_missing(step *w, const table *live) {
    bool has_base = false;
    if (!w->table->missing || !step_is_live(live)) return;
    for (size_t i = 0; i < w->s->missing.n; i++) has_base |= w->s->missing.at[i].table == w->table && w->s->missing.at[i].now.n;
    w->table->missing = false;
    if (!has_base) add_base(w->s, w->table, live);
}

table *step_open(step *w, const table *live, str called) {
    return step_is_live(live) ? open_table(w->s, live, called, live->was.n) : NULL;
}

bool step_is_live(const table *t) { return t && (t->exists || t->has_document); }

static bool open_former(step *w, str called) {
    for (size_t i = 0; i < w->s->formers.n; i++) {
        const former *a = &w->s->formers.at[i];
        if (w->number > a->until || !str_eq(a->called, called)) continue;
        for (size_t was = a->live->was.n; was-- > 0;)
            if (str_eq(a->live->was.at[was], called)) {
                w->table = open_table(w->s, a->live, called, was);
                return true;
            }
    }
    return false;
}

/* w->table is to be renamed: if that was done already, and what it was opened from is another table that was made since, all is
 * to be read anew. */
void step_find_former(step *w, str to) {
    const table *t = w->table, *live = schema_table(w->live, to);
    if (w->s->now || w->s->placed || !t->base || t->base == live || !step_is_live(live)) return;
    lineage made = {t->was.at, t->was.n, to};
    VEC(str) was = {0};
    for (size_t i = 0; i < t->was.n; i++) vec_push(w->s->arena, &was, t->was.at[i]);
    vec_push(w->s->arena, &was, t->name);
    made.was = was.at;
    made.n = was.n;
    if (!lineage_replays((lineage){live->was.at, live->was.n, live->name}, made, t->was_live)) return;
    str called = was.at[t->was_live];
    for (size_t i = 0; i < w->s->formers.n; i++)
        if (str_eq(w->s->formers.at[i].called, called)) return; /* no more than once */
    vec_push(w->s->arena, &w->s->formers, (former){called, live, t->renamed ? t->renamed_by : w->number});
    w->s->begin_again = true;
}

void step_find_table(step *w, str called) {
    w->table = schema_table(w->s, called);
    if (w->table) w->table->unnamed = false;
    if (!w->table && open_former(w, called)) return;
    const table *base = schema_table(w->live, called);
    if (!w->table && step_is_live(base)) w->table = open_table(w->s, base, called, base->was.n);
}

/* ---- what is not live ---- */

int step_table_unknown(step *w, str called, size_t offset) {
    return fail_at(w->err, KF_E_TABLE_UNKNOWN, w->sql, offset, "there is no table \"%.*s\"", STR_ARG(called));
}

/* The live table that was called so, and after how many renames. */
static const table *find_renamed(const step *w, str called, size_t *was) {
    for (size_t i = 0; i < w->live->tables.n; i++) {
        const table *t = w->live->tables.at[i];
        for (size_t k = t->was.n; k-- > 0;)
            if (step_is_live(t) && str_eq(t->was.at[k], called)) {
                *was = k;
                return t;
            }
    }
    return NULL;
}

table *step_open_renamed(step *w, str called) {
    size_t was = 0;
    const table *live = w->s->placed ? NULL : find_renamed(w, called, &was);
    return live ? open_table(w->s, live, called, was) : NULL;
}

/* A statement that names no table (DROP INDEX) has opened it as it is called now: it gets its former name back. */
static table *call_again(step *w, const table *live, str called, size_t was) {
    table *t = schema_table(w->s, live->name);
    if (!t || !t->unnamed || t->base != live) return NULL;
    map_put(&w->s->by_name, t->name, NULL);
    t->name = called;
    t->was.n = t->was_live = was;
    t->missing = true;
    map_put(&w->s->by_name, t->name, t);
    return t;
}

int step_need_table(step *w, str called, size_t offset) {
    size_t was = 0;
    step_find_table(w, called);
    if (w->table && !w->table->missing) return 0;
    if (w->s->now) return step_table_unknown(w, called, offset);
    const table *renamed = find_renamed(w, called, &was);
    bool again = renamed && !w->s->placed; /* a placed log speaks of what is called so at its place */
    if (!w->table && again) w->table = call_again(w, renamed, called, was);
    if (!w->table) {
        w->table = again ? open_table(w->s, renamed, called, was) : schema_add_table(w->s, called);
        w->table->open = w->table->missing = true;
    }
    vec_push(w->s->arena, &w->s->missing,
             (missing_table){w->table, called, renamed ? renamed->name : STR_NONE, w->number, offset});
    return 0;
}

void schema_settle(schema *desired) {
    for (size_t i = 0; i < desired->missing.n;) {
        const table *t = desired->missing.at[i].table;
        if (!t->missing) {
            vec_remove(&desired->missing, i);
            continue;
        }
        if (schema_table(desired, t->name) == t) schema_remove_table(desired, desired->missing.at[i].table);
        for (size_t k = 0; k < t->effects.n; k++) desired->effects.at[t->effects.at[k] - 1].verdict = VERDICT_WITHHELD;
        i++;
    }
}

int schema_missing_error(const missing_table *m, str sql, kf_error *err) {
    if (m->now.n)
        return fail_at(err, KF_E_TABLE_UNKNOWN, sql, m->offset,
                       "the table \"%.*s\" is not created by the log, and is not in the database: \"%.*s\" was called so",
                       STR_ARG(m->called), STR_ARG(m->now));
    return fail_at(err, KF_E_TABLE_UNKNOWN, sql, m->offset,
                   "the table \"%.*s\" is not created by the log, and is not in the database", STR_ARG(m->called));
}
