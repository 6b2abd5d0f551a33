/* Statements that are carried out now, where converging a log would pass over them or make the best of them: FLUSH, DROP
 * DATABASE, the fill of nulls; and the errors of SQL for what is there in another shape, or is not there at all. What is there
 * in the same shape is no error: a migration that was cut off is run again from its beginning. */
#include "schema/step.h"

/* ---- commands ---- */

static void add_command(step *w, statement_kind kind, str target, bool restart) {
    size_t effect = step_effect(w, EFFECT_COMMAND, target);
    vec_push(w->s->arena, &w->s->commands, (command){kind, target, restart, effect, w->number});
}

int step_flush(step *w, const statement *st) {
    for (size_t i = 0; i < st->targets.n; i++) {
        step_find_table(w, st->targets.at[i].name);
        if (!w->table) return step_table_unknown(w, st->targets.at[i].name, st->targets.at[i].offset);
        add_command(w, STATEMENT_FLUSH, w->table->name, st->restart);
    }
    return 0;
}

/* MongoDB makes a database with its first collection. */
int step_database(step *w, const statement *st) {
    if (st->kind == STATEMENT_CREATE_DATABASE) step_effect(w, EFFECT_NOTHING, st->targets.at[0].name);
    else add_command(w, st->kind, st->targets.at[0].name, false);
    return 0;
}

/* UPDATE t SET c = v WHERE c IS NULL: what djongo makes of it overwrites every row. */
void step_fill_nulls(step *w, const statement *st) {
    const dml *d = st->dml;
    step_find_table(w, st->table);
    if (!w->table) {
        w->rc = step_table_unknown(w, st->table, st->offset);
        return;
    }
    column *c = table_column(w->table, d->columns.at[0]);
    if (!c) {
        step_check_column(w, d->columns.at[0], st->offset);
        c = arena_make(w->s->arena, column); /* djongo's catalog may not know it */
        c->name = d->columns.at[0];
        vec_push(w->s->arena, &w->table->columns, c);
    }
    const expression *e = d->rows.at[0].at[0];
    bool told = e->kind != EXPRESSION_PARAMETER || e->value;
    if (!expression_value(&c->null_fill, e, c->type, w->s->arena)) {
        step_refuse(w, told ? KF_E_UNSUPPORTED : KF_E_PARAMETERS, e->offset,
                    str_format(w->s->arena, "the value for \"%.*s\" is %s", STR_ARG(c->name),
                               told ? "no constant of its type" : "not told: no parameters are given"));
        return;
    }
    c->has_null_fill = true;
    c->null_fill_effect = step_effect(w, EFFECT_FILL, c->name);
}

/* ---- foreign keys of other tables ---- */

static name *find_reference(const table *t, str called) {
    for (size_t i = 0; i < t->names.n; i++)
        if (t->names.at[i]->kind == NAME_FOREIGN_KEY && str_eq(t->names.at[i]->ref_table, called)) return t->names.at[i];
    return NULL;
}

bool step_is_gone(const step *w, str live) {
    for (size_t i = 0; i < w->s->dropped_tables.n; i++)
        if (str_eq(w->s->dropped_tables.at[i].name, live)) return true;
    for (size_t i = 0; i < w->s->tables.n; i++) {
        const table *t = w->s->tables.at[i];
        for (size_t k = 0; t->renamed && k < t->was.n; k++)
            if (str_eq(t->was.at[k], live)) return true;
    }
    return false;
}

void step_open_referring(step *w, str called) {
    table *at_hand = w->table;
    for (size_t i = 0; w->s->now && i < w->live->tables.n; i++) {
        const table *t = w->live->tables.at[i];
        if (!schema_table(w->s, t->name) && !step_is_gone(w, t->name) && find_reference(t, called)) step_find_table(w, t->name);
    }
    w->table = at_hand;
}

void step_drop_referring(step *w, str called, size_t effect) {
    table *at_hand = w->table;
    step_open_referring(w, called);
    for (size_t i = 0; i < w->s->tables.n; i++) {
        w->table = w->s->tables.at[i];
        for (size_t k = w->table->names.n; k-- > 0;) {
            name *n = w->table->names.at[k];
            bool refers = n->kind == NAME_FOREIGN_KEY && str_eq(n->ref_table, called);
            if (refers && (w->s->now || n->effect)) step_drop_name(w, n, effect, false); /* a log takes back what it added */
        }
    }
    w->table = at_hand;
}

