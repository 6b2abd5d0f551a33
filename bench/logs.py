"""Rows about reading logs."""

import tempfile

from measure import BENCH, RECORD, Row, bench, run, took

GREP = ("grep", "-cF", "-e", "sql_command: ", "-e", "QUERY = ", "-e", "FAILED SQL: ")
LIMIT_KB = 32 * 1024


def reading(o):
    megabytes = 8 if o.smoke else o.megabytes
    with tempfile.TemporaryDirectory(prefix="keyfold-bench-", dir=o.folder) as folder:
        log = f"{folder}/app.log"
        run(BENCH, "write", log, megabytes)
        return plain(log, megabytes, o) + packed(log, o)


def plain(log, megabytes, o):
    wall = Row(f"a log of {megabytes:,} MB, 99% DML: reading it, wall", "grep -cF for its three marks, to a pipe", 1.0, "s")
    cpu = Row("the same, CPU", "the same", 1.0, "s")
    peak = Row("the same: peak memory", "32 MiB", None, "kB")
    planned = Row("the same: peak memory when it is planned as well", "32 MiB", None, "kB")
    environment = {"LC_ALL": "C", "PATH": "/usr/bin:/bin"}
    took(*GREP, log, env=environment)  # warm
    for _ in range(1 if o.smoke else o.rounds):
        grep_wall, grep_cpu = took(*GREP, log, env=environment)
        mine_wall, mine_cpu = took(BENCH, "read-only", log)
        wall.add(mine_wall, grep_wall)
        cpu.add(mine_cpu, grep_cpu)
    said = bench("read", log)
    peak.add(said["read_kb"], LIMIT_KB)
    planned.add(said["plan_kb"], LIMIT_KB)
    planned.note = f"{said['statements'] - said['skipped']:,} schema statements of {said['statements']:,}"
    return [wall, cpu, peak, planned]


def packed(log, o):
    rows = []
    for name, pack, unpack in (("gz", ("gzip", "-1k"), "zcat"), ("zst", ("zstd", "-q1"), "zstdcat")):
        run(*pack, log)
        reference = "zcat to nowhere" if name == "gz" else "zstdcat to nowhere, and the plain log's reading"
        row = Row(f"the same as .{name}, CPU", reference, 1.1, "s")
        for _ in range(1 if o.smoke else o.rounds):
            _, theirs = took("sh", "-c", f'{unpack} "$1" >/dev/null', "sh", f"{log}.{name}")
            if name == "zst":
                theirs += took(BENCH, "read-only", log)[1]
            row.add(took(BENCH, "read-only", f"{log}.{name}")[1], theirs)
        rows.append(row)
    return rows


def memory(o):
    """No two statements are the same: what is kept of each is kept for each."""
    n = 500 if o.smoke else 50000
    peak = Row(f"{n:,} different schema statements: peak memory of reading them", "32 MiB", 1.0, "kB")
    planned = Row("the same: when they are planned as well", "32 MiB", None, "kB")
    with tempfile.NamedTemporaryFile("w") as log:
        log.writelines(RECORD % sql for sql in run(BENCH, "statements", n).splitlines())
        log.flush()
        said = bench("read", log.name)
    peak.add(said["read_kb"], LIMIT_KB)
    planned.add(said["plan_kb"], LIMIT_KB)
    return [peak, planned]


ROWS = {"reading": reading, "memory": memory}
