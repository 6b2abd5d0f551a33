/* One statement: text → folded schema, against the parser alone. */
#include "bench.h"

#include "parse/parse.h"
#include "plan/work.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Ten indexes a table. The tables are there before: what is measured is index statements. */
typedef struct input {
    arena *arena;
    size_t n, tables;
    str *sql;
    const char **emitted; /* what the dialect stage makes of each */
    bench_parser *parser;
} input;

static input *input_new(size_t n) {
    arena *a;
    if (arena_new(&a)) bench_die("input", "out of memory");
    input *in = arena_make(a, input);
    *in = (input){.arena = a, .n = n, .tables = (n + BENCH_COLUMNS - 1) / BENCH_COLUMNS};
    in->sql = arena_alloc(a, n, sizeof *in->sql);
    in->emitted = arena_alloc(a, n, sizeof *in->emitted);
    in->parser = bench_parser_new(a);
    for (size_t i = 0; i < n; i++) {
        dialect_text t = {0};
        in->sql[i] = bench_statement(a, in->tables + i, in->tables);
        if (dialect_translate(&t, in->sql[i], NULL, a, NULL)) bench_die("input", in->sql[i].p);
        in->emitted[i] = str_c(a, t.text);
    }
    return in;
}

static void apply_one(schema *s, str sql, size_t number, const schema *live, arena *a) {
    statement_list all;
    kf_error err = {0};
    if (parse_statements(&all, sql, NULL, a, &err)) bench_die(sql.p, err.message);
    for (size_t i = 0; i < all.n; i++)
        if (schema_apply(s, &all.at[i], number, sql, OUTCOME_UNKNOWN, live, &err)) bench_die(sql.p, err.message);
}

static void fold_table(plan *p, schema *desired, table *t, const schema *live) {
    work w = {.p = p, .a = p->arena, .desired = desired, .wanted = t};
    if (!origin_find(&w, live)) bench_die("fold", "a table is not clear");
    final_make(&w);
    fields_plan(&w);
    request_make_all(&w);
    fold_requests(&w);
}

/* What is measured of ours: it has the tables already. */
typedef struct ours {
    arena *arena;
    schema *desired, *live;
    plan *plan;
} ours;

static ours ours_new(const input *in) {
    ours o;
    if (arena_new(&o.arena)) bench_die("ours", "out of memory");
    o.desired = schema_new(o.arena);
    o.live = schema_new(o.arena);
    o.plan = arena_make(o.arena, plan);
    o.plan->arena = o.arena;
    o.plan->options.profile = profile_find(STR("mongodb-5.0+"));
    for (size_t i = 0; i < in->tables; i++) apply_one(o.desired, bench_statement(o.arena, i, in->tables), i, o.live, o.arena);
    return o;
}

/* ---- what can be run ---- */

typedef void runner(const input *in, ours *o, size_t first, size_t end);

static void run_nothing(const input *in, ours *o, size_t first, size_t end) { (void)in, (void)o, (void)first, (void)end; }

static void run_parser(const input *in, ours *o, size_t first, size_t end) {
    (void)o;
    for (size_t i = first; i < end; i++) bench_parse(in->parser, in->emitted[i]);
}

static void run_statements(const input *in, ours *o, size_t first, size_t end) {
    for (size_t i = first; i < end; i++) apply_one(o->desired, in->sql[i], i, o->live, o->arena);
    if (end < in->n) return;
    for (size_t i = 0; i < o->desired->tables.n; i++) fold_table(o->plan, o->desired, o->desired->tables.at[i], o->live);
}

static const struct {
    const char *name;
    runner *run;
} runners[] = {{"nothing", run_nothing}, {"parser", run_parser}, {"statement", run_statements}};

static runner *runner_of(const char *name) {
    for (size_t i = 0; i < sizeof runners / sizeof *runners; i++)
        if (strcmp(runners[i].name, name) == 0) return runners[i].run;
    bench_die(name, "nothing is called so");
}

/* In turns of so many, so that what disturbs one disturbs the other. */
enum { TURN = 100 };

static void time_round(const input *in, runner *run, bool last) {
    ours o = ours_new(in);
    int64_t mine = 0, theirs = 0;
    for (size_t first = 0; first < in->n; first += TURN) {
        size_t end = first + TURN < in->n ? first + TURN : in->n;
        int64_t begin = bench_cpu_ns();
        run(in, &o, first, end);
        int64_t middle = bench_cpu_ns();
        run_parser(in, NULL, first, end);
        mine += middle - begin;
        theirs += bench_cpu_ns() - middle;
    }
    printf("[%" PRId64 ", %" PRId64 "]%s", mine, theirs, last ? "" : ", ");
    arena_free(o.arena);
}

/* Rounds of [ours, the parser's], in ns for all. */
int bench_time(int argc, char **argv) {
    (void)argc;
    input *in = input_new(strtoul(argv[3], NULL, 10));
    size_t rounds = strtoul(argv[4], NULL, 10);
    runner *run = runner_of(argv[2]);
    printf("{\"count\": %zu, \"rounds\": [", in->n);
    for (size_t i = 0; i < rounds; i++) time_round(in, run, i + 1 == rounds);
    printf("]}\n");
    arena_free(in->arena);
    return 0;
}

/* For callgrind: everything is prepared, whatever runs. */
int bench_once(int argc, char **argv) {
    (void)argc;
    input *in = input_new(strtoul(argv[3], NULL, 10));
    ours o = ours_new(in);
    size_t before = arena_used(o.arena);
    runner_of(argv[2])(in, &o, 0, in->n);
    printf("{\"count\": %zu, \"arena_bytes\": %zu}\n", in->n, arena_used(o.arena) - before);
    arena_free(o.arena);
    arena_free(in->arena);
    return 0;
}

/* The statements themselves, a line each. */
int bench_statements(int argc, char **argv) {
    (void)argc;
    input *in = input_new(strtoul(argv[2], NULL, 10));
    for (size_t i = 0; i < in->n; i++) printf("%.*s\n", STR_ARG(in->sql[i]));
    arena_free(in->arena);
    return 0;
}
