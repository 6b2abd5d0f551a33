/* DROP TABLE and DROP INDEX, and finding a name whose table SQL does not tell. */
#include "schema/step.h"

/* ---- names without a table ---- */

static void match(table **found, size_t *n, table *t) {
    if (*found == t) return;
    *found = t;
    ++*n;
}

bool schema_knows_name(const step *w, str spelled) {
    for (size_t i = 0; i < w->s->tables.n; i++)
        if (table_name(w->s->tables.at[i], spelled)) return true;
    for (size_t i = 0; i < w->live->tables.n; i++)
        if (table_name(w->live->tables.at[i], spelled)) return true;
    return false;
}

/* SQL's index names are unique in a schema, djongo's are not ("sku_1"): the log's own tables come first. Statements that are
 * carried out now have no tables of their own. */
int schema_find_name(table **out, step *w, str spelled, size_t offset) {
    size_t n = 0;
    const table *live = NULL;
    *out = NULL;
    for (size_t i = 0; i < w->s->tables.n; i++)
        if (schema_table(w->s, w->s->tables.at[i]->name) == w->s->tables.at[i] &&
            table_resolve_name(w->s->tables.at[i], spelled))
            match(out, &n, w->s->tables.at[i]);
    bool own = n > 0 && !w->s->now;
    for (size_t i = 0; !own && i < w->live->tables.n; i++) {
        const table *t = w->live->tables.at[i];
        if (schema_table(w->s, t->name) || step_is_gone(w, t->name) || !table_resolve_name(t, spelled)) continue;
        live = t;
        n++;
    }
    if (live && n == 1) {
        step_find_table(w, live->name);
        w->table->unnamed = true;
        *out = w->table;
    }
    w->table = NULL;
    if (n < 2) return 0;
    return fail_at(w->err, KF_E_AMBIGUOUS, w->sql, offset, "several tables have a \"%.*s\": say ALTER TABLE .. DROP CONSTRAINT",
                   STR_ARG(spelled));
}

/* The table of an index that a run that was cut off has yet to drop: its name is gone, and the statement tells no table. */
static void find_dropping(step *w, str called) {
    for (size_t i = 0; i < w->live->tables.n; i++) {
        const table *t = w->live->tables.at[i];
        const index_spec *x = t->dropping.n ? table_index(t, called) : NULL;
        if (x && table_is_dropping(t, x, w->s->arena)) step_find_table(w, t->name);
    }
}

int step_drop_indexes(step *w, const statement *st) {
    for (size_t i = 0; i < st->targets.n; i++) {
        const named *target = &st->targets.at[i];
        table *t;
        int rc = schema_find_name(&t, w, target->name, target->offset);
        if (rc) return rc;
        w->table = t;
        if (t) {
            size_t effect = step_effect(w, EFFECT_DROP_NAME, target->name);
            step_drop_name(w, table_resolve_name(t, target->name), effect, false);
        } else {
            find_dropping(w, target->name);
            step_effect(w, EFFECT_NOTHING, target->name);
            if (!st->if_exists)
                step_notice(w, str_format(w->s->arena, "the index \"%.*s\" is known nowhere: there is nothing to drop",
                                          STR_ARG(target->name)));
        }
    }
    return 0;
}

/* ---- tables ---- */

/* A table of a placed log, as it is live: statements after this one, that were done, may have renamed what was not to be
 * dropped. */
static const table *find_now(const step *w, str called) {
    if (schema_table(w->s->live, called)) return schema_table(w->s->live, called);
    for (size_t i = w->s->applied.n; i < w->s->place; i++) {
        const past_statement *p = &w->s->all_past[i];
        bool renamed = !p->withheld && p->statement->kind == STATEMENT_RENAME_TABLE;
        if (renamed && str_eq(p->statement->table, called)) called = p->statement->new_name;
    }
    return schema_table(w->s->live, called);
}

static bool drop_live(step *w, str called, size_t effect) {
    if (w->s->past) return false; /* it was dropped then: what is there now is another */
    const table *live = w->s->placed ? find_now(w, called) : schema_table(w->live, called);
    if (!live) return false;
    called = live->name;
    vec_push(w->s->arena, &w->s->dropped_tables, (dropped){called, effect, w->number, false});
    return true;
}

/* What is live under any name that this run gave it, or found it under, goes: an earlier run may have stopped at each of the
 * renames. */
