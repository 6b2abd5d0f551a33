"""SQL's UNIQUE lets many nulls in. On the server: unique with a filter, and a plain index beside it for queries."""

import datetime
import uuid

import pytest
import servers
import states
from bson import Binary, Decimal128, Int64, ObjectId
from project import findings, on_ferretdb, on_secantus
from pymongo.errors import DuplicateKeyError
from states import Index

TOLERANT = servers.ROOT / "sql_corpus/logs/presenceiq-tolerant.log"
CREATE = 'CREATE TABLE "t" ("id" long NOT NULL PRIMARY KEY AUTOINCREMENT, "c" string %s, "d" long NOT NULL)'
NULLABLE = (CREATE % "NULL", 'ALTER TABLE "t" ADD CONSTRAINT "u" UNIQUE ("c")')
NOT_NULL_COLUMN = CREATE % "NOT NULL UNIQUE"
DROP_NOT_NULL = 'ALTER TABLE "t" ALTER COLUMN "c" DROP NOT NULL'
SET_NOT_NULL = 'ALTER TABLE "t" ALTER COLUMN "c" SET NOT NULL'

C = (("c", 1),)
PRIMARY = Index((("id", 1),), True)
PLAIN = Index(C)
UNIQUE = Index(C, True)
UNIQUE_BUT_NULLS = Index(C, True, states.filter_of({"c": {"$type": "NOT NULL"}}))

VALUES = {
    "int32": 5, "int64": Int64(2**40), "double": 5.5, "decimal": Decimal128("5.25"), "string": "five", "empty": "",
    "binary": Binary(b"\x00five"), "uuid": Binary(uuid.UUID(int=5).bytes, 4), "bool": False,
    "date": datetime.datetime(2026, 11, 22, 7, 0), "objectid": ObjectId("6b02906fbaa6e0d75e74800b"),
    "object": {"five": 5}, "array": ["five"],
}


def stages(plan):
    """The names of an explained plan's stages, wherever they stand in it."""
    found = {plan["stage"]} if isinstance(plan, dict) and "stage" in plan else set()
    below = plan.values() if isinstance(plan, dict) else plan if isinstance(plan, list) else ()
    return found.union(*map(stages, below))


def stages_of(collection, condition):
    return stages(collection.find(condition).explain()["queryPlanner"]["winningPlan"])


@pytest.fixture
def recognitions(project):
    status = 4 if project.server.name == "ferretdb" else 0
    project.apply(TOLERANT, status=status)
    return project.database.face_recognition_recognitionlog


@on_secantus
def test_one_pending_row_a_user(recognitions):
    recognitions.insert_many([{"id": 1, "status": "pending", "recognized_user_id": None},
                              {"id": 2, "status": "pending", "recognized_user_id": None},
                              {"id": 3, "status": "pending"},
                              {"id": 4, "status": "pending"},
                              {"id": 5, "status": "pending", "recognized_user_id": 7},
                              {"id": 6, "status": "done", "recognized_user_id": 7},
                              {"id": 7, "status": "done", "recognized_user_id": 7},
                              {"id": 8, "status": "pending", "recognized_user_id": 8}])
    with pytest.raises(DuplicateKeyError, match="recognized_user_id"):
        recognitions.insert_one({"id": 9, "status": "pending", "recognized_user_id": 7})
    with pytest.raises(DuplicateKeyError, match="recognized_user_id"):
        recognitions.update_one({"id": 6}, {"$set": {"status": "pending"}})


@on_ferretdb
def test_without_partial_indexes_nothing_is_stricter(recognitions):
    recognitions.insert_many([{"id": n, "status": "pending", "recognized_user_id": 7} for n in (1, 2)])
    recognitions.insert_many([{"id": n, "status": "pending", "recognized_user_id": None} for n in (3, 4)])
    assert recognitions.count_documents({"status": "pending"}) == 4


@pytest.mark.smoke
@on_secantus
def test_index_and_companion(project):
    log = project.log(*NULLABLE)
    result = project.apply(log)
    assert states.indexes(project.database) == {"t": sorted([PRIMARY, PLAIN, UNIQUE_BUT_NULLS])}
    name = states.names(project.database)["t"]["u"]
    assert (name.kind, name.where, name.serves) == ("unique", "", (PLAIN, UNIQUE_BUT_NULLS))
    companions = [each for each in result["collections"][0]["indexes"] if each.get("companion_of")]
    assert [(each["companion_of"], each["names"], each["unique"]) for each in companions] == [("u", [], False)]
    project.nothing_to_do(log)


