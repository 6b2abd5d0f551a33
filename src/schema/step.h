/* Applying one statement: what the files of this folder share. */
#ifndef SCHEMA_STEP_H
#define SCHEMA_STEP_H

#include "schema/schema.h"

/* What one call works on. */
typedef struct step {
    schema *s;
    const schema *live;
    table *table;
    bool creating; /* columns are part of a new table */
    bool done;     /* the rename at hand was done by an earlier run: what it says is so from now on */
    size_t number; /* of the statement */
    str sql;
    int rc; /* of step_refuse */
    kf_error *err;
} step;

/* Notes what the statement does; numbers as in schema.effects. */
size_t step_effect(step *w, effect_kind kind, str target);
effect *step_effect_at(step *w, size_t effect);
void step_supersede(step *w, size_t effect);
void step_notice(step *w, str message);
/* The statement cannot be carried out: it ends with this error. */
void step_refuse(step *w, kf_code code, size_t offset, str message);
/* The live table that w->table continues, if it is recorded in full (keyfold made it, or wrote to it); else NULL. */
const table *step_recorded(const step *w);

/* apply.c */
int step_check_field(step *w, str field, size_t offset);
int step_check_collection(step *w, str collection, size_t offset);
/* In its key or its condition. */
bool step_name_uses(const name *n, str column);
void step_drop_name(step *w, name *n, size_t effect, bool by_column);
void step_forget_dropped(table *t, str name);
/* But for what they are called. */
bool step_same_name(const name *a, const name *b);

/* open.c */
/* The table that the statement is about: the desired one, or the live one as its base; NULL in w->table if it is nowhere. */
void step_find_table(step *w, str called);
/* The live table, under the name that a statement has for it; NULL if it is not there. */
table *step_open(step *w, const table *live, str called);
bool step_is_live(const table *t);
/* The live table that was called so once, opened under that name; NULL: there is none. */
table *step_open_renamed(step *w, str called);
/* As step_find_table, and one that is nowhere is noted, or refused where statements are carried out now. */
int step_need_table(step *w, str called, size_t offset);
/* The same of a name that something unknown is renamed to. false: it is not live. */
bool step_put_back_name(step *w, str called);
/* Sets begin_again if w->table, which is to be renamed, was not what the log means. */
void step_find_former(step *w, str to);
/* What this run dropped was an earlier `to`: the live one is what an earlier run renamed `from` to. Nothing if it is not. */
void step_put_back(step *w, str from, str to);
/* w->table, if it is missing, is what is live: a rename says so. */
void step_find_missing(step *w, const table *live);
int step_table_unknown(step *w, str called, size_t offset);

/* rename.c */
void step_rename_column(step *w, const action *a);
void step_rename_name(step *w, const action *a);
int step_rename_table(step *w, const statement *st);
int step_rename_index(step *w, const statement *st);

/* migrations.c: INSERT, UPDATE and DELETE on django_migrations. */
int step_migrations(step *w, const statement *st);
/* Its table is dropped or made again: what the log asked for so far is taken away. */
void step_forget_migrations(step *w, str table_called);

/* drop.c */
bool schema_knows_name(const step *w, str spelled);
/* The one table that has the name; NULL if none. KF_E_AMBIGUOUS if several have. */
int schema_find_name(table **out, step *w, str spelled, size_t offset);
int step_drop_tables(step *w, const statement *st);
int step_drop_indexes(step *w, const statement *st);
/* The log has dropped a table of w->table's name, and with it all that this one does not have; but somebody else's. */
void step_bury(step *w);

/* now.c: what only statements that are carried out now can be. */
int step_flush(step *w, const statement *st);
int step_database(step *w, const statement *st);
void step_fill_nulls(step *w, const statement *st);
/* Does a statement of this run rename the live table of that name? */
bool step_is_renamed(const step *w, str called);
/* May the table be created where one is? Refuses what has another shape. */
bool step_may_create(step *w, const statement *st, const table *there);
/* Is the column that is to be added there already, as this one? Refuses one of another type. */
bool step_is_added(step *w, const action *a, const column *there);
/* Refuses a name that is recorded as something else. */
void step_check_new_name(step *w, const action *a, bool same, const name *there);
/* Did this run drop or rename that live table? It is not to come back by its old name. */
bool step_is_gone(const step *w, str live);
/* Foreign keys of tables that no statement names follow what they refer to, or go with it. */
void step_open_referring(step *w, str called);
void step_drop_referring(step *w, str called, size_t effect);
/* Refuses a column that the table does not have, and did not have under another name. */
void step_check_column(step *w, str column, size_t offset);

#endif
