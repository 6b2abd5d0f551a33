#include <bson/bson.h>

#include "json/json.h"
#include "json/tree.h"
#include <keyfold/keyfold.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#ifndef KEYFOLD_ROOT
#define KEYFOLD_ROOT "."
#endif

static arena *a;

static int setup(void **state) {
    (void)state;
    return arena_new(&a);
}

static int teardown(void **state) {
    (void)state;
    arena_free(a);
    return 0;
}

static void destroy(void *b) { bson_destroy(b); }

static str bytes_of(bson_t *b) {
    arena_defer(a, destroy, b);
    return (str){(const char *)bson_get_data(b), b->len};
}

/* Through libbson's own reader, not ours. */
static str bson_of(const char *json) {
    bson_error_t e;
    bson_t *b = bson_new_from_json((const uint8_t *)json, -1, &e);
    if (!b) fail_msg("%s: %s", json, e.message);
    return bytes_of(b);
}

static const char *json_of(str bson) {
    bson_t b;
    assert_true(bson_init_static(&b, (const uint8_t *)bson.p, bson.n));
    char *json = bson_as_relaxed_extended_json(&b, NULL);
    assert_non_null(json);
    char *copy = str_c(a, str_of(json));
    bson_free(json);
    return copy;
}

static index_spec *index_of(str bson) {
    index_spec *x;
    kf_error err = {0};
    if (json_index_from_bson(&x, bson, a, &err)) fail_msg("%s: %s", json_of(bson), err.message);
    return x;
}

static index_spec *index_with_filter(str filter_bson) {
    bson_t *b = bson_new(), f, *key = BCON_NEW("a", BCON_INT32(1));
    arena_defer(a, destroy, key);
    BSON_APPEND_DOCUMENT(b, "key", key);
    BSON_APPEND_UTF8(b, "name", "x");
    assert_true(bson_init_static(&f, (const uint8_t *)filter_bson.p, filter_bson.n));
    BSON_APPEND_DOCUMENT(b, "partialFilterExpression", &f);
    return index_of(bytes_of(b));
}

/* ---- filters ---- */

static void test_filter_forms(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"{\"s\": \"x\"}", "{ \"s\" : \"x\" }"},
        {"{\"s\": {\"$eq\": \"x\"}}", "{ \"s\" : \"x\" }"},
        {"{\"n\": {\"$lt\": 5, \"$gte\": 1}}", "{ \"n\" : { \"$lt\" : 5, \"$gte\" : 1 } }"},
        {"{\"b\": 1, \"a\": 2}", "{ \"a\" : 2, \"b\" : 1 }"},
        {"{\"$and\": [{\"b\": 1}, {\"$and\": [{\"a\": {\"$gt\": 2}}]}]}", "{ \"a\" : { \"$gt\" : 2 }, \"b\" : 1 }"},
        {"{\"a\": {\"$exists\": true}}", "{ \"a\" : { \"$exists\" : true } }"},
        {"{\"a\": {\"$exists\": 1}}", "{ \"a\" : { \"$exists\" : true } }"},
        {"{\"a\": {\"$in\": [3, 1, 2]}}", "{ \"a\" : { \"$in\" : [ 1, 2, 3 ] } }"},
        {"{\"a\": {\"$type\": \"string\"}}", "{ \"a\" : { \"$type\" : [ 2 ] } }"},
        {"{\"a\": {\"$gt\": 0, \"$type\": [\"number\"]}}", "{ \"a\" : { \"$gt\" : 0 } }"},
        {"{\"a\": {\"$exists\": true, \"$type\": [\"number\", -1, 127.0]}}",
         "{ \"a\" : { \"$type\" : [ 1, 16, 18, 19, -1, 127 ] } }"},
        {"{\"a\": {\"$exists\": true, \"$eq\": null}}", "{ \"a\" : { \"$eq\" : null, \"$exists\" : true } }"},
        /* what the other implies is left out */
        {"{\"$and\": [{\"a\": {\"$gt\": 1}}, {\"a\": {\"$gt\": 2}}]}", "{ \"a\" : { \"$gt\" : 2 } }"},
        {"{\"a\": {\"$gte\": 1, \"$gt\": 1.0}}", "{ \"a\" : { \"$gt\" : 1.0 } }"},
        {"{\"a\": {\"$eq\": 5, \"$gt\": 1, \"$lte\": 5, \"$in\": [4, 5]}}", "{ \"a\" : 5 }"},
        {"{\"a\": {\"$eq\": 5, \"$gt\": \"x\"}}", "{ \"a\" : { \"$eq\" : 5, \"$gt\" : \"x\" } }"},
        {"{\"a\": {\"$in\": [1, 1.0, {\"$numberDecimal\": \"1.00\"}]}}", "{ \"a\" : 1 }"},
        /* one field has no operator twice: then all stand in one $and, at the top */
        {"{\"b\": 1, \"$and\": [{\"a\": 1}, {\"a\": 2}]}", "{ \"$and\" : [ { \"a\" : 1 }, { \"a\" : 2 }, { \"b\" : 1 } ] }"},
        {"{\"$or\": [{\"b\": 1}, {\"a\": 1}]}", "{ \"$or\" : [ { \"a\" : 1 }, { \"b\" : 1 } ] }"},
        {"{\"c\": 2, \"$or\": [{\"b\": 1}, {\"a\": 1}]}", "{ \"$or\" : [ { \"a\" : 1 }, { \"b\" : 1 } ], \"c\" : 2 }"},
        {"{\"$or\": [{\"b\": 1}]}", "{ \"b\" : 1 }"},
        {"{\"$or\": [{\"a\": 1}, {\"a\": {\"$in\": [3, 1]}}, {\"a\": null}]}", "{ \"a\" : { \"$in\" : [ 1, 3, null ] } }"},
        {"{\"$or\": [{\"a\": 1}, {\"$or\": [{\"b\": 1}, {\"c\": 1}]}]}",
         "{ \"$or\" : [ { \"a\" : 1 }, { \"b\" : 1 }, { \"c\" : 1 } ] }"},
        {"{\"$or\": [{\"a\": {\"$gt\": 1}}, {\"a\": {\"$gt\": 5}, \"b\": 2}]}", "{ \"a\" : { \"$gt\" : 1 } }"},
        {"{\"a\": 1, \"$or\": [{\"a\": {\"$gt\": 0}}, {\"b\": 2}]}", "{ \"a\" : 1 }"},
        {"{\"$and\": [{\"$or\": [{\"a\": 1}, {\"b\": 1}]}, {\"$or\": [{\"c\": 1}, {\"d\": 1}]}]}",
         "{ \"$and\" : [ { \"$or\" : [ { \"a\" : 1 }, { \"b\" : 1 } ] }, { \"$or\" : [ { \"c\" : 1 }, { \"d\" : 1 } ] } ] }"},
        {"{\"a\": null}", "{ \"a\" : null }"},
        {"{\"a\": {\"x\": 1}}", "{ \"a\" : { \"x\" : 1 } }"},
        {"{\"a\": [1, 2]}", "{ \"a\" : [ 1, 2 ] }"},
        {"{\"a.b\": true}", "{ \"a.b\" : true }"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        index_spec *x = index_with_filter(bson_of(cases[i][0]));
        assert_int_equal(x->filter.opaque.n, 0);
        index_spec *again = index_of(json_index_to_bson(a, x));
        assert_true(index_same(x, again));
        bson_iter_t it;
        bson_t b;
        const uint8_t *p;
        uint32_t n;
        assert_true(bson_init_static(&b, (const uint8_t *)again->spec.p, again->spec.n));
        assert_true(bson_iter_init_find(&it, &b, "partialFilterExpression"));
        bson_iter_document(&it, &n, &p);
        assert_string_equal(json_of((str){(const char *)p, n}), cases[i][1]);
    }
}

