/* Going through a log's records; djongo.c and django.c know what they look like. */
#ifndef LOG_WALK_H
#define LOG_WALK_H

#include "log/marks.h"
#include "log/reader.h"

typedef struct walk {
    log_reader *reader;
    str bytes;
    str prefix;        /* of djongo's last record */
    str schema_prefix; /* of the schema logger's */
    mark_search marks;
    size_t read;       /* the end of the last record */
    size_t floor;      /* what stands before it is no part of another record */
    str alias;         /* of the query logger's last */
    size_t unfinished; /* one more than the index of the newest statement whose parameters do not end */
} walk;

/* Each takes the line that begins at `start`; *next is where to read on. False if it is not theirs. */
bool djongo_record(walk *w, size_t start, size_t *next);
bool query_record(walk *w, size_t start, size_t *next);
bool schema_record(walk *w, size_t start, size_t *next);
/* The last record of the file, if it ends inside it. `start`: the last line, which has no end. */
void query_cut(walk *w, size_t start);
void schema_cut(walk *w);
void schema_cut_first(walk *w, size_t start);

#endif
