"""Conditions on a server, against what SQL says: two rows of one key are refused exactly where the condition is true of both."""

import itertools
import random
import sqlite3

import pytest
from project import on_secantus
from pymongo.errors import DuplicateKeyError

TABLE = ('CREATE TABLE "t" ("id" long NOT NULL PRIMARY KEY, "k" long NOT NULL, "n" long NULL, "s" string NULL, "f" bool NULL)')
VALUES = {"n": [None, ..., 0, 1, 5], "s": [None, ..., "", "a", "b"], "f": [None, ..., False, True]}


def atom(chance):
    number = lambda: chance.choice([0, 1, 3, 5])
    text = lambda: "'%s'" % chance.choice(["", "a", "b"])
    return chance.choice([
        lambda: '"n" %s %d' % (chance.choice(["=", "<", "<=", ">", ">="]), number()),
        lambda: '"s" %s %s' % (chance.choice(["=", "<", ">="]), text()),
        lambda: '"n" IN (%d, %d)' % (number(), number()),
        lambda: '"s" IN (%s, %s)' % (text(), text()),
        lambda: '"n" BETWEEN %d AND %d' % (number(), number()),
        lambda: '"%s" IS %sNULL' % (chance.choice("nsf"), chance.choice(["", "NOT "])),
        lambda: '"f"',
        lambda: 'NOT "f"',
        lambda: '"f" = %s' % chance.choice(["true", "false"]),
    ])()


def condition(chance, depth=2):
    if depth == 0 or chance.random() < 0.4:
        return atom(chance)
    parts = [condition(chance, depth - 1) for _ in range(2)]
    return chance.choice(["(%s AND %s)" % tuple(parts), "(%s OR %s)" % tuple(parts), "NOT (%s)" % parts[0]])


@pytest.fixture
def sql():
    connection = sqlite3.connect(":memory:")
    connection.execute('CREATE TABLE t ("id" INTEGER, "n" INTEGER, "s" TEXT, "f" INTEGER)')
    return connection


@on_secantus
def test_conditions_mean_what_they_mean_in_sql(project, sql):
    chance, made = random.Random(7), 0
    rows = [dict(zip(VALUES, row)) for row in itertools.product(*VALUES.values())]
    sql.executemany("INSERT INTO t VALUES (?, ?, ?, ?)", [
        (i, *(None if value is ... else value for value in row.values())) for i, row in enumerate(rows)])
    project.apply(project.log(TABLE))
    for round_ in range(50):
        where = condition(chance)
        result = project.apply(
            project.log('ALTER TABLE "t" ADD CONSTRAINT "u%d" UNIQUE ("k")( WHERE %s)' % (round_, where)), status=(0, 4))
        if result["statements"]["withheld"]:
            continue
        index = next(x for c in result["collections"] for x in c["indexes"] if "u%d" % round_ in x["names"])
        expected = {row[0] for row in sql.execute("SELECT id FROM t WHERE " + where)}
        found, key = set(), 1000 * (round_ + 1)
        project.database.t.delete_many({})
        for i, row in enumerate(rows):
            document = {name: value for name, value in row.items() if value is not ...}
            project.database.t.insert_one({"id": 2 * i, "k": key + i, **document})
            try:
                project.database.t.insert_one({"id": 2 * i + 1, "k": key + i, **document})
            except DuplicateKeyError:
                found.add(i)
        assert found == expected, (where, index["filter"])
        project.database.t.delete_many({})
        for spec in list(project.database.t.list_indexes()):
            if spec["name"] not in ("_id_", "__primary_key__"):
                project.database.t.drop_index(spec["name"])
        project.database["__schema__"].delete_many({"name": "t"})
        project.database.t.drop()
        project.apply(project.log(TABLE))
        made += 1
    assert made > 20