static void test_filter_opaque(void **state) {
    (void)state;
    static const char *const cases[] = {
        "{}",
        "{\"a\": {\"$ne\": 1}}",
        "{\"a\": {\"$exists\": false}}",
        "{\"$or\": [{\"a\": 1}, {\"b\": {\"$ne\": 1}}]}",
        "{\"$or\": [{\"a\": 1}, {}]}",
        "{\"$or\": [{\"a\": 1}, 5]}",
        "{\"$or\": []}",
        "{\"$nor\": [{\"a\": 1}]}",
        "{\"$and\": []}",
        "{\"$and\": [{\"a\": {\"$ne\": 1}}]}",
        "{\"$and\": 5}",
        "{\"a\": {\"$in\": []}}",
        "{\"a\": {\"$in\": 5}}",
        "{\"a\": {\"$type\": \"nonsense\"}}",
        "{\"a\": {\"$exists\": true, \"$type\": 300}}",
        "{\"a\": {\"$exists\": true, \"$type\": []}}",
        "{\"a\": {\"$gt\": 1, \"x\": 2}}",
        "{\"a\": {\"$eq\": {\"$gt\": 1}}}",
        "{\"a\": {\"$regularExpression\": {\"pattern\": \"x\", \"options\": \"\"}}}",
        "{\"a\": {\"$numberDouble\": \"NaN\"}}",
        "{\"\": 1}",
        "{\"$comment\": \"x\"}",
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        str f = bson_of(cases[i]);
        index_spec *x = index_with_filter(f);
        if (!str_eq(x->filter.opaque, f)) fail_msg("%s", cases[i]);
        assert_false(filter_none(&x->filter));
        assert_true(str_eq(index_of(json_index_to_bson(a, x))->filter.opaque, f));
    }
}

static void test_filter_bounds(void **state) {
    (void)state;
    kf_error err;
    index_spec *x;
    bson_t *deep = bson_new(), *wide = bson_new(), in, f;
    BSON_APPEND_INT32(deep, "a", 1);
    for (int i = 0; i < 45; i++) {
        bson_t *outer = bson_new(), array;
        BSON_APPEND_ARRAY_BEGIN(outer, "$and", &array);
        BSON_APPEND_DOCUMENT(&array, "0", deep);
        bson_append_array_end(outer, &array);
        bson_destroy(deep);
        deep = outer;
    }
    assert_int_not_equal(index_with_filter(bytes_of(deep))->filter.opaque.n, 0);
    deep = bson_copy(deep); /* bytes_of frees the other one */
    for (int i = 0; i < 10000; i++) {
        bson_t *outer = bson_new();
        BSON_APPEND_DOCUMENT(outer, "a", deep);
        bson_destroy(deep);
        deep = outer;
    }
    assert_int_equal(json_index_from_bson(&x, bytes_of(deep), a, &err), -KF_E_SERVER);
    BSON_APPEND_DOCUMENT_BEGIN(wide, "a", &f);
    BSON_APPEND_ARRAY_BEGIN(&f, "$in", &in);
    for (int i = 0; i < 200000; i++) BSON_APPEND_INT32(&in, "0", -i);
    bson_append_array_end(&f, &in);
    bson_append_document_end(wide, &f);
    assert_int_not_equal(index_with_filter(bytes_of(wide))->filter.opaque.n, 0);
}

/* ---- indexes ---- */

