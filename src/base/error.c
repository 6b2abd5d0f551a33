#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>

static const struct code {
    int number, status;
    const char *text, *summary, *advice;
} codes[] = {
#define PAD(n) ((n) < 10 ? "KF-00" #n : "KF-0" #n)
#define KF_CODE(name, number, status, summary, advice) {number, status, PAD(number), summary, advice},
#include <keyfold/error_codes.h>
#undef KF_CODE
};

static const struct code *find(int code) {
    if (code < 0) code = -code;
    const struct code *internal = NULL;
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        if (codes[i].number == code) return &codes[i];
        if (codes[i].number == KF_E_INTERNAL) internal = &codes[i];
    }
    return internal;
}

const char *kf_code_text(int code) { return find(code)->text; }
const char *kf_code_summary(int code) { return find(code)->summary; }
const char *kf_code_advice(int code) { return find(code)->advice; }
int kf_code_exit_status(int code) { return code == KF_OK ? 0 : find(code)->status; }

/* C0, DEL, and C1, which are two bytes. */
static bool is_control(str s) {
    unsigned char c = (unsigned char)s.p[0];
    return c < 32 || c == 127 || (c == 0xc2 && (unsigned char)s.p[1] < 0xa0);
}

static void set(kf_error *err, kf_code code, const char *format, va_list args) {
    *err = (kf_error){.code = code};
    bool cut = vsnprintf(err->message, sizeof err->message, format, args) >= (int)sizeof err->message;
    str rest = str_of(err->message);
    for (size_t n; rest.n; rest = str_from(rest, n ? n : 1)) {
        char *c = err->message + (rest.p - err->message);
        n = str_sequence(rest);
        if (n == 0 && cut && rest.n < 4) { /* half a character at the end */
            *c = '\0';
            return;
        }
        if (n == 0 || is_control(rest)) memset(c, '?', n ? n : 1);
    }
}

int fail(kf_error *err, kf_code code, const char *format, ...) {
    if (err) {
        va_list args;
        va_start(args, format);
        set(err, code, format, args);
        va_end(args);
    }
    return -(int)code;
}

int fail_at(kf_error *err, kf_code code, str whole, size_t offset, const char *format, ...) {
    if (!err) return -(int)code;
    va_list args;
    va_start(args, format);
    set(err, code, format, args);
    va_end(args);
    if (offset > whole.n) offset = whole.n;
    size_t line = 1, start = 0;
    for (size_t i = 0; i < offset; i++)
        if (whole.p[i] == '\n') {
            line++;
            start = i + 1;
        }
    err->offset = offset;
    err->line = line;
    err->column = offset - start + 1;
    return -(int)code;
}

int fail_memory(kf_error *err) { return fail(err, KF_E_MEMORY, "out of memory"); }
