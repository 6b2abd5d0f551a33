"""Progress of reading: drawn on a terminal, wiped off again, and nowhere else. Messages: colours, -q, -v, JSON lines."""

import datetime
import gzip
import json
import os
import pathlib
import re
import subprocess
import threading
import time

import pytest
from terminal import SIGINT, Program

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("KEYFOLD", ROOT / "build/gcc/src/cli/keyfold")).resolve()
CREATE = ('2026-11-22 06:49:18,537 djongo.sql2mongo.query DEBUG sql_command: CREATE TABLE "t" ("id" int32 NOT NULL PRIMARY KEY)\n'
          "params: ()\n")  # fmt: skip
INSERT = '2026-11-22 06:49:18,537 djongo.sql2mongo.query DEBUG sql_command: INSERT INTO "t" ("id") VALUES (%(0)s)\nparams: (7,)\n'


def environment(**more):
    kept = {key: value for key, value in os.environ.items() if key.endswith("SAN_OPTIONS")}
    return {"PATH": "/usr/bin:/bin", "TERM": "xterm", **kept, **more}


@pytest.fixture(scope="module")
def big(tmp_path_factory):
    """A second or more to read: members of gzip that follow each other are one text."""
    path = tmp_path_factory.mktemp("big") / "production.log.gz"
    with open(path, "wb") as out:
        out.write(gzip.compress(CREATE.encode()))
        member = gzip.compress((INSERT * 50000).encode())
        slow = b"__asan_init" in (BINARY.parents[1] / "libkeyfold.so").read_bytes()
        for _ in range(20 if slow else 80):
            out.write(member)
    return path


def test_reading_is_drawn_and_wiped_off(big, tmp_path):
    program = Program([BINARY, "plan", big], stdout=tmp_path / "plan", env=environment())
    assert program.status == 0 and "nothing" not in program.screen.lines
    drawn = program.screen.drawn
    pattern = r"(\.\.\.)?\S*log\.gz  \d+%  [\d.]+ [kM]B of [\d.]+ [kM]B  \d+ s left  \d+ statements"
    assert drawn and all(re.match(pattern, line) for line in drawn), drawn
    shares = [int(re.search(r"(\d+)%", line)[1]) for line in drawn]
    assert shares == sorted(shares) and shares[-1] <= 100
    # Nothing is left, neither there nor in the report.
    assert program.screen.lines == [""]
    assert "\033" not in (tmp_path / "plan").read_text() and "\r" not in (tmp_path / "plan").read_text()


@pytest.mark.parametrize("columns", [20, 40, 80, 200])
def test_as_wide_as_the_terminal(big, tmp_path, columns):
    name = tmp_path / ("x" * 100 + "größe界.gz")
    name.symlink_to(big)
    program = Program([BINARY, "plan", name], columns=columns, stdout=tmp_path / "plan", env=environment())
    assert program.status == 0 and program.screen.drawn
    assert program.screen.widest < columns
    assert program.screen.lines == [""]
    if columns == 200:
        assert any(re.search(r"kB/s|MB/s|B/s", line) for line in program.screen.drawn)


def test_a_report_follows_on_a_clean_line(big):
    program = Program([BINARY, "plan", big], env=environment())
    assert program.screen.drawn and program.screen.lines[0].startswith("Plan for ")


@pytest.mark.parametrize("words, env", [(["-q"], {}), (["--log-format", "json"], {}), ([], {"TERM": "dumb"})])
def test_not_drawn(big, tmp_path, words, env):
    program = Program([BINARY, "plan", *words, big], stdout=tmp_path / "plan", env=environment(**env))
    assert (program.status, program.raw) == (0, b"")
    assert ((tmp_path / "plan").read_text() == "") == ("-q" in words)


def test_piped(big):
    done = subprocess.run([BINARY, "plan", big], capture_output=True, env=environment(CLICOLOR_FORCE="1"))
    assert (done.returncode, done.stderr) == (0, b"")


def test_interrupt_while_reading(big, tmp_path):
    program = Program([BINARY, "plan", big], stdout=tmp_path / "plan", keys={"statements": b"\x03"}, env=environment())
    assert program.status == SIGINT
    assert program.screen.lines == [""] and (tmp_path / "plan").read_text() == ""


def test_a_pipe_has_no_end_that_is_known(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)

    def write():
        with open(path, "w") as out:
            out.write(CREATE)
            for _ in range(20):
                out.write(INSERT * 1000)
                out.flush()
                time.sleep(0.05)

    writer = threading.Thread(target=write)
    writer.start()
    program = Program([BINARY, "plan", path], stdout=tmp_path / "plan", env=environment())
    writer.join()
    assert program.status == 0 and program.screen.lines == [""]
    assert any(re.search(r"pipe  [\d.]+ [kM]B  ", line) for line in program.screen.drawn), program.screen.drawn
    assert not any("%" in line or "left" in line for line in program.screen.drawn)


