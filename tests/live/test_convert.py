"""Stored values follow their column's type: --convert-types, pair by pair (docs/types.md)."""

import datetime
import json
import time
import uuid

import pytest
import servers
import states
from bson import Binary, Decimal128, Int64, ObjectId
from project import Project, findings, on_ferretdb, on_secantus, start
from pymongo.errors import DuplicateKeyError
from states import Index

FLAG = "--convert-types"
BASE = 'CREATE TABLE "t" ("id" long NOT NULL PRIMARY KEY, "c" %s NULL)'
ALTER = 'ALTER TABLE "t" ALTER COLUMN "c" TYPE %s'
PRIMARY = Index((("id", 1),), True)
C = (("c", 1),)
NO = object()  # has no form in the type
KEPT = object()  # is of the type already

NAN, INFINITY = float("nan"), float("inf")
OID = ObjectId("6b02906fbaa6e0d75e74800b")
UUID = Binary(uuid.UUID(int=5).bytes, 3)
NOON = datetime.datetime(2026, 11, 22, 12, 30, 9, 337000)
DAY = datetime.datetime(2026, 11, 22)
NUMERIC = [(5, NO), (Int64(5), NO), (1.5, NO), (Decimal128("1"), NO), (True, NO)]
CONTAINERS = [({"a": 1}, NO), ([1], NO), ([], NO), (UUID, NO), (b"5", NO)]


def day(*time):
    return datetime.datetime(2026, 11, 22, *time)


INTEGERS = [
    # float8 → int8 rounds to the even neighbour, numeric → int8 away from zero.
    (2.5, 2), (3.5, 4), (-2.5, -2), (-3.5, -4), (0.4, 0), (-0.5, 0), (7.0, 7), (NAN, NO), (INFINITY, NO), (1e300, NO),
    (Decimal128("2.5"), 3), (Decimal128("-2.5"), -3), (Decimal128("2.4999999999999999999999999"), 2), (Decimal128("-0.4"), 0),
    (Decimal128("7"), 7), (Decimal128("NaN"), NO), (Decimal128("Infinity"), NO), (Decimal128("1E+30"), NO),
    (True, 1), (False, 0),
    ("12", 12), (" -12\n", -12), ("+5", 5), ("007", 7), ("", NO), (" ", NO), ("1.0", NO), ("1e3", NO), ("0x10", NO),
    ("1_000", NO), ("twelve", NO), ("99999999999999999999", NO),
    (NOON, NO), (OID, NO), *CONTAINERS,
]
NUMBERS = [("12", 12), (" -1.5 ", -1.5), ("+1.5", 1.5), (".5", 0.5), ("5.", 5), ("1e3", 1000), ("-1.5E-3", -0.0015),
           ("Infinity", INFINITY), ("-inf", -INFINITY), ("NaN", NAN),
           ("", NO), ("1,5", NO), ("0x10", NO), ("1_000", NO), ("one", NO), (".", NO), ("e3", NO), ("--5", NO),
           (True, NO), (False, NO), (NOON, NO), (OID, NO), *CONTAINERS]


def decimals(pairs):
    return [(value, to if to in (NO, KEPT) else Decimal128(repr(to).replace("inf", "Infinity"))) for value, to in pairs]


