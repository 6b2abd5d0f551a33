"""Progress of snapshots and runs: what watchers are told, and what the command draws of it."""

import ctypes
import json
import os
import pathlib
import re
import struct
import sys
import threading
import time

import bson
import pytest
import servers
from project import on_secantus
from wire import Exchange, recorded

sys.path.insert(0, str(servers.ROOT / "tests/cli"))
from terminal import SIGINT, Program

TABLES = 12
ENV = {"PATH": "/usr/bin:/bin", "TERM": "xterm", "MONGOC_DISABLE_SHM": "1"}


@pytest.fixture
def log(project):
    return project.log(*(f'CREATE TABLE "t{n:02}" ("id" int32 NOT NULL PRIMARY KEY, "a" int32 NOT NULL UNIQUE)' for n in range(TABLES)))


def slow(seconds, of="createIndexes", only="t00"):
    """One build takes its time."""

    def rule(exchange):
        command = exchange.wire.commands[-1]
        if exchange.name == of and command.get(of) == only:
            time.sleep(seconds)
        exchange.forward()

    return rule


# ---- drawn ----


@on_secantus
def test_a_build_is_drawn_and_wiped_off(project, log, tmp_path):
    with recorded(project.server, slow(2.6)) as wire:
        program = Program([project.keyfold.binary, "apply", "--jobs", "1", "--uri", f"{wire.uri}/{project.database.name}", log],
                          stdout=tmp_path / "report", env=ENV)
        asked = wire.named("currentOp")
    assert program.status == 0 and program.screen.lines == [""]
    pattern = r"t00  create index  \d+ of \d+ done  (\d) s"
    seconds = [found[1] for line in program.screen.drawn if (found := re.fullmatch(pattern, line))]
    assert seconds == ["1", "2"], program.screen.drawn
    assert len(asked) == 2 and all(each["$db"] == "admin" for each in asked)  # and the server answers, but not with progress
    assert "operations done" in (tmp_path / "report").read_text()
    project.nothing_to_do(log)


def test_quick_builds_draw_nothing(project, log, tmp_path):
    program = Program([project.keyfold.binary, "apply", "--uri", project.uri, log], stdout=tmp_path / "report", env=ENV)
    assert program.status == 0 and program.screen.lines == [""]
    assert not any(re.search(r"\d s$", line) for line in program.screen.drawn)


def answer_current_op(exchange, operations):
    """In place of the server's own reply. No server here builds indexes slowly enough to tell of it, so: as MongoDB's manual has it."""
    exchange.send()
    reply = exchange.receive()
    body = b"\0\0\0\0\0" + bson.encode({"inprog": operations, "ok": 1.0})
    exchange.answer(struct.pack("<iiii", 16 + len(body), *struct.unpack_from("<iii", reply, 4)) + body)


@on_secantus
@pytest.mark.parametrize("operation, shown", [
    ({"desc": "IndexBuildsCoordinatorMongod-0", "msg": "Index Build: scanning collection Index Build: scanning collection: 250/1000 25%",
      "progress": {"done": 250, "total": 1000}, "command": {"createIndexes": "t00", "$db": "@"}}, "25% of 1000 documents"),
    ({"msg": "Index Build: scanning collection", "ns": "@.t00", "progress": {"done": bson.Int64(5000), "total": bson.Int64(4000)}},
     "100% of 4000 documents"),
    ({"msg": "Index Build: scanning collection", "ns": "@.t01", "progress": {"done": 1, "total": 2}}, None),
    ({"msg": "Index Build: scanning collection", "ns": "@.t00", "progress": {"done": -1, "total": 0}}, None),
    ({"msg": "something else", "ns": "@.t00", "progress": {"done": 1, "total": 2}}, None),
])  # fmt: skip
def test_what_the_server_says_of_a_build(project, log, tmp_path, operation, shown):
    operation = bson.decode(bson.encode(operation))
    for where in operation, operation.get("command", {}):
        where.update((key, value.replace("@", project.database.name)) for key, value in list(where.items()) if isinstance(value, str))

    def rule(exchange):
        if exchange.name == "currentOp":
            answer_current_op(exchange, [{"op": "none"}, operation])
        else:
            slow(1.6)(exchange)

    with recorded(project.server, rule) as wire:
        program = Program([project.keyfold.binary, "apply", "--jobs", "1", "--uri", f"{wire.uri}/{project.database.name}", log],
                          stdout=tmp_path / "report", env=ENV)
    assert program.status == 0 and program.screen.lines == [""]
    line, = (each for each in program.screen.drawn if re.search(r"\d s\b", each))
    assert (line.endswith(f"1 s  {shown}") if shown else line.endswith("1 s")), line