static void test_index_kinds(void **state) {
    (void)state;
    static const struct {
        const char *spec;
        bool ordinary, special_full;
    } cases[] = {
        {"{\"v\": 2, \"key\": {\"a\": 1.0}, \"name\": \"a_1\", \"ns\": \"d.c\", \"background\": true, "
         "\"hidden\": true}",
         true, false},
        {"{\"key\": {\"a\": {\"$numberLong\": \"-1\"}}, \"name\": \"a\", \"unique\": true, \"sparse\": true}", true, false},
        {"{\"key\": {\"a\": 1}, \"name\": \"a\", \"collation\": {\"locale\": \"simple\"}}", true, false},
        {"{\"key\": {\"a\": 1}, \"name\": \"a\", \"collation\": {\"locale\": \"de\"}}", false, false},
        {"{\"key\": {\"a\": 1}, \"name\": \"a\", \"expireAfterSeconds\": 5}", false, true},
        {"{\"key\": {\"a\": 1}, \"name\": \"a\", \"expireAfterSeconds\": 5, \"sparse\": true}", false, false},
        {"{\"key\": {\"a\": 1}, \"name\": \"a\", \"expireAfterSeconds\": 5, \"collation\": {\"locale\": "
         "\"de\"}}",
         false, false},
        {"{\"key\": {\"_fts\": \"text\", \"_ftsx\": 1}, \"name\": \"t\", \"weights\": {\"a\": 1}, "
         "\"textIndexVersion\": 3}",
         false, false},
        {"{\"key\": {\"a\": \"hashed\"}, \"name\": \"a\"}", true, false},
        {"{\"key\": {\"a\": \"2dsphere\"}, \"name\": \"a\"}", false, false},
        {"{\"key\": {\"a\": \"hashed\", \"b\": \"2d\"}, \"name\": \"a\"}", false, false},
        {"{\"key\": {\"a\": 5}, \"name\": \"a\"}", false, false},
        {"{\"key\": {\"$**\": 1}, \"name\": \"a\"}", false, false},
        {"{\"key\": {\"a.$**\": 1}, \"name\": \"a\"}", false, false},
        {"{\"key\": {\"a\": 1}, \"name\": \"a\", \"storageEngine\": {\"wiredTiger\": {}}}", false, false},
        {"{\"key\": {\"a\": 1}, \"name\": \"a\", \"something\": 1}", false, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        str spec = bson_of(cases[i].spec);
        index_spec *x = index_of(spec);
        assert_int_equal(x->ordinary, cases[i].ordinary);
        assert_int_equal(x->special_full, cases[i].special_full);
        assert_true(str_eq(x->spec, spec));
        assert_true(key_equal(&x->key, &index_of(json_index_to_bson(a, x))->key));
    }
    assert_int_equal(index_of(bson_of(cases[1].spec))->key.fields.at[0].direction, -1);
    assert_string_equal(str_c(a, index_of(bson_of(cases[8].spec))->key.fields.at[0].special), "\"hashed\"");
}

static void test_index_broken(void **state) {
    (void)state;
    static const char *const cases[] = {"{}",
                                        "{\"name\": \"a\"}",
                                        "{\"name\": \"a\", \"key\": 5}",
                                        "{\"name\": \"a\", \"key\": {}}",
                                        "{\"name\": 5, \"key\": {\"a\": 1}}",
                                        "{\"name\": \"a\", \"key\": {\"a\": 1}, \"partialFilterExpression\": 5}"};
    index_spec *x;
    kf_error err;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(json_index_from_bson(&x, bson_of(cases[i]), a, &err), -KF_E_SERVER);
    assert_int_equal(json_index_from_bson(&x, STR("\x05"), a, NULL), -KF_E_SERVER);
    /* Cut off at every length: nothing to see for ASan. */
    str whole = bson_of("{\"name\": \"a\", \"key\": {\"a\": 1}, \"partialFilterExpression\": {\"a\": "
                        "{\"$in\": [1, \"x\"]}}}");
    for (size_t n = 0; n < whole.n; n++) {
        char *cut = malloc(n ? n : 1);
        memcpy(cut, whole.p, n);
        if (n >= 5) memcpy(cut, &(int32_t){(int32_t)n}, 4), cut[n - 1] = 0;
        if (json_index_from_bson(&x, (str){cut, n}, a, NULL) == 0) json_index_to_bson(a, x);
        free(cut);
    }
}

/* ---- catalog documents ---- */

static table *table_of(const char *json) {
    table *t = arena_make(a, table);
    kf_error err = {0};
    t->name = STR("t");
    if (json_table_from_bson(t, bson_of(json), a, &err)) fail_msg("%s: %s", json, err.message);
    return t;
}

static void test_document_of_djongo(void **state) {
    (void)state;
    table *t = table_of("{\"_id\": 1, \"name\": \"t\", \"auto\": {\"seq\": 7, \"field_names\": [\"id\", "
                        "\"id\"]}, \"fields\": {\"id\": "
                        "{\"type_code\": \"long\"}, \"n\": {\"type_code\": null}}}");
    assert_true(t->has_document && t->has_auto && !t->has_names);
    assert_int_equal(t->seq, 7);
    assert_int_equal(t->rev, 0);
    assert_int_equal(t->columns.n, 2);
    assert_true(t->columns.at[0]->auto_increment && !t->columns.at[1]->auto_increment);
    assert_int_equal(t->columns.at[0]->nulls, NULLS_UNKNOWN);
    assert_int_equal(t->columns.at[1]->type.n, 0);
}

static void test_document_hostile(void **state) {
    (void)state;
    static const char *const junk[] = {
        "{}",
        "{\"fields\": 5, \"auto\": [], \"names\": []}",
        "{\"fields\": {\"a\": 5, \"b\": null, \"c\": {\"type_code\": 5, \"null\": \"x\", \"default\": 5}}}",
        "{\"fields\": [{\"type_code\": \"long\"}], \"auto\": null}",
        "{\"auto\": {\"field_names\": \"id\", \"seq\": \"x\"}}",
        "{\"auto\": {\"field_names\": [5, null, \"nowhere\"], \"seq\": 1e300}}",
        "{\"names\": [5, null, [], {}, {\"name\": 5}, {\"name\": \"\"}, {\"name\": \"n\"}, {\"name\": \"n\", "
        "\"kind\": \"nonsense\"}]}",
        "{\"names\": [{\"name\": \"n\", \"kind\": \"index\"}, {\"name\": \"n\", \"kind\": \"index\", "
        "\"key\": 5}]}",
        "{\"names\": [{\"name\": \"n\", \"kind\": \"index\", \"key\": []}, {\"name\": \"m\", \"kind\": "
        "\"unique\", \"key\": [5]}]}",
        "{\"names\": [{\"name\": \"n\", \"kind\": \"unique\", \"key\": [[5, 1]]}, {\"name\": \"n\", "
        "\"kind\": \"index\", \"key\": [[\"a\"]]}]}",
    };
    for (size_t i = 0; i < sizeof junk / sizeof *junk; i++) assert_int_equal(table_of(junk[i])->names.n, 0);
    table *t = table_of("{\"names\": [{\"name\": \"f\", \"kind\": \"foreign key\", \"key\": 5, "
                        "\"references\": {\"table\": \"u\", \"columns\": "
                        "[5, \"id\"]}, \"indexes\": 5, \"made_by\": \"me\", \"where\": 5}]}");
    assert_int_equal(t->names.n, 1);
    assert_int_equal(t->names.at[0]->ref_columns.n, 1);
    assert_int_equal(t->names.at[0]->made_by, MADE_BY_OTHER);

    static const char *const refused[] = {"{\"names\": 5}",   "{\"names\": {}}",
                                          "{\"rev\": \"x\"}", "{\"rev\": 0}",
                                          "{\"rev\": 1.5}",   "{\"rev\": {\"$numberLong\": \"9223372036854775807\"}}"};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        table u = {.name = STR("shop_order")};
        kf_error err;
        assert_int_equal(json_table_from_bson(&u, bson_of(refused[i]), a, &err), -KF_E_SERVER);
        assert_non_null(strstr(err.message, "\"shop_order\""));
    }
}

static column *add_column(table *t, const char *called, const char *type, nullability nulls) {
    column *c = arena_make(a, column);
    *c = (column){.name = str_of(called), .type = str_of(type), .nulls = nulls};
    vec_push(a, &t->columns, c);
    return c;
}

static name *add_name(table *t, const char *called, name_kind kind, const char *column_name, int direction) {
    name *n = arena_make(a, name);
    *n = (name){.name = str_of(called), .kind = kind};
    vec_push(a, &n->key.fields, (key_field){.column = str_of(column_name), .direction = direction});
    vec_push(a, &t->names, n);
    return n;
}

static table *sample_table(void) {
    table *t = arena_make(a, table);
    *t = (table){.name = STR("t"), .has_names = true};
    add_column(t, "id", "long", NULLS_REFUSED)->auto_increment = true;
    add_column(t, "_id", "objectId", NULLS_REFUSED)->auto_increment = true;
    column *c = add_column(t, "n", "string", NULLS_ALLOWED);
    c->has_default = true;
    c->default_sql = STR("'x'");
    add_column(t, "data", "", NULLS_UNKNOWN);
    name *n = add_name(t, "u", NAME_UNIQUE, "n", -1);
    n->where_sql = STR("\"n\" = 'a'");
    vec_push(a, &n->indexes, STR("u"));
    n = add_name(t, "f", NAME_FOREIGN_KEY, "n", 1);
    n->made_by = MADE_BY_DJONGO;
    n->ref_table = STR("other");
    vec_push(a, &n->ref_columns, STR("id"));
    return t;
}

#define SAMPLE_NAMES                                                                                                           \
    "[ { \"name\" : \"u\", \"kind\" : \"unique\", \"key\" : [ [ \"n\", -1 ] ], \"where\" : \"\\\"n\\\" = "                     \
    "'a'\", \"indexes\" : [ \"u\" ], "                                                                                         \
    "\"made_by\" : \"keyfold\" }, { \"name\" : \"f\", \"kind\" : \"foreign key\", \"key\" : [ [ \"n\", 1 ] "                   \
    "], "                                                                                                                      \
    "\"references\" : { \"table\" : \"other\", \"columns\" : [ \"id\" ] }, \"indexes\" : [  ], \"made_by\" "                   \
    ": \"djongo\" } ]"

