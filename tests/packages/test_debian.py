"""The Debian packages: built, looked at by lintian, and installed with dpkg on top of this machine, of which nothing changes: an
overlay in a mount namespace of its own. scripts/deb --try installs them in a clean Debian instead."""

import os
import pathlib
import re
import subprocess

import pytest
from conftest import ROOT, run

LOG = ROOT / "sql_corpus/logs/presenceiq-tolerant.log"
PACKAGES = {"keyfold", "libkeyfold0", "libkeyfold-dev", "python3-keyfold"}
# Everything in it is seen below $1/root and written elsewhere.
OVERLAY = """set -e
mount -t tmpfs none "$1"
mkdir "$1/upper" "$1/work" "$1/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/root"
[ $# = 1 ] && exit
cp -r "$2" "$1/root/debs"
cp "$3" "$1/root/plan.c"
cp "$4" "$1/root/some.log"
exec chroot "$1/root" /bin/sh -eu /debs/inside
"""
INSIDE = """export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 HOME=/tmp
cd /tmp
dpkg -i /debs/*.deb >&2
echo "version: $(keyfold --version)"
echo "plan: $(keyfold plan /some.log | tail -n 1)"
echo "python: $(python3 -c 'import keyfold; print(keyfold.__version__, keyfold.__file__)')"
echo "module: $(python3 -m keyfold --version)"
cc -std=c99 -Wall -Werror -o plan /plan.c $(pkg-config --cflags --libs keyfold)
echo "example: $(./plan /some.log | tail -n 1)"
echo "man: $(man -w keyfold)"
echo "verify: $(dpkg -V keyfold libkeyfold0 libkeyfold-dev python3-keyfold)"
dpkg -r python3-keyfold keyfold libkeyfold-dev libkeyfold0 >&2
echo "left: $(ls -d /usr/bin/keyfold /usr/lib/*/libkeyfold* /usr/include/keyfold /usr/lib/python3/dist-packages/keyfold 2>/dev/null)"
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("deb")
    run(ROOT / "scripts/deb", folder / "out")
    return folder / "out"


def version():
    return re.search(r'KF_VERSION "([^"]+)"', (ROOT / "include/keyfold/keyfold.h").read_text()).group(1)


def test_packages_are_all_there(built):
    assert {path.name.split("_")[0] for path in built.glob("*.deb")} == PACKAGES
    for path in built.glob("*.deb"):
        assert run("dpkg-deb", "-f", path, "Version").strip() == f"{version()}-1"


def test_lintian(built):
    """Its one warning is that no bug of Debian's asks for the package."""
    assert run("lintian", "--allow-root", "--fail-on", "error,warning,info", "--display-info", "--suppress-tags",
               "initial-upload-closes-no-bugs", next(built.glob("*.changes"))) == ""


def test_library_shows_its_own_names_alone(built, tmp_path):
    run("dpkg-deb", "-x", next(built.glob("libkeyfold0_*.deb")), tmp_path)
    library = next(path for path in tmp_path.rglob("libkeyfold.so.*") if not path.is_symlink())
    names = [line.split()[-1] for line in run("nm", "-D", "--defined-only", library).splitlines()]
    assert names and all(re.match(r"kf_\w+@@KEYFOLD_|KEYFOLD_", name) for name in names), names


def test_unpacked_it_runs(built, tmp_path):
    for package in built.glob("*.deb"):
        run("dpkg-deb", "-x", package, tmp_path)
    library = next(tmp_path.rglob("libkeyfold.so.0")).parent
    env = {**os.environ, "LD_LIBRARY_PATH": str(library)}
    assert run(tmp_path / "usr/bin/keyfold", "--version", env=env) == f"keyfold {version()}\n"
    assert "87 names on 78 indexes" in run(tmp_path / "usr/bin/keyfold", "plan", LOG, env=env)


def test_installed_and_removed(built, tmp_path):
    unshare = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--mount", "--map-root-user"]
    overlay = [*unshare, "/bin/sh", "-c", OVERLAY, "sh", tmp_path]
    if subprocess.run(overlay, capture_output=True).returncode:
        pytest.skip("no overlay can be mounted here: installed by scripts/deb --try alone")
    (built / "debs").mkdir()
    for package in built.glob("*.deb"):
        (built / "debs" / package.name).symlink_to(package)
    (built / "debs/inside").write_text(INSIDE)
    debs = tmp_path.parent / "debs"
    run("cp", "-rL", built / "debs", debs)
    said = dict(re.findall(r"^(\w+): (.*)$", run(*overlay, debs, ROOT / "examples/plan.c", LOG), re.M))
    assert said == {
        "version": f"keyfold {version()}", "module": f"keyfold {version()}",
        "python": f"{version()} /usr/lib/python3/dist-packages/keyfold/__init__.py",
        "plan": said["plan"], "example": said["plan"], "man": "/usr/share/man/man1/keyfold.1.gz", "verify": "", "left": ""}
    assert "87 names on 78 indexes" in said["plan"]
    assert subprocess.run(["dpkg", "-s", "keyfold"], capture_output=True).returncode == 1
