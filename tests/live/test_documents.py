"""Documents that are there before the log is applied: fields that come, change their name and go, with their indexes.

A history is a base, applied with an empty collection behind it, then documents, then the statements under test.
"""

import datetime
import uuid

import pytest
import states
from bson import Binary, Decimal128, Int64, ObjectId
from project import RECORD, findings, on_secantus
from pymongo.errors import DuplicateKeyError
from states import Index

BASE = ('CREATE TABLE "t" ("id" long NOT NULL PRIMARY KEY AUTOINCREMENT, "a" long NULL, "b" string NOT NULL)',)
PRIMARY = Index((("id", 1),), True)
ALLOWED = "--allow-drop=all"
NOT_NULL = {"$type": "NOT NULL"}


def key(*columns):
    return tuple((column, 1) for column in columns)


def rows(**columns):
    """A document for each value; ... leaves the field out."""
    count = max(map(len, columns.values()))
    return [{"_id": n + 1, "id": n + 1} | {column: values[n] for column, values in columns.items() if values[n] is not ...}
            for n in range(count)]


def log(project, *statements):
    """A statement with parameters is (sql, their text)."""
    path = project.log()
    with open(path, "w", encoding="utf-8") as file:
        for each in statements:
            sql, params = (each, "()") if isinstance(each, str) else each
            file.write((RECORD % sql).replace("params: ()", "params: " + params))
    return path


def stored(database):
    """{table: documents by _id}; no order of fields, which differs with the order of the writes."""
    return {table: list(database[table].find().sort("_id")) for table in states.tables(database)}


def fresh(project, base, documents, djongos=False):
    project.server.client.drop_database(project.database.name)
    project.apply(log(project, *base))
    for table, content in documents.items():
        if content:
            project.database[table].insert_many([dict(each) for each in content])
    if djongos:
        forget(project.database)


def forget(database):
    """Leaves of the catalog what djongo would have written."""
    for document in database[states.CATALOG].find(states.TABLES):
        gone = {"names": "", "rev": "", "lineage": ""}
        for column in document["fields"]:
            gone |= {f"fields.{column}.null": "", f"fields.{column}.default": ""}
        database[states.CATALOG].update_one({"_id": document["_id"]}, {"$unset": gone})


def columns(database, table="t"):
    return set(states.catalog(database, table)["fields"])


def unchanged(project, *words, status=4):
    """Nothing is written. The result."""
    before = everything(project.database)
    result = project.apply(*words, status=status)
    assert (result["commands"]["write"], everything(project.database)) == (0, before)
    return result


def everything(database):
    return states.documents(database), states.end_state(database), sorted(
        map(repr, database[states.CATALOG].find(states.TABLES).sort("name")))


# ---- the law: any prefix and then the whole is the whole, and a second time nothing ----

class History:
    def __init__(self, more, before, after, indexes, base=BASE, flags=(), columns=None, tail=True):
        self.more, self.base, self.flags = more, base, flags
        self.before = before if isinstance(before, dict) else {"t": before}
        self.after = after if isinstance(after, dict) else {"t": after}
        self.indexes = indexes if isinstance(indexes, dict) else {"t": indexes}
        self.columns = columns
        # May be applied without the base before it, again and again.
        self.tail = tail


MIXED = {"a": [1, None, ..., 4], "b": ["w", "x", "y", "z"]}

