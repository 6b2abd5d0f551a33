"""docs/conformance.md is what comes out, and its cases are there."""

import re

import conformance


def test_page(secantus, connection):
    assert conformance.without_cases(conformance.page(secantus, connection)) == conformance.without_cases(conformance.PAGE.read_text())


def test_cases():
    linked = re.findall(r"\[([^|]*)\]\(\.\./(sql_corpus/[^)]*)\) \|$", conformance.PAGE.read_text(), re.M)
    assert len(linked) == len(conformance.forms())
    for case, file in linked:
        assert f"case: {case}\n" in (conformance.ROOT / file).read_text(errors="replace"), case
