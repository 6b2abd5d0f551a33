"""What is there against what is asked for, under each server's rules.

The rules stand here once more, in the words of docs/design.md, as after(); nothing of it is read from keyfold.
"""

import collections

import pytest
import states
from project import Project, findings
from states import Index

C, D, CD, C_DOWN = (("c", 1),), (("d", 1),), (("c", 1), ("d", 1)), (("c", -1),)
OPEN = {"s": "open"}
TTL, SPARSE, COLLATION = {"expireAfterSeconds": 3600}, {"sparse": True}, {"collation": {"locale": "en", "strength": 2}}
PARTIAL = {"partialFilterExpression": OPEN}

# name → what somebody made before: (name on the server, key, options)
EXISTING = {
    "nothing": [],
    "plain, same name": [("req", C, {})],
    "plain": [("hand", C, {})],
    "unique": [("hand", C, {"unique": True})],
    "partial": [("hand", C, PARTIAL)],
    "unique partial": [("hand", C, {"unique": True, **PARTIAL})],
    "sparse": [("hand", C, SPARSE)],
    "unique sparse": [("hand", C, {"unique": True, **SPARSE})],
    "ttl": [("hand", C, TTL)],
    "collation": [("hand", C, COLLATION)],
    "descending": [("hand", C_DOWN, {})],
    "compound": [("hand", CD, {})],
    "unique and plain": [("hand", C, {"unique": True}), ("hand2", C, {})],
    "same name, other key": [("req", D, {})],
}
FERRETDB_HAS = {"nothing", "plain, same name", "plain", "unique", "descending", "compound", "same name, other key"}

Request = collections.namedtuple("Request", "name key unique filter nullable sql", defaults=(False, {}, False, ""))
REQUESTS = {
    "index": Request("req", C, sql='INDEX ("c")'),
    "unique": Request("req", C, True, sql='UNIQUE ("c")'),
    "unique, nullable": Request("req", C, True, {"c": {"$type": "NOT NULL"}}, True, 'UNIQUE ("c")'),
    "unique where": Request("req", C, True, OPEN, sql='UNIQUE ("c")( WHERE "s" = open)'),
    "index, name taken": Request("hand", D, sql='INDEX ("d")'),
}

# server, profile → what tells two indexes of one key apart, and whether there are partial ones
PROFILES = {
    "mongodb-5.0+": ({"unique", "filter", "sparse", "collation"}, True),
    "mongodb-4.2": ({"collation"}, True),
    "ferretdb-1": (set(), False),
}
CASES = [(profile, existing, request)
         for profile in PROFILES for existing in EXISTING for request in REQUESTS
         if (profile != "ferretdb-1" or existing in FERRETDB_HAS)
         and (request != "index, name taken" or any(name == "hand" for name, _, _ in EXISTING[existing]))]


# ---- the rules ----

Live = collections.namedtuple("Live", "name key unique filter sparse collation ttl")


def live_of(name, key, options):
    return Live(name, key, options.get("unique", False), options.get("partialFilterExpression", {}),
                bool(options.get("sparse")), bool(options.get("collation")), bool(options.get("expireAfterSeconds")))


def is_special(x):
    return bool(x.filter) or x.sparse or x.collation or x.ttl


def is_full(x):
    return not x.filter and not x.sparse and not x.collation


def serves(x, wanted):
    """A plain request by any full index; a unique one by a unique index of the same filter only."""
    if x.key != wanted.key:
        return False
    if not wanted.unique:
        return is_full(x)
    return x.unique and x.filter == wanted.filter and not (x.sparse or x.collation or x.ttl)


def may_stand_beside(profile, x, wanted):
    if x.key != wanted.key:
        return True
    return any(getattr(x, what) != getattr(wanted, what) for what in PROFILES[profile][0])


def wanted_indexes(request):
    """(the index itself, its companion for queries or None)"""
    index = live_of("", request.key, {"unique": request.unique, "partialFilterExpression": request.filter})
    return index, live_of("", request.key, {}) if request.nullable else None


Outcome = collections.namedtuple("Outcome", "indexes state serving")