HISTORIES = {
    "add-default-literal": History(
        ('ALTER TABLE "t" ADD COLUMN "n" long DEFAULT 5 NOT NULL', 'ALTER TABLE "t" ALTER COLUMN "n" DROP DEFAULT'),
        rows(b=["x"] * 4, n=[..., None, 9, "odd"]), rows(b=["x"] * 4, n=[5, None, 9, "odd"]), [PRIMARY]),
    "add-default-parameter": History(
        (('ALTER TABLE "t" ADD COLUMN "n" date DEFAULT %(0)s NOT NULL', "[datetime.date(2026, 11, 22)]"),
         'ALTER TABLE "t" ALTER COLUMN "n" DROP DEFAULT'),
        rows(b=["x"] * 3, n=[..., None, 9]), rows(b=["x"] * 3, n=[datetime.datetime(2026, 11, 22), None, 9]), [PRIMARY]),
    "add-default-that-stays": History(
        ("""ALTER TABLE "t" ADD COLUMN "n" string DEFAULT 'it''s' NOT NULL""",),
        rows(b=["x"] * 2, n=[..., ""]), rows(b=["x"] * 2, n=["it's", ""]), [PRIMARY]),
    "add-default-of-sqlmigrate": History(
        ('ALTER TABLE "t" ADD COLUMN "n" string DEFAULT  NOT NULL', 'ALTER TABLE "t" ADD COLUMN "m" bool DEFAULT True NOT NULL'),
        rows(b=["x"] * 2, n=[..., "n"], m=[..., False]), rows(b=["x"] * 2, n=["", "n"], m=[True, False]), [PRIMARY]),
    "add-null": History(
        ('ALTER TABLE "t" ADD COLUMN "n" string NULL',),
        rows(b=["x"] * 3, n=[..., None, "n"]), rows(b=["x"] * 3, n=[None, None, "n"]), [PRIMARY]),
    "add-unique-not-null": History(
        ("""ALTER TABLE "t" ADD COLUMN "n" string DEFAULT 'new' NOT NULL UNIQUE""",
         'ALTER TABLE "t" ALTER COLUMN "n" DROP DEFAULT'),
        # Missing and null are the same to a unique index: it can only be built after the fill.
        rows(b=["x"] * 3, n=[..., None, "n"]), rows(b=["x"] * 3, n=["new", None, "n"]), [PRIMARY, Index(key("n"), True)]),
    "add-indexed": History(
        ('ALTER TABLE "t" ADD COLUMN "n" long DEFAULT 0 NOT NULL', 'ALTER TABLE "t" ALTER COLUMN "n" DROP DEFAULT',
         'ALTER TABLE "t" ADD CONSTRAINT "i" INDEX ("n", "b")', 'ALTER TABLE "t" ADD CONSTRAINT "u" UNIQUE ("n", "b")'),
        rows(b=["x", "y", "z"], n=[..., ..., 1]), rows(b=["x", "y", "z"], n=[0, 0, 1]), [PRIMARY, Index(key("n", "b"), True)]),
    "null-to-not-null": History(
        (('UPDATE "t" SET "a" = %(0)s WHERE "a" IS NULL', "(7,)"), 'ALTER TABLE "t" ALTER COLUMN "a" SET NOT NULL'),
        rows(b=["x"] * 7, a=[..., None, 0, 3, False, "odd", [None]]), rows(b=["x"] * 7, a=[7, 7, 0, 3, False, "odd", [None]]),
        [PRIMARY]),
    "null-to-not-null-indexed": History(
        (('UPDATE "t" SET "a" = %(0)s WHERE "t"."a" IS NULL', "[7]"), 'ALTER TABLE "t" ALTER COLUMN "a" SET NOT NULL',
         'ALTER TABLE "t" ADD CONSTRAINT "u" UNIQUE ("a")'),
        rows(b=["x"] * 3, a=[..., 0, 3]), rows(b=["x"] * 3, a=[7, 0, 3]), [PRIMARY, Index(key("a"), True)]),
    "rename-plain": History(
        ('ALTER TABLE "t" RENAME COLUMN "a" TO "z"',),
        rows(**MIXED), rows(b=MIXED["b"], z=MIXED["a"]), [PRIMARY, Index(key("z"))],
        base=(*BASE, 'ALTER TABLE "t" ADD CONSTRAINT "i" INDEX ("a")'), columns={"id", "z", "b"}),
    "rename-unique": History(
        ('ALTER TABLE "t" RENAME COLUMN "b" TO "z"',),
        rows(**MIXED), rows(a=MIXED["a"], z=MIXED["b"]), [PRIMARY, Index(key("z"), True)],
        base=(*BASE, 'ALTER TABLE "t" ADD CONSTRAINT "u" UNIQUE ("b")'), columns={"id", "a", "z"}),
    "rename-compound": History(
        ('ALTER TABLE "t" RENAME COLUMN "b" TO "z"',),
        rows(**MIXED), rows(a=MIXED["a"], z=MIXED["b"]),
        [PRIMARY, Index(key("z", "id"), True), Index((("id", 1), ("z", -1))), Index(key("a"))],
        base=(*BASE, 'ALTER TABLE "t" ADD CONSTRAINT "u" UNIQUE ("b", "id")',
              'ALTER TABLE "t" ADD CONSTRAINT "i" INDEX ("id", "b" DESC)', 'ALTER TABLE "t" ADD CONSTRAINT "j" INDEX ("a")')),
    "rename-chain": History(
        ('ALTER TABLE "t" RENAME COLUMN "a" TO "y"', 'ALTER TABLE "t" RENAME COLUMN "y" TO "z"',
         'ALTER TABLE "t" ADD CONSTRAINT "i" INDEX ("z")'),
        rows(**MIXED), rows(b=MIXED["b"], z=MIXED["a"]), [PRIMARY, Index(key("z"))], columns={"id", "z", "b"}),
    "rename-after-add": History(
        ('ALTER TABLE "t" ADD COLUMN "n" long DEFAULT 5 NOT NULL', 'ALTER TABLE "t" ALTER COLUMN "n" DROP DEFAULT',
         'ALTER TABLE "t" RENAME COLUMN "n" TO "z"'),
        rows(b=["x"] * 2, n=[..., ...]), rows(b=["x"] * 2, z=[5, 5]), [PRIMARY], columns={"id", "a", "b", "z"},
        tail=False),
    "rename-and-back": History(
        ('ALTER TABLE "t" RENAME COLUMN "a" TO "z"', 'ALTER TABLE "t" RENAME COLUMN "z" TO "a"'),
        rows(**MIXED), rows(**MIXED), [PRIMARY, Index(key("a"))],
        base=(*BASE, 'ALTER TABLE "t" ADD CONSTRAINT "i" INDEX ("a")'), columns={"id", "a", "b"}, tail=False),
    "re-used-name": History(
        ('ALTER TABLE "t" RENAME COLUMN "a" TO "z"', 'ALTER TABLE "t" ADD COLUMN "a" long DEFAULT 5 NOT NULL',
         'ALTER TABLE "t" ALTER COLUMN "a" DROP DEFAULT'),
        rows(a=[1, None, 4], b=["x"] * 3), rows(z=[1, None, 4], a=[5, 5, 5], b=["x"] * 3), [PRIMARY, Index(key("z"))],
        base=(*BASE, 'ALTER TABLE "t" ADD CONSTRAINT "i" INDEX ("a")'), columns={"id", "a", "b", "z"}),
    "rename-table": History(
        ('ALTER TABLE "t" RENAME TO "u"', 'ALTER TABLE "u" ADD COLUMN "n" long NULL'),
        rows(**MIXED), {"u": rows(**MIXED, n=[None] * 4)}, {"u": [PRIMARY, Index(key("b"), True)]},
        base=(*BASE, 'ALTER TABLE "t" ADD CONSTRAINT "u" UNIQUE ("b")')),
    "new-table-under-the-old-name": History(
        ('ALTER TABLE "t" RENAME TO "u"', 'CREATE TABLE "t" ("k" long NOT NULL PRIMARY KEY)'),
        rows(**MIXED), {"u": rows(**MIXED), "t": []}, {"u": [PRIMARY], "t": [Index(key("k"), True)]}),
    "drop-column": History(
        ('ALTER TABLE "t" DROP COLUMN "a" CASCADE',),
        # Two documents without it are alike to the unique index: it goes before the field does.
        rows(a=[1, 2, 4], b=["x", "y", "z"]), rows(b=["x", "y", "z"]), [PRIMARY, Index(key("b"))], flags=(ALLOWED,),
        base=('CREATE TABLE "t" ("id" long NOT NULL PRIMARY KEY, "a" long NOT NULL UNIQUE, "b" string NOT NULL)',
              'ALTER TABLE "t" ADD CONSTRAINT "i" INDEX ("b", "a")', 'ALTER TABLE "t" ADD CONSTRAINT "j" INDEX ("b")'),
        columns={"id", "b"}),
    "drop-column-and-add-it-again": History(
        ('ALTER TABLE "t" DROP COLUMN "a" CASCADE', 'ALTER TABLE "t" ADD COLUMN "n" long NULL',
         'ALTER TABLE "t" DROP COLUMN "n" CASCADE'),
        rows(a=[1, 2], b=["x", "y"]), rows(b=["x", "y"]), [PRIMARY], flags=(ALLOWED,), columns={"id", "b"}),
    "drop-table": History(
        ('DROP TABLE "t" CASCADE',),
        {"t": rows(**MIXED), "u": [{"_id": 1, "k": 1}]}, {"u": [{"_id": 1, "k": 1}]}, {"u": [Index(key("k"), True)]},
        flags=(ALLOWED,), base=(*BASE, 'CREATE TABLE "u" ("k" long NOT NULL PRIMARY KEY)')),
    "rename-and-drop-table": History(
        ('ALTER TABLE "t" RENAME TO "u"', 'DROP TABLE "u" CASCADE'),
        rows(**MIXED), {}, {}, flags=(ALLOWED,), tail=False),
    "alter-type": History(
        ('ALTER TABLE "t" ALTER COLUMN "a" TYPE string', 'ALTER TABLE "t" ALTER COLUMN "b" TYPE decimal'),
        rows(**MIXED), rows(**MIXED), [PRIMARY, Index(key("a"))],
        base=(*BASE, 'ALTER TABLE "t" ADD CONSTRAINT "i" INDEX ("a")')),
}


