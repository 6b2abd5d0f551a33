#include "native.h"

static void free_plan(void *plan) { kf_plan_free(plan); }

static PyObject *plan_new(PyObject *module, PyObject *args) {
    PyObject *log_capsule, *schema_capsule;
    options o = {.plan = KF_PLAN_OPTIONS};
    kf_plan *plan;
    kf_error err;
    int rc;
    (void)module;
    if (!PyArg_ParseTuple(args, "OO" OPTIONS_FORMAT, &log_capsule, &schema_capsule, OPTIONS_TARGETS(o))) return NULL;
    kf_log *log = handle_get(log_capsule, LOG);
    kf_schema *schema = log ? handle_get(schema_capsule, SCHEMA) : NULL;
    const kf_plan_options *options = options_plan(&o);
    if (!schema) return NULL;
    Py_BEGIN_ALLOW_THREADS;
    rc = kf_plan_new(&plan, log, schema, options, &err);
    Py_END_ALLOW_THREADS;
    return rc == 0 ? handle_new(plan, PLAN, free_plan) : raise_error(&err);
}

static PyObject *plan_detach(PyObject *module, PyObject *args) {
    PyObject *capsule;
    options o = {.plan = KF_PLAN_OPTIONS};
    kf_plan *plan;
    kf_error err;
    int rc;
    (void)module;
    if (!PyArg_ParseTuple(args, "O" OPTIONS_FORMAT, &capsule, OPTIONS_TARGETS(o))) return NULL;
    kf_schema *schema = handle_get(capsule, SCHEMA);
    const kf_plan_options *options = options_plan(&o);
    if (!schema) return NULL;
    Py_BEGIN_ALLOW_THREADS;
    rc = kf_plan_detach(&plan, schema, options, &err);
    Py_END_ALLOW_THREADS;
    return rc == 0 ? handle_new(plan, PLAN, free_plan) : raise_error(&err);
}

static PyObject *plan_read(PyObject *module, PyObject *args) {
    kf_plan *plan;
    const char *json;
    Py_ssize_t n;
    kf_error err;
    (void)module;
    if (!PyArg_ParseTuple(args, "s#", &json, &n)) return NULL;
    if (kf_plan_read(&plan, json, (size_t)n, &err) != 0) return raise_error(&err);
    return handle_new(plan, PLAN, free_plan);
}

static PyObject *plan_write(PyObject *module, PyObject *capsule) {
    kf_plan *plan = handle_get(capsule, PLAN);
    kf_text text = {0};
    kf_error err;
    (void)module;
    if (!plan) return NULL;
    return kf_plan_write(&text, plan, &err) == 0 ? take_text(&text) : raise_error(&err);
}

static PyObject *plan_describe(PyObject *module, PyObject *capsule) {
    kf_plan *plan = handle_get(capsule, PLAN);
    kf_text text = {0};
    kf_error err;
    (void)module;
    if (!plan) return NULL;
    return kf_plan_describe(&text, plan, &err) == 0 ? take_text(&text) : raise_error(&err);
}

/* (status, stopped, operations) */
static PyObject *plan_about(PyObject *module, PyObject *capsule) {
    kf_plan *plan = handle_get(capsule, PLAN);
    (void)module;
    if (!plan) return NULL;
    return Py_BuildValue("(iNn)", kf_plan_status(plan), PyBool_FromLong(kf_plan_stopped(plan)),
                         (Py_ssize_t)kf_plan_operations(plan));
}

static PyObject *plan_count(PyObject *module, PyObject *args) {
    PyObject *capsule;
    const char *class_name;
    (void)module;
    if (!PyArg_ParseTuple(args, "Os", &capsule, &class_name)) return NULL;
    kf_plan *plan = handle_get(capsule, PLAN);
    return plan ? PyLong_FromSize_t(kf_plan_count(plan, class_name)) : NULL;
}

static PyObject *finding_at(const kf_plan *plan, size_t n) {
    kf_finding f;
    kf_plan_finding(&f, plan, n);
    return Py_BuildValue("(iiNnNnnNNN)", f.severity, f.code, string_or_none(f.file), (Py_ssize_t)f.file_line,
                         text_or_none(f.statement, f.statement_length), (Py_ssize_t)f.line, (Py_ssize_t)f.column,
                         string_or_none(f.collection), string_or_none(f.name), string_or_none(f.message));
}

static PyObject *findings_of(const kf_plan *plan) {
    PyObject *list = PyList_New(0);
    for (size_t n = 0; list && n < kf_plan_finding_count(plan); n++) {
        PyObject *finding = finding_at(plan, n);
        if (!finding || PyList_Append(list, finding) != 0) Py_CLEAR(list);
        Py_XDECREF(finding);
    }
    return list;
}

/* Of a plan, or of a result's. */
static PyObject *plan_findings(PyObject *module, PyObject *capsule) {
    (void)module;
    if (PyCapsule_IsValid(capsule, RESULT)) return findings_of(kf_result_plan(handle_get(capsule, RESULT)));
    kf_plan *plan = handle_get(capsule, PLAN);
    return plan ? findings_of(plan) : NULL;
}

PyMethodDef plan_methods[] = {{"plan_new", plan_new, METH_VARARGS, NULL},
                              {"plan_detach", plan_detach, METH_VARARGS, NULL},
                              {"plan_read", plan_read, METH_VARARGS, NULL},
                              {"plan_write", plan_write, METH_O, NULL},
                              {"plan_describe", plan_describe, METH_O, NULL},
                              {"plan_about", plan_about, METH_O, NULL},
                              {"plan_count", plan_count, METH_VARARGS, NULL},
                              {"plan_findings", plan_findings, METH_O, NULL},
                              {NULL, NULL, 0, NULL}};
