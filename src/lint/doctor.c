/* One table after the other; then what catalog and collections have of each other. */
#include "lint/doctor.h"

#define CONDITION "WHERE "
#define DESCENDING "\" DESC"

typedef struct doctor {
    lint *out;
    const schema *schema;
    const doctor_options *options;
    const table *table;
    const contents_fact *facts; /* of the table; or NULL */
    str from, to;               /* the column that was renamed, where that is known */
    arena *a;
} doctor;

static const contents_fact *facts_of(const doctor *d, str collection) {
    const contents_fact_list *all = d->options->documents;
    for (size_t i = 0; all && i < all->n; i++)
        if (str_eq(all->at[i].collection, collection)) return &all->at[i];
    return NULL;
}

#define has(list, s) list_has((list)->at, (list)->n, (s))

static bool list_has(const str *at, size_t n, str s) {
    for (size_t i = 0; i < n; i++)
        if (str_eq(at[i], s)) return true;
    return false;
}

/* ---- adding ---- */

static lint_finding *add(doctor *d, lint_code code, str called, const key_pattern *key, str message, str fix) {
    lint_finding f = {.code = code, .severity = d->options->severities[code], .collection = d->table->name};
    if (f.severity == LINT_OFF) return NULL;
    f.name = called;
    if (key) f.key = *key;
    f.message = message;
    f.fix = fix;
    vec_push(d->a, &d->out->findings, f);
    return &d->out->findings.at[d->out->findings.n - 1];
}

/* One that keeps documents out is an error, whatever its rule says; one that was set is left as it was set. */
static void make_worse(doctor *d, lint_finding *f) {
    if (f && d->options->severities[f->code] == lint_rule_of(f->code)->severity) f->severity = LINT_ERROR;
}

static void mend_by(lint_finding *f, str sql) {
    if (!f) return;
    f->sql = sql;
    f->mended = true;
}

/* ---- statements ---- */

static void quote(text *out, str s) {
    text_char(out, '"');
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '"') text_char(out, '"');
        text_char(out, s.p[i]);
    }
    text_char(out, '"');
}

/* What the column is called now: by this run's rename, or by one that is recorded. */
static str now(const doctor *d, str called) {
    if (d->from.n && str_eq(called, d->from)) return d->to;
    if (table_column(d->table, called)) return called;
    for (size_t i = 0; i < d->table->columns.n; i++)
        if (column_was_called(d->table->columns.at[i], called)) return d->table->columns.at[i]->name;
    return called;
}

static void add_key(const doctor *d, text *out, const key_pattern *k) {
    for (size_t i = 0; i < k->fields.n; i++) {
        if (i) text_add(out, STR(", "));
        quote(out, now(d, k->fields.at[i].column));
        if (k->fields.at[i].direction < 0) text_add(out, STR(" DESC"));
    }
}

static str alter(doctor *d, const char *format, str s, str t) {
    text out = {.arena = d->a};
    text_add(&out, STR("ALTER TABLE "));
    quote(&out, d->table->name);
    for (const char *p = format; *p; p++) {
        if (*p == '@') quote(&out, s);
        else if (*p == '#') quote(&out, t);
        else text_char(&out, *p);
    }
    text_add(&out, STR(";\n"));
    return text_str(&out);
}

static str make_index(doctor *d, str called, bool unique, const key_pattern *k, str where) {
    text out = {.arena = d->a};
    text_format(&out, "CREATE %sINDEX ", unique ? "UNIQUE " : "");
    quote(&out, called);
    text_add(&out, STR(" ON "));
    quote(&out, d->table->name);
    text_add(&out, STR(" ("));
    add_key(d, &out, k);
    text_char(&out, ')');
    if (where.n) text_format(&out, " WHERE %.*s", STR_ARG(where));
    text_add(&out, STR(";\n"));
    return text_str(&out);
}

static str make_name(doctor *d, const name *n) {
    if (n->kind == NAME_PRIMARY && n->key.fields.n == 1)
        return alter(d, " ADD CONSTRAINT @ PRIMARY KEY (#)", n->name, now(d, n->key.fields.at[0].column));
    return make_index(d, n->name, n->kind != NAME_INDEX, &n->key, n->where_sql);
}

/* ---- what is wanted ---- */

