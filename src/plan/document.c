/* A table's document in the catalog: what it shall be, and whether it differs. */
#include "plan/work.h"

static bool same_texts(const str *a, size_t an, const str *b, size_t bn) {
    if (an != bn) return false;
    for (size_t i = 0; i < an; i++)
        if (!str_eq(a[i], b[i])) return false;
    return true;
}

/* a is as it shall be. What counts is compared only where a statement spoke of it: djongo's catalog is often wrong in that. */
bool document_column_same(const column *a, const column *b) {
    if (a->identity_effect && a->auto_increment != b->auto_increment) return false;
    return str_eq(a->type, b->type) && a->nulls == b->nulls && a->nulls_filled == b->nulls_filled &&
           a->has_default == b->has_default && str_eq(a->default_sql, b->default_sql) &&
           same_texts(a->was.at, a->was.n, b->was.at, b->was.n);
}

bool document_name_same(const name *a, const name *b) {
    return str_eq(a->name, b->name) && a->kind == b->kind && key_equal(&a->key, &b->key) && a->cleared == b->cleared &&
           a->full == b->full && str_eq(a->where_sql, b->where_sql) && str_eq(a->ref_table, b->ref_table) &&
           str_eq(a->check_sql, b->check_sql) &&
           same_texts(a->ref_columns.at, a->ref_columns.n, b->ref_columns.at, b->ref_columns.n) &&
           same_texts(a->indexes.at, a->indexes.n, b->indexes.at, b->indexes.n);
}

static void set_indexes(work *w, name *n) {
    request *own = request_of(w, n);
    if (key_is_id(&n->key) && name_is_served(n->kind)) {
        memset(&n->indexes, 0, sizeof n->indexes);
        vec_push(w->a, &n->indexes, STR("_id_"));
        return;
    }
    if (!own || own->pinned) return; /* as it was */
    memset(&n->indexes, 0, sizeof n->indexes);
    for (size_t i = 0; i < w->requests.n; i++) {
        const request *r = w->requests.at[i];
        if (r->name == n && r->target) vec_push(w->a, &n->indexes, r->target->want->name);
    }
}

/* On no index that is not there; and a companion serves no unique that has lost its own. */
static void keep_live_indexes(const work *w, name *n) {
    VEC(str) indexes = {0};
    for (size_t i = 0; i < n->indexes.n; i++) {
        if (table_index(w->live, n->indexes.at[i])) vec_push(w->a, &indexes, n->indexes.at[i]);
        else if (i == 0) break;
    }
    memcpy(&n->indexes, &indexes, sizeof indexes);
}

/* What is withheld is not recorded; a name whose change is withheld stays recorded as it was, unless another has its index. */
static void leave_out_withheld(work *w) {
    name_list *names = &w->final->names;
    for (size_t i = names->n; i-- > 0;) {
        const request *r = request_of(w, names->at[i]);
        if (!request_left_out(r)) continue;
        name *live = r->lost ? NULL : r->instead ? r->instead : final_live_name(w, names->at[i]);
        if (r->instead) set_indexes(w, live);
        if (live && !final_uses_removed(w, live) && !request_left_out(request_of(w, live))) {
            names->at[i] = final_copy(w, live);
            if (!r->instead && !key_is_id(&live->key)) keep_live_indexes(w, names->at[i]);
        } else {
            vec_remove(names, i);
        }
    }
}

static bool columns_differ(const work *w) {
    if (w->removed_columns.n || w->moved_columns.n || w->document_from.n || w->records) return true;
    if (w->live && w->live->dropping.n) return true;
    if (!same_texts(w->final->was.at, w->final->was.n, w->live ? w->live->was.at : NULL, w->live ? w->live->was.n : 0))
        return true;
    for (size_t i = 0; i < w->final->columns.n; i++) {
        const column *c = w->final->columns.at[i], *was = w->live ? table_column(w->live, c->name) : NULL;
        if (!was || !document_column_same(c, was)) return true;
    }
    return false;
}

/* A run that was cut off before it wrote the name down has built it: djongo makes none of that form, and another's would hardly
 * be what the log asks for in every part, its name too. */
static bool is_unwritten(const work *w, const name *n) {
    const name *live = n->effect ? final_live_name(w, n) : NULL;
    const request *r = live && live->derived ? request_of(w, n) : NULL;
    return r && r->target && r->target->live && name_is_on(live, r->target->live) && !index_is_plain(r->target->live);
}

/* A name taken from a live index knows nothing of conditions. */
bool document_name_is_live(const work *w, const name *n) {
    const name *was = w->live ? table_name(w->live, n->name) : NULL;
    if (!was) return false;
    if (!was->derived) return document_name_same(n, was);
    /* A build whose names were not written any more. */
    if (n->effect && (w->live->has_names || is_unwritten(w, n))) return false;
    return n->kind == was->kind && key_equal(&n->key, &was->key) &&
           same_texts(n->indexes.at, n->indexes.n, was->indexes.at, was->indexes.n);
}

static bool names_differ(const work *w) {
    if (w->final->names.n != (w->live ? w->live->names.n : 0)) return true;
    for (size_t i = 0; i < w->final->names.n; i++)
        if (!document_name_is_live(w, w->final->names.at[i])) return true;
    return false;
}

