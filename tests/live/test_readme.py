"""The README's claims, and scripts/demo as far as it does not install anything."""

import json
import os
import re
import shutil
import subprocess

import pytest
import servers
import states
from project import on_secantus

README = (servers.ROOT / "README.md").read_text()
SEED = servers.ROOT / "examples/seed.log"


def block(after):
    """The README's next block of output or commands behind this sentence."""
    return re.search(r"```\n(.*?)```", README[README.index(after):], re.S)[1]


def djongo(project, *expressions):
    done = subprocess.run([servers.DEPS / "djongo/bin/python", servers.ROOT / "tests/live/use_djongo.py", project.server.uri,
                           project.database.name], input=json.dumps(expressions), capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@on_secantus
def test_before_and_after(project):
    create, first, second = re.findall(r"sql_command: (.*)", SEED.read_text())
    *_, failure = djongo(project, f"sql({create!r})", f"sql({first!r})", f"failure({second!r})")
    before = block("djongo 1.3.6:").splitlines()
    assert before[0] in [line.split(", full error")[0] for line in failure] and before[1] == failure[-1]

    done = project.run("apply", "examples/seed.log", cwd=servers.ROOT)
    assert done.stdout == block("on the database that this left behind")
    assert "nothing to do" in project.run("apply", "examples/seed.log", cwd=servers.ROOT).stdout

    # "One index, two names; both can be dropped, renamed and introspected by name."
    names = [re.search(r'CONSTRAINT "(.*?)"', sql)[1] for sql in (first, second)]
    table = "authentication_user"
    recorded = states.names(project.database)[table]
    assert recorded[names[0]].serves == recorded[names[1]].serves == (states.Index((("department_id", 1),)),)
    project.apply(project.log(f'ALTER INDEX "{names[1]}" RENAME TO "another"'))
    project.apply("--allow-drop=index", project.log(f'ALTER TABLE "{table}" DROP CONSTRAINT "{names[0]}" INDEX'))
    assert set(states.names(project.database)[table]) == {"__primary_key__", "another"}
    assert states.indexes(project.database)[table] == sorted([states.Index((("id", 1),), True),
                                                              states.Index((("department_id", 1),))])
    project.apply("--allow-drop=index", project.log(f'ALTER TABLE "{table}" DROP CONSTRAINT "another" INDEX'))
    assert states.indexes(project.database)[table] == [states.Index((("id", 1),), True)]


@on_secantus
def test_use(project):
    """Every line runs as it stands, but for where the server is."""
    folder = project.folder
    shutil.copy(SEED, folder / "djongo.log")
    (folder / "changes.sql").write_text('CREATE TABLE "t" ("id" long NOT NULL PRIMARY KEY);')
    (folder / "statement.sql").write_text('CREATE TABLE "t" ("id" long NOT NULL PRIMARY KEY);')
    (folder / "keyfold").symlink_to(project.keyfold.binary)
    lines = [line for line in block("## Use").splitlines() if line]
    assert len(lines) >= 6
    for line in lines:
        command = line.replace("mongodb://localhost/shop", project.uri)
        done = subprocess.run(["/bin/sh", "-c", command], cwd=folder, capture_output=True, text=True, timeout=120,
                              env={**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"})
        found = command.startswith("keyfold lint")  # the log has an index under two names
        assert (done.returncode, done.stderr) == (int(found), ""), command
    assert {"authentication_user", "t"} <= set(states.tables(project.database))
    assert json.loads((folder / "shop.json").read_text())["format"] == 1


@pytest.mark.parametrize("logs", [[], [SEED], ["two"], ["bad"]], ids=["presenceiq", "own", "two", "bad"])
def test_demo(keyfold, secantus, tmp_path, logs):
    (tmp_path / "two").write_text('CREATE TABLE "t" ("id" long NOT NULL PRIMARY KEY, "n" long NULL, UNIQUE ("n"));')
    (tmp_path / "bad").write_text('CREATE VIEW "v" AS SELECT 1;')
    database = "demo" if logs else "presenceiq"
    command = [servers.ROOT / "scripts/demo", "--on-server", *logs, *([SEED] if logs == ["two"] else [])]
    try:
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120,
                              env={**os.environ, "KEYFOLD": keyfold.binary, "KEYFOLD_TEST_URI": secantus.uri})
        said = done.stdout + done.stderr
        steps = re.findall(r"^==> (.*)$", done.stdout, re.M)
        if logs == ["bad"]:
            assert (done.returncode, steps) == (3, ["keyfold plan (what it would do)"]) and "KF-021" in said
            return
        assert done.returncode == 0, said
        assert steps[-4:] == ["keyfold plan (what it would do)", "keyfold apply", "keyfold apply (again)",
                              "stopping the server"]
        assert len(steps) == (4 if logs else 5)
        assert re.search(r"operations? done\n\n==> keyfold apply \(again\)\n.*\nnothing to do\n", done.stdout)
        if not logs:
            assert "12 collections, 24 indexes" in said and "21 collections, 87 names on 78 indexes" in said
            assert states.counts(secantus.client[database]) == (21, 87, 78)
    finally:
        secantus.client.drop_database(database)


@pytest.mark.parametrize("name", ["/nonexistent", "/tmp", ""])
def test_demo_without_a_log(name):
    """Said before anything is installed or started."""
    done = subprocess.run([servers.ROOT / "scripts/demo", name], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"scripts/demo: cannot read {name}\n")