static const planned_collection *wanted_of(const doctor *d) {
    const plan *p = d->options->wanted;
    for (size_t i = 0; p && i < p->collections.n; i++)
        if (str_eq(p->collections.at[i].name, d->table->name)) return &p->collections.at[i];
    return NULL;
}

static const planned_index *wanted_index(const doctor *d, str called, const name **n) {
    const planned_collection *c = wanted_of(d);
    for (size_t i = 0; c && i < c->indexes.n; i++)
        for (size_t k = 0; k < c->indexes.at[i].names.n; k++)
            if (str_eq(c->indexes.at[i].names.at[k]->name, called)) return *n = c->indexes.at[i].names.at[k], &c->indexes.at[i];
    return NULL;
}

/* djongo's catalog does not know which columns may be null; what a unique constraint means hangs on it. */
static str set_nulls(doctor *d, const key_pattern *k) {
    const plan *p = d->options->wanted;
    const table *t = NULL;
    text out = {.arena = d->a};
    for (size_t i = 0; p && i < p->operations.n; i++)
        if (p->operations.at[i].document && str_eq(p->operations.at[i].collection, d->table->name))
            t = p->operations.at[i].document;
    for (size_t i = 0; t && i < k->fields.n; i++) {
        str called = k->fields.at[i].column;
        const column *c = table_column(t, called), *is = table_column(d->table, called);
        if (!c || c->nulls == NULLS_UNKNOWN || (is && is->nulls == c->nulls)) continue;
        text_add(&out, alter(d, c->nulls == NULLS_ALLOWED ? " ALTER COLUMN @ DROP NOT NULL" : " ALTER COLUMN @ SET NOT NULL",
                             called, STR_NONE));
    }
    return text_str(&out);
}

static str make_wanted(doctor *d, const name *n) {
    str nulls = set_nulls(d, &n->key), made = make_name(d, n);
    return str_format(d->a, "%.*s%.*s", STR_ARG(nulls), STR_ARG(made));
}

/* ---- fields of indexes ---- */

static bool is_condition(str field) { return field.n == 0 || str_starts(field, STR(CONDITION)); }
static bool is_descending(str field) { return field.n > strlen(DESCENDING) && str_ends(field, STR(DESCENDING)); }

static bool any_field(const index_spec *x, bool (*is)(str field)) {
    for (size_t i = 0; i < x->key.fields.n; i++)
        if (is(x->key.fields.at[i].column)) return true;
    return false;
}

static bool is_recorded(const doctor *d, const index_spec *x) {
    for (size_t i = 0; i < d->table->names.n; i++) {
        const name *n = d->table->names.at[i];
        if (!n->derived && name_is_on(n, x)) return true;
    }
    return false;
}

/* By a statement where a name of it is recorded. */
static void mend_by_drop(doctor *d, lint_finding *f, const index_spec *x) {
    if (!f) return;
    f->mended = true;
    if (is_recorded(d, x)) f->sql = alter(d, " DROP CONSTRAINT @", x->name, STR_NONE);
    else f->drop = x;
}

static void check_condition(doctor *d, const index_spec *x) {
    const name *n = NULL;
    bool known = wanted_index(d, x->name, &n) != NULL;
    lint_finding *f =
        add(d, DOCTOR_CONDITION_AS_FIELD, x->name, &x->key,
            x->unique ? STR("it refuses the second document, and keeps nothing unique") : STR("it serves no query"),
            known ? STR("it becomes what it was meant to be")
                  : STR("it goes; the constraint is made by keyfold apply LOG, or --fix with LOG or --models"));
    if (known) mend_by(f, make_wanted(d, n));
    else mend_by_drop(d, f, x);
}

str doctor_column(str field) { return is_descending(field) ? str_slice(field, 0, field.n - strlen(DESCENDING)) : field; }

/* Neither the catalog nor any document has it. */
static bool is_gone(const doctor *d, str field) {
    return !table_column(d->table, field) && !(d->to.n && str_eq(field, d->to)) && d->facts && !d->facts->empty &&
           has(&d->facts->absent, field);
}

