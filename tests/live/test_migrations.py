"""Rows of django_migrations: written last, by app and name, with the counter's ids; real Django takes them for its own."""

import ast
import concurrent.futures
import datetime
import json
import re
import subprocess
import time

import load_state
import pymongo
import pytest
import servers
import states
from project import Project, findings, on_secantus, start

LOGS = servers.ROOT / "sql_corpus/logs"
STATES = servers.ROOT / "sql_corpus/states"
TOLERANT, SHOP = LOGS / "presenceiq-tolerant.log", LOGS / "shop-evolution.log"
FLAGS = {"secantus": (), "ferretdb": ("--skip-unsupported",)}
PYTHON = servers.DEPS / "djongo/bin/python"

MIGRATIONS = ('CREATE TABLE "django_migrations" ("id" long NOT NULL PRIMARY KEY AUTOINCREMENT, "app" string NOT NULL, '
              '"name" string NOT NULL, "applied" date NOT NULL)')
TABLE = 'CREATE TABLE "t" ("id" long NOT NULL PRIMARY KEY AUTOINCREMENT, "c" long NOT NULL, "d" long NOT NULL)'
UNIQUE = 'ALTER TABLE "t" ADD CONSTRAINT "u" UNIQUE ("c")'


def row(app, name, day=1):
    return f"""INSERT INTO "django_migrations" ("app", "name", "applied") VALUES ('{app}', '{name}', '2026-11-0{day} 10:00:00')"""


def removal(app, name):
    return f"""DELETE FROM "django_migrations" WHERE ("django_migrations"."app" = '{app}' AND "django_migrations"."name" = '{name}')"""


def rows(database):
    """[(id, "app.name")]"""
    return [(each["id"], f"{each['app']}.{each['name']}") for each in database.django_migrations.find().sort("id")]


def names(database):
    return [name for _, name in rows(database)]


def seq(database):
    return states.counters(database)["django_migrations"]


def withheld(result):
    return [each["name"] for each in findings(result, "withheld") if each["code"] == "KF-054"]