# Names that go round: never renamed (docs/design.md).
SWAPS = {
    "swap": History(
        ('ALTER TABLE "t" RENAME COLUMN "a" TO "tmp"', 'ALTER TABLE "t" RENAME COLUMN "b" TO "a"',
         'ALTER TABLE "t" RENAME COLUMN "tmp" TO "b"'),
        rows(a=[1, None, 4], b=["x", "y", "z"]), rows(a=["x", "y", "z"], b=[1, None, 4]), [PRIMARY, Index(key("b"))],
        base=(*BASE, 'ALTER TABLE "t" ADD CONSTRAINT "i" INDEX ("a")'), columns={"id", "a", "b"}),
    "tables-swapped": History(
        ('ALTER TABLE "t" RENAME TO "tmp"', 'ALTER TABLE "u" RENAME TO "t"', 'ALTER TABLE "tmp" RENAME TO "u"'),
        {"t": rows(**MIXED), "u": [{"_id": 1, "k": 1}]}, {"u": rows(**MIXED), "t": [{"_id": 1, "k": 1}]},
        {"u": [PRIMARY], "t": [Index(key("k"), True)]}, base=(*BASE, 'CREATE TABLE "u" ("k" long NOT NULL PRIMARY KEY)')),
}


def check(project, history):
    assert stored(project.database) == history.after
    assert states.indexes(project.database) == {table: sorted(each) for table, each in history.indexes.items()}
    assert {each["name"] for each in project.database[states.CATALOG].find(states.TABLES)} == set(history.after)
    if history.columns:
        assert columns(project.database) == history.columns


def each_history(*, several=False, tails=True):
    """Parameters history and whole: the log has the base too."""
    return pytest.mark.parametrize("history,whole", [
        pytest.param(each, whole, id=f"{name}-{'whole' if whole else 'tail'}")
        for name, each in HISTORIES.items() for whole in (False, True)
        if (whole or tails and each.tail) and (len(each.more) > 1 or not several)])


@each_history()
def test_at_once(project, history, whole):
    fresh(project, history.base, history.before)
    path = log(project, *history.base * whole, *history.more)
    project.apply(path, *history.flags)
    check(project, history)
    after = everything(project.database)
    project.nothing_to_do(path, *history.flags)
    assert everything(project.database) == after


@each_history(several=True)
def test_after_any_prefix(project, history, whole):
    path = log(project, *history.base * whole, *history.more)
    for n in range(1, len(history.more)):
        fresh(project, history.base, history.before)
        project.apply(log(project, *history.base * whole, *history.more[:n]), *history.flags)
        project.apply(path, *history.flags)
        check(project, history)
        project.nothing_to_do(path, *history.flags)


ONE_BY_ONE = {name: each for name, each in HISTORIES.items()
              # An UPDATE is schema only with the SET NOT NULL after it.
              # And a plain index that its own log asked for stays when another log's unique one could serve it.
              if len(each.more) > 1 and not name.startswith("null-to-not-null") and name != "add-indexed"}


@pytest.mark.parametrize("history", ONE_BY_ONE.values(), ids=ONE_BY_ONE)
def test_one_statement_at_a_time(project, history):
    """Each in a log of its own, as a tail follows a log."""
    fresh(project, history.base, history.before)
    for each in history.more:
        project.apply(log(project, each), *history.flags)
    check(project, history)


# ---- fills ----

UNTOUCHED = [5, Int64(5), 5.0, Decimal128("5.00"), "5", b"5", Binary(uuid.UUID(int=5).bytes, 4), True, ObjectId(), {"a": None},
             [], [None], datetime.datetime(2026, 11, 22)]


def untouched(project):
    return [each for each in UNTOUCHED if project.server.name != "ferretdb" or not isinstance(each, Decimal128)]


