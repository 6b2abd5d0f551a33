/* Tells a watcher how far a snapshot or a run is; nothing where there is none. */
#ifndef EXEC_WATCH_H
#define EXEC_WATCH_H

#include "exec/link.h"

watch *watch_new(arena *a);
/* KF_STAGE_SNAPSHOT of so many collections, and one of them read. */
void watch_start(connection *c, kf_stage stage, size_t total);
void watch_step(connection *c, str collection);
/* KF_STAGE_RUN: a connection begins and ends n operations of a collection. */
void watch_enter(connection *c, str collection, const char *operation);
void watch_leave(connection *c, size_t n);

/* connection.c: asks other servers for nothing, and waits so long for an answer at most. */
connection *connection_clone_hasty(const connection *c, int timeout_ms);

#endif
