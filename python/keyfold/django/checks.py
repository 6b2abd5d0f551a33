"""SELECT without FROM, by which Django's Q.check() has a condition on given values evaluated (a model's full_clean(), for its
constraints). djongo fails on it, and Django then takes the condition for true: each row violates a UniqueConstraint with a condition.

Each EXISTS in it is a query of its own; the rest has values alone, and is evaluated by SQLite in memory.
"""

import datetime
import decimal
import re
import sqlite3
from contextlib import closing

import bson
from django.db import NotSupportedError

from .conditions import TOKEN

_CHECK = re.compile(r'SELECT %s AS "_check" WHERE ')


def is_check(sql):
    return bool(_CHECK.match(sql))


def evaluate(sql, params, exists):
    """The rows: one or none. exists: is there a row of this SELECT with these parameters?"""
    written, values, params = [], [], list(params or ())
    tokens = TOKEN.findall(sql)
    n = 0
    while n < len(tokens):
        if tokens[n].upper() == "EXISTS":
            end = _closing(tokens, n + 1)
            inner = "".join(tokens[n + 2 : end])
            count = sum(token == "%s" for token in tokens[n + 2 : end])
            written.append(str(int(exists(_without_alias(inner), params[:count]))))
            del params[:count]
            n = end
        elif tokens[n] == "%s":
            written.append("?")
            values.append(_plain(params.pop(0)))
        else:
            written.append(tokens[n])
        n += 1
    with closing(sqlite3.connect(":memory:")) as database:
        try:
            return database.execute("".join(written), values).fetchall()
        except sqlite3.Error as error:
            raise NotSupportedError(f"a condition that cannot be evaluated ({error})\nSQL: {sql}") from error


def _without_alias(select):
    """djongo knows none in a SELECT of its own."""
    aliased = re.match(r'SELECT %s AS "a" FROM ("[^"]+") (U\d+) ', select)
    if not aliased:
        return select
    return select.replace(f" {aliased[2]} ", " ", 1).replace(f"{aliased[2]}.", f"{aliased[1]}.")


def _closing(tokens, n):
    depth = 0
    while True:
        depth += (tokens[n] == "(") - (tokens[n] == ")")
        if depth == 0:
            return n
        n += 1


def _plain(value):
    """As SQLite can compare it with its like."""
    if isinstance(value, bson.Decimal128):
        value = value.to_decimal()
    if isinstance(value, decimal.Decimal):
        return float(value)
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    return value if isinstance(value, (str, int, float, bytes, type(None))) else str(value)
