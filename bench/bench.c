/* What scripts/bench measures inside of a process. */
#include "bench.h"

#include <pg_query.h>
#include <pg_query/pg_query.pb-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int64_t clock_ns(clockid_t id) {
    struct timespec t;
    clock_gettime(id, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int64_t bench_cpu_ns(void) { return clock_ns(CLOCK_PROCESS_CPUTIME_ID); }
int64_t bench_wall_ns(void) { return clock_ns(CLOCK_MONOTONIC); }

long bench_peak_kb(void) {
    FILE *f = fopen("/proc/self/status", "r");
    char line[256];
    long kb = -1;
    while (f && fgets(line, sizeof line, f))
        if (sscanf(line, "VmHWM: %ld", &kb) == 1) break;
    if (f) fclose(f);
    return kb;
}

void bench_die(const char *what, const char *why) {
    fprintf(stderr, "bench: %s: %s\n", what, why);
    exit(1);
}

/* ---- statements ---- */

static str create_table(arena *a, size_t table) {
    text t = {.arena = a};
    text_format(&t, "CREATE TABLE \"shop_order%zu\" (\"id\" int32 NOT NULL PRIMARY KEY AUTOINCREMENT", table);
    for (int c = 0; c < BENCH_COLUMNS; c++)
        text_format(&t, ", \"customer_field%d\" %s", c, c % 2 ? "string NOT NULL" : "int32 NOT NULL");
    text_add(&t, STR(")"));
    text_char(&t, '\0');
    t.n--;
    return text_str(&t);
}

str bench_statement(arena *a, size_t n, size_t tables) {
    size_t table = n % tables, k = n / tables;
    if (k == 0) return create_table(a, table);
    k--;
    /* One column or two: as many different indexes a table as are asked for, with different names. */
    size_t first = k % BENCH_COLUMNS, second = k / BENCH_COLUMNS;
    str name = str_format(a, "shop_order%zu_customer_field%zu_%08zx_idx", table, first, k);
    if (second == 0)
        return str_format(a, "ALTER TABLE \"shop_order%zu\" ADD CONSTRAINT \"%.*s\" INDEX (\"customer_field%zu\")", table,
                          STR_ARG(name), first);
    second = (first + second) % BENCH_COLUMNS;
    return str_format(
        a, "ALTER TABLE \"shop_order%zu\" ADD CONSTRAINT \"%.*s\" INDEX (\"customer_field%zu\", \"customer_field%zu\")", table,
        STR_ARG(name), first, second);
}

/* ---- the reference ---- */

enum { ROOM = 1 << 20 };

struct bench_parser {
    char *room;
    size_t used;
};

static void *take(void *parser, size_t bytes) {
    bench_parser *p = parser;
    void *at = p->room + p->used;
    p->used += (bytes + 15) / 16 * 16;
    if (p->used > ROOM) bench_die("reference", "a statement's tree is too large");
    return at;
}

static void give(void *parser, void *at) { (void)parser, (void)at; }

bench_parser *bench_parser_new(arena *a) {
    bench_parser *p = arena_make(a, bench_parser);
    p->room = arena_alloc(a, 1, ROOM);
    return p;
}

void bench_parse(bench_parser *p, const char *sql) {
    ProtobufCAllocator allocator = {take, give, p};
    PgQueryProtobufParseResult r = pg_query_parse_protobuf(sql);
    if (r.error) bench_die("reference", r.error->message);
    p->used = 0;
    if (!pg_query__parse_result__unpack(&allocator, r.parse_tree.len, (const uint8_t *)r.parse_tree.data))
        bench_die("reference", "the tree cannot be read");
    pg_query_free_protobuf_parse_result(r);
}

/* ---- verbs ---- */

int main(int argc, char **argv) {
    static const struct {
        const char *name, *words;
        int argc;
        int (*run)(int argc, char **argv);
    } verbs[] = {
        {"time", "WHAT COUNT ROUNDS", 5, bench_time},
        {"once", "WHAT COUNT", 4, bench_once},
        {"statements", "COUNT", 3, bench_statements},
        {"read", "LOG", 3, bench_read},
        {"read-only", "LOG", 3, bench_read_only},
        {"plan", "COUNT TABLES", 4, bench_plan},
        {"repeat", "COUNT ROUNDS", 4, bench_repeat},
        {"write", "LOG MEGABYTES", 4, bench_write},
        {"list", "URI DATABASE", 4, bench_list},
        {"create", "URI DATABASE COLLECTIONS INDEXES", 6, bench_create},
    };
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (argc > 1 && strcmp(argv[1], verbs[i].name) == 0 && argc == verbs[i].argc) return verbs[i].run(argc, argv);
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        fprintf(stderr, "usage: bench %s %s\n", verbs[i].name, verbs[i].words);
    return 2;
}
