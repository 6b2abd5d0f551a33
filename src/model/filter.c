#include "model/filter.h"

static const char *const operators[] = {"$eq", "$lt", "$lte", "$gt", "$gte", "$in", "$exists", "$type", "$or"};

str filter_operator_text(filter_operator op) { return str_of(operators[op]); }

static int sign(uint64_t a, uint64_t b) { return (a > b) - (a < b); }

/* ---- order ---- */

static int term_cmp(const filter_term *a, const filter_term *b) {
    int c = str_cmp(a->field, b->field);
    if (!c) c = sign(a->op, b->op);
    if (!c) c = sign(a->types, b->types);
    if (!c) c = sign(a->values.n, b->values.n);
    for (size_t i = 0; !c && i < a->values.n; i++) c = value_order(&a->values.at[i], &b->values.at[i]);
    if (!c) c = sign(a->branches.n, b->branches.n);
    for (size_t i = 0; !c && i < a->branches.n; i++) c = filter_cmp(&a->branches.at[i], &b->branches.at[i]);
    return c;
}

int filter_cmp(const filter *a, const filter *b) {
    int c = str_cmp(a->opaque, b->opaque);
    if (!c) c = sign(a->terms.n, b->terms.n);
    for (size_t i = 0; !c && i < a->terms.n; i++) c = term_cmp(&a->terms.at[i], &b->terms.at[i]);
    return c;
}

/* Insertion: there are few, and most often they are sorted already. */
#define SORT(type, v, cmp)                                                                                                     \
    for (size_t i_ = 1; i_ < (v)->n; i_++)                                                                                     \
        for (size_t j_ = i_; j_ > 0 && cmp(&(v)->at[j_ - 1], &(v)->at[j_]) > 0; j_--) {                                        \
            type x_ = (v)->at[j_];                                                                                             \
            (v)->at[j_] = (v)->at[j_ - 1];                                                                                     \
            (v)->at[j_ - 1] = x_;                                                                                              \
        }

/* ---- what implies what ---- */

static bool is_range(filter_operator op) { return op >= FILTER_LT && op <= FILTER_GTE; }
static bool has_values(const filter_term *t) { return t->values.n > 0; }

/* A comparison holds for values of its operand's type alone (MongoDB brackets types; numbers are one bracket), so it
 * implies a $type that has all of that bracket. */
static bool implies_type(const filter_term *t, type_set types) {
    type_set numbers = type_bit(VALUE_DOUBLE) | type_bit(VALUE_INT32) | type_bit(VALUE_INT64) | type_bit(VALUE_DECIMAL);
    if (t->op == FILTER_TYPE) return (t->types & ~types) == 0;
    if (!has_values(t)) return false;
    for (size_t i = 0; i < t->values.n; i++) {
        type_set bit = type_bit(t->values.at[i].type);
        if (bit & numbers) bit = numbers;
        if (bit & ~types) return false;
    }
    return true;
}

/* A null equals a missing field too. */
static bool implies_exists(const filter_term *t) {
    for (size_t i = 0; i < t->values.n; i++)
        if (t->values.at[i].type == VALUE_NULL) return false;
    return t->op != FILTER_OR;
}

/* Does every value that t lets in lie in the range? */
static bool implies_range(const filter_term *t, const filter_term *range) {
    const value *bound = &range->values.at[0];
    bool up = range->op == FILTER_GT || range->op == FILTER_GTE;
    if (!has_values(t)) return false;
    if (is_range(t->op) && up != (t->op == FILTER_GT || t->op == FILTER_GTE)) return false;
    bool strict = (range->op == FILTER_GT || range->op == FILTER_LT) && t->op != FILTER_GT && t->op != FILTER_LT;
    for (size_t i = 0; i < t->values.n; i++) {
        int c;
        if (!value_compare(&c, &t->values.at[i], bound)) return false;
        if (!up) c = -c;
        if (c < 0 || (strict && c == 0)) return false;
    }
    return true;
}

