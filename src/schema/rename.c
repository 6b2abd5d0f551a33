/* Renames: columns, tables, names. What a thing was called before goes with it. */
#include "schema/step.h"

/* ---- columns ---- */

static void rename_in_key(step *w, key_pattern *k, str from, str to) {
    key_pattern copy = {0}; /* a live table's names share their keys with it */
    for (size_t i = 0; i < k->fields.n; i++) {
        key_field f = k->fields.at[i];
        if (str_eq(f.column, from)) f.column = to;
        vec_push(w->s->arena, &copy.fields, f);
    }
    *k = copy;
}

static expression *rename_in_expression(step *w, const expression *e, str from, str to) {
    expression *copy = arena_make(w->s->arena, expression);
    *copy = *e;
    if (e->kind == EXPRESSION_COLUMN && str_eq(e->text, from)) copy->text = to;
    memset(&copy->args, 0, sizeof copy->args);
    for (size_t i = 0; i < e->args.n; i++) vec_push(w->s->arena, &copy->args, rename_in_expression(w, e->args.at[i], from, to));
    return copy;
}

/* In text that is kept as it was written: the quoted identifier. */
static str rename_in_sql(step *w, str sql, str from, str to) {
    str quoted = str_format(w->s->arena, "\"%.*s\"", STR_ARG(from));
    text out = {.arena = w->s->arena};
    size_t at = 0;
    for (size_t next; (next = str_find(sql, quoted, at)) != SIZE_MAX; at = next + quoted.n) {
        text_add(&out, str_slice(sql, at, next));
        text_format(&out, "\"%.*s\"", STR_ARG(to));
    }
    text_add(&out, str_from(sql, at));
    return text_str(&out);
}

static void rename_in_name(step *w, name *n, str from, str to) {
    rename_in_key(w, &n->key, from, to);
    if (n->where) {
        text sql = {.arena = w->s->arena};
        n->where = rename_in_expression(w, n->where, from, to);
        expression_dump(&sql, n->where);
        n->where_sql = text_str(&sql);
    } else if (n->where_sql.n) {
        n->where_sql = rename_in_sql(w, n->where_sql, from, to);
    }
    if (n->check_sql.n) n->check_sql = rename_in_sql(w, n->check_sql, from, to);
}

static void rename_references(step *w, str table_called, str from, str to) {
    step_open_referring(w, table_called);
    for (size_t i = 0; i < w->s->tables.n; i++)
        for (size_t j = 0; j < w->s->tables.at[i]->names.n; j++) {
            name *n = w->s->tables.at[i]->names.at[j];
            if (n->kind != NAME_FOREIGN_KEY || !str_eq(n->ref_table, table_called)) continue;
            VEC(str) columns = {0};
            for (size_t k = 0; k < n->ref_columns.n; k++)
                vec_push(w->s->arena, &columns, str_eq(n->ref_columns.at[k], from) ? to : n->ref_columns.at[k]);
            n->ref_columns.at = columns.at;
        }
}

/* The n-th of the names that a column has had, its present one last. */
static str called(const column *c, size_t n) { return n < c->was.n ? c->was.at[n] : c->name; }

/* Was a live column renamed so, some time or other? */
static bool is_done(const table *t, str from, str to) {
    for (size_t i = 0; i < t->columns.n; i++) {
        const column *c = t->columns.at[i];
        for (size_t k = 0; k < c->was.n && !c->rename_effect; k++)
            if (str_eq(called(c, k), from) && str_eq(called(c, k + 1), to)) return true;
    }
    return false;
}

/* Is a live column what this run's column becomes by the rename, so that an earlier run of the same log made it? */
static bool is_replayed(const column *there, const column *c, str to) {
    size_t n = c->was.n - c->was_live;
    if (there->effect || there->rename_effect || !(c->effect || c->rename_effect) || there->was.n < n + 1) return false;
    for (size_t i = 0; i <= n; i++)
        if (!str_eq(called(there, there->was.n - 1 - n + i), called(c, c->was_live + i))) return false;
    return str_eq(there->name, to);
}

static void rename_in_names(step *w, str from, str to, bool of_this_run) {
    for (size_t i = 0; i < w->table->names.n; i++)
        if (!of_this_run || w->table->names.at[i]->effect) rename_in_name(w, w->table->names.at[i], from, to);
}

/* It was done before, or cannot be. What this run has asked for on the column follows it. */
static void rename_nothing(step *w, const action *a, const column *c, const column *there) {
    bool done = is_done(w->table, a->target, a->new_name);
    if (w->s->now && c && !done)
        step_refuse(w, KF_E_EXISTS, a->offset,
                    str_format(w->s->arena, "there is a column \"%.*s\" already", STR_ARG(a->new_name)));
    if (!c && !there && !done) step_check_column(w, a->target, a->offset);
    step_effect(w, EFFECT_NOTHING, a->new_name);
    if (!done) {
        step_notice(w, str_format(w->s->arena, "RENAME COLUMN changes nothing: %s \"%.*s\"",
                                  there ? "there is already a column" : "the table is not known to have the column",
                                  STR_ARG(there ? a->new_name : a->target)));
        if (c) return;
    }
    rename_in_names(w, a->target, a->new_name, true);
}

static void take_out(table *t, const column *c) {
    for (size_t i = t->columns.n; i-- > 0;)
        if (t->columns.at[i] == c) vec_remove(&t->columns, i);
}

