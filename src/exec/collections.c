/* Collections that come, go, or are called something else. */
#include "exec/run.h"

int collections_create(run *r, const operation *op) {
    bson_t *b = tree_new(r->arena);
    answer x;
    tree_put_str(b, "create", op->collection);
    int rc = command_write(&x, r->c, r->arena, b, r->err);
    if (rc) return rc;
    if (!x.ok && x.code != CODE_NAMESPACE_EXISTS) return run_trouble(r, &x, "cannot create", op->collection);
    r->out->done++;
    return 0;
}

/* Every collection has an index, on `_id`. */
static int look_for(run *r, str collection, bool *found) {
    answer x;
    str d;
    int rc = cursor_indexes(r->c, str_c(r->arena, collection), r->err);
    if (rc) return rc;
    *found = cursor_next(r->c, &d);
    cursor_end(&x, r->c, r->arena);
    if (x.ok || x.code == CODE_NAMESPACE_NOT_FOUND) return 0;
    return run_trouble(r, &x, "cannot list the indexes of", collection);
}

static str namespace_of(run *r, str collection) { return str_format(r->arena, "%s.%.*s", r->c->database, STR_ARG(collection)); }

int collections_rename(run *r, const operation *op) {
    bson_t *b = tree_new(r->arena);
    bool done = true;
    answer x;
    tree_put_str(b, "renameCollection", namespace_of(r, op->from));
    tree_put_str(b, "to", namespace_of(r, op->collection));
    int rc = command_admin(&x, r->c, r->arena, b, r->err);
    if (rc == 0 && !x.ok && x.code == CODE_NAMESPACE_NOT_FOUND) rc = look_for(r, op->collection, &done);
    else if (rc == 0 && !x.ok) rc = run_trouble(r, &x, "cannot rename", op->from);
    if (rc) return rc;
    if (!done)
        return run_replan(r, "\"%.*s\", which was to become \"%.*s\", is not there any more", STR_ARG(op->from),
                          STR_ARG(op->collection));
    r->out->done++;
    return 0;
}

int collections_drop(run *r, const operation *op) {
    bson_t *b = tree_new(r->arena);
    answer x;
    tree_put_str(b, "drop", op->collection);
    int rc = command_write(&x, r->c, r->arena, b, r->err);
    if (rc) return rc;
    if (!x.ok && x.code != CODE_NAMESPACE_NOT_FOUND) return run_trouble(r, &x, "cannot drop", op->collection);
    r->out->done++;
    return 0;
}

/* ---- commands ---- */

static int delete_all(run *r, const operation *op) {
    bson_t *b = tree_new(r->arena), list, each, all;
    answer x;
    tree_put_str(b, "delete", op->collection);
    bson_append_array_begin(b, "deletes", -1, &list);
    bson_append_document_begin(&list, "0", -1, &each);
    bson_append_document_begin(&each, "q", -1, &all);
    bson_append_document_end(&each, &all);
    bson_append_int32(&each, "limit", -1, 0);
    bson_append_document_end(&list, &each);
    bson_append_array_end(b, &list);
    int rc = command_write(&x, r->c, r->arena, b, r->err);
    if (rc || x.ok) return rc;
    return run_trouble(r, &x, "cannot empty", op->collection);
}

/* Behind the documents: a counter that begins anew beside them would give out their keys again. */
static int restart_counter(run *r, const operation *op) {
    bson_t *b = tree_new(r->arena), list, each, match, change, set;
    answer x;
    tree_put_str(b, "update", STR(CATALOG));
    bson_append_array_begin(b, "updates", -1, &list);
    bson_append_document_begin(&list, "0", -1, &each);
    bson_append_document_begin(&each, "q", -1, &match);
    tree_put_str(&match, "name", op->collection);
    bson_append_document_begin(&match, "auto.seq", -1, &set);
    bson_append_bool(&set, "$exists", -1, true);
    bson_append_document_end(&match, &set);
    bson_append_document_end(&each, &match);
    bson_append_document_begin(&each, "u", -1, &change);
    bson_append_document_begin(&change, "$set", -1, &set);
    bson_append_int32(&set, "auto.seq", -1, 0);
    bson_append_document_end(&change, &set);
    bson_append_document_end(&each, &change);
    bson_append_document_end(&list, &each);
    bson_append_array_end(b, &list);
    int rc = command_write(&x, r->c, r->arena, b, r->err);
    if (rc || x.ok) return rc;
    return run_trouble(r, &x, "cannot restart the counter of", op->collection);
}

int collections_empty(run *r, const operation *op) {
    int rc = delete_all(r, op);
    if (rc == 0 && op->restart) rc = restart_counter(r, op);
    if (rc == 0) r->out->done++;
    return rc;
}

int collections_drop_database(run *r, const operation *op) {
    bson_t *b = tree_new(r->arena);
    answer x;
    bson_append_int32(b, "dropDatabase", -1, 1);
    int rc = command_to(&x, r->c, r->arena, str_c(r->arena, op->from), b, r->err);
    if (rc) return rc;
    if (!x.ok && x.code != CODE_NAMESPACE_NOT_FOUND) return run_trouble(r, &x, "cannot drop the database", op->from);
    r->c->catalog_is_whole = false;
    r->out->done++;
    return 0;
}
