#include "schema/schema.h"

#include <inttypes.h>
#include <stdlib.h>

schema *schema_new(arena *a) {
    schema *s = arena_make(a, schema);
    s->arena = a;
    s->by_name.arena = s->migrations_by_app.arena = a;
    return s;
}

void schema_begin_again(schema *s) {
    schema empty = {.arena = s->arena, .now = s->now};
    memcpy(&empty.formers, &s->formers, sizeof empty.formers);
    empty.by_name.arena = empty.migrations_by_app.arena = s->arena;
    *s = empty;
}

table *schema_table(const schema *s, str name) { return map_get(&s->by_name, name); }

table *schema_add_table(schema *s, str name) {
    table *t = arena_make(s->arena, table);
    t->name = name;
    vec_push(s->arena, &s->tables, t);
    map_put(&s->by_name, t->name, t);
    return t;
}

void schema_remove_table(schema *s, table *t) {
    map_put(&s->by_name, t->name, NULL);
    for (size_t i = 0; i < s->tables.n; i++)
        if (s->tables.at[i] == t) {
            vec_remove(&s->tables, i);
            return;
        }
}

column *table_column(const table *t, str name) {
    for (size_t i = 0; i < t->columns.n; i++)
        if (str_eq(t->columns.at[i]->name, name)) return t->columns.at[i];
    return NULL;
}

name *table_name(const table *t, str spelled) {
    for (size_t i = 0; i < t->names.n; i++)
        if (str_eq(t->names.at[i]->name, spelled)) return t->names.at[i];
    return NULL;
}

void table_take_out_column(table *t, const column *c) {
    for (size_t i = t->columns.n; i-- > 0;)
        if (t->columns.at[i] == c) vec_remove(&t->columns, i);
}

void table_take_out_name(table *t, const name *n) {
    for (size_t i = t->names.n; i-- > 0;)
        if (t->names.at[i] == n) vec_remove(&t->names, i);
}

index_spec *table_index(const table *t, str server_name) {
    for (size_t i = 0; i < t->indexes.n; i++)
        if (str_eq(t->indexes.at[i]->name, server_name)) return t->indexes.at[i];
    return NULL;
}

/* Looking allocates nothing: a schema that nobody changes may be read by several threads. */
migration *schema_migration(const schema *s, str app, str called) {
    const map *of_app = map_get(&s->migrations_by_app, app);
    return of_app ? map_get(of_app, called) : NULL;
}

static map *migrations_of(schema *s, str app) {
    map *of_app = map_get(&s->migrations_by_app, app);
    if (of_app) return of_app;
    of_app = arena_make(s->arena, map);
    of_app->arena = s->arena;
    map_put(&s->migrations_by_app, app, of_app);
    return of_app;
}

migration *schema_add_migration(schema *s, str app, str called) {
    migration *m = schema_migration(s, app, called);
    if (m) return m;
    m = arena_make(s->arena, migration);
    m->app = app;
    m->name = called;
    m->applied.type = VALUE_NULL;
    vec_push(s->arena, &s->migrations, m);
    map_put(migrations_of(s, app), called, m);
    return m;
}

void schema_remove_migration(schema *s, migration *m) {
    map_put(migrations_of(s, m->app), m->name, NULL);
    for (size_t i = 0; i < s->migrations.n; i++)
        if (s->migrations.at[i] == m) {
            vec_remove(&s->migrations, i);
            return;
        }
}

str table_dropping(const index_spec *x, arena *a) {
    return str_format(a, "%.*s%.*s", STR_ARG(x->name), STR_ARG(index_suffix(x, a)));
}

bool table_is_dropping(const table *t, const index_spec *x, arena *a) {
    if (t->dropping.n == 0 || !x->ordinary || x->sparse) return false;
    str recorded = table_dropping(x, a);
    for (size_t i = 0; i < t->dropping.n; i++)
        if (str_eq(t->dropping.at[i], recorded)) return true;
    return false;
}

