#include "dialect/nesting.h"

#include "dialect/tokens.h"

/* Each of these makes a node above its operand. */
static const char *const operators[] = {"NOT",     "IS",      "IN",     "LIKE",  "ILIKE",    "REGEXP",  "SIMILAR",
                                        "BETWEEN", "COLLATE", "AT",     "JOIN",  "UNION",    "EXCEPT",  "INTERSECT",
                                        "ISNULL",  "NOTNULL", "ESCAPE", "ARRAY", "OVERLAPS", "OPERATOR"};
/* A parenthesis behind one of these is no call. */
static const char *const not_called[] = {"AND", "OR", "NOT", "IN", "WHERE"};
/* What is behind one of these stands beside what is in front of it. */
static const char *const branches[] = {"WHEN", "THEN", "ELSE", "WHERE"};

static size_t max(size_t a, size_t b) { return a > b ? a : b; }

/* AND in OR in AND: each kind of list is a level. */
static size_t own_levels(const nesting_frame *f) { return f->weight + f->has_and + f->has_or + f->is_row; }

static nesting_frame *top(nesting *n) { return &n->frames.at[n->frames.n - 1]; }

static void open_frame(nesting *n, char by, size_t weight) {
    size_t outside = 0;
    if (n->frames.n) outside = top(n)->outside + own_levels(top(n)) + top(n)->chain;
    vec_push(n->arena, &n->frames, (nesting_frame){.opened_by = by, .outside = outside, .weight = weight});
}

static void end_chain(nesting_frame *f) {
    f->deepest = max(f->deepest, f->chain + f->inner);
    f->chain = f->inner = 0;
}

static void close_frame(nesting *n) {
    nesting_frame f = *top(n);
    end_chain(&f);
    n->frames.n--;
    top(n)->inner = max(top(n)->inner, f.deepest + own_levels(&f));
}

static void close_bracket(nesting *n, char opened_by) {
    while (n->frames.n > 1 && top(n)->opened_by == 'C') close_frame(n);
    if (n->frames.n > 1 && top(n)->opened_by == opened_by) close_frame(n);
}

static bool is_call(const token *before) {
    return before->kind == TOKEN_IDENTIFIER || (before->kind == TOKEN_WORD && !TOKEN_IN(before, not_called));
}

static void add_word(nesting *n, const token *t) {
    nesting_frame *f = top(n);
    bool is_and = token_is_word(t, "AND"), is_or = token_is_word(t, "OR");
    if (is_and || is_or) {
        end_chain(f);
        f->has_and |= is_and;
        f->has_or |= is_or;
    } else if (TOKEN_IN(t, operators)) {
        f->chain++;
    } else if (token_is_word(t, "SELECT") || token_is_word(t, "WITH")) {
        f->weight++;
    } else if (token_is_word(t, "CASE")) {
        open_frame(n, 'C', 1);
    } else if (token_is_word(t, "END")) {
        if (f->opened_by == 'C') close_frame(n);
    } else if (TOKEN_IN(t, branches)) {
        end_chain(f);
    }
}

static void add_punctuation(nesting *n, const token *t) {
    switch (t->text.p[0]) {
    case '(': open_frame(n, '(', is_call(&n->last)); break;
    case '[': open_frame(n, '[', 1); break;
    case ')': close_bracket(n, '('); break;
    case ']': close_bracket(n, '['); break;
    case ',': top(n)->is_row = top(n)->opened_by == '(' && top(n)->weight == 0; /* fall through */
    case ';': end_chain(top(n)); break;
    case '.': break;
    default: top(n)->chain++;
    }
}

bool nesting_add(nesting *n, const token *t) {
    if (n->frames.n == 0) open_frame(n, 0, 0);
    if (t->kind == TOKEN_WORD) add_word(n, t);
    else if (t->kind == TOKEN_PUNCTUATION) add_punctuation(n, t);
    n->last = *t;
    const nesting_frame *f = top(n);
    return f->outside + own_levels(f) + max(f->deepest, f->chain + f->inner) <= n->limit;
}
