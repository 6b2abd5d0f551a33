"""keyfold export --to django-mongodb-backend: a shop that djongo has filled, moved to Django's official MongoDB backend."""

import hashlib
import os
import shutil
import subprocess
import sys
import uuid

import pytest
import servers
import states
from bson import Int64, ObjectId
from project import on_secantus
from pymongo.errors import DuplicateKeyError

PROJECT = servers.ROOT / "tests/live/backend"
TOKEN = uuid.UUID(int=7)

pytestmark = on_secantus

FILL = f"""
import datetime, decimal, uuid
from shop.models import *
boss = User.objects.create(name='boss')
ann = User.objects.create(name='ann', email='a@example.org', boss=boss)
Tag.objects.create(slug='new')
bill = Invoice.objects.create(paid=True)
order = Order.objects.create(code='A', user=ann, tag_id='new', invoice=bill, status='open', total=decimal.Decimal('9.50'),
                             made=datetime.date(2020, 1, 2), number=5, token=uuid.UUID(int=7))
other = Order.objects.create(code='B', user=boss, status='done', made=datetime.date(2020, 1, 3), token=uuid.UUID(int=8))
order.watchers.add(boss)
order.watchers.add(ann)
"""

# What the models say of the rows, and that constraints are kept, on the backend.
ASK = """
import datetime, decimal, uuid
from django.db import DatabaseError
from shop.models import *
order = Order.objects.get(code='A')
ann = User.objects.get(name='ann')
assert order.user == ann and ann.boss.name == 'boss' and ann.boss.boss is None, order.user
assert order.tag.slug == 'new' and order.invoice.paid and Order.objects.get(code='B').invoice is None
assert sorted(u.name for u in order.watchers.all()) == ['ann', 'boss'] and [o.code for o in ann.watched.all()] == ['A']
assert (order.total, order.made, order.number, order.token) == (decimal.Decimal('9.50'), datetime.date(2020, 1, 2), 5, uuid.UUID(int=7))
assert Order.objects.filter(user__boss__name='boss').count() == 1 and Order.objects.get(token=uuid.UUID(int=7)) == order

def refused(**values):
    try:
        Order.objects.create(made=datetime.date(2021, 1, 1), **values)
    except DatabaseError:
        return True
    return False

assert refused(code='A', user=ann.boss, status='x')
assert refused(code='C', user=ann, status='open'), 'one open order a user'
assert refused(code='C', user=ann, status='x', number=5), 'user and number'
assert refused(code='C', user=ann.boss, status='x', invoice=order.invoice)
assert refused(code='C', user=ann.boss, status='x', token=uuid.UUID(int=7))
assert not refused(code='C', user=ann.boss, status='x') and not refused(code='D', user=ann.boss, status='x'), 'nulls are distinct'
User.objects.create(name='third')
assert User.objects.filter(email=None).count() == 2
"""


class Django:
    """The project with a backend of Django's, and a folder of its own for its migrations."""

    def __init__(self, python, settings, folder, server):
        self.python, self.settings, self.folder, self.server = python, settings, folder / settings, server
        shutil.copytree(PROJECT, self.folder)

    def __call__(self, database, *words, status=0):
        environment = {**os.environ, "DJANGO_SETTINGS_MODULE": self.settings, "PYTHONPATH": str(self.folder), "PYTHONWARNINGS": "ignore",
                       "SHOP_URI": self.server.uri, "SHOP_DATABASE": database}
        done = subprocess.run([self.python, "-m", "django", *words], env=environment, capture_output=True, text=True, timeout=120)
        assert done.returncode == status, (words, done.stdout, done.stderr)
        return done.stdout


@pytest.fixture
def djongo(project, tmp_path):
    return Django(servers.DEPS / "djongo/bin/python", "settings_djongo", tmp_path, project.server)


@pytest.fixture
def backend(project, tmp_path):
    python = servers.DEPS / "django-mongodb/bin/python"
    assert python.exists(), "no django-mongodb-backend: run scripts/deps backend"
    django = Django(python, "settings_backend", tmp_path, project.server)
    django(project.database.name + "_other", "makemigrations", "shop")
    return django


