/* Private to the parse stage: from libpg_query's tree to a statement. */
#ifndef PARSE_TREE_H
#define PARSE_TREE_H

#include "parse/parse.h"
#include <pg_query/pg_query.pb-c.h>

/* libpg_query does not tell where most commands of ALTER TABLE stand. Places in the statement's own text. */
typedef struct command_place {
    size_t begin;
    size_t at_default; /* the word DEFAULT in it */
} command_place;

typedef struct tree {
    arena *arena;   /* the statement's own */
    arena *scratch; /* freed with the tree */
    const dialect_text *text;
    size_t begin; /* where the statement begins in the text that was given */
    size_t shift; /* bytes in front of what the caller gave (parse_condition) */
    statement *out;
    const value_list *values; /* of the parameters; NULL if nothing is told of them */
    kf_error *err;
    map columns;                 /* name → column *, of those defined here */
    map names;                   /* of those made here: name → anything */
    map numbers;                 /* habitual name → size_t *, the number that made it distinct last */
    VEC(command_place) commands; /* of an ALTER TABLE; filled when first asked for */
} tree;

/* The result of a function that found something that is not translated: t->out says what. */
enum { TREE_UNSUPPORTED = 1 };
int tree_unsupported(tree *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
int tree_not_yet(tree *t, const char *what);
int tree_qualified(tree *t); /* a name such as "s"."t" */
int tree_convert(tree *t, const PgQuery__Node *node);
int tree_fail(tree *t, int32_t location, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The caller's text's own identifier, and place. */
str tree_identifier(const tree *t, const char *from_parser);
size_t tree_offset(const tree *t, int32_t location);
size_t tree_place(const tree *t, size_t in_statement);
/* Sets the statement's table. */
int tree_table(tree *t, const PgQuery__RangeVar *relation);
/* The value of a String node, else "". */
const char *tree_string(const PgQuery__Node *node);
/* The last part of a dotted name. */
const char *tree_last(PgQuery__Node *const *names, size_t n);

/* query.c: one text → libpg_query's tree, allocated from scratch. */
typedef struct query query;
query *query_new(arena *a); /* may be freed early */
int query_run(query *q, PgQuery__ParseResult **out, const dialect_text *t, arena *scratch, kf_error *err);

/* Each: 0, TREE_UNSUPPORTED or an error. */
int table_create(tree *t, const PgQuery__CreateStmt *s); /* table.c */
int table_alter(tree *t, const PgQuery__AlterTableStmt *s);
int object_rename(tree *t, const PgQuery__RenameStmt *s); /* object.c */
int object_drop(tree *t, const PgQuery__DropStmt *s);
int object_truncate(tree *t, const PgQuery__TruncateStmt *s);
int database_create(tree *t, const PgQuery__CreatedbStmt *s);
int database_drop(tree *t, const PgQuery__DropdbStmt *s);
int index_create(tree *t, const PgQuery__IndexStmt *s); /* index.c */
int dml_insert(tree *t, const PgQuery__InsertStmt *s);  /* dml.c */
int dml_update(tree *t, const PgQuery__UpdateStmt *s);
int dml_delete(tree *t, const PgQuery__DeleteStmt *s);
int column_add(tree *t, const PgQuery__ColumnDef *d, bool create, bool if_not_exists); /* column.c */
int column_type(tree *t, column *c, const PgQuery__TypeName *type);
int name_add(tree *t, const PgQuery__Constraint *c, str at_column, bool create, bool if_not_exists); /* name.c */
int name_fill_elements(tree *t, name *n, PgQuery__Node *const *elements, size_t count, int32_t location);

/* The name that PostgreSQL gives an unnamed one. */
str name_habitual(tree *t, const name *n, str at_column, const char *suffix);
/* Where the n-th command of an ALTER TABLE begins. */
size_t table_command_place(tree *t, size_t command);
expression *condition_build(const tree *t, const PgQuery__Node *node); /* condition.c */
/* The value of a DEFAULT clause that is written so: the constant itself, whatever it is cast to. */
expression *condition_build_default(const tree *t, const PgQuery__Node *node, str written);

#endif
