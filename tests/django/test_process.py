"""Forks, threads, and memory."""

SETUP = """
from django.db import connection, connections
def run(*statements, on=connection):
    with on.schema_editor() as editor:
        for sql in statements: editor.execute(sql, None)
def names(table, on=connection):
    with on.cursor() as cursor: return sorted(on.introspection.get_constraints(cursor, table))
run('CREATE TABLE "t" ("id" long NOT NULL PRIMARY KEY, "a" long, "b" long)')
"""


def test_after_a_fork(server, project):
    """As gunicorn does with preload: the children and the parent go on, each with a connection of its own."""
    said = project.run(SETUP + """
import os, sys
handle = connection.keyfold.database()
children = []
for n in range(4):
    pid = os.fork()
    if pid == 0:
        try:
            run(f'CREATE INDEX "i{n}" ON "t" ("a", "b", "x{n}")')
            assert connection.keyfold.database() is not handle
            try: handle.snapshot(); os._exit(3)
            except RuntimeError as error: assert "fork" in str(error)
            os._exit(0 if f"i{n}" in names("t") else 2)
        except BaseException as error:
            print(repr(error), file=sys.stderr); os._exit(1)
    children.append(pid)
assert [os.waitpid(pid, 0)[1] for pid in children] == [0] * 4
assert connection.keyfold.database() is handle
run('CREATE INDEX "last" ON "t" ("b")')
print(names("t"))
""")
    assert said.strip() == str(["__primary_key__", "i0", "i1", "i2", "i3", "last"])


def test_threads(server, project):
    """Each has a Django connection of its own; they work on one table at once."""
    said = project.run(SETUP + """
import threading
failed = []
def work(n):
    try:
        own = connections["default"]
        run(f'CREATE INDEX "i{n}" ON "t" ("a", "x{n}")', on=own)
        assert f"i{n}" in names("t", on=own)
        own.close()
    except BaseException as error: failed.append(repr(error))
threads = [threading.Thread(target=work, args=(n,)) for n in range(6)]
for each in threads: each.start()
for each in threads: each.join()
print(failed, names("t"))
""")
    assert said.strip() == f"[] {['__primary_key__', *(f'i{n}' for n in range(6))]}"


def test_one_handle_shared_by_threads(secantus, project):
    said = project.run(SETUP + """
import threading
database, log, failed = connection.keyfold.database(), [], []
def work():
    try:
        for _ in range(50): log.append(len(database.snapshot(["t"]).to_json()))
    except BaseException as error: failed.append(repr(error))
threads = [threading.Thread(target=work) for n in range(8)]
for each in threads: each.start()
for each in threads: each.join()
print(failed, len(log), len(set(log)))
""")
    assert said == "[] 400 1\n"


def test_others_run_while_it_waits(secantus, project):
    said = project.run("""
import keyfold, threading, time
def wait():
    try: keyfold.Database("mongodb://127.0.0.1:1/x", timeout=2)
    except keyfold.Error as error: ended.append(error.code)
ended, turns = [], 0
thread = threading.Thread(target=wait); thread.start()
while thread.is_alive(): turns += 1; time.sleep(0.01)
print(ended, turns > 50)
""")
    assert said == "['KF-061'] True\n"


def test_ten_thousand_statements_leak_nothing(secantus, project):
    """Resident memory after 10,000 statements is what it was after the first 1,000, but for a few pages."""
    said = project.run(SETUP + """
import gc, keyfold
from django import db
def resident():
    gc.collect()
    with open("/proc/self/statm") as file: return int(file.read().split()[1]) * 4096
def round():
    statements = [f'ALTER TABLE "t" ALTER COLUMN "a" SET DEFAULT {n}' for n in range(49)] + ['ALTER TABLE "t" ALTER COLUMN "a" DROP DEFAULT']
    run(*statements)
    db.reset_queries()  # DEBUG keeps them
    names("t")
    try: run('CREATE INDEX "i" ON "nowhere" ("a")'); raise SystemExit("no error")
    except Exception as error: assert "KF-046" in str(error), error
    try: keyfold.explain("parse", "CREATE TABEL")
    except keyfold.Error: pass
for _ in range(20): round()
before = resident()
for _ in range(200): round()
print(resident() - before)
""")
    assert int(said) < 1_500_000


def test_it_closes_with_the_connection(server, project):
    said = project.run(SETUP + """
import os, time
def sockets():
    with open("/proc/self/net/tcp") as file: ours = {line.split()[9] for line in file if line.split()[2].endswith(f":{PORT:04X}")}
    links = (os.readlink(f"/proc/self/fd/{fd}") for fd in os.listdir("/proc/self/fd") if os.path.islink(f"/proc/self/fd/{fd}"))
    return sum(link[8:-1] in ours for link in links if link.startswith("socket:"))
with connection.cursor() as cursor: cursor.db_conn.list_collection_names()
before = sockets()
connection.close()
for _ in range(50):  # pymongo's watching thread ends when it next looks
    if sockets(): time.sleep(0.1)
print(before > 1, sockets())
run('CREATE INDEX "again" ON "t" ("b")'); print(names("t"))
""".replace("PORT:", f"{server.port}:"))
    assert said.splitlines() == ["True 0", str(["__primary_key__", "again"])]
