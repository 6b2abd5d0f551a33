/* Renames: which live table and which live columns a wanted one continues, and what has to be renamed. After this the rest of
 * the plan works on a view of the live table under the wanted names. */
#include "plan/work.h"

static bool listed(const str *at, size_t n, str s) {
    for (size_t i = 0; i < n; i++)
        if (str_eq(at[i], s)) return true;
    return false;
}

static bool same_lineage(const str *a, size_t an, const str *b, size_t bn) {
    bool same = an == bn;
    for (size_t i = 0; same && i < an; i++) same = str_eq(a[i], b[i]);
    return same;
}

static bool is_collection(const table *t) { return t && t->exists; }

/* ---- tables ---- */

/* Nothing is done to the table. */
static void withhold_all(work *w, verdict to) {
    for (size_t i = 0; i < w->wanted->effects.n; i++) {
        effect *e = &w->desired->effects.at[w->wanted->effects.at[i] - 1];
        if (!e->superseded) e->verdict = to;
    }
}

/* What made or renamed it; or, of one that it only alters, renamed its columns. */
static size_t cause_of(const work *w) {
    if (w->wanted->causes.n) return w->wanted->causes.at[w->wanted->causes.n - 1];
    for (size_t i = 0; i < w->wanted->effects.n; i++) {
        const effect *e = &w->desired->effects.at[w->wanted->effects.at[i] - 1];
        if (e->kind == EFFECT_RENAME_COLUMN && !e->superseded) return e->statement;
    }
    return SIZE_MAX;
}

/* Nor is anything done to tables that bear one of its former names now. */
static bool withhold(work *w, kf_code code, str message) {
    bool skip = w->p->options.skip_unsupported && code == KF_E_NOT_EXPRESSIBLE;
    withhold_all(w, skip ? VERDICT_SKIPPED : VERDICT_WITHHELD);
    for (size_t i = w->wanted->was_live; w->wanted->renamed && i < w->wanted->was.n; i++)
        vec_push(w->a, &w->p->unclear, w->wanted->was.at[i]);
    work_find(w, skip ? FINDING_SKIPPED : FINDING_WITHHELD, code, NULL, cause_of(w), message);
    return false;
}

static bool unclear(work *w, str message) { return withhold(w, KF_E_RENAME_UNCLEAR, message); }

/* Is what is live under its name what this log makes of another table, which has come to that name by its own renames? */
static bool is_another(const work *w, const table *t, const table *wanted) {
    const table *of = schema_table(w->desired, t->name);
    if (!of || of == wanted || !t->has_names || w->desired->placed) return false;
    if (of->renamed &&
        lineage_replays((lineage){t->was.at, t->was.n, t->name}, (lineage){of->was.at, of->was.n, of->name}, of->was_live))
        return true;
    bool same = of->was.n > 0 && of->was.n == t->was.n; /* an open table's, which an earlier run has brought there */
    for (size_t i = 0; same && i < t->was.n; i++) same = str_eq(t->was.at[i], of->was.at[i]);
    return same;
}

/* Has what is live under a former name come to it by the same renames? keyfold keeps count of them; of others it is assumed. */
static bool may_be(const work *w, const table *t, const table *wanted, size_t former) {
    if (w->desired->placed && former < wanted->was_live) return false;
    if (!t->has_names) return true;
    if (w->desired->placed)
        return wanted->was_there && former == wanted->was_live &&
               same_lineage(t->was.at, t->was.n, wanted->was.at, wanted->was_live);
    if (former <= wanted->was_live) return !is_another(w, t, wanted);
    return lineage_replays((lineage){t->was.at, t->was.n, t->name}, (lineage){wanted->was.at, former, wanted->was.at[former]},
                           wanted->was_live);
}

static bool cannot_rename(work *w, str from) {
    vec_push(w->a, &w->p->unclear, from);
    return withhold(w, KF_E_NOT_EXPRESSIBLE,
                    str_format(w->a, "\"%.*s\" cannot be renamed to \"%.*s\": %s renames no collections", STR_ARG(from),
                               STR_ARG(w->wanted->name), w->p->options.profile->name));
}

/* The newest of the names it had under which there is a collection. */
static const table *live_before(const work *w, const table *wanted, const schema *live) {
    for (size_t i = wanted->was.n; i-- > 0;) {
        const table *t = schema_table(live, wanted->was.at[i]);
        if (is_collection(t) && !str_eq(t->name, wanted->name) && may_be(w, t, wanted, i) && !plan_is_taken(w->p, t->name) &&
            !listed(w->p->settled.at, w->p->settled.n, t->name))
            return t;
    }
    return NULL;
}

