#include "json/plan_check.h"

#include "json/document.h"
#include "json/tree.h"

/* ---- types ---- */

/* s string, b bool, i whole number, d document, a array, S array of strings, n null, x binary (a document's bytes). */
typedef struct member {
    const char *key, *types;
} member;

static const member whole[] = {{"format", "i"},
                               {"keyfold", "s"},
                               {"profile", "s"},
                               {"nulls", "s"},
                               {"allow_drop", "S"},
                               {"database", "s"},
                               {"host", "s"},
                               {"fingerprint", "s"},
                               {"skip_unsupported", "b"},
                               {"convert_types", "b"},
                               {"stopped", "b"},
                               {"history", "d"},
                               {"redo", "a"},
                               {"files", "a"},
                               {"no_migrations_table", "b"},
                               {"statements", "d"},
                               {"collections", "a"},
                               {"operations", "a"},
                               {"findings", "a"},
                               {"statement_list", "a"},
                               {"skipped_dml", "a"},
                               {NULL, NULL}};
static const member statement_members[] = {{"source", "s"}, {"class", "s"}, {"reason", "s"}, {NULL, NULL}};
static const member collection_members[] = {{"name", "s"}, {"indexes", "a"}, {"other_names", "a"}, {NULL, NULL}};
static const member index_members[] = {{"name", "s"},     {"key", "a"},    {"unique", "b"},       {"sparse", "b"},
                                       {"hidden", "b"},   {"names", "S"},  {"statements", "a"},   {"live", "b"},
                                       {"filter", "dnx"}, {"spec", "dnx"}, {"companion_of", "s"}, {NULL, NULL}};
static const member other_name_members[] = {{"name", "s"}, {"kind", "s"}, {"state", "s"}, {"reason", "s"}, {NULL, NULL}};
static const member operation_members[] = {
    {"op", "s"},         {"collection", "s"}, {"from", "s"},         {"restart", "b"},         {"field", "s"},
    {"app", "s"},        {"name", "s"},       {"fill_nulls", "b"},   {"from_type", "s"},       {"to_type", "s"},
    {"index", "dn"},     {"old", "dn"},       {"document", "d"},     {"before", "d"},          {"document_exists", "b"},
    {"base_rev", "i"},   {"reason", "s"},     {"whole_fields", "b"}, {"counts_from", "s"},     {"removed_columns", "S"},
    {"statements", "a"}, {"fill_bson", "x"},  {"fill_type", "s"},    {"defaults_hidden", "b"}, {"applied_bson", "x"},
    {NULL, NULL}};
static const member document_members[] = {{"name", "s"}, {"fields", "d"},  {"auto", "d"},     {"names", "a"},
                                          {"rev", "i"},  {"lineage", "d"}, {"dropping", "S"}, {NULL, NULL}};
static const member finding_members[] = {{"severity", "s"}, {"code", "sn"},   {"collection", "s"}, {"name", "s"},
                                         {"field", "s"},    {"message", "s"}, {"source", "sn"},    {"statement", "in"},
                                         {"line", "i"},     {"column", "i"},  {NULL, NULL}};

static const struct {
    const char *what;
    const member *members;
} parts[] = {
    [PLAN_WHOLE] = {"the plan", whole},
    [PLAN_STATEMENT] = {"a statement", statement_members},
    [PLAN_COLLECTION] = {"a collection", collection_members},
    [PLAN_INDEX] = {"an index", index_members},
    [PLAN_OTHER_NAME] = {"a name", other_name_members},
    [PLAN_OPERATION] = {"an operation", operation_members},
    [PLAN_DOCUMENT] = {"a document", document_members},
    [PLAN_FINDING] = {"a finding", finding_members},
};

static bool is_strings(const bson_iter_t *array) {
    bson_iter_t i;
    if (!tree_open(&i, tree_array(array))) return false;
    while (bson_iter_next(&i))
        if (!tree_is_str(&i)) return false;
    return true;
}

static bool is_of_type(const bson_iter_t *i, char type) {
    int64_t n;
    switch (type) {
    case 's': return tree_is_str(i);
    case 'b': return bson_iter_type(i) == BSON_TYPE_BOOL;
    case 'i': return tree_int(i, &n);
    case 'd': return bson_iter_type(i) == BSON_TYPE_DOCUMENT;
    case 'a': return bson_iter_type(i) == BSON_TYPE_ARRAY;
    case 'S': return is_strings(i);
    case 'n': return bson_iter_type(i) == BSON_TYPE_NULL;
    case 'x': return bson_iter_type(i) == BSON_TYPE_BINARY;
    default: return false;
    }
}

