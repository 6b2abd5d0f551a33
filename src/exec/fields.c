/* What happens to fields of documents: one update command for the operations of a collection that stand next to each other.
 * Each looks only for documents that it has not changed yet, so that one that was cut off goes on where it ended. */
#include "exec/run.h"

static void append_exists(bson_t *match, const char *field, bool exists) {
    bson_t op;
    bson_append_document_begin(match, field, -1, &op);
    bson_append_bool(&op, "$exists", -1, exists);
    bson_append_document_end(match, &op);
}

/* Missing or null. An array that holds a null is equal to null as well, and is neither. */
static void append_null(bson_t *match, const char *field) {
    bson_t op, not ;
    bson_append_document_begin(match, field, -1, &op);
    bson_append_null(&op, "$eq", -1);
    bson_append_document_begin(&op, "$not", -1, &not );
    tree_put_str(&not, "$type", STR("array"));
    bson_append_document_end(&op, &not );
    bson_append_document_end(match, &op);
}

static void append_match(arena *a, bson_t *match, const operation *op) {
    const char *field = str_c(a, op->field);
    if (op->kind == OPERATION_RENAME_FIELD) append_exists(match, str_c(a, op->from), true);
    if (op->kind == OPERATION_FILL_FIELD && op->fill_nulls) append_null(match, field);
    else append_exists(match, field, op->kind == OPERATION_UNSET_FIELD);
}

static void append_change(arena *a, bson_t *update, const operation *op) {
    bson_t change;
    const char *how = op->kind == OPERATION_RENAME_FIELD ? "$rename" : op->kind == OPERATION_FILL_FIELD ? "$set" : "$unset";
    bson_append_document_begin(update, how, -1, &change);
    if (op->kind == OPERATION_RENAME_FIELD) tree_put_str(&change, str_c(a, op->from), op->field);
    else if (op->kind == OPERATION_FILL_FIELD) value_append(&change, str_c(a, op->field), &op->fill);
    else tree_put_str(&change, str_c(a, op->field), STR(""));
    bson_append_document_end(update, &change);
}

static bson_t *command_of(run *r, size_t first, size_t end) {
    bson_t *b = tree_new(r->arena), list, each;
    char room[16];
    tree_put_str(b, "update", r->p->operations.at[first].collection);
    bson_append_array_begin(b, "updates", -1, &list);
    for (size_t i = first; i < end; i++) {
        bson_t *match = tree_new(r->arena), *change = tree_new(r->arena);
        append_match(r->arena, match, &r->p->operations.at[i]);
        append_change(r->arena, change, &r->p->operations.at[i]);
        bson_append_document_begin(&list, tree_position(i - first, room), -1, &each);
        bson_append_document(&each, "q", -1, match);
        bson_append_document(&each, "u", -1, change);
        bson_append_bool(&each, "multi", -1, true);
        bson_append_document_end(&list, &each);
    }
    bson_append_array_end(b, &list);
    return b;
}

/* Some documents may be changed already: the next run finds the others. */
void fields_fail_duplicate(run *r, size_t at, const answer *x) {
    const operation *op = &r->p->operations.at[at];
    failure f = {.operation = at, .code = KF_E_DUPLICATES, .server_code = x->code};
    text message = {.arena = r->arena};
    if (op->kind == OPERATION_RENAME_FIELD)
        text_format(&message, "the field \"%.*s\" of \"%.*s\" cannot become \"%.*s\"", STR_ARG(op->from),
                    STR_ARG(op->collection), STR_ARG(op->field));
    else
        text_format(&message, "the field \"%.*s\" of \"%.*s\" cannot be %s", STR_ARG(op->field), STR_ARG(op->collection),
                    op->kind == OPERATION_FILL_FIELD      ? "filled"
                    : op->kind == OPERATION_CONVERT_FIELD ? "converted"
                                                          : "removed");
    text_format(&message, " in every document: %.*s; what was to follow for \"%.*s\" is left out", STR_ARG(x->message),
                STR_ARG(op->collection));
    f.message = text_str(&message);
    run_fail(r, &f);
}

