/* A condition's tree. The nesting limit of the dialect stage bounds the recursion. */
#include "parse/tree.h"

#define NODE(x) PG_QUERY__NODE__NODE_##x
#define KIND(x) PG_QUERY__A__EXPR__KIND__AEXPR_##x
#define VAL(x) PG_QUERY__A__CONST__VAL_##x

static expression *make(const tree *t, expression_kind kind, int32_t location) {
    expression *e = arena_make(t->arena, expression);
    e->kind = kind;
    e->offset = tree_offset(t, location);
    return e;
}

static expression *other(const tree *t, int32_t location, const char *what) {
    expression *e = make(t, EXPRESSION_OTHER, location);
    e->text = str_of(what);
    return e;
}

static void add_arg(const tree *t, expression *e, const PgQuery__Node *node) {
    vec_push(t->arena, &e->args, condition_build(t, node));
}

static expression *literal(const tree *t, literal_kind kind, int32_t location, str written) {
    expression *e = make(t, EXPRESSION_LITERAL, location);
    e->literal = kind;
    e->text = str_copy(t->arena, written);
    return e;
}

static expression *build_const(const tree *t, const PgQuery__AConst *c) {
    if (c->isnull) return literal(t, LITERAL_NULL, c->location, STR("NULL"));
    switch (c->val_case) {
    case VAL(SVAL): return literal(t, LITERAL_STRING, c->location, str_of(c->sval->sval));
    case VAL(FVAL): return literal(t, LITERAL_NUMBER, c->location, str_of(c->fval->fval));
    case VAL(IVAL): return literal(t, LITERAL_NUMBER, c->location, str_format(t->scratch, "%d", c->ival->ival));
    case VAL(BOOLVAL): return literal(t, LITERAL_BOOL, c->location, c->boolval->boolval ? STR("TRUE") : STR("FALSE"));
    default: return other(t, c->location, "a bit string");
    }
}

static expression *build_column(const tree *t, const PgQuery__ColumnRef *c) {
    str table = c->n_fields == 2 ? tree_identifier(t, tree_string(c->fields[0])) : STR_NONE;
    const char *last = tree_last(c->fields, c->n_fields);
    bool foreign = c->n_fields > 1 && !str_eq(table, t->out->table);
    if (!last[0] || foreign) return other(t, c->location, "another table's column");
    expression *e = make(t, EXPRESSION_COLUMN, c->location);
    e->text = tree_identifier(t, last);
    return e;
}

/* AND and OR become flat, whatever the parentheses were. */
static expression *build_bool(const tree *t, const PgQuery__BoolExpr *b) {
    static const expression_kind kinds[] = {
        [PG_QUERY__BOOL_EXPR_TYPE__AND_EXPR] = EXPRESSION_AND,
        [PG_QUERY__BOOL_EXPR_TYPE__OR_EXPR] = EXPRESSION_OR,
        [PG_QUERY__BOOL_EXPR_TYPE__NOT_EXPR] = EXPRESSION_NOT,
    };
    expression *e = make(t, kinds[b->boolop], b->location);
    for (size_t i = 0; i < b->n_args; i++) {
        expression *arg = condition_build(t, b->args[i]);
        if (arg->kind != e->kind || e->kind == EXPRESSION_NOT) {
            vec_push(t->arena, &e->args, arg);
            continue;
        }
        for (size_t k = 0; k < arg->args.n; k++) vec_push(t->arena, &e->args, arg->args.at[k]);
    }
    return e;
}

static expression *negated(const tree *t, expression *e) {
    expression *not = make(t, EXPRESSION_NOT, 0);
    not ->offset = e->offset;
    vec_push(t->arena, &not ->args, e);
    return not ;
}

static expression *build_operator(const tree *t, const PgQuery__AExpr *x, str operator) {
    if (!x->lexpr) return other(t, x->location, "a prefix operator");
    expression *e = make(t, EXPRESSION_OPERATOR, x->location);
    e->text = str_copy(t->arena, operator);
    add_arg(t, e, x->lexpr);
    add_arg(t, e, x->rexpr);
    return e;
}

/* IN and BETWEEN: the left side, and a list. */
static expression *build_listed(const tree *t, const PgQuery__AExpr *x, expression_kind kind) {
    if (x->rexpr->node_case != NODE(LIST)) return other(t, x->location, "a list that is none");
    expression *e = make(t, kind, x->location);
    add_arg(t, e, x->lexpr);
    for (size_t i = 0; i < x->rexpr->list->n_items; i++) add_arg(t, e, x->rexpr->list->items[i]);
    return e;
}

