"""A run that ends at each of its commands, carried out or not, and then one more: it ends as an undisturbed one does."""

import pytest
import servers
import states
import test_convert
from bson import Int64
from project import Project
from test_documents import ALLOWED, BASE, HISTORIES, PRIMARY, History, fresh, key, log, rows, stored
from states import Index

WRITES = ["createIndexes", "dropIndexes", "update", "insert", "delete", "create", "drop", "renameCollection"]
FLAGS = ALLOWED, test_convert.FLAG

# Everything at once, on two tables and their documents.
MANY = History(
    ('ALTER TABLE "t" RENAME COLUMN "a" TO "z"',
     'ALTER TABLE "t" ADD COLUMN "n" string DEFAULT \'7\' NOT NULL',
     'ALTER TABLE "t" ALTER COLUMN "n" TYPE long',
     ('UPDATE "t" SET "z" = %(0)s WHERE "z" IS NULL', "[9]"),
     'ALTER TABLE "t" ALTER COLUMN "z" SET NOT NULL',
     'ALTER TABLE "t" ALTER COLUMN "b" TYPE long',
     'ALTER TABLE "t" DROP COLUMN "d" CASCADE',
     'ALTER TABLE "t" ADD CONSTRAINT "i" INDEX ("n", "z")',
     'ALTER TABLE "t" ADD CONSTRAINT "w" UNIQUE ("b", "n")',
     'ALTER TABLE "t" DROP CONSTRAINT "j" INDEX',
     'ALTER TABLE "t" RENAME TO "s"',
     'CREATE TABLE "t" ("k" long NOT NULL PRIMARY KEY AUTOINCREMENT)',
     'DROP TABLE "gone" CASCADE'),
    {"t": rows(a=[1, None, 3, 4], b=["1", "2", "3", 4], d=["p", "q", "r", "s"]), "gone": rows(b=["x"])},
    {"s": rows(z=[1, 9, 3, 4], b=[1, 2, 3, 4], n=[7] * 4), "t": []},
    {"s": [PRIMARY, Index(key("z"), True), Index(key("b"), True, states.filter_of({"z": {"$gt": 0}})), Index(key("n", "z")),
           Index(key("b", "n"), True)],
     "t": [Index(key("k"), True)]},
    base=('CREATE TABLE "t" ("id" long NOT NULL PRIMARY KEY AUTOINCREMENT, "a" long NULL, "b" string NOT NULL, "d" string NOT NULL UNIQUE)',
          'ALTER TABLE "t" ADD CONSTRAINT "u" UNIQUE ("b")( WHERE "a" > 0)',
          'ALTER TABLE "t" ADD CONSTRAINT "v" UNIQUE ("a")',
          'ALTER TABLE "t" ADD CONSTRAINT "j" INDEX ("b", "d")',
          'CREATE TABLE "gone" ("id" long NOT NULL PRIMARY KEY AUTOINCREMENT, "b" string NOT NULL)'), tail=False)
CONVERT = History(
    ('ALTER TABLE "t" ALTER COLUMN "b" TYPE long', 'ALTER TABLE "t" ALTER COLUMN "a" TYPE string, ALTER COLUMN "a" DROP NOT NULL'),
    rows(a=[1, Int64(2**40), 3], b=["1", "2", 3]), rows(a=["1", "1099511627776", "3"], b=[1, 2, 3]),
    [PRIMARY, Index(key("b"), True), Index(key("a")), Index(key("a"), True, states.filter_of({"a": {"$type": "NOT NULL"}}))],
    base=('CREATE TABLE "t" ("id" long NOT NULL PRIMARY KEY, "a" long NOT NULL UNIQUE, "b" string NOT NULL UNIQUE)',))

# A document that lacks the field: were it not recorded that a is z already, what a holds next would become z.
REUSED = History(
    HISTORIES["re-used-name"].more, rows(a=[1, ..., 4], b=["x"] * 3), rows(z=[1, ..., 4], a=[5, 5, 5], b=["x"] * 3),
    HISTORIES["re-used-name"].indexes, base=HISTORIES["re-used-name"].base)
