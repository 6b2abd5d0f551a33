"""PresenceIQ's own logs: the end state is the one under expected/, worked out from the log's SQL."""

import load_state
import pytest
import servers
import states
from project import findings, on_ferretdb, on_secantus

LOGS = servers.ROOT / "sql_corpus/logs"
TOLERANT = LOGS / "presenceiq-tolerant.log"
FAILS = LOGS / "presenceiq-fails.log"
FAILED_STATE = servers.ROOT / "sql_corpus/states/presenceiq-failed.json"
CLASSES = {"applied", "satisfied", "folded", "cancelled", "withheld", "failed", "skipped", "unsupported", "malformed"}

# FerretDB has no partial indexes, so it cannot have this one.
PARTIAL = "one_pending_per_user"
FLAGS = {"secantus": (), "ferretdb": ("--skip-unsupported",)}
WITHOUT = {"secantus": (), "ferretdb": (PARTIAL,)}
COUNTS = {"secantus": (21, 87, 78), "ferretdb": (21, 86, 77)}

# 201 statements: 40 INSERT and 41 SELECT; DROP NOT NULL and DROP COLUMN of django_content_type.name, which the log itself
# created; nine names whose index another one asked for first; 21 CREATE TABLE, 26 foreign keys, 11 ADD COLUMN and 51 names
# with an index of their own.
STATEMENTS = {"read": 201, "skipped": 81, "cancelled": 2, "folded": 9, "applied": 109}
AGAIN = {"read": 201, "skipped": 81, "cancelled": 2, "satisfied": 118}
WITHOUT_PARTIAL = {**STATEMENTS, "applied": 108, "withheld": 1}
WITHOUT_PARTIAL_AGAIN = {**AGAIN, "satisfied": 117, "withheld": 1}
PASSED_OVER = {**STATEMENTS, "applied": 108, "skipped": 82}
PASSED_OVER_AGAIN = {**AGAIN, "satisfied": 117, "skipped": 82}


def counted(result):
    """The classes that are not empty; each statement is in one."""
    found = result["statements"]
    assert set(found) == {"read"} | CLASSES
    assert found["read"] == sum(found[each] for each in CLASSES)
    return {each: n for each, n in found.items() if n}


@pytest.mark.smoke
@on_secantus
def test_tolerant_log(project):
    first = project.apply(TOLERANT)
    assert counted(first) == STATEMENTS
    assert states.counts(project.database) == (21, 87, 78)
    states.check(project.database, "presenceiq-tolerant")
    # A createIndexes a collection; the catalog and its indexes, and its documents in one or several.
    assert 0 < first["commands"]["write"] <= 21 + 6
    assert first["failures"] == []

    again = project.nothing_to_do(TOLERANT)
    assert counted(again) == AGAIN


@on_ferretdb
def test_partial_index_is_withheld(project):
    first = project.apply(TOLERANT, status=4)
    assert counted(first) == WITHOUT_PARTIAL
    assert [each["name"] for each in findings(first, "withheld")] == [PARTIAL]
    assert "--skip-unsupported" in project.run("plan", TOLERANT, status=4).stderr
    assert states.counts(project.database) == (21, 86, 77)
    states.check(project.database, "presenceiq-tolerant", without=(PARTIAL,))
    assert counted(project.nothing_to_do(TOLERANT, status=4)) == WITHOUT_PARTIAL_AGAIN


@on_ferretdb
def test_partial_index_is_passed_over(project):
    words = (TOLERANT, "--skip-unsupported")
    assert counted(project.apply(*words)) == PASSED_OVER
    assert states.counts(project.database) == (21, 86, 77)
    states.check(project.database, "presenceiq-tolerant", without=(PARTIAL,))
    assert counted(project.nothing_to_do(*words)) == PASSED_OVER_AGAIN