PAIRS = {
    "int": [(5, KEPT), (Int64(5), 5), (Int64(2**31), NO), (Int64(-2**31), -2**31), ("2147483648", NO), (2.0**31, NO),
            (Decimal128("2147483647.5"), NO), *INTEGERS],
    "long": [(5, KEPT), (Int64(5), KEPT), (Int64(2**40), KEPT), ("2147483648", 2**31), (2.0**40, 2**40), (2.0**63, NO),
             (-2.0**63, -2**63), ("9223372036854775807", 2**63 - 1), ("9223372036854775808", NO),
             (Decimal128("9223372036854775807.4"), 2**63 - 1), (Decimal128("9223372036854775807.5"), NO), *INTEGERS],
    "double": [(1.5, KEPT), (NAN, KEPT), (5, 5.0), (Int64(2**40), 2.0**40), (Int64(2**53 + 1), 2.0**53),
               (Decimal128("2.5"), 2.5), (Decimal128("0.1"), 0.1), (Decimal128("Infinity"), INFINITY),
               (Decimal128("NaN"), NAN), (Decimal128("1E+400"), NO), ("1e999", NO), *NUMBERS],
    "decimal": [(Decimal128("1.50"), KEPT), (5, Decimal128("5")), (Int64(2**63 - 1), Decimal128("9223372036854775807")),
                (2.5, Decimal128("2.5")), (0.1, Decimal128("0.1")), (0.1 + 0.2, Decimal128("0.3")), (7.0, Decimal128("7")),
                (NAN, Decimal128("NaN")), (-INFINITY, Decimal128("-Infinity")),
                ("1.50", Decimal128("1.50")), ("0." + "1" * 32, Decimal128("0." + "1" * 32)), ("0." + "1" * 33, NO),
                *decimals(NUMBERS[1:2] + NUMBERS[10:])],
    "bool": [(True, KEPT), (False, KEPT), (0, False), (1, True), (-7, True), (Int64(2**40), True),
             ("true", True), ("False", False), ("t", True), ("f", False), ("YES", True), ("n", False), ("on", True),
             ("off", False), ("of", False), ("1", True), ("0", False), (" True ", True), ("fals", False),
             ("o", NO), ("", NO), ("truth", NO), ("2", NO), ("null", NO),
             (1.0, NO), (0.0, NO), (Decimal128("1"), NO), (NOON, NO), (OID, NO), *CONTAINERS],
    "string": [("", KEPT), ("five", KEPT), (5, "5"), (-5, "-5"), (Int64(2**40), "1099511627776"),
               (2.5, "2.5"), (7.0, "7"), (-0.1, "-0.1"), (1e300, "1e+300"), (NAN, "NaN"), (INFINITY, "Infinity"),
               (-INFINITY, "-Infinity"), (Decimal128("1.50"), "1.50"), (Decimal128("-7"), "-7"), (Decimal128("NaN"), "NaN"),
               (True, "true"), (False, "false"), (NOON, "2026-11-22T12:30:09.337Z"), (DAY, "2026-11-22T00:00:00.000Z"),
               (OID, str(OID)), *CONTAINERS],
    "date": [(NOON, KEPT), ("2026-11-22", DAY), (" 2026-11-22 ", DAY), ("2026-11-22 12:30", day(12, 30)),
             ("2026-11-22T12:30:09Z", day(12, 30, 9)), ("2026-11-22 12:30:09.337", NOON),
             ("2026-11-22 12:30:09.337466", NOON), ("2026-11-22 12:30:09.337466+00:00", NOON),
             ("2026-11-22T12:30:09+05:30", day(7, 0, 9)), ("2026-11-22 12:30:09-01", day(13, 30, 9)),
             ("2024-02-29", datetime.datetime(2024, 2, 29)), ("2026-02-29", NO), ("2026-02-30 12:00", NO), ("2026-13-01", NO),
             ("2026-11-22 24:00", NO), ("2026-11-22 12:60", NO), ("12:30:09", NO), ("22/11/2026", NO), ("", NO), ("now", NO),
             ("November 22, 2026", NO), (1795350000, NO), (Int64(1795350000000), NO), *NUMERIC, (OID, NO), *CONTAINERS],
    "objectId": [(OID, KEPT), (str(OID), OID), (str(OID).upper(), OID), ("6b02", NO), ("", NO), *NUMERIC, (NOON, NO), *CONTAINERS],
    "binData": [(b"5", KEPT), (UUID, KEPT), ("5", NO), ({"a": 1}, NO), ([b"5"], NO), *NUMERIC, (NOON, NO), (OID, NO)],
    "object": [({"a": 1}, KEPT), ({}, KEPT), ('{"a": 1}', NO), ([{"a": 1}], NO), (b"5", NO), *NUMERIC, (NOON, NO),
               (OID, NO)],
    "array": [([1], KEPT), ([], KEPT), ("[1]", NO), ({"0": 1}, NO), (b"5", NO), *NUMERIC, (NOON, NO), (OID, NO)],
}


