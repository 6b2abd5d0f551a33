/* While a watched plan runs, a thread tells once a second how long an operation takes already, and asks the server how far an
 * index build is. */
#include "exec/watch.h"
#include "exec/jobs.h"

#include <pthread.h>
#include <signal.h>
#include <time.h>

/* What a worker is at. */
typedef struct activity {
    const connection *of; /* NULL: nothing */
    char collection[256];
    const char *operation;
    double since;
} activity;

struct watch {
    kf_watcher *watcher; /* NULL: nobody looks */
    void *context;
    pthread_mutex_t lock;
    pthread_cond_t ended;
    kf_progress now;
    activity active[MOST_JOBS];
    pthread_t thread;
    bool ticks, stop;
    connection *asks; /* NULL: the server tells nothing */
};

static double seconds_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void watch_free(void *thing) {
    watch *w = thing;
    pthread_cond_destroy(&w->ended);
    pthread_mutex_destroy(&w->lock);
}

watch *watch_new(arena *a) {
    watch *w = arena_make(a, watch);
    pthread_condattr_t clock;
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&w->ended, &clock);
    pthread_condattr_destroy(&clock);
    pthread_mutex_init(&w->lock, NULL);
    arena_defer(a, watch_free, w);
    return w;
}

void connection_watch(connection *c, kf_watcher *watcher, void *context) {
    c->watch->watcher = watcher;
    c->watch->context = context;
}

/* Under the lock. */
static void tell(watch *w) { w->watcher(w->context, &w->now); }

void watch_start(connection *c, kf_stage stage, size_t total) {
    watch *w = c->watch;
    if (!w->watcher) return;
    pthread_mutex_lock(&w->lock);
    w->now = (kf_progress){.stage = stage, .total = total, .subject = "", .operation = ""};
    tell(w);
    pthread_mutex_unlock(&w->lock);
}

static void name_of(char out[256], str s) {
    size_t n = s.n < 255 ? s.n : 255;
    memcpy(out, s.p, n);
    out[n] = '\0';
}

void watch_step(connection *c, str collection) {
    watch *w = c->watch;
    char name[256];
    if (!w->watcher) return;
    name_of(name, collection);
    pthread_mutex_lock(&w->lock);
    w->now.done++;
    w->now.subject = name;
    tell(w);
    w->now.subject = "";
    pthread_mutex_unlock(&w->lock);
}

/* ---- a run ---- */

static activity *activity_of(watch *w, const connection *c) {
    for (size_t i = 0; i < MOST_JOBS; i++)
        if (w->active[i].of == c) return &w->active[i];
    return NULL;
}

static void tell_activity(watch *w, const activity *a) {
    w->now.subject = a->collection;
    w->now.operation = a->operation;
    tell(w);
    w->now = (kf_progress){.stage = KF_STAGE_RUN, .done = w->now.done, .total = w->now.total, .subject = "", .operation = ""};
}

void watch_enter(connection *c, str collection, const char *operation) {
    watch *w = c->watch;
    if (!w->watcher) return;
    pthread_mutex_lock(&w->lock);
    activity *a = activity_of(w, c);
    if (!a) a = activity_of(w, NULL);
    if (a) {
        name_of(a->collection, collection);
        a->of = c;
        a->operation = operation;
        a->since = seconds_now();
        tell_activity(w, a);
    }
    pthread_mutex_unlock(&w->lock);
}

void watch_leave(connection *c, size_t n) {
    watch *w = c->watch;
    if (!w->watcher) return;
    pthread_mutex_lock(&w->lock);
    activity *a = activity_of(w, c);
    if (a) a->of = NULL;
    w->now.done += n;
    tell(w);
    pthread_mutex_unlock(&w->lock);
}

/* ---- currentOp ---- */

typedef struct question {
    connection *c;
    arena *arena;
    const char *collection;
    uint64_t done, total;
    bool refused;
} question;

