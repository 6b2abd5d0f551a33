/* What the catalog has to say before the run is through, or a run that is cut off could not be gone on with:
 * - a rename that is done, where the old name is used again: what bears it then would be renamed too;
 * - what an index alone tells, where it goes before its successor is there: the names of a table that has none recorded, that
 *   somebody else's is to be built again, and that a unique one has no filter though it is not known whether a column may be
 * null. */
#include "plan/work.h"

static bool is_of(const work *w, const operation *op, operation_kind kind) {
    return op->kind == kind && str_eq(op->collection, w->wanted->name);
}

/* ---- what only an index tells ---- */

/* The log itself asks for it again, or for what takes its place. */
static bool is_spoken_of(const work *w, const name *live) {
    for (size_t i = 0; i < w->wanted->names.n; i++)
        if (w->wanted->names.at[i]->effect && final_live_name(w, w->wanted->names.at[i]) == live) return true;
    return false;
}

static bool is_full(const work *w, const name *n) {
    if (n->kind != NAME_UNIQUE || n->full) return n->full;
    bool unknown = false, full = false;
    for (size_t i = 0; i < n->key.fields.n; i++) {
        const column *c = table_column(w->final, n->key.fields.at[i].column);
        unknown |= !c || c->nulls == NULLS_UNKNOWN;
    }
    for (size_t i = 0; i < w->live->indexes.n; i++) {
        const index_spec *x = w->live->indexes.at[i];
        full |= x->unique && index_is_plain(x) && name_is_on(n, x);
    }
    return unknown && full;
}

static bool is_cleared(const work *w, const name *n, size_t first) {
    for (size_t i = first; i < w->p->operations.n; i++) {
        const operation *op = &w->p->operations.at[i];
        bool goes = is_of(w, op, OPERATION_CLEAR_INDEX) || is_of(w, op, OPERATION_REPLACE_INDEX);
        if (goes && name_is_on(n, op->old)) return true;
    }
    return false;
}

static bool loses_anything(const work *w, size_t first) {
    for (size_t i = 0; w->live->exists && i < w->live->names.n; i++) {
        const name *n = w->live->names.at[i];
        bool known = w->live->has_names && (n->made_by != MADE_BY_OTHER || n->cleared);
        bool lost = (!known && !is_spoken_of(w, n)) || (is_full(w, n) && !n->full);
        if (lost && table_name(w->final, n->name) && is_cleared(w, n, first)) return true;
    }
    return false;
}

/* ---- the document as it is so far ---- */

static str called_so_far(const operation *const *renames, size_t n, str column) {
    for (size_t i = 0; i < n; i++)
        if (str_eq(renames[i]->from, column)) column = renames[i]->field;
    return column;
}

static void add_columns(work *w, operation *op, const operation *const *renames, size_t n) {
    for (size_t i = 0; !w->origin->broken_fields && i < w->origin->columns.n; i++) {
        column *c = arena_make(w->a, column);
        *c = *w->origin->columns.at[i];
        c->name = called_so_far(renames, n, c->name);
        const column *wanted = table_column(w->wanted, c->name);
        if (wanted && !str_eq(c->name, w->origin->columns.at[i]->name)) memcpy(&c->was, &wanted->was, sizeof c->was);
        vec_push(w->a, &op->document->columns, c);
    }
    for (size_t i = 0; i < n; i++)
        if (!table_column(op->document, renames[i]->from)) vec_push(w->a, &op->removed_columns, renames[i]->from);
}

static void add_names(work *w, operation *op, size_t first, const operation *const *renames, size_t n) {
    for (size_t i = 0; i < w->origin->names.n; i++) {
        const name *live = w->origin->names.at[i];
        if (live->derived && w->origin->has_names) continue;
        name *copy = final_copy(w, live);
        const name *view = w->live->names.at[i]; /* in the same order */
        const name *final = table_name(w->final, live->name);
        if (live->derived) copy->made_by = final ? final->made_by : final_maker(w, view);
        copy->cleared = view->cleared || (final && is_cleared(w, view, first));
        copy->full = is_full(w, view);
        for (size_t k = 0; k < n; k++) name_rename_column(copy, renames[k]->from, renames[k]->field, w->a);
        vec_push(w->a, &op->document->names, copy);
    }
}

static void fill(work *w, operation *op, size_t first, const operation *const *renames, size_t n) {
    table *t = op->document = arena_make(w->a, table);
    t->name = w->wanted->name;
    t->was.at = w->wanted->was.at;
    t->was.n = w->wanted->was.n;
    t->has_auto = w->origin->has_auto;
    add_columns(w, op, renames, n);
    add_names(w, op, first, renames, n);
    op->from = w->document_from;
    op->document_exists = w->origin->has_document || w->records;
    op->base_rev = (w->origin->has_document ? w->origin->rev : 0) + (int64_t)w->records;
    w->document_from = STR_NONE;
    w->records++;
    w->recorded = t;
}

void record_add(work *w, str field, size_t statement) {
    operation op = {.kind = OPERATION_RECORD_DOCUMENT, .collection = w->wanted->name, .field = field};
    op.reason = field.n ? STR("its former name is used again") : STR("for a run that is cut off");
    if (statement != SIZE_MAX) vec_push(w->a, &op.causes, statement);
    vec_push(w->a, &w->p->operations, op);
}

void record_fill(work *w, size_t first) {
    VEC(const operation *) renames = {0};
    bool whole = false;
    if (!w->live) return;
    for (size_t i = first; i < w->p->operations.n; i++) {
        operation *op = &w->p->operations.at[i];
        if (!is_of(w, op, OPERATION_RECORD_DOCUMENT) || op->field.n) continue;
        fill(w, op, first, NULL, 0);
        whole = true;
    }
    if (!whole && loses_anything(w, first)) {
        record_add(w, STR_NONE, SIZE_MAX);
        fill(w, &w->p->operations.at[w->p->operations.n - 1], first, NULL, 0);
    }
    for (size_t i = first; i < w->p->operations.n; i++) {
        operation *op = &w->p->operations.at[i];
        if (is_of(w, op, OPERATION_RENAME_FIELD)) vec_push(w->a, &renames, op);
        if (is_of(w, op, OPERATION_RECORD_DOCUMENT) && op->field.n) fill(w, op, first, renames.at, renames.n);
    }
}
