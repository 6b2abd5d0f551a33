"""A database's end state, read back from the server, and what it shall be, from a file under expected/.

An expected file has one line an index: its key, whether it is unique, its filter (where {"$type": "NOT NULL"} stands for every
BSON type but null and undefined), and the names that it serves with their kinds. They were worked out from the log's SQL.
"""

import collections
import json
import pathlib

from bson import json_util
from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument

CATALOG = "__schema__"
TABLES = {"name": {"$ne": "system.keyfold"}}  # the catalog's documents but the history's, which docs/schema-document.md has
EXPECTED = pathlib.Path(__file__).parent / "expected"

# MongoDB's manual, "BSON Types": all but undefined (6) and null (10).
NOT_NULL = [-1, 1, 2, 3, 4, 5, 7, 8, 9, 11, 12, 13, 14, 15, 16, 17, 18, 19, 127]
TYPES = {
    "double": 1, "string": 2, "object": 3, "array": 4, "binData": 5, "undefined": 6, "objectId": 7, "bool": 8, "date": 9,
    "null": 10, "regex": 11, "dbPointer": 12, "javascript": 13, "symbol": 14, "javascriptWithScope": 15, "int": 16,
    "timestamp": 17, "long": 18, "decimal": 19, "minKey": -1, "maxKey": 127,
}
OF_THE_SERVER = {"v", "ns", "background", "name", "key", "unique", "partialFilterExpression"}

# rest: options that keyfold never asks for (sparse, TTL, ...), as JSON; "" if it has none.
Index = collections.namedtuple("Index", "key unique filter rest", defaults=(False, "", ""))
# serves: the indexes behind it, sorted; None for one that is recorded and not there.
Name = collections.namedtuple("Name", "kind key where serves references", defaults=(None,))


def key_of(pairs):
    return tuple((field, int(direction) if isinstance(direction, (int, float)) else direction) for field, direction in pairs)


def _recorded_key(parts):
    """Pairs; documents where the server holds no array in an array."""
    return key_of((part["column"], part["direction"]) if isinstance(part, dict) else part for part in parts)


def _types(given):
    if given == "NOT NULL":
        return NOT_NULL
    given = given if isinstance(given, list) else [given]
    return sorted({int(TYPES.get(each, each)) for each in given})


def _terms(condition):
    for field, test in condition.items():
        if field == "$and":
            for each in test:
                yield from _terms(each)
        elif isinstance(test, dict) and test and all(operator.startswith("$") for operator in test):
            for operator, operand in test.items():
                yield (field, "$eq", operand) if operator == "$eq" else (
                    field, operator, _types(operand) if operator == "$type" else operand)
        else:
            yield field, "$eq", test


def filter_of(condition):
    """One text for all spellings of the same conjunction; "" for none."""
    if not condition:
        return ""
    return json_util.dumps(sorted(json_util.dumps(term) for term in _terms(condition)))


def index_of(spec):
    rest = {key: value for key, value in spec.items() if key not in OF_THE_SERVER and value is not False}
    return Index(key_of(spec["key"].items()), bool(spec.get("unique")), filter_of(spec.get("partialFilterExpression")),
                 json_util.dumps(rest, sort_keys=True) if rest else "")


def specs(database, table):
    return [spec for spec in database[table].list_indexes() if spec["name"] != "_id_"]


def tables(database):
    return sorted(set(database.list_collection_names()) - {CATALOG})


def indexes(database):
    """{table: [Index, ...]}, sorted: a list, for the same index twice is not once."""
    return {table: sorted(map(index_of, specs(database, table))) for table in tables(database)}


def names(database):
    """{table: {name: Name}} from the catalog's documents."""
    found = {}
    for document in database[CATALOG].find(TABLES):
        live = {spec["name"]: index_of(spec) for spec in database[document["name"]].list_indexes()}
        recorded = {each["name"]: each for each in document.get("names", [])}
        assert len(recorded) == len(document.get("names", [])), f"{document['name']}: a name is recorded twice"
        found[document["name"]] = {
            name: Name(each["kind"], _recorded_key(each["key"]), each.get("where", ""),
                       tuple(sorted(live[index] for index in each["indexes"])) if set(each["indexes"]) <= set(live) else None,
                       each.get("references"))
            for name, each in recorded.items()
        }
    return found


def end_state(database):
    return indexes(database), names(database)


def catalog(database, table):
    return database[CATALOG].find_one({"name": table})


def counts(database):
    """Tables, names that an index serves, indexes."""
    served = [name for of_table in names(database).values() for name in of_table.values() if name.serves]
    return len(tables(database)), len(served), sum(map(len, indexes(database).values()))


def documents(database):
    """Every document but the catalog's, byte for byte."""
    raw = CodecOptions(document_class=RawBSONDocument)
    return {table: sorted(bytes(document.raw) for document in database[table].with_options(codec_options=raw).find())
            for table in tables(database)}


def counters(database):
    return {document["name"]: document["auto"]["seq"] for document in database[CATALOG].find({"auto": {"$exists": True}})}


# ---- what it shall be ----

def expected(name, without=()):
    """(indexes, names) as end_state() gives them. without: names that the server cannot have."""
    tables = json.loads((EXPECTED / f"{name}.json").read_text())
    return ({table: sorted(_expected_index(each) for each in content["indexes"] if not set(each["names"]) <= set(without))
             for table, content in tables.items()},
            {table: _expected_names(content, without) for table, content in tables.items()})


def check(database, name, without=()):
    """The end state is the expected one, and what differs is told in lines."""
    found, wanted = _lines(*end_state(database)), _lines(*expected(name, without))
    assert {"missing": sorted((wanted - found).elements()), "too many": sorted((found - wanted).elements())} == {
        "missing": [], "too many": []}


def _lines(indexes, names):
    return collections.Counter(
        [f"{table}: {index}" for table, of_table in indexes.items() for index in of_table]
        + [f"{table}: {name}: {each}" for table, of_table in names.items() for name, each in of_table.items()])


def _expected_index(each):
    return Index(key_of(each["key"].items()), each.get("unique", False), filter_of(each.get("filter")))


def _expected_names(content, without):
    wanted = {name: Name(kind, key_of(each["key"].items()), each.get("where", ""), (_expected_index(each),))
              for each in content["indexes"] for name, kind in each["names"].items() if name not in without}
    for name, (column, table, referenced) in content["foreign_keys"].items():
        wanted[name] = Name("foreign key", ((column, 1),), "", (), {"table": table, "columns": [referenced]})
    return wanted