static void check_direction(doctor *d, const index_spec *x) {
    key_pattern meant = {0};
    text shown = {.arena = d->a};
    str gone = STR_NONE;
    for (size_t i = 0; i < x->key.fields.n; i++) {
        key_field k = x->key.fields.at[i];
        if (is_descending(k.column)) k = (key_field){doctor_column(k.column), -1, STR_NONE};
        k.column = now(d, k.column);
        if (is_gone(d, k.column)) gone = k.column;
        vec_push(d->a, &meant.fields, k);
    }
    if (gone.n) {
        mend_by_drop(d,
                     add(d, DOCTOR_DIRECTION_AS_FIELD, x->name, &x->key,
                         str_format(d->a, "and no document has \"%.*s\" any more", STR_ARG(gone)), STR("it goes")),
                     x);
        return;
    }
    key_dump(&shown, &meant);
    lint_finding *f = add(d, DOCTOR_DIRECTION_AS_FIELD, x->name, &x->key,
                          x->unique ? STR("it keeps nothing unique, and may refuse documents") : STR("no query can use it so"),
                          d->table->has_document ? str_format(d->a, "it is built anew on %.*s", STR_ARG(text_str(&shown)))
                                                 : STR("keyfold apply LOG builds it anew"));
    if (x->unique) make_worse(d, f);
    if (d->table->has_document) mend_by(f, make_index(d, x->name, x->unique, &meant, STR_NONE));
}

/* djongo's ADD COLUMN ... UNIQUE calls the index like the column. */
static bool is_added_column(const index_spec *x) {
    return x->unique && x->key.fields.n == 1 && str_eq(x->name, x->key.fields.at[0].column);
}

static void check_column(doctor *d, const index_spec *x) {
    const name *n = NULL;
    if (wanted_index(d, x->name, &n)) return; /* the log knows it, and speaks of it */
    add(d, DOCTOR_COLUMN_NOT_ADDED, x->name, &x->key, STR("the catalog does not have the column that it is on"),
        STR("keyfold apply LOG adds the column, or drops its index (--allow-drop=index)"));
}

static void check_fields(doctor *d, const index_spec *x) {
    text gone = {.arena = d->a};
    size_t n = 0;
    for (size_t i = 0; i < x->key.fields.n; i++) {
        str field = x->key.fields.at[i].column;
        if (memchr(field.p, '.', field.n) || str_eq(field, STR("_id")) || table_column(d->table, field)) continue;
        if (!d->facts || d->facts->empty || !has(&d->facts->absent, field)) {
            if (is_added_column(x)) check_column(d, x);
            return; /* somebody's after all, or nobody looked */
        }
        text_format(&gone, "%s\"%.*s\"", n++ ? ", " : "", STR_ARG(field));
    }
    if (n == 0) return;
    if (is_added_column(x)) {
        check_column(d, x);
        return;
    }
    lint_finding *f = add(d, DOCTOR_DROPPED_FIELD, x->name, &x->key,
                          str_format(d->a, "no document has %.*s%s", STR_ARG(text_str(&gone)),
                                     x->unique && n == x->key.fields.n ? ": it refuses the second one" : ""),
                          STR("it goes"));
    if (x->unique) make_worse(d, f);
    mend_by_drop(d, f, x);
}

/* djongo makes no other. */
static bool is_of_djongos_form(const index_spec *x) {
    for (size_t i = 0; i < x->key.fields.n; i++)
        if (x->key.fields.at[i].direction == 0) return false;
    return index_is_plain(x) && !x->hidden;
}

static void check_index(doctor *d, const index_spec *x) {
    if (!is_of_djongos_form(x)) return;
    if (any_field(x, is_condition)) check_condition(d, x);
    else if (any_field(x, is_descending)) check_direction(d, x);
    else if (d->table->has_document) check_fields(d, x);
}

/* ---- a field that was renamed ---- */

static str listed(const doctor *d, const str *at, size_t n) {
    text out = {.arena = d->a};
    for (size_t i = 0; i < n; i++) text_format(&out, "%s\"%.*s\"", i ? ", " : "", STR_ARG(at[i]));
    return text_str(&out);
}

/* djongo's catalog changes by CREATE, ADD and DROP alone: a column of it that no document has, beside a field of all documents
 * that it does not have, is what RENAME leaves. With several of either nobody can tell which became which. */
