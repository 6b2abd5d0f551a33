/* A statement, parsed. */
#ifndef MODEL_STATEMENT_H
#define MODEL_STATEMENT_H

#include "model/schema_objects.h"

typedef enum statement_kind {
    STATEMENT_CREATE_TABLE,    /* table; actions: ADD_COLUMN and ADD_NAME; if_exists: IF NOT EXISTS */
    STATEMENT_ALTER_TABLE,     /* table; actions */
    STATEMENT_RENAME_TABLE,    /* table; new_name */
    STATEMENT_DROP_TABLE,      /* targets: the tables */
    STATEMENT_FLUSH,           /* targets: the tables; restart: their counters begin anew (FLUSH, RESTART IDENTITY) */
    STATEMENT_CREATE_INDEX,    /* table; one ADD_NAME, index or unique, with if_not_exists */
    STATEMENT_DROP_INDEX,      /* targets: the names; SQL tells no table */
    STATEMENT_RENAME_INDEX,    /* targets: the name; new_name; SQL tells no table */
    STATEMENT_CREATE_DATABASE, /* targets: the database */
    STATEMENT_DROP_DATABASE,   /* targets: the database */
    STATEMENT_DML,             /* table; dml. Only what converging wants (docs/design.md); all other is skipped */
    STATEMENT_SKIPPED,         /* reason: "SELECT", "INSERT", "transaction", ... */
    STATEMENT_UNSUPPORTED      /* reason: what it is and what to do */
} statement_kind;

typedef enum action_kind {
    ACTION_ADD_COLUMN,   /* column; if_not_exists */
    ACTION_DROP_COLUMN,  /* target; if_exists */
    ACTION_ADD_NAME,     /* name; if_not_exists */
    ACTION_DROP_NAME,    /* target; if_exists */
    ACTION_SET_NOT_NULL, /* target: the column */
    ACTION_DROP_NOT_NULL,
    ACTION_SET_DEFAULT, /* target; default_sql and the rest of it, as in column. The column's type is not told here: use
                           expression_value on default_expression, with the type that the column has by then */
    ACTION_DROP_DEFAULT,
    ACTION_RENAME_COLUMN, /* target; new_name */
    ACTION_SET_TYPE,      /* target; type */
    ACTION_ADD_IDENTITY,  /* target: the column; a counter */
    ACTION_DROP_IDENTITY, /* target; if_exists */
    ACTION_RENAME_NAME    /* target; new_name */
} action_kind;

typedef struct action {
    action_kind kind;
    str target, new_name, type;
    bool if_exists, if_not_exists;
    column *column;
    name *name;
    str default_sql;
    const expression *default_expression;
    bool has_default_value; /* a parameter that was given, or NULL */
    value default_value;
    size_t offset; /* in the text that was given */
} action;

/* Something named, and where. */
typedef struct named {
    str name;
    size_t offset;
} named;

/* Where Django notes which migrations were run. Of all DML only its rows are desired. */
#define MIGRATIONS_TABLE "django_migrations"

/* SELECT is counted and never parsed. */
typedef enum dml_operation { DML_INSERT, DML_UPDATE, DML_DELETE, DML_SELECT, DML_OPERATIONS } dml_operation;
const char *dml_operation_text(dml_operation op); /* "INSERT", ... */

typedef struct dml {
    dml_operation op;
    VEC(str) columns;          /* INSERT: that are given values; UPDATE: that are set */
    VEC(expression_list) rows; /* a value a column. INSERT: any number; UPDATE: one */
    expression *where;         /* NULL: all rows */
} dml;

typedef struct statement {
    statement_kind kind;
    str table; /* of DROP_TABLE and FLUSH: the first one */
    str new_name;
    bool if_exists; /* IF EXISTS, of CREATE_TABLE IF NOT EXISTS */
    bool restart;
    str reason;
    size_t offset; /* of the table's name, or the first target's */
    VEC(action) actions;
    VEC(named) targets;
    dml *dml; /* also of an unsupported one, as far as it was read */
} statement;

typedef VEC(statement) statement_list;

/* What the log says of a statement's outcome. */
typedef enum outcome { OUTCOME_UNKNOWN, OUTCOME_DONE, OUTCOME_REFUSED } outcome;

/* Who may show a statement: bits. A failure is shown by djongo's error text, wherever that is printed. */
typedef enum logger { LOGGER_DJONGO = 1, LOGGER_SCHEMA = 2, LOGGER_QUERY = 4, LOGGER_FAILURE = 8 } logger;

/* A statement as a log has it, before it is parsed. */
typedef struct raw_statement {
    str sql;                  /* un-escaped, as the database was sent it */
    str params;               /* Python literal text, empty if none */
    const value_list *values; /* the parameters themselves, instead of params; NULL: none are told */
    source source;
    str alias; /* the database alias that the log names, empty if none: it may be any */
    outcome outcome;
    unsigned shown_by; /* of logger; 0 in plain SQL */
    uint64_t hash;     /* of the text, however its placeholders are spelled: log/shown.h */
    int64_t time;      /* when it was shown, in seconds; 0 if the log does not say */
    bool truncated;    /* the file ends before the statement does */
    bool printed;      /* but not executed, as the other loggers tell */
} raw_statement;

typedef VEC(raw_statement) raw_statement_list;

void statement_dump(text *out, const statement *s);

#endif
