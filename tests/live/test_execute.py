"""Statements that are carried out now, on documents that are there."""

import json

import pytest
import states
from project import on_secantus
from pymongo.errors import DuplicateKeyError

TABLE = 'CREATE TABLE "t" ("id" long NOT NULL PRIMARY KEY AUTOINCREMENT, "a" long NULL, "b" string NOT NULL);'
ROWS = [{"_id": 1, "id": 1, "a": None, "b": "x"}, {"_id": 2, "id": 2, "b": "y"}, {"_id": 3, "id": 3, "a": 7, "b": "z"}]


@pytest.fixture
def execute(project):
    def run(sql, *words, status=0):
        path = project.folder / "statements.sql"
        path.write_text(sql, encoding="utf-8")
        return json.loads(project.run("execute", "--json", *words, path, status=status).stdout)

    return run


@pytest.fixture
def table(project, execute):
    execute(TABLE)
    project.database.t.insert_many([dict(row) for row in ROWS])
    project.database[states.CATALOG].update_one({"name": "t"}, {"$set": {"auto.seq": 3}})
    return project.database.t


def documents(collection):
    return list(collection.find({}, {"_id": 0}).sort("id"))


def counter(project, table="t"):
    document = project.database[states.CATALOG].find_one({"name": table})
    return document and document["auto"]["seq"]


def test_flush(project, execute, table):
    execute('ALTER TABLE "t" FLUSH;')
    assert (documents(table), counter(project)) == ([], 0)
    assert "__primary_key__" in table.index_information()


def test_truncate_leaves_the_counter(project, execute, table):
    execute('TRUNCATE "t";')
    assert (documents(table), counter(project)) == ([], 3)


def test_the_fill_of_nulls_touches_no_value(execute, table):
    execute("""UPDATE "t" SET "a" = 5 WHERE "a" IS NULL; ALTER TABLE "t" ALTER COLUMN "a" SET NOT NULL;""")
    assert [row["a"] for row in documents(table)] == [5, 5, 7]


def test_drop_and_create(project, execute, table):
    execute('DROP TABLE "t" CASCADE;' + TABLE)
    assert (documents(table), counter(project)) == ([], 0)


def test_drop_and_add_column(execute, table):
    execute("""ALTER TABLE "t" DROP COLUMN "a" CASCADE; ALTER TABLE "t" ADD COLUMN "a" string DEFAULT 'n' NOT NULL;""")
    assert [row["a"] for row in documents(table)] == ["n", "n", "n"]


def test_columns_swap(execute, table):
    execute('ALTER TABLE "t" RENAME COLUMN "a" TO "c"; ALTER TABLE "t" RENAME COLUMN "b" TO "a";'
            'ALTER TABLE "t" RENAME COLUMN "c" TO "b";')
    assert documents(table) == [{"id": 1, "b": None, "a": "x"}, {"id": 2, "a": "y"}, {"id": 3, "b": 7, "a": "z"}]


def test_tables_swap(project, execute, table):
    execute('CREATE TABLE "u" ("id" long NOT NULL PRIMARY KEY AUTOINCREMENT);')
    project.database.u.insert_one({"id": 9})
    execute('ALTER TABLE "t" RENAME TO "v"; ALTER TABLE "u" RENAME TO "t"; ALTER TABLE "v" RENAME TO "u";')
    assert documents(project.database.t) == [{"id": 9}]
    assert len(documents(project.database.u)) == 3
    assert (counter(project, "t"), counter(project, "u")) == (0, 3)


def test_rename_and_create(project, execute, table):
    execute('ALTER TABLE "t" RENAME TO "u";' + TABLE)
    assert (len(documents(project.database.u)), documents(table)) == (3, [])
    assert (counter(project, "u"), counter(project, "t")) == (3, 0)


def test_drop_database(project, execute, table):
    project.server.client["kf_other"].c.insert_one({})
    execute(f'DROP DATABASE "{project.database.name}";')
    assert project.database.list_collection_names() == []
    assert project.server.client["kf_other"].list_collection_names() == ["c"]
    project.server.client.drop_database("kf_other")
    execute(TABLE)
    assert counter(project) == 0


