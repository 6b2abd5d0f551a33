#ifndef EXEC_URI_H
#define EXEC_URI_H

#include "base/arena.h"
#include "base/error.h"
#include <mongoc/mongoc.h>

/* Lives as long as the arena. KF_E_URI_INVALID. */
int uri_parse(mongoc_uri_t **out, arena *a, str text_of_uri, int timeout_s, kf_error *err);
/* Its addresses, with commas between; of mongodb+srv the name. */
const char *uri_host(arena *a, const mongoc_uri_t *uri);
/* With *** for a password, without options. */
const char *uri_shown(arena *a, const mongoc_uri_t *uri);
/* s with *** for the password. */
str uri_without_password(arena *a, str s, const char *password);

#endif
