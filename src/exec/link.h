/* What the files of this folder share: the connection's inside, and commands with their answers. */
#ifndef EXEC_LINK_H
#define EXEC_LINK_H

#include "exec/exec.h"
#include "json/tree.h"
#include <mongoc/mongoc.h>

enum { MOST_JOBS = 64 };

typedef struct watch watch;

struct connection {
    arena *arena; /* used while opening alone: the connection lives in it */
    mongoc_client_t *client;
    mongoc_cursor_t *cursor;         /* the open one: closed by the next, so that running out of memory loses none */
    size_t cursor_seen, cursor_most; /* documents of it; 0: as many as it has */
    const char *cursor_fault;        /* why it is not read on, NULL: nothing */
    const profile *profile;
    const bool *interrupted;
    const char *uri, *host, *database, *server;
    const char *password;  /* to keep it out of messages; NULL: none */
    bool ferret;           /* FerretDB 1.x, and its habits */
    bool catalog_is_whole; /* __schema__ has been seen with djongo's two indexes */
    size_t read, write;
    watch *watch;                             /* how far it is, for whoever wants to know; clones have the same */
    size_t jobs;                              /* pieces of work at once; 0 and 1: one after another */
    struct connection *clones[MOST_JOBS - 1]; /* the other workers', once they were needed: jobs.h */
};

/* What the server said to a command. */
typedef struct answer {
    bool ok;
    bool lost;      /* the connection, or the server's standing: worth another try */
    bool denied;    /* credentials */
    bool duplicate; /* a unique index met equal values */
    bool interrupted;
    int code;    /* the server's own, 0: none */
    str message; /* without the password */
    str document;
} answer;

enum { CODE_NAMESPACE_NOT_FOUND = 26, CODE_INDEX_NOT_FOUND = 27, CODE_NAMESPACE_EXISTS = 48, CODE_DUPLICATE_KEY = 11000 };

/* Each: 0 with *out filled in, or -KF_E_INTERRUPTED; what the server refused is no error here. command_write is of the
 * connection's database, command_admin of admin, command_to writes to another one. */
int command_read(answer *out, connection *c, arena *a, const char *database, const bson_t *command, kf_error *err);
int command_write(answer *out, connection *c, arena *a, const bson_t *command, kf_error *err);
int command_to(answer *out, connection *c, arena *a, const char *database, const bson_t *command, kf_error *err);
int command_admin(answer *out, connection *c, arena *a, const bson_t *command, kf_error *err);
int check_interrupted(const connection *c, kf_error *err);
/* From what libmongoc says after a failure; `reply` may be NULL. */
void answer_failed(answer *out, connection *c, arena *a, const bson_error_t *e, str reply);
/* Puts what the answer says into err, behind `what` was tried. A negative code. */
int answer_error(const answer *x, kf_error *err, const char *what, str of);

/* Cursors: one at a time, held by the connection. */
void cursor_start(connection *c, mongoc_cursor_t *cursor);
int cursor_find(connection *c, const char *collection, const bson_t *filter, const bson_t *options, kf_error *err);
int cursor_aggregate(connection *c, const char *collection, const bson_t *pipeline, kf_error *err);
int cursor_indexes(connection *c, const char *collection, kf_error *err);
/* A server that gives more than so many documents means harm: an error then. */
void cursor_bound(connection *c, size_t most);
/* The document is borrowed until the next call. False: the end, or an error: cursor_end tells. */
bool cursor_next(connection *c, str *document);
void cursor_end(answer *out, connection *c, arena *a);

#endif
