"""Rows of Django's migrate, on the Python package that scripts/python-build makes."""

import contextlib
import os
import pathlib
import shutil
import sys
import tempfile
import time

from measure import ROOT, Missing, Row, run
from server import DELAY_MS, database, proxy

sys.path.insert(0, str(ROOT / "tests/live"))
import servers  # noqa: E402
import wire  # noqa: E402

PYTHON, PACKAGE = ROOT / ".deps/djongo/bin/python", ROOT / "build/python"
OURS, DJONGO = "keyfold.django", "djongo"
# PresenceIQ without a server: what Django takes for itself.
NO_SERVER = "django.db.backends.sqlite3"
SETTINGS = f"""
if os.environ["ENGINE"] == {NO_SERVER!r}:
    DATABASES = {{"default": {{"ENGINE": {NO_SERVER!r}, "NAME": ":memory:"}}}}
"""


def environment(**more):
    if not PYTHON.exists() or not PACKAGE.exists():
        raise Missing("the Python package (scripts/deps djongo, scripts/python-build)")
    return {**os.environ, "PYTHONPATH": str(PACKAGE), **more}


@contextlib.contextmanager
def project():
    with tempfile.TemporaryDirectory() as folder:
        made = pathlib.Path(folder) / "project"
        shutil.copytree(ROOT / "tests/django/project", made, ignore=shutil.ignore_patterns("__pycache__"))
        with open(made / "config/settings.py", "a", encoding="utf-8") as settings:
            settings.write(SETTINGS)
        yield made


def migrated(folder, engine, server, uri):
    """Wall seconds of the process."""
    with database(server) as made:
        begin = time.monotonic()
        run(PYTHON, pathlib.Path(__file__).with_name("migrate.py"), cwd=folder,
            env=environment(ENGINE=engine, KEYFOLD_TEST_URI=uri, DATABASE=made.name))  # fmt: skip
        return time.monotonic() - begin


def commands(folder, engine, server):
    """How many reach the server; the driver's looking for it is not counted."""
    with wire.recorded(server) as recorded:
        migrated(folder, engine, server, recorded.uri)
        return recorded.numbered


def migrate(o):
    reference = "djongo that goes on after failures"
    counts = Row("manage.py migrate of PresenceIQ: commands", reference, 0.4, "commands")
    walls = [Row(f"manage.py migrate of PresenceIQ, {where}", reference, 0.6, "s")
             for where in (f"{DELAY_MS} ms added to each reply", "without that")]  # fmt: skip
    with servers.secantus() as server, proxy(server) as slow, project() as folder:
        counts.add(*(commands(folder, engine, server) for engine in (OURS, DJONGO)))
        for _ in range(1 if o.smoke else o.rounds):
            for row, uri in zip(walls, (slow, server.uri)):
                row.add(*(migrated(folder, engine, server, uri) for engine in (OURS, DJONGO)))
        alone = min(migrated(folder, NO_SERVER, server, "") for _ in range(1 if o.smoke else o.rounds))
        walls[1].note = f"Django alone, on SQLite in memory: {alone:.2f} s"
    return [counts, *walls]


ROWS = {"migrate": migrate}