/* Do names go round, so that no order of renames does it? */
static bool goes_round(const work *w, const schema *live) {
    const table *wanted = w->wanted;
    for (size_t i = 0; i < w->desired->tables.n; i++) {
        const table *before = live_before(w, wanted, live);
        wanted = before ? schema_table(w->desired, before->name) : NULL;
        if (!wanted || !wanted->renamed) return false;
    }
    return true;
}

/* Is what is live under the name of `wanted` to be called otherwise? turns: how many more may be in a row. */
static bool moves_on(const work *w, const schema *live, const table *wanted, size_t turns) {
    if (plan_is_taken(w->p, wanted->name)) return true;
    for (size_t i = 0; turns && i < w->desired->tables.n; i++) {
        const table *t = w->desired->tables.at[i];
        bool from_here = t != wanted && t->renamed && live_before(w, t, live) == schema_table(live, wanted->name);
        if (from_here && (!is_collection(schema_table(live, t->name)) || moves_on(w, live, t, turns - 1))) return true;
    }
    return false;
}

/* djongo renames the collection and leaves the document, and with it the counter, under the old name. So does a run of
 * keyfold's that was cut off there: then it has the names as well. */
static const table *document_before(const work *w, const schema *live) {
    for (size_t i = w->wanted->was.n; i-- > 0;) {
        const table *t = schema_table(live, w->wanted->was.at[i]);
        if (t && t->has_document && !t->exists) return t;
    }
    return NULL;
}

static void take_names(work *w, table *t, const table *of) {
    name_list names = {0};
    for (size_t i = 0; i < of->names.n; i++) vec_push(w->a, &names, of->names.at[i]);
    for (size_t i = 0; i < t->names.n; i++) { /* of indexes that none of those has */
        bool has = table_name(of, t->names.at[i]->name) != NULL;
        for (size_t j = 0; j < of->names.n && !has; j++)
            has = listed(of->names.at[j]->indexes.at, of->names.at[j]->indexes.n, t->names.at[i]->indexes.at[0]);
        if (!has) vec_push(w->a, &names, t->names.at[i]);
    }
    t->names = names;
    t->has_names = true;
    t->was.at = of->was.at;
    t->was.n = of->was.n;
    memcpy(&t->dropping, &of->dropping, sizeof t->dropping);
}

static void take_document(work *w, const table *of) {
    table *t = arena_make(w->a, table);
    *t = *w->live;
    t->columns = of->columns;
    t->has_document = true;
    t->rev = of->rev;
    t->has_auto = of->has_auto;
    t->seq = of->seq;
    if (of->has_names) take_names(w, t, of);
    w->live = t;
    w->document_from = of->name;
    vec_push(w->a, &w->p->taken, of->name);
    vec_push(w->a, &w->p->settled, w->live->name);
}

/* The log's drop of what is live under the wanted name; NULL if it has none. */
static const dropped *find_drop(const work *w) {
    for (size_t i = w->desired->dropped_tables.n; i-- > 0;)
        if (str_eq(w->desired->dropped_tables.at[i].name, w->wanted->name)) return &w->desired->dropped_tables.at[i];
    return NULL;
}

static void withhold_drop(work *w, str collection, const dropped *d, str message) {
    vec_push(w->a, &w->p->findings,
             (finding){.kind = FINDING_WITHHELD,
                       .code = KF_E_DROP_NOT_ALLOWED,
                       .collection = collection,
                       .message = message,
                       .has_statement = true,
                       .statement = d->statement});
}

/* The log drops the table that is there, and gives its name to another. false: it may not be dropped. */
static bool make_room(work *w, const table *here, const table *before, const dropped *d) {
    effect *e = &w->desired->effects.at[d->effect - 1];
    if (!w->p->options.profile->rename_collection) {
        e->verdict = w->p->options.skip_unsupported ? VERDICT_SKIPPED : VERDICT_WITHHELD;
        return cannot_rename(w, before->name);
    }
    if (!(w->p->options.allow_drop & ALLOW_DROP_COLLECTION)) {
        e->verdict = VERDICT_WITHHELD;
        vec_push(w->a, &w->p->unclear, before->name);
        withhold_all(w, VERDICT_WITHHELD);
        withhold_drop(w, here->name, d,
                      str_format(w->a, "the log drops the table \"%.*s\", which is there: --allow-drop=collection allows it",
                                 STR_ARG(here->name)));
        withhold_drop(w, before->name, d,
                      str_format(w->a, "\"%.*s\" stays: it is to be renamed to \"%.*s\", which may not be dropped",
                                 STR_ARG(before->name), STR_ARG(here->name)));
        return false;
    }
    e->verdict = VERDICT_APPLIED;
    plan_drop_table(w->p, here, d->statement, true);
    return true;
}

