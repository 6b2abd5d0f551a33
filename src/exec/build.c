/* createIndexes. */
#include "exec/run.h"

static str command_of(run *r, str collection, index_spec *const *specs, size_t n) {
    bson_t *b = tree_new(r->arena), list;
    char room[16];
    tree_put_str(b, "createIndexes", collection);
    bson_append_array_begin(b, "indexes", -1, &list);
    for (size_t i = 0; i < n; i++) tree_put_document(&list, tree_position(i, room), json_index_to_bson(r->arena, specs[i]));
    bson_append_array_end(b, &list);
    return tree_bytes(b);
}

static int create_indexes(run *r, str command, answer *x) {
    bson_t b;
    bson_init_static(&b, (const uint8_t *)command.p, command.n);
    return command_write(x, r->c, r->arena, &b, r->err);
}

/* FerretDB says ok and changes nothing where an index of that name has other options. */
static int check_built(run *r, str collection, index_spec *const *specs, size_t n) {
    index_list live = {0};
    index_spec *each;
    answer x;
    str d;
    int rc = cursor_indexes(r->c, str_c(r->arena, collection), r->err);
    if (rc) return rc;
    while (cursor_next(r->c, &d))
        if (json_index_from_bson(&each, d, r->arena, NULL) == 0) vec_push(r->arena, &live, each);
    cursor_end(&x, r->c, r->arena);
    if (!x.ok) return run_trouble(r, &x, "cannot list the indexes of", collection);
    for (size_t i = 0; i < n; i++) {
        bool same = false;
        for (size_t j = 0; j < live.n; j++)
            same |= str_eq(live.at[j]->name, specs[i]->name) && index_same(live.at[j], specs[i]);
        if (!same)
            return run_replan(r, "the index \"%.*s\" of \"%.*s\" is not there as it was asked for", STR_ARG(specs[i]->name),
                              STR_ARG(collection));
    }
    return 0;
}

/* As many indexes more as were asked for, and nothing in them that a server might pass over. */
static bool is_counted(index_spec *const *specs, size_t n, const answer *x) {
    for (size_t i = 0; i < n; i++)
        if (!index_is_plain(specs[i])) return false;
    return tree_get_int(x->document, "numIndexesAfter") - tree_get_int(x->document, "numIndexesBefore") == (int64_t)n;
}

int build_specs(run *r, str collection, index_spec *const *specs, size_t n, answer *x) {
    int rc = create_indexes(r, command_of(r, collection, specs, n), x);
    return rc || !x->ok || is_counted(specs, n, x) ? rc : check_built(r, collection, specs, n);
}

/* ---- what a refusal means ---- */

/* Of one spec, not of the database or the moment: BadValue, FailedToParse, TypeMismatch, IndexNotFound
 * (FerretDB, for hashed), CannotCreateIndex, InvalidOptions, CommandNotSupported, CannotIndexParallelArrays,
 * InvalidIndexSpecificationOption, NotImplemented. */
static bool is_about_spec(int code) {
    static const int codes[] = {2, 9, 14, 27, 67, 72, 115, 171, 197, 238};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (codes[i] == code) return true;
    return false;
}

static int give_up(run *r, failure *f) {
    const operation *op = &r->p->operations.at[f->operation];
    if (op->kind == OPERATION_REPLACE_INDEX) {
        int rc = replace_put_back(r, f->operation);
        if (rc) return rc;
        f->message = str_format(r->arena, "%.*s; \"%.*s\" is back in its place", STR_ARG(f->message), STR_ARG(op->old->name));
    }
    run_fail(r, f);
    return 0;
}

static int fail_spec(run *r, size_t operation, const answer *x) {
    const index_spec *index = r->p->operations.at[operation].index;
    failure f = {.operation = operation, .code = KF_E_SERVER, .server_code = x->code};
    f.message = str_format(r->arena, "the index \"%.*s\" of \"%.*s\" is refused: %.*s (%d)", STR_ARG(index->name),
                           STR_ARG(r->p->operations.at[operation].collection), STR_ARG(x->message), x->code);
    return give_up(r, &f);
}

static str name_list_of(run *r, size_t first, size_t end) {
    text t = {.arena = r->arena};
    for (size_t i = first; i < end; i++) {
        const operation *op = &r->p->operations.at[i];
        text_format(&t, "%s\"%.*s\"", i > first ? ", " : "", STR_ARG(op->index->name));
    }
    text_format(&t, " of \"%.*s\"", STR_ARG(r->p->operations.at[first].collection));
    return text_str(&t);
}

