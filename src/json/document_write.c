#include "json/document.h"
#include "json/json.h"
#include "json/tree.h"

/* ---- names ---- */

static void append_references(bson_t *b, const name *n) {
    bson_t references;
    bson_append_document_begin(b, "references", -1, &references);
    tree_put_str(&references, "table", n->ref_table);
    tree_put_strings(&references, "columns", n->ref_columns.at, n->ref_columns.n);
    bson_append_document_end(b, &references);
}

static void append_name(arena *a, bson_t *b, const name *n, bool flat) {
    tree_put_str(b, "name", n->name);
    tree_put_str(b, "kind", str_of(name_kind_text(n->kind)));
    key_list_append(a, b, "key", &n->key, flat);
    if (n->where_sql.n) tree_put_str(b, "where", n->where_sql);
    if (n->ref_table.n) append_references(b, n);
    if (n->check_sql.n) tree_put_str(b, "check", n->check_sql);
    tree_put_strings(b, "indexes", n->indexes.at, n->indexes.n);
    if (n->cleared) bson_append_bool(b, "cleared", -1, true);
    if (n->full) bson_append_bool(b, "full", -1, true);
    tree_put_str(b, "made_by", str_of(maker_text(n->made_by)));
}

static void append_names(arena *a, bson_t *b, const table *t, bool flat) {
    bson_t names, each;
    char room[16];
    size_t n = 0;
    bson_append_array_begin(b, "names", -1, &names);
    for (size_t i = 0; i < t->names.n; i++) {
        if (t->names.at[i]->derived) continue; /* recorded nowhere: its index tells of it again */
        bson_append_document_begin(&names, tree_position(n++, room), -1, &each);
        append_name(a, &each, t->names.at[i], flat);
        bson_append_document_end(&names, &each);
    }
    bson_append_array_end(b, &names);
}

static void append_dropping(bson_t *b, const table *t) {
    if (t->dropping.n) tree_put_strings(b, "dropping", t->dropping.at, t->dropping.n);
}

/* ---- fields and the counter ---- */

/* `_id` is not in fields and has no counter: djongo would insert integers as _id. */
static bool is_field(const column *c) { return !str_eq(c->name, STR("_id")); }
static bool is_counted(const column *c) { return c->auto_increment && is_field(c); }

static bool has_counted(const table *t) {
    for (size_t i = 0; i < t->columns.n; i++)
        if (is_counted(t->columns.at[i])) return true;
    return false;
}

static void append_fields(arena *a, bson_t *b, const table *t) {
    bson_t fields, each;
    bson_append_document_begin(b, "fields", -1, &fields);
    for (size_t i = 0; i < t->columns.n; i++) {
        const column *c = t->columns.at[i];
        if (!is_field(c)) continue;
        bson_append_document_begin(&fields, str_c(a, c->name), -1, &each);
        if (c->type.n) tree_put_str(&each, "type_code", c->type);
        else bson_append_null(&each, "type_code", -1); /* as djongo has it */
        if (c->nulls != NULLS_UNKNOWN) bson_append_bool(&each, "null", -1, c->nulls == NULLS_ALLOWED);
        if (c->nulls_filled) bson_append_bool(&each, "filled", -1, true);
        if (c->has_default) tree_put_str(&each, "default", c->default_sql);
        bson_append_document_end(&fields, &each);
    }
    bson_append_document_end(b, &fields);
}

static void append_field_names(bson_t *b, const char *key, const table *t) {
    bson_t array;
    char room[16];
    size_t n = 0;
    bson_append_array_begin(b, key, -1, &array);
    for (size_t i = 0; i < t->columns.n; i++)
        if (is_counted(t->columns.at[i])) tree_put_str(&array, tree_position(n++, room), t->columns.at[i]->name);
    bson_append_array_end(b, &array);
}

