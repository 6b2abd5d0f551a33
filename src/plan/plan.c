#include "plan/work.h"

#include <stdlib.h>

static const char *const operation_kinds[] = {"empty collection", "drop database",     "create catalog",  "rename collection",
                                              "record document",  "create collection", "clear index",     "rename field",
                                              "fill field",       "convert field",     "unset field",     "replace index",
                                              "create index",     "drop index",        "write document",  "mend counter",
                                              "drop collection",  "remove document",   "write migration", "remove migration"};
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

bool plan_is_taken(const plan *p, str collection) {
    for (size_t i = 0; i < p->taken.n; i++)
        if (str_eq(p->taken.at[i], collection)) return true;
    return false;
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
    work w = {.p = p, .a = p->arena, .desired = desired, .wanted = t};
    size_t before = p->operations.n;
    if (!origin_find(&w, live)) {
        p->operations.n = before; /* an unclear rename stops its whole table */
        return;
    }
    final_make(&w);
    fields_plan(&w);
    request_make_all(&w);
    fold_requests(&w);
    diff_indexes(&w);
    record_fill(&w, before);
    document_settle(&w);
    verdict_set(&w);
    document_diff(&w, before);
    show(&w);
}

/* Two of each kind: there is room between them. */
static int phase(const operation *op) {
    if (op->kind == OPERATION_RECORD_DOCUMENT && op->field.n) return 2 * OPERATION_RENAME_FIELD;
    if (op->kind == OPERATION_RECORD_DOCUMENT && op->document->dropping.n) return 2 * OPERATION_DROP_INDEX - 1;
    if (op->frees_name) return 2 * OPERATION_CREATE_CATALOG; /* before the renames */
    /* Replacing and building of a collection stay together: one createIndexes. */
    return 2 * (op->kind == OPERATION_REPLACE_INDEX ? OPERATION_CREATE_INDEX : op->kind);
}

static int by_collection(const void *a, const void *b) {
    return str_cmp(((const planned_collection *)a)->name, ((const planned_collection *)b)->name);
}

/* A document follows its collection before another takes the name that it had: a run that is cut off in between could not tell
 * whose the document is. */
static void pair_renames(operation *at, size_t n) {
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; at[i].kind == OPERATION_RENAME_COLLECTION && j < n; j++) {
            bool follows = at[j].kind == OPERATION_RECORD_DOCUMENT && str_eq(at[j].collection, at[i].collection) &&
                           str_eq(at[j].from, at[i].from) && !at[j].field.n && !at[j].document->dropping.n;
            if (!follows) continue;
            operation document = at[j];
            memmove(at + i + 2, at + i + 1, (j - i - 1) * sizeof *at);
            at[i + 1] = document;
            break;
        }
}

/* Stable: inside a phase the order of collections stays. */
static void order_operations(plan *p) {
    operation *sorted = arena_alloc(p->arena, p->operations.n + 1, sizeof *sorted);
    size_t n = 0;
    for (int turn = 0; turn < 2 * OPERATION_COUNT; turn++)
        for (size_t i = 0; i < p->operations.n; i++)
            if (phase(&p->operations.at[i]) == turn) sorted[n++] = p->operations.at[i];
    pair_renames(sorted, n);
    p->operations.at = sorted;
}

void plan_finish(plan *p, const schema *live) {
    if (p->collections.n) qsort(p->collections.at, p->collections.n, sizeof *p->collections.at, by_collection);
    order_operations(p);
    p->fingerprint = schema_fingerprint(live, p->arena);
}

static bool is_waiting(const operation *at, size_t n, const operation *op) {
    for (size_t i = 0; i < n; i++)
        if (at[i].kind == OPERATION_RENAME_COLLECTION && str_eq(at[i].from, op->collection)) return true;
    return false;
}

