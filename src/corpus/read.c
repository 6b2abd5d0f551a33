/* Case files. */
#include "corpus/corpus.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

typedef struct reader {
    kf_corpus *corpus;
    arena *arena;
    const corpus_file *file;
    str rest;
    size_t line; /* of the line read last */
    kf_error *err;
} reader;

static int bad(const reader *r, size_t line, const char *format, ...) __attribute__((format(printf, 3, 4)));
static int bad(const reader *r, size_t line, const char *format, ...) {
    va_list args;
    va_start(args, format);
    str what = str_format_v(r->arena, format, args);
    va_end(args);
    fail(r->err, KF_E_CASE_INVALID, "%.*s:%zu: %.*s", STR_ARG(r->file->name), line, STR_ARG(what));
    if (r->err) r->err->line = line, r->err->column = 1;
    return -KF_E_CASE_INVALID;
}

/* Without its end. */
static str next_line(reader *r) {
    size_t at = r->rest.n ? str_find(r->rest, STR("\n"), 0) : SIZE_MAX;
    str line = at == SIZE_MAX ? r->rest : str_slice(r->rest, 0, at);
    r->rest = at == SIZE_MAX ? str_from(r->rest, r->rest.n) : str_from(r->rest, at + 1);
    r->line++;
    return line;
}

static bool ends_case(const reader *r) { return r->rest.n == 0 || str_starts(r->rest, STR("case: ")); }

/* Up to the line `end`; or, end being empty, to a blank line before the next case. */
static int read_section(str *out, reader *r, str end) {
    const char *from = r->rest.p, *to = from;
    size_t began = r->line;
    while (r->rest.n) {
        str line = next_line(r);
        *out = (str){from, (size_t)(to - from)};
        if (end.n && str_eq(line, end)) return 0;
        if (!end.n && line.n == 0 && ends_case(r)) return 0;
        if (end.n && str_starts(line, STR("case: "))) break;
        to = line.p + line.n;
    }
    *out = (str){from, (size_t)(to - from)};
    return end.n ? bad(r, began, "what begins here has no '%.*s' behind it", STR_ARG(end)) : 0;
}

static int read_file(str *out, const char *path, arena *a, kf_error *err);

/* @schema FILE, beside the case file. */
static int read_schema_option(corpus_case *c, reader *r, str file) {
    str folder = r->file->name;
    while (folder.n && folder.p[folder.n - 1] != '/') folder.n--;
    str path = str_format(r->arena, "%.*s%.*s", STR_ARG(file.p[0] == '/' ? STR_NONE : folder), STR_ARG(file));
    kf_error why;
    int rc = read_file(&c->live, path.p, r->arena, &why);
    return rc == 0 ? 0 : bad(r, r->line, "%s", why.message);
}

static int read_option(corpus_case *c, reader *r, str option) {
    str schema = STR("schema ");
    if (str_starts(option, schema)) return read_schema_option(c, r, str_trim(str_from(option, schema.n)));
    kf_error why;
    int rc = case_read_option(c, option, r->arena, &why);
    return rc == 0 ? 0 : bad(r, r->line, "%s", why.message);
}

static int read_body(corpus_case *c, reader *r, str line) {
    if (str_eq(line, STR("live:"))) {
        if (c->live.n) return bad(r, r->line, "'live:' and @schema exclude each other");
        int rc = read_section(&c->live, r, STR("input:"));
        if (rc) return rc;
    } else if (!str_eq(line, STR("input:"))) {
        return bad(r, r->line, "'input:' is expected here");
    }
    int rc = read_section(&c->input, r, STR("----"));
    return rc ? rc : read_section(&c->expected, r, STR_NONE);
}

/* defaults: the options that stand before the file's first case. */
static int read_case(reader *r, const corpus_case *defaults, str name) {
    corpus_case *c = arena_make(r->arena, corpus_case);
    *c = *defaults;
    c->name = str_copy(r->arena, str_trim(name));
    c->line = r->line;
    if (c->name.n == 0) return bad(r, r->line, "the case has no name");
    str line = next_line(r);
    for (; str_starts(line, STR("@")); line = next_line(r)) {
        int rc = read_option(c, r, str_from(line, 1));
        if (rc) return rc;
    }
    if (!c->stage)
        return bad(r, c->line, "the case is of no stage: put it into a folder of that name, or say @stage: %.*s",
                   STR_ARG(stage_names(r->arena)));
    int rc = read_body(c, r, line);
    if (rc == 0) vec_push(r->arena, &r->corpus->cases, c);
    return rc;
}

/* sql_corpus/STAGE/TOPIC.test */
static const stage *stage_of_path(str path) {
    size_t end = path.n;
    while (end && path.p[end - 1] != '/') end--;
    if (!end) return NULL;
    size_t from = end - 1;
    while (from && path.p[from - 1] != '/') from--;
    return stage_find(str_slice(path, from, end - 1));
}

static int read_cases(reader *r) {
    corpus_case defaults = {.file = r->file, .options = KF_PLAN_OPTIONS, .stage = stage_of_path(r->file->name)};
    size_t before = r->corpus->cases.n;
    str begin = STR("case: ");
    while (r->rest.n) {
        str line = next_line(r);
        int rc = 0;
        if (line.n == 0 || line.p[0] == '#') continue;
        if (str_starts(line, begin)) rc = read_case(r, &defaults, str_from(line, begin.n));
        else if (line.p[0] == '@' && r->corpus->cases.n == before) rc = read_option(&defaults, r, str_from(line, 1));
        else rc = bad(r, r->line, "a case begins with 'case: NAME'");
        if (rc) return rc;
    }
    return r->corpus->cases.n > before ? 0 : bad(r, 1, "there is no case in it");
}

