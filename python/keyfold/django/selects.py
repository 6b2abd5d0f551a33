"""SELECTs of Django's that djongo does not read, in words that it does."""

import re

from .conditions import TOKEN

# exists(), since Django 4.2 with 1 as its first parameter, which sends djongo into a RecursionError as soon as a row is found.
# Whether there is a row is all that is asked, so any column does; _id is in every document.
_EXISTS = re.compile(r'SELECT %s AS "a" FROM ("[^"]+") ')
# Since Django 5.0 a column that is selected, too, is ordered by its position.
_BY_POSITION = re.compile(r"ORDER BY (?:.*, )?\d+ (?:ASC|DESC)\b", re.S)
_COLUMN = re.compile(r'"(?:[^"]|"")+"\."(?:[^"]|"")+"')


def readable(sql, params):
    """(sql, params)"""
    exists = _EXISTS.match(sql)
    if exists and tuple(params or ())[:1] == (1,):
        return f'SELECT {exists[1]}."_id" FROM {exists[1]} {sql[exists.end():]}', tuple(params)[1:]
    return (_by_name(sql) if sql.startswith("SELECT ") and _BY_POSITION.search(sql) else sql), params


def _by_name(sql):
    columns, written, depth, ordering = [""], [], 0, None
    for token in TOKEN.findall(sql):
        word = token.upper()
        depth += (token == "(") - (token == ")")
        if depth == 0 and word == "FROM" and ordering is None:
            ordering = False
        elif depth == 0 and word == "ORDER":
            ordering = True
        elif depth == 0 and word == "LIMIT":
            ordering = False
        elif ordering is None and word not in ("SELECT", "DISTINCT"):
            columns = [*columns, ""] if depth == 0 and token == "," else [*columns[:-1], columns[-1] + token]
        elif ordering and depth == 0 and token.isdigit():
            token = _name(columns[int(token) - 1])
        written.append(token)
    return "".join(written)


def _name(column):
    """A column itself, and what else is selected as it is called."""
    what, *called = re.split(r"\sAS\s", column.strip())
    return what if _COLUMN.fullmatch(what) or not called else called[0]
