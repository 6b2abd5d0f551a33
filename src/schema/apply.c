/* Applying a statement to a desired schema. */
#include "schema/step.h"

/* ---- names that MongoDB can hold ---- */

/* Where a name stands in quotes, from `offset` on: an error is shown there, not where its statement or action begins. */
static size_t place_of(const step *w, str called, size_t offset) {
    text quoted = {.arena = w->s->arena};
    text_char(&quoted, '"');
    for (size_t i = 0; i < called.n; i++) {
        if (called.p[i] == '"') text_char(&quoted, '"');
        text_char(&quoted, called.p[i]);
    }
    text_char(&quoted, '"');
    size_t at = offset < w->sql.n ? str_find(w->sql, text_str(&quoted), offset) : SIZE_MAX;
    return at == SIZE_MAX ? offset : at;
}

static int check_field(step *w, str field, size_t offset) {
    if (field.n == 0) return fail_at(w->err, KF_E_FIELD_NAME, w->sql, offset, "MongoDB cannot hold a field with an empty name");
    if (memchr(field.p, 0, field.n))
        return fail_at(w->err, KF_E_FIELD_NAME, w->sql, offset, "MongoDB cannot hold a field with a NUL byte in its name");
    if (!str_is_utf8(field))
        return fail_at(w->err, KF_E_FIELD_NAME, w->sql, offset, "MongoDB cannot hold a field whose name is not UTF-8");
    if (field.p[0] == '$')
        return fail_at(w->err, KF_E_FIELD_NAME, w->sql, offset,
                       "MongoDB cannot hold a field named \"%.*s\": $ begins an operator", STR_ARG(field));
    if (memchr(field.p, '.', field.n))
        return fail_at(w->err, KF_E_FIELD_NAME, w->sql, offset,
                       "\"%.*s\" is a path to MongoDB, not the name of a field: a name must hold no dot", STR_ARG(field));
    return 0;
}

int step_check_field(step *w, str field, size_t offset) {
    return check_field(w, field, offset) ? check_field(w, field, place_of(w, field, offset)) : 0;
}

/* MongoDB's manual, limits: 255 bytes for the database's name, a dot and the collection's. */
enum { MAX_COLLECTION_BYTES = 255 };

const char *schema_collection_fault(str collection) {
    if (collection.n == 0) return "it is empty";
    if (memchr(collection.p, 0, collection.n)) return "it holds a NUL byte";
    if (!str_is_utf8(collection)) return "its name is not UTF-8";
    if (memchr(collection.p, '$', collection.n)) return "it holds a $";
    if (collection.n > MAX_COLLECTION_BYTES) return "it is longer than 255 bytes";
    if (collection.p[0] == '.' || collection.p[collection.n - 1] == '.') return "it begins or ends with a dot";
    if (str_starts(collection, STR("system."))) return "system. is the server's own";
    if (str_eq(collection, STR(CATALOG))) return "djongo keeps its catalog there";
    return NULL;
}

/* What is there already has been taken by the server, whatever the profile says. */
static bool is_too_long(const step *w, str collection) {
    return w->s->collection_bytes && collection.n > w->s->collection_bytes && !(w->live && schema_table(w->live, collection));
}