@pytest.mark.parametrize("statements", [
    (('UPDATE "t" SET "a" = %(0)s WHERE "a" IS NULL', "(7,)"), 'ALTER TABLE "t" ALTER COLUMN "a" SET NOT NULL'),
    ('UPDATE "t" SET "a" = 7 WHERE "a" IS NULL', 'ALTER TABLE "t" ALTER COLUMN "a" SET NOT NULL'),
], ids=["parameter", "literal"])
def test_null_to_not_null_touches_no_value(project, statements):
    fresh(project, BASE, {"t": [{"id": n, "a": value} for n, value in enumerate(untouched(project))]})
    before = states.documents(project.database)["t"]
    project.database.t.insert_many([{"id": 101, "a": None}, {"id": 102}])
    path = log(project, *statements)
    project.apply(path)
    assert set(before) < set(states.documents(project.database)["t"])
    assert [each["a"] for each in project.database.t.find({"id": {"$gt": 100}})] == [7, 7]
    assert states.catalog(project.database, "t")["fields"]["a"]["null"] is False
    # What is null from now on is not this log's any more.
    project.database.t.insert_one({"id": 103, "a": None})
    project.nothing_to_do(path)
    assert project.database.t.find_one({"id": 103})["a"] is None


def test_nulls_that_come_later_are_not_filled(project):
    """The column was made not null and null again: an earlier run did the one, the application may do the other since."""
    fresh(project, BASE, {"t": rows(a=[None, ..., 1], b=["x", "y", "z"])})
    path = log(project, 'UPDATE "t" SET "a" = 7 WHERE "a" IS NULL', 'ALTER TABLE "t" ALTER COLUMN "a" SET NOT NULL',
               'ALTER TABLE "t" ALTER COLUMN "a" DROP NOT NULL')
    project.apply(path)
    assert [each["a"] for each in project.database.t.find().sort("_id")] == [7, 7, 1]
    project.database.t.insert_one({"id": 10, "a": None, "b": "later"})
    before = states.documents(project.database)
    project.nothing_to_do(path)
    assert states.documents(project.database) == before
    # In a later part of the history it is not null for good.
    project.apply(log(project, 'UPDATE "t" SET "a" = 8 WHERE "a" IS NULL', 'ALTER TABLE "t" ALTER COLUMN "a" SET NOT NULL'))
    assert project.database.t.find_one({"b": "later"})["a"] == 8
    assert "filled" not in states.catalog(project.database, "t")["fields"]["a"]


def test_update_alone_is_dml(project):
    fresh(project, BASE, {"t": rows(a=[None, ...], b=["x", "y"])})
    result = unchanged(project, log(project, ('UPDATE "t" SET "a" = %(0)s WHERE "a" IS NULL', "(7,)")), status=0)
    assert result["statements"]["skipped"] == 1


@pytest.mark.parametrize("update", [
    ('UPDATE "t" SET "a" = %(0)s WHERE "b" IS NULL', "(7,)"), ('UPDATE "t" SET "a" = %(0)s', "(7,)"),
    ('UPDATE "t" SET "a" = %(0)s WHERE "a" IS NOT NULL', "(7,)"), ('UPDATE "t" SET "a" = %(0)s WHERE "a" = %(1)s', "(7, 1)"),
], ids=["another-column", "all", "not-null", "a-value"])
def test_other_updates_are_not_the_fill(project, update):
    fresh(project, BASE, {"t": rows(a=[None, ..., 1], b=["x", "y", "z"])})
    before = states.documents(project.database)
    project.apply(log(project, update, 'ALTER TABLE "t" ALTER COLUMN "a" SET NOT NULL'))
    assert states.documents(project.database) == before


FILLS = {
    "int": ("int", "7", 7, int), "long": ("long", "7", 7, Int64), "double": ("double", "1.5", 1.5, float),
    "bool": ("bool", "False", False, bool), "string": ("string", "'it\\'s'", "it's", str),
    "decimal": ("decimal", "Decimal('1.50')", Decimal128("1.50"), Decimal128),
    "date": ("date", "datetime.datetime(2026, 11, 22, 7, 0, 9)", datetime.datetime(2026, 11, 22, 7, 0, 9), datetime.datetime),
    "uuid": ("string", "UUID('5b15f07a-e1b2-4377-93d3-72312a0eae48')",
             # As pymongo 3's djongo writes them.
             Binary(uuid.UUID("5b15f07a-e1b2-4377-93d3-72312a0eae48").bytes, 3), Binary),
    "bytes": ("binData", "b'\\x00\\xff'", b"\x00\xff", bytes),
    "list": ("array", "[1, 'x', None]", [1, "x", None], list), "dict": ("object", "{'k': [1.5]}", {"k": [1.5]}, dict),
}


@pytest.mark.parametrize("type_,text,value,kind", FILLS.values(), ids=FILLS)
def test_a_fill_has_its_type(project, type_, text, value, kind):
    fresh(project, BASE, {"t": rows(b=["x"])})
    path = log(project, (f'ALTER TABLE "t" ADD COLUMN "n" {type_} DEFAULT %(0)s NOT NULL', f"[{text}]"))
    if type_ == "decimal" and project.server.name == "ferretdb":  # which closes the connection at a Decimal128
        assert "KF-061" in project.run("apply", path, status=5).stderr
        return
    project.apply(path)
    found = project.database.t.find_one()["n"]
    assert found == value
    if type_ != "long":  # djongo stores small ones as int32
        assert isinstance(found, kind)
    project.nothing_to_do(path)


