/* A schema: tables with their columns, names and live indexes; and applying a statement to one.
 *
 * Two kinds of schema have this form. A live one is what a database (or a schema file) holds. A desired one is what a log
 * asks for; a table in it is either defined (the log creates it) or open (its base is a copy of the live table). */
#ifndef SCHEMA_SCHEMA_H
#define SCHEMA_SCHEMA_H

#include "base/error.h"
#include "model/schema_objects.h"
#include "model/statement.h"

/* djongo's catalog: a collection that holds one document a table. */
#define CATALOG "__schema__"
/* The document there that is no table's but the history's: no table is called so. */
#define CATALOG_HISTORY "system.keyfold"
#define PRIMARY_KEY_NAME "__primary_key__"

typedef struct dropped {
    str name;
    size_t effect;
    size_t statement;
    bool by_column; /* a name that went with its column */
} dropped;

/* UPDATE t SET column = value WHERE column IS NULL. */
typedef struct null_update {
    str column;
    str type; /* of the column at that time, if the table had it under that name */
    bool has_column;
    const expression *value;
    size_t effect;
} null_update;

/* A row of django_migrations: that a migration was run. */
typedef struct migration {
    str app, name;
    value applied; /* when; null if nothing tells */
    /* Of a desired one. */
    bool removed;                   /* it shall not be there */
    bool inserted;                  /* by the log: not known from an UPDATE or a DELETE alone */
    bool reached;                   /* a removed one: an UPDATE after it may bring the same again */
    VEC(size_t) effects;            /* what asks for it, the first one first; of a removed one, what took it away */
    const struct migration *origin; /* the live row that an UPDATE has made it of; NULL: the log has brought it */
} migration;

typedef struct table {
    str name;
    VEC(str) was;      /* names that it had before, the first one first */
    size_t was_live;   /* how many of them the live table had; the others are this run's */
    bool renamed;      /* by a statement of this run */
    size_t renamed_by; /* the first that did */
    column_list columns;
    name_list names;

    /* Live facts. */
    index_list indexes; /* `_id_` is not among them */
    bool exists;        /* the collection is there */
    bool has_document;  /* its document in the catalog is there */
    bool has_names;     /* and holds names: keyfold has written it */
    int64_t rev;        /* of the document; 0 if it has none */
    VEC(str) dropping;  /* indexes that no name needs any more, each with its suffix: a run that is cut off leaves them there */
    bool broken_fields; /* its fields are no document: they are written whole */
    bool has_auto;      /* the document has a counter */
    bool doubled_counter; /* a column stands in its field_names more than once */
    int64_t seq;          /* the counter; no part of comparisons */
    str stored;           /* the document as it is, BSON; empty: it was not read from a server */

    /* Of a desired one. */
    bool defined, open;
    const struct table *base; /* of an open one: the live one */
    bool unnamed;             /* opened by a statement that names no table (DROP INDEX) */
    bool reborn;              /* the log dropped one of its name before */
    bool missing;             /* open, and not live: a later statement may tell why */
    bool was_renamed;         /* the last rename was read by an earlier run, though there was nothing of it to undo */
    bool was_there;           /* of a placed log: before its first new statement, under the was_live-th of its names */
    size_t effect;
    VEC(size_t) causes;
    VEC(size_t) effects; /* all that statements did to it; as in schema.effects, 1 is the first */
    VEC(dropped) dropped_names, dropped_columns;
    VEC(null_update) null_updates;
} table;

/* What one statement did to the desired schema, in parts; the class of a statement is computed from its effects. */
typedef enum effect_kind {
    EFFECT_TABLE,
    EFFECT_COLUMN,
    EFFECT_NAME,
    EFFECT_NULLS,         /* target: the column */
    EFFECT_DEFAULT,       /* target: the column */
    EFFECT_TYPE,          /* target: the column */
    EFFECT_IDENTITY,      /* target: the column */
    EFFECT_DROP_NAME,     /* target */
    EFFECT_DROP_COLUMN,   /* target */
    EFFECT_RENAME_COLUMN, /* target: the column's new name */
    EFFECT_RENAME_TABLE,  /* target: the new name */
    EFFECT_RENAME_NAME,   /* target: the new name */
    EFFECT_DROP_TABLE,    /* target; no table */
    EFFECT_FILL,          /* target: the column whose nulls are written over */
    EFFECT_COMMAND,       /* target: the table or database */
    EFFECT_MIGRATION,     /* a row of django_migrations comes or goes; no table */
    EFFECT_NOTHING        /* it asks for nothing: satisfied */
} effect_kind;

