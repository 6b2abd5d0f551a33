/* CREATE TABLE and ALTER TABLE. */
#include "parse/tree.h"

#define AT(x) PG_QUERY__ALTER_TABLE_TYPE__AT_##x

/* PRIMARY KEY refuses nulls, wherever it is written. */
static void refuse_nulls_in_keys(const tree *t) {
    for (size_t i = 0; i < t->out->actions.n; i++) {
        const action *a = &t->out->actions.at[i];
        if (a->kind != ACTION_ADD_NAME || a->name->kind != NAME_PRIMARY) continue;
        for (size_t k = 0; k < a->name->key.fields.n; k++) {
            column *c = map_get(&t->columns, a->name->key.fields.at[k].column);
            if (c) c->nulls = NULLS_REFUSED;
        }
    }
}

static int add_element(tree *t, const PgQuery__Node *element) {
    switch (element->node_case) {
    case PG_QUERY__NODE__NODE_COLUMN_DEF: return column_add(t, element->column_def, true, false);
    case PG_QUERY__NODE__NODE_CONSTRAINT: return name_add(t, element->constraint, STR_NONE, true, false);
    default: return tree_not_yet(t, "CREATE TABLE with LIKE");
    }
}

int table_create(tree *t, const PgQuery__CreateStmt *s) {
    t->out->kind = STATEMENT_CREATE_TABLE;
    t->out->if_exists = s->if_not_exists;
    int code = tree_table(t, s->relation);
    if (code) return code;
    if (s->n_inh_relations || s->of_typename || s->partbound) return tree_unsupported(t, "MongoDB has no tables that inherit");
    if (s->partspec) return tree_unsupported(t, "MongoDB has no partitioned tables");
    for (size_t i = 0; !code && i < s->n_table_elts; i++) code = add_element(t, s->table_elts[i]);
    if (!code) refuse_nulls_in_keys(t);
    return code;
}

static bool is(const token *x, const char *word) { return x->kind == TOKEN_WORD && str_eq_nocase(x->text, str_of(word)); }

/* Commands stand between commas outside of parentheses, behind the table's name. */
static void find_commands(tree *t) {
    token_list all;
    token_list x = {0};
    dialect_tokens(&all, t->text->text, t->scratch, NULL);
    for (size_t k = 0; k < all.n; k++)
        if (all.at[k].kind != TOKEN_SPACE) vec_push(t->scratch, &x, all.at[k]);
    size_t i = 2, depth = 0; /* ALTER TABLE */
    while (i < x.n && (is(&x.at[i], "IF") || is(&x.at[i], "EXISTS") || is(&x.at[i], "ONLY"))) i++;
    i++;
    if (i < x.n && x.at[i].text.p[0] == '*') i++;
    for (bool begins = true; i < x.n; i++) {
        size_t at = dialect_offset(t->text, (size_t)(x.at[i].text.p - t->text->text.p));
        char c = x.at[i].kind == TOKEN_PUNCTUATION ? x.at[i].text.p[0] : 0;
        if (begins) vec_push(t->scratch, &t->commands, (command_place){at, at});
        if (is(&x.at[i], "DEFAULT")) t->commands.at[t->commands.n - 1].at_default = at;
        depth += c == '(';
        depth -= c == ')' && depth;
        begins = c == ',' && depth == 0;
    }
}

static command_place place_of(tree *t, size_t command) {
    if (t->commands.n == 0) find_commands(t);
    return command < t->commands.n ? t->commands.at[command] : (command_place){0};
}

size_t table_command_place(tree *t, size_t command) { return tree_place(t, place_of(t, command).begin); }

static action make_action(tree *t, action_kind kind, const PgQuery__AlterTableCmd *c, size_t k) {
    action a = {.kind = kind, .target = tree_identifier(t, c->name), .if_exists = c->missing_ok};
    a.offset = table_command_place(t, k);
    return a;
}

static void add_action(tree *t, action_kind kind, const PgQuery__AlterTableCmd *c, size_t k) {
    vec_push(t->arena, &t->out->actions, make_action(t, kind, c, k));
}

/* A literal's worth depends on the column, which is not told here; NULL and parameters are themselves. */
static void add_default(tree *t, const PgQuery__AlterTableCmd *c, size_t k) {
    action a = make_action(t, ACTION_SET_DEFAULT, c, k);
    a.default_sql = str_copy(t->arena, dialect_default(t->text->sql, place_of(t, k).at_default));
    a.default_expression = condition_build_default(t, c->def, a.default_sql);
    const expression *e = a.default_expression;
    bool literal = e->kind == EXPRESSION_LITERAL && e->literal != LITERAL_NULL;
    a.has_default_value = !literal && expression_value(&a.default_value, e, STR_NONE, t->arena);
    vec_push(t->arena, &t->out->actions, a);
}