@on_secantus
def test_many_nulls(project):
    project.apply(project.log(*NULLABLE))
    table = project.database.t
    table.insert_many([{"id": 1, "c": None}, {"id": 2, "c": None}, {"id": 3}, {"id": 4}])
    assert table.count_documents({"c": None}) == 4


@on_secantus
@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_duplicates_are_refused(project, value):
    project.apply(project.log(*NULLABLE))
    table = project.database.t
    table.insert_many([{"id": 1, "c": value}, {"id": 2, "c": None}, {"id": 3, "c": "another"}])
    with pytest.raises(DuplicateKeyError):
        table.insert_one({"id": 4, "c": value})


@on_secantus
@pytest.mark.parametrize("one,other", [(5, Int64(5)), (Int64(5), 5.0), (5, 5.0), (5, Decimal128("5.0"))])
def test_equal_numbers_of_two_types_are_duplicates(project, one, other):
    project.apply(project.log(*NULLABLE))
    project.database.t.insert_one({"id": 1, "c": one})
    with pytest.raises(DuplicateKeyError):
        project.database.t.insert_one({"id": 2, "c": other})


@on_secantus
def test_queries_use_the_companion(project):
    project.apply(project.log(*NULLABLE))
    project.database.t.insert_many([{"id": n, "c": str(n), "d": n} for n in range(50)])
    assert "IXSCAN" in stages_of(project.database.t, {"c": "7"})
    assert "COLLSCAN" in stages_of(project.database.t, {"d": 7})


@on_secantus
def test_a_condition_has_no_companion(project):
    log = project.log(CREATE % "NULL", 'ALTER TABLE "t" ADD CONSTRAINT "u" UNIQUE ("c")( WHERE "d" = 1)')
    project.apply(log)
    both = Index(C, True, states.filter_of({"c": {"$type": "NOT NULL"}, "d": 1}))
    assert states.indexes(project.database) == {"t": sorted([PRIMARY, both])}
    project.nothing_to_do(log)


@on_secantus
def test_of_several_columns_the_nullable_ones_are_in_the_filter(project):
    log = project.log('CREATE TABLE "t" ("id" long NOT NULL PRIMARY KEY, "c" string NULL, "d" long NOT NULL, "e" date NULL)',
                      'ALTER TABLE "t" ADD CONSTRAINT "u" UNIQUE ("c", "d", "e")')
    project.apply(log)
    key = (("c", 1), ("d", 1), ("e", 1))
    unique = Index(key, True, states.filter_of({"c": {"$type": "NOT NULL"}, "e": {"$type": "NOT NULL"}}))
    assert states.indexes(project.database) == {"t": sorted([PRIMARY, unique, Index(key)])}
    project.database.t.insert_many([{"id": 1, "c": "a", "d": 1, "e": None}, {"id": 2, "c": "a", "d": 1, "e": None},
                                    {"id": 3, "c": None, "d": 1, "e": 1}, {"id": 4, "d": 1, "e": 1},
                                    {"id": 5, "c": "a", "d": 1, "e": 1}])
    with pytest.raises(DuplicateKeyError):
        project.database.t.insert_one({"id": 6, "c": "a", "d": 1, "e": 1})


@on_secantus
@pytest.mark.parametrize("statements,name", [
    ((CREATE % "NULL UNIQUE",), "c_1"),
    (('CREATE TABLE "t" ("id" long NOT NULL PRIMARY KEY)', 'ALTER TABLE "t" ADD COLUMN "c" string NULL UNIQUE'), "c"),
    (('CREATE TABLE "t" ("id" long NOT NULL PRIMARY KEY, "c" string, CONSTRAINT "inline" UNIQUE ("c"))',), "inline"),
], ids=["create", "add-column", "inline"])
def test_however_it_is_written(project, statements, name):
    log = project.log(*statements)
    project.apply(log)
    assert states.indexes(project.database) == {"t": sorted([PRIMARY, PLAIN, UNIQUE_BUT_NULLS])}
    assert set(states.names(project.database)["t"]) == {"__primary_key__", name}
    project.nothing_to_do(log)


def test_nulls_as_the_server_has_them(project):
    words = (project.log(*NULLABLE), "--nulls=server")
    project.apply(*words)
    assert states.indexes(project.database) == {"t": sorted([PRIMARY, UNIQUE])}
    project.nothing_to_do(*words)
    project.database.t.insert_one({"id": 1, "c": None})
    with pytest.raises(DuplicateKeyError):
        project.database.t.insert_one({"id": 2, "c": None})


