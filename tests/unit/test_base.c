#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#undef fail /* base/error.h has one of its own */

#include "base/arena.h"
#include "base/error.h"

static void count_up(void *thing) { ++*(int *)thing; }

static void test_arena(void **state) {
    (void)state;
    arena *a;
    int cleaned = 0;
    assert_int_equal(arena_new(&a), 0);
    arena_defer(a, count_up, &cleaned);
    char *small = arena_alloc(a, 3, 1), *large = arena_alloc(a, 100000, 1);
    for (int i = 0; i < 100000; i++) assert_int_equal(large[i], 0);
    small[2] = 'x';
    assert_int_equal((uintptr_t)arena_alloc(a, 1, 1) % _Alignof(max_align_t), 0);
    assert_int_equal(cleaned, 0);
    arena_free(a);
    assert_int_equal(cleaned, 1);
    arena_free(NULL);
}

typedef struct greedy {
    arena *a;
    size_t n, size;
    void *got;
} greedy;

static void be_greedy(void *arg) {
    greedy *g = arg;
    g->got = arena_alloc(g->a, g->n, g->size);
}

static void test_out_of_memory(void **state) {
    (void)state;
    arena *a;
    assert_int_equal(arena_new(&a), 0);
    greedy overflow = {a, SIZE_MAX / 2, 3, NULL}, fine = {a, 10, 1, NULL};
    assert_int_equal(arena_try(a, be_greedy, &overflow), -KF_E_MEMORY);
    assert_null(overflow.got);
    assert_int_equal(arena_try(a, be_greedy, &fine), 0);
    assert_non_null(fine.got);
    greedy block = {a, 1 << 20, 1, NULL};
    arena_fail_after(a, 1);
    assert_int_equal(arena_try(a, be_greedy, &block), -KF_E_MEMORY);
    assert_int_equal(arena_try(a, be_greedy, &block), 0); /* only that one failed */
    arena_free(a);
}

typedef struct regrow {
    arena *a;
    int *p;
    size_t n, more;
} regrow;

static void grow(void *arg) {
    regrow *g = arg;
    g->p = arena_regrow(g->a, g->p, g->n, g->more, sizeof *g->p);
    g->n = g->more;
}

/* From small to large, with other pieces before and after it. */
static void test_regrow(void **state) {
    (void)state;
    arena *a;
    assert_int_equal(arena_new(&a), 0);
    regrow g = {.a = a};
    for (g.more = 1; g.more < 200000; g.more *= 3) {
        size_t n = g.n;
        arena_alloc(a, g.more % 5000, 1);
        assert_int_equal(arena_try(a, grow, &g), 0);
        for (size_t i = 0; i < n; i++) assert_int_equal(g.p[i], i);
        for (size_t i = n; i < g.n; i++) g.p[i] = (int)i;
    }
    int *before = g.p;
    size_t used = arena_used(a);
    g.more = SIZE_MAX;
    assert_int_equal(arena_try(a, grow, &g), -KF_E_MEMORY);
    g.more = 2 * g.n;
    arena_fail_after(a, 1);
    assert_int_equal(arena_try(a, grow, &g), -KF_E_MEMORY);
    assert_ptr_equal(g.p, before); /* and it is as it was */
    assert_int_equal(arena_used(a), used);
    for (size_t i = 0; i < g.n; i++) assert_int_equal(g.p[i], i);
    arena_free(a);
}

static void test_moved_list(void **state) {
    (void)state;
    arena *a;
    VEC(int) v = {0};
    assert_int_equal(arena_new(&a), 0);
    vec_reserve(a, &v, 3);
    assert_int_equal(v.cap, 3);
    for (int i = 0; i < 100000; i++) vec_push_moved(a, &v, i);
    for (int i = 0; i < 100000; i++) assert_int_equal(v.at[i], i);
    assert_true(arena_used(a) < 3 * sizeof(int) * 100000); /* once, with its room */
    vec_reserve(a, &v, 10);
    assert_int_equal(v.n, 100000);
    arena_free(a);
}

static void set_true(void *thing) { *(bool *)thing = true; }

static void within_another(void **state) {
    (void)state;
    arena *a, *b, *c;
    bool freed = false, freed_too = false;
    assert_int_equal(arena_new(&a), 0);
    b = arena_within(a);
    c = arena_within(b);
    arena_defer(b, set_true, &freed);
    arena_free(b); /* and c */
    assert_true(freed);
    c = arena_within(a);
    arena_defer(c, set_true, &freed_too);
    greedy overflow = {c, SIZE_MAX / 2, 3, NULL}, block = {c, 1 << 20, 1, NULL}, fine = {c, 10, 1, NULL};
    assert_int_equal(arena_try(a, be_greedy, &overflow), -KF_E_MEMORY);
    assert_int_equal(arena_try(c, be_greedy, &overflow), -KF_E_MEMORY);
    arena_fail_after(a, 1);
    assert_int_equal(arena_try(a, be_greedy, &block), -KF_E_MEMORY);
    assert_int_equal(arena_try(a, be_greedy, &fine), 0);
    arena_free(a);
    assert_true(freed_too);
}

static void nest(void *arg) {
    greedy *g = arg;
    greedy inner = {g->a, SIZE_MAX, SIZE_MAX, NULL};
    assert_int_equal(arena_try(g->a, be_greedy, &inner), -KF_E_MEMORY);
    be_greedy(g); /* the outer one is still in force */
}

