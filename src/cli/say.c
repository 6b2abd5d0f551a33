#include "cli.h"

#include <stdarg.h>
#include <string.h>
#include <strings.h>

enum { CONTEXT = 100 };

static void put_clean(const char *s, size_t n) {
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)s[i];
        fputc(c < 32 || c == 127 ? (c == '\t' ? ' ' : '?') : c, stderr);
    }
}

/* Behind it in a log's line there are parameters, which are nobody's to print. */
static const char *params_in(const char *at, const char *stop) {
    for (; stop - at >= 5; at++)
        if ((stop - at >= 6 && strncasecmp(at, "params", 6) == 0) || strncasecmp(at, "args=", 5) == 0) return at;
    return stop;
}

static bool starts_character(char c) { return ((unsigned char)c & 0xC0) != 0x80; }

/* The line, or what is around the place where it is long, and a caret below. */
static void show_place(const char *text, size_t length, size_t line, size_t column) {
    const char *at = text, *end = text + length;
    for (; line > 1; line--) {
        const char *next = memchr(at, '\n', (size_t)(end - at));
        if (!next) return;
        at = next + 1;
    }
    const char *stop = memchr(at, '\n', (size_t)(end - at));
    if (!stop) stop = end;
    if (stop > at && stop[-1] == '\r') stop--;
    stop = params_in(at, stop);
    const char *place = column && column - 1 < (size_t)(stop - at) ? at + column - 1 : stop;
    bool cut_left = place - at > CONTEXT / 2 && stop - at > CONTEXT;
    if (cut_left) {
        at = place - CONTEXT / 2;
        while (at < place && !starts_character(*at)) at++;
    }
    bool cut_right = stop - at > CONTEXT;
    if (cut_right) {
        stop = at + CONTEXT;
        while (stop > place && !starts_character(*stop)) stop--;
    }
    fputs(cut_left ? "  ..." : "    ", stderr);
    put_clean(at, (size_t)(stop - at));
    fputs(cut_right ? "...\n" : "\n", stderr);
    if (column == 0) return;
    fputs(cut_left ? "     " : "    ", stderr);
    for (const char *c = at; c < place; c++)
        if (starts_character(*c)) fputc(' ', stderr);
    fputs("^\n", stderr);
}

int say_usage(verb v, const char *format, ...) {
    char message[1000];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    fprintf(stderr, "keyfold: error %s: ", kf_code_text(KF_E_USAGE));
    put_clean(message, strlen(message));
    fprintf(stderr, " (see keyfold%s%s --help)\n", v ? " " : "", help_verb_name(v));
    return kf_code_exit_status(KF_E_USAGE);
}

int say_error(const kf_error *err) { return say_error_in(NULL, NULL, err); }

int say_error_in(const char *path, const kf_text *text, const kf_error *err) {
    fputs("keyfold: ", stderr);
    if (path) {
        put_clean(path, strlen(path));
        if (err->line) fprintf(stderr, ":%zu", err->line);
        fputs(": ", stderr);
    }
    fprintf(stderr, "error %s: ", kf_code_text(err->code));
    put_clean(err->message, strlen(err->message));
    bool placed = text && err->line;
    fputs(placed ? "\n" : " (", stderr);
    if (placed) show_place(text->data, text->length, err->line, err->column);
    fprintf(stderr, placed ? "  %s\n" : "%s)\n", kf_code_advice(err->code));
    return kf_code_exit_status(err->code);
}

static void say_place(const kf_finding *f) {
    if (!f->file) return;
    put_clean(f->file, strlen(f->file));
    fprintf(stderr, ":%zu: ", f->file_line);
}

static void say_finding(const kf_finding *f) {
    fputs("keyfold: ", stderr);
    say_place(f);
    fprintf(stderr, "%s%s: ", f->severity == KF_ERROR ? "error " : "withheld ", kf_code_text(f->code));
    put_clean(f->message, strlen(f->message));
    if (f->severity != KF_ERROR) {
        fprintf(stderr, " (%s)\n", kf_code_advice(f->code));
        return;
    }
    fputc('\n', stderr);
    if (f->statement && f->statement_length) show_place(f->statement, f->statement_length, f->line ? f->line : 1, f->column);
    fprintf(stderr, "  %s\n", kf_code_advice(f->code));
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
    if (waiting > 1)
        fprintf(stderr, "keyfold: withheld %s: and %zu more rows of django_migrations\n", kf_code_text(KF_E_MIGRATION_WITHHELD),
                waiting - 1);
}