@on_ferretdb
@pytest.mark.parametrize("flags,status,severity", [((), 4, "withheld"), (("--skip-unsupported",), 0, "skipped")])
def test_what_ferretdb_cannot_have(project, flags, status, severity):
    log = project.log(*NULLABLE, 'ALTER TABLE "t" ADD CONSTRAINT "i" INDEX ("d")')
    result = project.apply(log, *flags, status=status)
    assert [each["name"] for each in findings(result, severity)] == ["u"]
    assert states.indexes(project.database) == {"t": sorted([PRIMARY, Index((("d", 1),))])}
    assert set(states.names(project.database)["t"]) == {"__primary_key__", "i"}
    project.nothing_to_do(log, *flags, status=status)


# ---- several columns ----

PAIR = ('CREATE TABLE "t" ("id" long NOT NULL PRIMARY KEY, "c" string NULL, "d" long NULL)',
        'ALTER TABLE "t" ADD CONSTRAINT "u" UNIQUE ("c", "d")')
CD = (("c", 1), ("d", 1))
UNIQUE_PAIR = Index(CD, True, states.filter_of({"c": {"$type": "NOT NULL"}, "d": {"$type": "NOT NULL"}}))


@on_secantus
def test_a_null_in_any_column_is_let_in(project):
    project.apply(project.log(*PAIR))
    assert states.indexes(project.database) == {"t": sorted([PRIMARY, UNIQUE_PAIR, Index(CD)])}
    rows = [{"c": None, "d": None}, {"c": None, "d": 1}, {"c": "a", "d": None}, {"d": 1}, {"c": "a"}, {}]
    project.database.t.insert_many([{"id": n, **row} for n, row in enumerate(rows + [dict(row) for row in rows])])
    project.database.t.insert_one({"id": 100, "c": "a", "d": 1})
    with pytest.raises(DuplicateKeyError):
        project.database.t.insert_one({"id": 101, "c": "a", "d": 1})


@on_secantus
@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_duplicates_of_several_columns_are_refused(project, value):
    project.apply(project.log(*PAIR))
    project.database.t.insert_many([{"id": 1, "c": value, "d": 1}, {"id": 2, "c": value, "d": 2},
                                    {"id": 3, "c": value, "d": None}, {"id": 4, "c": value}])
    for d in (1, Int64(1), 1.0, Decimal128("1")):
        with pytest.raises(DuplicateKeyError):
            project.database.t.insert_one({"id": 5, "c": value, "d": d})


@on_secantus
def test_queries_by_several_columns_use_the_companion(project):
    project.apply(project.log(*PAIR))
    project.database.t.insert_many([{"id": n, "c": str(n), "d": n} for n in range(50)])
    for condition in ({"c": "7"}, {"c": "7", "d": 7}, {"c": None}):
        assert "IXSCAN" in stages_of(project.database.t, condition)


def test_several_columns_as_the_server_has_them(project):
    words = (project.log(*PAIR), "--nulls=server")
    project.apply(*words)
    assert states.indexes(project.database) == {"t": sorted([PRIMARY, Index(CD, True)])}
    project.database.t.insert_many([{"id": 1, "c": None, "d": None}, {"id": 2, "c": None, "d": 1}])
    for row in ({"c": None, "d": None}, {"c": None, "d": 1}):
        with pytest.raises(DuplicateKeyError):
            project.database.t.insert_one({"id": 3, **row})
    project.nothing_to_do(*words)


@on_secantus
def test_one_of_several_columns_becomes_not_null(project):
    """The filter forgets it; with the last one the filter goes, and the companion."""
    project.apply(project.log(*PAIR))
    for column, wanted in (("c", [Index(CD), Index(CD, True, states.filter_of({"d": {"$type": "NOT NULL"}}))]),
                           ("d", [Index(CD, True)])):
        log = project.log(f'ALTER TABLE "t" ALTER COLUMN "{column}" SET NOT NULL')
        project.apply(log)
        assert states.indexes(project.database) == {"t": sorted([PRIMARY, *wanted])}
        assert states.names(project.database)["t"]["u"].serves == tuple(sorted(wanted))
        project.nothing_to_do(log)


# ---- a column that changes later: no index statement follows ----

