/* A constraint: what SQL calls an index, a unique, a primary key, a foreign key, a check. */
#include "parse/tree.h"

#define CONSTR(x) PG_QUERY__CONSTR_TYPE__CONSTR_##x
#define PRIMARY_NAME STR("__primary_key__")

/* A key under construction. */
typedef struct key {
    tree *t;
    name *n;
    const PgQuery__Constraint *c; /* NULL for CREATE INDEX */
    int32_t location;
    map seen;
} key;

static bool add_new(key *k, str field, int direction) {
    if (map_get(&k->seen, field)) return false;
    map_put(&k->seen, field, k);
    vec_push(k->t->arena, &k->n->key.fields, (key_field){.column = field, .direction = direction});
    return true;
}

static int add_field(key *k, str field, int direction) {
    if (add_new(k, field, direction)) return 0;
    return tree_fail(k->t, k->location, "column \"%.*s\" stands twice in one key", STR_ARG(field));
}

static int add_fields(key *k, PgQuery__Node *const *fields, size_t count) {
    int code = 0;
    for (size_t i = 0; !code && i < count; i++) code = add_field(k, tree_identifier(k->t, tree_string(fields[i])), 1);
    return code;
}

static int fill_key(key *k) {
    tree *t = k->t;
    const PgQuery__Constraint *c = k->c;
    if (c->n_including) return tree_unsupported(t, "MongoDB has no INCLUDE columns");
    if (c->indexname[0]) return tree_not_yet(t, "a constraint USING INDEX");
    if (c->nulls_not_distinct) return tree_not_yet(t, "NULLS NOT DISTINCT");
    return add_fields(k, c->keys, c->n_keys);
}

static int add_element(key *k, const PgQuery__IndexElem *e) {
    tree *t = k->t;
    if (e->expr) return tree_unsupported(t, "MongoDB has no indexes on expressions");
    if (e->n_opclass) return tree_unsupported(t, "MongoDB has no operator classes");
    if (e->n_collation) return tree_not_yet(t, "COLLATE in an index");
    if (e->nulls_ordering != PG_QUERY__SORT_BY_NULLS__SORTBY_NULLS_DEFAULT)
        return tree_unsupported(t, "MongoDB has no NULLS FIRST and NULLS LAST");
    int direction = e->ordering == PG_QUERY__SORT_BY_DIR__SORTBY_DESC ? -1 : 1;
    return add_field(k, tree_identifier(t, e->name), direction);
}

int name_fill_elements(tree *t, name *n, PgQuery__Node *const *elements, size_t count, int32_t location) {
    key k = {t, n, NULL, location, {.arena = t->scratch}};
    int code = 0;
    for (size_t i = 0; !code && i < count; i++) code = add_element(&k, elements[i]->index_elem);
    return code;
}

/* The dialect stage's carrier: USING kf_index or kf_unique, WITH (kf_where = text). */
static int fill_exclusion(key *k) {
    tree *t = k->t;
    name *n = k->n;
    const PgQuery__Constraint *c = k->c;
    if (c->n_including) return tree_unsupported(t, "MongoDB has no INCLUDE columns");
    if (str_eq(str_of(c->access_method), STR("kf_index"))) n->kind = NAME_INDEX;
    int code = 0;
    for (size_t i = 0; !code && i < c->n_exclusions; i++) {
        const PgQuery__List *pair = c->exclusions[i]->list; /* the element and its operator */
        code = add_element(k, pair->items[0]->index_elem);
    }
    if (code || !c->where_clause) return code;
    if (c->n_options) n->where_sql = str_copy(t->arena, str_of(tree_string(c->options[0]->def_elem->arg)));
    n->where = condition_build(t, c->where_clause);
    return 0;
}

static int fill_foreign(key *k) {
    tree *t = k->t;
    name *n = k->n;
    const PgQuery__Constraint *c = k->c;
    if (c->pktable->schemaname[0]) return tree_qualified(t);
    n->ref_table = tree_identifier(t, c->pktable->relname);
    for (size_t i = 0; i < c->n_pk_attrs; i++)
        vec_push(t->arena, &n->ref_columns, tree_identifier(t, tree_string(c->pk_attrs[i])));
    int code = add_fields(k, c->fk_attrs, c->n_fk_attrs);
    if (!code && c->n_fk_attrs && c->n_pk_attrs && c->n_fk_attrs != c->n_pk_attrs)
        return tree_fail(t, c->location, "a foreign key refers to as many columns as it has");
    return code;
}

