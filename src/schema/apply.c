/* Applying a statement to a desired schema. */
#include "schema/schema.h"

/* What one call works on. */
typedef struct step {
    schema *s;
    table *table;
    size_t number;
    str sql;
    kf_error *err;
} step;

static size_t effect_add(step *w, effect_kind kind, str target) {
    vec_push(w->s->arena, &w->s->effects, (effect){kind, w->number, w->table, target, false, false, false, VERDICT_UNKNOWN});
    if (w->table) vec_push(w->s->arena, &w->table->effects, w->s->effects.n);
    return w->s->effects.n;
}

static effect *effect_of(schema *s, size_t effect) { return effect ? &s->effects.at[effect - 1] : NULL; }

static void supersede(schema *s, size_t effect) {
    if (effect) effect_of(s, effect)->superseded = true;
}

static void notice(step *w, str message) {
    vec_push(w->s->arena, &w->s->notices, (struct notice){w->number, message});
}

/* ---- names that MongoDB can hold ---- */

static int check_field(step *w, str field, size_t offset) {
    if (field.n == 0) return fail_at(w->err, KF_E_FIELD_NAME, w->sql, offset, "MongoDB cannot hold a field with an empty name");
    if (memchr(field.p, 0, field.n))
        return fail_at(w->err, KF_E_FIELD_NAME, w->sql, offset, "MongoDB cannot hold a field with a NUL byte in its name");
    if (field.p[0] == '$')
        return fail_at(w->err, KF_E_FIELD_NAME, w->sql, offset, "MongoDB cannot hold a field named \"%.*s\": $ begins an operator",
                       STR_ARG(field));
    if (memchr(field.p, '.', field.n))
        return fail_at(w->err, KF_E_FIELD_NAME, w->sql, offset,
                       "\"%.*s\" is a path to MongoDB, not the name of a field: a name must hold no dot", STR_ARG(field));
    return 0;
}

/* MongoDB's manual, limits: 255 bytes for the database's name, a dot and the collection's. */
enum { MAX_COLLECTION_BYTES = 255 };

static int check_collection(step *w, str collection, size_t offset) {
    const char *why = NULL;
    if (collection.n == 0) why = "it is empty";
    else if (memchr(collection.p, 0, collection.n)) why = "it holds a NUL byte";
    else if (memchr(collection.p, '$', collection.n)) why = "it holds a $";
    else if (collection.n > MAX_COLLECTION_BYTES) why = "it is longer than 255 bytes";
    else if (collection.p[0] == '.' || collection.p[collection.n - 1] == '.') why = "it begins or ends with a dot";
    else if (str_starts(collection, STR("system."))) why = "system. is the server's own";
    else if (str_eq(collection, STR(CATALOG))) why = "djongo keeps its catalog there";
    if (!why) return 0;
    return fail_at(w->err, KF_E_COLLECTION_NAME, w->sql, offset, "there can be no collection \"%.*s\": %s", STR_ARG(collection),
                   why);
}

/* Conditions are compared and recorded as SQL in one spelling: djongo prints values raw, people quote them. */
static void spell_condition(step *w, name *n) {
    if (!n->where || !expression_is_known(n->where)) return;
    text sql = {.arena = w->s->arena};
    expression_dump(&sql, n->where);
    n->where_sql = text_str(&sql);
}

static int check_names(step *w, const statement *st) {
    int rc = check_collection(w, st->table, st->offset);
    for (size_t i = 0; !rc && i < st->actions.n; i++) {
        const action *a = &st->actions.at[i];
        if (a->kind == ACTION_ADD_COLUMN) rc = check_field(w, a->column->name, a->offset);
        if (a->kind == ACTION_ADD_NAME && name_is_served(a->name->kind))
            for (size_t k = 0; !rc && k < a->name->key.fields.n; k++)
                rc = check_field(w, a->name->key.fields.at[k].column, a->offset);
    }
    return rc;
}

/* ---- taking away ---- */

/* Was it asked for by this run (and so is taken back), or was it live before? */
static bool take_back(schema *s, size_t effect) {
    supersede(s, effect);
    return effect != 0;
}

