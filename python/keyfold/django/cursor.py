from djongo import cursor
from djongo.database import DatabaseError
from djongo.exceptions import SQLDecodeError
from pymongo.errors import PyMongoError

from . import checks, conditions, errors, having, joins, selects, statements, updates
from .operations import IGNORE


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


class _Count(_Nothing):
    def __init__(self, rows):
        self._rows = rows

    def count(self):
        return self._rows


class _Rows(_Nothing):
    def __init__(self, rows):
        self._rows = iter(rows)

    def __iter__(self):
        return self._rows

    def next(self):
        return next(self._rows)


class Cursor(cursor.Cursor):
    """Schema statements go to keyfold, all others to djongo, after those that wait."""

    def __init__(self, wrapper):
        self._wrapper, self._link, self._sql = wrapper, wrapper.keyfold, None
        super().__init__(wrapper.client_connection, joins.Database.of(wrapper.connection), wrapper.djongo_connection)

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
        self._sql = sql
        if checks.is_check(sql):
            self.result = _Rows(checks.evaluate(sql, params, self._is_there))
            return
        sql = conditions.qualified(sql)
        update = updates.from_columns(sql)
        if update:
            with _told_better(sql):
                self.result = _Count(update.run(Cursor(self._wrapper), params))
            return
        sql, params = selects.readable(sql, params)
        groups = having.taken_out(sql)
        if groups:
            params = list(params)
            value, sql = params.pop(groups.parameter), groups.sql
        with _told_better(self._sql):
            super().execute(sql, params)
            if groups:
                self.result = _Rows(groups.of(super().fetchall(), value))

    def _is_there(self, sql, params):
        other = Cursor(self._wrapper)
        other.execute(sql, params)
        return other.fetchone() is not None

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
        with _told_better(self._sql):
            return super().fetchone()

    def fetchmany(self, size=1):
        with _told_better(self._sql):
            return super().fetchmany(size)

    def fetchall(self):
        with _told_better(self._sql):
            return super().fetchall()

    def collections(self):
        with _told_better(None):
            return list(self.db_conn.list_collections())


class _told_better:
    """djongo's errors, with what is behind them, and those that it lets through."""

    def __init__(self, sql):
        self._sql = sql

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        if isinstance(error, (DatabaseError, SQLDecodeError, PyMongoError)):
            better = errors.of_djongo(error, self._sql)
            if better is not error:
                raise better from error
        return False
