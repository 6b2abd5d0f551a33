/* Python literals, as repr() prints the values that Django and djongo hand to a database → values as pymongo stores them.
 *
 * None, True, False; int (32 or 64 bits) and float, inf and nan too; str and bytes with every escape but \N{...}; tuple and
 * list (arrays), dict (objects); datetime.datetime, date (midnight) and time (on 1900-01-01) with UTC or a fixed offset,
 * timedelta (microseconds); Decimal, Decimal128, Int64, ObjectId, Binary; UUID (binary of subtype 3, its bytes in order, which
 * is the pymongo 3 that djongo needs). */
#ifndef MODEL_PYTHON_H
#define MODEL_PYTHON_H

#include "base/error.h"
#include "model/value.h"

/* One literal, white space around it allowed. Errors: KF_E_PARAMETERS with its place in text. */
int python_value(value *out, str text, arena *a, kf_error *err);
/* The parameters of a statement: the items of a tuple or a list; None are none. */
int python_list(value_list *out, str text, arena *a, kf_error *err);
/* The same with JSON's true, false and null. */
int python_or_json_value(value *out, str text, arena *a, kf_error *err);
/* Where the {...}, [...] or b'...' that a text begins with ends, by its brackets and quotes alone; 0 if it begins with none or
 * does not end. */
size_t python_extent(str text);

#endif
