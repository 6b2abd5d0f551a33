"""djongo's schema SQL, for PostgreSQL: what each statement means there.

long → bigint, string → text, double → float8, date → timestamptz, decimal → numeric, binData → bytea, object and array → jsonb,
objectId → text. Names of indexes and constraints are a schema's in PostgreSQL and a table's here, so each gets one of its own; a
UNIQUE column's name is "c_1" from CREATE TABLE and "c" from ADD COLUMN, as djongo's indexes are called.
"""

import re

TYPES = {"int": "integer", "long": "bigint", "string": "text", "double": "float8", "bool": "boolean", "date": "timestamptz",
         "decimal": "numeric", "binData": "bytea", "object": "jsonb", "array": "jsonb", "objectId": "text"}
NAME = r'"((?:[^"]|"")+)"'


class NotRendered(Exception):
    """Something that has no meaning in PostgreSQL, or none that this knows."""


def top_level(text):
    """Splits at commas outside parentheses and quotes."""
    parts, depth, quoted, from_ = [], 0, None, 0
    for at, c in enumerate(text):
        if quoted:
            quoted = None if c == quoted else quoted
        elif c in "\"'":
            quoted = c
        elif c == "(":
            depth += 1
        elif c == ")":
            depth -= 1
        elif c == "," and depth == 0:
            parts.append(text[from_:at].strip())
            from_ = at + 1
    return [*parts, text[from_:].strip()]