@on_secantus
def test_a_server_that_does_not_answer_what_goes_on(project, log, tmp_path):
    """Waited for, for two seconds at most, and not asked again."""

    def rule(exchange):
        if exchange.name == "currentOp":
            time.sleep(30)
        slow(1.5)(exchange)

    began = time.monotonic()
    with recorded(project.server, rule) as wire:
        program = Program([project.keyfold.binary, "apply", "--jobs", "1", "--uri", f"{wire.uri}/{project.database.name}", log],
                          stdout=tmp_path / "report", env=ENV)
        assert len(wire.named("currentOp")) == 1
    assert program.status == 0 and time.monotonic() - began < 15


# ---- Ctrl-C ----


@on_secantus
def test_ctrl_c_waits_for_the_build(project, log, tmp_path):
    with recorded(project.server, slow(3.5)) as wire:
        program = Program([project.keyfold.binary, "apply", "--jobs", "1", "--uri", f"{wire.uri}/{project.database.name}", log],
                          stdout=tmp_path / "report", keys={"create index.* 1 s": b"\x03"}, env=ENV)
    assert program.status == 130
    waits, error, last = program.screen.lines
    assert waits == "keyfold: interrupted: waits for the command that runs; Ctrl-C again does not" and last == ""
    assert re.fullmatch(r"keyfold: error KF-090: .*interrupted; \d+ of \d+ operations are done \(run again to finish\)", error)
    project.apply(log)
    project.nothing_to_do(log)


@on_secantus
def test_ctrl_c_twice(project, log, tmp_path):
    with recorded(project.server, slow(5)) as wire:
        program = Program([project.keyfold.binary, "apply", "--jobs", "1", "--uri", f"{wire.uri}/{project.database.name}", log],
                          stdout=tmp_path / "report", keys={"create index.* 1 s": b"\x03", "again does not": b"\x03"}, env=ENV)
    assert program.status == SIGINT
    assert program.screen.lines[0].startswith("keyfold: interrupted: waits") and program.screen.lines[1:] in ([""], ["^C"])


# ---- what a host's watcher is told ----


class Progress(ctypes.Structure):
    _fields_ = [("stage", ctypes.c_int), ("done", ctypes.c_uint64), ("total", ctypes.c_uint64), ("statements", ctypes.c_size_t),
                ("subject", ctypes.c_char_p), ("operation", ctypes.c_char_p), ("seconds", ctypes.c_double),
                ("documents", ctypes.c_uint64), ("of_documents", ctypes.c_uint64)]  # fmt: skip


class DatabaseOptions(ctypes.Structure):
    _fields_ = [("size", ctypes.c_size_t), ("database", ctypes.c_char_p), ("timeout_s", ctypes.c_int),
                ("interrupted", ctypes.POINTER(ctypes.c_bool)), ("jobs", ctypes.c_int)]  # fmt: skip


WATCHER = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.POINTER(Progress))
READ, SNAPSHOT, RUN = 1, 2, 3
IN_USE = -11


@pytest.fixture(scope="module")
def library():
    path = pathlib.Path(os.environ["KEYFOLD"]).parent.parent / "libkeyfold.so"
    if b"__asan_init" in path.read_bytes():
        pytest.skip("a library with AddressSanitizer cannot be loaded into this Python")
    return ctypes.CDLL(str(path))


class Heard:
    """What was told, by whom; two at once, or one after the call, would be a fault."""

    def __init__(self, slowly=0.0, then=lambda: None):
        self.told, self.threads, self.faults = [], set(), []
        self.inside, self.open, self.slowly, self.then = threading.Lock(), True, slowly, then
        self.function = WATCHER(self._hear)

    def _hear(self, context, progress):
        if not self.inside.acquire(blocking=False):
            self.faults.append("two at once")
            return
        p = progress.contents
        self.told.append((p.stage, p.done, p.total, p.statements, p.subject.decode(), p.operation.decode(), p.seconds))
        self.threads.add(threading.get_ident())
        self.then()
        time.sleep(self.slowly)
        if not self.open:
            self.faults.append("after the call")
        self.inside.release()