int step_check_collection(step *w, str collection, size_t offset) {
    const char *why = schema_collection_fault(collection);
    if (!why && is_too_long(w, collection))
        return fail_at(w->err, KF_E_COLLECTION_NAME, w->sql, offset,
                       "there can be no collection \"%.*s\": it has %zu bytes, and %zu are the most (%.*s)",
                       STR_ARG(collection), collection.n, w->s->collection_bytes, STR_ARG(w->s->collection_limit));
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

/* A default that a parameter gives is recorded as SQL: a placeholder would say nothing later on. */
static void spell_default(step *w, str *sql, const expression *e) {
    if (!e || e->kind != EXPRESSION_PARAMETER || !e->value) return;
    text spelled = {.arena = w->s->arena};
    expression_dump(&spelled, e);
    *sql = text_str(&spelled);
}

static void spell(step *w, action *a) {
    if (a->kind == ACTION_ADD_NAME) spell_condition(w, a->name);
    else if (a->kind == ACTION_SET_DEFAULT) spell_default(w, &a->default_sql, a->default_expression);
    else if (a->kind == ACTION_ADD_COLUMN) spell_default(w, &a->column->default_sql, a->column->default_expression);
}

static int check_name(step *w, const action *a) {
    const name *n = a->name;
    const char *why = NULL;
    if (n->name.n == 0) why = "it is empty";
    else if (!str_is_utf8(n->name) || memchr(n->name.p, 0, n->name.n)) why = "it is not UTF-8 text";
    else if (str_eq(n->name, STR("*"))) why = "it stands for all indexes";
    else if (str_eq(n->name, STR(PRIMARY_KEY_NAME)) && n->kind != NAME_PRIMARY) why = "it is the primary key's own";
    if (!why) return 0;
    return fail_at(w->err, KF_E_FIELD_NAME, w->sql, a->offset, "there can be no index \"%.*s\": %s", STR_ARG(n->name), why);
}

/* A filter's fields are paths and operators to the server as any other. */
static int check_condition(step *w, const expression *e, size_t offset) {
    if (!e) return 0;
    if (e->kind == EXPRESSION_PARAMETER && !e->value)
        return fail_at(w->err, KF_E_PARAMETERS, w->sql, e->offset,
                       "a value of the condition is not told: no parameters are given");
    int rc = e->kind == EXPRESSION_COLUMN ? step_check_field(w, e->text, offset) : 0;
    for (size_t i = 0; !rc && i < e->args.n; i++) rc = check_condition(w, e->args.at[i], offset);
    return rc;
}

static int check_key(step *w, const action *a) {
    int rc = 0;
    for (size_t i = 0; !rc && i < a->name->key.fields.n; i++)
        rc = step_check_field(w, a->name->key.fields.at[i].column, a->offset);
    return rc ? rc : check_condition(w, a->name->where, a->offset);
}

/* The column that an action is about, and what it is to be called. */
static int check_columns(step *w, const action *a) {
    bool renames = a->kind == ACTION_RENAME_COLUMN, drops = a->kind == ACTION_DROP_COLUMN;
    int rc = step_check_field(w, a->target, a->offset);
    if (!rc && renames) rc = step_check_field(w, a->new_name, a->offset);
    bool own = str_eq(a->target, STR("_id")) || (renames && str_eq(a->new_name, STR("_id")));
    if (rc || !own || !(renames || drops)) return rc;
    return fail_at(w->err, KF_E_FIELD_NAME, w->sql, a->offset,
                   "_id is every document's own key: it is neither renamed nor dropped, and nothing is renamed to it");
}

/* What documents are filled with has to be known. */
static int check_column(step *w, const column *c, size_t offset, bool creates) {
    int rc = step_check_field(w, c->name, offset);
    bool told = !c->has_default || c->has_default_value || c->default_expression->kind != EXPRESSION_PARAMETER;
    if (rc || creates || told) return rc;
    return fail_at(w->err, KF_E_PARAMETERS, w->sql, c->default_expression->offset,
                   "the default of \"%.*s\" is not told: no parameters are given", STR_ARG(c->name));
}

/* The last one counts. */
static const null_update *null_update_of(const table *t, str column) {
    for (size_t i = t->null_updates.n; i-- > 0;)
        if (str_eq(t->null_updates.at[i].column, column)) return &t->null_updates.at[i];
    return NULL;
}

/* Of a column that an earlier run has renamed since the type is told by what is live. */
static bool null_update_value(step *w, value *out, const null_update *u, const column *c) {
    return expression_value(out, u->value, u->has_column ? u->type : c->type, w->s->arena);
}

static int check_not_null(step *w, const statement *st, const action *a) {
    const table *t = schema_table(w->s, st->table);
    const null_update *u = t ? null_update_of(t, a->target) : NULL;
    const column *c = t ? table_column(t, a->target) : NULL;
    value v;
    int rc = check_columns(w, a);
    if (rc || !u || !c || null_update_value(w, &v, u, c)) return rc;
    if (u->value->kind == EXPRESSION_PARAMETER)
        return fail_at(w->err, KF_E_PARAMETERS, w->sql, a->offset,
                       "what the nulls of \"%.*s\" become is not told: no parameters are given with the UPDATE before",
                       STR_ARG(a->target));
    return fail_at(w->err, KF_E_UNSUPPORTED, w->sql, a->offset,
                   "what the UPDATE before makes of the nulls of \"%.*s\" is no constant of its type", STR_ARG(a->target));
}

static int check_action(step *w, const statement *st, const action *a) {
    switch (a->kind) {
    case ACTION_SET_NOT_NULL: return check_not_null(w, st, a);
    case ACTION_ADD_COLUMN: return check_column(w, a->column, a->offset, st->kind == STATEMENT_CREATE_TABLE);
    case ACTION_ADD_NAME: {
        int rc = check_name(w, a);
        return rc || !name_is_served(a->name->kind) ? rc : check_key(w, a);
    }
    case ACTION_DROP_NAME:
    case ACTION_RENAME_NAME: return 0; /* what cannot be is not there */
    default: return check_columns(w, a);
    }
}

static int check_names(step *w, const statement *st) {
    int rc = st->table.n || st->targets.n == 0 ? step_check_collection(w, st->table, st->offset) : 0;
    if (st->targets.n) return 0; /* what cannot be is not there */
    if (!rc && st->kind == STATEMENT_RENAME_TABLE) rc = step_check_collection(w, st->new_name, st->offset);
    for (size_t i = 0; !rc && i < st->actions.n; i++) rc = check_action(w, st, &st->actions.at[i]);
    /* What is carried out now; replayed, DML is passed over. */
    bool update = w->s->now && st->kind == STATEMENT_DML && st->dml->op == DML_UPDATE;
    for (size_t i = 0; !rc && update && i < st->dml->columns.n; i++)
        rc = step_check_field(w, st->dml->columns.at[i], st->offset);
    return rc;
}

/* ---- taking away ---- */

/* Was it asked for by this run (and so is taken back), or was it live before? */
static bool take_back(step *w, size_t effect) {
    step_supersede(w, effect);
    return effect != 0;
}

/* All that was done to a column, or a name, that goes. */
static void supersede_all(step *w, str object, bool is_column) {
    static const bool of_column[EFFECT_NOTHING + 1] = {
        [EFFECT_COLUMN] = true,   [EFFECT_NULLS] = true,         [EFFECT_DEFAULT] = true, [EFFECT_TYPE] = true,
        [EFFECT_IDENTITY] = true, [EFFECT_RENAME_COLUMN] = true, [EFFECT_FILL] = true};
    static const bool of_name[EFFECT_NOTHING + 1] = {[EFFECT_NAME] = true, [EFFECT_RENAME_NAME] = true};
    for (size_t i = 0; i < w->table->effects.n; i++) {
        effect *e = step_effect_at(w, w->table->effects.at[i]);
        if ((is_column ? of_column : of_name)[e->kind] && str_eq(e->target, object)) e->superseded = true;
    }
}

void step_drop_name(step *w, name *n, size_t effect, bool by_column) {
    table *t = w->table;
    supersede_all(w, n->name, false);
    if (take_back(w, n->effect) && effect) step_effect_at(w, effect)->undoes = true;
    table_take_out_name(t, n);
    vec_push(w->s->arena, &t->dropped_names, (dropped){n->name, effect, w->number, by_column});
    for (size_t i = 0; i < n->was.n; i++) /* live under one of them, where an earlier run stopped before the rename */
        vec_push(w->s->arena, &t->dropped_names, (dropped){n->was.at[i], effect, w->number, by_column});
}

bool step_name_uses(const name *n, str column) {
    if (key_has(&n->key, column)) return true;
    /* A condition's columns are quoted in its text, wherever they stand. */
    for (size_t at = str_find(n->where_sql, column, 0); at != SIZE_MAX; at = str_find(n->where_sql, column, at + 1)) {
        size_t end = at + column.n;
        if (at > 0 && end < n->where_sql.n && n->where_sql.p[at - 1] == '"' && n->where_sql.p[end] == '"') return true;
    }
    return false;
}

static void drop_names_of(step *w, str column_name, size_t effect) {
    for (size_t i = w->table->names.n; i-- > 0;)
        if (step_name_uses(w->table->names.at[i], column_name)) step_drop_name(w, w->table->names.at[i], effect, true);
}

static void drop_column(step *w, column *c, size_t effect) {
    table *t = w->table;
    for (size_t i = t->null_updates.n; i-- > 0;)
        if (str_eq(t->null_updates.at[i].column, c->name)) vec_remove(&t->null_updates, i);
    if (take_back(w, c->effect) && effect) step_effect_at(w, effect)->undoes = true;
    supersede_all(w, c->name, true);
    drop_names_of(w, c->name, effect);
    table_take_out_column(t, c);
    vec_push(w->s->arena, &t->dropped_columns, (dropped){c->name, effect, w->number, false});
    for (size_t i = c->was_live; i < c->was.n; i++)
        vec_push(w->s->arena, &t->dropped_columns, (dropped){c->was.at[i], effect, w->number, false});
}

/* A name that ends in desired is never dropped for the sake of an earlier incarnation; nor may its drop be taken to mean
 * another that is spelled like it. Of columns only those that end outside of desired are dropped. */
void step_forget_dropped(table *t, str name) {
    for (size_t i = t->dropped_names.n; i-- > 0;)
        if (str_eq(t->dropped_names.at[i].name, name)) vec_remove(&t->dropped_names, i);
}

/* ---- adding ---- */

static bool same_column(const column *a, const column *b) {
    return str_eq(a->type, b->type) && a->nulls == b->nulls && a->auto_increment == b->auto_increment &&
           a->has_default == b->has_default && str_eq(a->default_sql, b->default_sql);
}

/* The value of ADD COLUMN is for the documents that are there; Django drops the default in the next statement. */
static void set_fill(step *w, column *c) {
    if (w->creating) return;
    c->has_fill = true;
    c->added_type = c->type;
    c->fill = (value){.type = VALUE_NULL};
    if (c->has_default_value) c->fill = c->default_value;
    else if (c->has_default)
        step_notice(w, str_format(w->s->arena,
                                  "the default of \"%.*s\" is no constant: null is written where the field is missing",
                                  STR_ARG(c->name)));
}

static void add_column(step *w, const action *a) {
    table *t = w->table;
    column *old = table_column(t, a->column->name);
    if (old && (a->if_not_exists || step_is_added(w, a, old))) {
        step_effect(w, EFFECT_NOTHING, a->column->name);
        return;
    }
    size_t effect = step_effect(w, EFFECT_COLUMN, a->column->name);
    if (str_eq(a->column->name, STR("_id"))) return; /* MongoDB's own: no entry in the catalog */
    if (old && old->effect && same_column(old, a->column)) {
        step_effect_at(w, effect)->repeated = true;
        return;
    }
    column *c = old ? old : arena_make(w->s->arena, column);
    if (old) {
        step_supersede(w, old->effect);
        step_supersede(w, old->nulls_effect);
        step_supersede(w, old->default_effect);
        step_supersede(w, old->type_effect);
    } else {
        vec_push(w->s->arena, &t->columns, c);
    }
    column before = *c;
    *c = *a->column;
    memcpy(&c->was, &before.was, sizeof c->was);
    c->was_live = before.was_live;
    c->was_there = before.was_there || w->s->is_past;
    c->effect = effect;
    c->nulls_effect = c->default_effect = c->type_effect = 0;
    set_fill(w, c);
}

bool step_same_name(const name *a, const name *b) {
    if (a->kind != b->kind || !key_equal(&a->key, &b->key) || !str_eq(a->where_sql, b->where_sql) ||
        !str_eq(a->ref_table, b->ref_table) || !str_eq(a->check_sql, b->check_sql) || a->ref_columns.n != b->ref_columns.n)
        return false;
    for (size_t i = 0; i < a->ref_columns.n; i++)
        if (!str_eq(a->ref_columns.at[i], b->ref_columns.at[i])) return false;
    return true;
}

/* Has it a column that is called so, or was? */
static bool knows_column(const table *t, str called) {
    for (size_t i = 0; i < t->columns.n; i++)
        if (str_eq(t->columns.at[i]->name, called) || column_was_called(t->columns.at[i], called)) return true;
    return false;
}

static void warn_unknown_columns(step *w, const name *n) {
    if (w->table->columns.n == 0) return;
    for (size_t i = 0; i < n->key.fields.n; i++) {
        str c = n->key.fields.at[i].column;
        if (n->kind != NAME_CHECK && !str_eq(c, STR("_id")) && !knows_column(w->table, c))
            step_notice(w, str_format(w->s->arena, "\"%.*s\" is on the column \"%.*s\", which the table is not known to have",
                                      STR_ARG(n->name), STR_ARG(c)));
    }
}

/* Of a primary key's columns. */
static void refuse_nulls(step *w, const name *n) {
    for (size_t i = 0; n->kind == NAME_PRIMARY && i < n->key.fields.n; i++) {
        column *c = table_column(w->table, n->key.fields.at[i].column);
        if (!c || c->nulls == NULLS_REFUSED) continue;
        step_supersede(w, c->nulls_effect);
        c->nulls_effect = step_effect(w, EFFECT_NULLS, c->name);
        c->nulls = NULLS_REFUSED;
    }
}

static void add_name(step *w, const action *a) {
    table *t = w->table;
    name *old = table_name(t, a->name->name);
    if (old && a->if_not_exists) {
        step_effect(w, EFFECT_NOTHING, a->name->name);
        return;
    }
    if (old) step_check_new_name(w, a, step_same_name(old, a->name), old);
    size_t effect = step_effect(w, EFFECT_NAME, a->name->name);
    step_forget_dropped(t, a->name->name);
    if (old && old->effect && step_same_name(old, a->name)) {
        step_effect_at(w, effect)->repeated = true;
        vec_push(w->s->arena, &old->causes, w->number);
        refuse_nulls(w, old);
        return;
    }
    name *n = old ? old : arena_make(w->s->arena, name);
    if (old) step_supersede(w, old->effect);
    else vec_push(w->s->arena, &t->names, n);
    *n = *a->name;
    n->effect = effect;
    n->made_by = MADE_BY_KEYFOLD;
    memset(&n->causes, 0, sizeof n->causes);
    memset(&n->indexes, 0, sizeof n->indexes);
    vec_push(w->s->arena, &n->causes, w->number);
    warn_unknown_columns(w, n);
    refuse_nulls(w, n);
}

/* ---- altering ---- */

static column *find_column(step *w, const action *a) {
    column *c = table_column(w->table, a->target);
    if (c) return c;
    step_check_column(w, a->target, a->offset);
    step_effect(w, EFFECT_NOTHING, a->target);
    step_notice(w, str_format(w->s->arena, "the table is not known to have the column \"%.*s\": nothing is changed",
                              STR_ARG(a->target)));
    return NULL;
}

/* UPDATE t SET c = v WHERE c IS NULL, and then SET NOT NULL: what djongo makes of the former overwrites every row. */
static void set_null_fill(step *w, column *c) {
    const null_update *u = null_update_of(w->table, c->name);
    if (!u || !null_update_value(w, &c->null_fill, u, c)) return;
    c->has_null_fill = true;
    step_effect_at(w, u->effect)->verdict = VERDICT_UNKNOWN;
}

static void alter_nulls(step *w, const action *a) {
    column *c = find_column(w, a);
    if (!c) return;
    step_supersede(w, c->nulls_effect);
    c->nulls_effect = step_effect(w, EFFECT_NULLS, a->target);
    c->nulls = a->kind == ACTION_SET_NOT_NULL ? NULLS_REFUSED : NULLS_ALLOWED;
    if (c->nulls == NULLS_REFUSED) set_null_fill(w, c);
}

static void alter_default(step *w, const action *a) {
    column *c = find_column(w, a);
    if (!c) return;
    step_supersede(w, c->default_effect);
    c->default_effect = step_effect(w, EFFECT_DEFAULT, a->target);
    c->has_default = a->kind == ACTION_SET_DEFAULT;
    c->default_sql = c->has_default ? a->default_sql : STR_NONE;
}

static void alter_type(step *w, const action *a) {
    column *c = find_column(w, a);
    if (!c) return;
    step_supersede(w, c->type_effect);
    c->type_effect = step_effect(w, EFFECT_TYPE, a->target);
    c->type = a->type;
}

/* A column's counter. */
static void alter_identity(step *w, const action *a) {
    column *c = find_column(w, a);
    if (!c) return;
    step_supersede(w, c->identity_effect);
    c->identity_effect = step_effect(w, EFFECT_IDENTITY, a->target);
    c->auto_increment = a->kind == ACTION_ADD_IDENTITY;
}

static void drop_named(step *w, const action *a) {
    size_t effect = step_effect(w, EFFECT_DROP_NAME, a->target);
    name *n = table_resolve_name(w->table, a->target);
    if (n) step_drop_name(w, n, effect, false);
    else vec_push(w->s->arena, &w->table->dropped_names, (dropped){a->target, effect, w->number, false});
}

static void drop_target_column(step *w, const action *a) {
    size_t effect = step_effect(w, EFFECT_DROP_COLUMN, a->target);
    column *c = table_column(w->table, a->target);
    if (c) {
        drop_column(w, c, effect);
        return;
    }
    drop_names_of(w, a->target, effect); /* djongo drops a column and leaves its indexes */
    vec_push(w->s->arena, &w->table->dropped_columns, (dropped){a->target, effect, w->number, false});
}

static void apply_action(step *w, const action *a) {
    static void (*const apply[])(step *, const action *) = {
        [ACTION_ADD_COLUMN] = add_column,
        [ACTION_DROP_COLUMN] = drop_target_column,
        [ACTION_ADD_NAME] = add_name,
        [ACTION_DROP_NAME] = drop_named,
        [ACTION_SET_NOT_NULL] = alter_nulls,
        [ACTION_DROP_NOT_NULL] = alter_nulls,
        [ACTION_SET_DEFAULT] = alter_default,
        [ACTION_DROP_DEFAULT] = alter_default,
        [ACTION_SET_TYPE] = alter_type,
        [ACTION_ADD_IDENTITY] = alter_identity,
        [ACTION_DROP_IDENTITY] = alter_identity,
        [ACTION_RENAME_COLUMN] = step_rename_column,
        [ACTION_RENAME_NAME] = step_rename_name,
    };
    apply[a->kind](w, a);
}

/* ---- tables ---- */

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
            if (!n || !step_same_name(n, a->name)) return false;
        }
    }
    return columns == t->columns.n && names <= t->names.n;
}

