/* How far it is, drawn into one line of a terminal and wiped off again; and with -v what is done, a line each. */
#include "cli.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { WIDEST = 400, PARTS = 5 };
static const double first_after = 0.3, again_after = 0.1; /* seconds: what is quick is not worth a line */
static const char wipe[] = "\r\033[K";

static struct {
    bool draws, verbose, told;
    atomic_bool drawn; /* looked at by signal handlers, and by the library's thread */
    kf_stage stage;
    char subject[256]; /* with the stage: what the clock runs for */
    double since, last;
} state;

void progress_start(bool draws, bool verbose) {
    state.draws = draws && isatty(2) && may_draw();
    state.verbose = verbose;
}

kf_watcher *progress_watcher(void) { return state.draws || state.verbose ? progress_watch : NULL; }

/* From a signal handler too. */
void progress_clear(void) {
    if (!atomic_exchange(&state.drawn, false)) return;
    if (write(2, wipe, sizeof wipe - 1) < 0) return;
}

static void wipe_and_die(int number) {
    progress_clear();
    signal(number, SIG_DFL);
    raise(number);
}

static void catch_deaths(void) {
    static const int deaths[] = {SIGINT, SIGTERM, SIGHUP};
    static bool caught;
    for (size_t i = 0; !caught && i < sizeof deaths / sizeof *deaths; i++) {
        struct sigaction is;
        if (sigaction(deaths[i], NULL, &is) != 0 || is.sa_handler != SIG_DFL) continue;
        sigaction(deaths[i], &(struct sigaction){.sa_handler = wipe_and_die}, NULL);
    }
    caught = true;
}

static double seconds_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ---- the line ---- */

typedef struct line {
    char subject[256], parts[PARTS][64]; /* the first parts are kept longest */
    size_t n;
} line;

static size_t columns(void) {
    struct winsize size;
    size_t n = ioctl(2, TIOCGWINSZ, &size) == 0 && size.ws_col ? size.ws_col : 80;
    return n < WIDEST ? n : WIDEST;
}

/* No locale is set: whatever is not ASCII may be two columns wide. */
static size_t width_of(const char *s) {
    size_t width = 0;
    for (; *s; s++) width += (unsigned char)*s < 128 ? 1 : ((unsigned char)*s & 0xC0) != 0x80 ? 2 : 0;
    return width;
}

static const char *tail_of(const char *s, size_t room) {
    while (*s && width_of(s) > room) do
            s++;
        while (((unsigned char)*s & 0xC0) == 0x80);
    return s;
}

static void draw(line *l) {
    enum { LEAST = 12, GAP = 2 };
    size_t room = columns() - 1, subject = width_of(l->subject), used, least = subject < LEAST ? subject : LEAST;
    for (;;) {
        used = 0;
        for (size_t i = 0; i < l->n; i++) used += GAP + width_of(l->parts[i]);
        if (l->n == 0 || used + least <= room) break;
        l->n--;
    }
    room = room > used ? room - used : 0;
    bool cut = subject > room, dots = cut && room > 3;
    char out[1024];
    int n =
        snprintf(out, sizeof out, "%s%s", dots ? "..." : "", cut ? tail_of(l->subject, dots ? room - 3 : room) : l->subject);
    for (size_t i = 0; i < l->n; i++) n += snprintf(out + n, sizeof out - (size_t)n, "  %s", l->parts[i]);
    for (char *c = out; *c; c++)
        if ((unsigned char)*c < 32 || *c == 127) *c = '?';
    state.drawn = true; /* before it is: a signal may come in between */
    fprintf(stderr, "\r%s\033[K", out);
}

static char *part(line *l) { return l->parts[l->n++]; }

static const char *bytes_text(char out[24], double n) {
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB"};
    size_t u = 0;
    for (; n >= 999.5 && u < 4; u++) n /= 1000;
    snprintf(out, 24, u && n < 99.95 ? "%.1f %s" : "%.0f %s", n, units[u]);
    return out;
}

