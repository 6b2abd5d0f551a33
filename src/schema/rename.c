/* Renames: columns, tables, names. What a thing was called before goes with it. */
#include "schema/step.h"

/* ---- columns ---- */

static void rename_references(step *w, str table_called, str from, str to, bool of_this_run) {
    if (!of_this_run) step_open_referring(w, table_called);
    for (size_t i = 0; i < w->s->tables.n; i++)
        for (size_t j = 0; j < w->s->tables.at[i]->names.n; j++) {
            name *n = w->s->tables.at[i]->names.at[j];
            if (n->kind != NAME_FOREIGN_KEY || !str_eq(n->ref_table, table_called) || (of_this_run && !n->effect)) continue;
            VEC(str) columns = {0};
            for (size_t k = 0; k < n->ref_columns.n; k++)
                vec_push(w->s->arena, &columns, str_eq(n->ref_columns.at[k], from) ? to : n->ref_columns.at[k]);
            n->ref_columns.at = columns.at;
        }
}

/* What a thing was called is a list of its own: it may be a copy of a live one. */
static void add_former(void *list, str name, arena *a) {
    VEC(str) *was = list, longer = {0};
    for (size_t i = 0; i < was->n; i++) vec_push(a, &longer, was->at[i]);
    vec_push(a, &longer, name);
    memcpy(was, &longer, sizeof longer);
}

static void rename_column(column *c, str to, arena *a) {
    add_former(&c->was, c->name, a);
    c->name = to;
}

/* Was a live column renamed so, some time or other? */
static bool is_done(const step *w, str from, str to) {
    for (size_t i = 0; !w->s->placed && i < w->table->columns.n; i++) {
        const column *c = w->table->columns.at[i];
        for (size_t k = 0; k < c->was.n && !c->rename_effect; k++)
            if (str_eq(c->was.at[k], from) && str_eq(k + 1 < c->was.n ? c->was.at[k + 1] : c->name, to)) return true;
    }
    return false;
}

/* Is the live column `there` what the rename makes of c, so that an earlier run of the same log made it? */
static bool is_replayed(step *w, const column *there, const column *c, str to) {
    if (w->s->placed || there->effect || there->rename_effect || !(c->effect || c->rename_effect)) return false;
    column renamed = *c;
    rename_column(&renamed, to, w->s->arena);
    return column_replays(there, &renamed);
}

static void rename_in_names(step *w, str from, str to, bool of_this_run) {
    for (size_t i = 0; i < w->table->names.n; i++)
        if (!of_this_run || w->table->names.at[i]->effect) name_rename_column(w->table->names.at[i], from, to, w->s->arena);
}

static void rename_in_updates(table *t, str from, str to) {
    for (size_t i = 0; i < t->null_updates.n; i++)
        if (str_eq(t->null_updates.at[i].column, from)) t->null_updates.at[i].column = to;
}

/* It was done before, or cannot be. What this run has asked for on the column follows it. */
static void rename_nothing(step *w, const action *a, const column *c, const column *there) {
    bool done = is_done(w, a->target, a->new_name);
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
    rename_in_updates(w->table, a->target, a->new_name);
    rename_references(w, w->table->name, a->target, a->new_name, true);
}

/* Both are live, and nothing tells whether they are the same column: the plan asks. */
static bool is_unclear(const step *w, const column *there, const column *c, const action *a) {
    bool live = !there->effect && !there->rename_effect && !c->effect;
    return live && !w->s->now && !is_done(w, a->target, a->new_name);
}

/* What the statements before asked of a column is asked of it under its new name. */
static void retarget(step *w, const action *a) {
    for (size_t i = 0; i < w->table->effects.n; i++) {
        effect *e = step_effect_at(w, w->table->effects.at[i]);
        bool of_column = e->kind == EFFECT_COLUMN || e->kind == EFFECT_NULLS || e->kind == EFFECT_DEFAULT ||
                         e->kind == EFFECT_TYPE || e->kind == EFFECT_IDENTITY || e->kind == EFFECT_RENAME_COLUMN;
        if (of_column && !e->superseded && str_eq(e->target, a->target)) e->target = a->new_name;
    }
}

void step_rename_column(step *w, const action *a) {
    if (!table_column(w->table, a->target)) step_put_back(w, a->target, a->new_name);
    column *c = table_column(w->table, a->target), *there = table_column(w->table, a->new_name);
    if (c && there && (is_replayed(w, there, c, a->new_name) || is_unclear(w, there, c, a))) {
        table_take_out_column(w->table, there);
        there = NULL;
    }
    if (!c || there) {
        rename_nothing(w, a, c, there);
        return;
    }
    rename_column(c, a->new_name, w->s->arena);
    rename_in_updates(w->table, a->target, a->new_name);
    retarget(w, a);
    rename_in_names(w, a->target, a->new_name, false);
    if (w->done) {
        c->was_live = c->was.n;
        step_effect(w, EFFECT_NOTHING, a->new_name);
        rename_references(w, w->table->name, a->target, a->new_name, true);
        return;
    }
    c->was_renamed = w->s->past != NULL;
    c->rename_effect = step_effect(w, EFFECT_RENAME_COLUMN, a->new_name);
    rename_references(w, w->table->name, a->target, a->new_name, false);
}

/* ---- names ---- */

static void rename_name(step *w, name *n, str to) {
    if (!w->done) add_former(&n->was, n->name, w->s->arena);
    for (size_t i = 0; i < w->table->effects.n; i++) {
        effect *e = step_effect_at(w, w->table->effects.at[i]);
        bool of_name = e->kind == EFFECT_NAME || e->kind == EFFECT_RENAME_NAME;
        if (of_name && !e->superseded && str_eq(e->target, n->name)) e->target = to;
    }
    n->name = to;
    step_effect(w, w->done ? EFFECT_NOTHING : EFFECT_RENAME_NAME, to);
    step_forget_dropped(w->table, to);
}

