#include "export/words.h"

#include <stdlib.h>

static void quoted(text *out, str s, char quote) {
    text_char(out, quote);
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == quote) text_char(out, quote);
        text_char(out, s.p[i]);
    }
    text_char(out, quote);
}

void word_identifier(text *out, str s) { quoted(out, s, '"'); }
void word_string(text *out, str s) { quoted(out, s, '\''); }

void word_comment(text *out, str s) {
    for (size_t i = 0; i < s.n; i++) text_char(out, (unsigned char)s.p[i] < 32 || s.p[i] == 127 ? '?' : s.p[i]);
}

void word_key(text *out, const key_pattern *k) {
    for (size_t i = 0; i < k->fields.n; i++) {
        if (i) text_add(out, STR(", "));
        word_identifier(out, k->fields.at[i].column);
        if (k->fields.at[i].direction < 0) text_add(out, STR(" DESC"));
    }
}

void word_columns(text *out, const str *at, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (i) text_add(out, STR(", "));
        word_identifier(out, at[i]);
    }
}

void word_script_string(text *out, str s) {
    text_char(out, '\'');
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c == '\'' || c == '\\') text_format(out, "\\%c", c);
        else if (c < 32 || c == 127) text_format(out, "\\x%02x", c);
        else text_char(out, (char)c);
    }
    text_char(out, '\'');
}

static int by_name(const void *a, const void *b) { return str_cmp((*(table *const *)a)->name, (*(table *const *)b)->name); }

table **export_tables(arena *a, const schema *s) {
    table **tables = arena_alloc(a, s->tables.n + 1, sizeof *tables);
    if (s->tables.n == 0) return tables;
    memcpy(tables, s->tables.at, s->tables.n * sizeof *tables);
    qsort(tables, s->tables.n, sizeof *tables, by_name);
    return tables;
}

static bool owns_index(const name *n) { return n->indexes.n && str_eq(n->indexes.at[0], n->name); }

name **export_names(arena *a, const table *t) {
    name **names = arena_alloc(a, t->names.n + 1, sizeof *names);
    size_t n = 0;
    for (int owners = 1; owners >= 0; owners--)
        for (size_t i = 0; i < t->names.n; i++)
            if (owns_index(t->names.at[i]) == owners) names[n++] = t->names.at[i];
    return names;
}

bool export_is_ordered(const key_pattern *k) {
    for (size_t i = 0; i < k->fields.n; i++)
        if (k->fields.at[i].direction == 0) return false;
    return true;
}

const index_spec *export_unsaid(const table *t, const name *n) {
    const index_spec *x = n->indexes.n ? table_index(t, n->indexes.at[0]) : NULL;
    if (!n->derived || !x) return NULL;
    bool known_key = export_is_ordered(&x->key) || (key_is_hashed(&x->key) && x->key.fields.n == 1);
    return index_is_plain(x) && known_key ? NULL : x;
}

const name *export_primary(const table *t) {
    for (size_t i = 0; i < t->names.n; i++)
        if (t->names.at[i]->kind == NAME_PRIMARY) return t->names.at[i];
    return NULL;
}

/* 'it''s' → it's */
static str unquoted(str s, arena *a) {
    text t = {.arena = a};
    if (s.n < 2 || s.p[0] != '\'' || s.p[s.n - 1] != '\'') return s;
    for (size_t i = 1; i + 1 < s.n; i++) {
        text_char(&t, s.p[i]);
        if (s.p[i] == '\'' && i + 2 < s.n && s.p[i + 1] == '\'') i++;
    }
    return text_str(&t);
}

bool export_default(value *out, const column *c, arena *a) {
    if (!c->has_default) return false;
    if (c->has_default_value) {
        *out = c->default_value;
        return true;
    }
    str sql = str_trim(c->default_sql);
    bool placeholder = sql.n && (sql.p[0] == '%' || sql.p[0] == '$');
    return !placeholder && value_of_raw(out, c->type, unquoted(sql, a), a);
}