class Rendering:
    """One history's: what its names are called in PostgreSQL, and what its columns' types are."""

    def __init__(self):
        self.names, self.types, self.count = {}, {}, 0

    def statements(self, sql):
        """The PostgreSQL statements for one of djongo's."""
        sql = sql.strip().rstrip(";").strip()
        if any(len(name.encode()) > 63 for name in re.findall(NAME, sql)):
            raise NotRendered("PostgreSQL cuts identifiers to 63 bytes")
        for pattern, method in FORMS:
            match = re.fullmatch(pattern, sql, re.S)
            if match:
                return method(self, *match.groups())
        raise NotRendered(sql)

    # ---- names ----

    def new_name(self, table, name):
        if (table, name) in self.names:  # refused, as it is meant to be
            return self.names[table, name]
        self.count += 1
        self.names[table, name] = f"kf{self.count}"
        return self.names[table, name]

    @staticmethod
    def spellings(table, name):
        """A UNIQUE column's name is c, c_1 and t_c_key."""
        column = name.removesuffix("_1")
        if name.endswith("_key"):
            column = name.removeprefix(f"{table}_").removesuffix("_key")
        return name, column, f"{column}_1"

    def old_name(self, table, name):
        for spelled in self.spellings(table, name):
            if (table, spelled) in self.names:
                return self.names.pop((table, spelled))
        return None

    # ---- pieces ----

    def literal(self, type_, text):
        text = text.strip()
        if text == "NULL" or text[:1] == "'":
            return text
        if type_ in ("int", "long", "double", "decimal") and re.fullmatch(r"-?[0-9.]+(e-?[0-9]+)?", text):
            return text
        if type_ == "bool" and text in ("True", "False", "true", "false"):
            return text.lower()
        return "'" + text.replace("'", "''") + "'"

    def condition(self, table, text):
        """Unquoted values are strings, or what their column's type makes of them."""
        text = text.strip()

        def compared(match):
            column, operator, value = match.groups()
            return f'"{column}" {operator} {self.literal(self.types.get((table, column)), value)}'

        parts = re.split(r" (AND|OR) ", text)
        done = [part if part in ("AND", "OR") else
                re.sub(rf"^(?:{NAME}) (=|<>|<=|>=|<|>) (.+)$", compared, part.strip(), flags=re.S) for part in parts]
        return " ".join(done)

    def columns(self, text):
        return ", ".join(re.sub(r"\s+", " ", part) for part in top_level(text))

    def column(self, table, text):
        """(its definition, its UNIQUE as an index or None)"""
        match = re.fullmatch(rf"{NAME} (\w+)(.*)", text.strip(), re.S)
        if not match or match[2] not in TYPES:
            raise NotRendered(text)
        name, type_, rest = match.groups()
        self.types[table, name] = type_
        default = re.search(r" DEFAULT (.+?)(?= NOT NULL| NULL| UNIQUE| PRIMARY KEY|$)", rest, re.S)
        flags = rest.replace(default[0], "") if default else rest
        if not re.fullmatch(r"( NOT NULL| NULL| PRIMARY KEY| AUTOINCREMENT| UNIQUE)*\s*", flags):
            raise NotRendered(text)
        definition = f'"{name}" {TYPES[type_]}'
        if default:
            definition += " DEFAULT " + self.literal(type_, default[1])
        definition += " NOT NULL" if " NOT NULL" in flags else ""
        definition += " PRIMARY KEY" if " PRIMARY KEY" in flags else ""
        return definition, name if " UNIQUE" in flags else None

    def index(self, table, name, unique, columns, where):
        sql = f'CREATE {"UNIQUE " if unique else ""}INDEX "{self.new_name(table, name)}" ON "{table}" ({self.columns(columns)})'
        return sql + (f" WHERE {self.condition(table, where)}" if where and where.strip() else "")

    # ---- statements ----

    def create_table(self, table, body):
        definitions, after = [], []
        for part in top_level(body):
            constraint = re.fullmatch(rf"CONSTRAINT {NAME} UNIQUE \((.*?)\)(?:\(\s*WHERE (.*)\)|\(\))?", part, re.S)
            if constraint:
                after.append(self.index(table, constraint[1], True, constraint[2], constraint[3]))
                continue
            definition, unique = self.column(table, part)
            definitions.append(definition)
            if unique:
                after.append(self.index(table, f"{unique}_1", True, f'"{unique}"', None))
        return [f'CREATE TABLE "{table}" ({", ".join(definitions)})', *after]

    def add_column(self, table, text):
        definition, unique = self.column(table, text)
        more = [self.index(table, unique, True, f'"{unique}"', None)] if unique else []
        return [f'ALTER TABLE "{table}" ADD COLUMN {definition}', *more]

    def add_constraint(self, table, name, kind, columns, where):
        return [self.index(table, name, kind == "UNIQUE", columns, where)]

    def create_index(self, unique, name, table, columns, where):
        return [self.index(table, name, bool(unique), columns, where)]

    def create_missing_table(self, table, body):
        return [] if any(known == table for known, _ in self.types) else self.create_table(table, body)

    def create_missing_index(self, unique, name, table, columns):
        return [] if (table, name) in self.names else [self.index(table, name, bool(unique), columns, None)]

    def several(self, table, text):
        """Actions with commas between them."""
        actions = top_level(text)
        if len(actions) < 2 or not all(re.match(r"(ADD|DROP|ALTER) ", action) for action in actions):
            raise NotRendered(text)
        return [each for action in actions for each in self.statements(f'ALTER TABLE "{table}" {action}')]

    def rename_constraint(self, table, old, new):
        if (table, old) not in self.names or (table, new) in self.names:
            raise NotRendered(old)
        self.names[table, new] = self.names.pop((table, old))
        return self.not_enforced(table, new)

    def primary_key(self, table, name, columns):
        return [f'ALTER TABLE "{table}" ADD PRIMARY KEY ({self.columns(columns)})']

    def not_enforced(self, table, name):
        return [f'SELECT FROM "{table}" LIMIT 0']

    def drop_index(self, name):
        exact = [table for table, spelled in self.names if spelled == name]
        meant = [table for table, spelled in self.names if spelled in self.spellings(table, name)]
        return self.drop_constraint((exact + meant)[0], name) if exact + meant else []

    def rename_index(self, old, new):
        return self.rename_constraint(next((table for table, spelled in self.names if spelled == old), None), old, new)

    def alter_type(self, table, column, type_):
        if type_ not in TYPES:
            raise NotRendered(type_)
        self.types[table, column] = type_
        return [f'ALTER TABLE "{table}" ALTER COLUMN "{column}" TYPE {TYPES[type_]} USING "{column}"::{TYPES[type_]}']

    def drop_constraint(self, table, name):
        old = self.old_name(table, name)
        there = f'SELECT FROM "{table}" LIMIT 0'
        return [there, f'DROP INDEX IF EXISTS "{old}"'] if old else [there]

    def drop_column(self, table, column):
        self.types.pop((table, column), None)
        return [f'ALTER TABLE "{table}" DROP COLUMN "{column}" CASCADE']

    def rename_column(self, table, old, new):
        if (table, old) in self.types:
            self.types[table, new] = self.types.pop((table, old))
        return [f'ALTER TABLE "{table}" RENAME COLUMN "{old}" TO "{new}"']

    def rename_table(self, old, new):
        for store in (self.names, self.types):
            for key in [key for key in store if key[0] == old]:
                store[new, key[1]] = store.pop(key)
        return [f'ALTER TABLE "{old}" RENAME TO "{new}"']

    def drop_table(self, table):
        for store in (self.names, self.types):
            for key in [key for key in store if key[0] == table]:
                del store[key]
        return [f'DROP TABLE "{table}" CASCADE']

    def set_default(self, table, column, value):
        return [f'ALTER TABLE "{table}" ALTER COLUMN "{column}" SET DEFAULT {self.literal(self.types.get((table, column)), value)}']

    def alter_column(self, table, column, what):
        return [f'ALTER TABLE "{table}" ALTER COLUMN "{column}" {what}']

    def flush(self, table):
        return [f'TRUNCATE TABLE "{table}"']

    def fill(self, table, column, value, where):
        if where != column:
            raise NotRendered(f"UPDATE {table}")
        return [f'UPDATE "{table}" SET "{column}" = {self.literal(self.types.get((table, column)), value)} WHERE "{column}" IS NULL']


