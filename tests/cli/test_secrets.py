"""Values of parameters, and what a field is filled with, are printed by --show-values alone; a saved plan, which has to hold
them, is for its owner's eyes."""

import json
import os
import pathlib
import stat
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("KEYFOLD", ROOT / "build/gcc/src/cli/keyfold")).resolve()
SECRET = "hunter"

TABLE = ('CREATE TABLE "t" ("id" int NOT NULL PRIMARY KEY AUTOINCREMENT, "a" string NOT NULL)', "None")
STATEMENTS = (
    ('ALTER TABLE "t" ADD COLUMN "b" string DEFAULT %(0)s NOT NULL', "['hunter1']"),
    ('ALTER TABLE "t" ADD COLUMN "c" string NULL', "[]"),
    ('UPDATE "t" SET "c" = %(0)s WHERE "c" IS NULL', "['hunter2']"),
    ('ALTER TABLE "t" ALTER COLUMN "c" SET NOT NULL', "[]"),
    ('INSERT INTO "t" ("a", "b") VALUES (%(0)s, %(1)s)', "('hunter3', b'hunter4')"),
    ('UPDATE "t" SET "c" = %(0)s WHERE "a" = %(1)s', "('hunter5', 'hunter6')"),
    ('SELECT "t"."a" FROM "t" WHERE "t"."b" = %(0)s', "('hunter7',)"),
    ('DELETE FROM "t" WHERE "b" = %(0)s', "('hunter8',)"),
)
# Each ends the plan, or the statement, in another way.
WRONG = (
    ('ALTER TABLE "t" ADD COLUMN "z" string DEFAULT %(0)s FROB', "['hunter1']"),
    ('ALTER TABLE "t" ADD COLUMN "z" string DEFAULT %(1)s', "['hunter1']"),
    ('ALTER TABLE "t" ADD COLUMN "z" string DEFAULT %(0)s', "['hunter1', hunter2]"),
    ('ALTER TABLE "t" ADD COLUMN "z" string DEFAULT %(0)s', "[hunter1('hunter2')]"),
    ('ALTER TABLE "t" ADD COLUMN "z" string DEFAULT %(0)s', "['hunter1', 'hunter2"),
    ('ALTER TABLE "t" ADD COLUMN "z" string DEFAULT %(0)s', "['hunter1' 'hunter2' 3 'hunter4'}"),
    ('ALTER TABLE "t" ADD COLUMN "z" string DEFAULT %(0)s', "[datetime.datetime('hunter1', 2)]"),
    ('ALTER TABLE "t" ADD COLUMN "z" string DEFAULT %(0)s', "[b'\\xhunter1']"),
    ('ALTER TABLE "t" ADD COLUMN "z" int DEFAULT %(0)s NOT NULL', "['hunter1']"),
    ('ALTER TABLE "t" ADD COLUMN "z" date DEFAULT %(0)s NOT NULL', "['hunter1']"),
    ('ALTER TABLE "t" ADD CONSTRAINT "z" INDEX ("a") ( WHERE f("b") = %(0)s)', "['hunter1']"),
    ('ALTER TABLE "t" ADD CONSTRAINT "z" CHECK ("b" = %(0)s)', "['hunter1']"),
    ('UPDATE "t" SET "c" = %(0)s || %(1)s WHERE "c" IS NULL', "['hunter1', 'hunter2']"),
    ('ALTER TABLE "t" ALTER COLUMN "a" SET DEFAULT %(0)s', "['hunter1']"),
    ('ALTER TABLE "nowhere" ADD COLUMN "z" string DEFAULT %(0)s NOT NULL', "['hunter1']"),
)


def djongo(statements):
    return "".join(f"DEBUG sql_command: {sql}\nDEBUG params: {params}\n" for sql, params in statements)


def schema_editor(statements):
    return "".join(f"DEBUG {sql.replace('%(0)s', '%s').replace('%(1)s', '%s')}; (params {params})\n" for sql, params in statements)


def queries(statements):
    return "".join(f"(0.001) QUERY = {sql!r} - PARAMS = {params}; args={params}; alias=default\n" for sql, params in statements)


def queries_of_old(statements):
    return "".join(f"(0.001) {sql}; args={params}\n" for sql, params in statements)


def refused(statements):
    return "".join(f"djongo.exceptions.SQLDecodeError:\n\tKeyword: None\n\tSub SQL: None\n\tFAILED SQL: {sql}\n\tParams: {params}\n\tVersion: 1.3.6\n"
                   for sql, params in statements)


def lines_of_json(statements):
    return "".join(json.dumps({"message": line}) + "\n" for line in djongo(statements).splitlines())


FORMS = (djongo, schema_editor, queries, queries_of_old, refused, lines_of_json)
STAGES = ("statements", "dialect", "parse", "schema", "plan")


def keyfold(*words, status=None):
    done = subprocess.run([BINARY, *map(str, words)], capture_output=True, text=True, stdin=subprocess.DEVNULL,
                          env={**os.environ, "MONGOC_DISABLE_SHM": "1"}, timeout=60)
    assert status is None or done.returncode == status, done.stdout + done.stderr
    assert done.returncode in (0, 1, 2, 3, 4), done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture
