/* Plans that were carried out one after the other, as one. */
#include "plan/plan.h"

/* A text of several statements may be in two batches: of what stopped something the first counts, else what was done. */
static statement_class both(statement_class a, statement_class b) {
    bool stopped = a <= CLASS_WITHHELD || b <= CLASS_WITHHELD;
    return stopped == (a < b) ? a : b;
}

/* Where the part's statements are in the whole: the n-th at n + this. */
static size_t add_statements(plan *whole, const plan *part) {
    size_t first = 0, n = whole->statements.n;
    const planned_statement *last = n ? &whole->statements.at[n - 1] : NULL;
    if (last && part->statements.n && last->sql.p == part->statements.at[0].sql.p) {
        whole->statements.at[n - 1].class = both(last->class, part->statements.at[0].class);
        first = 1;
    }
    for (size_t i = first; i < part->statements.n; i++) vec_push(whole->arena, &whole->statements, part->statements.at[i]);
    return n - first;
}

#define add_shifted(a, out, in, shift)                                                                                         \
    do {                                                                                                                       \
        memset((out), 0, sizeof *(out));                                                                                       \
        for (size_t shifted = 0; shifted < (in)->n; shifted++) vec_push((a), (out), (in)->at[shifted] + (shift));              \
    } while (0)

static void add_operations(plan *whole, const plan *part, size_t shift) {
    for (size_t i = 0; i < part->operations.n; i++) {
        operation op = part->operations.at[i];
        add_shifted(whole->arena, &op.causes, &part->operations.at[i].causes, shift);
        vec_push(whole->arena, &whole->operations, op);
    }
}

static void add_findings(plan *whole, const plan *part, size_t shift) {
    for (size_t i = 0; i < part->findings.n; i++) {
        finding f = part->findings.at[i];
        f.statement += f.has_statement ? shift : 0;
        vec_push(whole->arena, &whole->findings, f);
    }
}

static planned_name *name_at(plan *whole, const planned_name *n, size_t shift) {
    planned_name *copy = arena_make(whole->arena, planned_name);
    *copy = *n;
    copy->name = arena_make(whole->arena, name);
    *copy->name = *n->name;
    add_shifted(whole->arena, &copy->name->causes, &n->name->causes, shift);
    return copy;
}

static planned_index index_at(plan *whole, const planned_index *x, size_t shift) {
    planned_index copy = *x;
    memset(&copy.names, 0, sizeof copy.names);
    add_shifted(whole->arena, &copy.causes, &x->causes, shift);
    for (size_t i = 0; i < x->names.n; i++)
        vec_push(whole->arena, &copy.names, name_at(whole, &(planned_name){.name = x->names.at[i]}, shift)->name);
    return copy;
}

static void take_out(plan *whole, str collection) {
    for (size_t i = whole->collections.n; i-- > 0;)
        if (str_eq(whole->collections.at[i].name, collection)) vec_remove(&whole->collections, i);
}

/* As the last part that speaks of it leaves it. */
static void add_collections(plan *whole, const plan *part, size_t shift) {
    for (size_t i = 0; i < part->collections.n; i++) {
        const planned_collection *c = &part->collections.at[i];
        planned_collection copy = {.name = c->name};
        for (size_t k = 0; k < c->indexes.n; k++)
            vec_push(whole->arena, &copy.indexes, index_at(whole, &c->indexes.at[k], shift));
        for (size_t k = 0; k < c->other_names.n; k++)
            vec_push(whole->arena, &copy.other_names, *name_at(whole, &c->other_names.at[k], shift));
        take_out(whole, c->name);
        vec_push(whole->arena, &whole->collections, copy);
    }
}

void plan_append(plan *whole, const plan *part) {
    size_t shift = add_statements(whole, part);
    add_operations(whole, part, shift);
    add_findings(whole, part, shift);
    add_collections(whole, part, shift);
    whole->options = part->options;
    whole->fingerprint = part->fingerprint;
    whole->stopped = whole->operations.n == 0 && (whole->stopped || part->stopped);
    plan_count(whole);
}