/* Which one met the first error; those behind it are not done. SIZE_MAX: FerretDB does not say. */
static size_t failed_one(const answer *x, size_t first, size_t end) {
    bson_iter_t i;
    if (end - first == 1) return first;
    if (!tree_open(&i, tree_get_array(x->document, "writeErrors")) || !bson_iter_next(&i)) return SIZE_MAX;
    int64_t at = tree_get_int(tree_document(&i), "index");
    return at >= 0 && (size_t)at < end - first ? first + (size_t)at : SIZE_MAX;
}

static int change_singly(run *r, size_t first, size_t end) {
    int rc = 0;
    for (size_t i = first; rc == 0 && i < end; i++)
        if (run_is_given_up(r, r->p->operations.at[first].collection)) run_leave_out(r, i, SIZE_MAX);
        else rc = fields_change(r, i, i + 1);
    return rc;
}

int fields_change(run *r, size_t first, size_t end) {
    answer x;
    int rc = command_write(&x, r->c, r->arena, command_of(r, first, end), r->err);
    if (rc) return rc;
    if (!x.ok && !x.duplicate)
        return run_trouble(r, &x, "cannot change the documents of", r->p->operations.at[first].collection);
    size_t failed = x.duplicate ? failed_one(&x, first, end) : end;
    if (failed == SIZE_MAX) return change_singly(r, first, end);
    r->out->done += failed - first;
    if (failed < end) fields_fail_duplicate(r, failed, &x);
    for (size_t i = failed + 1; i < end; i++) run_leave_out(r, i, SIZE_MAX);
    return 0;
}

/* ---- both fields in one document ---- */

str fields_collection_now(const run *r, str collection) {
    for (size_t i = 0; i < r->p->operations.n; i++) {
        const operation *op = &r->p->operations.at[i];
        if (op->kind == OPERATION_RENAME_COLLECTION && str_eq(op->collection, collection)) return op->from;
    }
    return collection;
}

static int look_for_both(run *r, const operation *op, bool *found) {
    bson_t *match = tree_new(r->arena), *options = tree_new(r->arena);
    answer x;
    str d;
    append_exists(match, str_c(r->arena, op->from), true);
    append_exists(match, str_c(r->arena, op->field), true);
    bson_append_int64(options, "limit", -1, 1);
    int rc = cursor_find(r->c, str_c(r->arena, fields_collection_now(r, op->collection)), match, options, r->err);
    if (rc) return rc;
    *found = cursor_next(r->c, &d);
    cursor_end(&x, r->c, r->arena);
    return x.ok ? 0 : run_trouble(r, &x, "cannot look at the documents of", op->collection);
}

/* A name that another rename of the same run frees first is no sign of anything. */
static bool is_freed(const run *r, const operation *op) {
    for (size_t i = 0; i < r->p->operations.n; i++) {
        const operation *other = &r->p->operations.at[i];
        if (other->kind == OPERATION_RENAME_FIELD && str_eq(other->collection, op->collection) &&
            str_eq(other->from, op->field))
            return true;
    }
    return false;
}

int fields_check(run *r, size_t at) {
    const operation *op = &r->p->operations.at[at];
    bool found = false;
    if (r->p->options.renames == RENAMES_TODO || is_freed(r, op)) return 0;
    int rc = look_for_both(r, op, &found);
    if (rc || !found) return rc;
    failure f = {.operation = at, .code = KF_E_RENAME_UNCLEAR};
    f.message = str_format(
        r->arena, "documents of \"%.*s\" hold both \"%.*s\" and \"%.*s\", which it is to become: nothing is done to it",
        STR_ARG(op->collection), STR_ARG(op->from), STR_ARG(op->field));
    run_fail(r, &f);
    return 0;
}
