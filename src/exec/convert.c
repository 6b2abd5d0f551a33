/* Stored values follow their column's type: counted first, then one update. It looks only for values of other types, so that
 * one that was cut off goes on where it ended. */
#include "exec/pipeline.h"

enum { MAX_SHOWN = 5 };

/* {$expr: {$not: [{$in: [{$type: value}, [types]]}]}}; `converted`: of the value as it would be. */
static int append_needed(run *r, bson_t *b, const operation *op, bool converted) {
    bson_t expression, not_list, in, list, type;
    int rc = 0;
    bson_append_document_begin(b, "$expr", -1, &expression);
    bson_append_array_begin(&expression, "$not", -1, &not_list);
    bson_append_document_begin(&not_list, "0", -1, &in);
    bson_append_array_begin(&in, "$in", -1, &list);
    bson_append_document_begin(&list, "0", -1, &type);
    if (converted) rc = conversion_append(r->arena, &type, "$type", op->field, op->new_type, r->err);
    else tree_put_str(&type, "$type", str_format(r->arena, "$%.*s", STR_ARG(op->field)));
    bson_append_document_end(&list, &type);
    conversion_append_types(&list, "1", op->new_type);
    bson_append_array_end(&in, &list);
    bson_append_document_end(&not_list, &in);
    bson_append_array_end(&expression, &not_list);
    bson_append_document_end(b, &expression);
    return rc;
}

/* ---- values that do not convert ---- */

static int begin(pipeline *p, run *r, size_t at, bool as_now) {
    const operation *op = &r->p->operations.at[at];
    bson_t *now = tree_new(r->arena), *then = tree_new(r->arena);
    *p = pipeline_new(r->arena);
    int rc = as_now ? 0 : pipeline_add_changes(p, r, op->collection, at);
    if (rc == 0) rc = append_needed(r, now, op, false);
    if (rc == 0) rc = append_needed(r, then, op, true);
    pipeline_add(p, "$match", now);
    pipeline_add(p, "$match", then);
    return rc;
}

static int open_pipeline(run *r, size_t at, bool as_now, const pipeline *p) {
    str collection = r->p->operations.at[at].collection;
    if (!as_now) collection = fields_collection_now(r, collection);
    return cursor_aggregate(r->c, str_c(r->arena, collection), p->stages, r->err);
}

static void note(run *r, sample *s, bson_t *values, const operation *op, str document) {
    char room[16];
    bson_iter_t i;
    text id = {.arena = r->arena};
    if (!tree_find(&i, document, "_id")) return;
    tree_print_value(&id, &i);
    if (tree_find(&i, document, str_c(r->arena, op->field)))
        bson_append_iter(values, tree_position(s->ids.n, room), -1, &i);
    vec_push(r->arena, &s->ids, text_str(&id));
}

static int find_samples(run *r, sample *out, size_t at, bool as_now, answer *x) {
    const operation *op = &r->p->operations.at[at];
    bson_t *fields = tree_new(r->arena), *values = tree_new(r->arena), *whole = tree_new(r->arena);
    text shown = {.arena = r->arena};
    bson_iter_t i;
    str document;
    pipeline p;
    int rc = begin(&p, r, at, as_now);
    bson_append_int32(fields, str_c(r->arena, op->field), -1, 1);
    pipeline_add_number(&p, "$limit", MAX_SHOWN);
    pipeline_add(&p, "$project", fields);
    if (rc == 0) rc = open_pipeline(r, at, as_now, &p);
    if (rc) return rc;
    while (cursor_next(r->c, &document)) note(r, out, values, op, document);
    cursor_end(x, r->c, r->arena);
    bson_append_array(whole, "", -1, values);
    if (tree_find(&i, tree_bytes(whole), "")) tree_print_value(&shown, &i);
    out->value = text_str(&shown);
    return 0;
}

static int count(run *r, sample *out, size_t at, bool as_now, answer *x) {
    bson_t *group = tree_new(r->arena), sum;
    str document;
    pipeline p;
    int rc = begin(&p, r, at, as_now);
    bson_append_null(group, "_id", -1);
    bson_append_document_begin(group, "n", -1, &sum);
    bson_append_int32(&sum, "$sum", -1, 1);
    bson_append_document_end(group, &sum);
    pipeline_add(&p, "$group", group);
    if (rc == 0) rc = open_pipeline(r, at, as_now, &p);
    if (rc) return rc;
    if (cursor_next(r->c, &document)) out->count = tree_get_int(document, "n");
    cursor_end(x, r->c, r->arena);
    return 0;
}