/* The database was reset between two attempts: what the first made counts as dropped by the log. */
static void start_afresh(step *w) {
    table *t = w->table;
    while (t->names.n) step_drop_name(w, t->names.at[t->names.n - 1], 0, false);
    while (t->columns.n) drop_column(w, t->columns.at[t->columns.n - 1], 0);
    for (size_t i = 0; i < t->effects.n; i++) step_supersede(w, t->effects.at[i]);
    step_notice(w, str_format(w->s->arena, "the table \"%.*s\" is created again: what was asked of it before is superseded",
                              STR_ARG(t->name)));
    memset(&t->causes, 0, sizeof t->causes);
    step_forget_migrations(w, t->name);
}

static void create_table(step *w, const statement *st, outcome outcome) {
    table *t = schema_table(w->s, st->table);
    /* Of an open one it cannot be told: it may look like this because an earlier run made it so. */
    bool same = t && t->defined && outcome == OUTCOME_UNKNOWN && creates_the_same(t, st);
    bool repeat = t && (outcome == OUTCOME_REFUSED || st->if_exists || same);
    if (!t && outcome == OUTCOME_REFUSED) { /* changes nothing: an ALTER that follows finds the live table, or none */
        step_effect(w, EFFECT_NOTHING, st->table);
        return;
    }
    const table *there = !w->s->now || t || step_is_renamed(w, st->table) ? NULL : schema_table(w->live, st->table);
    if (step_is_live(there) && !step_may_create(w, st, there)) {
        step_effect(w, EFFECT_NOTHING, st->table);
        return;
    }
    w->table = t ? t : schema_add_table(w->s, st->table);
    if (repeat) {
        size_t effect = step_effect(w, EFFECT_TABLE, st->table);
        step_effect_at(w, effect)->repeated = true;
        vec_push(w->s->arena, &w->table->causes, w->number);
        return;
    }
    if (t) start_afresh(w);
    else step_bury(w);
    w->table->defined = true;
    w->table->open = w->table->missing = false;
    w->table->was_there |= w->s->is_past;
    w->table->effect = step_effect(w, EFFECT_TABLE, st->table);
    vec_push(w->s->arena, &w->table->causes, w->number);
    w->creating = true;
    for (int names = 0; names < 2; names++) /* a constraint may stand in front of its columns */
        for (size_t i = 0; i < st->actions.n; i++)
            if ((st->actions.at[i].kind != ACTION_ADD_COLUMN) == names) apply_action(w, &st->actions.at[i]);
}

