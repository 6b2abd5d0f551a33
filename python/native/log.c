#include "native.h"

static void free_log(void *log) { kf_log_free(log); }

static PyObject *log_new(PyObject *module, PyObject *args) {
    kf_log *log;
    kf_error err;
    (void)module, (void)args;
    if (kf_log_new(&log, &err) != 0) return raise_error(&err);
    return handle_new(log, LOG, free_log);
}

static PyObject *log_add(PyObject *module, PyObject *args) {
    PyObject *capsule;
    const char *name, *bytes;
    Py_ssize_t n;
    kf_error err;
    int rc;
    (void)module;
    if (!PyArg_ParseTuple(args, "Osy#", &capsule, &name, &bytes, &n)) return NULL;
    kf_log *log = handle_get(capsule, LOG);
    if (!log) return NULL;
    Py_BEGIN_ALLOW_THREADS;
    rc = kf_log_add(log, name, bytes, (size_t)n, &err);
    Py_END_ALLOW_THREADS;
    if (rc != 0) return raise_error(&err);
    Py_RETURN_NONE;
}

/* The path comes as os.fsencode makes it. */
static PyObject *log_add_file(PyObject *module, PyObject *args) {
    PyObject *capsule;
    const char *path;
    kf_error err;
    int rc;
    (void)module;
    if (!PyArg_ParseTuple(args, "Oy", &capsule, &path)) return NULL;
    kf_log *log = handle_get(capsule, LOG);
    if (!log) return NULL;
    Py_BEGIN_ALLOW_THREADS;
    rc = kf_log_add_file(log, path, &err);
    Py_END_ALLOW_THREADS;
    if (rc != 0) return raise_error(&err);
    Py_RETURN_NONE;
}

static PyObject *log_add_statement(PyObject *module, PyObject *args) {
    PyObject *capsule;
    const char *sql, *bson;
    Py_ssize_t n, bson_n;
    kf_error err;
    (void)module;
    if (!PyArg_ParseTuple(args, "Os#z#", &capsule, &sql, &n, &bson, &bson_n)) return NULL;
    kf_log *log = handle_get(capsule, LOG);
    if (!log) return NULL;
    if (kf_log_add_statement(log, sql, (size_t)n, bson, (size_t)bson_n, &err) != 0) return raise_error(&err);
    Py_RETURN_NONE;
}

static PyObject *log_count(PyObject *module, PyObject *capsule) {
    kf_log *log = handle_get(capsule, LOG);
    (void)module;
    return log ? PyLong_FromSize_t(kf_log_count(log)) : NULL;
}

static PyObject *file_at(const kf_log *log, size_t n) {
    kf_log_file f;
    kf_log_file_at(&f, log, n);
    return Py_BuildValue("(Nsssn)", string_or_none(f.name), f.form, f.encoding, f.compression, (Py_ssize_t)f.statements);
}

static PyObject *log_files(PyObject *module, PyObject *capsule) {
    kf_log *log = handle_get(capsule, LOG);
    PyObject *list = log ? PyList_New(0) : NULL;
    (void)module;
    for (size_t n = 0; list && n < kf_log_file_count(log); n++) {
        PyObject *file = file_at(log, n);
        if (!file || PyList_Append(list, file) != 0) Py_CLEAR(list);
        Py_XDECREF(file);
    }
    return list;
}

PyMethodDef log_methods[] = {{"log_new", log_new, METH_NOARGS, NULL},
                             {"log_add", log_add, METH_VARARGS, NULL},
                             {"log_add_file", log_add_file, METH_VARARGS, NULL},
                             {"log_add_statement", log_add_statement, METH_VARARGS, NULL},
                             {"log_count", log_count, METH_O, NULL},
                             {"log_files", log_files, METH_O, NULL},
                             {NULL, NULL, 0, NULL}};
