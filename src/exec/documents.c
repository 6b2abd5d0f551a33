/* The catalog's documents: one command each for those that get another name, those that are new, and the others, of all
 * that stand next to each other. */
#include "exec/run.h"
#include "model/decimal.h"

/* Without the names that failed indexes were to serve: what was recorded of them before stays recorded. */
static operation without_failed(run *r, const operation *op) {
    operation copy = *op;
    if (!run_has_failed(r, op->collection)) return copy;
    copy.document = arena_make(r->arena, table);
    *copy.document = *op->document;
    memset(&copy.document->names, 0, sizeof copy.document->names);
    memset(&copy.document->dropping, 0, sizeof copy.document->dropping); /* the drops are left out */
    for (size_t i = 0; i < op->document->names.n; i++) {
        name *n = op->document->names.at[i];
        bool failed = false;
        for (size_t j = 0; j < n->indexes.n; j++) failed |= run_index_failed(r, op->collection, n->indexes.at[j]);
        if (failed) n = op->before ? table_name(op->before, n->name) : NULL;
        if (n) vec_push(r->arena, &copy.document->names, n);
    }
    return copy;
}

/* A number that is at most INT64_MAX; what is below 0 matters to no counter. */
static int64_t whole(const bson_iter_t *i) {
    char s[BSON_DECIMAL128_STRING];
    bson_decimal128_t stored;
    decimal d;
    if (!bson_iter_decimal128(i, &stored)) return bson_iter_as_int64(i);
    bson_decimal128_to_string(&stored, s);
    if (!decimal_read(&d, str_of(s)) || d.negative || d.nan) return 0;
    for (; d.exponent < 0 && d.digits; d.exponent++) d.digits /= 10;
    for (; d.exponent > 0 && d.digits; d.exponent--) d.digits *= 10;
    return (int64_t)d.digits;
}

/* A counter that begins at 0 beside documents would give out their keys again. What a counter cannot reach is none of them. */
int documents_greatest(int64_t *out, connection *c, arena *a, str collection, str field, answer *x, kf_error *err) {
    bson_t *match = tree_new(a), *options = tree_new(a), inner;
    const char *key = str_c(a, field);
    bson_iter_t i;
    str d;
    bson_append_document_begin(match, key, -1, &inner);
    tree_put_str(&inner, "$type", STR("number"));
    bson_append_int64(&inner, "$lte", -1, INT64_MAX);
    bson_append_document_end(match, &inner);
    bson_append_document_begin(options, "sort", -1, &inner);
    bson_append_int32(&inner, key, -1, -1);
    bson_append_document_end(options, &inner);
    bson_append_int64(options, "limit", -1, 1);
    int rc = cursor_find(c, str_c(a, collection), match, options, err);
    if (rc) return rc;
    *out = 0;
    if (cursor_next(c, &d) && tree_find(&i, d, key)) *out = whole(&i);
    if (*out < 0) *out = 0;
    cursor_end(x, c, a);
    return 0;
}

static int greatest(run *r, str collection, str field, int64_t *out) {
    answer x;
    int rc = documents_greatest(out, r->c, r->arena, collection, field, &x, r->err);
    if (rc || x.ok) return rc;
    return run_trouble(r, &x, "cannot look for the greatest key of", collection);
}

static int start_counter(run *r, operation *op) {
    if (!op->counts_from.n) return 0;
    table *t = arena_make(r->arena, table);
    *t = *op->document;
    op->document = t;
    return greatest(r, op->collection, op->counts_from, &t->seq);
}

typedef struct writes {
    VEC(size_t) operations;
    str_list first, second; /* the document; or the filter and the update */
    bool insert, ordered;
} writes;

static int add_write(run *r, writes *w, size_t i) {
    operation op = without_failed(r, &r->p->operations.at[i]);
    str first, second = STR_NONE;
    int rc = start_counter(r, &op);
    if (rc) return rc;
    if (w->insert) first = json_document_insert(r->arena, &op, r->c->ferret);
    else json_document_update(r->arena, &op, r->c->ferret, &first, &second);
    vec_push(r->arena, &w->operations, i);
    vec_push(r->arena, &w->first, first);
    vec_push(r->arena, &w->second, second);
    return 0;
}

