"""djongo's own translation of an index statement, with a database that takes everything. Run by the Python that has djongo.

Prints nanoseconds of CPU for so many statements, a round a line. The SQL comes on standard input, a statement a line.
"""

import contextlib
import sys
import time

from django.conf import settings

settings.configure()

from djongo.base import DatabaseWrapper  # noqa: E402, F401 (djongo imports itself in a circle: this end first)
from djongo.sql2mongo.query import Query  # noqa: E402


class Collection:
    made = 0

    def create_index(self, *_, **__):
        Collection.made += 1

    def insert_one(self, *_, **__):
        pass

    update_one = update_many = insert_one


class Database(dict):
    def __missing__(self, name):
        return Collection()


class Properties:
    enforce_schema, cached_collections = False, set()


statements = sys.stdin.read().splitlines()
for _ in range(int(sys.argv[1])):
    begin = time.process_time_ns()
    with contextlib.redirect_stdout(sys.stderr):  # it has something to say
        for sql in statements:
            Query(None, Database(), Properties(), sql, ())
    print(time.process_time_ns() - begin)
if Collection.made != int(sys.argv[1]) * len(statements):
    sys.exit(f"{Collection.made} indexes made")