/* The columns that its text mentions; "t"."c" is c. */
static int fill_check(key *k) {
    tree *t = k->t;
    token_list tokens;
    k->n->check_sql = str_copy(t->arena, str_of(k->c->raw_expr->a_const->sval->sval));
    int code = dialect_tokens(&tokens, k->n->check_sql, t->scratch, t->err);
    for (size_t i = 0; !code && i < tokens.n; i++) {
        bool table = i + 1 < tokens.n && str_eq(tokens.at[i + 1].text, STR("."));
        if (tokens.at[i].kind == TOKEN_IDENTIFIER && !table)
            add_new(k, str_copy(t->arena, dialect_unquote(tokens.at[i].text, t->scratch)), 1);
    }
    return code;
}

static const struct {
    PgQuery__ConstrType type;
    name_kind kind;
    int (*fill)(key *k);
    const char *suffix; /* of an unnamed one, PostgreSQL's habit */
} kinds[] = {
    {CONSTR(UNIQUE), NAME_UNIQUE, fill_key, "key"},          {CONSTR(PRIMARY), NAME_PRIMARY, fill_key, ""},
    {CONSTR(EXCLUSION), NAME_UNIQUE, fill_exclusion, "key"}, {CONSTR(FOREIGN), NAME_FOREIGN_KEY, fill_foreign, "fkey"},
    {CONSTR(CHECK), NAME_CHECK, fill_check, "check"},
};

/* t_a_b_key; t_a_b_key1 if there is one already. */
str name_habitual(tree *t, const name *n, str at_column, const char *suffix) {
    text made = {.arena = t->arena};
    text_add(&made, t->out->table);
    for (size_t i = 0; i < n->key.fields.n && n->kind != NAME_CHECK; i++)
        text_format(&made, "_%.*s", STR_ARG(n->key.fields.at[i].column));
    if (n->kind == NAME_CHECK && at_column.n) text_format(&made, "_%.*s", STR_ARG(at_column));
    text_format(&made, "_%s", suffix);
    str first = text_str(&made), wanted = first;
    size_t *number = map_get(&t->numbers, first);
    if (!number) map_put(&t->numbers, first, number = arena_alloc(t->scratch, 1, sizeof *number));
    while (map_get(&t->names, wanted)) wanted = str_format(t->arena, "%.*s%zu", STR_ARG(first), ++*number);
    return wanted;
}

static str name_of(const key *k, str at_column, const char *suffix, bool create) {
    tree *t = k->t;
    const name *n = k->n;
    if (n->kind == NAME_PRIMARY) return PRIMARY_NAME;
    if (k->c->conname[0]) return tree_identifier(t, k->c->conname);
    /* djongo's indexes are called so. */
    if (n->kind == NAME_UNIQUE && n->of_column) return str_format(t->arena, "%.*s%s", STR_ARG(at_column), create ? "_1" : "");
    return name_habitual(t, n, at_column, suffix);
}

int name_add(tree *t, const PgQuery__Constraint *c, str at_column, bool create, bool if_not_exists) {
    size_t i = 0;
    while (i < sizeof kinds / sizeof *kinds && kinds[i].type != c->contype) i++;
    if (i == sizeof kinds / sizeof *kinds) return tree_not_yet(t, "this kind of constraint");
    name *n = arena_make(t->arena, name);
    key k = {t, n, c, c->location, {.arena = t->scratch}};
    n->kind = kinds[i].kind;
    n->of_column = at_column.p != NULL;
    if (n->of_column && n->kind != NAME_CHECK) add_new(&k, at_column, 1);
    int code = kinds[i].fill(&k);
    if (code) return code;
    n->name = name_of(&k, at_column, kinds[i].suffix, create);
    if (create && n->kind == NAME_PRIMARY && map_get(&t->names, n->name))
        return tree_fail(t, c->location, "a table has one primary key");
    map_put(&t->names, n->name, n);
    action a = {.kind = ACTION_ADD_NAME, .name = n, .target = n->name, .if_not_exists = if_not_exists};
    a.offset = tree_offset(t, c->location);
    vec_push(t->arena, &t->out->actions, a);
    return 0;
}
