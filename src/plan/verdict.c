/* What became of each thing that a statement asked for. */
#include "plan/work.h"

static name *final_name(const work *w, str spelled) {
    for (size_t i = 0; i < w->final->names.n; i++)
        if (str_eq(w->final->names.at[i]->name, spelled)) return w->final->names.at[i];
    return NULL;
}

static request *request_by_name(const work *w, str spelled) {
    for (size_t i = 0; i < w->requests.n; i++)
        if (!w->requests.at[i]->companion && str_eq(w->requests.at[i]->name->name, spelled)) return w->requests.at[i];
    return NULL;
}

static bool is_moved(const work *w, const column *c) {
    for (size_t i = 0; i < w->moved_columns.n; i++)
        for (size_t j = 0; j < c->was.n; j++)
            if (str_eq(w->moved_columns.at[i], c->was.at[j])) return true;
    return false;
}

/* Does a unique index of the column, which nobody else speaks of, have to change and cannot? */
static bool withholds(const work *w, str column) {
    for (size_t i = 0; i < w->requests.n; i++) {
        const request *r = w->requests.at[i];
        if (request_left_out(r) && !r->name->effect && key_has(&r->name->key, column)) return true;
    }
    return false;
}

/* Or an index whose condition speaks of it. */
static bool withholds_condition(const work *w, str column) {
    for (size_t i = 0; i < w->requests.n; i++) {
        const request *r = w->requests.at[i];
        if (request_left_out(r) && !r->name->effect && r->name->where && expression_uses(r->name->where, column)) return true;
    }
    return false;
}

static verdict of_column(const work *w, const effect *e) {
    if (str_eq(e->target, STR("_id"))) return VERDICT_SATISFIED;
    const column *c = table_column(w->final, e->target), *was = w->live ? table_column(w->live, e->target) : NULL;
    if (e->kind == EFFECT_NULLS && withholds(w, e->target)) return VERDICT_WITHHELD;
    if (e->kind == EFFECT_TYPE && withholds_condition(w, e->target)) return VERDICT_WITHHELD;
    if (e->kind == EFFECT_RENAME_COLUMN && c && is_moved(w, c)) return VERDICT_APPLIED;
    if (c && was && w->live->has_document && document_column_same(c, was)) return VERDICT_SATISFIED;
    return e->repeated ? VERDICT_FOLDED : VERDICT_APPLIED;
}

/* Another statement of this run asks for the index that serves it. */
static bool is_made_by_another(const request *r) {
    if (!r || !r->target) return false;
    for (size_t i = 0; i < r->target->requests.n; i++) {
        const request *other = r->target->requests.at[i];
        if (other == r) return false; /* it is the first of this run: the maker */
        if (!other->companion && other->name->effect) return true;
    }
    return false;
}

static verdict of_name(const work *w, const effect *e) {
    const request *r = request_by_name(w, e->target);
    if (request_left_out(r)) return r->state[0] == 's' ? VERDICT_SKIPPED : VERDICT_WITHHELD;
    const name *n = final_name(w, e->target);
    if (!n) return VERDICT_WITHHELD;
    bool index_is_live = !r || !r->target || r->target->live;
    if (index_is_live && document_name_is_live(w, n)) return VERDICT_SATISFIED;
    if (e->repeated || (r && !r->target) || is_made_by_another(r)) return VERDICT_FOLDED;
    return VERDICT_APPLIED;
}

/* The name is there; so may be the one that it had, which goes. */
static verdict of_renamed_name(const work *w, const effect *e) {
    const name *n = final_name(w, e->target);
    verdict v = of_name(w, e);
    str before = n && n->was.n ? n->was.at[n->was.n - 1] : STR_NONE;
    bool goes = before.n && w->live && table_name(w->live, before) && !table_name(w->final, before);
    return v == VERDICT_SATISFIED && goes ? VERDICT_APPLIED : v;
}

static verdict of_table(const work *w, const effect *e) {
    if (w->live && w->live->exists && w->live->has_document) return VERDICT_SATISFIED;
    return e->repeated ? VERDICT_FOLDED : VERDICT_APPLIED;
}

static verdict verdict_of(const work *w, const effect *e) {
    if (e->superseded) return VERDICT_CANCELLED;
    switch (e->kind) {
    case EFFECT_RENAME_NAME: return of_renamed_name(w, e);
    case EFFECT_RENAME_TABLE:
        return w->collection_from.n || w->document_from.n || !(w->live && w->live->has_document) ? VERDICT_APPLIED
                                                                                                 : VERDICT_SATISFIED;
    case EFFECT_TABLE: return of_table(w, e);
    case EFFECT_COLUMN:
    case EFFECT_NULLS:
    case EFFECT_TYPE:
    case EFFECT_IDENTITY:
    case EFFECT_RENAME_COLUMN:
    case EFFECT_DEFAULT: return of_column(w, e);
    case EFFECT_NAME: return of_name(w, e);
    case EFFECT_FILL: return w->live && w->live->exists ? VERDICT_APPLIED : VERDICT_SATISFIED;
    case EFFECT_DROP_NAME:
    case EFFECT_DROP_COLUMN: return VERDICT_CANCELLED; /* what it drops was asked for again */
    default: return VERDICT_SATISFIED;
    }
}

void verdict_set(work *w) {
    for (size_t i = 0; i < w->wanted->effects.n; i++) {
        effect *e = &w->desired->effects.at[w->wanted->effects.at[i] - 1];
        if (e->verdict == VERDICT_UNKNOWN) e->verdict = verdict_of(w, e);
    }
}