static void test_document_insert(void **state) {
    (void)state;
    operation op = {.kind = OPERATION_WRITE_DOCUMENT, .collection = STR("t"), .document = sample_table()};
    str d = json_document_insert(a, &op, false);
    assert_string_equal(json_of(d),
                        "{ \"name\" : \"t\", \"fields\" : { \"id\" : { \"type_code\" : \"long\", \"null\" : false }, \"n\" : "
                        "{ "
                        "\"type_code\" : \"string\", \"null\" : true, \"default\" : \"'x'\" }, \"data\" : { \"type_code\" : "
                        "null } }, \"auto\" : { \"field_names\" : [ \"id\" ], \"seq\" : 0 }, \"names\" : " SAMPLE_NAMES
                        ", \"rev\" : 1 }");
    bson_t b;
    bson_iter_t i, seq;
    assert_true(bson_init_static(&b, (const uint8_t *)d.p, d.n));
    assert_true(bson_iter_init_find(&i, &b, "rev") && BSON_ITER_HOLDS_INT64(&i));
    assert_true(bson_iter_init(&i, &b) && bson_iter_find_descendant(&i, "auto.seq", &seq) && BSON_ITER_HOLDS_INT32(&seq));
    op.document->columns.at[0]->auto_increment = false;
    assert_null(strstr(json_of(json_document_insert(a, &op, false)), "auto"));
    /* What is written is read the same. */
    table t = {.name = STR("t")};
    assert_int_equal(json_table_from_bson(&t, d, a, NULL), 0);
    assert_int_equal(t.rev, 1);
    assert_true(t.has_names && t.has_auto);
    assert_int_equal(t.names.n, 2);
    assert_int_equal(t.columns.n, 3);
    assert_true(str_eq(t.columns.at[1]->default_sql, STR("'x'")));
    /* And where arrays inside arrays cannot be stored. */
    d = json_document_insert(a, &op, true);
    assert_non_null(strstr(json_of(d), "\"key\" : [ { \"column\" : \"n\", \"direction\" : -1 } ]"));
    table flat = {.name = STR("t")};
    assert_int_equal(json_table_from_bson(&flat, d, a, NULL), 0);
    assert_true(key_equal(&flat.names.at[0]->key, &t.names.at[0]->key));
}

static void test_document_update(void **state) {
    (void)state;
    operation op = {
        .kind = OPERATION_WRITE_DOCUMENT, .collection = STR("t"), .document = sample_table(), .document_exists = true};
    str match, update;
    add_column(op.document, "a.b", "long", NULLS_ALLOWED);
    add_column(op.document, "$x", "long", NULLS_ALLOWED);
    vec_push(a, &op.removed_columns, STR("gone"));
    vec_push(a, &op.removed_columns, STR("gone.too"));
    json_document_update(a, &op, false, &match, &update);
    assert_string_equal(json_of(match), "{ \"name\" : \"t\", \"rev\" : { \"$exists\" : false } }");
    assert_string_equal(json_of(update),
                        "{ \"$set\" : { \"fields.id.type_code\" : \"long\", \"fields.id.null\" : false, "
                        "\"fields.n.type_code\" : \"string\", \"fields.n.null\" : true, \"fields.n.default\" : \"'x'\", "
                        "\"fields.data.type_code\" : null, "
                        "\"auto\" : { \"field_names\" : [ \"id\" ], \"seq\" : 0 }, \"names\" : " SAMPLE_NAMES
                        ", \"rev\" : 1 }, \"$unset\" : { \"fields.id.default\" : \"\", \"fields.data.default\" : \"\", "
                        "\"fields.gone\" : \"\", \"lineage\" : \"\", \"dropping\" : \"\" } }");
    op.base_rev = 41;
    op.document->has_auto = true;
    json_document_update(a, &op, false, &match, &update);
    assert_string_equal(json_of(match), "{ \"name\" : \"t\", \"rev\" : 41 }");
    assert_null(strstr(json_of(update), "\"auto\""));
    assert_non_null(strstr(json_of(update), "\"rev\" : 42"));
}

/* ---- schema files ---- */

static str schema_json(const schema *s) {
    text out = {.arena = a};
    json_write_schema(&out, s);
    return text_str(&out);
}

static schema *schema_of(str json) {
    schema *s = schema_new(a);
    kf_error err = {0};
    if (json_read_schema(s, json, &err)) fail_msg("%zu:%zu: %s\n%.*s", err.line, err.column, err.message, STR_ARG(json));
    return s;
}

static table *live_table(schema *s, const char *called) {
    table *t = schema_add_table(s, str_of(called));
    t->exists = true;
    return t;
}

static void expect_round_trip(const schema *s) {
    str once = schema_json(s);
    schema *again = schema_of(once);
    assert_true(str_eq(schema_json(again), once));
    text before = {.arena = a}, after = {.arena = a};
    schema_dump(&before, s);
    schema_dump(&after, again);
    assert_string_equal(str_c(a, text_str(&after)), str_c(a, text_str(&before)));
    assert_int_equal(schema_fingerprint(s, a), schema_fingerprint(again, a));
}

static void test_schema_round_trip(void **state) {
    (void)state;
    schema *s = schema_new(a);
    s->has_catalog = s->catalog_has_name_index = true;
    table *t = live_table(s, "zebra \"quoted\" \xc3\xa4");
    table *d = sample_table();
    t->columns = d->columns;
    t->columns.at[1]->auto_increment = false;
    vec_remove(&t->columns, 1);
    t->names = d->names;
    t->has_document = t->has_names = t->has_auto = true;
    t->rev = 5000000000;
    t->seq = 12;
    vec_push(a, &t->indexes,
             index_of(bson_of("{\"v\": 2, \"key\": {\"n\": -1}, \"name\": \"u\", \"unique\": true, "
                              "\"partialFilterExpression\": {\"n\": \"a\"}}")));
    table *plain = live_table(s, "apple");
    vec_push(a, &plain->indexes, index_of(bson_of("{\"v\": 2, \"key\": {\"a\": 1.0}, \"name\": \"a_1\", \"unique\": true}")));
    vec_push(a, &plain->indexes,
             index_of(bson_of("{\"v\": 2, \"key\": {\"_fts\": \"text\", \"_ftsx\": 1}, \"name\": \"t\", "
                              "\"weights\": {\"a\": 1}, \"expireAfterSeconds\": {\"$numberLong\": \"5\"}}")));
    table_derive_names(s, plain);
    schema_add_table(s, STR("missing"))->has_document = true;
    expect_round_trip(s);
    schema_add_migration(s, STR("ab"), STR("c"))->applied = (value){.type = VALUE_DATE, .integer = -1};
    schema_add_migration(s, STR("a"), STR("bc"));
    assert_ptr_equal(schema_add_migration(s, STR("a"), STR("bc")), s->migrations.at[1]);
    expect_round_trip(s);
    assert_int_equal(schema_migration(schema_of(schema_json(s)), STR("ab"), STR("c"))->applied.integer, -1);
    schema *again = schema_of(schema_json(s));
    assert_true(again->has_catalog && again->catalog_has_name_index && !again->catalog_has_auto_index);
    assert_int_equal(schema_table(again, t->name)->rev, 5000000000);
    assert_int_equal(schema_table(again, t->name)->seq, 12);
    assert_false(schema_table(again, STR("missing"))->exists);
    assert_true(str_eq(table_index(schema_table(again, STR("apple")), STR("t"))->spec, plain->indexes.at[1]->spec));
}

