#include "plan/work.h"

#include <stdlib.h>

static const char *const operation_kinds[] = {
    "create catalog", "rename collection", "create collection", "clear index", "rename field",    "fill field",     "unset field",
    "replace index",  "create index",      "write document",    "drop index",  "drop collection", "remove document"};
const char *operation_kind_text(operation_kind kind) { return operation_kinds[kind]; }

static const char *const classes[] = {"malformed", "unsupported", "skipped", "failed", "withheld",
                                      "cancelled", "satisfied",   "folded",  "applied"};
const char *statement_class_text(statement_class c) { return classes[c]; }

/* ---- what a plan shows of a collection ---- */

static void show_index(work *w, planned_collection *out, const target *t) {
    planned_index x = {.index = t->want, .live = t->live != NULL};
    for (size_t i = 0; i < t->requests.n; i++) {
        const request *r = t->requests.at[i];
        if (r->companion) {
            if (!x.companion_of.n) x.companion_of = r->name->name;
            continue;
        }
        vec_push(w->a, &x.names, r->name);
        for (size_t j = 0; j < r->name->causes.n; j++) vec_push(w->a, &x.causes, r->name->causes.at[j]);
    }
    if (x.names.n) x.companion_of = STR_NONE;
    vec_push(w->a, &out->indexes, x);
}

static void show_other(work *w, planned_collection *out, name *n, const request *r) {
    planned_name x = {.name = n, .state = "not enforced", .reason = STR("MongoDB has no such constraint: known by name")};
    if (name_is_served(n->kind)) {
        if (!r || r->target || r->companion) return;
        x.state = r->state;
        x.reason = r->reason;
    }
    vec_push(w->a, &out->other_names, x);
}

static void show(work *w) {
    planned_collection out = {.name = w->wanted->name};
    for (size_t i = 0; i < w->targets.n; i++) show_index(w, &out, w->targets.at[i]);
    for (size_t i = 0; i < w->requests.n; i++) show_other(w, &out, w->requests.at[i]->name, w->requests.at[i]);
    for (size_t i = 0; i < w->final->names.n; i++)
        if (!name_is_served(w->final->names.at[i]->kind)) show_other(w, &out, w->final->names.at[i], NULL);
    vec_push(w->a, &w->p->collections, out);
}

/* ---- making it ---- */

static void plan_table(plan *p, schema *desired, table *t, const schema *live) {
    work w = {.p = p, .a = p->arena, .desired = desired, .wanted = t, .live = schema_table(live, t->name)};
    final_make(&w);
    request_make_all(&w);
    fold_requests(&w);
    diff_indexes(&w);
    document_settle(&w);
    verdict_set(&w);
    document_diff(&w);
    show(&w);
}

static int phase(const operation *op) {
    /* Replacing and building of a collection stay together: one createIndexes. */
    return op->kind == OPERATION_REPLACE_INDEX ? OPERATION_CREATE_INDEX : (int)op->kind;
}

/* Stable: inside a phase the order of collections stays. */
static void order_operations(plan *p) {
    operation *sorted = arena_alloc(p->arena, p->operations.n + 1, sizeof *sorted);
    size_t n = 0;
    for (int turn = 0; turn <= OPERATION_REMOVE_DOCUMENT; turn++)
        for (size_t i = 0; i < p->operations.n; i++)
            if (phase(&p->operations.at[i]) == turn) sorted[n++] = p->operations.at[i];
    p->operations.at = sorted;
}

static bool writes_documents(const plan *p) {
    for (size_t i = 0; i < p->operations.n; i++)
        if (p->operations.at[i].kind == OPERATION_WRITE_DOCUMENT) return true;
    return false;
}

/* Without the unique index on name, two runs at once could both insert a table's document. */
static void add_catalog(plan *p, const schema *live) {
    bool complete = live->catalog_has_name_index && live->catalog_has_auto_index;
    bool broken = live->has_catalog && !live->catalog_has_name_index && p->collections.n;
    if (!broken && (complete || !writes_documents(p))) return;
    vec_push(p->arena, &p->operations,
             (operation){.kind = OPERATION_CREATE_CATALOG, .collection = STR(CATALOG), .reason = STR("as djongo makes it")});
}

static int by_name(const void *a, const void *b) { return str_cmp((*(table *const *)a)->name, (*(table *const *)b)->name); }

void plan_make(plan *p, schema *desired, const schema *live) {
    size_t n = desired->tables.n;
    table **tables = arena_alloc(p->arena, n + 1, sizeof *tables);
    if (n) memcpy(tables, desired->tables.at, n * sizeof *tables);
    qsort(tables, n, sizeof *tables, by_name);
    for (size_t i = 0; i < n; i++) plan_table(p, desired, tables[i], live);
    add_catalog(p, live);
    order_operations(p);
    p->fingerprint = schema_fingerprint(live);
    for (size_t i = 0; i < desired->notices.n; i++)
        vec_push(p->arena, &p->findings,
                 (finding){.kind = FINDING_NOTICE, .message = desired->notices.at[i].message, .has_statement = true,
                           .statement = desired->notices.at[i].statement});
}

/* ---- classes ---- */

typedef struct tally {
    bool any, seen[VERDICT_APPLIED + 1];
} tally;

static statement_class class_of(const tally *t) {
    if (t->seen[VERDICT_SKIPPED]) return CLASS_SKIPPED;
    if (t->seen[VERDICT_FAILED]) return CLASS_FAILED;
    if (t->seen[VERDICT_WITHHELD]) return CLASS_WITHHELD;
    if (t->seen[VERDICT_APPLIED]) return CLASS_APPLIED;
    if (t->seen[VERDICT_FOLDED]) return CLASS_FOLDED;
    if (t->seen[VERDICT_SATISFIED]) return CLASS_SATISFIED;
    return CLASS_CANCELLED; /* nothing else is left of it */
}

static void count(plan *p) {
    memset(p->counts, 0, sizeof p->counts);
    for (size_t i = 0; i < p->statements.n; i++) p->counts[p->statements.at[i].class]++;
}

void plan_classify(plan *p, const schema *desired) {
    tally *tallies = arena_alloc(p->arena, p->statements.n + 1, sizeof *tallies);
    for (size_t i = 0; i < desired->effects.n; i++) {
        const effect *e = &desired->effects.at[i];
        tallies[e->statement].any = true;
        tallies[e->statement].seen[e->table || e->superseded ? e->verdict : VERDICT_SATISFIED] = true;
    }
    for (size_t i = 0; i < p->statements.n; i++)
        if (tallies[i].any) p->statements.at[i].class = class_of(&tallies[i]);
    count(p);
}

void plan_fail_operation(plan *p, size_t operation) {
    const struct operation *op = &p->operations.at[operation];
    for (size_t i = 0; i < op->causes.n; i++)
        if (op->causes.at[i] < p->statements.n) p->statements.at[op->causes.at[i]].class = CLASS_FAILED;
    count(p);
}

int plan_status(const plan *p) {
    int status = 0;
    for (size_t i = 0; i < p->findings.n; i++) {
        const finding *f = &p->findings.at[i];
        if (f->kind == FINDING_ERROR) return 3;
        if (f->kind == FINDING_WITHHELD) status = 4;
    }
    return status;
}