/* keyfold keeps both: what is live under the wanted name is not what was renamed. */
static bool is_in_its_place(const work *w, const table *here, const table *before, bool round) {
    if (round || w->p->options.renames == RENAMES_DONE || !find_drop(w)) return false;
    return w->p->options.renames == RENAMES_TODO || (here->has_names && before->has_names);
}

static bool both_are_there(work *w, const table *before) {
    return unclear(w, str_format(w->a, "both \"%.*s\" and \"%.*s\", which it was renamed from, are there",
                                 STR_ARG(w->wanted->name), STR_ARG(before->name)));
}

/* May it be what another table is to be renamed from? Nobody has left names that would tell. */
static bool is_asked_for(const work *w, const schema *live, const table *here) {
    if (here->has_names || w->p->options.renames != RENAMES_ASK) return false;
    for (size_t i = 0; i < w->desired->tables.n; i++) {
        const table *t = w->desired->tables.at[i];
        if (t != w->wanted && t->renamed && !is_collection(schema_table(live, t->name)) && live_before(w, t, live) == here)
            return true;
    }
    return false;
}

static bool is_unclear(const work *w) { return listed(w->p->unclear.at, w->p->unclear.n, w->wanted->name); }

static bool whose_it_is(work *w) {
    return unclear(w,
                   str_format(w->a, "whether \"%.*s\" is the table that was renamed cannot be told", STR_ARG(w->wanted->name)));
}

static bool find_live_table(work *w, const schema *live) {
    const table *here = schema_table(live, w->wanted->name), *before = live_before(w, w->wanted, live);
    w->live = here;
    if (w->wanted->was.n == 0 || !w->wanted->renamed) return true;
    bool placed = w->desired->placed;
    if (here && w->wanted->was_renamed && here->has_names &&
        same_lineage(here->was.at, here->was.n, w->wanted->was.at, w->wanted->was.n))
        return true;
    if (here && !placed &&
        lineage_replays((lineage){here->was.at, here->was.n, here->name},
                        (lineage){w->wanted->was.at, w->wanted->was.n, w->wanted->name}, w->wanted->was_live)) {
        if (w->wanted->reborn && before) return both_are_there(w, before); /* the log drops one that came to its name so too? */
        memcpy(&w->wanted->was, &here->was, sizeof here->was);
        return true;
    }
    if (here && !placed && !w->wanted->reborn && listed(here->was.at, here->was.n, w->wanted->was.at[w->wanted->was.n - 1]))
        return true; /* done, by keyfold */
    bool round = goes_round(w, live), todo = w->p->options.renames == RENAMES_TODO;
    if (is_collection(here) && !round && (todo || here->has_names) && moves_on(w, live, w->wanted, w->desired->tables.n)) {
        if (is_unclear(w)) return whose_it_is(w); /* it was to move on, and stays */
        w->live = here = NULL;
    }
    if (is_collection(here) && before && is_in_its_place(w, here, before, round)) {
        if (!make_room(w, here, before, find_drop(w))) return false;
        here = NULL;
    }
    if (is_collection(here) && before && (round || w->p->options.renames != RENAMES_DONE)) return both_are_there(w, before);
    const table *of = here && !here->has_document ? document_before(w, live) : NULL;
    if (is_collection(here) && !of && (is_unclear(w) || is_asked_for(w, live, here))) return whose_it_is(w);
    if (is_collection(here) || (!before && here)) {
        if (of) take_document(w, of);
        return true;
    }
    if (!before || w->p->options.renames == RENAMES_DONE) return true;
    bool reused = schema_table(w->desired, before->name) != NULL;
    if (reused && !before->has_names && w->p->options.renames == RENAMES_ASK)
        return unclear(
            w, str_format(
                   w->a, "whether \"%.*s\" is the table that was renamed to \"%.*s\", or the one made after it, cannot be told",
                   STR_ARG(before->name), STR_ARG(w->wanted->name)));
    w->live = before;
    w->collection_from = before->name;
    if (before->has_document) w->document_from = before->name;
    return true;
}

