/* What lint makes of a server's facts. The rest of it: sql_corpus/lint; facts from servers: tests/live/test_lint.py. */
#include "json/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>


static const char json[] = "{\"format\": 1, \"collections\": [{\"name\": \"t\", \"indexes\": ["
                           "{\"name\": \"a_1\", \"key\": [[\"a\", 1]], \"unique\": true, \"filter\": null},"
                           "{\"name\": \"x\", \"key\": [[\"b\", 1]], \"unique\": false, \"filter\": null}]}]}";

static str message_of(arena *a, lint_fact fact, lint_code code) {
    schema *s = schema_new(a);
    lint_options o = {.profile = profile_find(STR("mongodb-5.0+"))};
    lint_fact_list facts = {0};
    lint found;
    lint_options_default(&o);
    assert_int_equal(json_read_schema(s, str_of(json), NULL), 0);
    vec_push(a, &facts, fact);
    o.facts = &facts;
    lint_schema(&found, s, &o, a);
    if (found.findings.n == 0) return STR_NONE;
    assert_int_equal(found.findings.n, 1);
    assert_int_equal(found.findings.at[0].code, code);
    return found.findings.at[0].message;
}

static bool is(str s, const char *text) { return str_eq(s, str_of(text)); }

static void unused(void **state) {
    arena *a;
    (void)state;
    assert_int_equal(arena_new(&a), 0);
    lint_fact f = {.collection = STR("t"), .name = STR("x"), .bytes = 20480, .uses = 0, .since = STR("2026-11-01")};
    assert_true(is(message_of(a, f, LINT_UNUSED), "no query has used it since 2026-11-01 (20 kB)"));
    f.uses = 1;
    assert_true(is(message_of(a, f, LINT_UNUSED), ""));
    f.uses = -1; /* not told */
    assert_true(is(message_of(a, f, LINT_UNUSED), ""));
    f.uses = 0;
    f.name = STR("a_1"); /* a unique one is there for what it refuses */
    assert_true(is(message_of(a, f, LINT_UNUSED), ""));
    arena_free(a);
}

static void boolean(void **state) {
    arena *a;
    (void)state;
    assert_int_equal(arena_new(&a), 0);
    lint_fact f = {.collection = STR("t"), .name = STR("b"), .bytes = -1, .uses = -1, .sampled = 200, .trues = 3};
    assert_true(is(message_of(a, f, LINT_BOOLEAN), "of 200 documents that were looked at 1 % are true"));
    f.sampled = 0; /* none is there */
    assert_true(is(message_of(a, f, LINT_BOOLEAN), ""));
    arena_free(a);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(unused), cmocka_unit_test(boolean)};
    return cmocka_run_group_tests_name("lint", tests, NULL, NULL);
}
