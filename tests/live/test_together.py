"""A round of each kind; scripts/together runs a hundred."""

import random

import faults
import pytest
import together


@pytest.fixture(scope="module")
def bench(keyfold):
    bench = faults.Bench(keyfold.binary, durable=False)
    yield bench
    bench.close()


@pytest.mark.parametrize("kind", together.KINDS)
def test_round(bench, kind, monkeypatch):
    monkeypatch.setattr(together, "ROWS_A_WRITER", 20)
    for seed in range(3 if kind == "dropped" else 1):
        together.play(bench, kind, random.Random(seed))