FORMS = (
    (rf"ALTER TABLE {NAME} ((?:ADD|DROP|ALTER) .*, *(?:ADD|DROP|ALTER) .*)", Rendering.several),
    (rf"CREATE TABLE IF NOT EXISTS {NAME} \((.*)\)", Rendering.create_missing_table),
    (rf"CREATE (UNIQUE )?INDEX IF NOT EXISTS {NAME} ON {NAME} \((.*?)\)", Rendering.create_missing_index),
    (rf"TRUNCATE TABLE {NAME}", Rendering.flush),
    (rf"ALTER TABLE {NAME} RENAME CONSTRAINT {NAME} TO {NAME}", Rendering.rename_constraint),
    (rf"ALTER TABLE {NAME} ADD CONSTRAINT {NAME} PRIMARY KEY \((.*)\)", Rendering.primary_key),
    (rf"CREATE TABLE {NAME} \((.*)\)", Rendering.create_table),
    (rf"DROP TABLE (?:IF EXISTS )?{NAME}(?: CASCADE)?", Rendering.drop_table),
    (rf"ALTER TABLE {NAME} FLUSH", Rendering.flush),
    (rf"ALTER TABLE {NAME} RENAME TO {NAME}", Rendering.rename_table),
    (rf"ALTER TABLE {NAME} RENAME COLUMN {NAME} TO {NAME}", Rendering.rename_column),
    (rf"ALTER TABLE {NAME} ADD COLUMN (.*)", Rendering.add_column),
    (rf"ALTER TABLE {NAME} DROP COLUMN {NAME}(?: CASCADE)?", Rendering.drop_column),
    (rf"ALTER TABLE {NAME} ADD CONSTRAINT {NAME} (INDEX|UNIQUE) \((.*?)\)(?:\(\s*WHERE (.*)\)|\(\))?", Rendering.add_constraint),
    (rf"ALTER TABLE {NAME} ADD CONSTRAINT {NAME} (?:FOREIGN KEY|CHECK) .*", Rendering.not_enforced),
    (rf"ALTER TABLE {NAME} DROP CONSTRAINT {NAME}(?: INDEX)?", Rendering.drop_constraint),
    (rf"DROP INDEX (?:IF EXISTS )?{NAME}", Rendering.drop_index),
    (rf"ALTER INDEX {NAME} RENAME TO {NAME}", Rendering.rename_index),
    (rf"ALTER TABLE {NAME} ALTER COLUMN {NAME} TYPE (\w+)", Rendering.alter_type),
    (rf"ALTER TABLE {NAME} ALTER COLUMN {NAME} SET DEFAULT (.*)", Rendering.set_default),
    (rf"ALTER TABLE {NAME} ALTER COLUMN {NAME} (SET NOT NULL|DROP NOT NULL|DROP DEFAULT)", Rendering.alter_column),
    (rf"CREATE (UNIQUE )?INDEX {NAME} ON {NAME} \((.*?)\)(?: WHERE (.*))?", Rendering.create_index),
    (rf"UPDATE {NAME} SET {NAME} = (.*) WHERE {NAME} IS NULL", Rendering.fill),
)
