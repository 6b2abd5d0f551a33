/* A statement, parsed. */
#ifndef MODEL_STATEMENT_H
#define MODEL_STATEMENT_H

#include "model/schema_objects.h"

typedef enum statement_kind {
    STATEMENT_CREATE_TABLE, /* actions: ADD_COLUMN and ADD_NAME */
    STATEMENT_ALTER_TABLE,
    STATEMENT_SKIPPED,      /* reason: "SELECT", "INSERT", "transaction", ... */
    STATEMENT_UNSUPPORTED   /* reason: what it is and what to do */
} statement_kind;

typedef enum action_kind {
    ACTION_ADD_COLUMN,    /* column */
    ACTION_DROP_COLUMN,   /* target */
    ACTION_ADD_NAME,      /* name */
    ACTION_DROP_NAME,     /* target */
    ACTION_SET_NOT_NULL,  /* target: the column */
    ACTION_DROP_NOT_NULL,
    ACTION_SET_DEFAULT,   /* target; default_sql */
    ACTION_DROP_DEFAULT
} action_kind;

typedef struct action {
    action_kind kind;
    str target;
    bool if_exists;
    column *column;
    name *name;
    str default_sql;
    size_t offset; /* in the statement's own text */
} action;

typedef struct statement {
    statement_kind kind;
    str table;
    bool if_exists; /* IF NOT EXISTS of CREATE, IF EXISTS of ALTER */
    str reason;
    size_t offset;
    VEC(action) actions;
} statement;

/* What the log says of a statement's outcome. */
typedef enum outcome { OUTCOME_UNKNOWN, OUTCOME_DONE, OUTCOME_REFUSED } outcome;

/* Who may show a statement: bits. A failure is shown by djongo's error text, wherever that is printed. */
typedef enum logger { LOGGER_DJONGO = 1, LOGGER_SCHEMA = 2, LOGGER_QUERY = 4, LOGGER_FAILURE = 8 } logger;

/* A statement as a log has it, before it is parsed. */
typedef struct raw_statement {
    str sql;       /* un-escaped, as the database was sent it */
    str params;    /* Python literal text, empty if none */
    source source;
    str alias;     /* the database alias that the log names, empty if none: it may be any */
    outcome outcome;
    unsigned shown_by; /* of logger; 0 in plain SQL */
    int64_t time;      /* when it was shown, in seconds; 0 if the log does not say */
    bool truncated;    /* the file ends before the statement does */
    bool printed;      /* but not executed, as the other loggers tell */
} raw_statement;

typedef VEC(raw_statement) raw_statement_list;

void statement_dump(text *out, const statement *s);

#endif
