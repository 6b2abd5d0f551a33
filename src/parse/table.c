/* CREATE TABLE and ALTER TABLE. */
#include "parse/tree.h"

#define AT(x) PG_QUERY__ALTER_TABLE_TYPE__AT_##x

static int set_table(tree *t, const PgQuery__RangeVar *relation) {
    t->out->table = tree_identifier(t, relation->relname);
    t->out->offset = tree_offset(t, relation->location);
    return relation->schemaname[0] ? tree_qualified(t) : 0;
}

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
    case PG_QUERY__NODE__NODE_COLUMN_DEF: return column_add(t, element->column_def, true);
    case PG_QUERY__NODE__NODE_CONSTRAINT: return name_add(t, element->constraint, STR_NONE, true);
    default: return tree_not_yet(t, "CREATE TABLE with LIKE");
    }
}

int table_create(tree *t, const PgQuery__CreateStmt *s) {
    t->out->kind = STATEMENT_CREATE_TABLE;
    t->out->if_exists = s->if_not_exists;
    int code = set_table(t, s->relation);
    if (code) return code;
    if (s->n_inh_relations || s->of_typename || s->partbound)
        return tree_unsupported(t, "MongoDB has no tables that inherit");
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

static void add_action(tree *t, action_kind kind, const PgQuery__AlterTableCmd *c, size_t k) {
    command_place place = place_of(t, k);
    action a = {.kind = kind, .target = tree_identifier(t, c->name), .if_exists = c->missing_ok};
    a.offset = place.begin > t->shift ? place.begin - t->shift : 0;
    if (kind == ACTION_SET_DEFAULT) a.default_sql = str_copy(t->arena, dialect_default(t->text->sql, place.at_default));
    vec_push(t->arena, &t->out->actions, a);
}

static const struct {
    PgQuery__AlterTableType type;
    const char *what;
} not_yet[] = {
    {AT(AlterColumnType), "ALTER COLUMN TYPE"},   {AT(ChangeOwner), "OWNER TO"},
    {AT(ValidateConstraint), "VALIDATE CONSTRAINT"}, {AT(AlterConstraint), "ALTER CONSTRAINT"},
    {AT(AddIdentity), "ADD GENERATED AS IDENTITY"}, {AT(DropIdentity), "DROP IDENTITY"},
    {AT(AddInherit), "INHERIT"},                  {AT(SetTableSpace), "SET TABLESPACE"},
};

static int add_not_yet(tree *t, PgQuery__AlterTableType type) {
    for (size_t i = 0; i < sizeof not_yet / sizeof *not_yet; i++)
        if (not_yet[i].type == type) return tree_not_yet(t, not_yet[i].what);
    return tree_not_yet(t, "this form of ALTER TABLE");
}

static int add_column(tree *t, const PgQuery__AlterTableCmd *c) {
    if (c->missing_ok) return tree_not_yet(t, "ADD COLUMN IF NOT EXISTS");
    return column_add(t, c->def->column_def, false);
}

static int add_command(tree *t, const PgQuery__AlterTableCmd *c, size_t k) {
    switch (c->subtype) {
    case AT(AddColumn): return add_column(t, c);
    case AT(AddConstraint): return name_add(t, c->def->constraint, STR_NONE, false);
    case AT(DropColumn): return add_action(t, ACTION_DROP_COLUMN, c, k), 0;
    case AT(DropConstraint): return add_action(t, ACTION_DROP_NAME, c, k), 0;
    case AT(SetNotNull): return add_action(t, ACTION_SET_NOT_NULL, c, k), 0;
    case AT(DropNotNull): return add_action(t, ACTION_DROP_NOT_NULL, c, k), 0;
    case AT(ColumnDefault): return add_action(t, c->def ? ACTION_SET_DEFAULT : ACTION_DROP_DEFAULT, c, k), 0;
    default: return add_not_yet(t, c->subtype);
    }
}

int table_alter(tree *t, const PgQuery__AlterTableStmt *s) {
    t->out->kind = STATEMENT_ALTER_TABLE;
    t->out->if_exists = s->missing_ok;
    int code = set_table(t, s->relation);
    if (!code && s->objtype != PG_QUERY__OBJECT_TYPE__OBJECT_TABLE) code = tree_not_yet(t, "this form of ALTER");
    for (size_t i = 0; !code && i < s->n_cmds; i++) code = add_command(t, s->cmds[i]->alter_table_cmd, i);
    return code;
}
