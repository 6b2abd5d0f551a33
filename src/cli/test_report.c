/* What came of the cases: for people, as TAP 13, as JUnit's XML. */
#include "test.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *message_of(const test *t, size_t i) {
    if (t->errors[i].code) return t->errors[i].message;
    return t->results[i] ? kf_case_result_message(t->results[i]) : "interrupted";
}

static const char *diff_of(const test *t, size_t i) { return t->results[i] ? kf_case_result_diff(t->results[i]) : ""; }

static bool is(const test *t, size_t i, kf_case_outcome outcome) {
    return t->results[i] && kf_case_result_outcome(t->results[i]) == outcome;
}

void test_print_list(const test *t) {
    for (size_t i = 0; i < t->n; i++) {
        kf_case c;
        kf_corpus_case(&c, t->corpus, i);
        if (t->wanted[i]) printf("%s:%zu: %s: %s\n", c.file, c.line, c.stage, c.name);
    }
}

/* ---- text ---- */

/* Input is hostile: nothing that moves a terminal's cursor. */
static void print_lines(FILE *to, const char *before, const char *lines) {
    for (const char *at = lines; *at;) {
        size_t n = strcspn(at, "\n");
        fputs(before, to);
        for (size_t k = 0; k < n; k++) fputc((unsigned char)at[k] < 32 && at[k] != '\t' ? '?' : at[k], to);
        fputc('\n', to);
        at += n + (at[n] == '\n');
    }
}

void test_print_text(const test *t) {
    test_counts n = test_count(t);
    for (size_t i = 0; i < t->n; i++) {
        kf_case c;
        if (!t->wanted[i] || is(t, i, KF_CASE_PASSED)) continue;
        kf_corpus_case(&c, t->corpus, i);
        printf("%s:%zu: %s: %s: ", c.file, c.line, is(t, i, KF_CASE_SKIPPED) ? "skipped" : "FAILED", c.name);
        print_lines(stdout, "", message_of(t, i));
        print_lines(stdout, "    ", diff_of(t, i));
    }
    printf("%zu passed, %zu failed", n.passed, n.all - n.passed - n.skipped);
    if (n.skipped) printf(", %zu skipped", n.skipped);
    printf("; %zu laws held to\n", n.laws);
}

/* ---- TAP ---- */

/* A # would begin a directive. */
static void print_description(const char *s) {
    for (; *s; s++) {
        if (*s == '#' || *s == '\\') putchar('\\');
        putchar((unsigned char)*s < 32 ? '?' : *s);
    }
}

void test_print_tap(const test *t) {
    size_t number = 0;
    printf("TAP version 13\n1..%zu\n", test_count(t).all);
    for (size_t i = 0; i < t->n; i++) {
        kf_case c;
        if (!t->wanted[i]) continue;
        kf_corpus_case(&c, t->corpus, i);
        bool skipped = is(t, i, KF_CASE_SKIPPED), good = skipped || is(t, i, KF_CASE_PASSED);
        printf("%s %zu - ", good ? "ok" : "not ok", ++number);
        print_description(c.stage);
        fputs(": ", stdout);
        print_description(c.name);
        if (skipped) {
            fputs(" # SKIP ", stdout);
            print_description(message_of(t, i));
        }
        putchar('\n');
        if (good) continue;
        printf("# %s:%zu\n", c.file, c.line);
        print_lines(stdout, "# ", message_of(t, i));
        print_lines(stdout, "#   ", diff_of(t, i));
    }
}

/* ---- JUnit ---- */

typedef struct xml {
    FILE *file;
    char *data;
    size_t length;
} xml;

/* Bytes of the UTF-8 sequence at s, 0 if it is none that XML 1.0 may hold. */
static size_t character(const unsigned char *s) {
    size_t n = s[0] < 0x80                   ? 1
               : s[0] >= 0xC2 && s[0] < 0xE0 ? 2
               : s[0] >= 0xE0 && s[0] < 0xF0 ? 3
               : s[0] >= 0xF0 && s[0] < 0xF5 ? 4
                                             : 0;
    for (size_t i = 1; i < n; i++)
        if ((s[i] & 0xC0) != 0x80) return 0;
    if (n == 3 && ((s[0] == 0xE0 && s[1] < 0xA0) || (s[0] == 0xED && s[1] >= 0xA0))) return 0; /* overlong, surrogates */
    if (n == 3 && s[0] == 0xEF && s[1] == 0xBF && s[2] >= 0xBE) return 0;                      /* U+FFFE, U+FFFF */
    if (n == 4 && ((s[0] == 0xF0 && s[1] < 0x90) || (s[0] == 0xF4 && s[1] >= 0x90))) return 0;
    return n == 1 && s[0] < 32 && s[0] != '\n' && s[0] != '\t' ? 0 : n;
}

