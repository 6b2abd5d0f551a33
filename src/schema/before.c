/* A live schema as it was before statements that are known to have been applied: their names, undone in reverse. */
#include "schema/schema.h"

typedef struct undo {
    schema *s;
    arena *arena;
} undo;

static table *copy_table(const table *t, arena *a) {
    table *copy = arena_make(a, table);
    *copy = *t;
    memset(&copy->columns, 0, sizeof copy->columns);
    memset(&copy->names, 0, sizeof copy->names);
    for (size_t i = 0; i < t->columns.n; i++) {
        column *c = arena_make(a, column);
        *c = *t->columns.at[i];
        vec_push(a, &copy->columns, c);
    }
    for (size_t i = 0; i < t->names.n; i++) {
        name *n = arena_make(a, name);
        *n = *t->names.at[i];
        vec_push(a, &copy->names, n);
    }
    return copy;
}

static bool has_document_or_collection(const table *t) { return t && (t->exists || t->has_document); }

/* Did it get its name from `from`? What keyfold has not written keeps no lineage, and is believed. */
static bool came_from(const str *was, size_t n, str from, bool recorded) { return n ? str_eq(was[n - 1], from) : !recorded; }

/* ---- of a table ---- */

static bool rename_column_back(undo *u, table *t, str from, str to) {
    column *c = table_column(t, to);
    if (!c || table_column(t, from) || !came_from(c->was.at, c->was.n, from, t->has_names)) return false;
    c->name = from;
    c->was.n -= c->was.n > 0;
    for (size_t i = 0; i < t->names.n; i++) name_rename_column(t->names.at[i], to, from, u->arena);
    return true;
}

static bool rename_name_back(table *t, str from, str to) {
    name *n = table_name(t, to);
    if (!n || n->derived || table_name(t, from)) return false;
    n->name = from;
    return true;
}

static void take_name(table *t, str called) {
    const name *n = table_name(t, called);
    if (n) table_take_out_name(t, n);
}

static bool undo_action(undo *u, table *t, const action *a) {
    const column *c;
    switch (a->kind) {
    case ACTION_RENAME_COLUMN: return rename_column_back(u, t, a->target, a->new_name);
    case ACTION_RENAME_NAME: return rename_name_back(t, a->target, a->new_name);
    case ACTION_ADD_NAME:
        if (!a->if_not_exists) take_name(t, a->name->name);
        return false;
    case ACTION_ADD_COLUMN:
        c = a->if_not_exists ? NULL : table_column(t, a->column->name);
        if (c) table_take_out_column(t, c);
        return false;
    default: return false;
    }
}

/* ---- of a schema ---- */

static bool rename_table_back(undo *u, const statement *st) {
    table *t = schema_table(u->s, st->new_name), *document = schema_table(u->s, st->table);
    if (t && document && t->exists && !t->has_document && document->has_document && !document->exists) {
        document->exists = true; /* a run was cut off before the document followed */
        memcpy(&document->indexes, &t->indexes, sizeof t->indexes);
        schema_remove_table(u->s, t);
        return false;
    }
    if (!has_document_or_collection(t) || schema_table(u->s, st->table)) return false;
    if (!came_from(t->was.at, t->was.n, st->table, t->has_names)) return false;
    map_put(&u->s->by_name, t->name, NULL);
    t->name = st->table;
    t->was.n -= t->was.n > 0;
    map_put(&u->s->by_name, t->name, t);
    return true;
}

static bool rename_index_back(undo *u, const statement *st) {
    for (size_t i = 0; i < u->s->tables.n; i++)
        if (rename_name_back(u->s->tables.at[i], st->targets.at[0].name, st->new_name)) return true;
    return false;
}

/* Is a table of that name there when p comes, by what the statements before say? Then it is not p that made it. */
static bool is_there(const past_statement *first, const past_statement *p) {
    str table = p->statement->table;
    bool there = false;
    for (; first < p; first++) {
        const statement *st = first->statement;
        if (first->outcome == OUTCOME_REFUSED) continue;
        for (size_t i = 0; !first->withheld && st->kind == STATEMENT_DROP_TABLE && i < st->targets.n; i++)
            if (str_eq(st->targets.at[i].name, table)) there = false;
        if (st->kind == STATEMENT_RENAME_TABLE) {
            if (!first->withheld && str_eq(st->table, table)) there = false;
            if (str_eq(st->new_name, table)) there = true;
        } else if (st->kind != STATEMENT_DROP_TABLE && str_eq(st->table, table)) {
            there = true;
        }
    }
    return there;
}

/* Was the column of that name to be dropped, and was it not? */
static bool is_kept(const past_statement *first, const past_statement *p, str column) {
    bool elsewhere = false; /* under the name before */
    for (; first < p; first++)
        for (size_t i = 0; first->withheld && i < first->statement->actions.n; i++) {
            const action *a = &first->statement->actions.at[i];
            if (!str_eq(first->statement->table, p->statement->table)) continue;
            if (a->kind == ACTION_RENAME_COLUMN && str_eq(a->new_name, column)) elsewhere = true;
            if (a->kind == ACTION_DROP_COLUMN && str_eq(a->target, column) && !elsewhere) return true;
        }
    return false;
}

static void undo_statement(undo *u, past_statement *first, past_statement *p) {
    const statement *st = p->statement;
    table *t = schema_table(u->s, st->table);
    switch (st->kind) {
    case STATEMENT_CREATE_TABLE:
        if (t && !st->if_exists && !is_there(first, p) && p->outcome != OUTCOME_REFUSED) schema_remove_table(u->s, t);
        return;
    case STATEMENT_RENAME_TABLE: p->done[0] = rename_table_back(u, st); return;
    case STATEMENT_RENAME_INDEX: p->done[0] = rename_index_back(u, st); return;
    case STATEMENT_ALTER_TABLE:
    case STATEMENT_CREATE_INDEX:
        for (size_t i = st->actions.n; t && i-- > 0;) {
            const action *a = &st->actions.at[i];
            if (a->kind != ACTION_ADD_COLUMN || !is_kept(first, p, a->column->name)) p->done[i] = undo_action(u, t, a);
        }
        return;
    default: return;
    }
}

schema *schema_before(const schema *live, past_statement *past, size_t n, arena *a) {
    undo u = {schema_new(a), a};
    memcpy(&u.s->migrations, &live->migrations, sizeof live->migrations);
    u.s->migrations_by_app = live->migrations_by_app;
    for (size_t i = 0; i < live->tables.n; i++) {
        table *copy = copy_table(live->tables.at[i], a);
        vec_push(a, &u.s->tables, copy);
        map_put(&u.s->by_name, copy->name, copy);
    }
    for (size_t i = n; i-- > 0;) {
        past[i].done = arena_alloc(a, past[i].statement->actions.n + 1, sizeof *past[i].done);
        if (!past[i].withheld) undo_statement(&u, past, &past[i]);
    }
    return u.s;
}

void schema_arrive(schema *desired, const schema *live) {
    for (size_t i = 0; i < desired->tables.n; i++) {
        table *t = desired->tables.at[i];
        if (t->base) t->base = schema_table(live, t->name);
    }
}
