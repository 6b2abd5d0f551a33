/* Partial filter expressions. What MongoDB takes in them:
 * https://www.mongodb.com/docs/manual/core/index-partial/ */
#include "json/tree.h"

enum { MAX_TERMS = 1000, MAX_DEPTH = 20 };

typedef struct reader {
    arena *arena;
    filter *out;
    size_t values;
} reader;

static const struct {
    str spelled;
    filter_operator op;
} operators[] = {
    {{"$eq", 3}, FILTER_EQ},   {{"$lt", 3}, FILTER_LT}, {{"$lte", 4}, FILTER_LTE},       {{"$gt", 3}, FILTER_GT},
    {{"$gte", 4}, FILTER_GTE}, {{"$in", 3}, FILTER_IN}, {{"$exists", 7}, FILTER_EXISTS}, {{"$type", 5}, FILTER_TYPE},
};
enum { OPERATORS = sizeof operators / sizeof *operators };

static bool operator_of(str spelled, filter_operator *out) {
    for (int i = 0; i < OPERATORS; i++)
        if (str_eq(operators[i].spelled, spelled)) {
            *out = operators[i].op;
            return true;
        }
    return false;
}

static str key_of(const bson_iter_t *i) { return (str){bson_iter_key(i), bson_iter_key_len(i)}; }

static bool is_operators(str document) {
    bson_iter_t i;
    return tree_open(&i, document) && bson_iter_next(&i) && bson_iter_key(&i)[0] == '$';
}

/* {$eq: v} and {f: v} mean the same for these values only: a lone equality is written in the short form. */
static bool read_value(reader *r, filter_term *t, const bson_iter_t *i) {
    value v;
    if (bson_iter_type(i) == BSON_TYPE_REGEX || is_operators(tree_document(i)) || ++r->values > MAX_TERMS) return false;
    if (!value_read(&v, i, r->arena)) return false;
    vec_push(r->arena, &t->values, v);
    return true;
}

static bool read_values(reader *r, filter_term *t, str array) {
    bson_iter_t i;
    if (!tree_open(&i, array)) return false;
    while (bson_iter_next(&i))
        if (!read_value(r, t, &i)) return false;
    return t->values.n > 0;
}

static type_set type_by_number(int64_t n) {
    if (n == -1) return type_bit(VALUE_MIN_KEY);
    return n > 0 && n <= 127 ? type_bit((value_type)n) : 0;
}

static type_set type_by_alias(str alias) {
    if (str_eq(alias, STR("number")))
        return type_bit(VALUE_DOUBLE) | type_bit(VALUE_INT32) | type_bit(VALUE_INT64) | type_bit(VALUE_DECIMAL);
    for (int i = 0; value_types[i]; i++)
        if (str_eq(alias, str_of(value_type_alias(value_types[i])))) return type_bit(value_types[i]);
    return 0;
}

static bool read_type(filter_term *t, const bson_iter_t *i) {
    int64_t n;
    type_set set = tree_is_str(i) ? type_by_alias(tree_str(i)) : tree_int(i, &n) ? type_by_number(n) : 0;
    t->types |= set;
    return set != 0;
}

static bool read_types(filter_term *t, const bson_iter_t *i) {
    bson_iter_t each;
    if (bson_iter_type(i) != BSON_TYPE_ARRAY) return read_type(t, i);
    if (!tree_open(&each, tree_array(i))) return false;
    while (bson_iter_next(&each))
        if (!read_type(t, &each)) return false;
    return t->types != 0;
}

static bool read_term(reader *r, str field, filter_operator op, const bson_iter_t *i) {
    filter_term t = {.field = field, .op = op};
    bool exact;
    if (r->out->terms.n >= MAX_TERMS) return false;
    if (op == FILTER_EXISTS) exact = bson_iter_as_bool(i);
    else if (op == FILTER_TYPE) exact = read_types(&t, i);
    else if (op == FILTER_IN) exact = read_values(r, &t, tree_array(i));
    else exact = read_value(r, &t, i);
    if (exact) vec_push(r->arena, &r->out->terms, t);
    return exact;
}

static bool read_field(reader *r, const bson_iter_t *i) {
    str field = key_of(i), document = tree_document(i);
    bson_iter_t each;
    filter_operator op;
    if (!is_operators(document)) return read_term(r, field, FILTER_EQ, i);
    tree_open(&each, document);
    while (bson_iter_next(&each))
        if (!operator_of(key_of(&each), &op) || !read_term(r, field, op, &each)) return false;
    return true;
}

static bool read_conjunction(reader *r, str document, int depth);

static bool read_and(reader *r, str array, int depth) {
    bson_iter_t i;
    bool any = false;
    if (depth >= MAX_DEPTH || !tree_open(&i, array)) return false;
    for (; bson_iter_next(&i); any = true)
        if (!read_conjunction(r, tree_document(&i), depth + 1)) return false;
    return any;
}

