"""What goes wrong, as Django's own exceptions."""

import pytest

SETUP = """
from django import db
from django.db import connection
def run(*statements):
    with connection.schema_editor() as editor:
        for sql in statements: editor.execute(sql, None)
def told(*statements):
    try: run(*statements); print("done")
    except db.Error as error: print(type(error).__name__, str(error).replace("\\n", " | "))
run('CREATE TABLE "t" ("id" long NOT NULL PRIMARY KEY AUTOINCREMENT, "a" long NOT NULL, "b" long NULL)')
with connection.cursor() as cursor:
    for value in (1, 1, 2): cursor.execute('INSERT INTO "t" ("a", "b") VALUES (%s, %s)', [value, None])
"""


@pytest.mark.parametrize(
    "sql, kind, code",
    [
        ('ALTER TABLE "t" ADD CONSTRAINT "u" UNIQUE ("a")', "IntegrityError", "KF-040"),
        ('ALTER TABLE "t" ADD CONSTRAINT "u" UNIQE ("a")', "ProgrammingError", "KF-020"),
        ('CREATE INDEX "i" ON "nowhere" ("a")', "ProgrammingError", "KF-046"),
        ('ALTER TABLE "t" DROP COLUMN "z"; ALTER TABLE "t" RENAME COLUMN "z" TO "y"', "ProgrammingError", "KF-029"),
        ('CREATE TABLE "t" ("z" string NOT NULL)', "ProgrammingError", "KF-051"),
        ('CREATE INDEX "i" ON "t" ("a") WHERE "a" LIKE \'x%\'', "NotSupportedError", "KF-042"),
        ('CREATE VIEW "v" AS SELECT 1', "NotSupportedError", "KF-021"),
    ],
)
def test_schema_statements(secantus, project, sql, kind, code):
    said = project.run(SETUP + f"told({sql!r})").splitlines()[-1]
    assert said.startswith(f"{kind} {code}: "), said
    assert "SQL: " in said, said


def test_duplicates_of_rows_are_an_integrity_error(server, project):
    said = project.run(SETUP + """
run('CREATE TABLE "u" ("id" long NOT NULL PRIMARY KEY AUTOINCREMENT, "a" long NOT NULL UNIQUE)')
with connection.cursor() as cursor:
    for value in (1, 2, 1):
        try: cursor.execute('INSERT INTO "u" ("a") VALUES (%s)', [value]); print("done")
        except db.IntegrityError as error: print("E11000" in str(error), 'INSERT INTO "u"' in str(error))
    try: cursor.execute('UPDATE "u" SET "a" = %s WHERE "u"."a" = %s', [1, 2])
    except db.Error as error: print(type(error).__name__)
""")
    assert said.splitlines()[-4:] == ["done", "done", "True True", "IntegrityError"]


def test_a_unique_that_met_duplicates_is_made_by_the_next_run(server, project):
    said = project.run(SETUP + """
add = 'ALTER TABLE "t" ADD CONSTRAINT "u" UNIQUE ("a")'
told(add)
with connection.cursor() as cursor: cursor.execute('DELETE FROM "t" WHERE "t"."id" = %s', [1])
told(add); told(add)
""").splitlines()[-3:]
    assert said[0].startswith("IntegrityError KF-040") and said[1:] == ["done", "done"]


def test_nothing_is_done_when_a_migration_breaks_off(server, project):
    """What waits for the end of the schema editor is not carried out when that ends with an exception."""
    said = project.run(SETUP + """
try:
    with connection.schema_editor() as editor:
        editor.execute('CREATE INDEX "i" ON "t" ("a")', None)
        raise ZeroDivisionError
except ZeroDivisionError: pass
run('CREATE INDEX "j" ON "t" ("b")')
with connection.cursor() as cursor: print(sorted(connection.introspection.get_constraints(cursor, "t")))
""").splitlines()[-1]
    assert said == str(["__primary_key__", "j"])


def test_waiting_statements_are_seen_by_those_that_follow(server, project):
    said = project.run(SETUP + """
with connection.schema_editor() as editor:
    editor.execute('CREATE TABLE "v" ("id" long NOT NULL PRIMARY KEY AUTOINCREMENT, "a" long NOT NULL UNIQUE)', None)
    with connection.cursor() as cursor:
        cursor.execute('INSERT INTO "v" ("a") VALUES (%s)', [7])
        cursor.execute('SELECT "v"."id", "v"."a" FROM "v"'); print(cursor.fetchall())
        print("v" in connection.introspection.table_names(cursor))
    editor.execute('ALTER TABLE "v" RENAME COLUMN "a" TO "b"', None)
    print(cursor.db.connection["v"].find_one({}, {"_id": 0}))
with connection.cursor() as cursor: print(cursor.db_conn["v"].find_one({}, {"_id": 0}))
""").splitlines()[-4:]
    assert said[:2] == ["[(1, 7)]", "True"] and "('b', 7)" in said[3]