def test_failing_log(project):
    first = project.apply(FAILS)
    # 15 INSERT; the refused index is the only one that is folded.
    assert counted(first) == {"read": 41, "skipped": 15, "cancelled": 2, "folded": 1, "applied": 23}
    assert states.counts(project.database) == (12, 25, 24)
    states.check(project.database, "presenceiq-fails")
    project.nothing_to_do(FAILS)


def test_the_whole_log_after_the_failing_one(project):
    flags, without = FLAGS[project.server.name], WITHOUT[project.server.name]
    project.apply(FAILS)
    project.apply(TOLERANT, *flags)
    states.check(project.database, "presenceiq-tolerant", without)
    project.nothing_to_do(TOLERANT, *flags)


def test_both_logs_at_once(project):
    flags, without = FLAGS[project.server.name], WITHOUT[project.server.name]
    result = project.apply(FAILS, TOLERANT, *flags)
    assert counted(result)["read"] == 41 + 201
    states.check(project.database, "presenceiq-tolerant", without)


def add_documents(database):
    """In collections that the log goes on to change; key order, types and what the log never heard of are kept too."""
    database.academic_department.insert_one({"name": "CS", "id": 1, "code": "cs", "created_at": None, "head_id": None})
    database.academic_timetable.insert_one({"day_of_week": 1.0, "id": 1, "faculty_id": None, "subject_id": 2**40})
    database.authentication_user.insert_many([
        {"id": n, "username": f"u{n}", "email": f"u{n}@example.org", "role": "student", "extra": [1, 2.0, {"n": None}]}
        for n in range(1, 4)])


def test_on_what_djongo_left(project):
    database = project.database
    load_state.load_state(project.server.client, database.name, FAILED_STATE)
    add_documents(database)
    database[states.CATALOG].update_one({"name": "authentication_user"}, {"$set": {"auto.seq": 3}})
    documents, counters = states.documents(database), states.counters(database)
    assert counters["django_migrations"] == 15 and sum(map(len, documents.values())) == 15 + 5

    project.apply(TOLERANT, *FLAGS[project.server.name])
    assert states.counts(database) == COUNTS[project.server.name]
    states.check(database, "presenceiq-tolerant", WITHOUT[project.server.name])
    after = states.documents(database)
    assert {table: after[table] for table in documents} == documents
    assert sum(map(len, after.values())) == 15 + 5
    assert {table: states.counters(database)[table] for table in counters} == counters
    project.nothing_to_do(TOLERANT, *FLAGS[project.server.name])
    assert states.documents(database) == after


def test_djongos_own_entries_stay(project):
    """What djongo reads in the catalog is as it was; keyfold adds beside it."""
    database = project.database
    load_state.load_state(project.server.client, database.name, FAILED_STATE)
    before = {each["name"]: each for each in database[states.CATALOG].find()}
    project.apply(TOLERANT, *FLAGS[project.server.name])
    after = {each["name"]: each for each in database[states.CATALOG].find()}
    assert set(before) < set(after) and len(after) == 21
    for table, document in before.items():
        assert (document["_id"], document["auto"]) == (after[table]["_id"], after[table]["auto"])
        for column, entry in document["fields"].items():
            assert after[table]["fields"][column]["type_code"] == entry["type_code"]


def test_a_document_of_a_new_table_is_as_djongo_writes_it(project):
    project.apply(TOLERANT, *FLAGS[project.server.name])
    session, user = (states.catalog(project.database, table) for table in ("django_session", "auth_group"))
    assert {column: each["type_code"] for column, each in session["fields"].items()} == {
        "session_key": "string", "session_data": "string", "expire_date": "date"}
    assert "auto" not in session
    assert {column: each["type_code"] for column, each in user["fields"].items()} == {"id": "int", "name": "string"}
    assert user["auto"] == {"seq": 0, "field_names": ["id"]}
    catalog = {(spec["name"], states.index_of(spec)) for spec in states.specs(project.database, states.CATALOG)}
    assert catalog == {("auto_1", states.Index((("auto", 1),))), ("name_1", states.Index((("name", 1),), True))}