static void drop_name(step *w, name *n, size_t effect, bool by_column) {
    table *t = w->table;
    if (take_back(w->s, n->effect) && effect) effect_of(w->s, effect)->undoes = true;
    for (size_t i = 0; i < t->names.n; i++)
        if (t->names.at[i] == n) {
            vec_remove(&t->names, i);
            break;
        }
    vec_push(w->s->arena, &t->dropped_names, (dropped){n->name, effect, w->number, by_column});
}

static bool name_uses(const name *n, str column) {
    if (key_has(&n->key, column)) return true;
    /* A condition's columns are quoted in its text, wherever they stand. */
    for (size_t at = str_find(n->where_sql, column, 0); at != SIZE_MAX; at = str_find(n->where_sql, column, at + 1)) {
        size_t end = at + column.n;
        if (at > 0 && end < n->where_sql.n && n->where_sql.p[at - 1] == '"' && n->where_sql.p[end] == '"') return true;
    }
    return false;
}

static void drop_column(step *w, column *c, size_t effect) {
    table *t = w->table;
    if (take_back(w->s, c->effect) && effect) effect_of(w->s, effect)->undoes = true;
    supersede(w->s, c->nulls_effect);
    supersede(w->s, c->default_effect);
    for (size_t i = t->names.n; i-- > 0;)
        if (name_uses(t->names.at[i], c->name)) drop_name(w, t->names.at[i], effect, true);
    for (size_t i = 0; i < t->columns.n; i++)
        if (t->columns.at[i] == c) {
            vec_remove(&t->columns, i);
            break;
        }
    vec_push(w->s->arena, &t->dropped_columns, (dropped){c->name, effect, w->number, false});
}

/* An object that ends in desired is never dropped for the sake of an earlier incarnation. */
static void forget_dropped(table *t, str object, bool is_column) {
    for (size_t i = is_column ? t->dropped_columns.n : t->dropped_names.n; i-- > 0;) {
        dropped *d = is_column ? &t->dropped_columns.at[i] : &t->dropped_names.at[i];
        if (!str_eq(d->name, object)) continue;
        if (is_column) vec_remove(&t->dropped_columns, i);
        else vec_remove(&t->dropped_names, i);
    }
}

/* ---- adding ---- */

static bool same_column(const column *a, const column *b) {
    return str_eq(a->type, b->type) && a->nulls == b->nulls && a->auto_increment == b->auto_increment &&
           a->has_default == b->has_default && str_eq(a->default_sql, b->default_sql);
}

static void add_column(step *w, const action *a) {
    table *t = w->table;
    column *old = table_column(t, a->column->name);
    size_t effect = effect_add(w, EFFECT_COLUMN, a->column->name);
    forget_dropped(t, a->column->name, true);
    if (str_eq(a->column->name, STR("_id"))) return; /* MongoDB's own: no entry in the catalog */
    if (old && old->effect && same_column(old, a->column)) {
        effect_of(w->s, effect)->repeated = true;
        return;
    }
    column *c = old ? old : arena_make(w->s->arena, column);
    if (old) {
        supersede(w->s, old->effect);
        supersede(w->s, old->nulls_effect);
        supersede(w->s, old->default_effect);
    } else {
        vec_push(w->s->arena, &t->columns, c);
    }
    *c = *a->column;
    c->effect = effect;
    c->nulls_effect = c->default_effect = 0;
}

static bool same_name(const name *a, const name *b) {
    if (a->kind != b->kind || !key_equal(&a->key, &b->key) || !str_eq(a->where_sql, b->where_sql) ||
        !str_eq(a->ref_table, b->ref_table) || !str_eq(a->check_sql, b->check_sql) || a->ref_columns.n != b->ref_columns.n)
        return false;
    for (size_t i = 0; i < a->ref_columns.n; i++)
        if (!str_eq(a->ref_columns.at[i], b->ref_columns.at[i])) return false;
    return true;
}

static void warn_unknown_columns(step *w, const name *n) {
    if (w->table->columns.n == 0) return;
    for (size_t i = 0; i < n->key.fields.n; i++) {
        str c = n->key.fields.at[i].column;
        if (n->kind != NAME_CHECK && !str_eq(c, STR("_id")) && !table_column(w->table, c))
            notice(w, str_format(w->s->arena, "\"%.*s\" is on the column \"%.*s\", which the table is not known to have",
                                 STR_ARG(n->name), STR_ARG(c)));
    }
}

