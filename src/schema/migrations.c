/* Rows of django_migrations, by (app, name). Their ids are whatever the counter gives, so nothing is told by them. */
#include "schema/step.h"

typedef struct row {
    str app, name;
    value applied;
    const migration *origin;
} row;

typedef VEC(row) row_list;

static row row_of(const migration *m) { return (row){m->app, m->name, m->applied, NULL}; }

/* ---- conditions ---- */

/* SQL's three. */
typedef enum truth { NO, UNKNOWN, YES } truth;

static truth opposite(truth t) { return (truth)(YES - t); }

static bool is_column(const expression *e, const char *column) {
    return e->kind == EXPRESSION_COLUMN && str_eq(e->text, str_of(column));
}

static bool is_key(const expression *e) { return is_column(e, "app") || is_column(e, "name"); }

static bool is_constant(step *w, const expression *e) {
    value v;
    return expression_value(&v, e, STR("string"), w->s->arena) && (v.type == VALUE_STRING || v.type == VALUE_NULL);
}

/* = and <>, with the column on either side. */
static bool is_comparison(step *w, const expression *e) {
    if (e->kind != EXPRESSION_OPERATOR || !(str_eq(e->text, STR("=")) || str_eq(e->text, STR("<>")))) return false;
    const expression *a = e->args.at[0], *b = e->args.at[1];
    return (is_key(a) && is_constant(w, b)) || (is_key(b) && is_constant(w, a));
}

/* The part from which it cannot be told which rows it means; NULL: there is none. */
static const expression *find_untold(step *w, const expression *e) {
    bool listed = e->kind == EXPRESSION_IN;
    switch (e->kind) {
    case EXPRESSION_AND:
    case EXPRESSION_OR:
    case EXPRESSION_NOT:
        for (size_t i = 0; i < e->args.n; i++) {
            const expression *found = find_untold(w, e->args.at[i]);
            if (found) return found;
        }
        return NULL;
    case EXPRESSION_IN:
    case EXPRESSION_IS_NULL:
    case EXPRESSION_IS_NOT_NULL:
        for (size_t i = 1; i < e->args.n; i++) listed = listed && is_constant(w, e->args.at[i]);
        return is_key(e->args.at[0]) && (listed || e->kind != EXPRESSION_IN) ? NULL : e;
    default: return is_comparison(w, e) ? NULL : e;
    }
}

static truth is_equal(step *w, const expression *column, const expression *constant, const row *r) {
    value v;
    if (!expression_value(&v, constant, STR("string"), w->s->arena) || v.type != VALUE_STRING) return UNKNOWN;
    return str_eq(is_column(column, "app") ? r->app : r->name, v.bytes) ? YES : NO;
}

static truth holds(step *w, const expression *e, const row *r) {
    truth t = e->kind == EXPRESSION_AND ? YES : NO;
    switch (e->kind) {
    case EXPRESSION_NOT: return opposite(holds(w, e->args.at[0], r));
    case EXPRESSION_IS_NULL: return NO;
    case EXPRESSION_IS_NOT_NULL: return YES;
    case EXPRESSION_OPERATOR:
        t = is_key(e->args.at[0]) ? is_equal(w, e->args.at[0], e->args.at[1], r) : is_equal(w, e->args.at[1], e->args.at[0], r);
        return str_eq(e->text, STR("=")) ? t : opposite(t);
    default: /* AND, OR and IN */
        for (size_t i = e->kind == EXPRESSION_IN; i < e->args.n; i++) {
            truth arg = e->kind == EXPRESSION_IN ? is_equal(w, e->args.at[0], e->args.at[i], r) : holds(w, e->args.at[i], r);
            if (e->kind == EXPRESSION_AND ? arg < t : arg > t) t = arg;
        }
        return t;
    }
}

/* Does it say which value the column has? */
static bool names_value(const expression *e, const char *column) {
    if (e->kind == EXPRESSION_IN) return is_column(e->args.at[0], column);
    if (e->kind == EXPRESSION_OPERATOR && str_eq(e->text, STR("=")))
        return is_column(e->args.at[0], column) || is_column(e->args.at[1], column);
    for (size_t i = 0; e->kind == EXPRESSION_AND && i < e->args.n; i++)
        if (names_value(e->args.at[i], column)) return true;
    return false;
}

static bool names_rows(const expression *where) { return where && names_value(where, "app") && names_value(where, "name"); }

/* Of the live rows. */
typedef enum live_rows { LIVE_NONE, LIVE_NAMED, LIVE_ALL } live_rows;

static str constant_of(step *w, const expression *e, const char *column) {
    value v;
    bool equal = e->kind == EXPRESSION_OPERATOR && str_eq(e->text, STR("=")) && is_column(e->args.at[0], column);
    if (!equal || !expression_value(&v, e->args.at[1], STR("string"), w->s->arena) || v.type != VALUE_STRING) return STR_NONE;
    return v.bytes;
}

