/* One table after the other. */
#include "lint/lint.h"

#include "lint/django.h"

#include <stdlib.h>

typedef struct linter {
    lint *out;
    const lint_options *options;
    const table *table;
    arena *a;
    size_t first; /* of this table's findings */
} linter;

static const lint_fact *fact_of(const linter *l, str called) {
    for (size_t i = 0; l->options->facts && i < l->options->facts->n; i++) {
        const lint_fact *f = &l->options->facts->at[i];
        if (str_eq(f->collection, l->table->name) && str_eq(f->name, called)) return f;
    }
    return NULL;
}

/* ---- adding ---- */

static const name *planned_name_of(const planned_collection *c, str called) {
    for (size_t i = 0; i < c->indexes.n; i++)
        for (size_t k = 0; k < c->indexes.at[i].names.n; k++)
            if (str_eq(c->indexes.at[i].names.at[k]->name, called)) return c->indexes.at[i].names.at[k];
    for (size_t i = 0; i < c->other_names.n; i++)
        if (str_eq(c->other_names.at[i].name->name, called)) return c->other_names.at[i].name;
    return NULL;
}

static void find_place(const linter *l, lint_finding *f) {
    const plan *p = l->options->plan;
    for (size_t i = 0; p && i < p->collections.n; i++) {
        if (!str_eq(p->collections.at[i].name, f->collection)) continue;
        const name *n = planned_name_of(&p->collections.at[i], f->name);
        if (!n || !n->causes.n || n->causes.at[0] >= p->statements.n) return;
        f->file = p->statements.at[n->causes.at[0]].source.file;
        f->line = p->statements.at[n->causes.at[0]].source.line;
    }
}

static void add(linter *l, lint_code code, const name *n, str message, str fix) {
    lint_severity severity = l->options->severities[code];
    if (severity == LINT_OFF) return;
    lint_finding f = {.code = code, .severity = severity, .collection = l->table->name, .message = message, .fix = fix};
    if (n) {
        f.name = n->name;
        f.key = n->key;
        find_place(l, &f);
    }
    vec_push(l->a, &l->out->findings, f);
}

static bool is_told(const linter *l, const name *n) {
    for (size_t i = l->first; i < l->out->findings.n; i++)
        if (str_eq(l->out->findings.at[i].name, n->name) && l->out->findings.at[i].code < LINT_TOO_MANY) return true;
    return false;
}

/* ---- what a name asks for ---- */

static const index_spec *index_of(const linter *l, const name *n) {
    return n->indexes.n ? table_index(l->table, n->indexes.at[0]) : NULL;
}

/* Has it a condition, or options of its own? Nobody's queries can be told to do without it. */
static bool is_special(const linter *l, const name *n) {
    const index_spec *x = index_of(l, n);
    return n->where_sql.n || (n->derived && x && !index_is_plain(x));
}

static bool wants_unique(const name *n) { return n->kind == NAME_UNIQUE || n->kind == NAME_PRIMARY; }

static bool share(const name *a, const name *b) {
    return a->indexes.n && b->indexes.n && str_eq(a->indexes.at[0], b->indexes.at[0]);
}

static str size_of(const linter *l, const name *n) {
    const lint_fact *f = n->indexes.n ? fact_of(l, n->indexes.at[0]) : NULL;
    if (!f || f->bytes < 0) return STR("");
    if (f->bytes < 10240) return str_format(l->a, " (%lld bytes)", (long long)f->bytes);
    return f->bytes < 10485760 ? str_format(l->a, " (%lld kB)", (long long)f->bytes / 1024)
                               : str_format(l->a, " (%lld MB)", (long long)f->bytes / 1048576);
}

static str how(const linter *l, const name *n, const name *other) {
    if (share(n, other)) return STR("they share an index here");
    return str_format(l->a, "it has an index of its own%.*s", STR_ARG(size_of(l, n)));
}

/* What a model's Meta repeats goes first: the field's own index comes with the field. */
static bool goes_first(const name *a, const name *b) {
    if (django_source_of(a) != django_source_of(b)) return django_source_of(a) == DJANGO_META;
    return str_cmp(a->name, b->name) > 0;
}

/* ---- pairs ---- */

static bool is_reversed(const key_pattern *a, const key_pattern *b) {
    if (a->fields.n != b->fields.n) return false;
    for (size_t i = 0; i < a->fields.n; i++) {
        const key_field *x = &a->fields.at[i], *y = &b->fields.at[i];
        if (!str_eq(x->column, y->column) || x->direction == 0 || x->direction != -y->direction) return false;
    }
    return true;
}

