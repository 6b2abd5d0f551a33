/* Desired and live → plan. Pure: no I/O, no clock, no globals. */
#ifndef PLAN_PLAN_H
#define PLAN_PLAN_H

#include "plan/profile.h"
#include "schema/schema.h"

enum { ALLOW_DROP_INDEX = 1, ALLOW_DROP_FIELD = 2, ALLOW_DROP_COLLECTION = 4, ALLOW_DROP_ALL = 7 };

/* What is to be taken for true where it cannot be told whether a rename was done. */
typedef enum renames { RENAMES_ASK, RENAMES_DONE, RENAMES_TODO } renames;

typedef struct plan_options {
    const profile *profile;
    bool nulls_server;        /* UNIQUE means MongoDB's plain unique index */
    bool skip_unsupported;    /* what the server cannot express is skipped, not withheld */
    bool no_migrations_table; /* rows of django_migrations are left out: nothing of them comes to the plan */
    unsigned allow_drop;
    renames renames;
    bool convert_types; /* where a column's recorded type changes, its stored values follow */
    bool show_values;   /* in what is printed for people */
    str database;       /* for limits on names; may be empty */
    str host;           /* of the server: its addresses with commas between, or empty */
} plan_options;

/* In the order they run. */
typedef enum operation_kind {
    OPERATION_EMPTY_COLLECTION,  /* all documents go; with restart the counter begins anew */
    OPERATION_DROP_DATABASE,     /* from: the database; no collection */
    OPERATION_CREATE_CATALOG,    /* __schema__'s own two indexes */
    OPERATION_RENAME_COLLECTION, /* from becomes collection */
    OPERATION_RECORD_DOCUMENT,   /* document: as it is so far, for a run that is cut off; else as WRITE_DOCUMENT. Of a field
                                    that was renamed: next to that */
    OPERATION_CREATE_COLLECTION, /* only where no index makes it */
    OPERATION_CLEAR_INDEX,       /* old: it must be gone before documents change, for its key or filter uses the field */
    OPERATION_RENAME_FIELD,      /* from becomes field, in documents that have from and lack field */
    OPERATION_FILL_FIELD,        /* fill is written to field, where it is missing (and, with fill_nulls, where it is null) */
    OPERATION_CONVERT_FIELD,  /* field, from old_type to new_type (djongo's names): what is null or of the type already stays */
    OPERATION_UNSET_FIELD,    /* field goes from all documents */
    OPERATION_REPLACE_INDEX,  /* index (wanted) for old: look for duplicates, drop, build, restore old on failure */
    OPERATION_CREATE_INDEX,   /* index; those of one collection go into one createIndexes */
    OPERATION_DROP_INDEX,     /* old: no name needs it any more, as the document will be */
    OPERATION_WRITE_DOCUMENT, /* document: the table as its catalog document shall be; base_rev, base_exists. Where the
                                 table was renamed, the document is still under the name `from` */
    OPERATION_MEND_COUNTER,   /* document: each column of its field_names once, and seq is at least field's greatest value */
    OPERATION_DROP_COLLECTION,
    OPERATION_REMOVE_DOCUMENT, /* of a dropped table, from the catalog */
    OPERATION_WRITE_MIGRATION, /* migration: a row of django_migrations, with the counter's next id, unless it is there */
    OPERATION_REMOVE_MIGRATION,
    OPERATION_COUNT
} operation_kind;
const char *operation_kind_text(operation_kind kind); /* "create index", ... as in JSON */

typedef struct operation {
    operation_kind kind;
    bool frees_name; /* of a collection, which another is renamed to: it comes before that */
    str collection;
    index_spec *index;
    str from, field;
    value fill;
    bool fill_nulls, restart;
    str old_type, new_type;
    index_spec *old; /* with its whole spec in old->spec if it was live on a server */
    table *document; /* columns, names, has_auto of the document as it shall be */
    const table
        *before; /* what the document records now, if it has names, and filled columns: for a run in which an index fails */
    bool document_exists;
    bool whole_fields;        /* fields is no document now */
    str counts_from;          /* the counter is new, and the collection is not: it begins at this field's greatest value */
    int64_t base_rev;         /* compare-and-swap: what rev is now (0: none) */
    VEC(str) removed_columns; /* entries that leave fields */
    const migration *migration;
    str reason;
    VEC(size_t) causes; /* statements */
} operation;

typedef enum finding_kind { FINDING_NOTICE, FINDING_WITHHELD, FINDING_SKIPPED, FINDING_ERROR } finding_kind;

/* Something to tell: a notice, something withheld (with the code that gives the exit status), a statement not understood. */
typedef struct finding {
    finding_kind kind;
    kf_code code;                /* KF_OK for a notice */
    str collection, name, field; /* what it is about; may be empty */
    str message;                 /* one line: what, why, and what allows it */
    bool has_statement;
    size_t statement;
    size_t line, column; /* inside the statement's text, 0: none */
} finding;

