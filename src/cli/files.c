#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int fail_file(kf_error *err, const char *path, kf_code otherwise) {
    int number = errno;
    kf_code code = number == ENOENT || number == ENOTDIR ? KF_E_FILE_MISSING
                   : number == EISDIR                    ? KF_E_IS_DIRECTORY
                   : number == ENOMEM                    ? KF_E_MEMORY
                   : number == EOVERFLOW                 ? KF_E_TOO_LARGE
                                                         : otherwise;
    if (otherwise == KF_E_DISK && code == KF_E_FILE_MISSING) code = KF_E_DISK;
    *err = (kf_error){.code = (int)code};
    snprintf(err->message, sizeof err->message, "%s: %s", path, strerror(number));
    return -(int)code;
}

/* /dev/zero has no end. */
#define MOST ((size_t)8 << 30)

static void tell(const kf_text *so_far, const char *name) {
    kf_progress p = {.stage = KF_STAGE_READ, .done = so_far->length, .subject = name, .operation = ""};
    progress_watch(NULL, &p);
}

static bool read_all(kf_text *out, FILE *file, const char *name) {
    size_t room = 0;
    do {
        if (room - out->length < 2) {
            room = room ? room * 2 : 64 * 1024;
            char *more = realloc(out->data, room);
            if (!more) {
                errno = ENOMEM;
                return false;
            }
            out->data = more;
        }
        out->length += fread(out->data + out->length, 1, room - out->length - 1, file);
        tell(out, name);
        if (out->length > MOST) {
            errno = EOVERFLOW;
            return false;
        }
    } while (!feof(file) && !ferror(file));
    out->data[out->length] = '\0';
    return !ferror(file);
}

int stream_read(kf_text *out, FILE *file, const char *name, kf_error *err) {
    *out = (kf_text){0};
    if (read_all(out, file, name)) return 0;
    int rc = fail_file(err, name, KF_E_FILE_UNREADABLE);
    kf_text_free(out);
    return rc;
}

int file_read(kf_text *out, const char *path, kf_error *err) {
    bool is_stdin = strcmp(path, "-") == 0;
    *out = (kf_text){0};
    FILE *file = is_stdin ? stdin : fopen(path, "rb");
    if (!file) return fail_file(err, path, KF_E_FILE_UNREADABLE);
    int rc = stream_read(out, file, input_name(path), err);
    if (!is_stdin) fclose(file);
    return rc;
}

void print_text(kf_text *text) {
    progress_clear();
    fwrite(text->data, 1, text->length, stdout);
    kf_text_free(text);
}

void print_report(const options *o, kf_text *text) {
    if (o->quiet && !o->json && !o->sarif) kf_text_free(text);
    else print_text(text);
}

static bool write_all(int fd, const kf_text *content) {
    for (size_t done = 0; done < content->length;) {
        ssize_t n = write(fd, content->data + done, content->length - done);
        if (n < 0 && errno != EINTR) return false;
        if (n > 0) done += (size_t)n;
    }
    return true;
}

/* A new file gets the mode that the umask leaves, one that is replaced keeps its own. */
static mode_t mode_for(const char *path, bool secret) {
    struct stat st;
    if (secret) return 0600;
    if (stat(path, &st) == 0) return st.st_mode & 07777;
    mode_t mask = umask(0);
    umask(mask);
    return 0666 & ~mask;
}

/* once: only where there is no file yet. */
static int put_in_place(const char *temporary, const char *path, bool once) {
    if (!once) return rename(temporary, path);
    if (link(temporary, path) == 0) return unlink(temporary);
    if (errno == EEXIST) return -1;
    /* A file system without links. */
    return renameat2(AT_FDCWD, temporary, AT_FDCWD, path, RENAME_NOREPLACE);
}

static int replace_file(const char *path, const kf_text *content, bool secret, bool once, kf_error *err) {
    char temporary[PATH_MAX + 16];
    snprintf(temporary, sizeof temporary, "%s.XXXXXX", path);
    int fd = mkstemp(temporary);
    if (fd < 0) return fail_file(err, path, KF_E_DISK);
    bool ok = write_all(fd, content) && fchmod(fd, mode_for(path, secret)) == 0 && fsync(fd) == 0;
    int rc = ok ? 0 : fail_file(err, path, KF_E_DISK);
    if (close(fd) != 0 && rc == 0) rc = fail_file(err, path, KF_E_DISK);
    if (rc == 0 && put_in_place(temporary, path, once) != 0) rc = fail_file(err, path, KF_E_DISK);
    if (rc != 0) unlink(temporary);
    return rc;
}

static int write_device(const char *path, const kf_text *content, kf_error *err) {
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) return fail_file(err, path, KF_E_DISK);
    int rc = write_all(fd, content) ? 0 : fail_file(err, path, KF_E_DISK);
    if (close(fd) != 0 && rc == 0) rc = fail_file(err, path, KF_E_DISK);
    return rc;
}

int file_write(const char *path, const kf_text *content, bool secret, kf_error *err) {
    struct stat st;
    char real[PATH_MAX];
    bool exists = stat(path, &st) == 0;
    if (exists && !S_ISREG(st.st_mode)) return write_device(path, content, err);
    /* Behind a symbolic link it is the file that is replaced, not the link. */
    return replace_file(exists && realpath(path, real) ? real : path, content, secret, false, err);
}

int file_write_new(const char *path, const kf_text *content, kf_error *err) {
    return replace_file(path, content, true, true, err);
}

void print_json_string(const char *s) {
    putchar('"');
    for (; *s; s++) {
        unsigned char c = (unsigned char)*s;
        if (c == '"' || c == '\\') printf("\\%c", c);
        else if (c < 32) printf("\\u%04x", c);
        else putchar(c);
    }
    putchar('"');
}

int html_write(const options *o, kf_text *html, kf_error *err) {
    int rc = file_write(o->html, html, o->show_values, err);
    kf_text_free(html);
    return rc;
}
