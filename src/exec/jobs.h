/* Work on several collections at once, each worker with a connection of its own. Only where the caller asked for it. */
#ifndef EXEC_JOBS_H
#define EXEC_JOBS_H

#include "exec/link.h"

/* One piece of work, number i. What it allocates comes from a, which lives as long as jobs.arena. 0, or what it failed with. */
typedef int job_work(void *call, size_t i, connection *c, arena *a, kf_error *err);

typedef struct jobs {
    connection *connection; /* how many at once: its options say */
    arena *arena;
    size_t n;    /* pieces */
    size_t each; /* as few as are worth a connection of their own */
    job_work *work;
    void *call;
} jobs;

/* Does all of it; pieces are begun in their order. After one that failed no other is begun, and of several that did the first
 * in the order is told: as if they had been done one after another. */
int jobs_run(const jobs *j, kf_error *err);

/* connection.c: another one like it, that allocates nothing from arenas; NULL if there is none to be had. */
connection *connection_clone(const connection *c);
void connection_clone_close(connection *clone);

#endif