/* ---- columns ---- */

typedef struct move {
    const column *column;
    str from, to;
    bool documents; /* they have to be changed */
    bool done;      /* its operation is planned */
} move;

typedef VEC(move) move_list;

/* Was another wanted column called as this one is now? */
static bool is_wanted_elsewhere(const work *w, const column *c) {
    for (size_t i = 0; i < w->wanted->columns.n; i++) {
        const column *other = w->wanted->columns.at[i];
        bool placed = w->desired->placed && w->live->has_names;
        if (other != c && other->rename_effect && !placed && listed(other->was.at, other->was.n, c->name)) return true;
        if (placed && other != c && other->rename_effect && other->was_there && other->was_live < other->was.n &&
            str_eq(other->was.at[other->was_live], c->name))
            return true;
    }
    return false;
}

/* An earlier run of the same log has renamed it: what this one does not say of it is as it is. */
static void continue_live(column *c, const column *here) {
    column was = *c;
    if (!c->effect) *c = *here;
    memcpy(&c->was, &here->was, sizeof c->was);
    c->effect = was.effect;
    c->nulls_effect = was.nulls_effect;
    c->default_effect = was.default_effect;
    c->type_effect = was.type_effect;
    c->identity_effect = was.identity_effect;
    c->rename_effect = was.rename_effect;
    if (was.nulls_effect) c->nulls = was.nulls;
    if (was.type_effect) c->type = was.type;
    if (was.identity_effect) c->auto_increment = was.auto_increment;
    if (!was.default_effect) return;
    c->has_default = was.has_default;
    c->default_sql = was.default_sql;
}

/* What is live under a former name, if it came to that by the same renames (as may_be). */
static const column *find_before(const work *w, const column *c, size_t former) {
    const column *x = table_column(w->live, c->was.at[former]);
    if (w->desired->placed && former < c->was_live) return NULL;
    if (x && w->live->has_names && w->desired->placed)
        return c->was_there && former == c->was_live && same_lineage(x->was.at, x->was.n, c->was.at, c->was_live) ? x : NULL;
    if (!x || !w->live->has_names || former <= c->was_live) return x;
    lineage made = {c->was.at, former, c->was.at[former]};
    return lineage_replays((lineage){x->was.at, x->was.n, x->name}, made, c->was_live) ? x : NULL;
}

/* Is what is live under c's name another column that this log has yet to move? A later part knows no more than the last steps
 * of a lineage, and those two may share. */
static bool is_yet_to_move(const work *w, const column *c) {
    for (size_t i = 0; w->wanted->open && i < w->wanted->columns.n; i++) {
        const column *other = w->wanted->columns.at[i], *there = table_column(w->live, other->name);
        bool from_here = other != c && other->rename_effect &&
                         listed(other->was.at + other->was_live, other->was.n - other->was_live, c->name);
        if (from_here && !(there && column_replays(there, other))) return true;
    }
    return false;
}

/* The first n names of c's, and then the one that it has? */
static bool has_lineage(const column *here, const column *c, size_t n) {
    for (size_t i = 0; i < n && here->was.n == n; i++)
        if (!str_eq(here->was.at[i], c->was.at[i])) return false;
    return n > 0 && here->was.n == n;
}

/* false: it cannot be told. */
static bool find_move(work *w, column *c, move *out, bool *found) {
    const column *here = table_column(w->live, c->name), *before = NULL;
    *found = false;
    if (here && c->rename_effect && !w->desired->placed && column_replays(here, c) && !is_yet_to_move(w, c)) {
        continue_live(c, here);
        w->replayed = true;
        return true;
    }
    if (here && c->was_renamed && w->live->has_names && same_lineage(here->was.at, here->was.n, c->was.at, c->was.n))
        return true;    /* done, beside what its drop has left of another */
    bool known = false; /* keyfold has given it a name that this run takes from it */
    for (size_t i = c->was.n; i-- > 0 && !before;) {
        if (!str_eq(c->was.at[i], c->name)) before = find_before(w, c, i);
        known = before && w->live->has_names && (i > c->was_live || has_lineage(before, c, i));
    }
    if (c->was.n == 0 || !c->rename_effect) return true;
    if (here && !known && !w->desired->placed && here->was.n && listed(here->was.at, here->was.n, c->was.at[c->was.n - 1]))
        return true;
    if (!before) return true;
    bool todo = w->p->options.renames == RENAMES_TODO;
    if (here && (w->live->has_names || todo) && is_wanted_elsewhere(w, c)) here = NULL; /* it is still to move on */
    bool reused = table_column(w->wanted, before->name) != NULL;
    bool told = w->p->options.renames == RENAMES_DONE || (!here && (todo || w->live->has_names));
    if ((here || reused) && !told)
        return unclear(w,
                       str_format(w->a, "whether the column \"%.*s\" is still to be renamed to \"%.*s\" cannot be told: %s",
                                  STR_ARG(before->name), STR_ARG(c->name), here ? "both are there" : "its name is used again"));
    if (here) return true;
    if (reused && w->p->options.renames == RENAMES_DONE) {
        table_column(w->wanted, before->name)->is_another = true;
        if (!w->wanted->open) return true;
        return unclear(w, str_format(w->a,
                                     "\"%.*s\" is used again after its rename, and the log does not create the table: give the "
                                     "whole log",
                                     STR_ARG(before->name)));
    }
    *out = (move){c, before->name, c->name, w->p->options.renames != RENAMES_DONE, false};
    *found = true;
    return true;
}

