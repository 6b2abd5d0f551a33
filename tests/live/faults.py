"""Faults on the way to the server, at each command of an apply: the run finishes or says clearly what happened, and one more run
ends in exactly the state of an undisturbed one.

A case is APPLY:NUMBER:WAY. test_faults.py runs a sample; as a program (scripts/faults) it runs them all.
"""

import argparse
import collections
import contextlib
import dataclasses
import multiprocessing
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
import uuid

import load_state
import servers
import states
import wire
from bson import Decimal128, json_util

LOGS, STATES = servers.ROOT / "sql_corpus/logs", servers.ROOT / "sql_corpus/states"
ROWS = "django_migrations"
OPTIONS = "appName=keyfold&socketTimeoutMS=%d"
PATIENT, IMPATIENT = 60000, 400


# ---- what is applied ----

def nothing(_client, _name):
    pass


def shop_of_djongo(client, name):
    """What djongo left, and documents that the log changes: renamed, filled, dropped fields."""
    load_state.load_state(client, name, STATES / "shop-djongo.json")
    database = client[name]
    product = {"price": Decimal128("9.90"), "active": True, "data": b"\x00\x01", "stock": 3, "url": "u", "released": None}
    database[states.CATALOG].update_one({"name": "shop_product"}, {"$set": {"fields.ip": {"type_code": "string"}}})
    database.shop_product.insert_many([
        {"_id": n, "id": f"p{n}", "sku": str(n), "name": f"n{n}", "category_id": n % 3, **product, **rest}
        for n, rest in enumerate([{"mass": 1.5}, {"weight": 2.5, "ip": "::1"}, {}, {"weight": None, "ip": ""}])])
    # djongo's unique index lets one null in.
    database.shop_purchase.insert_one({"_id": 1, "id": 1, "user_id": 1, "number": "1", "note": "", "total": Decimal128("1.00"),
                                       "main_id": None, "state": "open", "extra": {"kept": [1.0]}})


def presenceiq_of_djongo(client, name):
    load_state.load_state(client, name, STATES / "presenceiq-failed.json")
    client[name].authentication_user.insert_many([
        {"_id": n, "id": n, "username": f"u{n}", "email": f"u{n}@example.org", "extra": [1, 2.0, {"n": None}]} for n in range(1, 4)])


Apply = collections.namedtuple("Apply", "prepare words")
APPLIES = {
    "presenceiq": Apply(nothing, [LOGS / "presenceiq-tolerant.log"]),
    "presenceiq-left": Apply(presenceiq_of_djongo, [LOGS / "presenceiq-tolerant.log"]),
    "shop": Apply(nothing, [LOGS / "shop-evolution.log"]),
    "shop-left": Apply(shop_of_djongo, ["--allow-drop=all", LOGS / "shop-evolution.log"]),
}


# ---- how it fails ----

@dataclasses.dataclass
class Way:
    """status, code: what the first run may end with, beside success. stays: from that command on. error: what is armed."""

    rule: object = None
    stays: bool = False
    status: tuple = (0, 5)
    code: str = "KF-061"
    patience: int = PATIENT
    error: dict = None
    kind: str = "wire"


def refuse(x):
    x.wire.refuse()
    x.cut()


def cut_before(x):
    x.cut()


def half_request(x):
    x.send(0.5)
    x.cut()


def cut_after(x):
    """The command happens, and nobody hears of it."""
    x.send()
    x.receive()
    x.cut()


def half_reply(x):
    x.send()
    x.answer(x.receive(), 0.5)
    x.cut()


def slow(x):
    x.send()
    reply = x.receive()
    time.sleep(0.2)
    x.answer(reply)


def late(x):
    """After the client's patience."""
    x.send()
    reply = x.receive()
    time.sleep(IMPATIENT / 1000 * 1.5)
    x.answer(reply)


