"""Every document of large collections is what it was, byte for byte, but for the fields meant: after each statement that
destroys nothing, and after each that fails. KEYFOLD_DOCUMENTS=100000 for as many in each collection."""

import hashlib
import os

import bson
import pytest
import states
from bson import Decimal128, Int64
from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument
from project import on_secantus

COUNT = int(os.environ.get("KEYFOLD_DOCUMENTS", 1000))
PATIENCE = 60 + COUNT // 100
CREATE = ['CREATE TABLE "%s" ("id" long NOT NULL PRIMARY KEY AUTOINCREMENT, "a" long NULL, "b" string NOT NULL, "c" string NOT NULL,'
          ' "d" long NOT NULL, "e" string NULL)' % table for table in "stu"]
# (statement, table, {field: what it is afterwards: None: gone, else the field that it was; ...: new})
STEPS = [
    ('ALTER TABLE "s" ADD CONSTRAINT "s_b" INDEX ("b")', {}),
    ('ALTER TABLE "s" ADD CONSTRAINT "s_d_b" INDEX ("d" DESC, "b")', {}),
    ('ALTER TABLE "t" ADD CONSTRAINT "t_d" UNIQUE ("d")', {}),
    ('ALTER TABLE "t" ADD CONSTRAINT "t_a" UNIQUE ("a")( WHERE "d" > 5)', {}),
    ('ALTER TABLE "u" ADD CONSTRAINT "u_e" UNIQUE ("e", "id")', {}),
    ('ALTER TABLE "s" ADD CONSTRAINT "s_fk" FOREIGN KEY ("a") REFERENCES "t" ("id")', {}),
    ('ALTER TABLE "s" ADD CONSTRAINT "s_ck" CHECK ("d" >= 0)', {}),
    ('ALTER TABLE "s" RENAME CONSTRAINT "s_b" TO "s_b2"', {}),
    ('ALTER TABLE "s" ALTER COLUMN "e" SET DEFAULT \'x\'', {}),
    ('ALTER TABLE "s" ALTER COLUMN "e" DROP DEFAULT', {}),
    ('ALTER TABLE "t" ALTER COLUMN "b" DROP NOT NULL', {}),
    ('ALTER TABLE "t" ALTER COLUMN "d" TYPE int', {}),
    ('ALTER TABLE "u" DROP CONSTRAINT "u_e"', {}),
    ('ALTER TABLE "s" ADD COLUMN "n" long DEFAULT 7 NOT NULL', {"s": {"n": ...}}),
    ('ALTER TABLE "s" ADD COLUMN "m" string NULL', {"s": {"m": ...}}),
    ('ALTER TABLE "t" RENAME COLUMN "c" TO "z"', {"t": {"z": "c"}}),
    ('ALTER TABLE "u" RENAME TO "v"', {"u": None}),
]
# With the exit status; 0: passed over.
FAILING = [
    ('ALTER TABLE "s" ADD CONSTRAINT "x1" UNIQUE ("c")', (), 4),
    ('ALTER TABLE "s" ADD CONSTRAINT "x2" UNIQUE ("c")( WHERE "d" > 5)', (), 4),
    ('ALTER TABLE "s" ALTER COLUMN "c" TYPE long', ("--convert-types",), 4),
    ('ALTER TABLE "s" DROP COLUMN "b" CASCADE', (), 4),
    ('DROP TABLE "s" CASCADE', (), 4),
    ('DROP DATABASE "s"', (), 0),
    ('ALTER TABLE "nowhere" ADD CONSTRAINT "x4" INDEX ("a")', (), 4),
    ('CREATE VIEW "v" AS SELECT 1', (), 3),
    ('DELETE FROM "s"', (), 0),
]
RAW = CodecOptions(document_class=RawBSONDocument)


def rows(count):
    for n in range(count):
        yield {"_id": n, "id": n, "a": None if n % 3 else Int64(n), "b": f"b{n}", "c": f"same{n % 10}", "d": n,
               "e": None if n % 2 else "e" * (n % 50), "kept": [1, 2.0, {"x": None}, Decimal128("1.10")], "": {"$odd.name": n}}


def checksums(database, table, without=()):
    """{_id: digest}; of the bytes where no field is left out."""
    found = {}
    for each in database.get_collection(table, RAW).find(batch_size=10000):
        data = each.raw
        if without:
            data = bson.encode({field: value for field, value in bson.decode(data).items() if field not in without})
        found[each["_id"]] = hashlib.blake2b(data, digest_size=16).digest()
    return found


@pytest.fixture
def filled(project):
    project.apply(project.log(*CREATE))
    for table in "stu":
        documents = rows(COUNT)
        while batch := [each for _, each in zip(range(10000), documents)]:
            project.database[table].insert_many(batch)
    return project


def whole(database, tables="stu"):
    return {table: checksums(database, table) for table in tables}


@on_secantus
def test_statements_that_destroy_nothing(filled):
    database = filled.database
    before = whole(database)
    assert all(len(each) == COUNT for each in before.values())
    for sql, meant in STEPS:
        filled.apply(filled.log(sql), "--allow-drop=index", timeout=PATIENCE)
        for table in set(before) - set(meant):
            assert checksums(database, table) == before[table], sql
        for table, fields in meant.items():
            check_meant(database, before, table, fields, sql)


def check_meant(database, before, table, fields, sql):
    if fields is None:
        assert (checksums(database, "v"), database[table].count_documents({})) == (before.pop(table), 0), sql
        before["v"] = checksums(database, "v")
        return
    former = [each for each in fields.values() if each is not ...]
    if former:
        # Where the field was is not where it is.
        renamed, = fields
        originals = {each["_id"]: each for each in rows(COUNT)}
        for each in database[table].find():
            original = originals[each["_id"]]
            assert each == {**{f: v for f, v in original.items() if f not in former}, renamed: original[former[0]]}, sql
    else:
        assert checksums(database, table, without=tuple(fields)) == before[table], sql
        field, = fields
        assert database[table].count_documents({field: {"$exists": False}}) == 0, sql
    before[table] = checksums(database, table)


def described(database):
    """Without rev, which counts what was written, and be it the same again."""
    return [{key: value for key, value in each.items() if key != "rev"} for each in database[states.CATALOG].find(states.TABLES)]


@on_secantus
def test_statements_that_fail(filled):
    before, schema = whole(filled.database), states.end_state(filled.database)
    catalog = described(filled.database)
    for sql, flags, status in FAILING:
        filled.run("apply", filled.log(sql), *flags, status=status, timeout=PATIENCE)
        assert whole(filled.database) == before, sql
        assert states.end_state(filled.database) == schema, sql
        assert described(filled.database) == catalog, sql