static bool has_value(const filter_term *t, const value *v) {
    for (size_t i = 0; i < t->values.n; i++)
        if (value_order(&t->values.at[i], v) == 0) return true;
    return false;
}

static bool implies_in(const filter_term *t, const filter_term *in) {
    for (size_t i = 0; i < t->values.n; i++)
        if (!has_value(in, &t->values.at[i])) return false;
    return has_values(t) && !is_range(t->op);
}

static bool implies_term(const filter_term *t, const filter_term *what) {
    if (!str_eq(t->field, what->field)) return false;
    if (term_cmp(t, what) == 0) return true;
    switch (what->op) {
    case FILTER_TYPE: return implies_type(t, what->types);
    case FILTER_EXISTS: return implies_exists(t);
    case FILTER_IN: return implies_in(t, what);
    case FILTER_EQ:
    case FILTER_OR: return false;
    default: return implies_range(t, what);
    }
}

static bool implies_all(const filter *f, size_t except, const filter *what);

/* Do the terms of f, but for the one at `except`, imply it? */
static bool implies(const filter *f, size_t except, const filter_term *what) {
    for (size_t i = 0; i < what->branches.n; i++)
        if (implies_all(f, except, &what->branches.at[i])) return true;
    for (size_t i = 0; i < f->terms.n; i++)
        if (i != except && implies_term(&f->terms.at[i], what)) return true;
    return false;
}

static bool implies_all(const filter *f, size_t except, const filter *what) {
    for (size_t i = 0; i < what->terms.n; i++)
        if (!implies(f, except, &what->terms.at[i])) return false;
    return true;
}

static void leave_out_implied(filter *f) {
    for (size_t i = f->terms.n; i-- > 0;)
        if (implies(f, i, &f->terms.at[i])) vec_remove(&f->terms, i);
}

/* ---- the canonical form ---- */

static void normalise_values(filter_term *t) {
    SORT(value, &t->values, value_order)
    for (size_t i = t->values.n; i-- > 1;)
        if (value_order(&t->values.at[i - 1], &t->values.at[i]) == 0) vec_remove(&t->values, i);
    if (t->op == FILTER_IN && t->values.n == 1) t->op = FILTER_EQ;
}

/* The branches of an OR inside an OR are its own. */
static void flatten(filter_term * or, arena *a) {
    filter_term flat = {.op = FILTER_OR};
    for (size_t i = 0; i < or->branches.n; i++) {
        filter *branch = & or->branches.at[i];
        filter_normalise(branch, a);
        bool nested = branch->terms.n == 1 && branch->terms.at[0].op == FILTER_OR;
        if (!nested) vec_push(a, &flat.branches, *branch);
        for (size_t j = 0; nested && j < branch->terms.at[0].branches.n; j++)
            vec_push(a, &flat.branches, branch->terms.at[0].branches.at[j]);
    }
    * or = flat;
}

static filter_term *lone_equality(filter *f) {
    bool lone = f->terms.n == 1 && (f->terms.at[0].op == FILTER_EQ || f->terms.at[0].op == FILTER_IN);
    return lone ? &f->terms.at[0] : NULL;
}

/* x = 1 OR x IN (2, 3) */
static void merge_equalities(filter_term * or, arena *a) {
    for (size_t i = 0; i < or->branches.n; i++) {
        filter_term *t = lone_equality(& or->branches.at[i]);
        for (size_t j = or->branches.n; t && j-- > i + 1;) {
            const filter_term *other = lone_equality(& or->branches.at[j]);
            if (!other || !str_eq(other->field, t->field)) continue;
            filter_term merged = {.field = t->field, .op = FILTER_IN};
            for (size_t k = 0; k < t->values.n; k++) vec_push(a, &merged.values, t->values.at[k]);
            for (size_t k = 0; k < other->values.n; k++) vec_push(a, &merged.values, other->values.at[k]);
            normalise_values(&merged);
            *t = merged;
            vec_remove(& or->branches, j);
        }
    }
}