def values_of(project):
    return {each["_id"]: each.get("c", ...) for each in project.database.t.find()}


def made(project, from_, values):
    project.apply(project.log(BASE % from_))
    project.database.t.insert_many([{"_id": n, "id": n} if value is ... else {"_id": n, "id": n, "c": value}
                                    for n, value in enumerate(values)])


def declared(project):
    return states.catalog(project.database, "t")["fields"]["c"]["type_code"]


def other_than(type_):
    return "string" if type_ != "string" else "long"


@on_secantus
@pytest.mark.parametrize("to", PAIRS)
def test_what_converts(project, to):
    """All that have a form in the type at once: nulls and missing fields stay."""
    pairs = [(value, value if becomes is KEPT else becomes) for value, becomes in PAIRS[to] if becomes is not NO]
    pairs += [(None, None), (..., ...)]
    made(project, other_than(to), [value for value, _ in pairs])
    log = project.log(ALTER % to)
    project.apply(log, FLAG)
    found = values_of(project)
    for n, (value, becomes) in enumerate(pairs):
        # repr tells types and NaN.
        if isinstance(becomes, int) and not isinstance(becomes, bool):
            becomes = type(found[n])(becomes)
            assert isinstance(found[n], Int64) == (not -2**31 <= becomes < 2**31) or found[n] is value or value == becomes
        assert repr(found[n]) == repr(becomes), (value, becomes, found[n])
    assert declared(project) == to
    project.nothing_to_do(log, FLAG)


@on_secantus
@pytest.mark.parametrize("to", PAIRS)
def test_what_does_not(project, to):
    """Counted before anything is changed: exit 4, and the type stays."""
    values = [value for value, becomes in PAIRS[to] if becomes is NO]
    good = [value for value, becomes in PAIRS[to] if becomes is not NO]
    made(project, other_than(to), values + good + [None, ...])
    before = states.documents(project.database), states.end_state(project.database)
    log = project.log(ALTER % to)
    result = project.apply(log, FLAG, status=4)
    failure, = result["failures"]
    assert (failure["code"], failure["collection"], failure["field"]) == ("KF-052", "t", "c")
    assert (failure["unconverted"]["count"], len(failure["unconverted"]["ids"])) == (len(values), min(len(values), 5))
    assert set(failure["unconverted"]["ids"]) <= set(range(len(values)))
    assert "value" not in failure["unconverted"]
    assert (result["commands"]["write"], result["done"], result["statements"]["failed"]) == (0, 0, 1)
    assert (states.documents(project.database), states.end_state(project.database)) == before
    assert declared(project) == other_than(to)


@on_secantus
@pytest.mark.parametrize("to,value", [(to, value) for to in PAIRS for value, becomes in PAIRS[to] if becomes is NO],
                         ids=lambda each: each if isinstance(each, str) and each in PAIRS else repr(each)[:20])
def test_each_alone_is_counted(project, to, value):
    made(project, other_than(to), [value])
    failure, = project.apply(project.log(ALTER % to), FLAG, status=4)["failures"]
    assert failure["unconverted"] == {"count": 1, "ids": [0]}


# ---- the table in docs/types.md ----

def table():
    """{(stored, to): cell}"""
    rows = [[cell.strip() for cell in line.strip("| ").split(" | ")]
            for line in (servers.ROOT / "docs/types.md").read_text().splitlines() if line.startswith("| ")]
    return {(row[0], to): cell for row in rows[1:] for head, cell in zip(rows[0][1:], row[1:]) for to in head.split(", ")}


def bson_type(value):
    if isinstance(value, int) and not isinstance(value, bool):
        return "long" if isinstance(value, Int64) else "int"
    kinds = {float: "double", Decimal128: "decimal", bool: "bool", str: "string", datetime.datetime: "date",
             ObjectId: "objectId", bytes: "binData", Binary: "binData", dict: "object", list: "array"}
    return kinds[type(value)]