static str moved(const move *moves, size_t n, str column) {
    for (size_t i = 0; i < n; i++)
        if (str_eq(moves[i].from, column)) return moves[i].to;
    return column;
}

static bool move_key(work *w, key_pattern *k, const move *moves, size_t n) {
    key_pattern copy = {0};
    bool any = false;
    for (size_t i = 0; i < k->fields.n; i++) {
        key_field f = k->fields.at[i];
        f.column = moved(moves, n, f.column);
        any |= !str_eq(f.column, k->fields.at[i].column);
        vec_push(w->a, &copy.fields, f);
    }
    *k = copy;
    return any;
}

static bool move_terms(filter *f, const move *moves, size_t n) {
    bool any = false;
    for (size_t i = 0; i < f->terms.n; i++) {
        filter_term *t = &f->terms.at[i];
        str to = moved(moves, n, t->field);
        if (t->op != FILTER_OR && !str_eq(t->field, to)) any = true;
        t->field = to;
        for (size_t j = 0; j < t->branches.n; j++) any |= move_terms(&t->branches.at[j], moves, n);
    }
    return any;
}

static bool move_filter(work *w, filter *f, const move *moves, size_t n) {
    *f = filter_copy(f, w->a);
    bool any = move_terms(f, moves, n);
    filter_normalise(f, w->a);
    return any;
}

static void move_columns(work *w, table *t, const move *moves, size_t n) {
    column_list columns = {0};
    for (size_t i = 0; i < t->columns.n; i++) {
        column *c = arena_make(w->a, column);
        *c = *t->columns.at[i];
        str to = moved(moves, n, c->name);
        const column *wanted = str_eq(to, c->name) ? NULL : table_column(w->wanted, to);
        if (wanted) {
            vec_push(w->a, &w->moved_columns, c->name);
            c->name = to;
            memcpy(&c->was, &wanted->was, sizeof c->was);
        }
        vec_push(w->a, &columns, c);
    }
    t->columns = columns;
}

/* All at once: names may go round. */
static void move_name(work *w, name *n, const move *moves, size_t count) {
    for (size_t i = 0; i < count; i++) name_rename_column(n, moves[i].from, str_format(w->a, "\1%zu", i), w->a);
    for (size_t i = 0; i < count; i++) name_rename_column(n, str_format(w->a, "\1%zu", i), moves[i].to, w->a);
}

static void move_names_and_indexes(work *w, table *t, const move *moves, size_t n) {
    name_list names = {0};
    index_list indexes = {0};
    for (size_t i = 0; i < t->names.n; i++) {
        name *copy = arena_make(w->a, name);
        *copy = *t->names.at[i];
        move_name(w, copy, moves, n);
        vec_push(w->a, &names, copy);
    }
    for (size_t i = 0; i < t->indexes.n; i++) {
        index_spec *copy = arena_make(w->a, index_spec);
        *copy = *t->indexes.at[i];
        bool key = move_key(w, &copy->key, moves, n), filter = move_filter(w, &copy->filter, moves, n);
        copy->stale = key || filter;
        vec_push(w->a, &indexes, copy);
    }
    t->names = names;
    t->indexes = indexes;
}