/* In the same directions, or all of them the other way round. */
static bool is_prefix(const key_pattern *a, const key_pattern *of) {
    if (a->fields.n >= of->fields.n) return false;
    int turn = a->fields.at[0].direction * of->fields.at[0].direction;
    for (size_t i = 0; i < a->fields.n; i++) {
        const key_field *x = &a->fields.at[i], *y = &of->fields.at[i];
        if (!str_eq(x->column, y->column) || x->direction * y->direction != turn || turn == 0) return false;
    }
    return true;
}

static void check_same(linter *l, const name *x, const name *y) {
    if (wants_unique(x) == wants_unique(y)) {
        bool keep_y = y->kind == NAME_PRIMARY ? true : x->kind == NAME_PRIMARY ? false : goes_first(x, y);
        const name *goes = keep_y ? x : y, *stays = keep_y ? y : x;
        if (is_told(l, goes)) return;
        add(l, LINT_SAME_KEY, goes,
            str_format(l->a, "the same index as \"%.*s\": %.*s", STR_ARG(stays->name), STR_ARG(how(l, goes, stays))),
            django_removal(l->table, goes, l->a));
        return;
    }
    const name *plain = wants_unique(x) ? y : x, *unique = wants_unique(x) ? x : y;
    if (is_told(l, plain)) return;
    add(l, LINT_UNIQUE_AND_PLAIN, plain,
        str_format(l->a, "\"%.*s\", which is unique, serves its queries too: %.*s", STR_ARG(unique->name),
                   STR_ARG(how(l, plain, unique))),
        django_removal(l->table, plain, l->a));
}

static void check_pair(linter *l, const name *x, const name *y) {
    if (!name_is_served(x->kind) || !name_is_served(y->kind)) return;
    if (key_equal(&x->key, &y->key)) {
        bool alike = !is_special(l, x) && !is_special(l, y);
        if (alike || (x->kind == y->kind && x->where_sql.n && str_eq(x->where_sql, y->where_sql))) check_same(l, x, y);
        return;
    }
    if (is_special(l, x) || is_special(l, y) || !is_reversed(&x->key, &y->key)) return;
    const name *goes = x->kind != NAME_INDEX ? y : y->kind != NAME_INDEX ? x : x->key.fields.at[0].direction < 0 ? x : y;
    const name *stays = goes == x ? y : x;
    if (goes->kind != NAME_INDEX || is_told(l, goes)) return;
    add(l, LINT_BOTH_DIRECTIONS, goes,
        str_format(l->a, "\"%.*s\", read backwards, is the same%.*s", STR_ARG(stays->name), STR_ARG(size_of(l, goes))),
        django_removal(l->table, goes, l->a));
}

/* Its table is Django's own, for a ManyToManyField: nothing in a model says db_index there. */
static bool is_many_to_many(const table *t) {
    size_t references = 0;
    for (size_t i = 0; i < t->columns.n; i++) references += django_is_reference(t, t->columns.at[i]->name);
    return references == 2 && t->columns.n == 3;
}

static void check_prefix(linter *l, const name *n) {
    if (is_many_to_many(l->table)) return;
    if (n->kind != NAME_INDEX || is_special(l, n) || is_told(l, n)) return;
    for (size_t i = 0; i < l->table->names.n; i++) {
        const name *wide = l->table->names.at[i];
        if (!name_is_served(wide->kind) || is_special(l, wide) || !is_prefix(&n->key, &wide->key)) continue;
        text key = {.arena = l->a};
        key_dump(&key, &wide->key);
        add(l, LINT_PREFIX, n,
            str_format(l->a, "\"%.*s\" on %.*s begins with its key%.*s", STR_ARG(wide->name), STR_ARG(text_str(&key)),
                       STR_ARG(size_of(l, n))),
            django_removal(l->table, n, l->a));
        return;
    }
}

/* ---- alone ---- */

static void check_long(linter *l, const name *n) {
    enum { POSTGRESQL = 63 };
    const profile *p = l->options->profile;
    size_t space = l->options->database.n + 1 + l->table->name.n + 2; /* "database.collection.$" */
    if (p && p->max_name_bytes && n->indexes.n && space + n->name.n > p->max_name_bytes)
        add(l, LINT_LONG_NAME, n,
            str_format(l->a, "%s takes %zu bytes with the namespace, and this makes %zu", p->name, p->max_name_bytes,
                       space + n->name.n),
            STR("give it a shorter name="));
    else if (n->name.n > POSTGRESQL)
        add(l, LINT_LONG_NAME, n, str_format(l->a, "it has %zu bytes, and PostgreSQL cuts names to %d", n->name.n, POSTGRESQL),
            STR("give it a shorter name="));
}

