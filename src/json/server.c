/* What a server's buildInfo tells of it. */
#include "json/json.h"
#include "json/tree.h"

#include <stdlib.h>

/* FerretDB 1.x: ferretdbVersion: "v1.24.0", or "unknown" where it is embedded (internal/handler/msg_buildinfo.go, v1.24.0).
 * 2.x: ferretdb: {version: "v2.7.0", package: ...} (the same file of v2.7.0). */
static void read_ferretdb(server *out, str info) {
    bson_iter_t i;
    str spelled = tree_get_str(info, "ferretdbVersion");
    bool second = tree_find(&i, info, "ferretdb");
    out->ferretdb = second || tree_find(&i, info, "ferretdbVersion");
    if (str_starts(spelled, STR("v"))) spelled = str_from(spelled, 1);
    out->ferretdb_major = second ? 2 : spelled.n && spelled.p[0] >= '0' && spelled.p[0] <= '9' ? spelled.p[0] - '0' : 0;
}

/* A server may say anything: what is below zero or beyond reason is 0, the oldest. */
static int read_number(const char *s, char **rest) {
    enum { MOST = 1000000 };
    long n = strtol(s, rest, 10);
    return n < 0 || n > MOST ? 0 : (int)n;
}

void json_server_of(server *out, str info, arena *a) {
    bson_iter_t i;
    char *rest;
    *out = (server){.product = "MongoDB", .major = read_number(str_c(a, tree_get_str(info, "version")), &rest)};
    if (*rest == '.') out->minor = read_number(rest + 1, &rest);
    read_ferretdb(out, info);
    /* documentdb: pg_documentdb_gw/documentdb_gateway_core/src/processor/constant.rs, process_build_info */
    out->documentdb = tree_find(&i, info, "internal") && !tree_find(&i, info, "gitVersion");
    if (tree_find(&i, info, "secantusVersion")) out->product = "SecantusDB";
    if (out->documentdb) out->product = "DocumentDB";
    if (out->ferretdb) out->product = "FerretDB";
}
