"""What a user meets when server, data or log are not as hoped: exit status, message, and what was done all the same."""

import json
import socket
import time
import urllib.parse

import pymongo
import pytest
import servers
import states
from project import Project, findings, on_secantus
from pymongo.errors import OperationFailure
from states import Index

CREATE = 'CREATE TABLE "%s" ("id" long NOT NULL PRIMARY KEY AUTOINCREMENT, "email" string NOT NULL, "role" string NOT NULL)'
PEOPLE = (CREATE % "people",
          'ALTER TABLE "people" ADD CONSTRAINT "people_role" INDEX ("role")',
          'ALTER TABLE "people" ADD CONSTRAINT "people_email_uniq" UNIQUE ("email")',
          'ALTER TABLE "people" ADD CONSTRAINT "people_email" INDEX ("email")',
          'ALTER TABLE "people" ADD CONSTRAINT "people_role_id" UNIQUE ("role", "id")',
          CREATE % "places",
          'ALTER TABLE "places" ADD CONSTRAINT "places_email_uniq" UNIQUE ("email")')

PRIMARY = Index((("id", 1),), True)
EMAIL, ROLE = Index((("email", 1),), True), Index((("role", 1),))
ROLE_ID = Index((("role", 1), ("id", 1)), True)


# ---- the way to the server ----

@pytest.fixture
def log(tmp_path, keyfold):
    return Project(keyfold, None, None, tmp_path).log(*PEOPLE)


def refuses(keyfold, status, code, *words):
    done = keyfold(*words)
    assert (done.returncode, done.stdout) == (status, ""), done.stdout + done.stderr
    assert code in done.stderr and done.stderr.count("\n") == 1, done.stderr
    return done.stderr


@pytest.mark.parametrize("verb", ["plan", "apply"])
def test_no_server(keyfold, log, verb):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        before = time.monotonic()
        said = refuses(keyfold, 5, "KF-061", verb, "--uri", "mongodb://127.0.0.1:%d/db" % nobody.getsockname()[1],
                       "--timeout", "2", log)
    assert time.monotonic() - before < 4
    assert "127.0.0.1" in said


