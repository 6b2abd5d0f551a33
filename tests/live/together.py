"""Many at once: rounds of a kind, after each of which there is one end state, no name and no document lost, and no counter lower.

As a program (scripts/together) it runs as many rounds as asked for.
"""

import argparse
import collections
import concurrent.futures
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import threading
import time

import faults
import project
import servers
import states
import wire

TOLERANT, SHOP = faults.LOGS / "presenceiq-tolerant.log", faults.LOGS / "shop-evolution.log"
ROWS_A_WRITER, WRITERS = 60, 2
# What a lost race may end with, and what it says.
EXPLAINED = re.compile(r"keyfold: error KF-065: planned \d times, and each time the database had changed [^\n]+\n")


class Watch:
    """Reads the counters all the time: none is ever lower than it was."""

    def __init__(self, database):
        self._database, self._seen, self.lowered = database, {}, []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._ended.set()
        self._thread.join()
        self._take()

    def _look(self):
        while not self._ended.wait(0.02):
            self._take()

    def _take(self):
        for table, seq in states.counters(self._database).items():
            if seq < self._seen.get(table, 0):
                self.lowered.append((table, self._seen[table], seq))
            self._seen[table] = max(seq, self._seen.get(table, 0))


def run_all(bench, name, words):
    """All at once. How many ended with a race that was lost, and said so."""
    with concurrent.futures.ThreadPoolExecutor(len(words)) as pool:
        ended = list(pool.map(lambda each: bench.run(bench.server, name, each), words))
    wrong = [(status, err) for status, _, err in ended if status and not EXPLAINED.fullmatch(err)]
    if wrong:
        raise faults.Broken(f"not explained: {wrong[0]}")
    return sum(status != 0 for status, _, _ in ended)


def finish(bench, name, words, wanted, lost):
    """One more run, where one was lost, and then the end state is the wanted one."""
    for each in words if lost else ():
        status, _, err = bench.run(bench.server, name, each)
        if status:
            raise faults.Broken(f"one more run: {status} {err}")
    faults.same(faults.state_of(bench.server.client[name]), wanted, "in the end")
    for each in words:
        status, out, err = bench.run(bench.server, name, each)
        if status or json.loads(out)["operations"]:
            raise faults.Broken(f"not nothing to do: {status} {err}")


# ---- kinds of rounds ----

def eight(bench, _chosen):
    """Eight replays of one log."""
    with bench.database(faults.APPLIES["presenceiq"]) as name, Watch(bench.server.client[name]) as watch:
        lost = run_all(bench, name, [[TOLERANT]] * 8)
        finish(bench, name, [[TOLERANT]], bench.wanted("presenceiq")[1], lost)
    return watch.lowered


def in_turn(bench, logs):
    with bench.database(faults.APPLIES["presenceiq"]) as name:
        for each in logs:
            status, _, err = bench.run(bench.server, name, each)
            if status:
                raise faults.Broken(f"{each}: {status} {err}")
        return without_rows(faults.state_of(bench.server.client[name]))


def without_rows(state):
    """Which row of django_migrations has which number and date follows from who came first: both logs have auth's."""
    rows = state.pop(f"documents of {faults.ROWS}")
    mine = ('"id": [^,}]+', '"_id": \\{[^}]*\\}', '"applied": \\{"\\$date": \\{[^}]*\\}\\}')
    state["rows"] = sorted(re.sub("|".join(mine), "", row) for row in rows)
    return state


def different(bench, _chosen):
    """Replays of logs that have tables in common."""
    logs = [["--allow-drop=all", SHOP], [TOLERANT]]
    if "different" not in bench.kept:
        bench.kept["different"] = in_turn(bench, logs)
    with bench.database(faults.APPLIES["presenceiq"]) as name, Watch(bench.server.client[name]) as watch:
        lost = run_all(bench, name, logs * 3)
        for each in logs if lost else ():
            status, _, err = bench.run(bench.server, name, each)
            if status:
                raise faults.Broken(f"one more run: {status} {err}")
        found = without_rows(faults.state_of(bench.server.client[name]))
        faults.same(found, bench.kept["different"], "in the end")
    return watch.lowered


ADDED = ('ALTER TABLE "auth_group" ADD COLUMN "rank" long NULL', 'ALTER TABLE "auth_group" ADD CONSTRAINT "by_rank" INDEX ("rank")',
         'ALTER TABLE "auth_group" ADD CONSTRAINT "rank_name" UNIQUE ("rank", "name")',
         'ALTER TABLE "auth_group" ADD CONSTRAINT "by_rank_too" INDEX ("rank")')


