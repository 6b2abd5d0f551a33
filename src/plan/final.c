/* A table as it shall be: what the log asks for, what is live and not spoken of, and what may not be dropped. */
#include "plan/work.h"

static effect *effect_at(work *w, size_t effect) { return effect ? &w->desired->effects.at[effect - 1] : NULL; }

/* Of several drops by one statement one that is withheld makes it withheld. */
static void judge(work *w, size_t effect, verdict v) {
    struct effect *e = effect_at(w, effect);
    if (e->verdict != VERDICT_WITHHELD) e->verdict = v;
}

/* ---- columns ---- */

static void add_copy(work *w, const column *c) {
    column *copy = arena_make(w->a, column);
    *copy = *c;
    const column *live = w->live ? table_column(w->live, c->name) : NULL;
    copy->nulls_filled |= (live && live->nulls_filled) || (c->has_null_fill && !c->null_fill_effect);
    copy->nulls_filled &= c->nulls == NULLS_ALLOWED;
    vec_push(w->a, &w->final->columns, copy);
}

static bool may_drop(const work *w, unsigned kind) { return (w->p->options.allow_drop & kind) != 0; }

static void nothing_to_drop(work *w, const dropped *d, const char *what) {
    if (!d->effect) return;
    effect *e = effect_at(w, d->effect);
    if (e->verdict != VERDICT_UNKNOWN || e->kind == EFFECT_DROP_TABLE) return;
    e->verdict = e->undoes ? VERDICT_CANCELLED : VERDICT_SATISFIED;
    if (!e->undoes)
        work_find(w, FINDING_NOTICE, KF_OK, NULL, d->statement,
                  str_format(w->a, "the %s \"%.*s\" is known nowhere: there is nothing to drop", what, STR_ARG(d->name)));
}

/* false: it may not be dropped. */
static bool drop_live_column(work *w, const dropped *d, const column *live) {
    if (may_drop(w, ALLOW_DROP_FIELD)) {
        vec_push(w->a, &w->removed_columns, live->name);
        if (d->effect) judge(w, d->effect, VERDICT_APPLIED);
        return true;
    }
    if (d->effect) judge(w, d->effect, VERDICT_WITHHELD);
    work_find(w, FINDING_WITHHELD, KF_E_DROP_NOT_ALLOWED, NULL, d->statement,
              str_format(w->a, "the log drops the column \"%.*s\", which is there: --allow-drop=field allows it",
                         STR_ARG(live->name)));
    w->p->findings.at[w->p->findings.n - 1].field = live->name;
    return false;
}

static const dropped *find_dropped_column(const table *t, str column) {
    for (size_t i = 0; i < t->dropped_columns.n; i++)
        if (str_eq(t->dropped_columns.at[i].name, column)) return &t->dropped_columns.at[i];
    return NULL;
}

static void final_columns(work *w) {
    for (size_t i = 0; i < w->wanted->columns.n; i++) add_copy(w, w->wanted->columns.at[i]);
    for (size_t i = 0; w->live && i < w->live->columns.n; i++) {
        const column *c = w->live->columns.at[i];
        if (table_column(w->wanted, c->name)) continue;
        const dropped *d = find_dropped_column(w->wanted, c->name);
        if (!d || !drop_live_column(w, d, c)) add_copy(w, c);
    }
}

static bool is_removed(const work *w, str column) {
    for (size_t i = 0; i < w->removed_columns.n; i++)
        if (str_eq(w->removed_columns.at[i], column)) return true;
    return false;
}

/* ---- names ---- */

name *final_live_name(const work *w, const name *n) {
    if (!w->live) return NULL;
    name *exact = table_name(w->live, n->name);
    for (size_t i = n->was.n; !exact && i-- > 0;) /* unless that is another's now */
        if (!table_name(w->wanted, n->was.at[i])) exact = table_name(w->live, n->was.at[i]);
    if (exact || !n->of_column) return exact;
    return table_resolve_name(w->live, n->name);
}

