/* The history's document in the catalog: which statements were applied, and, while names are given away and taken, what of that
 * is done. A run that is cut off there is gone on with by the next one, and need not guess. */
#include "exec/run.h"

static bool has_history(const run *r) { return r->p->history.statements.n > 0; }

void history_look(run *r) {
    r->rev = r->p->history.rev;
    plan_renames(r->p, &r->first, &r->end);
}

static int put_through(run *r, const bson_t *b) {
    answer x;
    int rc = command_write(&x, r->c, r->arena, b, r->err);
    if (rc) return rc;
    if (!x.ok && !x.duplicate) return run_trouble(r, &x, "cannot write to", STR(CATALOG));
    if (x.duplicate || tree_get_int(x.document, "n") == 0)
        return run_replan(r, "the history in \"" CATALOG "\" was written by somebody else meanwhile");
    r->rev++;
    return 0;
}

/* Of two first ones the second is refused, the name being there. */
static int insert(run *r, const bson_t *members) {
    bson_t *b = tree_new(r->arena), list, each;
    tree_put_str(b, "insert", STR(CATALOG));
    bson_append_array_begin(b, "documents", -1, &list);
    bson_append_document_begin(&list, "0", -1, &each);
    tree_put_str(&each, "name", STR(CATALOG_HISTORY));
    bson_concat(&each, members);
    bson_append_int64(&each, "rev", -1, 1);
    bson_append_document_end(&list, &each);
    bson_append_array_end(b, &list);
    return put_through(r, b);
}

static void append_change(run *r, bson_t *u, const bson_t *members, const bson_t *push, bool through) {
    bson_t in;
    bson_append_document_begin(u, "$set", -1, &in);
    if (members) bson_concat(&in, members);
    bson_append_int64(&in, "rev", -1, r->rev + 1);
    bson_append_document_end(u, &in);
    if (push) bson_append_document(u, "$push", -1, push);
    if (!through) return;
    bson_append_document_begin(u, "$unset", -1, &in);
    for (const char *const *p = (const char *const[]){"pending", "done", "next", NULL}; *p; p++) tree_put_str(&in, *p, STR(""));
    bson_append_document_end(u, &in);
}

/* By compare-and-swap. members: to be set, or NULL; through: nothing is pending any more. */
static int put(run *r, const bson_t *members, const bson_t *push, bool through) {
    bson_t *b = tree_new(r->arena), list, each, in;
    if (!r->rev) return insert(r, members);
    tree_put_str(b, "update", STR(CATALOG));
    bson_append_array_begin(b, "updates", -1, &list);
    bson_append_document_begin(&list, "0", -1, &each);
    bson_append_document_begin(&each, "q", -1, &in);
    tree_put_str(&in, "name", STR(CATALOG_HISTORY));
    bson_append_int64(&in, "rev", -1, r->rev);
    bson_append_document_end(&each, &in);
    bson_append_document_begin(&each, "u", -1, &in);
    append_change(r, &in, members, push, through);
    bson_append_document_end(&each, &in);
    bson_append_document_end(&list, &each);
    bson_append_array_end(b, &list);
    return put_through(r, b);
}

static int write_statements(run *r, const str *at, size_t n) {
    bson_t *set = tree_new(r->arena);
    tree_put_strings(set, "statements", at, n);
    return put(r, set, NULL, true);
}

int history_begin(run *r, size_t first) {
    if (!has_history(r) || r->broken || first != r->first) return 0;
    r->broken = r->out->failures.n > 0; /* of what was looked at before: nothing of it is begun */
    if (r->broken) return 0;
    history next;
    bson_t *set = tree_new(r->arena), none;
    history_settle(&next, &r->p->history, false, r->arena);
    r->begun = true;
    if (r->first == r->end) return write_statements(r, next.statements.at, next.statements.n);
    tree_put_str(set, "pending", json_pending(r->p, r->first, r->end));
    bson_append_array_begin(set, "done", -1, &none);
    bson_append_array_end(set, &none);
    tree_put_strings(set, "next", next.statements.at, next.statements.n);
    if (!r->rev) tree_put_strings(set, "statements", NULL, 0);
    return put(r, set, NULL, false);
}

static int note_done(run *r, size_t first, size_t end) {
    int rc = 0;
    for (size_t i = first; rc == 0 && i < end; i++) {
        bson_t *push = tree_new(r->arena);
        tree_put_int(push, "done", (int64_t)(i < r->p->redo.n ? r->p->redo.at[i] : i - r->first));
        rc = put(r, NULL, push, false);
    }
    return rc;
}

int history_note(run *r, size_t first, size_t end, bool done) {
    size_t redone = r->p->redo.n;
    const history *h = &r->p->history;
    bool again = first < redone, renames = first >= r->first && first < r->end;
    if (!has_history(r) || !(again || renames)) return 0;
    r->broken |= !done;
    size_t last = again ? redone : r->end;
    if (end < last) return done && (again || r->begun) ? note_done(r, first, end) : 0;
    if (again) return r->broken ? 0 : write_statements(r, h->next.at, h->next.n);
    if (!r->begun) return 0;
    if (r->broken) return put(r, NULL, NULL, true); /* what could not be renamed was not */
    history settled;
    history_settle(&settled, h, false, r->arena);
    return write_statements(r, settled.statements.at, settled.statements.n);
}

static bool is_settled(const history *h) {
    for (size_t i = 0; i < h->statements.n; i++)
        if (str_ends(h->statements.at[i], STR("!"))) return false;
    return true;
}

/* What did not work, or was left out for that, is looked for by the next run as if it had not been asked for before. */
int history_finish(run *r) {
    bool failed = r->broken || r->out->failures.n || r->out->left_out.n;
    if (!has_history(r) || failed || (r->begun && is_settled(&r->p->history))) return 0;
    history settled;
    history_settle(&settled, &r->p->history, true, r->arena);
    return write_statements(r, settled.statements.at, settled.statements.n);
}