@pytest.fixture
def shop(project, djongo, tmp_path):
    """Made by keyfold from what djongo says, and filled by djongo."""
    name = project.database.name
    djongo(name, "makemigrations", "shop")
    sql = tmp_path / "shop.sql"
    sql.write_text(djongo(name, "sqlmigrate", "shop", "0001"))
    project.apply(sql)
    djongo(name, "shell", "-c", FILL)
    return project


@pytest.fixture
def fresh(project, backend):
    """What the backend's own migrate makes."""
    database = project.server.client[project.database.name + "_fresh"]
    backend(database.name, "migrate")
    yield database
    project.server.client.drop_database(database.name)


def specs(database):
    return {table: {spec["name"]: states.index_of(spec) for spec in states.specs(database, table)}
            for table in states.tables(database) if table != "django_migrations"}


def export(project, *words):
    script = project.folder / "move.py"
    script.write_text(project.run("export", "--to", "django-mongodb-backend", *words).stdout)
    return script


def run(script, project, *words):
    done = subprocess.run([sys.executable, script, project.uri, *words], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_moved(shop, backend, fresh):
    """The backend's indexes, by name, key, options and filter; its migrate has nothing to do; its models find their rows."""
    wanted, before = specs(fresh), states.documents(shop.database)
    assert specs(shop.database) != wanted
    script = export(shop)
    assert "values become" in run(script, shop, "--dry-run")
    assert states.documents(shop.database) == before
    run(script, shop)
    assert specs(shop.database) == wanted
    order = shop.database.shop_order.find_one({"code": "A"})
    assert isinstance(order["user_id"], ObjectId) and isinstance(order["number"], Int64) and order["token"] == TOKEN.hex
    after = states.documents(shop.database)
    said = run(script, shop)
    assert "values become" not in said and all(": 0 indexes go, 0 are made, " in line for line in said.splitlines())
    assert states.documents(shop.database) == after and specs(shop.database) == wanted

    name = shop.database.name
    assert "shop.0001_initial... FAKED" in backend(name, "migrate", "--fake-initial")
    assert "No planned migration operations" in backend(name, "migrate", "--plan")
    assert specs(shop.database) == wanted
    backend(name, "shell", "-c", ASK)


def test_redundant_names(project, backend, tmp_path):
    """What the backend itself is refused: the script makes one, and says which name has to go from the model."""
    project.apply(project.log('CREATE TABLE "t" ("id" long NOT NULL PRIMARY KEY AUTOINCREMENT, "a_id" long NOT NULL)',
                              'ALTER TABLE "t" ADD CONSTRAINT "t_a_id_0123abcd" INDEX ("a_id")',
                              'ALTER TABLE "t" ADD CONSTRAINT "by_a" INDEX ("a_id")'))
    script = export(project)
    assert '"by_a" is the same as "t_a_id_0123abcd"' in script.read_text()
    run(script, project)
    assert set(specs(project.database)["t"]) == {"t_a_id_0123abcd"}
    models = backend.folder / "shop/models.py"
    models.write_text(models.read_text().replace('models.Index(fields=["-made"', 'models.Index(fields=["user"], name="again"), models.Index(fields=["-made"'))
    backend("x", "makemigrations", "shop")
    done = subprocess.run([backend.python, "-m", "django", "migrate"], capture_output=True, text=True,
                          env={**os.environ, "DJANGO_SETTINGS_MODULE": backend.settings, "PYTHONPATH": str(backend.folder),
                               "SHOP_URI": project.server.uri, "SHOP_DATABASE": project.database.name + "_refused"})
    project.server.client.drop_database(project.database.name + "_refused")
    assert done.returncode != 0 and "already exists with a different name" in done.stderr


def test_others_indexes_stay(project):
    project.apply(project.log('CREATE TABLE "t" ("id" long NOT NULL PRIMARY KEY AUTOINCREMENT, "n" long NOT NULL UNIQUE)'))
    project.database.t.create_index([("at", 1)], name="ttl", expireAfterSeconds=60)
    project.database.t.insert_many({"id": n, "n": n} for n in range(3))
    script = export(project)
    project.database.t.create_index([("mine", 1)], name="mine")
    run(script, project)
    # md5 of "tn": Django's name of a unique column's index.
    assert set(specs(project.database)["t"]) == {"ttl", "mine", f"t_n_{hashlib.md5(b'tn').hexdigest()[:8]}_uniq"}
    with pytest.raises(DuplicateKeyError):
        project.database.t.insert_one({"n": Int64(2)})
