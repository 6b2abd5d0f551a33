/* The ways out: a schema in forms that others read. */
#ifndef EXPORT_EXPORT_H
#define EXPORT_EXPORT_H

#include "json/json.h"

typedef void export_writer(text *out, const schema *s);

/* NULL: there is no such form. */
export_writer *export_find(str form);
extern const char export_forms[]; /* "json, ...": for messages */

#endif