/* Ordered: of several effects the first that occurs is the statement's class. */
typedef enum verdict {
    VERDICT_UNKNOWN,
    VERDICT_SKIPPED, /* passed over by a flag */
    VERDICT_FAILED,
    VERDICT_WITHHELD,
    VERDICT_CANCELLED,
    VERDICT_SATISFIED,
    VERDICT_FOLDED,
    VERDICT_APPLIED
} verdict;

typedef struct effect {
    effect_kind kind;
    size_t statement;
    table *table;
    str target;
    bool superseded; /* a later statement undid it */
    bool repeated;   /* asks for what an earlier statement of the run asked for already */
    bool undoes;     /* it took back what an earlier statement of the run had asked for */
    verdict verdict; /* set by the plan */
} effect;

/* FLUSH and DROP DATABASE: what is carried out and never replayed. */
typedef struct command {
    statement_kind kind;
    str target;
    bool restart; /* FLUSH: the counter begins anew */
    size_t effect, statement;
} command;

/* Up to statement `until` a name means a live table that is called otherwise now: a later rename of the log was done already.
 */
typedef struct former {
    str called;
    const table *live;
    size_t until;
} former;

/* A statement about a table that it does not make and that is not live. */
typedef struct missing_table {
    table *table;
    str called, now; /* now: the live table that was called so once; empty if there is none */
    size_t statement, offset;
} missing_table;

/* A table that a statement of this run dropped. */
typedef struct buried {
    table *table;
    size_t effect, statement;
    bool past; /* by an earlier run: nothing of it is left in what came to its name since */
} buried;

/* The statements that were applied to a database, in the order of the logs, each as its hash; '?' behind one that was withheld,
 * and, in a plan, '!' behind one that a later operation carries out. It tells how far a log has got (docs/design.md), however
 * its names went round since. */
typedef struct history {
    VEC(str) statements;
    int64_t rev; /* of its document in the catalog; 0: there is none */
    /* Renames that a run began; empty: they are through. */
    str pending;      /* its operations from the first to the last of them, as a plan file */
    VEC(size_t) done; /* which of these were carried out */
    VEC(str) next;    /* the statements, when all are */
} history;

/* A statement of a log's that was applied before. */
typedef struct past_statement {
    const statement *statement;
    outcome outcome;
    bool withheld; /* then: it counts as one to come */
    bool *done;    /* of its actions (or of itself, the first): the rename was undone in what it is applied to */
} past_statement;

typedef struct schema {
    arena *arena;
    bool now; /* a desired one: its statements are carried out now, not replayed (docs/design.md) */
    VEC(command) commands;
    VEC(table *) tables; /* in the order they were first seen */
    map by_name;
    VEC(dropped) dropped_tables;
    VEC(buried) buried;
    VEC(migration *) migrations; /* rows of django_migrations, in the order they were first seen */
    map migrations_by_app;       /* app → map of name → migration */
    VEC(missing_table) missing;
    VEC(former) formers;
    bool begin_again;    /* what a name meant was found: see schema_begin_again */
    VEC(effect) effects; /* the n-th is referred to as n + 1 */
    VEC(struct notice {
        size_t statement;
        str message;
    })
    notices;
    size_t collection_bytes; /* the most that a new collection's name may have; 0: not told */
    str collection_limit;    /* whose limit that is, for the message */
    /* Desired only: where the log is in the database's history. */
    bool placed; /* it is known: what was renamed before is not renamed again, whatever lineages say */
    const struct schema *live;
    const past_statement *all_past; /* place of them */
    size_t place;
    bool is_past;         /* the statement at hand was read by an earlier run */
    past_statement *past; /* the statement at hand, where it was applied before and not withheld; else NULL */
    VEC(struct applied_statement {
        const statement *statement;
        size_t number;
    })
    applied; /* all of them, in their order */
    /* Live only. */
    history history;
    /* Live only: the catalog's own indexes, as djongo makes them. */
    bool has_catalog, catalog_has_name_index, catalog_has_auto_index;
} schema;

/* Why no collection of ours may be called so; NULL: it may. */
const char *schema_collection_fault(str collection);

