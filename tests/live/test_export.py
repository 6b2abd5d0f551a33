"""keyfold export: each form is carried out. PostgreSQL runs the DDL; the scripts leave the same indexes."""

import json
import os
import pathlib
import pwd
import shutil
import subprocess
import sys
import time

import pytest
import servers
from bson import json_util

LOG = servers.ROOT / "sql_corpus/logs/presenceiq-fails.log"
SHOP = '''
CREATE TABLE "user" ("id" long NOT NULL PRIMARY KEY AUTOINCREMENT, "email" string NULL UNIQUE, "active" bool DEFAULT True NOT NULL);
CREATE TABLE "order" ("id" long NOT NULL PRIMARY KEY AUTOINCREMENT, "code" string NOT NULL UNIQUE, "user_id" long NOT NULL, "status" string DEFAULT  NOT NULL,
    "total" decimal NULL, "made" date NOT NULL, "data" NULL, "o'k ""q""" binData NULL, "tags" array NULL);
ALTER TABLE "order" ADD CONSTRAINT "x" INDEX ("user_id");
ALTER TABLE "order" ADD CONSTRAINT "y" INDEX ("user_id");
ALTER TABLE "order" ADD CONSTRAINT "by_made" INDEX ("made" DESC, "o'k ""q""");
ALTER TABLE "order" ADD CONSTRAINT "open" UNIQUE ("user_id")( WHERE "status" = open);
ALTER TABLE "order" ADD CONSTRAINT "fk" FOREIGN KEY ("user_id") REFERENCES "user" ("id");
ALTER TABLE "order" ADD CONSTRAINT "positive" CHECK ("total" >= 0);
CREATE TABLE "pair" ("a" long NOT NULL, "b" long NOT NULL, PRIMARY KEY ("a", "b"));
ALTER TABLE "pair" ADD CONSTRAINT "x" INDEX ("b");
'''


def flags(project):
    return ("--skip-unsupported",) if project.server.name == "ferretdb" else ()


@pytest.fixture
def shop(project, tmp_path):
    """Both, in the project's database, and an index that no SQL says where the server has those."""
    sql = tmp_path / "shop.sql"
    sql.write_text(SHOP.replace('""q""', "q"))  # FerretDB puts names into SQL of its own as they are
    for source in (LOG, sql):
        project.run("apply", *flags(project), source)
    if project.server.name != "ferretdb":
        project.database.order.create_index([("made", 1)], name="ttl", expireAfterSeconds=3600)
        project.database.order.create_index([("status", 1)], name="words", sparse=True)
    return project


def export(project, to, path):
    project.run("export", "--to", to, "-o", path)
    return path


def indexes(database):
    def spec(index):
        return {k: v for k, v in index.items() if k not in ("v", "ns")}

    return {name: sorted((spec(each) for each in database[name].list_indexes()), key=lambda each: each["name"])
            for name in database.list_collection_names() if name != "__schema__"}


@pytest.fixture
def other(shop):
    database = shop.server.client[shop.database.name + "_2"]
    yield database
    shop.server.client.drop_database(database.name)


def test_pymongo(shop, other, tmp_path):
    script = export(shop, "pymongo", tmp_path / "indexes.py")
    words = [sys.executable, script, f"{shop.server.uri}/{other.name}"]
    subprocess.run(words, check=True, capture_output=True)
    assert indexes(other) == indexes(shop.database)
    again = subprocess.run(words, check=True, capture_output=True, text=True)
    assert set(line.split(": ")[1] for line in again.stdout.splitlines()) == {"0 indexes made"}
    assert indexes(other) == indexes(shop.database)


if "KEYFOLD_MONGOSH" in os.environ:  # 150 MB of npm packages: not everybody has it
    def test_with_mongosh_itself(shop, other, tmp_path):
        script = export(shop, "mongosh", tmp_path / "indexes.js")
        for made in (True, False):
            done = subprocess.run([os.environ["KEYFOLD_MONGOSH"], "--quiet", f"{shop.server.uri}/{other.name}", script], capture_output=True, text=True,
                                  timeout=120)
            assert done.returncode == 0, done.stderr
            assert any(not line.endswith(": 0 indexes made") for line in done.stdout.splitlines() if ":" in line) == made
            assert indexes(other) == indexes(shop.database)


def test_mongosh(shop, other, tmp_path):
    """The script runs in node; its commands run on the server."""
    script = export(shop, "mongosh", tmp_path / "indexes.js")
    shim = pathlib.Path(__file__).with_name("mongosh_shim.js")

    def commands():
        there = {name: [each["name"] for each in specs] for name, specs in indexes(other).items()}
        said = subprocess.run(["node", shim, script, json.dumps(there)], check=True, capture_output=True, text=True).stdout
        return [json_util.loads(line) for line in said.splitlines()]

    for command in commands():
        other.command(command)
    assert indexes(other) == indexes(shop.database)
    assert commands() == []