/* MongoDB from 4.2 on tells of a build in an operation with "msg": "Index Build: ..." and "progress". */
static void read_operation(question *q, str operation) {
    str progress = tree_get_document(operation, "progress"), command = tree_get_document(operation, "command");
    str called = str_format(q->arena, "%s.%s", q->c->database, q->collection);
    bool ours = str_eq(tree_get_str(operation, "ns"), called) ||
                (str_eq(tree_get_str(command, "createIndexes"), str_of(q->collection)) &&
                 str_eq(tree_get_str(command, "$db"), str_of(q->c->database)));
    int64_t done = tree_get_int(progress, "done"), total = tree_get_int(progress, "total");
    if (!ours || !str_starts(tree_get_str(operation, "msg"), STR("Index Build")) || total < 1 || done < 0) return;
    q->done = (uint64_t)(done < total ? done : total);
    q->total = (uint64_t)total;
}

static void ask(void *question_) {
    question *q = question_;
    bson_t *command = tree_new(q->arena);
    bson_iter_t i;
    answer x;
    bson_append_int32(command, "currentOp", -1, 1);
    q->refused = command_read(&x, q->c, q->arena, "admin", command, NULL) != 0 || !x.ok;
    if (q->refused || !tree_open(&i, tree_get_array(x.document, "inprog"))) return;
    while (bson_iter_next(&i)) read_operation(q, tree_document(&i));
}

/* Without the lock: an answer takes its time. */
static question ask_server(watch *w, const char *collection) {
    question q = {.c = w->asks, .collection = collection};
    if (!w->asks || arena_new(&q.arena)) return q;
    if (arena_try(q.arena, ask, &q)) q.refused = true;
    arena_free(q.arena);
    if (!q.refused) return q;
    connection_clone_close(w->asks);
    w->asks = NULL;
    return q;
}

static const activity *oldest(const watch *w) {
    const activity *found = NULL;
    for (size_t i = 0; i < MOST_JOBS; i++)
        if (w->active[i].of && (!found || w->active[i].since < found->since)) found = &w->active[i];
    return found;
}

static void tick(watch *w) {
    const activity *a = oldest(w);
    activity asked;
    question q = {0};
    if (!a) return;
    asked = *a;
    if (strstr(asked.operation, "index")) {
        pthread_mutex_unlock(&w->lock);
        q = ask_server(w, asked.collection);
        pthread_mutex_lock(&w->lock);
    }
    if (w->stop || a->of != asked.of || a->since != asked.since) return; /* it is done meanwhile */
    w->now.seconds = seconds_now() - asked.since;
    w->now.documents = q.done;
    w->now.of_documents = q.total;
    tell_activity(w, &asked);
}

static void *tick_on(void *watched) {
    watch *w = watched;
    struct timespec next;
    clock_gettime(CLOCK_MONOTONIC, &next);
    pthread_mutex_lock(&w->lock);
    while (!w->stop) {
        next.tv_sec++;
        while (!w->stop && pthread_cond_timedwait(&w->ended, &w->lock, &next) == 0) {
        }
        if (!w->stop) tick(w);
    }
    pthread_mutex_unlock(&w->lock);
    return NULL;
}

void connection_watch_run(connection *c, size_t operations) {
    enum { PATIENCE_MS = 2000 };
    watch *w = c->watch;
    sigset_t all, before;
    if (!w->watcher) return;
    memset(w->active, 0, sizeof w->active);
    w->stop = false;
    watch_start(c, KF_STAGE_RUN, operations);
    w->asks = connection_clone_hasty(c, PATIENCE_MS);
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    w->ticks = pthread_create(&w->thread, NULL, tick_on, w) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void connection_watch_end(connection *c) {
    watch *w = c->watch;
    if (w->ticks) {
        pthread_mutex_lock(&w->lock);
        w->stop = true;
        pthread_cond_signal(&w->ended);
        pthread_mutex_unlock(&w->lock);
        pthread_join(w->thread, NULL);
    }
    w->ticks = false;
    connection_clone_close(w->asks);
    w->asks = NULL;
}