# MongoDB's drivers' specifications, "Retryable Writes", Determining Retryable Errors; 134 is of "Retryable Reads" alone.
RETRYABLE = {
    "HostUnreachable": 6, "HostNotFound": 7, "NetworkTimeout": 89, "ShutdownInProgress": 91, "PrimarySteppedDown": 189,
    "ExceededTimeLimit": 262, "SocketException": 9001, "NotWritablePrimary": 10107, "InterruptedAtShutdown": 11600,
    "InterruptedDueToReplStateChange": 11602, "NotPrimaryNoSecondaryOk": 13435, "NotPrimaryOrSecondary": 13436,
}
STEPPED_DOWN = "PrimarySteppedDown", "NotWritablePrimary", "InterruptedDueToReplStateChange"
DENIED = {"Unauthorized": 13, "AuthenticationFailed": 18}
REFUSED = {"OutOfDiskSpace": 14031, "ReadConcernMajorityNotAvailableYet": 134, "WriteConflict": 112, "MaxTimeMSExpired": 50}

WAYS = {
    "refuse": Way(refuse),
    "cut-before": Way(cut_before), "cut-before-stays": Way(cut_before, stays=True),
    "half-request": Way(half_request),
    "cut-after": Way(cut_after), "cut-after-stays": Way(cut_after, stays=True),
    "half-reply": Way(half_reply),
    "slow": Way(slow, status=(0,)),
    "late": Way(late, patience=IMPATIENT),
    **{name: Way(error={"errorCode": code}) for name, code in RETRYABLE.items()},
    **{f"{name}-stays": Way(error={"errorCode": RETRYABLE[name]}, stays=True) for name in STEPPED_DOWN},
    **{name: Way(error={"errorCode": code}, code="KF-062") for name, code in DENIED.items()},
    **{name: Way(error={"errorCode": code}, code="KF-060") for name, code in REFUSED.items()},
    "OutOfDiskSpace-stays": Way(error={"errorCode": 14031}, code="KF-060", stays=True),
    # It happened, and the answer says that it may not last.
    "write-concern": Way(error={"writeConcernError": {"code": 64, "errmsg": "waiting for replication"}}, code="KF-060"),
    "write-concern-91": Way(error={"writeConcernError": {"code": 91, "errmsg": "shutting down"}}),
    # Of another worker's connection, which comes later than the first.
    "greeting": Way(error={"errorCode": RETRYABLE["ShutdownInProgress"], "failCommands": list(wire.UNNUMBERED)}),
    "step-down": Way(kind="step-down"),
    "kill-before": Way(kind="kill", rule=cut_before, status=(-signal.SIGKILL,)),
    "kill-after": Way(kind="kill", rule=cut_after, status=(-signal.SIGKILL,)),
    "interrupt": Way(kind="interrupt", status=(0, 130), code="KF-090"),
    "server-kill-during": Way(kind="server"), "server-kill-after": Way(kind="server"),
}
GROUPS = {
    "wire": [name for name, way in WAYS.items() if way.kind == "wire" and way.rule],
    "codes": [name for name, way in WAYS.items() if way.error or way.kind == "step-down"],
    "kill": ["kill-before", "kill-after"], "interrupt": ["interrupt"],
    "server-kill": ["server-kill-during", "server-kill-after"],
}


# ---- what there is in the end ----

def text_of(value):
    return json_util.dumps(value, sort_keys=True, json_options=json_util.CANONICAL_JSON_OPTIONS)


def rows_of(database):
    """The numbers that a run took from the counter and did not come to use stay unused, as SQL's do: their order counts."""
    rows = sorted(database[ROWS].find(), key=lambda row: row["id"])
    ids = [row["id"] for row in rows]
    assert len(set(ids)) == len(ids), "a number is there twice"
    assert not ids or ids[-1] <= states.counters(database)[ROWS], "the counter is behind the rows"
    return [text_of({**row, "id": n}) for n, row in enumerate(rows)]


