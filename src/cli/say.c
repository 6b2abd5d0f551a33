/* What goes to stderr: for people, or as JSON lines. */
#include "cli.h"

#include <stdarg.h>
#include <string.h>
#include <strings.h>
#include <time.h>

enum { CONTEXT = 100 };

/* What there is to say, and about what. */
typedef struct message {
    const char *level; /* "error", "withheld", NULL: a note */
    int code;
    const char *path; /* NULL: none */
    size_t line;      /* of the file, 0: none */
    const char *text, *advice;
    const char *shown; /* where it is, `length` bytes: a statement, a log; NULL: not shown */
    size_t length, shown_line, column;
} message;

static struct { bool json, verbose; } how;

void say_start(bool json, bool verbose) {
    how.json = json;
    how.verbose = verbose;
}

/* ---- the place ---- */

/* The line, or what is around the place where it is long. */
typedef struct excerpt {
    const char *at, *stop, *place;
    bool cut_left, cut_right;
} excerpt;

/* Behind it in a log's line there are parameters, which are nobody's to print. */
static const char *params_in(const char *at, const char *stop) {
    for (; stop - at >= 5; at++)
        if ((stop - at >= 6 && strncasecmp(at, "params", 6) == 0) || strncasecmp(at, "args=", 5) == 0) return at;
    return stop;
}

static bool starts_character(char c) { return ((unsigned char)c & 0xC0) != 0x80; }

static bool excerpt_of(excerpt *out, const message *m) {
    const char *at = m->shown, *end = m->shown + m->length;
    if (!at) return false;
    for (size_t line = m->shown_line; line > 1; line--) {
        const char *next = memchr(at, '\n', (size_t)(end - at));
        if (!next) return false;
        at = next + 1;
    }
    const char *stop = memchr(at, '\n', (size_t)(end - at));
    if (!stop) stop = end;
    if (stop > at && stop[-1] == '\r') stop--;
    stop = params_in(at, stop);
    const char *place = m->column && m->column - 1 < (size_t)(stop - at) ? at + m->column - 1 : stop;
    *out = (excerpt){.cut_left = place - at > CONTEXT / 2 && stop - at > CONTEXT};
    if (out->cut_left) {
        at = place - CONTEXT / 2;
        while (at < place && !starts_character(*at)) at++;
    }
    out->cut_right = stop - at > CONTEXT;
    if (out->cut_right) {
        stop = at + CONTEXT;
        while (stop > place && !starts_character(*stop)) stop--;
    }
    out->at = at;
    out->stop = stop;
    out->place = place;
    return true;
}

/* ---- for people ---- */

static void put_clean(const char *s, size_t n) {
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)s[i];
        fputc(c < 32 || c == 127 ? (c == '\t' ? ' ' : '?') : c, stderr);
    }
}

static void put_coloured(const char *colour, const char *s) {
    bool coloured = may_colour(2);
    fprintf(stderr, coloured ? "\033[%sm%s\033[0m" : "%.0s%s", colour, s);
}

static void put_place(const message *m, const excerpt *e) {
    fputs(e->cut_left ? "  ..." : "    ", stderr);
    put_clean(e->at, (size_t)(e->stop - e->at));
    fputs(e->cut_right ? "...\n" : "\n", stderr);
    if (m->column == 0) return;
    fputs(e->cut_left ? "     " : "    ", stderr);
    for (const char *c = e->at; c < e->place; c++)
        if (starts_character(*c)) fputc(' ', stderr);
    put_coloured("1;31", "^");
    fputc('\n', stderr);
}

static void put_text(const message *m) {
    excerpt e;
    fputs("keyfold: ", stderr);
    if (m->path) {
        put_clean(m->path, strlen(m->path));
        if (m->line) fprintf(stderr, ":%zu", m->line);
        fputs(": ", stderr);
    }
    if (m->level) {
        char label[32];
        snprintf(label, sizeof label, "%s %s", m->level, kf_code_text(m->code));
        put_coloured(strcmp(m->level, "error") == 0 ? "1;31" : "1;33", label);
        fputs(": ", stderr);
    }
    put_clean(m->text, strlen(m->text));
    if (m->shown) {
        fputc('\n', stderr);
        if (excerpt_of(&e, m)) put_place(m, &e);
        fprintf(stderr, "  %s\n", m->advice);
    } else {
        fprintf(stderr, m->advice ? " (%s)\n" : "%.0s\n", m->advice ? m->advice : "");
    }
}

/* ---- for programs ---- */

static size_t character_at(const char *s, size_t n) {
    unsigned char c = (unsigned char)*s;
    size_t length = c < 0x80 ? 1 : c < 0xC2 ? 0 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : c < 0xF5 ? 4 : 0;
    if (length == 0 || length > n) return 0;
    for (size_t i = 1; i < length; i++)
        if (starts_character(s[i])) return 0;
    unsigned char second = length > 1 ? (unsigned char)s[1] : 0;
    bool overlong = (c == 0xE0 && second < 0xA0) || (c == 0xF0 && second < 0x90);
    bool beyond = (c == 0xED && second > 0x9F) || (c == 0xF4 && second > 0x8F);
    return overlong || beyond ? 0 : length;
}

