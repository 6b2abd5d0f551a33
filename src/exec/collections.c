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