def catalog_of(document):
    """Without _id, and rev, which counts the writes."""
    kept = {key: value for key, value in document.items() if key not in ("_id", "rev", "names")}
    if document["name"] == ROWS:
        kept["auto"] = document["auto"]["field_names"]
    return text_of(kept)


def names_of(document):
    """Their order is nobody's, and an index that was made before its name was written passes for djongo's: nothing hangs on
    which of the two made it."""
    return sorted(text_of({**each, "made_by": each["made_by"].replace("djongo", "keyfold")})
                  for each in document.get("names", []))


def state_of(database):
    """{what: texts}: collections, whole specs of indexes, documents, and the catalog's."""
    found = {"catalog": sorted(map(catalog_of, database[states.CATALOG].find(states.TABLES))),
             f"documents of {ROWS}": rows_of(database) if ROWS in states.tables(database) else []}
    for document in database[states.CATALOG].find(states.TABLES):
        found[f"names of {document['name']}"] = names_of(document)
    for table in [*states.tables(database), states.CATALOG]:
        found[f"indexes of {table}"] = sorted(map(text_of, database[table].list_indexes()))
        if table not in (ROWS, states.CATALOG):
            found[f"documents of {table}"] = sorted(map(text_of, database[table].find()))
    return found


def difference(found, wanted):
    lines = []
    for what in sorted(found.keys() | wanted.keys()):
        a, b = (collections.Counter(each.get(what, ["(not there)"])) for each in (found, wanted))
        lines += [f"  {what}: {sign} {line}"[:300] for sign, rest in (("+", a - b), ("-", b - a)) for line in rest]
    return "\n".join(lines[:4])


# ---- one case ----
WORKERS = 4  # keyfold's --jobs, where nothing is said


class Broken(Exception):
    """The law does not hold."""


class ServerDefect(Exception):
    """SecantusDB does not start again: a defect of its own, told apart."""


SERVER_DEFECT = "cannot be used until all column groups are created"


