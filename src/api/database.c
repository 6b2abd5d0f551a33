#include "api/api.h"

#include <stdlib.h>

static int open_connection(kf_database *d, const char *uri, const kf_database_options *options, kf_error *err) {
    kf_database_options o = KF_DATABASE_OPTIONS;
    if (options) memcpy(&o, options, options->size < sizeof o ? options->size : sizeof o);
    connection_options inner = {str_of(uri), str_of(o.database), o.timeout_s, o.interrupted};
    return connection_open(&d->connection, &inner, err);
}

int kf_database_open(kf_database **out, const char *uri, const kf_database_options *options, kf_error *err) {
    *out = NULL;
    kf_database *d = calloc(1, sizeof *d);
    if (!d) return fail_memory(err);
    int rc = open_connection(d, uri, options, err);
    if (rc == 0) *out = d;
    else free(d);
    return rc;
}

void kf_database_free(kf_database *database) {
    if (!database) return;
    connection_close(database->connection);
    free(database);
}

const char *kf_database_uri(const kf_database *d) { return connection_uri(d->connection); }
const char *kf_database_name(const kf_database *d) { return connection_database(d->connection); }
const char *kf_database_profile(const kf_database *d) { return connection_profile(d->connection)->name; }
const char *kf_database_server(const kf_database *d) { return connection_server(d->connection); }

void kf_database_commands(const kf_database *d, size_t *read, size_t *write) {
    size_t r = 0, w = 0;
    connection_commands(d->connection, &r, &w);
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
    schema_parse_conditions(c->schema->schema);
    c->schema->profile = connection_profile(c->connection);
    c->schema->database = str_copy(c->schema->memory->arena, str_of(connection_database(c->connection)));
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

int kf_database_snapshot(kf_schema **out, kf_database *database, kf_error *err) {
    return database_snapshot(out, database, NULL, err);
}

int kf_database_snapshot_of(kf_schema **out, kf_database *database, const char *const *tables, size_t n, bool referring,
                            kf_error *err) {
    snapshot_scope scope = {.some = true, .referring = referring};
    *out = NULL;
    scope.tables.at = calloc(n + 1, sizeof *scope.tables.at);
    if (!scope.tables.at) return fail_memory(err);
    for (size_t i = 0; i < n; i++) scope.tables.at[scope.tables.n++] = str_of(tables[i]);
    int rc = database_snapshot(out, database, &scope, err);
    free(scope.tables.at);
    return rc;
}
