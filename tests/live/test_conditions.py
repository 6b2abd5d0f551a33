"""Conditions on a server, against what SQL says: two rows of one key are refused exactly where the condition is true of both."""

import datetime
import itertools
import random
import sqlite3

import pytest
from bson import Decimal128, Int64, json_util
from project import findings, on_secantus
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


# ---- hundreds of them, by what find() gives for the filter ----

WIDE = ('CREATE TABLE "t" ("id" long NOT NULL PRIMARY KEY, "k" long NOT NULL, "n" long NULL, "x" double NULL, "m" decimal NULL,'
        ' "s" string NULL, "f" bool NULL, "d" date NULL)')
DAY = datetime.datetime(2026, 11, 22)
# Numbers of every type that is stored for a column of numbers: small longs are int32.
WIDE_VALUES = {
    "n": [None, ..., 0, Int64(1), 5], "x": [None, -1.5, 0.5], "m": [..., Decimal128("0.50"), Decimal128("1.5")],
    "s": [None, "", "a", "ab", "é"], "f": [None, ..., False, True], "d": [None, DAY, DAY + datetime.timedelta(days=1)],
}
CONSTANTS = {
    "n": ["0", "1", "3", "5", "1.0", "1.5", "NULL"], "x": ["-1.5", "0.5", "1"], "m": ["0.5", "1.50", "2"],
    "s": ["''", "'a'", "'ab'", "'b'"], "f": ["TRUE", "FALSE"], "d": ["'2026-11-22'", "'2026-11-23'", "NULL"],
}
A_LOG, LOGS = 50, 6


def any_atom(chance):
    column = chance.choice(list(CONSTANTS))
    constant = lambda: chance.choice(CONSTANTS[column])
    return chance.choice([
        lambda: '"%s" %s %s' % (column, chance.choice(["=", "<", "<=", ">", ">=", "<>", "="]), constant()),
        lambda: '%s %s "%s"' % (constant(), chance.choice(["=", "<", ">="]), column),
        lambda: '"%s" %sIN (%s)' % (column, chance.choice(["", "", "NOT "]), ", ".join(constant() for _ in range(chance.choice([1, 2, 3])))),
        lambda: '"%s" %sBETWEEN %s AND %s' % (column, chance.choice(["", "", "NOT "]), constant(), constant()),
        lambda: '"%s" IS %sNULL' % (column, chance.choice(["", "NOT "])),
        lambda: chance.choice(['"f"', 'NOT "f"', 'TRUE', 'FALSE']),
    ])()


def any_condition(chance, depth=3):
    if depth == 0 or chance.random() < 0.3:
        return any_atom(chance)
    parts = [any_condition(chance, depth - 1) for _ in range(chance.choice([2, 2, 3]))]
    return chance.choice(["(%s)" % " AND ".join(parts), "(%s)" % " OR ".join(parts), "NOT (%s)" % parts[0]])


def sqlite_value(value):
    if value is None or value is ...:
        return None
    if isinstance(value, Decimal128):
        return float(str(value))
    return value.strftime("%Y-%m-%d") if isinstance(value, datetime.datetime) else value


@on_secantus
def test_filters_find_the_rows_of_which_the_condition_is_true(project):
    chance = random.Random(20261125)
    rows = [dict(zip(WIDE_VALUES, row)) for row in itertools.product(*WIDE_VALUES.values())]
    sql = sqlite3.connect(":memory:")
    sql.execute('CREATE TABLE t ("id" INTEGER, "n" INTEGER, "x" REAL, "m" REAL, "s" TEXT, "f" INTEGER, "d" TEXT)')
    sql.executemany("INSERT INTO t VALUES (?, ?, ?, ?, ?, ?, ?)",
                    [(i, *map(sqlite_value, row.values())) for i, row in enumerate(rows)])
    project.database.t.insert_many([
        {"_id": i, **{column: value for column, value in row.items() if value is not ...}} for i, row in enumerate(rows)])
    said = never = 0
    for _ in range(LOGS):
        conditions = {f"u{i}": any_condition(chance) for i in range(A_LOG)}
        log = project.folder / "conditions.sql"
        log.write_text(WIDE + ";\n" + "".join(f'CREATE UNIQUE INDEX "{name}" ON "t" ("k") WHERE {where};\n'
                                               for name, where in conditions.items()), encoding="utf-8")
        plan = project.plan(log, status=(0, 4))
        filters = {name: index["filter"] for each in plan["collections"] for index in each["indexes"] for name in index["names"]}
        reasons = {each["name"]: each["message"] for each in findings(plan, "withheld")}
        for name, where in conditions.items():
            expected = {row[0] for row in sql.execute("SELECT id FROM t WHERE " + where)}
            if name in reasons:
                # What never holds for SQL, or stands too deep; nothing else of these is beyond MongoDB 6.
                assert "never true" in reasons[name] or "inside each other" in reasons[name], (where, reasons[name])
                assert not expected or "never true" not in reasons[name], (where, reasons[name])
                never += 1
                continue
            condition = json_util.loads(json_util.dumps(filters[name])) if filters[name] else {}
            found = {each["_id"] for each in project.database.t.find(condition, {"_id": 1})}
            assert found == expected, (where, filters[name])
            said += 1
    assert said > 200 and never, (said, never)