/* One value of each BSON type, and those at the edges of their JSON forms. */
static size_t append_value(bson_t *b, const char *key, size_t n) {
    bson_t document, scope;
    bson_oid_t oid;
    bson_decimal128_t decimal;
    bson_oid_init_from_string(&oid, "0123456789abcdef01234567");
    bson_decimal128_from_string("-1.500E+10", &decimal);
    switch (n) {
    case 0: BSON_APPEND_DOUBLE(b, key, 0.1); break;
    case 1: BSON_APPEND_DOUBLE(b, key, -0.0); break;
    case 2: BSON_APPEND_DOUBLE(b, key, 1e300); break;
    case 3: BSON_APPEND_DOUBLE(b, key, 5e-324); break;
    case 4: BSON_APPEND_DOUBLE(b, key, 3); break;
    case 5: bson_append_utf8(b, key, -1, "a\"\\\x01\x7f\n\xc3\xa4\xf0\x9f\x98\x80", -1); break;
    case 6: bson_append_utf8(b, key, -1, "nul\0inside", 10); break;
    case 7:
        BSON_APPEND_DOCUMENT_BEGIN(b, key, &document);
        BSON_APPEND_INT64(&document, "x", 1);
        bson_append_document_end(b, &document);
        break;
    case 8:
        BSON_APPEND_ARRAY_BEGIN(b, key, &document);
        BSON_APPEND_NULL(&document, "0");
        BSON_APPEND_OID(&document, "1", &oid);
        bson_append_array_end(b, &document);
        break;
    case 9: BSON_APPEND_BINARY(b, key, BSON_SUBTYPE_UUID, (const uint8_t *)"0123456789abcdef", 16); break;
    case 10: BSON_APPEND_UNDEFINED(b, key); break;
    case 11: BSON_APPEND_OID(b, key, &oid); break;
    case 12: BSON_APPEND_BOOL(b, key, true); break;
    case 13: BSON_APPEND_DATE_TIME(b, key, INT64_C(1795330809337)); break;
    case 14: BSON_APPEND_DATE_TIME(b, key, INT64_MIN); break;
    case 15: BSON_APPEND_NULL(b, key); break;
    case 16: BSON_APPEND_DBPOINTER(b, key, "d.c", &oid); break;
    case 17: BSON_APPEND_CODE(b, key, "f()"); break;
    case 18: BSON_APPEND_SYMBOL(b, key, "s"); break;
    case 19:
        bson_init(&scope);
        BSON_APPEND_INT32(&scope, "x", 1);
        BSON_APPEND_CODE_WITH_SCOPE(b, key, "f()", &scope);
        bson_destroy(&scope);
        break;
    case 20: BSON_APPEND_INT32(b, key, INT32_MIN); break;
    case 21: BSON_APPEND_TIMESTAMP(b, key, 4000000000u, 7); break;
    case 22: BSON_APPEND_INT64(b, key, 5); break;
    case 23: BSON_APPEND_INT64(b, key, INT64_MIN); break;
    case 24: BSON_APPEND_DECIMAL128(b, key, &decimal); break;
    case 25: BSON_APPEND_MAXKEY(b, key); break;
    case 26: BSON_APPEND_MINKEY(b, key); break;
    case 27: BSON_APPEND_DOUBLE(b, key, (double)INFINITY); break;
    /* Opaque from here on. */
    case 28: BSON_APPEND_REGEX(b, key, "^a", "i"); break;
    case 29: BSON_APPEND_DOUBLE(b, key, (double)NAN); break;
    case 30:
        BSON_APPEND_DOCUMENT_BEGIN(b, key, &document);
        BSON_APPEND_UTF8(&document, "$oid", "not one");
        bson_append_document_end(b, &document);
        break;
    default: return 0;
    }
    return n < 28 ? 1 : 2;
}

static void test_every_value_type(void **state) {
    (void)state;
    static const char *const operators[] = {"$eq", "$gt", "$in"};
    for (size_t n = 0;; n++)
        for (size_t o = 0; o < 3; o++) {
            bson_t *f = bson_new(), inner, array;
            BSON_APPEND_DOCUMENT_BEGIN(f, "f", &inner);
            if (o == 2) BSON_APPEND_ARRAY_BEGIN(&inner, "$in", &array);
            size_t kind = append_value(o == 2 ? &array : &inner, o == 2 ? "0" : operators[o], n);
            if (o == 2) bson_append_array_end(&inner, &array);
            bson_append_document_end(f, &inner);
            index_spec *x = index_with_filter(bytes_of(f));
            if (kind == 0) return;
            assert_int_equal(x->filter.opaque.n == 0, kind == 1);
            /* As a live index, with its spec, and as one that is wanted, without. */
            schema *s = schema_new(a);
            table *t = live_table(s, "t");
            vec_push(a, &t->indexes, x);
            table_derive_names(s, t);
            expect_round_trip(s);
            assert_true(str_eq(schema_of(schema_json(s))->tables.at[0]->indexes.at[0]->spec, x->spec));
            x->spec = STR_NONE;
            expect_round_trip(s);
            assert_true(index_same(x, schema_of(schema_json(s))->tables.at[0]->indexes.at[0]));
        }
}