def test_a_server_that_says_nothing(keyfold, log):
    """It takes the connection and never answers."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        before = time.monotonic()
        refuses(keyfold, 5, "KF-061", "apply", "--uri", "mongodb://127.0.0.1:%d/db" % silent.getsockname()[1],
                "--timeout", "2", log)
    assert time.monotonic() - before < 8


def with_credentials(server, user, password):
    return "mongodb://%s:%s@127.0.0.1:%d/kf_auth?authSource=admin" % (
        urllib.parse.quote(user, safe=""), urllib.parse.quote(password, safe=""), server.port)


def spellings(secret):
    return {secret, urllib.parse.quote_plus(secret), urllib.parse.quote(secret, safe=""), json.dumps(secret)[1:-1]}


@pytest.mark.parametrize("password", ["hunter2hunter2", "hunter@two/%: \"ä"], ids=["plain", "encoded"])
@pytest.mark.parametrize("verb", ["plan", "apply"])
def test_wrong_password(keyfold, log, secantus_auth, password, verb):
    said = refuses(keyfold, 5, "KF-062", verb, "--uri", with_credentials(secantus_auth, servers.USER, password), log)
    assert not [each for each in spellings(password) if each in said]
    assert "hunter" not in said


def test_no_credentials(keyfold, log, secantus_auth):
    refuses(keyfold, 5, "KF-062", "apply", "--uri", f"mongodb://127.0.0.1:{secantus_auth.port}/kf_auth", log)


def test_right_password_is_not_printed(keyfold, log, secantus_auth, tmp_path):
    password = "correct@horse/%: battery"
    admin = secantus_auth.client.admin
    try:
        admin.command("createUser", "someone", pwd=password, roles=["root"])
    except OperationFailure as error:
        assert "exists" in str(error)
    uri, plan = with_credentials(secantus_auth, "someone", password), tmp_path / "plan.json"
    try:
        said = [keyfold(*words) for words in (["plan", "--uri", uri, "-o", plan, log], ["plan", "--json", "--uri", uri, log],
                                              ["apply", "--uri", uri, log], ["apply", "--json", "--uri", uri, log])]
        assert [done.returncode for done in said] == [0] * 4, said
        texts = [plan.read_text(), *(done.stdout + done.stderr for done in said)]
        assert not [text for text in texts for each in spellings(password) if each in text or "battery" in text]
        assert "people" in secantus_auth.client.kf_auth.list_collection_names()
    finally:
        secantus_auth.client.drop_database("kf_auth")


@pytest.mark.parametrize("uri", ["http://u:hunter2@127.0.0.1/db", "mongodb://u:hunter2@/db", "mongodb://u:hunter2@[::1/db",
                                 "mongodb://u:hunter2%zz@127.0.0.1/db", "u:hunter2@127.0.0.1",
                                 "mongodb://u:so@hunter2@127.0.0.1/db", "mongodb+srv://u:so@hunter2@a.b.invalid/db",
                                 "mongodb://u:hunter2/x@127.0.0.1/db"])
def test_not_a_uri(keyfold, log, uri):
    said = refuses(keyfold, 2, "KF-008", "apply", "--uri", uri, log)
    assert "hunter2" not in said and "percent-encoded" in said


@pytest.mark.parametrize("options", ["", "?authMechanism=SCRAM-SHA-1", "?authMechanism=PLAIN"])
@pytest.mark.parametrize("colon", ["", ":"])
def test_a_user_without_a_password(keyfold, log, secantus_auth, colon, options):
    """The driver would crash on it."""
    uri = f"mongodb://{servers.USER}{colon}@127.0.0.1:{secantus_auth.port}/kf_auth{options}"
    assert "without a password" in refuses(keyfold, 2, "KF-008", "apply", "--uri", uri, log)


def test_a_cluster_that_is_nowhere(keyfold, log):
    said = refuses(keyfold, 5, "KF-061", "plan", "--uri", "mongodb+srv://u:hunter2@cluster0.keyfold.invalid/db", log)
    assert "hunter2" not in said and "_mongodb._tcp.cluster0.keyfold.invalid" in said
    said = refuses(keyfold, 2, "KF-008", "plan", "--uri", "mongodb+srv://u:hunter2@localhost/db", log)
    assert "hunter2" not in said and "service name" in said


def test_ipv6(keyfold, log):
    with socket.socket(socket.AF_INET6) as nobody:
        try:
            nobody.bind(("::1", 0))
        except OSError:
            pytest.skip("no IPv6 here")
        said = refuses(keyfold, 5, "KF-061", "plan", "--uri", "mongodb://[::1]:%d/db" % nobody.getsockname()[1],
                       "--timeout", "1", log)
    assert "[::1]" in said


def test_a_unix_socket(keyfold, log, tmp_path):
    uri = "mongodb://%s/db" % urllib.parse.quote(str(tmp_path / "mongodb.sock"), safe="")
    assert "mongodb.sock" in refuses(keyfold, 5, "KF-061", "plan", "--uri", uri, "--timeout", "1", log)


@pytest.mark.parametrize("name", ["a/b", "a\\b", "a.b", "a b", 'a"b', "a$b", "d" * 64], ids=list("/\\. \"$") + ["long"])
def test_databases_that_cannot_be(keyfold, log, secantus, name):
    """Said before the server is asked."""
    refuses(keyfold, 2, "KF-010", "apply", "--uri", secantus.uri, "--db", name, log)


def test_a_database_of_the_longest_name(keyfold, log, secantus):
    name = "kf_" + "d" * 60
    try:
        assert keyfold("apply", "--uri", secantus.uri, "--db", name, log).returncode == 0
        assert "people" in secantus.client[name].list_collection_names()
    finally:
        secantus.client.drop_database(name)


@pytest.mark.parametrize("options", ["w=0", "w=0&journal=false", "readPreference=secondary", "readPreference=nearest"])
def test_options_of_an_application(project, options):
    """Unacknowledged writes and stale reads are not for us."""
    for last in ("operations done", "nothing to do"):
        done = project.keyfold("apply", "--uri", f"{project.uri}?{options}", project.folder / "app1.log"
                               if last == "nothing to do" else project.log(*PEOPLE))
        assert (done.returncode, last in done.stdout) == (0, True), done.stdout + done.stderr
    assert states.indexes(project.database)["people"] == sorted([PRIMARY, EMAIL, ROLE, ROLE_ID])


@on_secantus
def test_no_database(keyfold, log, server, database):
    refuses(keyfold, 2, "KF-002", "apply", "--uri", server.uri, log)
    refuses(keyfold, 2, "KF-002", "plan", "--uri", server.uri + "/", log)
    assert keyfold("apply", "--uri", server.uri, "--db", database.name, log).returncode == 0
    assert "people" in database.list_collection_names()


@on_secantus
def test_db_is_stronger_than_the_path(keyfold, log, server, database):
    assert keyfold("apply", "--uri", server.uri + "/kf_never", "--db", database.name, log).returncode == 0
    assert "people" in database.list_collection_names()
    assert "kf_never" not in server.client.list_database_names()


# ---- duplicates ----

def person(n, email, role="student"):
    return {"_id": n, "id": n, "email": email, "role": role}


COUNTS = {"a": 7, "b": 6, "c": 5, "d": 4, "e": 3, "f": 2}


def people():
    """Six addresses more than once, and three once."""
    addresses = [letter for letter, count in COUNTS.items() for _ in range(count)] + ["x", "y", "z"]
    return [person(n, f"{letter}@secret.example") for n, letter in enumerate(addresses, 1)]


def check_duplicates(failure, documents):
    """True counts and _ids of what is there twice or more; at most five values, and five _ids of each."""
    by_id = {document["_id"]: document["email"] for document in documents}
    assert 0 < len(failure["duplicates"]) <= 5
    seen = set()
    for each in failure["duplicates"]:
        assert 2 <= len(each["ids"]) <= 5
        values = {by_id[number] for number in each["ids"]}
        assert len(values) == 1 and not values & seen
        seen |= values
        assert each["count"] == list(by_id.values()).count(values.pop())


@pytest.fixture
def crowd(project):
    documents = people()
    project.database.people.insert_many(documents)
    return documents


@pytest.mark.smoke
def test_duplicates(project, crowd):
    log = project.log(*PEOPLE)
    result = project.apply(log, status=4)
    failure, = result["failures"]
    assert (failure["collection"], failure["index"], failure["code"]) == ("people", "people_email_uniq", "KF-040")
    check_duplicates(failure, crowd)
    assert len(failure["duplicates"]) == 5
    # The plain one on the same key would have been served by it.
    assert (result["statements"]["read"], result["statements"]["failed"]) == (7, 2)
    assert states.indexes(project.database) == {"people": sorted([PRIMARY, ROLE, ROLE_ID]), "places": sorted([PRIMARY, EMAIL])}
    assert {table: set(names) for table, names in states.names(project.database).items()} == {
        "people": {"__primary_key__", "people_role", "people_role_id"}, "places": {"__primary_key__", "places_email_uniq"}}
    assert states.documents(project.database)["people"] and project.database.people.count_documents({}) == len(crowd)


def test_one_more_create_indexes_at_most(project, crowd):
    elsewhere = Project(project.keyfold, project.server, project.server.client[project.database.name + "_e"], project.folder)
    try:
        elsewhere.database.people.insert_one(person(1, "x"))
        needed = elsewhere.apply(elsewhere.log(*PEOPLE))["commands"]["write"]
    finally:
        project.server.client.drop_database(elsewhere.database.name)
    assert project.apply(project.log(*PEOPLE), status=4)["commands"]["write"] <= needed + 1


def test_duplicates_removed(project, crowd):
    log = project.log(*PEOPLE)
    project.apply(log, status=4)
    project.apply(log, status=4)
    project.database.people.delete_many({"email": {"$nin": ["x@secret.example", "y@secret.example"]}})
    result = project.apply(log)
    assert (result["failures"], result["statements"]["failed"]) == ([], 0)
    assert states.indexes(project.database)["people"] == sorted([PRIMARY, EMAIL, ROLE, ROLE_ID])
    names = states.names(project.database)["people"]
    assert names["people_email_uniq"].serves == names["people_email"].serves == (EMAIL,)
    project.nothing_to_do(log)


@pytest.mark.parametrize("form", ["--json", None], ids=["json", "text"])
def test_values_are_shown_only_when_asked_for(project, crowd, form):
    words = [project.log(*PEOPLE)] + ([form] if form else [])
    without = project.run("apply", *words, status=4)
    assert "secret.example" not in without.stdout + without.stderr
    assert "people_email_uniq" in without.stdout and "people" in without.stdout
    shown = project.run("apply", *words, "--show-values", status=4)
    assert "secret.example" in shown.stdout


def test_duplicates_as_text(project):
    project.database.people.insert_many([person(4711, "same"), person(4712, "same"), person(4713, "other")])
    said = project.run("apply", project.log(*PEOPLE), status=4).stdout
    assert "KF-040" in said and "people_email_uniq" in said and "2 documents" in said
    assert "4711" in said and "4712" in said and "4713" not in said


def test_two_indexes_of_one_collection(project):
    documents = [person(1, "a", "r"), person(2, "a", "r"), person(3, "b", "s")]
    project.database.people.insert_many(documents)
    log = project.log(*PEOPLE, 'ALTER TABLE "people" ADD CONSTRAINT "people_role_uniq" UNIQUE ("role", "email")')
    result = project.apply(log, status=4)
    assert {each["index"] for each in result["failures"]} == {"people_email_uniq", "people_role_uniq"}
    assert all([(d["count"], sorted(d["ids"])) for d in each["duplicates"]] == [(2, [1, 2])] for each in result["failures"])
    assert states.indexes(project.database)["people"] == sorted([PRIMARY, ROLE, ROLE_ID])


def test_fields_that_are_missing_are_duplicates(project):
    project.database.people.insert_many([{"_id": 1, "id": 1, "role": "r"}, {"_id": 2, "id": 2, "role": "r", "email": None},
                                         person(3, "a")])
    # FerretDB does not hold missing fields to be equal.
    if project.server.name == "ferretdb":
        project.database.people.update_one({"_id": 1}, {"$set": {"email": None}})
    failure, = project.apply(project.log(*PEOPLE), status=4)["failures"]
    assert [(each["count"], sorted(each["ids"])) for each in failure["duplicates"]] == [(2, [1, 2])]


@on_secantus
def test_only_what_the_filter_lets_in_is_a_duplicate(project):
    project.database.people.insert_many([
        {"_id": 1, "id": 1, "email": "a", "role": "open"}, {"_id": 2, "id": 2, "email": "a", "role": "open"},
        {"_id": 3, "id": 3, "email": "a", "role": "done"}, {"_id": 4, "id": 4, "email": "b", "role": "done"},
        {"_id": 5, "id": 5, "email": "b", "role": "done"}])
    log = project.log(CREATE % "people",
                      'ALTER TABLE "people" ADD CONSTRAINT "one" UNIQUE ("email")( WHERE "role" = open)')
    failure, = project.apply(log, status=4)["failures"]
    assert [(each["count"], sorted(each["ids"])) for each in failure["duplicates"]] == [(2, [1, 2])]


def test_two_catalog_documents_of_one_table(project):
    """Told as long as they are there: the catalog lacks its unique index."""
    project.database[states.CATALOG].insert_many([{"_id": 1, "name": "people"}, {"_id": 2, "name": "people"}])
    log = project.log(*PEOPLE)
    for _ in range(2):
        failure, = project.apply(log, status=4)["failures"]
        assert (failure["collection"], failure["code"]) == (states.CATALOG, "KF-040")
        assert [(each["count"], sorted(each["ids"])) for each in failure["duplicates"]] == [(2, [1, 2])]


REPLACING = ['ALTER TABLE "people" ADD CONSTRAINT "people_email" INDEX ("email")',
             'ALTER TABLE "people" ADD CONSTRAINT "people_email_uniq" UNIQUE ("email")']


def test_an_index_that_cannot_be_replaced_stays(project, crowd):
    """Where one index a key is the rule the old one is there again, with its name."""
    flags = ["--profile", "mongodb-4.2"] if project.server.name == "secantus" else []
    project.apply(project.log(CREATE % "people", REPLACING[0]), *flags)
    result = project.apply(project.log(REPLACING[1]), *flags, status=4)
    failure, = result["failures"]
    assert failure["code"] == "KF-040"
    check_duplicates(failure, crowd)
    assert states.indexes(project.database)["people"] == sorted([PRIMARY, Index((("email", 1),))])
    names = states.names(project.database)["people"]
    assert set(names) == {"__primary_key__", "people_email"} and names["people_email"].serves == (Index((("email", 1),)),)
    project.database.people.delete_many({})
    project.apply(project.log(REPLACING[1]), *flags)
    assert states.indexes(project.database)["people"] == sorted([PRIMARY, EMAIL])


EMAIL_BUT_NULLS = Index((("email", 1),), True, states.filter_of({"email": {"$type": "NOT NULL"}}))


@on_secantus
def test_a_name_whose_new_index_fails_keeps_its_old_one(project):
    """SET NOT NULL makes nulls duplicates: the unique index that lets them in stays, and so does its name."""
    project.apply(project.log('CREATE TABLE "people" ("id" long NOT NULL PRIMARY KEY, "email" string NULL UNIQUE)'))
    before = states.end_state(project.database)
    assert before[1]["people"]["email_1"].serves == (Index((("email", 1),)), EMAIL_BUT_NULLS)
    project.database.people.insert_many([{"_id": 1, "id": 1, "email": None}, {"_id": 2, "id": 2, "email": None},
                                         {"_id": 3, "id": 3, "email": "a"}])
    log = project.log('ALTER TABLE "people" ALTER COLUMN "email" SET NOT NULL')
    for _ in range(2):
        failure, = project.apply(log, status=4)["failures"]
        assert [(each["count"], sorted(each["ids"])) for each in failure["duplicates"]] == [(2, [1, 2])]
        assert states.end_state(project.database) == before
    project.database.people.delete_one({"_id": 2})
    project.apply(log)
    assert states.indexes(project.database)["people"] == sorted([PRIMARY, EMAIL])
    assert states.names(project.database)["people"]["email_1"].serves == (EMAIL,)


@on_secantus
def test_a_name_that_is_defined_anew_in_vain_keeps_its_old_index(project, crowd):
    project.apply(project.log(CREATE % "people", REPLACING[0]))
    before = states.end_state(project.database)
    log = project.log('ALTER TABLE "people" DROP CONSTRAINT "people_email" INDEX',
                      'ALTER TABLE "people" ADD CONSTRAINT "people_email" UNIQUE ("email")')
    project.apply(log, status=4)
    assert states.end_state(project.database) == before
    project.database.people.delete_many({})
    project.apply(log)
    assert states.indexes(project.database)["people"] == sorted([PRIMARY, EMAIL])
    assert states.names(project.database)["people"]["people_email"] == states.Name("unique", (("email", 1),), "", (EMAIL,))


# ---- limits ----

def wide(columns):
    return 'CREATE TABLE "wide" ("id" long NOT NULL PRIMARY KEY AUTOINCREMENT%s)' % "".join(
        f', "c{n}" long NOT NULL' for n in range(columns))


def one_index_each(columns):
    return [f'ALTER TABLE "wide" ADD CONSTRAINT "i{n}" INDEX ("c{n}")' for n in range(columns)]


def test_64_indexes(project):
    # With _id_ and the primary key's.
    log = project.log(wide(62), *one_index_each(62))
    project.apply(log)
    assert len(states.indexes(project.database)["wide"]) == 63
    project.nothing_to_do(log)


def test_more_than_64_indexes(project):
    log = project.log(wide(70), *one_index_each(70), *PEOPLE)
    plan = project.plan(log, status=4)
    too_many = {each["name"] for each in findings(plan, "withheld")}
    assert {each["code"] for each in findings(plan, "withheld")} == {"KF-043"} and len(too_many) == 8
    assert states.tables(project.database) == []
    result = project.apply(log, status=4)
    assert {each["name"] for each in findings(result, "withheld")} == too_many
    assert len(states.indexes(project.database)["wide"]) == 63
    assert states.indexes(project.database)["people"] == sorted([PRIMARY, EMAIL, ROLE, ROLE_ID])
    assert not too_many & set(states.names(project.database)["wide"])
    project.nothing_to_do(log, status=4)


def test_more_than_64_indexes_with_those_that_are_there(project):
    project.apply(project.log(wide(62), *one_index_each(62)))
    log = project.log('ALTER TABLE "wide" ADD CONSTRAINT "more" INDEX ("c0", "c1")')
    result = project.apply(log, status=4)
    assert [(each["name"], each["code"]) for each in findings(result, "withheld")] == [("more", "KF-043")]
    assert len(states.indexes(project.database)["wide"]) == 63


@pytest.mark.parametrize("fields,status", [(32, 0), (33, 4)])
def test_fields_of_an_index(project, fields, status):
    key = ", ".join(f'"c{n}"' for n in range(fields))
    log = project.log(wide(33), f'ALTER TABLE "wide" ADD CONSTRAINT "i" INDEX ({key})', *PEOPLE)
    plan = project.plan(log, status=status)
    assert [(each["name"], each["code"]) for each in findings(plan, "withheld")] == ([("i", "KF-044")] if status else [])
    result = project.apply(log, status=status)
    assert [each["name"] for each in findings(result, "withheld")] == (["i"] if status else [])
    assert len(states.indexes(project.database)["wide"]) == (1 if status else 2)
    assert states.indexes(project.database)["people"] == sorted([PRIMARY, EMAIL, ROLE, ROLE_ID])


# ---- statements that are not understood ----

BAD = {"unsupported": 'CREATE VIEW "v" AS SELECT 1', "malformed": 'ALTER TABLE "people" ADD CONSTRAINT'}


@pytest.mark.parametrize("kind", BAD)
def test_not_understood(project, kind):
    log = project.log(*PEOPLE[:3], BAD[kind], *PEOPLE[3:])
    result = project.apply(log, status=3)
    assert (result["statements"][kind], result["commands"]["write"], result["stopped"]) == (1, 0, True)
    assert project.database.list_collection_names() == []
    error, = findings(result, "error")
    assert error["source"] == f"{log}:7"

    result = project.apply(log, "--keep-going", status=3)
    assert result["statements"][kind] == 1
    assert states.indexes(project.database) == {"people": sorted([PRIMARY, EMAIL, ROLE, ROLE_ID]),
                                                "places": sorted([PRIMARY, EMAIL])}
    project.nothing_to_do(log, "--keep-going", status=3)


@pytest.mark.parametrize("name", [".people", "p" * 256, "", "$people", "system.users"],
                         ids=["dot", "long", "empty", "dollar", "system"])
def test_collections_that_cannot_be(project, name):
    """Said before anything is run."""
    result = project.apply(project.log(*PEOPLE, CREATE % name), status=3)
    assert [each["code"] for each in findings(result, "error")] == ["KF-030"]
    assert project.database.list_collection_names() == []


@on_secantus
def test_a_table_that_nobody_created(project):
    log = project.log('ALTER TABLE "nowhere" ADD CONSTRAINT "i" INDEX ("c")', *PEOPLE)
    result = project.apply(log, status=4)
    assert (result["stopped"], result["commands"]["write"]) == (True, 0)
    assert "nowhere" in json.dumps(findings(result, "error") + findings(result, "withheld"))
    assert project.database.list_collection_names() == []


def test_a_server_that_goes_away(keyfold, tmp_path):
    """Between plan and apply."""
    with servers.secantus() as server:
        project = Project(keyfold, server, server.client.kf_gone, tmp_path)
        plan = tmp_path / "plan.json"
        project.run("plan", "-o", plan, project.log(*PEOPLE))
    with pytest.raises(pymongo.errors.PyMongoError):
        pymongo.MongoClient(server.uri, serverSelectionTimeoutMS=200).admin.command("ping")
    refuses(keyfold, 5, "KF-061", "apply", "--timeout", "1", "--uri", server.uri + "/kf_gone", plan)
