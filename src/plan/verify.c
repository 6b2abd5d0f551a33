/* Is what is wanted there? The plan has found for each name what serves it, or would. */
#include "plan/verify.h"

typedef struct check {
    verification *out;
    const plan *plan;
    const planned_collection *planned;
    const table *live; /* NULL: it is not there */
    verified_collection *to;
    arena *a;
} check;

static const char *const states[] = {"OK", "FOLDED", "MISSING", "DIFFERENT", "EXTRA", "SKIPPED", "NOT ENFORCED"};
const char *name_state_text(name_state state) { return states[state]; }

static const operation *find_operation(const check *c, operation_kind kind, const index_spec *index) {
    for (size_t i = 0; i < c->plan->operations.n; i++) {
        const operation *op = &c->plan->operations.at[i];
        if (op->kind == kind && str_eq(op->collection, c->planned->name) && (!index || op->index == index)) return op;
    }
    return NULL;
}

/* ---- how it differs ---- */

static void say(text *out, const char *what) { text_format(out, "%s%s", out->n ? "; " : "", what); }

/* What the live one is, where it is not as it is wanted. */
static str differences(const index_spec *want, const index_spec *is, arena *a) {
    text out = {.arena = a};
    if (!key_equal(&want->key, &is->key)) {
        say(&out, "its key is ");
        key_dump(&out, &is->key);
    }
    if (want->unique != is->unique) say(&out, is->unique ? "it is unique" : "it is not unique");
    if (filter_cmp(&want->filter, &is->filter) != 0 && filter_none(&is->filter)) say(&out, "it has no filter");
    else if (filter_cmp(&want->filter, &is->filter) != 0) {
        say(&out, "it is filtered to ");
        filter_dump(&out, &is->filter);
    }
    if (is->sparse) say(&out, "it is sparse");
    if (!is->ordinary) say(&out, "it has options of its own");
    return text_str(&out);
}

/* The live index that stands for the name: the one that gives way to it, the one that it is recorded on, or of its spelling. */
static const index_spec *find_other(const check *c, const name *n, const index_spec *want) {
    const operation *replaces = find_operation(c, OPERATION_REPLACE_INDEX, want);
    if (replaces) return replaces->old;
    if (!c->live) return NULL;
    const name *was = table_name(c->live, n->name);
    for (size_t i = n->was.n; !was && i-- > 0;) was = table_name(c->live, n->was.at[i]);
    if (!was && n->of_column) was = table_resolve_name(c->live, n->name);
    if (was && was->indexes.n) return table_index(c->live, was->indexes.at[0]);
    return table_index(c->live, n->name);
}

static str near_misses(const check *c, const index_spec *want) {
    for (size_t i = 0; c->live && i < c->live->indexes.n; i++) {
        const index_spec *x = c->live->indexes.at[i];
        if (key_equal(&x->key, &want->key))
            return str_format(c->a, "\"%.*s\" has its key, but %.*s", STR_ARG(x->name), STR_ARG(differences(want, x, c->a)));
    }
    return STR("");
}

/* ---- one name ---- */

static verified_name *add(check *c, name_state state, const name *n, const index_spec *index) {
    size_t statement = n && n->causes.n ? n->causes.at[0] : SIZE_MAX;
    vec_push(c->a, &c->to->names,
             (verified_name){
                 .state = state, .name = n ? n->name : index->name, .wanted = n, .index = index, .statement = statement});
    return &c->to->names.at[c->to->names.n - 1];
}

static bool is_recorded(const check *c, const name *n) {
    const name *live = c->live ? table_name(c->live, n->name) : NULL;
    return live && !live->derived;
}

/* Is the index called after it? Of several on one whose name keyfold made up, after the first. */
static bool owns(const check *c, const planned_index *x, size_t k) {
    const name *n = x->names.at[k];
    if (str_eq(n->name, x->index->name)) return true;
    if (n->of_column && c->live && table_resolve_name(c->live, n->name) == table_name(c->live, x->index->name)) return true;
    return k == 0 && index_is_handle(x->index, c->a);
}

