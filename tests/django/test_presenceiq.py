"""The project that keyfold exists for: its models as they are, and migrate passes."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import urllib.request

import pytest
import servers
from conftest import wait_for

APPS = ("face_recognition", "attendance", "admin", "academic", "sessions")
# Of facts that were worked out from the models: names (index, unique, primary), and indexes that serve them.
NAMES = {"secantus": 87, "ferretdb": 86}
INDEXES = {"secantus": 78, "ferretdb": 77}


def names_and_indexes(database):
    names, indexes = set(), set()
    for document in database["__schema__"].find({"fields": {"$exists": True}}):
        for each in document.get("names", ()):  # djongo has none
            if each["kind"] not in ("foreign key", "check"):
                names.add((document["name"], each["name"]))
    for table in database.list_collection_names():
        if table != "__schema__":
            indexes |= {(table, name) for name in database[table].index_information() if name != "_id_"}
    return names, indexes


def state(database):
    """All but the numbers of revisions, which tell how often something was written."""
    documents = sorted(database["__schema__"].find({}, {"_id": 0, "rev": 0, "auto.seq": 0}), key=lambda each: each["name"])
    for each in documents:
        each["names"] = sorted(each["names"], key=lambda name: name["name"])
    return documents, {
        table: database[table].index_information() for table in sorted(database.list_collection_names())
    }


def test_plain_djongo_fails(server, project):
    project.use("djongo")
    said = project.manage("migrate", status=1)
    assert re.search(r"Index already exists with a different name: \w+", said), said[-3000:]


def test_migrate(server, project):
    said = project.manage("migrate")
    assert "Applying sessions.0001_initial... OK" in said
    names, indexes = names_and_indexes(project.database)
    assert (len(names), len(indexes)) == (NAMES[server.name], INDEXES[server.name])
    assert "No migrations to apply" in project.manage("migrate")
    assert "No changes detected" in project.manage("makemigrations", "--check")


def test_a_migrate_that_failed_under_djongo_is_finished(server, project):
    project.use("djongo")
    project.manage("migrate", status=1)
    project.use("keyfold.django")
    project.manage("migrate")
    names, _ = names_and_indexes(project.database)
    assert {("academic_holiday", "academic_ho_departm_c6d287_idx"), ("academic_holiday", "academic_holiday_department_id_ea7a22c8")} <= names
    assert "No migrations to apply" in project.manage("migrate")


def test_a_superuser_and_rows(server, project):
    project.manage("migrate")
    project.manage("createsuperuser", "--noinput", "--username", "admin", "--email", "admin@example.com")
    said = project.run(
        "from academic.models import *; from authentication.models import User\n"
        "from django.db import IntegrityError\n"
        "head = User.objects.get(username='admin')\n"
        "made = Department.objects.create(name='Physics', code='PH', head=head)\n"
        "read = Department.objects.get(code='PH'); print(read.pk == made.pk, read.name, read.head_id == head.pk)\n"
        "try: Department.objects.create(name='Other', code='PH')\n"
        "except IntegrityError as error: print('IntegrityError', 'E11000' in str(error))\n"
        "print(Subject.objects.bulk_create([Subject(name=str(n), code=str(n), semester=n, department=made) for n in range(3)]) and Subject.objects.count())\n"
    )
    assert said.split("\n")[:3] == ["True Physics True", "IntegrityError True", "3"]


def test_one_pending_per_user(secantus, project):
    """Partial, and many NULLs are legal."""
    project.manage("migrate")
    said = project.run(
        "from face_recognition.models import RecognitionLog as Log; from authentication.models import User\n"
        "from django.db import IntegrityError\n"
        "user = User.objects.create(username='u', email='u@example.com')\n"
        "for who, status in ((None, 'pending'), (None, 'pending'), (user, 'done'), (user, 'done'), (user, 'pending')): Log.objects.create(recognized_user=who, status=status)\n"
        "try: Log.objects.create(recognized_user=user, status='pending'); print('saved')\n"
        "except IntegrityError: print('refused', Log.objects.count())\n"
    )
    assert said == "refused 5\n"
    # As the admin's forms ask; djongo says that each row violates it.
    said = project.run(
        "from face_recognition.models import RecognitionLog as Log; from authentication.models import User\n"
        "from django.core.exceptions import ValidationError\n"
        "for who in (User.objects.get(), User.objects.create(username='v', email='v@example.com'), None):\n"
        "    for status in ('pending', 'done'):\n"
        "        try: Log(recognized_user=who, status=status).validate_constraints(); print('valid')\n"
        "        except ValidationError: print('violated')\n"
    )
    assert said.split() == ["violated", *["valid"] * 5]


def test_zero_and_again(server, project):
    project.manage("migrate")
    before = state(project.database)
    for app in APPS:
        project.manage("migrate", app, "zero")
    assert not [each for each in project.database.list_collection_names() if each.startswith(("attendance", "face", "academic"))]
    project.manage("migrate")
    assert state(project.database) == before


@pytest.mark.parametrize("table", ["auth_permission", "academic_holiday", "attendance_attendance", "face_recognition_faceimage"])
def test_a_killed_migrate_is_finished_by_the_next(server, project, tmp_path, table):
    child = project.start("manage.py", "migrate")
    there = wait_for(lambda: table in project.database.list_collection_names() or child.poll() is not None)
    os.killpg(child.pid, signal.SIGKILL)
    child.communicate()
    assert there
    assert child.returncode == -signal.SIGKILL, "it was finished before it could be killed"
    project.manage("migrate")
    names, indexes = names_and_indexes(project.database)
    assert (len(names), len(indexes)) == (NAMES[server.name], INDEXES[server.name])
    assert "No migrations to apply" in project.manage("migrate")


def test_commands_are_few(secantus, project):
    """djongo sends 89 createIndexes and 331 commands in all."""
    (project.folder / "counted.py").write_text(
        "import collections, os, django, pymongo.monitoring\n"
        "os.environ['DJANGO_SETTINGS_MODULE'] = 'config.settings'\n"
        "counts = collections.Counter()\n"
        "class Listener(pymongo.monitoring.CommandListener):\n"
        "    def started(self, event): counts[event.command_name] += 1\n"
        "    def succeeded(self, event): pass\n"
        "    def failed(self, event): pass\n"
        "pymongo.monitoring.register(Listener())\n"
        "django.setup()\n"
        "from django.core.management import call_command\n"
        "from django.db import connection\n"
        "call_command('migrate', verbosity=0)\n"
        "read, write = connection.keyfold.database().commands\n"
        "print(sum(counts.values()), counts['createIndexes'], read, write)\n"
    )
    pymongo, indexes, read, write = map(int, project.python("counted.py").split()[-4:])
    print(f"djongo's half {pymongo}, keyfold's {read} read, {write} written")
    assert indexes == 0
    # Of djongo's half 121 are rows: 24 migrations, contents and permissions, each with its counter. 6 are Django's lists of tables.
    assert pymongo <= 127
    # 12 batches (the first finds no catalog): lists of collections, the catalog's documents, and indexes: the catalog's, of the 8
    # tables that were there before, and of the one that has a filter.
    assert read <= 12 + 11 + 10
    # createIndexes of 21 tables, of 7 again, and of __schema__; fields of 8 tables; documents, 10 times new ones and 3 times others.
    assert write <= 29 + 8 + 13


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@contextlib.contextmanager
def served(project, *options):
    port = free_port()
    child = project.start("manage.py", "runserver", f"127.0.0.1:{port}", *options)
    try:
        yield child, f"http://127.0.0.1:{port}/admin/login/"
    finally:
        os.killpg(child.pid, signal.SIGTERM)
        child.communicate(timeout=30)


def answer(url):
    try:
        with urllib.request.urlopen(url, timeout=10) as page:
            return page.read().decode()
    except OSError:  # URLError is one
        return ""


def test_the_dev_server_and_its_reloading(server, project):
    project.manage("migrate")
    with served(project) as (child, url):
        assert wait_for(lambda: "Log in" in answer(url))
        reloaded = (
            "from django.contrib import admin\nfrom django.http import HttpResponse\nfrom django.urls import path\n"
            "from academic.models import Department\n"
            "urlpatterns = [path('admin/login/', lambda request: HttpResponse(f'reloaded {Department.objects.count()}'))]\n"
        )

        def written_and_seen():
            # What is written before Django first looks at the file is no change to it.
            (project.folder / "config/urls.py").write_text(reloaded)
            return wait_for(lambda: answer(url) == "reloaded 0", seconds=20)

        assert any(written_and_seen() for _ in range(6))
        assert child.poll() is None


def test_the_command_verifies_the_models(secantus, project):
    """keyfold verify --models, where manage.py is: the command asks Django."""
    project.apps.append("keyfold.django")
    binary = os.environ.get("KEYFOLD", str(servers.ROOT / "build/gcc/src/cli/keyfold"))
    environment = {**project.environment, "PATH": f"{os.path.dirname(project.interpreter)}:{os.environ['PATH']}", "MORE_APPS": ",".join(project.apps)}

    def verify():
        words = [binary, "verify", "--uri", f"{secantus.uri}/{project.database.name}", "--models"]
        done = subprocess.run(words, cwd=project.folder, env=environment, capture_output=True, text=True, timeout=120)
        return done.returncode, done.stdout, done.stderr

    status, said, complaints = verify()
    assert (status, complaints) == (1, "") and f"{NAMES[secantus.name]} missing" in said, said[-500:]
    project.manage("migrate")
    status, said, complaints = verify()
    assert (status, complaints) == (0, ""), said
    assert "FOLDED" in said and "MISSING" not in said and "EXTRA" not in said
    project.database.by_hand.insert_one({})
    status, said, _ = verify()
    assert status == 0 and "by_hand  (nothing that is wanted speaks of it)" in said