static void test_schema_errors(void **state) {
    (void)state;
    static const struct {
        const char *json, *message;
        size_t line, column;
    } cases[] = {
        {"", "not a JSON object", 1, 1},
        {"[]", "not a JSON object", 1, 1},
        {"{\"format\": 1,\n \"collections\": [}", "not a JSON value", 2, 18},
        {"{\"format\": 1,}", "a key is expected", 1, 14},
        {"{\"format\": 1} {}", "something follows", 1, 15},
        {"{\"format\" 1}", "':' is expected", 1, 11},
        {"{\"format\": 1", "',' or '}'", 1, 13},
        {"{\"format\": ", "ends too early", 1, 12},
        {"{\"format\": \"x", "does not end", 1, 12},
        {"{\"format\": \"\xff\"}", "UTF-8", 1, 13},
        {"{\"format\": \"\\ud800\"}", "surrogate", 1, 13},
        {"{\"format\": \"\\q\"}", "escape", 1, 13},
        {"{\"format\": \"\n\"}", "control character", 1, 13},
        {"{\"format\": 01}", "not a JSON value", 1, 12},
        {"{\"format\": 1x}", "',' or '}'", 1, 13},
        {"{\"format\": 99999999999999999999}", "64 bits", 1, 12},
        {"{\"format\": {\"$oid\": \"zz\"}}", "extended JSON", 1, 12},
        {"{\"format\": 2}", "\"format\" is not 1", 0, 0},
        {"{\"format\": 1}", "\"collections\"", 0, 0},
        {"{\"format\": 1, \"collections\": [5]}", "without a name", 0, 0},
        {"{\"format\": 1, \"collections\": [{\"name\": \"a\"}, {\"name\": \"a\"}]}", "two collections \"a\"", 0, 0},
        {"{\"format\": 1, \"collections\": [{\"name\": \"c\", \"indexes\": 5}]}", "\"c\": indexes", 0, 0},
        {"{\"format\": 1, \"collections\": [{\"name\": \"c\", \"indexes\": [{\"name\": \"i\"}]}]}",
         "\"c\": index \"i\" has no key", 0, 0},
        {"{\"format\": 1, \"collections\": [{\"name\": \"c\", \"indexes\": [{\"name\": \"i\", \"key\": "
         "[[\"a\", 1]], \"spec\": {\"name\": \"i\", "
         "\"key\": {\"b\": 1}}}]}]}",
         "index \"i\" and its spec differ", 0, 0},
        {"{\"format\": 1, \"collections\": [{\"name\": \"c\", \"document\": {\"fields\": {\"x\": 5}}}]}", "column \"x\"", 0, 0},
        {"{\"format\": 1, \"collections\": [{\"name\": \"c\", \"document\": {\"names\": 5}}]}", "\"c\": names", 0, 0},
        {"{\"format\": 1, \"collections\": [], \"migrations\": 5}", "\"migrations\" is not an array", 0, 0},
        {"{\"format\": 1, \"collections\": [], \"migrations\": [{\"app\": \"a\"}]}", "without its app or name", 0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kf_error err = {0};
        assert_int_equal(json_read_schema(schema_new(a), str_of(cases[i].json), &err), -KF_E_SCHEMA_INVALID);
        if (!strstr(err.message, cases[i].message) || err.line != cases[i].line || err.column != cases[i].column)
            fail_msg("%s: %zu:%zu: %s", cases[i].json, err.line, err.column, err.message);
    }
    text deep = {.arena = a};
    for (int i = 0; i < 100000; i++) text_add(&deep, STR("{\"a\":"));
    assert_int_equal(json_read_schema(schema_new(a), text_str(&deep), NULL), -KF_E_SCHEMA_INVALID);
}

static void test_schema_by_hand(void **state) {
    (void)state;
    schema *s = schema_of(STR("\xef\xbb\xbf{\"format\": 1, \"collections\": [{\"name\": \"c\", \"indexes\": "
                              "[{\"name\": \"i\", \"key\": [[\"a\", 1], "
                              "[\"b\", \"hashed\"]]}, {\"name\": \"j\", \"key\": [[\"a\", -1]], \"filter\": "
                              "{\"a\": {\"$type\": [1, 2]}}}]}]}"));
    table *t = schema_table(s, STR("c"));
    assert_true(t->exists && !t->has_document);
    assert_int_equal(t->names.n, 2);
    assert_true(t->indexes.at[0]->ordinary && key_is_hashed(&t->indexes.at[0]->key));
    assert_true(t->indexes.at[1]->ordinary);
    assert_int_equal(t->indexes.at[1]->filter.terms.at[0].op, FILTER_TYPE);
}

/* ---- plan files ---- */

static plan *plan_new(arena *of) {
    plan *p = arena_make(of, plan);
    p->arena = of;
    return p;
}

static value int32_value(int64_t n) { return (value){.type = VALUE_INT32, .integer = n}; }

static const migration come = {.app = {"shop", 4}, .name = {"0001", 4}, .applied = {.type = VALUE_DATE, .integer = 5}};
static const migration gone = {.app = {"old", 3}, .name = {"", 0}, .applied = {.type = VALUE_NULL}};

/* One of each kind that changes documents, fields, collections. */
static void add_changes(plan *p, index_spec *live) {
    table *so_far = sample_table();
    vec_push(a, &so_far->dropping, STR("old_kf0123456789abcdef"));
    const operation changes[] = {
        {.kind = OPERATION_RENAME_COLLECTION, .collection = STR("u"), .from = STR("t")},
        {.kind = OPERATION_RECORD_DOCUMENT,
         .collection = STR("u"),
         .from = STR("t"),
         .document = so_far,
         .document_exists = true,
         .base_rev = 5},
        {.kind = OPERATION_CREATE_COLLECTION, .collection = STR("v")},
        {.kind = OPERATION_CLEAR_INDEX, .collection = STR("u"), .old = live},
        {.kind = OPERATION_RENAME_FIELD, .collection = STR("u"), .from = STR("weight"), .field = STR("mass")},
        {.kind = OPERATION_FILL_FIELD, .collection = STR("u"), .field = STR("stock"), .fill = int32_value(0)},
        {.kind = OPERATION_FILL_FIELD,
         .collection = STR("u"),
         .field = STR("note"),
         .fill = {.type = VALUE_NULL},
         .fill_nulls = true},
        {.kind = OPERATION_CONVERT_FIELD,
         .collection = STR("u"),
         .field = STR("price"),
         .old_type = STR("string"),
         .new_type = STR("decimal")},
        {.kind = OPERATION_UNSET_FIELD, .collection = STR("u"), .field = STR("old")},
        {.kind = OPERATION_WRITE_DOCUMENT,
         .collection = STR("u"),
         .from = STR("t"),
         .document = sample_table(),
         .document_exists = true,
         .base_rev = 5000000000},
        {.kind = OPERATION_DROP_COLLECTION, .collection = STR("gone")},
        {.kind = OPERATION_REMOVE_DOCUMENT, .collection = STR("gone"), .base_rev = 7},
        {.kind = OPERATION_REMOVE_DOCUMENT, .collection = STR("gone too")},
        {.kind = OPERATION_WRITE_MIGRATION, .collection = STR(MIGRATIONS_TABLE), .migration = &come},
        {.kind = OPERATION_REMOVE_MIGRATION, .collection = STR(MIGRATIONS_TABLE), .migration = &gone},
    };
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) vec_push(a, &p->operations, changes[i]);
}