def test_the_fill_of_nulls_leaves_other_rows_alone(server, project):
    """djongo overwrites every row."""
    said = project.run(SETUP + """
with connection.cursor() as cursor:
    cursor.execute('UPDATE "t" SET "b" = %s WHERE "t"."id" = %s', [5, 1])
    cursor.execute('UPDATE "t" SET "b" = %s WHERE "b" IS NULL', [9])
    cursor.execute('SELECT "t"."b" FROM "t"'); print(sorted(cursor.fetchall()))
""").splitlines()[-1]
    assert said == "[(5,), (9,), (9,)]"


def test_conflicts_are_ignored_where_asked(server, project):
    said = project.run("""
from django.core.management import call_command
call_command("migrate", "academic", verbosity=0)
from academic.models import Department
make = lambda *codes: Department.objects.bulk_create([Department(name=code, code=code) for code in codes], ignore_conflicts=True)
make("a", "b"); make("b", "c")
print(sorted(Department.objects.values_list("code", flat=True)))
""").splitlines()[-1]
    assert said == str(["a", "b", "c"])


def test_exists(server, project):
    """On Django 4.2 djongo fails as soon as there is a row."""
    said = project.run(SETUP + """
from django.core.management import call_command
call_command("migrate", "academic", verbosity=0)
from academic.models import Department
print(Department.objects.exists())
Department.objects.create(name="x", code="y")
print(Department.objects.exists(), Department.objects.filter(code="y").exists(), Department.objects.filter(code="z").exists())
""").splitlines()[-2:]
    assert said == ["False", "True True False"]


BARE = """
def rows():
    with connection.cursor() as cursor:
        cursor.execute('SELECT "t"."id", "t"."b" FROM "t"'); return sorted(cursor.fetchall())
with connection.cursor() as cursor: cursor.execute('UPDATE "t" SET "b" = %s WHERE "t"."id" = %s', [5, 2])
def told(sql, *params):
    try:
        with connection.cursor() as cursor: cursor.execute(sql, params)
    except db.Error as error: print(type(error).__name__)
"""


@pytest.mark.parametrize(
    "sql, params, left",
    [
        ('UPDATE "t" SET "b" = %s WHERE "b" IS NULL', [7], [(1, 7), (2, 5), (3, 7)]),
        ('UPDATE "t" SET "b" = %s WHERE NOT ("id" = %s)', [7, 1], [(1, None), (2, 7), (3, 7)]),
        ('UPDATE "t" SET "b" = %s WHERE "id" IN (%s, %s)', [7, 1, 3], [(1, 7), (2, 5), (3, 7)]),
        ('DELETE FROM "t" WHERE "b" IS NULL', [], [(2, 5)]),
        ('DELETE FROM "t" WHERE NOT ("id" = %s)', [1], [(1, None)]),
        ('DELETE FROM "t" WHERE ("id" = %s OR "t"."id" = %s)', [1, 2], [(3, None)]),
        ("DELETE FROM t WHERE id = %s", [1], [(1, None), (2, 5), (3, None)]),
        ('DELETE FROM "t" WHERE "id" IN (SELECT U0."id" FROM "t" U0)', [], [(1, None), (2, 5), (3, None)]),
    ],
)
def test_bare_columns_in_conditions(secantus, project, sql, params, left):
    """With djongo alone the first, second, fourth and fifth hit every row."""
    said = project.run(SETUP + BARE + f"told({sql!r}, *{params!r}); print(rows())").splitlines()
    assert said[-1] == str(left)
    refused = sql.startswith("DELETE FROM t") or "SELECT" in sql
    assert ("NotSupportedError" in said) == refused


def test_types_are_converted_where_asked(secantus, project):
    settings = project.folder / "config/settings.py"
    settings.write_text(settings.read_text() + "\nDATABASES['default']['KEYFOLD'] = {'convert_types': True}\n")
    said = project.run(SETUP + """
run('ALTER TABLE "t" ALTER COLUMN "a" TYPE string')
with connection.cursor() as cursor:
    cursor.execute('SELECT "t"."a" FROM "t"'); print(sorted(cursor.fetchall()))
    cursor.execute('UPDATE "t" SET "a" = %s WHERE "t"."id" = %s', ["x", 1])
told('ALTER TABLE "t" ALTER COLUMN "a" TYPE long')
""").splitlines()[-2:]
    assert said[0] == "[('1',), ('1',), ('2',)]" and said[1].startswith("DataError KF-052")