static void append_counter(bson_t *b, const table *t) {
    bson_t counter;
    bson_append_document_begin(b, "auto", -1, &counter);
    append_field_names(&counter, "field_names", t);
    if (t->seq > INT32_MAX) bson_append_int64(&counter, "seq", -1, t->seq);
    else bson_append_int32(&counter, "seq", -1, (int32_t)t->seq);
    bson_append_document_end(b, &counter);
}

/* ---- lineage ---- */

static bool has_lineage(const table *t) {
    for (size_t i = 0; i < t->columns.n; i++)
        if (t->columns.at[i]->was.n) return true;
    return t->was.n > 0;
}

static void append_lineage(arena *a, bson_t *b, const table *t) {
    bson_t lineage, columns;
    bson_append_document_begin(b, "lineage", -1, &lineage);
    tree_put_strings(&lineage, "table", t->was.at, t->was.n);
    bson_append_document_begin(&lineage, "columns", -1, &columns);
    for (size_t i = 0; i < t->columns.n; i++) {
        const column *c = t->columns.at[i];
        if (c->was.n) tree_put_strings(&columns, str_c(a, c->name), c->was.at, c->was.n);
    }
    bson_append_document_end(&lineage, &columns);
    bson_append_document_end(b, &lineage);
}

/* ---- for the server ---- */

str json_document_insert(arena *a, const operation *op, bool flat) {
    bson_t *b = tree_new(a);
    tree_put_str(b, "name", op->collection);
    append_fields(a, b, op->document);
    if (has_counted(op->document)) append_counter(b, op->document);
    append_names(a, b, op->document, flat);
    if (has_lineage(op->document)) append_lineage(a, b, op->document);
    append_dropping(b, op->document);
    bson_append_int64(b, "rev", -1, 1);
    return tree_bytes(b);
}

str json_document_whole(arena *a, const table *t, bool flat) {
    bson_t *b = tree_new(a);
    tree_put_str(b, "name", t->name);
    append_fields(a, b, t);
    if (t->has_auto) append_counter(b, t);
    if (t->has_names) append_names(a, b, t, flat);
    if (has_lineage(t)) append_lineage(a, b, t);
    if (t->rev) bson_append_int64(b, "rev", -1, t->rev);
    return tree_bytes(b);
}

/* An update's path cannot reach a key with a dot or a dollar in it: such an entry, which is not keyfold's,
 * stays as it is. */
static bool is_reachable(str key) { return key.n && key.p[0] != '$' && !memchr(key.p, '.', key.n) && !memchr(key.p, 0, key.n); }

static char *path(arena *a, str key, const char *rest) { return str_c(a, str_format(a, "fields.%.*s%s", STR_ARG(key), rest)); }

static void append_set(arena *a, bson_t *b, const operation *op, bool flat) {
    const table *t = op->document;
    bson_t set;
    bson_append_document_begin(b, "$set", -1, &set);
    if (op->from.n) tree_put_str(&set, "name", op->collection);
    if (op->whole_fields) append_fields(a, &set, t);
    for (size_t i = 0; !op->whole_fields && i < t->columns.n; i++) {
        const column *c = t->columns.at[i];
        if (!is_field(c) || !is_reachable(c->name)) continue;
        if (c->type.n) tree_put_str(&set, path(a, c->name, ".type_code"), c->type);
        else if (c->nulls == NULLS_UNKNOWN && !c->has_default) /* or nothing would tell that it is there */
            bson_append_null(&set, path(a, c->name, ".type_code"), -1);
        if (c->nulls != NULLS_UNKNOWN) bson_append_bool(&set, path(a, c->name, ".null"), -1, c->nulls == NULLS_ALLOWED);
        if (c->nulls_filled) bson_append_bool(&set, path(a, c->name, ".filled"), -1, true);
        if (c->has_default) tree_put_str(&set, path(a, c->name, ".default"), c->default_sql);
    }
    if (!t->has_auto && has_counted(t)) append_counter(&set, t);
    /* The counter itself is djongo's to move; what it counts may have been renamed. */
    else if (has_counted(t)) append_field_names(&set, "auto.field_names", t);
    if (has_lineage(t)) append_lineage(a, &set, t);
    append_names(a, &set, t, flat);
    append_dropping(&set, t);
    bson_append_int64(&set, "rev", -1, op->base_rev + 1);
    bson_append_document_end(b, &set);
}

