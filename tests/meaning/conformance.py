"""docs/conformance.md: each form of statement on keyfold, djongo and PostgreSQL.

    .deps/servers/bin/python tests/meaning/conformance.py [--check]

Of each form in forms.txt: what is there before, the statement, and then rows of values that meet. PostgreSQL says what is right: which
statements and rows are refused, which rows are there at the end, which columns the catalog has, and on which keys there are indexes.
"""

import argparse
import json
import pathlib
import re
import sys
import uuid

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "live")]

import history  # noqa: E402
import postgres  # noqa: E402
import servers  # noqa: E402

ROOT = HERE.parents[1]
PAGE = ROOT / "docs/conformance.md"


class Form:
    def __init__(self, text):
        match = re.fullmatch(r"form: (.*)\ntag: (.*)\nfind: (.*)\n((?:.*\n)*?)---\n((?:.+\n?)+)", text)
        if not match:
            sys.exit(f"forms.txt: no form: {text}")
        self.name, self.tag, self.find = match[1], match[2], match[3]
        self.statements = match[5].splitlines()
        self.steps = [self._step(line) for line in (match[4] + match[5]).splitlines() if line]
        self.steps += [["probe", f"{self.name} {n}"] for n in range(4)]

    @staticmethod
    def _step(line):
        row = re.fullmatch(r"row (\w+) (.*)", line)
        if row:
            return ["insert", row[1], json.loads(row[2])]
        sql, *params = line.split(" <- ")
        return ["sql", sql, *map(json.loads, params)]

    def case(self):
        """A case of the corpus that bears the form's tag and has such a statement, carried out now or converged: (file, name)."""
        for path in sorted((ROOT / "sql_corpus").glob("execute/*.test")) + sorted((ROOT / "sql_corpus").glob("plan/*.test")):
            for case in re.split(r"^case: ", path.read_text(errors="replace"), flags=re.M)[1:]:
                name = case.splitlines()[0]
                said = re.search(r"^input:\n(.*?)^----$", case, re.S | re.M)
                if f"[{self.tag}]" in name and re.search(self.find, f"{name}\n{said[1]}", re.M):
                    return path.relative_to(ROOT / "sql_corpus"), name
        sys.exit(f"forms.txt: no case of sql_corpus with [{self.tag}] has {self.find}")


def forms():
    text = re.sub(r"^#.*\n", "", (HERE / "forms.txt").read_text(), flags=re.M)
    return [Form(block.strip() + "\n") for block in re.split(r"\n\s*\n", text) if block.strip()]


# ---- what can be seen at the end ----

INDEXES = """SELECT t.relname, i.indisunique, (SELECT string_agg(a.attname || ' ' || CASE i.indoption[k.n - 1] & 1 WHEN 1 THEN -1 ELSE 1 END,
    ', ' ORDER BY k.n) FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS k(number, n)
    JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.number)
    FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid JOIN pg_namespace s ON s.oid = t.relnamespace WHERE s.nspname = 'history'"""


def wrong_indexes(side, reference):
    """Each key that PostgreSQL has an index on has one, unique where it is; there is none on any other key."""
    wanted = {}
    for table, unique, key in reference.connection.run(INDEXES):
        wanted.setdefault(table, set()).add((key, unique == "t"))
    for table in reference.columns():
        there = {(", ".join(f"{field} {int(direction)}" for field, direction in index["key"]), index.get("unique", False))
                 for name, index in side.database[table].index_information().items() if name != "_id_"}
        keys = {key for key, _ in there}
        for key, unique in sorted(wanted.get(table, set())):
            if key not in keys or (unique and (key, True) not in there):
                return f"no {'unique ' if unique else ''}index on ({key})"
        for key in sorted(keys - {key for key, _ in wanted.get(table, set())}):
            return f"an index on ({key})"
    return None


def wrong_catalog(side, reference):
    documents = {each["name"]: set(each["fields"]) for each in side.database["__schema__"].find({"fields": {"$exists": True}})}
    wanted = {table: set(columns) for table, columns in reference.columns().items()}
    if documents == wanted:
        return None
    for table in sorted(set(documents) ^ set(wanted)):
        return f"the catalog {'has' if table in documents else 'lacks'} the table {table}"
    for table, columns in sorted(wanted.items()):
        for column in sorted(columns ^ documents[table]):
            return f"the catalog {'lacks' if column in columns else 'has'} the column {column}"


# ---- verdicts ----

