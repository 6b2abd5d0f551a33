#include "model/filter.h"

static const char *const operators[] = {"$eq", "$lt", "$lte", "$gt", "$gte", "$in", "$exists", "$type"};

static int sign(uint64_t a, uint64_t b) { return (a > b) - (a < b); }

static int term_cmp(const filter_term *a, const filter_term *b) {
    int c = str_cmp(a->field, b->field);
    if (!c) c = sign(a->op, b->op);
    if (!c) c = sign(a->types, b->types);
    if (!c) c = sign(a->values.n, b->values.n);
    for (size_t i = 0; !c && i < a->values.n; i++) c = value_cmp(&a->values.at[i], &b->values.at[i]);
    return c;
}

/* A comparison holds for values of its operand's type alone (MongoDB brackets types; numbers are one bracket), so it
 * implies a $type that has all of that bracket. */
static bool implies_type(const filter_term *t, type_set types) {
    type_set numbers = type_bit(VALUE_DOUBLE) | type_bit(VALUE_INT32) | type_bit(VALUE_INT64) | type_bit(VALUE_DECIMAL);
    if (t->op == FILTER_TYPE) return t->types != types && (t->types & ~types) == 0;
    if (t->op == FILTER_EXISTS || t->values.n == 0) return false;
    for (size_t i = 0; i < t->values.n; i++) {
        type_set bit = type_bit(t->values.at[i].type);
        if (bit & numbers) bit = numbers;
        if (bit & ~types) return false;
    }
    return true;
}

static bool is_implied(const filter *f, size_t i) {
    const filter_term *t = &f->terms.at[i];
    for (size_t j = 0; j < f->terms.n; j++) {
        const filter_term *other = &f->terms.at[j];
        if (j == i || !str_eq(other->field, t->field)) continue;
        if (j < i && term_cmp(other, t) == 0) return true;
        if (t->op == FILTER_TYPE && implies_type(other, t->types)) return true;
    }
    return false;
}

static void sort_values(filter_term *t) {
    for (size_t i = 1; i < t->values.n; i++)
        for (size_t j = i; j > 0 && value_cmp(&t->values.at[j - 1], &t->values.at[j]) > 0; j--) {
            value v = t->values.at[j];
            t->values.at[j] = t->values.at[j - 1];
            t->values.at[j - 1] = v;
        }
}

void filter_normalise(filter *f) {
    for (size_t i = 0; i < f->terms.n; i++) {
        sort_values(&f->terms.at[i]);
        for (size_t j = i; j > 0 && term_cmp(&f->terms.at[j - 1], &f->terms.at[j]) > 0; j--) {
            filter_term t = f->terms.at[j];
            f->terms.at[j] = f->terms.at[j - 1];
            f->terms.at[j - 1] = t;
        }
    }
    for (size_t i = f->terms.n; i-- > 0;)
        if (is_implied(f, i)) vec_remove(&f->terms, i);
}

int filter_cmp(const filter *a, const filter *b) {
    int c = str_cmp(a->opaque, b->opaque);
    if (!c) c = sign(a->terms.n, b->terms.n);
    for (size_t i = 0; !c && i < a->terms.n; i++) c = term_cmp(&a->terms.at[i], &b->terms.at[i]);
    return c;
}

bool filter_uses(const filter *f, str field) {
    for (size_t i = 0; i < f->terms.n; i++)
        if (str_eq(f->terms.at[i].field, field)) return true;
    return false;
}

static void dump_types(text *out, type_set types) {
    if (types == type_set_not_null()) {
        text_add(out, STR("not null"));
        return;
    }
    text_add(out, STR("["));
    bool first = true;
    for (int i = 0; value_types[i]; i++)
        if (types & type_bit(value_types[i])) {
            text_format(out, "%s%s", first ? "" : ", ", value_type_alias(value_types[i]));
            first = false;
        }
    text_add(out, STR("]"));
}

static void dump_term(text *out, const filter_term *t) {
    if (t->op == FILTER_TYPE) {
        dump_types(out, t->types);
        return;
    }
    if (t->op != FILTER_EQ) text_format(out, "%s ", operators[t->op]);
    if (t->op == FILTER_EXISTS) text_add(out, STR("true"));
    if (t->op == FILTER_IN) text_add(out, STR("["));
    for (size_t i = 0; i < t->values.n; i++) {
        if (i) text_add(out, STR(", "));
        value_dump(out, &t->values.at[i]);
    }
    if (t->op == FILTER_IN) text_add(out, STR("]"));
}

void filter_dump(text *out, const filter *f) {
    if (f->opaque.n) {
        text_add(out, STR("{ a filter of another form }"));
        return;
    }
    text_add(out, STR("{ "));
    for (size_t i = 0; i < f->terms.n; i++) {
        value field = {.type = VALUE_STRING, .bytes = f->terms.at[i].field};
        if (i) text_add(out, STR(", "));
        value_dump(out, &field);
        text_add(out, STR(": "));
        dump_term(out, &f->terms.at[i]);
    }
    text_add(out, STR(" }"));
}
