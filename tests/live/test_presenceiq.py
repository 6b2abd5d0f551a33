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

# 201 statements: 24 INSERT of migrations, 16 others and 41 SELECT; DROP NOT NULL and DROP COLUMN of django_content_type.name,
# which the log itself created; nine names whose index another one asked for first; 21 CREATE TABLE, 26 foreign keys, 11 ADD
# COLUMN and 51 names with an index of their own.
STATEMENTS = {"read": 201, "skipped": 57, "cancelled": 2, "folded": 9, "applied": 133}
AGAIN = {"read": 201, "skipped": 57, "cancelled": 2, "satisfied": 142}
# The migration that has the index, and the one after it, wait for it.
WAITING = ["face_recognition.0001_initial", "sessions.0001_initial"]
WITHOUT_PARTIAL = {**STATEMENTS, "applied": 130, "withheld": 3}
WITHOUT_PARTIAL_AGAIN = {**AGAIN, "satisfied": 139, "withheld": 3}
PASSED_OVER = {**STATEMENTS, "applied": 132, "skipped": 58}
PASSED_OVER_AGAIN = {**AGAIN, "satisfied": 141, "skipped": 58}
SKIPPED_DML = [{"table": "auth_permission", "insert": 8, "update": 0, "delete": 0, "select": 8},
               {"table": "django_content_type", "insert": 8, "update": 0, "delete": 0, "select": 32},
               {"table": "django_migrations", "insert": 0, "update": 0, "delete": 0, "select": 1}]


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
    # A createIndexes a collection; the catalog and its indexes, and its documents in one or several; the ids of the rows, and
    # the rows.
    assert 0 < first["commands"]["write"] <= 21 + 6 + 2
    assert first["skipped_dml"] == SKIPPED_DML
    assert first["failures"] == []

    again = project.nothing_to_do(TOLERANT)
    assert counted(again) == AGAIN


@on_ferretdb
def test_partial_index_is_withheld(project):
    first = project.apply(TOLERANT, status=4)
    assert counted(first) == WITHOUT_PARTIAL
    assert [each["name"] for each in findings(first, "withheld")] == [PARTIAL, *WAITING]
    assert project.database.django_migrations.count_documents({}) == 22
    assert "--skip-unsupported" in project.run("plan", TOLERANT, status=4).stderr
    assert states.counts(project.database) == (21, 86, 77)
    states.check(project.database, "presenceiq-tolerant", without=(PARTIAL,))
    assert counted(project.nothing_to_do(TOLERANT, status=4)) == WITHOUT_PARTIAL_AGAIN


@on_ferretdb
def test_partial_index_is_passed_over(project):
    words = (TOLERANT, "--skip-unsupported")
    assert counted(project.apply(*words)) == PASSED_OVER
    assert project.database.django_migrations.count_documents({}) == 24
    assert states.counts(project.database) == (21, 86, 77)
    states.check(project.database, "presenceiq-tolerant", without=(PARTIAL,))
    assert counted(project.nothing_to_do(*words)) == PASSED_OVER_AGAIN


def test_failing_log(project):
    first = project.apply(FAILS)
    # 15 INSERT, all of migrations; the refused index is the only one that is folded.
    assert counted(first) == {"read": 41, "cancelled": 2, "folded": 1, "applied": 38}
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
    # djongo's 15 migrations, and the 9 that it did not come to.
    assert set(documents["django_migrations"]) < set(after["django_migrations"])
    assert {table: after[table] for table in documents} == {**documents, "django_migrations": after["django_migrations"]}
    assert sum(map(len, after.values())) == 15 + 9 + 5
    assert {table: states.counters(database)[table] for table in counters} == {**counters, "django_migrations": 15 + 9}
    project.nothing_to_do(TOLERANT, *FLAGS[project.server.name])
    assert states.documents(database) == after


def test_djongos_own_entries_stay(project):
    """What djongo reads in the catalog is as it was; keyfold adds beside it."""
    database = project.database
    load_state.load_state(project.server.client, database.name, FAILED_STATE)
    before = {each["name"]: each for each in database[states.CATALOG].find(states.TABLES)}
    project.apply(TOLERANT, *FLAGS[project.server.name])
    after = {each["name"]: each for each in database[states.CATALOG].find(states.TABLES)}
    assert set(before) < set(after) and len(after) == 21
    before["django_migrations"]["auto"]["seq"] += 9  # the rows that were added
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