LITERALS = [
    ("None", None), ("True", True), ("-2147483648", -2147483648), ("2147483648", Int64(2147483648)),
    ("-9223372036854775808", Int64(-2**63)), ("Int64(5)", Int64(5)), ("1e+16", 1e16), ("-inf", float("-inf")),
    ("nan", float("nan")), ("Decimal('NaN')", Decimal128("NaN")), ("Decimal('-0.00')", Decimal128("-0.00")),
    ("Decimal128('1E+30')", Decimal128("1E+30")), ("''", ""), ("'%s \\'\"%% \\u00e9\\U0001f600\\n'", "%s '\"%% \u00e9\U0001f600\n"),
    ("b'\\x00\\xff%s'", b"\x00\xff%s"),
    ("datetime.datetime(2026, 11, 22, 7, 0, 9, 337466, tzinfo=datetime.timezone.utc)", datetime.datetime(2026, 11, 22, 7, 0, 9, 337000)),
    ("datetime.datetime(2026, 11, 22, 7, 0, tzinfo=<UTC>)", datetime.datetime(2026, 11, 22, 7, 0)),
    ("datetime.datetime(2026, 11, 22, 7, 0, tzinfo=zoneinfo.ZoneInfo(key='UTC'))", datetime.datetime(2026, 11, 22, 7, 0)),
    ("datetime.datetime(2026, 11, 22, 7, 0, tzinfo=datetime.timezone(datetime.timedelta(seconds=3600)))",
     datetime.datetime(2026, 11, 22, 6, 0)),
    ("datetime.date(2026, 11, 22)", datetime.datetime(2026, 11, 22)), ("datetime.time(7, 30)", datetime.datetime(1900, 1, 1, 7, 30)),
    ("datetime.timedelta(days=1)", Int64(86400000000)),
    ("ObjectId('6b02906fbaa6e0d75e74800b')", ObjectId("6b02906fbaa6e0d75e74800b")), ("()", []), ("{}", {}),
    ("{'a': [{'b': (1, [2, {'c': Decimal('NaN'), 'd': b'x', 'e.f': None}])}]}",
     {"a": [{"b": [1, [2, {"c": Decimal128("NaN"), "d": b"x", "e.f": None}]]}]}),
]


@on_secantus
@pytest.mark.parametrize("style,params", [("%s", "({},)"), ("%(0)s", "[{}]"), ("$1", "({},)")], ids=["%s", "%(0)s", "$1"])
def test_every_literal_becomes_what_it_is(project, style, params):
    fresh(project, BASE, {"t": rows(b=["x"])})
    names = [f"n{n}" for n in range(len(LITERALS))]
    path = log(project, *((f'ALTER TABLE "t" ADD COLUMN "{name}" string DEFAULT {style} NOT NULL', params.format(text))
                          for name, (text, _) in zip(names, LITERALS)))
    project.apply(path)
    found = project.database.t.find_one()
    assert [repr(found[name]) for name in names] == [repr(value) for _, value in LITERALS]
    project.nothing_to_do(path)


@on_secantus
def test_add_unique_null(project):
    """Filled with null, which the filtered index lets in; and a plain index beside it."""
    fresh(project, BASE, {"t": rows(b=["x"] * 4, n=[..., ..., None, "n"])})
    path = log(project, 'ALTER TABLE "t" ADD COLUMN "n" string NULL UNIQUE')
    project.apply(path)
    assert stored(project.database) == {"t": rows(b=["x"] * 4, n=[None, None, None, "n"])}
    assert states.indexes(project.database)["t"] == sorted(
        [PRIMARY, Index(key("n")), Index(key("n"), True, states.filter_of({"n": NOT_NULL}))])
    with pytest.raises(DuplicateKeyError):
        project.database.t.insert_one({"id": 9, "n": "n"})
    project.nothing_to_do(path)


def test_a_fill_that_is_a_duplicate(project):
    """DEFAULT and UNIQUE over two documents: no index can be had; all else is done."""
    fresh(project, BASE, {"t": rows(b=["x", "y"])})
    path = log(project, """ALTER TABLE "t" ADD COLUMN "n" string DEFAULT 'same' NOT NULL UNIQUE""")
    project.apply(path, status=4)
    assert states.indexes(project.database)["t"] == [PRIMARY]
    assert not (states.names(project.database)["t"].get("n") or states.Name(0, 0, 0, None)).serves
    first = everything(project.database)
    project.apply(path, status=4)
    assert stored(project.database)["t"] == rows(b=["x", "y"], n=["same", "same"])
    assert everything(project.database)[0] == first[0]


# ---- a renamed column ----

def test_values_move_as_they_are(project):
    base = (*BASE, 'ALTER TABLE "t" ADD CONSTRAINT "i" INDEX ("a")')
    fresh(project, base, {"t": [{"_id": n, "id": n, "a": value} for n, value in enumerate(untouched(project))]})
    before = {each["_id"]: each["a"] for each in project.database.t.find()}
    project.apply(log(project, 'ALTER TABLE "t" RENAME COLUMN "a" TO "z"'))
    after = {each["_id"]: each["z"] for each in project.database.t.find()}
    assert repr(after) == repr(before)
    assert project.database.t.count_documents({"a": {"$exists": True}}) == 0


def test_a_renamed_unique_column_is_still_unique(project):
    fresh(project, (*BASE, 'ALTER TABLE "t" ADD CONSTRAINT "u" UNIQUE ("b")'), {"t": rows(**MIXED)})
    project.apply(log(project, 'ALTER TABLE "t" RENAME COLUMN "b" TO "z"'))
    assert states.names(project.database)["t"]["u"] == states.Name("unique", key("z"), "", (Index(key("z"), True),))
    with pytest.raises(DuplicateKeyError):
        project.database.t.insert_one({"id": 9, "z": "w"})