static void check_renamed(doctor *d) {
    const contents_fact *f = d->facts;
    VEC(str) columns = {0};
    if (!f || f->empty || f->strangers.n == 0) return;
    for (size_t i = 0; i < f->absent.n; i++)
        if (table_column(d->table, f->absent.at[i])) vec_push(d->a, &columns, f->absent.at[i]);
    if (columns.n == 0) return;
    bool known = columns.n == 1 && f->strangers.n == 1 && f->other_strangers == 0;
    str fix = known ? str_format(d->a, "catalog and indexes follow: \"%.*s\" is called \"%.*s\"", STR_ARG(columns.at[0]),
                                 STR_ARG(f->strangers.at[0]))
                    : STR("say which became which: ALTER TABLE ... RENAME COLUMN ..., for keyfold apply --renames=done");
    lint_finding *x =
        add(d, DOCTOR_RENAMED_FIELD, STR_NONE, NULL,
            str_format(d->a, "no document has %.*s, and all of them have %.*s", STR_ARG(listed(d, columns.at, columns.n)),
                       STR_ARG(listed(d, f->strangers.at, f->strangers.n))),
            fix);
    if (!known) return;
    d->from = columns.at[0];
    d->to = f->strangers.at[0];
    mend_by(x, alter(d, " RENAME COLUMN @ TO #", d->from, d->to));
}

/* ---- the counter and the primary key ---- */

str doctor_key(const table *t) {
    for (size_t i = 0; i < t->columns.n; i++)
        if (t->columns.at[i]->auto_increment) return t->columns.at[i]->name;
    const index_spec *x = table_index(t, STR(PRIMARY_KEY_NAME));
    return x && x->key.fields.n == 1 ? x->key.fields.at[0].column : STR_NONE;
}

static void check_counter(doctor *d) {
    const contents_fact *f = d->facts;
    const table *t = d->table;
    if (t->doubled_counter) {
        lint_finding *x = add(d, DOCTOR_DOUBLED_COUNTER, STR_NONE, NULL,
                              str_format(d->a, "\"%.*s\" stands in auto.field_names more than once", STR_ARG(doctor_key(t))),
                              STR("each is named once"));
        if (x) x->mended = x->counts = true;
    }
    if (!f || !t->has_auto || f->greatest <= t->seq) return;
    lint_finding *x = add(d, DOCTOR_COUNTER_BEHIND, STR_NONE, NULL,
                          str_format(d->a, "it is at %lld, and the greatest \"%.*s\" is %lld", (long long)t->seq,
                                     STR_ARG(f->key), (long long)f->greatest),
                          str_format(d->a, "it is raised to %lld", (long long)f->greatest));
    if (x) x->mended = x->counts = true;
}

static void check_keyless(doctor *d) {
    const contents_fact *f = d->facts;
    if (!f || f->keyless == 0) return;
    str n = f->keyless > MOST_KEYLESS ? str_format(d->a, "more than %d documents have", MOST_KEYLESS)
            : f->keyless == 1         ? STR("a document has")
                                      : str_format(d->a, "%lld documents have", (long long)f->keyless);
    add(d, DOCTOR_ROW_WITHOUT_KEY, STR_NONE, NULL, str_format(d->a, "%.*s no \"%.*s\"", STR_ARG(n), STR_ARG(f->key)),
        str_format(d->a, "give it a \"%.*s\" that is free, or delete it, by hand", STR_ARG(f->key)));
}

static bool is_kept_unique(const table *t, str column_name) {
    for (size_t i = 0; i < t->indexes.n; i++) {
        const index_spec *x = t->indexes.at[i];
        if (x->unique && x->key.fields.n == 1 && str_eq(x->key.fields.at[0].column, column_name)) return true;
    }
    return false;
}

static void check_primary(doctor *d) {
    str key = doctor_key(d->table);
    key_pattern k = {0};
    bool counts = key.n && table_column(d->table, key) && table_column(d->table, key)->auto_increment;
    if (!counts || str_eq(key, STR("_id")) || is_kept_unique(d->table, key) || table_name(d->table, STR(PRIMARY_KEY_NAME)))
        return;
    vec_push(d->a, &k.fields, (key_field){.column = key, .direction = 1});
    mend_by(add(d, DOCTOR_UNIQUE_MISSING, STR(PRIMARY_KEY_NAME), &k, STR("the primary key has no index"), STR("it is made")),
            alter(d, " ADD CONSTRAINT @ PRIMARY KEY (#)", STR(PRIMARY_KEY_NAME), now(d, key)));
}

/* ---- names ---- */

/* Recorded as served by what is not there. One that is recorded as served by nothing was left out on purpose. */
static bool has_lost_index(const doctor *d, const name *n) {
    if (n->derived || !name_is_served(n->kind) || n->indexes.n == 0 || str_eq(n->indexes.at[0], STR("_id_"))) return false;
    for (size_t i = 0; i < n->indexes.n; i++)
        if (!table_index(d->table, n->indexes.at[i])) return true;
    return false;
}