typedef struct batch {
    size_t first, end;
    VEC(index_spec *) specs;
    VEC(size_t) operations;
} batch;

static void batch_add(run *r, batch *b, size_t operation) {
    vec_push(r->arena, &b->specs, r->p->operations.at[operation].index);
    vec_push(r->arena, &b->operations, operation);
}

static int build_batch(run *r, const batch *b, answer *x) {
    return build_specs(r, r->p->operations.at[b->first].collection, b->specs.at, b->specs.n, x);
}

/* Whatever else happens: a new one that was built after all is in the way of its old one, which is well. */
static void put_all_back(run *r, const batch *b) {
    kf_error *err = r->err, unheard;
    r->err = &unheard;
    for (size_t i = 0; i < b->operations.n; i++)
        if (r->p->operations.at[b->operations.at[i]].kind == OPERATION_REPLACE_INDEX) replace_put_back(r, b->operations.at[i]);
    r->err = err;
}

static int batch_trouble(run *r, const batch *b, const answer *x) {
    put_all_back(r, b);
    return run_trouble(r, x, "cannot build", name_list_of(r, b->first, b->end));
}

/* ---- duplicates ---- */

/* Where none are found, the server may have named the index: "index: u_1 dup key". */
static bool is_named(run *r, const answer *x, const index_spec *index) {
    return str_find(x->message, str_format(r->arena, "index: %.*s dup key", STR_ARG(index->name)), 0) != SIZE_MAX;
}

static int fail_named(run *r, const batch *b, const answer *x, batch *rest) {
    bool any = false;
    for (size_t i = 0; i < b->specs.n; i++) {
        if (any || !b->specs.at[i]->unique || !is_named(r, x, b->specs.at[i])) {
            batch_add(r, rest, b->operations.at[i]);
            continue;
        }
        failure f = {.operation = b->operations.at[i], .code = KF_E_DUPLICATES, .server_code = x->code};
        f.message =
            str_format(r->arena, "the unique index \"%.*s\" of \"%.*s\" is not built: %.*s", STR_ARG(b->specs.at[i]->name),
                       STR_ARG(r->p->operations.at[b->first].collection), STR_ARG(x->message));
        int rc = give_up(r, &f);
        if (rc) return rc;
        any = true;
    }
    if (any) return 0;
    put_all_back(r, b);
    return run_replan(r, "duplicates were in the way of %.*s, and are gone", STR_ARG(name_list_of(r, b->first, b->end)));
}

/* Notes the failed ones; *rest is what can be built without them. */
static int sort_out_duplicates(run *r, const batch *b, const answer *x, batch *rest) {
    str collection = r->p->operations.at[b->first].collection;
    bool any = false;
    for (size_t i = 0; i < b->specs.n; i++) {
        failure f = {.operation = b->operations.at[i]};
        bool found = false;
        int rc = b->specs.at[i]->unique ? duplicates_report(r, &f, &found, collection, b->specs.at[i]) : 0;
        if (rc == 0 && found) rc = give_up(r, &f);
        if (rc) return rc;
        if (!found) batch_add(r, rest, b->operations.at[i]);
        any |= found;
    }
    if (any) return 0;
    *rest = (batch){.first = b->first, .end = b->end};
    return fail_named(r, b, x, rest);
}

/* ---- one collection ---- */

/* The server refuses the command for one spec and does not say which: each alone. */
static int build_singly(run *r, const batch *all) {
    for (size_t i = 0; i < all->operations.n; i++) {
        size_t at = all->operations.at[i];
        batch one = {.first = at, .end = at + 1}, rest = {0};
        answer x;
        batch_add(r, &one, at);
        int rc = build_batch(r, &one, &x);
        if (rc) return rc;
        if (x.ok) r->out->done++;
        else if (x.duplicate) rc = sort_out_duplicates(r, &one, &x, &rest);
        else if (is_about_spec(x.code)) rc = fail_spec(r, at, &x);
        else rc = batch_trouble(r, &one, &x);
        if (rc) return rc;
    }
    return 0;
}

static int build_rest(run *r, const batch *rest) {
    answer x;
    if (rest->specs.n == 0) return 0;
    int rc = build_batch(r, rest, &x);
    if (rc) return rc;
    if (!x.ok && !x.duplicate) return batch_trouble(r, rest, &x);
    if (x.ok) {
        r->out->done += rest->specs.n;
        return 0;
    }
    put_all_back(r, rest);
    return run_replan(r, "new duplicates are in the way of %.*s", STR_ARG(name_list_of(r, rest->first, rest->end)));
}

