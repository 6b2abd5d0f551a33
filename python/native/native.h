/* The extension module keyfold._native: functions over the public header, with handles in capsules. The classes that users see
 * are Python, in keyfold/handles.py; they also hold the locks, for the GIL is released while the library works. */
#ifndef NATIVE_H
#define NATIVE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <keyfold/keyfold.h>

/* One kind of handle; also the capsule's name. */
#define LOG "kf_log"
#define SCHEMA "kf_schema"
#define DATABASE "kf_database"
#define PLAN "kf_plan"
#define RESULT "kf_result"

/* Takes the handle over: it is freed with the capsule, or at once on an error. NULL with an exception set. */
PyObject *handle_new(void *handle, const char *kind, void (*free_handle)(void *));
/* NULL with a TypeError if it is no handle of that kind. Of a database also with a RuntimeError if it was opened before a fork.
 */
void *handle_get(PyObject *capsule, const char *kind);

/* Raises keyfold.Error; always NULL. */
PyObject *raise_error(const kf_error *err);
/* The text as str, and frees it. */
PyObject *take_text(kf_text *text);

/* NULL is None; what is no UTF-8 is shown with backslashes. */
PyObject *text_or_none(const char *s, size_t n);
PyObject *string_or_none(const char *s);

/* For PyArg_ParseTuple. */
#define OPTIONS_FORMAT "(zzpppIzipzpp)"
typedef struct options {
    kf_plan_options plan;
    int nulls_server, skip_unsupported, keep_going, renames, skip_failed, convert_types, no_migrations_table;
} options;
#define OPTIONS_TARGETS(o)                                                                                                     \
    &(o).plan.profile, &(o).plan.database, &(o).nulls_server, &(o).skip_unsupported, &(o).keep_going, &(o).plan.allow_drop,    \
        &(o).plan.alias, &(o).renames, &(o).skip_failed, &(o).plan.only, &(o).convert_types, &(o).no_migrations_table
const kf_plan_options *options_plan(options *o);

extern PyMethodDef log_methods[], schema_methods[], plan_methods[], result_methods[];

#endif
