#include "history.h"

/* What the statements made so far come to, and dice. */
typedef struct author {
    uint64_t state;
    schema *desired, *live;
    arena *arena;
    size_t number;
    sql_list next; /* what comes of itself now: the rest of a swap */
} author;

static const char *const tables[] = {"t", "u", "v"};
static const char *const columns[] = {"a", "b", "c", "d"};
static const char *const types[] = {"long", "string", "bool"};
#define COUNT(list) (sizeof(list) / sizeof *(list))

static size_t roll(author *m, size_t n) { /* xorshift64* */
    m->state ^= m->state >> 12;
    m->state ^= m->state << 25;
    m->state ^= m->state >> 27;
    return (size_t)((m->state * UINT64_C(2685821657736338717)) >> 33) % n;
}

static bool often(author *m) { return roll(m, 3) > 0; }
static bool seldom(author *m) { return roll(m, 4) == 0; }
#define PICK(m, list) ((list)[roll((m), COUNT(list))])

/* ---- what there is, and what there is not ---- */

static table *some_table(author *m) {
    VEC(table *) there = {0};
    for (size_t i = 0; i < m->desired->tables.n; i++) vec_push(m->arena, &there, m->desired->tables.at[i]);
    return there.n ? there.at[roll(m, there.n)] : NULL;
}

static column *some_column(author *m, const table *t) { return t->columns.n ? t->columns.at[roll(m, t->columns.n)] : NULL; }
static name *some_name(author *m, const table *t) { return t->names.n ? t->names.at[roll(m, t->names.n)] : NULL; }

static str free_table(author *m) {
    str s = str_of(PICK(m, tables));
    return schema_table(m->desired, s) ? STR_NONE : s;
}

static str free_column(author *m, const table *t) {
    str s = str_of(PICK(m, columns));
    return table_column(t, s) ? STR_NONE : s;
}

/* Other tables have other names, as Django's have. */
static str free_name(author *m, const table *t) {
    str s = str_format(m->arena, "%.*s_n%zu", STR_ARG(t->name), roll(m, 5));
    for (size_t i = 0; i < m->desired->tables.n; i++)
        if (table_name(m->desired->tables.at[i], s)) return STR_NONE;
    return s;
}

static str key(author *m, const table *t, bool directed) {
    text out = {.arena = m->arena};
    const column *c = some_column(m, t), *d = some_column(m, t);
    text_format(&out, "\"%.*s\"%s", STR_ARG(c->name), directed && seldom(m) ? " DESC" : "");
    if (d != c && seldom(m)) text_format(&out, ", \"%.*s\"", STR_ARG(d->name));
    return text_str(&out);
}

static str condition(author *m, const table *t) {
    const column *c = some_column(m, t);
    if (str_eq(c->type, STR("bool"))) return str_format(m->arena, "%s\"%.*s\"", often(m) ? "" : "NOT ", STR_ARG(c->name));
    if (seldom(m)) return str_format(m->arena, "\"%.*s\" IS%s NULL", STR_ARG(c->name), often(m) ? "" : " NOT");
    return str_format(m->arena, "\"%.*s\" %s %zu", STR_ARG(c->name), often(m) ? "=" : ">", roll(m, 2));
}

/* ---- statements; empty: there is nothing to make it of ---- */

static str column_clause(author *m, str called, bool added) {
    text out = {.arena = m->arena};
    const char *type = PICK(m, types);
    bool nullable = often(m);
    text_format(&out, "\"%.*s\" %s", STR_ARG(called), type);
    if (added && !nullable) text_format(&out, " DEFAULT %s", str_eq(str_of(type), STR("bool")) ? "True" : "7");
    text_add(&out, nullable ? STR(" NULL") : STR(" NOT NULL"));
    if (seldom(m)) text_add(&out, STR(" UNIQUE"));
    return text_str(&out);
}

static str create_table(author *m) {
    text out = {.arena = m->arena};
    table *there = some_table(m);
    str called = there && roll(m, 8) == 0 ? there->name : free_table(m);
    if (!called.n) return STR_NONE;
    text_format(&out, "CREATE TABLE \"%.*s\" (\"id\" long NOT NULL PRIMARY KEY%s", STR_ARG(called),
                often(m) ? " AUTOINCREMENT" : "");
    for (size_t i = 0; i < COUNT(columns); i++)
        if (often(m)) {
            text_add(&out, STR(", "));
            text_add(&out, column_clause(m, str_of(columns[i]), false));
        }
    text_char(&out, ')');
    return text_str(&out);
}

static str add_column(author *m, const table *t) {
    str called = free_column(m, t);
    if (!called.n) return STR_NONE;
    str clause = column_clause(m, called, true);
    return str_format(m->arena, "ALTER TABLE \"%.*s\" ADD COLUMN %.*s", STR_ARG(t->name), STR_ARG(clause));
}