static bool is_done(const step *w, size_t action) { return w->s->past && w->s->past->done[action]; }

static int alter_table(step *w, const statement *st) {
    step_find_table(w, st->table);
    if (!w->table && st->if_exists) {
        step_effect(w, EFFECT_NOTHING, st->table);
        return 0;
    }
    int rc = step_need_table(w, st->table, st->offset);
    if (rc) return rc;
    for (size_t i = 0; !w->rc && i < st->actions.n; i++) {
        w->done = is_done(w, i);
        apply_action(w, &st->actions.at[i]);
    }
    return w->rc;
}

/* ---- DML that is schema ---- */

static void update_nulls(step *w, const statement *st) {
    const dml *d = st->dml;
    step_find_table(w, st->table);
    /* Without a SET NOT NULL it is DML. */
    size_t effect = step_effect(w, EFFECT_NOTHING, st->table);
    step_effect_at(w, effect)->verdict = VERDICT_SKIPPED;
    if (!w->table || d->op != DML_UPDATE || d->columns.n != 1 || d->rows.n != 1) return;
    const column *c = table_column(w->table, d->columns.at[0]);
    const expression *e = d->rows.at[0].at[0];
    null_update u = {d->columns.at[0], c ? c->type : STR_NONE, c != NULL, e, effect};
    vec_push(w->s->arena, &w->table->null_updates, u);
}