def test_the_table_is_what_is_tested():
    """Every cell: what has no form has none in any value here, and all else is shown by one that has."""
    for (stored, to), cell in table().items():
        outcomes = {becomes is not NO for value, becomes in PAIRS[to] if bson_type(value) == stored}
        assert outcomes == {False} if cell == "-" else True in outcomes, (stored, to)
    assert {to for _, to in table()} == set(PAIRS)


# ---- around it ----

def put(project, *values, table="t", column="c"):
    project.database[table].insert_many([{"_id": n, "id": n, column: value} for n, value in enumerate(values)])


@on_secantus
def test_without_the_flag_values_stay(project):
    made(project, "string", ["1", 2, "x"])
    before = states.documents(project.database)
    log = project.log(ALTER % "long")
    result = project.apply(log)
    assert states.documents(project.database) == before and declared(project) == "long"
    notice, = findings(result, "notice")
    assert "--convert-types" in notice["message"]
    project.nothing_to_do(log)


@on_secantus
def test_one_update_for_each_statement_and_no_value_twice(project):
    made(project, "string", ["1", "2", 3])
    result = project.apply(project.log(ALTER % "long"), FLAG)
    assert [each["op"] for each in result["operations"]] == ["convert field", "write document"]
    assert (result["operations"][0]["from_type"], result["operations"][0]["to_type"]) == ("string", "long")
    assert result["commands"]["write"] == 2


@on_secantus
def test_what_was_cut_off_goes_on(project):
    made(project, "string", ["1", "2", "3", None])
    project.database.t.update_one({"_id": 1}, {"$set": {"c": 2}})
    log = project.log(ALTER % "long")
    project.apply(log, FLAG)
    assert values_of(project) == {0: 1, 1: 2, 2: 3, 3: None}
    project.nothing_to_do(log, FLAG)


@on_secantus
def test_a_saved_plan_converts(project):
    made(project, "string", ["1", "2"])
    path = project.folder / "plan.json"
    project.run("plan", "-o", path, project.log(ALTER % "long"), FLAG)
    project.apply(path)
    assert values_of(project) == {0: 1, 1: 2} and declared(project) == "long"


@on_secantus
def test_a_statement_that_is_carried_out_now(project):
    made(project, "string", ["1", "x"])
    path = project.folder / "now.sql"
    path.write_text(ALTER % "long")
    said = project.run("execute", FLAG, path, status=4)
    assert "KF-052" in said.stdout and declared(project) == "string"
    project.database.t.delete_one({"_id": 1})
    project.run("execute", FLAG, path)
    assert values_of(project) == {0: 1} and declared(project) == "long"


@on_secantus
def test_as_text(project):
    made(project, "string", ["x"] * 4 + ["y", "z", "1"])
    log = project.log(ALTER % "long")
    said = project.run("apply", log, FLAG, status=4).stdout
    assert "6 documents: _id 0, 1, 2, 3, 4, ..." in said and "KF-052" in said and "--show-values" in said
    assert '"x"' not in said
    said = project.run("apply", log, FLAG, "--show-values", status=4).stdout
    assert '6 documents with ["x", "x", "x", "x", "y"]: _id 0' in said.replace(" ]", "]").replace("[ ", "[")
    result = project.apply(log, FLAG, "--show-values", status=4)
    assert result["failures"][0]["unconverted"] == {"count": 6, "ids": [0, 1, 2, 3, 4], "value": ["x", "x", "x", "x", "y"]}


