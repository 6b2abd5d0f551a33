/* Wanted indexes and live ones → operations. */
#include "plan/work.h"

static void add_causes(work *w, operation *op, const target *t) {
    for (size_t i = 0; i < t->requests.n; i++) {
        const name *n = t->requests.at[i]->name;
        for (size_t j = 0; j < n->causes.n; j++) vec_push(w->a, &op->causes, n->causes.at[j]);
        for (size_t k = 0; k < n->key.fields.n; k++) { /* what changed a column's nulls changed the index */
            const column *c = table_column(w->final, n->key.fields.at[k].column);
            if (c && c->nulls_effect && n->kind == NAME_UNIQUE)
                vec_push(w->a, &op->causes, w->desired->effects.at[c->nulls_effect - 1].statement);
        }
        for (size_t k = 0; n->where && k < w->final->columns.n; k++) { /* and what changed the type of a condition's literals */
            const column *c = w->final->columns.at[k];
            if (c->type_effect && expression_uses(n->where, c->name))
                vec_push(w->a, &op->causes, w->desired->effects.at[c->type_effect - 1].statement);
        }
    }
}

static str reason_of(work *w, const target *t) {
    text out = {.arena = w->a};
    const request *first = t->requests.at[0];
    text_format(&out, "%s \"%.*s\"", first->companion ? "for queries by" : "serves", STR_ARG(first->name->name));
    for (size_t i = 1; i < t->requests.n; i++) {
        const request *r = t->requests.at[i];
        if (r->companion && r->name == first->name) continue;
        text_format(&out, ", %s \"%.*s\" too: same key pattern", r->companion ? "for queries by" : "serves",
                    STR_ARG(r->name->name));
    }
    return text_str(&out);
}

static bool is_used(const work *w, const index_spec *x) {
    for (size_t i = 0; i < w->targets.n; i++)
        if (w->targets.at[i]->live == x) return true;
    return false;
}

/* It serves a name whose change is withheld: nothing is taken from that name, but by what takes its key pattern. */
static bool is_held(const work *w, const index_spec *x) {
    for (size_t i = 0; i < w->requests.n; i++) {
        const request *r = w->requests.at[i];
        if (r->companion || r->target || !r->code || r->lost) continue;
        const name *live = final_live_name(w, r->name);
        if (live && name_is_on(live, x)) return true;
    }
    return false;
}

/* May it be taken for the index of a name that is `now` this? Somebody else's keeps what it is, and so does one that was made
 * by hand, after the names were recorded, under the name of another. */
static bool is_taken_over(const work *w, const name *was, const name *now, const index_spec *x) {
    if ((was->made_by != MADE_BY_OTHER && !was->derived) || !now) return true;
    if (!index_is_plain(x)) return false;
    bool by_hand = was->derived && w->live->has_names;
    return !by_hand || key_equal(&now->key, &x->key);
}

/* Nothing that stays needs it, and it is keyfold's or djongo's, or gave its names to one that serves them as well. */
static bool is_ours(const work *w, const index_spec *x) {
    if (is_held(w, x)) return false;
    bool owned = index_is_handle(x, w->a) || table_is_dropping(w->live, x, w->a);
    for (size_t i = 0; i < w->live->names.n; i++) {
        const name *n = w->live->names.at[i];
        if (!name_is_on(n, x)) continue;
        if (!is_taken_over(w, n, table_name(w->final, n->name), x)) return false;
        owned = true;
    }
    return owned && (x->ordinary || x->special_full);
}

static bool gives_way(const work *w, const index_spec *x) {
    for (size_t i = 0; i < w->targets.n; i++)
        if (w->targets.at[i]->old == x || w->targets.at[i]->cleared == x) return true;
    return false;
}

/* Live indexes that have to go before the target can be built: of one key pattern, or under the primary key's fixed name. */
static bool is_in_the_way(const work *w, const target *t, const index_spec *x) {
    bool primary = t->requests.at[0]->name->kind == NAME_PRIMARY && !t->requests.at[0]->companion;
    if (is_used(w, x) || x->stale || gives_way(w, x)) return false;
    if (key_equal(&x->key, &t->want->key) && !profile_coexist(w->p->options.profile, x, t->want)) return true;
    return primary && str_eq(x->name, STR(PRIMARY_KEY_NAME)) && is_ours(w, x);
}

static void withhold_target(work *w, target *t, kf_code code, str reason) {
    for (size_t i = 0; i < t->requests.n; i++) {
        request *r = t->requests.at[i];
        if (r->companion) r->target = NULL;
        else work_withhold(w, r, code, reason);
    }
}

/* Free is what is neither live nor already planned for this collection. */
static size_t indexes_after(const work *w) {
    size_t n = 1;
    for (size_t i = 0; w->live && i < w->live->indexes.n; i++) n += !w->live->indexes.at[i]->stale;
    for (size_t i = 0; i < w->targets.n; i++)
        if (!w->targets.at[i]->live && !w->targets.at[i]->old) n++;
    return n;
}

