/* Where two indexes of one key may not stand side by side: the old one goes, the new one comes, and if it
 * cannot, the old one comes back. */
#include "exec/run.h"
#include "json/undo.h"

static int drop(run *r, str collection, str index) {
    bson_t *b = tree_new(r->arena);
    answer x;
    tree_put_str(b, "dropIndexes", collection);
    tree_put_str(b, "index", index);
    int rc = command_write(&x, r->c, r->arena, b, r->err);
    if (rc || x.ok || x.code == CODE_INDEX_NOT_FOUND || x.code == CODE_NAMESPACE_NOT_FOUND) return rc;
    return run_trouble(r, &x, "cannot drop an index of", collection);
}

int replace_put_back(run *r, size_t at) {
    const operation *op = &r->p->operations.at[at];
    bson_t *b = tree_new(r->arena), list;
    str spec = json_spec_again(r->arena, op->old);
    text shown = {.arena = r->arena};
    answer x;
    tree_put_str(b, "createIndexes", op->collection);
    bson_append_array_begin(b, "indexes", -1, &list);
    tree_put_document(&list, "0", spec);
    bson_append_array_end(b, &list);
    int rc = command_write(&x, r->c, r->arena, b, r->err);
    if (rc || x.ok) return rc;
    tree_print(&shown, spec);
    return run_trouble(r, &x, "the old index was dropped and cannot be put back:", text_str(&shown));
}

int replace_drop(run *r, size_t at) {
    const operation *op = &r->p->operations.at[at];
    return drop(r, op->collection, op->old->name);
}
