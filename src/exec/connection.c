#include "exec/jobs.h"
#include "exec/uri.h"
#include "exec/watch.h"

#include <pthread.h>
#include <stdlib.h>

/* libmongoc must be set up once in a process; its log would go to the host's stderr. */
static void start_driver(void) {
    mongoc_init();
    mongoc_log_set_handler(NULL, NULL);
}

/* ---- counting ---- */

static bool is_one_of(const char *command, const char *const *list) {
    for (; *list; list++)
        if (strcmp(command, *list) == 0) return true;
    return false;
}

static void count_command(const mongoc_apm_command_started_t *event) {
    static const char *const own[] = {"ping",         "hello",        "isMaster",    "ismaster",    "buildInfo", "saslStart",
                                      "saslContinue", "authenticate", "endSessions", "killCursors", "currentOp", NULL};
    static const char *const reads[] = {"listCollections", "listIndexes", "find", "getMore", "aggregate", NULL};
    connection *c = mongoc_apm_command_started_get_context(event);
    const char *command = mongoc_apm_command_started_get_command_name(event);
    if (is_one_of(command, own)) return;
    if (is_one_of(command, reads)) c->read++;
    else c->write++;
}

static void start_counting(connection *c) {
    mongoc_apm_callbacks_t *callbacks = mongoc_apm_callbacks_new();
    mongoc_apm_set_command_started_cb(callbacks, count_command);
    mongoc_client_set_apm_callbacks(c->client, callbacks, c);
    mongoc_apm_callbacks_destroy(callbacks);
}

/* ---- opening ---- */

static void destroy_client(void *client) { mongoc_client_destroy(client); }

static int start_client(connection *c, const mongoc_uri_t *uri, kf_error *err) {
    bson_error_t e = {0};
    c->client = mongoc_client_new_from_uri_with_error(uri, &e);
    if (!c->client) {
        kf_code code = e.domain == MONGOC_ERROR_STREAM ? KF_E_CONNECTION : KF_E_URI_INVALID; /* the look-up of an SRV record */
        return fail(err, code, "%s: %s", c->uri, uri_without_password(c->arena, str_of(e.message), c->password).p);
    }
    arena_defer(c->arena, destroy_client, c->client);
    mongoc_client_set_error_api(c->client, MONGOC_ERROR_API_VERSION_2);
    start_counting(c);
    return 0;
}

static int ask(answer *out, connection *c, const char *what, kf_error *err) {
    bson_t *command = tree_new(c->arena);
    bson_append_int32(command, what, -1, 1);
    int r = command_read(out, c, c->arena, "admin", command, err);
    if (r || out->ok) return r;
    return answer_error(out, err, "cannot talk to", str_of(c->uri));
}

/* Of several hosts the first that tells which server it is. */
static str telling_host(const mongoc_uri_t *uri) {
    str srv = str_of(mongoc_uri_get_srv_hostname(uri));
    if (profile_host_is_telling(srv)) return srv;
    for (const mongoc_host_list_t *h = mongoc_uri_get_hosts(uri); h; h = h->next)
        if (profile_host_is_telling(str_of(h->host))) return str_of(h->host);
    return STR_NONE;
}

static void learn_server(connection *c, const mongoc_uri_t *uri, str info) {
    server s;
    json_server_of(&s, info, c->arena);
    s.host = telling_host(uri);
    c->ferret = s.ferretdb && s.ferretdb_major < 2;
    c->server = str_c(c->arena, str_format(c->arena, "%s %.*s", s.product, STR_ARG(tree_get_str(info, "version"))));
    c->profile = profile_detect(&s);
}

/* MongoDB's manual, "Naming Restrictions", for servers on Unix. */
static int check_database(const char *name, kf_error *err) {
    enum { LONGEST = 63 };
    if (strpbrk(name, "/\\. \"$")) return fail(err, KF_E_DATABASE_NAME, "there can be no database \"%s\"", name);
    if (strlen(name) > LONGEST)
        return fail(err, KF_E_DATABASE_NAME, "there can be no database \"%s\": %zu bytes", name, strlen(name));
    return 0;
}

/* ---- several at once ---- */

