#include "native.h"

#include <unistd.h>

/* ---- handles ---- */

typedef struct handle {
    void *of;
    void (*free_of)(void *);
    pid_t owner;
} handle;

/* A child of fork shares its parent's sockets: closing them there would end the parent's session, so nothing is closed. */
static void free_capsule(PyObject *capsule) {
    handle *h = PyCapsule_GetPointer(capsule, PyCapsule_GetName(capsule));
    if (h->owner == getpid()) h->free_of(h->of);
    PyMem_Free(h);
}

PyObject *handle_new(void *of, const char *kind, void (*free_of)(void *)) {
    handle *h = PyMem_Malloc(sizeof *h);
    PyObject *capsule = NULL;
    if (h) {
        *h = (handle){of, free_of, getpid()};
        capsule = PyCapsule_New(h, kind, free_capsule);
    } else PyErr_NoMemory();
    if (!capsule) {
        PyMem_Free(h);
        free_of(of);
    }
    return capsule;
}

void *handle_get(PyObject *capsule, const char *kind) {
    if (!PyCapsule_IsValid(capsule, kind)) return PyErr_Format(PyExc_TypeError, "this is no %s", kind);
    handle *h = PyCapsule_GetPointer(capsule, kind);
    if (strcmp(kind, DATABASE) == 0 && h->owner != getpid())
        return PyErr_Format(PyExc_RuntimeError, "the connection was opened before a fork: open one of your own");
    return h->of;
}

/* ---- values ---- */

PyObject *raise_error(const kf_error *err) {
    PyObject *errors = PyImport_ImportModule("keyfold.errors");
    PyObject *type = errors ? PyObject_GetAttrString(errors, "Error") : NULL;
    PyObject *message = type ? text_or_none(err->message, strlen(err->message)) : NULL;
    PyObject *error = message ? PyObject_CallFunction(type, "iOinn", err->code, message, err->server_code,
                                                      (Py_ssize_t)err->line, (Py_ssize_t)err->column)
                              : NULL;
    if (error) PyErr_SetObject(type, error);
    Py_XDECREF(error);
    Py_XDECREF(message);
    Py_XDECREF(type);
    Py_XDECREF(errors);
    return NULL;
}

PyObject *text_or_none(const char *s, size_t n) {
    if (!s) Py_RETURN_NONE;
    return PyUnicode_DecodeUTF8(s, (Py_ssize_t)n, "backslashreplace");
}

PyObject *string_or_none(const char *s) { return text_or_none(s, s ? strlen(s) : 0); }

PyObject *take_text(kf_text *text) {
    PyObject *s = text_or_none(text->data, text->length);
    kf_text_free(text);
    return s;
}

const kf_plan_options *options_plan(options *o) {
    const kf_plan_options defaults = KF_PLAN_OPTIONS;
    o->plan.size = defaults.size;
    o->plan.nulls_server = o->nulls_server;
    o->plan.skip_unsupported = o->skip_unsupported;
    o->plan.keep_going = o->keep_going;
    o->plan.renames = (kf_renames)o->renames;
    o->plan.skip_failed = o->skip_failed;
    o->plan.convert_types = o->convert_types;
    o->plan.no_migrations_table = o->no_migrations_table;
    return &o->plan;
}

/* ---- codes ---- */

static PyObject *code_text(PyObject *module, PyObject *args) {
    int code;
    (void)module;
    if (!PyArg_ParseTuple(args, "i", &code)) return NULL;
    return Py_BuildValue("(sssi)", kf_code_text(code), kf_code_summary(code), kf_code_advice(code), kf_code_exit_status(code));
}

static PyObject *profile_names(PyObject *module, PyObject *args) {
    PyObject *list = PyList_New(0);
    (void)module, (void)args;
    for (size_t n = 0; list && kf_profile_name(n); n++) {
        PyObject *name = string_or_none(kf_profile_name(n));
        if (!name || PyList_Append(list, name) != 0) Py_CLEAR(list);
        Py_XDECREF(name);
    }
    return list;
}

static PyObject *explain(PyObject *module, PyObject *args) {
    const char *stage, *bytes;
    Py_ssize_t n;
    options o = {.plan = KF_PLAN_OPTIONS};
    kf_text text = {0};
    kf_error err;
    int rc;
    (void)module;
    if (!PyArg_ParseTuple(args, "sy#" OPTIONS_FORMAT, &stage, &bytes, &n, OPTIONS_TARGETS(o))) return NULL;
    const kf_plan_options *plan = options_plan(&o);
    Py_BEGIN_ALLOW_THREADS;
    rc = kf_explain(&text, stage, bytes, (size_t)n, plan, &err);
    Py_END_ALLOW_THREADS;
    return rc == 0 ? take_text(&text) : raise_error(&err);
}

static PyMethodDef methods[] = {{"code", code_text, METH_VARARGS, NULL},
                                {"profile_names", profile_names, METH_NOARGS, NULL},
                                {"explain", explain, METH_VARARGS, NULL},
                                {NULL, NULL, 0, NULL}};

static int start(PyObject *module) {
    PyMethodDef *const all[] = {methods, log_methods, schema_methods, plan_methods, result_methods};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (PyModule_AddFunctions(module, all[i]) != 0) return -1;
    return PyModule_AddStringConstant(module, "version", kf_version());
}

PyMODINIT_FUNC PyInit__native(void);
PyMODINIT_FUNC PyInit__native(void) {
    static PyModuleDef_Slot slots[] = {{Py_mod_exec, start}, {0, NULL}};
    static PyModuleDef module = {PyModuleDef_HEAD_INIT, "keyfold._native", NULL, 0, NULL, slots, NULL, NULL, NULL};
    return PyModuleDef_Init(&module);
}
