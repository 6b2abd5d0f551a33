/* A column's type changes: its stored values follow where the flag asks for it. */
#include "plan/work.h"

static bool is_integer(str type) { return str_eq(type, STR("int")) || str_eq(type, STR("long")); }

static str shown(str type) { return type.n ? type : STR("no type"); }

/* What the table's values were stored as: by the catalog; those of a column that this run adds, by the statement that did. */
static bool find_change(const work *w, const column *c, str *from) {
    const column *was = table_column(w->live, c->name);
    if (was) *from = was->type;
    else if (c->has_fill && c->type_effect) *from = c->added_type;
    else return false;
    return c->type.n && !str_eq(*from, c->type);
}

static size_t statement_of(const work *w, const column *c) {
    size_t effect = c->type_effect ? c->type_effect : c->effect;
    return effect ? w->desired->effects.at[effect - 1].statement : SIZE_MAX;
}

/* The type in the catalog stays what the values are. */
static void withhold(work *w, const column *c, str from, str reason) {
    bool skip = w->p->options.skip_unsupported;
    size_t effect = c->type_effect ? c->type_effect : c->effect;
    if (effect) w->desired->effects.at[effect - 1].verdict = skip ? VERDICT_SKIPPED : VERDICT_WITHHELD;
    table_column(w->final, c->name)->type = from;
    work_find(w, skip ? FINDING_SKIPPED : FINDING_WITHHELD, KF_E_NOT_EXPRESSIBLE, NULL, statement_of(w, c),
              str_format(w->a, "the values of \"%.*s\" cannot be converted from %.*s to %.*s: %.*s; the type stays %.*s",
                         STR_ARG(c->name), STR_ARG(shown(from)), STR_ARG(c->type), STR_ARG(reason), STR_ARG(shown(from))));
    w->p->findings.at[w->p->findings.n - 1].field = c->name;
}

static void convert(work *w, const column *c, str from) {
    if (!value_type_is_known(c->type)) {
        withhold(w, c, from, STR("no BSON type is that"));
        return;
    }
    if (!w->p->options.profile->pipeline_updates) {
        withhold(w, c, from, str_format(w->a, "%s has no updates that compute", w->p->options.profile->name));
        return;
    }
    operation op = {.kind = OPERATION_CONVERT_FIELD,
                    .collection = w->wanted->name,
                    .field = c->name,
                    .old_type = from,
                    .new_type = c->type,
                    .reason = STR("the column's type changed")};
    size_t statement = statement_of(w, c);
    if (statement != SIZE_MAX) vec_push(w->a, &op.causes, statement);
    vec_push(w->a, &w->p->operations, op);
    vec_push(w->a, &w->converted_columns, c->name);
}

void convert_plan(work *w) {
    for (size_t i = 0; i < w->wanted->columns.n; i++) {
        const column *c = w->wanted->columns.at[i];
        str from;
        if (!find_change(w, c, &from)) continue;
        if (w->p->options.convert_types) convert(w, c, from);
        else if (!is_integer(from) || !is_integer(c->type))
            work_find(w, FINDING_NOTICE, KF_OK, NULL, statement_of(w, c),
                      str_format(w->a, "the values of \"%.*s\" stay as they are (%.*s): --convert-types makes them %.*s",
                                 STR_ARG(c->name), STR_ARG(shown(from)), STR_ARG(c->type)));
    }
}

bool convert_touches(const work *w, const index_spec *x) {
    for (size_t i = 0; i < w->converted_columns.n; i++) {
        str c = w->converted_columns.at[i];
        if (key_has(&x->key, c) || filter_uses(&x->filter, c)) return true;
    }
    return false;
}

bool convert_retypes(const work *w, const name *n) {
    for (size_t i = 0; n->where && i < w->final->columns.n; i++) {
        const column *c = w->final->columns.at[i], *was = w->live ? table_column(w->live, c->name) : NULL;
        bool changed = c->type_effect || (c->effect && was && !str_eq(was->type, c->type));
        if (changed && expression_uses(n->where, c->name)) return true;
    }
    return false;
}
