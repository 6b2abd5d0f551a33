"""keyfold's errors, and pymongo's inside djongo's, as Django has them."""

from django.db import utils
from djongo.exceptions import SQLDecodeError
from pymongo import errors as pymongo_errors

DUPLICATES = 40  # KF-040
DUPLICATE_KEY = 11000  # MongoDB's own
NOT_IMPLEMENTED = 238
# FerretDB passes on what its own database says, as an internal error: SQLite, PostgreSQL.
DUPLICATE_WORDS = ("UNIQUE constraint failed", "duplicate key")

# By the number of a code (docs/errors.md); the first that fits.
CLASSES = (
    ({DUPLICATES}, utils.IntegrityError),
    ({21, 25, 30, 42, 43, 44}, utils.NotSupportedError),
    ({*range(20, 34), 46, 49, 51}, utils.ProgrammingError),
    ({2, 8}, utils.InterfaceError),
    ({52}, utils.DataError),
    ({66}, utils.InternalError),
)


def class_of(number, server_code=None):
    if server_code == DUPLICATE_KEY:
        return utils.IntegrityError
    return next((each for numbers, each in CLASSES if number in numbers), utils.OperationalError)


def make(number, server_code, code, message, sql=None):
    error = class_of(number, server_code)(f"{code}: {message}" + (f"\nSQL: {sql}" if sql else ""))
    error.code, error.server_code, error.sql = code, server_code, sql
    return error


def of_exception(error, sql=None):
    """Of a keyfold.Error."""
    return make(error.number, error.server_code, error.code, error.message, sql)


def of_result(result):
    """Of what could not be done: the first failure, or else the first finding that says why."""
    for each in result.failures:
        return make(each.number, each.server_code, each.code, each.message, each.statement)
    for severity in ("error", "withheld"):
        for each in result.findings:
            if each.severity == severity:
                where = f" (at {each.line}:{each.column})" if each.line else ""
                return make(each.number, None, each.code, each.message + where, each.statement)
    return utils.DatabaseError(result.describe())


def _causes(error):
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def are_duplicates_only(error):
    for each in _causes(error):
        if isinstance(each, pymongo_errors.BulkWriteError):
            return all(write.get("code") == DUPLICATE_KEY for write in each.details.get("writeErrors", ()))
    return False


def of_djongo(error, sql):
    """djongo raises a DatabaseError without a word, and the reason is behind it."""
    where = f"\nSQL: {sql}" if sql else ""
    for each in _causes(error):
        if isinstance(each, pymongo_errors.ConnectionFailure):
            return utils.OperationalError(f"{each}{where}")
        if isinstance(each, pymongo_errors.OperationFailure) and each.code == NOT_IMPLEMENTED:
            return utils.NotSupportedError(f"{each}{where}")
        is_duplicate = isinstance(each, pymongo_errors.PyMongoError) and any(words in str(each) for words in DUPLICATE_WORDS)
        if is_duplicate or isinstance(each, pymongo_errors.DuplicateKeyError):
            return utils.IntegrityError(f"{each}{where}")
        if isinstance(each, pymongo_errors.BulkWriteError):
            writes = each.details.get("writeErrors", [])
            if any(write.get("code") == DUPLICATE_KEY for write in writes):
                return utils.IntegrityError(f"{writes[0].get('errmsg')}{where}")
    # djongo says of a server's error, too, that it could not read the SQL.
    for kind, error_class, said in (
        (pymongo_errors.PyMongoError, utils.DatabaseError, str),
        (SQLDecodeError, utils.NotSupportedError, _said),
    ):
        for each in _causes(error):
            if isinstance(each, kind):
                return error_class(f"{said(each)}{where}")
    return error


def _said(error):
    """djongo's own words, if it has any."""
    return "djongo does not translate this" + (f" ({error.err_key})" if error.err_key else "")
