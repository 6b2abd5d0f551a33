"""Rows against a real server: SecantusDB, and FerretDB where it is there."""

import contextlib
import json
import pathlib
import subprocess
import sys
import tempfile
import time
import uuid

from measure import KEYFOLD, RECORD, ROOT, Row, bench, run

sys.path.insert(0, str(ROOT / "tests/live"))
import servers  # noqa: E402

DELAY_MS = 5
PRESENCEIQ = ROOT / "sql_corpus/logs/presenceiq-tolerant.log"


@contextlib.contextmanager
def proxy(server):
    here = pathlib.Path(__file__).with_name("proxy.py")
    with subprocess.Popen([sys.executable, here, str(server.port), str(DELAY_MS)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          text=True) as child:  # fmt: skip
        try:
            yield child.stdout.readline().strip()
        finally:
            child.stdin.close()


@contextlib.contextmanager
def database(server):
    name = "kf_bench_" + uuid.uuid4().hex[:8]
    try:
        yield server.client[name]
    finally:
        server.client.drop_database(name)


def keyfold(*words):
    """Wall seconds, and what --json says."""
    begin = time.monotonic()
    said = run(KEYFOLD, *words)
    return time.monotonic() - begin, said and json.loads(said)


def create(collection):
    columns = "".join(f', "customer_field{n}" int32 NOT NULL' for n in range(10))
    return RECORD % f'CREATE TABLE "shop_order{collection}" ("id" int32 NOT NULL{columns})'


def add(collection, index):
    return RECORD % (f'ALTER TABLE "shop_order{collection}" ADD CONSTRAINT "shop_order{collection}_customer_field{index}_idx" '
                     f'INDEX ("customer_field{index}")')  # fmt: skip


# ---- reading a database ----


def snapshot(o):
    collections = 40 if o.smoke else o.collections
    rows = [Row(f"snapshot of {collections:,} collections with 10 indexes, {where}", "listCollections and one listIndexes after another",
                aim, "s") for where, aim in ((f"{DELAY_MS} ms added to each reply", 0.5), ("without that", 1.2))]  # fmt: skip
    with servers.secantus() as server, proxy(server) as slow, database(server) as made, tempfile.NamedTemporaryFile("w") as log:
        for n in range(collections):
            specs = [{"key": {f"customer_field{k}": 1}, "name": f"shop_order{n}_customer_field{k}_idx"} for k in range(10)]
            made.command("createIndexes", f"shop_order{n}", indexes=specs)
        log.write(RECORD % 'CREATE TABLE "other" ("id" int32 NOT NULL)')
        log.flush()
        for row, uri in zip(rows, (slow, server.uri)):
            for _ in range(1 if o.smoke else o.rounds):
                reference = bench("list", uri, made.name)["wall_ns"] / 1e9
                row.add(keyfold("plan", "--json", "--jobs", 4, "--uri", f"{uri}/{made.name}", log.name)[0], reference)
    return rows


# ---- building indexes ----


def build(server, uri, collections, indexes):
    """Wall seconds of the reference and of keyfold: both find the collections there, and none of the indexes."""
    with database(server) as made, tempfile.NamedTemporaryFile("w") as tables, tempfile.NamedTemporaryFile("w") as log:
        tables.writelines(create(n) for n in range(collections))
        tables.flush()
        keyfold("apply", "--json", "--uri", f"{server.uri}/{made.name}", tables.name)
        log.writelines(add(n, k) for n in range(collections) for k in range(indexes))
        log.flush()
        reference = bench("create", uri, made.name, collections, indexes)["wall_ns"] / 1e9
        for n in range(collections):
            made[f"shop_order{n}"].drop_indexes()
        took, said = keyfold("apply", "--json", "--jobs", 4, "--uri", f"{uri}/{made.name}", log.name)
        live = sum(len(made[f"shop_order{n}"].index_information()) - 1 for n in range(collections))
        if live != collections * indexes:
            raise RuntimeError(f"{live} indexes are there, not {collections * indexes}")
    return reference, took, said["commands"]


def indexes(o):
    collections, rows = 4 if o.smoke else 50, []
    with servers.secantus() as server, proxy(server) as slow:
        for where, uri, aim in ((f"{DELAY_MS} ms added to each reply", slow, 3), ("without that", server.uri, 1.5)):
            row = Row(f"{10 * collections} missing indexes over {collections} collections, {where}", "one createIndexes an index", aim, "s",
                      least=True)  # fmt: skip
            for _ in range(1 if o.smoke else o.rounds):
                reference, took, commands = build(server, uri, collections, 10)
                row.add(took, reference)
            row.note = f"{commands['read']} reading commands, {commands['write']} writing"
            rows.append(row)
        if not o.smoke:
            rows += [many(server, slow)]
    return rows


def many(server, slow):
    row = Row(f"5,000 missing indexes over 500 collections, {DELAY_MS} ms added to each reply", "one createIndexes an index", 3, "s",
              least=True)  # fmt: skip
    reference, took, commands = build(server, slow, 500, 10)
    row.add(took, reference)
    row.note = f"{commands['read']} reading commands, {commands['write']} writing"
    return row


# ---- commands ----


def commands(o):
    """Counted, not timed: the numbers are the same in every run."""
    rows = []
    with servers.secantus() as server, database(server) as made:
        for title, most_read, most_write in (("an empty database", None, 21 + 6), ("again", 21 + 6, 0)):
            said = keyfold("apply", "--json", "--uri", f"{server.uri}/{made.name}", PRESENCEIQ)[1]["commands"]
            if most_write:
                row = Row(f"PresenceIQ on {title}: commands that write", "one a collection and 6", 1.0, "commands")
                row.add(said["write"], most_write)
                rows.append(row)
            if most_read:
                row = Row(f"PresenceIQ {title}: commands that read", "one a collection and 6", 1.0, "commands")
                row.add(said["read"], most_read)
                row.note = f"{said['write']} that write"
                rows.append(row)
                if said["write"]:
                    raise RuntimeError("the second run writes")
    return rows


ROWS = {"snapshot": snapshot, "indexes": indexes, "commands": commands}