def live(tmp_path):
    """A table that is there already: what is added to it is filled."""
    log, schema = tmp_path / "table.log", tmp_path / "schema.json"
    log.write_text(djongo([TABLE]))
    keyfold("apply", "--schema", schema, log, status=0)
    return schema


def all_ways(log, live):
    """Every verb that reads a log, with what it prints."""
    before = live.read_text()
    for words in (["plan"], ["plan", "--json"], ["apply"], ["apply", "--json", "--keep-going"]):
        yield words, keyfold(*words, "--schema", live, log)
        live.write_text(before)
    for words in (["verify"], ["verify", "--json"]):
        yield words, keyfold(*words, "--schema", live, log)
    for stage in STAGES:
        yield ["explain", stage], keyfold("explain", stage, log)
    yield ["execute"], keyfold("execute", "--schema", live, log)


@pytest.mark.parametrize("form", FORMS)
def test_no_parameter_is_printed(form, live, tmp_path):
    log = tmp_path / "app.log"
    for statements in (STATEMENTS, WRONG):
        log.write_text(form(statements))
        for words, said in all_ways(log, live):
            assert SECRET not in said, f"{words}: {log.read_text()}\n{said}"


def test_none_of_what_is_wrong(live, tmp_path):
    log = tmp_path / "app.log"
    for form in (djongo, schema_editor):
        for each in WRONG:
            log.write_text(form([each]))
            for words in (["plan", "--schema", live], ["explain", "plan"], ["explain", "parse"]):
                said = keyfold(*words, log)
                assert SECRET not in said, f"{words}: {log.read_text()}\n{said}"


@pytest.mark.parametrize("form", FORMS)
def test_none_of_a_log_that_is_cut_off(form, tmp_path):
    log = tmp_path / "app.log"
    for statements in ((STATEMENTS[0], STATEMENTS[4], WRONG[0]), (TABLE, STATEMENTS[0]), (STATEMENTS[0],)):
        cut_off(log, form(statements).encode())


def cut_off(log, whole):
    first = whole.index(b"hunter")
    for end in (first + 6, first + 8, len(whole) - 3):
        log.write_bytes(whole[:end])
        for words in (["plan"], ["explain", "statements"]):
            said = keyfold(*words, log)
            assert SECRET not in said, f"{words}: {whole[:end]}\n{said}"


def test_shown_when_asked_for(live, tmp_path):
    log = tmp_path / "app.log"
    log.write_text(djongo(STATEMENTS))
    for words in (["plan"], ["plan", "--json"]):
        said = keyfold(*words, "--show-values", "--schema", live, log, status=0)
        assert "hunter1" in said and "hunter2" in said
        said = keyfold(*words, "--schema", live, log, status=0)
        assert "string" in said and SECRET not in said
    for stage in ("statements", "parse"):
        assert "hunter1" in keyfold("explain", stage, "--show-values", log)
    said = keyfold("apply", "--show-values", "--schema", live, log, status=0)
    assert "hunter1" in said and "hunter2" in said


def test_a_printed_plan_without_its_values_is_not_applied(live, tmp_path):
    log, plan = tmp_path / "app.log", tmp_path / "plan.json"
    log.write_text(djongo(STATEMENTS))
    plan.write_text(keyfold("plan", "--json", "--schema", live, log, status=0))
    assert "keyfold plan -o" in keyfold("apply", "--schema", live, plan, status=2)
    plan.write_text(keyfold("plan", "--json", "--show-values", "--schema", live, log, status=0))
    keyfold("apply", "--schema", live, plan, status=0)


@pytest.mark.parametrize("there", [False, True])
def test_a_saved_plan_is_its_owners(there, live, tmp_path):
    log, folder = tmp_path / "app.log", tmp_path / "folder"
    folder.mkdir()
    plan = folder / "plan.json"
    log.write_text(djongo(STATEMENTS))
    if there:
        plan.write_text("an older one")
        plan.chmod(0o644)
    before = os.umask(0)
    try:
        assert SECRET not in keyfold("plan", "-o", plan, "--schema", live, log, status=0)
    finally:
        os.umask(before)
    assert stat.S_IMODE(plan.stat().st_mode) == 0o600
    assert "hunter1" in plan.read_text() and list(folder.iterdir()) == [plan]
    keyfold("apply", "--schema", live, plan, status=0)


def test_a_plan_that_cannot_be_saved_leaves_the_older_one(live, tmp_path):
    """A limit on the size of files: the disk is full half way."""
    log, folder = tmp_path / "app.log", tmp_path / "folder"
    folder.mkdir()
    plan = folder / "plan.json"
    plan.write_text("an older one")
    log.write_text(djongo(STATEMENTS))
    done = subprocess.run(["/bin/bash", "-c", 'ulimit -f 1; exec "$@"', "bash", BINARY, "plan", "-o", plan, "--schema", live, log],
                          capture_output=True, text=True, env={**os.environ, "MONGOC_DISABLE_SHM": "1"}, timeout=60)
    assert done.returncode == 5, done.stdout + done.stderr
    assert plan.read_text() == "an older one" and list(folder.iterdir()) == [plan]
