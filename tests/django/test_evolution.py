"""Migrations of all kinds, with rows in the tables, forwards and back."""

import json
import os
import signal
import time

import pytest
from conftest import servers, wait_for
from test_presenceiq import INDEXES, NAMES, names_and_indexes, state


@pytest.fixture
def evolution(project):
    project.apps += ["evolution", "keyfold.django"]
    return project


def insert_rows(project):
    """As models that are migrated to 0001 would, in djongo's form."""
    database = project.database
    database["evolution_vendor"].insert_many([{"id": n, "name": f"v{n}", "rank": n} for n in (1, 2, 3)])
    database["evolution_product"].insert_many([
        {"id": n, "name": f"p{n}", "sku": f"s{n}", "state": [None, "old", None][n - 1], "vendor_id": n, "notes": "x"} for n in (1, 2, 3)
    ])  # fmt: skip
    database["__schema__"].update_many({"name": {"$in": ["evolution_vendor", "evolution_product"]}}, {"$set": {"auto.seq": 3}})


def constraints(project, table):
    """{name: (columns, kinds)} by Django's introspection."""
    said = project.run(
        "import json; from django.db import connection\n"
        "with connection.cursor() as cursor:\n"
        f"    print(json.dumps(connection.introspection.get_constraints(cursor, {table!r})))\n"
    )
    kinds = ("primary_key", "unique", "index", "foreign_key", "check")
    return {
        name: (each["columns"], [kind for kind in kinds if each[kind]], each["orders"]) for name, each in json.loads(said.splitlines()[-1]).items()
    }


def rows(project, table):
    return list(project.database[table].find({}, {"_id": 0}).sort("id"))


def faults(project):
    """What verify says of these tables; the other applications' are all missing."""
    said = project.manage("keyfold", "verify", status=1).splitlines()
    assert "auth_group: missing" in said
    return [line for line in said if line.startswith("evolution")]


def migrate_through(project):
    insert_rows(project)
    project.manage("migrate", "evolution", "0002")
    products = rows(project, "evolution_product")
    assert [each["state"] for each in products] == ["it's new", "old", "it's new"]
    assert [each["weight"] for each in products] == [0, 0, 0]
    assert [each["title"] for each in products] == ["p1", "p2", "p3"] and not any("notes" in each or "name" in each for each in products)
    project.manage("migrate", "evolution", "0003")
    found = constraints(project, "evolution_product")
    assert found["state_weight"] == (["state", "weight"], ["index"], ["ASC", "DESC"])
    assert found["no_negative_weight"] == (["weight"], ["check"], ["ASC"])
    assert not {"product_vendor", "by_state", "product_state"} & set(found)
    unique = [columns for columns, kinds, _ in found.values() if kinds == ["unique"]]
    assert sorted(unique) == ([["sku", "vendor_id"], ["title"]] if project.server.name == "secantus" else [["sku", "vendor_id"]])
    project.manage("migrate", "evolution")
    assert not faults(project)
    assert [each["supplier_id"] for each in rows(project, "evolution_product")] == [1, 2, 3]
    assert [each["name"] for each in rows(project, "evolution_vendor")] == ["v1", "v2", "v3"]
    assert "evolution_gone" not in project.database.list_collection_names()


def test_forwards_and_back(server, evolution):
    evolution.manage("migrate", "evolution", "0001")
    before = state(evolution.database)
    assert 'evolution_product: missing: column "weight"' in faults(evolution)
    migrate_through(evolution)
    found = constraints(evolution, "evolution_product")
    assert (["supplier_id"], ["unique"], ["ASC"]) in found.values() and (["supplier_id"], ["foreign_key"], ["ASC"]) in found.values()
    said = evolution.manage("inspectdb", "evolution_vendor", "evolution_product")
    assert "id = models.BigAutoField(primary_key=True)" in said
    assert "rank = models.BigIntegerField(unique=True, blank=True, null=True)" in said
    assert "supplier = models.OneToOneField(EvolutionVendor, models.DO_NOTHING)" in said.replace("'", "")
    assert "unique_together = (('sku', 'supplier'),)" in said
    evolution.manage("migrate", "evolution", "0001")
    documents, indexes = state(evolution.database)
    kept = [("evolution_tag", "evolution_gone")]
    assert {each["name"] for each in documents} == {each["name"] for each in before[0]}, kept
    for table in ("evolution_product", "evolution_vendor"):
        assert sorted(map(str, (each["key"] for each in indexes[table].values()))) == sorted(map(str, (each["key"] for each in before[1][table].values())))
    assert [each["name"] for each in rows(evolution, "evolution_product")] == ["p1", "p2", "p3"]
    evolution.manage("migrate", "evolution", "zero")
    assert not [each for each in evolution.database.list_collection_names() if each.startswith("evolution")]