/* Django's own: ("app" = 'a' AND "name" = '1'). One row, found without looking at the others. */
static bool is_of_one(step *w, const expression *where, row *out) {
    if (!where || where->kind != EXPRESSION_AND || where->args.n != 2) return false;
    *out = (row){.app = constant_of(w, where->args.at[0], "app"), .name = constant_of(w, where->args.at[1], "name")};
    return out->app.p && out->name.p;
}

static void add_desired(step *w, row_list *found, const migration *m, const expression *where) {
    row r = row_of(m);
    r.origin = m->origin;
    if (!m->removed && (!where || holds(w, where, &r) == YES)) vec_push(w->s->arena, found, r);
}

static void add_live(step *w, row_list *found, const migration *m, const expression *where) {
    row r = row_of(m);
    r.origin = m;
    if (!schema_migration(w->s, r.app, r.name) && (!where || holds(w, where, &r) == YES)) vec_push(w->s->arena, found, r);
}

/* The rows that it means, before any of them changes: those that the log has brought so far, and of the live ones that it has
 * said nothing of those that `which` allows. */
static row_list find_rows(step *w, const expression *where, live_rows which) {
    row_list found = {0};
    row one;
    bool look = which == LIVE_ALL || (which == LIVE_NAMED && names_rows(where));
    if (is_of_one(w, where, &one)) {
        const migration *m = schema_migration(w->s, one.app, one.name), *live = schema_migration(w->live, one.app, one.name);
        if (m) add_desired(w, &found, m, NULL);
        else if (look && live) add_live(w, &found, live, NULL);
        return found;
    }
    for (size_t i = 0; i < w->s->migrations.n; i++) add_desired(w, &found, w->s->migrations.at[i], where);
    for (size_t i = 0; look && i < w->live->migrations.n; i++) add_live(w, &found, w->live->migrations.at[i], where);
    return found;
}

/* ---- rows come and go ---- */

/* What was asked of it before is undone. */
static void begin_anew(step *w, migration *m, size_t effect) {
    for (size_t i = 0; i < m->effects.n; i++) step_supersede(w, m->effects.at[i]);
    m->effects.n = 0;
    vec_push(w->s->arena, &m->effects, effect);
}

/* Its turn comes after what was asked for meanwhile. */
static void put_last(schema *s, migration *m) {
    size_t i = 0;
    while (s->migrations.at[i] != m) i++;
    vec_remove(&s->migrations, i);
    vec_push(s->arena, &s->migrations, m);
}

static void want(step *w, const row *r) {
    migration *m = schema_migration(w->s, r->app, r->name);
    size_t effect = step_effect(w, EFFECT_MIGRATION, r->name);
    bool guessed = m && m->origin && !r->origin; /* what an UPDATE makes of a live row; this is certain */
    if (m && !m->removed && !guessed) {
        vec_push(w->s->arena, &m->effects, effect);
        return;
    }
    if (m) put_last(w->s, m);
    else m = schema_add_migration(w->s, r->app, r->name);
    m->removed = false;
    m->inserted |= !r->origin;
    m->applied = r->applied;
    m->origin = r->origin;
    begin_anew(w, m, effect);
}

static void take_away(step *w, const row *r) {
    migration *m = schema_migration(w->s, r->app, r->name);
    size_t effect = step_effect(w, EFFECT_MIGRATION, r->name);
    if (m) step_effect_at(w, effect)->undoes = true;
    else m = schema_add_migration(w->s, r->app, r->name);
    m->removed = true;
    m->reached = false;
    begin_anew(w, m, effect);
}

void step_forget_migrations(step *w, str table_called) {
    if (!str_eq(table_called, STR(MIGRATIONS_TABLE))) return;
    table *t = w->table;
    w->table = NULL; /* these effects are the rows' own */
    row_list rows = find_rows(w, NULL, LIVE_NONE);
    for (size_t i = 0; i < rows.n; i++) take_away(w, &rows.at[i]);
    w->table = t;
}

/* ---- values ---- */

static int untold(step *w, const expression *e, const char *what) {
    if (e->kind == EXPRESSION_PARAMETER && !e->value)
        return fail_at(w->err, KF_E_PARAMETERS, w->sql, e->offset, "%s is not told: the log shows no parameters", what);
    return fail_at(w->err, KF_E_UNSUPPORTED, w->sql, e->offset,
                   "%s cannot be told from this: --no-migrations-table leaves the rows of " MIGRATIONS_TABLE " out", what);
}

static int set_text(step *w, str *out, const expression *e, const char *what) {
    value v;
    if (!expression_value(&v, e, STR("string"), w->s->arena) || v.type != VALUE_STRING) return untold(w, e, what);
    *out = v.bytes;
    return 0;
}

/* Text where a date is meant is one that the log shows as SQL has it. */
static void set_applied(step *w, value *out, const expression *e) {
    value v;
    *out = (value){.type = VALUE_NULL};
    if (!expression_value(&v, e, STR("date"), w->s->arena)) {
        step_notice(w, STR("when the migration was applied is no constant: null is written"));
        return;
    }
    if (v.type != VALUE_STRING || !value_of_raw(out, STR("date"), v.bytes, w->s->arena)) *out = v;
}