/* Of two branches the narrower adds nothing. */
static void absorb(filter_term * or) {
    for (size_t i = or->branches.n; i-- > 0;)
        for (size_t j = 0; j < or->branches.n; j++)
            if (j != i && implies_all(& or->branches.at[i], SIZE_MAX, & or->branches.at[j])) {
                vec_remove(& or->branches, i);
                break;
            }
}

/* Adds it as it comes out: an OR of one branch is that branch, and one with an empty branch is no condition at all. */
static void add_or(filter *out, filter_term or, arena *a) {
    flatten(& or, a);
    merge_equalities(& or, a);
    absorb(& or);
    SORT(filter, & or.branches, filter_cmp)
    if (or.branches.n > 1) {
        vec_push(a, &out->terms, or);
        return;
    }
    for (size_t i = 0; or.branches.n && i < or.branches.at[0].terms.n; i++)
        vec_push(a, &out->terms, or.branches.at[0].terms.at[i]);
}

void filter_normalise(filter *f, arena *a) {
    filter out = {.opaque = f->opaque};
    for (size_t i = 0; i < f->terms.n; i++) {
        filter_term t = f->terms.at[i];
        if (t.op == FILTER_OR) {
            add_or(&out, t, a);
            continue;
        }
        normalise_values(&t);
        vec_push(a, &out.terms, t);
    }
    SORT(filter_term, &out.terms, term_cmp)
    leave_out_implied(&out);
    *f = out;
}

/* ---- looking at one ---- */

bool filter_uses(const filter *f, str field) {
    for (size_t i = 0; i < f->terms.n; i++) {
        const filter_term *t = &f->terms.at[i];
        if (t->op != FILTER_OR && str_eq(t->field, field)) return true;
        for (size_t j = 0; j < t->branches.n; j++)
            if (filter_uses(&t->branches.at[j], field)) return true;
    }
    return false;
}

filter filter_copy(const filter *f, arena *a) {
    filter copy = {.opaque = f->opaque};
    for (size_t i = 0; i < f->terms.n; i++) {
        const filter_term *t = &f->terms.at[i];
        filter_term c = {.field = t->field, .op = t->op, .types = t->types};
        for (size_t j = 0; j < t->values.n; j++) vec_push(a, &c.values, t->values.at[j]);
        for (size_t j = 0; j < t->branches.n; j++) vec_push(a, &c.branches, filter_copy(&t->branches.at[j], a));
        vec_push(a, &copy.terms, c);
    }
    return copy;
}

unsigned filter_operators(const filter *f) {
    unsigned all = 0;
    for (size_t i = 0; i < f->terms.n; i++) {
        const filter_term *t = &f->terms.at[i];
        all |= 1u << t->op;
        for (size_t j = 0; j < t->branches.n; j++) all |= filter_operators(&t->branches.at[j]);
    }
    return all;
}

size_t filter_depth(const filter *f) {
    size_t deepest = 0;
    for (size_t i = 0; i < f->terms.n; i++) {
        const filter_term *t = &f->terms.at[i];
        size_t depth = 0;
        for (size_t j = 0; j < t->branches.n; j++) {
            size_t branch = filter_depth(&t->branches.at[j]);
            if (branch > depth) depth = branch;
        }
        if (depth + 1 > deepest) deepest = depth + 1;
    }
    return deepest + (f->terms.n > 1);
}

/* ---- for people ---- */

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
    if (t->op == FILTER_OR) {
        text_add(out, STR("$or ["));
        for (size_t i = 0; i < t->branches.n; i++) {
            if (i) text_add(out, STR(", "));
            filter_dump(out, &t->branches.at[i]);
        }
        text_add(out, STR("]"));
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
        const filter_term *t = &f->terms.at[i];
        value field = {.type = VALUE_STRING, .bytes = t->field};
        if (i) text_add(out, STR(", "));
        if (t->op != FILTER_OR) {
            value_dump(out, &field);
            text_add(out, STR(": "));
        }
        dump_term(out, t);
    }
    text_add(out, STR(" }"));
}
