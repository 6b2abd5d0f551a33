/* What `verify --json` prints: docs/json.md. */
#include "json/json.h"
#include "json/tree.h"

/* "not_enforced" */
static str lower(arena *a, const char *s) {
    str copy = str_copy(a, str_of(s));
    for (size_t i = 0; i < copy.n; i++) ((char *)copy.p)[i] = (char)(copy.p[i] == ' ' ? '_' : copy.p[i] | 0x20);
    return copy;
}

static void put_index(arena *a, bson_t *b, const index_spec *x) {
    key_list_append(a, b, "key", &x->key, false);
    bson_append_bool(b, "unique", -1, x->unique);
    if (filter_none(&x->filter)) bson_append_null(b, "filter", -1);
    else tree_put_exact(a, b, "filter", filter_document(a, &x->filter));
}

static void put_source(arena *a, bson_t *b, const plan *p, size_t statement) {
    if (statement >= p->statements.n) return;
    const source *s = &p->statements.at[statement].source;
    tree_put_str(b, "source", str_format(a, "%.*s:%zu", STR_ARG(s->file), s->line));
}

static void put_name(arena *a, bson_t *b, const verification *v, const verified_name *n) {
    tree_put_str(b, "state", lower(a, name_state_text(n->state)));
    tree_put_str(b, "name", n->name);
    if (n->wanted) tree_put_str(b, "kind", str_of(name_kind_text(n->wanted->kind)));
    if (n->index) put_index(a, b, n->index);
    else if (n->wanted) key_list_append(a, b, "key", &n->wanted->key, false);
    if (n->served_by.n) tree_put_str(b, "index", n->served_by);
    if (n->detail.n) tree_put_str(b, "detail", n->detail);
    put_source(a, b, v->plan, n->statement);
}

static void put_collection(arena *a, bson_t *b, const verification *v, const verified_collection *c) {
    bson_t list, each;
    char room[16];
    tree_put_str(b, "name", c->name);
    tree_put_str(b, "state", c->unwanted ? STR("extra") : c->missing ? STR("missing") : STR("ok"));
    bson_append_array_begin(b, "names", -1, &list);
    for (size_t i = 0; i < c->names.n; i++) {
        bson_append_document_begin(&list, tree_position(i, room), -1, &each);
        put_name(a, &each, v, &c->names.at[i]);
        bson_append_document_end(&list, &each);
    }
    bson_append_array_end(b, &list);
}

void json_write_verification(text *out, const verification *v) {
    arena *a = out->arena;
    bson_t *b = tree_new(a), counts, list, each;
    char room[16];
    bson_append_int32(b, "format", -1, 1);
    bson_append_bool(b, "served", -1, verification_status(v) == 0);
    bson_append_document_begin(b, "counts", -1, &counts);
    for (name_state s = 0; s < NAME_STATES; s++)
        tree_put_int(&counts, str_c(a, lower(a, name_state_text(s))), (int64_t)v->counts[s]);
    bson_append_document_end(b, &counts);
    tree_put_int(b, "other_operations", (int64_t)v->elsewhere);
    bson_append_array_begin(b, "collections", -1, &list);
    for (size_t i = 0; i < v->collections.n; i++) {
        bson_append_document_begin(&list, tree_position(i, room), -1, &each);
        put_collection(a, &each, v, &v->collections.at[i]);
        bson_append_document_end(&list, &each);
    }
    bson_append_array_end(b, &list);
    tree_print_pretty(out, tree_bytes(b));
}
