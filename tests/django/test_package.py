"""The wheel, and what it says where the driver is missing."""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import zipfile

import pytest
from conftest import PACKAGE, ROOT

VERSION = re.search(r'KF_VERSION "([^"]+)"', (ROOT / "include/keyfold/keyfold.h").read_text()).group(1)
WHEELS = pathlib.Path(os.environ.get("DJANGO_WHEELS", ROOT / "build/wheel"))


@pytest.fixture(scope="module")
def wheel():
    found = list(WHEELS.glob("keyfold-*.whl"))
    if len(found) != 1:
        pytest.fail(f"{WHEELS} holds {len(found)} wheels: run scripts/python-build")
    return found[0]


def test_the_wheel_holds_the_whole_package(wheel):
    sources = {
        str(path.relative_to(ROOT / "python"))
        for path in (ROOT / "python/keyfold").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    with zipfile.ZipFile(wheel) as file:
        held = {name for name in file.namelist() if ".dist-info/" not in name}
    assert held == sources | {"keyfold/_native.abi3.so", "keyfold/keyfold-python"}
    assert "-abi3-" in wheel.name


def test_it_needs_the_drivers_libraries_only(wheel, tmp_path):
    with zipfile.ZipFile(wheel) as file:
        library = file.extract("keyfold/_native.abi3.so", tmp_path)
    said = subprocess.run(["readelf", "-d", library], capture_output=True, text=True, check=True).stdout
    needed = {line.split("[")[1].split("]")[0].split(".so")[0] for line in said.splitlines() if "(NEEDED)" in line}
    assert needed <= {"libmongoc-1.0", "libbson-1.0", "libmongoc2", "libbson2", "libz", "libzstd", "libc", "libm", "libpthread", "ld-linux-x86-64"}
    exported = subprocess.run(["nm", "-D", "--defined-only", library], capture_output=True, text=True, check=True).stdout
    assert [line.split()[-1] for line in exported.splitlines()] == ["PyInit__native"]


def test_installed_into_a_clean_venv(wheel, tmp_path):
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    python = tmp_path / "venv/bin/python"
    subprocess.run([python, "-m", "pip", "-q", "install", "--no-index", "--no-deps", wheel], check=True)
    code = "import keyfold; print(keyfold.__version__, keyfold.explain('parse', 'DROP TABLE \"t\"').split()[:2])"
    clean = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    run = lambda *words: subprocess.run(words, capture_output=True, text=True, cwd=tmp_path, env=clean)
    assert run(python, "-c", code).stdout == f"{VERSION} ['drop', 'table']\n"
    for command in ((python, "-m", "keyfold"), (tmp_path / "venv/bin/keyfold",)):
        done = run(*command, "--version")
        assert (done.stdout, done.stderr, done.returncode) == (f"keyfold {VERSION}\n", "", 0)
    assert run(python, "-m", "keyfold", "explain").returncode == 2


def test_without_the_driver_it_says_what_to_install(tmp_path):
    shutil.copytree(pathlib.Path(PACKAGE) / "keyfold", tmp_path / "keyfold")
    library = tmp_path / "keyfold/_native.abi3.so"
    library.write_bytes(library.read_bytes().replace(b"libmongoc-1.0.so", b"libmongoc-9.9.so"))
    done = subprocess.run([sys.executable, "-c", "import keyfold"], cwd=tmp_path, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(tmp_path)})
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("ImportError: keyfold needs the MongoDB C driver") and "apt-get install libmongoc-1.0-0" in last


def test_the_module_and_its_stub_agree():
    code = "from keyfold import _native; print(*sorted(n for n in dir(_native) if not n.startswith('_')))"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": PACKAGE})
    stub = (ROOT / "python/keyfold/_native.pyi").read_text()
    declared = {line.split("(")[0][4:] for line in stub.splitlines() if line.startswith("def ")} | {"version"}
    assert set(said.stdout.split()) == declared


def test_every_option_of_a_plan_is_its_own(tmp_path):
    """Each changes what it is about, and nothing else does."""
    code = """
import keyfold
sql = (
    'CREATE TABLE "django_migrations" ("id" long NOT NULL PRIMARY KEY AUTOINCREMENT, "app" string NOT NULL, "name" string NOT NULL);'
    "INSERT INTO django_migrations (app, name) VALUES ('a', '1');"
)
for options in {}, {"no_migrations_table": True}, {"convert_types": True}, {"only": "t*"}:
    print(keyfold.explain("plan", sql, **options).splitlines()[-1])
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": PACKAGE})
    assert done.stdout.splitlines() == [
        "statements: 2 applied",
        "statements: 1 applied 1 skipped",
        "statements: 2 applied",
        "statements: 2 skipped",
    ], done.stderr