static void add_rename(work *w, const column *c, const move *m) {
    operation op = {.kind = OPERATION_RENAME_FIELD,
                    .collection = w->wanted->name,
                    .from = m->from,
                    .field = m->to,
                    .reason = STR("the column was renamed")};
    vec_push(w->a, &op.causes, w->desired->effects.at[c->rename_effect - 1].statement);
    vec_push(w->a, &w->p->operations, op);
}

static bool is_waiting(const move_list *moves, const move *m) {
    for (size_t i = 0; i < moves->n; i++)
        if (!moves->at[i].done && str_eq(moves->at[i].from, m->to)) return true;
    return false;
}

/* Each field has to be free before another takes its name: b to c before a to b. Where they go round, no order of renames
 * does it, and a run that is cut off in the middle could not be told from one that is done. */
static bool order_renames(work *w, move_list *moves) {
    for (bool any = true; any;) {
        any = false;
        for (size_t i = 0; i < moves->n; i++) {
            move *m = &moves->at[i];
            if (m->done || (m->documents && is_waiting(moves, m))) continue;
            if (m->documents && w->live->exists) add_rename(w, m->column, m);
            if (m->documents && w->live->exists && table_column(w->wanted, m->from))
                record_add(w, m->to, w->desired->effects.at[m->column->rename_effect - 1].statement);
            m->done = any = true;
        }
    }
    for (size_t i = 0; i < moves->n; i++)
        if (!moves->at[i].done)
            return unclear(
                w, str_format(w->a, "the column \"%.*s\" goes round with others: swap them by hand, and say --renames=done",
                              STR_ARG(moves->at[i].to)));
    return true;
}

/* Names that this run does not speak of have followed renames that were done before: from what is live they start again. */
static void restore_names(work *w, const move_list *moves) {
    for (size_t i = 0; w->replayed && i < w->wanted->names.n; i++) {
        name *n = w->wanted->names.at[i];
        const name *live = n->effect ? NULL : final_live_name(w, n);
        if (!live) continue;
        n->key = live->key;
        n->where = live->where;
        n->where_sql = live->where_sql;
        n->check_sql = live->check_sql;
        move_name(w, n, moves->at, moves->n);
    }
}

static bool find_live_columns(work *w) {
    move_list moves = {0};
    for (size_t i = 0; w->live && i < w->wanted->columns.n; i++) {
        column *c = w->wanted->columns.at[i];
        move m;
        bool found;
        if (!find_move(w, c, &m, &found)) return false;
        if (!found) continue;
        vec_push(w->a, &moves, m);
    }
    restore_names(w, &moves);
    if (moves.n == 0) return true;
    size_t before = w->p->operations.n;
    if (!order_renames(w, &moves)) {
        w->p->operations.n = before;
        return false;
    }
    table *t = arena_make(w->a, table);
    *t = *w->live;
    move_columns(w, t, moves.at, moves.n);
    move_names_and_indexes(w, t, moves.at, moves.n);
    w->live = t;
    return true;
}

/* Then documents follow at once: one that stays behind would be in the way of telling what was renamed. */
static bool others_are_renamed(const work *w) {
    for (size_t i = 0; !w->desired->now && i < w->desired->tables.n; i++)
        if (w->desired->tables.at[i] != w->wanted && w->desired->tables.at[i]->renamed) return true;
    return false;
}

bool origin_find(work *w, const schema *live) {
    if (is_unclear(w) && !w->wanted->renamed) return whose_it_is(w);
    if (!find_live_table(w, live)) return false;
    if (!w->collection_from.n && plan_is_taken(w->p, w->wanted->name)) w->live = NULL;
    w->origin = w->live;
    if (!find_live_columns(w)) return false;
    bool alone = !w->document_from.n || (!schema_table(w->desired, w->document_from) && !others_are_renamed(w));
    if (!alone) record_add(w, STR_NONE, SIZE_MAX);
    if (!w->collection_from.n) return true;
    if (!w->p->options.profile->rename_collection) return cannot_rename(w, w->collection_from);
    vec_push(w->a, &w->p->taken, w->collection_from);
    operation op = {.kind = OPERATION_RENAME_COLLECTION,
                    .collection = w->wanted->name,
                    .from = w->collection_from,
                    .reason = STR("the table was renamed")};
    for (size_t i = 0; i < w->wanted->effects.n; i++) {
        const effect *e = &w->desired->effects.at[w->wanted->effects.at[i] - 1];
        if (e->kind == EFFECT_RENAME_TABLE) vec_push(w->a, &op.causes, e->statement);
    }
    vec_push(w->a, &w->p->operations, op);
    return true;
}
