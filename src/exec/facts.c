/* What lint can use and a snapshot does not have: sizes and uses of indexes, what boolean columns hold. A server that does not
 * know a command tells nothing, and that is no error. */
#include "exec/pipeline.h"
#include "exec/watch.h"

enum { SAMPLE = 1000 };

typedef struct look {
    connection *c;
    arena *a;
    const table *table;
    lint_fact_list *out;
    kf_error *err;
} look;

static lint_fact *fact(look *l, str called) {
    for (size_t i = 0; i < l->out->n; i++) {
        lint_fact *f = &l->out->at[i];
        if (str_eq(f->collection, l->table->name) && str_eq(f->name, called)) return f;
    }
    vec_push(l->a, l->out, (lint_fact){.collection = l->table->name, .name = str_copy(l->a, called), .bytes = -1, .uses = -1});
    return &l->out->at[l->out->n - 1];
}

/* 0 too where the server refused it for what it is. */
static int passable(const look *l, const answer *x) {
    if (x->ok || (x->code && !x->lost && !x->denied)) return 0;
    return answer_error(x, l->err, "cannot look at", l->table->name);
}

static int read_sizes(look *l) {
    bson_t *command = tree_new(l->a);
    bson_iter_t i;
    answer x;
    int64_t bytes;
    tree_put_str(command, "collStats", l->table->name);
    int rc = command_read(&x, l->c, l->a, l->c->database, command, l->err);
    if (rc || !x.ok) return rc ? rc : passable(l, &x);
    if (!tree_open(&i, tree_get_document(x.document, "indexSizes"))) return 0;
    while (bson_iter_next(&i))
        if (tree_int(&i, &bytes)) fact(l, (str){bson_iter_key(&i), bson_iter_key_len(&i)})->bytes = bytes;
    return 0;
}

static void read_use(look *l, str document) {
    bson_iter_t i;
    value since;
    str accesses = tree_get_document(document, "accesses");
    /* SecantusDB counts nothing, and says 0 since null. */
    if (!tree_find(&i, accesses, "since") || !value_read(&since, &i, l->a) || since.type != VALUE_DATE) return;
    lint_fact *f = fact(l, tree_get_str(document, "name"));
    if (!tree_find(&i, accesses, "ops") || !tree_int(&i, &f->uses)) return;
    text t = {.arena = l->a};
    value_dump(&t, &since);
    f->since = str_slice(text_str(&t), 0, 10);
}

static int read_uses(look *l) {
    pipeline p = pipeline_new(l->a);
    answer x;
    str document;
    pipeline_add(&p, "$indexStats", tree_new(l->a));
    int rc = cursor_aggregate(l->c, str_c(l->a, l->table->name), p.stages, l->err);
    if (rc) return rc;
    while (cursor_next(l->c, &document)) read_use(l, document);
    cursor_end(&x, l->c, l->a);
    return passable(l, &x);
}

/* At random, or (where the server knows no $sample) the first ones. */
static int count_values(look *l, const column *c, bool at_random, answer *x) {
    pipeline p = pipeline_new(l->a);
    bson_t *sample = tree_new(l->a), *group = tree_new(l->a), sum;
    bson_iter_t i;
    str document;
    bson_append_int32(sample, "size", -1, SAMPLE);
    if (at_random) pipeline_add(&p, "$sample", sample);
    else pipeline_add_number(&p, "$limit", SAMPLE);
    tree_put_str(group, "_id", str_format(l->a, "$%.*s", STR_ARG(c->name)));
    bson_append_document_begin(group, "n", -1, &sum);
    bson_append_int32(&sum, "$sum", -1, 1);
    bson_append_document_end(group, &sum);
    pipeline_add(&p, "$group", group);
    int rc = cursor_aggregate(l->c, str_c(l->a, l->table->name), p.stages, l->err);
    if (rc) return rc;
    int64_t all = 0, trues = 0;
    while (cursor_next(l->c, &document)) {
        int64_t n = tree_get_int(document, "n");
        all += n;
        if (tree_find(&i, document, "_id") && bson_iter_type(&i) == BSON_TYPE_BOOL && bson_iter_bool(&i)) trues += n;
    }
    cursor_end(x, l->c, l->a);
    if (!x->ok) return 0;
    lint_fact *f = fact(l, c->name);
    f->sampled = all;
    f->trues = trues;
    return 0;
}

static bool is_alone_in_a_key(const table *t, const column *c) {
    for (size_t i = 0; i < t->indexes.n; i++)
        if (t->indexes.at[i]->key.fields.n == 1 && key_has(&t->indexes.at[i]->key, c->name)) return true;
    return false;
}

static int read_booleans(look *l) {
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < l->table->columns.n; i++) {
        const column *c = l->table->columns.at[i];
        answer x;
        if (!str_eq(c->type, STR("bool")) || !is_alone_in_a_key(l->table, c)) continue;
        rc = count_values(l, c, true, &x);
        if (rc == 0 && !x.ok && (rc = passable(l, &x)) == 0) rc = count_values(l, c, false, &x);
        if (rc == 0) rc = passable(l, &x);
    }
    return rc;
}

int exec_facts(lint_fact_list *out, connection *c, const schema *s, arena *a, kf_error *err) {
    int rc = 0;
    watch_start(c, KF_STAGE_SNAPSHOT, s->tables.n);
    for (size_t i = 0; rc == 0 && i < s->tables.n; i++) {
        watch_step(c, s->tables.at[i]->name);
        look l = {.c = c, .a = a, .table = s->tables.at[i], .out = out, .err = err};
        if (!l.table->exists || l.table->indexes.n == 0) continue;
        rc = read_sizes(&l);
        if (rc == 0) rc = read_uses(&l);
        if (rc == 0) rc = read_booleans(&l);
    }
    return rc;
}
