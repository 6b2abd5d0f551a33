"""Rows inside of one process: statements, and plans."""

from measure import BENCH, ROOT, Missing, Row, allocations, bench, instructions, run


def one_statement(o):
    n = 200 if o.smoke else 4000
    cost = Row("one index statement, text to folded schema: instructions", "libpg_query: parse and unpack of the same", 1.15,
               "instructions")  # fmt: skip
    nothing, parser, ours = (instructions(*words) for words in once(n))
    cost.add((ours - nothing) / n, (parser - nothing) / n)
    calls = Row("the same: calls of malloc", "the same", None, "calls")
    nothing, parser, ours = (allocations(*words) for words in once(n))
    calls.add((ours - nothing) / n, (parser - nothing) / n)
    return [cost, timed(("time", "statement"), "the same: CPU time", 1.25, o), calls]


def once(n):
    return [(BENCH, "once", what, n) for what in ("nothing", "parser", "statement")]


def timed(what, title, aim, o, n=10000):
    n = 500 if o.smoke else n
    row = Row(title, "libpg_query: parse and unpack of the same", aim, "us")
    for ours, parser in bench(*what, n, 2 if o.smoke else 4 * o.rounds)["rounds"]:
        row.add(ours / n / 1000, parser / n / 1000)
    return row


def djongo(o):
    """The same statements to both: djongo's translation with nothing behind it, and keyfold's to a folded schema."""
    python = ROOT / ".deps/djongo/bin/python"
    if not python.exists():
        raise Missing("djongo (scripts/deps djongo)")
    row = Row("one index statement, CPU time", "djongo 1.3.6's translation, with no database behind it", 100, "us", least=True)
    n, rounds = 50 if o.smoke else 500, 1 if o.smoke else o.rounds
    theirs = run(python, ROOT / "bench/translate.py", rounds, input=run(BENCH, "statements", n)).split()
    ours = bench("time", "statement", 10 * n, rounds)["rounds"]
    for (mine, _), their in zip(ours, theirs):
        row.add(mine / n / 10000, int(their) / n / 1000)
    return [row]


def repeated(o):
    return [timed(("repeat",), "repeated statements (a log shows the same one many times): CPU time", 0.1, o, 50000)]


def many(o):
    """The last number of statements twice: once a tenth of it, for how time grows."""
    n, tables = (2000, 100) if o.smoke else (o.statements, o.statements // 100)
    cost = Row(f"{n:,} schema statements over {tables:,} tables, read and planned", "libpg_query alone for them", 1.3, "s")
    growth = Row(f"the same: time of {n:,} to a tenth of them", "ten times the tenth's", 1.05, "s")
    for _ in range(1 if o.smoke else 3):
        small, large = bench("plan", n // 10, tables // 10), bench("plan", n, tables)
        seconds = [(each["plan"]["read_ns"] + each["plan"]["plan_ns"]) / 1e9 for each in (small, large)]
        cost.add(seconds[1], large["parser_ns"] / 1e9)
        growth.add(seconds[1], 10 * seconds[0])
    cost.note = f"peak {large['plan']['plan_kb'] / 1024:.0f} MiB"
    return [cost, growth]


ROWS = {"statement": one_statement, "djongo": djongo, "repeated": repeated, "many": many}