static str drop_column(author *m, const table *t) {
    const column *c = some_column(m, t);
    return str_format(m->arena, "ALTER TABLE \"%.*s\" DROP COLUMN \"%.*s\" CASCADE", STR_ARG(t->name), STR_ARG(c->name));
}

static str column_renamed(author *m, const table *t, str from, str to) {
    return str_format(m->arena, "ALTER TABLE \"%.*s\" RENAME COLUMN \"%.*s\" TO \"%.*s\"", STR_ARG(t->name), STR_ARG(from),
                      STR_ARG(to));
}

static str rename_column(author *m, const table *t) {
    const column *c = some_column(m, t);
    str to = free_column(m, t);
    return to.n ? column_renamed(m, t, c->name, to) : STR_NONE;
}

static str swap_columns(author *m, const table *t) {
    const column *c = some_column(m, t), *d = some_column(m, t);
    str to = free_column(m, t);
    if (!to.n || c == d) return STR_NONE;
    vec_push(m->arena, &m->next, column_renamed(m, t, d->name, c->name));
    vec_push(m->arena, &m->next, column_renamed(m, t, to, d->name));
    return column_renamed(m, t, c->name, to);
}

static str alter_column(author *m, const table *t) {
    static const char *const how[] = {"SET NOT NULL", "DROP NOT NULL", "TYPE string",
                                      "TYPE long",    "SET DEFAULT 5", "DROP DEFAULT"};
    const column *c = some_column(m, t);
    return str_format(m->arena, "ALTER TABLE \"%.*s\" ALTER COLUMN \"%.*s\" %s", STR_ARG(t->name), STR_ARG(c->name),
                      PICK(m, how));
}

static str update_nulls(author *m, const table *t) {
    const column *c = some_column(m, t);
    return str_format(m->arena, "UPDATE \"%.*s\" SET \"%.*s\" = 9 WHERE \"%.*s\" IS NULL", STR_ARG(t->name), STR_ARG(c->name),
                      STR_ARG(c->name));
}

static str add_index(author *m, const table *t) {
    str called = free_name(m, t), of = key(m, t, true);
    if (!called.n) return STR_NONE;
    if (seldom(m))
        return str_format(m->arena, "CREATE INDEX \"%.*s\" ON \"%.*s\" (%.*s)", STR_ARG(called), STR_ARG(t->name), STR_ARG(of));
    return str_format(m->arena, "ALTER TABLE \"%.*s\" ADD CONSTRAINT \"%.*s\" INDEX (%.*s)", STR_ARG(t->name), STR_ARG(called),
                      STR_ARG(of));
}

static str add_unique(author *m, const table *t) {
    text out = {.arena = m->arena};
    str called = free_name(m, t), of = key(m, t, false), where = condition(m, t);
    if (!called.n) return STR_NONE;
    text_format(&out, "ALTER TABLE \"%.*s\" ADD CONSTRAINT \"%.*s\" UNIQUE (%.*s)", STR_ARG(t->name), STR_ARG(called),
                STR_ARG(of));
    if (!often(m)) text_format(&out, "( WHERE %.*s)", STR_ARG(where));
    return text_str(&out);
}

static str add_other(author *m, const table *t) {
    const column *c = some_column(m, t);
    str called = free_name(m, t);
    if (!called.n) return STR_NONE;
    const char *const what[] = {"FOREIGN KEY (\"%.*s\") REFERENCES \"u\" (\"id\")", "CHECK (\"%.*s\" > 5)",
                                "PRIMARY KEY (\"%.*s\")"};
    text out = {.arena = m->arena};
    text_format(&out, "ALTER TABLE \"%.*s\" ADD CONSTRAINT \"%.*s\" ", STR_ARG(t->name), STR_ARG(called));
    size_t which = roll(m, c->nulls == NULLS_REFUSED ? 3 : 2); /* SQL refuses a primary key over nulls */
    text_add(&out, str_format(m->arena, which == 0 ? what[0] : which == 1 ? what[1] : what[2], STR_ARG(c->name)));
    return text_str(&out);
}

static str drop_name(author *m, const table *t) {
    const name *n = some_name(m, t);
    if (!n || n->kind == NAME_PRIMARY) return STR_NONE;
    bool index = n->kind == NAME_INDEX;
    if (index && seldom(m)) return str_format(m->arena, "DROP INDEX \"%.*s\"", STR_ARG(n->name));
    return str_format(m->arena, "ALTER TABLE \"%.*s\" DROP CONSTRAINT \"%.*s\"%s", STR_ARG(t->name), STR_ARG(n->name),
                      index ? " INDEX" : "");
}

