/* Requests → the indexes that serve them all, under the profile's rule for what may stand side by side. */
#include "plan/work.h"

static bool is_full(const index_spec *x) { return filter_none(&x->filter) && !x->sparse && (x->ordinary || x->special_full); }

/* May this index serve the request? */
static bool serves(const index_spec *x, const request *r) {
    if (!key_equal(&x->key, &r->name->key)) return false;
    if (!r->unique && filter_none(&r->filter)) return is_full(x);
    return x->ordinary && !x->sparse && (x->unique || !r->unique) && filter_cmp(&x->filter, &r->filter) == 0;
}

static target *new_target(work *w, index_spec *want) {
    target *t = arena_make(w->a, target);
    t->want = want;
    vec_push(w->a, &w->targets, t);
    return t;
}

static void attach(work *w, target *t, request *r) {
    r->target = t;
    vec_push(w->a, &t->requests, r);
}

static target *target_of_live(work *w, index_spec *live) {
    for (size_t i = 0; i < w->targets.n; i++)
        if (w->targets.at[i]->live == live) return w->targets.at[i];
    target *t = new_target(w, live);
    t->live = live;
    return t;
}

static void place_pinned(work *w) {
    for (size_t i = 0; i < w->requests.n; i++) {
        request *r = w->requests.at[i];
        if (!r->pinned) continue;
        target *t = target_of_live(w, r->live);
        t->pinned = true;
        attach(w, t, r);
    }
}

static index_spec *live_same(const work *w, const index_spec *want) {
    for (size_t i = 0; w->live && i < w->live->indexes.n; i++)
        if (!w->live->indexes.at[i]->stale && index_same(w->live->indexes.at[i], want)) return w->live->indexes.at[i];
    return NULL;
}

/* An index that is all that the log asks for under its name, and that djongo cannot make: of a run that ended before it
 * could write the name. */
static void claim(const work *w, const request *r) {
    const name *live = final_live_name(w, r->name);
    if (r->name->effect && !r->companion && live && live->derived && r->name->made_by == MADE_BY_OTHER)
        r->name->made_by = MADE_BY_KEYFOLD;
}

static void place(work *w, request *r) {
    for (size_t i = 0; i < w->targets.n; i++)
        if (serves(w->targets.at[i]->want, r)) {
            attach(w, w->targets.at[i], r);
            return;
        }
    index_spec *want = arena_make(w->a, index_spec);
    want->key = r->name->key;
    want->unique = r->unique;
    want->filter = r->filter;
    want->ordinary = true;
    index_spec *live = live_same(w, want);
    bool primary = r->name->kind == NAME_PRIMARY && !r->companion;
    /* It gives way to __primary_key__; a name that keyfold made up says that this one is taken by another index. */
    if (live && primary && !str_eq(live->name, STR(PRIMARY_KEY_NAME)) && !index_is_handle(live, w->a)) live = NULL;
    if (live) claim(w, r);
    attach(w, live ? target_of_live(w, live) : new_target(w, want), r);
}

/* The primary key first, for its index has a name of its own; then unique ones, for they serve plain requests as well and not
 * the other way round; then plain; then companions. */
static void place_all(work *w) {
    for (int pass = -1; pass < 3; pass++)
        for (size_t i = 0; i < w->requests.n; i++) {
            request *r = w->requests.at[i];
            int turn = r->companion ? 2 : r->name->kind == NAME_PRIMARY ? -1 : r->unique ? 0 : 1;
            if (turn == pass && !r->pinned && !r->state) place(w, r);
        }
}

/* ---- one index a key pattern ---- */

/* A pinned plain index may give way to an unfiltered unique one: every name of it is served as before. */
static bool may_give_way(const target *t) { return !t->pinned || (t->want->ordinary && !t->want->unique && is_full(t->want)); }

/* The lower, the stronger. */
static int rank(const target *t) {
    if (!may_give_way(t)) return 0;
    if (t->want->unique) return filter_none(&t->want->filter) ? 1 : 2;
    return filter_none(&t->want->filter) ? 3 : 4;
}

