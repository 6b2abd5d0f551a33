"""A sample of the matrix of scripts/faults, and what it has found."""

import os
import pathlib
import random

import faults
import pytest
import servers

SEED = 20261125
SAMPLE = {"wire": 6, "codes": 10, "kill": 4, "interrupt": 6}

FOUND = {
    # The snapshot of a second plan fails: the first plan was freed twice.
    "the server goes away": "presenceiq:14:refuse",
    # A partial index whose name was not written yet passed for somebody else's.
    "a partial index without its name": "shop:19:cut-after-stays",
    # Indexes that a name had left stayed, for the document no longer said whose they were.
    "an index that a name has left": "shop-left:30:cut-before", "another": "shop-left:24:half-reply",
    # The second worker's greeting was refused, and the user told to look at the password that there was none of.
    "a greeting": "presenceiq:5:greeting",
}


@pytest.fixture(scope="module")
def bench(keyfold):
    bench = faults.Bench(keyfold.binary)
    yield bench
    bench.close()


@pytest.mark.parametrize("case", FOUND.values(), ids=FOUND)
def test_found(bench, case):
    apply, number, way = case.split(":")
    bench.case(apply, int(number), way)


@pytest.mark.parametrize("group", SAMPLE)
def test_sample(bench, group):
    chosen = random.Random(SEED + len(group))
    for _ in range(SAMPLE[group]):
        apply, way = chosen.choice(list(faults.APPLIES)), chosen.choice(faults.GROUPS[group])
        number = chosen.randrange(bench.wanted(apply)[0])
        try:
            bench.case(apply, number, way)
        except faults.Broken as error:
            pytest.fail(f"scripts/faults --case {apply}:{number}:{way}: {error}")


@pytest.mark.parametrize("way", faults.GROUPS["server-kill"])
def test_server_killed(keyfold, way):
    """At the one that writes the names."""
    bench = faults.Bench(keyfold.binary)
    try:
        bench.case("presenceiq", 47, way)
    finally:
        bench.close()


def test_interrupt_says_how_far_it_came(bench):
    apply = faults.APPLIES["presenceiq"]
    with bench.database(apply) as name, faults.wire.recorded(bench.server, bench.rule(9, "interrupt")) as way:
        way.started = faults.multiprocessing.Event()
        status, out, err = bench.run(way, name, ["--jobs", "1", *apply.words])
        tables = faults.states.tables(bench.server.client[name])
    assert (status, out) == (130, "")
    assert err.startswith("keyfold: error KF-090: interrupted; ") and err.endswith(" operations are done (run again to finish)\n")
    # Before the tenth command: ping, buildInfo, listCollections, __schema__, its history, and then one a table.
    assert len(tables) == 5, tables


def test_script(keyfold):
    done = faults.subprocess.run([servers.ROOT / "scripts/faults", "--case", "shop:20:cut-after", "--jobs", "1"],
                                 capture_output=True, text=True, timeout=120,
                                 env={**os.environ, "KEYFOLD": str(pathlib.Path(keyfold.binary).resolve())})
    assert done.returncode == 0 and "1 cases, 0 broken" in done.stdout, done.stdout + done.stderr
