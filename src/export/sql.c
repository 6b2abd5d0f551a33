/* SQL that keyfold reads back to the same schema. */
#include "export/words.h"

static bool is_word(str type) {
    for (size_t i = 0; i < type.n; i++) {
        char c = type.p[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (i && c >= '0' && c <= '9'))) return false;
    }
    return true;
}

static bool is_only_key(const name *primary, const column *c) {
    return primary && primary->key.fields.n == 1 && str_eq(primary->key.fields.at[0].column, c->name);
}

/* djongo does not record whether a column may be null. Where a unique index has no filter it is taken to be not, or another
 * index would come of it. */
static bool refuses_nulls(const table *t, const column *c) {
    if (c->nulls != NULLS_UNKNOWN) return c->nulls == NULLS_REFUSED;
    for (size_t i = 0; i < t->indexes.n; i++) {
        const index_spec *x = t->indexes.at[i];
        if (x->unique && index_is_plain(x) && key_has(&x->key, c->name)) return true;
    }
    return false;
}

static void add_default(text *out, const column *c) {
    value v;
    if (!c->has_default) return;
    str sql = str_trim(c->default_sql);
    bool placeholder = sql.n && (sql.p[0] == '%' || sql.p[0] == '$');
    text_add(out, STR(" DEFAULT "));
    if (!placeholder) text_add(out, sql.n ? sql : STR("''"));
    else if (export_default(&v, c, out->arena) && v.type == VALUE_STRING) word_string(out, v.bytes);
    else if (c->has_default_value) value_dump(out, &v);
    else text_add(out, STR("NULL"));
}

static void add_column(text *out, const table *t, const column *c) {
    const name *primary = export_primary(t);
    text_add(out, STR("    "));
    word_identifier(out, c->name);
    if (c->type.n) text_char(out, ' ');
    if (is_word(c->type)) text_add(out, c->type);
    else word_identifier(out, c->type);
    add_default(out, c);
    text_add(out, refuses_nulls(t, c) ? STR(" NOT NULL") : STR(" NULL"));
    if (is_only_key(primary, c)) text_add(out, STR(" PRIMARY KEY"));
    if (c->auto_increment) text_add(out, STR(" AUTOINCREMENT"));
}

static void add_table(text *out, const table *t) {
    const name *primary = export_primary(t);
    const char *before = "\n";
    bool inside = false;
    text_add(out, STR("CREATE TABLE "));
    word_identifier(out, t->name);
    text_add(out, STR(" ("));
    for (size_t i = 0; i < t->columns.n; i++) {
        text_add(out, str_of(before));
        add_column(out, t, t->columns.at[i]);
        inside |= is_only_key(primary, t->columns.at[i]);
        before = ",\n";
    }
    if (primary && !inside) {
        text_format(out, "%s    PRIMARY KEY (", before);
        word_key(out, &primary->key);
        text_char(out, ')');
    }
    text_add(out, STR("\n);\n"));
}

static void add_alter(text *out, const table *t, const name *n) {
    text_add(out, STR("ALTER TABLE "));
    word_identifier(out, t->name);
    text_add(out, STR(" ADD CONSTRAINT "));
    word_identifier(out, n->name);
}

static void add_index(text *out, const table *t, const name *n) {
    text_format(out, "CREATE %sINDEX ", n->kind == NAME_UNIQUE ? "UNIQUE " : "");
    word_identifier(out, n->name);
    text_add(out, STR(" ON "));
    word_identifier(out, t->name);
    if (key_is_hashed(&n->key)) text_add(out, STR(" USING hash"));
    text_add(out, STR(" ("));
    word_key(out, &n->key);
    text_char(out, ')');
    if (n->where_sql.n) text_format(out, " WHERE %.*s", STR_ARG(n->where_sql));
    text_add(out, STR(";\n"));
}

static void add_foreign_key(text *out, const table *t, const name *n) {
    add_alter(out, t, n);
    text_add(out, STR(" FOREIGN KEY ("));
    word_key(out, &n->key);
    text_add(out, STR(") REFERENCES "));
    word_identifier(out, n->ref_table);
    if (n->ref_columns.n) {
        text_add(out, STR(" ("));
        word_columns(out, n->ref_columns.at, n->ref_columns.n);
        text_char(out, ')');
    }
    text_add(out, STR(";\n"));
}

static void add_unsaid(text *out, const index_spec *x) {
    text said = {.arena = out->arena};
    index_dump(&said, x);
    text_add(out, STR("-- SQL has no word for this index: "));
    word_comment(out, text_str(&said));
    text_char(out, '\n');
}

static void add_name(text *out, const table *t, const name *n) {
    const index_spec *unsaid = export_unsaid(t, n);
    if (unsaid) add_unsaid(out, unsaid);
    else if (n->kind == NAME_FOREIGN_KEY) add_foreign_key(out, t, n);
    else if (n->kind == NAME_CHECK) {
        add_alter(out, t, n);
        text_format(out, " CHECK (%.*s);\n", STR_ARG(n->check_sql));
    } else if (n->kind != NAME_PRIMARY) add_index(out, t, n);
}

/* Indexes that are nobody's name. */
static void add_nameless(text *out, const table *t) {
    for (size_t i = 0; i < t->indexes.n; i++) {
        bool named = index_is_handle(t->indexes.at[i], out->arena);
        for (size_t k = 0; k < t->names.n; k++) named |= name_is_on(t->names.at[k], t->indexes.at[i]);
        if (!named) add_unsaid(out, t->indexes.at[i]);
    }
}

static void add_migration(text *out, const migration *m) {
    bool told = m->applied.type != VALUE_NULL;
    text_format(out, "INSERT INTO \"" MIGRATIONS_TABLE "\" (\"app\", \"name\"%s) VALUES (", told ? ", \"applied\"" : "");
    word_string(out, m->app);
    text_add(out, STR(", "));
    word_string(out, m->name);
    if (told) {
        text date = {.arena = out->arena};
        if (m->applied.type == VALUE_STRING) text_add(&date, m->applied.bytes);
        else value_dump(&date, &m->applied);
        text_add(out, STR(", "));
        word_string(out, text_str(&date));
    }
    text_add(out, STR(");\n"));
}

void export_sql(text *out, const schema *s) {
    table **tables = export_tables(out->arena, s);
    text_add(out, STR("-- What keyfold found; keyfold apply reads it.\n"));
    for (size_t i = 0; i < s->tables.n; i++) add_table(out, tables[i]);
    for (size_t i = 0; i < s->tables.n; i++) {
        name **names = export_names(out->arena, tables[i]);
        for (size_t k = 0; k < tables[i]->names.n; k++) add_name(out, tables[i], names[k]);
        add_nameless(out, tables[i]);
    }
    for (size_t i = 0; i < s->migrations.n; i++) add_migration(out, s->migrations.at[i]);
}
