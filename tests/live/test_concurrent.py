"""Two at once, a database that changes after it was planned against, and a connection that is lost."""

import json

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
    assert states.end_state(project.database) == states.expected("presenceiq-tolerant")
    assert project.database[states.CATALOG].count_documents({}) == 21
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


CHANGES = {
    "index": lambda database: database.t.create_index("d"),
    "index dropped": lambda database: database.t.drop_index("i"),
    "collection": lambda database: database.other.create_index("d"),
    "column": lambda database: database[states.CATALOG].update_one({"name": "t"}, {"$set": {"fields.e": {"type_code": "long"}}}),
    "name": lambda database: database[states.CATALOG].update_one({"name": "t"}, {"$pop": {"names": 1}, "$inc": {"rev": 1}}),
}


@on_secantus
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_stale_plan_is_refused(project, saved, change):
    change(project.database)
    before = states.end_state(project.database), list(project.database[states.CATALOG].find())
    done = project.run("apply", saved, status=4)
    assert "KF-045" in done.stderr
    assert (states.end_state(project.database), list(project.database[states.CATALOG].find())) == before


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

@pytest.fixture
def faulty(keyfold, secantus_faults, database_name, tmp_path):
    return Project(keyfold, secantus_faults, secantus_faults.client[database_name], tmp_path)


def fail(project, mode, **what):
    project.server.client.admin.command("configureFailPoint", "failCommand", mode=mode,
                                        data={"failCommands": ["createIndexes"], **what})


FAULTS = {"connection": {"closeConnection": True}, "11600": {"errorCode": 11600}}


@pytest.mark.parametrize("what", FAULTS.values(), ids=FAULTS)
def test_a_fault_that_passes(faulty, what):
    fail(faulty, {"times": 1}, **what)
    faulty.apply(TOLERANT)
    assert states.end_state(faulty.database) == states.expected("presenceiq-tolerant")
    fail(faulty, "off")
    faulty.nothing_to_do(TOLERANT)


@pytest.mark.parametrize("what", FAULTS.values(), ids=FAULTS)
def test_a_fault_that_stays(faulty, what):
    fail(faulty, "alwaysOn", **what)
    log = faulty.log(*SMALL)
    done = faulty.run("apply", log, status=5, timeout=60)
    assert "KF-0" in done.stderr
    fail(faulty, "off")
    faulty.apply(log)
    assert states.indexes(faulty.database) == SMALL_STATE


@pytest.mark.parametrize("skip", [1, 5, 15])
def test_a_fault_half_way(faulty, skip):
    """After some collections were done. What was built stays, and is found again."""
    fail(faulty, {"skip": skip}, closeConnection=True)
    faulty.run("apply", TOLERANT, status=5, timeout=60)
    assert 0 < len(states.tables(faulty.database)) <= 21
    fail(faulty, "off")
    faulty.apply(TOLERANT)
    assert states.end_state(faulty.database) == states.expected("presenceiq-tolerant")