static void add_name(step *w, const action *a) {
    table *t = w->table;
    name *old = table_name(t, a->name->name);
    size_t effect = effect_add(w, EFFECT_NAME, a->name->name);
    forget_dropped(t, a->name->name, false);
    if (old && old->effect && same_name(old, a->name)) {
        effect_of(w->s, effect)->repeated = true;
        vec_push(w->s->arena, &old->causes, w->number);
        return;
    }
    name *n = old ? old : arena_make(w->s->arena, name);
    if (old) supersede(w->s, old->effect);
    else vec_push(w->s->arena, &t->names, n);
    *n = *a->name;
    n->effect = effect;
    n->made_by = MADE_BY_KEYFOLD;
    memset(&n->causes, 0, sizeof n->causes);
    memset(&n->indexes, 0, sizeof n->indexes);
    vec_push(w->s->arena, &n->causes, w->number);
    warn_unknown_columns(w, n);
    for (size_t i = 0; n->kind == NAME_PRIMARY && i < n->key.fields.n; i++) {
        column *c = table_column(t, n->key.fields.at[i].column);
        if (c) c->nulls = NULLS_REFUSED;
    }
}

/* ---- altering ---- */

static void alter_column(step *w, const action *a) {
    bool nulls = a->kind == ACTION_SET_NOT_NULL || a->kind == ACTION_DROP_NOT_NULL;
    size_t effect = effect_add(w, nulls ? EFFECT_NULLS : EFFECT_DEFAULT, a->target);
    column *c = table_column(w->table, a->target);
    if (!c) {
        notice(w, str_format(w->s->arena, "the table is not known to have the column \"%.*s\": nothing is changed",
                             STR_ARG(a->target)));
        effect_of(w->s, effect)->kind = EFFECT_NOTHING;
        return;
    }
    if (nulls) {
        supersede(w->s, c->nulls_effect);
        c->nulls_effect = effect;
        c->nulls = a->kind == ACTION_SET_NOT_NULL ? NULLS_REFUSED : NULLS_ALLOWED;
    } else {
        supersede(w->s, c->default_effect);
        c->default_effect = effect;
        c->has_default = a->kind == ACTION_SET_DEFAULT;
        c->default_sql = c->has_default ? a->default_sql : STR_NONE;
    }
}

static void drop_named(step *w, const action *a) {
    size_t effect = effect_add(w, EFFECT_DROP_NAME, a->target);
    name *n = table_resolve_name(w->table, a->target);
    if (n) drop_name(w, n, effect, false);
    else vec_push(w->s->arena, &w->table->dropped_names, (dropped){a->target, effect, w->number, false});
}

static void drop_target_column(step *w, const action *a) {
    size_t effect = effect_add(w, EFFECT_DROP_COLUMN, a->target);
    column *c = table_column(w->table, a->target);
    if (c) drop_column(w, c, effect);
    else vec_push(w->s->arena, &w->table->dropped_columns, (dropped){a->target, effect, w->number, false});
}

static void apply_action(step *w, const action *a) {
    static void (*const apply[])(step *, const action *) = {
        [ACTION_ADD_COLUMN] = add_column,      [ACTION_DROP_COLUMN] = drop_target_column,
        [ACTION_ADD_NAME] = add_name,          [ACTION_DROP_NAME] = drop_named,
        [ACTION_SET_NOT_NULL] = alter_column,  [ACTION_DROP_NOT_NULL] = alter_column,
        [ACTION_SET_DEFAULT] = alter_column,   [ACTION_DROP_DEFAULT] = alter_column,
    };
    apply[a->kind](w, a);
}

/* ---- tables ---- */