/* as_now: when the operations before it are done. The server may have none of the operators: that is noted as well. */
static int look(run *r, size_t at, bool as_now) {
    const operation *op = &r->p->operations.at[at];
    failure f = {.operation = at, .code = KF_E_NOT_CONVERTIBLE};
    answer x;
    int rc = find_samples(r, &f.unconverted, at, as_now, &x);
    if (rc == 0 && x.ok && f.unconverted.ids.n) rc = count(r, &f.unconverted, at, as_now, &x);
    if (rc) return rc;
    if (!x.ok && (x.lost || x.denied)) return run_trouble(r, &x, "cannot look at the documents of", op->collection);
    if (!x.ok) {
        f = (failure){.operation = at, .code = KF_E_SERVER, .server_code = x.code};
        f.message = str_format(r->arena, "the server does not convert \"%.*s\" of \"%.*s\": %.*s (%d); nothing is done to it",
                               STR_ARG(op->field), STR_ARG(op->collection), STR_ARG(x.message), x.code);
    } else if (f.unconverted.count == 0) {
        return 0;
    } else {
        f.message = str_format(r->arena, "\"%.*s\" of \"%.*s\" holds %lld value%s that %s no form as %.*s: %s",
                               STR_ARG(op->field), STR_ARG(op->collection), (long long)f.unconverted.count,
                               f.unconverted.count == 1 ? "" : "s", f.unconverted.count == 1 ? "has" : "have",
                               STR_ARG(op->new_type),
                               as_now ? "written meanwhile; they stay as they are" : "nothing is done to it");
    }
    run_fail(r, &f);
    return 0;
}

/* ---- duplicates ---- */

static const planned_collection *collection_of(const run *r, str called) {
    for (size_t i = 0; i < r->p->collections.n; i++)
        if (str_eq(r->p->collections.at[i].name, called)) return &r->p->collections.at[i];
    return NULL;
}

static bool is_last(const run *r, size_t at) {
    for (size_t i = at + 1; i < r->p->operations.n; i++) {
        const operation *op = &r->p->operations.at[i];
        if (op->kind == OPERATION_CONVERT_FIELD && str_eq(op->collection, r->p->operations.at[at].collection)) return false;
    }
    return true;
}

static bool is_touched(const run *r, str collection, const index_spec *x) {
    for (size_t i = 0; i < r->p->operations.n; i++) {
        const operation *op = &r->p->operations.at[i];
        if (op->kind == OPERATION_CONVERT_FIELD && str_eq(op->collection, collection) &&
            (key_has(&x->key, op->field) || filter_uses(&x->filter, op->field)))
            return true;
    }
    return false;
}

/* "1" and "01" are both 1. Under every unique index as it shall be: a live one would refuse the update half way, and one whose
 * old form has to go first could not come back. */
static int look_for_duplicates(run *r, size_t at) {
    str collection = r->p->operations.at[at].collection;
    const planned_collection *c = collection_of(r, collection);
    pipeline changes = pipeline_new(r->arena);
    int rc = pipeline_add_changes(&changes, r, collection, r->p->operations.n);
    for (size_t i = 0; rc == 0 && c && i < c->indexes.n; i++) {
        const index_spec *x = c->indexes.at[i].index;
        failure f = {.operation = at};
        bool found = false;
        if (!x->unique || !is_touched(r, collection, x)) continue;
        rc = duplicates_foresee(r, &f, &found, fields_collection_now(r, collection), x, &changes);
        if (rc == 0 && found) {
            run_fail(r, &f);
            return 0;
        }
    }
    return rc;
}

int convert_check(run *r, size_t at) {
    str collection = r->p->operations.at[at].collection;
    if (run_is_given_up(r, collection)) return 0;
    int rc = look(r, at, false);
    if (rc || run_is_given_up(r, collection) || !is_last(r, at)) return rc;
    return look_for_duplicates(r, at);
}

/* ---- the update ---- */

static int command_of(run *r, bson_t *b, const operation *op) {
    bson_t list, each, query, pipeline_list, stage, set;
    tree_put_str(b, "update", op->collection);
    bson_append_array_begin(b, "updates", -1, &list);
    bson_append_document_begin(&list, "0", -1, &each);
    bson_append_document_begin(&each, "q", -1, &query);
    int rc = append_needed(r, &query, op, false);
    bson_append_document_end(&each, &query);
    bson_append_array_begin(&each, "u", -1, &pipeline_list);
    bson_append_document_begin(&pipeline_list, "0", -1, &stage);
    bson_append_document_begin(&stage, "$set", -1, &set);
    if (rc == 0) rc = conversion_append(r->arena, &set, str_c(r->arena, op->field), op->field, op->new_type, r->err);
    bson_append_document_end(&stage, &set);
    bson_append_document_end(&pipeline_list, &stage);
    bson_append_array_end(&each, &pipeline_list);
    bson_append_bool(&each, "multi", -1, true);
    bson_append_document_end(&list, &each);
    bson_append_array_end(b, &list);
    return rc;
}

int convert_change(run *r, size_t at) {
    const operation *op = &r->p->operations.at[at];
    bson_t *command = tree_new(r->arena);
    answer x;
    int rc = command_of(r, command, op);
    if (rc == 0) rc = command_write(&x, r->c, r->arena, command, r->err);
    if (rc) return rc;
    if (x.duplicate) {
        fields_fail_duplicate(r, at, &x);
        return 0;
    }
    if (!x.ok) return run_trouble(r, &x, "cannot change the documents of", op->collection);
    /* Found and not modified: it stayed what it was. */
    if (tree_get_int(x.document, "nModified") < tree_get_int(x.document, "n")) rc = look(r, at, true);
    if (rc == 0 && !run_is_given_up(r, op->collection)) r->out->done++;
    return rc;
}
