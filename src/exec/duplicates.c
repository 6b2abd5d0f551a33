/* Equal values under a unique index: by aggregation; where the server knows too few of its operators, by
 * reading. A missing field counts as null, but on FerretDB 1: there it is equal to nothing. */
#include "exec/pipeline.h"

#include <math.h>

enum { MAX_SHOWN = 5 };

typedef struct search {
    run *r;
    connection *c;
    arena *a;
    str collection;
    const index_spec *index;
    bson_t *match; /* the index's filter, and on FerretDB the fields' presence */
    const pipeline *changes; /* what documents will be; NULL: as they are */
    failure *out;
    size_t total;
    VEC(str) values; /* of out->duplicates: {k0: ..., k1: ...} */
} search;

static str field_of(const search *s, size_t i) { return s->index->key.fields.at[i].column; }

static const char *alias(arena *a, size_t i) { return str_c(a, str_format(a, "k%zu", i)); }

/* ---- the documents that the index holds ---- */

static void append_condition(bson_t *list, size_t n, str document) {
    char room[16];
    tree_put_document(list, tree_position(n, room), document);
}

static str exists(arena *a, str field) {
    bson_t *b = tree_new(a), op;
    bson_append_document_begin(b, str_c(a, field), -1, &op);
    bson_append_bool(&op, "$exists", -1, true);
    bson_append_document_end(b, &op);
    return tree_bytes(b);
}

static str equals(arena *a, str field, const bson_iter_t *value_at) {
    bson_t *b = tree_new(a), op;
    bson_append_document_begin(b, str_c(a, field), -1, &op);
    bson_append_iter(&op, "$eq", -1, value_at);
    bson_append_document_end(b, &op);
    return tree_bytes(b);
}

/* The conditions on membership, and with `key` those on the values. */
static bson_t *match_of(const search *s, str key) {
    bson_t *b = tree_new(s->a), list;
    str_list conditions = {0};
    bson_iter_t i;
    if (!filter_none(&s->index->filter)) vec_push(s->a, &conditions, filter_document(s->a, &s->index->filter));
    for (size_t n = 0; s->c->ferret && n < s->index->key.fields.n; n++)
        vec_push(s->a, &conditions, exists(s->a, field_of(s, n)));
    if (tree_open(&i, key))
        for (size_t n = 0; n < s->index->key.fields.n && bson_iter_next(&i); n++)
            vec_push(s->a, &conditions, equals(s->a, field_of(s, n), &i));
    if (conditions.n == 0) return b;
    bson_append_array_begin(b, "$and", -1, &list);
    for (size_t n = 0; n < conditions.n; n++) append_condition(&list, n, conditions.at[n]);
    bson_append_array_end(b, &list);
    return b;
}

/* ---- what was found ---- */

/* {"a": 1} of {k0: 1} */
static str shown_value(const search *s, str key) {
    bson_t *b = tree_new(s->a);
    bson_iter_t i;
    text out = {.arena = s->a};
    if (tree_open(&i, key))
        for (size_t n = 0; n < s->index->key.fields.n && bson_iter_next(&i); n++)
            bson_append_iter(b, str_c(s->a, field_of(s, n)), -1, &i);
    tree_print(&out, tree_bytes(b));
    return text_str(&out);
}

static void note(search *s, str key, int64_t count) {
    s->total++;
    if (s->values.n >= MAX_SHOWN) return;
    str kept = str_copy(s->a, key);
    vec_push(s->a, &s->values, kept);
    vec_push(s->a, &s->out->duplicates, (sample){.value = shown_value(s, kept), .count = count});
}

/* The stages that come first: a copy, to be gone on with. */
static pipeline begin(const search *s) {
    pipeline p = pipeline_new(s->a);
    if (s->changes) bson_concat(p.stages, s->changes->stages), p.n = s->changes->n;
    return p;
}

static int open_ids(search *s, str key) {
    bson_t *options = tree_new(s->a), *projection = tree_new(s->a);
    const char *collection = str_c(s->a, s->collection);
    bson_append_int32(projection, "_id", -1, 1);
    if (!s->changes) {
        bson_append_document(options, "projection", -1, projection);
        bson_append_int64(options, "limit", -1, MAX_SHOWN);
        return cursor_find(s->c, collection, match_of(s, key), options, s->r->err);
    }
    pipeline p = begin(s);
    pipeline_add(&p, "$match", match_of(s, key));
    pipeline_add_number(&p, "$limit", MAX_SHOWN);
    pipeline_add(&p, "$project", projection);
    return cursor_aggregate(s->c, collection, p.stages, s->r->err);
}

