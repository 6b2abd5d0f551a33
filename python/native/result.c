/* What runs on a database, or on a schema in memory, and what came of it. */
#include "native.h"

static void free_result(void *result) { kf_result_free(result); }

/* One of the two is not NULL, unless there is an exception. */
typedef struct side {
    kf_database *database;
    kf_schema *schema;
} side;

static int get_side(side *s, PyObject *capsule) {
    *s = (side){0};
    if (PyCapsule_IsValid(capsule, SCHEMA)) s->schema = handle_get(capsule, SCHEMA);
    else s->database = handle_get(capsule, DATABASE);
    return s->database || s->schema;
}

static PyObject *execute(PyObject *module, PyObject *args) {
    PyObject *side_capsule, *log_capsule;
    options o = {.plan = KF_PLAN_OPTIONS};
    kf_result *result;
    kf_error err;
    side s;
    int rc;
    (void)module;
    if (!PyArg_ParseTuple(args, "OO" OPTIONS_FORMAT, &side_capsule, &log_capsule, OPTIONS_TARGETS(o))) return NULL;
    kf_log *log = handle_get(log_capsule, LOG);
    if (!log || !get_side(&s, side_capsule)) return NULL;
    const kf_plan_options *plan = options_plan(&o);
    Py_BEGIN_ALLOW_THREADS;
    rc = s.database ? kf_execute(&result, s.database, log, plan, &err) : kf_execute_schema(&result, s.schema, log, plan, &err);
    Py_END_ALLOW_THREADS;
    return rc == 0 ? handle_new(result, RESULT, free_result) : raise_error(&err);
}

static PyObject *apply_log(PyObject *module, PyObject *args) {
    PyObject *database_capsule, *log_capsule;
    options o = {.plan = KF_PLAN_OPTIONS};
    kf_result *result;
    kf_error err;
    int rc;
    (void)module;
    if (!PyArg_ParseTuple(args, "OO" OPTIONS_FORMAT, &database_capsule, &log_capsule, OPTIONS_TARGETS(o))) return NULL;
    kf_log *log = handle_get(log_capsule, LOG);
    kf_database *database = log ? handle_get(database_capsule, DATABASE) : NULL;
    if (!database) return NULL;
    const kf_plan_options *plan = options_plan(&o);
    Py_BEGIN_ALLOW_THREADS;
    rc = kf_apply_log(&result, database, log, plan, &err);
    Py_END_ALLOW_THREADS;
    return rc == 0 ? handle_new(result, RESULT, free_result) : raise_error(&err);
}

static PyObject *apply_plan(PyObject *module, PyObject *args) {
    PyObject *side_capsule, *plan_capsule;
    kf_result *result;
    kf_error err;
    side s;
    int rc;
    (void)module;
    if (!PyArg_ParseTuple(args, "OO", &side_capsule, &plan_capsule)) return NULL;
    kf_plan *plan = handle_get(plan_capsule, PLAN);
    if (!plan || !get_side(&s, side_capsule)) return NULL;
    Py_BEGIN_ALLOW_THREADS;
    rc = s.database ? kf_apply_plan(&result, s.database, plan, &err) : kf_apply_schema(&result, s.schema, plan, &err);
    Py_END_ALLOW_THREADS;
    return rc == 0 ? handle_new(result, RESULT, free_result) : raise_error(&err);
}

/* (status, operations done) */
static PyObject *result_about(PyObject *module, PyObject *capsule) {
    kf_result *r = handle_get(capsule, RESULT);
    (void)module;
    return r ? Py_BuildValue("(in)", kf_result_status(r), (Py_ssize_t)kf_result_done(r)) : NULL;
}

static PyObject *failure_at(const kf_result *r, size_t n) {
    kf_failure f;
    kf_result_failure(&f, r, n);
    return Py_BuildValue("(iiNNNN)", f.code, f.server_code, string_or_none(f.collection), string_or_none(f.name),
                         string_or_none(f.message), text_or_none(f.statement, f.statement_length));
}

static PyObject *result_failures(PyObject *module, PyObject *capsule) {
    kf_result *r = handle_get(capsule, RESULT);
    PyObject *list = r ? PyList_New(0) : NULL;
    (void)module;
    for (size_t n = 0; list && n < kf_result_failure_count(r); n++) {
        PyObject *failure = failure_at(r, n);
        if (!failure || PyList_Append(list, failure) != 0) Py_CLEAR(list);
        Py_XDECREF(failure);
    }
    return list;
}

static PyObject *result_text(PyObject *args, int (*write)(kf_text *, const kf_result *, bool, kf_error *)) {
    PyObject *capsule;
    int show_values;
    kf_text text = {0};
    kf_error err;
    if (!PyArg_ParseTuple(args, "Op", &capsule, &show_values)) return NULL;
    kf_result *r = handle_get(capsule, RESULT);
    if (!r) return NULL;
    return write(&text, r, show_values, &err) == 0 ? take_text(&text) : raise_error(&err);
}

static PyObject *result_describe(PyObject *module, PyObject *args) {
    (void)module;
    return result_text(args, kf_result_describe);
}

static PyObject *result_write(PyObject *module, PyObject *args) {
    (void)module;
    return result_text(args, kf_result_write);
}

PyMethodDef result_methods[] = {
    {"execute", execute, METH_VARARGS, NULL},           {"apply_log", apply_log, METH_VARARGS, NULL},
    {"apply_plan", apply_plan, METH_VARARGS, NULL},     {"result_about", result_about, METH_O, NULL},
    {"result_failures", result_failures, METH_O, NULL}, {"result_describe", result_describe, METH_VARARGS, NULL},
    {"result_write", result_write, METH_VARARGS, NULL}, {NULL, NULL, 0, NULL}};