schema *schema_new(arena *a);
table *schema_table(const schema *s, str name);
table *schema_add_table(schema *s, str name);
void schema_remove_table(schema *s, table *t);
column *table_column(const table *t, str name);
name *table_name(const table *t, str name);
/* Out of the list, and nothing more. */
void table_take_out_column(table *t, const column *c);
void table_take_out_name(table *t, const name *n);
/* The column of its table was renamed. Shares nothing that it changes. */
void name_rename_column(name *n, str from, str to, arena *a);
/* Is it recorded as one that is to be dropped? */
bool table_is_dropping(const table *t, const index_spec *x, arena *a);
/* How it is recorded so. */
str table_dropping(const index_spec *x, arena *a);
index_spec *table_index(const table *t, str server_name);
migration *schema_migration(const schema *s, str app, str name);
/* The one that is there, or a new one. */
migration *schema_add_migration(schema *s, str app, str name);
void schema_remove_migration(schema *s, migration *m);
/* The name that `spelled` means: one spelled so, else the UNIQUE column's that it stands for (c, c_1, t_c_key). NULL: none. */
name *table_resolve_name(const table *t, str spelled);

/* A name for each live index that no name of the table refers to: DESIGN's rule for tables that djongo made. Indexes that
 * keyfold named itself (NAME_kfHASH) get none. */
void table_derive_names(schema *s, table *t);

/* Applies statement number `number` (its own text in sql, for places) to the desired schema.
 * live: where tables that the log does not create come from.
 * Errors: KF_E_FIELD_NAME, KF_E_COLLECTION_NAME, KF_E_AMBIGUOUS; KF_E_TABLE_UNKNOWN, KF_E_UNSUPPORTED and KF_E_PARAMETERS for a
 * row of django_migrations that cannot be told; then nothing was changed. Where statements are carried out now also
 * KF_E_TABLE_UNKNOWN, KF_E_EXISTS, KF_E_UNKNOWN_COLUMN, KF_E_UNSUPPORTED; then desired is of no use any more. A log's table
 * that is nowhere is noted in schema->missing: see schema_settle. */
int schema_apply(schema *desired, const statement *st, size_t number, str sql, outcome outcome, const schema *live,
                 kf_error *err);

/* When begin_again is set after a statement, all statements are to be applied once more, to what this leaves: an empty schema
 * that knows what the tables of the log's beginning are called now. */
void schema_begin_again(schema *desired);
/* After the last statement: takes tables out that are nowhere and that no later statement dropped, made, or renamed to one that
 * is live. Then schema->missing holds the statements about these alone. */
void schema_settle(schema *desired);
/* The error of such a statement, whose text is sql. */
int schema_missing_error(const missing_table *m, str sql, kf_error *err);

/* djongo renames a column in the documents and leaves the catalog as it was. A column that the statement renames, drops or
 * gives a type, and that the catalog of a table of djongo's does not know, is taken to be there. */
void schema_assume_columns(schema *live, const statement *st);

/* The statement's hash, as a history has it. */
str history_hash(const statement *st, arena *a);
bool history_renames(const statement *st);
/* Does it give a name away, or take one: is what it says of a database that it was applied to lost without a history? */
bool history_needs(const statement *st);
/* How many of a log's statements, given by their hashes, the history ends with; withheld ones too. 0: it is another log. */
size_t history_place(const history *h, const str *hashes, size_t n);
bool history_has(const history *h, str hash);
bool history_is_withheld(const history *h, size_t back);
/* The history with the log's statements from the place-th on, and new marks ("", "?", "!") of all of them, n. */
void history_add(history *out, const history *h, size_t place, const str *hashes, const char *const *marks, size_t n, arena *a);

/* As the history is to be written, all of the plan being done, or its renames alone. */
void history_settle(history *out, const history *h, bool all, arena *a);

/* What a live schema was before these statements, as far as their names go: what they renamed is called as it was, what they
 * made is not there; what they dropped stays away. Sets which of them there was something to undo of. */
schema *schema_before(const schema *live, past_statement *past, size_t n, arena *a);
/* The last statement that was applied before is behind: what comes is about what is live. */
void schema_arrive(schema *desired, const schema *live);

/* Deterministic text; tables by name. Live facts (indexes, rev) are in it where they are set, counters and effects are not. */
void schema_dump(text *out, const schema *s);
/* Of a live schema, for stale plans: collections, index specs, columns, names, revs, which migrations were run; not counters.
 */
uint64_t schema_fingerprint(const schema *s, arena *scratch);

#endif
