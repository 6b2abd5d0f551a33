from django.db.models.expressions import Col
from djongo import operations

IGNORE = "INSERT IGNORE INTO"


class DatabaseOperations(operations.DatabaseOperations):
    def conditional_expression_supported_in_where_clause(self, expression):
        """djongo reads no column alone as a condition: Django then writes "t"."c" = True. Those of indexes and constraints, where
        a column has no table before it, are keyfold's."""
        return not (isinstance(expression, Col) and expression.alias)

    def execute_sql_flush(self, sql_list):
        """All tables in one batch."""
        link = self.connection.keyfold
        with self.connection.cursor() as cursor:
            link.collecting += 1
            try:
                for sql in sql_list:
                    cursor.execute(sql)
            finally:
                link.collecting -= 1
            link.flush()

    def insert_statement(self, on_conflict=None, **options):
        """djongo says that it can ignore conflicts, and does not; the cursor does."""
        # Before Django 4.1 the keyword was ignore_conflicts.
        if options.get("ignore_conflicts") or getattr(on_conflict, "name", None) == "IGNORE":
            return IGNORE
        return super().insert_statement(on_conflict=on_conflict) if on_conflict else super().insert_statement()
