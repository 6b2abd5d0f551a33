/* Where two indexes of one key may not stand side by side: the old one goes, the new one comes, and if it
 * cannot, the old one comes back. */
#include "exec/run.h"

static int drop(run *r, str collection, str index) {
    bson_t *b = tree_new(r->arena);
    answer x;
    tree_put_str(b, "dropIndexes", collection);
    tree_put_str(b, "index", index);
    int rc = command_write(&x, r->c, r->arena, b, r->err);
    if (rc || x.ok || x.code == CODE_INDEX_NOT_FOUND || x.code == CODE_NAMESPACE_NOT_FOUND) return rc;
    return run_trouble(r, &x, "cannot drop an index of", collection);
}

/* As listIndexes gave it, but for what createIndexes does not take. */
static str spec_again(run *r, const index_spec *old) {
    bson_iter_t i;
    if (!old->spec.n) return json_index_to_bson(r->arena, old);
    bson_t *b = tree_new(r->arena);
    tree_open(&i, old->spec);
    while (bson_iter_next(&i))
        if (strcmp(bson_iter_key(&i), "v") != 0 && strcmp(bson_iter_key(&i), "ns") != 0) bson_append_iter(b, NULL, 0, &i);
    return tree_bytes(b);
}

static int put_back(run *r, str collection, const index_spec *old) {
    bson_t *b = tree_new(r->arena), list;
    str spec = spec_again(r, old);
    text shown = {.arena = r->arena};
    answer x;
    tree_put_str(b, "createIndexes", collection);
    bson_append_array_begin(b, "indexes", -1, &list);
    tree_put_document(&list, "0", spec);
    bson_append_array_end(b, &list);
    int rc = command_write(&x, r->c, r->arena, b, r->err);
    if (rc || x.ok) return rc;
    tree_print(&shown, spec);
    return run_trouble(r, &x, "the old index was dropped and cannot be put back:", text_str(&shown));
}

/* The answer to building the new one was not ok. */
static int give_up(run *r, size_t at, const answer *x) {
    const operation *op = &r->p->operations.at[at];
    failure f = {.operation = at, .code = KF_E_SERVER, .server_code = x->code};
    bool found = false;
    int rc = put_back(r, op->collection, op->old);
    /* A lost connection may be back by now, and the new index may have been built: then the old one is in its
     * way. */
    if (x->lost || (rc == 0 && (x->denied || run_is_race(x))))
        return run_trouble(r, x, "cannot build the indexes of", op->collection);
    if (rc == 0 && x->duplicate) rc = duplicates_report(r, &f, &found, op->collection, op->index);
    if (rc) return rc;
    if (!found)
        f.message = str_format(r->arena, "the index \"%.*s\" of \"%.*s\" is refused: %.*s (%d)", STR_ARG(op->index->name),
                               STR_ARG(op->collection), STR_ARG(x->message), x->code);
    f.message = str_format(r->arena, "%.*s; \"%.*s\" is back in its place", STR_ARG(f.message), STR_ARG(op->old->name));
    run_fail(r, &f);
    return 0;
}

static int swap(run *r, size_t at) {
    const operation *op = &r->p->operations.at[at];
    index_spec *const specs[] = {op->index};
    answer x;
    int rc = drop(r, op->collection, op->old->name);
    if (rc == 0) rc = build_specs(r, op->collection, specs, 1, &x);
    if (rc) return rc;
    if (!x.ok) return give_up(r, at, &x);
    r->out->done++;
    return 0;
}

int replace_index(run *r, size_t at) {
    const operation *op = &r->p->operations.at[at];
    failure f = {.operation = at};
    bool found = false;
    int rc = op->index->unique ? duplicates_report(r, &f, &found, op->collection, op->index) : 0;
    if (rc) return rc;
    if (found) {
        run_fail(r, &f);
        return 0;
    }
    if ((rc = check_interrupted(r->c, r->err))) return rc;
    /* Not between the drop and the build. */
    const bool *interrupted = r->c->interrupted;
    r->c->interrupted = NULL;
    rc = swap(r, at);
    r->c->interrupted = interrupted;
    return rc;
}