static void check_recorded(doctor *d, const name *n) {
    if (!has_lost_index(d, n)) return;
    lint_finding *f = add(d, n->kind == NAME_INDEX ? DOCTOR_INDEX_MISSING : DOCTOR_UNIQUE_MISSING, n->name, &n->key,
                          STR("the catalog records it, and its index is not there"), STR("it is built again"));
    mend_by(f, make_name(d, n));
}

static bool is_told(const doctor *d, str called) {
    for (size_t i = 0; i < d->out->findings.n; i++)
        if (str_eq(d->out->findings.at[i].collection, d->table->name) && str_eq(d->out->findings.at[i].name, called))
            return true;
    return false;
}

static void check_wanted(doctor *d) {
    const planned_collection *c = wanted_of(d);
    for (size_t i = 0; c && i < c->indexes.n; i++)
        for (size_t k = 0; !c->indexes.at[i].live && k < c->indexes.at[i].names.n; k++) {
            const name *n = c->indexes.at[i].names.at[k];
            if (n->kind == NAME_INDEX || is_told(d, n->name)) continue;
            mend_by(
                add(d, DOCTOR_UNIQUE_MISSING, n->name, &n->key, STR("it is asked for, and was never made"), STR("it is made")),
                make_wanted(d, n));
        }
}

/* ---- runs that were cut off ---- */

static void check_cut_off(doctor *d) {
    bool cleared = d->table->dropping.n > 0;
    for (size_t i = 0; i < d->table->names.n; i++) cleared |= d->table->names.at[i]->cleared;
    if (cleared)
        add(d, DOCTOR_HALF_DONE, STR_NONE, NULL, STR("a run of keyfold's was cut off before it was through with this table"),
            STR("run the same keyfold apply again"));
}

/* More than unique constraints, which are told one by one, and what the catalog says of them. */
static bool is_half_done(const operation *op) {
    if (op->kind == OPERATION_RECORD_DOCUMENT || op->kind == OPERATION_WRITE_DOCUMENT || op->kind == OPERATION_CREATE_CATALOG)
        return false;
    return !op->index || !op->index->unique;
}

static void check_log(doctor *d) {
    const plan *p = d->options->wanted;
    size_t done = p->counts[CLASS_SATISFIED] + p->counts[CLASS_FOLDED], left = 0;
    table here = {.name = STR(MIGRATIONS_TABLE)};
    for (size_t i = 0; i < p->operations.n; i++) left += is_half_done(&p->operations.at[i]);
    if (done == 0 || left == 0) return;
    d->table = &here;
    add(d, DOCTOR_HALF_DONE, STR_NONE, NULL,
        str_format(d->a, "of the statements that are wanted %zu are done and %zu are not", done, p->counts[CLASS_APPLIED]),
        STR("keyfold apply with them, or migrate with keyfold.django, does the others"));
}

/* Django calls a table app_model, if its Meta has no db_table. */
static bool is_of_app(const schema *s, str table_called) {
    for (size_t i = 0; i < s->migrations.n; i++) {
        str app = s->migrations.at[i]->app;
        if (table_called.n > app.n + 1 && str_starts(table_called, app) && table_called.p[app.n] == '_') return true;
    }
    return str_starts(table_called, STR("django_"));
}

static void check_apps(doctor *d) {
    VEC(str) told = {0};
    for (size_t i = 0; d->schema->migrations.n && i < d->schema->tables.n; i++) {
        d->table = d->schema->tables.at[i];
        size_t end = str_find(d->table->name, STR("_"), 0);
        if (!d->table->exists || !d->table->has_document || end == SIZE_MAX || is_of_app(d->schema, d->table->name)) continue;
        str app = str_slice(d->table->name, 0, end);
        if (has(&told, app)) continue;
        vec_push(d->a, &told, app);
        add(d, DOCTOR_HALF_DONE, STR_NONE, NULL,
            STR("it is there, and no migration of an app that it could be of is recorded (unless its model has a db_table)"),
            STR("keyfold apply LOG finishes it, or migrate with keyfold.django"));
    }
}

/* ---- catalog and collections ---- */

