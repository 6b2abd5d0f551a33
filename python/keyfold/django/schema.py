from django.db import NotSupportedError
from djongo import schema

from . import statements


class DatabaseSchemaEditor(schema.DatabaseSchemaEditor):
    """Its statements are standard SQL, wait for the editor's end, and are carried out as one batch (cursor.py, link.py)."""

    sql_create_index = "CREATE INDEX %(name)s ON %(table)s (%(columns)s)%(extra)s%(condition)s"
    sql_create_unique_index = "CREATE UNIQUE INDEX %(name)s ON %(table)s (%(columns)s)%(condition)s"
    # These name the table, so that no other table's index can be meant.
    sql_rename_index = "ALTER TABLE %(table)s RENAME CONSTRAINT %(old_name)s TO %(new_name)s"

    def __enter__(self):
        self.connection.keyfold.collecting += 1
        return super().__enter__()

    def __exit__(self, exc_type, exc_value, traceback):
        link = self.connection.keyfold
        try:
            super().__exit__(exc_type, exc_value, traceback)
            if exc_type is None:
                link.flush()
        finally:
            link.collecting -= 1
            if not link.collecting:
                link.forget()

    def quote_value(self, value):
        return statements.quote_value(value)

    def prepare_default(self, value):
        return statements.quote_value(value)

    def column_sql(self, model, field, include_default=False):
        if getattr(field, "generated", False):
            raise NotSupportedError(
                f"{model._meta.label}.{field.name} is a GeneratedField, and MongoDB has no generated columns: "
                "compute the value in save(), or in the query."
            )
        return super().column_sql(model, field, include_default)

    def _delete_check_sql(self, model, name):
        """A check is known by its name, though nobody enforces it (supports_table_check_constraints)."""
        return self._delete_constraint_sql(self.sql_delete_check, model, name)