NOT_ENFORCED = r"(CREATE|ADD) .*(REFERENCES|CHECK)"  # PostgreSQL gets a constraint that lets every row in: render.py


def why(outcome):
    code = re.match(r"KF-\d+|\w+Error: \w+|\w+Error", outcome)
    return code[0].rsplit(": ", 1)[-1] if code else outcome.split(" ")[0]


def judge(form, side, reference):
    """(the side's verdict, PostgreSQL's)"""
    side.begin()
    reference.begin()
    said = "right"
    for step in history.written_out(form.steps, reference):
        theirs, ours = reference.step(step), side.step(step)
        if step[0] == "sql" and theirs != "ok":
            said = f"refused ({theirs[:5]})"
        if (ours == "ok") == (theirs == "ok"):
            continue
        if step[0] == "sql":
            if ours == "ok" and history.excuse(step, ours, theirs):
                return f"taken: {history.excuse(step, ours, theirs)}", said
            return f"refused ({why(ours)})" if ours != "ok" else "**wrong**: carried out, and PostgreSQL refuses it", said
        return "**wrong**: " + ("refuses a row that it may not" if ours != "ok" else "takes a row that it may not"), said
    difference = history.compare_ends(side, reference)
    if difference:
        return "**wrong**: " + ("other " + difference.split(" ")[0].rstrip(":") + " at the end"), said
    difference = wrong_indexes(side, reference) or wrong_catalog(side, reference)
    if re.search(NOT_ENFORCED, form.statements[-1]) and not difference:
        return "taken, not enforced", said
    return f"**wrong**: {difference}" if difference else "right", said


HEAD = """# Conformance

What each form of statement does with keyfold (`kf_execute`, on SecantusDB as MongoDB 6.0 and later) and with djongo 1.3.6. PostgreSQL 15 is
the reference: what may differ from it, and why, is in [differences.md](differences.md). *Right*: the same statements and rows are
refused, the same rows are there at the end, the catalog has the table's columns, and there are indexes on its keys and on no others.
*Refused*: with an error ([errors.md](errors.md)). **Wrong**: without a word. *Taken, not enforced*: keyfold knows the constraint by its
name, and says so in its plan. *Taken: done again*: what is there in the same shape is no error. A hashed index is refused by SecantusDB;
MongoDB has them. Each row of [statements.md](statements.md) has its forms here; the case is one that bears the row's tag and has such a
statement.

Made by `tests/meaning/conformance.py` from `tests/meaning/forms.txt`; `tests/meaning/test_conformance.py` fails when it is out of date.

| statement | row | keyfold | djongo | PostgreSQL | case |
|---|---|---|---|---|---|
"""


def page(server, connection):
    keyfold, djongo = (make(server, prefix + uuid.uuid4().hex[:8])
                       for make, prefix in ((history.Keyfold, "kf_c_"), (history.Djongo, "dj_c_")))
    reference = history.Postgres(connection)
    cases, rows, verdicts = {form.name: form.case() for form in forms()}, [], []
    try:
        for form in forms():
            both = [judge(form, side, reference) for side in (keyfold, djongo)]
            verdicts.append([verdict for verdict, _ in both])
            file, case = cases[form.name]
            case = case.split(" [")[0]  # its tags
            row = form.tag.removeprefix("statement/")
            rows.append(f"| {form.name} | {row} | {both[0][0]} | {both[1][0]} | {both[0][1]} | [{case}](../sql_corpus/{file}) |")
    finally:
        keyfold.close()
        djongo.close()
    total = [f"{name}: " + ", ".join(f"{sum(each[side].strip('*').startswith(start) for each in verdicts)} {start}"
                                     for start in ("right", "refused", "taken", "wrong")) for side, name in enumerate(("keyfold", "djongo"))]
    return HEAD + "\n".join(rows) + f"\n\n{len(rows)} forms. {'; '.join(total)} (a refusal that is PostgreSQL's too is right).\n"


def without_cases(text):
    """Which case is linked to depends on what else the corpus has."""
    return re.sub(r" \[[^|]*\) \|$", "", text, flags=re.M)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--check", action="store_true", help="exit 1 if docs/conformance.md is not what comes out")
    options = parser.parse_args()
    with servers.secantus() as server, postgres.postgres() as connection:
        text = page(server, connection)
    if options.check:
        return 0 if without_cases(PAGE.read_text()) == without_cases(text) else 1
    PAGE.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