SHIFT = History(
    ('ALTER TABLE "t" RENAME COLUMN "a" TO "z"', 'ALTER TABLE "t" RENAME COLUMN "b" TO "a"'),
    rows(a=[1, ..., 3], b=["x", "y", "z"]), rows(z=[1, ..., 3], a=["x", "y", "z"]),
    [PRIMARY, Index(key("a"), True), Index(key("z", "a"))],
    base=(*BASE, 'ALTER TABLE "t" ADD CONSTRAINT "u" UNIQUE ("b")', 'ALTER TABLE "t" ADD CONSTRAINT "i" INDEX ("a", "b")'))

# An index that is dropped when its names are gone already, or moved to another.
NULLS = History(
    ('ALTER TABLE "t" ALTER COLUMN "b" DROP NOT NULL',), rows(a=[1, 2], b=["x", "y"]), rows(a=[1, 2], b=["x", "y"]),
    [PRIMARY, Index(key("b")), Index(key("b"), True, states.filter_of({"b": {"$type": "NOT NULL"}}))],
    base=('CREATE TABLE "t" ("id" long NOT NULL PRIMARY KEY AUTOINCREMENT, "a" long NOT NULL, "b" string NOT NULL UNIQUE)',))
NAMES = History(
    ('ALTER TABLE "t" DROP CONSTRAINT "p"', 'ALTER TABLE "t" DROP CONSTRAINT "i" INDEX', 'ALTER TABLE "t" DROP CONSTRAINT "u"'),
    rows(a=[1, 2], b=["x", "y"]), rows(a=[1, 2], b=["x", "y"]), [PRIMARY, Index(key("b", "a"))],
    base=(*BASE, 'ALTER TABLE "t" ADD CONSTRAINT "p" UNIQUE ("b")( WHERE "a" > 0)', 'ALTER TABLE "t" ADD CONSTRAINT "i" INDEX ("a")',
          'ALTER TABLE "t" ADD CONSTRAINT "u" UNIQUE ("b", "a")', 'ALTER TABLE "t" ADD CONSTRAINT "j" INDEX ("b", "a")'))
REDEFINED = History(
    ('ALTER TABLE "t" DROP CONSTRAINT "u"', 'ALTER TABLE "t" ADD CONSTRAINT "u" UNIQUE ("b")( WHERE "a" > 1)'),
    rows(a=[1, 1, 2], b=["x", "x", "x"]), rows(a=[1, 1, 2], b=["x", "x", "x"]),
    [PRIMARY, Index(key("b"), True, states.filter_of({"a": {"$gt": 1}}))],
    base=(*BASE, 'ALTER TABLE "t" ADD CONSTRAINT "u" UNIQUE ("b")( WHERE "a" > 5)'))

CUT = {"nulls": NULLS, "names": NAMES, "redefined": REDEFINED, "many": MANY, "convert": CONVERT, "re-used-name-missing": REUSED, "shift": SHIFT} | {
    name: HISTORIES[name] for name in (
        "add-unique-not-null", "add-indexed", "null-to-not-null-indexed", "rename-unique", "rename-compound", "rename-chain",
        "re-used-name", "rename-table", "new-table-under-the-old-name", "drop-column", "drop-column-and-add-it-again",
        "drop-table")}

# Refused before it is carried out; or carried out, and the answer says that it failed.
HOW = {"refused": {"errorCode": 8000}, "answer-lost": {"writeConcernError": {"code": 64, "errmsg": "waiting for replication"}}}


@pytest.fixture(scope="module")
def server_with_faults():
    with servers.secantus(test_commands=True) as server:
        yield server


@pytest.fixture
def faulty(keyfold, server_with_faults, database_name, tmp_path):
    project = Project(keyfold, server_with_faults, server_with_faults.client[database_name], tmp_path)
    yield project
    fail(project, "off")
    server_with_faults.client.drop_database(database_name)


