/* Carrying a plan out on a schema in memory: what a server would end as. */
#include "plan/plan.h"

static table *table_of(schema *s, str collection) {
    table *t = schema_table(s, collection);
    return t ? t : schema_add_table(s, str_copy(s->arena, collection));
}

static void remove_index(table *t, str server_name) {
    for (size_t i = t->indexes.n; i-- > 0;)
        if (str_eq(t->indexes.at[i]->name, server_name)) vec_remove(&t->indexes, i);
}

static void create_index(schema *s, table *t, const index_spec *x) {
    index_spec *copy = arena_make(s->arena, index_spec);
    *copy = *x;
    vec_push(s->arena, &t->indexes, copy);
    t->exists = true;
}

static void write_columns(schema *s, table *t, const operation *op) {
    for (size_t i = 0; i < op->removed_columns.n; i++)
        for (size_t j = t->columns.n; j-- > 0;)
            if (str_eq(t->columns.at[j]->name, op->removed_columns.at[i])) vec_remove(&t->columns, j);
    for (size_t i = 0; i < op->document->columns.n; i++) {
        const column *c = op->document->columns.at[i];
        column *mine = table_column(t, c->name);
        if (!mine) {
            mine = arena_make(s->arena, column);
            vec_push(s->arena, &t->columns, mine);
        }
        *mine = *c;
        mine->effect = mine->nulls_effect = mine->default_effect = mine->type_effect = mine->rename_effect = 0;
        mine->identity_effect = 0;
        mine->null_fill_effect = 0;
        mine->has_fill = mine->has_null_fill = false;
        if (c->auto_increment) t->has_auto = true;
    }
}

/* The collection alone: its document follows when it is written. */
static void rename_table(schema *s, const operation *op) {
    table *from = table_of(s, op->from), *there = schema_table(s, op->collection);
    if (there) schema_remove_table(s, there);
    table *t = schema_add_table(s, str_copy(s->arena, op->collection));
    t->exists = true;
    memcpy(&t->indexes, &from->indexes, sizeof t->indexes);
    memset(&from->indexes, 0, sizeof from->indexes);
    from->exists = false;
    if (!from->has_document) schema_remove_table(s, from);
}

static void forget_rows(schema *s, str collection) {
    while (str_eq(collection, STR(MIGRATIONS_TABLE)) && s->migrations.n)
        schema_remove_migration(s, s->migrations.at[s->migrations.n - 1]);
}

/* The collection goes, its document stays; or the other way round. */
static void remove_half(schema *s, const operation *op) {
    table *t = table_of(s, op->collection);
    if (op->kind == OPERATION_DROP_COLLECTION) {
        t->exists = false;
        t->indexes.n = 0;
        forget_rows(s, t->name);
    } else {
        t->has_document = false;
    }
    if (!t->exists && !t->has_document) schema_remove_table(s, t);
}

/* The document is still under the table's old name. */
static void take_document(schema *s, const operation *op) {
    table *from = op->from.n ? schema_table(s, op->from) : NULL;
    if (!from || from->exists) return;
    table *t = table_of(s, op->collection);
    memcpy(&t->columns, &from->columns, sizeof t->columns);
    t->has_auto = from->has_auto;
    t->seq = from->seq;
    schema_remove_table(s, from);
}

static void write_document(schema *s, const operation *op) {
    take_document(s, op);
    table *t = table_of(s, op->collection);
    t->was.at = op->document->was.at;
    t->was.n = op->document->was.n;
    t->has_auto = t->has_auto && op->document->has_auto;
    if (!t->has_auto) t->seq = 0;
    write_columns(s, t, op);
    memset(&t->names, 0, sizeof t->names);
    for (size_t i = 0; i < op->document->names.n; i++) {
        name *n = arena_make(s->arena, name);
        *n = *op->document->names.at[i];
        n->effect = 0;
        memset(&n->causes, 0, sizeof n->causes);
        vec_push(s->arena, &t->names, n);
    }
    memcpy(&t->dropping, &op->document->dropping, sizeof t->dropping);
    t->has_document = t->has_names = true;
    t->rev = op->base_rev + 1;
}

static void drop_all(schema *s) {
    while (s->tables.n) schema_remove_table(s, s->tables.at[s->tables.n - 1]);
    forget_rows(s, STR(MIGRATIONS_TABLE));
    s->has_catalog = s->catalog_has_name_index = s->catalog_has_auto_index = false;
}

static void write_migration(schema *s, const operation *op) {
    migration *m = schema_migration(s, op->migration->app, op->migration->name);
    table *t = table_of(s, op->collection);
    if (m) return;
    m = schema_add_migration(s, op->migration->app, op->migration->name);
    m->applied = op->migration->applied;
    if (t->has_auto) t->seq++;
}

static void remove_migration(schema *s, const operation *op) {
    migration *m = schema_migration(s, op->migration->app, op->migration->name);
    if (m) schema_remove_migration(s, m);
}

static void execute(schema *s, const operation *op) {
    table *t;
    switch (op->kind) {
    case OPERATION_EMPTY_COLLECTION:
        if (op->restart) table_of(s, op->collection)->seq = 0;
        forget_rows(s, op->collection);
        break;
    case OPERATION_DROP_DATABASE: drop_all(s); break;
    case OPERATION_CREATE_CATALOG: s->has_catalog = s->catalog_has_name_index = s->catalog_has_auto_index = true; break;
    case OPERATION_CREATE_COLLECTION: table_of(s, op->collection)->exists = true; break;
    case OPERATION_REPLACE_INDEX:
        t = table_of(s, op->collection);
        remove_index(t, op->old->name);
        create_index(s, t, op->index);
        break;
    case OPERATION_CREATE_INDEX: create_index(s, table_of(s, op->collection), op->index); break;
    case OPERATION_RECORD_DOCUMENT:
    case OPERATION_WRITE_DOCUMENT: write_document(s, op); break;
    case OPERATION_MEND_COUNTER: table_of(s, op->collection)->doubled_counter = false; break; /* no documents: no greatest */
    case OPERATION_RENAME_COLLECTION: rename_table(s, op); break;
    case OPERATION_RENAME_FIELD:
    case OPERATION_FILL_FIELD:
    case OPERATION_CONVERT_FIELD:
    case OPERATION_UNSET_FIELD: break; /* a schema has no documents */
    case OPERATION_DROP_COLLECTION:
    case OPERATION_REMOVE_DOCUMENT: remove_half(s, op); break;
    case OPERATION_CLEAR_INDEX:
    case OPERATION_DROP_INDEX: remove_index(table_of(s, op->collection), op->old->name); break;
    case OPERATION_WRITE_MIGRATION: write_migration(s, op); break;
    case OPERATION_REMOVE_MIGRATION: remove_migration(s, op); break;
    case OPERATION_COUNT: break;
    }
}

void plan_execute(const plan *p, schema *live) {
    for (size_t i = 0; i < p->operations.n; i++) execute(live, &p->operations.at[i]);
    if (!p->history.statements.n && !p->history.pending.n) return;
    int64_t rev = live->history.rev + 1;
    history_settle(&live->history, &p->history, true, live->arena);
    live->history.pending = p->history.pending;
    memcpy(&live->history.done, &p->history.done, sizeof live->history.done);
    if (live->history.pending.n) memcpy(&live->history.next, &p->history.next, sizeof live->history.next);
    live->history.rev = rev;
}
