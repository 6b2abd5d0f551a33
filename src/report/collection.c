/* One collection: its indexes and the names on them. */
#include "report/parts.h"

#include <stdlib.h>

typedef struct table_text {
    text *out;
    const plan *plan;
    const run_result *run;
    const planned_collection *collection;
    size_t names, places; /* the columns' widths */
} table_text;

static size_t widest(size_t so_far, str s, size_t limit) {
    size_t w = part_width(s);
    return w > so_far && w <= limit ? w : so_far;
}

static str place_of(const table_text *t, const name *n) {
    return part_place(t->plan, t->out->arena, n->causes.at, n->causes.n);
}

/* A saved plan has the places of an index, not those of its names. */
str part_name_place(const plan *p, arena *a, const planned_index *i, size_t k) {
    const name *n = i->names.at[k];
    str place = part_place(p, a, n->causes.at, n->causes.n);
    if (place.n) return place;
    if (i->live) return STR("there already");
    return k == 0 ? part_place(p, a, i->causes.at, i->causes.n) : place;
}

static str place_on(const table_text *t, const planned_index *i, size_t k) {
    return part_name_place(t->plan, t->out->arena, i, k);
}

static void measure_name(table_text *t, const name *n, str place) {
    enum { LONGEST_NAME = 70, LONGEST_PLACE = 50 };
    t->names = widest(t->names, n->name, LONGEST_NAME);
    t->places = widest(t->places, place, LONGEST_PLACE);
}

static void measure(table_text *t) {
    for (size_t i = 0; i < t->collection->indexes.n; i++) {
        const planned_index *x = &t->collection->indexes.at[i];
        for (size_t k = 0; k < x->names.n; k++) measure_name(t, x->names.at[k], place_on(t, x, k));
    }
    for (size_t i = 0; i < t->collection->other_names.n; i++) {
        const name *n = t->collection->other_names.at[i].name;
        if (name_is_served(n->kind)) measure_name(t, n, place_of(t, n));
    }
}

static const operation *operation_on(const table_text *t, operation_kind kind, const index_spec *index) {
    for (size_t i = 0; i < t->plan->operations.n; i++) {
        const operation *o = &t->plan->operations.at[i];
        if (o->kind != kind || !str_eq(o->collection, t->collection->name)) continue;
        const index_spec *spec = kind == OPERATION_DROP_INDEX ? o->old : o->index;
        if (spec == index || (spec && str_eq(spec->name, index->name) && index_same(spec, index))) return o;
    }
    return NULL;
}

/* Empty: it has not. */
static const char *failed(const table_text *t, const operation *o) {
    for (size_t i = 0; t->run && i < t->run->failures.n; i++)
        if (&t->plan->operations.at[t->run->failures.at[i].operation] == o) return "  failed, see below";
    for (size_t i = 0; t->run && i < t->run->left_out.n; i++)
        if (&t->plan->operations.at[t->run->left_out.at[i].operation] == o) return "  left out, see below";
    return "";
}

void part_index(text *out, const index_spec *index) {
    key_dump(out, &index->key);
    if (index->unique) text_add(out, STR(" unique"));
    if (index->sparse) text_add(out, STR(" sparse"));
    if (!index->ordinary) text_add(out, STR(" with options of its own"));
    if (filter_none(&index->filter)) return;
    text_add(out, STR(" where "));
    filter_dump(out, &index->filter);
}

static void add_index(table_text *t, char mark, const index_spec *index, const char *remark) {
    text_format(t->out, "  %c ", mark);
    part_index(t->out, index);
    text_add(t->out, str_of(remark));
    text_char(t->out, '\n');
}

/* Rows come last, as they are written last. */
static void add_changes(table_text *t, bool rows) {
    for (size_t i = 0; i < t->plan->operations.n; i++) {
        const operation *o = &t->plan->operations.at[i];
        bool mine = str_eq(o->collection, t->collection->name) && part_is_row(o) == rows;
        if (mine && part_is_change(t->plan, o)) part_change(t->out, t->plan, o, failed(t, o));
    }
}

static void add_name(table_text *t, const name *n, str place, const char *remark) {
    text_add(t->out, STR("      "));
    if (place.n || *remark) part_column(t->out, n->name, t->names);
    else part_text(t->out, n->name);
    if (*remark) {
        part_column(t->out, place, t->places);
        text_add(t->out, str_of(remark));
    } else {
        part_text(t->out, place);
    }
    text_char(t->out, '\n');
}

static char mark_on(const table_text *t, const planned_index *i, const char **remark) {
    const operation *replaces = operation_on(t, OPERATION_REPLACE_INDEX, i->index);
    const operation *makes = replaces ? replaces : operation_on(t, OPERATION_CREATE_INDEX, i->index);
    *remark = makes ? failed(t, makes) : "";
    return **remark ? MARK_NOT_DONE : replaces ? MARK_CHANGED : i->live ? MARK_KEPT : MARK_MADE;
}

