/* Names → what they ask of the server. */
#include "plan/work.h"

void work_find(work *w, finding_kind kind, kf_code code, const name *n, size_t statement, str message) {
    finding f = {.kind = kind, .code = code, .collection = w->wanted->name, .message = message};
    if (n) f.name = n->name;
    if (statement != SIZE_MAX) {
        f.has_statement = true;
        f.statement = statement;
    }
    vec_push(w->a, &w->p->findings, f);
}

/* What asked for it, or changed it. */
static size_t statement_of(const work *w, const name *n) {
    if (n->causes.n) return n->causes.at[0];
    for (size_t i = 0; i < n->key.fields.n; i++) {
        const column *c = table_column(w->final, n->key.fields.at[i].column);
        if (c && c->nulls_effect) return w->desired->effects.at[c->nulls_effect - 1].statement;
    }
    for (size_t i = 0; n->where && i < w->final->columns.n; i++) {
        const column *c = w->final->columns.at[i];
        if (c->type_effect && expression_uses(n->where, c->name)) return w->desired->effects.at[c->type_effect - 1].statement;
    }
    return SIZE_MAX;
}

/* What the server cannot have is withheld (or skipped by a flag), and told of. Returns NULL for the convenience of callers. */
request *work_withhold(work *w, request *r, kf_code code, str reason) {
    bool skip = w->p->options.skip_unsupported && code == KF_E_NOT_EXPRESSIBLE;
    r->target = NULL;
    r->code = code;
    r->reason = reason;
    r->state = skip ? "skipped" : "withheld";
    if (!r->companion) {
        work_find(w, skip ? FINDING_SKIPPED : FINDING_WITHHELD, code, r->name, statement_of(w, r->name),
                  str_format(w->a, "\"%.*s\" is %s: %.*s", STR_ARG(r->name->name), r->state, STR_ARG(reason)));
    }
    for (size_t i = 0; i < w->requests.n; i++) { /* a companion is withheld with its unique */
        request *c = w->requests.at[i];
        if (c->companion && c->name == r->name && c != r) {
            c->state = r->state;
            c->code = code;
            c->target = NULL;
        }
    }
    return NULL;
}

/* ---- filters ---- */

static bool has_plain_unique(const work *w, const key_pattern *key) {
    for (size_t i = 0; w->live && i < w->live->indexes.n; i++) {
        const index_spec *x = w->live->indexes.at[i];
        if (x->unique && x->ordinary && !x->sparse && filter_none(&x->filter) && key_equal(&x->key, key)) return true;
    }
    return false;
}

/* SQL lets many NULLs into a UNIQUE: documents with a null in a nullable key column are left out of the index. */
static void add_nulls(work *w, request *r) {
    const name *n = r->name;
    if (n->kind != NAME_UNIQUE || w->p->options.nulls_server) return;
    const name *live = final_live_name(w, n);
    bool kept = has_plain_unique(w, &n->key) || (live && live->full);
    for (size_t i = 0; i < n->key.fields.n; i++) {
        str field = n->key.fields.at[i].column;
        const column *c = table_column(w->final, field);
        nullability nulls = c ? c->nulls : NULLS_UNKNOWN;
        if (nulls == NULLS_REFUSED || str_eq(field, STR("_id"))) continue;
        if (nulls == NULLS_UNKNOWN && kept) {
            if (n->effect)
                work_find(w, FINDING_NOTICE, KF_OK, n, statement_of(w, n),
                          str_format(w->a, "whether \"%.*s\" may be null is not known: the unique index that is there is kept",
                                     STR_ARG(field)));
            continue;
        }
        filter_term term = {.field = field, .op = FILTER_TYPE, .types = type_set_not_null()};
        vec_push(w->a, &r->filter.terms, term);
    }
    filter_normalise(&r->filter, w->a);
}

static request *new_request(work *w, name *n) {
    request *r = arena_make(w->a, request);
    r->name = n;
    r->unique = n->kind != NAME_INDEX;
    vec_push(w->a, &w->requests, r);
    return r;
}

static void add_companion(work *w, name *n) {
    request *c = new_request(w, n);
    c->companion = true;
    c->unique = false;
}

/* ---- names that nobody speaks of ---- */

static index_spec *serving(const work *w, const name *n) {
    index_spec *x = w->live && n->indexes.n ? table_index(w->live, n->indexes.at[0]) : NULL;
    return x && !x->stale && name_is_on(n, x) ? x : NULL;
}

static bool nulls_changed(const work *w, const name *n) {
    for (size_t i = 0; i < n->key.fields.n; i++) {
        const column *c = table_column(w->final, n->key.fields.at[i].column);
        if (c && (c->effect || c->nulls_effect)) return true;
    }
    return false;
}

/* Left as it is: each of its indexes that is live stays. */
static void pin(work *w, name *n) {
    for (size_t i = 0; i < n->indexes.n; i++) {
        index_spec *x = w->live ? table_index(w->live, n->indexes.at[i]) : NULL;
        if (!x || x->stale || !name_is_on(n, x)) continue;
        request *r = new_request(w, n);
        r->pinned = true;
        r->live = x;
        r->unique = x->unique;
        r->filter = x->filter;
        r->companion = i > 0;
    }
}

