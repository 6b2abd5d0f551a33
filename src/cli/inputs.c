/* Logs and saved plans. */
#include "cli.h"

#include <ctype.h>
#include <string.h>

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

int file_read_plan(kf_text *out, bool *is_plan, const char *path, kf_error *err) {
    *out = (kf_text){0};
    *is_plan = false;
    /* Everything else, errors too, is the log reader's. */
    if (strcmp(path, "-") == 0 || !begins_with_brace(path)) return 0;
    int rc = file_read(out, path, err);
    if (rc != 0) return rc;
    const char *end = out->data + out->length;
    *is_plan = is_plan_text(skip_space(out->data, end), end);
    return 0;
}

static int add_log(kf_log *log, const char *path, kf_error *err) {
    if (strcmp(path, "-") != 0) return kf_log_add_file(log, path, err);
    kf_text text;
    int rc = file_read(&text, path, err);
    if (rc == 0) rc = kf_log_add(log, "(standard input)", text.data, text.length, err);
    kf_text_free(&text);
    return rc;
}

int files_read_logs(kf_log **out, const options *o) {
    kf_error err;
    if (kf_log_new(out, &err) != 0) return say_error(&err);
    int status = 0;
    for (int i = 0; i < o->file_count; i++)
        if (add_log(*out, o->files[i], &err) != 0) status = kf_status_worst(status, say_error(&err));
    return status;
}