char part_index_mark(const plan *p, const planned_collection *c, const planned_index *i) {
    table_text t = {.plan = p, .collection = c};
    const char *remark;
    return mark_on(&t, i, &remark);
}

static void add_planned_index(table_text *t, const planned_index *i) {
    const char *remark;
    char mark = mark_on(t, i, &remark);
    add_index(t, mark, i->index, remark);
    if (i->companion_of.n) {
        text_add(t->out, STR("      (no name of its own: for queries, which cannot use "));
        part_text(t->out, i->companion_of);
        text_add(t->out, STR(")\n"));
    }
    for (size_t k = 0; k < i->names.n; k++)
        add_name(t, i->names.at[k], place_on(t, i, k), k ? "same key pattern, shares the index" : "");
}

static void add_other_name(table_text *t, const planned_name *n) {
    if (!name_is_served(n->name->kind)) return;
    text_format(t->out, "  %c ", MARK_NOT_DONE);
    key_dump(t->out, &n->name->key);
    if (n->name->kind != NAME_INDEX) text_add(t->out, STR(" unique"));
    if (n->name->where_sql.n) {
        text_add(t->out, STR(" where "));
        part_text(t->out, n->name->where_sql);
    }
    text_format(t->out, "  %s: ", n->state);
    part_text(t->out, n->reason);
    text_char(t->out, '\n');
    add_name(t, n->name, place_of(t, n->name), "");
}

static void add_drops(table_text *t) {
    for (size_t i = 0; i < t->plan->operations.n; i++) {
        const operation *o = &t->plan->operations.at[i];
        bool drops = o->kind == OPERATION_DROP_INDEX || o->kind == OPERATION_CLEAR_INDEX;
        if (!drops || !str_eq(o->collection, t->collection->name)) continue;
        const char *remark = failed(t, o);
        add_index(t, *remark ? MARK_NOT_DONE : MARK_DROPPED, o->old, remark);
        text_add(t->out, STR("      "));
        part_column(t->out, o->old->name, t->names);
        part_text(t->out, o->reason);
        text_char(t->out, '\n');
    }
}

static void add_constraints(table_text *t) {
    size_t keys = 0, checks = 0;
    for (size_t i = 0; i < t->collection->other_names.n; i++) {
        const planned_name *n = &t->collection->other_names.at[i];
        keys += n->name->kind == NAME_FOREIGN_KEY;
        checks += n->name->kind == NAME_CHECK;
    }
    if (keys + checks == 0) return;
    text_add(t->out, STR("    "));
    if (keys) part_count(t->out, keys, "foreign key", "foreign keys");
    if (keys && checks) text_add(t->out, STR(", "));
    if (checks) part_count(t->out, checks, "check", "checks");
    text_add(t->out, STR(": known by name, not enforced\n"));
}

void part_collection(text *out, const plan *p, const run_result *run, const planned_collection *c) {
    table_text t = {.out = out, .plan = p, .run = run, .collection = c};
    measure(&t);
    part_text(out, c->name);
    text_char(out, '\n');
    add_changes(&t, false);
    for (size_t i = 0; i < c->indexes.n; i++) add_planned_index(&t, &c->indexes.at[i]);
    for (size_t i = 0; i < c->other_names.n; i++) add_other_name(&t, &c->other_names.at[i]);
    add_drops(&t);
    add_constraints(&t);
    add_changes(&t, true);
    text_char(out, '\n');
}

bool part_collection_changes(const plan *p, const planned_collection *c) {
    for (size_t i = 0; i < p->operations.n; i++)
        if (str_eq(p->operations.at[i].collection, c->name)) return true;
    return false;
}

/* ---- which ones ---- */

static bool has_collection(const planned_collection_list *list, str called) {
    for (size_t i = 0; i < list->n; i++)
        if (str_eq(list->at[i].name, called)) return true;
    return false;
}

static int by_name(const void *a, const void *b) {
    return str_cmp(((const planned_collection *)a)->name, ((const planned_collection *)b)->name);
}

planned_collection_list part_collections(arena *a, const plan *p) {
    planned_collection_list list = {0};
    for (size_t i = 0; i < p->collections.n; i++) vec_push(a, &list, p->collections.at[i]);
    for (size_t i = 0; i < p->operations.n; i++) {
        const operation *o = &p->operations.at[i];
        if (!part_is_change(p, o) || has_collection(&list, o->collection)) continue;
        vec_push(a, &list, (planned_collection){.name = o->collection});
    }
    if (list.n > p->collections.n) qsort(list.at, list.n, sizeof *list.at, by_name);
    return list;
}
