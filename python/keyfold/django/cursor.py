import re

from djongo import cursor
from djongo.database import DatabaseError

from . import conditions, errors, statements
from .operations import IGNORE


# Django's exists(), since 4.2 with 1 as its first parameter, which sends djongo into a RecursionError as soon as a row is found.
# Whether there is a row is all that is asked, so any column does; _id is in every document.
EXISTS = re.compile(r'SELECT %s AS "a" FROM ("[^"]+") ')


class _Nothing:
    """The result of a schema statement, in djongo's form."""

    last_row_id = None

    def count(self):
        return -1

    def close(self):
        pass

    def __iter__(self):
        return iter(())

    def next(self):
        raise StopIteration


class Cursor(cursor.Cursor):
    """Schema statements go to keyfold, all others to djongo, after those that wait."""

    def __init__(self, wrapper):
        self._link = wrapper.keyfold
        super().__init__(wrapper.client_connection, wrapper.connection, wrapper.djongo_connection)

    @property
    def db_conn(self):
        """pymongo's database: whoever looks at it sees what was asked for before."""
        self._link.flush()
        return self._db_conn

    @db_conn.setter
    def db_conn(self, value):
        self._db_conn = value

    def execute(self, sql, params=None):
        sql = str(sql)
        if statements.is_schema(sql):
            self._link.execute(sql, params)
            self.result = _Nothing()
            return
        self._link.flush()
        if sql.startswith(IGNORE):
            self._insert_ignoring(sql, params)
            return
        exists = EXISTS.match(sql)
        if exists and tuple(params or ())[:1] == (1,):
            sql, params = f'SELECT {exists[1]}."_id" FROM {exists[1]} {sql[exists.end():]}', tuple(params)[1:]
        with _told_better(sql):
            super().execute(conditions.qualified(sql), params)

    def _insert_ignoring(self, sql, params):
        """djongo inserts all rows that it can, whatever their order."""
        try:
            super().execute(sql.replace(IGNORE, "INSERT INTO", 1), params)
        except DatabaseError as error:
            if not errors.are_duplicates_only(error):
                raise errors.of_djongo(error, sql) from error
            self.result = _Nothing()

    def executemany(self, sql, params_list):
        for params in params_list:
            self.execute(sql, params)

    def fetchone(self):
        with _told_better(None):
            return super().fetchone()

    def fetchmany(self, size=1):
        with _told_better(None):
            return super().fetchmany(size)


class _told_better:
    """djongo's errors, with what is behind them."""

    def __init__(self, sql):
        self._sql = sql

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        if isinstance(error, DatabaseError):
            better = errors.of_djongo(error, self._sql)
            if better is not error:
                raise better from error
        return False
