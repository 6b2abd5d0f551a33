/* Statements that name whole objects: DROP, TRUNCATE, RENAME, databases. */
#include "parse/tree.h"

#define OBJECT(x) PG_QUERY__OBJECT_TYPE__OBJECT_##x

/* What may stand between the verb and the first name. */
static const char *const leads[] = {"TABLE", "INDEX", "DATABASE", "CONCURRENTLY", "IF", "EXISTS", "ONLY"};

static bool is_lead(const token *x) {
    for (size_t i = 0; x->kind == TOKEN_WORD && i < sizeof leads / sizeof *leads; i++)
        if (str_eq_nocase(x->text, str_of(leads[i]))) return true;
    return false;
}

/* libpg_query does not tell where most of them stand: behind the verb and its words, and behind each comma. */
static void place_targets(tree *t) {
    token_list tokens;
    size_t target = 0, seen = 0;
    bool due = false;
    if (dialect_tokens(&tokens, t->text->sql, t->scratch, NULL)) return;
    for (size_t i = 0; i < tokens.n && target < t->out->targets.n; i++) {
        const token *x = &tokens.at[i];
        if (x->kind == TOKEN_SPACE || seen++ == 0) continue;
        if (target == 0 && !is_lead(x)) due = true;
        if (due) t->out->targets.at[target++].offset = tree_place(t, (size_t)(x->text.p - t->text->sql.p));
        due = str_eq(x->text, STR(","));
    }
    if (t->out->targets.n) t->out->offset = t->out->targets.at[0].offset;
}

static void add_target(tree *t, const char *name) {
    vec_push(t->arena, &t->out->targets, (named){tree_identifier(t, name), 0});
}

static int add_objects(tree *t, const PgQuery__DropStmt *s) {
    for (size_t i = 0; i < s->n_objects; i++) {
        const PgQuery__List *names = s->objects[i]->list;
        add_target(t, tree_last(names->items, names->n_items));
        if (names->n_items > 1) return tree_qualified(t);
    }
    return 0;
}

int object_drop(tree *t, const PgQuery__DropStmt *s) {
    bool table = s->remove_type == OBJECT(TABLE);
    if (!table && s->remove_type != OBJECT(INDEX)) return tree_not_yet(t, "this form of DROP");
    t->out->kind = table ? STATEMENT_DROP_TABLE : STATEMENT_DROP_INDEX;
    t->out->if_exists = s->missing_ok;
    int code = add_objects(t, s);
    place_targets(t);
    if (table && t->out->targets.n) t->out->table = t->out->targets.at[0].name;
    return code;
}

int object_truncate(tree *t, const PgQuery__TruncateStmt *s) {
    t->out->kind = STATEMENT_FLUSH;
    t->out->restart = s->restart_seqs;
    for (size_t i = s->n_relations; i-- > 0;) { /* the first one last: it is the statement's */
        int code = tree_table(t, s->relations[i]->range_var);
        if (code) return code;
    }
    for (size_t i = 0; i < s->n_relations; i++) add_target(t, s->relations[i]->range_var->relname);
    place_targets(t);
    return 0;
}

static void add_rename(tree *t, action_kind kind, const PgQuery__RenameStmt *s) {
    action a = {.kind = kind, .target = tree_identifier(t, s->subname), .new_name = tree_identifier(t, s->newname)};
    a.offset = table_command_place(t, 0);
    t->out->kind = STATEMENT_ALTER_TABLE;
    vec_push(t->arena, &t->out->actions, a);
}

static int rename_index(tree *t, const PgQuery__RenameStmt *s) {
    t->out->kind = STATEMENT_RENAME_INDEX;
    t->out->table = STR("");
    t->out->new_name = tree_identifier(t, s->newname);
    add_target(t, s->relation->relname);
    t->out->targets.at[0].offset = t->out->offset;
    return 0;
}

int object_rename(tree *t, const PgQuery__RenameStmt *s) {
    if (!s->relation) return tree_not_yet(t, "this form of RENAME");
    int code = tree_table(t, s->relation);
    t->out->if_exists = s->missing_ok;
    if (code) return code;
    switch (s->rename_type) {
    case OBJECT(COLUMN): return add_rename(t, ACTION_RENAME_COLUMN, s), 0;
    case OBJECT(TABCONSTRAINT): return add_rename(t, ACTION_RENAME_NAME, s), 0;
    case OBJECT(INDEX): return rename_index(t, s);
    case OBJECT(TABLE):
        t->out->kind = STATEMENT_RENAME_TABLE;
        t->out->new_name = tree_identifier(t, s->newname);
        return 0;
    default: return tree_not_yet(t, "this form of RENAME");
    }
}

int database_create(tree *t, const PgQuery__CreatedbStmt *s) {
    t->out->kind = STATEMENT_CREATE_DATABASE;
    add_target(t, s->dbname);
    place_targets(t);
    return 0;
}

int database_drop(tree *t, const PgQuery__DropdbStmt *s) {
    t->out->kind = STATEMENT_DROP_DATABASE;
    t->out->if_exists = s->missing_ok;
    add_target(t, s->dbname);
    place_targets(t);
    return 0;
}
