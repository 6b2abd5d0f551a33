"""djongo 1.3.6 goes on working after each kind of statement: rows come in, ids go on, and the new name finds them."""

import json
import subprocess

import pytest
import servers
import states
from project import on_secantus
from test_djongo import insert, select, sql

PYTHON = servers.DEPS / "djongo/bin/python"
CREATE = ('CREATE TABLE "t" ("id" long NOT NULL PRIMARY KEY AUTOINCREMENT, "a" long NULL, "b" string NOT NULL UNIQUE)',
          'ALTER TABLE "t" ADD CONSTRAINT "i" INDEX ("a")')
ALLOWED = "--allow-drop=all"

# What is made of djongo's own tables is shown by the others.
of_keyfold = pytest.mark.parametrize("table", ["keyfold"], indirect=True)

pytestmark = on_secantus


@pytest.fixture
def djongo(project):
    def evaluate(*expressions):
        done = subprocess.run([PYTHON, servers.ROOT / "tests/live/use_djongo.py", project.server.uri, project.database.name],
                              input=json.dumps(expressions), capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return evaluate


@pytest.fixture(params=["keyfold", "djongo"])
def table(request, project, djongo):
    """t, made by one of them, with two rows of djongo's."""
    if request.param == "keyfold":
        project.apply(project.log(*CREATE))
    else:
        assert djongo(*map(sql, CREATE)) == [None, None]
    assert djongo(insert("t", a=1, b="x"), insert("t", a=2, b="y"), select("t", "id", "b", "y")) == [None, None, [[2]]]
    return project.database.t


def test_rename_column(project, djongo, table):
    log = project.log('ALTER TABLE "t" RENAME COLUMN "a" TO "z"')
    project.apply(log)
    assert djongo(insert("t", z=3, b="v"), select("t", "id", "b", "v"), select("t", "b", "z", 1), select("t", "z", "b", "y"),
                  select("t", "z", "id", 3)) == [None, [[3]], [["x"]], [[2]], [[3]]]
    assert states.Index((("z", 1),)) in states.indexes(project.database)["t"]
    project.nothing_to_do(log)


def test_rename_unique_column(project, djongo, table):
    project.apply(project.log('ALTER TABLE "t" RENAME COLUMN "b" TO "z"'))
    assert djongo(insert("t", a=3, z="x"), insert("t", a=3, z="v"), select("t", "a", "z", "v"),
                  select("t", "a", "z", "x")) == ["DatabaseError", None, [[3]], [[1]]]


def test_rename_primary_key(project, djongo, table):
    """The counter is the new column's."""
    project.apply(project.log('ALTER TABLE "t" RENAME COLUMN "id" TO "key"'))
    assert djongo(insert("t", a=3, b="v"), select("t", "key", "b", "v"), select("t", "b", "key", 2)) == [None, [[3]], [["y"]]]


def test_rename_to(project, djongo, table):
    log = project.log('ALTER TABLE "t" RENAME TO "u"')
    project.apply(log)
    assert djongo(insert("u", a=3, b="v"), select("u", "id", "b", "v"), select("u", "b", "id", 1), insert("u", a=4, b="v")) == [
        None, [[3]], [["x"]], "DatabaseError"]
    project.nothing_to_do(log)


def test_rename_to_and_create(project, djongo, table):
    log = project.log('ALTER TABLE "t" RENAME TO "u"', *CREATE)
    # Of a database that djongo made it cannot be told which table this t is.
    project.apply(log, "--renames=todo")
    assert djongo(insert("t", a=9, b="x"), select("t", "id", "b", "x"), insert("u", a=3, b="v"), select("u", "id", "b", "v")) == [
        None, [[1]], None, [[3]]]
    project.nothing_to_do(log)


def test_add_column(project, djongo, table):
    log = project.log("""ALTER TABLE "t" ADD COLUMN "n" string DEFAULT 'old' NOT NULL""",
                      'ALTER TABLE "t" ALTER COLUMN "n" DROP DEFAULT', 'ALTER TABLE "t" ADD COLUMN "m" long NULL')
    project.apply(log)
    assert djongo(insert("t", a=3, b="v", n="new", m=None), select("t", "id", "n", "new"), select("t", "n", "b", "x"),
                  sql('SELECT "t"."b" FROM "t" WHERE "t"."m" IS NULL'),
                  select("t", "id", "n", "old")) == [None, [[3]], [["old"]], [["x"], ["y"], ["v"]], [[1], [2]]]
    project.nothing_to_do(log)


def test_add_unique_column(project, djongo, table):
    """djongo inserts null where a row has no value."""
    log = project.log('ALTER TABLE "t" ADD COLUMN "n" string NULL UNIQUE')
    project.apply(log)
    assert djongo(insert("t", a=3, b="v", n=None), insert("t", a=4, b="w", n="n"), insert("t", a=5, b="u", n="n"),
                  select("t", "b", "n", "n")) == [None, None, "DatabaseError", [["w"]]]
    project.nothing_to_do(log)


def test_null_to_not_null(project, djongo, table):
    assert djongo(insert("t", a=None, b="v")) == [None]
    log = project.log('UPDATE "t" SET "a" = 7 WHERE "a" IS NULL', 'ALTER TABLE "t" ALTER COLUMN "a" SET NOT NULL')
    project.apply(log)
    assert djongo(sql('SELECT "t"."a" FROM "t"'), insert("t", a=8, b="w"), select("t", "id", "a", 8)) == [
        [[1], [2], [7]], None, [[4]]]
    project.nothing_to_do(log)


def test_drop_column(project, djongo, table):
    log = project.log('ALTER TABLE "t" DROP COLUMN "b" CASCADE')
    project.apply(ALLOWED, log)
    # The index went with it: two rows without the field are no duplicates.
    assert djongo(insert("t", a=3), insert("t", a=4), select("t", "id", "a", 4), sql('SELECT "t"."a" FROM "t"')) == [
        None, None, [[4]], [[1], [2], [3], [4]]]
    assert "b" not in states.catalog(project.database, "t")["fields"]
    project.nothing_to_do(ALLOWED, log)


def test_constraints(project, djongo, table):
    """Duplicates are refused while the unique is there, and nulls are none."""
    log = project.log('ALTER TABLE "t" ADD CONSTRAINT "u" UNIQUE ("a")', 'ALTER TABLE "t" ADD CONSTRAINT "j" INDEX ("a" DESC, "b")',
                      'ALTER TABLE "t" ADD CONSTRAINT "w" UNIQUE ("id")( WHERE "b" = x)', 'ALTER TABLE "t" RENAME CONSTRAINT "u" TO "v"',
                      'ALTER INDEX "i" RENAME TO "k"')
    project.apply(log)
    assert djongo(insert("t", a=2, b="v"), insert("t", a=None, b="v"), insert("t", a=None, b="w"), select("t", "b", "a", 2)) == [
        "DatabaseError", None, None, [["y"]]]
    project.nothing_to_do(log)
    gone = project.log('ALTER TABLE "t" DROP CONSTRAINT "v"', 'ALTER TABLE "t" DROP CONSTRAINT "k" INDEX', 'DROP INDEX "j"')
    project.apply(ALLOWED, gone)
    assert djongo(insert("t", a=2, b="z"), select("t", "b", "a", 2)) == [None, [["y"], ["z"]]]
    assert states.Index((("a", 1),)) not in states.indexes(project.database)["t"]
    project.nothing_to_do(ALLOWED, gone)


def test_primary_key_moves(project, djongo, table):
    log = project.log('ALTER TABLE "t" ADD CONSTRAINT "p" PRIMARY KEY ("b")')
    project.apply(ALLOWED, log)
    assert djongo(insert("t", a=2, b="x"), insert("t", a=2, b="z"), select("t", "id", "b", "z")) == ["DatabaseError", None, [[4]]]
    project.nothing_to_do(ALLOWED, log)


@pytest.mark.parametrize("empty", ['ALTER TABLE "t" FLUSH', 'TRUNCATE "t" RESTART IDENTITY'])
def test_emptied(project, djongo, table, tmp_path, empty):
    """Carried out now; in a log it is passed over."""
    file = tmp_path / "empty.sql"
    file.write_text(empty)
    project.run("execute", file)
    assert djongo(sql('SELECT "t"."id" FROM "t"'), insert("t", a=1, b="x"), select("t", "id", "b", "x"), insert("t", a=1, b="x")) == [
        [], None, [[1]], "DatabaseError"]


def test_drop_table(project, djongo, table):
    """djongo leaves the catalog's document, and a table made again has its counter twice."""
    project.apply(ALLOWED, project.log('DROP TABLE "t" CASCADE'))
    assert djongo(*map(sql, CREATE), insert("t", a=1, b="x"), select("t", "id", "b", "x")) == [None, None, None, [[1]]]
    assert states.catalog(project.database, "t")["auto"] == {"field_names": ["id"], "seq": 1}


def test_alter_type(project, djongo, table):
    log = project.log('ALTER TABLE "t" ALTER COLUMN "a" TYPE string')
    project.apply(log)
    assert djongo(insert("t", a="three", b="v"), select("t", "id", "a", "three"), select("t", "id", "a", 1)) == [None, [[3]], [[1]]]
    project.nothing_to_do(log)


def test_constraint_in_create_table(project, djongo):
    project.apply(project.log('CREATE TABLE "o" (CONSTRAINT "u" UNIQUE ("a", "b"), "id" long NOT NULL PRIMARY KEY AUTOINCREMENT, '
                              '"a" long NOT NULL, "b" string NULL)'))
    assert djongo(insert("o", a=1, b="x"), insert("o", a=1, b="y"), insert("o", a=1, b="x"), insert("o", a=1, b=None),
                  insert("o", a=1, b=None), select("o", "id", "b", "y")) == [None, None, "DatabaseError", None, None, [[2]]]


@of_keyfold
def test_conditions(project, djongo, table):
    """A condition as djongo prints it, and as RunSQL users write it: only rows of which it is true are compared."""
    log = project.log('ALTER TABLE "t" ADD CONSTRAINT "u" UNIQUE ("a")( WHERE "b" IN (on hold, done))',
                      'ALTER TABLE "t" ADD CONSTRAINT "j" INDEX ("a")( WHERE "b" = done)',
                      """CREATE UNIQUE INDEX "v" ON "t" ("a" DESC) WHERE "b" > 'z' AND "a" IS NOT NULL""")
    project.apply(log)
    assert djongo(insert("t", a=1, b="on hold"), insert("t", a=1, b="done"), insert("t", a=2, b="done"), insert("t", a=1, b="v"),
                  insert("t", a=5, b="za"), insert("t", a=5, b="zb"), insert("t", a=None, b="zc"), insert("t", a=None, b="zd"),
                  select("t", "b", "a", 1)) == [
        None, "DatabaseError", None, None, None, "DatabaseError", None, None, [["x"], ["on hold"], ["v"]]]
    project.nothing_to_do(log)
    gone = project.log('DROP INDEX IF EXISTS "u", "v"', 'DROP INDEX "nowhere"')
    project.apply(ALLOWED, gone)
    assert djongo(insert("t", a=1, b="done"), insert("t", a=5, b="zb"), select("t", "id", "b", "zb")) == ["DatabaseError", None, [[12]]]


@of_keyfold
def test_foreign_key_and_check(project, djongo, table):
    """Names alone: djongo enforces neither, and keyfold does not begin to."""
    log = project.log('CREATE TABLE "o" ("id" long NOT NULL PRIMARY KEY AUTOINCREMENT)',
                      'ALTER TABLE "t" ADD CONSTRAINT "f" FOREIGN KEY ("a") REFERENCES "o" ("id") DEFERRABLE INITIALLY DEFERRED',
                      'ALTER TABLE "t" ADD CONSTRAINT "c" CHECK ("a" > 0)',
                      'ALTER TABLE "t" ADD COLUMN "o_id" long NULL CONSTRAINT "g" REFERENCES "o" ("id")')
    project.apply(log)
    assert djongo(insert("t", a=-77, b="v", o_id=5), select("t", "b", "o_id", 5), select("t", "id", "a", -77)) == [None, [["v"]], [[3]]]
    project.nothing_to_do(log)
    project.apply(ALLOWED, project.log('ALTER TABLE "t" DROP CONSTRAINT "f"', 'ALTER TABLE "t" DROP CONSTRAINT "c"',
                                       'DROP TABLE "o" CASCADE'))
    assert djongo(insert("t", a=1, b="w", o_id=None), select("t", "id", "b", "w")) == [None, [[4]]]


@of_keyfold
def test_drop_not_null_and_defaults(project, djongo, table):
    """The UNIQUE column lets nulls in from now on; a default is Django's to write."""
    log = project.log('ALTER TABLE "t" ALTER COLUMN "b" DROP NOT NULL, ALTER COLUMN "b" SET DEFAULT x',
                      'ALTER TABLE "t" ALTER COLUMN "b" DROP DEFAULT', 'ALTER TABLE "t" ALTER COLUMN "a" SET DEFAULT 5')
    project.apply(log)
    assert djongo(insert("t", a=1, b=None), insert("t", a=1, b=None), insert("t", a=1, b="x"), select("t", "a", "b", "x"),
                  sql('SELECT "t"."id" FROM "t" WHERE "t"."b" IS NULL')) == [None, None, "DatabaseError", [[1]], [[3], [4]]]
    project.nothing_to_do(log)


@of_keyfold
def test_several_actions_and_statements(project, djongo, table):
    log = project.log('ALTER TABLE "t" ADD COLUMN "n" long DEFAULT 7 NOT NULL, ADD CONSTRAINT "u" UNIQUE ("n", "b"), DROP COLUMN "a"',
                      'ALTER TABLE "t" RENAME COLUMN "n" TO "m"; ALTER TABLE "t" ADD CONSTRAINT "j" INDEX ("m" DESC)')
    project.apply(ALLOWED, log)
    assert djongo(select("t", "m", "b", "y"), insert("t", m=7, b="y"), insert("t", m=8, b="v"), select("t", "id", "m", 8),
                  select("t", "b", "m", 7)) == [[[7]], "DatabaseError", None, [[4]], [["x"], ["y"]]]
    project.nothing_to_do(ALLOWED, log)


@of_keyfold
def test_values(project, djongo, table):
    """Raw, as sqlmigrate prints them, and as parameters: djongo reads and finds what it would have written itself."""
    log = project.folder / "values.log"
    log.write_text("".join(f"sql_command: {statement}\nparams: {values}\n" for statement, values in (
        ('ALTER TABLE "t" ADD COLUMN "r" string DEFAULT in progress NOT NULL', "()"),
        ('ALTER TABLE "t" ADD COLUMN "p" string DEFAULT %(0)s NOT NULL', '["it\'s"]'),
        ('ALTER TABLE "t" ADD COLUMN "f" bool DEFAULT True NOT NULL', "()"),
        ('ALTER TABLE "t" ADD COLUMN "e" string DEFAULT  NOT NULL', "()"))))
    project.apply(log)
    assert djongo(select("t", "r", "b", "x"), select("t", "p", "b", "x"), select("t", "id", "f", True), select("t", "id", "e", ""),
                  select("t", "id", "r", "in progress"), insert("t", a=3, b="v", r="", p="", f=False, e="e"),
                  select("t", "id", "f", False)) == [[["in progress"]], [["it's"]], [[1], [2]], [[1], [2]], [[1], [2]], None, [[3]]]
    project.nothing_to_do(log)


@of_keyfold
def test_database(project, djongo, table, tmp_path):
    """Carried out now; in a log it is passed over."""
    file = tmp_path / "drop.sql"
    file.write_text(f'DROP DATABASE "{project.database.name}"; CREATE DATABASE "{project.database.name}"')
    project.run("execute", file)
    assert djongo(*map(sql, CREATE), insert("t", a=1, b="x"), select("t", "id", "b", "x")) == [None, None, None, [[1]]]


def test_djongos_next_statements(project, djongo, table):
    """Its own ADD COLUMN, RENAME COLUMN and DROP COLUMN find the table as they want it."""
    project.apply(project.log('ALTER TABLE "t" RENAME COLUMN "a" TO "z"', 'ALTER TABLE "t" RENAME TO "u"'))
    assert djongo(sql('ALTER TABLE "u" ADD COLUMN "n" long DEFAULT %s NOT NULL', 5), select("u", "n", "z", 1),
                  sql('ALTER TABLE "u" RENAME COLUMN "n" TO "m"'), select("u", "m", "z", 1),
                  insert("u", z=3, b="v", m=6), select("u", "id", "m", 6)) == [None, [[5]], None, [[5]], None, [[3]]]


def test_a_table_that_is_not_in_djongos_catalog(project, djongo):
    """Its documents have ids: the next is beyond the greatest."""
    project.apply(project.log('CREATE TABLE "other" ("k" long NOT NULL PRIMARY KEY)'))
    project.database.t.insert_many([{"id": 12, "a": 1, "b": "x"}, {"id": 5, "a": 1, "b": "y"}])
    project.apply(project.log(*CREATE))
    assert djongo(insert("t", a=1, b="v"), select("t", "id", "b", "v")) == [None, [[13]]]