/* An open table's base: what is live, with nothing in it asked for by this run. */
static table *open_table(schema *s, const table *live) {
    table *t = schema_add_table(s, live->name);
    t->open = true;
    for (size_t i = 0; i < live->columns.n; i++) {
        column *c = arena_make(s->arena, column);
        *c = *live->columns.at[i];
        c->effect = c->nulls_effect = c->default_effect = 0;
        vec_push(s->arena, &t->columns, c);
    }
    for (size_t i = 0; i < live->names.n; i++) {
        name *n = arena_make(s->arena, name);
        *n = *live->names.at[i];
        n->effect = 0;
        memset(&n->causes, 0, sizeof n->causes);
        vec_push(s->arena, &t->names, n);
    }
    return t;
}

static bool creates_the_same(const table *t, const statement *st) {
    size_t columns = 0, names = 0;
    for (size_t i = 0; i < st->actions.n; i++) {
        const action *a = &st->actions.at[i];
        if (a->kind == ACTION_ADD_COLUMN) {
            columns++;
            const column *c = table_column(t, a->column->name);
            if (!c || !same_column(c, a->column)) return false;
        } else {
            names++;
            const name *n = table_name(t, a->name->name);
            if (!n || !same_name(n, a->name)) return false;
        }
    }
    return columns == t->columns.n && names <= t->names.n;
}

/* The database was reset between two attempts: what the first made counts as dropped by the log. */
static void start_afresh(step *w) {
    table *t = w->table;
    while (t->names.n) drop_name(w, t->names.at[t->names.n - 1], 0, false);
    while (t->columns.n) drop_column(w, t->columns.at[t->columns.n - 1], 0);
    for (size_t i = 0; i < t->effects.n; i++) supersede(w->s, t->effects.at[i]);
    notice(w, str_format(w->s->arena, "the table \"%.*s\" is created again: what was asked of it before is superseded",
                         STR_ARG(t->name)));
    memset(&t->causes, 0, sizeof t->causes);
}

static void create_table(step *w, const statement *st, outcome outcome) {
    table *t = schema_table(w->s, st->table);
    bool repeat = t && (outcome == OUTCOME_REFUSED || st->if_exists ||
                        (outcome == OUTCOME_UNKNOWN && creates_the_same(t, st)));
    if (!t && outcome == OUTCOME_REFUSED) { /* changes nothing: an ALTER that follows finds the live table, or none */
        effect_add(w, EFFECT_NOTHING, st->table);
        return;
    }
    w->table = t ? t : schema_add_table(w->s, st->table);
    if (repeat) {
        size_t effect = effect_add(w, EFFECT_TABLE, st->table);
        effect_of(w->s, effect)->repeated = true;
        vec_push(w->s->arena, &w->table->causes, w->number);
        return;
    }
    if (t) start_afresh(w);
    w->table->defined = true;
    w->table->open = false;
    w->table->effect = effect_add(w, EFFECT_TABLE, st->table);
    vec_push(w->s->arena, &w->table->causes, w->number);
    for (size_t i = 0; i < st->actions.n; i++) apply_action(w, &st->actions.at[i]);
}

static int alter_table(step *w, const statement *st, const schema *live) {
    w->table = schema_table(w->s, st->table);
    if (!w->table) {
        const table *base = schema_table(live, st->table);
        if (!base || !(base->exists || base->has_document)) {
            if (st->if_exists) {
                effect_add(w, EFFECT_NOTHING, st->table);
                return 0;
            }
            return fail_at(w->err, KF_E_TABLE_UNKNOWN, w->sql, st->offset,
                           "the table \"%.*s\" is not created by the log, and is not in the database", STR_ARG(st->table));
        }
        w->table = open_table(w->s, base);
    }
    for (size_t i = 0; i < st->actions.n; i++) apply_action(w, &st->actions.at[i]);
    return 0;
}

int schema_apply(schema *desired, const statement *st, size_t number, str sql, outcome outcome, const schema *live,
                 kf_error *err) {
    step w = {.s = desired, .number = number, .sql = sql, .err = err};
    int rc = check_names(&w, st);
    if (rc) return rc;
    for (size_t i = 0; i < st->actions.n; i++)
        if (st->actions.at[i].kind == ACTION_ADD_NAME) spell_condition(&w, st->actions.at[i].name);
    if (st->kind == STATEMENT_CREATE_TABLE) create_table(&w, st, outcome);
    else rc = alter_table(&w, st, live);
    return rc;
}