/* Each name has to be free before another collection takes it: b to c before a to b. They do not go round. */
static void order_renames(plan *p) {
    size_t n = p->operations.n;
    operation *at = p->operations.at;
    for (size_t i = 0; i < n; i++)
        for (size_t j = i; at[i].kind == OPERATION_RENAME_COLLECTION && j < n && is_waiting(at + i, n - i, &at[i]); j++) {
            operation first = at[i];
            memmove(at + i, at + i + 1, (n - i - 1) * sizeof *at);
            at[n - 1] = first;
        }
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

/* ---- dropped tables ---- */

void plan_drop_table(plan *p, const table *live, size_t statement, bool frees_name) {
    operation op = {.kind = OPERATION_DROP_COLLECTION,
                    .frees_name = frees_name,
                    .collection = live->name,
                    .base_rev = live->rev,
                    .reason = STR("the table was dropped")};
    vec_push(p->arena, &op.causes, statement);
    if (live->exists) vec_push(p->arena, &p->operations, op);
    op.kind = OPERATION_REMOVE_DOCUMENT;
    if (live->has_document) vec_push(p->arena, &p->operations, op);
}

static void drop_table(plan *p, const table *live, const dropped *d, effect *e) {
    if (!(p->options.allow_drop & ALLOW_DROP_COLLECTION)) {
        e->verdict = VERDICT_WITHHELD;
        finding f = {.kind = FINDING_WITHHELD,
                     .code = KF_E_DROP_NOT_ALLOWED,
                     .collection = live->name,
                     .has_statement = true,
                     .statement = d->statement};
        f.message = str_format(p->arena, "the log drops the table \"%.*s\", which is there: --allow-drop=collection allows it",
                               STR_ARG(live->name));
        vec_push(p->arena, &p->findings, f);
        return;
    }
    e->verdict = VERDICT_APPLIED;
    plan_drop_table(p, live, d->statement, false);
}

static bool is_unclear(const plan *p, str table) {
    for (size_t i = 0; i < p->unclear.n; i++)
        if (str_eq(p->unclear.at[i], table)) return true;
    return false;
}

static bool is_dropped_again(const schema *desired, size_t i) {
    for (size_t j = i + 1; j < desired->dropped_tables.n; j++)
        if (str_eq(desired->dropped_tables.at[i].name, desired->dropped_tables.at[j].name)) return true;
    return false;
}

static void drop_tables(plan *p, schema *desired, const schema *live) {
    for (size_t i = 0; i < desired->dropped_tables.n; i++) {
        const dropped *d = &desired->dropped_tables.at[i];
        const table *t = schema_table(live, d->name);
        effect *e = &desired->effects.at[d->effect - 1];
        if (!t || schema_table(desired, d->name) || plan_is_taken(p, d->name) || is_dropped_again(desired, i)) continue;
        if (is_unclear(p, d->name)) e->verdict = VERDICT_WITHHELD; /* it may be what was renamed */
        else drop_table(p, t, d, e);
    }
    for (size_t i = 0; i < desired->effects.n; i++) {
        effect *e = &desired->effects.at[i];
        if (e->kind == EFFECT_DROP_TABLE && e->verdict == VERDICT_UNKNOWN)
            e->verdict = e->undoes || schema_table(desired, e->target) ? VERDICT_CANCELLED : VERDICT_SATISFIED;
    }
}

static int by_name(const void *a, const void *b) { return str_cmp((*(table *const *)a)->name, (*(table *const *)b)->name); }

static int by_rename(const void *a, const void *b) {
    size_t x = (*(table *const *)a)->renamed_by, y = (*(table *const *)b)->renamed_by;
    return x != y ? (x > y) - (x < y) : by_name(a, b);
}

void plan_make(plan *p, schema *desired, const schema *live) {
    size_t n = desired->tables.n;
    table **tables = arena_alloc(p->arena, n + 1, sizeof *tables);
    if (n) memcpy(tables, desired->tables.at, n * sizeof *tables);
    qsort(tables, n, sizeof *tables, by_name);
    /* Renamed ones first: what they take is not there for others; and of those the first that the log renames, for its name may
     * have been given to another that was renamed after it. */
    table **renamed = arena_alloc(p->arena, n + 1, sizeof *renamed);
    if (n) memcpy(renamed, tables, n * sizeof *renamed);
    qsort(renamed, n, sizeof *renamed, by_rename);
    for (size_t i = 0; i < n; i++)
        if (renamed[i]->renamed) plan_table(p, desired, renamed[i], live);
    for (size_t i = 0; i < n; i++)
        if (!tables[i]->renamed) plan_table(p, desired, tables[i], live);
    drop_tables(p, desired, live);
    commands_plan(p, desired);
    migrations_plan(p, desired, live);
    add_catalog(p, live);
    order_renames(p);
    plan_finish(p, live);
    for (size_t i = 0; i < desired->notices.n; i++)
        vec_push(p->arena, &p->findings,
                 (finding){.kind = FINDING_NOTICE,
                           .message = desired->notices.at[i].message,
                           .has_statement = true,
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

void plan_count(plan *p) {
    memset(p->counts, 0, sizeof p->counts);
    for (size_t i = 0; i < p->statements.n; i++) p->counts[p->statements.at[i].class]++;
    p->counts[CLASS_SKIPPED] += p->left_out;
}

void plan_count_dml(plan *p, str table, dml_operation op, size_t n) {
    p->skipped_by_table.arena = p->arena;
    skipped_dml *s = map_get(&p->skipped_by_table, table);
    if (!s) {
        s = arena_make(p->arena, skipped_dml);
        s->table = str_copy(p->arena, table);
        map_put(&p->skipped_by_table, s->table, s);
        vec_push(p->arena, &p->skipped_dml, s);
    }
    s->counts[op] += n;
}

static int by_table(const void *a, const void *b) {
    return str_cmp((*(skipped_dml *const *)a)->table, (*(skipped_dml *const *)b)->table);
}

void plan_classify(plan *p, const schema *desired) {
    tally *tallies = arena_alloc(p->arena, p->statements.n + 1, sizeof *tallies);
    for (size_t i = 0; i < desired->effects.n; i++) {
        const effect *e = &desired->effects.at[i];
        /* An UPDATE of nulls that no SET NOT NULL followed is DML like any other. */
        if (e->kind == EFFECT_NOTHING && e->verdict == VERDICT_SKIPPED && !e->superseded)
            plan_count_dml(p, e->target, DML_UPDATE, 1);
        tallies[e->statement].any = true;
        tallies[e->statement].seen[e->superseded ? VERDICT_CANCELLED : e->verdict ? e->verdict : VERDICT_SATISFIED] = true;
    }
    for (size_t i = 0; i < p->statements.n; i++)
        if (tallies[i].any) p->statements.at[i].class = class_of(&tallies[i]);
    if (p->skipped_dml.n) qsort(p->skipped_dml.at, p->skipped_dml.n, sizeof *p->skipped_dml.at, by_table);
    plan_count(p);
}

static bool needs_history(const schema *desired, const schema *live) {
    bool needs = live->history.statements.n > 0;
    for (size_t i = 0; !needs && i < desired->applied.n; i++) needs = history_needs(desired->applied.at[i].statement);
    return needs;
}

/* Something that it asks for is yet to be done. */
static bool is_withheld(const plan *p, size_t statement) {
    bool withheld = p->statements.at[statement].class <= CLASS_WITHHELD;
    for (size_t i = 0; !withheld && i < p->findings.n; i++) {
        const finding *f = &p->findings.at[i];
        withheld = f->kind == FINDING_WITHHELD && f->has_statement && f->statement == statement;
    }
    return withheld;
}

/* It was renamed and then dropped: nothing was renamed. */
static bool is_dropped(const schema *desired, size_t statement) {
    for (size_t i = 0; i < desired->effects.n; i++) {
        const effect *e = &desired->effects.at[i];
        if (e->statement == statement && e->kind == EFFECT_RENAME_TABLE)
            return e->table && schema_table(desired, e->table->name) != e->table;
    }
    return true;
}

void plan_note_history(plan *p, const schema *desired, const schema *live) {
    size_t n = desired->applied.n;
    if (p->operations.n + p->redo.n == 0 || !needs_history(desired, live)) return;
    str *hashes = arena_alloc(p->arena, n + 1, sizeof *hashes);
    const char **marks = arena_alloc(p->arena, n + 1, sizeof *marks);
    for (size_t i = 0; i < n; i++) {
        hashes[i] = history_hash(desired->applied.at[i].statement, p->arena);
        bool was_done = i < p->place && live->history.statements.n && !history_is_withheld(&live->history, p->place - i);
        bool drops = desired->applied.at[i].statement->kind == STATEMENT_DROP_TABLE;
        bool cancelled = history_renames(desired->applied.at[i].statement) &&
                         is_dropped(desired, desired->applied.at[i].number) &&
                         p->statements.at[desired->applied.at[i].number].class == CLASS_CANCELLED;
        marks[i] = was_done ? "" : cancelled ? "?" : is_withheld(p, desired->applied.at[i].number) ? "?" : drops ? "!" : "";
    }
    history_add(&p->history, &live->history, p->place, hashes, marks, n, p->arena);
    if (p->redo.n) memcpy(&p->history.next, &live->history.statements, sizeof p->history.next);
}

static bool is_rename(const operation *op) {
    return op->kind == OPERATION_RENAME_COLLECTION || op->kind == OPERATION_RENAME_FIELD;
}

void plan_renames(const plan *p, size_t *first, size_t *end) {
    *first = p->redo.n;
    while (*first < p->operations.n && p->operations.at[*first].kind == OPERATION_CREATE_CATALOG) ++*first;
    *end = *first;
    for (size_t i = *first; p->history.statements.n && i < p->operations.n; i++) {
        const operation *op = &p->operations.at[i];
        if (!is_rename(op)) continue;
        const operation *next = i + 1 < p->operations.n ? op + 1 : NULL;
        bool recorded = next && next->kind == OPERATION_RECORD_DOCUMENT && str_eq(next->collection, op->collection);
        *end = i + 1 + recorded;
    }
}

/* Was it carried out, though that was not noted any more? Whatever else stands among renames does no harm a second time. */
static bool is_carried_out(const operation *op, const schema *live) {
    const table *t = schema_table(live, op->collection), *from = op->from.n ? schema_table(live, op->from) : NULL;
    if (op->kind == OPERATION_RENAME_COLLECTION) return t && t->exists && !(from && from->exists);
    return op->kind == OPERATION_RECORD_DOCUMENT && t && t->has_document && t->rev > op->base_rev;
}

void plan_take_up(plan *out, const plan *pending, schema *live) {
    const history h = live->history;
    for (size_t i = 0; i < pending->operations.n; i++) {
        operation op = pending->operations.at[i];
        bool done = is_carried_out(&op, live);
        for (size_t k = 0; k < h.done.n; k++) done |= h.done.at[k] == i;
        if (done) continue;
        op.reason = STR("an earlier run was cut off here");
        plan one = {.arena = out->arena};
        vec_push(out->arena, &one.operations, op);
        plan_execute(&one, live);
        vec_push(out->arena, &out->redone, op);
        vec_push(out->arena, &out->redo, i);
    }
    live->history = (history){.rev = h.rev};
    live->history.statements.at = h.next.at;
    live->history.statements.n = h.next.n;
}

void plan_put_first(plan *p) {
    operation *all = arena_alloc(p->arena, p->redo.n + p->operations.n + 1, sizeof *all);
    if (p->redo.n == 0) return;
    memcpy(all, p->redone.at, p->redo.n * sizeof *all);
    if (p->operations.n) memcpy(all + p->redo.n, p->operations.at, p->operations.n * sizeof *all);
    p->operations.at = all;
    p->operations.n += p->redo.n;
}

/* Classes are in order: what is failed already stays so. */
static void put_into(plan *p, size_t operation, statement_class class) {
    const struct operation *op = &p->operations.at[operation];
    for (size_t i = 0; i < op->causes.n; i++) {
        planned_statement *s = op->causes.at[i] < p->statements.n ? &p->statements.at[op->causes.at[i]] : NULL;
        if (s && s->class > class) s->class = class;
    }
    plan_count(p);
}

void plan_fail_operation(plan *p, size_t operation) { put_into(p, operation, CLASS_FAILED); }

void plan_leave_out_operation(plan *p, size_t operation, size_t because) {
    put_into(p, operation, CLASS_WITHHELD);
    if (p->operations.at[operation].migration) migrations_withhold(p, &p->operations.at[operation], because);
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