static void add_served(check *c, const planned_index *x, size_t k) {
    const name *n = x->names.at[k];
    const operation *moves = find_operation(c, OPERATION_RENAME_COLLECTION, NULL);
    verified_name *v = add(c, moves ? NAME_DIFFERENT : owns(c, x, k) ? NAME_OK : NAME_FOLDED, n, x->index);
    v->served_by = x->index->name;
    if (moves) v->detail = str_format(c->a, "its collection is still called \"%.*s\"", STR_ARG(moves->from));
    else if (v->state == NAME_FOLDED && !is_recorded(c, n)) v->detail = STR("its name is not recorded yet");
}

/* What serves a plain name until the plan puts another, a unique one, in its place. */
static const index_spec *serving_now(const check *c, const name *n) {
    if (n->kind != NAME_INDEX || n->where_sql.n || !c->live) return NULL;
    for (size_t i = 0; i < c->live->indexes.n; i++) {
        const index_spec *x = c->live->indexes.at[i];
        if (key_equal(&x->key, &n->key) && filter_none(&x->filter) && !x->sparse && (x->ordinary || x->special_full)) return x;
    }
    return NULL;
}

static void add_unserved(check *c, const planned_index *x, const name *n) {
    const index_spec *now = serving_now(c, n), *is = find_other(c, n, x->index);
    if (now) {
        add(c, str_eq(now->name, n->name) ? NAME_OK : NAME_FOLDED, n, now)->served_by = now->name;
        return;
    }
    verified_name *v = add(c, is ? NAME_DIFFERENT : NAME_MISSING, n, x->index);
    if (is) {
        v->served_by = is->name;
        v->detail = differences(x->index, is, c->a);
    } else if (is_recorded(c, n)) {
        v->detail = STR("it is recorded, and its index is gone");
    } else {
        v->detail = near_misses(c, x->index);
    }
}

static bool is_dropped(const check *c, const name *n) {
    for (size_t i = 0; i < c->plan->findings.n; i++) {
        const finding *f = &c->plan->findings.at[i];
        if (f->code == KF_E_DROP_NOT_ALLOWED && str_eq(f->collection, c->planned->name) && str_eq(f->name, n->name))
            return true;
    }
    return false;
}

static void add_wanted(check *c, const planned_index *x, size_t k) {
    const name *n = x->names.at[k];
    if (n->effect && x->live) add_served(c, x, k);
    else if (n->effect) add_unserved(c, x, n);
}

static void add_extra(check *c, const planned_index *x, const name *n) {
    if (n->effect || !x->live) return;
    verified_name *v = add(c, NAME_EXTRA, n, x->index);
    v->served_by = x->index->name;
    if (is_dropped(c, n)) v->detail = STR("what is wanted drops it");
}

/* A unique name over nullable columns needs a plain index too, for no query can use its own. */
static void mark_companion(check *c, const planned_index *x) {
    for (size_t i = 0; !x->live && i < c->to->names.n; i++) {
        verified_name *v = &c->to->names.at[i];
        if (!v->wanted || !str_eq(v->name, x->companion_of) || (v->state != NAME_OK && v->state != NAME_FOLDED)) continue;
        v->state = NAME_DIFFERENT;
        v->detail = STR("the plain index for its queries is not there");
    }
}

static void add_other(check *c, const planned_name *n) {
    if (!n->name->effect) return;
    if (!name_is_served(n->name->kind)) {
        add(c, NAME_NOT_ENFORCED, n->name, NULL);
        return;
    }
    bool skipped = str_eq(str_of(n->state), STR("skipped"));
    verified_name *v = add(c, skipped ? NAME_SKIPPED : NAME_MISSING, n->name, NULL);
    v->detail = skipped ? n->reason : str_format(c->a, "%s: %.*s", n->state, STR_ARG(n->reason));
}

static bool is_told(const check *c, const index_spec *x) {
    for (size_t i = 0; i < c->to->names.n; i++)
        if (str_eq(c->to->names.at[i].served_by, x->name)) return true;
    return false;
}

/* Indexes that no name of the plan is on. */
static void add_leftovers(check *c) {
    for (size_t i = 0; i < c->plan->operations.n; i++) {
        const operation *op = &c->plan->operations.at[i];
        bool goes = op->kind == OPERATION_DROP_INDEX && str_eq(op->collection, c->planned->name);
        if (goes && !is_told(c, op->old)) add(c, NAME_EXTRA, NULL, op->old)->detail = STR("no name needs it");
    }
}

