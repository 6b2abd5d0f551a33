/* CREATE INDEX, in PostgreSQL's own words. */
#include "parse/tree.h"

/* The text behind its WHERE, as written. */
static str where_text(const tree *t) {
    token_list tokens;
    size_t depth = 0, from = 0, to = 0;
    if (dialect_tokens(&tokens, t->text->sql, t->scratch, NULL)) return STR_NONE;
    for (size_t i = 0; i < tokens.n; i++) {
        const token *x = &tokens.at[i];
        bool punctuation = x->kind == TOKEN_PUNCTUATION;
        if (x->kind == TOKEN_SPACE || (punctuation && x->text.p[0] == ';')) continue;
        depth += punctuation && x->text.p[0] == '(';
        depth -= punctuation && x->text.p[0] == ')' && depth;
        to = (size_t)(x->text.p - t->text->sql.p) + x->text.n;
        if (!from && depth == 0 && x->kind == TOKEN_WORD && str_eq_nocase(x->text, STR("WHERE"))) from = to;
    }
    return from ? str_trim(str_slice(t->text->sql, from, to)) : STR_NONE;
}

static int check_method(tree *t, const PgQuery__IndexStmt *s) {
    str method = str_of(s->access_method);
    if (method.n == 0 || str_eq(method, STR("btree"))) return 0;
    if (!str_eq(method, STR("hash")))
        return tree_unsupported(t, "MongoDB has no %.*s indexes that SQL could ask for", STR_ARG(method));
    if (s->unique) return tree_unsupported(t, "MongoDB has no unique hashed indexes");
    if (s->n_index_params > 1) return tree_unsupported(t, "MongoDB has no hashed indexes of several columns");
    return 0;
}

static int fill(tree *t, name *n, const PgQuery__IndexStmt *s) {
    if (s->n_index_including_params) return tree_unsupported(t, "MongoDB has no INCLUDE columns");
    if (s->nulls_not_distinct) return tree_not_yet(t, "NULLS NOT DISTINCT");
    int code = check_method(t, s);
    if (!code) code = name_fill_elements(t, n, s->index_params, s->n_index_params, s->relation->location);
    if (!code && str_eq(str_of(s->access_method), STR("hash")))
        n->key.fields.at[0] = (key_field){.column = n->key.fields.at[0].column, .special = STR(KEY_HASHED)};
    if (code || !s->where_clause) return code;
    n->where_sql = str_copy(t->arena, where_text(t));
    n->where = condition_build(t, s->where_clause);
    return 0;
}

int index_create(tree *t, const PgQuery__IndexStmt *s) {
    name *n = arena_make(t->arena, name);
    int code = tree_table(t, s->relation);
    t->out->kind = STATEMENT_CREATE_INDEX;
    n->kind = s->unique ? NAME_UNIQUE : NAME_INDEX;
    if (!code) code = fill(t, n, s);
    if (code) return code;
    n->name = s->idxname[0] ? tree_identifier(t, s->idxname) : name_habitual(t, n, STR_NONE, "idx");
    action a = {.kind = ACTION_ADD_NAME, .name = n, .target = n->name, .if_not_exists = s->if_not_exists};
    a.offset = t->out->offset;
    vec_push(t->arena, &t->out->actions, a);
    return 0;
}