static int build_all(run *r, const batch *all) {
    batch rest = {.first = all->first, .end = all->end};
    answer x;
    if (all->specs.n == 0) return 0;
    int rc = build_batch(r, all, &x);
    if (rc) return rc;
    if (x.ok) {
        r->out->done += all->specs.n;
        return 0;
    }
    if (x.duplicate) {
        rc = sort_out_duplicates(r, all, &x, &rest);
        return rc ? rc : build_rest(r, &rest);
    }
    return is_about_spec(x.code) ? build_singly(r, all) : batch_trouble(r, all, &x);
}

static int drop_old_ones(run *r, const batch *all) {
    for (size_t i = 0; i < all->operations.n; i++) {
        size_t at = all->operations.at[i];
        int rc = r->p->operations.at[at].kind == OPERATION_REPLACE_INDEX ? replace_drop(r, at) : 0;
        if (rc) return rc;
    }
    return 0;
}

/* *go is false if there are duplicates: noted. */
static int check_first(run *r, size_t at, bool *go) {
    failure f = {.operation = at};
    bool found = false;
    int rc = duplicates_report(r, &f, &found, r->p->operations.at[at].collection, r->p->operations.at[at].index);
    if (rc) return rc;
    if (found) run_fail(r, &f);
    *go = !found;
    return 0;
}

/* Duplicates are looked for before a drop; and on FerretDB always: a build that fails there leaves the indexes before it in
 * its database, but not in listIndexes, and they can be neither dropped nor built again (observed, 1.24.0 on SQLite). */
static bool is_checked_first(const run *r, const operation *op) {
    return op->index->unique && (op->kind == OPERATION_REPLACE_INDEX || r->c->ferret);
}

static bool replaces_any(const run *r, const batch *all) {
    for (size_t i = 0; i < all->operations.n; i++)
        if (r->p->operations.at[all->operations.at[i]].kind == OPERATION_REPLACE_INDEX) return true;
    return false;
}

int build_indexes(run *r, size_t first, size_t end) {
    batch all = {.first = first, .end = end};
    for (size_t i = first; i < end; i++) {
        bool go = true;
        int rc = is_checked_first(r, &r->p->operations.at[i]) ? check_first(r, i, &go) : 0;
        if (rc) return rc;
        if (go) batch_add(r, &all, i);
    }
    int rc = check_interrupted(r->c, r->err);
    if (rc) return rc;
    /* Not between a drop and its build. */
    const bool *interrupted = r->c->interrupted;
    if (replaces_any(r, &all)) r->c->interrupted = NULL;
    rc = drop_old_ones(r, &all);
    if (rc == 0) rc = build_all(r, &all);
    r->c->interrupted = interrupted;
    return rc;
}

/* ---- the catalog's own ---- */

/* As djongo names them. */
static void catalog_spec(run *r, index_spec *x, const char *called, const char *field, bool unique) {
    *x = (index_spec){.name = str_of(called), .unique = unique, .ordinary = true};
    vec_push(r->arena, &x->key.fields, (key_field){.column = str_of(field), .direction = 1});
}

int build_catalog(run *r, size_t operation) {
    enum { OPTIONS_CONFLICT = 85, SPECS_CONFLICT = 86 };
    index_spec by_name, by_auto, *const specs[] = {&by_name, &by_auto};
    failure f = {.operation = operation, .code = KF_E_CONFLICT};
    bool found;
    answer x;
    catalog_spec(r, &by_name, "name_1", "name", true);
    catalog_spec(r, &by_auto, "auto_1", "auto", false);
    int rc = build_specs(r, STR(CATALOG), specs, 2, &x);
    if (rc) return rc;
    if (x.ok) {
        r->out->done++;
        return 0;
    }
    if (x.duplicate) {
        if ((rc = duplicates_report(r, &f, &found, STR(CATALOG), &by_name))) return rc;
        if (!found) return run_replan(r, "duplicates were in the way of \"name_1\" of \"" CATALOG "\", and are gone");
    } else if (x.code == OPTIONS_CONFLICT || x.code == SPECS_CONFLICT) {
        f.server_code = x.code;
        f.message = str_format(r->arena, "the indexes of \"" CATALOG "\" are not djongo's: %.*s", STR_ARG(x.message));
    } else {
        return run_trouble(r, &x, "cannot build the indexes of", STR(CATALOG));
    }
    run_fail(r, &f);
    return 0;
}