/* ---- what is there already ---- */

/* The column, or what it was renamed to since. */
static const column *find_column(const table *t, str called) {
    const column *c = table_column(t, called);
    for (size_t i = 0; !c && i < t->columns.n; i++)
        if (column_was_called(t->columns.at[i], called)) c = t->columns.at[i];
    return c;
}

static bool is_created(const statement *st, const column *c) {
    for (size_t i = 0; i < st->actions.n; i++) {
        const action *a = &st->actions.at[i];
        if (a->kind == ACTION_ADD_COLUMN && (str_eq(a->column->name, c->name) || column_was_called(c, a->column->name)))
            return true;
    }
    return false;
}

bool step_is_renamed(const step *w, str called) {
    for (size_t i = 0; i < w->s->tables.n; i++) {
        const table *t = w->s->tables.at[i];
        if (t->renamed && t->was.n && str_eq(t->was.at[t->was.n - 1], called)) return true;
    }
    return false;
}

/* A migration that is run again may have added, dropped, renamed columns since: one side holds the other. A type that it
 * changed since is a column's own business: ALTER TYPE follows. */
bool step_may_create(step *w, const statement *st, const table *there) {
    if (st->if_exists) return false;
    if (!there->has_document) return true;
    str missing = STR_NONE, more = STR_NONE;
    for (size_t i = 0; i < st->actions.n; i++) {
        const action *a = &st->actions.at[i];
        bool counts = a->kind == ACTION_ADD_COLUMN && !str_eq(a->column->name, STR("_id"));
        if (counts && !find_column(there, a->column->name)) missing = a->column->name;
    }
    for (size_t i = 0; i < there->columns.n; i++)
        if (!is_created(st, there->columns.at[i])) more = there->columns.at[i]->name;
    if (!missing.n || !more.n) return true;
    step_refuse(
        w, KF_E_EXISTS, st->offset,
        str_format(w->s->arena,
                   "there is a table \"%.*s\" already, and it is another one: it has no column \"%.*s\", and has \"%.*s\"",
                   STR_ARG(st->table), STR_ARG(missing), STR_ARG(more)));
    return false;
}

bool step_is_added(step *w, const action *a, const column *there) {
    if (!w->s->now || w->creating || there->effect) return false;
    if (!there->type.n || str_eq(there->type, a->column->type)) return true;
    step_refuse(w, KF_E_EXISTS, a->offset,
                str_format(w->s->arena, "there is a column \"%.*s\" already, of type %.*s", STR_ARG(there->name),
                           STR_ARG(there->type)));
    return true;
}

void step_check_new_name(step *w, const action *a, bool same, const name *there) {
    if (!w->s->now || w->creating || same || there->derived) return;
    if (there->kind == NAME_PRIMARY) return; /* it moves: djongo's SQL has no statement that takes it away before */
    text shown = {.arena = w->s->arena};
    name_dump(&shown, there);
    step_refuse(
        w, KF_E_EXISTS, a->offset,
        str_format(w->s->arena, "there is one of that name already, and it is another one: %.*s", STR_ARG(text_str(&shown))));
}

void step_check_column(step *w, str column, size_t offset) {
    const table *recorded = w->s->now ? step_recorded(w) : NULL;
    if (!w->s->now || (w->table->open && !recorded)) return;
    if (recorded && find_column(recorded, column)) return;
    step_refuse(w, KF_E_UNKNOWN_COLUMN, offset,
                str_format(w->s->arena, "the table \"%.*s\" has no column \"%.*s\"", STR_ARG(w->table->name), STR_ARG(column)));
}

/* ---- what djongo's catalog misses ---- */

static const str *column_of(const action *a) {
    switch (a->kind) {
    case ACTION_RENAME_COLUMN:
    case ACTION_DROP_COLUMN:
    case ACTION_SET_TYPE: return &a->target;
    default: return NULL;
    }
}

void schema_assume_columns(schema *live, const statement *st) {
    table *t = schema_table(live, st->table);
    if (!t || t->has_names || st->kind != STATEMENT_ALTER_TABLE) return;
    for (size_t i = 0; i < st->actions.n; i++) {
        const action *a = &st->actions.at[i];
        const str *called = column_of(a);
        if (!called || table_column(t, *called) || (a->new_name.n && table_column(t, a->new_name))) continue;
        column *c = arena_make(live->arena, column);
        c->name = str_copy(live->arena, *called);
        vec_push(live->arena, &t->columns, c);
    }
}
