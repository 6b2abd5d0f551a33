"""--jobs: collections at once, and nothing else is different: state, report, order, errors, exit status."""

import re
import signal
import subprocess
import time

import pytest
import states
from project import Project, on_secantus
from wire import Wire

TABLES, INDEXES = 24, 3


@pytest.fixture
def log(project):
    made = [f'CREATE TABLE "t{n:02}" ("id" int32 NOT NULL PRIMARY KEY, "a" int32 NOT NULL, "b" int32 NOT NULL, "c" int32 NOT NULL)'
            for n in range(TABLES)]  # fmt: skip
    added = [f'ALTER TABLE "t{n:02}" ADD CONSTRAINT "t{n:02}_{column}_uniq" UNIQUE ("{column}")'
             for column in "abc"[:INDEXES] for n in range(TABLES)]  # fmt: skip
    return project.log(*made, *added)


def report(result):
    """All of it but the database's name and how much was read: each connection counts."""
    return {key: value for key, value in result.items() if key not in ("database", "uri", "server")}


def numberless(result):
    return [{key: value for key, value in each.items() if key != "operation"} for each in result["failures"]]


def test_as_one_after_another(project, log):
    one = report(project.apply("--jobs", 1, log))
    before = states.end_state(project.database)
    project.database.client.drop_database(project.database.name)
    assert report(project.apply("--jobs", 4, log)) == one
    assert states.end_state(project.database) == before
    project.nothing_to_do("--jobs", 4, log)


def test_duplicates_are_told_in_the_order_of_the_plan(project, log):
    """In every third collection; the others are done."""
    full = [f"t{n:02}" for n in range(0, TABLES, 3)]
    for name in full:
        project.database[name].insert_many({"id": n, "a": 7, "b": n, "c": n} for n in range(3))
    four = project.apply("--jobs", 4, log, status=4)
    assert [each["collection"] for each in four["failures"]] == full
    live = set(project.database["t01"].index_information())
    assert {"t01_a_uniq", "t01_b_uniq", "t01_c_uniq"} <= live
    assert "t00_b_uniq" in project.database["t00"].index_information()
    one = project.apply("--jobs", 1, log, status=4)
    assert numberless(one) == numberless(four)  # what was done is no operation of the second plan


@on_secantus
def test_connections(project, log, keyfold):
    """As many as asked for, and one where one is asked for."""
    project.apply(log)
    for jobs, connections in ((1, 1), (3, 3)):
        wire = Wire(project.server)
        done = keyfold("plan", "--uri", f"{wire.uri}/{project.database.name}", "--jobs", jobs, log)
        wire.close()
        assert done.returncode == 0, done.stderr
        busy = [each for each in wire.by_connection.values() if "listIndexes" in each or "listCollections" in each]
        assert len(busy) == connections
        assert len(wire.named("listIndexes")) == TABLES + 1  # the catalog's as well


@on_secantus
def test_ctrl_c(project, log, keyfold):
    """Ends between two commands of each worker, and what is left is done by the next run."""
    wire = Wire(project.server, delay=0.05)
    child = subprocess.Popen([keyfold.binary, "apply", "--jobs", "4", "--uri", f"{wire.uri}/{project.database.name}", str(log)],
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)  # fmt: skip
    deadline = time.monotonic() + 60
    while len(wire.named("createIndexes")) < 8 and time.monotonic() < deadline:
        time.sleep(0.01)
    child.send_signal(signal.SIGINT)
    _, said = child.communicate(timeout=60)
    wire.close()
    assert child.returncode == 130
    assert re.fullmatch(r"keyfold: error KF-090: (cannot list the indexes of t\d\d: )?interrupted; \d+ of \d+ operations are done "
                        r"\(run again to finish\)\n", said), said
    built = sum("t%02d_c_uniq" % n in project.database["t%02d" % n].index_information() for n in range(TABLES))
    assert 0 < built < TABLES
    project.apply("--jobs", 4, log)
    project.nothing_to_do(log)


def test_a_worker_that_the_server_leaves(secantus_faults, database_name, keyfold, tmp_path):
    """A failCommand that closes connections meets one of them: planned anew, and everything is there."""
    project = Project(keyfold, secantus_faults, secantus_faults.client[database_name], tmp_path)
    log = project.log(*(f'CREATE TABLE "t{n:02}" ("id" int32 NOT NULL PRIMARY KEY, "a" int32 NOT NULL)' for n in range(TABLES)),
                      *(f'CREATE INDEX "t{n:02}_a" ON "t{n:02}" ("a")' for n in range(TABLES)))  # fmt: skip
    secantus_faults.client.admin.command("configureFailPoint", "failCommand", mode={"times": 1},
                                         data={"failCommands": ["createIndexes"], "closeConnection": True})  # fmt: skip
    project.apply("--jobs", 4, log)
    project.nothing_to_do("--jobs", 4, log)
