/* What documents need: fills, fields that go, and the indexes that have to go first. */
#include "plan/work.h"

static void add(work *w, operation op, size_t effect) {
    op.collection = w->wanted->name;
    if (effect) vec_push(w->a, &op.causes, w->desired->effects.at[effect - 1].statement);
    vec_push(w->a, &w->p->operations, op);
}

/* Not what an earlier run did: nulls that came since are the application's. */
static bool needs_null_fill(const column *c, const column *was) {
    if (!c->has_null_fill || c->null_fill_effect) return c->has_null_fill;
    bool filled = c->nulls_filled || (was && was->nulls_filled);
    return !(was && was->nulls == NULLS_REFUSED) && !(filled && c->nulls == NULLS_ALLOWED);
}

static void fill_columns(work *w) {
    for (size_t i = 0; i < w->wanted->columns.n; i++) {
        const column *c = w->wanted->columns.at[i], *was = table_column(w->live, c->name);
        if (c->has_fill && (!was || c->is_another))
            add(w,
                (operation){
                    .kind = OPERATION_FILL_FIELD, .field = c->name, .fill = c->fill, .reason = STR("the column was added")},
                c->effect);
        if (needs_null_fill(c, was))
            add(w,
                (operation){.kind = OPERATION_FILL_FIELD,
                            .field = c->name,
                            .fill = c->null_fill,
                            .fill_nulls = true,
                            .reason =
                                c->null_fill_effect ? STR("nulls are written over") : STR("the column was made not null")},
                c->null_fill_effect ? c->null_fill_effect : c->nulls_effect);
    }
}

static size_t effect_of_drop(const work *w, str column) {
    for (size_t i = 0; i < w->wanted->dropped_columns.n; i++)
        if (str_eq(w->wanted->dropped_columns.at[i].name, column)) return w->wanted->dropped_columns.at[i].effect;
    return 0;
}

static void mark_stale(work *w, str column) {
    for (size_t i = 0; i < w->live->indexes.n; i++) {
        index_spec *x = w->live->indexes.at[i];
        if (key_has(&x->key, column) || filter_uses(&x->filter, column)) x->stale = true;
    }
}

/* Of a view of our own: marks are not for the live schema. */
static void copy_indexes(work *w) {
    table *t = arena_make(w->a, table);
    *t = *w->live;
    index_list indexes = {0};
    for (size_t i = 0; i < w->live->indexes.n; i++) {
        index_spec *x = arena_make(w->a, index_spec);
        *x = *w->live->indexes.at[i];
        vec_push(w->a, &indexes, x);
    }
    t->indexes = indexes;
    w->live = t;
}

static void clear_indexes(work *w) {
    for (size_t i = 0; i < w->live->indexes.n; i++)
        if (w->live->indexes.at[i]->stale)
            add(w,
                (operation){.kind = OPERATION_CLEAR_INDEX,
                            .old = w->live->indexes.at[i],
                            .reason = STR("it uses a field that is renamed or goes")},
                0);
}

void fields_plan(work *w) {
    if (!w->live || !w->live->exists) return;
    fill_columns(w);
    convert_plan(w);
    if (w->removed_columns.n) copy_indexes(w);
    for (size_t i = 0; i < w->removed_columns.n; i++) {
        str c = w->removed_columns.at[i];
        mark_stale(w, c);
        add(w, (operation){.kind = OPERATION_UNSET_FIELD, .field = c, .reason = STR("the column was dropped")},
            effect_of_drop(w, c));
    }
    clear_indexes(w);
}
