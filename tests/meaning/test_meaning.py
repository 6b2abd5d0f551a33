"""What SQL means: the same histories on keyfold and on PostgreSQL (docs/differences.md)."""

import os
import pathlib
import re

import compare
import history
import render

ROOT = pathlib.Path(__file__).resolve().parents[2]
# A few in CI; compare.py runs all, and as many generated ones as one likes.
EVERY = int(os.environ.get("KEYFOLD_MEANING_EVERY", 5))
HISTORIES = int(os.environ.get("KEYFOLD_MEANING_HISTORIES", 60))


def test_corpus(keyfold, reference):
    run = compare.Run(keyfold, reference)
    histories = list(compare.corpus_histories())
    for name, steps in histories[::EVERY]:
        run.one(name, steps)
    print(run.told())
    assert run.found == []
    assert run.counts["steps"] > 3 * run.counts["histories"]


def test_every_case_is_a_history_or_has_a_reason():
    cases = list(compare.corpus_cases())
    wanted = sum(len(re.findall(r"^case: ", path.read_text(errors="replace"), re.M)) for path in compare.CORPUS.glob("*/*.test")
                 if path.parent.name in ("plan", "execute"))
    assert len(cases) == wanted
    why = [steps for _, steps in cases if isinstance(steps, str)]
    assert set(why) == set(compare.NO_HISTORY) and len(why) < len(cases) / 5
    rendering_stops = []
    for name, steps in compare.corpus_histories():
        rendering = render.Rendering()
        try:
            for step in steps:
                rendering.statements(step[1]) if step[0] == "sql" else None
        except render.NotRendered as error:
            rendering_stops += [name] * ("63 bytes" not in str(error))
    assert len(rendering_stops) < 5, rendering_stops


def test_generated(keyfold, reference):
    run = compare.Run(keyfold, reference)
    run.seeds(1, HISTORIES, 900)
    print(run.told())
    assert run.found == []
    assert run.counts["histories"] == HISTORIES and run.counts["refused"] > HISTORIES
    assert sum(run.reasons.values()) < HISTORIES / 4


def test_a_difference_is_found_and_shrunk(keyfold, reference, monkeypatch):
    """Where PostgreSQL is told of no unique index, keyfold refuses what it does not."""
    index = render.Rendering.index
    monkeypatch.setattr(render.Rendering, "index", lambda self, table, name, unique, *rest: index(self, table, name, False, *rest))
    run = compare.Run(keyfold, reference)
    run.seeds(1, 30, 300, enough=1)
    assert run.found
    first = run.found[0].splitlines()
    assert re.search("CREATE TABLE|UNIQUE", "\n".join(first[1:])) and len(first) < 10


def test_lost_rows_are_found(keyfold, reference):
    steps = [["sql", 'CREATE TABLE "t" ("id" long NOT NULL PRIMARY KEY, "a" long NULL)'], ["insert", "t", {"id": 1, "a": 2}]]
    assert history.compare(steps, keyfold, reference).difference is None
    keyfold.rows = lambda table, columns: []
    assert history.compare(steps, keyfold, reference).difference.startswith("rows of t(id, a)")


def test_page_lists_what_may_differ():
    page = (ROOT / "docs/differences.md").read_text()
    listed = set(re.findall(r"^\| ([\w ']+) \|", page, re.M))
    assert listed == {*history.REASONS, *history.NOT_COMPARED}
