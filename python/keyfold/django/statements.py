"""Which SQL is keyfold's, and its parameters as BSON."""

import datetime
import decimal
import re

import bson

# Blanks and comments, as they may stand before a statement.
_LEAD = r"(?:\s|--[^\n]*(?:\n|\Z)|/\*.*?\*/)*"
_SCHEMA = re.compile(_LEAD + r"(?:CREATE|ALTER|DROP|TRUNCATE|COMMENT|REINDEX)\b", re.I | re.S)
# djongo's own business: its connection's databases.
_DATABASE = re.compile(_LEAD + r"(?:CREATE|DROP)\s+DATABASE\b", re.I | re.S)
_REMOVAL = re.compile(r"\b(?:DROP|RENAME)\b(?!\s+(?:COLUMN|CONSTRAINT|DEFAULT|IDENTITY|INDEX|NOT)\b)", re.I)
# The fill of nulls, whose filter djongo gets wrong: every row is overwritten (facts in docs/django.md).
_NAME = r'("(?:[^"]|"")+"|\w+)'
_FILL = re.compile(_LEAD + rf"UPDATE\s+{_NAME}\s+SET\s+{_NAME}\s*=\s*(?:%s|[^,\x22]*?)\s+WHERE\s+{_NAME}\s+IS\s+NULL\s*;?\s*\Z", re.I | re.S)


def is_schema(sql):
    if _DATABASE.match(sql):
        return False
    if _SCHEMA.match(sql):
        return True
    fill = _FILL.match(sql)
    return bool(fill) and fill[2] == fill[3]


def removes(sql):
    """May a table be gone, or called otherwise, after it?"""
    return bool(_REMOVAL.search(sql))


def _plain(value):
    """As djongo's operations would have adapted it."""
    if isinstance(value, decimal.Decimal):
        return bson.Decimal128(value)
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        return datetime.datetime(value.year, value.month, value.day)
    if isinstance(value, datetime.time):
        return datetime.datetime.combine(datetime.date(1900, 1, 1), value)
    if isinstance(value, datetime.timedelta):
        return value // datetime.timedelta(microseconds=1)
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    return value


def encode(params, codec_options):
    """The values in order, or None for none. They become what pymongo stores for djongo."""
    if not params:
        return None
    if isinstance(params, dict):
        params = params.values()
    return bson.encode({str(n): _plain(value) for n, value in enumerate(params)}, codec_options=codec_options)


def quote_value(value):
    """A literal of SQL."""
    value = _plain(value)
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, bson.Decimal128):
        return str(value)
    if isinstance(value, (bytes, memoryview)):
        return "'\\x%s'" % bytes(value).hex()
    return "'%s'" % str(value).replace("'", "''")
