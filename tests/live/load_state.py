"""Puts an empty database into a state kept under sql_corpus/states/.

    .deps/servers/bin/python tests/live/load_state.py URI DATABASE FILE
"""

import pathlib
import sys

import pymongo
from bson import json_util

# The default would load {"$numberLong": "1"} as a number that is stored as int32.
EXACT = json_util.CANONICAL_JSON_OPTIONS


class StateError(Exception):
    pass


def load_state(client, name, path):
    """Returns how many collections, indexes and documents it made, but for _id_ and __schema__."""
    state = json_util.loads(pathlib.Path(path).read_text(encoding="utf-8"), json_options=EXACT)
    database = client[name]
    if database.list_collection_names():
        raise StateError(f"database {name} is not empty")
    collections = indexes = documents = 0
    for collection, content in state["collections"].items():
        database.command("create", collection, **content["options"])
        specs = [dict(spec) for spec in content["indexes"] if spec["name"] != "_id_"]
        for spec in specs:
            # 2 is what a server makes anyway, and FerretDB refuses the field.
            if spec["v"] == 2:
                del spec["v"]
        if specs:
            database.command("createIndexes", collection, indexes=specs)
        if content["documents"]:
            database[collection].insert_many(content["documents"])
        if collection != "__schema__":
            collections += 1
            indexes += len(specs)
            documents += len(content["documents"])
    return collections, indexes, documents


def main(words):
    if len(words) != 3:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    uri, name, path = words
    try:
        with pymongo.MongoClient(uri, serverSelectionTimeoutMS=10000) as client:
            made = load_state(client, name, path)
    except (StateError, OSError, ValueError, pymongo.errors.PyMongoError) as error:
        print(f"load_state.py: {error}", file=sys.stderr)
        return 1
    print("%s: %d collections, %d indexes, %d documents" % (name, *made))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
