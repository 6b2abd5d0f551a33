"""Commands with their standard output, standard error and exit status, kept apart: cases/NAME/{cmd,stdout,stderr,status}.

cmd is a shell script; it runs in an empty folder that holds the case's other files, with keyfold on the PATH and the
repository's sql_corpus as $CORPUS. A file that is missing stands for no output, or status 0. In what is expected, @TMP@
stands for the folder and @VERSION@ for the version. KEYFOLD names another binary; KEYFOLD_REWRITE=1 writes what came out
into the cases (read it before you believe it)."""

import os
import pathlib
import re
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
CASES = pathlib.Path(__file__).resolve().parent / "cases"
BINARY = pathlib.Path(os.environ.get("KEYFOLD", ROOT / "build/gcc/src/cli/keyfold")).resolve()
OUTPUTS = ("stdout", "stderr", "status")
VERSION = re.search(r'KF_VERSION "([^"]+)"', (ROOT / "include/keyfold/keyfold.h").read_text()).group(1)


def run(case, folder):
    assert BINARY.exists(), f"{BINARY} is not built"
    work, programs = folder / "work", folder / "bin"
    shutil.copytree(case, work, ignore=shutil.ignore_patterns("cmd", *OUTPUTS))
    programs.mkdir()
    (programs / "keyfold").symlink_to(BINARY)
    env = {
        "PATH": f"{programs}:/usr/bin:/bin",
        "HOME": str(folder),
        "LC_ALL": "C.UTF-8",
        "CORPUS": str(ROOT / "sql_corpus"),
        # The driver warns where another program's killed process left shared memory behind under the same number.
        "MONGOC_DISABLE_SHM": "1",
    }
    env.update((k, v) for k, v in os.environ.items() if k in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS"))
    done = subprocess.run(
        ["/bin/bash", "-u", case / "cmd"], cwd=work, env=env, stdin=subprocess.DEVNULL, capture_output=True, timeout=60
    )

    def general(output):
        text = output.decode("utf-8", "backslashreplace")
        return text.replace(str(work), "@TMP@").replace(VERSION, "@VERSION@")

    return {"stdout": general(done.stdout), "stderr": general(done.stderr), "status": f"{done.returncode}\n"}


def expected(case, what):
    path = case / what
    return path.read_text() if path.exists() else ("0\n" if what == "status" else "")


def rewrite(case, got):
    for what in OUTPUTS:
        if got[what] == ("0\n" if what == "status" else ""):
            (case / what).unlink(missing_ok=True)
        else:
            (case / what).write_text(got[what])


@pytest.mark.parametrize("name", sorted(p.name for p in CASES.iterdir() if (p / "cmd").exists()))
def test_case(name, tmp_path):
    case = CASES / name
    got = run(case, tmp_path)
    if os.environ.get("KEYFOLD_REWRITE"):
        rewrite(case, got)
    assert got == {what: expected(case, what) for what in OUTPUTS}
