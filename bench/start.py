"""Rows about what it takes to begin."""

import os

from measure import EMPTY, KEYFOLD, ROOT, Missing, Row, took

PYTHON = ROOT / ".deps/djongo/bin/python"


def program(o):
    row = Row("keyfold --version, wall", "an empty program linked to the same libraries, and 2 ms", 1.0, "ms")
    for _ in range(2 if o.smoke else 40 * o.rounds):
        theirs, ours = took(EMPTY)[0], took(KEYFOLD, "--version")[0]
        row.add(1000 * ours, 1000 * theirs + 2)
    return [row]


def module(o):
    """What an import takes of CPU, less what starting Python takes. Their files are read before anything is measured."""
    package = ROOT / "build/python"
    if not package.exists():
        raise Missing("the Python package (scripts/python-build)")
    row = Row("import keyfold, CPU", "import pymongo", 0.3, "ms")
    for turn in range(1 + (1 if o.smoke else 4 * o.rounds)):
        nothing, ours, theirs = (run_python(code, package) for code in ("pass", "import keyfold", "import pymongo"))
        if turn:
            row.add(1000 * (ours - nothing), 1000 * (theirs - nothing))
    return [row]


def run_python(code, package):
    return took(PYTHON, "-c", code, env={**os.environ, "PYTHONPATH": str(package), "PYTHONDONTWRITEBYTECODE": ""})[1]


ROWS = {"start": program, "import": module}