@pytest.fixture
def djongo(project):
    def evaluate(*expressions):
        done = subprocess.run([PYTHON, servers.ROOT / "tests/live/use_djongo.py", project.server.uri, project.database.name],
                              input=json.dumps(expressions), capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return evaluate


# ---- as Django sees it ----

def recorded(log):
    """[app, name, date] of each INSERT, as djongo's lines show its parameters."""
    found = re.findall(r'sql_command: INSERT INTO "django_migrations" .*\nparams: (.*)\n', log.read_text())
    parsed = [re.fullmatch(r"\['(\w+)', '(\w+)', datetime\.datetime(\(.*?\))\]", each).groups() for each in found]
    # MongoDB's dates have milliseconds.
    dates = [datetime.datetime(*ast.literal_eval(date)) for _, _, date in parsed]
    return [[app, name, date.replace(microsecond=date.microsecond // 1000 * 1000).isoformat()]
            for (app, name, _), date in zip(parsed, dates)]


@pytest.mark.parametrize("log,n", [(TOLERANT, 24), (SHOP, 17)], ids=["presenceiq", "shop"])
def test_django_takes_them_for_applied(project, djongo, log, n):
    result = project.apply(log, *FLAGS[project.server.name])
    assert result["failures"] == []
    wanted = recorded(log)
    assert len(wanted) == n
    assert [id for id, _ in rows(project.database)] == list(range(1, n + 1)) and seq(project.database) == n
    # contenttypes and auth are the apps that use_djongo.py installs.
    assert djongo("applied()", "unapplied()", 'record("more", "0001_initial")', "len(applied())") == [wanted, [], None, n + 1]
    assert rows(project.database)[-1] == (n + 1, "more.0001_initial") and seq(project.database) == n + 1
    if project.server.name == "secantus":  # FerretDB has no $lookup, which djongo's migrate uses for permissions
        assert djongo("migrate()")[0][-1].strip() == "No migrations to apply."
    # What Django wrote since is left alone.
    project.nothing_to_do(log, *FLAGS[project.server.name])
    assert djongo('unrecord("more", "0001_initial")', "len(applied())") == [None, n]


@pytest.mark.parametrize("log,state,n", [(SHOP, "shop-djongo", 17), (TOLERANT, "presenceiq-failed", 15)], ids=["shop", "presenceiq"])
def test_the_documents_are_djongos(project, log, state, n):
    """But for their _id, and that the two databases were migrated at different times."""
    project.apply(log, *FLAGS[project.server.name])
    written = list(project.database.django_migrations.find().sort("id"))[:n]
    djongos = load_state.json_util.loads((STATES / f"{state}.json").read_text(), json_options=load_state.EXACT)
    djongos = djongos["collections"]["django_migrations"]["documents"]
    assert len(djongos) == n
    assert [list(each) for each in written] == [list(each) for each in djongos] == [["_id", "id", "app", "name", "applied"]] * n
    assert [type(each[key]) for each in written for key in each if key != "id"] == [
        type(each[key]) for each in djongos for key in each if key != "id"]
    compared = ("id", "app", "name", "applied") if log == SHOP else ("id", "app", "name")
    assert [[each[key] for key in compared] for each in written] == [
        [each[key].replace(tzinfo=None) if key == "applied" else each[key] for key in compared] for each in djongos]
    kinds = project.database.django_migrations.aggregate([{"$match": {"id": {"$type": "int"}}}, {"$count": "n"}])
    assert [each["n"] for each in kinds] == [len(rows(project.database))]


@on_secantus
def test_after_djongo(project, djongo):
    """A database that djongo migrated half way: the rest is recorded, and Django goes on."""
    load_state.load_state(project.server.client, project.database.name, STATES / "presenceiq-failed.json")
    project.apply(TOLERANT)
    assert [each[:2] for each in djongo("applied()")[0]] == [each[:2] for each in recorded(TOLERANT)]
    assert [id for id, _ in rows(project.database)] == list(range(1, 25))


# ---- what comes before ----

def test_duplicates_withhold_the_row(project):
    log = project.log(MIGRATIONS, TABLE, row("t", "0001"), UNIQUE, row("t", "0002", 2), row("v", "0001", 3))
    project.apply(project.log(TABLE))
    project.database.t.insert_many([{"id": n, "c": 7, "d": n} for n in (1, 2)])
    first = project.apply(log, status=4)
    assert rows(project.database) == [(1, "t.0001")] and withheld(first) == ["t.0002", "v.0001"]
    assert first["statements"] | {"failed": 1, "withheld": 2, "applied": 2, "satisfied": 1} == first["statements"]
    again = project.run("apply", log, status=4)
    assert "KF-040" in again.stdout and "t.0002" in again.stdout and "left out, see below" in again.stdout
    assert names(project.database) == ["t.0001"]
    project.database.t.delete_one({"id": 2})
    last = project.apply(log)
    assert rows(project.database) == [(1, "t.0001"), (2, "t.0002"), (3, "v.0001")] and seq(project.database) == 3
    assert last["statements"]["withheld"] == 0
    assert [each["applied"].day for each in project.database.django_migrations.find().sort("id")] == [1, 2, 3]
    project.nothing_to_do(log)


def test_nothing_that_was_left_out_is_recorded(project):
    """The index comes before the row, and the rename that fails after it; without the rename there is no index."""
    project.apply(project.log(TABLE))
    project.database.t.insert_one({"id": 1, "c": 1, "d": 1, "e": 1})
    log = project.log(MIGRATIONS, TABLE, row("t", "0001"), 'ALTER TABLE "t" ADD CONSTRAINT "i" INDEX ("c")', row("t", "0002"),
                      'ALTER TABLE "t" RENAME COLUMN "d" TO "e"', row("t", "0003"))
    result = project.apply(log, status=4)
    assert states.indexes(project.database)["t"] == [states.Index((("id", 1),), True)]
    assert names(project.database) == ["t.0001"] and withheld(result) == ["t.0002", "t.0003"]
    assert (result["statements"]["failed"], result["statements"]["withheld"]) == (1, 3)
    project.database.t.update_one({}, {"$unset": {"e": ""}})
    project.apply(log)
    assert names(project.database) == ["t.0001", "t.0002", "t.0003"]
    project.nothing_to_do(log)


def test_a_row_that_goes_waits_for_drops_alone(project):
    index = 'ALTER TABLE "t" ADD CONSTRAINT "i" INDEX ("d")'
    project.apply(project.log(MIGRATIONS, TABLE, index, row("t", "0001"), row("t", "0002")))
    project.database.t.insert_many([{"id": n, "c": 7, "d": n} for n in (1, 2)])
    # The unique index cannot be built, so nothing of the table is dropped.
    log = project.log(UNIQUE, removal("t", "0001"), 'ALTER TABLE "t" DROP CONSTRAINT "i" INDEX', removal("t", "0002"))
    result = project.apply(log, "--allow-drop=all", status=4)
    assert names(project.database) == ["t.0002"] and withheld(result) == ["t.0002"]
    assert states.Index((("d", 1),)) in states.indexes(project.database)["t"]
    project.database.t.delete_one({"id": 2})
    project.apply(log, "--allow-drop=all")
    assert names(project.database) == [] and len(states.indexes(project.database)["t"]) == 2
    project.nothing_to_do(log, "--allow-drop=all")


def test_migrate_zero(project):
    """The drop is asked for; with it the row goes."""
    project.apply(project.log(MIGRATIONS, TABLE, row("t", "0001"), row("v", "0001")))
    log = project.log('DROP TABLE "t" CASCADE', removal("t", "0001"))
    assert withheld(project.apply(log, status=4)) == ["t.0001"]
    assert names(project.database) == ["t.0001", "v.0001"]
    project.apply(log, "--allow-drop=all")
    assert names(project.database) == ["v.0001"] and states.tables(project.database) == ["django_migrations"]
    project.nothing_to_do(log, "--allow-drop=all")
    # Taken back and run again: its number is a new one, as djongo would give it.
    project.apply(project.log(TABLE, row("t", "0001")))
    assert rows(project.database) == [(2, "v.0001"), (3, "t.0001")]


def test_an_app_gets_another_name(project):
    project.apply(project.log(MIGRATIONS, row("old", "0001", 4), row("old", "0002", 5), row("v", "0001")))
    log = project.log("""UPDATE "django_migrations" SET "app" = 'new' WHERE "app" = 'old'""")
    project.apply(log)
    assert rows(project.database) == [(3, "v.0001"), (4, "new.0001"), (5, "new.0002")]
    assert [each["applied"].day for each in project.database.django_migrations.find().sort("id")] == [1, 4, 5]
    project.nothing_to_do(log)


def test_rows_are_left_out(project):
    flags = "--no-migrations-table", *FLAGS[project.server.name]
    result = project.apply(*flags, TOLERANT)
    assert rows(project.database) == [] and seq(project.database) == 0
    assert result["no_migrations_table"] is True
    assert result["skipped_dml"][-1] == {"table": "django_migrations", "insert": 24, "update": 0, "delete": 0, "select": 1}
    project.nothing_to_do(*flags, TOLERANT)
    project.apply(*FLAGS[project.server.name], TOLERANT)
    assert len(rows(project.database)) == 24


# ---- ids ----

def test_a_counter_that_is_behind_is_brought_up(project):
    """Somebody put rows in by hand: djongo's own next INSERT would have been refused."""
    project.apply(project.log(MIGRATIONS, row("a", "0001")))
    project.database.django_migrations.insert_many([{"id": n, "app": "b", "name": str(n), "applied": None} for n in (2, 9)])
    project.apply(project.log(row("a", "0002"), row("a", "0003")))
    assert rows(project.database)[-2:] == [(10, "a.0002"), (11, "a.0003")] and seq(project.database) == 11


def test_a_counter_is_never_lowered(project):
    project.apply(project.log(MIGRATIONS, row("a", "0001")))
    project.database[states.CATALOG].update_one({"name": "django_migrations"}, {"$set": {"auto.seq": 41}})
    project.apply(project.log(row("a", "0002")))
    assert rows(project.database) == [(1, "a.0001"), (42, "a.0002")] and seq(project.database) == 42


def test_a_table_without_a_counter(project):
    """Restored without djongo's catalog."""
    project.database.django_migrations.insert_one({"id": 6, "app": "a", "name": "0001", "applied": None})
    project.apply(project.log(row("a", "0002"), row("a", "0003")))
    assert rows(project.database) == [(6, "a.0001"), (7, "a.0002"), (8, "a.0003")]


def test_the_id_of_a_row_that_was_renamed_by_hand(project):
    """djongo's UPDATE keeps the _id, which follows from what the row was called."""
    project.apply(project.log(MIGRATIONS, row("a", "0001")))
    project.database.django_migrations.update_one({}, {"$set": {"app": "b"}})
    project.apply(project.log(row("a", "0001")))
    assert rows(project.database) == [(1, "b.0001"), (2, "a.0001")]


# ---- a saved plan ----

def test_a_saved_plan(project):
    log, path = project.log(MIGRATIONS, row("a", "0001"), row("a", "0002", 2)), project.folder / "plan.json"
    project.apply(project.log(MIGRATIONS))
    project.run("plan", "-o", path, log)
    written = [each for each in json.loads(path.read_text())["operations"] if each["op"] == "write migration"]
    ms = 1793527200000  # 2026-11-01 10:00:00 UTC
    assert [(each["app"], each["name"], each["applied"]) for each in written] == [
        ("a", f"000{n + 1}", {"$date": {"$numberLong": str(ms + n * 86400000)}}) for n in range(2)]
    project.apply(path)
    assert names(project.database) == ["a.0001", "a.0002"]
    assert project.database.django_migrations.find_one({"name": "0002"})["applied"] == datetime.datetime(2026, 11, 2, 10)
    # Its rows are there: what it was made against is no more.
    assert "KF-045" in project.run("apply", path, status=4).stderr


def test_a_row_that_came_meanwhile_makes_a_plan_stale(project):
    project.apply(project.log(MIGRATIONS))
    path = project.folder / "plan.json"
    project.run("plan", "-o", path, project.log(row("a", "0001")))
    project.database.django_migrations.insert_one({"id": 1, "app": "b", "name": "0001", "applied": None})
    assert "KF-045" in project.run("apply", path, status=4).stderr
    assert names(project.database) == ["b.0001"]


# ---- two at once, and in between ----

@pytest.mark.parametrize("round_", range(5))
def test_two_at_once(project, round_):
    """On a database that has the tables: both come to the rows at the same time."""
    log = project.log(MIGRATIONS, *(row("a", f"{n:04}") for n in range(40)))
    project.apply(project.log(MIGRATIONS))
    runs = [start(project.keyfold, "apply", "--uri", project.uri, log) for _ in range(3)]
    said = [each.communicate(timeout=60) for each in runs]
    assert [each.returncode for each in runs] == [0, 0, 0], said
    found = rows(project.database)
    assert sorted(name for _, name in found) == [f"a.{n:04}" for n in range(40)]
    assert len({id for id, _ in found}) == 40
    if project.server.name != "ferretdb":  # whose findAndModify is not atomic: the counter may end behind
        assert max(id for id, _ in found) <= seq(project.database)
    project.nothing_to_do(log)


@on_secantus
def test_ids_while_djongo_inserts(project):
    """Not on FerretDB, whose findAndModify is not atomic. Numbers are taken one by one by the application, and all at once here: none is given out twice."""
    project.apply(project.log(MIGRATIONS))
    catalog = project.database[states.CATALOG]

    def take():
        return [catalog.find_one_and_update({"name": "django_migrations"}, {"$inc": {"auto.seq": 1}},
                                            return_document=pymongo.ReturnDocument.AFTER)["auto"]["seq"] for _ in range(60)]

    with concurrent.futures.ThreadPoolExecutor() as pool:
        taken = pool.submit(take)
        for n in range(5):
            project.apply(project.log(*(row(f"a{n}", f"{k:04}") for k in range(4))))
        ids = [id for id, _ in rows(project.database)]
        assert len(ids) == 20 and sorted(set(ids) | set(taken.result())) == list(range(1, 81))


@pytest.fixture(scope="module")
def server_with_faults():
    with servers.secantus(test_commands=True) as server:
        yield server


@pytest.fixture
def faulty(keyfold, server_with_faults, database_name, tmp_path):
    project = Project(keyfold, server_with_faults, server_with_faults.client[database_name], tmp_path)
    yield project
    fail_point(project, "off", [])
    server_with_faults.client.drop_database(database_name)


def fail_point(project, mode, commands, **what):
    project.server.client.admin.command("configureFailPoint", "failCommand", mode=mode,
                                        data={"failCommands": commands, **(what or {"errorCode": 96})})


def test_django_records_it_in_between(faulty):
    """While an index is built: the row is not written a second time."""
    faulty.apply(faulty.log(MIGRATIONS, TABLE))
    log = faulty.log('ALTER TABLE "t" ADD CONSTRAINT "i" INDEX ("d")', row("a", "0001"), row("a", "0002"))
    fail_point(faulty, {"times": 1}, ["createIndexes"], blockConnection=True, blockTimeMS=800)
    run = start(faulty.keyfold, "apply", "--uri", faulty.uri, log)
    time.sleep(0.4)
    faulty.database[states.CATALOG].update_one({"name": "django_migrations"}, {"$inc": {"auto.seq": 1}})
    faulty.database.django_migrations.insert_one({"id": 1, "app": "a", "name": "0001", "applied": None})
    said = run.communicate(timeout=60)
    assert run.returncode == 0, said
    assert rows(faulty.database) == [(1, "a.0001"), (2, "a.0002")]


FAULTS = {"connection": {"closeConnection": True}, "stepping down": {"errorCode": 11602}}


@pytest.mark.parametrize("what", FAULTS.values(), ids=FAULTS)
@pytest.mark.parametrize("command", ["findAndModify", "insert", "find"])
def test_a_fault_once(faulty, command, what):
    faulty.apply(faulty.log(MIGRATIONS))
    log = faulty.log(row("a", "0001"), row("a", "0002"))
    fail_point(faulty, {"times": 1}, [command], **what)
    faulty.run("apply", log, status=(0, 5), timeout=60)
    fail_point(faulty, "off", [])
    faulty.apply(log)
    assert names(faulty.database) == ["a.0001", "a.0002"]
    faulty.nothing_to_do(log)


def test_a_server_that_refuses_the_rows(faulty):
    faulty.apply(faulty.log(MIGRATIONS))
    fail_point(faulty, "alwaysOn", ["insert"], errorCode=96)
    done = faulty.run("apply", faulty.log(row("a", "0001")), status=5)
    assert "KF-060" in done.stderr and "django_migrations" in done.stderr
    fail_point(faulty, "off", [])
    faulty.apply(faulty.log(row("a", "0001")))
    assert names(faulty.database) == ["a.0001"]