class Bench:
    """A server of its own, and what an undisturbed run of each apply makes on it."""

    def __init__(self, binary, durable=True, start=servers.secantus, **options):
        self.binary, self._start, self._options = binary, start, {"durable": durable, **options}
        self._stack = contextlib.ExitStack()
        self._wanted, self.kept, self._sent = {}, {}, set()
        self.renew()

    def renew(self):
        self._stack.close()
        self.server = self._stack.enter_context(self._start(test_commands=True, replica_set=True, **self._options))

    def close(self):
        self._stack.close()

    @property
    def admin(self):
        return self.server.client.admin

    @contextlib.contextmanager
    def database(self, apply):
        name = "kf_" + uuid.uuid4().hex[:12]
        apply.prepare(self.server.client, name)
        try:
            yield name
        finally:
            self.server.client.drop_database(name)

    def command(self, where, name, words, patience=PATIENT):
        uri = f"{where.uri}/{name}?{OPTIONS % patience}"
        return [self.binary, "apply", "--json", "--timeout", "1", "--uri", uri, *map(str, words)]

    def run(self, where, name, words, **options):
        environment = {**os.environ, "MONGOC_DISABLE_SHM": "1"}
        process = subprocess.Popen(self.command(where, name, words, **options), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   text=True, env=environment)
        if isinstance(where, wire.Wire):
            where.process = process
            where.started.set()
        try:
            out, err = process.communicate(timeout=90)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise Broken("it does not end") from None
        return process.returncode, out, err

    def wanted(self, label):
        """(how many commands, the state)."""
        if label not in self._wanted:
            apply = APPLIES[label]
            with self.database(apply) as name, wire.recorded(self.server) as way:
                way.started = multiprocessing.Event()
                status, _, err = self.run(way, name, apply.words)
                if status:
                    raise Broken(f"undisturbed: {status} {err}")
                self._wanted[label] = way.numbered, state_of(self.server.client[name])
                self._sent |= {next(iter(command)) for command in way.commands} - set(wire.UNNUMBERED)
        return self._wanted[label]

    # ---- what a way needs ----

    def arm(self, way):
        self.admin.command("configureFailPoint", "failCommand", mode="alwaysOn" if way.stays else {"times": 1},
                           data={"failCommands": sorted(self._sent), "appName": "keyfold", **way.error})

    def disarm(self):
        self.admin.command("configureFailPoint", "failCommand", mode="off")

    def rule(self, number, label):
        """What is done to the number'th command, and to those after it."""
        way = WAYS[label]

        def on(x):
            if x.number < number or (x.number > number and not way.stays):
                return x.forward()
            if way.kind == "kill":
                return self.kill_at(x, way)
            if way.kind == "interrupt":
                x.wire.started.wait()
                x.wire.process.send_signal(signal.SIGINT)
                return x.forward()
            if way.kind == "server":
                return self.kill_server_at(x, label)
            if way.kind == "step-down":
                self.admin.command("replSetStepDown", 1, force=True)
                return x.forward()
            if way.error:
                if x.number == number:
                    self.arm(way)
                return x.forward()
            return way.rule(x)

        return on

    @staticmethod
    def kill_at(x, way):
        x.wire.started.wait()
        if way.rule is cut_after:
            x.send()
            x.receive()
        x.wire.process.kill()
        x.cut()

    def kill_server_at(self, x, label):
        x.send()
        if label == "server-kill-after":
            x.receive()
        x.wire.refuse()
        self.server.kill()
        x.cut()

    def after(self, label):
        """The fault is over."""
        way = WAYS[label]
        if way.error:
            self.disarm()
        if way.kind == "step-down":
            deadline = time.monotonic() + 10
            while not self.admin.command("hello")["isWritablePrimary"] and time.monotonic() < deadline:
                time.sleep(0.05)
        if way.kind == "server" and self.server.process.poll() is not None:
            try:
                self.server.start()
            except servers.ServerError as error:
                if SERVER_DEFECT not in str(error) + self.server.messages():
                    raise
                self.renew()
                raise ServerDefect from None

    # ---- the law ----

    def case(self, apply_label, number, label):
        """What became of the first run: "finished", "ended" or "server's defect". Raises Broken."""
        apply, way = APPLIES[apply_label], WAYS[label]
        commands, wanted = self.wanted(apply_label)
        with contextlib.ExitStack() as stack:
            name = stack.enter_context(self.database(apply))
            if way.kind == "server":
                self.admin.command("fsync")
            with wire.recorded(self.server, self.rule(number, label)) as on_the_way:
                on_the_way.started = multiprocessing.Event()
                status, out, err = self.run(on_the_way, name, apply.words, patience=way.patience)
                sent = on_the_way.numbered
            try:
                self.after(label)
            except ServerDefect:
                return "server's defect"
            check_end(status, out, err, way)
            if sent <= number < commands:
                raise Broken(f"only {sent} commands were sent")
            if way.kind == "interrupt":
                check_interrupt(status, on_the_way.commands, number)
            # One more has nothing to do, but where the server lost what it had said was written.
            if status == 0 and (self._options["durable"] or way.kind != "server"):
                same(state_of(self.server.client[name]), wanted, "after a run that finished")
                return "finished"
            again, _, err = self.run(self.server, name, apply.words)
            if again:
                raise Broken(f"one more run: {again} {err}")
            same(state_of(self.server.client[name]), wanted, f"after {status} and one more run")
        return "ended" if status else "finished, and once more"


def check_end(status, out, err, way):
    if status not in way.status:
        raise Broken(f"exit {status}: {out[-300:]} {err}")
    said = re.fullmatch(r"keyfold: error (KF-0\d\d): [^\n]+ \([^\n]+\)\n", err)
    if status > 0 and not (out == "" and said and said[1] == way.code):
        raise Broken(f"exit {status}, and it says {out[-300:]} {err}")


