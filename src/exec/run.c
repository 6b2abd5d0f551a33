/* A plan's operations, in order. */
#include "exec/run.h"
#include "exec/jobs.h"
#include "exec/watch.h"

#include <stdarg.h>

/* ---- when something does not work ---- */

/* Somebody else's index or collection came or went meanwhile: NamespaceNotFound, NamespaceExists,
 * IndexAlreadyExists, IndexOptionsConflict, IndexKeySpecsConflict. */
bool run_is_race(const answer *x) { return x->code == 26 || x->code == 48 || x->code == 68 || x->code == 85 || x->code == 86; }

int run_trouble(run *r, const answer *x, const char *what, str of) {
    int rc = answer_error(x, r->err, what, of);
    if (!x->lost && !run_is_race(x)) return rc;
    if (r->err && !x->lost) r->err->code = KF_E_RACE;
    return EXEC_REPLAN;
}

int run_replan(run *r, const char *format, ...) {
    va_list args;
    va_start(args, format);
    str message = str_format_v(r->arena, format, args);
    va_end(args);
    fail(r->err, KF_E_RACE, "%.*s", STR_ARG(message));
    return EXEC_REPLAN;
}

static const table *document_of(const run *r, str collection) {
    for (size_t i = 0; i < r->p->operations.n; i++) {
        const operation *op = &r->p->operations.at[i];
        if (op->kind == OPERATION_WRITE_DOCUMENT && str_eq(op->collection, collection)) return op->document;
    }
    return NULL;
}

static bool is_served_by(const name *n, str index) {
    for (size_t i = 0; i < n->indexes.n; i++)
        if (str_eq(n->indexes.at[i], index)) return true;
    return false;
}

/* Names that were to share the index, beside the one that it is called after. */
static void add_unwritten(run *r, text *message, str collection, str index) {
    const table *t = document_of(r, collection);
    const char *before = "; it was to serve as well: ";
    for (size_t i = 0; t && i < t->names.n; i++) {
        if (!is_served_by(t->names.at[i], index) || str_eq(t->names.at[i]->name, index)) continue;
        text_format(message, "%s\"%.*s\"", before, STR_ARG(t->names.at[i]->name));
        before = ", ";
    }
}

static bool changes_fields(const operation *op) {
    return op->kind >= OPERATION_RENAME_FIELD && op->kind <= OPERATION_UNSET_FIELD;
}

void run_fail(run *r, const failure *f) {
    const operation *op = &r->p->operations.at[f->operation];
    failure copy = *f;
    if (op->index) {
        text message = {.arena = r->arena};
        text_add(&message, f->message);
        add_unwritten(r, &message, op->collection, op->index->name);
        copy.message = text_str(&message);
        vec_push(r->arena, &r->failed, (failed_part){op->collection, op->index->name});
    } else if (changes_fields(op)) {
        run_give_up(r, op->collection);
    }
    vec_push(r->arena, &r->out->failures, copy);
}

bool run_has_failed(const run *r, str collection) {
    for (size_t i = 0; i < r->failed.n; i++)
        if (str_eq(r->failed.at[i].collection, collection)) return true;
    return false;
}

bool run_index_failed(const run *r, str collection, str index) {
    for (size_t i = 0; i < r->failed.n; i++)
        if (str_eq(r->failed.at[i].collection, collection) && str_eq(r->failed.at[i].index, index)) return true;
    return false;
}

void run_give_up(run *r, str collection) { vec_push(r->arena, &r->failed, (failed_part){collection, STR_NONE}); }

void run_leave_out(run *r, size_t operation, size_t because) {
    vec_push(r->arena, &r->out->left_out, (left_out){operation, because});
}

bool run_is_given_up(const run *r, str collection) { return run_index_failed(r, collection, STR_NONE); }

/* ---- all ---- */

static int drop_index(run *r, const operation *op) {
    bson_t *b = tree_new(r->arena);
    answer x;
    tree_put_str(b, "dropIndexes", op->collection);
    tree_put_str(b, "index", op->old->name);
    int rc = command_write(&x, r->c, r->arena, b, r->err);
    if (rc) return rc;
    if (!x.ok && x.code != CODE_INDEX_NOT_FOUND && x.code != CODE_NAMESPACE_NOT_FOUND)
        return run_trouble(r, &x, "cannot drop an index of", op->collection);
    r->out->done++;
    return 0;
}

static bool makes_index(const operation *op) {
    return op->kind == OPERATION_CREATE_INDEX || op->kind == OPERATION_REPLACE_INDEX;
}

static bool updates_field(const operation *op) { return changes_fields(op) && op->kind != OPERATION_CONVERT_FIELD; }

static bool goes_along(const operation *first, const operation *op) {
    if (makes_index(first)) return makes_index(op) && str_eq(op->collection, first->collection);
    if (updates_field(first)) return updates_field(op) && str_eq(op->collection, first->collection);
    bool many = first->kind == OPERATION_WRITE_DOCUMENT || first->migration;
    return many && op->kind == first->kind;
}

/* Operations from `first` on that one command takes. */
static size_t group_end(const plan *p, size_t first) {
    const operation *op = &p->operations.at[first];
    size_t end = first + 1;
    while (end < p->operations.n && goes_along(op, &p->operations.at[end])) end++;
    return end;
}

/* For what failed in its own collection. */
static bool is_left_out(const run *r, const operation *op) {
    if (op->kind == OPERATION_WRITE_DOCUMENT) return false; /* those of other collections go along with it */
    /* What takes the place of what goes may not have been built. */
    bool drops = op->kind == OPERATION_DROP_INDEX || (op->kind >= OPERATION_DROP_COLLECTION && !op->migration);
    if (drops) return run_has_failed(r, op->collection);
    return run_is_given_up(r, op->collection);
}