@on_secantus
@pytest.mark.parametrize("good,bad", ["ab", "ba"])
def test_everything_is_counted_before_anything_is_changed(project, good, bad):
    """What does not convert stops its own table as a whole, and nothing else."""
    first = 'CREATE TABLE "%s" ("id" long NOT NULL PRIMARY KEY, "c" string NULL, "d" string NULL)'
    project.apply(project.log(*(first % table for table in ("a", "b"))))
    put(project, "1", "2", table=good)
    put(project, "1", "x", table=bad)
    more = [f'ALTER TABLE "{table}" {action}' for table in ("a", "b") for action in (
        'RENAME COLUMN "d" TO "e"', 'ALTER COLUMN "c" TYPE long', 'ADD COLUMN "n" long DEFAULT 5 NOT NULL',
        'ADD CONSTRAINT "i" INDEX ("n")')]
    before = states.documents(project.database)[bad], states.indexes(project.database)[bad], states.catalog(project.database, bad)
    log = project.log(*more)
    result = project.apply(log, FLAG, status=4)
    assert (states.documents(project.database)[bad], states.indexes(project.database)[bad],
            states.catalog(project.database, bad)) == before
    assert [(each["c"], each["n"]) for each in project.database[good].find().sort("_id")] == [(1, 5), (2, 5)]
    assert Index((("n", 1),)) in states.indexes(project.database)[good]
    assert states.catalog(project.database, good)["fields"]["n"]["type_code"] == "long"
    assert {key: result["statements"][key] for key in ("applied", "failed", "withheld")} == {
        "applied": 4, "failed": 1, "withheld": 3}
    project.database[bad].delete_one({"_id": 1})
    project.apply(log, FLAG)
    assert list(project.database[bad].find({}, {"_id": 0})) == [{"id": 0, "c": 1, "n": 5}]
    assert states.indexes(project.database)[bad] == states.indexes(project.database)[good]
    project.nothing_to_do(log, FLAG)


@on_secantus
def test_renamed_filled_and_converted(project):
    """What is looked at beforehand is what will be: the field under its old name, and what it is filled with."""
    made(project, "string", ["1", None, ...])
    project.database.t.update_one({"_id": 0}, {"$rename": {"c": "d"}})  # a run that was cut off
    project.database.t.insert_one({"_id": 9, "id": 9, "c": "x"})
    statements = ('ALTER TABLE "t" RENAME COLUMN "c" TO "d"', """UPDATE "t" SET "d" = '%s' WHERE "d" IS NULL""",
                  'ALTER TABLE "t" ALTER COLUMN "d" SET NOT NULL, ALTER COLUMN "d" TYPE long')
    before = states.documents(project.database)
    for fill, bad in (("7", [9]), ("seven", [1, 2, 9])):
        log = project.log(*(each % fill if "%" in each else each for each in statements))
        failure, = project.apply(log, FLAG, status=4)["failures"]
        assert (failure["unconverted"]["ids"], states.documents(project.database)) == (bad, before)
    project.database.t.update_one({"_id": 9}, {"$set": {"c": "9"}})
    log = project.log(*(each % "7" if "%" in each else each for each in statements))
    project.apply(log, FLAG)
    assert {each["_id"]: each["d"] for each in project.database.t.find()} == {0: 1, 1: 7, 2: 7, 9: 9}
    project.nothing_to_do(log, FLAG)


@on_secantus
def test_an_added_column_follows(project):
    made(project, "string", [...])
    log = project.log("""ALTER TABLE "t" ADD COLUMN "n" string DEFAULT '5' NOT NULL""",
                      'ALTER TABLE "t" ALTER COLUMN "n" TYPE long')
    project.apply(log, FLAG)
    assert project.database.t.find_one()["n"] == 5
    project.nothing_to_do(log, FLAG)


@on_ferretdb
@pytest.mark.parametrize("flags,status,severity", [((), 4, "withheld"), (("--skip-unsupported",), 0, "skipped")])
def test_where_updates_do_not_compute(project, flags, status, severity):
    made(project, "string", ["1", "x"])
    before = states.documents(project.database)
    log = project.log(ALTER % "long", 'ALTER TABLE "t" ADD CONSTRAINT "i" INDEX ("id", "c")')
    result = project.apply(log, FLAG, *flags, status=status)
    finding, = findings(result, severity)
    assert finding["code"] == "KF-042" and "ferretdb-1" in finding["message"]
    assert states.documents(project.database) == before and declared(project) == "string"
    assert "i" in states.names(project.database)["t"]
    project.nothing_to_do(log, FLAG, *flags, status=status)
    project.apply(log, status=0)  # without the flag the type is recorded
    assert states.documents(project.database) == before and declared(project) == "long"


# ---- indexes ----

