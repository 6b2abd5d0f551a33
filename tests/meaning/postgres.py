"""PostgreSQL 15 of Debian's packages, in a cluster of its own below a temporary folder, through libpq."""

import contextlib
import ctypes
import ctypes.util
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import tempfile
import time

BIN = pathlib.Path("/usr/lib/postgresql/15/bin")
_OK = {1, 2}  # PGRES_COMMAND_OK, PGRES_TUPLES_OK


class Refused(Exception):
    """What the server said; .state is the SQLSTATE."""

    def __init__(self, message, state):
        super().__init__(message)
        self.state = state


def _libpq():
    lib = ctypes.CDLL(ctypes.util.find_library("pq") or "libpq.so.5")
    text, handle = ctypes.c_char_p, ctypes.c_void_p
    for name, result, *arguments in (
            ("PQconnectdb", handle, text), ("PQstatus", ctypes.c_int, handle), ("PQfinish", None, handle),
            ("PQerrorMessage", text, handle), ("PQexec", handle, handle, text), ("PQclear", None, handle),
            ("PQresultStatus", ctypes.c_int, handle), ("PQresultErrorMessage", text, handle),
            ("PQresultErrorField", text, handle, ctypes.c_int), ("PQntuples", ctypes.c_int, handle),
            ("PQnfields", ctypes.c_int, handle), ("PQgetvalue", text, handle, ctypes.c_int, ctypes.c_int),
            ("PQgetisnull", ctypes.c_int, handle, ctypes.c_int, ctypes.c_int)):
        function = getattr(lib, name)
        function.restype, function.argtypes = result, arguments
    return lib


class Postgres:
    def __init__(self, folder):
        self._pq = _libpq()
        self._connection = self._pq.PQconnectdb(f"host={folder} user=postgres dbname=postgres".encode())
        if self._pq.PQstatus(self._connection) != 0:
            message = self._pq.PQerrorMessage(self._connection).decode()
            self.close()
            raise ConnectionError(message)
        self.run("SET client_min_messages = error")

    def run(self, sql):
        """Rows, as lists of texts and Nones."""
        result = self._pq.PQexec(self._connection, sql.encode())
        try:
            if self._pq.PQresultStatus(result) not in _OK:
                state = self._pq.PQresultErrorField(result, ord("C")) or b""
                raise Refused(self._pq.PQresultErrorMessage(result).decode().strip(), state.decode())
            return [[None if self._pq.PQgetisnull(result, row, column) else
                     self._pq.PQgetvalue(result, row, column).decode()
                     for column in range(self._pq.PQnfields(result))] for row in range(self._pq.PQntuples(result))]
        finally:
            self._pq.PQclear(result)

    def close(self):
        self._pq.PQfinish(self._connection)


def _as_owner(*command):
    """The server refuses to run as root."""
    if os.geteuid() != 0:
        return [str(each) for each in command]
    who = pwd.getpwnam("postgres")
    return ["setpriv", f"--reuid={who.pw_uid}", f"--regid={who.pw_gid}", "--clear-groups", "--pdeathsig", "INT",
            *map(str, command)]


@contextlib.contextmanager
def postgres():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="kf-pg-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    process = None
    try:
        subprocess.run(_as_owner(BIN / "initdb", "-D", folder / "data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C",
                                 "--no-sync"), check=True, capture_output=True, cwd="/")
        with open(folder / "messages.txt", "wb") as log:
            process = subprocess.Popen(
                _as_owner(BIN / "postgres", "-D", folder / "data", "-k", folder, "-c", "listen_addresses=", "-c", "fsync=off",
                          "-c", "synchronous_commit=off", "-c", "full_page_writes=off"), stdout=log, stderr=log, cwd="/")
        yield _connect(folder, process)
    finally:
        if process:
            process.send_signal(signal.SIGINT)
            process.wait(20)
        shutil.rmtree(folder, ignore_errors=True)


def _connect(folder, process):
    for _ in range(300):
        try:
            return Postgres(folder)
        except ConnectionError as error:
            last = error
        if process.poll() is not None:
            break
        time.sleep(0.1)
    raise ConnectionError(f"{last}\n{(folder / 'messages.txt').read_text()}")