/* Can the row be the collection's? */
static bool fits(const doctor *d, const table *row, const table *collection) {
    const contents_fact *f = facts_of(d, collection->name);
    str key = doctor_key(row);
    if (!collection->exists || collection->has_document || !f || f->empty) return false;
    if (!str_eq(key, doctor_key(collection)) || (row->has_auto && f->greatest > row->seq)) return false;
    for (size_t i = 0; i < row->columns.n; i++)
        if (!has(&f->fields, row->columns.at[i]->name)) return false;
    return row->columns.n == f->fields.n;
}

typedef struct matches {
    const table *last;
    size_t n;
} matches;

static matches match(const doctor *d, const table *row, const table *collection) {
    matches m = {0};
    for (size_t i = 0; i < d->schema->tables.n; i++) {
        const table *t = d->schema->tables.at[i];
        bool pair = row ? fits(d, row, t) : t->has_document && !t->exists && fits(d, t, collection);
        if (pair) m = (matches){t, m.n + 1};
    }
    return m;
}

static void check_row(doctor *d) {
    matches of = match(d, d->table, NULL);
    if (of.n == 0) {
        text drop = {.arena = d->a};
        text_add(&drop, STR("DROP TABLE "));
        quote(&drop, d->table->name);
        text_add(&drop, STR(";\n"));
        mend_by(add(d, DOCTOR_ROW_WITHOUT_COLLECTION, STR_NONE, NULL, STR("there is no collection of that name"),
                    STR("its row goes")),
                text_str(&drop));
        return;
    }
    bool known = of.n == 1 && match(d, NULL, of.last).n == 1;
    str fix = known ? str_format(d->a, "its row becomes that of \"%.*s\"", STR_ARG(of.last->name))
                    : STR("say which became which: ALTER TABLE ... RENAME TO ..., for keyfold apply --renames=done");
    lint_finding *f = add(d, DOCTOR_RENAMED_COLLECTION, STR_NONE, NULL,
                          known ? str_format(d->a, "its row is of \"%.*s\", which has none", STR_ARG(of.last->name))
                                : STR("its row may be of one of several collections that have none"),
                          fix);
    if (known) mend_by(f, alter(d, " RENAME TO @", of.last->name, STR_NONE));
}

static void check_collection(doctor *d) {
    if (!table_index(d->table, STR(PRIMARY_KEY_NAME)) || match(d, NULL, d->table).n) return;
    const planned_collection *c = wanted_of(d);
    add(d, DOCTOR_COLLECTION_WITHOUT_ROW, STR_NONE, NULL, STR("djongo has made it, and the catalog does not have it"),
        c ? STR("keyfold apply LOG writes it") : STR("keyfold apply with the log that creates it"));
}

/* ---- the whole ---- */

static void check_table(doctor *d) {
    const table *t = d->table;
    d->facts = facts_of(d, t->name);
    if (!t->exists) {
        if (t->has_document) check_row(d);
        return;
    }
    if (t->has_document) {
        check_renamed(d);
        check_counter(d);
        check_primary(d);
        check_cut_off(d);
    } else {
        check_collection(d);
    }
    check_keyless(d);
    for (size_t i = 0; i < t->indexes.n; i++) check_index(d, t->indexes.at[i]);
    for (size_t i = 0; i < t->names.n; i++) check_recorded(d, t->names.at[i]);
    check_wanted(d);
}

void doctor_schema(lint *out, const schema *s, const doctor_options *o, arena *a) {
    *out = (lint){.doctor = true};
    doctor whole = {.out = out, .schema = s, .options = o, .a = a};
    for (size_t i = 0; i < s->tables.n; i++) {
        doctor d = whole;
        d.table = s->tables.at[i];
        check_table(&d);
    }
    check_apps(&whole);
    if (o->wanted) check_log(&whole);
    lint_sort(out);
}

/* ---- mending ---- */

/* Tables, then columns get their names, before others speak of these. */
static int turn_of(const lint_finding *f) {
    return f->code == DOCTOR_RENAMED_COLLECTION ? 0 : f->code == DOCTOR_RENAMED_FIELD ? 1 : 2;
}

static bool has_statement(const lint *l, str collection) {
    for (size_t i = 0; i < l->findings.n; i++)
        if (l->findings.at[i].mended && l->findings.at[i].sql.n && str_eq(l->findings.at[i].collection, collection))
            return true;
    return false;
}

/* A statement about the table records the names of all its indexes, so that one has to go by a statement too; if a name of it
 * can be. */