def test_sql_and_json_are_read_back(shop, other, tmp_path):
    sql = export(shop, "sql", tmp_path / "out.sql")
    uri = f"{shop.server.uri}/{other.name}"
    done = shop.keyfold("apply", "--uri", uri, *flags(shop), sql)
    assert done.returncode == 0, done.stderr
    by_hand = {"ttl", "words"}
    assert indexes(other) == {name: [each for each in specs if each["name"] not in by_hand] for name, specs in indexes(shop.database).items()}
    again = shop.keyfold("export", "--uri", uri, "--to", "sql")
    assert again.stdout.splitlines() == [line for line in sql.read_text().splitlines() if "SQL has no word" not in line]
    saved = export(shop, "json", tmp_path / "out.json")
    assert shop.keyfold("export", "--schema", saved).stdout == saved.read_text()
    assert shop.keyfold("plan", "--check", "--schema", saved, *flags(shop), LOG).returncode == 0


# ---- PostgreSQL ----

BIN = pathlib.Path("/usr/lib/postgresql/15/bin")


def as_owner(*words):
    """The server refuses to run as root."""
    if os.geteuid() != 0:
        return [str(word) for word in words]
    who = pwd.getpwnam("postgres")
    return ["setpriv", f"--reuid={who.pw_uid}", f"--regid={who.pw_gid}", "--clear-groups", "--pdeathsig", "INT", *map(str, words)]


@pytest.fixture(scope="module")
def psql(tmp_path_factory):
    assert BIN.exists(), "no PostgreSQL 15: run scripts/deps postgresql"
    folder = pathlib.Path("/tmp") / f"kf-pg-{os.getpid()}"  # a socket's path is short
    folder.mkdir(mode=0o700)
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    subprocess.run(as_owner(BIN / "initdb", "-D", folder / "data", "-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C"),
                   check=True, capture_output=True, cwd="/")
    server = subprocess.Popen(as_owner(BIN / "postgres", "-D", folder / "data", "-k", folder, "-c", "listen_addresses=", "-c", "fsync=off"),
                              cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def run(sql, database="postgres"):
        return subprocess.run([BIN / "psql", "-qXAt", "-v", "ON_ERROR_STOP=1", "-h", folder, "-U", "postgres", database],
                              input=sql, capture_output=True, text=True)

    try:
        deadline = time.monotonic() + 60
        while run("SELECT 1").returncode != 0:
            assert time.monotonic() < deadline and server.poll() is None, "PostgreSQL does not start"
            time.sleep(0.1)
        yield run
    finally:
        server.send_signal(2)
        server.wait(20)
        shutil.rmtree(folder)


def test_postgresql(secantus, keyfold, psql, tmp_path):
    """From logs, without a server. Each name has an index of its own there, and refuses what it refused."""
    sql = tmp_path / "shop.sql"
    sql.write_text(SHOP)
    done = keyfold("export", "--to", "postgresql", LOG, sql)
    assert done.returncode == 0, done.stderr
    made = psql(done.stdout)
    assert made.returncode == 0, made.stderr
    schema = json.loads(keyfold("export", LOG, sql).stdout)
    names = [(c["name"], each["name"]) for c in schema["collections"] for each in c["document"]["names"] if each["kind"] in ("index", "unique", "primary")]
    assert int(psql("SELECT count(*) FROM pg_indexes WHERE schemaname = 'public'").stdout) == len(names)
    keys = [each for c in schema["collections"] for each in c["document"]["names"] if each["kind"] == "foreign key"]
    said = int(psql("SELECT count(*) FROM pg_constraint WHERE contype = 'f'").stdout)
    assert said + done.stdout.count("it refers to nothing") == len(keys) and said > 0

    user = "INSERT INTO \"user\" (\"email\") VALUES (NULL), (NULL), ('a');"
    order = "INSERT INTO \"order\" (\"code\", \"user_id\", \"made\", \"status\") VALUES "
    assert psql(user + order + "('1', 1, now(), 'open'), ('2', 1, now(), 'done'), ('3', 1, now(), 'done');").returncode == 0
    for refused, why in ((user, "user_email_key"), (order + "('4', 1, now(), 'open')", "open"), (order + "('5', 9, now(), '')", "fk"),
                         ("UPDATE \"order\" SET \"total\" = -1", "positive")):
        said = psql(refused)
        assert said.returncode != 0 and f'"{why}"' in said.stderr, said.stderr
