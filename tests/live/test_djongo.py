"""djongo 1.3.6 goes on working on what keyfold made."""

import json
import subprocess

import load_state
import pytest
import servers
import states
from project import on_secantus

TOLERANT = servers.ROOT / "sql_corpus/logs/presenceiq-tolerant.log"
FAILED_STATE = servers.ROOT / "sql_corpus/states/presenceiq-failed.json"
ADD_RANK = 'ALTER TABLE "auth_group" ADD COLUMN "rank" long NULL'
PYTHON = servers.DEPS / "djongo/bin/python"

pytestmark = on_secantus


@pytest.fixture
def djongo(project):
    def evaluate(*expressions):
        done = subprocess.run([PYTHON, servers.ROOT / "tests/live/use_djongo.py", project.server.uri, project.database.name],
                              input=json.dumps(expressions), capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return evaluate


def test_rows(project, djongo):
    project.apply(TOLERANT)
    assert djongo('Group.objects.create(name="first").id',
                  'Group.objects.create(name="second").id',
                  'Group.objects.get(name="second").id',
                  # djongo has no IntegrityError of its own.
                  'Group.objects.create(name="first").id',
                  'Group.objects.filter(name="second").update(name="2nd")',
                  'list(Group.objects.filter(name__startswith="2").values_list("id", "name"))',
                  'Group.objects.filter(id=1).delete()[0]',
                  'list(Group.objects.values_list("id", "name"))',
                  'Group.objects.count()') == [1, 2, 2, "DatabaseError", 1, [[2, "2nd"]], 1, [[2, "2nd"]], 1]
    assert [(each["id"], each["name"]) for each in project.database.auth_group.find()] == [(2, "2nd")]


def sql(text, *values):
    """An expression for use_djongo.py."""
    return "sql(%s)" % ", ".join(map(repr, [text, *values]))


def insert(table, **row):
    columns = ", ".join(f'"{column}"' for column in row)
    return sql(f'INSERT INTO "{table}" ({columns}) VALUES ({", ".join(["%s"] * len(row))})', *row.values())


def select(table, column, where, value):
    return sql(f'SELECT "{table}"."{column}" FROM "{table}" WHERE "{table}"."{where}" = %s', value)


def test_a_table_whose_key_is_no_counter(project, djongo):
    project.apply(TOLERANT)
    k, l = (insert("django_session", session_key=key, session_data="d", expire_date="e") for key in "kl")
    assert djongo(k, l, k, select("django_session", "session_key", "session_data", "d")) == [
        None, None, "DatabaseError", [["k"], ["l"]]]


def test_the_partial_index(project, djongo):
    project.apply(TOLERANT)
    rows = [("pending", None), ("pending", None), ("pending", 7), ("done", 7), ("pending", 7)]
    assert djongo(*(insert("face_recognition_recognitionlog", timestamp="t", status=status, score=None, recognized_user_id=user)
                    for status, user in rows)) == [None] * 4 + ["DatabaseError"]
    # The refused row has moved djongo's counter.
    assert states.counters(project.database)["face_recognition_recognitionlog"] == 5
    assert sorted(each["id"] for each in project.database.face_recognition_recognitionlog.find()) == [1, 2, 3, 4]


def test_ids_go_on(project, djongo):
    load_state.load_state(project.server.client, project.database.name, FAILED_STATE)
    assert djongo('Group.objects.create(name="before").id') == [1]
    project.apply(TOLERANT)
    assert djongo('Group.objects.create(name="after").id',
                  'list(Group.objects.order_by("id").values_list("id", "name"))',
                  # djongo has recorded 15 migrations there, and the log 9 more.
                  insert("django_migrations", app="a", name="0001", applied="now"),
                  select("django_migrations", "id", "app", "a")) == [2, [[1, "before"], [2, "after"]], None, [[25]]]


def test_djongos_migrations_after_keyfold(project, djongo):
    """djongo adds to the catalog and the indexes; keyfold's entries stay, and it has nothing to do about the others."""
    project.apply(TOLERANT)
    before = states.names(project.database)["auth_group"]
    assert djongo(sql(ADD_RANK), sql('ALTER TABLE "auth_group" ADD CONSTRAINT "by_rank" INDEX ("rank")'),
                  'Group.objects.create(name="a").id') == [None, None, 1]
    document = states.catalog(project.database, "auth_group")
    assert document["fields"]["rank"] == {"type_code": "long"} and document["fields"]["name"]["null"] is False
    assert states.names(project.database)["auth_group"] == before
    project.nothing_to_do(TOLERANT)
    assert states.Index((("rank", 1),)) in states.indexes(project.database)["auth_group"]
    assert djongo(sql('ALTER TABLE "auth_group" DROP CONSTRAINT "by_rank" INDEX')) == [None]


def test_keyfold_after_djongos_migrations(project, djongo):
    """The log goes on; what djongo did of it is taken as it is."""
    project.apply(TOLERANT)
    assert djongo(sql(ADD_RANK)) == [None]
    more = project.log(ADD_RANK,
                       'ALTER TABLE "auth_group" ADD CONSTRAINT "by_rank" INDEX ("rank")',
                       'ALTER TABLE "auth_group" ADD CONSTRAINT "by_rank_too" INDEX ("rank")')
    project.apply(more)
    names = states.names(project.database)["auth_group"]
    assert names["by_rank"].serves == names["by_rank_too"].serves == (states.Index((("rank", 1),)),)
    assert states.catalog(project.database, "auth_group")["fields"]["rank"]["type_code"] == "long"
    project.nothing_to_do(more)