@on_secantus
def test_a_filter_follows(project):
    """A condition that names the column, and the column in a key with a condition on another."""
    base = (*BASE, """ALTER TABLE "t" ADD CONSTRAINT "p" UNIQUE ("b")( WHERE "a" = 1)""",
            """ALTER TABLE "t" ADD CONSTRAINT "q" UNIQUE ("a")( WHERE "b" = x)""")
    documents = rows(a=[1, 1, 2, 2, None], b=["x", "y", "y", "y", "x"])
    fresh(project, base, {"t": documents})
    path = log(project, 'ALTER TABLE "t" RENAME COLUMN "a" TO "z"')
    project.apply(path)
    assert states.indexes(project.database)["t"] == sorted([
        PRIMARY, Index(key("b"), True, states.filter_of({"z": 1})),
        Index(key("z"), True, states.filter_of({"z": NOT_NULL, "b": "x"}))])
    names = states.names(project.database)["t"]
    assert names["p"].where.startswith('"z" = ') and names["p"].serves and names["q"].serves
    assert stored(project.database)["t"] == rows(z=[1, 1, 2, 2, None], b=["x", "y", "y", "y", "x"])
    with pytest.raises(DuplicateKeyError):
        project.database.t.insert_one({"id": 9, "z": 1, "b": "y"})
    with pytest.raises(DuplicateKeyError):
        project.database.t.insert_one({"id": 9, "z": 1, "b": "x"})
    project.nothing_to_do(path)


@on_secantus
def test_a_renamed_nullable_unique_column(project):
    fresh(project, ('CREATE TABLE "t" ("id" long NOT NULL PRIMARY KEY, "a" long NULL UNIQUE)',),
          {"t": rows(a=[1, None, None, ...])})
    path = log(project, 'ALTER TABLE "t" RENAME COLUMN "a" TO "z"')
    project.apply(path)
    assert states.indexes(project.database)["t"] == sorted(
        [PRIMARY, Index(key("z")), Index(key("z"), True, states.filter_of({"z": NOT_NULL}))])
    assert stored(project.database)["t"] == rows(z=[1, None, None, ...])
    project.nothing_to_do(path)


def test_duplicates_on_the_way(project):
    """djongo's rename, cut off: the unique index is on the old field. What cannot be unique is said, and nothing is lost."""
    fresh(project, (*BASE, 'ALTER TABLE "t" ADD CONSTRAINT "u" UNIQUE ("b")'), {"t": rows(b=["x", "y"])})
    project.database.t.insert_one({"_id": 9, "id": 9, "z": "x"})
    path = log(project, 'ALTER TABLE "t" RENAME COLUMN "b" TO "z"')
    project.apply(path, status=4)
    values = sorted(each.get("z") or each["b"] for each in project.database.t.find())
    assert values == ["x", "x", "y"]
    project.database.t.delete_one({"_id": 9})
    project.apply(path)
    assert stored(project.database)["t"] == rows(z=["x", "y"])
    assert states.indexes(project.database)["t"] == sorted([PRIMARY, Index(key("z"), True)])


def test_a_rename_that_was_cut_off_goes_on(project):
    fresh(project, (*BASE, 'ALTER TABLE "t" ADD CONSTRAINT "i" INDEX ("a")'), {"t": rows(**MIXED)})
    project.database.t.update_one({"_id": 1}, {"$rename": {"a": "z"}})
    path = log(project, 'ALTER TABLE "t" RENAME COLUMN "a" TO "z"')
    project.apply(path)
    assert stored(project.database) == {"t": rows(b=MIXED["b"], z=MIXED["a"])}
    assert states.indexes(project.database)["t"] == sorted([PRIMARY, Index(key("z"))])
    project.nothing_to_do(path)


def test_djongo_has_renamed_it(project):
    """It moves the values alone: the index keeps its key and the catalog its field."""
    fresh(project, (*BASE, 'ALTER TABLE "t" ADD CONSTRAINT "i" INDEX ("a")'), {"t": rows(**MIXED)}, djongos=True)
    project.database.t.update_many({}, {"$rename": {"a": "z"}})
    before = stored(project.database)
    path = log(project, 'ALTER TABLE "t" RENAME COLUMN "a" TO "z"')
    project.apply(path)
    assert stored(project.database) == before
    assert states.indexes(project.database)["t"] == sorted([PRIMARY, Index(key("z"))])
    assert columns(project.database) == {"id", "z", "b"}
    project.nothing_to_do(path)


def test_both_fields_are_there(project):
    """The catalog does not tell, the documents do: nothing is done to the table, all else is."""
    fresh(project, BASE, {"t": rows(a=[1, 2], z=[..., 20], b=["x", "y"])}, djongos=True)
    path = log(project, 'ALTER TABLE "t" RENAME COLUMN "a" TO "z"', 'ALTER TABLE "t" ADD CONSTRAINT "i" INDEX ("z")')
    failure, = unchanged(project, path)["failures"]
    assert (failure["code"], failure["collection"], failure["field"]) == ("KF-050", "t", "z")
    before = stored(project.database)
    project.apply(path, "--renames=done")
    assert stored(project.database) == before
    project.nothing_to_do(path, "--renames=done")


# ---- swaps and names that are used again: djongo's database does not tell ----

def left_by_djongo(project, history, done):
    fresh(project, history.base, history.before, djongos=True)
    if done:
        project.database.t.delete_many({})
        project.database.t.insert_many([dict(each) for each in history.after["t"]])


@pytest.mark.parametrize("whole,done", [(False, False), (True, False), (True, True)],
                         ids=["what-is-new-todo", "whole-log-todo", "whole-log-done"])
def test_an_unclear_rename(project, whole, done):
    history = HISTORIES["re-used-name"]
    left_by_djongo(project, history, done)
    path = log(project, *history.base * whole, *history.more)
    result = unchanged(project, path)
    assert findings(result, "withheld")
    assert "--renames" in project.run("plan", path, status=4).stderr
    flag = "--renames=done" if done else "--renames=todo"
    project.apply(path, flag)
    check(project, history)
    project.nothing_to_do(path, flag)
    # keyfold has recorded what became of what.
    project.nothing_to_do(path)
    check(project, history)