static void add_seconds(char *out, size_t room, double s, const char *behind) {
    unsigned long n = s < 1e9 ? (unsigned long)(s + 0.5) : 1000000000;
    if (n >= 3600) snprintf(out, room, "%lu h %lu min%s", n / 3600, n / 60 % 60, behind);
    else if (n >= 60) snprintf(out, room, "%lu min %lu s%s", n / 60, n % 60, behind);
    else snprintf(out, room, "%lu s%s", n, behind);
}

static void add_share(line *l, uint64_t done, uint64_t total) {
    if (total) snprintf(part(l), sizeof *l->parts, "%u%%", (unsigned)((double)done * 100 / (double)total));
}

static void describe_reading(line *l, const kf_progress *p, double elapsed) {
    char done[24], total[24], rate[24];
    add_share(l, p->done, p->total);
    bytes_text(done, (double)p->done);
    if (p->total) snprintf(part(l), sizeof *l->parts, "%s of %s", done, bytes_text(total, (double)p->total));
    else snprintf(part(l), sizeof *l->parts, "%s", done);
    if (p->total && p->done)
        add_seconds(part(l), sizeof *l->parts, elapsed * (double)(p->total - p->done) / (double)p->done, " left");
    if (p->statements) snprintf(part(l), sizeof *l->parts, "%zu statements", p->statements);
    snprintf(part(l), sizeof *l->parts, "%s/s", bytes_text(rate, (double)p->done / elapsed));
}

static void describe_run(line *l, const kf_progress *p) {
    snprintf(part(l), sizeof *l->parts, "%s", p->operation);
    snprintf(part(l), sizeof *l->parts, "%llu of %llu done", (unsigned long long)p->done, (unsigned long long)p->total);
    if (p->seconds > 0) add_seconds(part(l), sizeof *l->parts, p->seconds, "");
    if (p->of_documents)
        snprintf(part(l), sizeof *l->parts, "%u%% of %llu documents",
                 (unsigned)((double)p->documents * 100 / (double)p->of_documents), (unsigned long long)p->of_documents);
}

static void draw_progress(const kf_progress *p, double elapsed) {
    line l = {.n = 0};
    snprintf(l.subject, sizeof l.subject, "%s", p->subject);
    if (p->stage == KF_STAGE_READ) describe_reading(&l, p, elapsed);
    if (p->stage == KF_STAGE_RUN) describe_run(&l, p);
    if (p->stage == KF_STAGE_SNAPSHOT)
        snprintf(part(&l), sizeof *l.parts, "%llu of %llu collections read", (unsigned long long)p->done,
                 (unsigned long long)p->total);
    catch_deaths();
    draw(&l);
}

/* ---- what is told ---- */

static void tell(const kf_progress *p) {
    if (p->stage == KF_STAGE_SNAPSHOT && p->done == 0 && p->total)
        say_note("reading %llu collections", (unsigned long long)p->total);
    if (p->stage == KF_STAGE_RUN && *p->operation && p->seconds == 0)
        say_note("%s: %s (%llu of %llu operations done)", p->subject, p->operation, (unsigned long long)p->done,
                 (unsigned long long)p->total);
}

/* A build that is waited for goes on until its command is answered. */
static void tell_interrupted(void) {
    if (state.told) return;
    state.told = true;
    progress_clear();
    fputs("keyfold: interrupted: waits for the command that runs; Ctrl-C again does not\n", stderr);
}

void progress_watch(void *context, const kf_progress *p) {
    (void)context;
    if (state.verbose) tell(p);
    if (!state.draws) return;
    if (__atomic_load_n(side_interrupted(), __ATOMIC_RELAXED)) {
        tell_interrupted();
        return;
    }
    double now = seconds_now();
    bool other = p->stage != state.stage || (p->stage == KF_STAGE_READ && strcmp(p->subject, state.subject) != 0);
    if (other) {
        state.stage = p->stage;
        snprintf(state.subject, sizeof state.subject, "%s", p->subject);
        state.since = now;
    }
    if (now - state.since < first_after || now - state.last < again_after) return;
    if (p->stage != KF_STAGE_READ && !*p->subject) return; /* between two of them: the line stays */
    state.last = now;
    draw_progress(p, now - state.since);
}
