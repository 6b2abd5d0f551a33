/* How far a call of libkeyfold is. */
#ifndef KEYFOLD_PROGRESS_H
#define KEYFOLD_PROGRESS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What is being done. */
typedef enum kf_stage {
    KF_STAGE_READ = 1, /* a log is read */
    KF_STAGE_SNAPSHOT, /* a database is read */
    KF_STAGE_RUN       /* a plan is carried out */
} kf_stage;

/* Texts live until the watcher returns; they are not NULL, and come from logs and servers: they may hold anything. */
typedef struct kf_progress {
    kf_stage stage;
    uint64_t done, total;  /* bytes of the file, packed ones if it is compressed; collections; operations. total 0: not known */
    size_t statements;     /* KF_STAGE_READ: that the log has shown so far; one that two loggers showed may count twice */
    const char *subject;   /* the log's name; the collection at hand; "" if none */
    const char *operation; /* KF_STAGE_RUN: "create index", ... (docs/json.md); "" if none */
    double seconds;        /* KF_STAGE_RUN: since it was begun; 0 when it is just beginning */
    uint64_t documents, of_documents; /* of an index build, as the server tells it (currentOp); of_documents 0: it does not */
} kf_progress;

/* Called during a call on what is watched, by the calling thread or by one that the library started (KF_STAGE_RUN once a
 * second, and with options.jobs), which blocks all signals; never by two at once, and never after the call has returned. It may
 * not use the handle that is watched (KF_E_IN_USE), and may not leave by longjmp or an exception; to end the call it may set
 * what kf_database_options.interrupted points to. Reading goes on when it returns: it should be quick. */
typedef void kf_watcher(void *context, const kf_progress *progress);

#ifdef __cplusplus
}
#endif
#endif