def check_interrupt(status, commands, number):
    """Nothing is sent behind the one in progress, but what other workers have in progress as well, and for the second half of
    a drop and its build."""
    names = [name for each in commands if (name := next(iter(each))) not in wire.UNNUMBERED]
    more = [name for name in names[number + 1:] if name not in ("endSessions", "killCursors")]
    if status == 130 and len(more) >= WORKERS:
        raise Broken(f"{more} behind {names[number]}")
    if status == 0 and names[number] not in ("endSessions", "insert", "delete", "killCursors"):
        raise Broken(f"it goes on behind {names[number]}")


def same(found, wanted, when):
    if found != wanted:
        raise Broken(f"{when}:\n{difference(found, wanted)}")


# ---- as a program ----

def cases_of(bench, applies, ways, sample, seed):
    every = [(apply, number, way) for apply in applies for way in ways for number in range(bench.wanted(apply)[0])]
    if sample:
        every = random.Random(seed).sample(every, min(sample, len(every)))
    return every


def work(binary, durable, cases, results):
    bench = Bench(binary, durable)
    try:
        for each in cases:
            try:
                results.put((each, bench.case(*each), ""))
            except (Broken, AssertionError) as error:
                results.put((each, "BROKEN", str(error)))
            except Exception as error:  # noqa: BLE001: told, and the others go on
                results.put((each, "BROKEN", repr(error)))
                bench.renew()
    finally:
        bench.close()
        results.put(None)


def run_all(binary, durable, cases, jobs):
    results = multiprocessing.Queue()
    running = [multiprocessing.Process(target=work, args=(binary, durable, cases[n::jobs], results)) for n in range(jobs)]
    for each in running:
        each.start()
    counts = collections.defaultdict(collections.Counter)
    left = jobs
    while left:
        result = results.get()
        if result is None:
            left -= 1
            continue
        (apply, number, way), outcome, why = result
        counts[way][outcome] += 1
        if why:
            print(f"BROKEN {apply}:{number}:{way}: {why}", flush=True)
    for each in running:
        each.join()
    return counts


def main():
    parser = argparse.ArgumentParser(prog="scripts/faults", description=__doc__.splitlines()[0])
    parser.add_argument("--apply", choices=APPLIES, action="append", help="of these alone")
    parser.add_argument("--way", metavar="WAY", choices=[*WAYS, *GROUPS], action="append",
                        help="%s; or one of them: %s" % (", ".join(GROUPS), ", ".join(WAYS)))
    parser.add_argument("--case", metavar="APPLY:NUMBER:WAY", action="append", help="this one alone")
    parser.add_argument("--sample", type=int, metavar="N", help="so many of the cases")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--not-durable", action="store_true", help="SecantusDB without --sync-on-commit")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    binary = os.environ.get("KEYFOLD", str(servers.ROOT / "build/gcc/src/cli/keyfold"))
    ways = [name for each in options.way or GROUPS for name in GROUPS.get(each, [each])]
    if options.case:
        cases = [(apply, int(number), way) for apply, number, way in (each.split(":") for each in options.case)]
    else:
        bench = Bench(binary)
        cases = cases_of(bench, options.apply or APPLIES, ways, options.sample, options.seed)
        bench.close()
    started = time.monotonic()
    counts = run_all(binary, not options.not_durable, cases, options.jobs)
    for way, outcomes in counts.items():
        print(f"{way:36}" + ", ".join(f"{n} {outcome}" for outcome, n in sorted(outcomes.items())))
    total = sum(counts.values(), collections.Counter())
    print(f"{sum(total.values())} cases, {total['BROKEN']} broken, {time.monotonic() - started:.0f} s")
    return bool(total["BROKEN"]) or not cases


if __name__ == "__main__":
    sys.exit(main())
