/* What doctor can use of the documents: which fields they have, and the greatest key. */
#include "exec/run.h"

enum { LOOKED_AT = 100 };

typedef struct look {
    connection *c;
    arena *a;
    const table *table;
    contents_fact *out;
    kf_error *err;
} look;

static int end(look *l) {
    answer x;
    cursor_end(&x, l->c, l->a);
    return x.ok ? 0 : answer_error(&x, l->err, "cannot look at the documents of", l->table->name);
}

static bool is_listed(const str *at, size_t n, str s) {
    for (size_t i = 0; i < n; i++)
        if (str_eq(at[i], s)) return true;
    return false;
}

/* ---- the last ones ---- */

static void note_fields(look *l, str document) {
    bson_iter_t i;
    if (!tree_open(&i, document)) return;
    while (bson_iter_next(&i)) {
        str field = {bson_iter_key(&i), bson_iter_key_len(&i)};
        if (str_eq(field, STR("_id")) || is_listed(l->out->fields.at, l->out->fields.n, field)) continue;
        vec_push(l->a, &l->out->fields, str_copy(l->a, field));
    }
}

static int read_last(look *l) {
    bson_t *all = tree_new(l->a), *options = tree_new(l->a), order;
    str d;
    bson_append_document_begin(options, "sort", -1, &order);
    bson_append_int32(&order, "_id", -1, -1);
    bson_append_document_end(options, &order);
    bson_append_int64(options, "limit", -1, LOOKED_AT);
    int rc = cursor_find(l->c, str_c(l->a, l->table->name), all, options, l->err);
    if (rc) return rc;
    l->out->empty = true;
    while (cursor_next(l->c, &d)) {
        l->out->empty = false;
        note_fields(l, d);
    }
    return end(l);
}

/* ---- all of them ---- */

/* Is there one that has the field (or, `lacks`, one that has not)? */
static int look_for(look *l, str field, bool lacks, bool *found) {
    bson_t *match = tree_new(l->a), *options = tree_new(l->a), in;
    str d;
    bson_append_document_begin(match, str_c(l->a, field), -1, &in);
    bson_append_bool(&in, "$exists", -1, !lacks);
    bson_append_document_end(match, &in);
    bson_append_int64(options, "limit", -1, 1);
    int rc = cursor_find(l->c, str_c(l->a, l->table->name), match, options, l->err);
    if (rc) return rc;
    *found = cursor_next(l->c, &d);
    return end(l);
}

/* A field of that name can be asked for. What begins with a dollar or holds a dot means something else in a query, and no
 * document of djongo's has one. */
static bool can_ask(str field) {
    return field.n && field.p[0] != '$' && !memchr(field.p, '.', field.n) && !memchr(field.p, 0, field.n);
}

static int note_absent(look *l, str field) {
    bool found = false;
    if (str_eq(field, STR("_id")) || is_listed(l->out->fields.at, l->out->fields.n, field)) return 0;
    if (is_listed(l->out->absent.at, l->out->absent.n, field)) return 0;
    int rc = can_ask(field) ? look_for(l, field, false, &found) : 0;
    if (rc == 0 && !found && can_ask(field)) vec_push(l->a, &l->out->absent, field);
    return rc;
}

static int find_absent(look *l) {
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < l->table->columns.n; i++) rc = note_absent(l, l->table->columns.at[i]->name);
    for (size_t i = 0; i < l->table->indexes.n; i++) {
        const key_pattern *k = &l->table->indexes.at[i]->key;
        for (size_t j = 0; rc == 0 && j < k->fields.n; j++) rc = note_absent(l, doctor_column(k->fields.at[j].column));
    }
    return rc;
}

static int find_strangers(look *l) {
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < l->out->fields.n; i++) {
        str field = l->out->fields.at[i];
        bool lacking = true;
        if (table_column(l->table, field)) continue;
        if (can_ask(field)) rc = look_for(l, field, true, &lacking);
        if (lacking) l->out->other_strangers++;
        else vec_push(l->a, &l->out->strangers, field);
    }
    return rc;
}

static int count_keyless(look *l) {
    bson_t *match = tree_new(l->a), *options = tree_new(l->a), fields;
    str d;
    bson_append_null(match, str_c(l->a, l->out->key), -1);
    bson_append_document_begin(options, "projection", -1, &fields);
    bson_append_int32(&fields, "_id", -1, 1);
    bson_append_document_end(options, &fields);
    bson_append_int64(options, "limit", -1, MOST_KEYLESS + 1);
    int rc = cursor_find(l->c, str_c(l->a, l->table->name), match, options, l->err);
    if (rc) return rc;
    while (cursor_next(l->c, &d)) l->out->keyless++;
    return end(l);
}

static int look_at_key(look *l) {
    answer x;
    l->out->key = doctor_key(l->table);
    if (!can_ask(l->out->key) || str_eq(l->out->key, STR("_id"))) return 0;
    /* Renamed, it is another finding's. */
    if (is_listed(l->out->absent.at, l->out->absent.n, l->out->key)) return 0;
    int rc = documents_greatest(&l->out->greatest, l->c, l->a, l->table->name, l->out->key, &x, l->err);
    if (rc == 0 && !x.ok) rc = answer_error(&x, l->err, "cannot look for the greatest key of", l->table->name);
    return rc ? rc : count_keyless(l);
}

static int look_at(look *l) {
    int rc = read_last(l);
    if (rc || l->out->empty) return rc;
    if ((rc = find_absent(l))) return rc;
    if (l->table->has_document && (rc = find_strangers(l))) return rc;
    return look_at_key(l);
}

int exec_examine(contents_fact_list *out, connection *c, const schema *s, arena *a, kf_error *err) {
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < s->tables.n; i++) {
        const table *t = s->tables.at[i];
        if (!t->exists || (!t->has_document && !table_index(t, STR(PRIMARY_KEY_NAME)))) continue;
        contents_fact f = {.collection = t->name};
        look l = {.c = c, .a = a, .table = t, .out = &f, .err = err};
        rc = look_at(&l);
        if (rc == 0) vec_push(a, out, f);
    }
    return rc;
}

/* ---- uniques that documents break ---- */

static str values_of(arena *a, const failure *f) {
    text out = {.arena = a};
    for (size_t i = 0; i < f->duplicates.n; i++) text_format(&out, "%s%.*s", i ? ", " : "", STR_ARG(f->duplicates.at[i].value));
    return text_str(&out);
}

int exec_foresee(duplicate_fact_list *out, connection *c, const plan *p, arena *a, kf_error *err) {
    run_result nothing = {.arena = a};
    run r = {.c = c, .p = p, .out = &nothing, .arena = a, .err = err};
    for (size_t i = 0; i < p->operations.n; i++) {
        const operation *op = &p->operations.at[i];
        bool builds = op->kind == OPERATION_CREATE_INDEX || op->kind == OPERATION_REPLACE_INDEX;
        failure f = {.operation = i};
        size_t total = 0;
        if (!builds || !op->index->unique) continue;
        int rc = duplicates_find(&r, &f, &total, fields_collection_now(&r, op->collection), op->index);
        if (rc) return rc < 0 ? rc : -KF_E_CONNECTION;
        if (total)
            vec_push(a, out, (duplicate_fact){op->collection, op->index->name, duplicates_count(a, total), values_of(a, &f)});
    }
    return 0;
}