static str rename_name(author *m, const table *t) {
    const name *n = some_name(m, t);
    str to = free_name(m, t);
    if (!n || !to.n || n->kind == NAME_PRIMARY) return STR_NONE;
    return str_format(m->arena, "ALTER TABLE \"%.*s\" RENAME CONSTRAINT \"%.*s\" TO \"%.*s\"", STR_ARG(t->name),
                      STR_ARG(n->name), STR_ARG(to));
}

static str table_renamed(author *m, str from, str to) {
    return str_format(m->arena, "ALTER TABLE \"%.*s\" RENAME TO \"%.*s\"", STR_ARG(from), STR_ARG(to));
}

static str rename_table(author *m, const table *t) {
    str to = free_table(m);
    return to.n ? table_renamed(m, t->name, to) : STR_NONE;
}

static str swap_tables(author *m, const table *t) {
    const table *u = some_table(m);
    str to = free_table(m);
    if (!to.n || u == t) return STR_NONE;
    vec_push(m->arena, &m->next, table_renamed(m, u->name, t->name));
    vec_push(m->arena, &m->next, table_renamed(m, to, u->name));
    return table_renamed(m, t->name, to);
}

static str drop_table(author *m, const table *t) {
    return str_format(m->arena, "DROP TABLE \"%.*s\" CASCADE", STR_ARG(t->name));
}

static str any(author *m) {
    static str (*const of_table[])(author *, const table *) = {
        add_column, add_column,  drop_column,  rename_column, alter_column, alter_column, update_nulls, add_index,
        add_index,  add_index,   add_unique,   add_unique,    add_unique,   add_other,    drop_name,    drop_name,
        drop_name,  rename_name, rename_table, drop_table,    swap_columns, swap_tables};
    table *t = some_table(m);
    if (!t || t->columns.n == 0 || roll(m, 8) == 0) return create_table(m);
    return PICK(m, of_table)(m, t);
}

/* ---- histories ---- */

/* Does it add what is there? */
static bool adds_again(const author *m, const statement *st) {
    const table *t = schema_table(m->desired, st->table);
    for (size_t i = 0; t && st->kind != STATEMENT_CREATE_TABLE && i < st->actions.n; i++) {
        const action *a = &st->actions.at[i];
        if (a->kind == ACTION_ADD_COLUMN && table_column(t, a->column->name)) return true;
        if (a->kind == ACTION_ADD_NAME && a->name->kind != NAME_PRIMARY && table_name(t, a->name->name)) return true;
    }
    return false;
}

/* Is a column to be of another type than the bool that a condition takes it for? SQL refuses that. */
static bool unmakes_condition(const author *m, const statement *st) {
    const table *t = schema_table(m->desired, st->table);
    for (size_t i = 0; t && i < st->actions.n; i++) {
        const column *c = st->actions.at[i].kind == ACTION_SET_TYPE ? table_column(t, st->actions.at[i].target) : NULL;
        for (size_t j = 0; c && str_eq(c->type, STR("bool")) && j < t->names.n; j++)
            if (t->names.at[j]->where && expression_uses(t->names.at[j]->where, c->name)) return true;
    }
    return false;
}

static bool take(author *m, str sql, bool *again) {
    statement_list all = {0};
    parse_options none = {0};
    kf_error err;
    if (parse_statements(&all, sql, &none, m->arena, &err) || all.n != 1) return false;
    const statement *st = &all.at[0];
    size_t notices = m->desired->notices.n;
    if (adds_again(m, st) || unmakes_condition(m, st)) return false;
    if (again && st->kind == STATEMENT_CREATE_TABLE) *again |= schema_table(m->desired, st->table) != NULL;
    if (schema_apply(m->desired, st, m->number++, sql, OUTCOME_UNKNOWN, m->live, &err)) return false;
    if (m->desired->missing.n) return false;
    return st->kind == STATEMENT_CREATE_TABLE || m->desired->notices.n == notices;
}

static author begin(uint64_t seed, arena *a) {
    author m = {.state = (seed + 1) * UINT64_C(0x9e3779b97f4a7c15), .arena = a};
    m.desired = schema_new(a);
    m.live = schema_new(a);
    return m;
}

static str next(author *m) {
    if (m->next.n == 0) return any(m);
    str sql = m->next.at[0];
    vec_remove(&m->next, 0);
    return sql;
}

void history_make(sql_list *out, uint64_t seed, size_t base, size_t more, arena *a) {
    author m = begin(seed, a);
    for (size_t i = 0; i < base + more;) {
        str sql = i == 0 ? create_table(&m) : next(&m);
        if (!sql.n || !take(&m, sql, NULL)) continue;
        vec_push(a, out, sql);
        i++;
    }
}

bool history_is_sound(const sql_list *of, bool *again, arena *a) {
    author m = begin(0, a);
    *again = false;
    for (size_t i = 0; i < of->n; i++)
        if (!take(&m, of->at[i], again)) return false;
    return true;
}
