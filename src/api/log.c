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

int kf_log_watch(kf_log *log, kf_watcher *watcher, void *context, kf_error *err) {
    need(log);
    int rc = handle_enter(&log->busy, __func__, err);
    if (rc) return rc;
    log->watcher = watcher;
    log->context = context;
    return handle_leave(&log->busy, 0);
}

size_t kf_log_count(const kf_log *log) { return log ? log->statements.n + log->dml.total : 0; }
size_t kf_log_file_count(const kf_log *log) { return log ? log->files.n : 0; }

void kf_log_file_at(kf_log_file *out, const kf_log *log, size_t n) {
    if (!out) return;
    *out = (kf_log_file){"", "", "", "", 0, 0};
    if (n >= kf_log_file_count(log)) return;
    const log_file *f = &log->files.at[n];
    *out = (kf_log_file){f->name.p, f->form.p, f->encoding, f->compression, f->statements, f->lines};
}

struct add {
    kf_log *log;
    const char *name;
    str bytes;
    FILE *file;
    int number; /* of a failure to read it */
    uint64_t done, total;
    const dml_counts *dml;
};

static size_t tell(struct add *c, size_t n) {
    const kf_log *log = c->log;
    c->done += n;
    if (log->watcher)
        log->watcher(log->context, &(kf_progress){.stage = KF_STAGE_READ,
                                                  .done = c->done,
                                                  .total = c->total,
                                                  .statements = c->dml->total + c->dml->kept,
                                                  .subject = c->name,
                                                  .operation = ""});
    return n;
}

static int read_statements(struct add *c, byte_source source, kf_error *err) {
    kf_log *log = c->log;
    arena *a = log->memory->arena;
    str name = str_copy(a, str_of(c->name));
    dml_counts dml = {.arena = a, .loggers = log->dml.loggers};
    log_options options = {.dml = &dml};
    c->dml = &dml;
    vec_push(a, &log->files, (log_file){0});
    int rc = log_read_from(&log->statements, &log->files.at[log->files.n - 1], name, source, &options, a, err);
    if (rc != 0) return rc;
    log->dml.arena = a;
    log->dml.loggers = dml.loggers;
    for (size_t i = 0; i < dml.tables.n; i++)
        for (int op = 0; op < DML_OPERATIONS; op++)
            dml_counts_add(&log->dml, dml.tables.at[i]->table, (dml_operation)op, dml.tables.at[i]->counts[op]);
    return 0;
}

static size_t read_memory(void *from, char *to, size_t room) {
    struct add *c = from;
    size_t n = c->bytes.n < room ? c->bytes.n : room;
    if (n) memcpy(to, c->bytes.p, n);
    c->bytes = str_from(c->bytes, n);
    return tell(c, n);
}

static int add_bytes(void *call, kf_error *err) {
    struct add *c = call;
    return read_statements(c, (byte_source){read_memory, c}, err);
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
    struct add c = {.log = log, .name = called, .bytes = {bytes, length}, .total = length};
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
    vec_push_moved(a, &c->log->statements, raw);
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

static size_t read_stream(void *from, char *to, size_t room) {
    struct add *c = from;
    size_t n = fread(to, 1, room, c->file);
    if (n || !ferror(c->file)) return tell(c, n);
    c->number = errno;
    return SIZE_MAX;
}

static int add_stream(void *call, kf_error *err) {
    struct add *c = call;
    int rc = read_statements(c, (byte_source){read_stream, c}, err);
    return c->number ? fail_file(err, c->name, c->number) : rc;
}

int kf_log_add_file(kf_log *log, const char *path, kf_error *err) {
    need(log);
    need(path);
    FILE *file = fopen(path, "rb");
    if (!file) return fail_file(err, path, errno);
    struct stat st;
    struct add c = {.log = log, .name = path, .file = file};
    if (fstat(fileno(file), &st) == 0 && S_ISREG(st.st_mode)) c.total = (uint64_t)st.st_size;
    int rc = add(&c, add_stream, err);
    fclose(file);
    return rc;
}
