"""Histories: schema statements and inserts, carried out on keyfold and on PostgreSQL, and what can be seen of them.

A step is ["sql", statement] or ["sql", statement, parameters], ["insert", table, {column: value}] or ["probe", seed]: a few rows into every table that is there, of
values that meet. What is compared: which steps are refused, and at the end the
rows of every table. docs/differences.md has what may differ, and why; REASONS here are the same by name.
"""

import ast
import json
import random
import re
import subprocess

import generate
import library
import postgres
import pymongo
import pymongo.errors
import render

SIMPLE = {"bigint": int, "integer": int, "text": str, "double precision": float, "boolean": lambda text: text == "t"}

PROBED = {"bigint": generate.VALUES["long"], "integer": generate.VALUES["long"], "text": generate.VALUES["string"],
          "double precision": generate.VALUES["double"], "boolean": generate.VALUES["bool"]}

# Differences that are none: reason → whether it is this one, of (step, keyfold's outcome, PostgreSQL's).
REASONS = {
    "no such table or column": lambda step, ours, theirs: theirs[:5] in ("42P01", "42703"),
    "withheld": lambda step, ours, theirs: "KF-042" in ours and theirs == "ok",
    "not null is not enforced": lambda step, ours, theirs: ours == "ok" and theirs.startswith("23502"),
    "MongoDB cannot hold it": lambda step, ours, theirs: ours[:6] in ("KF-025", "KF-030", "KF-043", "KF-044") and theirs == "ok",
    "MongoDB has no such index": lambda step, ours, theirs: ours.startswith("KF-021 MongoDB has no ") and theirs == "ok",
    "a primary key moves": lambda step, ours, theirs: ours == "ok" and theirs.startswith("42P16"),
    "names are a table's": lambda step, ours, theirs: ours.startswith("KF-049") and theirs == "ok",
    "done again": lambda step, ours, theirs: ours == "ok" and theirs[:5] in ("42P07", "42701", "42710", "55000"),
    "the server has no hashed indexes": lambda step, ours, theirs: "hashed indexes are not supported" in ours and theirs == "ok",
}


NOT_COMPARED = ("not rendered", "not taken back", "values keep their type")


def insert(database, step):
    try:
        database[step[1]].insert_one(dict(step[2]))
    except pymongo.errors.DuplicateKeyError:
        return "23505 duplicate key"
    return "ok"


class Keyfold:
    """keyfold carries the statements out, pymongo inserts as djongo would."""

    def __init__(self, server, name):
        self.library = library.Database(server.uri, name)
        self.database = server.client[name]
        self.name = name

    def begin(self):
        self.library.execute(f'DROP DATABASE "{self.name}"')

    def step(self, step):
        if step[0] == "insert":
            return insert(self.database, step)
        try:
            self.library.execute(step[1].replace(render.THIS_DATABASE, self.name), *step[2:])
        except library.Refused as error:
            return str(error)
        return "ok"

    def rows(self, table, columns):
        return sorted(repr([document.get(column) for column in columns]) for document in self.database[table].find())

    def tables(self):
        return {name for name in self.database.list_collection_names() if name != "__schema__"}

    def close(self):
        self.begin()
        self.library.close()


def parameters(sql):
    """As Django hands it to djongo: the values of ADD COLUMN's DEFAULT and of UPDATE are parameters."""
    for pattern in (r'(ALTER TABLE "\w+" ADD COLUMN "\w+" \w+ DEFAULT )(.+?)((?: NOT NULL| NULL)?(?: UNIQUE)?)',
                    r'(ALTER TABLE "\w+" ALTER COLUMN "\w+" SET DEFAULT )(.+)()',
                    r'(UPDATE "\w+" SET "\w+" = )(.+?)( WHERE .*)'):
        match = re.fullmatch(pattern, sql)
        if match:
            try:
                value = ast.literal_eval(match[2].replace("''", "\\'"))
            except (SyntaxError, ValueError):
                value = match[2]
            return [f"{match[1]}%s{match[3]}", [value]]
    return [sql, []]