/* The first statement that asks for it; before all of them: what is recorded and not spoken of. */
static size_t first_cause(const target *t) {
    size_t first = SIZE_MAX;
    for (size_t i = 0; i < t->requests.n; i++) {
        const name *n = t->requests.at[i]->name;
        size_t cause = n->causes.n ? n->causes.at[0] + 1 : 0;
        if (cause < first) first = cause;
    }
    return first;
}

/* Equal ranks are told apart by the order of the log: a prefix of it, carried out first, then makes no difference. */
static int strength(const target *a, const target *b) {
    int c = rank(a) - rank(b);
    if (!c && first_cause(a) != first_cause(b)) return first_cause(a) < first_cause(b) ? -1 : 1;
    if (!c) c = filter_cmp(&a->want->filter, &b->want->filter);
    return c;
}

static void unserve(work *w, request *r, const target *winner) {
    if (r->state) return;
    r->target = NULL;
    r->state = "unserved";
    r->reason = str_format(w->a, "%s allows one index a key pattern, and \"%.*s\" takes it", w->p->options.profile->name,
                           STR_ARG(winner->requests.at[0]->name->name));
    work_find(w, FINDING_NOTICE, KF_OK, r->name, r->name->causes.n ? r->name->causes.at[0] : SIZE_MAX,
              str_format(w->a, "%s\"%.*s\" is unserved: %.*s", r->companion ? "the plain index for queries by " : "",
                         STR_ARG(r->name->name), STR_ARG(r->reason)));
}

static void lose(work *w, target *loser, target *winner) {
    for (size_t i = 0; i < loser->requests.n; i++) {
        request *r = loser->requests.at[i];
        if (r->state) continue;
        if (serves(winner->want, r)) {
            r->pinned = false;
            attach(w, winner, r);
        } else if (r->unique) {
            const char *which = winner->pinned ? "live index" : rank(loser) == rank(winner) ? "earlier" : "stronger";
            r->lost = !winner->pinned;
            work_withhold(w, r, winner->pinned ? KF_E_CONFLICT : KF_E_NOT_EXPRESSIBLE,
                          str_format(w->a, "%s allows one index a key pattern, and the %s \"%.*s\" takes it",
                                     w->p->options.profile->name, which,
                                     STR_ARG(winner->pinned ? winner->want->name : winner->requests.at[0]->name->name)));
        } else {
            unserve(w, r, winner);
        }
    }
    memset(&loser->requests, 0, sizeof loser->requests);
}

static bool in_each_others_way(const work *w, const target *a, const target *b) {
    if (a->live && b->live) return false; /* whatever the profile says: they do stand side by side */
    return key_equal(&a->want->key, &b->want->key) && !profile_coexist(w->p->options.profile, a->want, b->want);
}

/* Of two that cannot stand side by side the weaker gives way; a pinned plain one only to an index that serves it. */
static void decide(work *w, target *a, target *b) {
    target *winner = strength(a, b) <= 0 ? a : b, *loser = winner == a ? b : a;
    if (loser->pinned && !(winner->want->unique && filter_none(&winner->want->filter))) {
        target *swap = winner;
        winner = loser;
        loser = swap;
    }
    lose(w, loser, winner);
}

static void choose_winners(work *w) {
    for (size_t i = 0; i < w->targets.n; i++)
        for (size_t j = i + 1; j < w->targets.n && w->targets.at[i]->requests.n; j++)
            if (w->targets.at[j]->requests.n && in_each_others_way(w, w->targets.at[i], w->targets.at[j]))
                decide(w, w->targets.at[i], w->targets.at[j]);
    for (size_t i = w->targets.n; i-- > 0;) {
        target *t = w->targets.at[i];
        for (size_t j = t->requests.n; j-- > 0;)
            if (t->requests.at[j]->target != t) vec_remove(&t->requests, j); /* withheld with its unique */
        if (t->requests.n == 0) vec_remove(&w->targets, i);
    }
}

void fold_requests(work *w) {
    place_pinned(w);
    place_all(w);
    choose_winners(w);
}