/* ---- all ---- */

static int apply_statement(step *w, const statement *st, outcome outcome) {
    switch (st->kind) {
    case STATEMENT_CREATE_TABLE: create_table(w, st, outcome); return w->rc;
    case STATEMENT_ALTER_TABLE:
    case STATEMENT_CREATE_INDEX: return alter_table(w, st);
    case STATEMENT_RENAME_TABLE: return step_rename_table(w, st);
    case STATEMENT_DROP_TABLE: return step_drop_tables(w, st);
    case STATEMENT_DROP_INDEX: return step_drop_indexes(w, st);
    case STATEMENT_RENAME_INDEX: return step_rename_index(w, st);
    case STATEMENT_FLUSH: return step_flush(w, st);
    case STATEMENT_CREATE_DATABASE:
    case STATEMENT_DROP_DATABASE: return step_database(w, st);
    case STATEMENT_DML:
        if (w->s->now) step_fill_nulls(w, st);
        else if (str_eq(st->table, STR(MIGRATIONS_TABLE))) return step_migrations(w, st);
        else update_nulls(w, st);
        return w->rc;
    default: return fail(w->err, KF_E_INTERNAL, "a statement of no kind that is applied");
    }
}

int schema_apply(schema *desired, const statement *st, size_t number, str sql, outcome outcome, const schema *live,
                 kf_error *err) {
    step w = {.s = desired, .live = live, .number = number, .sql = sql, .err = err};
    int rc = check_names(&w, st);
    if (rc) return rc;
    for (size_t i = 0; i < st->actions.n; i++) spell(&w, &st->actions.at[i]);
    w.done = is_done(&w, 0);
    return apply_statement(&w, st, outcome);
}
