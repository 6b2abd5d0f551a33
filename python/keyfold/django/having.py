"""HAVING, which djongo does not translate: of the groups that it makes, those are left that meet it. One comparison of something that
is selected as well, as Django has it for a filter() of an annotation.
"""

import operator
import re

from .conditions import TOKEN

_COMPARISON = re.compile(r"(.+\)) (<=|>=|=|<|>) %s", re.S)
_OPERATORS = {"=": operator.eq, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


class Having:
    """sql: without it. parameter: which one is its own."""

    def __init__(self, sql, column, compares, parameter):
        self.sql, self.parameter, self._column, self._compares = sql, parameter, column, compares

    def of(self, rows, value):
        return [row for row in rows if row[self._column] is not None and self._compares(row[self._column], value)]


def taken_out(sql):
    """A Having, or None: there is none, or djongo may say what it makes of it."""
    if not sql.startswith("SELECT ") or " HAVING " not in sql:
        return None
    parts, depth = {"SELECT": [""]}, 0
    part = parts["SELECT"]
    for token in TOKEN.findall(sql, len("SELECT")):
        depth += (token == "(") - (token == ")")
        word = token.upper()
        if depth == 0 and word in ("FROM", "GROUP", "HAVING", "ORDER", "LIMIT"):
            if word in parts:
                return None
            part = parts[word] = [token]
        elif depth == 0 and token == "," and part is parts["SELECT"]:
            part.append("")
        else:
            part[-1] += token
    having = _COMPARISON.fullmatch("".join(parts.pop("HAVING", [""]))[len("HAVING") :].strip())
    selected = [re.split(r"\sAS\s", each.strip())[0] for each in parts["SELECT"]]
    if not having or "LIMIT" in parts or having[1] not in selected:
        return None
    before = sum("".join(parts[word]).count("%s") for word in ("SELECT", "FROM", "GROUP") if word in parts)
    sql = "SELECT" + ",".join(parts.pop("SELECT")) + "".join(each[0] for each in parts.values())
    return Having(sql, selected.index(having[1]), _OPERATORS[having[2]], before)