def fail(project, mode, **what):
    project.server.client.admin.command("configureFailPoint", "failCommand", mode=mode, data={"failCommands": WRITES, **what})


def state(database):
    """All but what the law leaves out: names of indexes on the server, _ids and rev of the catalog."""
    catalog = {}
    for document in database[states.CATALOG].find(states.TABLES):
        catalog[document["name"]] = {each: document.get(each) for each in ("fields", "auto", "lineage")}
    return stored(database), states.indexes(database), states.names(database), catalog


def prepared(project, history):
    fresh(project, history.base, history.before)
    # A counter that an application has raised.
    project.database[states.CATALOG].update_many({"auto": {"$exists": True}}, {"$set": {"auto.seq": 40}})


@pytest.mark.parametrize("how", HOW.values(), ids=HOW)
@pytest.mark.parametrize("history,whole", [pytest.param(each, whole, id=f"{name}-{'whole' if whole else 'tail'}")
                                           for name, each in CUT.items() for whole in (False, True) if whole or each.tail])
def test_cut_off_at_each_command(faulty, history, whole, how):
    path = log(faulty, *history.base * whole, *history.more)
    prepared(faulty, history)
    writes = faulty.apply(path, *FLAGS)["commands"]["write"]
    wanted = state(faulty.database)
    assert wanted[0] == history.after
    assert wanted[1] == {table: sorted(each) for table, each in history.indexes.items()}
    assert writes > 1
    for done in range(writes):
        prepared(faulty, history)
        fail(faulty, {"skip": done}, **how)
        faulty.run("apply", path, *FLAGS, status=5)
        fail(faulty, "off")
        faulty.apply(path, *FLAGS)
        assert state(faulty.database) == wanted, f"after {done} of {writes} commands"
        faulty.nothing_to_do(path, *FLAGS)


DJONGOS = {
    "rename-unique": ((), HISTORIES["rename-unique"]), "rename-compound": ((), HISTORIES["rename-compound"]),
    "drop-column": ((), HISTORIES["drop-column"]), "convert": ((), CONVERT),
    # The index of a name that only the index tells of is replaced.
    "drop-not-null": (("--profile", "mongodb-4.2"), History(
        ('ALTER TABLE "t" ALTER COLUMN "b" DROP NOT NULL',), rows(a=[1, 2], b=["x", "y"]), rows(a=[1, 2], b=["x", "y"]),
        [PRIMARY, Index(key("b"), True, states.filter_of({"b": {"$type": "NOT NULL"}}))],
        base=('CREATE TABLE "t" ("id" long NOT NULL PRIMARY KEY, "a" long NULL, "b" string NOT NULL UNIQUE)',))),
}


@pytest.mark.parametrize("how", HOW.values(), ids=HOW)
@pytest.mark.parametrize("flags,history", DJONGOS.values(), ids=DJONGOS)
def test_cut_off_in_djongos_database(faulty, flags, history, how):
    """What an index alone tells of is written down before the index goes."""
    flags = *FLAGS, *flags
    path = log(faulty, *history.more)

    def begin():
        fresh(faulty, history.base, history.before, djongos=True)
        # djongo does not know what it may be.
        return state(faulty.database)[2]

    names = begin()
    writes = faulty.apply(path, *flags)["commands"]["write"]
    wanted = state(faulty.database)
    assert wanted[0] == history.after
    assert wanted[1] == {table: sorted(each) for table, each in history.indexes.items()}
    assert not any(names.values()) and wanted[2]["t"]
    for done in range(writes):
        begin()
        fail(faulty, {"skip": done}, **how)
        faulty.run("apply", path, *flags, status=5)
        fail(faulty, "off")
        faulty.apply(path, *flags)
        assert state(faulty.database) == wanted, f"after {done} of {writes} commands"
        faulty.nothing_to_do(path, *flags)