/* What is no UTF-8 becomes U+FFFD. */
static void put_json(const char *s, size_t n) {
    fputc('"', stderr);
    for (size_t length; n; s += length, n -= length) {
        length = character_at(s, n);
        if (length == 0) fputs("\\ufffd", stderr), length = 1;
        else if (*s == '"' || *s == '\\') fprintf(stderr, "\\%c", *s);
        else if ((unsigned char)*s < 32 || *s == 127) fprintf(stderr, "\\u%04x", *s);
        else fwrite(s, 1, length, stderr);
    }
    fputc('"', stderr);
}

static void put_member(const char *key, const char *value) {
    if (!value || !*value) return;
    fprintf(stderr, ", \"%s\": ", key);
    put_json(value, strlen(value));
}

static void put_json_line(const message *m) {
    struct timespec now;
    struct tm utc;
    char when[32];
    excerpt e;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%S", &utc);
    const char *level = !m->level ? "info" : strcmp(m->level, "error") == 0 ? "error" : "warning";
    fprintf(stderr, "{\"time\": \"%s.%03ldZ\", \"level\": \"%s\"", when, now.tv_nsec / 1000000, level);
    if (m->level) put_member("code", kf_code_text(m->code));
    put_member("message", m->text);
    put_member("file", m->path);
    if (m->line) fprintf(stderr, ", \"line\": %zu", m->line);
    if (excerpt_of(&e, m)) {
        fputs(", \"excerpt\": ", stderr);
        put_json(e.at, (size_t)(e.stop - e.at));
        if (m->column) fprintf(stderr, ", \"caret\": %zu", (size_t)(e.place - e.at));
    }
    put_member("advice", m->advice);
    fputs("}\n", stderr);
}

static void put(const message *m) {
    progress_clear();
    if (how.json) put_json_line(m);
    else put_text(m);
}

/* ---- what is said ---- */

int say_usage(verb v, const char *format, ...) {
    char text[1000], advice[64];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    snprintf(advice, sizeof advice, "see keyfold%s%s --help", v ? " " : "", help_verb_name(v));
    put(&(message){.level = "error", .code = KF_E_USAGE, .text = text, .advice = advice});
    return kf_code_exit_status(KF_E_USAGE);
}

void say_note(const char *format, ...) {
    char text[1000];
    if (!how.verbose) return;
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    put(&(message){.text = text});
}

int say_error(const kf_error *err) { return say_error_in(NULL, NULL, err); }

int say_error_in(const char *path, const kf_text *text, const kf_error *err) {
    message m = {.level = "error", .code = err->code, .path = path, .line = path ? err->line : 0, .text = err->message};
    m.advice = kf_code_advice(err->code);
    if (text && err->line) {
        m.shown = text->data;
        m.length = text->length;
        m.shown_line = err->line;
        m.column = err->column;
    }
    put(&m);
    return kf_code_exit_status(err->code);
}

/* The statement of what is not understood, and of what else has a place in it. */
static void say_finding(const kf_finding *f) {
    bool error = f->severity == KF_ERROR;
    message m = {.level = error ? "error" : "withheld", .code = f->code, .path = f->file, .line = f->file ? f->file_line : 0};
    m.text = f->message;
    m.advice = kf_code_advice(f->code);
    if ((error || f->line) && f->statement_length) {
        m.shown = f->statement;
        m.length = f->statement_length;
        m.shown_line = f->line ? f->line : 1;
        m.column = f->column;
    }
    put(&m);
}

/* The report has them too, with the documents that are in the way. */
void say_failures(const kf_result *result) {
    for (size_t i = 0; i < kf_result_failure_count(result); i++) {
        kf_failure f;
        kf_result_failure(&f, result, i);
        put(&(message){.level = "error",
                       .code = f.code,
                       .text = f.message,
                       .advice = kf_code_advice(f.code),
                       .shown = f.statement,
                       .length = f.statement_length,
                       .shown_line = 1});
    }
}

static bool is_wrong(const kf_finding *f) { return f->severity == KF_ERROR || f->severity == KF_WITHHELD; }

/* Of the migrations that wait the first one: the others wait with it. */
void say_findings(const kf_plan *plan) { say_findings_of(plan, is_wrong); }

void say_findings_of(const kf_plan *plan, bool (*which)(const kf_finding *f)) {
    size_t waiting = 0;
    for (size_t i = 0; i < kf_plan_finding_count(plan); i++) {
        kf_finding f;
        kf_plan_finding(&f, plan, i);
        if (!which(&f)) continue;
        if (f.code != KF_E_MIGRATION_WITHHELD || waiting++ == 0) say_finding(&f);
    }
    if (waiting < 2) return;
    char text[100];
    snprintf(text, sizeof text, "and %zu more rows of django_migrations", waiting - 1);
    put(&(message){.level = "withheld", .code = KF_E_MIGRATION_WITHHELD, .text = text});
}