/* The primary key moves onto its key: one index, and that is called __primary_key__. */
static bool is_becoming_primary(const work *w, const name *n) {
    for (size_t i = 0; i < w->final->names.n; i++) {
        const name *p = w->final->names.at[i];
        if (p->kind == NAME_PRIMARY && p->effect && key_equal(&p->key, &n->key)) return true;
    }
    return false;
}

static bool on_stale(const work *w, const name *n) {
    const index_spec *x = w->live && n->indexes.n ? table_index(w->live, n->indexes.at[0]) : NULL;
    return x && x->stale;
}

/* By a run that was cut off: it is not that somebody took it away. */
static bool was_cleared(const work *w, const name *n) {
    const name *live = final_live_name(w, n);
    return live && live->cleared;
}

/* Of its two, or the one that it shared. */
static bool lacks_index(const work *w, const name *n) {
    for (size_t i = 0; i < n->indexes.n; i++)
        if (!table_index(w->live, n->indexes.at[i])) return true;
    return false;
}

static bool is_pinned(const work *w, const name *n) {
    if (n->effect) return false;
    for (size_t i = 0; i < w->kept_drops.n; i++)
        if (w->kept_drops.at[i] == n && !on_stale(w, n)) return true;
    const index_spec *live = serving(w, n);
    if (n->made_by == MADE_BY_OTHER && !on_stale(w, n) && !(was_cleared(w, n) && !live)) return true;
    if (!live || lacks_index(w, n) || convert_retypes(w, n))
        return false;                                /* its index is gone, or chooses by what is no more: planned again */
    if (n->kind == NAME_INDEX) return !live->unique; /* it goes where the unique name that it shares one with leaves it */
    return n->kind != NAME_UNIQUE || !(nulls_changed(w, n) || is_becoming_primary(w, n));
}

/* The condition itself has been checked; not what nulls add to it. */
static bool check_filter(work *w, request *r) {
    const profile *p = w->p->options.profile;
    if (p->partial_unique_only && !r->unique) {
        work_withhold(w, r, KF_E_NOT_EXPRESSIBLE, str_format(w->a, "%s has no partial indexes but unique ones", p->name));
        return false;
    }
    if (!(filter_operators(&r->filter) & ~p->filter_operators)) return true;
    work_withhold(w, r, KF_E_NOT_EXPRESSIBLE,
                  str_format(w->a, "it lets many nulls in, which takes a partial index%s, and %s has none",
                             profile_partial(p) ? " by type" : "", p->name));
    return false;
}

/* ---- all of them ---- */

static void make(work *w, name *n) {
    if (!name_is_served(n->kind) || key_is_id(&n->key)) return;
    if (is_pinned(w, n)) {
        pin(w, n);
        return;
    }
    request *r = new_request(w, n);
    if (n->key.fields.n > w->p->options.profile->max_fields) {
        work_withhold(
            w, r, KF_E_TOO_MANY_FIELDS,
            str_format(w->a, "it has %zu fields, and an index takes %zu", n->key.fields.n, w->p->options.profile->max_fields));
        return;
    }
    if (key_is_hashed(&n->key) && !w->p->options.profile->hashed) {
        work_withhold(w, r, KF_E_NOT_EXPRESSIBLE, str_format(w->a, "%s has no hashed indexes", w->p->options.profile->name));
        return;
    }
    str reason = STR_NONE;
    if (n->where_sql.n && !n->where) {
        work_withhold(w, r, KF_E_NOT_EXPRESSIBLE, STR("its condition could not be read"));
        return;
    }
    if (n->where && !condition_to_filter(&r->filter, &reason, n->where, w->final, w->p->options.profile, w->a)) {
        work_withhold(w, r, KF_E_NOT_EXPRESSIBLE, reason);
        return;
    }
    add_nulls(w, r);
    if (filter_none(&r->filter) || !check_filter(w, r)) return;
    if (n->kind == NAME_UNIQUE && !n->where) add_companion(w, n);
}

/* What is withheld stays as it was; where that uses a field that is renamed, its index follows. */
static void make_instead(work *w, request *r) {
    const name *live = request_left_out(r) && !r->companion ? final_live_name(w, r->name) : NULL;
    if (!live || !on_stale(w, live) || final_uses_removed(w, live)) return;
    r->instead = final_copy(w, live);
    r->instead->effect = 0;
    make(w, r->instead);
}

void request_make_all(work *w) {
    for (size_t i = 0; i < w->final->names.n; i++) make(w, w->final->names.at[i]);
    for (size_t i = 0, n = w->requests.n; i < n; i++) make_instead(w, w->requests.at[i]);
}

request *request_of(const work *w, const name *n) {
    for (size_t i = 0; i < w->requests.n; i++)
        if (w->requests.at[i]->name == n && !w->requests.at[i]->companion) return w->requests.at[i];
    return NULL;
}