/* No allocation from the arena in here: the bulk operation is not in it. */
static bool execute(run *r, const writes *w, bson_t *kept, bson_error_t *e) {
    bson_t options = BSON_INITIALIZER, unchecked = BSON_INITIALIZER, reply, a, b;
    BSON_APPEND_BOOL(&options, "ordered", w->ordered);
    BSON_APPEND_BOOL(&unchecked, "validate", false);
    mongoc_collection_t *catalog = mongoc_client_get_collection(r->c->client, r->c->database, CATALOG);
    mongoc_bulk_operation_t *bulk = mongoc_collection_create_bulk_operation_with_opts(catalog, &options);
    bool ok = true;
    for (size_t i = 0; ok && i < w->first.n; i++) {
        ok = bson_init_static(&a, (const uint8_t *)w->first.at[i].p, w->first.at[i].n);
        if (ok && w->insert) ok = mongoc_bulk_operation_insert_with_opts(bulk, &a, &unchecked, e);
        else if (ok)
            ok = bson_init_static(&b, (const uint8_t *)w->second.at[i].p, w->second.at[i].n) &&
                 mongoc_bulk_operation_update_one_with_opts(bulk, &a, &b, &unchecked, e);
    }
    if (ok) {
        ok = mongoc_bulk_operation_execute(bulk, &reply, e) != 0;
        bson_concat(kept, &reply);
        bson_destroy(&reply);
    }
    mongoc_bulk_operation_destroy(bulk);
    mongoc_collection_destroy(catalog);
    bson_destroy(&options);
    bson_destroy(&unchecked);
    return ok;
}

/* The first write error that is not a race, or -1. */
static int64_t refused_one(str reply, str *message, int *code) {
    bson_iter_t i;
    if (!tree_open(&i, tree_get_array(reply, "writeErrors"))) return -1;
    while (bson_iter_next(&i)) {
        str each = tree_document(&i);
        *code = (int)tree_get_int(each, "code");
        *message = tree_get_str(each, "errmsg");
        if (*code != CODE_DUPLICATE_KEY) return tree_get_int(each, "index");
    }
    return -1;
}

static int lost_race(run *r) { return run_replan(r, "a document of \"" CATALOG "\" was written by somebody else meanwhile"); }

static int send_all(run *r, const writes *w) {
    bson_error_t e = {0};
    answer x;
    if (w->first.n == 0) return 0;
    bson_t *kept = tree_new(r->arena);
    int rc = check_interrupted(r->c, r->err);
    if (rc) return rc;
    bool ok = execute(r, w, kept, &e);
    str reply = tree_bytes(kept);
    if (!ok) {
        answer_failed(&x, r->c, r->arena, &e, reply);
        str of = STR(CATALOG);
        int64_t i = x.lost ? -1 : refused_one(reply, &x.message, &x.code);
        if (i >= 0 && (size_t)i < w->operations.n)
            of = str_format(r->arena, "%.*s, table %.*s", STR_ARG(of),
                            STR_ARG(r->p->operations.at[w->operations.at[i]].collection));
        if (i < 0 && x.duplicate) return lost_race(r);
        return run_trouble(r, &x, "cannot write to", of);
    }
    int64_t n = tree_get_int(reply, w->insert ? "nInserted" : "nMatched");
    if ((uint64_t)n != w->first.n) return lost_race(r);
    r->out->done += w->first.n;
    return 0;
}

/* ---- documents that get another name ---- */

static bool is_move(const operation *op) { return op->from.n && op->document_exists; }

typedef struct moves {
    size_t first, end;
    bool *pending; /* of each operation from first on */
    writes writes;
    int rc;
} moves;

/* The name that it shall have is that of one that moves later. */
static bool is_waiting(const run *r, const moves *m, size_t at) {
    str wanted = r->p->operations.at[at].collection;
    for (size_t i = m->first; i < m->end; i++)
        if (i != at && m->pending[i - m->first] && str_eq(r->p->operations.at[i].from, wanted)) return true;
    return false;
}