static str counted_column(const work *w) {
    for (size_t i = 0; i < w->final->columns.n; i++)
        if (w->final->columns.at[i]->auto_increment) return w->final->columns.at[i]->name;
    return STR_NONE;
}

/* A column that was made to count begins with its own greatest value, and where none counts any more the counter goes. */
static bool keeps_counter(const work *w) {
    if (!w->live || !w->live->has_auto) return false;
    for (size_t i = 0; i < w->final->columns.n; i++) {
        const column *c = w->final->columns.at[i], *was = table_column(w->live, c->name);
        if (c->identity_effect && c->auto_increment != (was && was->auto_increment)) return false;
    }
    return true;
}

/* The statements whose objects are not as they shall be; their verdicts are set. */
static void add_causes(work *w, operation *op) {
    for (size_t i = 0; i < w->wanted->effects.n; i++) {
        const effect *e = &w->desired->effects.at[w->wanted->effects.at[i] - 1];
        if (e->verdict == VERDICT_CANCELLED || e->verdict == VERDICT_SATISFIED) continue;
        if (op->causes.n == 0 || op->causes.at[op->causes.n - 1] != e->statement) vec_push(w->a, &op->causes, e->statement);
    }
}

void document_settle(work *w) {
    for (size_t i = 0; i < w->final->names.n; i++) {
        name *n = w->final->names.at[i];
        if (n->made_by == MADE_BY_OTHER && is_unwritten(w, n)) n->made_by = MADE_BY_KEYFOLD;
        set_indexes(w, n);
    }
    leave_out_withheld(w);
}

static table *recorded(work *w) {
    if (!w->live || !w->live->has_names) return NULL;
    table *t = arena_make(w->a, table);
    t->name = w->live->name;
    for (size_t i = 0; i < w->live->names.n; i++)
        if (!w->live->names.at[i]->derived) vec_push(w->a, &t->names, w->live->names.at[i]);
    for (size_t i = 0; i < w->live->columns.n; i++) /* what an update may have to take away */
        if (w->live->columns.at[i]->nulls_filled) vec_push(w->a, &t->columns, w->live->columns.at[i]);
    return t;
}

/* Are there indexes of this table to drop that nothing else tells to be keyfold's, once their names are gone? */
static bool drops(work *w, operation *op, size_t first) {
    table *t = arena_make(w->a, table);
    *t = *op->document;
    for (size_t i = first; i < w->p->operations.n; i++) {
        const operation *drop = &w->p->operations.at[i];
        if (drop->kind != OPERATION_DROP_INDEX || !str_eq(drop->collection, op->collection)) continue;
        if (drop->old->ordinary && !index_is_handle(drop->old, w->a))
            vec_push(w->a, &t->dropping, table_dropping(drop->old, w->a));
    }
    if (t->dropping.n) op->document = t;
    return t->dropping.n > 0;
}

/* The document is written before the drops, with what is to be dropped, and after them without that. */
static void record_drops(work *w, operation *op) {
    operation first = *op;
    first.kind = OPERATION_RECORD_DOCUMENT;
    first.reason = STR("no name needs what is dropped next");
    vec_push(w->a, &w->p->operations, first);
    *op = (operation){.kind = op->kind,
                      .collection = op->collection,
                      .document = arena_make(w->a, table),
                      .before = op->before,
                      .document_exists = true,
                      .base_rev = op->base_rev + 1,
                      .reason = STR("it is dropped")};
    *op->document = *w->final;
    op->document->has_auto |= counted_column(w).n > 0; /* it was written just now */
    memcpy(&op->causes, &first.causes, sizeof op->causes);
}

void document_diff(work *w, size_t first) {
    bool has_document = w->live && w->live->has_document;
    w->final->has_auto = keeps_counter(w);
    bool counter_missing = counted_column(w).n && !w->final->has_auto;
    if (has_document && !counter_missing && !columns_differ(w) && !names_differ(w)) return;
    operation op = {.kind = OPERATION_WRITE_DOCUMENT,
                    .collection = w->wanted->name,
                    .document = w->final,
                    .before = w->recorded ? w->recorded : recorded(w),
                    .document_exists = has_document || w->records,
                    .base_rev = (has_document ? w->live->rev : 0) + (int64_t)w->records,
                    .reason = has_document ? STR("columns or names differ") : STR("the table is not in the catalog")};
    op.from = w->document_from;
    op.whole_fields = has_document && w->live->broken_fields;
    if (counter_missing && w->live && w->live->exists) op.counts_from = counted_column(w);
    for (size_t i = 0; i < w->removed_columns.n; i++) vec_push(w->a, &op.removed_columns, w->removed_columns.at[i]);
    for (size_t i = 0; i < w->moved_columns.n; i++)
        if (!table_column(w->final, w->moved_columns.at[i])) vec_push(w->a, &op.removed_columns, w->moved_columns.at[i]);
    add_causes(w, &op);
    if (drops(w, &op, first)) record_drops(w, &op);
    vec_push(w->a, &w->p->operations, op);
}