static void check_nulls(linter *l, const name *n) {
    if (n->kind != NAME_UNIQUE || is_special(l, n)) return;
    for (size_t i = 0; i < n->key.fields.n; i++) {
        const column *c = table_column(l->table, n->key.fields.at[i].column);
        if (!c || c->nulls != NULLS_ALLOWED) continue;
        add(l, LINT_UNIQUE_NULLS, n,
            str_format(l->a, "\"%.*s\" may be null%s", STR_ARG(c->name),
                       n->indexes.n > 1 ? ": two indexes serve it, one for the constraint and one for queries" : ""),
            str_format(l->a, "null=False and a default on the field \"%.*s\", if it is always filled",
                       STR_ARG(django_field(l->table, c->name))));
        return;
    }
}

static void check_boolean(linter *l, const name *n) {
    if (n->kind != NAME_INDEX || n->key.fields.n != 1 || is_special(l, n)) return;
    const lint_fact *f = fact_of(l, n->key.fields.at[0].column);
    if (!f || f->sampled < 1) return;
    int64_t percent = f->trues * 100 / f->sampled;
    add(l, LINT_BOOLEAN, n,
        str_format(l->a, "of %lld documents that were looked at %lld %% are true%.*s", (long long)f->sampled,
                   (long long)percent, STR_ARG(size_of(l, n))),
        django_removal(l->table, n, l->a));
}

static void check_use(linter *l, const name *n) {
    const lint_fact *f = n->kind == NAME_INDEX && n->indexes.n ? fact_of(l, n->indexes.at[0]) : NULL;
    if (!f || f->uses != 0 || is_told(l, n)) return;
    add(l, LINT_UNUSED, n,
        str_format(l->a, "no query has used it since %.*s%.*s", STR_ARG(f->since.n ? f->since : STR("the server started")),
                   STR_ARG(size_of(l, n))),
        django_removal(l->table, n, l->a));
}

static void check_broken(linter *l, const name *n) {
    for (size_t i = 0; wants_unique(n) && i < n->indexes.n; i++) {
        const lint_fact *f = fact_of(l, n->indexes.at[i]);
        if (!f || !f->broken.n) continue;
        add(l, LINT_UNIQUE_BROKEN, n, f->broken,
            str_format(l->a, "remove the duplicates, or %.*s", STR_ARG(django_removal(l->table, n, l->a))));
        return;
    }
}

static void check_number(linter *l) {
    size_t most = l->options->profile ? l->options->profile->max_indexes : 64, n = l->table->indexes.n + 1;
    for (size_t i = 0; i < l->table->names.n; i++) {
        const name *x = l->table->names.at[i];
        n += name_is_served(x->kind) && x->indexes.n == 0 &&
             !(x->key.fields.n == 1 && str_eq(x->key.fields.at[0].column, STR("_id")));
    }
    if (n <= most) return;
    add(l, LINT_TOO_MANY, NULL, str_format(l->a, "%zu indexes are wanted, with that of _id, and the server takes %zu", n, most),
        STR("remove indexes that no query needs"));
}

/* ---- all of them ---- */

static int by_code(const void *a, const void *b) {
    const lint_finding *x = a, *y = b;
    int c = str_cmp(x->collection, y->collection);
    if (!c) c = (int)y->severity - (int)x->severity;
    if (!c) c = (x->code > y->code) - (x->code < y->code);
    return c ? c : str_cmp(x->name, y->name);
}

static void check_table(linter *l) {
    name *const *names = l->table->names.at;
    size_t n = l->table->names.n;
    l->first = l->out->findings.n;
    for (size_t i = 0; i < n; i++)
        for (size_t k = i + 1; k < n; k++) check_pair(l, names[i], names[k]);
    for (size_t i = 0; i < n; i++) {
        check_prefix(l, names[i]);
        check_long(l, names[i]);
        check_nulls(l, names[i]);
        check_boolean(l, names[i]);
        check_use(l, names[i]);
        check_broken(l, names[i]);
    }
    check_number(l);
}

void lint_schema(lint *out, const schema *s, const lint_options *o, arena *a) {
    *out = (lint){0};
    for (size_t i = 0; i < s->tables.n; i++) {
        linter l = {.out = out, .options = o, .table = s->tables.at[i], .a = a};
        check_table(&l);
    }
    lint_sort(out);
}

void lint_sort(lint *l) {
    if (l->findings.n) qsort(l->findings.at, l->findings.n, sizeof *l->findings.at, by_code);
    memset(l->counts, 0, sizeof l->counts);
    for (size_t i = 0; i < l->findings.n; i++) l->counts[l->findings.at[i].severity]++;
}

int lint_status(const lint *l) { return l->counts[LINT_WARNING] + l->counts[LINT_ERROR] ? 1 : 0; }
