"""Runs the rows, prints the table. By scripts/bench."""

import argparse
import json
import pathlib
import platform
import sys

import logs
import migrations
import server
import start
import statements
from measure import BUILD, Missing

ROWS = {**statements.ROWS, **logs.ROWS, **server.ROWS, **start.ROWS, **migrations.ROWS}

# What needs djongo, and the Python package that is built.
NAMED = ("djongo", "import", *migrations.ROWS)


def figure(value, unit):
    if unit == "instructions":
        return f"{value:,.0f}"
    return f"{value:,.3g}" if value < 1000 else f"{value:,.0f}"


def line(row):
    aim = "-" if row["aim"] is None else f"{'≥' if row['at'] == 'least' else '≤'} {row['aim']:g}"
    spread = f"{row['lowest']:.2f} to {row['highest']:.2f}" if row["rounds"] > 1 else "-"
    reached = {None: "", True: "yes", False: "**no**"}[row["reached"]]
    return " | ".join(("", row["what"], row["reference"], f"{figure(row['ours'], row['unit'])} {row['unit']}",
                       f"{figure(row['reference_took'], row['unit'])} {row['unit']}", f"{row['ratio']:.2f}", spread, aim,
                       reached, row["note"], "")).strip()  # fmt: skip


def table(rows):
    head = ("what", "reference", "keyfold", "it took", "ratio", "spread", "aim", "reached", "")
    return "\n".join(["| " + " | ".join(head) + " |", "|---" * len(head) + "|", *map(line, rows)])


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__.splitlines()[0])
    parser.add_argument("rows", nargs="*", metavar="ROW", help="of " + ", ".join(ROWS) + "; default: all")
    parser.add_argument("--smoke", action="store_true", help="small and once, and nothing about time: that every row runs, but for "
                        f"{', '.join(NAMED)}, which have to be named")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--megabytes", type=int, default=2000, help="of the log that is read")
    parser.add_argument("--statements", type=int, default=1000000, help="that are planned")
    parser.add_argument("--collections", type=int, default=2000, help="that a snapshot is taken of")
    parser.add_argument("--json", type=pathlib.Path, default=BUILD / "bench/results.json", help="where the results go")
    parser.add_argument("--folder", help="for logs that are made; default: the system's temporary one")
    o = parser.parse_args()
    unknown = [name for name in o.rows if name not in ROWS]
    if unknown:
        parser.error(f"no row {unknown[0]}")
    results, missing = [], []
    for name in o.rows or [each for each in ROWS if not o.smoke or each not in NAMED]:
        try:
            rows = ROWS[name](o)
        except Missing as what:
            missing.append(f"{name}: not run without {what}")
            continue
        results += [{"row": name, **row.as_json()} for row in rows]
        print(f"{name}: {len(rows)} figures", file=sys.stderr)
    o.json.write_text(json.dumps({"machine": platform.platform(), "smoke": o.smoke, "rows": results}, indent=1) + "\n")
    print(table(results))
    for each in missing:
        print(each, file=sys.stderr)
    return 1 if missing and o.smoke else 0


if __name__ == "__main__":
    sys.exit(main())