/* Inside an attribute a line's end would become a blank. */
static void put(xml *x, const char *s, bool attribute) {
    static const struct {
        char c;
        const char *entity;
    } entities[] = {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}};
    for (size_t n; *s; s += n ? n : 1) {
        const char *entity = NULL;
        n = character((const unsigned char *)s);
        for (size_t i = 0; i < 4; i++)
            if (*s == entities[i].c) entity = entities[i].entity;
        if (attribute && *s == '\n') entity = "&#10;";
        if (attribute && *s == '\t') entity = "&#9;";
        if (n == 0) fputs("\xEF\xBF\xBD", x->file);
        else if (entity) fputs(entity, x->file);
        else fwrite(s, 1, n, x->file);
    }
}

static void attribute(xml *x, const char *name, const char *value) {
    fprintf(x->file, " %s=\"", name);
    put(x, value, true);
    fputc('"', x->file);
}

static void outcome(xml *x, const char *element, const test *t, size_t i) {
    fprintf(x->file, "\n      <%s", element);
    attribute(x, "message", message_of(t, i));
    fputc('>', x->file);
    put(x, diff_of(t, i), false);
    fprintf(x->file, "</%s>\n    ", element);
}

static void test_case(xml *x, const test *t, size_t i) {
    kf_case c;
    kf_corpus_case(&c, t->corpus, i);
    fputs("    <testcase", x->file);
    attribute(x, "name", c.name);
    attribute(x, "classname", c.stage);
    attribute(x, "file", c.file);
    fprintf(x->file, " line=\"%zu\" time=\"%.6f\">", c.line, t->seconds[i]);
    if (is(t, i, KF_CASE_FAILED)) outcome(x, "failure", t, i);
    else if (is(t, i, KF_CASE_SKIPPED)) outcome(x, "skipped", t, i);
    else if (!t->results[i]) outcome(x, "error", t, i);
    fputs("</testcase>\n", x->file);
}

/* One suite a file. */
static size_t test_suite(xml *x, const test *t, size_t first) {
    size_t end = first, all = 0, failed = 0, skipped = 0, errors = 0;
    kf_case suite, c;
    kf_corpus_case(&suite, t->corpus, first);
    for (; end < t->n; end++) {
        kf_corpus_case(&c, t->corpus, end);
        if (strcmp(c.file, suite.file) != 0) break;
        if (!t->wanted[end]) continue;
        all++;
        failed += is(t, end, KF_CASE_FAILED);
        skipped += is(t, end, KF_CASE_SKIPPED);
        errors += !t->results[end];
    }
    if (all == 0) return end;
    fputs("  <testsuite", x->file);
    attribute(x, "name", suite.file);
    fprintf(x->file, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\">\n", all, failed, errors, skipped);
    for (size_t i = first; i < end; i++)
        if (t->wanted[i]) test_case(x, t, i);
    fputs("  </testsuite>\n", x->file);
    return end;
}

int test_write_junit(const test *t, const char *path, kf_error *err) {
    test_counts n = test_count(t);
    xml x = {0};
    x.file = open_memstream(&x.data, &x.length);
    bool ok = x.file != NULL;
    if (ok) {
        fprintf(x.file,
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites tests=\"%zu\" failures=\"%zu\" errors=\"%zu\">\n",
                n.all, n.failed, n.all - n.passed - n.failed - n.skipped);
        for (size_t i = 0; i < t->n;) i = test_suite(&x, t, i);
        fputs("</testsuites>\n", x.file);
        ok = !ferror(x.file);
        ok &= fclose(x.file) == 0;
    }
    kf_text text = {x.data, x.length};
    int rc = ok ? file_write(path, &text, false, err) : -KF_E_MEMORY;
    if (!ok) *err = (kf_error){.code = KF_E_MEMORY, .message = "out of memory"};
    free(x.data);
    return rc;
}