class Djongo:
    """djongo carries the statements out, in a process of its own; pymongo inserts and reads."""

    def __init__(self, server, name):
        self.server, self.name, self.database = server, name, server.client[name]
        root = library.ROOT
        self.child = subprocess.Popen([root / ".deps/djongo/bin/python", root / "tests/meaning/djongo_side.py", server.uri, name],
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    def _ask(self, what):
        self.child.stdin.write(json.dumps(what) + "\n")
        self.child.stdin.flush()
        return json.loads(self.child.stdout.readline())

    def begin(self):
        self.server.client.drop_database(self.name)
        self._ask(None)

    def step(self, step):
        if step[0] == "sql":
            sql = step[1].replace(render.THIS_DATABASE, self.name)
            return self._ask([sql, step[2]] if step[2:] else parameters(sql)) or "ok"
        return insert(self.database, step)

    rows = Keyfold.rows
    tables = Keyfold.tables

    def close(self):
        self.child.stdin.close()
        self.child.wait(30)
        self.server.client.drop_database(self.name)


class Postgres:
    def __init__(self, connection):
        self.connection = connection
        self.rendering = None

    def begin(self):
        self.rendering = render.Rendering()
        self.connection.run("DROP SCHEMA IF EXISTS history CASCADE; CREATE SCHEMA history; SET search_path = history")

    def literal(self, value):
        if value is None:
            return "NULL"
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, (int, float)):
            return repr(value)
        return "'" + str(value).replace("'", "''") + "'"

    def step(self, step):
        before = dict(self.rendering.names), dict(self.rendering.types)
        if step[0] == "sql":
            statements = self.rendering.statements(render.with_values(step[1], step[2]) if step[2:] else step[1])
        else:
            columns = ", ".join(f'"{column}"' for column in step[2])
            statements = [f'INSERT INTO "{step[1]}" ({columns}) VALUES ({", ".join(map(self.literal, step[2].values()))})']
        try:
            if statements:
                self.connection.run("BEGIN; " + "; ".join(statements) + "; COMMIT")
        except postgres.Refused as error:
            self.connection.run("ROLLBACK")
            self.rendering.names, self.rendering.types = before
            return f"{error.state} {error}"
        return "ok"

    def columns(self):
        """{table: {column: type}}"""
        found = {}
        for table, column, type_ in self.connection.run(
                "SELECT c.table_name, c.column_name, c.data_type FROM information_schema.columns c JOIN information_schema.tables t "
                "USING (table_schema, table_name) WHERE c.table_schema = 'history' ORDER BY 1, c.ordinal_position"):
            found.setdefault(table, {})[column] = type_
        return found

    def probes(self, seed, first_id):
        """Inserts into all tables whose columns are simple."""
        found, some = {}, random.Random(seed)
        for table, column, type_, null in self.connection.run(
                "SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns "
                "WHERE table_schema = 'history' ORDER BY 1, ordinal_position"):
            found.setdefault(table, []).append((column, type_, null == "YES"))
        for table, columns in found.items():
            if all(type_ in PROBED for _, type_, _ in columns):
                for _ in range(4):
                    first_id += 1
                    yield ["insert", table, {column: first_id if column == "id" and type_ != "text" else
                                             None if null and some.random() < 0.4 else some.choice(PROBED[type_])
                                             for column, type_, null in columns}]

    def rows(self, table, columns):
        names = ", ".join(f'"{column}"' for column in columns)
        return sorted(repr([None if value is None else SIMPLE[type_](value) for value, type_ in zip(row, columns.values())])
                      for row in self.connection.run(f'SELECT {names} FROM "{table}"'))


class Outcome:
    """difference: None, or what differs; kind: of which kind it is. reasons: differences that are none. steps: how many were
    carried out."""

    def __init__(self):
        self.difference, self.kind, self.reasons, self.steps, self.refused = None, None, [], 0, 0
        self.at, self.refused_here = None, False  # at which step they differ (None: at the end); it is keyfold's refusal


def excuse(step, ours, theirs):
    return next((reason for reason, fits in REASONS.items() if fits(step, ours, theirs)), None)


def _ends(step, ours):
    """A statement of several parts that was refused: PostgreSQL takes all of it back, MongoDB has no such thing."""
    return step[0] == "sql" and ours != "ok" and re.search(r"ADD COLUMN|CREATE TABLE|^UPDATE|SET NOT NULL", step[1])


def compare(history, keyfold, reference):
    out = Outcome()
    keyfold.begin()
    reference.begin()
    for number, step in enumerate(written_out(history, reference)):
        try:
            theirs = reference.step(step)
        except render.NotRendered:
            out.reasons.append("not rendered")
            return out
        ours = keyfold.step(step)
        out.steps += 1
        if step[0] == "sql" and re.search(r' ALTER COLUMN "\w+" TYPE ', step[1]):
            out.reasons.append("values keep their type")
            return out
        if (ours == "ok") != (theirs == "ok"):
            reason = excuse(step, ours, theirs)
            if reason:  # from here on the two are not alike
                out.reasons.append(reason)
                return out
            out.kind = (step[0], ours[:6], theirs[:5])
            out.at, out.refused_here = number, ours != "ok"
            out.difference = f"step {number + 1}, {step}:\n  keyfold: {ours}\n  PostgreSQL: {theirs}"
            return out
        out.refused += ours != "ok"
        if _ends(step, ours):
            out.reasons.append("not taken back")
            return out
    out.difference = compare_ends(keyfold, reference)
    out.kind = ("end",) if out.difference else None
    return out


def written_out(history, reference):
    for number, step in enumerate(history):
        if step[0] == "probe":
            yield from list(reference.probes(step[1], 1000 * (number + 1)))
        else:
            yield step


def compare_ends(keyfold, reference):
    expected = reference.columns()
    if keyfold.tables() != set(expected):
        return f"tables:\n  keyfold: {sorted(keyfold.tables())}\n  PostgreSQL: {sorted(expected)}"
    for table, columns in expected.items():
        seen = {column: type_ for column, type_ in columns.items() if type_ in SIMPLE}
        ours, theirs = keyfold.rows(table, seen), reference.rows(table, seen)
        if ours != theirs:
            return f"rows of {table}({', '.join(seen)}):\n  keyfold: {ours}\n  PostgreSQL: {theirs}"
    return None


def shrink(history, kind_of):
    """The history without every step that it differs without in the same way."""
    kind = kind_of(history)
    size = max(1, len(history) // 2)
    while size:
        at = 0
        while at < len(history):
            shorter = history[:at] + history[at + size:]
            if shorter and kind_of(shorter) == kind:
                history = shorter
            else:
                at += size
        size //= 2
    return history


def show(history):
    lines = []
    for step in history:
        lines.append(f"insert into {step[1]}: {step[2]}" if step[0] == "insert" else step[1] + (";" if step[0] == "sql" else ": rows"))
    return "\n".join(lines)