static bool drop_live_tables(step *w, const table *t, str called, size_t effect) {
    bool any = drop_live(w, called, effect);
    for (size_t i = t ? t->was_live : 0; t && i < t->was.n; i++)
        if (!str_eq(t->was.at[i], called)) any |= drop_live(w, t->was.at[i], effect);
    return any;
}

static bool was_called(const table *t, str called) {
    for (size_t i = 0; i < t->was.n; i++)
        if (str_eq(t->was.at[i], called)) return true;
    return str_eq(t->name, called);
}

static void bury_name(step *w, const buried *b, str called) {
    if (!table_name(w->table, called))
        vec_push(w->s->arena, &w->table->dropped_names, (dropped){called, b->effect, b->statement, false});
}

static void bury_column(step *w, const buried *b, str called) {
    vec_push(w->s->arena, &w->table->dropped_columns, (dropped){called, b->effect, b->statement, false});
}

/* Under all the names that they may be live under. */
static void bury_all(step *w, const buried *b) {
    const table *t = b->table;
    for (size_t i = 0; i < t->dropped_names.n; i++) bury_name(w, b, t->dropped_names.at[i].name);
    for (size_t i = 0; i < t->dropped_columns.n; i++) bury_column(w, b, t->dropped_columns.at[i].name);
    for (size_t i = 0; i < t->names.n; i++) {
        const name *n = t->names.at[i];
        if (!n->effect && n->made_by == MADE_BY_OTHER) continue;
        bury_name(w, b, n->name);
        for (size_t k = 0; k < n->was.n; k++) bury_name(w, b, n->was.at[k]);
    }
    for (size_t i = 0; i < t->columns.n; i++) {
        const column *c = t->columns.at[i];
        bury_column(w, b, c->name);
        for (size_t k = c->was_live; k < c->was.n; k++) bury_column(w, b, c->was.at[k]);
    }
}

void step_bury(step *w) {
    for (size_t i = 0; i < w->s->buried.n; i++) {
        const buried *b = &w->s->buried.at[i];
        if (b->table == w->table || b->past || !was_called(b->table, w->table->name)) continue;
        bury_all(w, b);
        w->table->reborn = true;
    }
}

/* Tables that were made under a name that this one had before may be live as this one. */
static void bury_in_heirs(step *w, const table *dead) {
    for (size_t i = 0; i < w->s->tables.n; i++) {
        w->table = w->s->tables.at[i];
        if (was_called(dead, w->table->name)) step_bury(w);
    }
    w->table = NULL;
}

/* A live table that was called so is what was made after this drop, if the log makes one again and renames it. */
static bool bury_renamed(step *w, str called, size_t effect) {
    table *t = step_open_renamed(w, called);
    if (!t) return false;
    schema_remove_table(w->s, t);
    vec_push(w->s->arena, &w->s->buried, (buried){t, effect, w->number});
    return true;
}

int step_drop_tables(step *w, const statement *st) {
    for (size_t i = 0; i < st->targets.n; i++) {
        str called = st->targets.at[i].name;
        table *t = schema_table(w->s, called);
        w->table = NULL;
        size_t effect = step_effect(w, EFFECT_DROP_TABLE, called);
        if (!t && !w->s->now) { /* as it is: what a table that is made after it does not have again */
            step_find_table(w, called);
            if (!w->table && w->s->placed && !w->s->past) { /* its drop was withheld: what was made after it is there */
                const table *live = find_now(w, called);
                if (live) w->table = step_open(w, live, called);
            }
            t = w->table;
            w->table = NULL;
        }
        if (t && t->missing && w->s->placed && !w->s->past) { /* the same */
            w->table = t;
            step_find_missing(w, find_now(w, called));
            w->table = NULL;
        }
        bool live = drop_live_tables(w, t, called, effect);
        bool renamed = !t && !w->s->now && bury_renamed(w, called, effect);
        if (t) {
            if (t->effect) step_effect_at(w, effect)->undoes = true;
            for (size_t j = 0; j < t->effects.n; j++) step_supersede(w, t->effects.at[j]);
            schema_remove_table(w->s, t);
            t->missing = false;
            vec_push(w->s->arena, &w->s->buried, (buried){t, effect, w->number, w->s->past != NULL});
            bury_in_heirs(w, t);
        } else if (!live && !renamed && !st->if_exists) {
            step_notice(
                w, str_format(w->s->arena, "the table \"%.*s\" is known nowhere: there is nothing to drop", STR_ARG(called)));
        }
        step_drop_referring(w, called, effect);
        step_forget_migrations(w, called);
    }
    w->table = NULL;
    return 0;
}
