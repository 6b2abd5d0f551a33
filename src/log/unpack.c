#include "log/unpack.h"

#include <errno.h>
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

enum { BUFFER = 128 * 1024, LONGEST_MAGIC = 6 };

static void end_gzip(void *thing) { inflateEnd(thing); }
static void end_zstd(void *thing) { ZSTD_freeDCtx(thing); }

static str packed(const unpacker *u) { return (str){u->buffer + u->at, u->n - u->at}; }

/* More packed bytes behind those that are there, which move to the front. */
static int refill(unpacker *u, kf_error *err) {
    memmove(u->buffer, u->buffer + u->at, u->n - u->at);
    u->n -= u->at;
    u->at = 0;
    while (!u->end && u->n < BUFFER) {
        size_t got = u->source.read(u->source.from, u->buffer + u->n, BUFFER - u->n);
        if (got == SIZE_MAX) return fail(err, KF_E_FILE_UNREADABLE, "%.*s: %s", STR_ARG(u->file), strerror(errno));
        u->end = got == 0;
        u->n += got;
        if (u->n >= LONGEST_MAGIC) break;
    }
    return 0;
}

static bool is_gzip(str s) { return str_starts(s, STR("\x1f\x8b")); }

static bool is_zstd(str s) {
    bool skippable = s.n >= 4 && (s.p[0] & 0xF0) == 0x50 && memcmp(s.p + 1, "\x2a\x4d\x18", 3) == 0;
    return skippable || str_starts(s, STR("\x28\xb5\x2f\xfd"));
}

static int start_gzip(unpacker *u, arena *a, kf_error *err) {
    u->gzip = arena_make(a, z_stream);
    u->compression = "gzip";
    if (inflateInit2(u->gzip, 15 + 16) != Z_OK) return fail_memory(err);
    arena_defer(a, end_gzip, u->gzip);
    return 0;
}

static int start_zstd(unpacker *u, arena *a, kf_error *err) {
    u->compression = "zstd";
    if (!(u->zstd = ZSTD_createDCtx())) return fail_memory(err);
    arena_defer(a, end_zstd, u->zstd);
    /* As far as zstd --long=31 goes. */
    ZSTD_DCtx_setParameter(u->zstd, ZSTD_d_windowLogMax, 31);
    return 0;
}

int unpack_start(unpacker *u, str file, byte_source source, uint64_t max, arena *a, kf_error *err) {
    static const struct {
        str magic;
        const char *what;
    } others[] = {{{"\xfd"
                    "7zXZ\0",
                    6},
                   "xz"},
                  {{"BZh", 3}, "bzip2"},
                  {{"PK\3\4", 4}, "zip"},
                  {{"\x04\x22\x4d\x18", 4}, "lz4"}};
    *u = (unpacker){.source = source, .file = file, .max = max, .compression = "none", .buffer = arena_alloc(a, BUFFER, 1)};
    int rc = refill(u, err);
    if (rc) return rc;
    if (is_gzip(packed(u))) return start_gzip(u, a, err);
    if (is_zstd(packed(u))) return start_zstd(u, a, err);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (str_starts(packed(u), others[i].magic))
            return fail(err, KF_E_ENCODING, "%.*s: compressed with %s: unpack it first", STR_ARG(file), others[i].what);
    return 0;
}

static int damaged(const unpacker *u, const char *why, kf_error *err) {
    return fail(err, KF_E_DAMAGED, "%.*s: the %s stream is damaged after %llu bytes of text: %s", STR_ARG(u->file),
                u->compression, (unsigned long long)u->so_far, why ? why : "not valid");
}

/* What follows the last member and is none (zeros that fill a block) is no part of the text, as for gzip itself. */
static int inflate_some(unpacker *u, char *to, size_t room, size_t *n, kf_error *err) {
    z_stream *z = u->gzip;
    if (!u->inside && !is_gzip(packed(u))) {
        u->at = u->n;
        u->end = true;
        return 0;
    }
    u->inside = true;
    z->next_in = (Bytef *)u->buffer + u->at;
    z->avail_in = (uInt)(u->n - u->at);
    z->next_out = (Bytef *)to;
    z->avail_out = (uInt)room;
    int state = inflate(z, Z_NO_FLUSH);
    u->at = u->n - z->avail_in;
    *n = room - z->avail_out;
    if (state == Z_MEM_ERROR) return fail_memory(err);
    if (state == Z_STREAM_END) {
        u->inside = false;
        inflateReset(z);
        return 0;
    }
    return state == Z_OK || state == Z_BUF_ERROR ? 0 : damaged(u, z->msg, err);
}

static int decompress_some(unpacker *u, char *to, size_t room, size_t *n, kf_error *err) {
    ZSTD_inBuffer from = {u->buffer, u->n, u->at};
    ZSTD_outBuffer out = {to, room, 0};
    size_t left = ZSTD_decompressStream(u->zstd, &out, &from);
    u->at = from.pos;
    *n = out.pos;
    u->inside = left != 0;
    return ZSTD_isError(left) ? damaged(u, ZSTD_getErrorName(left), err) : 0;
}

static int read_plain(unpacker *u, char *to, size_t room, size_t *n, kf_error *err) {
    *n = u->n - u->at < room ? u->n - u->at : room;
    memcpy(to, u->buffer + u->at, *n);
    u->at += *n;
    if (*n || u->end) return 0;
    size_t got = u->source.read(u->source.from, to, room);
    if (got == SIZE_MAX) return fail(err, KF_E_FILE_UNREADABLE, "%.*s: %s", STR_ARG(u->file), strerror(errno));
    *n = got;
    return 0;
}

/* More than can be asked for at once: zlib counts in unsigned ints. */
enum { PIECE = 1 << 30 };

int unpack_read(unpacker *u, char *to, size_t room, size_t *n, kf_error *err) {
    *n = 0;
    if (!u->gzip && !u->zstd) return read_plain(u, to, room, n, err);
    if (room > PIECE) room = PIECE;
    for (bool stuck = false; *n == 0;) {
        int rc = u->at == u->n || stuck || (!u->inside && u->n - u->at < LONGEST_MAGIC) ? refill(u, err) : 0;
        size_t before = u->at;
        bool done = u->end && u->at == u->n;
        if (rc == 0 && done && !u->inside) return 0;
        if (rc == 0) rc = u->gzip ? inflate_some(u, to, room, n, err) : decompress_some(u, to, room, n, err);
        if (rc) return rc;
        stuck = *n == 0 && u->at == before;
        if (*n == 0 && (done || (stuck && u->end))) {
            u->cut = u->inside;
            return 0;
        }
    }
    u->so_far += *n;
    if (u->so_far <= u->max) return 0;
    return fail(err, KF_E_TOO_LARGE, "%.*s: more than %llu bytes when unpacked", STR_ARG(u->file), (unsigned long long)u->max);
}