typedef struct planned_index {
    index_spec *index; /* as it will be, with its name on the server */
    bool live;         /* it is there already */
    name_list names;   /* all that it serves; the first made it */
    str companion_of;  /* of a companion that serves no name: the unique name whose queries it serves */
    VEC(size_t) causes;
} planned_index;

typedef struct planned_name {
    name *name;
    const char *state; /* "unserved", "withheld", "skipped", "not enforced" */
    str reason;
} planned_name;

typedef struct planned_collection {
    str name;
    VEC(planned_index) indexes;
    VEC(planned_name) other_names; /* names that no index serves: foreign keys, checks, unserved, withheld */
} planned_collection;

/* The classes of statements, in DESIGN's order. */
typedef enum statement_class {
    CLASS_MALFORMED,
    CLASS_UNSUPPORTED,
    CLASS_SKIPPED,
    CLASS_FAILED,
    CLASS_WITHHELD,
    CLASS_CANCELLED,
    CLASS_SATISFIED,
    CLASS_FOLDED,
    CLASS_APPLIED,
    CLASS_COUNT
} statement_class;
const char *statement_class_text(statement_class c);

typedef struct planned_statement {
    source source;
    str sql;
    statement_class class;
    str reason; /* why skipped, unsupported, ... ; may be empty */
} planned_statement;

/* A file that the statements are from, and what it was found to be. */
typedef struct planned_file {
    str name, form, encoding, compression;
    size_t statements, lines;
} planned_file;

/* DML that was passed over, by table; empty where a statement has none. */
typedef struct skipped_dml {
    str table;
    size_t counts[DML_OPERATIONS];
} skipped_dml;

typedef struct plan {
    arena *arena;
    plan_options options;
    VEC(planned_file) files;
    VEC(planned_statement) statements;
    size_t left_out; /* statements of DML that were counted and left out of the list: skipped */
    size_t counts[CLASS_COUNT];
    VEC(skipped_dml *) skipped_dml; /* by table, once plan_make is done */
    map skipped_by_table;
    VEC(planned_collection) collections; /* by name */
    VEC(operation) operations;           /* in the order they run */
    VEC(finding) findings;
    uint64_t fingerprint; /* of the live schema that it was made against */
    VEC(str) taken;       /* live collections that become other tables */
    VEC(str) settled;     /* live collections that are what is wanted under their names */
    VEC(str) unclear;     /* tables that nothing is done to: whether they were renamed cannot be told */
    size_t place;         /* how many of the statements were applied before, as the history tells */
    history history;      /* as it shall be; empty: it stays as it is */
    VEC(operation) redone;
    VEC(size_t) redo; /* the first of the operations are of renames that an earlier run began: which of these */
    bool stopped;     /* must not be executed: not understood, unknown table, ... */
} plan;

/* Fills collections, operations, findings, and the verdicts of desired's effects. */
void plan_make(plan *p, schema *desired, const schema *live);
/* Gives each name of the live schema an index that is called so on the server, where it can have one; notices tell which
 * cannot. */
void plan_detach(plan *p, const schema *live);
/* Puts the operations into their order, and notes what they were planned against. */
void plan_finish(plan *p, const schema *live);
/* The class of every statement from the effects' verdicts, and the counts. Statements without an effect keep their class. */
void plan_classify(plan *p, const schema *desired);
/* What the history shall be, when the classes are known. */
void plan_note_history(plan *p, const schema *desired, const schema *live);
/* The operations from the first to the last rename, first..end: while they run, the history holds them. first == end: there is
 * none. */
void plan_renames(const plan *p, size_t *first, size_t *end);
/* Of an earlier run's: what is left to do is carried out on live, the schema as it will be by then, and comes first
 * (plan_put_first, when all else is planned and in order). */
void plan_take_up(plan *out, const plan *pending, schema *live);
void plan_put_first(plan *p);
/* A statement of DML that is passed over is counted. */
void plan_count_dml(plan *p, str table, dml_operation op, size_t n);
/* The counts alone. */
void plan_count(plan *p);
/* What was carried out after it, too. The whole borrows from the part. */
void plan_append(plan *whole, const plan *part);
/* An operation did not work (exec found duplicates): the statements that caused it are failed; counts are made anew. */
void plan_fail_operation(plan *p, size_t operation);
/* It was left out, for something that it depends on did not work: statements that are not failed are withheld.
 * because: a statement of that, or SIZE_MAX. */
void plan_leave_out_operation(plan *p, size_t operation, size_t because);
/* The exit status that the plan by itself means: 0, 3, 4. */
int plan_status(const plan *p);
/* Carries the operations out on a schema in memory. */
void plan_execute(const plan *p, schema *live);
/* For `explain plan`. */
void plan_dump(text *out, const plan *p);

#endif
