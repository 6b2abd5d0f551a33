"""Joins on a server without $lookup (FerretDB 1), which refuses every SELECT with a JOIN as djongo translates it.

Django itself joins: after each migrate, when a user's permissions are checked, and in its admin. So the rows of the tables are
read and put together here, and what djongo asks for after that (conditions on several tables, order, groups) the server does on
a collection of the joined rows, which is dropped at once. On a server that has $lookup nothing of this runs.
"""

import uuid

from pymongo import collection, command_cursor, database
from pymongo.errors import OperationFailure

from .errors import NOT_IMPLEMENTED

PREFIX = "__keyfold_join_"
PRESENT = {"$ne": None, "$exists": True}


class Database(database.Database):
    """pymongo's, whose collections join."""

    @classmethod
    def of(cls, other):
        return cls(other.client, other.name, other.codec_options, other.read_preference, other.write_concern, other.read_concern)

    def __getitem__(self, name):
        return Collection(self, name)


class Collection(collection.Collection):
    def aggregate(self, pipeline, *args, **options):
        try:
            return super().aggregate(pipeline, *args, **options)
        except OperationFailure as error:
            if error.code != NOT_IMPLEMENTED or not any("$lookup" in stage for stage in pipeline):
                raise
            join = Join(_without_subqueries(self.database, pipeline))
            if not join.is_plain:
                raise
            rows = join.rows(self)
        return _cursor(self, _finished(self.database, rows, join.rest))


class Joined:
    """A table that is joined: its $lookup, the conditions that it alone has to meet."""

    def __init__(self, lookup):
        self.lookup, self.prefix, self.conditions = lookup, lookup["as"] + ".", []
        self.is_outer, self.absent = False, {}  # an outer join's row where there is none

    def beside(self, rows, among):
        """Each row with each that it meets here; NULL meets none."""
        local, foreign, alias = self.lookup["localField"], self.lookup["foreignField"], self.lookup["as"]
        wanted = {key: value for key, value in ((_key(value), value) for value in (_value(row, local) for row in rows)) if key}
        found = {}
        if wanted:
            for each in among[self.lookup["from"]].find({"$and": [{foreign: {"$in": list(wanted.values())}}, *self.conditions]}):
                found.setdefault(_key(_value(each, foreign)), []).append(each)
        for row in rows:
            for each in found.get(_key(_value(row, local)), [self.absent] if self.is_outer else []):
                yield {**row, alias: each}


class Join:
    """A pipeline of djongo's. Each condition goes to the table that it is about; from the first on that is about several, or that
    is something else, they are the rest."""

    def __init__(self, pipeline):
        self.before, self.joined, self.rest = [], [], []
        self.is_plain = True
        for stage in pipeline:
            ((name, what),) = stage.items()
            if self.rest or not self._takes(name, what):
                self.rest.append(stage)

    def _takes(self, name, what):
        last = self.joined[-1] if self.joined else None
        if name == "$lookup":
            self.is_plain = self.is_plain and set(what) == {"from", "localField", "foreignField", "as"}
            self.joined.append(Joined(what))
        elif name == "$unwind" and last:
            last.is_outer = isinstance(what, dict)
        elif name == "$addFields" and last and last.is_outer and set(what) == {last.lookup["as"]}:
            last.absent = what[last.lookup["as"]]["$ifNull"][1]
        elif name == "$match":
            return self._takes_condition(what)
        else:
            return False
        return True

    def _takes_condition(self, condition):
        tables = [self._table_of(field) for field in _fields(condition)]
        if not tables or any(each is not tables[0] for each in tables):
            return False
        if tables[0] is None:
            self.before.append({"$match": condition})
        elif not tables[0].is_outer:
            tables[0].conditions.append(_without(tables[0].prefix, condition))
        else:
            return all(what == PRESENT for what in condition.values())  # the next join has it, too
        return True

    def _table_of(self, field):
        """None: the first."""
        return next((each for each in self.joined if field.startswith(each.prefix)), None)

    def rows(self, first):
        rows = list(first.aggregate(self.before))
        for each in self.joined:
            rows = list(each.beside(rows, first.database))
        return rows


def _without_subqueries(database, pipeline):
    """IN (SELECT ..): a $lookup of the SELECT, a $map of the column out of it, and an $expr with an $in. The values take their
    place."""
    found, values = [], {}
    for stage in pipeline:
        ((name, what),) = stage.items()
        if name == "$lookup" and "pipeline" in what:
            values[what["as"]] = list(database[what["from"]].aggregate(what["pipeline"]))
        elif name == "$addFields" and set(what) <= set(values):
            for alias, each in what.items():
                path = each["$map"]["in"].partition(".")[2]
                values[alias] = [_value(row, path) for row in values[alias]]
        else:
            found.append({name: _with_values(what, values)} if name == "$match" else stage)
    return found


def _with_values(condition, values):
    if isinstance(condition, list):
        return [_with_values(each, values) for each in condition]
    if not isinstance(condition, dict):
        return condition
    if set(condition) == {"$expr"} and set(condition["$expr"]) == {"$in"}:
        field, alias = condition["$expr"]["$in"]
        if str(alias)[1:] in values:
            return {field[1:]: {"$in": values[alias[1:]]}}
    return {name: _with_values(what, values) for name, what in condition.items()}


def _fields(condition):
    """The paths that it is about; none if it has something else, as $expr."""
    fields = []
    for name, what in condition.items():
        inner = [_fields(each) for each in what] if name in ("$and", "$or", "$nor") else [[] if name.startswith("$") else [name]]
        if [] in inner:
            return []
        fields += sum(inner, [])
    return fields


def _without(prefix, condition):
    return {
        name[len(prefix) :] if name.startswith(prefix) else name: what if name.startswith(prefix) else [_without(prefix, each) for each in what]
        for name, what in condition.items()
    }


def _value(row, path):
    for name in path.split("."):
        row = row.get(name) if isinstance(row, dict) else None
    return row


def _key(value):
    """1 is 1.0 and not True; None for NULL."""
    return None if value is None else (isinstance(value, bool), repr(value) if isinstance(value, (dict, list)) else value)


def _finished(database, rows, rest):
    """The server does the rest. A first row that met several has one _id several times, which a collection cannot have."""
    if len({_key(row["_id"]) for row in rows}) < len(rows):
        if _names_id(rest):
            raise OperationFailure("a JOIN that repeats rows of a table whose key is _id", NOT_IMPLEMENTED)
        rows = [{**row, "_id": n} for n, row in enumerate(rows)]
    made = database[PREFIX + uuid.uuid4().hex]
    try:
        if rows:
            made.insert_many(rows)
        return list(made.aggregate(rest))
    finally:
        made.drop()


def _names_id(rest):
    for stage in rest:
        ((name, what),) = stage.items()
        if name == "$group":
            return "'$_id'" in repr(what)
        if isinstance(what, dict) and what.get("_id"):
            return True
    return False


def _cursor(of, documents):
    return command_cursor.CommandCursor(of, {"id": 0, "firstBatch": documents, "ns": of.full_name}, None)