@pytest.mark.parametrize("whole", [False, True], ids=["second-log-alone", "both-logs"])
@on_secantus
def test_drop_not_null_changes_the_index(project, whole):
    first, second = project.log(NOT_NULL_COLUMN), project.log(DROP_NOT_NULL)
    project.apply(first)
    assert states.indexes(project.database) == {"t": sorted([PRIMARY, UNIQUE])}
    project.database.t.insert_many([{"id": n, "c": str(n)} for n in (1, 2)])
    logs = [first, second] if whole else [second]
    project.apply(*logs)
    assert states.indexes(project.database) == {"t": sorted([PRIMARY, PLAIN, UNIQUE_BUT_NULLS])}
    assert states.names(project.database)["t"]["c_1"].serves == (PLAIN, UNIQUE_BUT_NULLS)
    project.database.t.insert_many([{"id": 3, "c": None}, {"id": 4, "c": None}])
    with pytest.raises(DuplicateKeyError):
        project.database.t.insert_one({"id": 5, "c": "1"})
    project.nothing_to_do(*logs)


def test_nulls_as_the_server_has_them_stay_so(project):
    project.apply(project.log(NOT_NULL_COLUMN), "--nulls=server")
    second = project.log(DROP_NOT_NULL)
    project.apply(second, "--nulls=server")
    assert states.indexes(project.database) == {"t": sorted([PRIMARY, UNIQUE])}
    assert states.catalog(project.database, "t")["fields"]["c"]["null"] is True
    project.nothing_to_do(second, "--nulls=server")


@on_secantus
@pytest.mark.parametrize("flags", [(), ("--convert-types",)], ids=["recorded", "converted"])
def test_another_type_is_as_unique(project, flags):
    """The filter speaks of nulls alone: whatever the type, equal values are refused and nulls are let in."""
    project.apply(project.log(*NULLABLE))
    project.database.t.insert_many([{"id": 1, "c": "1"}, {"id": 2, "c": "2"}, {"id": 3, "c": None}, {"id": 4}])
    second = project.log('ALTER TABLE "t" ALTER COLUMN "c" TYPE long')
    project.apply(second, *flags)
    assert states.indexes(project.database) == {"t": sorted([PRIMARY, PLAIN, UNIQUE_BUT_NULLS])}
    project.database.t.insert_many([{"id": 5, "c": None}, {"id": 6}])
    for same in (("1", "2") if not flags else (1, Int64(2), 1.0, Decimal128("2.0"))):
        with pytest.raises(DuplicateKeyError):
            project.database.t.insert_one({"id": 7, "c": same})
        assert "IXSCAN" in stages_of(project.database.t, {"c": same})
    project.nothing_to_do(second, *flags)


@on_secantus
def test_another_type_and_nulls_at_once(project):
    project.apply(project.log(NOT_NULL_COLUMN))
    project.database.t.insert_many([{"id": n, "c": str(n)} for n in (1, 2)])
    second = project.log('ALTER TABLE "t" ALTER COLUMN "c" TYPE long, ALTER COLUMN "c" DROP NOT NULL')
    project.apply(second, "--convert-types")
    assert states.indexes(project.database) == {"t": sorted([PRIMARY, PLAIN, UNIQUE_BUT_NULLS])}
    assert [each["c"] for each in project.database.t.find().sort("id")] == [1, 2]
    project.nothing_to_do(second, "--convert-types")


@on_secantus
def test_set_not_null_changes_it_back(project):
    project.apply(project.log(CREATE % "NULL UNIQUE"))
    second = project.log(SET_NOT_NULL)
    project.apply(second)
    assert states.indexes(project.database) == {"t": sorted([PRIMARY, UNIQUE])}
    assert states.names(project.database)["t"]["c_1"].serves == (UNIQUE,)
    project.nothing_to_do(second)


@on_secantus
def test_where_one_index_a_key_is_the_rule_the_companion_is_lost(project):
    flags = "--profile", "mongodb-4.2"
    log = project.log(NOT_NULL_COLUMN)
    project.apply(log, *flags)
    assert states.indexes(project.database) == {"t": sorted([PRIMARY, UNIQUE])}
    second = project.log(DROP_NOT_NULL)
    result = project.apply(second, *flags)
    assert states.indexes(project.database) == {"t": sorted([PRIMARY, UNIQUE_BUT_NULLS])}
    assert any("c_1" in each["message"] for each in findings(result, "notice"))
    project.nothing_to_do(second, *flags)


@on_ferretdb
def test_what_ferretdb_cannot_change_stays(project):
    project.apply(project.log(NOT_NULL_COLUMN))
    second = project.log(DROP_NOT_NULL)
    result = project.apply(second, status=4)
    assert [each["name"] for each in findings(result, "withheld")] == ["c_1"]
    assert states.indexes(project.database) == {"t": sorted([PRIMARY, UNIQUE])}
    assert states.names(project.database)["t"]["c_1"].serves == (UNIQUE,)
    project.nothing_to_do(second, status=4)
