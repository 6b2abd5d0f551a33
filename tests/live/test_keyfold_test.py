"""keyfold test --uri: every case of sql_corpus/ ends on a server as it does in memory."""

import re
import subprocess
import xml.etree.ElementTree

import pytest
import servers

CORPUS = servers.ROOT / "sql_corpus"
WHY_SKIPPED = {
    "secantus": "DROP DATABASE is not carried out on a server|.*(hashed|text) indexes are not supported by SecantusDB.*",
    "ferretdb": "DROP DATABASE is not carried out on a server|it is for [a-z0-9.+-]+, and the server is ferretdb-1"
                '|the server cannot hold what is there before: .*( Index option "(partialFilterExpression|v)" .*|key: .*)',
}


def cases(*paths):
    return sum(len(re.findall(r"^case: ", path.read_text(errors="replace"), re.M)) for path in paths)


def left_behind(server):
    return [name for name in server.client.list_database_names() if name.startswith("kf_test_")]


def test_corpus(keyfold, server, tmp_path):
    done = keyfold("test", "--uri", server.uri, "--jobs", 2, "--junit", tmp_path / "out.xml", CORPUS, timeout=300)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    suites = xml.etree.ElementTree.parse(tmp_path / "out.xml").getroot()
    all_cases = list(suites.iter("testcase"))
    outcomes = [each for case in all_cases for each in case]
    assert len(all_cases) == cases(*CORPUS.rglob("*.test"))
    assert {each.tag for each in outcomes} <= {"skipped"}
    assert [each.get("message") for each in outcomes
            if not re.fullmatch(WHY_SKIPPED[server.name], each.get("message"))] == []
    assert len(outcomes) < len(all_cases) / 10
    assert left_behind(server) == []


CASE = """@stage execute

case: one
live:
CREATE TABLE "t" ("a" long NOT NULL);
input:
CREATE INDEX "x" ON "t" ("a");
----
create index "t" "x" { "a": 1 }
write document "t"
  name "x" index { "a": 1 } on "x"
statements: 1 applied

table "t" live documented rev 2
  column "a" long not null
  name "x" index { "a": 1 } on "x" by keyfold
  index "x" { "a": 1 }
"""


def test_a_server_that_does_something_else_is_noticed(keyfold, secantus_faults, tmp_path):
    """The server refuses the index: memory knows of no reason to."""
    path = tmp_path / "one.test"
    path.write_text(CASE)
    assert keyfold("test", path).stdout.startswith("1 passed, 0 failed")
    assert keyfold("test", "--uri", secantus_faults.uri, path).returncode == 0
    secantus_faults.client.admin.command(
        "configureFailPoint", "failCommand", mode={"skip": 1, "times": 8},
        data={"failCommands": ["createIndexes"], "errorCode": 67})
    done = keyfold("test", "--uri", secantus_faults.uri, path)
    secantus_faults.client.admin.command("configureFailPoint", "failCommand", mode="off")
    assert done.returncode == 1
    assert "law broken: what works in memory works on the server" in done.stdout
    assert left_behind(secantus_faults) == []


def test_laws_of_servers_are_told_when_broken(secantus):
    """The mutants of src/exec in tests/mutants.txt: what one does on the server is not what memory has."""
    done = subprocess.run([servers.ROOT / "scripts/mutate", "--uri", secantus.uri, "--cases", "execute/statements.test"], capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert re.search(r"^(\d+) mutants, \1 noticed, 0 survived", done.stdout, re.M), done.stdout


def test_no_server(keyfold, tmp_path):
    path = tmp_path / "one.test"
    path.write_text(CASE)
    done = keyfold("test", "--uri", "mongodb://127.0.0.1:1", "--timeout", 1, path)
    assert done.returncode == 5
    assert "KF-061" in done.stderr


@pytest.mark.smoke
def test_a_database_of_somebody_is_not_dropped(keyfold, secantus, database_name, tmp_path):
    secantus.client[database_name].t.insert_one({})
    path = tmp_path / "drop.test"
    path.write_text(f'@stage execute\n\ncase: drop\ninput:\nDROP DATABASE "{database_name}";\n----\n'
                    f'drop database "{database_name}"\nstatements: 1 applied\n')
    done = keyfold("test", "--uri", secantus.uri, path)
    assert (done.returncode, "DROP DATABASE is not carried out on a server" in done.stdout) == (0, True), done.stdout
    assert database_name in secantus.client.list_database_names()
    secantus.client.drop_database(database_name)