# ---- messages ----


@pytest.fixture
def bad(tmp_path):
    path = tmp_path / "bad.log"
    broken = CREATE.replace('CREATE TABLE "t" ("id" int32', 'CREATE TABLE "t" (("id" int32 DEFAULT %(0)s')
    path.write_text(CREATE + broken.replace("params: ()", "params: ('secret',)"))
    return path


@pytest.mark.parametrize("env, coloured", [({}, True), ({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True),
                                           ({"NO_COLOR": "1", "CLICOLOR_FORCE": "1"}, False), ({"CLICOLOR": "0"}, False),
                                           ({"TERM": "dumb"}, False)])  # fmt: skip
def test_colour_on_a_terminal(bad, env, coloured):
    program = Program([BINARY, "plan", bad], env=environment(**env))
    assert program.status == 3
    assert (b"\033[1;31merror KF-020\033[0m" in program.raw) == coloured == (b"\033" in program.raw)


@pytest.mark.parametrize("force, coloured", [(None, False), ("0", False), ("1", True)])
def test_colour_in_a_pipe(bad, force, coloured):
    env = environment(**({"CLICOLOR_FORCE": force} if force else {}))
    done = subprocess.run([BINARY, "plan", bad], capture_output=True, env=env)
    assert (b"\033[1;31m^\033[0m" in done.stderr) == coloured == (b"\033" in done.stderr)


def test_json_lines(bad):
    done = subprocess.run([BINARY, "plan", "-v", "--log-format", "json", bad], capture_output=True, text=True, env=environment())
    assert done.returncode == 3
    note, error = map(json.loads, done.stderr.splitlines())
    assert note.pop("time") <= error["time"]
    assert note == {"level": "info", "message": f"{bad}: djongo log, utf-8, 2 statements in 4 lines"}
    age = datetime.datetime.now(datetime.timezone.utc) - datetime.datetime.fromisoformat(error.pop("time"))
    assert abs(age.total_seconds()) < 60
    excerpt = error["excerpt"]
    assert excerpt.startswith('CREATE TABLE "t" ((') and "secret" not in done.stderr
    assert error == {"level": "error", "code": "KF-020", "message": 'syntax error at or near (', "file": str(bad), "line": 3,
                     "excerpt": excerpt, "caret": excerpt.index("((") + 1, "advice": "look at the place that the caret shows"}


@pytest.mark.parametrize("name", ['a"b\\c', "tab\tand\x01", "größe", b"no utf-8 \xff\xc3(\xed\xa0\x80".decode("utf-8", "surrogateescape")])
def test_json_lines_are_json_whatever_they_hold(tmp_path, name):
    done = subprocess.run([BINARY, "plan", "--log-format=json", tmp_path / name], capture_output=True, env=environment())
    assert done.returncode == 2
    error = json.loads(done.stderr.decode("utf-8"))
    assert error["code"] == "KF-003" and error["advice"]
    if name.isprintable():
        assert name in error["message"]


def test_a_wrong_option_is_told_as_json_too():
    done = subprocess.run([BINARY, "plan", "--log-format", "json", "--nonsense"], capture_output=True, text=True, env=environment())
    error = json.loads(done.stderr)
    assert (done.returncode, error["code"], error["advice"]) == (2, "KF-001", "see keyfold plan --help")


def test_usage():
    for words in (["--log-format", "xml"], ["-q", "-v"]):
        done = subprocess.run([BINARY, "plan", *words, "x"], capture_output=True, text=True, env=environment())
        assert done.returncode == 2 and "error KF-001" in done.stderr


def test_quiet_and_verbose(tmp_path):
    log = tmp_path / "app.log"
    log.write_text(CREATE)
    schema = tmp_path / "s.json"

    def run(*words):
        done = subprocess.run([BINARY, *words], capture_output=True, text=True, env=environment(), cwd=tmp_path)
        return done.returncode, done.stdout, done.stderr

    assert run("plan", "-q", "--check", log) == (1, "", "")
    assert run("apply", "-q", "--schema", schema, log) == (0, "", "")
    assert run("verify", "--quiet", "--schema", schema, log) == (0, "", "")
    assert run("lint", "-q", log) == (0, "", "")
    assert json.loads(run("plan", "-q", "--json", log)[1])["format"] == 1  # a program's
    assert run("export", "-q", "--schema", schema)[1].startswith("{")
    assert run("plan", "-v", log)[2] == f"keyfold: {log}: djongo log, utf-8, 1 statements in 2 lines\n"
    (tmp_path / "drop.log").write_text(CREATE + CREATE.replace('CREATE TABLE "t" ("id" int32 NOT NULL PRIMARY KEY)', 'DROP TABLE "t"'))
    assert run("apply", "-q", "--schema", schema, tmp_path / "drop.log")[::2][0] == 4  # what is wrong is said
