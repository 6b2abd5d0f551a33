/* What the programs of the bench share. Times are of CPU, of this process: a shared machine disturbs them least. */
#ifndef BENCH_H
#define BENCH_H

#include "base/arena.h"
#include <stdint.h>

int64_t bench_cpu_ns(void);
int64_t bench_wall_ns(void);
/* Most memory that was resident so far, in kB; -1 where /proc does not tell. */
long bench_peak_kb(void);
_Noreturn void bench_die(const char *what, const char *why);

/* The n-th of the schema statements of a project with so many tables: each table's CREATE TABLE, then its indexes. */
str bench_statement(arena *a, size_t n, size_t tables);
enum { BENCH_COLUMNS = 10 };

/* libpg_query alone, as a user of it would call it: text → tree in an arena that is used again. */
typedef struct bench_parser bench_parser;
bench_parser *bench_parser_new(arena *a);
void bench_parse(bench_parser *p, const char *sql);

/* statements.c */
int bench_time(int argc, char **argv);
int bench_once(int argc, char **argv);
int bench_statements(int argc, char **argv);
/* logs.c */
int bench_read(int argc, char **argv);
int bench_read_only(int argc, char **argv);
int bench_plan(int argc, char **argv);
int bench_repeat(int argc, char **argv);
int bench_write(int argc, char **argv);
/* server.c */
int bench_list(int argc, char **argv);
int bench_create(int argc, char **argv);

#endif