def opened(library, uri, jobs):
    database = ctypes.c_void_p()
    options = DatabaseOptions(ctypes.sizeof(DatabaseOptions), None, 0, None, jobs)
    assert library.kf_database_open(ctypes.byref(database), uri.encode(), ctypes.byref(options), None) == 0
    return database


def read(library, log, heard=None):
    handle = ctypes.c_void_p()
    assert library.kf_log_new(ctypes.byref(handle), None) == 0
    if heard:
        assert library.kf_log_watch(handle, heard.function, None, None) == 0
    assert library.kf_log_add_file(handle, os.fspath(log).encode(), None) == 0
    return handle


def test_reading_is_told(library, tmp_path):
    record = '2026-11-22 06:49:18,537 djongo.sql2mongo.query DEBUG sql_command: INSERT INTO "t" ("id") VALUES (1)\nparams: ()\n'
    path = tmp_path / "app.log"
    path.write_text(record * 5000)
    refused = []
    heard = Heard(then=lambda: refused.append(library.kf_log_watch(handle, None, None, None)))
    handle = ctypes.c_void_p()
    assert library.kf_log_new(ctypes.byref(handle), None) == 0
    assert library.kf_log_watch(handle, heard.function, None, None) == 0
    assert library.kf_log_add_file(handle, os.fspath(path).encode(), None) == 0
    heard.open = False
    size = path.stat().st_size
    assert {each[0] for each in heard.told} == {READ} and {each[2] for each in heard.told} == {size}
    done = [each[1] for each in heard.told]
    assert done == sorted(done) and done[-1] == size and len(done) <= size // 128000 + 3
    assert 4000 < heard.told[-1][3] <= 5000 and heard.told[-1][4] == str(path)
    assert refused and set(refused) == {IN_USE}
    library.kf_log_free(handle)


@pytest.mark.parametrize("jobs", [1, 4])
def test_snapshots_and_runs_are_told(library, project, log, jobs):
    handle = read(library, log)
    database = opened(library, project.uri, jobs)
    heard = Heard(slowly=0.002)
    assert library.kf_database_watch(database, heard.function, None, None) == 0
    result = ctypes.c_void_p()
    assert library.kf_apply_log(ctypes.byref(result), database, handle, None, None) == 0
    heard.open = False
    time.sleep(1.2)  # a tick later
    assert not heard.faults
    operations = library.kf_result_done(result)
    run = [each for each in heard.told if each[0] == RUN]
    assert {each[2] for each in run} == {operations} and run[-1][1] == operations
    done = [each[1] for each in run]
    assert done == sorted(done)
    begun = [each[4:6] for each in run if each[5] and each[6] == 0]
    assert sorted(begun[1:-1]) == [(f"t{n:02}", "create index") for n in range(TABLES)]
    assert [begun[0][1], begun[-1][1]] == ["create catalog", "write document"]
    assert len(heard.threads) >= min(jobs, 2)
    library.kf_result_free(result)

    # Read again: each collection, and the catalog.
    heard.told.clear()
    heard.open = True
    schema = ctypes.c_void_p()
    assert library.kf_database_snapshot(ctypes.byref(schema), database, None) == 0
    heard.open = False
    assert [each[:3] for each in heard.told] == [(SNAPSHOT, n, TABLES + 1) for n in range(TABLES + 2)]
    assert {each[4] for each in heard.told} - {"", "__schema__"} == {f"t{n:02}" for n in range(TABLES)}
    library.kf_schema_free(schema)

    # And nobody is told any more.
    heard.told.clear()
    assert library.kf_database_watch(database, ctypes.cast(None, WATCHER), None, None) == 0
    assert library.kf_database_snapshot(ctypes.byref(schema), database, None) == 0 and heard.told == []
    library.kf_schema_free(schema)
    library.kf_database_free(database)
    library.kf_log_free(handle)


@on_secantus
def test_where_nobody_looks_nobody_asks(project, log, keyfold):
    """A run in a pipe asks for nothing besides; one with -v does, and does not count it."""
    counted = []
    for words in [], ["-v"]:
        with recorded(project.server, slow(1.3)) as wire:
            done = keyfold("apply", "--json", *words, "--jobs", "1", "--uri", f"{wire.uri}/{project.database.name}", log)
            assert done.returncode == 0 and bool(wire.named("currentOp")) == bool(words)
        counted.append(json.loads(done.stdout)["commands"])
        assert ("keyfold: t00: create index (1 of " in done.stderr) == bool(words)
        project.database.client.drop_database(project.database.name)
    assert counted[0] == counted[1]