/* Is `spelled` one of c, c_1, t_c_key for the column c? */
static bool stands_for(const table *t, str column, str spelled) {
    if (str_eq(spelled, column)) return true;
    if (spelled.n == column.n + 2 && str_starts(spelled, column) && str_ends(spelled, STR("_1"))) return true;
    size_t n = t->name.n;
    return spelled.n == n + 1 + column.n + 4 && str_starts(spelled, t->name) && spelled.p[n] == '_' &&
           str_eq(str_slice(spelled, n + 1, n + 1 + column.n), column) && str_ends(spelled, STR("_key"));
}

static bool is_column_unique(const name *n) { return n->kind == NAME_UNIQUE && n->key.fields.n == 1 && n->where_sql.n == 0; }

name *table_resolve_name(const table *t, str spelled) {
    name *exact = table_name(t, spelled);
    if (exact) return exact;
    for (size_t i = 0; i < t->names.n; i++) {
        name *n = t->names.at[i];
        if (!is_column_unique(n)) continue;
        str column = n->key.fields.at[0].column;
        /* Only a name that is itself of these spellings: "u" on (c) is not what "c_1" means. */
        if (stands_for(t, column, n->name) && stands_for(t, column, spelled)) return n;
    }
    return NULL;
}

/* ---- names of tables that djongo made ---- */

static bool is_referred_to(const table *t, const index_spec *x) {
    for (size_t i = 0; i < t->names.n; i++)
        if (name_is_on(t->names.at[i], x)) return true;
    return false;
}

static bool is_djongo_spelling(const index_spec *i) {
    if (str_eq(i->name, STR(PRIMARY_KEY_NAME))) return true;
    if (i->key.fields.n != 1) return false;
    str c = i->key.fields.at[0].column;
    return str_eq(i->name, c) || (i->name.n == c.n + 2 && str_starts(i->name, c) && str_ends(i->name, STR("_1")));
}

void table_derive_names(schema *s, table *t) {
    for (size_t i = 0; i < t->indexes.n; i++) {
        index_spec *x = t->indexes.at[i];
        if (!key_is_possible(&x->key)) continue; /* nobody's name could mean it */
        if (is_referred_to(t, x) || index_is_handle(x, s->arena) || table_name(t, x->name)) continue;
        if (table_is_dropping(t, x, s->arena)) continue;
        name *n = arena_make(s->arena, name);
        n->name = x->name;
        n->kind = str_eq(x->name, STR(PRIMARY_KEY_NAME)) ? NAME_PRIMARY : x->unique ? NAME_UNIQUE : NAME_INDEX;
        n->key = x->key;
        n->made_by = is_djongo_spelling(x) ? MADE_BY_DJONGO : MADE_BY_OTHER;
        n->derived = true;
        n->of_column = n->kind == NAME_UNIQUE && is_djongo_spelling(x);
        vec_push(s->arena, &n->indexes, x->name);
        vec_push(s->arena, &t->names, n);
    }
}

/* ---- text ---- */

static void dump_column(text *out, const column *c) {
    static const char *const nulls[] = {"", " null", " not null"};
    text_format(out, "  column \"%.*s\" %.*s%s%s", STR_ARG(c->name), STR_ARG(c->type.n ? c->type : STR("?")), nulls[c->nulls],
                c->auto_increment ? " auto_increment" : "");
    if (c->has_default) text_format(out, " default %.*s", STR_ARG(out->hides_values ? STR("?") : c->default_sql));
    text_char(out, '\n');
}

static void dump_name_line(text *out, const name *n) {
    text_add(out, STR("  name "));
    name_dump(out, n);
    if (n->indexes.n) {
        text_add(out, STR(" on"));
        for (size_t i = 0; i < n->indexes.n; i++) text_format(out, " \"%.*s\"", STR_ARG(n->indexes.at[i]));
        text_format(out, " by %s", maker_text(n->made_by));
    }
    text_char(out, '\n');
}

static int name_order(const void *a, const void *b) { return str_cmp((*(name *const *)a)->name, (*(name *const *)b)->name); }