@pytest.mark.parametrize("flags", [(), ("--renames=todo",)], ids=["asked", "todo"])
@pytest.mark.parametrize("djongos", [False, True], ids=["keyfolds", "djongos"])
@pytest.mark.parametrize("whole", [False, True], ids=["tail", "whole"])
@pytest.mark.parametrize("history", SWAPS.values(), ids=SWAPS)
def test_a_swap_is_asked_for(project, history, whole, djongos, flags):
    fresh(project, history.base, history.before, djongos=djongos)
    path = log(project, *history.base * whole, *history.more)
    result = unchanged(project, path, *flags)
    assert findings(result, "withheld")


def test_an_unclear_table_withholds_itself_alone(project):
    history = SWAPS["swap"]
    left_by_djongo(project, history, False)
    path = log(project, *history.more, 'ALTER TABLE "t" ADD CONSTRAINT "j" INDEX ("b")',
               'CREATE TABLE "other" ("id" long NOT NULL PRIMARY KEY)')
    before = states.documents(project.database)["t"], states.indexes(project.database)["t"]
    project.apply(path, status=4)
    assert (states.documents(project.database)["t"], states.indexes(project.database)["t"]) == before
    assert states.indexes(project.database)["other"] == [PRIMARY]


def test_a_re_used_table_name_in_djongos_database(project):
    """Asked first, answered then: what was left alone the first time has not been taken for the new table."""
    history = HISTORIES["new-table-under-the-old-name"]
    fresh(project, history.base, history.before, djongos=True)
    path = log(project, *history.more)
    unchanged(project, path)
    project.apply(path, "--renames=todo")
    check(project, history)
    project.nothing_to_do(path)


# ---- a renamed table ----

def test_the_catalog_document_moves(project):
    fresh(project, (*BASE, 'ALTER TABLE "t" ADD CONSTRAINT "i" INDEX ("b")'), {"t": rows(**MIXED)})
    project.database[states.CATALOG].update_one({"name": "t"}, {"$set": {"auto.seq": 17}})
    before, bytes_ = states.catalog(project.database, "t"), states.documents(project.database)["t"]
    path = log(project, 'ALTER TABLE "t" RENAME TO "u"')
    project.apply(path)
    after = states.catalog(project.database, "u")
    assert states.catalog(project.database, "t") is None
    assert (after["_id"], after["fields"], after["auto"], after["names"]) == (
        before["_id"], before["fields"], before["auto"], before["names"])
    assert states.documents(project.database) == {"u": bytes_}
    project.nothing_to_do(path)


def test_djongo_has_renamed_the_table(project):
    """It leaves the catalog's document, and with it the counter, under the old name."""
    fresh(project, BASE, {"t": rows(**MIXED)}, djongos=True)
    project.database[states.CATALOG].update_one({"name": "t"}, {"$set": {"auto.seq": 17}})
    project.database.t.rename("u")
    before = states.documents(project.database)
    path = log(project, 'ALTER TABLE "t" RENAME TO "u"')
    project.apply(path)
    assert (states.documents(project.database), states.counters(project.database)) == (before, {"u": 17})
    project.nothing_to_do(path)


def test_a_new_table_has_a_counter_of_its_own(project):
    fresh(project, BASE, {"t": rows(**MIXED)})
    project.database[states.CATALOG].update_one({"name": "t"}, {"$set": {"auto.seq": 17}})
    path = log(project, 'ALTER TABLE "t" RENAME TO "u"', *BASE)
    project.apply(path)
    assert states.counters(project.database) == {"t": 0, "u": 17}
    assert {table: len(each) for table, each in stored(project.database).items()} == {"t": 0, "u": 4}
    project.nothing_to_do(path)


# ---- drops ----

DROPS = {
    "column": ('ALTER TABLE "t" DROP COLUMN "a" CASCADE', "field"),
    "table": ('DROP TABLE "t" CASCADE', "collection"),
}


@pytest.mark.parametrize("whole", [False, True], ids=["what-is-new", "whole-log"])
@pytest.mark.parametrize("statement,kind", DROPS.values(), ids=DROPS)
def test_a_drop_is_asked_for(project, statement, kind, whole):
    base = (*BASE, 'ALTER TABLE "t" ADD CONSTRAINT "i" INDEX ("a")')
    fresh(project, base, {"t": rows(**MIXED)})
    path = log(project, *base * whole, statement)
    others = ",".join({"index", "field", "collection"} - {kind})
    for flags in ((), ("--allow-drop=" + others,)):
        result = unchanged(project, path, *flags)
        assert any(f"--allow-drop={kind}" in each["message"] for each in findings(result, "withheld"))
    project.apply(path, f"--allow-drop={kind}")
    if kind == "field":
        assert stored(project.database) == {"t": rows(b=MIXED["b"])}
        assert states.indexes(project.database) == {"t": [PRIMARY]} and columns(project.database) == {"id", "b"}
        assert set(states.names(project.database)["t"]) == {"__primary_key__"}
    else:
        assert (states.tables(project.database), states.catalog(project.database, "t")) == ([], None)
    project.nothing_to_do(path, f"--allow-drop={kind}")
    project.nothing_to_do(path)


def test_what_does_not_depend_on_a_drop_is_done(project):
    fresh(project, BASE, {"t": rows(**MIXED)})
    path = log(project, 'ALTER TABLE "t" DROP COLUMN "a" CASCADE', 'ALTER TABLE "t" ADD COLUMN "n" long DEFAULT 5 NOT NULL',
               'ALTER TABLE "t" ADD CONSTRAINT "i" INDEX ("n")')
    project.apply(path, status=4)
    assert stored(project.database) == {"t": rows(**MIXED, n=[5] * 4)}
    assert states.indexes(project.database)["t"] == sorted([PRIMARY, Index(key("n"))])
    assert "a" in columns(project.database)
    project.nothing_to_do(path, status=4)
    project.apply(path, ALLOWED)
    assert stored(project.database) == {"t": rows(b=MIXED["b"], n=[5] * 4)}


