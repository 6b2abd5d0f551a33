#include "log/unpack.h"

#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

enum { FIRST_ROOM = 256 * 1024, PIECE = 1 << 30 };

/* Grown with realloc, for an arena would keep every smaller copy. */
typedef struct sink {
    char *p;
    size_t n, room;
    uint64_t max;
    str file;
    const char *compression;
    kf_error *err;
} sink;

static void sink_free(void *thing) { free(((sink *)thing)->p); }

/* Room for the next step; one byte beyond the limit shows that it does not hold. */
static int sink_room(sink *s) {
    if (s->n > s->max)
        return fail(s->err, KF_E_TOO_LARGE, "%.*s: more than %llu bytes when unpacked", STR_ARG(s->file),
                    (unsigned long long)s->max);
    if (s->room > s->n) return 0;
    uint64_t room = s->room ? (uint64_t)s->room * 2 : FIRST_ROOM;
    if (room - 1 > s->max) room = s->max + 1;
    char *more = room > SIZE_MAX ? NULL : realloc(s->p, (size_t)room);
    if (!more) return fail_memory(s->err);
    s->p = more;
    s->room = (size_t)room;
    return 0;
}

static int damaged(const sink *s, const char *why) {
    return fail(s->err, KF_E_DAMAGED, "%.*s: the %s stream is damaged after %zu bytes of text: %s", STR_ARG(s->file),
                s->compression, s->n, why ? why : "not valid");
}

static bool is_gzip(str s) { return str_starts(s, STR("\x1f\x8b")); }

/* One member; *in is moved on. */
static int inflate_member(sink *s, z_stream *z, str *in, bool *cut) {
    for (;;) {
        int rc = sink_room(s);
        if (rc) return rc;
        /* zlib counts in unsigned ints. */
        size_t room = s->room - s->n < PIECE ? s->room - s->n : PIECE, piece = in->n < PIECE ? in->n : PIECE;
        z->next_in = (Bytef *)(uintptr_t)in->p;
        z->avail_in = (uInt)piece;
        z->next_out = (Bytef *)s->p + s->n;
        z->avail_out = (uInt)room;
        int state = inflate(z, Z_NO_FLUSH);
        *in = str_from(*in, piece - z->avail_in);
        s->n += room - z->avail_out;
        if (state == Z_STREAM_END) return 0;
        if (state == Z_MEM_ERROR) return fail_memory(s->err);
        if (state != Z_OK && state != Z_BUF_ERROR) return damaged(s, z->msg);
        *cut = in->n == 0 && z->avail_out > 0;
        if (*cut) return 0;
    }
}

/* What follows the last member and is none (zeros that fill a block) is no part of the text, as for gzip itself. */
static int gunzip(sink *s, str in, bool *cut) {
    z_stream z = {0};
    if (inflateInit2(&z, 15 + 16) != Z_OK) return fail_memory(s->err);
    int rc = inflate_member(s, &z, &in, cut);
    while (rc == 0 && !*cut && is_gzip(in)) {
        inflateReset(&z);
        rc = inflate_member(s, &z, &in, cut);
    }
    inflateEnd(&z);
    return rc;
}

static int decompress_frames(sink *s, ZSTD_DStream *z, str in, bool *cut) {
    ZSTD_inBuffer from = {in.p, in.n, 0};
    for (;;) {
        int rc = sink_room(s);
        if (rc) return rc;
        ZSTD_outBuffer to = {s->p, s->room, s->n};
        size_t left = ZSTD_decompressStream(z, &to, &from);
        s->n = to.pos;
        if (ZSTD_isError(left)) return damaged(s, ZSTD_getErrorName(left));
        if (from.pos < from.size) continue;
        *cut = left != 0 && to.pos < to.size;
        if (left == 0 || *cut) return 0;
    }
}

static int unzstd(sink *s, str in, bool *cut) {
    ZSTD_DStream *z = ZSTD_createDStream();
    if (!z) return fail_memory(s->err);
    /* As far as zstd --long=31 goes. */
    ZSTD_DCtx_setParameter(z, ZSTD_d_windowLogMax, 31);
    int rc = decompress_frames(s, z, in, cut);
    ZSTD_freeDStream(z);
    return rc;
}

static int unpack_with(unpacked *out, sink *s, str bytes, int (*with)(sink *, str, bool *)) {
    int rc = with(s, bytes, &out->cut);
    if (rc == 0 && s->n > s->max) rc = sink_room(s);
    if (rc) {
        free(s->p);
        s->p = NULL;
    }
    out->bytes = (str){s->p ? s->p : "", rc ? 0 : s->n};
    out->compression = s->compression;
    return rc;
}

static bool is_zstd(str s) {
    bool skippable = s.n >= 4 && (s.p[0] & 0xF0) == 0x50 && memcmp(s.p + 1, "\x2a\x4d\x18", 3) == 0;
    return skippable || str_starts(s, STR("\x28\xb5\x2f\xfd"));
}

int unpack(unpacked *out, str file, str bytes, uint64_t max, arena *a, kf_error *err) {
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
    *out = (unpacked){.bytes = bytes, .compression = "none"};
    sink *s = arena_make(a, sink);
    *s = (sink){.max = max, .file = file, .compression = is_gzip(bytes) ? "gzip" : "zstd", .err = err};
    arena_defer(a, sink_free, s);
    if (is_gzip(bytes)) return unpack_with(out, s, bytes, gunzip);
    if (is_zstd(bytes)) return unpack_with(out, s, bytes, unzstd);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (str_starts(bytes, others[i].magic))
            return fail(err, KF_E_ENCODING, "%.*s: compressed with %s: unpack it first", STR_ARG(file), others[i].what);
    return 0;
}
