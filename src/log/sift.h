/* Most lines of a production log are DML and other things. They are counted and left out before the log is read: what is kept
 * is every record of a statement that matters, whole, with as much around it as reading it takes.
 *
 * Text comes piece by piece. Besides what is kept, a window of it is in memory: a few hundred kilobytes as a rule, and up to
 * about 4 MiB between two records far apart. A text without any record is kept whole, for it may be plain SQL. */
#ifndef LOG_SIFT_H
#define LOG_SIFT_H

#include "base/arena.h"
#include "model/statement.h"

/* DML that was counted and left out, of one table ("" where it has none). */
typedef struct dml_count {
    str table;
    size_t counts[DML_OPERATIONS];
} dml_count;

typedef struct dml_counts {
    arena *arena;
    VEC(dml_count *) tables; /* in the order they were first seen */
    map by_table;
    size_t total;
    size_t kept;      /* records of statements that were not left out */
    unsigned loggers; /* that showed it */
} dml_counts;

void dml_counts_add(dml_counts *c, str table, dml_operation op, size_t n);

/* Lines of what is kept, from `line` on (1 is the first), are the file's from `file_line` on. */
typedef struct sift_piece {
    size_t line, file_line;
} sift_piece;

typedef struct sifted {
    str text; /* lives as long as the arena */
    VEC(sift_piece) pieces;
    size_t lines;     /* of the file */
    size_t dml;       /* statements that were counted and left out */
    unsigned loggers; /* that showed them */
    bool left_out;    /* something was, so the file is not empty */
} sifted;

typedef struct sift sift;

/* counts NULL: nothing is left out. */
sift *sift_new(arena *a, dml_counts *counts);
/* Where the next piece of text goes, at least `least` bytes; *n are there. */
char *sift_room(sift *s, size_t least, size_t *n);
/* The place, counted from 1, of a byte that was written there and not taken yet. */
void sift_place(sift *s, size_t at, size_t *line, size_t *column);
/* n bytes were written there. */
void sift_take(sift *s, size_t n);
/* The end of the text. */
void sift_end(sift *s, sifted *out);
/* The file's line of a line of what is kept. */
size_t sift_line(const sifted *s, size_t line);

#endif