static int index_order(const void *a, const void *b) {
    return str_cmp((*(index_spec *const *)a)->name, (*(index_spec *const *)b)->name);
}

static int column_order(const void *a, const void *b) {
    return str_cmp((*(column *const *)a)->name, (*(column *const *)b)->name);
}

static int table_order(const void *a, const void *b) { return str_cmp((*(table *const *)a)->name, (*(table *const *)b)->name); }

static int migration_order(const void *a, const void *b) {
    const migration *x = *(migration *const *)a, *y = *(migration *const *)b;
    int order = str_cmp(x->app, y->app);
    return order ? order : str_cmp(x->name, y->name);
}

/* A copy of a list of pointers, sorted. */
static void *sorted(arena *a, const void *at, size_t n, int (*order)(const void *, const void *)) {
    void *copy = arena_alloc(a, n ? n : 1, sizeof(void *));
    if (n) {
        memcpy(copy, at, n * sizeof(void *));
        qsort(copy, n, sizeof(void *), order);
    }
    return copy;
}

static void dump_table(text *out, const table *t) {
    text_format(out, "table \"%.*s\"%s%s%s", STR_ARG(t->name), t->defined ? " defined" : "", t->open ? " open" : "",
                t->exists ? " live" : "");
    if (t->has_document) text_format(out, " documented");
    if (t->rev) text_format(out, " rev %" PRId64, t->rev);
    text_char(out, '\n');
    column **columns = sorted(out->arena, t->columns.at, t->columns.n, column_order);
    for (size_t i = 0; i < t->columns.n; i++) dump_column(out, columns[i]);
    name **names = sorted(out->arena, t->names.at, t->names.n, name_order);
    for (size_t i = 0; i < t->names.n; i++) dump_name_line(out, names[i]);
    index_spec **indexes = sorted(out->arena, t->indexes.at, t->indexes.n, index_order);
    for (size_t i = 0; i < t->indexes.n; i++) {
        text_add(out, STR("  index "));
        index_dump(out, indexes[i]);
        text_char(out, '\n');
    }
    for (size_t i = 0; i < t->dropped_names.n; i++)
        text_format(out, "  dropped name \"%.*s\"\n", STR_ARG(t->dropped_names.at[i].name));
    for (size_t i = 0; i < t->dropped_columns.n; i++)
        if (!table_column(t, t->dropped_columns.at[i].name))
            text_format(out, "  dropped column \"%.*s\"\n", STR_ARG(t->dropped_columns.at[i].name));
}

void schema_dump(text *out, const schema *s) {
    table **tables = sorted(out->arena, s->tables.at, s->tables.n, table_order);
    for (size_t i = 0; i < s->tables.n; i++) dump_table(out, tables[i]);
    migration **migrations = sorted(out->arena, s->migrations.at, s->migrations.n, migration_order);
    for (size_t i = 0; i < s->migrations.n; i++)
        text_format(out, "migration \"%.*s\" \"%.*s\"%s\n", STR_ARG(migrations[i]->app), STR_ARG(migrations[i]->name),
                    migrations[i]->removed ? " removed" : "");
}

uint64_t schema_fingerprint(const schema *s, arena *a) {
    text dump = {.arena = a};
    schema_dump(&dump, s);
    text_format(&dump, "catalog %d %d %d\n", s->has_catalog, s->catalog_has_name_index, s->catalog_has_auto_index);
    if (s->history.rev) text_format(&dump, "history %" PRId64 "\n", s->history.rev);
    /* What the dump abridges. */
    uint64_t hash = hash_bytes(HASH_START, text_str(&dump));
    table **tables = sorted(a, s->tables.at, s->tables.n, table_order);
    for (size_t i = 0; i < s->tables.n; i++) {
        index_spec **indexes = sorted(a, tables[i]->indexes.at, tables[i]->indexes.n, index_order);
        for (size_t j = 0; j < tables[i]->indexes.n; j++) hash = hash_bytes(hash, indexes[j]->spec);
    }
    return hash;
}
