/* A repair is taken back: of each collection its indexes first, then its document in the catalog. Whatever cannot be put back
 * is told, and then nothing of its collection is changed, as far as that was known before. */
#include "exec/run.h"

typedef struct undoing {
    connection *c;
    arena *a;
    undo_report *out;
    kf_error *err;
    const undo *undo;
    VEC(str) left; /* collections that are left as they are */
} undoing;

static void done(undoing *u, const char *format, str a, str b) {
    vec_push(u->a, &u->out->done, str_format(u->a, format, STR_ARG(a), STR_ARG(b)));
}

static void leave(undoing *u, str collection, str why) {
    vec_push(u->a, &u->left, collection);
    vec_push(u->a, &u->out->left, str_format(u->a, "%.*s: %.*s", STR_ARG(collection), STR_ARG(why)));
}

static bool is_left(const undoing *u, str collection) {
    for (size_t i = 0; i < u->left.n; i++)
        if (str_eq(u->left.at[i], collection)) return true;
    return false;
}

/* ---- looking ---- */

static int read_indexes(undoing *u, str collection, index_list *out) {
    answer x;
    index_spec *each;
    str d;
    int rc = cursor_indexes(u->c, str_c(u->a, collection), u->err);
    if (rc) return rc;
    while (cursor_next(u->c, &d))
        if (json_index_from_bson(&each, d, u->a, NULL) == 0) vec_push(u->a, out, each);
    cursor_end(&x, u->c, u->a);
    if (x.ok || x.code == CODE_NAMESPACE_NOT_FOUND) return 0;
    return answer_error(&x, u->err, "cannot list the indexes of", collection);
}

static const index_spec *called(const index_list *list, str name) {
    for (size_t i = 0; i < list->n; i++)
        if (str_eq(list->at[i]->name, name)) return list->at[i];
    return NULL;
}

static bool is_there(const index_list *live, const index_spec *x) {
    const index_spec *is = called(live, x->name);
    return is && (x->spec.n ? json_spec_same(is->spec, x->spec) : index_same(is, x));
}

static bool was_made(const undo_indexes *t, const index_spec *live) {
    const index_spec *made = called(&t->made, live->name);
    return made && index_same(made, live);
}

/* Must it go before the old one can come? */
static bool is_in_the_way(const undoing *u, const index_spec *live, const index_spec *old) {
    return str_eq(live->name, old->name) || (key_equal(&live->key, &old->key) && !profile_coexist(u->c->profile, live, old));
}

static int find_document(undoing *u, const undo_document *d, str *out) {
    bson_t *match = tree_new(u->a);
    bson_iter_t id;
    answer x;
    str found;
    if (d->stored.n && tree_find(&id, d->stored, "_id")) bson_append_iter(match, "_id", -1, &id);
    else tree_put_str(match, "name", d->name);
    int rc = cursor_find(u->c, CATALOG, match, NULL, u->err);
    if (rc) return rc;
    *out = cursor_next(u->c, &found) ? str_copy(u->a, found) : STR_NONE;
    cursor_end(&x, u->c, u->a);
    return x.ok ? 0 : answer_error(&x, u->err, "cannot read", STR(CATALOG));
}

/* ---- what can be known before ---- */

static int check_duplicates(undoing *u, const undo_indexes *t, const index_spec *old) {
    static const plan none;
    run_result nothing = {.arena = u->a};
    run r = {.c = u->c, .p = &none, .out = &nothing, .arena = u->a, .err = u->err};
    failure f = {0};
    bool found = false;
    int rc = old->unique ? duplicates_report(&r, &f, &found, t->collection, old) : 0;
    if (rc) return rc < 0 ? rc : -KF_E_CONNECTION;
    if (found) leave(u, t->collection, f.message);
    return 0;
}

static int check_indexes(undoing *u, const undo_indexes *t) {
    index_list live = {0};
    int rc = read_indexes(u, t->collection, &live);
    if (rc == 0 && live.n == 0) leave(u, t->collection, STR("the collection is not there any more"));
    for (size_t i = 0; rc == 0 && i < t->gone.n && !is_left(u, t->collection); i++) {
        const index_spec *old = t->gone.at[i];
        if (is_there(&live, old)) continue;
        for (size_t k = 0; k < live.n && !is_left(u, t->collection); k++)
            if (is_in_the_way(u, live.at[k], old) && !was_made(t, live.at[k]))
                leave(
                    u, t->collection,
                    str_format(u->a, "the index \"%.*s\" is in the way, and no repair has made it", STR_ARG(live.at[k]->name)));
        if (!is_left(u, t->collection)) rc = check_duplicates(u, t, old);
    }
    return rc;
}

