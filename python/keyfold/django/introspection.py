"""Tables as their names tell: what SQL calls an index or constraint, not what happens to be on the server."""

import json
from collections import namedtuple

from django.db import ProgrammingError
from django.db.backends.base.introspection import FieldInfo as BaseFieldInfo
from django.db.backends.base.introspection import TableInfo
from django.db.models import Index
from djongo import introspection

from . import joins

FieldInfo = namedtuple("FieldInfo", (*BaseFieldInfo._fields, "auto"))
PRIMARY = "__primary_key__"


class DatabaseIntrospection(introspection.DatabaseIntrospection):
    data_types_reverse = {
        **introspection.DatabaseIntrospection.data_types_reverse,
        "int": "IntegerField",
        "long": "BigIntegerField",
        "double": "FloatField",
        "decimal": "DecimalField",
        "bool": "BooleanField",
        "string": "TextField",
        "date": "DateTimeField",
        "binData": "BinaryField",
        "object": "JSONField",
        "array": "JSONField",
        "objectId": "djongo.models.ObjectIdField",
    }

    def get_field_type(self, data_type, description):
        kind = super().get_field_type(data_type, description)
        if getattr(description, "auto", False):
            return {"IntegerField": "AutoField", "BigIntegerField": "BigAutoField"}.get(kind, kind)
        return kind

    def get_table_list(self, cursor):
        kinds = {"view": "v"}
        return [
            TableInfo(each["name"], kinds.get(each.get("type"), "t"))
            for each in cursor.collections()
            if each["name"] != "__schema__" and not each["name"].startswith(("system.", joins.PREFIX))
        ]

    def get_table_description(self, cursor, table_name):
        table = self._table(table_name)
        fields = dict(table["document"]["fields"]) if table["document"] else {}
        auto = ((table["document"] or {}).get("auto") or {}).get("field_names", [])
        key = self._primary(table) or []
        if key == ["_id"]:
            fields = {"_id": {"type_code": "objectId", "null": False}, **fields}
        return [
            FieldInfo(
                # djongo records of no column whether it is nullable; a key never is.
                name, field["type_code"], None, None, None, None, name not in key and field.get("null", True), field.get("default"),
                None, name in auto,
            )
            for name, field in fields.items()
        ]  # fmt: skip

    def get_constraints(self, cursor, table_name):
        return {each["name"]: _constraint(each) for each in names_of(self._table(table_name))}

    def get_relations(self, cursor, table_name):
        return {
            name: (each["foreign_key"][1], each["foreign_key"][0])
            for each in self.get_constraints(cursor, table_name).values()
            if each["foreign_key"]
            for name in each["columns"]
        }

    def get_sequences(self, cursor, table_name, table_fields=()):
        document = self._table(table_name)["document"] or {}
        return [{"table": table_name, "column": name} for name in (document.get("auto") or {}).get("field_names", [])]

    def get_primary_key_columns(self, cursor, table_name):
        return self._primary(self._table(table_name))

    def get_primary_key_column(self, cursor, table_name):
        columns = self.get_primary_key_columns(cursor, table_name)
        return columns[0] if columns else None

    def get_key_columns(self, cursor, table_name):
        return [(column, table, other) for column, (other, table) in self.get_relations(cursor, table_name).items()]

    def _table(self, name):
        tables = json.loads(self.connection.keyfold.snapshot([name]).to_json())["collections"]
        for each in tables:
            if each["name"] == name and each.get("exists", True):
                return each
        raise ProgrammingError(f'there is no table "{name}"')

    @staticmethod
    def _primary(table):
        for each in names_of(table):
            if each["kind"] == "primary":
                return [column for column, _ in each["key"]]
        named = (table["document"] or {}).get("names") is not None
        return None if named else ["_id"]


def names_of(table):
    """Those that are recorded, and each live index that no name is served by: it is a name of its own."""
    names = list((table["document"] or {}).get("names") or [])
    served = {index for each in names for index in each["indexes"]}
    for index in table["indexes"]:
        if index["name"] not in served and index["name"] != "_id_":
            kind = "primary" if index["name"] == PRIMARY else "unique" if index.get("unique") else "index"
            names.append({"name": index["name"], "kind": kind, "key": index["key"]})
    return names


def columns_of(name):
    return ", ".join(column + (" DESC" if order == -1 else "") for column, order in name["key"])


def _constraint(name):
    kind, references = name["kind"], name.get("references")
    return {
        "columns": [column for column, _ in name["key"]],
        "primary_key": kind == "primary",
        "unique": kind in ("unique", "primary"),
        "foreign_key": (references["table"], references["columns"][0]) if references else None,
        "check": kind == "check",
        "index": kind == "index",
        "orders": ["DESC" if order == -1 else "ASC" for _, order in name["key"]],
        "type": Index.suffix if kind == "index" else None,
    }