static int find_ids(search *s, sample *d, str key) {
    answer x;
    bson_iter_t i;
    str document;
    int r = open_ids(s, key);
    if (r) return r;
    while (cursor_next(s->c, &document)) {
        text id = {.arena = s->a};
        if (!tree_find(&i, document, "_id")) continue;
        tree_print_value(&id, &i);
        vec_push(s->a, &d->ids, text_str(&id));
    }
    cursor_end(&x, s->c, s->a);
    return x.ok ? 0 : run_trouble(s->r, &x, "cannot look for duplicates in", s->collection);
}

/* ---- by aggregation ---- */

/* {k0: {$ifNull: ["$a", null]}, ...} */
static bson_t *key_expression(const search *s) {
    bson_t *b = tree_new(s->a), operator, arguments;
    for (size_t i = 0; i < s->index->key.fields.n; i++) {
        str path = str_format(s->a, "$%.*s", STR_ARG(field_of(s, i)));
        if (s->c->ferret) {
            tree_put_str(b, alias(s->a, i), path);
            continue;
        }
        bson_append_document_begin(b, alias(s->a, i), -1, &operator);
        bson_append_array_begin(&operator, "$ifNull", -1, &arguments);
        tree_put_str(&arguments, "0", path);
        bson_append_null(&arguments, "1", -1);
        bson_append_array_end(&operator, & arguments);
        bson_append_document_end(b, &operator);
    }
    return b;
}

static void append_sum(bson_t *group) {
    bson_t sum;
    bson_append_document_begin(group, "n", -1, &sum);
    bson_append_int32(&sum, "$sum", -1, 1);
    bson_append_document_end(group, &sum);
}

/* A unique index on an array holds its elements: each document has each of its elements once. */
static void add_unwinding(const search *s, pipeline *p) {
    bson_t *project = tree_new(s->a), *group = tree_new(s->a), id;
    bson_concat(project, key_expression(s));
    pipeline_add(p, "$project", project);
    for (size_t i = 0; i < s->index->key.fields.n; i++) {
        bson_t *unwind = tree_new(s->a);
        tree_put_str(unwind, "path", str_format(s->a, "$k%zu", i));
        bson_append_bool(unwind, "preserveNullAndEmptyArrays", -1, true);
        pipeline_add(p, "$unwind", unwind);
    }
    bson_append_document_begin(group, "_id", -1, &id);
    tree_put_str(&id, "document", STR("$_id"));
    for (size_t i = 0; i < s->index->key.fields.n; i++) tree_put_str(&id, alias(s->a, i), str_format(s->a, "$k%zu", i));
    bson_append_document_end(group, &id);
    pipeline_add(p, "$group", group);
}

static bson_t *unwound_key(const search *s) {
    bson_t *b = tree_new(s->a);
    for (size_t i = 0; i < s->index->key.fields.n; i++) tree_put_str(b, alias(s->a, i), str_format(s->a, "$_id.k%zu", i));
    return b;
}

static bson_t *pipeline_of(const search *s, bool unwind) {
    bson_t *group = tree_new(s->a), *many = tree_new(s->a), *order = tree_new(s->a), more;
    pipeline p = begin(s);
    pipeline_add(&p, "$match", s->match);
    if (unwind) add_unwinding(s, &p);
    bson_append_document(group, "_id", -1, unwind ? unwound_key(s) : key_expression(s));
    append_sum(group);
    pipeline_add(&p, "$group", group);
    bson_append_document_begin(many, "n", -1, &more);
    bson_append_int32(&more, "$gt", -1, 1);
    bson_append_document_end(many, &more);
    pipeline_add(&p, "$match", many);
    bson_append_int32(order, "n", -1, -1);
    bson_append_int32(order, "_id", -1, 1);
    pipeline_add(&p, "$sort", order);
    pipeline_add_number(&p, "$limit", MAX_DUPLICATES + 1);
    return p.stages;
}

static int aggregate(search *s, bool unwind, answer *x) {
    str document;
    int r = cursor_aggregate(s->c, str_c(s->a, s->collection), pipeline_of(s, unwind), s->r->err);
    if (r) return r;
    while (cursor_next(s->c, &document)) note(s, tree_get_document(document, "_id"), tree_get_int(document, "n"));
    cursor_end(x, s->c, s->a);
    return 0;
}

/* ---- by reading, sorted by the key ---- */

/* The key of a document, in a form where equal ones have equal bytes: 1 and 1.0 are, a missing field is null.
 */