void step_rename_name(step *w, const action *a) {
    name *n = table_resolve_name(w->table, a->target), *there = table_name(w->table, a->new_name);
    /* A run was cut off behind that: it has built the index. */
    bool built = n && there && there->derived && !n->derived && key_equal(&there->key, &n->key);
    /* An earlier run of the same log made it of what this run, or a statement before that was carried out, asks for anew. */
    bool same = n && there && n != there && ((n->effect && !there->effect) || (!there->effect && step_same_name(n, there)));
    if (built || same) {
        table_take_out_name(w->table, there);
        there = NULL;
    }
    if (n && !there) {
        rename_name(w, n, a->new_name);
        return;
    }
    if (n && n != there) {
        str message =
            str_format(w->s->arena, "there is one of the name \"%.*s\" already, and it is another one", STR_ARG(a->new_name));
        if (w->s->now) step_refuse(w, KF_E_EXISTS, a->offset, message);
        else step_notice(w, str_format(w->s->arena, "the rename changes nothing: %.*s", STR_ARG(message)));
    }
    step_effect(w, EFFECT_NOTHING, a->new_name);
    if (!n && !there && step_put_back_name(w, a->new_name)) return;
    if (!there)
        step_notice(
            w, str_format(w->s->arena, "the name \"%.*s\" is known nowhere: there is nothing to rename", STR_ARG(a->target)));
}

/* ALTER INDEX names no table. */
int step_rename_index(step *w, const statement *st) {
    const named *target = &st->targets.at[0];
    action a = {.kind = ACTION_RENAME_NAME, .target = target->name, .new_name = st->new_name, .offset = target->offset};
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
    return w->rc;
}

/* ---- tables ---- */

static bool table_was_called(const table *t, str called) {
    for (size_t i = 0; i < t->was.n; i++)
        if (str_eq(t->was.at[i], called)) return true;
    return false;
}

static void redirect_references(step *w, str from, str to, bool of_this_run) {
    for (size_t i = 0; i < w->s->tables.n; i++)
        for (size_t j = 0; j < w->s->tables.at[i]->names.n; j++) {
            name *n = w->s->tables.at[i]->names.at[j];
            bool refers = n->kind == NAME_FOREIGN_KEY && str_eq(n->ref_table, from);
            if (refers && (n->effect || !of_this_run)) n->ref_table = to;
        }
}

/* An earlier run has renamed it. */
static void take_new_name(step *w, const statement *st) {
    table *t = w->table;
    redirect_references(w, t->name, st->new_name, true);
    map_put(&w->s->by_name, t->name, NULL);
    t->name = st->new_name;
    t->was_live = t->was.n;
    map_put(&w->s->by_name, t->name, t);
    step_bury(w);
    vec_push(w->s->arena, &t->causes, w->number);
    step_effect(w, EFFECT_NOTHING, st->new_name);
}

int step_rename_table(step *w, const statement *st) {
    table *there = schema_table(w->s, st->new_name);
    const table *live_there = schema_table(w->live, st->new_name);
    bool as_it_is = !there || (there->base && there->base == live_there && !there->renamed);
    if (!w->s->placed && !schema_table(w->s, st->table) && as_it_is && live_there && table_was_called(live_there, st->table)) {
        step_find_table(w, st->new_name); /* keyfold did it */
        redirect_references(w, st->table, st->new_name, true);
        step_effect(w, EFFECT_NOTHING, st->new_name);
        return 0;
    }
    step_find_table(w, st->table);
    table *t = w->table;
    if (!t && st->if_exists) {
        step_effect(w, EFFECT_NOTHING, st->table);
        return 0;
    }
    int rc = step_need_table(w, st->table, st->offset);
    if (rc) return rc;
    t = w->table;
    if (str_eq(st->table, st->new_name)) there = t;
    bool both = w->s->now && live_there && live_there->exists && t->base && t->base->exists;
    if (both && !there && t->base != live_there && !step_is_gone(w, st->new_name)) {
        step_refuse(w, KF_E_EXISTS, st->offset,
                    str_format(w->s->arena, "there is a table \"%.*s\" already", STR_ARG(st->new_name)));
        return w->rc;
    }
    if (there) {
        if (w->s->now)
            step_refuse(w, KF_E_EXISTS, st->offset,
                        str_format(w->s->arena, "there is a table \"%.*s\" already", STR_ARG(st->new_name)));
        step_effect(w, EFFECT_NOTHING, st->new_name);
        step_notice(
            w, str_format(w->s->arena, "RENAME TO changes nothing: there is already a table \"%.*s\"", STR_ARG(st->new_name)));
        return w->rc;
    }
    step_find_former(w, st->new_name);
    add_former(&t->was, t->name, w->s->arena);
    if (w->done) {
        take_new_name(w, st);
        return 0;
    }
    step_open_referring(w, t->name);
    map_put(&w->s->by_name, t->name, NULL);
    redirect_references(w, t->name, st->new_name, false);
    step_find_missing(w, live_there);
    t->name = st->new_name;
    if (!t->renamed) t->renamed_by = w->number;
    t->renamed = true;
    t->was_renamed = w->s->past != NULL;
    map_put(&w->s->by_name, t->name, t);
    step_bury(w);
    vec_push(w->s->arena, &t->causes, w->number);
    step_effect(w, EFFECT_RENAME_TABLE, st->new_name);
    return 0;
}