static void append_unset(arena *a, bson_t *b, const operation *op) {
    const table *t = op->document;
    bson_t *unset = tree_new(a);
    for (size_t i = 0; !op->whole_fields && i < t->columns.n; i++) {
        const column *c = t->columns.at[i];
        if (!is_field(c) || !is_reachable(c->name)) continue;
        const column *before = op->before ? table_column(op->before, c->name) : NULL;
        if (!c->has_default) tree_put_str(unset, path(a, c->name, ".default"), STR(""));
        if (!c->nulls_filled && before && before->nulls_filled) tree_put_str(unset, path(a, c->name, ".filled"), STR(""));
    }
    for (size_t i = 0; !op->whole_fields && i < op->removed_columns.n; i++)
        if (is_reachable(op->removed_columns.at[i])) tree_put_str(unset, path(a, op->removed_columns.at[i], ""), STR(""));
    if (!t->has_auto && !has_counted(t)) tree_put_str(unset, "auto", STR(""));
    if (!has_lineage(t)) tree_put_str(unset, "lineage", STR(""));
    if (!t->dropping.n) tree_put_str(unset, "dropping", STR(""));
    if (unset->len > 5) bson_append_document(b, "$unset", -1, unset);
}

str json_document_match(arena *a, const operation *op) {
    bson_t *b = tree_new(a), missing;
    tree_put_str(b, "name", op->from.n ? op->from : op->collection);
    if (op->base_rev) {
        bson_append_int64(b, "rev", -1, op->base_rev);
    } else {
        bson_append_document_begin(b, "rev", -1, &missing);
        bson_append_bool(&missing, "$exists", -1, false);
        bson_append_document_end(b, &missing);
    }
    return tree_bytes(b);
}

void json_document_update(arena *a, const operation *op, bool flat, str *match, str *update) {
    bson_t *u = tree_new(a);
    append_set(a, u, op, flat);
    append_unset(a, u, op);
    *match = json_document_match(a, op);
    *update = tree_bytes(u);
}

void json_counter_update(arena *a, const operation *op, int64_t seq, str *match, str *update) {
    bson_t *m = tree_new(a), *u = tree_new(a), in;
    tree_put_str(m, "name", op->collection);
    bson_append_document_begin(m, "auto.field_names", -1, &in);
    bson_append_bool(&in, "$exists", -1, true);
    bson_append_document_end(m, &in);
    bson_append_document_begin(u, "$set", -1, &in);
    append_field_names(&in, "auto.field_names", op->document);
    bson_append_document_end(u, &in);
    bson_append_document_begin(u, "$max", -1, &in);
    tree_put_int(&in, "auto.seq", seq);
    bson_append_document_end(u, &in);
    *match = tree_bytes(m);
    *update = tree_bytes(u);
}

/* ---- for files ---- */

str document_form(arena *a, const table *t, bool with_names) {
    bson_t *b = tree_new(a), counter;
    tree_put_str(b, "name", t->name);
    append_fields(a, b, t);
    if (t->has_auto || has_counted(t)) {
        bson_append_document_begin(b, "auto", -1, &counter);
        append_field_names(&counter, "field_names", t);
        if (t->has_auto) tree_put_int(&counter, "seq", t->seq);
        else bson_append_null(&counter, "seq", -1);
        bson_append_document_end(b, &counter);
    }
    if (with_names) append_names(a, b, t, false);
    if (has_lineage(t)) append_lineage(a, b, t);
    append_dropping(b, t);
    if (t->rev) tree_put_int(b, "rev", t->rev);
    return tree_bytes(b);
}
