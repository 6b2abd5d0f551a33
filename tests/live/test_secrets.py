"""Over TLS with a CA of the test's own, with SCRAM: what is trusted and what is not. Values of documents in what the server
says, passwords in every error of the way there, and plans for somebody else's server."""

import json
import os

import bson
import pytest
import servers
import test_hostile_server
import wire

SECRET = "hunter"
TABLE = ('sql_command: CREATE TABLE "people" ("id" long NOT NULL PRIMARY KEY AUTOINCREMENT, "email" string NOT NULL)\nparams: None\n'
         'sql_command: ALTER TABLE "people" ADD CONSTRAINT "email_uniq" UNIQUE ("email")\nparams: None\n')


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "app.log"
    path.write_text(TABLE)
    return path


# ---- TLS and SCRAM ----

@pytest.fixture(scope="module")
def secured(tmp_path_factory):
    with servers.secantus(auth=True, tls=servers.certificates(tmp_path_factory.mktemp("tls"))) as server:
        server.client.admin.command("createUser", "older", pwd=servers.PASSWORD, roles=["root"], mechanisms=["SCRAM-SHA-1"])
        yield server


def address(server, options="", who=f"{servers.USER}:{servers.PASSWORD}@", host="127.0.0.1"):
    tls = server.uri.partition("?")[2]
    return f"mongodb://{who}{host}:{server.port}/kf_tls?authSource=admin&{tls}{options}"


def test_tls_and_scram(keyfold, log, secured):
    for user, mechanism in ((servers.USER, ""), (servers.USER, "&authMechanism=SCRAM-SHA-256"), ("older", "&authMechanism=SCRAM-SHA-1")):
        done = keyfold("apply", "--uri", address(secured, mechanism, f"{user}:{servers.PASSWORD}@"), log)
        assert done.returncode == 0, mechanism + done.stdout + done.stderr
        wrong = keyfold("apply", "--uri", address(secured, mechanism, f"{user}:hunter2@"), log)
        assert (wrong.returncode, wrong.stdout) == (5, "") and "KF-062" in wrong.stderr, wrong.stdout + wrong.stderr
        assert SECRET not in wrong.stderr
    assert {each["name"] for each in secured.client.kf_tls.people.list_indexes()} == {"_id_", "__primary_key__", "email_uniq"}


def refused(keyfold, uri, log):
    done = keyfold("apply", "--timeout", "2", "--uri", uri, log)
    assert (done.returncode, done.stdout) == (5, "") and "KF-061" in done.stderr, done.stdout + done.stderr
    assert done.stderr.count("\n") == 1 and servers.PASSWORD + "@" not in done.stderr


def test_a_server_that_is_not_trusted(keyfold, log, secured, tmp_path):
    good, other = address(secured), servers.certificates(tmp_path)
    ca = good.partition("tlsCAFile=")[2].partition("&")[0]
    for uri in (good.replace("tlsCAFile=" + ca, f"tlsCAFile={other}/ca.pem"), good.replace("tlsCAFile=" + ca, "tlsCAFile=/nowhere.pem"),
                good.replace("&tlsCAFile=" + ca, "").replace("tlsCAFile=" + ca + "&", ""), good.replace("tls=true", "tls=false")):
        assert uri != good
        refused(keyfold, uri, log)


def test_a_certificate_for_another_address(keyfold, log, secured):
    refused(keyfold, address(secured, host="localhost"), log)
    assert keyfold("apply", "--uri", address(secured, "&tlsAllowInvalidHostnames=true", host="localhost"), log).returncode == 0


# ---- passwords ----

URIS = [
    "mongodb://someone:hunter2@127.0.0.1:1/db?{options}",
    "mongodb://someone:hunter2@127.0.0.1:1/db?authMechanism=MONGODB-CR&{options}",
    "mongodb://someone:hunter2@127.0.0.1:1/db?authMechanism=GSSAPI&{options}",
    "mongodb://someone:hunter2@127.0.0.1:1/db?authMechanismProperties=AWS_SESSION_TOKEN:hunter3&authMechanism=MONGODB-AWS&{options}",
    "mongodb://someone:hunter2@127.0.0.1:1/db?tls=true&tlsCertificateKeyFile=/nowhere&tlsCertificateKeyFilePassword=hunter3&{options}",
    "mongodb://someone:hunter2@127.0.0.1:1/?{options}",
    "mongodb://someone:hunter2@127.0.0.1:99999/db?{options}",
    "mongodb://someone:hunter2@@127.0.0.1:1/db?{options}",
    "mongodb://someone:hunter2/@127.0.0.1:1/db?{options}",
    "mongodb://someone:hunter2%@127.0.0.1:1/db?{options}",
    "mongodb://someone:hun:hunter2@127.0.0.1:1/db?{options}",
    "mongodb+srv://someone:hunter2@nowhere.invalid/db?{options}",
    "mongodb+srv://someone:hunter2@localhost/db?{options}",
    "mongodb://someone:hunter2@/db",
    "mongo://someone:hunter2@127.0.0.1/db",
    "someone:hunter2@127.0.0.1/db",
    "mongodb://someone:hunter2@127.0.0.1:1/db?password=hunter3&{options}",
    "mongodb://someone:hunter2@127.0.0.1:1/a b?{options}",
]


def says_nothing(done, *statuses):
    assert done.returncode in statuses and SECRET not in done.stdout + done.stderr, done.stdout + done.stderr


