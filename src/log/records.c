/* A log of any of the loggers, or of several. */
#include "log/walk.h"

static size_t read_line(walk *w, size_t start) {
    size_t next;
    if (djongo_record(w, start, &next) || query_record(w, start, &next) || schema_record(w, start, &next)) w->read = next;
    return w->floor = next;
}

/* djongo's records are told by their beginning; of the others, which are known by their end, half a one is looked for here. */
static void read_cut(walk *w) {
    size_t start = line_start(w->bytes, w->bytes.n, 0);
    if (!(w->reader->seen & LOGGER_DJONGO) && start >= w->read && start < w->bytes.n) query_cut(w, start);
    if ((w->reader->seen & ~(unsigned)LOGGER_FAILURE) == LOGGER_SCHEMA) schema_cut(w);
    if (!w->reader->seen && start < w->bytes.n) schema_cut_first(w, start);
}

bool records_read(log_reader *r) {
    walk w = {.reader = r, .bytes = r->bytes, .marks = mark_search_start(r->bytes)};
    for (size_t at = 0, found; (found = mark_next(&w.marks, at)) != SIZE_MAX;)
        at = read_line(&w, line_start(w.bytes, found, at));
    read_cut(&w);
    if (w.unfinished && w.unfinished == r->out->n) r->out->at[r->out->n - 1].truncated = true;
    return r->seen;
}