UNIQUES = {
    "one": ('ALTER TABLE "t" ADD CONSTRAINT "u" UNIQUE ("c")', True),
    "with-another": ('ALTER TABLE "t" ADD CONSTRAINT "u" UNIQUE ("d", "c")', True),
    "that-tells-them-apart": ('ALTER TABLE "t" ADD CONSTRAINT "u" UNIQUE ("c", "id")', False),
    "condition": ('ALTER TABLE "t" ADD CONSTRAINT "u" UNIQUE ("c") WHERE "d" = 1', True),
    "condition-that-leaves-them-out": ('ALTER TABLE "t" ADD CONSTRAINT "u" UNIQUE ("c") WHERE "d" = 2', False),
    "condition-on-it": ('ALTER TABLE "t" ADD CONSTRAINT "u" UNIQUE ("d") WHERE "c" = 1', True),
    "plain": ('ALTER TABLE "t" ADD CONSTRAINT "u" INDEX ("c")', False),
}


def spelled(statement):
    """As CREATE INDEX where it has a condition."""
    if "WHERE" not in statement:
        return statement
    head, condition = statement.split(" WHERE ")
    return f"{head}( WHERE {condition})"


@on_secantus
@pytest.mark.parametrize("nulls", ["NULL", "NOT NULL"])
@pytest.mark.parametrize("statement,refused", UNIQUES.values(), ids=UNIQUES)
def test_what_would_be_duplicates(project, statement, refused, nulls):
    """"1" and "01" are both 1: known before anything is changed."""
    base = f'CREATE TABLE "t" ("id" long NOT NULL PRIMARY KEY, "c" string {nulls}, "d" long {nulls})', spelled(statement)
    project.apply(project.log(*base))
    project.database.t.insert_many([{"_id": n, "id": n, "c": c, "d": 1} for n, c in enumerate(["1", "01", "2"])])
    project.database.t.insert_one({"_id": 9, "id": 9, "d": 9} | ({"c": "9"} if nulls == "NOT NULL" else {}))
    before = states.documents(project.database), states.end_state(project.database)
    log = project.log(ALTER % "long")
    result = project.apply(log, FLAG, status=4 if refused else 0)
    if refused:
        failure, = result["failures"]
        assert (failure["code"], failure["field"], result["commands"]["write"]) == ("KF-040", "c", 0)
        assert [(each["count"], sorted(each["ids"])) for each in failure["duplicates"]] == [(2, [0, 1])]
        assert (states.documents(project.database), states.end_state(project.database)) == before
        project.database.t.delete_one({"_id": 1})
        project.apply(log, FLAG)
    assert {each["_id"]: each.get("c") for each in project.database.t.find()} == (
        {0: 1, 2: 2, 9: 9} | ({} if refused else {1: 1}) | ({9: None} if nulls == "NULL" else {}))
    project.nothing_to_do(log, FLAG)


@on_secantus
def test_a_unique_index_is_not_gone_for_a_moment(project):
    project.apply(project.log(BASE % "string" + "", 'ALTER TABLE "t" ADD CONSTRAINT "u" UNIQUE ("c")'))
    put(project, "1", "2", None)
    result = project.apply(project.log(ALTER % "long"), FLAG)
    assert [each["op"] for each in result["operations"]] == ["convert field", "write document"]


@on_secantus
def test_two_columns_of_a_unique_index(project):
    """Each alone would be a duplicate; both together are none."""
    project.apply(project.log('CREATE TABLE "t" ("id" long NOT NULL PRIMARY KEY, "c" string NOT NULL, "d" string NOT NULL)',
                              'ALTER TABLE "t" ADD CONSTRAINT "u" UNIQUE ("c", "d")'))
    project.database.t.insert_many([{"_id": n, "id": n, "c": c, "d": d} for n, (c, d) in enumerate(
        [("1", "1"), ("01", "2"), ("1", "2.50")])])
    log = project.log(ALTER % "long", 'ALTER TABLE "t" ALTER COLUMN "d" TYPE double')
    project.apply(log, FLAG)
    assert [(each["c"], each["d"]) for each in project.database.t.find().sort("_id")] == [(1, 1.0), (1, 2.0), (1, 2.5)]
    project.nothing_to_do(log, FLAG)


