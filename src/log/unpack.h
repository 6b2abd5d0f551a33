/* Compressed logs: gzip and zstd, told by their first bytes. */
#ifndef LOG_UNPACK_H
#define LOG_UNPACK_H

#include "base/arena.h"
#include "base/error.h"

/* Where a log's bytes come from: as many as there are, up to `room`; 0: the end; SIZE_MAX: errno tells. */
typedef struct byte_source {
    size_t (*read)(void *from, char *to, size_t room);
    void *from;
} byte_source;

typedef struct unpacker {
    byte_source source;
    str file;
    char *buffer; /* packed bytes: at..n are still to be unpacked */
    size_t at, n;
    bool end;                /* of the source */
    const char *compression; /* "none", "gzip", "zstd" */
    bool cut;                /* the stream ended too early */
    uint64_t max, so_far;
    struct z_stream_s *gzip;
    struct ZSTD_DCtx_s *zstd;
    bool inside; /* a member or frame has begun */
} unpacker;

/* Everything is a's. `max` bounds what comes out of a compressed log. Errors: KF_E_ENCODING for other compressions,
 * KF_E_FILE_UNREADABLE. */
int unpack_start(unpacker *u, str file, byte_source source, uint64_t max, arena *a, kf_error *err);
/* The next bytes; *n is 0 at the end. What is not compressed is handed through; members and frames that follow each other are
 * one text. Errors: KF_E_DAMAGED, KF_E_TOO_LARGE, KF_E_FILE_UNREADABLE. */
int unpack_read(unpacker *u, char *to, size_t room, size_t *n, kf_error *err);

#endif
