"""UPDATE of a column from another (F() in Django), which djongo does not translate: a SELECT with the same condition finds the rows
and what they hold, and each is written.
"""

import re

from pymongo import UpdateOne

from .conditions import TOKEN

_UPDATE = re.compile(r'UPDATE ("(?:[^"]|"")+") SET ')
_COLUMN = re.compile(r'(?:("(?:[^"]|"")+")\.)?("(?:[^"]|"")+")')


class Update:
    """table, condition (SQL, may be empty), and targets: by column, the column it comes from, or None for a parameter."""

    def __init__(self, table, targets, condition):
        self.table, self.targets, self.condition = table, targets, condition

    def run(self, cursor, params):
        """The number of rows. cursor: for the SELECT."""
        params = list(params or ())
        values = {column: params.pop(0) for column, source in self.targets.items() if source is None}
        sources = [source for source in self.targets.values() if source]
        cursor.execute(f'SELECT {self.table}."_id", {", ".join(sources)} FROM {self.table}{self.condition}', params)
        columns = [column for column, source in self.targets.items() if source]
        writes = [UpdateOne({"_id": key}, {"$set": {**values, **dict(zip(columns, row))}}) for key, *row in cursor.fetchall()]
        if writes:
            cursor.db_conn[_bare(self.table)].bulk_write(writes, ordered=False)
        return len(writes)


def from_columns(sql):
    """An Update, or None: djongo's business."""
    update = _UPDATE.match(sql)
    if not update:
        return None
    assignments, depth, where = [""], 0, ""
    tokens = TOKEN.findall(sql, update.end())
    for n, token in enumerate(tokens):
        depth += (token == "(") - (token == ")")
        if depth == 0 and token.upper() == "WHERE":
            where = " " + "".join(tokens[n:])
            break
        if depth == 0 and token == ",":
            assignments.append("")
        else:
            assignments[-1] += token
    targets = {}
    for each in assignments:
        column, _, source = (part.strip() for part in each.partition(" = "))
        of_table = _COLUMN.fullmatch(source)
        if source != "%s" and not (of_table and of_table[1] in (None, update[1])):
            return None
        targets[_bare(column)] = f"{update[1]}.{of_table[2]}" if of_table else None
    return Update(update[1], targets, where) if any(targets.values()) else None


def _bare(name):
    return name[1:-1].replace('""', '"')
