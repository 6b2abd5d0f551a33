"""What keyfold test prints for other programs is read by them: TAP by Perl's TAP::Parser (prove), JUnit's XML by an XML parser."""

import json
import os
import pathlib
import subprocess
import xml.etree.ElementTree

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("KEYFOLD", ROOT / "build/gcc/src/cli/keyfold")).resolve()

# Names and messages that mean something else in TAP, in XML, and on a terminal.
NAMES = ["passes", "a # SKIP that is none", "1..5", "not ok 9 - # TODO", r"a \ backslash", "<b> & \"quotes\" ]]>", "\x1b[31mred\x07",
         "caf\u00e9 \u0000".replace("\u0000", "\x01"), "ok"]
CASE = '@stage parse\n\n' + "\n".join(
    f'case: {name}\ninput:\nDROP TABLE "t";\n----\ndrop table "t"{" # TODO <y>" if number else ""}\n' for number, name in enumerate(NAMES))

PARSER = """use TAP::Parser; use JSON::PP; local $/; my $p = TAP::Parser->new({tap => <STDIN>}); my @r;
while (my $r = $p->next) { push @r, {ok => $r->is_actual_ok ? 1 : 0, skip => $r->has_skip ? 1 : 0, todo => $r->has_todo ? 1 : 0,
    number => $r->number, text => $r->description} if $r->is_test }
print encode_json({version => $p->version, plan => $p->tests_planned, errors => [$p->parse_errors], results => \\@r});"""


def parsed(tap):
    return json.loads(subprocess.run(["perl", "-e", PARSER], input=tap, capture_output=True, check=True).stdout)


@pytest.fixture
def cases(tmp_path):
    (tmp_path / "cases.test").write_bytes(CASE.encode() + b"\ncase: bytes \xff that are no text\ninput:\nx\n----\ny\n")
    return tmp_path


def test_tap(cases):
    done = subprocess.run([BINARY, "test", "--tap", "cases.test"], cwd=cases, capture_output=True)
    told = parsed(done.stdout)
    assert (done.returncode, told["version"], told["errors"]) == (1, 13, [])
    assert told["plan"] == len(NAMES) + 1 == len(told["results"])
    assert [each["ok"] for each in told["results"]] == [1] + [0] * len(NAMES)
    assert not any(each["skip"] or each["todo"] for each in told["results"])
    assert [each["number"] for each in told["results"]] == list(range(1, len(NAMES) + 2))
    texts = [each["text"] for each in told["results"]]
    assert texts[:2] == ["- parse: passes", r"- parse: a \# SKIP that is none"] and len(set(texts)) == len(texts)


def test_tap_of_all(tmp_path):
    done = subprocess.run([BINARY, "test", "--tap", "--jobs", "2", ROOT / "sql_corpus"], capture_output=True)
    told = parsed(done.stdout)
    assert (done.returncode, told["errors"]) == (0, []) and told["plan"] == len(told["results"]) > 1000
    assert all(each["ok"] for each in told["results"])


def test_prove_counts_what_failed(cases):
    done = subprocess.run(["prove", "-e", f"{BINARY} test --tap", "cases.test"], cwd=cases, capture_output=True, text=True)
    assert done.returncode == 1 and "Parse errors" not in done.stdout, done.stdout
    assert f"Failed {len(NAMES)}/{len(NAMES) + 1} subtests" in done.stdout, done.stdout


def test_junit(cases):
    done = subprocess.run([BINARY, "test", "--junit", "out.xml", "cases.test"], cwd=cases, capture_output=True)
    assert done.returncode == 1
    suites = xml.etree.ElementTree.parse(cases / "out.xml").getroot()
    found = list(suites.iter("testcase"))
    failed = list(suites.iter("failure"))
    assert len(found) == len(NAMES) + 1 == int(suites.get("tests")) and len(failed) == int(suites.get("failures")) == len(NAMES)
    assert int(suites.get("errors")) == 0
    said = [each.get("name") for each in found]
    assert said[:6] == NAMES[:6] and said[6] == "\ufffd[31mred\ufffd"
    lines = (cases / "cases.test").read_bytes().split(b"\n")
    for each in found[:6]:
        assert lines[int(each.get("line")) - 1].decode() == f"case: {each.get('name')}"
        assert float(each.get("time")) >= 0
