"""libkeyfold through ctypes: statements carried out in this process, a thousand times over one connection."""

import ctypes
import os
import pathlib
import re

import bson

ROOT = pathlib.Path(__file__).resolve().parents[2]


class _Error(ctypes.Structure):
    _fields_ = [("code", ctypes.c_int), ("server_code", ctypes.c_int), ("offset", ctypes.c_size_t), ("line", ctypes.c_size_t),
                ("column", ctypes.c_size_t), ("message", ctypes.c_char * 1000)]


class _Finding(ctypes.Structure):
    _fields_ = [("severity", ctypes.c_int), ("code", ctypes.c_int), ("file", ctypes.c_char_p), ("file_line", ctypes.c_size_t),
                ("statement", ctypes.c_char_p), ("statement_length", ctypes.c_size_t), ("line", ctypes.c_size_t),
                ("column", ctypes.c_size_t), ("collection", ctypes.c_char_p), ("name", ctypes.c_char_p),
                ("field", ctypes.c_char_p), ("message", ctypes.c_char_p)]


class _Failure(ctypes.Structure):
    _fields_ = [("code", ctypes.c_int), ("server_code", ctypes.c_int), ("collection", ctypes.c_char_p), ("name", ctypes.c_char_p),
                ("message", ctypes.c_char_p), ("statement", ctypes.c_char_p), ("statement_length", ctypes.c_size_t)]


class Refused(Exception):
    pass


def _check(header, name, structure):
    """A member that the header has and this has not would be written over somebody else's memory."""
    body = re.search(r"typedef struct %s \{(.*?)\n\} %s;" % (name, name), (ROOT / "include/keyfold" / header).read_text(), re.S)[1]
    body = re.sub(r"/\*.*?\*/", "", body, flags=re.S)
    members = [member for line in body.split(";") for member in re.findall(r"(\w+)(?:\[\d+\])?\s*(?:,|$)", line.strip())]
    assert members == [member for member, *_ in structure._fields_], (name, members)


_check("error.h", "kf_error", _Error)
_check("keyfold.h", "kf_finding", _Finding)
_check("keyfold.h", "kf_failure", _Failure)


def _load():
    build = pathlib.Path(os.environ.get("KEYFOLD", ROOT / "build/gcc/src/cli/keyfold")).resolve().parents[1]
    lib = ctypes.CDLL(str(build / "libkeyfold.so"))
    handle, out, error = ctypes.c_void_p, ctypes.POINTER(ctypes.c_void_p), ctypes.POINTER(_Error)
    for name, result, *arguments in (
            ("kf_database_open", ctypes.c_int, out, ctypes.c_char_p, handle, error), ("kf_database_free", None, handle),
            ("kf_log_new", ctypes.c_int, out, error), ("kf_log_free", None, handle),
            ("kf_log_add_statement", ctypes.c_int, handle, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t, error),
            ("kf_execute", ctypes.c_int, out, handle, handle, handle, error), ("kf_result_free", None, handle),
            ("kf_result_status", ctypes.c_int, handle), ("kf_result_plan", handle, handle),
            ("kf_result_failure_count", ctypes.c_size_t, handle),
            ("kf_result_failure", None, ctypes.POINTER(_Failure), handle, ctypes.c_size_t),
            ("kf_plan_finding_count", ctypes.c_size_t, handle),
            ("kf_plan_finding", None, ctypes.POINTER(_Finding), handle, ctypes.c_size_t),
            ("kf_code_text", ctypes.c_char_p, ctypes.c_int)):
        function = getattr(lib, name)
        function.restype, function.argtypes = result, arguments
    return lib


class Database:
    def __init__(self, uri, name):
        self._lib, self._database, error = _load(), ctypes.c_void_p(), _Error()
        if self._lib.kf_database_open(ctypes.byref(self._database), f"{uri}/{name}".encode(), None, ctypes.byref(error)):
            raise ConnectionError(error.message.decode())

    def close(self):
        self._lib.kf_database_free(self._database)

    def execute(self, sql, params=None):
        """Carries one call out. Refused says why not."""
        log, result, error = ctypes.c_void_p(), ctypes.c_void_p(), _Error()
        text, values = sql.encode(), bson.encode({str(n): value for n, value in enumerate(params)}) if params else None
        if self._lib.kf_log_new(ctypes.byref(log), ctypes.byref(error)):
            raise MemoryError(error.message.decode())
        try:
            if (self._lib.kf_log_add_statement(log, text, len(text), values, len(values or b""), ctypes.byref(error)) or
                    self._lib.kf_execute(ctypes.byref(result), self._database, log, None, ctypes.byref(error))):
                raise Refused(f"{self._code(error.code)} {error.message.decode()}")
            if self._lib.kf_result_status(result):
                raise Refused("; ".join(self._reasons(result)))
        finally:
            self._lib.kf_result_free(result)
            self._lib.kf_log_free(log)

    def _code(self, code):
        return self._lib.kf_code_text(code).decode()

    def _reasons(self, result):
        failure, finding, plan = _Failure(), _Finding(), self._lib.kf_result_plan(result)
        for n in range(self._lib.kf_result_failure_count(result)):
            self._lib.kf_result_failure(ctypes.byref(failure), result, n)
            yield f"{self._code(failure.code)} {failure.message.decode()}"
        for n in range(self._lib.kf_plan_finding_count(plan)):
            self._lib.kf_plan_finding(ctypes.byref(finding), plan, n)
            if finding.code:
                yield f"{self._code(finding.code)} {finding.message.decode()}"
