/* The URI: options of ours where it has none, and the form that may be shown. */
#include "exec/uri.h"

#include <strings.h>

enum { DEFAULT_TIMEOUT_S = 10, MAX_TIMEOUT_S = 86400, DAY_MS = 86400000 };

static void destroy_uri(void *uri) { mongoc_uri_destroy(uri); }

#define ENCODED "in a user's name and password, : / ? # [ ] @ % must be percent-encoded"

/* libmongoc quotes parts of what it does not understand, and these may be parts of a password. What begins like this quotes
 * nothing. */
static bool quotes_nothing(str message) {
    static const char *const safe[] = {"Invalid ", "Missing ", "Multiple ", "Port numbers "};
    for (size_t i = 0; i < sizeof safe / sizeof *safe; i++)
        if (str_starts(message, str_of(safe[i]))) return true;
    return false;
}

static int refuse(str uri, const bson_error_t *e, kf_error *err) {
    bool user = memchr(uri.p, '@', uri.n), secret = user || str_find(uri, STR("assword"), 0) != SIZE_MAX;
    bool shown = !secret || quotes_nothing(str_of(e->message));
    return fail(err, KF_E_URI_INVALID, "the URI is not valid%s%s%s", shown ? ": " : "", shown ? e->message : "",
                user ? " (" ENCODED ")" : "");
}

/* What libmongoc lets through: the rest of a password as a host, and no password, on which it crashes. (MongoDB
 * has no empty ones.) */
static int check_credentials(const mongoc_uri_t *uri, kf_error *err) {
    static const char *const without[] = {"MONGODB-X509", "MONGODB-AWS", "GSSAPI"};
    const char *srv = mongoc_uri_get_srv_hostname(uri), *mechanism = mongoc_uri_get_auth_mechanism(uri);
    bool split = srv && strchr(srv, '@');
    for (const mongoc_host_list_t *h = mongoc_uri_get_hosts(uri); h; h = h->next) split |= strchr(h->host, '@') != NULL;
    if (split) return fail(err, KF_E_URI_INVALID, "the URI is not valid: more than one @ (%s)", ENCODED);
    const char *password = mongoc_uri_get_password(uri);
    if (!mongoc_uri_get_username(uri) || (password && *password)) return 0;
    for (size_t i = 0; mechanism && i < sizeof without / sizeof *without; i++)
        if (strcasecmp(mechanism, without[i]) == 0) return 0;
    return fail(err, KF_E_URI_INVALID, "the URI names a user without a password (mongodb://USER:PASSWORD@HOST)");
}

static void set_number(mongoc_uri_t *uri, const char *option, int value) {
    if (!mongoc_uri_has_option(uri, option)) mongoc_uri_set_option_as_int32(uri, option, value);
}

static void set_switch(mongoc_uri_t *uri, const char *option, bool value) {
    if (!mongoc_uri_has_option(uri, option)) mongoc_uri_set_option_as_bool(uri, option, value);
}

static void set_options(mongoc_uri_t *uri, int timeout_s) {
    int ms = (timeout_s <= 0 ? DEFAULT_TIMEOUT_S : timeout_s > MAX_TIMEOUT_S ? MAX_TIMEOUT_S : timeout_s) * 1000;
    if (timeout_s > 0) {
        mongoc_uri_set_option_as_int32(uri, MONGOC_URI_SERVERSELECTIONTIMEOUTMS, ms);
        mongoc_uri_set_option_as_int32(uri, MONGOC_URI_CONNECTTIMEOUTMS, ms);
    }
    set_number(uri, MONGOC_URI_SERVERSELECTIONTIMEOUTMS, ms);
    set_number(uri, MONGOC_URI_CONNECTTIMEOUTMS, ms);
    /* Building an index may take longer than libmongoc's five minutes. */
    set_number(uri, MONGOC_URI_SOCKETTIMEOUTMS, DAY_MS);
    set_switch(uri, MONGOC_URI_SERVERSELECTIONTRYONCE, false);
    /* A write that libmongoc repeats by itself would be counted once; exec_run starts anew instead. */
    set_switch(uri, MONGOC_URI_RETRYWRITES, false);
    if (!mongoc_uri_get_appname(uri)) mongoc_uri_set_appname(uri, "keyfold");
}

/* A URI that was made for an application may ask for stale reads, or for writes that nobody hears of. */
static void set_concerns(mongoc_uri_t *uri) {
    mongoc_read_prefs_t *primary = mongoc_read_prefs_new(MONGOC_READ_PRIMARY);
    mongoc_uri_set_read_prefs_t(uri, primary);
    mongoc_read_prefs_destroy(primary);
    if (mongoc_write_concern_is_acknowledged(mongoc_uri_get_write_concern(uri))) return;
    mongoc_write_concern_t *acknowledged = mongoc_write_concern_new();
    mongoc_uri_set_write_concern(uri, acknowledged);
    mongoc_write_concern_destroy(acknowledged);
}

int uri_parse(mongoc_uri_t **out, arena *a, str text_of_uri, int timeout_s, kf_error *err) {
    bson_error_t e = {0};
    if (text_of_uri.n && memchr(text_of_uri.p, 0, text_of_uri.n))
        return fail(err, KF_E_URI_INVALID, "the URI holds a zero byte");
    *out = mongoc_uri_new_with_error(str_c(a, text_of_uri), &e);
    if (!*out) return refuse(text_of_uri, &e, err);
    arena_defer(a, destroy_uri, *out);
    set_options(*out, timeout_s);
    set_concerns(*out);
    return check_credentials(*out, err);
}

const char *uri_host(arena *a, const mongoc_uri_t *uri) {
    text out = {.arena = a};
    const char *srv = mongoc_uri_get_srv_hostname(uri);
    if (srv) text_add(&out, str_of(srv));
    for (const mongoc_host_list_t *h = srv ? NULL : mongoc_uri_get_hosts(uri); h; h = h->next)
        text_format(&out, "%s%s", h->host_and_port, h->next ? "," : "");
    return str_c(a, text_str(&out));
}

/* Built from its parts; the options are left out, some hold secrets (tlsCertificateKeyFilePassword,
 * AWS_SESSION_TOKEN). */
const char *uri_shown(arena *a, const mongoc_uri_t *uri) {
    text out = {.arena = a};
    const char *srv = mongoc_uri_get_srv_hostname(uri), *user = mongoc_uri_get_username(uri),
               *database = mongoc_uri_get_database(uri);
    text_add(&out, srv ? STR("mongodb+srv://") : STR("mongodb://"));
    if (user) text_format(&out, "%s%s@", user, mongoc_uri_get_password(uri) ? ":***" : "");
    text_add(&out, str_of(uri_host(a, uri)));
    if (database) text_format(&out, "/%s", database);
    return str_c(a, text_str(&out));
}

/* One or two letters stand in every message. */
enum { MIN_SECRET = 3 };

str uri_without_password(arena *a, str s, const char *password) {
    text out = {.arena = a};
    str secret = str_of(password);
    size_t from = 0;
    if (secret.n < MIN_SECRET) return str_copy(a, s);
    for (size_t at; (at = str_find(s, secret, from)) != SIZE_MAX; from = at + secret.n) {
        text_add(&out, str_slice(s, from, at));
        text_add(&out, STR("***"));
    }
    text_add(&out, str_from(s, from));
    return text_str(&out);
}