static int check_document(undoing *u, const undo_document *d) {
    str now;
    int rc = is_left(u, d->name) ? 0 : find_document(u, d, &now);
    if (rc || is_left(u, d->name)) return rc;
    if (now.n && json_document_rev(now) > d->rev)
        leave(u, d->name, STR("its document in the catalog was written since: undo what did that first"));
    return 0;
}

/* ---- indexes ---- */

static int drop_index(undoing *u, str collection, str name) {
    bson_t *b = tree_new(u->a);
    answer x;
    tree_put_str(b, "dropIndexes", collection);
    tree_put_str(b, "index", name);
    int rc = command_write(&x, u->c, u->a, b, u->err);
    if (rc || x.ok || x.code == CODE_INDEX_NOT_FOUND || x.code == CODE_NAMESPACE_NOT_FOUND) return rc;
    return answer_error(&x, u->err, "cannot drop an index of", collection);
}

static int create_index(undoing *u, str collection, const index_spec *index, answer *x) {
    bson_t *b = tree_new(u->a), list;
    str spec = json_spec_again(u->a, index);
    tree_put_str(b, "createIndexes", collection);
    bson_append_array_begin(b, "indexes", -1, &list);
    tree_put_document(&list, "0", spec);
    bson_append_array_end(b, &list);
    return command_write(x, u->c, u->a, b, u->err);
}

/* Those in the way go; if the old one does not come, they come back. */
static int put_back(undoing *u, const undo_indexes *t, const index_list *live, const index_spec *old) {
    index_list dropped = {0};
    answer x, again;
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < live->n; i++) {
        if (!is_in_the_way(u, live->at[i], old)) continue;
        rc = drop_index(u, t->collection, live->at[i]->name);
        vec_push(u->a, &dropped, live->at[i]);
    }
    if (rc == 0) rc = create_index(u, t->collection, old, &x);
    if (rc) return rc;
    if (x.ok) {
        done(u, "%.*s: the index \"%.*s\" is back", t->collection, old->name);
        return 0;
    }
    for (size_t i = 0; rc == 0 && i < dropped.n; i++) rc = create_index(u, t->collection, dropped.at[i], &again);
    if (x.lost || x.denied) return rc ? rc : answer_error(&x, u->err, "cannot build an index of", t->collection);
    leave(u, t->collection,
          str_format(u->a, "the index \"%.*s\" cannot be put back: %.*s", STR_ARG(old->name), STR_ARG(x.message)));
    return rc;
}

static int undo_indexes_of(undoing *u, const undo_indexes *t) {
    const bool *interrupted = u->c->interrupted;
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < t->gone.n && !is_left(u, t->collection); i++) {
        index_list live = {0};
        rc = read_indexes(u, t->collection, &live);
        if (rc || is_there(&live, t->gone.at[i])) continue;
        u->c->interrupted = NULL; /* not between a drop and its build */
        rc = put_back(u, t, &live, t->gone.at[i]);
        u->c->interrupted = interrupted;
    }
    index_list live = {0};
    if (rc == 0 && !is_left(u, t->collection)) rc = read_indexes(u, t->collection, &live);
    for (size_t i = 0; rc == 0 && i < live.n; i++) {
        const index_spec *x = live.at[i];
        if (!was_made(t, x) || called(&t->gone, x->name)) continue;
        rc = drop_index(u, t->collection, x->name);
        if (rc == 0) done(u, "%.*s: the index \"%.*s\" goes again", t->collection, x->name);
    }
    return rc;
}

/* ---- documents of the catalog ---- */

