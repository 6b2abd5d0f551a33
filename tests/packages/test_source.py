"""The source, as others build it: as a meson subproject; as an sdist, from which a wheel is built and installed into a clean venv."""

import os
import re
import shutil
import subprocess
import sys
import tarfile

import pytest
from conftest import DEPS, ROOT, run

VERSION = re.search(r'KF_VERSION "([^"]+)"', (ROOT / "include/keyfold/keyfold.h").read_text()).group(1)
# It is what is built that counts, not how fast it is.
QUICK = "-Doptimization=0"


def test_subproject(tmp_path):
    """examples/subproject, with this source below it."""
    own = tmp_path / "own"
    shutil.copytree(ROOT / "examples/subproject", own)
    (own / "subprojects").mkdir()
    (own / "subprojects/keyfold").symlink_to(ROOT)
    told = run("meson", "setup", "build", QUICK, "--force-fallback-for=keyfold", cwd=own)
    assert f"Dependency keyfold found: YES {VERSION} (overridden)" in told
    run("ninja", "-C", "build", "own", cwd=own)
    assert run("build/own", cwd=own) == 'alter table t\n  add name "x" index { "a": -1 }\n'


@pytest.fixture(scope="module")
def sdist(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sdist")
    run(sys.executable, "-m", "venv", folder / "tools")
    run(folder / "tools/bin/python", "-m", "pip", "-q", "install", "--disable-pip-version-check", "-r", ROOT / "scripts/python-build.txt")
    env = {**os.environ, "PATH": f"{folder}/tools/bin:{os.environ['PATH']}"}
    run(folder / "tools/bin/python", "-c", f"import mesonpy; mesonpy.build_sdist({str(folder)!r})", cwd=ROOT, env=env)
    return next(folder.glob("keyfold-*.tar.gz"))


def test_sdist_holds_what_is_committed(sdist):
    assert sdist.name == f"keyfold-{VERSION}.tar.gz"
    with tarfile.open(sdist) as file:
        held = {name.split("/", 1)[1] for name in file.getnames() if "/" in name and not file.getmember(name).isdir()}
    committed = set(run("git", "ls-tree", "-r", "--name-only", "HEAD", cwd=ROOT).split())
    assert held == committed | {"PKG-INFO"}


def test_wheel_of_the_sdist(sdist, tmp_path):
    tools = sdist.parent / "tools/bin"
    env = {**os.environ, "PATH": f"{tools}:{os.environ['PATH']}"}
    run(tools / "python", "-m", "pip", "-q", "--disable-pip-version-check", "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", tmp_path,
        f"--config-settings=setup-args={QUICK}", sdist, env=env)
    run(sys.executable, "-m", "venv", tmp_path / "clean")
    python = tmp_path / "clean/bin/python"
    run(python, "-m", "pip", "-q", "--disable-pip-version-check", "install", "--no-index", "--no-deps", next(tmp_path.glob("keyfold-*.whl")))
    clean = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    code = "import keyfold; print(keyfold.__version__, keyfold.explain('parse', 'DROP TABLE \"t\"').split()[:2])"
    assert run(python, "-c", code, cwd=tmp_path, env=clean) == f"{VERSION} ['drop', 'table']\n"
    assert run(tmp_path / "clean/bin/keyfold", "--version", cwd=tmp_path, env=clean) == f"keyfold {VERSION}\n"
    log = ROOT / "sql_corpus/logs/presenceiq-tolerant.log"
    assert "87 names on 78 indexes" in run(tmp_path / "clean/bin/keyfold", "plan", log, cwd=tmp_path, env=clean)


@pytest.mark.skipif(not any(map(shutil.which, ("podman", "docker", "buildah"))), reason="there is no engine for images here")
def test_container(tmp_path):
    engine = next(filter(None, map(shutil.which, ("podman", "docker", "buildah"))))
    if subprocess.run([engine, "info"], capture_output=True).returncode:
        pytest.skip(f"{engine} has no engine behind it here")
    run(engine, "build", "-q", "-f", "packaging/Containerfile", "-t", "keyfold-test", ".", cwd=ROOT, timeout=900)
    assert run(engine, "run", "--rm", "keyfold-test", "--version") == f"keyfold {VERSION}\n"