static bool read_or(reader *r, str array, int depth) {
    bson_iter_t i;
    filter *all = r->out;
    filter_term or = {.op = FILTER_OR};
    bool exact = depth < MAX_DEPTH && tree_open(&i, array);
    while (exact && bson_iter_next(&i)) {
        filter branch = {0};
        r->out = &branch;
        exact = ++r->values <= MAX_TERMS && read_conjunction(r, tree_document(&i), depth + 1);
        vec_push(r->arena, & or.branches, branch);
    }
    r->out = all;
    if (!exact || or.branches.n == 0) return false;
    vec_push(r->arena, &all->terms, or);
    return true;
}

static bool read_conjunction(reader *r, str document, int depth) {
    bson_iter_t i;
    bool any = false;
    if (!tree_open(&i, document)) return false;
    for (; bson_iter_next(&i); any = true) {
        str key = key_of(&i);
        if (str_eq(key, STR("$and"))) {
            if (!read_and(r, tree_array(&i), depth)) return false;
        } else if (str_eq(key, STR("$or"))) {
            if (!read_or(r, tree_array(&i), depth)) return false;
        } else if (key.n == 0 || key.p[0] == '$' || !read_field(r, &i)) {
            return false;
        }
    }
    return any;
}

void filter_read(filter *out, str document, arena *a) {
    reader r = {a, out, 0};
    *out = (filter){0};
    if (read_conjunction(&r, document, 0)) filter_normalise(out, a);
    else *out = (filter){.opaque = document};
}

/* ---- writing ---- */

static void append_types(bson_t *b, const char *key, type_set types) {
    bson_t array;
    char room[16];
    size_t n = 0;
    bson_append_array_begin(b, key, -1, &array);
    for (int i = 0; value_types[i]; i++)
        if (types & type_bit(value_types[i]))
            bson_append_int32(&array, tree_position(n++, room), -1,
                              value_types[i] == VALUE_MIN_KEY ? -1 : (int32_t)value_types[i]);
    bson_append_array_end(b, &array);
}

static void append_values(bson_t *b, const char *key, const filter_term *t) {
    bson_t array;
    char room[16];
    bson_append_array_begin(b, key, -1, &array);
    for (size_t i = 0; i < t->values.n; i++) value_append(&array, tree_position(i, room), &t->values.at[i]);
    bson_append_array_end(b, &array);
}

static void append_operator(bson_t *b, const filter_term *t) {
    const char *key = "";
    for (int i = 0; i < OPERATORS; i++)
        if (operators[i].op == t->op) key = operators[i].spelled.p;
    if (t->op == FILTER_EXISTS) bson_append_bool(b, key, -1, true);
    else if (t->op == FILTER_TYPE) append_types(b, key, t->types);
    else if (t->op == FILTER_IN) append_values(b, key, t);
    else value_append(b, key, &t->values.at[0]);
}

static bson_t *conjunction(arena *a, const filter *f);

static void append_or(arena *a, bson_t *b, const filter_term *t) {
    bson_t array;
    char room[16];
    bson_append_array_begin(b, "$or", -1, &array);
    for (size_t i = 0; i < t->branches.n; i++)
        bson_append_document(&array, tree_position(i, room), -1, conjunction(a, &t->branches.at[i]));
    bson_append_array_end(b, &array);
}

static size_t field_end(const filter *f, size_t from) {
    size_t to = from + 1;
    while (to < f->terms.n && str_eq(f->terms.at[to].field, f->terms.at[from].field)) to++;
    return to;
}

/* Terms from..to are of one field. */
static void append_field(arena *a, bson_t *b, const filter *f, size_t from, size_t to) {
    const filter_term *first = &f->terms.at[from];
    char *field = str_c(a, first->field);
    bson_t operators_of_field;
    if (first->op == FILTER_OR) {
        append_or(a, b, first);
        return;
    }
    if (to == from + 1 && first->op == FILTER_EQ) {
        value_append(b, field, &first->values.at[0]);
        return;
    }
    bson_append_document_begin(b, field, -1, &operators_of_field);
    for (size_t i = from; i < to; i++) append_operator(&operators_of_field, &f->terms.at[i]);
    bson_append_document_end(b, &operators_of_field);
}

/* One field cannot have one operator twice, nor a document two $or: then all stand in an $and, at the top because servers
 * before 6.0 take it nowhere else. */
static bool needs_and(const filter *f) {
    for (size_t i = 1; i < f->terms.n; i++) /* terms are sorted by field, then by operator */
        if (str_eq(f->terms.at[i - 1].field, f->terms.at[i].field) && f->terms.at[i - 1].op == f->terms.at[i].op) return true;
    return false;
}

static bson_t *conjunction(arena *a, const filter *f) {
    bson_t *b = tree_new(a), array;
    char room[16];
    if (!needs_and(f)) {
        for (size_t from = 0, to; from < f->terms.n; from = to) append_field(a, b, f, from, to = field_end(f, from));
        return b;
    }
    bson_append_array_begin(b, "$and", -1, &array);
    for (size_t i = 0; i < f->terms.n; i++) {
        bson_t *alone = tree_new(a);
        append_field(a, alone, f, i, i + 1);
        bson_append_document(&array, tree_position(i, room), -1, alone);
    }
    bson_append_array_end(b, &array);
    return b;
}

str filter_document(arena *a, const filter *f) { return f->opaque.n ? f->opaque : tree_bytes(conjunction(a, f)); }