@pytest.mark.parametrize("flags", [(), (ALLOWED,)], ids=["asked", "allowed"])
def test_an_earlier_incarnation_is_not_dropped(project, flags):
    """What ends in the schema stays, with its values, whatever came between."""
    fresh(project, BASE, {"t": rows(**MIXED)})
    before = states.documents(project.database)
    path = log(project, *BASE, 'ALTER TABLE "t" DROP COLUMN "b" CASCADE', 'ALTER TABLE "t" ADD COLUMN "b" string NULL',
               'DROP TABLE "t" CASCADE', *BASE)
    project.apply(path, *flags)
    assert states.documents(project.database) == before
    project.nothing_to_do(path, *flags)


@on_secantus
def test_an_index_whose_filter_has_the_column_goes_with_it(project):
    base = (*BASE, """ALTER TABLE "t" ADD CONSTRAINT "p" UNIQUE ("b")( WHERE "a" = 1)""")
    fresh(project, base, {"t": rows(**MIXED)})
    path = log(project, 'ALTER TABLE "t" DROP COLUMN "a" CASCADE')
    project.apply(path, ALLOWED)
    assert states.indexes(project.database) == {"t": [PRIMARY]}
    assert set(states.names(project.database)["t"]) == {"__primary_key__"}
    project.nothing_to_do(path, ALLOWED)


# ---- types, counters ----

def test_alter_type_leaves_values(project):
    fresh(project, BASE, {"t": [{"id": n, "a": value} for n, value in enumerate(untouched(project))]})
    before = states.documents(project.database)
    path = log(project, 'ALTER TABLE "t" ALTER COLUMN "a" TYPE string')
    project.apply(path)
    assert states.documents(project.database) == before
    assert states.catalog(project.database, "t")["fields"]["a"]["type_code"] == "string"
    project.nothing_to_do(path)


def without_counter(project, *ids):
    """A collection with documents, and nothing of it in the catalog."""
    project.apply(log(project, 'CREATE TABLE "other" ("k" long NOT NULL PRIMARY KEY)'))
    project.database.t.insert_many([{"id": each, "b": str(each)} for each in ids])


@pytest.mark.parametrize("ids,greatest", [
    ((3, 12, 7), 12), ((Int64(2**31 - 2), 5), 2**31 - 2), ((3.0, 2), 3), ((-5, -2), 0), (("x", 4, None), 4), ((None,), 0),
    ((1e20, 3), 3), ((3, Decimal128("9")), 9), ((Decimal128("1.2E+2"), 7), 120), ((Decimal128("-1E+30"), Decimal128("4.9")), 4),
], ids=["ints", "long", "double", "negative", "strings", "null", "beyond", "decimal", "exponent", "fraction"])
def test_a_new_counter_begins_at_the_greatest_id(project, ids, greatest):
    if project.server.name == "ferretdb" and any(isinstance(each, Decimal128) for each in ids):
        pytest.skip("FerretDB 1 has no Decimal128")
    without_counter(project, *ids)
    path = log(project, *BASE)
    project.apply(path)
    assert states.counters(project.database) == {"t": greatest}
    project.nothing_to_do(path)


def test_a_counter_is_never_lowered(project):
    fresh(project, BASE, {"t": rows(**MIXED)})
    project.database[states.CATALOG].update_one({"name": "t"}, {"$set": {"auto.seq": 40}})
    path = log(project, *BASE, 'ALTER TABLE "t" ADD COLUMN "n" long NULL')
    project.apply(path)
    assert states.counters(project.database) == {"t": 40}
    project.nothing_to_do(path)


@pytest.mark.parametrize("more,counters", [
    ('ALTER TABLE "t" RENAME TO "u"', {"u": 40}), ('DROP TABLE "t" CASCADE', {}),
    ('ALTER TABLE "t" RENAME COLUMN "id" TO "key"', {"t": 40}),
], ids=["renamed", "removed", "column-renamed"])
def test_a_counter_goes_with_its_table(project, more, counters):
    fresh(project, BASE, {"t": rows(**MIXED)})
    project.database[states.CATALOG].update_one({"name": "t"}, {"$set": {"auto.seq": 40}})
    path = log(project, more)
    project.apply(path, ALLOWED)
    assert states.counters(project.database) == counters
    if "key" in more:
        assert states.catalog(project.database, "t")["auto"]["field_names"] == ["key"]
        assert states.indexes(project.database)["t"] == [Index(key("key"), True)]
    project.nothing_to_do(path, ALLOWED)


def test_a_dropped_and_created_table_begins_anew(project):
    """Dropped in one log, created in the next."""
    fresh(project, BASE, {"t": rows(**MIXED)})
    project.database[states.CATALOG].update_one({"name": "t"}, {"$set": {"auto.seq": 40}})
    project.apply(log(project, 'DROP TABLE "t" CASCADE'), ALLOWED)
    project.apply(log(project, *BASE))
    assert (states.counters(project.database), stored(project.database)) == ({"t": 0}, {"t": []})
    assert states.catalog(project.database, "t")["auto"]["field_names"] == ["id"]


def test_a_saved_plan_renames_a_column_with_indexes(project, tmp_path):
    """The index that goes has its column's old name in its spec, and the plan speaks of it under the new one."""
    project.apply(project.log('CREATE TABLE "u" ("id" long NOT NULL PRIMARY KEY, "c" long NOT NULL UNIQUE)',
                              'ALTER TABLE "u" ADD CONSTRAINT "i" INDEX ("c", "id")'))
    log = project.log('ALTER TABLE "u" RENAME COLUMN "c" TO "z"')
    project.run("plan", "-o", tmp_path / "plan.json", log)
    project.apply(tmp_path / "plan.json")
    assert {each.key for each in states.indexes(project.database)["u"]} == {key("id"), key("z"), key("z", "id")}
    project.nothing_to_do(log)
