"""djongo itself, as a child process: SQL in, what came of it out. Run by .deps/djongo's Python.

    djongo_side.py URI DATABASE

Each line on standard input is JSON: [statement, parameters], or null for a connection that knows nothing of what was there before.
Each answer is a line of JSON: null, or the exception in one line.
"""

import json
import logging
import sys
import warnings

warnings.simplefilter("ignore")


def configure(uri, database):
    import django
    from django.conf import settings

    settings.configure(
        DATABASES={"default": {"ENGINE": "djongo", "NAME": database, "CLIENT": {"host": uri}, "ENFORCE_SCHEMA": False}},
        LOGGING_CONFIG=None, USE_TZ=True)
    django.setup()
    logging.disable(logging.CRITICAL)


def execute(asked):
    from django.db import connection

    if asked is None:
        connection.close()
        return None
    try:
        with connection.cursor() as cursor:
            cursor.execute(*asked)
    except Exception as error:  # noqa: BLE001
        cause = error
        while cause.__cause__ or cause.__context__:
            cause = cause.__cause__ or cause.__context__
        return f"{type(error).__name__}: {type(cause).__name__}: {' '.join(str(cause).split())[:200]}"
    return None


def main():
    answers = sys.stdout
    sys.stdout = sys.stderr  # djongo prints
    configure(*sys.argv[1:])
    for line in sys.stdin:
        print(json.dumps(execute(json.loads(line))), file=answers, flush=True)


if __name__ == "__main__":
    main()
