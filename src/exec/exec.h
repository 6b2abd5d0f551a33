/* The edge to the server: reads a live database into a schema, runs a plan. The only place that includes mongoc. */
#ifndef EXEC_EXEC_H
#define EXEC_EXEC_H

#include "plan/result.h"
#include "json/json.h"
#include "json/undo.h"
#include <keyfold/progress.h>

typedef struct connection connection;

typedef struct connection_options {
    str uri;
    str database;            /* empty: the URI's path */
    int timeout_s;           /* to find the server; 0: 10 */
    const bool *interrupted; /* looked at between commands; may be NULL */
    int jobs;                /* collections at once, each with a thread and a connection; 0 and 1: one after another */
} connection_options;

/* Errors: KF_E_URI_INVALID, KF_E_NO_DATABASE, KF_E_CONNECTION, KF_E_AUTHENTICATION (it pings). Messages never hold the
 * password. */
int connection_open(connection **out, const connection_options *options, kf_error *err);
void connection_close(connection *c);
/* The sockets are another process's, from before a fork: closing says nothing on them. */
void connection_disown(connection *c);
/* The URI with *** for user's password; borrowed. */
const char *connection_uri(const connection *c);
const char *connection_database(const connection *c);
/* Its addresses, with commas between; of mongodb+srv the name that is looked up. */
const char *connection_host(const connection *c);
const profile *connection_profile(const connection *c);
/* "SecantusDB 8.2", "FerretDB 7.0.42": what buildInfo says. */
const char *connection_server(const connection *c);
/* Commands sent so far, as the driver's monitoring counts them; handshakes and pings of the connection itself are not. */
void connection_commands(const connection *c, size_t *read, size_t *write);

/* From then on whoever reads or runs tells the watcher how far it is; NULL: nobody. */
void connection_watch(connection *c, kf_watcher *watcher, void *context);
/* Around a run, outside of what may unwind: a thread tells how long things take. Nothing where nobody watches. */
void connection_watch_run(connection *c, size_t operations);
void connection_watch_end(connection *c);

/* What a snapshot is of: zeros, or NULL, are everything. */
typedef struct snapshot_scope {
    bool some;       /* these tables alone */
    bool referring;  /* and those whose foreign keys refer to one of them */
    VEC(str) tables; /* that are there or not */
} snapshot_scope;

/* Reads collections' indexes and the catalog: one listCollections, one find, and a listIndexes for each collection of the scope
 * (and, once in a connection, for the catalog). */
int exec_snapshot(schema *out, connection *c, const snapshot_scope *scope, kf_error *err);

/* What lint can use of the tables: of those that have indexes, three commands or so each. What the server does not know is
 * left out. */
int exec_facts(lint_fact_list *out, connection *c, const schema *s, arena *a, kf_error *err);

/* What doctor can use of the documents: of each table that djongo has made a look at 100 of them, and at most one command for
 * each field that these lack. */
int exec_examine(contents_fact_list *out, connection *c, const schema *s, arena *a, kf_error *err);
/* Of the unique indexes that the plan would build: those that documents break, with how many values do. Nothing is changed. */
int exec_foresee(duplicate_fact_list *out, connection *c, const plan *p, arena *a, kf_error *err);

/* Puts back what the undo file says, as far as that can be; a second time there is nothing to do. */
int exec_undo(undo_report *out, connection *c, const undo *u, arena *a, kf_error *err);

/* Carries out the plan's operations in order. 0 with failures in *out where only single operations failed (duplicates).
 * EXEC_REPLAN: see below. Errors: KF_E_CONNECTION, KF_E_AUTHENTICATION, KF_E_SERVER, KF_E_INTERRUPTED. */
enum {
    EXEC_REPLAN = 1
}; /* somebody changed the database meanwhile, or the connection was lost during createIndexes: take a
      fresh snapshot and plan anew; err says why */
int exec_run(run_result *out, connection *c, const plan *p, kf_error *err);

#endif
