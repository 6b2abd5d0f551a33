/* What follows a renamed column: keys, conditions, checks. */
#include "schema/schema.h"

static void rename_in_key(key_pattern *k, str from, str to, arena *a) {
    key_pattern copy = {0}; /* a live table's names share their keys with it */
    for (size_t i = 0; i < k->fields.n; i++) {
        key_field f = k->fields.at[i];
        if (str_eq(f.column, from)) f.column = to;
        vec_push(a, &copy.fields, f);
    }
    *k = copy;
}

static expression *rename_in_expression(const expression *e, str from, str to, arena *a) {
    expression *copy = arena_make(a, expression);
    *copy = *e;
    if (e->kind == EXPRESSION_COLUMN && str_eq(e->text, from)) copy->text = to;
    memset(&copy->args, 0, sizeof copy->args);
    for (size_t i = 0; i < e->args.n; i++) vec_push(a, &copy->args, rename_in_expression(e->args.at[i], from, to, a));
    return copy;
}

/* In text that is kept as it was written: the quoted identifier. */
static str rename_in_sql(str sql, str from, str to, arena *a) {
    str quoted = str_format(a, "\"%.*s\"", STR_ARG(from));
    text out = {.arena = a};
    size_t at = 0;
    for (size_t next; (next = str_find(sql, quoted, at)) != SIZE_MAX; at = next + quoted.n) {
        text_add(&out, str_slice(sql, at, next));
        text_format(&out, "\"%.*s\"", STR_ARG(to));
    }
    text_add(&out, str_from(sql, at));
    return text_str(&out);
}

void name_rename_column(name *n, str from, str to, arena *a) {
    rename_in_key(&n->key, from, to, a);
    if (n->where) {
        text sql = {.arena = a};
        n->where = rename_in_expression(n->where, from, to, a);
        expression_dump(&sql, n->where);
        n->where_sql = text_str(&sql);
    } else if (n->where_sql.n) {
        n->where_sql = rename_in_sql(n->where_sql, from, to, a);
    }
    if (n->check_sql.n) n->check_sql = rename_in_sql(n->check_sql, from, to, a);
}
