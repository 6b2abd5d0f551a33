"""The same histories on keyfold and on PostgreSQL: what SQL means is what PostgreSQL does.

    .deps/servers/bin/python tests/meaning/compare.py [--seed N] [--histories N] [--seconds N]

The histories are the cases of sql_corpus/plan and sql_corpus/execute, with rows put in between and behind, and generated ones. Prints
those that end differently, shrunk, and what came of the others; exit 1 if there are any.
"""

import argparse
import ast
import collections
import pathlib
import re
import sys
import time
import uuid

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "live")]

import generate  # noqa: E402
import history  # noqa: E402
import postgres  # noqa: E402
import render  # noqa: E402
import servers  # noqa: E402


CORPUS = HERE.parents[1] / "sql_corpus"
DML = r'(?:INSERT|DELETE|SELECT|UPDATE)\b(?! "\w+" SET ("\w+") = .* WHERE \1 IS NULL$)'

# Why a case of the corpus is no history.
NO_HISTORY = {
    "state": "it begins from what djongo or somebody else left, which no SQL makes",
    "parameters": "its parameters are none, or too many: a log's fault, not SQL's",
    "rows": "it is about rows alone: no schema statement is in it",
}


def parameters(text):
    """As a log shows them."""
    try:
        return list(ast.literal_eval(re.sub(r"\w[\w.]*\(('[^']*')\)", r"\1", text)) or ())
    except (SyntaxError, ValueError):
        return []


def statements(text):
    """SQL, one statement a line, or djongo's log. None: not all have their parameters."""
    if "sql_command:" in text:
        found = [sql if re.match(DML, sql, re.S) else render.with_values(sql, parameters(params)) for sql, params in re.findall(r"sql_command: (.*?)\nparams: (.*)", text, re.S if "\nparams" not in text else 0)]
        return None if None in found else found
    return [part.strip() for part in re.split(r";[ \t]*(?:\n|$)", text) if part.strip()]


def history_of(name, live, text):
    """The case's steps, or the key of why it has none. Its options do not matter: they say how a log is taken."""
    if live and live.lstrip().startswith("{"):
        return "state"
    before, after = (statements(each) if each else [] for each in (live, text))
    if after is None:
        return "parameters"
    before, after = ([sql for sql in each if not re.match(DML, sql, re.S)] for each in (before, after))
    if not after:
        return "rows"
    return [["sql", sql] for sql in before] + [["probe", name]] + [["sql", sql] for sql in after] + [["probe", name + "2"]]


def corpus_cases():
    """(name, steps or the key of why there are none) of each case that says what comes of a log or of statements."""
    for path in sorted([*CORPUS.glob("plan/*.test"), *CORPUS.glob("execute/*.test")]):
        for case in re.split(r"^case: ", path.read_text(errors="replace"), flags=re.M)[1:]:
            name, options, live, text = re.fullmatch(r"(.*?)\n((?:@[^\n]*\n)*)(?:live:\n(.*?)\n)?input:\n(.*?)\n----\n.*", case, re.S).groups()
            steps = "state" if "@schema" in options else history_of(name, live, text)
            yield f"{path.relative_to(CORPUS)}: {name}", steps


def corpus_histories():
    return [(name, steps) for name, steps in corpus_cases() if not isinstance(steps, str)]


class Run:
    def __init__(self, keyfold, reference):
        self.keyfold, self.reference = keyfold, reference
        self.counts, self.reasons, self.found = collections.Counter(), collections.Counter(), []

    def one(self, what, steps):
        outcome = history.compare(steps, self.keyfold, self.reference)
        self.counts.update(histories=1, steps=outcome.steps, refused=outcome.refused)
        self.reasons.update(outcome.reasons)
        if outcome.difference:
            shorter = history.shrink(steps, lambda some: history.compare(some, self.keyfold, self.reference).kind)
            why = history.compare(shorter, self.keyfold, self.reference).difference
            self.found.append(f"{what}:\n{history.show(shorter)}\n--> {why}")
            print(self.found[-1], "\n", flush=True)

    def seeds(self, first, most, seconds, enough=10):
        end = time.monotonic() + seconds
        for seed in range(first, first + most):
            if time.monotonic() > end or len(self.found) >= enough:
                break
            self.one(f"seed {seed}", generate.history(seed))

    def told(self):
        lines = [f"{self.counts['histories']} histories, {self.counts['steps']} steps, {self.counts['refused']} refused by both; "
                 f"{len(self.found)} differ"]
        return "\n".join(lines + [f"  {count} ended early: {reason}" for reason, count in sorted(self.reasons.items())])


FORMS = (("UNIQUE with a condition", r"UNIQUE \(.*WHERE"), ("UNIQUE", r"ADD CONSTRAINT .* UNIQUE"), ("INDEX", r"ADD CONSTRAINT .* INDEX"),
         *((each, each) for each in ("CREATE TABLE", "DROP TABLE", "RENAME TO", "RENAME COLUMN", "ADD COLUMN", "DROP COLUMN",
                                     "DROP CONSTRAINT", "SET NOT NULL", "DROP NOT NULL", "SET DEFAULT", "DROP DEFAULT", "FLUSH",
                                     "UPDATE")))


def form_of(sql):
    return next((form for form, pattern in FORMS if re.search(pattern, sql)), sql)


def record_djongo(server, reference, options):
    """Of generated histories, until the first step at which djongo and PostgreSQL part: the last schema statement before it."""
    djongo, counts, began = history.Djongo(server, "dj_m_" + uuid.uuid4().hex[:8]), collections.Counter(), time.monotonic()
    for seed in range(options.seed, options.seed + options.histories):
        if time.monotonic() > began + options.seconds:
            break
        steps = generate.history(seed)
        outcome = history.compare(steps, djongo, reference)
        counts["histories"] += 1
        if not outcome.difference:
            counts["ended as on PostgreSQL, or in what may differ"] += 1
            continue
        until = len(steps) if outcome.at is None else outcome.at + 1
        last = [step[1] for step in steps[:until] if step[0] == "sql"][-1]
        refused = outcome.at is not None and steps[outcome.at][0] == "sql" and outcome.refused_here
        counts[f"{'refused' if refused else 'went wrong without a word'}: {form_of(last)}"] += 1
    djongo.close()
    print("\n".join(f"{count:6} {what}" for what, count in counts.most_common()), f"\nin {time.monotonic() - began:.0f} s")
    return 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--histories", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=3600)
    parser.add_argument("--djongo", action="store_true", help="djongo in place of keyfold: where does it go wrong?")
    options = parser.parse_args()
    with servers.secantus() as server, postgres.postgres() as reference:
        if options.djongo:
            return record_djongo(server, history.Postgres(reference), options)
        run = Run(history.Keyfold(server, "kf_m_" + uuid.uuid4().hex[:8]), history.Postgres(reference))
        began = time.monotonic()
        for name, steps in corpus_histories():
            run.one(name, steps)
        run.seeds(options.seed, options.histories, options.seconds)
        left_out = collections.Counter(steps for _, steps in corpus_cases() if isinstance(steps, str))
        print("".join(f"{count} cases are no history: {NO_HISTORY[key]}\n" for key, count in left_out.items()), end="")
        print(run.told(), f"in {time.monotonic() - began:.0f} s")
    return 1 if run.found else 0


if __name__ == "__main__":
    sys.exit(main())