static void test_nested_try(void **state) {
    (void)state;
    arena *a;
    assert_int_equal(arena_new(&a), 0);
    greedy outer = {a, SIZE_MAX, SIZE_MAX, NULL};
    assert_int_equal(arena_try(a, nest, &outer), -KF_E_MEMORY);
    arena_free(a);
}

static void test_str(void **state) {
    (void)state;
    assert_true(str_eq(STR_NONE, STR("")));
    assert_true(str_cmp(STR("a"), STR("ab")) < 0);
    assert_true(str_cmp(STR("b"), STR("ab")) > 0);
    assert_true(str_eq_nocase(STR("Create"), STR("cREATE")));
    assert_false(str_eq_nocase(STR("Create"), STR("Creates")));
    assert_int_equal(str_find(STR("abcabc"), STR("bc"), 2), 4);
    assert_true(str_find(STR("abc"), STR("d"), 0) == SIZE_MAX);
    assert_true(str_find(STR_NONE, STR("d"), 0) == SIZE_MAX);
    assert_true(str_find(STR("abc"), STR("a"), 9) == SIZE_MAX);
    assert_true(str_eq(str_trim(STR(" \t x y\r\n")), STR("x y")));
    assert_true(str_starts(STR("ab"), STR("")) && !str_starts(STR("a"), STR("ab")));
    assert_true(str_ends(STR("ab"), STR("b")) && !str_ends(STR("b"), STR("ab")));
}

static void test_text_and_vec(void **state) {
    (void)state;
    arena *a;
    assert_int_equal(arena_new(&a), 0);
    text t = {.arena = a};
    for (int i = 0; i < 1000; i++) text_format(&t, "%d,", i % 10);
    assert_int_equal(t.n, 2000);
    assert_true(str_ends(text_str(&t), STR("7,8,9,")));
    VEC(int) v = {0};
    for (int i = 0; i < 100; i++) vec_push(a, &v, i);
    vec_remove(&v, 0);
    assert_int_equal(v.n, 99);
    assert_int_equal(v.at[0], 1);
    assert_int_equal(v.at[98], 99);
    arena_free(a);
}

static void test_map(void **state) {
    (void)state;
    arena *a;
    assert_int_equal(arena_new(&a), 0);
    map m = {.arena = a};
    int values[1000];
    assert_null(map_get(&m, STR("nothing")));
    for (int i = 0; i < 1000; i++) map_put(&m, str_format(a, "key %d", i), &values[i]);
    for (int i = 0; i < 1000; i++) assert_ptr_equal(map_get(&m, str_format(a, "key %d", i)), &values[i]);
    map_put(&m, STR("key 7"), NULL);
    assert_null(map_get(&m, STR("key 7")));
    assert_ptr_equal(map_get(&m, STR("key 8")), &values[8]);
    arena_free(a);
}

static void long_messages_end_at_a_character(void **state) {
    (void)state;
    static const char *const characters[] = {"a", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80"};
    for (size_t c = 0; c < 4; c++)
        for (size_t before = 0; before < 4; before++) {
            char text[2000] = "xxx";
            text[before] = '\0';
            while (strlen(text) < 1500) strcat(text, characters[c]);
            kf_error err;
            fail(&err, KF_E_USAGE, "%s", text);
            size_t n = strlen(err.message), size = strlen(characters[c]);
            assert_memory_equal(err.message, text, n);
            assert_true(n < sizeof err.message && n + size >= sizeof err.message);
            assert_int_equal((n - before) % size, 0);
        }
}

static void test_errors(void **state) {
    (void)state;
    kf_error err;
    assert_int_equal(fail(&err, KF_E_SYNTAX, "a\x1b[31m %d", 5), -KF_E_SYNTAX);
    assert_string_equal(err.message, "a?[31m 5"); /* no escape reaches a terminal */
    assert_int_equal(fail(NULL, KF_E_SYNTAX, "nowhere"), -KF_E_SYNTAX);
    fail_at(&err, KF_E_SYNTAX, STR("ab\ncd\nef"), 4, "here");
    assert_int_equal(err.line, 2);
    assert_int_equal(err.column, 2);
    assert_int_equal(err.offset, 4);
    fail_at(&err, KF_E_SYNTAX, STR("ab"), 99, "beyond the end");
    assert_int_equal(err.column, 3);
    assert_string_equal(kf_code_text(KF_E_USAGE), "KF-001");
    assert_string_equal(kf_code_text(-KF_E_SYNTAX), "KF-020");
    assert_string_equal(kf_code_text(12345), "KF-066");
    assert_int_equal(kf_code_exit_status(KF_OK), 0);
    assert_int_equal(kf_code_exit_status(KF_E_DUPLICATES), 4);
    assert_int_equal(kf_code_exit_status(KF_E_INTERRUPTED), 130);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arena),
        cmocka_unit_test(test_out_of_memory),
        cmocka_unit_test(test_regrow),
        cmocka_unit_test(test_moved_list),
        cmocka_unit_test(test_nested_try),
        cmocka_unit_test(within_another),
        cmocka_unit_test(test_str),
        cmocka_unit_test(test_text_and_vec),
        cmocka_unit_test(test_map),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(long_messages_end_at_a_character),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
