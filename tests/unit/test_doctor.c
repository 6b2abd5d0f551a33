/* What doctor makes of what documents tell. On the damage itself: tests/live/test_doctor.py. */
#include "json/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

typedef struct world {
    arena *a;
    schema *schema;
    contents_fact_list facts;
    lint found;
} world;

static int make_world(void **state) {
    static world w;
    w = (world){0};
    *state = &w;
    return arena_new(&w.a);
}

static int end_world(void **state) {
    arena_free(((world *)*state)->a);
    return 0;
}

/* collections: the members of a schema file's list. */
static void read_schema(world *w, const char *collections) {
    w->schema = schema_new(w->a);
    str json = str_format(w->a, "{\"format\": 1, \"collections\": [%s]}", collections);
    assert_int_equal(json_read_schema(w->schema, json, NULL), 0);
}

static contents_fact *add_fact(world *w, const char *collection) {
    vec_push(w->a, &w->facts, (contents_fact){.collection = str_of(collection)});
    return &w->facts.at[w->facts.n - 1];
}

static size_t look(world *w) {
    doctor_options o = {.documents = &w->facts};
    lint_options rules;
    lint_options_default(&rules);
    memcpy(o.severities, rules.severities, sizeof o.severities);
    doctor_schema(&w->found, w->schema, &o, w->a);
    return w->found.findings.n;
}

#define is(s, text) assert_true(str_eq((s), STR(text)))

#define T(indexes)                                                                                                             \
    "{\"name\": \"t\", \"indexes\": [" indexes                                                                                 \
    "], \"document\": {\"name\": \"t\", \"fields\": {\"id\": {\"type_code\": \"long\"}, "                                      \
    "\"a\": {\"type_code\": \"long\"}, \"b\": {\"type_code\": \"long\"}}}}"
#define INDEX(name, key, unique, filter)                                                                                       \
    "{\"name\": \"" name "\", \"key\": " key ", \"unique\": " unique ", \"filter\": " filter "}"

static void renamed_field(void **state) {
    world *w = *state;
    read_schema(w, T(""));
    contents_fact *f = add_fact(w, "t");
    vec_push(w->a, &f->absent, STR("a"));
    assert_int_equal(look(w), 0); /* no field that it could have become */
    vec_push(w->a, &f->strangers, STR("z\"z"));
    assert_int_equal(look(w), 1);
    assert_true(w->found.findings.at[0].mended);
    is(doctor_statements(&w->found, w->a), "ALTER TABLE \"t\" RENAME COLUMN \"a\" TO \"z\"\"z\";\n");
    f->other_strangers = 1; /* one that some documents have */
    assert_int_equal(look(w), 1);
    assert_false(w->found.findings.at[0].mended);
    f->other_strangers = 0;
    vec_push(w->a, &f->absent, STR("b"));
    assert_int_equal(look(w), 1);
    assert_false(w->found.findings.at[0].mended);
    is(doctor_statements(&w->found, w->a), "");
    f->empty = true;
    assert_int_equal(look(w), 0);
}

static void dropped_field(void **state) {
    world *w = *state;
    read_schema(w, T(INDEX("x", "[[\"gone\", 1]]", "false", "null")));
    assert_int_equal(look(w), 0); /* nobody looked */
    contents_fact *f = add_fact(w, "t");
    assert_int_equal(look(w), 0); /* a document has it */
    vec_push(w->a, &f->absent, STR("gone"));
    assert_int_equal(look(w), 1);
    assert_int_equal(w->found.findings.at[0].code, DOCTOR_DROPPED_FIELD);
    assert_int_equal(w->found.findings.at[0].severity, LINT_WARNING);
}

/* djongo makes none of these; a catalog that does not have the column is no sign of anything then. */
static void others(void **state) {
    world *w = *state;
    read_schema(
        w,
        T(INDEX("x", "[[\"gone\", 1]]", "true", "{\"gone\": {\"$gt\": 1}}") "," INDEX(
            "h", "[[\"gone\", \"hashed\"]]", "false",
            "null") ","
                    "{\"name\": \"s\", \"key\": [[\"gone\", 1]], \"unique\": false, \"sparse\": true, \"filter\": null},"
                    "{\"name\": \"i\", \"key\": [[\"gone\", 1]], \"unique\": false, \"hidden\": true, \"filter\": null}," INDEX(
                        "d", "[[\"a.gone\", 1]]", "false", "null")));
    contents_fact *f = add_fact(w, "t");
    vec_push(w->a, &f->absent, STR("gone"));
    assert_int_equal(look(w), 0);
}

#define ROW(name, seq, fields)                                                                                                 \
    "{\"name\": \"" name "\", \"exists\": false, \"indexes\": [], \"document\": {\"name\": \"" name "\", \"fields\": {" fields \
    "}, \"auto\": {\"field_names\": [\"id\"], \"seq\": " seq "}}}"
#define LONG(name) "\"" name "\": {\"type_code\": \"long\"}"
#define PRIMARY INDEX("__primary_key__", "[[\"id\", 1]]", "true", "null")

static void rows(void **state) {
    world *w = *state;
    read_schema(w,
                "{\"name\": \"c\", \"indexes\": [" PRIMARY "], \"document\": null}," ROW("r", "3", LONG("id") "," LONG("v")));
    table *r = schema_table(w->schema, STR("r"));
    r->exists = false;
    contents_fact *f = add_fact(w, "c");
    vec_push(w->a, &f->fields, STR("id"));
    vec_push(w->a, &f->fields, STR("v"));
    f->greatest = 3;
    assert_int_equal(look(w), 1);
    assert_int_equal(w->found.findings.at[0].code, DOCTOR_RENAMED_COLLECTION);
    is(doctor_statements(&w->found, w->a), "ALTER TABLE \"r\" RENAME TO \"c\";\n");
    f->greatest = 4; /* the row's counter never gave that out: another table's */
    assert_int_equal(look(w), 2);
    is(doctor_statements(&w->found, w->a), "DROP TABLE \"r\";\n");
    f->greatest = 1;
    vec_push(w->a, &f->fields, STR("more"));
    assert_int_equal(look(w), 2);
}

static void counter(void **state) {
    world *w = *state;
    read_schema(w, "{\"name\": \"r\", \"indexes\": [" PRIMARY
                   "], \"document\": {\"name\": \"r\", \"fields\": {" LONG("id") "}, \"auto\": "
                                                                                 "{\"field_names\": [\"id\"], \"seq\": 5}}}");
    contents_fact *f = add_fact(w, "r");
    f->greatest = 5;
    assert_int_equal(look(w), 0);
    f->greatest = 6;
    assert_int_equal(look(w), 1);
    assert_true(w->found.findings.at[0].counts);
    is(doctor_statements(&w->found, w->a), "");
    f->greatest = 0;
    f->keyless = 2;
    f->key = STR("id");
    assert_int_equal(look(w), 1);
    assert_int_equal(w->found.findings.at[0].code, DOCTOR_ROW_WITHOUT_KEY);
    assert_false(w->found.findings.at[0].mended);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(renamed_field, make_world, end_world),
        cmocka_unit_test_setup_teardown(dropped_field, make_world, end_world),
        cmocka_unit_test_setup_teardown(others, make_world, end_world),
        cmocka_unit_test_setup_teardown(rows, make_world, end_world),
        cmocka_unit_test_setup_teardown(counter, make_world, end_world),
    };
    return cmocka_run_group_tests_name("doctor", tests, NULL, NULL);
}