/* ---- files and folders ---- */

static int fail_path(kf_error *err, const char *path) {
    int number = errno;
    kf_code code = number == ENOENT || number == ENOTDIR ? KF_E_FILE_MISSING : KF_E_FILE_UNREADABLE;
    return fail(err, code, "%s: %s", path, strerror(number));
}

static void close_file(void *file) { fclose(file); }
static void close_folder(void *folder) { closedir(folder); }

static int read_file(str *out, const char *path, arena *a, kf_error *err) {
    FILE *f = fopen(path, "rb");
    if (!f) return fail_path(err, path);
    arena_defer(a, close_file, f);
    text t = {.arena = a};
    char block[16 * 1024];
    for (size_t n; (n = fread(block, 1, sizeof block, f)) > 0;) text_add(&t, (str){block, n});
    *out = text_str(&t);
    return ferror(f) ? fail_path(err, path) : 0;
}

struct add {
    kf_corpus *corpus;
    const char *name;
    str bytes;
};

static int add_text(kf_corpus *corpus, str name, str bytes, kf_error *err) {
    arena *a = corpus->memory->arena;
    corpus_file *f = arena_make(a, corpus_file);
    *f = (corpus_file){name, bytes};
    reader r = {corpus, a, f, bytes, 0, err};
    return read_cases(&r);
}

static int add_bytes(void *call, kf_error *err) {
    struct add *c = call;
    arena *a = c->corpus->memory->arena;
    return add_text(c->corpus, str_copy(a, str_of(c->name)), str_copy(a, c->bytes), err);
}

static int by_text(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static int add_any(kf_corpus *corpus, const char *path, bool named, kf_error *err);

static int add_folder(kf_corpus *corpus, const char *path, kf_error *err) {
    arena *a = corpus->memory->arena;
    VEC(char *) names = {0};
    DIR *folder = opendir(path);
    if (!folder) return fail_path(err, path);
    arena_defer(a, close_folder, folder);
    for (struct dirent *e; (e = readdir(folder));)
        if (e->d_name[0] != '.') vec_push(a, &names, str_c(a, str_of(e->d_name)));
    if (names.n) qsort(names.at, names.n, sizeof *names.at, by_text);
    str base = str_of(path);
    while (base.n > 1 && base.p[base.n - 1] == '/') base.n--;
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < names.n; i++)
        rc = add_any(corpus, str_format(a, "%.*s/%s", STR_ARG(base), names.at[i]).p, false, err);
    return rc;
}

/* A file that is named is read whatever it is called. */
static int add_any(kf_corpus *corpus, const char *path, bool named, kf_error *err) {
    struct stat st;
    if (stat(path, &st) != 0) return fail_path(err, path);
    if (S_ISDIR(st.st_mode)) return add_folder(corpus, path, err);
    if (!named && !str_ends(str_of(path), STR(".test"))) return 0;
    str bytes;
    int rc = read_file(&bytes, path, corpus->memory->arena, err);
    return rc ? rc : add_text(corpus, str_copy(corpus->memory->arena, str_of(path)), bytes, err);
}

static int add_path(void *call, kf_error *err) {
    struct add *c = call;
    size_t before = c->corpus->cases.n;
    int rc = add_any(c->corpus, c->name, true, err);
    if (rc == 0 && c->corpus->cases.n == before)
        return fail(err, KF_E_CASE_INVALID, "%s: there is no *.test file in it", c->name);
    return rc;
}

/* ---- the handle ---- */

int kf_corpus_new(kf_corpus **out, kf_error *err) {
    *out = calloc(1, sizeof **out);
    if (!*out) return fail_memory(err);
    (*out)->memory = memory_new();
    if ((*out)->memory) return 0;
    free(*out);
    *out = NULL;
    return fail_memory(err);
}

void kf_corpus_free(kf_corpus *corpus) {
    if (!corpus) return;
    memory_release(corpus->memory);
    free(corpus);
}

static int add(struct add *c, int (*work)(void *, kf_error *), kf_error *err) {
    size_t before = c->corpus->cases.n;
    int rc = guard(c->corpus->memory->arena, work, c, err);
    if (rc) c->corpus->cases.n = before;
    return rc;
}

int kf_corpus_add(kf_corpus *corpus, const char *called, const char *bytes, size_t length, kf_error *err) {
    struct add c = {corpus, called, {bytes, length}};
    return add(&c, add_bytes, err);
}

int kf_corpus_add_path(kf_corpus *corpus, const char *path, kf_error *err) {
    struct add c = {corpus, path, STR_NONE};
    return add(&c, add_path, err);
}

size_t kf_corpus_count(const kf_corpus *corpus) { return corpus->cases.n; }

void kf_corpus_case(kf_case *out, const kf_corpus *corpus, size_t n) {
    const corpus_case *c = corpus->cases.at[n];
    *out = (kf_case){c->file->name.p, c->line, c->stage->name, c->name.p};
}