def after(profile, live, request):
    """The indexes that shall be there; "served", "unserved" (with a notice) or "withheld"; and those that serve."""
    wanted, companion = wanted_indexes(request)
    withheld = Outcome(live, "withheld", [])
    if wanted.filter and not PROFILES[profile][1]:
        return withheld
    # An index that the log speaks of is djongo's, and goes with its name when that is defined anew. One with options of
    # its own never is: djongo makes none.
    redefined = [x for x in live if x.name == request.name and not is_special(x) and not serves(x, wanted)]
    stays = [x for x in live if x not in redefined]
    serving = [x for x in stays if serves(x, wanted)]
    if serving:
        return Outcome(stays, "served", serving[:1])
    rivals = [x for x in stays if not may_stand_beside(profile, x, wanted)]
    if rivals and not wanted.unique:
        return Outcome(stays, "unserved", [])
    if rivals and (wanted.filter or any(x.unique or is_special(x) for x in rivals)):
        return withheld
    # Plain ones give way to an unfiltered unique one, which serves their names as well.
    there = [x for x in stays if x not in rivals] + [wanted]
    if not companion:
        return Outcome(there, "served", [wanted])
    candidates = [x for x in live if serves(x, companion) and may_stand_beside(profile, x, wanted)]
    if candidates:
        return Outcome(there + [x for x in candidates if x not in there], "served", [wanted, candidates[0]])
    if all(may_stand_beside(profile, x, companion) for x in there):
        return Outcome(there + [companion], "served", [wanted, companion])
    return Outcome(there, "served", [wanted])


def index_of(x):
    rest = {**(SPARSE if x.sparse else {}), **(TTL if x.ttl else {})}
    return Index(x.key, x.unique, states.filter_of(x.filter), states.json_util.dumps(rest) if rest else "")


# ---- the tests ----

PRIMARY = Index((("id", 1),), True)


def without_collation(index):
    """A server fills a collation in with all its defaults."""
    return index._replace(rest="collation") if "collation" in index.rest else index


def expected_indexes(outcome):
    return sorted([PRIMARY, *(index_of(x)._replace(rest="collation") if x.collation else index_of(x) for x in outcome.indexes)])


def found_indexes(database):
    return sorted(map(without_collation, states.indexes(database)["t"]))


@pytest.fixture
def matrix_project(request, keyfold, database_name, tmp_path):
    profile = request.node.callspec.params["profile"]
    server = request.getfixturevalue("ferretdb" if profile == "ferretdb-1" else "secantus")
    yield Project(keyfold, server, server.client[database_name], tmp_path)
    server.client.drop_database(database_name)


def prepare(database, existing):
    database.t.insert_many([{"id": 1, "c": 1, "d": 1, "s": "open"}, {"id": 2, "c": 2, "d": 1, "s": "closed"}])
    for name, key, options in EXISTING[existing]:
        database.t.create_index(list(key), name=name, **options)


@pytest.mark.parametrize("profile,existing,request_", CASES, ids=[" / ".join(case) for case in CASES])
def test_pair(matrix_project, profile, existing, request_):
    project, request = matrix_project, REQUESTS[request_]
    prepare(project.database, existing)
    documents = states.documents(project.database)
    outcome = after(profile, [live_of(*each) for each in EXISTING[existing]], request)
    words = [project.log(
        'CREATE TABLE "t" ("id" long NOT NULL PRIMARY KEY AUTOINCREMENT, "c" long %s, "d" long NOT NULL, "s" string NOT NULL)'
        % ("NULL" if request.nullable else "NOT NULL"),
        f'ALTER TABLE "t" ADD CONSTRAINT "{request.name}" {request.sql}')]
    if profile == "mongodb-4.2":
        words += ["--profile", profile]

    status = 4 if outcome.state == "withheld" else 0
    result = project.apply(*words, status=status)
    assert (result["failures"], result["stopped"]) == ([], False)
    assert found_indexes(project.database) == expected_indexes(outcome)
    assert states.documents(project.database) == documents
    check_name(project, result, request, outcome)
    check_others(project.database, existing, request)
    project.nothing_to_do(*words, status=status)


def check_name(project, result, request, outcome):
    told = {severity: [each for each in findings(result, severity) if each["name"] == request.name]
            for severity in ("withheld", "notice")}
    names = states.names(project.database)["t"]
    name = names.get(request.name)
    if outcome.state == "withheld":
        assert told["withheld"]
        # A name that was there before is recorded as it was.
        before = tuple(index_of(x) for x in outcome.indexes if x.name == request.name)
        assert (name and name.serves or ()) == before
        return
    assert not told["withheld"]
    assert (name.kind, name.key) == ("unique" if request.unique else "index", request.key)
    assert name.serves == tuple(sorted(index_of(x) for x in outcome.serving))
    if outcome.state == "unserved" or (request.nullable and len(outcome.serving) == 1):
        assert told["notice"]


def check_others(database, existing, request):
    """The indexes that were there are names of their own, and each is served."""
    names = states.names(database)["t"]
    for name, key, _ in EXISTING[existing]:
        if name != request.name:
            assert names[name].key == key and names[name].serves
    assert all(each.serves is not None for each in names.values())
