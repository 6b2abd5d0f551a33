/* A column's definition. */
#include "parse/tree.h"

#define CONSTR(x) PG_QUERY__CONSTR_TYPE__CONSTR_##x

/* PostgreSQL's types as djongo would declare them; every other type stays as it is written. PostgreSQL's long names come
 * as its internal ones (integer: int4), djongo's own, where a plain word stands for the column, in lower case. */
static const struct {
    const char *type, *ours;
    bool serial;
} types[] = {
    {"int2", "int", false},        {"int4", "int", false},          {"int8", "long", false},
    {"smallint", "int", false},    {"serial2", "int", true},        {"smallserial", "int", true},
    {"serial", "int", true},       {"serial4", "int", true},        {"bigserial", "long", true},
    {"serial8", "long", true},     {"text", "string", false},       {"varchar", "string", false},
    {"bpchar", "string", false},   {"uuid", "string", false},       {"timestamptz", "date", false},
    {"timestamp", "date", false},  {"time", "date", false},         {"timetz", "date", false},
    {"numeric", "decimal", false}, {"float4", "double", false},     {"float8", "double", false},
    {"json", "object", false},     {"jsonb", "object", false},      {"bytea", "binData", false},
    {"bindata", "binData", false}, {"objectid", "objectId", false}, {DIALECT_UNTYPED, "", false},
};

int column_type(tree *t, column *c, const PgQuery__TypeName *type) {
    if (!type) return 0;
    if (type->setof) return tree_unsupported(t, "MongoDB has no columns of SETOF");
    c->type = tree_identifier(t, tree_last(type->names, type->n_names));
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (!str_eq(c->type, str_of(types[i].type))) continue;
        c->type = str_of(types[i].ours);
        c->auto_increment = types[i].serial;
        if (types[i].serial) c->nulls = NULLS_REFUSED;
        break;
    }
    if (type->n_array_bounds) c->type = STR("array");
    return 0;
}

static int set_default(tree *t, column *c, const PgQuery__Constraint *d) {
    size_t at = dialect_offset(t->text, (size_t)d->location);
    c->has_default = true;
    c->default_sql = str_copy(t->arena, dialect_default(t->text->sql, at));
    c->default_expression = condition_build_default(t, d->raw_expr, c->default_sql);
    c->has_default_value = expression_value(&c->default_value, c->default_expression, c->type, t->arena);
    if (c->has_default_value || c->default_expression->kind != EXPRESSION_LITERAL || !value_type_is_known(c->type)) return 0;
    return tree_fail(t, d->location, "'%.*s' is no value of a column of type %.*s", STR_ARG(c->default_expression->text),
                     STR_ARG(c->type));
}

static int add_constraint(tree *t, column *c, const PgQuery__Constraint *k, bool create, bool if_not_exists) {
    switch (k->contype) {
    case CONSTR(NULL): return 0;
    case CONSTR(NOTNULL): return c->nulls = NULLS_REFUSED, 0;
    case CONSTR(DEFAULT): return set_default(t, c, k);
    case CONSTR(IDENTITY): return c->auto_increment = true, 0;
    case CONSTR(GENERATED): return tree_unsupported(t, "MongoDB has no generated columns");
    case CONSTR(PRIMARY): c->nulls = NULLS_REFUSED; break;
    case CONSTR(ATTR_DEFERRABLE):
    case CONSTR(ATTR_NOT_DEFERRABLE):
    case CONSTR(ATTR_DEFERRED):
    case CONSTR(ATTR_IMMEDIATE): return 0;
    default: break;
    }
    return name_add(t, k, c->name, create, if_not_exists);
}

int column_add(tree *t, const PgQuery__ColumnDef *d, bool create, bool if_not_exists) {
    column *c = arena_make(t->arena, column);
    c->name = tree_identifier(t, d->colname);
    c->nulls = NULLS_ALLOWED;
    action a = {.kind = ACTION_ADD_COLUMN, .column = c, .target = c->name, .if_not_exists = if_not_exists};
    a.offset = tree_offset(t, d->location);
    vec_push(t->arena, &t->out->actions, a);
    if (create && map_get(&t->columns, c->name))
        return tree_fail(t, d->location, "the column \"%.*s\" stands twice in one table", STR_ARG(c->name));
    map_put(&t->columns, c->name, c);
    if (d->coll_clause) return tree_not_yet(t, "COLLATE");
    int code = column_type(t, c, d->type_name);
    for (size_t i = 0; !code && i < d->n_constraints; i++)
        code = add_constraint(t, c, d->constraints[i]->constraint, create, if_not_exists);
    return code;
}