@pytest.mark.parametrize("uri", URIS)
def test_no_password_is_printed(keyfold, log, uri, tmp_path):
    uri = uri.format(options="serverSelectionTimeoutMS=50&connectTimeoutMS=50")
    sql = tmp_path / "a.sql"
    sql.write_text('CREATE TABLE "t" ("id" long NOT NULL PRIMARY KEY)')
    for words in (["plan", "--json", log], ["execute", sql]):
        says_nothing(keyfold(*words, "--uri", uri), 2, 5)
    says_nothing(keyfold("apply", log, env={**os.environ, "KEYFOLD_URI": uri}), 2, 5)


def test_no_password_where_a_uri_is_out_of_place(keyfold, log, tmp_path):
    uri, plan = URIS[0].format(options="serverSelectionTimeoutMS=50"), tmp_path / "plan.json"
    assert keyfold("plan", "-o", plan, log).returncode == 0
    says_nothing(keyfold("apply", "--json", plan, "--uri", uri), 5)
    for words in (["explain", "plan", "--uri", uri], ["profiles", "--uri", uri], ["plan", "--uri", uri, "--schema", uri, log],
                  ["test", "--uri", uri, tmp_path / "nowhere"], ["apply", "--uri=" + uri, "--nulls=maybe", log]):
        says_nothing(keyfold(*words), 2)


# ---- values of documents ----

def test_values_of_documents(keyfold, log, server, database):
    """Also in the way as an _id that is a person's."""
    ids = ["hunter1", bson.ObjectId(), 7, {"mail": "hunter2"}]
    database.people.insert_many([{"_id": each, "id": n, "email": "hunter@two"} for n, each in enumerate(ids)])
    uri = f"{server.uri}/{database.name}"
    for words in (["apply"], ["apply", "--json"]):
        done = keyfold(*words, "--uri", uri, log)
        said = done.stdout + done.stderr
        assert done.returncode == 4 and "KF-040" in said and SECRET not in said, said
        assert str(ids[1]) in said and "_id" in said or "ids" in said
        done = keyfold(*words, "--show-values", "--uri", uri, log)
        assert all(each in done.stdout for each in ("hunter1", str(ids[1]), "7", "hunter2", "hunter@two")), done.stdout


ECHOES = [
    (11000, 'E11000 duplicate key error collection: d.people index: email_uniq dup key: { email: "hunter2" }'),
    (11000, 'E11000 duplicate key error collection: d.people index: email_uniq dup key: { : "hunter2 dup key: }" }'),
    (17280, 'WiredTigerIndex::insert: key too large to index, failing  1057 { : "hunter2 } hunter" }'),
    (16755, 'Can\'t extract geo keys: { _id: 1, email: "hunter2", at: { x: 1 } }  unknown GeoJSON'),
    (121, 'Document failed validation, at { email: "hunter2" and no end'),
]


@pytest.mark.parametrize("command", ["createIndexes", "insert", "update"])
@pytest.mark.parametrize("code, message", ECHOES)
def test_a_server_that_repeats_values(keyfold, log, command, code, message):
    """What it says is told, but for what stands in braces."""
    wrong = {"ok": 0.0, "code": code, "errmsg": message}
    if command != "createIndexes":
        wrong = {"ok": 1.0, "n": 0, "nModified": 0, "writeErrors": [{"index": 0, "code": code, "errmsg": message}]}
    with test_hostile_server.Server({command: wrong}) as liar:
        for words in (["apply"], ["apply", "--json"]):
            done = keyfold(*words, "--uri", liar.uri, log)
            assert SECRET not in done.stdout + done.stderr
    if command == "createIndexes" and code != 11000:
        assert done.returncode in (4, 5) and message.split("{")[0][:20] in done.stdout + done.stderr, done.stdout + done.stderr


def test_what_a_server_says_of_an_index_is_told(keyfold, log):
    """Specs are no values."""
    message = 'Requested index: { v: 2, key: { email: 1 }, name: "email_uniq" }'
    with test_hostile_server.Server({"createIndexes": {"ok": 0.0, "code": 67, "errmsg": message}}) as liar:
        done = keyfold("apply", "--uri", liar.uri, log)
    assert message in done.stdout + done.stderr


# ---- plans for somebody else ----

def test_a_plan_for_another_server(keyfold, log, secantus, database_name, tmp_path):
    """The same database, by another address: there the plan is not carried out."""
    plan = tmp_path / "plan.json"
    with wire.recorded(secantus) as proxy:
        assert keyfold("plan", "--uri", f"{proxy.uri}/{database_name}", "-o", plan, log).returncode == 0
        done = keyfold("apply", "--uri", f"{secantus.uri}/{database_name}", plan)
        assert done.returncode == 4 and "KF-045" in done.stderr and proxy.uri.removeprefix("mongodb://") in done.stderr, done.stderr
        assert secantus.client[database_name].list_collection_names() == []
        for uri in (f"{proxy.uri}/{database_name}_2", f"{secantus.uri}/{database_name}_2"):
            done = keyfold("apply", "--uri", uri, plan)
            assert done.returncode == 4 and "KF-045" in done.stderr, done.stderr
        assert json.loads(plan.read_text())["host"] == proxy.uri.removeprefix("mongodb://")
        assert keyfold("apply", "--uri", f"{proxy.uri}/{database_name}", plan).returncode == 0
    secantus.client.drop_database(database_name)


def test_a_plan_for_no_server(keyfold, log, secantus, database_name, tmp_path):
    """Made against an empty schema, it is for any database that is empty."""
    plan = tmp_path / "plan.json"
    assert keyfold("plan", "-o", plan, log).returncode == 0
    assert keyfold("apply", "--uri", f"{secantus.uri}/{database_name}", plan).returncode == 0
    secantus.client.drop_database(database_name)
