#include "api/api.h"

#include <stdlib.h>
#include <unistd.h>

static int open_connection(kf_database *d, const char *uri, const kf_database_options *options, kf_error *err) {
    kf_database_options o = KF_DATABASE_OPTIONS;
    enum { FIRST = offsetof(kf_database_options, jobs), MOST_JOBS = 64 };
    int rc = options_take(&o, sizeof o, FIRST, options, "kf_database_open", err);
    if (rc != 0) return rc;
    if (o.jobs < 0 || o.jobs > MOST_JOBS)
        return fail(err, KF_E_USAGE, "kf_database_open: options.jobs is not 0 to %d", MOST_JOBS);
    if (o.timeout_s < 0) return fail(err, KF_E_USAGE, "kf_database_open: options.timeout_s is negative");
    d->process = getpid();
    connection_options inner = {str_of(uri), str_of(o.database), o.timeout_s, o.interrupted, o.jobs};
    return connection_open(&d->connection, &inner, err);
}

int kf_database_open(kf_database **out, const char *uri, const kf_database_options *options, kf_error *err) {
    need(out);
    *out = NULL;
    need(uri);
    kf_database *d = calloc(1, sizeof *d);
    if (!d) return fail_memory(err);
    int rc = open_connection(d, uri, options, err);
    if (rc == 0) *out = d;
    else free(d);
    return rc;
}

void kf_database_free(kf_database *database) {
    if (!database) return;
    if (database->process != getpid()) connection_disown(database->connection);
    connection_close(database->connection);
    free(database);
}

const char *kf_database_uri(const kf_database *d) { return d ? connection_uri(d->connection) : ""; }
const char *kf_database_name(const kf_database *d) { return d ? connection_database(d->connection) : ""; }
const char *kf_database_profile(const kf_database *d) { return d ? connection_profile(d->connection)->name : ""; }
const char *kf_database_server(const kf_database *d) { return d ? connection_server(d->connection) : ""; }

int kf_database_watch(kf_database *database, kf_watcher *watcher, void *context, kf_error *err) {
    need(database);
    int rc = database_enter(database, __func__, err);
    if (rc) return rc;
    connection_watch(database->connection, watcher, context);
    return handle_leave(&database->busy, 0);
}

void kf_database_commands(const kf_database *d, size_t *read, size_t *write) {
    size_t r = 0, w = 0;
    if (d) connection_commands(d->connection, &r, &w);
    if (read) *read = r;
    if (write) *write = w;
}

struct snapshot {
    kf_schema *schema;
    connection *connection;
    const snapshot_scope *scope;
};

static int snapshot(void *call, kf_error *err) {
    struct snapshot *c = call;
    int rc = exec_snapshot(c->schema->schema, c->connection, c->scope, err);
    if (rc != 0) return rc;
    if ((rc = schema_parse_conditions(c->schema->schema, err)) != 0) return rc;
    c->schema->profile = connection_profile(c->connection);
    c->schema->database = str_copy(c->schema->memory->arena, str_of(connection_database(c->connection)));
    c->schema->host = str_copy(c->schema->memory->arena, str_of(connection_host(c->connection)));
    return 0;
}

int database_snapshot(kf_schema **out, kf_database *database, const snapshot_scope *scope, kf_error *err) {
    int rc = schema_handle_new(out, err);
    if (rc != 0) return rc;
    struct snapshot c = {*out, database->connection, scope};
    rc = guard((*out)->memory->arena, snapshot, &c, err);
    if (rc != 0) {
        kf_schema_free(*out);
        *out = NULL;
    }
    return rc;
}

int database_enter(kf_database *database, const char *function, kf_error *err) {
    if (database->process == getpid()) return handle_enter(&database->busy, function, err);
    return fail(err, KF_E_IN_USE, "%s: the database was opened before a fork: a child opens one of its own", function);
}

int kf_database_snapshot(kf_schema **out, kf_database *database, kf_error *err) {
    need(out);
    *out = NULL;
    need(database);
    int rc = database_enter(database, __func__, err);
    return rc ? rc : handle_leave(&database->busy, database_snapshot(out, database, NULL, err));
}

int kf_database_snapshot_of(kf_schema **out, kf_database *database, const char *const *tables, size_t n, bool referring,
                            kf_error *err) {
    enum { MOST = 1 << 20 };
    snapshot_scope scope = {.some = true, .referring = referring};
    need(out);
    *out = NULL;
    need(database);
    if (n) need(tables);
    if (n > MOST) return fail(err, KF_E_USAGE, "%s: more than %d tables", __func__, MOST);
    for (size_t i = 0; i < n; i++) need(tables[i]);
    scope.tables.at = calloc(n + 1, sizeof *scope.tables.at);
    if (!scope.tables.at) return fail_memory(err);
    for (size_t i = 0; i < n; i++) scope.tables.at[scope.tables.n++] = str_of(tables[i]);
    int rc = database_enter(database, __func__, err);
    if (rc == 0) rc = handle_leave(&database->busy, database_snapshot(out, database, &scope, err));
    free(scope.tables.at);
    return rc;
}
