/* Who in a Django model asked for a name: told by how Django spells it. */
#include "lint/django.h"

static bool is_hex(str s) {
    for (size_t i = 0; i < s.n; i++)
        if (!((s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] >= 'a' && s.p[i] <= 'f'))) return false;
    return true;
}

/* Ends in _ and 8 hex digits (and, of uniques, the suffix). */
static bool has_hash(str name, str suffix) {
    if (!str_ends(name, suffix)) return false;
    str rest = str_slice(name, 0, name.n - suffix.n);
    return rest.n > 9 && rest.p[rest.n - 9] == '_' && is_hex(str_from(rest, rest.n - 8));
}

django_source django_source_of(const name *n) {
    bool one = n->key.fields.n == 1;
    if (n->kind == NAME_PRIMARY) return DJANGO_PRIMARY_KEY;
    if (n->kind == NAME_UNIQUE && one) {
        str c = n->key.fields.at[0].column;
        bool djongo = str_eq(n->name, c) || (n->name.n == c.n + 2 && str_starts(n->name, c) && str_ends(n->name, STR("_1")));
        return djongo || n->of_column || has_hash(n->name, STR("_uniq")) ? DJANGO_FIELD : DJANGO_META;
    }
    return one && n->kind == NAME_INDEX && has_hash(n->name, STR("")) ? DJANGO_FIELD : DJANGO_META;
}

static bool refers(const table *t, str column) {
    for (size_t i = 0; i < t->names.n; i++) {
        const name *n = t->names.at[i];
        if (n->kind == NAME_FOREIGN_KEY && n->key.fields.n == 1 && str_eq(n->key.fields.at[0].column, column)) return true;
    }
    return false;
}

bool django_is_reference(const table *t, str column) {
    return str_ends(column, STR("_id")) && column.n > 3 && refers(t, column);
}

/* A ForeignKey's column is the field's name with _id. */
str django_field(const table *t, str column) {
    return django_is_reference(t, column) ? str_slice(column, 0, column.n - 3) : column;
}

static void add_fields(text *out, const table *t, const key_pattern *k) {
    for (size_t i = 0; i < k->fields.n; i++) {
        str field = django_field(t, k->fields.at[i].column);
        text_format(out, "%s\"%s%.*s\"", i ? ", " : "", k->fields.at[i].direction < 0 ? "-" : "", STR_ARG(field));
    }
}

str django_entry(const table *t, const name *n, arena *a) {
    text out = {.arena = a};
    bool unique = n->kind == NAME_UNIQUE;
    text_add(&out, unique ? STR("UniqueConstraint(fields=[") : STR("Index(fields=["));
    add_fields(&out, t, &n->key);
    text_format(&out, "], name=\"%.*s\")", STR_ARG(n->name));
    return text_str(&out);
}

str django_removal(const table *t, const name *n, arena *a) {
    str field = django_field(t, n->key.fields.at[0].column);
    if (django_source_of(n) == DJANGO_FIELD && n->kind == NAME_INDEX)
        return django_is_reference(t, n->key.fields.at[0].column)
                   ? str_format(a, "set db_index=False on the ForeignKey \"%.*s\"", STR_ARG(field))
                   : str_format(a, "remove db_index=True from the field \"%.*s\"", STR_ARG(field));
    if (django_source_of(n) == DJANGO_FIELD) return str_format(a, "remove unique=True from the field \"%.*s\"", STR_ARG(field));
    return str_format(a, "remove %.*s from Meta.%s", STR_ARG(django_entry(t, n, a)),
                      n->kind == NAME_UNIQUE ? "constraints" : "indexes");
}