# ---- on every profile ----

# What each says that a partialFilterExpression takes, beside field: value (docs/profiles.md has the sources).
RANGES = {"$eq", "$gt", "$gte", "$lt", "$lte"}
TAKES = {
    "mongodb-6.0+": RANGES | {"$type", "$exists", "$and", "$in", "$or"}, "mongodb-5.0+": RANGES | {"$type", "$exists", "$and"},
    "mongodb-4.2": RANGES | {"$type", "$exists", "$and"}, "mongodb-4.0": RANGES | {"$type", "$exists", "$and"},
    "documentdb": RANGES | {"$type", "$exists", "$and"}, "amazon-documentdb": RANGES | {"$exists", "$and"},
    "cosmos": RANGES | {"$type", "$exists", "$and"},
}
# Numbers of every stored type in one column.
MIXED = {"n": [None, ..., 0, Int64(1), 2.0, Decimal128("3")], "s": [None, ..., "", "a"], "f": [None, ..., False, True]}
A_PROFILE = 120


def operators(filter_):
    if isinstance(filter_, list):
        return set().union(*map(operators, filter_))
    if not isinstance(filter_, dict):
        return set()
    found = {key for key in filter_ if key.startswith("$") and not key.startswith(("$number", "$date"))}
    return found.union(*map(operators, filter_.values()))


@on_secantus
@pytest.mark.parametrize("profile", TAKES)
def test_every_profile_says_it_exactly_or_not_at_all(project, profile):
    """A row belongs to the index where SQL says that the condition is true, and nowhere else."""
    chance = random.Random(profile)
    rows = [dict(zip(MIXED, row)) for row in itertools.product(*MIXED.values())]
    number = lambda value: int(str(value)) if isinstance(value, Decimal128) else value
    sql = sqlite3.connect(":memory:")
    sql.execute('CREATE TABLE t ("id" INTEGER, "n" INTEGER, "s" TEXT, "f" INTEGER)')
    sql.executemany("INSERT INTO t VALUES (?, ?, ?, ?)", [
        (i, *(None if value is ... else number(value) for value in row.values())) for i, row in enumerate(rows)])
    project.database.t.insert_many([
        {"_id": i, **{column: value for column, value in row.items() if value is not ...}} for i, row in enumerate(rows)])
    constants = {"n": ["0", "1", "2", "3", "1.5", "NULL"], "s": ["''", "'a'", "'b'", "NULL"], "f": ["TRUE", "FALSE", "NULL"]}

    def simple(depth):
        if depth and chance.random() < 0.6:
            parts = [simple(depth - 1) for _ in range(2)]
            return chance.choice(["(%s AND %s)" % tuple(parts), "(%s OR %s)" % tuple(parts), "NOT (%s)" % parts[0]])
        column = chance.choice("nsf")
        constant = lambda: chance.choice(constants[column])
        return '"%s" %s' % (column, chance.choice([
            lambda: "%s %s" % (chance.choice(["=", "<>", "<", "<=", ">", ">="]), constant()),
            lambda: "%sIN (%s)" % (chance.choice(["", "NOT "]), ", ".join(constant() for _ in range(chance.choice([1, 2])))),
            lambda: "%sBETWEEN %s AND %s" % (chance.choice(["", "NOT "]), constant(), constant()),
            lambda: "IS %sNULL" % chance.choice(["", "NOT "]),
        ])())

    conditions = {f"u{i}": simple(chance.choice([0, 1, 2])) for i in range(A_PROFILE)}
    log = project.folder / "conditions.sql"
    log.write_text("".join(TABLE.replace('"t"', f'"{name}"') + f';\nCREATE UNIQUE INDEX "{name}" ON "{name}" ("k") WHERE {where};\n'
                           for name, where in conditions.items()))
    plan = project.plan(log, "--profile", profile, status=4)
    filters = {name: index["filter"] for each in plan["collections"] for index in each["indexes"] for name in index["names"]}
    withheld = {each["name"] for each in findings(plan, "withheld")}
    assert withheld | set(filters) >= set(conditions) and not withheld & set(filters)
    for name, where in conditions.items():
        if name in withheld:
            continue
        assert operators(filters[name]) <= TAKES[profile], (where, filters[name])
        condition = json_util.loads(json_util.dumps(filters[name])) if filters[name] else {}
        found = {each["_id"] for each in project.database.t.find(condition, {"_id": 1})}
        assert found == {row[0] for row in sql.execute("SELECT id FROM t WHERE " + where)}, (where, filters[name])
    assert len(conditions) - len(withheld) > 30