def migrate_by_djongo(evolution):
    for name in ("0001_initial", "0003_names"):  # what djongo cannot make
        path = evolution.folder / f"evolution/migrations/{name}.py"
        path.write_text("".join(line for line in path.read_text().splitlines(True) if "product_vendor" not in line))
    evolution.use("djongo")
    evolution.manage("migrate", "evolution", "0001")
    evolution.use("keyfold.django")


def test_on_a_database_of_djongos(server, evolution):
    migrate_by_djongo(evolution)
    found = constraints(evolution, "evolution_product")
    assert found["sku_1"] == (["sku"], ["unique"], ["ASC"])
    assert found["product_state"] == (["state"], ["index"], ["ASC"])
    migrate_through(evolution)
    evolution.manage("migrate", "evolution", "0001")


def test_djangos_commands_on_a_database_of_djongos(server, evolution):
    migrate_by_djongo(evolution)
    said = evolution.manage("inspectdb", "evolution_vendor", "evolution_product", "evolution_tag")
    assert " id = " not in said  # an AutoField is what inspectdb leaves out
    # Of djongo's columns nobody knows whether they are nullable, but of keys.
    assert "name = models.TextField(unique=True, blank=True, null=True)" in said  # the vendor's
    assert "sku = models.TextField(unique=True, blank=True, null=True)" in said
    assert "code = models.TextField(primary_key=True)" in said
    assert "unique_together = (('name', 'vendor_id'),)" in said
    assert "vendor_id = models.IntegerField(blank=True, null=True)" in said  # djongo keeps no foreign keys
    assert "No changes detected" in evolution.manage("makemigrations", "--check")
    assert 'CREATE TABLE "evolution_product"' in evolution.manage("sqlmigrate", "evolution", "0001")
    assert 'DROP TABLE "evolution_product"' in evolution.manage("sqlmigrate", "--backwards", "evolution", "0001")
    evolution.manage("migrate", "--fake", "evolution", "zero")
    before = {table: evolution.database[table].index_information() for table in ("evolution_product", "evolution_vendor")}
    assert "0001_initial... FAKED" in evolution.manage("migrate", "--fake-initial", "evolution", "0001")
    evolution.manage("migrate", "--fake", "evolution", "zero")
    assert "0001_initial... OK" in evolution.manage("migrate", "evolution", "0001")
    assert {table: evolution.database[table].index_information() for table in before} == before
    insert_rows(evolution)
    evolution.manage("migrate")
    assert len(rows(evolution, "evolution_product")) == 3
    evolution.manage("flush", "--noinput")
    assert rows(evolution, "evolution_product") == rows(evolution, "evolution_vendor") == []
    assert [each["auto"]["seq"] for each in evolution.database["__schema__"].find({"name": "evolution_product"})] == [0]
    names = set(evolution.server.client.list_database_names())
    assert "Ran 3 tests" in evolution.manage("test", "--noinput")
    assert set(evolution.server.client.list_database_names()) == names
    evolution.manage("migrate", "evolution", "zero")
    assert not [each for each in evolution.database.list_collection_names() if each.startswith("evolution")]
    assert not list(evolution.database["__schema__"].find({"name": {"$regex": "^evolution"}}))