static int carry_out(run *r, size_t first, size_t end) {
    const operation *op = &r->p->operations.at[first];
    switch (op->kind) {
    case OPERATION_EMPTY_COLLECTION: return collections_empty(r, op);
    case OPERATION_DROP_DATABASE: return collections_drop_database(r, op);
    case OPERATION_CREATE_CATALOG: return build_catalog(r, first);
    case OPERATION_RENAME_COLLECTION: return collections_rename(r, op);
    case OPERATION_CREATE_COLLECTION: return collections_create(r, op);
    case OPERATION_RENAME_FIELD:
    case OPERATION_FILL_FIELD:
    case OPERATION_UNSET_FIELD: return fields_change(r, first, end);
    case OPERATION_CONVERT_FIELD: return convert_change(r, first);
    case OPERATION_REPLACE_INDEX:
    case OPERATION_CREATE_INDEX: return build_indexes(r, first, end);
    case OPERATION_RECORD_DOCUMENT:
    case OPERATION_WRITE_DOCUMENT: return write_documents(r, first, end);
    case OPERATION_CLEAR_INDEX:
    case OPERATION_DROP_INDEX: return drop_index(r, op);
    case OPERATION_DROP_COLLECTION: return collections_drop(r, op);
    case OPERATION_MEND_COUNTER: return mend_counter(r, op);
    case OPERATION_REMOVE_DOCUMENT: return remove_document(r, op);
    case OPERATION_WRITE_MIGRATION: return migrations_write(r, first, end);
    case OPERATION_REMOVE_MIGRATION: return migrations_remove(r, first, end);
    case OPERATION_COUNT: break;
    }
    return fail(r->err, KF_E_INTERNAL, "an operation of no known kind");
}

static int run_group(run *r, size_t first, size_t end) {
    const operation *op = &r->p->operations.at[first];
    if (is_left_out(r, op)) {
        for (size_t i = first; i < end; i++) run_leave_out(r, i, SIZE_MAX);
        return 0;
    }
    watch_enter(r->c, op->collection, operation_kind_text(op->kind));
    int rc = carry_out(r, first, end);
    watch_leave(r->c, end - first);
    return rc;
}

/* ---- collections at once ---- */

/* One group of them: a run of its own, that is merged into the whole. */
typedef struct build {
    size_t first, end;
    run_result out;
    VEC(failed_part) failed;
} build;

typedef struct builds {
    const run *whole;
    VEC(build) groups;
} builds;

static size_t builds_end(const plan *p, size_t first) {
    while (first < p->operations.n && makes_index(&p->operations.at[first])) first++;
    return first;
}

static int run_build(void *call, size_t i, connection *c, arena *a, kf_error *err) {
    builds *all = call;
    build *b = &all->groups.at[i];
    b->out.arena = a;
    run r = {.c = c, .p = all->whole->p, .out = &b->out, .arena = a, .err = err};
    for (size_t k = 0; k < all->whole->failed.n; k++) vec_push(a, &r.failed, all->whole->failed.at[k]);
    int rc = run_group(&r, b->first, b->end);
    for (size_t k = all->whole->failed.n; k < r.failed.n; k++) vec_push(a, &b->failed, r.failed.at[k]);
    return rc;
}

/* In the plan's order, whichever was done first. */
static void merge_builds(run *r, const builds *all) {
    for (size_t i = 0; i < all->groups.n; i++) {
        const build *b = &all->groups.at[i];
        r->out->done += b->out.done;
        for (size_t k = 0; k < b->out.failures.n; k++) vec_push(r->arena, &r->out->failures, b->out.failures.at[k]);
        for (size_t k = 0; k < b->out.left_out.n; k++) vec_push(r->arena, &r->out->left_out, b->out.left_out.at[k]);
        for (size_t k = 0; k < b->failed.n; k++) vec_push(r->arena, &r->failed, b->failed.at[k]);
    }
}

static int run_builds(run *r, size_t first, size_t end) {
    builds all = {.whole = r};
    for (size_t to; first < end; first = to) {
        to = group_end(r->p, first);
        vec_push(r->arena, &all.groups, (build){.first = first, .end = to});
    }
    jobs j = {r->c, r->arena, all.groups.n, 1, run_build, &all};
    int rc = jobs_run(&j, r->err);
    merge_builds(r, &all);
    return rc;
}

/* ---- the whole ---- */

/* What has to be known before the first change. */
static int check(run *r) {
    for (size_t i = 0; i < r->p->operations.n; i++) {
        operation_kind kind = r->p->operations.at[i].kind;
        int rc = kind == OPERATION_RENAME_FIELD    ? fields_check(r, i)
                 : kind == OPERATION_CONVERT_FIELD ? convert_check(r, i)
                                                   : 0;
        if (rc) return rc;
    }
    return 0;
}

int exec_run(run_result *out, connection *c, const plan *p, kf_error *err) {
    run r = {.c = c, .p = p, .out = out, .arena = out->arena, .err = err};
    history_look(&r);
    int checked = check(&r);
    if (checked) return checked;
    for (size_t first = 0, end; first < p->operations.n; first = end) {
        bool builds = makes_index(&p->operations.at[first]);
        end = builds ? builds_end(p, first) : group_end(p, first);
        size_t done = out->done;
        int rc = history_begin(&r, first);
        if (rc == 0) rc = builds ? run_builds(&r, first, end) : run_group(&r, first, end);
        if (rc == 0) rc = history_note(&r, first, end, out->done > done);
        if (rc) return rc;
    }
    return history_finish(&r);
}