void step_rename_column(step *w, const action *a) {
    column *c = table_column(w->table, a->target), *there = table_column(w->table, a->new_name);
    if (c && there && is_replayed(there, c, a->new_name)) {
        take_out(w->table, there);
        there = NULL;
    }
    if (!c || there) {
        rename_nothing(w, a, c, there);
        return;
    }
    VEC(str) was = {0}; /* not the live column's own */
    for (size_t i = 0; i < c->was.n; i++) vec_push(w->s->arena, &was, c->was.at[i]);
    vec_push(w->s->arena, &was, c->name);
    memcpy(&c->was, &was, sizeof was);
    c->name = a->new_name;
    c->rename_effect = step_effect(w, EFFECT_RENAME_COLUMN, a->new_name);
    step_forget_dropped(w->table, a->new_name, true);
    rename_in_names(w, a->target, a->new_name, false);
    for (size_t i = 0; i < w->table->effects.n; i++) {
        effect *e = step_effect_at(w, w->table->effects.at[i]);
        bool of_column = e->kind == EFFECT_COLUMN || e->kind == EFFECT_NULLS || e->kind == EFFECT_DEFAULT ||
                         e->kind == EFFECT_TYPE || e->kind == EFFECT_RENAME_COLUMN;
        if (of_column && !e->superseded && str_eq(e->target, a->target)) e->target = a->new_name;
    }
    rename_references(w, w->table->name, a->target, a->new_name);
}

/* ---- names ---- */

static void rename_name(step *w, name *n, str to) {
    if (!n->was.n && !n->effect) n->was = n->name;
    for (size_t i = 0; i < w->table->effects.n; i++) {
        effect *e = step_effect_at(w, w->table->effects.at[i]);
        bool of_name = e->kind == EFFECT_NAME || e->kind == EFFECT_RENAME_NAME;
        if (of_name && !e->superseded && str_eq(e->target, n->name)) e->target = to;
    }
    if (n->effect) vec_push(w->s->arena, &w->table->dropped_names, (dropped){n->name, 0, w->number, false});
    n->name = to;
    step_effect(w, EFFECT_RENAME_NAME, to);
    step_forget_dropped(w->table, to, false);
}

void step_rename_name(step *w, const action *a) {
    name *n = table_resolve_name(w->table, a->target);
    if (n && !table_name(w->table, a->new_name)) {
        rename_name(w, n, a->new_name);
        return;
    }
    step_effect(w, EFFECT_NOTHING, a->new_name);
    if (!table_name(w->table, a->new_name))
        step_notice(
            w, str_format(w->s->arena, "the name \"%.*s\" is known nowhere: there is nothing to rename", STR_ARG(a->target)));
}

/* ALTER INDEX names no table. */
int step_rename_index(step *w, const statement *st) {
    const named *target = &st->targets.at[0];
    action a = {.kind = ACTION_RENAME_NAME, .target = target->name, .new_name = st->new_name};
    table *found = NULL;
    int rc = schema_find_name(&found, w, target->name, target->offset);
    if (rc) return rc;
    w->table = found;
    if (found) step_rename_name(w, &a);
    else if (schema_knows_name(w, st->new_name) || st->if_exists) step_effect(w, EFFECT_NOTHING, st->new_name);
    else {
        step_effect(w, EFFECT_NOTHING, st->new_name);
        step_notice(w, str_format(w->s->arena, "the index \"%.*s\" is known nowhere: there is nothing to rename",
                                  STR_ARG(target->name)));
    }
    return 0;
}

/* ---- tables ---- */

static bool table_was_called(const table *t, str called) {
    for (size_t i = 0; i < t->was.n; i++)
        if (str_eq(t->was.at[i], called)) return true;
    return false;
}

int step_rename_table(step *w, const statement *st) {
    table *there = schema_table(w->s, st->new_name);
    const table *live_there = schema_table(w->live, st->new_name);
    if (!schema_table(w->s, st->table) && !there && live_there && table_was_called(live_there, st->table)) {
        step_effect(w, EFFECT_NOTHING, st->new_name); /* keyfold did it */
        return 0;
    }
    step_find_table(w, st->table);
    table *t = w->table;
    if (!t && st->if_exists) {
        step_effect(w, EFFECT_NOTHING, st->table);
        return 0;
    }
    if (!t) return step_table_unknown(w, st->table, st->offset);
    if (there) {
        if (w->s->now)
            step_refuse(w, KF_E_EXISTS, st->offset,
                        str_format(w->s->arena, "there is a table \"%.*s\" already", STR_ARG(st->new_name)));
        step_effect(w, EFFECT_NOTHING, st->new_name);
        step_notice(
            w, str_format(w->s->arena, "RENAME TO changes nothing: there is already a table \"%.*s\"", STR_ARG(st->new_name)));
        return w->rc;
    }
    VEC(str) was = {0};
    for (size_t i = 0; i < t->was.n; i++) vec_push(w->s->arena, &was, t->was.at[i]);
    vec_push(w->s->arena, &was, t->name);
    memcpy(&t->was, &was, sizeof was);
    step_open_referring(w, t->name);
    map_put(&w->s->by_name, t->name, NULL);
    for (size_t i = 0; i < w->s->tables.n; i++)
        for (size_t j = 0; j < w->s->tables.at[i]->names.n; j++) {
            name *n = w->s->tables.at[i]->names.at[j];
            if (n->kind == NAME_FOREIGN_KEY && str_eq(n->ref_table, t->name)) n->ref_table = st->new_name;
        }
    t->name = st->new_name;
    t->renamed = true;
    map_put(&w->s->by_name, t->name, t);
    vec_push(w->s->arena, &t->causes, w->number);
    step_effect(w, EFFECT_RENAME_TABLE, st->new_name);
    return 0;
}