def test_fake_initial_and_again(server, evolution):
    evolution.manage("migrate", "evolution", "0001")
    before = state(evolution.database)
    evolution.manage("migrate", "--fake", "evolution", "zero")
    assert "0001_initial... FAKED" in evolution.manage("migrate", "--fake-initial", "evolution", "0001")
    evolution.manage("migrate", "--fake", "evolution", "zero")
    assert "0001_initial... OK" in evolution.manage("migrate", "evolution", "0001")
    assert state(evolution.database) == before


def test_sqlmigrate_is_sql(secantus, evolution, tmp_path):
    """What it prints is carried out by the command, and leaves the same."""
    evolution.manage("migrate", "evolution")
    before = state(evolution.database)
    tables = [each for each in before[1] if each.startswith("evolution")]
    script = ""
    for name in ("0001", "0002", "0003", "0004"):
        evolution.manage("migrate", "--fake", "evolution", "zero")
    evolution.database.client.drop_database(evolution.database.name)
    for name in ("0001", "0003"):
        said = evolution.manage("sqlmigrate", "evolution", name)
        script += "".join(line + "\n" for line in said.splitlines() if not line.startswith(("System", "WARN", "\t", "evolution.")))
        if name == "0001":
            (tmp_path / "first.sql").write_text(script)
            evolution.python("-m", "keyfold", "execute", "--uri", f"{secantus.uri}/{evolution.database.name}", tmp_path / "first.sql")
            evolution.manage("migrate", "--fake", "evolution", "0001")
            evolution.manage("migrate", "evolution", "0002")
            script = ""
    (tmp_path / "third.sql").write_text(script)
    evolution.python("-m", "keyfold", "execute", "--uri", f"{secantus.uri}/{evolution.database.name}", tmp_path / "third.sql")
    evolution.manage("migrate", "--fake", "evolution", "0003")
    evolution.manage("migrate", "evolution")
    after = state(evolution.database)
    for table in tables:
        for name in {*after[1][table], *before[1][table]}:
            assert (table, name, after[1][table].get(name)) == (table, name, before[1][table].get(name))


def test_test_databases(server, evolution):
    """Made, flushed between tests, copied for several processes, dropped."""
    before = set(server.client.list_database_names())
    said = evolution.manage("test", "--noinput", "--parallel", "2")
    assert "Ran 3 tests" in said and "OK" in said
    assert set(server.client.list_database_names()) - {evolution.database.name} <= before


def test_a_test_database_that_was_left_behind(server, evolution):
    name = f"test_{evolution.database.name}"
    server.client[name]["left"].insert_one({})
    assert "Destroying old test database" in evolution.manage("test", "--noinput", "evolution.tests.Second")
    assert name not in server.client.list_database_names()


def test_flush(server, evolution):
    evolution.manage("migrate")
    evolution.run("from evolution.models import *; Supplier.objects.create(name='a'); Tag.objects.create(code='b')")
    evolution.manage("flush", "--noinput")
    said = evolution.run("from evolution.models import *; print(Supplier.objects.create(name='a').pk, Supplier.objects.count(), Tag.objects.count())")
    assert said.splitlines()[-1] == "1 1 0"


def impatient(project):
    settings = project.folder / "config/settings.py"
    settings.write_text(settings.read_text() + "\nDATABASES['default']['CLIENT']['serverSelectionTimeoutMS'] = 2000\n")
    return project


@pytest.mark.parametrize("fetch", ["cursor.fetchone()", "cursor.fetchmany(2)", "cursor.fetchall()", "connection.introspection.table_names()"])
def test_a_server_that_goes_away_before_the_rows_are_read(made_project, fetch):
    with servers.secantus() as server:
        project = impatient(made_project(server))
        said = project.run(
            "import os, signal; from django.db import connection, OperationalError\n"
            "with connection.cursor() as cursor:\n"
            "    cursor.execute('CREATE TABLE \"t\" (\"a\" long NOT NULL)')\n"
            "    cursor.execute('SELECT \"t\".\"a\" FROM \"t\"')\n"
            f"    os.kill({server.process.pid}, signal.SIGKILL)\n"
            f"    try: {fetch}\n"
            "    except OperationalError as error: print('127.0.0.1' in str(error) or 'closed' in str(error))\n"
        )
        assert said == "True\n"