def test_what_djongo_renamed(project, execute, table):
    """Its catalog still has the old name."""
    project.database[states.CATALOG].update_one({"name": "t"}, {"$unset": {"names": 1, "rev": 1, "lineage": 1}})
    table.update_many({}, {"$rename": {"a": "mass"}})
    execute('ALTER TABLE "t" RENAME COLUMN "mass" TO "weight";')
    assert documents(table)[2] == {"id": 3, "b": "z", "weight": 7}


def test_again(project, execute, table):
    """A migration that was cut off behind its last statement."""
    migration = ('CREATE TABLE "u" ("id" long NOT NULL PRIMARY KEY AUTOINCREMENT, "x" long NULL);'
                 """ALTER TABLE "u" ADD COLUMN "y" long DEFAULT 1 NOT NULL; ALTER TABLE "u" ALTER COLUMN "y" DROP DEFAULT;"""
                 'ALTER TABLE "u" RENAME COLUMN "x" TO "z"; ALTER TABLE "u" ADD CONSTRAINT "u_y" INDEX ("y");'
                 'ALTER TABLE "u" RENAME TO "w";')
    execute(migration)
    project.database.w.insert_one({"id": 1, "z": 2, "y": 3})
    before = states.end_state(project.database)
    again = execute(migration)
    assert (again["operations"], again["commands"]["write"]) == ([], 0)
    assert states.end_state(project.database) == before
    assert documents(project.database.w) == [{"id": 1, "z": 2, "y": 3}]


def test_a_counter_goes_and_comes(project, execute, table):
    """It begins behind the greatest value, whatever it was before."""
    catalog = project.database[states.CATALOG]
    execute('ALTER TABLE "t" ALTER COLUMN "id" DROP IDENTITY;')
    assert "auto" not in catalog.find_one({"name": "t"})
    table.insert_one({"_id": 40, "id": 40})
    execute('ALTER TABLE "t" ALTER COLUMN "id" ADD GENERATED BY DEFAULT AS IDENTITY;')
    assert catalog.find_one({"name": "t"})["auto"] == {"field_names": ["id"], "seq": 40}
    execute('ALTER TABLE "t" ALTER COLUMN "id" DROP IDENTITY; ALTER TABLE "t" ALTER COLUMN "a" ADD GENERATED BY DEFAULT AS IDENTITY;')
    assert catalog.find_one({"name": "t"})["auto"] == {"field_names": ["a"], "seq": 7}


@on_secantus
def test_duplicates(project, execute, table):
    table.insert_one({"_id": 4, "id": 4, "a": 7, "b": "z"})
    result = execute('ALTER TABLE "t" ADD CONSTRAINT "u" UNIQUE ("a"); ALTER TABLE "t" ADD CONSTRAINT "i" INDEX ("b");'
                     'ALTER TABLE "t" FLUSH;', status=4)
    assert [(each["code"], each["server_code"]) for each in result["failures"]] == [("KF-040", 11000)]
    assert result["statements"]["failed"] == 1 and result["statements"]["withheld"] == 1
    assert len(documents(table)) == 4, "the flush behind it is left alone"
    assert "i" in table.index_information()
    with pytest.raises(DuplicateKeyError):
        table.insert_one({"_id": 5, "id": 4})


def test_only_tables_that_are_named_are_read(project, execute, table):
    for n in range(5):
        project.database[f"other{n}"].insert_one({})
    result = execute('ALTER TABLE "t" ADD CONSTRAINT "i" INDEX ("b");')
    # listCollections; listIndexes of the catalog and of t; the catalog's document
    assert result["commands"] == {"read": 4, "write": 2}


def test_a_log_is_not_carried_out(project, table):
    path = project.log('ALTER TABLE "t" FLUSH')
    done = project.run("execute", path, status=2)
    assert "KF-001" in done.stderr and "keyfold apply" in done.stderr
    assert len(documents(table)) == 3
