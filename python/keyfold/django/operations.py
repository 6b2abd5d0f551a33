from djongo import operations


class DatabaseOperations(operations.DatabaseOperations):
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
            with self.connection.wrap_database_errors:
                link.flush()
