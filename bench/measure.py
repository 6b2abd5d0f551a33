"""Rounds, and what comes of them."""

import json
import os
import pathlib
import re
import resource
import statistics
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
BUILD = ROOT / os.environ.get("BENCH_BUILD", "build/gcc")
BENCH, EMPTY, KEYFOLD = BUILD / "bench/bench", BUILD / "bench/empty", BUILD / "src/cli/keyfold"

RECORD = "2026-11-22 06:49:18,537 djongo.sql2mongo.query DEBUG sql_command: %s\nparams: ()\n"


class Missing(Exception):
    """What a row needs is not installed: the row is not run, and the table says so."""


class Row:
    """One row of the table: rounds of (ours, reference), in one unit."""

    def __init__(self, what, reference, aim, unit, least=False, digits=2):
        self.what, self.reference, self.aim, self.unit, self.least, self.digits = what, reference, aim, unit, least, digits
        self.rounds, self.note = [], ""

    def add(self, ours, reference):
        self.rounds.append((ours, reference))

    @property
    def ratios(self):
        """`least`: how many times faster ours is; else how much of the reference it takes."""
        return [reference / ours if self.least else ours / reference for ours, reference in self.rounds]

    def as_json(self):
        ratios = self.ratios
        middle = statistics.median(ratios)
        return {
            "what": self.what, "reference": self.reference, "unit": self.unit,
            "ours": statistics.median(each for each, _ in self.rounds),
            "reference_took": statistics.median(each for _, each in self.rounds),
            "ratio": middle, "lowest": min(ratios), "highest": max(ratios), "rounds": len(ratios),
            "aim": self.aim, "at": "least" if self.least else "most",
            "reached": None if self.aim is None else middle >= self.aim if self.least else middle <= self.aim,
            "note": self.note,
        }  # fmt: skip


def run(*words, **options):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, **options)
    if done.returncode:
        raise RuntimeError(f"{words[0]}: exit {done.returncode}: {done.stderr[-2000:]}")
    return done.stdout


def bench(*words, **options):
    return json.loads(run(BENCH, *words, **options))


def took(*words, **options):
    """Wall and CPU seconds of a program to its end; what it prints goes to a pipe that is read."""
    before, begin = children_cpu(), time.monotonic()
    with subprocess.Popen([str(word) for word in words], stdout=subprocess.PIPE, **options) as child:
        while child.stdout.read(1 << 20):
            pass
    if child.returncode not in (0, 1):  # grep's 1: nothing found
        raise RuntimeError(f"{words[0]}: exit {child.returncode}")
    return time.monotonic() - begin, children_cpu() - before


def children_cpu():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def instructions(*words):
    """Of a program's whole run, by callgrind."""
    if not pathlib.Path("/usr/bin/valgrind").exists():
        raise Missing("valgrind (scripts/deps valgrind)")
    with tempfile.NamedTemporaryFile() as out:
        done = subprocess.run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={out.name}", *map(str, words)],
                              capture_output=True, text=True, check=True)  # fmt: skip
    return int(re.search(r"Collected : (\d+)", done.stderr)[1])


def allocations(*words):
    """Calls of malloc and its like in a program's whole run."""
    done = subprocess.run(["valgrind", "--run-libc-freeres=no", *map(str, words)], capture_output=True, text=True, check=True)
    return int(re.search(r"total heap usage: ([\d,]+) allocs", done.stderr)[1].replace(",", ""))
