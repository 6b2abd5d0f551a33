"""Histories from a seed: tables and columns of few names and values of few kinds, so that they meet."""

import random

TYPES = ("long", "string", "bool", "double")
VALUES = {"long": (1, 2, 3), "string": ("a", "b", "it's"), "bool": (True, False), "double": (0.5, 1.5)}
TABLES, COLUMNS, NAMES = ("t", "u", "v"), ("a", "b", "c", "d"), ("n1", "n2", "n3", "n4", "n5", "n6")


def quoted(value):
    """As SQL, and as Python's str() of it without quotes, which is how djongo prints a condition's."""
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else str(value)


class Column:
    def __init__(self, type_, null):
        self.type, self.null = type_, null


class Table:
    def __init__(self):
        self.columns, self.names = {}, {}


class Generator:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.tables, self.next_id, self.steps = {}, 1, []

    def history(self):
        self.create_table()
        for _ in range(self.random.randint(4, 22)):
            if not self.tables:
                self.create_table()
            weights = [(each, weight) for each, weight in self.actions() if weight]
            self.random.choices([each for each, _ in weights], [weight for _, weight in weights])[0]()
        for table in list(self.tables):
            for _ in range(self.random.randint(1, 4)):
                self.insert(table)
        return self.steps

    def actions(self):
        return ((self.insert, 40), (self.create_table, 4 if len(self.tables) < len(TABLES) else 0), (self.drop_table, 2),
                (self.rename_table, 3 if len(self.tables) < len(TABLES) else 0), (self.add_column, 10), (self.drop_column, 6),
                (self.rename_column, 6), (self.add_unique, 14), (self.add_index, 5), (self.drop_name, 8), (self.not_null, 5),
                (self.null, 4), (self.default, 2), (self.flush, 1))

    def sql(self, text):
        self.steps.append(["sql", text])

    def table(self):
        return self.random.choice(sorted(self.tables))

    def free(self, names, taken):
        left = [name for name in names if name not in taken]
        return self.random.choice(left) if left else None

    def some_columns(self, table, most):
        columns = sorted(self.tables[table].columns)
        return self.random.sample(columns, min(len(columns), self.random.randint(1, most)))

    # ---- rows ----

    def insert(self, table=None):
        table = table or self.table()
        again = self.random.random() < 0.04 and self.next_id > 1
        row = {"id": self.random.randrange(1, self.next_id) if again else self.next_id}
        self.next_id += 1
        for name, column in self.tables[table].columns.items():
            none = column.null and self.random.random() < 0.4
            row[name] = None if none else self.random.choice(VALUES[column.type])
        self.steps.append(["insert", table, row])

    # ---- tables ----

    def create_table(self):
        name, table = self.free(TABLES, self.tables), Table()
        parts = ['"id" long NOT NULL PRIMARY KEY']
        for column in self.random.sample(COLUMNS, self.random.randint(1, 3)):
            made = table.columns[column] = Column(self.random.choice(TYPES), self.random.random() < 0.6)
            unique = self.random.random() < 0.25
            parts.append(f'"{column}" {made.type} {"NULL" if made.null else "NOT NULL"}{" UNIQUE" if unique else ""}')
            if unique:
                table.names[f"{column}_1"] = None
        if self.random.random() < 0.2 and len(table.columns) > 1:
            key = self.random.sample(sorted(table.columns), 2)
            parts.append(f'CONSTRAINT "n0" UNIQUE ("{key[0]}", "{key[1]}")')
            table.names["n0"] = None
        self.tables[name] = table
        self.sql(f'CREATE TABLE "{name}" ({", ".join(parts)})')

    def drop_table(self):
        name = self.table()
        del self.tables[name]
        self.sql(f'DROP TABLE "{name}" CASCADE')

    def rename_table(self):
        old, new = self.table(), self.free(TABLES, self.tables)
        self.tables[new] = self.tables.pop(old)
        self.sql(f'ALTER TABLE "{old}" RENAME TO "{new}"')

    def flush(self):
        self.sql(f'ALTER TABLE "{self.table()}" FLUSH')

    # ---- columns ----

    def add_column(self):
        table = self.table()
        name = self.free(COLUMNS, self.tables[table].columns)
        if not name:
            return
        column = self.tables[table].columns[name] = Column(self.random.choice(TYPES), self.random.random() < 0.6)
        default = "" if column.null and self.random.random() < 0.7 else f" DEFAULT {quoted(self.random.choice(VALUES[column.type]))}"
        # A default for several rows, and UNIQUE: refused by both, and by PostgreSQL taken back.
        unique = " UNIQUE" if self.random.random() < 0.1 and name not in self.tables[table].names else ""
        if unique:
            self.tables[table].names[name] = None
        self.sql(f'ALTER TABLE "{table}" ADD COLUMN "{name}" {column.type}{default} {"NULL" if column.null else "NOT NULL"}{unique}')
        if default:
            self.sql(f'ALTER TABLE "{table}" ALTER COLUMN "{name}" DROP DEFAULT')

    def drop_column(self):
        table = self.table()
        columns = self.tables[table].columns
        if columns:
            name = self.random.choice(sorted(columns))
            del columns[name]
            self.sql(f'ALTER TABLE "{table}" DROP COLUMN "{name}" CASCADE')

    def rename_column(self):
        table = self.table()
        columns = self.tables[table].columns
        new = self.free(COLUMNS, columns)
        if columns and new:
            old = self.random.choice(sorted(columns))
            columns[new] = columns.pop(old)
            self.sql(f'ALTER TABLE "{table}" RENAME COLUMN "{old}" TO "{new}"')

    def not_null(self):
        table = self.table()
        nullable = sorted(name for name, column in self.tables[table].columns.items() if column.null)
        if nullable:
            name = self.random.choice(nullable)
            column = self.tables[table].columns[name]
            column.null = False
            # Django's three statements; the UPDATE may meet a unique index.
            self.sql(f'UPDATE "{table}" SET "{name}" = {quoted(self.random.choice(VALUES[column.type]))} WHERE "{name}" IS NULL')
            self.sql(f'ALTER TABLE "{table}" ALTER COLUMN "{name}" SET NOT NULL')

    def null(self):
        table = self.table()
        wanted = sorted(name for name, column in self.tables[table].columns.items() if not column.null)
        if wanted:
            name = self.random.choice(wanted)
            self.tables[table].columns[name].null = True
            self.sql(f'ALTER TABLE "{table}" ALTER COLUMN "{name}" DROP NOT NULL')

    def default(self):
        table = self.table()
        if self.tables[table].columns:
            name, column = self.random.choice(sorted(self.tables[table].columns.items()))
            self.sql(f'ALTER TABLE "{table}" ALTER COLUMN "{name}" SET DEFAULT {quoted(self.random.choice(VALUES[column.type]))}')

    # ---- names ----

    def condition(self, table):
        """One or two terms that a partial index can have, and now and then one that it cannot."""
        terms = []
        for name in self.some_columns(table, 2):
            column = self.tables[table].columns[name]
            value = quoted(self.random.choice(VALUES[column.type]))
            forms = [f'"{name}" = {value}', f'"{name}" IS NOT NULL']
            if column.type in ("long", "double"):
                forms += [f'"{name}" > {value}', f'"{name}" <= {value}']
            if column.type == "bool":
                forms = [f'"{name}"', f'NOT "{name}"', f'"{name}" IS NOT NULL']
            if self.random.random() < 0.05:
                forms = [f'"{name}" IS NULL', f'"{name}" <> {value}']
            terms.append(self.random.choice(forms))
        return " AND ".join(terms)

    def add_unique(self):
        table = self.table()
        name = self.free(NAMES, self.tables[table].names)
        if not name or not self.tables[table].columns:
            return
        self.tables[table].names[name] = None
        columns = ", ".join(f'"{column}"' for column in self.some_columns(table, 2))
        where = f"( WHERE {self.condition(table)})" if self.random.random() < 0.35 else ""
        self.sql(f'ALTER TABLE "{table}" ADD CONSTRAINT "{name}" UNIQUE ({columns}){where}')

    def add_index(self):
        table = self.table()
        name = self.free(NAMES, self.tables[table].names)
        if not name or not self.tables[table].columns:
            return
        self.tables[table].names[name] = None
        columns = ", ".join(f'"{column}"{self.random.choice(("", " DESC"))}' for column in self.some_columns(table, 2))
        self.sql(f'ALTER TABLE "{table}" ADD CONSTRAINT "{name}" INDEX ({columns})')

    def drop_name(self):
        table = self.table()
        if self.tables[table].names:
            name = self.random.choice(sorted(self.tables[table].names))
            del self.tables[table].names[name]
            self.sql(f'ALTER TABLE "{table}" DROP CONSTRAINT "{name}"')


def history(seed):
    return Generator(seed).history()