/* False: there is none. */
static bool add_pending(run *r, moves *m, bool wait) {
    bool any = false;
    for (size_t i = m->first; i < m->end; i++) {
        const operation *op = &r->p->operations.at[i];
        if (!m->pending[i - m->first] || (wait && is_waiting(r, m, i))) continue;
        m->pending[i - m->first] = false;
        any = true;
        /* A name that stays taken is not free for another document. */
        if (run_is_given_up(r, op->collection)) {
            run_give_up(r, op->from);
            run_leave_out(r, i, SIZE_MAX);
        } else {
            m->rc = add_write(r, &m->writes, i);
        }
        if (m->rc) return false;
    }
    return any;
}

/* In an order in which each finds its new name free: after a to b and b to c, b moves first. Where there is none (they go
 * round) the server refuses. */
static int add_moves(run *r, moves *m) {
    m->pending = arena_alloc(r->arena, m->end - m->first, sizeof *m->pending);
    for (size_t i = m->first; i < m->end; i++) m->pending[i - m->first] = is_move(&r->p->operations.at[i]);
    while (add_pending(r, m, true)) {
    }
    if (m->rc == 0) add_pending(r, m, false);
    return m->rc;
}

int write_documents(run *r, size_t first, size_t end) {
    moves m = {.first = first, .end = end, .writes = {.ordered = true}};
    writes inserts = {.insert = true}, updates = {0};
    int rc = add_moves(r, &m);
    for (size_t i = first; rc == 0 && i < end; i++) {
        const operation *op = &r->p->operations.at[i];
        if (is_move(op)) continue;
        if (run_is_given_up(r, op->collection)) run_leave_out(r, i, SIZE_MAX);
        else rc = add_write(r, op->document_exists ? &updates : &inserts, i);
    }
    if (rc == 0) rc = send_all(r, &m.writes);
    if (rc == 0) rc = send_all(r, &inserts);
    return rc ? rc : send_all(r, &updates);
}

/* ---- one that goes ---- */

static bson_t *removal_of(run *r, const operation *op) {
    bson_t *b = tree_new(r->arena), list, each;
    str match = json_document_match(r->arena, op);
    tree_put_str(b, "delete", STR(CATALOG));
    bson_append_array_begin(b, "deletes", -1, &list);
    bson_append_document_begin(&list, "0", -1, &each);
    tree_put_document(&each, "q", match);
    bson_append_int32(&each, "limit", -1, 1);
    bson_append_document_end(&list, &each);
    bson_append_array_end(b, &list);
    return b;
}

static int look_for(run *r, str called, bool *found) {
    bson_t *match = tree_new(r->arena), *options = tree_new(r->arena);
    answer x;
    str d;
    tree_put_str(match, "name", called);
    bson_append_int64(options, "limit", -1, 1);
    int rc = cursor_find(r->c, CATALOG, match, options, r->err);
    if (rc) return rc;
    *found = cursor_next(r->c, &d);
    cursor_end(&x, r->c, r->arena);
    return x.ok ? 0 : run_trouble(r, &x, "cannot read", STR(CATALOG));
}

int remove_document(run *r, const operation *op) {
    bool found = false;
    answer x;
    int rc = command_write(&x, r->c, r->arena, removal_of(r, op), r->err);
    if (rc) return rc;
    if (!x.ok) return run_trouble(r, &x, "cannot write to", STR(CATALOG));
    if (tree_get_int(x.document, "n") == 0 && (rc = look_for(r, op->collection, &found))) return rc;
    if (found) return lost_race(r);
    r->out->done++;
    return 0;
}

/* ---- the counter alone ---- */

int mend_counter(run *r, const operation *op) {
    bson_t *b = tree_new(r->arena), list, each;
    int64_t seq;
    str match, update;
    answer x;
    int rc = greatest(r, op->collection, op->field, &seq);
    if (rc) return rc;
    json_counter_update(r->arena, op, seq, &match, &update);
    tree_put_str(b, "update", STR(CATALOG));
    bson_append_array_begin(b, "updates", -1, &list);
    bson_append_document_begin(&list, "0", -1, &each);
    tree_put_document(&each, "q", match);
    tree_put_document(&each, "u", update);
    bson_append_document_end(&list, &each);
    bson_append_array_end(b, &list);
    rc = command_write(&x, r->c, r->arena, b, r->err);
    if (rc) return rc;
    if (!x.ok) return run_trouble(r, &x, "cannot write to", STR(CATALOG));
    if (tree_get_int(x.document, "n") != 1) return lost_race(r);
    r->out->done++;
    return 0;
}
