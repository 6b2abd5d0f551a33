/* Compressed logs: gzip and zstd, told by their first bytes. */
#ifndef LOG_UNPACK_H
#define LOG_UNPACK_H

#include "base/arena.h"
#include "base/error.h"

typedef struct unpacked {
    str bytes;
    const char *compression; /* "none", "gzip", "zstd" */
    bool cut;                /* the stream ends too early: bytes are what could be read */
} unpacked;

/* What is not compressed is handed through. Members and frames that follow each other are one text. `max` bounds what comes
 * out. Errors: KF_E_DAMAGED, KF_E_TOO_LARGE, KF_E_ENCODING for other compressions. */
int unpack(unpacked *out, str file, str bytes, uint64_t max, arena *a, kf_error *err);

#endif
