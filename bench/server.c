/* What a server takes without keyfold, through the same driver: the references of the server rows. */
#include "bench.h"

#include <inttypes.h>
#include <mongoc/mongoc.h>
#include <stdio.h>
#include <stdlib.h>

static mongoc_client_t *client_open(const char *uri) {
    mongoc_init();
    mongoc_log_set_handler(NULL, NULL);
    mongoc_client_t *c = mongoc_client_new(uri);
    bson_t ping = BSON_INITIALIZER, reply;
    bson_error_t e;
    BSON_APPEND_INT32(&ping, "ping", 1);
    if (!c || !mongoc_client_command_simple(c, "admin", &ping, NULL, &reply, &e)) bench_die("server", c ? e.message : uri);
    bson_destroy(&ping);
    bson_destroy(&reply);
    return c;
}

static int done(mongoc_client_t *c, int64_t begin, size_t commands) {
    printf("{\"wall_ns\": %" PRId64 ", \"commands\": %zu}\n", bench_wall_ns() - begin, commands);
    mongoc_client_destroy(c);
    mongoc_cleanup();
    return 0;
}

static size_t count(mongoc_cursor_t *cursor) {
    const bson_t *d;
    bson_error_t e;
    size_t n = 0;
    while (mongoc_cursor_next(cursor, &d)) n++;
    if (mongoc_cursor_error(cursor, &e)) bench_die("cursor", e.message);
    mongoc_cursor_destroy(cursor);
    return n;
}

/* listCollections, and one listIndexes after another. */
int bench_list(int argc, char **argv) {
    (void)argc;
    mongoc_client_t *c = client_open(argv[2]);
    int64_t begin = bench_wall_ns();
    mongoc_database_t *d = mongoc_client_get_database(c, argv[3]);
    bson_error_t e;
    char **names = mongoc_database_get_collection_names_with_opts(d, NULL, &e);
    if (!names) bench_die("listCollections", e.message);
    size_t commands = 1;
    for (char **name = names; *name; name++, commands++) {
        mongoc_collection_t *each = mongoc_client_get_collection(c, argv[3], *name);
        if (count(mongoc_collection_find_indexes_with_opts(each, NULL)) == 0) bench_die(*name, "no indexes");
        mongoc_collection_destroy(each);
    }
    bson_strfreev(names);
    mongoc_database_destroy(d);
    return done(c, begin, commands);
}

static void create_index(mongoc_client_t *c, const char *database, size_t collection, size_t index) {
    char where[64], name[64], field[64];
    bson_error_t e;
    bson_t reply;
    snprintf(where, sizeof where, "shop_order%zu", collection);
    snprintf(name, sizeof name, "shop_order%zu_customer_field%zu_idx", collection, index);
    snprintf(field, sizeof field, "customer_field%zu", index);
    bson_t *command = BCON_NEW("createIndexes", BCON_UTF8(where), "indexes", "[", "{", "key", "{", field, BCON_INT32(1), "}",
                               "name", BCON_UTF8(name), "}", "]");
    if (!mongoc_client_write_command_with_opts(c, database, command, NULL, &reply, &e)) bench_die("createIndexes", e.message);
    bson_destroy(&reply);
    bson_destroy(command);
}

/* One createIndexes an index. */
int bench_create(int argc, char **argv) {
    (void)argc;
    size_t collections = strtoul(argv[4], NULL, 10), indexes = strtoul(argv[5], NULL, 10);
    mongoc_client_t *c = client_open(argv[2]);
    int64_t begin = bench_wall_ns();
    for (size_t i = 0; i < collections; i++)
        for (size_t k = 0; k < indexes; k++) create_index(c, argv[3], i, k);
    return done(c, begin, collections * indexes);
}
