"""Replays a djongo log through djongo itself and keeps what it leaves behind.

    P=.deps/servers/bin/python D=.deps/djongo/bin/python
    $P tests/live/servers.py run secantus -- $D tests/live/capture_state.py LOG FILE

Writes the whole database (collections, index specs, documents) as extended JSON:
relaxed, but for int64, which relaxed would turn into int32 when it is loaded.
ObjectIds are numbered in order, so that the same log gives the same file.
"""

import ast
import contextlib
import datetime
import decimal
import io
import logging
import os
import pathlib
import re
import sys
import uuid
import warnings

import bson
import django
import pymongo
from bson import json_util
from django.conf import settings

RECORD = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d+ ", re.M)
STATEMENT = re.compile(r"^djongo\.sql2mongo\.query DEBUG sql_command: (.*)\nparams: (.*)\n?\Z", re.S)

CALLS = {
    "datetime.datetime": datetime.datetime,
    "datetime.date": datetime.date,
    "datetime.time": datetime.time,
    "datetime.timedelta": datetime.timedelta,
    "datetime.timezone": datetime.timezone,
    "Decimal": decimal.Decimal,
    "Decimal128": bson.Decimal128,
    "Int64": bson.Int64,
    "ObjectId": bson.ObjectId,
    "UUID": uuid.UUID,
}
NAMES = {"datetime.timezone.utc": datetime.timezone.utc}


def literal(text):
    """A Python literal and the constructors that djongo's parameters print as."""
    return _value(ast.parse(text.strip(), mode="eval").body)


def _value(node):
    if isinstance(node, ast.Call):
        arguments = [_value(each) for each in node.args]
        named = {each.arg: _value(each.value) for each in node.keywords}
        return CALLS[ast.unparse(node.func)](*arguments, **named)
    if isinstance(node, ast.Attribute):
        return NAMES[ast.unparse(node)]
    if isinstance(node, (ast.List, ast.Tuple)):
        kind = list if isinstance(node, ast.List) else tuple
        return kind(_value(each) for each in node.elts)
    if isinstance(node, ast.Dict):
        return {_value(key): _value(value) for key, value in zip(node.keys, node.values)}
    return ast.literal_eval(node)


def statements(text):
    starts = [match.end() for match in RECORD.finditer(text)]
    ends = [match.start() for match in RECORD.finditer(text)][1:] + [len(text)]
    for start, end in zip(starts, ends):
        match = STATEMENT.match(text[start:end])
        if match:
            yield match[1], literal(match[2])


def replay(log, uri, name):
    settings.configure(DATABASES={"default": {
        "ENGINE": "djongo", "NAME": name, "CLIENT": {"host": uri},
    }})
    django.setup()
    # djongo logs and prints what it refuses or passes over; it is counted here instead.
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    from django.db import connection

    ran, refused = 0, []
    for sql, params in statements(log.read_text(encoding="utf-8")):
        ran += 1
        try:
            with contextlib.redirect_stdout(io.StringIO()), connection.cursor() as cursor:
                cursor.execute(sql, params)
                if sql.startswith("SELECT"):
                    cursor.fetchall()
        except Exception as error:  # whatever djongo raises, a migration would have stopped here
            cause = error.__cause__
            while cause is not None and cause.__cause__ is not None:
                cause = cause.__cause__
            refused.append((sql, str(cause or error).strip().splitlines()))
    connection.close()
    return ran, refused


class Plain:
    """Values as extended JSON wants them, with ObjectIds numbered as they come."""

    def __init__(self):
        self._ids = {}

    def __call__(self, value):
        if isinstance(value, bson.ObjectId):
            return bson.ObjectId("%024x" % self._ids.setdefault(value, len(self._ids) + 1))
        if isinstance(value, bson.Int64):
            return {"$numberLong": str(value)}
        if isinstance(value, dict):
            return {key: self(each) for key, each in value.items()}
        if isinstance(value, list):
            return [self(each) for each in value]
        return value


def dump(database):
    plain, collections = Plain(), {}
    for info in sorted(database.list_collections(), key=lambda info: info["name"]):
        collection = database[info["name"]]
        indexes = database.command("listIndexes", info["name"])["cursor"]["firstBatch"]
        # MongoDB lists _id_ first and the others as they were made; some servers by name.
        indexes.sort(key=lambda spec: (spec["name"] != "_id_", spec["name"]))
        documents = collection.find()
        if info["name"] == "__schema__":
            documents = documents.sort("name")
        collections[info["name"]] = {
            "options": plain(info["options"]),
            "indexes": [plain(spec) for spec in indexes],
            "documents": [plain(document) for document in documents],
        }
    return collections


def text(source, collections):
    """One line an index and a document, so that a change is seen in a diff."""
    def line(value):
        return json_util.dumps(value, json_options=json_util.RELAXED_JSON_OPTIONS, ensure_ascii=False)

    def block(values):
        return "[" + ",".join("\n        " + line(value) for value in values) + ("\n      ]" if values else "]")

    parts = []
    for name, content in collections.items():
        parts.append("    %s: {\n      \"options\": %s,\n      \"indexes\": %s,\n      \"documents\": %s\n    }" % (
            line(name), line(content["options"]), block(content["indexes"]), block(content["documents"])))
    return '{\n  "source": %s,\n  "collections": {\n%s\n  }\n}\n' % (line(source), ",\n".join(parts))


def main(words):
    if len(words) != 2 or "KEYFOLD_TEST_URI" not in os.environ:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    log, out = map(pathlib.Path, words)
    uri, name = os.environ["KEYFOLD_TEST_URI"], "capture"
    client = pymongo.MongoClient(uri)
    if client[name].list_collection_names():
        print(f"capture_state.py: database {name} is not empty", file=sys.stderr)
        return 1
    ran, refused = replay(log, uri, name)
    collections = dump(client[name])
    out.write_text(text(log.name, collections), encoding="utf-8")
    client.drop_database(name)
    for sql, error in refused:
        print("refused: %s\n         %s" % (sql[:160], error[0][:200] if error else ""))
    others = [content for each, content in collections.items() if each != "__schema__"]
    print("%s: %d statements, %d refused; %d collections, %d indexes (without _id_), and __schema__" % (
        out.name, ran, len(refused), len(others), sum(len(each["indexes"]) - 1 for each in others)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
