#include "parse/tree.h"

#include <stdarg.h>

#define NODE(x) PG_QUERY__NODE__NODE_##x

int tree_unsupported(tree *t, const char *format, ...) {
    va_list args;
    va_start(args, format);
    t->out->reason = str_format_v(t->arena, format, args);
    va_end(args);
    return TREE_UNSUPPORTED;
}

int tree_not_yet(tree *t, const char *what) { return tree_unsupported(t, "%s is not translated yet", what); }

int tree_qualified(tree *t) {
    return tree_unsupported(t, "a name with a schema in front of it is not supported: MongoDB has no schemas");
}

int tree_fail(tree *t, int32_t location, const char *format, ...) {
    va_list args;
    va_start(args, format);
    str message = str_format_v(t->scratch, format, args);
    va_end(args);
    return fail_at(t->err, KF_E_SYNTAX, t->text->sql, dialect_offset(t->text, (size_t)location), "%.*s", STR_ARG(message));
}

str tree_identifier(const tree *t, const char *from_parser) {
    return str_copy(t->arena, dialect_identifier(t->text, str_of(from_parser)));
}

size_t tree_place(const tree *t, size_t in_statement) {
    size_t at = t->begin + in_statement;
    return at > t->shift ? at - t->shift : 0;
}

size_t tree_offset(const tree *t, int32_t location) {
    return tree_place(t, dialect_offset(t->text, location > 0 ? (size_t)location : 0));
}

const char *tree_string(const PgQuery__Node *node) { return node && node->node_case == NODE(STRING) ? node->string->sval : ""; }

const char *tree_last(PgQuery__Node *const *names, size_t n) { return n ? tree_string(names[n - 1]) : ""; }

int tree_table(tree *t, const PgQuery__RangeVar *relation) {
    t->out->table = tree_identifier(t, relation->relname);
    t->out->offset = tree_offset(t, relation->location);
    return relation->schemaname[0] || relation->catalogname[0] ? tree_qualified(t) : 0;
}

static int create_table(tree *t, const PgQuery__Node *n) { return table_create(t, n->create_stmt); }
static int alter_table(tree *t, const PgQuery__Node *n) { return table_alter(t, n->alter_table_stmt); }
static int rename_object(tree *t, const PgQuery__Node *n) { return object_rename(t, n->rename_stmt); }
static int drop_object(tree *t, const PgQuery__Node *n) { return object_drop(t, n->drop_stmt); }
static int truncate(tree *t, const PgQuery__Node *n) { return object_truncate(t, n->truncate_stmt); }
static int create_index(tree *t, const PgQuery__Node *n) { return index_create(t, n->index_stmt); }
static int create_database(tree *t, const PgQuery__Node *n) { return database_create(t, n->createdb_stmt); }
static int drop_database(tree *t, const PgQuery__Node *n) { return database_drop(t, n->dropdb_stmt); }
static int insert(tree *t, const PgQuery__Node *n) { return dml_insert(t, n->insert_stmt); }
static int update(tree *t, const PgQuery__Node *n) { return dml_update(t, n->update_stmt); }
static int delete (tree *t, const PgQuery__Node *n) { return dml_delete(t, n->delete_stmt); }
static int create_as(tree *t, const PgQuery__Node *n) { return (void)n, tree_not_yet(t, "CREATE TABLE AS"); }
static int set_schema(tree *t, const PgQuery__Node *n) { return (void)n, tree_not_yet(t, "SET SCHEMA"); }

static const struct {
    PgQuery__Node__NodeCase node;
    int (*convert)(tree *t, const PgQuery__Node *n);
} conversions[] = {
    {NODE(CREATE_STMT), create_table},
    {NODE(ALTER_TABLE_STMT), alter_table},
    {NODE(RENAME_STMT), rename_object},
    {NODE(DROP_STMT), drop_object},
    {NODE(TRUNCATE_STMT), truncate},
    {NODE(INDEX_STMT), create_index},
    {NODE(CREATEDB_STMT), create_database},
    {NODE(DROPDB_STMT), drop_database},
    {NODE(INSERT_STMT), insert},
    {NODE(UPDATE_STMT), update},
    {NODE(DELETE_STMT), delete},
    {NODE(CREATE_TABLE_AS_STMT), create_as},
    {NODE(ALTER_OBJECT_SCHEMA_STMT), set_schema},
};

int tree_convert(tree *t, const PgQuery__Node *node) {
    for (size_t i = 0; i < sizeof conversions / sizeof *conversions; i++)
        if (conversions[i].node == node->node_case) return conversions[i].convert(t, node);
    return tree_not_yet(t, "this statement");
}
