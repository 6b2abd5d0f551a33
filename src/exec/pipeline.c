#include "exec/pipeline.h"

pipeline pipeline_new(arena *a) { return (pipeline){tree_new(a), 0}; }

void pipeline_add(pipeline *p, const char *operator, const bson_t * argument) {
    bson_t stage;
    char room[16];
    bson_append_document_begin(p->stages, tree_position(p->n++, room), -1, &stage);
    bson_append_document(&stage, operator, - 1, argument);
    bson_append_document_end(p->stages, &stage);
}

void pipeline_add_number(pipeline *p, const char *operator, int64_t n) {
    bson_t stage;
    char room[16];
    bson_append_document_begin(p->stages, tree_position(p->n++, room), -1, &stage);
    tree_put_int(&stage, operator, n);
    bson_append_document_end(p->stages, &stage);
}

/* ---- what operations make of documents ---- */

/* field: {$cond: [{$in: [{$type: "$field"}, ["missing", ...]]}, <what takes its place>, "$field"]} */
static void append_change(arena *a, bson_t *b, const operation *op) {
    const char *field = str_c(a, op->field);
    str path = str_format(a, "$%s", field);
    bson_t choice, list, test, in, type, types, literal;
    bson_append_document_begin(b, field, -1, &choice);
    bson_append_array_begin(&choice, "$cond", -1, &list);
    bson_append_document_begin(&list, "0", -1, &test);
    bson_append_array_begin(&test, "$in", -1, &in);
    bson_append_document_begin(&in, "0", -1, &type);
    tree_put_str(&type, "$type", path);
    bson_append_document_end(&in, &type);
    bson_append_array_begin(&in, "1", -1, &types);
    tree_put_str(&types, "0", STR("missing"));
    if (op->fill_nulls) tree_put_str(&types, "1", STR("null"));
    bson_append_array_end(&in, &types);
    bson_append_array_end(&test, &in);
    bson_append_document_end(&list, &test);
    if (op->kind == OPERATION_RENAME_FIELD) {
        tree_put_str(&list, "1", str_format(a, "$%.*s", STR_ARG(op->from)));
    } else {
        bson_append_document_begin(&list, "1", -1, &literal);
        value_append(&literal, "$literal", &op->fill);
        bson_append_document_end(&list, &literal);
    }
    tree_put_str(&list, "2", path);
    bson_append_array_end(&choice, &list);
    bson_append_document_end(b, &choice);
}

int pipeline_add_changes(pipeline *p, run *r, str collection, size_t end) {
    for (size_t i = 0; i < end; i++) {
        const operation *op = &r->p->operations.at[i];
        bson_t *change = tree_new(r->arena);
        int rc = 0;
        if (!str_eq(op->collection, collection)) continue;
        if (op->kind == OPERATION_CONVERT_FIELD)
            rc = conversion_append(r->arena, change, str_c(r->arena, op->field), op->field, op->new_type, r->err);
        else if (op->kind == OPERATION_RENAME_FIELD || op->kind == OPERATION_FILL_FIELD) append_change(r->arena, change, op);
        else continue;
        if (rc) return rc;
        pipeline_add(p, "$addFields", change);
    }
    return 0;
}