/* What the statement says of a row's columns. The id is the counter's to give. */
static int read_row(step *w, row *r, const dml *d, const expression_list *values) {
    int rc = 0;
    *r = (row){.applied = {.type = VALUE_NULL}};
    for (size_t i = 0; rc == 0 && i < d->columns.n; i++) {
        const expression *e = values->at[i];
        if (str_eq(d->columns.at[i], STR("app"))) rc = set_text(w, &r->app, e, "the migration's app");
        else if (str_eq(d->columns.at[i], STR("name"))) rc = set_text(w, &r->name, e, "the migration's name");
        else if (str_eq(d->columns.at[i], STR("applied"))) set_applied(w, &r->applied, e);
    }
    return rc;
}

static bool has_column(const dml *d, const char *column) {
    for (size_t i = 0; i < d->columns.n; i++)
        if (str_eq(d->columns.at[i], str_of(column))) return true;
    return false;
}

/* ---- statements ---- */

static int insert_rows(step *w, const statement *st) {
    const dml *d = st->dml;
    row_list rows = {0};
    if (!has_column(d, "app") || !has_column(d, "name"))
        return fail_at(w->err, KF_E_UNSUPPORTED, w->sql, st->offset, "a migration is recorded by its app and its name");
    for (size_t i = 0; i < d->rows.n; i++) {
        row r;
        int rc = read_row(w, &r, d, &d->rows.at[i]);
        if (rc) return rc;
        vec_push(w->s->arena, &rows, r);
    }
    for (size_t i = 0; i < rows.n; i++) want(w, &rows.at[i]);
    return 0;
}

static int find_meant(step *w, row_list *out, const expression *where, live_rows which) {
    const expression *bad = where ? find_untold(w, where) : NULL;
    if (bad) return untold(w, bad, "which migrations are meant");
    *out = find_rows(w, where, which);
    if (out->n == 0) step_effect(w, EFFECT_NOTHING, STR(MIGRATIONS_TABLE));
    return 0;
}

static int delete_rows(step *w, const statement *st, bool open) {
    row_list rows;
    int rc = find_meant(w, &rows, st->dml->where, open ? LIVE_ALL : LIVE_NAMED);
    for (size_t i = 0; rc == 0 && i < rows.n; i++) take_away(w, &rows.at[i]);
    return rc;
}

/* What a DELETE before took away, and this could make of a row that is not there any more when the log is applied again. */
static void mark_reached(step *w, const row *set, bool app, bool called) {
    for (size_t i = 0; i < w->s->migrations.n; i++) {
        migration *m = w->s->migrations.at[i];
        if ((!app || str_eq(m->app, set->app)) && (!called || str_eq(m->name, set->name))) m->reached = m->removed;
    }
}

/* A row's app or name is its key: it goes under the one and comes under the other. */
static int update_rows(step *w, const statement *st, bool open) {
    const dml *d = st->dml;
    bool app = has_column(d, "app"), called = has_column(d, "name"), applied = has_column(d, "applied");
    row_list rows, moved = {0};
    row set;
    int rc = read_row(w, &set, d, &d->rows.at[0]);
    if (rc == 0) rc = find_meant(w, &rows, d->where, open ? LIVE_ALL : LIVE_NONE);
    if (rc == 0 && open && (app || called)) mark_reached(w, &set, app, called);
    for (size_t i = 0; rc == 0 && i < rows.n; i++) {
        row r = {app ? set.app : rows.at[i].app, called ? set.name : rows.at[i].name,
                 applied ? set.applied : rows.at[i].applied, rows.at[i].origin};
        if (str_eq(r.app, rows.at[i].app) && str_eq(r.name, rows.at[i].name)) {
            migration *m = schema_migration(w->s, r.app, r.name);
            if (m) m->applied = r.applied;
            step_effect(w, EFFECT_NOTHING, STR(MIGRATIONS_TABLE));
            continue;
        }
        take_away(w, &rows.at[i]);
        vec_push(w->s->arena, &moved, r);
    }
    for (size_t i = 0; rc == 0 && i < moved.n; i++) want(w, &moved.at[i]);
    return rc;
}

int step_migrations(step *w, const statement *st) {
    step_find_table(w, st->table);
    if (!w->table)
        return fail_at(w->err, KF_E_TABLE_UNKNOWN, w->sql, st->offset,
                       "the table \"" MIGRATIONS_TABLE "\" is not created by the log, and is not in the database; "
                       "--no-migrations-table leaves its rows out");
    bool open = !w->table->defined;
    w->table = NULL; /* these effects are the rows' own */
    switch (st->dml->op) {
    case DML_UPDATE: return update_rows(w, st, open);
    case DML_DELETE: return delete_rows(w, st, open);
    default: return insert_rows(w, st);
    }
}
