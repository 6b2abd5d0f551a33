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
    size_t number; /* of the statement */
    str sql;
    kf_error *err;
} step;

/* Notes what the statement does; numbers as in schema.effects. */
size_t step_effect(step *w, effect_kind kind, str target);
effect *step_effect_at(step *w, size_t effect);
void step_supersede(step *w, size_t effect);
void step_notice(step *w, str message);

/* apply.c */
int step_check_field(step *w, str field, size_t offset);
int step_check_collection(step *w, str collection, size_t offset);
void step_drop_name(step *w, name *n, size_t effect, bool by_column);
void step_forget_dropped(table *t, str object, bool is_column);
/* The table that the statement is about: the desired one, or the live one as its base; NULL in w->table if it is nowhere. */
void step_find_table(step *w, str called);
int step_table_unknown(step *w, str called, size_t offset);

/* rename.c */
void step_rename_column(step *w, const action *a);
void step_rename_name(step *w, const action *a);
int step_rename_table(step *w, const statement *st);
int step_rename_index(step *w, const statement *st);

/* drop.c */
bool schema_knows_name(const step *w, str spelled);
/* The one table that has the name; NULL if none. KF_E_AMBIGUOUS if several have. */
int schema_find_name(table **out, step *w, str spelled, size_t offset);
int step_drop_tables(step *w, const statement *st);
int step_drop_indexes(step *w, const statement *st);

#endif
