#include "api/api.h"

#include <stdlib.h>

memory *memory_new(void) {
    memory *m = calloc(1, sizeof *m);
    if (!m) return NULL;
    if (arena_new(&m->arena) != 0) {
        free(m);
        return NULL;
    }
    atomic_init(&m->holders, 1);
    return m;
}

memory *memory_hold(memory *m) {
    if (m) atomic_fetch_add(&m->holders, 1);
    return m;
}

void memory_release(memory *m) {
    if (!m || atomic_fetch_sub(&m->holders, 1) != 1) return;
    arena_free(m->arena);
    free(m);
}

struct guarded {
    int (*work)(void *call, kf_error *err);
    void *call;
    kf_error *err;
    int result;
};

static void run(void *arg) {
    struct guarded *g = arg;
    g->result = g->work(g->call, g->err);
}

int guard(arena *a, int (*work)(void *call, kf_error *err), void *call, kf_error *err) {
    struct guarded g = {work, call, err, 0};
    return arena_try(a, run, &g) == 0 ? g.result : fail_memory(err);
}