static connection *clone_at(const connection *c, const mongoc_uri_t *uri) {
    connection *clone = malloc(sizeof *clone);
    if (!clone) return NULL;
    *clone = *c;
    clone->cursor = NULL;
    clone->read = clone->write = clone->jobs = 0;
    memset(clone->clones, 0, sizeof clone->clones);
    clone->client = mongoc_client_new_from_uri(uri);
    if (clone->client) {
        mongoc_client_set_error_api(clone->client, MONGOC_ERROR_API_VERSION_2);
        start_counting(clone);
        return clone;
    }
    free(clone);
    return NULL;
}

connection *connection_clone(const connection *c) { return clone_at(c, mongoc_client_get_uri(c->client)); }

connection *connection_clone_hasty(const connection *c, int timeout_ms) {
    static const char *const waits[] = {MONGOC_URI_CONNECTTIMEOUTMS, MONGOC_URI_SOCKETTIMEOUTMS,
                                        MONGOC_URI_SERVERSELECTIONTIMEOUTMS};
    mongoc_uri_t *uri = mongoc_uri_copy(mongoc_client_get_uri(c->client));
    for (size_t i = 0; i < sizeof waits / sizeof *waits; i++) mongoc_uri_set_option_as_int32(uri, waits[i], timeout_ms);
    connection *clone = clone_at(c, uri);
    mongoc_uri_destroy(uri);
    return clone;
}

void connection_clone_close(connection *clone) {
    if (!clone) return;
    cursor_start(clone, NULL);
    mongoc_client_destroy(clone->client);
    free(clone);
}

/* ---- all ---- */

struct opening {
    arena *arena;
    connection *connection;
    const connection_options *options;
    kf_error *err;
    int result;
};

static int open_connection(struct opening *o) {
    mongoc_uri_t *uri;
    answer x;
    connection *c = o->connection = arena_make(o->arena, connection);
    c->arena = o->arena;
    c->interrupted = o->options->interrupted;
    c->jobs = (size_t)o->options->jobs;
    c->watch = watch_new(c->arena);
    int r = uri_parse(&uri, c->arena, o->options->uri, o->options->timeout_s, o->err);
    if (r) return r;
    c->uri = uri_shown(c->arena, uri);
    c->host = uri_host(c->arena, uri);
    const char *password = mongoc_uri_get_password(uri), *database = mongoc_uri_get_database(uri);
    if (password) c->password = str_c(c->arena, str_of(password));
    str named = o->options->database.n ? o->options->database : str_of(database);
    if (named.n == 0) return fail(o->err, KF_E_NO_DATABASE, "%s names no database", c->uri);
    c->database = str_c(c->arena, named);
    if ((r = check_database(c->database, o->err))) return r;
    if ((r = start_client(c, uri, o->err))) return r;
    if ((r = ask(&x, c, "ping", o->err))) return r;
    if ((r = ask(&x, c, "buildInfo", o->err))) return r;
    learn_server(c, uri, x.document);
    return 0;
}

static void open_in_arena(void *opening) {
    struct opening *o = opening;
    o->result = open_connection(o);
}

int connection_open(connection **out, const connection_options *options, kf_error *err) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct opening o = {.options = options, .err = err};
    *out = NULL;
    pthread_once(&once, start_driver);
    if (arena_new(&o.arena)) return fail_memory(err);
    if (arena_try(o.arena, open_in_arena, &o)) o.result = fail_memory(err);
    if (o.result) arena_free(o.arena);
    else *out = o.connection;
    return o.result;
}

void connection_disown(connection *c) {
    mongoc_client_reset(c->client);
    for (size_t i = 0; i < MOST_JOBS - 1; i++)
        if (c->clones[i]) mongoc_client_reset(c->clones[i]->client);
}

void connection_close(connection *c) {
    if (!c) return;
    cursor_start(c, NULL);
    for (size_t i = 0; i < MOST_JOBS - 1; i++) connection_clone_close(c->clones[i]);
    arena_free(c->arena);
}

const char *connection_uri(const connection *c) { return c->uri; }
const char *connection_database(const connection *c) { return c->database; }
const char *connection_host(const connection *c) { return c->host; }
const profile *connection_profile(const connection *c) { return c->profile; }
const char *connection_server(const connection *c) { return c->server; }

void connection_commands(const connection *c, size_t *read, size_t *write) {
    *read = c->read;
    *write = c->write;
}