static void respect_limit(work *w) {
    size_t most = w->p->options.profile->max_indexes;
    while (indexes_after(w) > most) {
        size_t last = w->targets.n;
        while (last-- > 0)
            if (!w->targets.at[last]->live && !w->targets.at[last]->old) break;
        if (last == SIZE_MAX) return;
        withhold_target(w, w->targets.at[last], KF_E_TOO_MANY_INDEXES,
                        str_format(w->a, "the collection would have %zu indexes, and it takes %zu", indexes_after(w), most));
        vec_remove(&w->targets, last);
    }
}

/* The first of them is replaced, a second one cleared. NULL, or one that may not go. */
static const index_spec *find_conflict(work *w, target *t) {
    for (size_t i = 0; w->live && i < w->live->indexes.n; i++) {
        index_spec *x = w->live->indexes.at[i];
        if (!is_in_the_way(w, t, x)) continue;
        if (!is_ours(w, x)) return x;
        if (!t->old) t->old = x;
        else t->cleared = x;
    }
    return NULL;
}

static void resolve_conflicts(work *w) {
    for (size_t i = 0; i < w->targets.n; i++) {
        target *t = w->targets.at[i];
        const index_spec *x = t->live ? NULL : find_conflict(w, t);
        if (!x) continue;
        t->old = t->cleared = NULL;
        withhold_target(
            w, t, KF_E_CONFLICT,
            str_format(w->a, "the live index \"%.*s\" has the same key pattern and is somebody else's", STR_ARG(x->name)));
        vec_remove(&w->targets, i);
        i--;
    }
}

static void add_operation(work *w, const operation *op) { vec_push(w->a, &w->p->operations, *op); }

static void build(work *w, target *t) {
    if (t->cleared)
        add_operation(w, &(operation){.kind = OPERATION_CLEAR_INDEX,
                                      .collection = w->wanted->name,
                                      .old = t->cleared,
                                      .reason = STR("the primary key's index takes its place")});
    operation op = {.kind = t->old ? OPERATION_REPLACE_INDEX : OPERATION_CREATE_INDEX,
                    .collection = w->wanted->name,
                    .index = t->want,
                    .old = t->old,
                    .reason = reason_of(w, t)};
    if (t->old) op.reason = str_format(w->a, "%.*s; \"%.*s\" gives way to it", STR_ARG(op.reason), STR_ARG(t->old->name));
    add_causes(w, &op, t);
    add_operation(w, &op);
}

static void drop_leftovers(work *w) {
    for (size_t i = 0; w->live && i < w->live->indexes.n; i++) {
        index_spec *x = w->live->indexes.at[i];
        if (x->stale || is_used(w, x) || gives_way(w, x) || !is_ours(w, x)) continue;
        /* A unique one that goes must not refuse what values become. */
        bool first = x->unique && convert_touches(w, x);
        operation op = {.kind = first ? OPERATION_CLEAR_INDEX : OPERATION_DROP_INDEX,
                        .collection = w->wanted->name,
                        .old = x,
                        .reason = STR("no name needs it any more")};
        for (size_t j = 0; j < w->wanted->dropped_names.n; j++) {
            const dropped *d = &w->wanted->dropped_names.at[j];
            const name *n = table_resolve_name(w->live, d->name);
            if (n && name_is_on(n, x)) vec_push(w->a, &op.causes, d->statement);
        }
        add_operation(w, &op);
    }
}

static void name_targets(work *w) {
    for (size_t i = 0; i < w->targets.n; i++) {
        target *t = w->targets.at[i];
        if (t->live || naming_set(w, t)) continue;
        withhold_target(w, t, KF_E_NOT_EXPRESSIBLE,
                        str_format(w->a,
                                   "%s takes %zu bytes of database, collection and index, and the first two leave no room",
                                   w->p->options.profile->name, w->p->options.profile->max_name_bytes));
        vec_remove(&w->targets, i);
        i--;
    }
}

void diff_indexes(work *w) {
    resolve_conflicts(w);
    respect_limit(w);
    name_targets(w);
    bool builds = false;
    for (size_t i = 0; i < w->targets.n; i++) {
        target *t = w->targets.at[i];
        if (t->live) continue;
        build(w, t);
        builds = true;
    }
    if (w->wanted->defined && !builds && !(w->live && w->live->exists)) {
        operation op = {
            .kind = OPERATION_CREATE_COLLECTION, .collection = w->wanted->name, .reason = STR("it has no index of its own")};
        op.causes.at = w->wanted->causes.at;
        op.causes.n = w->wanted->causes.n;
        add_operation(w, &op);
    }
    drop_leftovers(w);
}
