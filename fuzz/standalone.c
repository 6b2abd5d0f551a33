/* Runs a target over files, or over its seeds, without libFuzzer: TAP, a test a seed.
 * --write DIR: puts the seeds there instead, for libFuzzer to begin with. */
#include "fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#ifndef KEYFOLD_ROOT
#define KEYFOLD_ROOT "."
#endif

static const char *out; /* of --write */
static size_t count;

static void run(const char *name, const char *bytes, size_t length) {
    /* Of its own size, so that reading beyond it is found. */
    char path[4096], *copy = malloc(length ? length : 1);
    must(copy);
    memcpy(copy, bytes, length);
    count++;
    if (out) {
        snprintf(path, sizeof path, "%s/%05zu", out, count);
        FILE *f = fopen(path, "wb");
        if (!f || fwrite(copy, 1, length, f) != length || fclose(f)) exit(2);
    } else {
        LLVMFuzzerTestOneInput((const uint8_t *)copy, length);
        printf("ok %zu - %s\n", count, name);
        fflush(stdout);
    }
    free(copy);
}

static const char *line_end(const char *p) { return strchr(p, '\n') ? strchr(p, '\n') + 1 : p + strlen(p); }

/* The sections of a corpus file: from a line `live:` or `input:` to the next of these or `----`. */
static void run_cases(const char *path, const char *bytes) {
    const char *from = NULL;
    for (const char *p = bytes, *next; *p; p = next) {
        next = line_end(p);
        bool opens = strncmp(p, "live:\n", 6) == 0 || strncmp(p, "input:\n", 7) == 0;
        if (!opens && strncmp(p, "----\n", 5) != 0) continue;
        if (from && p > from) run(path, from, (size_t)(p - from - 1));
        from = opens ? next : NULL;
    }
}

static void run_file(const char *path) {
    FILE *f = fopen(path, "rb");
    if (!f || fseek(f, 0, SEEK_END)) exit(2);
    long length = ftell(f);
    char *bytes = malloc((size_t)length + 1);
    rewind(f);
    if (!bytes || fread(bytes, 1, (size_t)length, f) != (size_t)length) exit(2);
    fclose(f);
    bytes[length] = '\0';
    size_t n = strlen(path);
    if (n > 5 && strcmp(path + n - 5, ".test") == 0) run_cases(path, bytes);
    else run(path, bytes, (size_t)length);
    free(bytes);
}

static int visible(const struct dirent *e) { return e->d_name[0] != '.'; }

static void run_folder(const char *folder) {
    struct dirent **files;
    int n = scandir(folder, &files, visible, alphasort);
    for (int i = 0; i < n; i++) {
        char *path;
        if (asprintf(&path, "%s/%s", folder, files[i]->d_name) < 0) exit(2);
        run_file(path);
        free(path);
        free(files[i]);
    }
    if (n >= 0) free(files);
}

int main(int argc, char **argv) {
    if (argc == 3 && strcmp(argv[1], "--write") == 0) out = argv[2];
    for (int i = 1; i < argc && !out; i++) run_file(argv[i]);
    for (size_t i = 0; (argc == 1 || out) && fuzz_seeds[i]; i++) {
        char folder[4096];
        snprintf(folder, sizeof folder, "%s/%s", KEYFOLD_ROOT, fuzz_seeds[i]);
        run_folder(folder);
    }
    if (!out) printf("1..%zu\n", count);
    return count ? 0 : 2;
}
