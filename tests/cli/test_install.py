"""What `meson install` gives a program that uses the library."""

import os
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("KEYFOLD", ROOT / "build/gcc/src/cli/keyfold")).resolve()
BUILD = BINARY.parents[2]
LOG = ROOT / "sql_corpus/logs/presenceiq-tolerant.log"

# A host that has functions of its own under the names of what is linked into the library, and lets everybody see them.
HOST = r"""
#include <keyfold/keyfold.h>
#include <stdio.h>
#include <stdlib.h>

void *palloc(size_t n);
void *protobuf_c_message_unpack(const void *descriptor, void *allocator, size_t n, const unsigned char *data);

void *palloc(size_t n) { (void)n; puts("the host's palloc"); exit(9); }
void *protobuf_c_message_unpack(const void *descriptor, void *allocator, size_t n, const unsigned char *data) {
    (void)descriptor, (void)allocator, (void)n, (void)data;
    puts("the host's protobuf_c_message_unpack");
    exit(9);
}

int main(void) {
    static const char sql[] = "CREATE TABLE \"t\" (\"id\" long NOT NULL PRIMARY KEY);";
    kf_error err;
    kf_text text;
    if (kf_explain(&text, "parse", sql, sizeof sql - 1, NULL, &err) != 0) { puts(err.message); return 1; }
    fputs(text.data, stdout);
    kf_text_free(&text);
    return 0;
}
"""


def run(*command, **more):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, **more)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    place = tmp_path_factory.mktemp("installed")
    run("meson", "install", "--no-rebuild", "-C", BUILD, "--destdir", place)
    return place


def library(installed):
    return next(installed.rglob("libkeyfold.so"))


def compile_against(installed, source, target, *flags):
    pc = next(installed.rglob("keyfold.pc"))
    env = dict(os.environ, PKG_CONFIG_PATH=str(pc.parent), PKG_CONFIG_SYSROOT_DIR=str(installed))
    config = run("pkg-config", "--cflags", "--libs", "keyfold", env=env).split()
    sanitizers = ["-fsanitize=address,undefined"] if "__asan_init" in run("nm", "-D", library(installed)) else []
    run("cc", "-Wall", "-Wextra", "-Werror", *flags, *sanitizers, "-o", target, source, *config)
    return lambda *arguments: run(target, *arguments, env=dict(os.environ, LD_LIBRARY_PATH=str(library(installed).parent)))


def declared():
    names = set()
    for header in (ROOT / "include/keyfold").glob("*.h"):
        names |= set(re.findall(r"KF_API [^;(]*?\b(kf_\w+)\(", header.read_text()))
    return names


def test_symbols_are_the_public_ones(installed):
    lines = run("nm", "-D", "--defined-only", library(installed)).splitlines()
    names = {line.split()[-1].split("@")[0] for line in lines} - {"KEYFOLD_0.1"}
    assert names == declared()


def test_version(installed):
    assert run(next(installed.rglob("bin/keyfold")), "--version",
               env=dict(os.environ, LD_LIBRARY_PATH=str(library(installed).parent))).startswith("keyfold ")


def test_example(installed, tmp_path):
    example = compile_against(installed, ROOT / "examples/plan.c", tmp_path / "plan", "-std=c99", "-pedantic")
    shown = example(LOG)
    assert "87 names on 78 indexes" in shown
    assert shown == run(BINARY, "plan", LOG)


def test_example_of_a_unit_test(installed, tmp_path):
    check = compile_against(installed, ROOT / "examples/check_log.c", tmp_path / "check", "-std=c99", "-pedantic")
    lines = check(ROOT / "examples/seed.log", ROOT / "examples/app.test").splitlines()
    assert lines[-2:] == ["ok 5 - users are found by their department", "1..5"]
    wrong = (ROOT / "examples/app.test").read_text().replace('{ "department_id": 1 } on', '{ "department": 1 } on')
    (tmp_path / "wrong.test").write_text(wrong)
    with pytest.raises(AssertionError, match="not ok 5"):
        check(ROOT / "examples/seed.log", tmp_path / "wrong.test")


def test_host_with_the_same_names(installed, tmp_path):
    (tmp_path / "host.c").write_text(HOST)
    host = compile_against(installed, tmp_path / "host.c", tmp_path / "host", "-rdynamic")
    assert host().startswith("create table t\n")


@pytest.mark.parametrize("compiler", [("cc", "-xc", "-std=c99", "-pedantic"), ("c++", "-xc++", "-std=c++11", "-pedantic")])
def test_header_is_clean(compiler, tmp_path):
    (tmp_path / "unit").write_text("#include <keyfold/keyfold.h>\n#include <keyfold/corpus.h>\n")
    try:
        run(*compiler, "-Wall", "-Wextra", "-Werror", "-I", ROOT / "include", "-fsyntax-only", tmp_path / "unit")
    except FileNotFoundError:
        pytest.skip(f"there is no {compiler[0]}")
