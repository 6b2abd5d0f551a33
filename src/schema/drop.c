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

/* SQL's index names are unique in a schema, djongo's are not ("sku_1"): the log's own tables come first. */
int schema_find_name(table **out, step *w, str spelled, size_t offset) {
    size_t n = 0;
    *out = NULL;
    for (size_t i = 0; i < w->s->tables.n; i++)
        if (schema_table(w->s, w->s->tables.at[i]->name) == w->s->tables.at[i] &&
            table_resolve_name(w->s->tables.at[i], spelled))
            match(out, &n, w->s->tables.at[i]);
    for (size_t i = 0; n == 0 && i < w->live->tables.n; i++) {
        const table *t = w->live->tables.at[i];
        if (schema_table(w->s, t->name) || !table_resolve_name(t, spelled)) continue;
        step_find_table(w, t->name);
        match(out, &n, w->table);
    }
    w->table = NULL;
    if (n < 2) return 0;
    return fail_at(w->err, KF_E_AMBIGUOUS, w->sql, offset, "several tables have a \"%.*s\": say ALTER TABLE .. DROP CONSTRAINT",
                   STR_ARG(spelled));
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
            step_effect(w, EFFECT_NOTHING, target->name);
            if (!st->if_exists)
                step_notice(w, str_format(w->s->arena, "the index \"%.*s\" is known nowhere: there is nothing to drop",
                                          STR_ARG(target->name)));
        }
    }
    return 0;
}

/* ---- tables ---- */

/* What the table was called in the live schema, if it is there. */
static str live_name(const step *w, const table *t, str called) {
    if (schema_table(w->live, called)) return called;
    for (size_t i = 0; t && i < t->was.n; i++)
        if (schema_table(w->live, t->was.at[i])) return t->was.at[i];
    return STR_NONE;
}

int step_drop_tables(step *w, const statement *st) {
    for (size_t i = 0; i < st->targets.n; i++) {
        str called = st->targets.at[i].name;
        table *t = schema_table(w->s, called);
        w->table = NULL;
        size_t effect = step_effect(w, EFFECT_DROP_TABLE, called);
        str live = live_name(w, t, called);
        if (!t && live.n && !w->s->now) { /* as it is: what a table that is made after it does not have again */
            step_find_table(w, called);
            t = w->table;
            w->table = NULL;
        }
        if (t) {
            if (t->effect) step_effect_at(w, effect)->undoes = true;
            for (size_t j = 0; j < t->effects.n; j++) step_supersede(w, t->effects.at[j]);
            schema_remove_table(w->s, t);
            vec_push(w->s->arena, &w->s->buried, (buried){t, effect, w->number});
        } else if (!live.n && !st->if_exists) {
            step_notice(
                w, str_format(w->s->arena, "the table \"%.*s\" is known nowhere: there is nothing to drop", STR_ARG(called)));
        }
        step_drop_referring(w, called, effect);
        if (live.n) vec_push(w->s->arena, &w->s->dropped_tables, (dropped){live, effect, w->number, false});
        step_forget_migrations(w, called);
    }
    w->table = NULL;
    return 0;
}
