"""The law of converging on a server: a prefix of a captured log and then the whole of it end as the whole does.

A sample of the prefixes; KEYFOLD_SEED=N takes another one, KEYFOLD_LAWS=all every one. tests/unit/test_laws.c has all of them in memory."""

import contextlib
import os
import random
import re
import uuid

import pytest
import servers
import states
from project import Project, findings, on_secantus

LOGS = ("presenceiq-fails", "presenceiq-tolerant", "django-contrib", "shop-evolution")
SAMPLE = 2
ALLOWED = "--allow-drop=all"
ROWS = "django_migrations"

pytestmark = on_secantus


@contextlib.contextmanager
def project(keyfold, server, folder):
    database = server.client[f"prefix_{uuid.uuid4().hex[:12]}"]
    try:
        yield Project(keyfold, server, database, folder)
    finally:
        server.client.drop_database(database)


def facts(database):
    """{what: how it is}, but for server-side index names, _id, time stamps, rev, order, counters and ids of rows."""
    found = {("table", table): None for table in states.tables(database)}
    for document in database[states.CATALOG].find(states.TABLES):
        table = document["name"]
        found["catalog", table] = document.get("lineage", {}).get("table")
        for column, entry in document["fields"].items():
            found["column", table, column] = (entry, document.get("lineage", {}).get("columns", {}).get(column))
    for table, of_table in states.names(database).items():
        for name, each in of_table.items():
            found["name", table, name] = each
    for table, of_table in states.indexes(database).items():
        for index in of_table:
            found["index", table, index] = of_table.count(index)
    for row in database[ROWS].find():
        found["row", f"{row['app']}.{row['name']}"] = None
    return found


def prefixes(keyfold, log, folder):
    """(number of statements, file), cut in the log's text where a statement begins."""
    text = log.read_bytes().splitlines(keepends=True)
    shown = keyfold("explain", "statements", log).stdout.splitlines()
    starts = sorted({int(line[1]) for line in (re.match(r"-:(\d+) ", each) for each in shown) if line})[1:]
    if os.environ.get("KEYFOLD_LAWS") != "all":
        starts = sorted(random.Random(f"{os.environ.get('KEYFOLD_SEED', 0)} {log.name}").sample(starts, SAMPLE))
    for line in starts:
        path = folder / f"{log.stem}-{line}.log"
        path.write_bytes(b"".join(text[:line - 1]))
        yield path


def differences(found, wanted):
    return ({each: found[each] for each in found if each not in wanted or found[each] != wanted[each]},
            {each: wanted[each] for each in wanted if each not in found or found[each] != wanted[each]})


@pytest.mark.parametrize("name", LOGS)
def test_every_drop_allowed(keyfold, server, tmp_path, name):
    log = servers.ROOT / f"sql_corpus/logs/{name}.log"
    with project(keyfold, server, tmp_path) as whole:
        whole.apply(ALLOWED, log)
        whole.nothing_to_do(ALLOWED, log)
        wanted = facts(whole.database)
    for prefix in prefixes(keyfold, log, tmp_path):
        with project(keyfold, server, tmp_path) as cut:
            cut.apply(ALLOWED, prefix, status=(0, 4))
            cut.apply(ALLOWED, log)
            assert differences(facts(cut.database), wanted) == ({}, {}), prefix.name
            cut.nothing_to_do(ALLOWED, log)


def explains(listed, fact):
    """Is it there, or otherwise than it will be, because something that is listed may not be dropped?"""
    kind, table, *rest = fact
    if (table, None, None) in listed:
        return True
    if kind == "index":
        return any(of == table and name for of, name, _ in listed) or any(
            of == table and field in dict(rest[0].key) for of, _, field in listed)
    return any(of == table and rest == [name or field] for of, name, field in listed)


@pytest.mark.parametrize("name", LOGS)
def test_without_the_drops(keyfold, server, tmp_path, name):
    log = servers.ROOT / f"sql_corpus/logs/{name}.log"
    listed_at_all = 0
    for prefix in prefixes(keyfold, log, tmp_path):
        with project(keyfold, server, tmp_path) as cut:
            cut.apply(prefix, status=(0, 4))
            result = cut.apply(log, status=(0, 4))
            cut.nothing_to_do(log, status=(0, 4))
            kept = facts(cut.database)
            cut.apply(ALLOWED, log)
            extra, missing = differences(kept, facts(cut.database))
        withheld = findings(result, "withheld")
        rows = {each["name"] for each in withheld if each["code"] == "KF-054"}
        listed = {tuple(each.get(part) or None for part in ("collection", "name", "field"))
                  for each in withheld if each["code"] == "KF-041"}
        # Less the rows that are listed.
        assert {each[1] for each in missing if each[0] == "row"} == rows
        # Plus exactly the objects that are.
        assert [each for each in [*extra, *missing] if each[0] != "row" and not explains(listed, each)] == []
        assert [each for each in listed if not any(explains({each}, fact) for fact in extra)] == []
        listed_at_all += len(listed)
    if os.environ.get("KEYFOLD_LAWS") == "all":
        assert listed_at_all or name.startswith("presenceiq")
