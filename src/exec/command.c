/* Commands, cursors, and what their answers mean. */
#include "exec/link.h"
#include "exec/uri.h"

int check_interrupted(const connection *c, kf_error *err) {
    return c->interrupted && __atomic_load_n(c->interrupted, __ATOMIC_RELAXED) ? fail(err, KF_E_INTERRUPTED, "interrupted") : 0;
}

/* ---- answers ---- */

/* The server is there, but stepping down, shutting down or starting: MongoDB's retryable codes. */
static bool is_retryable(int code) {
    static const int codes[] = {6, 7, 89, 91, 189, 262, 9001, 10107, 11600, 11602, 13435, 13436};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (codes[i] == code) return true;
    return false;
}

/* FerretDB 1 passes on what its own database says: SQLite's "UNIQUE constraint failed", PostgreSQL's
 * "duplicate key". */
static bool is_duplicate(int code, str message) {
    return code == CODE_DUPLICATE_KEY || str_find(message, STR("E11000"), 0) != SIZE_MAX ||
           str_find(message, STR("duplicate key"), 0) != SIZE_MAX ||
           str_find(message, STR("UNIQUE constraint failed"), 0) != SIZE_MAX;
}

/* Messages hold documents, and what did not convert, which may be anybody's data; but in what is said of an index's spec. They
 * may be cut off anywhere, so what follows is left out as well. */
static str without_values(arena *a, str message, int code) {
    enum { CANNOT_CREATE_INDEX = 67, INDEX_OPTIONS_CONFLICT = 85, INDEX_KEY_SPECS_CONFLICT = 86, CONVERSION_FAILURE = 241 };
    if (code == CANNOT_CREATE_INDEX || code == INDEX_OPTIONS_CONFLICT || code == INDEX_KEY_SPECS_CONFLICT) return message;
    size_t at = str_find(message, code == CONVERSION_FAILURE ? STR("'") : STR("{"), 0);
    return at == SIZE_MAX ? message : str_format(a, "%.*s...", (int)at, message.p);
}

static bool has_credentials(const connection *c) {
    const mongoc_uri_t *uri = mongoc_client_get_uri(c->client);
    return mongoc_uri_get_username(uri) || mongoc_uri_get_auth_mechanism(uri);
}

void answer_failed(answer *out, connection *c, arena *a, const bson_error_t *e, str reply) {
    enum { AUTHENTICATION_FAILED = 18, UNAUTHORIZED = 13 };
    bool server = e->domain == MONGOC_ERROR_SERVER || e->domain == MONGOC_ERROR_WRITE_CONCERN;
    *out = (answer){.document = reply};
    out->code = server ? (int)e->code : 0;
    out->message = uri_without_password(a, str_of(e->message), c->password);
    /* libmongoc says so of every greeting that the server refused: it may be about to shut down. */
    bool greeting = e->domain == MONGOC_ERROR_CLIENT && e->code == MONGOC_ERROR_CLIENT_AUTHENTICATE;
    out->lost = e->domain == MONGOC_ERROR_STREAM || e->domain == MONGOC_ERROR_SERVER_SELECTION || is_retryable(out->code) ||
                (greeting && !has_credentials(c));
    out->denied = (greeting && has_credentials(c)) || out->code == AUTHENTICATION_FAILED || out->code == UNAUTHORIZED;
    out->duplicate = server && is_duplicate(out->code, out->message);
    size_t value_at = out->duplicate ? str_find(out->message, STR("dup key:"), 0) : SIZE_MAX;
    if (value_at != SIZE_MAX) out->message = str_slice(out->message, 0, value_at + strlen("dup key"));
    if (server) out->message = without_values(a, out->message, out->code);
}

int answer_error(const answer *x, kf_error *err, const char *what, str of) {
    kf_code code = x->interrupted ? KF_E_INTERRUPTED
                   : x->lost      ? KF_E_CONNECTION
                   : x->denied    ? KF_E_AUTHENTICATION
                                  : KF_E_SERVER;
    int r = fail(err, code, "%s %.*s: %.*s", what, STR_ARG(of), STR_ARG(x->message));
    if (err) err->server_code = x->code;
    return r;
}

/* ---- commands ---- */

static void take_answer(answer *out, connection *c, arena *a, bool ok, const bson_error_t *e, const bson_t *kept) {
    if (ok) *out = (answer){.ok = true, .document = tree_bytes(kept)};
    else answer_failed(out, c, a, e, tree_bytes(kept));
}

/* An update or a delete that was refused is a command that worked: ok is 1, and what happened is inside. */
static void take_write_error(answer *out, connection *c, arena *a) {
    bson_iter_t i;
    bson_error_t e;
    if (!out->ok || !tree_open(&i, tree_get_array(out->document, "writeErrors")) || !bson_iter_next(&i)) return;
    str first = tree_document(&i);
    bson_set_error(&e, MONGOC_ERROR_SERVER, (uint32_t)tree_get_int(first, "code"), "%s",
                   str_c(a, tree_get_str(first, "errmsg")));
    answer_failed(out, c, a, &e, out->document);
}