/* In the order of the log; the rest stays behind. Few: an insertion sort, which is stable. */
static void sort_by_statement(verified_collection *c) {
    for (size_t i = 1; i < c->names.n; i++)
        for (size_t k = i; k > 0 && c->names.at[k].statement < c->names.at[k - 1].statement; k--) {
            verified_name swap = c->names.at[k];
            c->names.at[k] = c->names.at[k - 1];
            c->names.at[k - 1] = swap;
        }
}

static void check_collection(check *c) {
    const planned_collection *p = c->planned;
    for (size_t i = 0; i < p->indexes.n; i++)
        for (size_t k = 0; k < p->indexes.at[i].names.n; k++) add_wanted(c, &p->indexes.at[i], k);
    for (size_t i = 0; i < p->indexes.n; i++)
        if (p->indexes.at[i].companion_of.n) mark_companion(c, &p->indexes.at[i]);
    for (size_t i = 0; i < p->other_names.n; i++) add_other(c, &p->other_names.at[i]);
    for (size_t i = 0; i < p->indexes.n; i++)
        for (size_t k = 0; k < p->indexes.at[i].names.n; k++) add_extra(c, &p->indexes.at[i], p->indexes.at[i].names.at[k]);
    add_leftovers(c);
    sort_by_statement(c->to);
}

/* ---- all of them ---- */

static const planned_collection *find_planned(const plan *p, str called) {
    for (size_t i = 0; i < p->collections.n; i++)
        if (str_eq(p->collections.at[i].name, called)) return &p->collections.at[i];
    return NULL;
}

static bool moves_away(const plan *p, str called) {
    for (size_t i = 0; i < p->operations.n; i++)
        if (p->operations.at[i].kind == OPERATION_RENAME_COLLECTION && str_eq(p->operations.at[i].from, called)) return true;
    return false;
}

static void add_unwanted(verification *out, const schema *live, arena *a) {
    for (size_t i = 0; i < live->tables.n; i++) {
        const table *t = live->tables.at[i];
        if (!t->exists || find_planned(out->plan, t->name) || moves_away(out->plan, t->name)) continue;
        vec_push(a, &out->collections, (verified_collection){.name = t->name, .unwanted = true});
        out->unwanted++;
    }
}

static bool is_elsewhere(operation_kind kind) {
    switch (kind) {
    case OPERATION_CREATE_CATALOG:
    case OPERATION_RECORD_DOCUMENT:
    case OPERATION_CLEAR_INDEX:
    case OPERATION_REPLACE_INDEX:
    case OPERATION_CREATE_INDEX:
    case OPERATION_DROP_INDEX:
    case OPERATION_WRITE_DOCUMENT: return false;
    default: return true;
    }
}

void verification_make(verification *out, const plan *p, const schema *live, bool whole, arena *a) {
    *out = (verification){.plan = p, .undecided = p->unclear.n};
    for (size_t i = 0; i < p->collections.n; i++) {
        const planned_collection *planned = &p->collections.at[i];
        const table *t = schema_table(live, planned->name);
        bool moved = moves_away(p, planned->name), comes = false;
        verified_collection made = {.name = planned->name};
        check c = {.out = out, .plan = p, .planned = planned, .live = moved ? NULL : t, .to = &made, .a = a};
        comes = find_operation(&c, OPERATION_RENAME_COLLECTION, NULL) != NULL;
        made.missing = !comes && (moved || !t || !t->exists);
        check_collection(&c);
        vec_push(a, &out->collections, made);
        for (size_t k = 0; k < made.names.n; k++) out->counts[made.names.at[k].state]++;
    }
    if (whole) add_unwanted(out, live, a);
    for (size_t i = 0; i < p->operations.n; i++) out->elsewhere += is_elsewhere(p->operations.at[i].kind);
}

int verification_status(const verification *v) {
    int status = v->counts[NAME_MISSING] + v->counts[NAME_DIFFERENT] ? 1 : 0;
    if (v->undecided) status = 4;
    if (v->plan->stopped) status = plan_status(v->plan);
    for (size_t i = 0; i < v->plan->findings.n; i++)
        if (v->plan->findings.at[i].kind == FINDING_ERROR) return 3;
    return status;
}