/* USING "c"::numeric says what a change of type does anyway. */
static bool is_plain_conversion(const PgQuery__Node *using, const char *column) {
    if (!using || using->node_case != PG_QUERY__NODE__NODE_TYPE_CAST) return using == NULL;
    const PgQuery__Node *of = using->type_cast->arg;
    return of->node_case == PG_QUERY__NODE__NODE_COLUMN_REF && of->column_ref->n_fields == 1 &&
           str_eq(str_of(tree_string(of->column_ref->fields[0])), str_of(column));
}

static int add_type(tree *t, const PgQuery__AlterTableCmd *c, size_t k) {
    const PgQuery__ColumnDef *d = c->def->column_def;
    column of_type = {0};
    if (d->coll_clause) return tree_not_yet(t, "COLLATE");
    if (!is_plain_conversion(d->raw_default, c->name)) return tree_not_yet(t, "ALTER COLUMN TYPE with USING");
    int code = column_type(t, &of_type, d->type_name);
    action a = make_action(t, ACTION_SET_TYPE, c, k);
    a.type = of_type.type;
    vec_push(t->arena, &t->out->actions, a);
    return code;
}

static const struct {
    PgQuery__AlterTableType type;
    const char *what;
} not_yet[] = {
    {AT(ChangeOwner), "OWNER TO"},
    {AT(ValidateConstraint), "VALIDATE CONSTRAINT"},
    {AT(AlterConstraint), "ALTER CONSTRAINT"},
    {AT(AddInherit), "INHERIT"},
    {AT(SetTableSpace), "SET TABLESPACE"},
};

static int add_not_yet(tree *t, PgQuery__AlterTableType type) {
    for (size_t i = 0; i < sizeof not_yet / sizeof *not_yet; i++)
        if (not_yet[i].type == type) return tree_not_yet(t, not_yet[i].what);
    return tree_not_yet(t, "this form of ALTER TABLE");
}

static int add_command(tree *t, const PgQuery__AlterTableCmd *c, size_t k) {
    switch (c->subtype) {
    case AT(AddColumn): return column_add(t, c->def->column_def, false, c->missing_ok);
    case AT(AddConstraint): return name_add(t, c->def->constraint, STR_NONE, false, false);
    case AT(AlterColumnType): return add_type(t, c, k);
    case AT(DropColumn): return add_action(t, ACTION_DROP_COLUMN, c, k), 0;
    case AT(DropConstraint): return add_action(t, ACTION_DROP_NAME, c, k), 0;
    case AT(SetNotNull): return add_action(t, ACTION_SET_NOT_NULL, c, k), 0;
    case AT(AddIdentity): return add_action(t, ACTION_ADD_IDENTITY, c, k), 0;
    case AT(DropIdentity): return add_action(t, ACTION_DROP_IDENTITY, c, k), 0;
    case AT(DropNotNull): return add_action(t, ACTION_DROP_NOT_NULL, c, k), 0;
    case AT(ColumnDefault): return c->def ? add_default(t, c, k) : add_action(t, ACTION_DROP_DEFAULT, c, k), 0;
    default: return add_not_yet(t, c->subtype);
    }
}

static bool is_flush(const PgQuery__AlterTableStmt *s) {
    const PgQuery__AlterTableCmd *c = s->n_cmds == 1 ? s->cmds[0]->alter_table_cmd : NULL;
    return c && c->subtype == AT(ClusterOn) && str_eq(str_of(c->name), STR(DIALECT_FLUSH));
}

static int flush(tree *t) {
    t->out->kind = STATEMENT_FLUSH;
    t->out->restart = true;
    vec_push(t->arena, &t->out->targets, (named){t->out->table, t->out->offset});
    return 0;
}

int table_alter(tree *t, const PgQuery__AlterTableStmt *s) {
    t->out->kind = STATEMENT_ALTER_TABLE;
    t->out->if_exists = s->missing_ok;
    int code = tree_table(t, s->relation);
    if (!code && s->objtype != PG_QUERY__OBJECT_TYPE__OBJECT_TABLE) code = tree_not_yet(t, "this form of ALTER");
    if (!code && is_flush(s)) return flush(t);
    for (size_t i = 0; !code && i < s->n_cmds; i++) code = add_command(t, s->cmds[i]->alter_table_cmd, i);
    return code;
}
