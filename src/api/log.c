#include "api/api.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int kf_log_new(kf_log **out, kf_error *err) {
    need(out);
    *out = calloc(1, sizeof **out);
    if (!*out) return fail_memory(err);
    (*out)->memory = memory_new();
    if ((*out)->memory) return 0;
    free(*out);
    *out = NULL;
    return fail_memory(err);
}

void kf_log_free(kf_log *log) {
    if (!log) return;
    memory_release(log->memory);
    free(log);
}

size_t kf_log_count(const kf_log *log) { return log ? log->statements.n : 0; }
size_t kf_log_file_count(const kf_log *log) { return log ? log->files.n : 0; }

void kf_log_file_at(kf_log_file *out, const kf_log *log, size_t n) {
    if (!out) return;
    *out = (kf_log_file){"", "", "", "", 0};
    if (n >= kf_log_file_count(log)) return;
    const log_file *f = &log->files.at[n];
    *out = (kf_log_file){f->name.p, f->form.p, f->encoding, f->compression, f->statements};
}

struct add {
    kf_log *log;
    const char *name;
    str bytes;
    FILE *file;
};

static int read_statements(struct add *c, str bytes, kf_error *err) {
    arena *a = c->log->memory->arena;
    str name = str_copy(a, str_of(c->name));
    vec_push(a, &c->log->files, (log_file){0});
    return log_read(&c->log->statements, &c->log->files.at[c->log->files.n - 1], name, bytes, NULL, a, err);
}

static int add_bytes(void *call, kf_error *err) {
    struct add *c = call;
    return read_statements(c, str_copy(c->log->memory->arena, c->bytes), err);
}

/* All or nothing: a file that fails half way leaves no statements behind. */
static int add(struct add *c, int (*work)(void *, kf_error *), kf_error *err) {
    int rc = handle_enter(&c->log->busy, "kf_log_add", err);
    if (rc != 0) return rc;
    size_t statements = c->log->statements.n, files = c->log->files.n;
    rc = guard(c->log->memory->arena, work, c, err);
    if (rc != 0) {
        c->log->statements.n = statements;
        c->log->files.n = files;
    }
    return handle_leave(&c->log->busy, rc);
}

int kf_log_add(kf_log *log, const char *called, const char *bytes, size_t length, kf_error *err) {
    need(log);
    need(called);
    if (length) need(bytes);
    struct add c = {log, called, {bytes, length}, NULL};
    return add(&c, add_bytes, err);
}

struct add_statement {
    kf_log *log;
    str sql, params;
};

static int add_statement(void *call, kf_error *err) {
    struct add_statement *c = call;
    arena *a = c->log->memory->arena;
    raw_statement raw = {.sql = str_copy(a, c->sql), .source = {STR("statement"), c->log->statements.n + 1}};
    if (c->params.n) {
        value_list *values = arena_make(a, value_list);
        int rc = json_values_from_bson(values, str_copy(a, c->params), a, err);
        if (rc) return rc;
        raw.values = values;
    }
    vec_push(a, &c->log->statements, raw);
    return 0;
}

int kf_log_add_statement(kf_log *log, const char *sql, size_t length, const void *params, size_t params_length, kf_error *err) {
    need(log);
    if (length) need(sql);
    struct add_statement c = {log, {sql, length}, {params, params ? params_length : 0}};
    int rc = handle_enter(&log->busy, __func__, err);
    return rc ? rc : handle_leave(&log->busy, guard(log->memory->arena, add_statement, &c, err));
}

static int fail_file(kf_error *err, const char *path, int number) {
    kf_code code = number == ENOENT || number == ENOTDIR ? KF_E_FILE_MISSING
                   : number == EISDIR                    ? KF_E_IS_DIRECTORY
                   : number == ENOMEM                    ? KF_E_MEMORY
                                                         : KF_E_FILE_UNREADABLE;
    return fail(err, code, "%s: %s", path, strerror(number));
}

static int add_stream(void *call, kf_error *err) {
    struct add *c = call;
    text all = {.arena = c->log->memory->arena};
    struct stat st;
    /* One piece where the size is known; it may grow all the same. */
    if (fstat(fileno(c->file), &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0) {
        all.cap = (size_t)st.st_size;
        all.p = arena_alloc(all.arena, all.cap, 1);
    }
    char piece[16 * 1024];
    for (size_t n; (n = fread(piece, 1, sizeof piece, c->file)) > 0;) text_add(&all, (str){piece, n});
    if (ferror(c->file)) return fail_file(err, c->name, errno);
    return read_statements(c, text_str(&all), err);
}

int kf_log_add_file(kf_log *log, const char *path, kf_error *err) {
    need(log);
    need(path);
    FILE *file = fopen(path, "rb");
    if (!file) return fail_file(err, path, errno);
    struct add c = {log, path, STR_NONE, file};
    int rc = add(&c, add_stream, err);
    fclose(file);
    return rc;
}
