"""What reaches the server, seen from its side."""

import collections
import json

import pytest
import servers
import wire
from project import Project, start

LOGS = servers.ROOT / "sql_corpus/logs"
# What changes nothing.
READS = {"hello", "isMaster", "ismaster", "ping", "buildInfo", "listCollections", "listIndexes", "find", "getMore", "aggregate",
         "killCursors", "endSessions"}


@pytest.fixture
def watched(keyfold, server, database, tmp_path):
    with wire.recorded(server) as recorded:
        project = Project(keyfold, server, database, tmp_path)
        project.uri_of = lambda: f"{recorded.uri}/{database.name}"
        yield project, recorded


def run(project, *words, status=0):
    done = project.keyfold("apply", "--json", "--uri", project.uri_of(), *words)
    assert done.returncode == status, done.stdout[-500:] + done.stderr
    return json.loads(done.stdout)


def written(recorded):
    return [each for each in recorded.commands if next(iter(each)) not in READS]


@pytest.mark.parametrize("name,collections_", [("presenceiq-tolerant", 21), ("presenceiq-fails", 12), ("django-contrib", 14)])
def test_one_create_indexes_a_collection(watched, name, collections_):
    project, recorded = watched
    log, flags = LOGS / f"{name}.log", ("--skip-unsupported",) if project.server.name == "ferretdb" else ()
    result = run(project, log, *flags)
    made = collections.Counter(each["createIndexes"] for each in recorded.named("createIndexes"))
    assert set(made.values()) == {1} and len(made) == collections_ + 1 and made["__schema__"] == 1
    assert result["commands"]["write"] == len(written(recorded))

    recorded.commands.clear()
    again = run(project, log, *flags)
    assert (again["commands"]["write"], written(recorded)) == (0, [])
    assert again["commands"]["read"] == len([each for each in recorded.commands if next(iter(each)) in (
        "listCollections", "listIndexes", "find", "getMore", "aggregate")])


def looked_at(recorded):
    """Collections whose indexes were listed after a createIndexes of theirs."""
    built, looked = set(), []
    for each in recorded.commands:
        name, of = next(iter(each.items()))
        if name == "createIndexes":
            built.add(of)
        if name == "listIndexes" and of in built:
            looked.append(of)
    return looked


def test_what_the_server_counts_is_not_looked_at(watched):
    """The answer says how many indexes there were and are; a filter, which a server might pass over, is looked at all the same."""
    project, recorded = watched
    ferretdb = project.server.name == "ferretdb"
    run(project, LOGS / "presenceiq-tolerant.log", *(("--skip-unsupported",) if ferretdb else ()))
    assert looked_at(recorded) == ([] if ferretdb else ["face_recognition_recognitionlog"])


def without_counts(exchange):
    exchange.send()
    reply = exchange.receive()
    if exchange.name == "createIndexes":
        reply = reply.replace(b"numIndexesAfter", b"numIndexesXXXXX")
    exchange.answer(reply)


def test_what_the_server_does_not_count_is_looked_at(keyfold, server, database, tmp_path):
    with wire.recorded(server, without_counts) as recorded:
        project = Project(keyfold, server, database, tmp_path)
        project.uri_of = lambda: f"{recorded.uri}/{database.name}"
        run(project, LOGS / "django-contrib.log")
        built = [each["createIndexes"] for each in recorded.named("createIndexes")]
        assert sorted(looked_at(recorded)) == sorted(built) and len(built) == 15


def test_fields_of_a_collection_are_one_update(watched):
    project, recorded = watched
    create = 'CREATE TABLE "t" ("id" long NOT NULL PRIMARY KEY, "a" long NOT NULL, "b" long NOT NULL)'
    run(project, project.log(create))
    project.database.t.insert_many([{"id": n, "a": n, "b": n} for n in range(3)])
    recorded.commands.clear()
    run(project, project.log(create, *(f'ALTER TABLE "t" ADD COLUMN "{c}" long DEFAULT 7 NOT NULL' for c in "cde"),
                             'ALTER TABLE "t" ADD COLUMN "f" long NULL', 'ALTER TABLE "t" DROP COLUMN "a" CASCADE'),
        "--allow-drop", "field")
    assert [list(each["update"] for each in recorded.named("update"))] == [["t", "__schema__"]]
    assert list(project.database.t.find({}, {"_id": 0})) == [{"id": n, "b": n, "c": 7, "d": 7, "e": 7, "f": None} for n in range(3)]


def test_the_field_that_met_duplicates_is_told(watched):
    """The one before it is filled, those behind it wait; the next run finishes."""
    project, recorded = watched
    create = 'CREATE TABLE "t" ("id" long NOT NULL PRIMARY KEY)'
    run(project, project.log(create))
    project.database.t.insert_many([{"id": 1, "b": 7}, {"id": 2}])
    project.database.t.create_index("b", unique=True, sparse=True, name="own")
    log = project.log(create, *(f'ALTER TABLE "t" ADD COLUMN "{c}" long DEFAULT 7 NOT NULL' for c in "abc"))
    result = run(project, log, status=4)
    assert [each["code"] for each in result["failures"]] == ["KF-040"] and '"b" of "t" cannot be filled' in result["failures"][0]["message"]
    assert list(project.database.t.find({}, {"_id": 0}).sort("id")) == [{"id": 1, "b": 7, "a": 7}, {"id": 2, "a": 7}]
    project.database.t.drop_index("own")
    run(project, log)
    assert list(project.database.t.find({}, {"_id": 0}).sort("id")) == [{"id": n, "a": 7, "b": 7, "c": 7} for n in (1, 2)]


def test_a_plan_writes_nothing(watched):
    project, recorded = watched
    for words in ([], ["--json"], ["-o", project.folder / "plan.json"], ["--check"]):
        done = project.keyfold("plan", "--uri", project.uri_of(), *words, LOGS / "presenceiq-fails.log")
        assert done.returncode in (0, 1), done.stderr
    assert written(recorded) == [] and recorded.named("listCollections")
    assert project.database.name not in project.server.client.list_database_names()


def test_one_more_create_indexes_after_duplicates(watched):
    project, recorded = watched
    project.database.t.insert_many([{"id": 1, "c": 1}, {"id": 2, "c": 1}])
    log = project.log('CREATE TABLE "t" ("id" long NOT NULL PRIMARY KEY, "c" long NOT NULL, "d" long NOT NULL)',
                      'ALTER TABLE "t" ADD CONSTRAINT "u" UNIQUE ("c")', 'ALTER TABLE "t" ADD CONSTRAINT "i" INDEX ("d")',
                      'ALTER TABLE "t" ADD CONSTRAINT "j" UNIQUE ("d", "id")')
    run(project, log, status=4)
    assert 1 <= len([each for each in recorded.named("createIndexes") if each["createIndexes"] == "t"]) <= 2


def test_standard_streams_that_are_closed(watched):
    """The connection takes the number of none of them: what is printed is not sent."""
    project, recorded = watched
    log = LOGS / "presenceiq-tolerant.log"
    for closed in (">&-", "<&-", "2>&-", "<&- >&-", "<&- >&- 2>&-"):
        done = start(project.keyfold, "plan", "--uri", project.uri_of(), log, shell=closed)
        done.communicate(timeout=60)
        flags = project.server.name == "ferretdb"
        assert done.returncode == (5 if ">&-" in closed.split() else 4 if flags else 0), closed
    assert recorded.broken == [] and written(recorded) == []