static plan *sample_plan(void) {
    plan *p = plan_new(a);
    p->options = (plan_options){.profile = profile_at(0),
                                .allow_drop = ALLOW_DROP_INDEX | ALLOW_DROP_COLLECTION,
                                .convert_types = true,
                                .database = STR("shop")};
    p->fingerprint = UINT64_C(0x0123456789abcdef);
    vec_push(a, &p->statements, (planned_statement){{STR("C:\\log:x.txt"), 7}, STR("CREATE ..."), CLASS_APPLIED, STR("")});
    vec_push(a, &p->statements, (planned_statement){{STR("b.log"), 70000}, STR("SELECT"), CLASS_SKIPPED, STR("it reads \xff")});
    p->counts[CLASS_APPLIED] = p->counts[CLASS_SKIPPED] = 1;
    plan_count_dml(p, STR("a.b"), DML_SELECT, 1);
    plan_count_dml(p, STR("a.b"), DML_INSERT, 1);
    plan_count_dml(p, STR(""), DML_SELECT, 1);
    index_spec *live = index_of(bson_of("{\"v\": 2, \"key\": {\"a\": 1}, \"name\": \"old\", \"expireAfterSeconds\": 5}"));
    index_spec *want = index_with_filter(bson_of("{\"n\": {\"$gte\": {\"$numberLong\": \"1\"}, \"$type\": [1, 2]}}"));
    want->spec = STR_NONE;
    planned_collection c = {.name = STR("t")};
    planned_index x = {.index = want, .names = sample_table()->names};
    vec_push(a, &x.causes, 0);
    vec_push(a, &c.indexes, x);
    vec_push(a, &c.indexes, (planned_index){.index = live, .live = true, .companion_of = STR("u")});
    vec_push(a, &c.other_names, (planned_name){sample_table()->names.at[1], "not enforced", STR("MongoDB has none")});
    vec_push(a, &p->collections, c);
    vec_push(a, &p->operations, (operation){.kind = OPERATION_CREATE_CATALOG, .collection = STR(CATALOG)});
    operation op = {
        .kind = OPERATION_REPLACE_INDEX, .collection = STR("t"), .index = want, .old = live, .reason = STR("serves u")};
    vec_push(a, &op.causes, 1);
    vec_push(a, &op.causes, 0);
    vec_push(a, &p->operations, op);
    operation write = {.kind = OPERATION_WRITE_DOCUMENT,
                       .collection = STR("t"),
                       .document = sample_table(),
                       .document_exists = true,
                       .base_rev = 3};
    vec_push(a, &write.removed_columns, STR("gone"));
    vec_push(a, &p->operations, write);
    add_changes(p, live);
    vec_push(a, &p->findings,
             (finding){.kind = FINDING_WITHHELD,
                       .code = KF_E_NOT_EXPRESSIBLE,
                       .collection = STR("t"),
                       .name = STR("u"),
                       .message = STR("cannot"),
                       .has_statement = true,
                       .statement = 1,
                       .line = 2,
                       .column = 5});
    vec_push(a, &p->findings, (finding){.kind = FINDING_NOTICE, .message = STR("by the way")});
    return p;
}

static str plan_json(const plan *p) {
    text out = {.arena = a};
    json_write_plan(&out, p);
    return text_str(&out);
}

static void test_plan_round_trip(void **state) {
    (void)state;
    plan *p = sample_plan(), *again = plan_new(a);
    str once = plan_json(p);
    kf_error err = {0};
    if (json_read_plan(again, once, &err)) fail_msg("%s\n%.*s", err.message, STR_ARG(once));
    assert_string_equal(str_c(a, plan_json(again)), str_c(a, once));
    assert_int_equal(again->fingerprint, p->fingerprint);
    assert_int_equal(again->options.allow_drop, p->options.allow_drop);
    assert_ptr_equal(again->options.profile, p->options.profile);
    assert_true(str_eq(again->statements.at[0].source.file, STR("C:\\log:x.txt")));
    assert_int_equal(again->statements.at[1].source.line, 70000);
    assert_int_equal(again->findings.at[0].code, KF_E_NOT_EXPRESSIBLE);
    operation *x = &again->operations.at[1], *y = &p->operations.at[1];
    assert_true(str_eq(json_index_to_bson(a, x->index), json_index_to_bson(a, y->index)));
    assert_true(str_eq(x->old->spec, y->old->spec));
    assert_int_equal(x->causes.at[0], 1);
    str match, update, match_again, update_again;
    json_document_update(a, &p->operations.at[2], false, &match, &update);
    json_document_update(a, &again->operations.at[2], false, &match_again, &update_again);
    assert_true(str_eq(match, match_again));
    assert_string_equal(json_of(update), json_of(update_again));
}

static void test_plan_changes(void **state) {
    (void)state;
    plan *p = sample_plan(), *again = plan_new(a);
    assert_int_equal(json_read_plan(again, plan_json(p), NULL), 0);
    assert_int_equal(again->operations.n, p->operations.n);
    for (size_t i = 0; i < p->operations.n; i++) {
        const operation *x = &again->operations.at[i], *y = &p->operations.at[i];
        assert_int_equal(x->kind, y->kind);
        assert_true(str_eq(x->from, y->from) && str_eq(x->field, y->field));
        assert_int_equal(x->fill.type, y->fill.type);
        assert_int_equal(x->fill_nulls, y->fill_nulls);
        assert_int_equal(x->base_rev, y->base_rev);
        assert_int_equal(x->document_exists, y->document_exists);
        assert_int_equal(x->old != NULL, y->old != NULL);
        assert_int_equal(x->migration != NULL, y->migration != NULL);
        if (!y->migration) continue;
        assert_true(str_eq(x->migration->app, y->migration->app) && str_eq(x->migration->name, y->migration->name));
        assert_int_equal(value_cmp(&x->migration->applied, &y->migration->applied), 0);
    }
    assert_int_equal(again->skipped_dml.n, 2);
    const skipped_dml *counted = again->skipped_dml.at[0];
    assert_true(str_eq(counted->table, STR("a.b")) && str_eq(again->skipped_dml.at[1]->table, STR("")));
    assert_true(counted->counts[DML_SELECT] == 1 && counted->counts[DML_INSERT] == 1 && counted->counts[DML_DELETE] == 0);
    str json = plan_json(p);
    assert_true(str_find(json, STR("\"field\": \"stock\",\n      \"fill\": 0,\n      \"reason\""), 0) != SIZE_MAX);
    assert_true(str_find(json, STR("\"fill\": null,\n      \"fill_nulls\": true"), 0) != SIZE_MAX);
    assert_true(str_find(json, STR("\"collection\": \"gone\",\n      \"base_rev\": 7"), 0) != SIZE_MAX);
}

static void test_renamed_document(void **state) {
    (void)state;
    operation op = {.kind = OPERATION_WRITE_DOCUMENT,
                    .collection = STR("u"),
                    .from = STR("t"),
                    .document = sample_table(),
                    .document_exists = true,
                    .base_rev = 3};
    str match, update;
    json_document_update(a, &op, false, &match, &update);
    assert_string_equal(json_of(match), "{ \"name\" : \"t\", \"rev\" : 3 }");
    assert_non_null(strstr(json_of(update), "{ \"$set\" : { \"name\" : \"u\", "));
    op = (operation){.kind = OPERATION_REMOVE_DOCUMENT, .collection = STR("u")};
    assert_string_equal(json_of(json_document_match(a, &op)), "{ \"name\" : \"u\", \"rev\" : { \"$exists\" : false } }");
}