static bool drops_by_statement(const lint *l, const lint_finding *f) {
    return f->drop && key_is_possible(&f->drop->key) && has_statement(l, f->collection);
}

str doctor_statements(const lint *l, arena *a) {
    text out = {.arena = a};
    for (int turn = 0; turn < 3; turn++)
        for (size_t i = 0; i < l->findings.n; i++) {
            const lint_finding *f = &l->findings.at[i];
            if (!f->mended || turn_of(f) != turn) continue;
            text_add(&out, f->sql);
            if (!drops_by_statement(l, f)) continue;
            text_add(&out, STR("ALTER TABLE "));
            quote(&out, f->collection);
            text_add(&out, STR(" DROP CONSTRAINT "));
            quote(&out, f->drop->name);
            text_add(&out, STR(";\n"));
        }
    return text_str(&out);
}

/* Is it for this finding that the index is built? */
static bool is_for(const plan *p, const duplicate_fact *d, const lint_finding *f) {
    for (size_t i = 0; i < p->collections.n; i++) {
        const planned_collection *c = &p->collections.at[i];
        if (!str_eq(c->name, d->collection) || !str_eq(f->collection, d->collection)) continue;
        for (size_t k = 0; k < c->indexes.n; k++)
            for (size_t j = 0; str_eq(c->indexes.at[k].index->name, d->index) && j < c->indexes.at[k].names.n; j++)
                if (str_eq(c->indexes.at[k].names.at[j]->name, f->name)) return true;
    }
    return false;
}

static bool take_duplicate(lint *l, const plan *p, const duplicate_fact *d, bool show_values,
                           bool (*is)(const plan *, const duplicate_fact *, const lint_finding *), arena *a) {
    bool any = false;
    for (size_t i = 0; i < l->findings.n; i++) {
        lint_finding *f = &l->findings.at[i];
        if (!f->mended || !f->sql.n || !is(p, d, f)) continue;
        f->mended = false;
        f->fix = str_format(a, "remove the duplicates first: %.*s in more than one document%s%.*s", STR_ARG(d->count),
                            show_values ? ": " : "", STR_ARG(show_values ? d->values : STR_NONE));
        any = true;
    }
    return any;
}

/* A field that is renamed takes its unique indexes along. */
static bool is_of_table(const plan *p, const duplicate_fact *d, const lint_finding *f) {
    (void)p;
    return str_eq(f->collection, d->collection);
}

bool doctor_take_duplicates(lint *l, const plan *repair, const duplicate_fact_list *found, bool show_values, arena *a) {
    bool any = false;
    for (size_t i = 0; i < found->n; i++) {
        const duplicate_fact *d = &found->at[i];
        bool one = take_duplicate(l, repair, d, show_values, is_for, a);
        any |= one || take_duplicate(l, repair, d, show_values, is_of_table, a);
    }
    return any;
}

static void add_drop(plan *p, const lint_finding *f) {
    operation op = {.kind = OPERATION_DROP_INDEX, .collection = f->collection, .reason = f->message};
    op.old = arena_make(p->arena, index_spec);
    *op.old = *f->drop;
    vec_push(p->arena, &p->operations, op);
}

static bool counts_already(const plan *p, str collection) {
    for (size_t i = 0; i < p->operations.n; i++)
        if (p->operations.at[i].kind == OPERATION_MEND_COUNTER && str_eq(p->operations.at[i].collection, collection))
            return true;
    return false;
}

static void add_counter(plan *p, const lint_finding *f, const schema *s) {
    const table *live = schema_table(s, f->collection);
    if (!live || counts_already(p, f->collection)) return;
    operation op = {
        .kind = OPERATION_MEND_COUNTER, .collection = f->collection, .field = doctor_key(live), .reason = f->message};
    op.document = arena_make(p->arena, table);
    *op.document = *live;
    op.document_exists = true;
    op.base_rev = live->rev;
    vec_push(p->arena, &p->operations, op);
}

void doctor_add_operations(plan *p, const lint *l, const schema *s) {
    for (size_t i = 0; i < l->findings.n; i++) {
        const lint_finding *f = &l->findings.at[i];
        if (!f->mended) continue;
        if (f->drop && !drops_by_statement(l, f)) add_drop(p, f);
        if (f->counts) add_counter(p, f, s);
    }
    plan_finish(p, s);
}
