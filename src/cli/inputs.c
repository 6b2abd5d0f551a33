/* Logs and saved plans. */
#include "cli.h"

#include <ctype.h>
#include <string.h>
#include <sys/stat.h>

const char *input_name(const char *path) { return strcmp(path, "-") == 0 ? "(standard input)" : path; }

static const char *skip_space(const char *at, const char *end) {
    while (at < end && isspace((unsigned char)*at)) at++;
    return at;
}

/* After the string that begins at `at`. */
static const char *skip_string(const char *at, const char *end) {
    for (at++; at < end && *at != '"'; at++)
        if (*at == '\\') at++;
    return at < end ? at + 1 : end;
}

static bool is_key(const char *from, const char *to, const char *key) {
    return (size_t)(to - from) == strlen(key) + 2 && memcmp(from + 1, key, strlen(key)) == 0;
}

/* A log in JSON lines begins with a brace too, so it is the object's own members that tell. */
static bool is_plan_text(const char *at, const char *end) {
    bool format = false, operations = false;
    int depth = 0;
    while (at < end && (depth || !(format || operations))) {
        if (*at == '"') {
            const char *after = skip_string(at, end), *colon = skip_space(after, end);
            if (depth == 1 && colon < end && *colon == ':') {
                const char *value = skip_space(colon + 1, end);
                format |= is_key(at, after, "format") && value < end && isdigit((unsigned char)*value);
                operations |= is_key(at, after, "operations") && value < end && *value == '[';
            }
            at = after;
            continue;
        }
        depth += (*at == '{' || *at == '[') - (*at == '}' || *at == ']');
        at++;
        if (depth == 0) break;
    }
    return operations || format;
}

static bool begins_with_brace(const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file) return false;
    int c;
    do c = getc(file);
    while (isspace(c));
    fclose(file);
    return c == '{';
}

static bool is_regular(const char *path) {
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

/* Errors of regular files are the log reader's; anything else, a pipe, can be read but once. */
static int add_input(kf_log *log, kf_text *plan, const char *path, kf_error *err) {
    bool once = strcmp(path, "-") == 0 || !is_regular(path);
    if (!once && !begins_with_brace(path)) return kf_log_add_file(log, path, err);
    kf_text text;
    int rc = file_read(&text, path, err);
    if (rc != 0) return rc;
    const char *end = text.data + text.length;
    if (is_plan_text(skip_space(text.data, end), end)) {
        *plan = text;
        return 0;
    }
    if (once) rc = kf_log_add(log, input_name(path), text.data, text.length, err);
    kf_text_free(&text);
    return once ? rc : kf_log_add_file(log, path, err);
}

/* The message has the file's name. */
static int say_unread(kf_error *err) {
    size_t n = strlen(err->message);
    if (err->line) snprintf(err->message + n, sizeof err->message - n, ": line %zu, column %zu", err->line, err->column);
    return say_error(err);
}

static void tell_file(const kf_log *log, size_t n) {
    kf_log_file f;
    kf_log_file_at(&f, log, n);
    say_note("%s: %s, %s%s%s, %zu statements in %zu lines", f.name, f.form, f.encoding,
             strcmp(f.compression, "none") == 0 ? "" : ", ", strcmp(f.compression, "none") == 0 ? "" : f.compression,
             f.statements, f.lines);
}

int inputs_read(kf_log **out, kf_text *plan, const char **plan_name, const options *o) {
    kf_error err;
    *plan = (kf_text){0};
    if (kf_log_new(out, &err) != 0 || kf_log_watch(*out, progress_watcher(), NULL, &err) != 0) return say_error(&err);
    int status = 0;
    for (int i = 0; i < o->file_count && !plan->data; i++) {
        size_t before = kf_log_file_count(*out);
        if (add_input(*out, plan, o->files[i], &err) != 0) status = kf_status_worst(status, say_unread(&err));
        if (kf_log_file_count(*out) > before) tell_file(*out, before);
        progress_clear();
        *plan_name = input_name(o->files[i]);
    }
    return status;
}

int files_read_logs(kf_log **out, const options *o) {
    kf_text plan;
    const char *name;
    int status = inputs_read(out, &plan, &name, o);
    if (status == 0 && plan.data) status = say_usage(o->verb, "%s is a saved plan: keyfold apply carries it out", name);
    kf_text_free(&plan);
    return status;
}
