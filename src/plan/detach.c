/* Going back to djongo, which drops an index by the name that it has on the server: an index a name, where the server allows
 * it. */
#include "plan/plan.h"

typedef struct detach {
    plan *p;
    const table *live;
    table *document;    /* as it shall be */
    index_list indexes; /* as they will be */
    bool changed;
} detach;

static index_spec *find_index(const detach *d, str called) {
    for (size_t i = 0; i < d->indexes.n; i++)
        if (str_eq(d->indexes.at[i]->name, called)) return d->indexes.at[i];
    return NULL;
}

static bool has_own(const name *n) {
    for (size_t i = 0; i < n->indexes.n; i++)
        if (str_eq(n->indexes.at[i], n->name)) return true;
    return false;
}

/* Is it what another name is called? */
static bool is_owned(const detach *d, const index_spec *x) {
    const name *n = table_name(d->document, x->name);
    return n && has_own(n);
}

static bool fits(const detach *d, str called) {
    const profile *p = d->p->options.profile;
    size_t bytes = d->p->options.database.n + d->live->name.n + called.n + 3;
    return !p->max_name_bytes || bytes <= p->max_name_bytes;
}

static bool may_stand_beside(const detach *d, const index_spec *x) {
    size_t most = d->p->options.profile->max_indexes;
    if (most && d->indexes.n >= most) return false;
    for (size_t i = 0; i < d->indexes.n; i++) {
        const index_spec *other = d->indexes.at[i];
        if (key_equal(&other->key, &x->key) && !profile_coexist(d->p->options.profile, other, x)) return false;
    }
    return true;
}

static void add(detach *d, operation op, const char *reason) {
    op.collection = d->live->name;
    op.reason = str_of(reason);
    vec_push(d->p->arena, &d->p->operations, op);
    d->changed = true;
}

static void set_index(detach *d, name *n, str index) {
    memset(&n->indexes, 0, sizeof n->indexes);
    vec_push(d->p->arena, &n->indexes, index);
}

/* A plain one beside the unique one that serves it. */
static bool build(detach *d, name *n, const index_spec *serving) {
    if (n->kind != NAME_INDEX || !serving->unique) return false;
    index_spec *x = arena_make(d->p->arena, index_spec);
    *x = (index_spec){.name = n->name, .key = serving->key, .ordinary = true, .filter = serving->filter};
    if (!may_stand_beside(d, x)) return false;
    vec_push(d->p->arena, &d->indexes, x);
    set_index(d, n, x->name);
    add(d, (operation){.kind = OPERATION_CREATE_INDEX, .index = x}, "an index of its own");
    return true;
}

/* MongoDB renames no index: the old one goes, the new one comes. */
static bool rename(detach *d, const name *n, const index_spec *serving) {
    if (is_owned(d, serving) || !serving->ordinary || serving->hidden) return false;
    index_spec *x = arena_make(d->p->arena, index_spec), *old = arena_make(d->p->arena, index_spec);
    *old = *x = *serving;
    x->name = n->name;
    x->spec = STR_NONE;
    for (size_t i = 0; i < d->indexes.n; i++)
        if (d->indexes.at[i] == serving) d->indexes.at[i] = x;
    for (size_t i = 0; i < d->document->names.n; i++) {
        name *each = d->document->names.at[i];
        for (size_t k = 0; k < each->indexes.n; k++)
            if (str_eq(each->indexes.at[k], old->name)) each->indexes.at[k] = x->name;
    }
    add(d, (operation){.kind = OPERATION_REPLACE_INDEX, .index = x, .old = old}, "it is called as its name is");
    return true;
}

static void leave(detach *d, const name *n, const char *why) {
    finding f = {.kind = FINDING_NOTICE, .collection = d->live->name, .name = n->name};
    str index = n->indexes.at[0];
    f.message =
        str_format(d->p->arena, "\"%.*s\" is served by \"%.*s\", and stays so: %s", STR_ARG(n->name), STR_ARG(index), why);
    vec_push(d->p->arena, &d->p->findings, f);
}

static void settle(detach *d, name *n) {
    if (!name_is_served(n->kind) || n->indexes.n == 0 || has_own(n) || str_eq(n->indexes.at[0], STR("_id_"))) return;
    const index_spec *serving = find_index(d, n->indexes.at[0]);
    if (!serving) leave(d, n, "which is not there; Django's migrate or keyfold apply builds it");
    else if (find_index(d, n->name)) leave(d, n, "another index is called so");
    else if (!fits(d, n->name)) leave(d, n, "the name is too long for this server");
    else if (!build(d, n, serving) && !rename(d, n, serving)) leave(d, n, "the server has one such index");
}

static name *copy_name(arena *a, const name *n) {
    name *copy = arena_make(a, name);
    *copy = *n;
    memset(&copy->indexes, 0, sizeof copy->indexes);
    for (size_t i = 0; i < n->indexes.n; i++) vec_push(a, &copy->indexes, n->indexes.at[i]);
    return copy;
}

static table *copy_document(arena *a, const table *live) {
    table *copy = arena_make(a, table);
    *copy = *live;
    memset(&copy->names, 0, sizeof copy->names);
    for (size_t i = 0; i < live->names.n; i++)
        if (!live->names.at[i]->derived) vec_push(a, &copy->names, copy_name(a, live->names.at[i]));
    return copy;
}

/* What a plan shows of it: each index with the names that it is to serve first. */
static void show(detach *d) {
    planned_collection out = {.name = d->live->name};
    for (size_t i = 0; i < d->indexes.n; i++) {
        planned_index x = {.index = d->indexes.at[i], .live = table_index(d->live, d->indexes.at[i]->name) != NULL};
        for (size_t k = 0; k < d->document->names.n; k++) {
            name *n = d->document->names.at[k];
            if (n->indexes.n && str_eq(n->indexes.at[0], x.index->name)) vec_push(d->p->arena, &x.names, n);
        }
        vec_push(d->p->arena, &out.indexes, x);
    }
    vec_push(d->p->arena, &d->p->collections, out);
}

static void detach_table(plan *p, const table *live) {
    arena *a = p->arena;
    detach d = {.p = p, .live = live, .document = copy_document(a, live)};
    size_t told = p->findings.n;
    for (size_t i = 0; i < live->indexes.n; i++) vec_push(a, &d.indexes, live->indexes.at[i]);
    for (size_t i = 0; i < d.document->names.n; i++) settle(&d, d.document->names.at[i]);
    if (d.changed) {
        operation write = {.kind = OPERATION_WRITE_DOCUMENT, .document = d.document, .before = live, .document_exists = true};
        write.base_rev = live->rev;
        add(&d, write, "names have other indexes");
    }
    if (d.changed || p->findings.n > told) show(&d);
}

void plan_detach(plan *p, const schema *live) {
    for (size_t i = 0; i < live->tables.n; i++) {
        const table *t = live->tables.at[i];
        if (t->exists && t->has_names) detach_table(p, t);
    }
    plan_finish(p, live);
}