def writer(bench, name, number):
    words = [servers.DEPS / "djongo/bin/python", servers.ROOT / "tests/live/use_djongo.py", bench.server.uri, name]
    expressions = [f'Group.objects.create(name="w{number}-{n}").id' for n in range(ROWS_A_WRITER)]
    done = subprocess.run(words, input=json.dumps(expressions), capture_output=True, text=True, timeout=180)
    if done.returncode:
        raise faults.Broken(f"djongo: {done.stderr[-500:]}")
    return json.loads(done.stdout)


def inserting(bench, _chosen):
    """A djongo application inserts while four replays change its table."""
    with bench.database(faults.APPLIES["presenceiq"]) as name, tempfile.TemporaryDirectory() as folder:
        database = bench.server.client[name]
        more = pathlib.Path(folder) / "more.log"
        more.write_text("".join(project.RECORD % sql for sql in ADDED))
        run_all(bench, name, [[TOLERANT]])
        with Watch(database) as watch, concurrent.futures.ThreadPoolExecutor(WRITERS) as pool:
            writers = [pool.submit(writer, bench, name, n) for n in range(WRITERS)]
            while not all(each.done() for each in writers):
                run_all(bench, name, [[more]] * 4)
            ids = [each for one in writers for each in one.result()]
        run_all(bench, name, [[more]])
        stored = [each["id"] for each in database.auth_group.find()]
        if not all(isinstance(each, int) for each in ids) or sorted(stored) != sorted(ids) or len(set(ids)) != len(ids):
            raise faults.Broken(f"{len(ids)} inserted, {len(stored)} there, {len(set(ids))} different")
        if states.counters(database)["auth_group"] < max(ids):
            raise faults.Broken("the counter is behind")
        names = states.names(database)["auth_group"]
        missing = {"by_rank", "by_rank_too", "rank_name", "name_1", "__primary_key__"} - {n for n, x in names.items() if x.serves}
        if missing:
            raise faults.Broken(f"names that are lost: {missing}")
        finish(bench, name, [[more]], faults.state_of(database), 0)
    return watch.lowered


def dropped(bench, chosen):
    """Somebody drops an index between the snapshot and a command."""
    label = chosen.choice(["presenceiq", "presenceiq-left", "shop"])
    apply = faults.APPLIES[label]
    commands, wanted = bench.wanted(label)
    number = chosen.randrange(3, commands)
    with bench.database(apply) as name:
        database = bench.server.client[name]

        def drop(x):
            there = [(table, spec["name"]) for table in states.tables(database) for spec in states.specs(database, table)]
            if x.number == number and there:
                table, index = chosen.choice(there)
                database[table].drop_index(index)
            x.forward()

        with wire.recorded(bench.server, drop) as way, Watch(database) as watch:
            way.started = threading.Event()
            status, _, err = bench.run(way, name, apply.words)
        if status and not EXPLAINED.fullmatch(err):
            raise faults.Broken(f"{label}:{number}: not explained: {status} {err}")
        finish(bench, name, [apply.words], wanted, True)
    return watch.lowered


KINDS = {"eight": eight, "different": different, "inserting": inserting, "dropped": dropped}


def play(bench, kind, chosen):
    lowered = KINDS[kind](bench, chosen)
    if lowered:
        raise faults.Broken(f"a counter was lowered: {lowered}")


def main():
    parser = argparse.ArgumentParser(prog="scripts/together", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=100, help="the kinds take turns (100)")
    parser.add_argument("--kind", choices=KINDS, action="append", help="these alone")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    bench = faults.Bench(os.environ.get("KEYFOLD", str(servers.ROOT / "build/gcc/src/cli/keyfold")), durable=False)
    kinds, counts, started = options.kind or list(KINDS), collections.Counter(), time.monotonic()
    for n in range(options.rounds):
        kind = kinds[n % len(kinds)]
        try:
            play(bench, kind, random.Random(options.seed + n))
            counts[kind] += 1
        except (faults.Broken, AssertionError) as error:
            counts["broken"] += 1
            print(f"BROKEN round {n}, {kind}: {error}", flush=True)
    bench.close()
    print(", ".join(f"{n} {kind}" for kind, n in counts.items()) + f"; {time.monotonic() - started:.0f} s")
    return bool(counts["broken"]) or not counts


if __name__ == "__main__":
    sys.exit(main())