/* What is filled in arrives byte for byte, of whatever type it is. */
static void test_plan_fills(void **state) {
    (void)state;
    for (size_t n = 0;; n++) {
        bson_t *b = bson_new();
        size_t kind = append_value(b, "", n);
        str whole = bytes_of(b);
        if (kind == 0) return;
        plan *p = plan_new(a), *again = plan_new(a);
        operation op = {.kind = OPERATION_FILL_FIELD, .collection = STR("t"), .field = STR("f")};
        bson_iter_t i;
        assert_true(tree_open(&i, whole) && bson_iter_next(&i));
        value_read(&op.fill, &i, a);
        p->options.profile = profile_at(0);
        vec_push(a, &p->operations, op);
        migration m = {.app = STR("a"), .name = STR("0001"), .applied = op.fill};
        operation row = {.kind = OPERATION_WRITE_MIGRATION, .collection = STR(MIGRATIONS_TABLE), .migration = &m};
        vec_push(a, &p->operations, row);
        kf_error err = {0};
        if (json_read_plan(again, plan_json(p), &err)) fail_msg("%zu: %s", n, err.message);
        bson_t *filled = bson_new();
        value_append(filled, "", &again->operations.at[0].fill);
        if (!str_eq(bytes_of(filled), whole)) fail_msg("%zu: %s", n, plan_json(p).p);
        filled = bson_new();
        value_append(filled, "", &again->operations.at[1].migration->applied);
        if (!str_eq(bytes_of(filled), whole)) fail_msg("%zu: %s", n, plan_json(p).p);
    }
}

static void test_plan_errors(void **state) {
    (void)state;
    static const char *const cases[][3] = {
        {"\"format\": 1", "\"format\": 9", "format"},
        {"\"fingerprint\": \"0123", "\"fingerprint\": \"x123", "fingerprint"},
        {"\"profile\": \"", "\"profile\": \"no", "no profile"},
        {"\"nulls\": \"distinct\"", "\"nulls\": \"none\"", "nulls"},
        {"\"index\", \"collection\"]", "\"index\", \"all\"]", "allow_drop"},
        {"\"class\": \"applied\"", "\"class\": \"appl\"", "class"},
        {"\"op\": \"create catalog\"", "\"op\": \"crash\"", "operation"},
        {"\"statements\": [1, 0]", "\"statements\": [1, 2]", "statement_list"},
        {"\"statements\": [1, 0]", "\"statements\": [1, -1]", "statement_list"},
        {"\"code\": \"KF-042\"", "\"code\": \"KF-999\"", "code"},
        {"\"operations\": [", "\"operatings\": [", "operations"},
        {"\"from\": \"t\",", "", "without its"},
        {"\"from\": \"weight\"", "\"from\": \"$weight\"", "without its"},
        {"\"field\": \"mass\"", "\"field\": \"m.ass\"", "without its"},
        {"\"field\": \"price\"", "\"field\": \"\"", "without its"},
        {"\"to_type\": \"decimal\"", "\"to_type\": \"point\"", "without its"},
        {"\"field\": \"stock\"", "\"field\": \"st\\u0000ock\"", "without its"},
        {"\"field\": \"old\",", "", "without its"},
        {"\"fill\": 0,", "", "without its"},
        {"\"fill\": 0,", "\"fill_bson\": 0,", "wrong type"},
        {"\"op\": \"drop collection\"", "\"op\": \"clear index\"", "without its"},
        {"\"base_rev\": 7", "\"base_rev\": -7", "base_rev"},
        {"\"app\": \"shop\",", "", "without its app"},
        {"\"name\": \"0001\"", "\"name\": 1", "wrong type"},
        {"\"applied\": {", "\"applied_bson\": {", "app"},
    };
    str json = plan_json(sample_plan());
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t at = str_find(json, str_of(cases[i][0]), 0);
        if (at == SIZE_MAX) fail_msg("%s is not in\n%.*s", cases[i][0], STR_ARG(json));
        str changed =
            str_format(a, "%.*s%s%.*s", (int)at, json.p, cases[i][1], STR_ARG(str_from(json, at + strlen(cases[i][0]))));
        kf_error err = {0};
        assert_int_equal(json_read_plan(plan_new(a), changed, &err), -KF_E_PLAN_INVALID);
        if (!strstr(err.message, cases[i][2])) fail_msg("%s", err.message);
    }
    /* Cut off anywhere. */
    for (size_t n = 0; n + 2 < json.n; n += 3)
        assert_int_equal(json_read_plan(plan_new(a), str_slice(json, 0, n), NULL), -KF_E_PLAN_INVALID);
}

/* ---- the examples of the docs ---- */

static str doc_example(const char *path, size_t n) {
    FILE *f = fopen(path, "rb");
    text t = {.arena = a};
    char buffer[4096];
    if (!f) fail_msg("%s", path);
    for (size_t got; (got = fread(buffer, 1, sizeof buffer, f)) > 0;) text_add(&t, (str){buffer, got});
    fclose(f);
    str page = text_str(&t);
    size_t at = 0;
    for (size_t i = 0; i <= n; i++) at = str_find(page, STR("```json\n"), at) + 8;
    size_t end = str_find(page, STR("```"), at);
    assert_true(end != SIZE_MAX && at < end);
    return str_slice(page, at, end);
}

static void test_doc_examples(void **state) {
    (void)state;
    str example = doc_example(KEYFOLD_ROOT "/docs/json.md", 0);
    plan *p = plan_new(a);
    kf_error err = {0};
    if (json_read_plan(p, example, &err)) fail_msg("%s", err.message);
    assert_string_equal(str_c(a, plan_json(p)), str_c(a, example));
    assert_true(str_find(example, STR("\"keyfold\": \"" KF_VERSION "\""), 0) != SIZE_MAX);

    example = doc_example(KEYFOLD_ROOT "/docs/json.md", 1);
    assert_string_equal(str_c(a, schema_json(schema_of(example))), str_c(a, example));

    example = doc_example(KEYFOLD_ROOT "/docs/schema-document.md", 0);
    table t = {.name = STR("shop_order")};
    str d = bson_of(str_c(a, example));
    assert_int_equal(json_table_from_bson(&t, d, a, NULL), 0);
    operation op = {.kind = OPERATION_WRITE_DOCUMENT, .collection = t.name, .document = &t};
    assert_string_equal(json_of(json_document_insert(a, &op, false)), json_of(d));
}

struct memory_case {
    arena *arena;
    str json;
};

static void read_and_write(void *arg) {
    struct memory_case *c = arg;
    plan *p = plan_new(c->arena);
    text out = {.arena = c->arena};
    assert_int_equal(json_read_plan(p, c->json, NULL), 0);
    json_write_plan(&out, p);
}

static void test_memory(void **state) {
    (void)state;
    struct memory_case c = {.json = plan_json(sample_plan())};
    for (size_t i = 1, r = 1; r; i++) {
        assert_int_equal(arena_new(&c.arena), 0);
        arena_fail_after(c.arena, i);
        r = arena_try(c.arena, read_and_write, &c) != 0;
        arena_free(c.arena);
    }
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_filter_forms),    TEST(test_filter_opaque),      TEST(test_filter_bounds),    TEST(test_index_kinds),
        TEST(test_index_broken),    TEST(test_document_of_djongo), TEST(test_document_hostile), TEST(test_document_insert),
        TEST(test_document_update), TEST(test_schema_round_trip),  TEST(test_every_value_type), TEST(test_schema_errors),
        TEST(test_schema_by_hand),  TEST(test_plan_round_trip),    TEST(test_plan_changes),     TEST(test_renamed_document),
        TEST(test_plan_fills),      TEST(test_plan_errors),        TEST(test_doc_examples),     TEST(test_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