int plan_check_members(str document, plan_part part, kf_error *err) {
    bson_iter_t i;
    for (const member *m = parts[part].members; m->key; m++) {
        if (!tree_find(&i, document, m->key)) continue;
        bool right = false;
        for (const char *type = m->types; *type && !right; type++) right = is_of_type(&i, *type);
        if (!right) return fail(err, KF_E_PLAN_INVALID, "\"%s\" of %s is of a wrong type", m->key, parts[part].what);
    }
    return 0;
}

/* ---- operations ---- */

/* Any other would be a path or an operator for the server. */
static bool is_field(str s) { return s.n && s.p[0] != '$' && !memchr(s.p, '.', s.n) && !memchr(s.p, 0, s.n) && str_is_utf8(s); }

/* Nobody's but the server's. */
static bool is_changeable(str field) { return is_field(field) && !str_eq(field, STR("_id")); }

static bool is_written(const filter *f) {
    bool written = f->opaque.n == 0;
    for (size_t i = 0; written && i < f->terms.n; i++) {
        const filter_term *t = &f->terms.at[i];
        if (t->op != FILTER_OR) written = is_field(t->field);
        for (size_t k = 0; written && k < t->branches.n; k++) written = is_written(&t->branches.at[k]);
    }
    return written;
}

/* What keyfold builds has a filter that it wrote. */
static bool is_built(const index_spec *x) {
    if (!x || !index_name_is_possible(x->name)) return false;
    return key_is_possible(&x->key) && is_written(&x->filter);
}

static bool is_live(const index_spec *x) { return x && index_name_is_possible(x->name); }

static bool is_document(const operation *op) {
    return op->document && (!op->counts_from.n || is_field(op->counts_from)) &&
           (!op->from.n || !schema_collection_fault(op->from));
}

static bool is_complete(const plan *p, const operation *op) {
    switch (op->kind) {
    case OPERATION_DROP_DATABASE: return op->from.n && str_eq(op->from, p->options.database);
    case OPERATION_RENAME_COLLECTION: return !schema_collection_fault(op->from) && !str_eq(op->from, op->collection);
    case OPERATION_RENAME_FIELD: return is_changeable(op->from) && is_changeable(op->field) && !str_eq(op->from, op->field);
    case OPERATION_FILL_FIELD: return is_changeable(op->field) && op->fill.type;
    case OPERATION_CONVERT_FIELD: return is_changeable(op->field) && op->new_type.n && value_type_is_known(op->new_type);
    case OPERATION_UNSET_FIELD: return is_changeable(op->field);
    case OPERATION_REPLACE_INDEX: return is_built(op->index) && is_live(op->old);
    case OPERATION_CREATE_INDEX: return is_built(op->index);
    case OPERATION_CLEAR_INDEX:
    case OPERATION_DROP_INDEX: return is_live(op->old);
    case OPERATION_RECORD_DOCUMENT:
    case OPERATION_WRITE_DOCUMENT: return is_document(op);
    case OPERATION_MEND_COUNTER: return is_document(op) && is_field(op->field);
    case OPERATION_WRITE_MIGRATION:
    case OPERATION_REMOVE_MIGRATION: return str_eq(op->collection, STR(MIGRATIONS_TABLE));
    case OPERATION_EMPTY_COLLECTION:
    case OPERATION_CREATE_CATALOG:
    case OPERATION_CREATE_COLLECTION:
    case OPERATION_DROP_COLLECTION:
    case OPERATION_REMOVE_DOCUMENT:
    case OPERATION_COUNT: break;
    }
    return true;
}

int plan_check_operation(const plan *p, const operation *op, kf_error *err) {
    const char *kind = operation_kind_text(op->kind), *why = NULL;
    if (op->kind == OPERATION_CREATE_CATALOG) why = str_eq(op->collection, STR(CATALOG)) ? NULL : "the catalog is " CATALOG;
    else if (op->kind != OPERATION_DROP_DATABASE) why = schema_collection_fault(op->collection);
    if (why)
        return fail(err, KF_E_PLAN_INVALID, "%s: there can be no collection \"%.*s\": %s", kind, STR_ARG(op->collection), why);
    if (is_complete(p, op)) return 0;
    return fail(err, KF_E_PLAN_INVALID,
                "%s of \"%.*s\": without its index, document, fill, field or former name, or one that keyfold plans for nobody",
                kind, STR_ARG(op->collection));
}