@on_secantus
@pytest.mark.parametrize("rename", [False, True])
def test_a_unique_index_that_goes_with_it(project, rename):
    """The log drops it, or its column has another name as well: it is in nobody's way."""
    project.apply(project.log(BASE % "string", 'ALTER TABLE "t" ADD CONSTRAINT "u" UNIQUE ("c")'))
    put(project, "1", "01")
    more = ('ALTER TABLE "t" DROP CONSTRAINT "u"', ALTER % "long")
    if rename:
        project.database.t.update_one({"_id": 1}, {"$set": {"c": "2"}})
        more = 'ALTER TABLE "t" RENAME COLUMN "c" TO "d"', (ALTER % "long").replace('"c"', '"d"')
    log = project.log(*more)
    project.apply(log, FLAG, "--allow-drop=index")
    assert sorted(each.get("d") or each["c"] for each in project.database.t.find()) == ([1, 2] if rename else [1, 1])
    unique = [each for each in states.indexes(project.database)["t"] if each.unique]
    assert len(unique) == (2 if rename else 1)
    project.nothing_to_do(log, FLAG, "--allow-drop=index")


@on_secantus
def test_a_condition_follows_the_type(project):
    base = (BASE % "string", """ALTER TABLE "t" ADD COLUMN "d" long NULL""",
            """ALTER TABLE "t" ADD CONSTRAINT "u" UNIQUE ("d")( WHERE "c" = 1)""")
    project.apply(project.log(*base))
    put(project, "1", "2", "2")
    project.database.t.update_many({}, {"$set": {"d": 5}})
    log = project.log(ALTER % "long")
    project.apply(log, FLAG)
    assert states.indexes(project.database)["t"] == sorted(
        [PRIMARY, Index((("d", 1),), True, states.filter_of({"c": 1, "d": {"$type": "NOT NULL"}}))])
    with pytest.raises(DuplicateKeyError):
        project.database.t.insert_one({"id": 9, "c": 1, "d": 5})
    project.database.t.insert_one({"id": 10, "c": 2, "d": 5})
    project.nothing_to_do(log, FLAG)


# ---- somebody else in between, and an end in between ----

@pytest.fixture
def faulty(keyfold, secantus_faults, database_name, tmp_path):
    return Project(keyfold, secantus_faults, secantus_faults.client[database_name], tmp_path)


def fail(project, mode, **what):
    project.server.client.admin.command("configureFailPoint", "failCommand", mode=mode,
                                        data={"failCommands": ["update"], **what})


def test_the_connection_is_lost(faulty):
    made(faulty, "string", ["1", "2"])
    log = faulty.log(ALTER % "long")
    fail(faulty, {"times": 1}, closeConnection=True)
    faulty.run("apply", log, FLAG, status=(0, 5), timeout=60)
    fail(faulty, "off")
    faulty.apply(log, FLAG)
    assert values_of(faulty) == {0: 1, 1: 2} and declared(faulty) == "long"
    faulty.nothing_to_do(log, FLAG)


def test_a_value_that_comes_in_between(faulty):
    """After it was counted: it stays as it is, the others are converted, and the type is not recorded."""
    made(faulty, "string", ["1", "2"])
    log = faulty.log(ALTER % "long")
    fail(faulty, {"times": 1}, blockConnection=True, blockTimeMS=1000)
    run = start(faulty.keyfold, "apply", "--json", "--uri", faulty.uri, log, FLAG)
    time.sleep(0.5)
    faulty.database.t.insert_one({"_id": 9, "id": 9, "c": "x"})
    said, _ = run.communicate(timeout=60)
    assert run.returncode == 4
    failure, = json.loads(said)["failures"]
    assert (failure["code"], failure["unconverted"]["ids"]) == ("KF-052", [9])
    assert values_of(faulty) == {0: 1, 1: 2, 9: "x"} and declared(faulty) == "string"
    faulty.database.t.delete_one({"_id": 9})
    faulty.apply(log, FLAG)
    assert declared(faulty) == "long"
