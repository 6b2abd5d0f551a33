"""WHERE of UPDATE and DELETE with bare column names, as hand-written SQL has them.

djongo takes "c" for a field "c.c": "c" IS NULL and NOT ("c" = 1) then match every row, and all are overwritten or deleted without a
word; other conditions match none. Django's ORM always writes "t"."c". So bare names are given their table.
"""

import re

from django.db import NotSupportedError

TOKEN = re.compile(r"""'(?:[^']|'')*' | "(?:[^"]|"")*" | %\(\w+\)s | %s | \w+ | \s+ | .""", re.X | re.S)
_WRITE = re.compile(r'\s*(?:UPDATE|DELETE\s+FROM)\s+("(?:[^"]|"")+"|\w+)(?=\s)', re.I)
_WORDS = set(
    "AND OR NOT IN IS NULL LIKE ILIKE BETWEEN REGEXP BINARY TRUE FALSE EXISTS ASC DESC ANY ALL CASE WHEN THEN ELSE END AS".split()
)


def qualified(sql):
    """The statement with its table before each bare column of its condition. NotSupportedError where that cannot be told."""
    write = _WRITE.match(sql)
    if not write:
        return sql
    tokens = TOKEN.findall(sql, write.end())
    where = next((n for n, token in enumerate(tokens) if token.upper() == "WHERE"), None)
    if where is None:
        return sql
    head, condition = tokens[: where + 1], tokens[where + 1 :]
    table = write[1] if write[1].startswith('"') else f'"{write[1]}"'
    written = [table + "." + token if _is_bare(condition, n) else token for n, token in enumerate(condition)]
    if written != condition and any(token.upper() == "SELECT" for token in condition):
        raise NotSupportedError(f"a bare column beside a SELECT: write the table before it, as in {table}.\"c\"\nSQL: {sql}")
    return sql[: write.end()] + "".join(head + written)


def _neighbour(tokens, n, step):
    n += step
    while 0 <= n < len(tokens) and tokens[n].isspace():
        n += step
    return tokens[n] if 0 <= n < len(tokens) else ""


def _is_bare(tokens, n):
    token, behind = tokens[n], _neighbour(tokens, n, 1)
    if _neighbour(tokens, n, -1) == "." or behind == ".":
        return False
    if token.startswith('"'):
        return True
    if re.match(r"[^\W\d]", token) and token.upper() not in _WORDS | {"SELECT", "FROM", "WHERE"} and behind != "(":
        raise NotSupportedError(f'{token} is not quoted, and is not read right in a condition: write "{token}"\nSQL: {"".join(tokens)}')
    return False