/* The same thing, wherever it is recorded. */
static bool is_same(const name *a, const name *b) {
    return a->kind == b->kind && key_equal(&a->key, &b->key) && str_eq(a->where_sql, b->where_sql);
}

/* Was it renamed to n, under whose name there is another? */
static bool is_renamed_to(const work *w, const name *live, const name *n) {
    if (table_name(w->wanted, live->name)) return false;
    for (size_t i = 0; i < n->was.n; i++)
        if (str_eq(n->was.at[i], live->name)) return true;
    return false;
}

/* Does a wanted name continue this live one? */
static bool is_continued(const work *w, const name *live) {
    for (size_t i = 0; i < w->wanted->names.n; i++) {
        const name *n = w->wanted->names.at[i], *here = final_live_name(w, n);
        if (here == live || (here && !is_same(here, n) && is_renamed_to(w, live, n))) return true;
    }
    return false;
}

static const dropped *find_dropped_name(const work *w, const name *live) {
    for (size_t i = 0; i < w->wanted->dropped_names.n; i++) {
        const dropped *d = &w->wanted->dropped_names.at[i];
        if (table_resolve_name(w->live, d->name) == live) return d;
    }
    return NULL;
}

/* What became of a live name that no wanted one continues. Where one was renamed, and the other is all that it was to become,
 * it cannot be told whether somebody has made it since: it goes as a drop does. */
static bool find_end(const work *w, const name *live, dropped *out) {
    const dropped *d = find_dropped_name(w, live);
    if (d) *out = *d;
    for (size_t i = 0; !d && i < w->wanted->names.n; i++) {
        const name *n = w->wanted->names.at[i];
        if (!is_renamed_to(w, live, n)) continue;
        *out = (dropped){live->name, 0, n->causes.n ? n->causes.at[0] : 0, false};
        return true;
    }
    return d != NULL;
}

bool final_uses_removed(const work *w, const name *n) {
    for (size_t i = 0; i < n->key.fields.n; i++)
        if (is_removed(w, n->key.fields.at[i].column)) return true;
    for (size_t i = 0; w->live && i < n->indexes.n; i++) { /* a name taken from an index knows no condition */
        const index_spec *x = table_index(w->live, n->indexes.at[i]);
        for (size_t j = 0; x && j < x->filter.terms.n; j++)
            if (is_removed(w, x->filter.terms.at[j].field)) return true;
    }
    return false;
}

name *final_copy(work *w, const name *n) {
    name *copy = arena_make(w->a, name);
    *copy = *n;
    copy->derived = copy->cleared = copy->full = false;
    return copy;
}

static name *add_name(work *w, const name *n) {
    name *copy = final_copy(w, n);
    vec_push(w->a, &w->final->names, copy);
    return copy;
}

static const index_spec *index_of(const work *w, const name *live) {
    const index_spec *x = live->indexes.n ? table_index(w->live, live->indexes.at[0]) : NULL;
    return x && name_is_on(live, x) ? x : NULL;
}

/* Somebody else's index stays though the log drops a name that is spelled as its own: djongo makes none of that form. Its name
 * stays too, or the next run would find the index and no name of it. */
static bool keep_adopted(work *w, const dropped *d, const name *live) {
    const index_spec *x = index_of(w, live);
    if (d->by_column || live->made_by != MADE_BY_OTHER || !x || index_is_plain(x)) return false;
    if (d->effect) {
        judge(w, d->effect, VERDICT_SATISFIED);
        work_find(w, FINDING_NOTICE, KF_OK, live, d->statement,
                  str_format(w->a, "\"%.*s\" is somebody else's index: it stays", STR_ARG(live->name)));
    }
    return true;
}

