/* What was applied to a database, as its document in the catalog and schema files have it: docs/schema-document.md. */
#include "json/document.h"
#include "json/json.h"
#include "json/tree.h"

void history_append_members(bson_t *b, const history *h) {
    tree_put_strings(b, "statements", h->statements.at, h->statements.n);
    bson_append_int64(b, "rev", -1, h->rev);
    if (h->next.n) tree_put_strings(b, "next", h->next.at, h->next.n);
    if (!h->pending.n) return;
    bson_t done;
    char room[16];
    tree_put_str(b, "pending", h->pending);
    bson_append_array_begin(b, "done", -1, &done);
    for (size_t i = 0; i < h->done.n; i++) tree_put_int(&done, tree_position(i, room), (int64_t)h->done.at[i]);
    bson_append_array_end(b, &done);
}

static void read_done(history *out, str array, arena *a) {
    bson_iter_t i;
    int64_t n;
    if (!tree_open(&i, array)) return;
    while (bson_iter_next(&i))
        if (tree_int(&i, &n) && n >= 0) vec_push(a, &out->done, (size_t)n);
}

int json_history_from_bson(history *out, str document, arena *a, kf_error *err) {
    return history_read(out, str_copy(a, document), a, KF_E_SERVER, err);
}

/* Operations without what caused them: the log may be another by the time they are taken up. */
str json_pending(const plan *p, size_t first, size_t end) {
    plan part = {.arena = p->arena, .options = p->options};
    text out = {.arena = p->arena};
    for (size_t i = first; i < end; i++) {
        operation op = p->operations.at[i];
        memset(&op.causes, 0, sizeof op.causes);
        vec_push(p->arena, &part.operations, op);
    }
    json_write_plan(&out, &part);
    return text_str(&out);
}

int history_read(history *out, str document, arena *a, kf_code code, kf_error *err) {
    bson_iter_t i;
    if (!document.n) return 0;
    tree_read_strings(a, &out->statements, tree_get_array(document, "statements"));
    out->pending = tree_get_str(document, "pending");
    read_done(out, tree_get_array(document, "done"), a);
    tree_read_strings(a, &out->next, tree_get_array(document, "next"));
    if (tree_find(&i, document, "rev") && tree_int(&i, &out->rev) && out->rev > 0 && out->rev < INT64_MAX) return 0;
    return fail(err, code, "the history in " CATALOG ": rev is not a positive whole number; repair or remove it");
}
