"""docs/conformance.md is what comes out, and its cases are there."""

import os
import re
import subprocess

import conformance


def test_page(secantus, connection):
    assert conformance.without_cases(conformance.page(secantus, connection)) == conformance.without_cases(conformance.PAGE.read_text())


def test_cases():
    linked = re.findall(r"\[([^|]*)\]\(\.\./(sql_corpus/[^)]*)\) \|$", conformance.PAGE.read_text(), re.M)
    assert len(linked) == len(conformance.forms())
    for case, file in linked:
        assert f"case: {case} [" in (conformance.ROOT / file).read_text(errors="replace"), case


def test_every_row_of_statements_has_forms():
    rows = re.findall(r"^\| `(statement/[a-z-]+)` ", (conformance.ROOT / "docs/statements.md").read_text(), re.M)
    assert {form.tag for form in conformance.forms()} == set(rows)


def test_every_kind_of_statement_and_action_has_a_form():
    """The kinds are those that the parser knows (src/model/statement.h), as it prints them."""
    header = (conformance.ROOT / "src/model/statement.h").read_text()
    kinds = {kind.lower().replace("_", " ") for kind in re.findall(r"^    (?:STATEMENT|ACTION)_(\w+)", header, re.M)}
    printed = "\n".join(subprocess.run([os.environ["KEYFOLD"], "explain", "parse"], input=statement.split(" <- ")[0].replace("%s", "1"),
                                       capture_output=True, text=True).stdout
                        for form in conformance.forms() for statement in form.statements)
    called = {"dml": "skipped: INSERT", "add column": "add column|  column", "add name": "add name|  name"}
    assert len(kinds) > 20
    assert [kind for kind in sorted(kinds) if not re.search(rf"^ *({called.get(kind, kind)})\b", printed, re.M)] == []