/* Is it on a column that the log drops and that stays? */
static bool stays_with_column(const work *w, const name *live) {
    for (size_t i = 0; i < w->wanted->dropped_columns.n; i++) {
        str c = w->wanted->dropped_columns.at[i].name, quoted = str_format(w->a, "\"%.*s\"", STR_ARG(c));
        const index_spec *x = index_of(w, live);
        if (!table_column(w->live, c) || table_column(w->wanted, c) || is_removed(w, c)) continue;
        if (key_has(&live->key, c) || str_find(live->where_sql, quoted, 0) != SIZE_MAX || (x && filter_uses(&x->filter, c)))
            return true;
    }
    return false;
}

/* true: the live name goes. */
static bool drop_live_name(work *w, const dropped *d, const name *live) {
    if (keep_adopted(w, d, live)) return false;
    bool free = !name_is_served(live->kind) && !d->by_column;
    if (free || may_drop(w, d->by_column ? ALLOW_DROP_FIELD : ALLOW_DROP_INDEX)) {
        if (d->effect) judge(w, d->effect, VERDICT_APPLIED);
        return true;
    }
    if (d->by_column && stays_with_column(w, live)) return false; /* its column was told of */
    if (d->effect) judge(w, d->effect, VERDICT_WITHHELD);
    work_find(w, FINDING_WITHHELD, KF_E_DROP_NOT_ALLOWED, live, d->statement,
              str_format(w->a, "the log drops \"%.*s\"%s, which is there: --allow-drop=%s allows it", STR_ARG(live->name),
                         d->by_column ? " with its column" : "", d->by_column ? "field" : "index"));
    return false;
}

/* djongo, if its index can be djongo's and nobody has recorded it as keyfold's.
 * That an earlier run did not speak of it makes no difference. */
maker final_maker(const work *w, const name *live) {
    if (!live) return MADE_BY_KEYFOLD;
    const index_spec *x = index_of(w, live);
    if (live->made_by != MADE_BY_OTHER || (x && !index_is_plain(x))) return live->made_by;
    return x ? MADE_BY_DJONGO : MADE_BY_KEYFOLD;
}

static void final_names(work *w) {
    for (size_t i = 0; i < w->wanted->names.n; i++) {
        const name *n = w->wanted->names.at[i];
        if (n->effect == 0 && final_uses_removed(w, n)) continue;
        name *copy = add_name(w, n);
        if (n->effect) copy->made_by = final_maker(w, final_live_name(w, n));
    }
    for (size_t i = 0; w->live && i < w->live->names.n; i++) {
        const name *n = w->live->names.at[i];
        if (is_continued(w, n) || final_uses_removed(w, n)) continue;
        dropped d;
        bool ends = find_end(w, n, &d);
        if (ends && drop_live_name(w, &d, n)) continue;
        name *kept = add_name(w, n);
        kept->effect = 0;
        memset(&kept->causes, 0, sizeof kept->causes);
        if (!ends) continue;
        kept->made_by = final_maker(w, n);
        vec_push(w->a, &w->kept_drops, kept);
    }
    for (size_t i = 0; i < w->wanted->dropped_names.n; i++)
        if (!w->wanted->dropped_names.at[i].by_column) nothing_to_drop(w, &w->wanted->dropped_names.at[i], "name");
}

void final_make(work *w) {
    w->final = arena_make(w->a, table);
    w->final->name = w->wanted->name;
    bool told = w->desired->placed && w->wanted->was.n; /* by the log, which has it from its beginning */
    bool continued = w->live && w->wanted->defined && !w->wanted->renamed && !w->wanted->reborn && !told;
    w->final->was.at = continued ? w->live->was.at : w->wanted->was.at;
    w->final->was.n = continued ? w->live->was.n : w->wanted->was.n;
    final_columns(w);
    final_names(w);
    for (size_t i = 0; i < w->wanted->dropped_columns.n; i++)
        if (!table_column(w->wanted, w->wanted->dropped_columns.at[i].name))
            nothing_to_drop(w, &w->wanted->dropped_columns.at[i], "column");
}