static bson_t *write_of(undoing *u, const undo_document *d, str now, str document) {
    bson_t *b = tree_new(u->a), list, each, match, in;
    bson_iter_t id;
    tree_put_str(b, "update", STR(CATALOG));
    bson_append_array_begin(b, "updates", -1, &list);
    bson_append_document_begin(&list, "0", -1, &each);
    bson_append_document_begin(&each, "q", -1, &match);
    if (tree_find(&id, d->stored, "_id")) bson_append_iter(&match, "_id", -1, &id);
    if (now.n && json_document_rev(now)) tree_put_int(&match, "rev", json_document_rev(now));
    else if (now.n) {
        bson_append_document_begin(&match, "rev", -1, &in);
        bson_append_bool(&in, "$exists", -1, false);
        bson_append_document_end(&match, &in);
    }
    if (now.n && json_document_seq(now) >= 0) tree_put_int(&match, "auto.seq", json_document_seq(now));
    bson_append_document_end(&each, &match);
    tree_put_document(&each, "u", document);
    bson_append_bool(&each, "upsert", -1, !now.n);
    bson_append_document_end(&list, &each);
    bson_append_array_end(b, &list);
    return b;
}

static int remove_one(undoing *u, const undo_document *d) {
    bson_t *b = tree_new(u->a), list, each, match;
    answer x;
    tree_put_str(b, "delete", STR(CATALOG));
    bson_append_array_begin(b, "deletes", -1, &list);
    bson_append_document_begin(&list, "0", -1, &each);
    bson_append_document_begin(&each, "q", -1, &match);
    tree_put_str(&match, "name", d->name);
    tree_put_int(&match, "rev", d->rev);
    bson_append_document_end(&each, &match);
    bson_append_int32(&each, "limit", -1, 1);
    bson_append_document_end(&list, &each);
    bson_append_array_end(b, &list);
    int rc = command_write(&x, u->c, u->a, b, u->err);
    if (rc) return rc;
    if (!x.ok) return answer_error(&x, u->err, "cannot write to", STR(CATALOG));
    if (tree_get_int(x.document, "n")) done(u, "%.*s: its document in the catalog goes again%.*s", d->name, STR_NONE);
    return 0;
}

/* The counter keeps what it has counted meanwhile. */
static int write_once(undoing *u, const undo_document *d, bool *written) {
    str now = STR_NONE, document = d->stored;
    answer x;
    int rc = find_document(u, d, &now);
    if (rc) return rc;
    if (now.n && json_document_seq(now) > json_document_seq(document))
        document = json_document_with_seq(u->a, document, json_document_seq(now));
    *written = true;
    if (now.n && str_eq(now, document)) return 0;
    rc = command_write(&x, u->c, u->a, write_of(u, d, now, document), u->err);
    if (rc) return rc;
    if (x.duplicate) {
        leave(u, d->name, STR("the catalog has another document of that name"));
        return 0;
    }
    if (!x.ok) return answer_error(&x, u->err, "cannot write to", STR(CATALOG));
    *written = tree_get_int(x.document, "n") > 0;
    if (*written) done(u, "%.*s: its document in the catalog is as it was%.*s", tree_get_str(document, "name"), STR_NONE);
    return 0;
}

static int undo_document_of(undoing *u, const undo_document *d) {
    enum { TRIES = 5 };
    bool written = false;
    int rc = 0;
    if (!d->stored.n) return remove_one(u, d);
    for (int i = 0; rc == 0 && !written && i < TRIES; i++) rc = write_once(u, d, &written);
    if (rc == 0 && !written) leave(u, d->name, STR("its document in the catalog kept changing: run this again"));
    return rc;
}

int exec_undo(undo_report *out, connection *c, const undo *undo, arena *a, kf_error *err) {
    undoing u = {.c = c, .a = a, .out = out, .err = err, .undo = undo};
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < undo->documents.n; i++) rc = check_document(&u, &undo->documents.at[i]);
    for (size_t i = 0; rc == 0 && i < undo->indexes.n; i++)
        if (!is_left(&u, undo->indexes.at[i].collection)) rc = check_indexes(&u, &undo->indexes.at[i]);
    for (size_t i = 0; rc == 0 && i < undo->indexes.n; i++)
        if (!is_left(&u, undo->indexes.at[i].collection)) rc = undo_indexes_of(&u, &undo->indexes.at[i]);
    for (size_t i = 0; rc == 0 && i < undo->documents.n; i++)
        if (!is_left(&u, undo->documents.at[i].name)) rc = undo_document_of(&u, &undo->documents.at[i]);
    return rc;
}
