/* Schemas and databases. */
#include "native.h"

static void free_schema(void *schema) { kf_schema_free(schema); }
static void free_database(void *database) { kf_database_free(database); }

static PyObject *schema_new(PyObject *module, PyObject *args) {
    kf_schema *schema;
    kf_error err;
    (void)module, (void)args;
    if (kf_schema_new(&schema, &err) != 0) return raise_error(&err);
    return handle_new(schema, SCHEMA, free_schema);
}

static PyObject *schema_read(PyObject *module, PyObject *args) {
    kf_schema *schema;
    const char *json;
    Py_ssize_t n;
    kf_error err;
    int rc;
    (void)module;
    if (!PyArg_ParseTuple(args, "s#", &json, &n)) return NULL;
    Py_BEGIN_ALLOW_THREADS;
    rc = kf_schema_read(&schema, json, (size_t)n, &err);
    Py_END_ALLOW_THREADS;
    return rc == 0 ? handle_new(schema, SCHEMA, free_schema) : raise_error(&err);
}

static PyObject *schema_write(PyObject *module, PyObject *capsule) {
    kf_schema *schema = handle_get(capsule, SCHEMA);
    kf_text text = {0};
    kf_error err;
    int rc;
    (void)module;
    if (!schema) return NULL;
    Py_BEGIN_ALLOW_THREADS;
    rc = kf_schema_write(&text, schema, &err);
    Py_END_ALLOW_THREADS;
    return rc == 0 ? take_text(&text) : raise_error(&err);
}

/* ---- databases ---- */

static PyObject *database_open(PyObject *module, PyObject *args) {
    kf_database *database;
    kf_database_options o = KF_DATABASE_OPTIONS;
    const char *uri;
    kf_error err;
    int rc;
    (void)module;
    if (!PyArg_ParseTuple(args, "szi", &uri, &o.database, &o.timeout_s)) return NULL;
    Py_BEGIN_ALLOW_THREADS;
    rc = kf_database_open(&database, uri, &o, &err);
    Py_END_ALLOW_THREADS;
    return rc == 0 ? handle_new(database, DATABASE, free_database) : raise_error(&err);
}

static PyObject *database_about(PyObject *module, PyObject *capsule) {
    kf_database *d = handle_get(capsule, DATABASE);
    (void)module;
    if (!d) return NULL;
    return Py_BuildValue("(NNNN)", string_or_none(kf_database_uri(d)), string_or_none(kf_database_name(d)),
                         string_or_none(kf_database_profile(d)), string_or_none(kf_database_server(d)));
}

static PyObject *database_commands(PyObject *module, PyObject *capsule) {
    kf_database *d = handle_get(capsule, DATABASE);
    size_t read, write;
    (void)module;
    if (!d) return NULL;
    kf_database_commands(d, &read, &write);
    return Py_BuildValue("(nn)", (Py_ssize_t)read, (Py_ssize_t)write);
}

static PyObject *snapshot_of_all(kf_database *d) {
    kf_schema *schema;
    kf_error err;
    int rc;
    Py_BEGIN_ALLOW_THREADS;
    rc = kf_database_snapshot(&schema, d, &err);
    Py_END_ALLOW_THREADS;
    return rc == 0 ? handle_new(schema, SCHEMA, free_schema) : raise_error(&err);
}

static PyObject *snapshot_of(kf_database *d, const char *const *tables, size_t n, bool referring) {
    kf_schema *schema;
    kf_error err;
    int rc;
    Py_BEGIN_ALLOW_THREADS;
    rc = kf_database_snapshot_of(&schema, d, tables, n, referring, &err);
    Py_END_ALLOW_THREADS;
    return rc == 0 ? handle_new(schema, SCHEMA, free_schema) : raise_error(&err);
}

/* tables: a tuple of bytes, NULL-free; None is all. */
static PyObject *database_snapshot(PyObject *module, PyObject *args) {
    PyObject *capsule, *tables, *schema = NULL;
    int referring;
    (void)module;
    if (!PyArg_ParseTuple(args, "OOp", &capsule, &tables, &referring)) return NULL;
    kf_database *d = handle_get(capsule, DATABASE);
    if (!d) return NULL;
    if (tables == Py_None) return snapshot_of_all(d);
    Py_ssize_t n = PyTuple_Size(tables);
    if (n < 0) return NULL;
    const char **names = PyMem_Calloc((size_t)n + 1, sizeof *names);
    if (!names) return PyErr_NoMemory();
    Py_ssize_t i = 0;
    for (; i < n; i++)
        if (!(names[i] = PyBytes_AsString(PyTuple_GetItem(tables, i)))) break;
    if (i == n) schema = snapshot_of(d, names, (size_t)n, referring);
    PyMem_Free(names);
    return schema;
}

PyMethodDef schema_methods[] = {{"schema_new", schema_new, METH_NOARGS, NULL},
                                {"schema_read", schema_read, METH_VARARGS, NULL},
                                {"schema_write", schema_write, METH_O, NULL},
                                {"database_open", database_open, METH_VARARGS, NULL},
                                {"database_about", database_about, METH_O, NULL},
                                {"database_commands", database_commands, METH_O, NULL},
                                {"database_snapshot", database_snapshot, METH_VARARGS, NULL},
                                {NULL, NULL, 0, NULL}};
