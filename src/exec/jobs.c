#include "exec/jobs.h"

#include <pthread.h>
#include <signal.h>

typedef struct shared {
    const jobs *jobs;
    pthread_mutex_t lock;
    size_t next, failed; /* failed: the first that did, or SIZE_MAX */
    int code;
    kf_error *err;
} shared;

typedef struct worker {
    shared *shared;
    connection *connection;
    arena *arena;
    pthread_t thread;
} worker;

static size_t take_next(shared *s) {
    pthread_mutex_lock(&s->lock);
    size_t i = s->failed == SIZE_MAX && s->next < s->jobs->n ? s->next++ : SIZE_MAX;
    pthread_mutex_unlock(&s->lock);
    return i;
}

static void note_failure(shared *s, size_t i, int code, const kf_error *why) {
    pthread_mutex_lock(&s->lock);
    if (i < s->failed) {
        s->failed = i;
        s->code = code;
        if (s->err) *s->err = *why;
    }
    pthread_mutex_unlock(&s->lock);
}

struct piece {
    const worker *worker;
    size_t i;
    kf_error err;
    int code;
};

static void run_piece(void *arg) {
    struct piece *p = arg;
    const jobs *j = p->worker->shared->jobs;
    p->code = j->work(j->call, p->i, p->worker->connection, p->worker->arena, &p->err);
}

static void *run_worker(void *arg) {
    worker *w = arg;
    struct piece p = {.worker = w};
    while ((p.i = take_next(w->shared)) != SIZE_MAX) {
        if (arena_try(w->arena, run_piece, &p)) p.code = fail_memory(&p.err);
        if (p.code) note_failure(w->shared, p.i, p.code, &p.err);
    }
    return NULL;
}

/* ---- connections ---- */

static connection *clone_of(connection *c, size_t n) {
    if (!c->clones[n]) c->clones[n] = connection_clone(c);
    return c->clones[n];
}

static void count_commands(connection *c) {
    for (size_t i = 0; i < MOST_JOBS - 1; i++) {
        connection *each = c->clones[i];
        if (!each) continue;
        c->read += each->read;
        c->write += each->write;
        each->read = each->write = 0;
    }
}

/* ---- all ---- */

static void free_arena(void *a) { arena_free(a); }

static arena *arena_of_worker(arena *of) {
    arena *a;
    if (arena_new(&a)) arena_fail(of);
    arena_defer(of, free_arena, a);
    return a;
}

/* The workers' threads get no signals: a host's handlers run where they always did. */
static size_t start(worker *workers, size_t n) {
    sigset_t all, before;
    size_t started = 1;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    while (started < n && pthread_create(&workers[started].thread, NULL, run_worker, &workers[started]) == 0) started++;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return started;
}

static int run_one_after_another(const jobs *j, kf_error *err) {
    int code = 0;
    for (size_t i = 0; code == 0 && i < j->n; i++) code = j->work(j->call, i, j->connection, j->arena, err);
    return code;
}

static size_t worth(const jobs *j) {
    size_t most = j->n / (j->each ? j->each : 1);
    return most < j->connection->jobs ? most : j->connection->jobs;
}

int jobs_run(const jobs *j, kf_error *err) {
    shared s = {.jobs = j, .lock = PTHREAD_MUTEX_INITIALIZER, .failed = SIZE_MAX, .err = err};
    worker workers[MOST_JOBS];
    size_t want = worth(j), n = 0;
    if (want < 2) return run_one_after_another(j, err);
    /* Everything that may unwind is before the first thread. */
    for (; n < want; n++) {
        connection *c = n ? clone_of(j->connection, n - 1) : j->connection;
        if (!c) break;
        workers[n] = (worker){.shared = &s, .connection = c, .arena = arena_of_worker(j->arena)};
    }
    size_t started = start(workers, n);
    run_worker(&workers[0]);
    for (size_t i = 1; i < started; i++) pthread_join(workers[i].thread, NULL);
    count_commands(j->connection);
    return s.code;
}