int command_read(answer *out, connection *c, arena *a, const char *database, const bson_t *command, kf_error *err) {
    bson_t *kept = tree_new(a), reply;
    bson_error_t e = {0};
    int r = check_interrupted(c, err);
    if (r) return r;
    bool ok = mongoc_client_command_simple(c->client, database, command, NULL, &reply, &e);
    bson_concat(kept, &reply);
    bson_destroy(&reply);
    take_answer(out, c, a, ok, &e, kept);
    return 0;
}

/* With the URI's write concern. */
int command_to(answer *out, connection *c, arena *a, const char *database, const bson_t *command, kf_error *err) {
    bson_t *kept = tree_new(a), reply;
    bson_error_t e = {0};
    int r = check_interrupted(c, err);
    if (r) return r;
    bool ok = mongoc_client_write_command_with_opts(c->client, database, command, NULL, &reply, &e);
    bson_concat(kept, &reply);
    bson_destroy(&reply);
    take_answer(out, c, a, ok, &e, kept);
    take_write_error(out, c, a);
    return 0;
}

int command_write(answer *out, connection *c, arena *a, const bson_t *command, kf_error *err) {
    return command_to(out, c, a, c->database, command, err);
}

int command_admin(answer *out, connection *c, arena *a, const bson_t *command, kf_error *err) {
    return command_to(out, c, a, "admin", command, err);
}

/* ---- cursors ---- */

/* Batches without a document, one after the other. */
enum { MOST_EMPTY = 1000 };

void cursor_start(connection *c, mongoc_cursor_t *cursor) {
    if (c->cursor) mongoc_cursor_destroy(c->cursor);
    c->cursor = cursor;
    c->cursor_seen = c->cursor_most = 0;
    c->cursor_fault = NULL;
}

void cursor_bound(connection *c, size_t most) { c->cursor_most = most; }

int cursor_find(connection *c, const char *collection, const bson_t *filter, const bson_t *options, kf_error *err) {
    int r = check_interrupted(c, err);
    if (r) return r;
    mongoc_collection_t *in = mongoc_client_get_collection(c->client, c->database, collection);
    cursor_start(c, mongoc_collection_find_with_opts(in, filter, options, NULL));
    mongoc_collection_destroy(in);
    return 0;
}

int cursor_aggregate(connection *c, const char *collection, const bson_t *pipeline, kf_error *err) {
    int r = check_interrupted(c, err);
    if (r) return r;
    bson_t options = BSON_INITIALIZER;
    BSON_APPEND_BOOL(&options, "allowDiskUse", true);
    mongoc_collection_t *in = mongoc_client_get_collection(c->client, c->database, collection);
    cursor_start(c, mongoc_collection_aggregate(in, MONGOC_QUERY_NONE, pipeline, &options, NULL));
    mongoc_collection_destroy(in);
    bson_destroy(&options);
    return 0;
}

int cursor_indexes(connection *c, const char *collection, kf_error *err) {
    int r = check_interrupted(c, err);
    if (r) return r;
    mongoc_collection_t *in = mongoc_client_get_collection(c->client, c->database, collection);
    cursor_start(c, mongoc_collection_find_indexes_with_opts(in, NULL));
    mongoc_collection_destroy(in);
    return 0;
}

/* libmongoc's cursor ends at an empty batch, which need not be the last. */
static const bson_t *next_document(connection *c) {
    const bson_t *b;
    for (int empty = 0; !mongoc_cursor_next(c->cursor, &b); empty++) {
        if (mongoc_cursor_error(c->cursor, NULL) || !mongoc_cursor_more(c->cursor)) return NULL;
        if (empty == MOST_EMPTY) c->cursor_fault = "it gives nothing, and does not end";
        if (check_interrupted(c, NULL)) c->cursor_fault = "interrupted";
        if (c->cursor_fault) return NULL;
    }
    return b;
}

bool cursor_next(connection *c, str *document) {
    const bson_t *b = c->cursor_fault ? NULL : next_document(c);
    if (!b) return false;
    *document = tree_bytes(b);
    if (check_interrupted(c, NULL)) c->cursor_fault = "interrupted";
    else if (c->cursor_most && ++c->cursor_seen > c->cursor_most) c->cursor_fault = "there are more than any server has";
    else if (!tree_is_shallow(*document, TREE_LEVELS)) c->cursor_fault = "a document is nested too deeply";
    return !c->cursor_fault;
}

void cursor_end(answer *out, connection *c, arena *a) {
    bson_error_t e = {0};
    const bson_t *reply = NULL;
    bool failed = mongoc_cursor_error_document(c->cursor, &e, &reply);
    if (failed) answer_failed(out, c, a, &e, STR_NONE);
    else if (c->cursor_fault)
        *out = (answer){.interrupted = check_interrupted(c, NULL) != 0, .message = str_of(c->cursor_fault)};
    else *out = (answer){.ok = true};
    cursor_start(c, NULL);
}