static expression *build_expr(const tree *t, const PgQuery__AExpr *x) {
    str operator= str_of(tree_last(x->name, x->n_name));
    bool not = operator.n &&(operator.p[0] == '!' || str_eq(operator, STR("<>")));
    expression *e;
    switch (x->kind) {
    case KIND(OP): return build_operator(t, x, operator);
    case KIND(IN): e = build_listed(t, x, EXPRESSION_IN); return not ? negated(t, e) : e;
    case KIND(LIKE): return build_operator(t, x, not ? STR("NOT LIKE") : STR("LIKE"));
    case KIND(ILIKE): return build_operator(t, x, not ? STR("NOT ILIKE") : STR("ILIKE"));
    case KIND(BETWEEN): return build_listed(t, x, EXPRESSION_BETWEEN);
    case KIND(NOT_BETWEEN): return negated(t, build_listed(t, x, EXPRESSION_BETWEEN));
    case KIND(DISTINCT):
    case KIND(NOT_DISTINCT): return other(t, x->location, "IS DISTINCT FROM");
    default: return other(t, x->location, "an operator of PostgreSQL's own");
    }
}

/* 'x'::text, as PostgreSQL prints its own conditions. */
static expression *build_cast(const tree *t, const PgQuery__TypeCast *c) {
    static const char *const texts[] = {"text", "varchar", "bpchar"};
    const char *type = tree_last(c->type_name->names, c->type_name->n_names);
    bool string = c->arg->node_case == NODE(A_CONST) && c->arg->a_const->val_case == VAL(SVAL) && !c->type_name->n_array_bounds;
    for (size_t i = 0; string && i < sizeof texts / sizeof *texts; i++)
        if (str_eq(str_of(type), str_of(texts[i]))) return condition_build(t, c->arg);
    return other(t, c->location, "a cast");
}

static expression *build_null_test(const tree *t, const PgQuery__NullTest *n) {
    bool null = n->nulltesttype == PG_QUERY__NULL_TEST_TYPE__IS_NULL;
    expression *e = make(t, null ? EXPRESSION_IS_NULL : EXPRESSION_IS_NOT_NULL, n->location);
    add_arg(t, e, n->arg);
    return e;
}

static expression *build_parameter(const tree *t, const PgQuery__ParamRef *p) {
    expression *e = make(t, EXPRESSION_PARAMETER, p->location);
    e->number = p->number;
    if (!t->values || p->number < 1 || (size_t)p->number > t->values->n) return e;
    value *v = arena_make(t->arena, value);
    *v = t->values->at[p->number - 1];
    e->value = v;
    return e;
}

/* The dialect stage's carrier of a raw value is the only call that is known. */
static expression *build_call(const tree *t, const PgQuery__FuncCall *c) {
    bool raw = str_eq(str_of(tree_last(c->funcname, c->n_funcname)), STR(DIALECT_RAW)) && c->n_args == 1;
    if (!raw) return other(t, c->location, "a function call");
    return literal(t, LITERAL_STRING, c->location, str_of(c->args[0]->a_const->sval->sval));
}

static bool is_number(str s) {
    return s.n > 1 && (s.p[0] == '+' || s.p[0] == '-') && ((s.p[1] >= '0' && s.p[1] <= '9') || s.p[1] == '.');
}

/* 007 and True may be meant for a column of strings: what is written counts, not what PostgreSQL reads in it. */
expression *condition_build_default(const tree *t, const PgQuery__Node *node, str written) {
    while (node->node_case == NODE(TYPE_CAST) && node->type_cast->arg->node_case == NODE(A_CONST)) node = node->type_cast->arg;
    if (node->node_case == NODE(A_EXPR) && is_number(written))
        return literal(t, LITERAL_NUMBER, node->a_expr->location, written);
    expression *e = condition_build(t, node);
    bool cast = str_find(written, STR("::"), 0) != SIZE_MAX;
    bool spelled = e->kind == EXPRESSION_LITERAL && (e->literal == LITERAL_NUMBER || e->literal == LITERAL_BOOL);
    if (spelled && !cast) e->text = written;
    return e;
}

expression *condition_build(const tree *t, const PgQuery__Node *node) {
    switch (node->node_case) {
    case NODE(A_CONST): return build_const(t, node->a_const);
    case NODE(COLUMN_REF): return build_column(t, node->column_ref);
    case NODE(PARAM_REF): return build_parameter(t, node->param_ref);
    case NODE(BOOL_EXPR): return build_bool(t, node->bool_expr);
    case NODE(NULL_TEST): return build_null_test(t, node->null_test);
    case NODE(A_EXPR): return build_expr(t, node->a_expr);
    case NODE(TYPE_CAST): return build_cast(t, node->type_cast);
    case NODE(FUNC_CALL): return build_call(t, node->func_call);
    case NODE(SUB_LINK): return other(t, node->sub_link->location, "a subselect");
    case NODE(CASE_EXPR): return other(t, node->case_expr->location, "CASE");
    case NODE(BOOLEAN_TEST): return other(t, node->boolean_test->location, "IS TRUE or IS FALSE");
    case NODE(SET_TO_DEFAULT): return other(t, node->set_to_default->location, "DEFAULT");
    case NODE(SQLVALUE_FUNCTION): return other(t, node->sqlvalue_function->location, "a function call");
    case NODE(COALESCE_EXPR): return other(t, node->coalesce_expr->location, "COALESCE");
    default: return other(t, 0, "an expression of PostgreSQL's own");
    }
}