def test_a_server_that_goes_away(tmp_path, request):
    """Half way through migrate; when it is back, the next migrate finishes."""
    with servers.secantus(durable=True) as server:
        project = impatient(request.getfixturevalue("made_project")(server))
        child = project.start("manage.py", "migrate")
        assert wait_for(lambda: "academic_department" in project.database.list_collection_names())
        # Between two commands: SecantusDB that is killed while it makes a collection does not start again.
        os.killpg(child.pid, signal.SIGSTOP)
        time.sleep(1)
        server.kill()
        os.killpg(child.pid, signal.SIGCONT)
        said = "".join(child.communicate(timeout=120))
        assert child.returncode == 1 and "OperationalError" in said.splitlines()[-1] + said
        server.start()
        project.environment["KEYFOLD_TEST_URI"] = server.uri
        project.database = server.client[project.database.name]
        project.manage("migrate")
        names, indexes = names_and_indexes(project.database)
        assert (len(names), len(indexes)) == (NAMES["secantus"], INDEXES["secantus"])


def test_detach_and_back_to_djongo(server, project):
    """djongo drops what has an index of its own; keyfold, when it comes back, finds all in order."""
    project.apps.append("keyfold.django")
    project.manage("migrate")
    # The command's own verb, and manage.py's.
    uri = f"{server.uri}/{project.database.name}"
    wanted = project.python("-m", "keyfold", "detach", "--check", "--uri", uri, status=1 if server.name == "secantus" else 0)
    assert ("nothing to do" in wanted) == (server.name == "ferretdb")
    said = project.python("-m", "keyfold", "detach", "--uri", uri) if server.name == "secantus" else project.manage("keyfold", "detach")
    there = project.database["academic_department"].index_information()
    code, head = "academic_de_code_81d7ba_idx", "academic_department_head_id_a8fb2062"
    if server.name == "secantus":
        assert there[code] == {"v": 2, "key": [("code", 1)]} and there["code_1"]["unique"]
    else:
        assert code not in there and f'"{code}" is served by "code_1", and stays so: the server has one such index' in said
    assert f'"{head}" is served by "' in said or '"academic_de_head_id_7b0956_idx" is served by "' in said
    assert "all that the models want is there" in project.manage("keyfold", "verify")
    project.use("djongo")
    own = code if server.name == "secantus" else "academic_de_head_id_7b0956_idx" if "academic_de_head_id_7b0956_idx" in there else head
    project.run(
        "from django.db import connection\nwith connection.cursor() as cursor: "
        f"cursor.execute('ALTER TABLE \"academic_department\" DROP CONSTRAINT \"{own}\" INDEX')"
    )
    assert own not in project.database["academic_department"].index_information()
    project.use("keyfold.django")
    assert own in project.manage("keyfold", "plan")
    project.manage("migrate", "academic", "zero")


def test_detach_renames(server, project):
    project.run(
        "from django.db import connection\n"
        "for sql in ('CREATE TABLE \"t\" (\"id\" long NOT NULL PRIMARY KEY, \"a\" long NOT NULL, \"b\" long)', 'CREATE UNIQUE INDEX \"i\" ON \"t\" (\"a\")',\n"
        "                'CREATE INDEX \"k\" ON \"t\" (\"b\" DESC)', 'ALTER TABLE \"t\" RENAME CONSTRAINT \"i\" TO \"j\"'):\n"
        "    with connection.schema_editor() as editor: editor.execute(sql, None)\n"
    )
    assert "i" in project.database["t"].index_information()
    project.apps.append("keyfold.django")
    assert "2 operations done" in project.manage("keyfold", "detach")
    there = project.database["t"].index_information()
    assert set(there) == {"_id_", "__primary_key__", "j", "k"} and there["j"]["unique"]
    assert constraints(project, "t")["j"] == (["a"], ["unique"], ["ASC"])
    assert project.manage("keyfold", "detach") == "nothing to do\n"
