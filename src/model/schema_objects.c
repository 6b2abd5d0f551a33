#include "model/schema_objects.h"

#include <inttypes.h>

static const char *const kinds[] = {"index", "unique", "primary", "foreign key", "check"};
static const char *const makers[] = {"keyfold", "djongo", "other"};

bool column_was_called(const column *c, str called) {
    for (size_t i = 0; i < c->was.n; i++)
        if (str_eq(c->was.at[i], called)) return true;
    return false;
}

static str name_at(lineage l, size_t n) { return n < l.n ? l.was[n] : l.name; }

bool lineage_replays(lineage live, lineage made, size_t was_live) {
    size_t steps = made.n - was_live;
    if (steps == 0 || live.n < steps) return false;
    for (size_t i = 0; i <= steps; i++)
        if (!str_eq(name_at(live, live.n - steps + i), name_at(made, was_live + i))) return false;
    return true;
}

const char *name_kind_text(name_kind kind) { return kinds[kind]; }
const char *maker_text(maker m) { return makers[m]; }

bool name_kind_of(str text, name_kind *out) {
    for (int i = NAME_INDEX; i <= NAME_CHECK; i++)
        if (str_eq(text, str_of(kinds[i]))) {
            *out = (name_kind)i;
            return true;
        }
    return false;
}

bool maker_of(str text, maker *out) {
    for (int i = MADE_BY_KEYFOLD; i <= MADE_BY_OTHER; i++)
        if (str_eq(text, str_of(makers[i]))) {
            *out = (maker)i;
            return true;
        }
    return false;
}

int key_cmp(const key_pattern *a, const key_pattern *b) {
    for (size_t i = 0; i < a->fields.n && i < b->fields.n; i++) {
        const key_field *x = &a->fields.at[i], *y = &b->fields.at[i];
        int c = str_cmp(x->column, y->column);
        if (!c) c = (y->direction > x->direction) - (y->direction < x->direction); /* ascending first */
        if (!c) c = str_cmp(x->special, y->special);
        if (c) return c;
    }
    return (a->fields.n > b->fields.n) - (a->fields.n < b->fields.n);
}

bool key_equal(const key_pattern *a, const key_pattern *b) { return key_cmp(a, b) == 0; }

bool key_has(const key_pattern *k, str column) {
    for (size_t i = 0; i < k->fields.n; i++)
        if (str_eq(k->fields.at[i].column, column)) return true;
    return false;
}

/* One part of a path, which ends at `to`. */
static bool is_possible_part(str path, size_t from, size_t to) {
    str part = str_slice(path, from, to);
    if (part.n == 0 || part.p[0] != '$') return part.n > 0;
    if (to == path.n && str_eq(part, STR("$**"))) return true;
    return from > 0 && (str_eq(part, STR("$id")) || str_eq(part, STR("$ref")) || str_eq(part, STR("$db")));
}

static bool is_possible_path(str path) {
    if (!path.n || memchr(path.p, 0, path.n) || !str_is_utf8(path)) return false;
    for (size_t from = 0, to; from <= path.n; from = to + 1) {
        const char *dot = memchr(path.p + from, '.', path.n - from);
        to = dot ? (size_t)(dot - path.p) : path.n;
        if (!is_possible_part(path, from, to)) return false;
    }
    return true;
}

bool key_is_possible(const key_pattern *k) {
    for (size_t i = 0; i < k->fields.n; i++)
        if (!is_possible_path(k->fields.at[i].column)) return false;
    return k->fields.n > 0;
}

bool key_is_hashed(const key_pattern *k) {
    bool hashed = false;
    for (size_t i = 0; i < k->fields.n; i++) {
        if (k->fields.at[i].direction) continue;
        if (!str_eq(k->fields.at[i].special, STR(KEY_HASHED))) return false;
        hashed = true;
    }
    return hashed;
}

bool name_is_on(const name *n, const index_spec *x) {
    for (size_t i = 0; i < n->indexes.n; i++)
        if (str_eq(n->indexes.at[i], x->name)) return key_equal(&n->key, &x->key);
    return false;
}

static void dump_quoted(text *out, str s) {
    value v = {.type = VALUE_STRING, .bytes = s};
    value_dump(out, &v);
}

void key_dump(text *out, const key_pattern *k) {
    text_add(out, STR("{ "));
    for (size_t i = 0; i < k->fields.n; i++) {
        const key_field *f = &k->fields.at[i];
        if (i) text_add(out, STR(", "));
        dump_quoted(out, f->column);
        if (f->direction) text_format(out, ": %d", f->direction);
        else text_format(out, ": %.*s", STR_ARG(f->special));
    }
    text_add(out, STR(" }"));
}

void name_dump(text *out, const name *n) {
    dump_quoted(out, n->name);
    text_format(out, " %s ", name_kind_text(n->kind));
    key_dump(out, &n->key);
    if (n->where) {
        text_add(out, STR(" where "));
        expression_dump(out, n->where);
    } else if (n->where_sql.n) {
        text_format(out, " where %.*s", STR_ARG(n->where_sql));
    }
    if (n->kind == NAME_FOREIGN_KEY) {
        text_format(out, " references %.*s (", STR_ARG(n->ref_table));
        for (size_t i = 0; i < n->ref_columns.n; i++) {
            if (i) text_add(out, STR(", "));
            dump_quoted(out, n->ref_columns.at[i]);
        }
        text_add(out, STR(")"));
    }
    if (n->kind == NAME_CHECK) text_format(out, " check %.*s", STR_ARG(n->check_sql));
}

str index_suffix(const index_spec *i, arena *a) {
    text dump = {.arena = a};
    key_dump(&dump, &i->key);
    text_add(&dump, i->unique ? STR(" unique ") : STR(" "));
    filter_dump(&dump, &i->filter);
    return str_format(a, "_kf%016" PRIx64, hash_bytes(HASH_START, text_str(&dump)));
}

bool index_is_handle(const index_spec *i, arena *a) { return i->ordinary && str_ends(i->name, index_suffix(i, a)); }

bool index_same(const index_spec *a, const index_spec *b) {
    return a->ordinary && b->ordinary && !a->sparse && !b->sparse && a->unique == b->unique && key_equal(&a->key, &b->key) &&
           filter_cmp(&a->filter, &b->filter) == 0;
}

bool index_is_plain(const index_spec *x) { return x->ordinary && !x->sparse && filter_none(&x->filter); }

void index_dump(text *out, const index_spec *i) {
    dump_quoted(out, i->name);
    text_char(out, ' ');
    key_dump(out, &i->key);
    if (i->unique) text_add(out, STR(" unique"));
    if (i->sparse) text_add(out, STR(" sparse"));
    if (i->hidden) text_add(out, STR(" hidden"));
    if (!i->ordinary) text_add(out, STR(" with options of its own"));
    if (!filter_none(&i->filter)) {
        text_add(out, STR(" where "));
        filter_dump(out, &i->filter);
    }
}
