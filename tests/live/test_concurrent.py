"""Two at once, a database that changes after it was planned against, and a connection that is lost."""

import json
import signal
import time

import pytest
import servers
import states
from project import Project, on_secantus, start
from states import Index

TOLERANT = servers.ROOT / "sql_corpus/logs/presenceiq-tolerant.log"
SMALL = ('CREATE TABLE "t" ("id" long NOT NULL PRIMARY KEY AUTOINCREMENT, "c" string NOT NULL, "d" long NULL)',
         'ALTER TABLE "t" ADD CONSTRAINT "i" INDEX ("c")', 'ALTER TABLE "t" ADD CONSTRAINT "u" UNIQUE ("c", "id")')
SMALL_STATE = {"t": sorted([Index((("id", 1),), True), Index((("c", 1),)), Index((("c", 1), ("id", 1)), True)])}


# ---- two at once ----

@on_secantus
@pytest.mark.parametrize("round_", range(5))
def test_two_at_once(project, round_):
    words = ("apply", "--uri", project.uri, TOLERANT)
    both = [start(project.keyfold, *words) for _ in range(2)]
    said = [each.communicate(timeout=60) for each in both]
    assert [each.returncode for each in both] == [0, 0], said
    states.check(project.database, "presenceiq-tolerant")
    assert project.database[states.CATALOG].count_documents(states.TABLES) == 21
    project.nothing_to_do(TOLERANT)


def test_two_at_once_on_either_server(project):
    log = project.log(*SMALL)
    both = [start(project.keyfold, "apply", "--uri", project.uri, log) for _ in range(2)]
    said = [each.communicate(timeout=60) for each in both]
    assert [each.returncode for each in both] == [0, 0], said
    assert states.indexes(project.database) == SMALL_STATE
    project.nothing_to_do(log)


@on_secantus
def test_two_logs_at_once(project):
    """Names of both are kept: each writes the table's document by compare-and-swap."""
    project.apply(project.log(SMALL[0]))
    logs = [project.log(f'ALTER TABLE "t" ADD CONSTRAINT "i{n}" INDEX ("c", "d")',
                        f'ALTER TABLE "t" ADD CONSTRAINT "j{n}" INDEX ("d")') for n in range(2)]
    both = [start(project.keyfold, "apply", "--uri", project.uri, log) for log in logs]
    said = [each.communicate(timeout=60) for each in both]
    assert [each.returncode for each in both] == [0, 0], said
    assert set(states.names(project.database)["t"]) == {"__primary_key__", "i0", "i1", "j0", "j1"}
    assert states.indexes(project.database) == {
        "t": sorted([Index((("id", 1),), True), Index((("c", 1), ("d", 1))), Index((("d", 1),))])}


# ---- a saved plan ----

@pytest.fixture
def saved(project):
    """A plan against a database that has the table and not the index."""
    project.apply(project.log(*SMALL[:2]))
    path = project.folder / "plan.json"
    project.run("plan", "-o", path, project.log(*SMALL))
    assert json.loads(path.read_text())["operations"]
    return path


def test_a_plan_is_applied(project, saved):
    result = project.apply(saved)
    assert (result["commands"]["write"], states.indexes(project.database)) == (2, SMALL_STATE)


def change_document(database, **how):
    database[states.CATALOG].update_one({"name": "t"}, {f"${operator}": change for operator, change in how.items()})


CHANGES = {
    "index": lambda database: database.t.create_index("d"),
    "index dropped": lambda database: database.t.drop_index("i"),
    "collection": lambda database: database.other.create_index("d"),
    "column": lambda database: change_document(database, set={"fields.e": {"type_code": "long"}}),
    "name": lambda database: change_document(database, pop={"names": 1}, inc={"rev": 1}),
}


@on_secantus
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_stale_plan_is_refused(project, saved, change):
    change(project.database)
    before = states.end_state(project.database), list(project.database[states.CATALOG].find(states.TABLES))
    done = project.run("apply", saved, status=4)
    assert "KF-045" in done.stderr
    assert (states.end_state(project.database), list(project.database[states.CATALOG].find(states.TABLES))) == before


@on_secantus
def test_counters_and_documents_do_not_make_a_plan_stale(project, saved):
    project.database[states.CATALOG].update_one({"name": "t"}, {"$inc": {"auto.seq": 41}})
    project.database.t.insert_one({"id": 41, "c": "x", "d": None})
    project.apply(saved)
    assert states.indexes(project.database) == SMALL_STATE
    assert states.counters(project.database) == {"t": 41}


@on_secantus
def test_a_plan_that_was_applied_is_stale(project, saved):
    project.apply(saved)
    project.run("apply", saved, status=4)


# ---- a server that fails ----

@pytest.fixture(scope="module")
def server_with_faults():
    with servers.secantus(test_commands=True) as server:
        yield server


@pytest.fixture
def faulty(keyfold, server_with_faults, database_name, tmp_path):
    project = Project(keyfold, server_with_faults, server_with_faults.client[database_name], tmp_path)
    yield project
    fail(project, "off")
    server_with_faults.client.drop_database(database_name)


def fail(project, mode, **what):
    project.server.client.admin.command("configureFailPoint", "failCommand", mode=mode,
                                        data={"failCommands": ["createIndexes"], **what})


def slow(project, mode, milliseconds, command="createIndexes"):
    fail(project, mode, failCommands=[command], blockConnection=True, blockTimeMS=milliseconds)


FAULTS = {"connection": {"closeConnection": True}, "11600": {"errorCode": 11600}}


@pytest.mark.parametrize("what", FAULTS.values(), ids=FAULTS)
def test_a_fault_that_passes(faulty, what):
    fail(faulty, {"times": 1}, **what)
    faulty.apply(TOLERANT)
    states.check(faulty.database, "presenceiq-tolerant")
    fail(faulty, "off")
    faulty.nothing_to_do(TOLERANT)


