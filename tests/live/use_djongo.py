"""Evaluates expressions with Django on djongo, each by itself, and prints a JSON list of what came of them.

    .deps/djongo/bin/python tests/live/use_djongo.py URI DATABASE < EXPRESSIONS

EXPRESSIONS is a JSON list of Python expressions with Group, Permission, sql(text, *values), failure(text), applied(),
record(app, name), unrecord(app, name), unapplied() and migrate() in scope. An exception comes out as its class's name;
failure() gives all that led to it, as a traceback's last lines.
"""

import contextlib
import io
import json
import logging
import sys
import traceback
import warnings

import django
from django.conf import settings


def sql(text, *values):
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(text, values)
        return [list(row) for row in cursor.fetchall()] if text.startswith("SELECT") else None


def failure(text):
    try:
        sql(text)
    except Exception as error:
        chain = [error]
        while cause := chain[-1].__cause__ or chain[-1].__context__:
            chain.append(cause)
        return ["".join(traceback.format_exception_only(each)).strip() for each in reversed(chain)]
    return []


def recorder():
    from django.db import connection
    from django.db.migrations.recorder import MigrationRecorder

    return MigrationRecorder(connection)


def applied():
    """[app, name, date] of what Django takes for applied, by id."""
    rows = sorted(recorder().applied_migrations().values(), key=lambda row: row.id)
    return [[row.app, row.name, row.applied.isoformat()] for row in rows]


def record(app, name):
    recorder().record_applied(app, name)


def unrecord(app, name):
    recorder().record_unapplied(app, name)


def unapplied():
    """What migrate would run of the installed apps."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    return [str(migration) for migration, _ in executor.migration_plan(executor.loader.graph.leaf_nodes())]


def migrate():
    from django.core.management import call_command

    said = io.StringIO()
    call_command("migrate", stdout=said, no_color=True)
    return said.getvalue().splitlines()


def evaluate(expressions):
    from django.contrib.auth.models import Group, Permission

    scope = {"Group": Group, "Permission": Permission, "sql": sql, "failure": failure, "applied": applied, "record": record,
             "unrecord": unrecord, "unapplied": unapplied, "migrate": migrate}
    for expression in expressions:
        try:
            yield eval(expression, scope)  # noqa: S307: our own tests'
        except Exception as error:
            yield type(error).__name__


def main():
    uri, name = sys.argv[1:]
    # djongo warns and logs on every statement.
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    settings.configure(
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth"],
        DATABASES={"default": {"ENGINE": "djongo", "NAME": name, "CLIENT": {"host": uri}}})
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        django.setup()
        results = list(evaluate(json.load(sys.stdin)))
    json.dump(results, sys.stdout)


main()
