/* INSERT, UPDATE, DELETE: as much of them as the dialect stage lets through. */
#include "parse/tree.h"

#define NODE(x) PG_QUERY__NODE__NODE_##x

static int begin(tree *t, dml_operation op, const PgQuery__RangeVar *relation, const PgQuery__WithClause *with) {
    t->out->kind = STATEMENT_DML;
    t->out->dml = arena_make(t->arena, dml);
    t->out->dml->op = op;
    int code = tree_table(t, relation);
    if (!code && relation->alias) code = tree_not_yet(t, "DML with an alias");
    if (!code && with) code = tree_not_yet(t, "DML with WITH");
    return code;
}

static int add_columns(tree *t, PgQuery__Node *const *targets, size_t n) {
    for (size_t i = 0; i < n; i++) {
        const PgQuery__ResTarget *target = targets[i]->res_target;
        if (target->n_indirection) return tree_not_yet(t, "a part of a column");
        vec_push(t->arena, &t->out->dml->columns, tree_identifier(t, target->name));
    }
    return 0;
}

static int add_row(tree *t, const PgQuery__List *values, int32_t location) {
    expression_list row = {0};
    size_t columns = t->out->dml->columns.n;
    for (size_t i = 0; i < values->n_items; i++) vec_push(t->arena, &row, condition_build(t, values->items[i]));
    if (row.n != columns) return tree_fail(t, location, "a row of %zu values for %zu columns", row.n, columns);
    vec_push(t->arena, &t->out->dml->rows, row);
    return 0;
}

int dml_insert(tree *t, const PgQuery__InsertStmt *s) {
    int code = begin(t, DML_INSERT, s->relation, s->with_clause);
    if (code) return code;
    const PgQuery__SelectStmt *source = s->select_stmt ? s->select_stmt->select_stmt : NULL;
    if (s->on_conflict_clause) return tree_not_yet(t, "ON CONFLICT");
    if (!source || source->n_values_lists == 0) return tree_not_yet(t, "an INSERT without VALUES");
    if (s->n_cols == 0) return tree_not_yet(t, "an INSERT without a list of columns");
    code = add_columns(t, s->cols, s->n_cols);
    for (size_t i = 0; !code && i < source->n_values_lists; i++)
        code = add_row(t, source->values_lists[i]->list, s->relation->location);
    return code;
}

int dml_update(tree *t, const PgQuery__UpdateStmt *s) {
    int code = begin(t, DML_UPDATE, s->relation, s->with_clause);
    if (!code && s->n_from_clause) code = tree_not_yet(t, "UPDATE with FROM");
    if (!code) code = add_columns(t, s->target_list, s->n_target_list);
    if (code) return code;
    expression_list row = {0};
    for (size_t i = 0; i < s->n_target_list; i++)
        vec_push(t->arena, &row, condition_build(t, s->target_list[i]->res_target->val));
    vec_push(t->arena, &t->out->dml->rows, row);
    if (s->where_clause) t->out->dml->where = condition_build(t, s->where_clause);
    return 0;
}

int dml_delete(tree *t, const PgQuery__DeleteStmt *s) {
    int code = begin(t, DML_DELETE, s->relation, s->with_clause);
    if (!code && s->n_using_clause) code = tree_not_yet(t, "DELETE with USING");
    if (!code && s->where_clause) t->out->dml->where = condition_build(t, s->where_clause);
    return code;
}
