"""keyfold lint --sarif: the SARIF 2.1.0 schema, and what code hosts show."""

import json
import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.environ.get("KEYFOLD", ROOT / "build/gcc/src/cli/keyfold")
LOG = "sql_corpus/logs/presenceiq-tolerant.log"
# "required" of the schema's definitions (sarif-schema-2.1.0.json), for those that are written; their values' types.
REQUIRED = {
    "sarifLog": {"version": str, "runs": list},
    "run": {"tool": dict},
    "tool": {"driver": dict},
    "toolComponent": {"name": str},
    "reportingDescriptor": {"id": str},
    "result": {"message": dict},
    "message": {"text": str},  # or "id"
}
LEVELS = {"none", "note", "warning", "error"}


def lint(*words, status=1):
    done = subprocess.run([BINARY, "lint", *words], capture_output=True, text=True, cwd=ROOT, timeout=60)
    assert (done.returncode, done.stderr) == (status, "")
    return done.stdout


def check(definition, thing):
    for key, kind in REQUIRED[definition].items():
        assert isinstance(thing.get(key), kind), (definition, key)


def test_sarif():
    log = json.loads(lint("--sarif", LOG))
    check("sarifLog", log)
    assert log["version"] == "2.1.0" and len(log["runs"]) == 1
    run = log["runs"][0]
    check("run", run)
    check("tool", run["tool"])
    driver = run["tool"]["driver"]
    check("toolComponent", driver)
    for rule in driver["rules"]:
        check("reportingDescriptor", rule)
        for text in ("shortDescription", "fullDescription", "help"):
            check("message", rule[text])
        assert rule["defaultConfiguration"]["level"] in LEVELS
    assert len({rule["id"] for rule in driver["rules"]}) == len(driver["rules"])
    assert len(run["results"]) > 10
    for result in run["results"]:
        check("result", result)
        check("message", result["message"])
        assert result["level"] in LEVELS
        assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        (location,) = result["locations"]
        place = location["physicalLocation"]
        assert place["artifactLocation"]["uri"] == LOG and place["region"]["startLine"] >= 1
        assert location["logicalLocations"][0]["fullyQualifiedName"].split(".")[0] in result["message"]["text"]


# Made from sarif-schema-2.1.0.json: types, what is required, enumerations, and nothing that it does not know.
VALIDATE = """
import sys
from pydantic_sarif.model import StaticAnalysisResultsFormatSarifVersion210JsonSchema as Log
from pydantic import ValidationError
try:
    Log.model_validate_json(sys.stdin.read())
except ValidationError as error:
    sys.exit(str(error))
"""


def validate(text):
    python = ROOT / ".deps/sarif/bin/python"
    assert python.exists(), "no validator: run scripts/deps sarif"
    return subprocess.run([python, "-c", VALIDATE], input=text, capture_output=True, text=True, timeout=60)


def test_the_schema(tmp_path):
    odd = tmp_path / "odd \N{SNOWMAN} #1.sql"
    odd.write_text('CREATE TABLE "a\nb" ("id" long NOT NULL PRIMARY KEY, "x" long NULL UNIQUE); CREATE INDEX "y" ON "a\nb" ("x");')
    for words, status in (((LOG,), 1), ((str(odd),), 1), (("--severity", "all=off", LOG), 0)):
        said = validate(lint("--sarif", *words, status=status))
        assert said.returncode == 0, said.stderr
    # It would notice.
    text = lint("--sarif", LOG)
    for right, wrong in (('"level": "warning"', '"level": "bad"'), ('"ruleId"', '"rule"'), ('"version": "2.1.0"', '"version": "2.0.0"'),
                         ('"startLine": ', '"startLine": -')):
        assert right in text and validate(text.replace(right, wrong)).returncode == 1, wrong


def test_json_and_sarif_say_the_same():
    findings = json.loads(lint("--json", LOG))["findings"]
    results = json.loads(lint("--sarif", LOG))["runs"][0]["results"]
    assert [each["code"] for each in findings] == [each["ruleId"] for each in results]
    # PresenceIQ's fault: a ForeignKey, and Meta.indexes names it again.
    assert [each["fix"] for each in findings if each["collection"] == "academic_holiday" and each["id"] == "same-key"] == [
        'remove Index(fields=["department"], name="academic_ho_departm_c6d287_idx") from Meta.indexes']


def test_the_fix_is_the_finding_s_end(tmp_path):
    """Without the entries that are to be removed nothing of that kind is left."""
    statements = lint("--json", LOG)
    gone = {each["name"] for each in json.loads(statements)["findings"] if each["severity"] == "warning"}
    sql = subprocess.run([BINARY, "export", "--to", "sql", ROOT / LOG], capture_output=True, text=True, check=True).stdout
    left = [line for line in sql.splitlines() if not any(f'INDEX "{name}" ON' in line for name in gone)]
    fixed = tmp_path / "fixed.sql"
    fixed.write_text("\n".join(left))
    assert len(left) == len(sql.splitlines()) - len(gone)
    said = json.loads(lint("--json", str(fixed), status=0))["findings"]
    assert {each["severity"] for each in said} <= {"note"}
