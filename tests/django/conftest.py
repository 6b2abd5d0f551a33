"""Django projects that run in processes of their own, against a real server.

$DJANGO_PYTHON is a Python with Django and djongo (else .deps/djongo/bin/python), $DJANGO_PATH a folder with the package
keyfold (else build/python, where scripts/test puts it).
"""

import os
import pathlib
import shutil
import subprocess
import sys
import time
import uuid

import pytest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
DEPS = pathlib.Path(os.environ.get("DJANGO_DEPS", ROOT / ".deps"))
sys.path.insert(0, str(ROOT / "tests/live"))
import servers  # noqa: E402

LEFT_OUT = "FerretDB is left out (--without-ferretdb)"
PYTHON = os.environ.get("DJANGO_PYTHON", str(ROOT / ".deps/djongo/bin/python"))
PACKAGE = os.environ.get("DJANGO_PATH", str(ROOT / "build/python"))


def pytest_addoption(parser):
    parser.addoption("--without-ferretdb", action="store_true", help="skip the tests that need FerretDB")


@pytest.fixture(scope="session")
def secantus():
    with servers.secantus() as server:
        yield server


@pytest.fixture(scope="session")
def secantus_tls(tmp_path_factory):
    """It asks for a certificate, a user and a password."""
    with servers.secantus(auth=True, tls=servers.certificates(tmp_path_factory.mktemp("tls"))) as server:
        yield server


@pytest.fixture(scope="session")
def ferretdb(request):
    if request.config.getoption("--without-ferretdb"):
        pytest.skip(LEFT_OUT)
    with servers.ferretdb() as server:
        yield server


@pytest.fixture(scope="session", params=sorted(servers.SERVERS))
def server(request):
    """The test runs once on each server."""
    return request.getfixturevalue(request.param)


class Project:
    """A copy of a Django project, and a database of its own."""

    def __init__(self, server, folder, database):
        self.server, self.folder = server, folder
        self.database = server.client[database]
        self.environment = {
            **os.environ,
            "KEYFOLD_TEST_URI": server.uri,
            "DATABASE": database,
            "ENGINE": "keyfold.django",
            "PYTHONPATH": PACKAGE,
            "PYTHONDONTWRITEBYTECODE": "1",
            "DJANGO_SUPERUSER_PASSWORD": "not-a-secret",
        }
        self.apps = []
        self.interpreter = PYTHON

    def use(self, engine):
        self.environment["ENGINE"] = engine

    def start(self, *words):
        return subprocess.Popen(
            [self.interpreter, *map(str, words)], cwd=self.folder, env={**self.environment, "MORE_APPS": ",".join(self.apps)}, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip

    def python(self, *words, status=0):
        child = self.start(*words)
        try:
            out, err = child.communicate(timeout=300)
        except subprocess.TimeoutExpired:
            child.kill()
            raise
        if child.returncode != status:
            pytest.fail(f"{words}: exit {child.returncode}, not {status}\n{out[-2000:]}{err[-4000:]}")
        return out + err

    def manage(self, *words, status=0):
        return self.python("manage.py", *words, status=status)

    def run(self, code):
        """Python code in the project; what it prints."""
        return self.python("-c", "import os, django; os.environ['DJANGO_SETTINGS_MODULE'] = 'config.settings'; django.setup()\n" + code)


@pytest.fixture
def made_project(tmp_path):
    """Makes PresenceIQ's on a server."""

    def make(server):
        folder = tmp_path / "project"
        shutil.copytree(HERE / "project", folder, ignore=shutil.ignore_patterns("__pycache__"))
        return Project(server, folder, "kf_" + uuid.uuid4().hex[:12])

    return make


@pytest.fixture
def project(request, made_project):
    """PresenceIQ on the server of the test's own fixture."""
    for name in ("server", "secantus", "ferretdb", "secantus_tls"):
        if name in request.fixturenames:
            server = request.getfixturevalue(name)
            break
    made = made_project(server)
    yield made
    server.client.drop_database(made.database.name)


def wait_for(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.02)
    return False
