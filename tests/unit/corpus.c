#include "corpus.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#ifndef KEYFOLD_ROOT
#define KEYFOLD_ROOT "."
#endif

const char *corpus_root(void) { return getenv("KEYFOLD_ROOT") ? getenv("KEYFOLD_ROOT") : KEYFOLD_ROOT; }

str corpus_read_file(arena *a, const char *path) {
    FILE *f = fopen(path, "rb");
    if (!f) return STR_NONE;
    text t = {.arena = a};
    char block[65536];
    for (size_t n; (n = fread(block, 1, sizeof block, f)) > 0;) text_add(&t, (str){block, n});
    fclose(f);
    return text_str(&t);
}

static str next_line(str *rest) {
    size_t at = str_find(*rest, STR("\n"), 0);
    str line = at == SIZE_MAX ? *rest : str_slice(*rest, 0, at);
    *rest = at == SIZE_MAX ? str_from(*rest, rest->n) : str_from(*rest, at + 1);
    return line;
}

static void bad_file(str file, size_t line, const char *what) {
    fprintf(stderr, "%.*s:%zu: %s\n", STR_ARG(file), line, what);
    exit(1);
}

/* One section's text: up to a line that is `end`, or (end empty) up to a blank line before the next case. */
static str section(str file, str *rest, size_t *line, str end) {
    const char *from = rest->p, *to = rest->p;
    while (rest->n) {
        str before = *rest, l = next_line(rest);
        (*line)++;
        if (end.n && str_eq(l, end)) return (str){from, (size_t)(to - from)};
        if (!end.n && l.n == 0 && (rest->n == 0 || str_starts(*rest, STR("case: ")))) return (str){from, (size_t)(to - from)};
        to = before.p + l.n;
    }
    if (end.n) bad_file(file, *line, "the case ends too early");
    return (str){from, (size_t)(to - from)};
}

static void read_cases(case_list *out, str stage, str file, str bytes, arena *a) {
    size_t line = 0;
    for (str rest = bytes; rest.n;) {
        str l = next_line(&rest);
        line++;
        if (l.n == 0 || l.p[0] == '#') continue;
        if (!str_starts(l, STR("case: "))) bad_file(file, line, "a case begins with 'case: NAME'");
        corpus_case c = {.stage = stage, .file = file, .name = str_from(l, 6), .line = line};
        for (l = next_line(&rest), line++; str_starts(l, STR("@")); l = next_line(&rest), line++)
            vec_push(a, &c.options, str_from(l, 1));
        if (str_eq(l, STR("live:"))) c.live = section(file, &rest, &line, STR("input:"));
        else if (!str_eq(l, STR("input:"))) bad_file(file, line, "'input:' is expected here");
        c.input = section(file, &rest, &line, STR("----"));
        c.expected = section(file, &rest, &line, STR_NONE);
        vec_push(a, out, c);
    }
}

static int by_text(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

void corpus_read_stage(case_list *out, const char *stage, arena *a) {
    const char *folder = str_format(a, "%s/sql_corpus/%s", corpus_root(), stage).p;
    DIR *d = opendir(folder);
    if (!d) return;
    VEC(char *) files = {0};
    for (struct dirent *e; (e = readdir(d));)
        if (str_ends(str_of(e->d_name), STR(".test"))) vec_push(a, &files, str_c(a, str_of(e->d_name)));
    closedir(d);
    if (files.n) qsort(files.at, files.n, sizeof *files.at, by_text);
    for (size_t i = 0; i < files.n; i++) {
        str path = str_format(a, "%s/%s", folder, files.at[i]);
        read_cases(out, str_of(stage), path, corpus_read_file(a, path.p), a);
    }
}

str corpus_option(const corpus_case *c, const char *wanted) {
    str key = str_of(wanted);
    for (size_t i = 0; i < c->options.n; i++) {
        str o = c->options.at[i];
        if (str_eq(o, key)) return STR("yes");
        if (o.n > key.n && str_starts(o, key) && o.p[key.n] == ' ') return str_from(o, key.n + 1);
    }
    return STR_NONE;
}

static unsigned drops(str allowed) {
    static const struct {
        const char *kind;
        unsigned bits;
    } kinds[] = {{"index", KF_DROP_INDEX}, {"field", KF_DROP_FIELD}, {"collection", KF_DROP_COLLECTION}, {"all", KF_DROP_ALL}};
    unsigned bits = KF_DROP_NONE;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (str_find(allowed, str_of(kinds[i].kind), 0) != SIZE_MAX) bits |= kinds[i].bits;
    return bits;
}

kf_plan_options corpus_plan_options(const corpus_case *c, arena *a) {
    kf_plan_options o = KF_PLAN_OPTIONS;
    str renames = corpus_option(c, "renames"), only = corpus_option(c, "only"), alias = corpus_option(c, "alias");
    if (corpus_option(c, "profile").n) o.profile = str_c(a, corpus_option(c, "profile"));
    if (only.n) o.only = str_c(a, only);
    if (alias.n) o.alias = str_c(a, alias);
    if (renames.n) o.renames = str_eq(renames, STR("done")) ? KF_RENAMES_DONE : KF_RENAMES_TODO;
    o.nulls_server = str_eq(corpus_option(c, "nulls"), STR("server"));
    o.skip_unsupported = corpus_option(c, "skip-unsupported").n > 0;
    o.skip_failed = corpus_option(c, "skip-failed").n > 0;
    o.no_migrations_table = corpus_option(c, "no-migrations-table").n > 0;
    o.convert_types = corpus_option(c, "convert-types").n > 0;
    o.keep_going = corpus_option(c, "keep-going").n > 0;
    o.allow_drop = drops(corpus_option(c, "allow-drop"));
    return o;
}
