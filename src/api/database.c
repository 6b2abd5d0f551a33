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
};

static int snapshot(void *call, kf_error *err) {
    struct snapshot *c = call;
    int rc = exec_snapshot(c->schema->schema, c->connection, err);
    if (rc != 0) return rc;
    schema_parse_conditions(c->schema->schema);
    c->schema->profile = connection_profile(c->connection);
    c->schema->database = str_copy(c->schema->memory->arena, str_of(connection_database(c->connection)));
    return 0;
}

int kf_database_snapshot(kf_schema **out, kf_database *database, kf_error *err) {
    int rc = schema_handle_new(out, err);
    if (rc != 0) return rc;
    struct snapshot c = {*out, database->connection};
    rc = guard((*out)->memory->arena, snapshot, &c, err);
    if (rc != 0) {
        kf_schema_free(*out);
        *out = NULL;
    }
    return rc;
}