static str key_of(const search *s, str document, bson_t *b) {
    bson_iter_t i, top;
    char room[16];
    int64_t n;
    bson_reinit(b);
    for (size_t k = 0; k < s->index->key.fields.n; k++) {
        char field[1024];
        str f = field_of(s, k);
        const char *key = tree_position(k, room);
        bool found = f.n < sizeof field && tree_open(&top, document);
        if (found) {
            memcpy(field, f.p, f.n);
            field[f.n] = 0;
            found = bson_iter_find_descendant(&top, field, &i);
        }
        if (!found) bson_append_null(b, key, -1);
        else if (tree_int(&i, &n)) tree_put_int(b, key, n);
        else bson_append_iter(b, key, -1, &i);
    }
    return tree_bytes(b);
}

static bson_t *reading_options(const search *s) {
    bson_t *b = tree_new(s->a), *fields = tree_new(s->a);
    for (size_t i = 0; i < s->index->key.fields.n; i++) bson_append_int32(fields, str_c(s->a, field_of(s, i)), -1, 1);
    bson_append_document(b, "projection", -1, fields);
    bson_append_document(b, "sort", -1, fields);
    return b;
}

static int read_sorted(search *s, answer *x) {
    bson_t *keys[2] = {tree_new(s->a), tree_new(s->a)};
    str document, last = STR_NONE;
    int64_t count = 0;
    int which = 0, r = cursor_find(s->c, str_c(s->a, s->collection), s->match, reading_options(s), s->r->err);
    if (r) return r;
    while (s->total <= MAX_DUPLICATES && cursor_next(s->c, &document)) {
        str key = key_of(s, document, keys[which]);
        if (last.n && str_eq(key, last)) {
            count++;
            continue;
        }
        if (count > 1) note(s, last, count);
        last = key;
        which = !which;
        count = 1;
        if ((r = check_interrupted(s->c, s->r->err))) return r;
    }
    if (count > 1) note(s, last, count);
    cursor_end(x, s->c, s->a);
    return 0;
}

/* ---- the whole ---- */

static int search_all(search *s) {
    answer x;
    int r = aggregate(s, false, &x);
    if (r == 0 && x.ok && s->total == 0 && !s->c->ferret) r = aggregate(s, true, &x);
    if (r == 0 && !x.ok && !x.lost && !x.denied && !s->changes) {
        s->total = s->values.n = s->out->duplicates.n = 0;
        r = read_sorted(s, &x);
    }
    if (r == 0 && !x.ok) r = run_trouble(s->r, &x, "cannot look for duplicates in", s->collection);
    for (size_t i = 0; r == 0 && i < s->values.n; i++) r = find_ids(s, &s->out->duplicates.at[i], s->values.at[i]);
    return r;
}

int duplicates_find(run *r, failure *out, size_t *total, str collection, const index_spec *index) {
    search s = {.r = r, .c = r->c, .a = r->arena, .collection = collection, .index = index, .out = out};
    s.match = match_of(&s, STR_NONE);
    int rc = search_all(&s);
    *total = s.total;
    return rc;
}

str duplicates_count(arena *a, size_t total) {
    if (total > MAX_DUPLICATES) return str_format(a, "more than %d values occur", MAX_DUPLICATES);
    return total == 1 ? STR("a value occurs") : str_format(a, "%zu values occur", total);
}

int duplicates_report(run *r, failure *out, bool *found, str collection, const index_spec *index) {
    size_t total;
    int rc = duplicates_find(r, out, &total, collection, index);
    *found = rc == 0 && total > 0;
    if (!*found) return rc;
    out->code = KF_E_DUPLICATES;
    out->server_code = CODE_DUPLICATE_KEY;
    out->message = str_format(r->arena, "the unique index \"%.*s\" of \"%.*s\" is not built: %.*s in more than one document",
                              STR_ARG(index->name), STR_ARG(collection), STR_ARG(duplicates_count(r->arena, total)));
    return 0;
}

int duplicates_foresee(run *r, failure *out, bool *found, str collection, const index_spec *index, const pipeline *changes) {
    search s = {.r = r, .c = r->c, .a = r->arena, .collection = collection, .index = index, .out = out, .changes = changes};
    s.match = match_of(&s, STR_NONE);
    int rc = search_all(&s);
    *found = rc == 0 && s.total > 0;
    if (!*found) return rc;
    out->code = KF_E_DUPLICATES;
    out->message = str_format(r->arena,
                              "\"%.*s\" of \"%.*s\" is not converted: under the unique index \"%.*s\" %.*s in more than one "
                              "document then",
                              STR_ARG(r->p->operations.at[out->operation].field), STR_ARG(collection), STR_ARG(index->name),
                              STR_ARG(duplicates_count(r->arena, s.total)));
    return 0;
}