@pytest.mark.parametrize("times,status", [(3, 0), (4, 5)])
def test_planned_anew_three_times_at_most(faulty, times, status):
    fail(faulty, {"times": times}, closeConnection=True)
    faulty.run("apply", faulty.log(*SMALL), status=status, timeout=60)


@pytest.mark.parametrize("what", FAULTS.values(), ids=FAULTS)
@pytest.mark.parametrize("command", ["createIndexes", "update", "insert", "listIndexes"])
def test_a_fault_that_stays(faulty, command, what):
    """Wherever it ends, running again finishes it."""
    faulty.apply(faulty.log(SMALL[0]))
    fail(faulty, "alwaysOn", failCommands=[command], **what)
    log = faulty.log(*SMALL, 'CREATE TABLE "more" ("id" long NOT NULL PRIMARY KEY)')
    done = faulty.run("apply", log, status=5, timeout=60)
    assert "KF-0" in done.stderr
    fail(faulty, "off")
    faulty.apply(log)
    assert states.indexes(faulty.database) == {**SMALL_STATE, "more": [Index((("id", 1),), True)]}
    assert set(states.names(faulty.database)["t"]) == {"__primary_key__", "i", "u"}
    faulty.nothing_to_do(log)


@pytest.mark.parametrize("skip", [2, 16])
def test_a_fault_half_way(faulty, skip):
    """After some collections were done. What was built stays, and is found again."""
    fail(faulty, {"skip": skip}, closeConnection=True)
    faulty.run("apply", TOLERANT, status=5, timeout=60)
    assert 0 < len(states.tables(faulty.database)) < 21
    fail(faulty, "off")
    faulty.apply(TOLERANT)
    states.check(faulty.database, "presenceiq-tolerant")


# ---- somebody else in between, and an end in between ----

IN_BETWEEN = {
    "the same index": {"keys": "c", "name": "by_hand"},
    "its name": {"keys": "d", "name": "i"},
    "one beside it": {"keys": "c", "name": "by_hand", "sparse": True},
}


@pytest.mark.parametrize("index", IN_BETWEEN.values(), ids=IN_BETWEEN)
def test_an_index_is_made_in_between(faulty, index):
    """After the snapshot and before createIndexes."""
    faulty.apply(faulty.log(SMALL[0]))
    log = faulty.log(*SMALL)
    slow(faulty, {"times": 1}, 800)
    run = start(faulty.keyfold, "apply", "--uri", faulty.uri, log)
    time.sleep(0.4)
    assert len(states.specs(faulty.database, "t")) == 1
    faulty.database.t.create_index(**index)
    said = run.communicate(timeout=60)
    assert run.returncode == 0, said
    names = states.names(faulty.database)["t"]
    assert names["i"].serves == (Index((("c", 1),)),) and names["u"].serves == (Index((("c", 1), ("id", 1)), True),)
    if index["name"] == "by_hand":
        assert "by_hand" in [spec["name"] for spec in states.specs(faulty.database, "t")]
    faulty.nothing_to_do(log)


def test_a_document_is_written_in_between(faulty):
    """By another keyfold: the names of both are kept."""
    faulty.apply(faulty.log(SMALL[0]))
    logs = [faulty.log(f'ALTER TABLE "t" ADD CONSTRAINT "i{n}" INDEX ("c")') for n in range(2)]
    slow(faulty, {"times": 1}, 1000, "update")
    run = start(faulty.keyfold, "apply", "--uri", faulty.uri, logs[0])
    time.sleep(0.4)
    faulty.apply(logs[1])
    said = run.communicate(timeout=60)
    assert run.returncode == 0, said
    assert set(states.names(faulty.database)["t"]) == {"__primary_key__", "i0", "i1"}


@pytest.mark.parametrize("number,status", [(signal.SIGKILL, -9), (signal.SIGINT, 130)], ids=["kill", "interrupt"])
@pytest.mark.parametrize("after", [0.3, 1.2])
def test_a_run_that_ends_half_way(faulty, number, status, after):
    slow(faulty, "alwaysOn", 100)
    run = start(faulty.keyfold, "apply", "--jobs", 1, "--uri", faulty.uri, TOLERANT)
    time.sleep(after)
    run.send_signal(number)
    said = run.communicate(timeout=60)
    assert run.returncode == status, said
    if number == signal.SIGINT:
        assert "KF-090" in said[1] and said[0] == ""
    fail(faulty, "off")
    assert 0 < len(states.tables(faulty.database)) < 21
    faulty.apply(TOLERANT)
    states.check(faulty.database, "presenceiq-tolerant")


def test_an_index_that_is_replaced_half_way(faulty):
    """Under one index a key pattern the old one is gone before the new one is there."""
    flags = "--profile", "mongodb-4.2"
    faulty.apply(*flags, faulty.log(*SMALL[:2]))
    log = faulty.log('ALTER TABLE "t" ADD CONSTRAINT "v" UNIQUE ("c")')
    slow(faulty, "alwaysOn", 600)
    run = start(faulty.keyfold, "apply", "--uri", faulty.uri, *flags, log)
    time.sleep(0.3)
    run.kill()
    run.communicate()
    fail(faulty, "off")
    time.sleep(0.6)
    faulty.apply(*flags, log)
    assert states.indexes(faulty.database)["t"] == sorted([Index((("id", 1),), True), Index((("c", 1),), True)])
    names = states.names(faulty.database)["t"]
    assert names["i"].serves == names["v"].serves == (Index((("c", 1),), True),)
    faulty.nothing_to_do(*flags, log)
