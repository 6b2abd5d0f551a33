"""djongo's schema SQL → MongoDB indexes, in-process. The Django backend is keyfold.django, the command python -m keyfold."""

import os as _os

# The driver keeps counters in shared memory from when it is loaded, leaves them behind in a process that is killed, and then warns
# on stderr in a later one of the same number.
_shared = _os.environ.get("MONGOC_DISABLE_SHM")
_os.environ["MONGOC_DISABLE_SHM"] = "1"
try:
    from . import _native
except ImportError as error:
    if any(word in str(error) for word in ("libmongoc", "libbson")):
        raise ImportError(
            f"keyfold needs the MongoDB C driver, which is not on this system ({error}): install the package libmongoc-1.0-0 "
            "(apt-get install libmongoc-1.0-0)"
        ) from error
    raise
finally:
    if _shared is None:
        del _os.environ["MONGOC_DISABLE_SHM"]
    else:
        _os.environ["MONGOC_DISABLE_SHM"] = _shared

from .errors import Error
from .handles import Database, Failure, Finding, Log, LogFile, Plan, Result, Schema, explain

__version__: str = _native.version
PROFILES: "tuple[str, ...]" = tuple(_native.profile_names())

__all__ = ["Database", "Error", "Failure", "Finding", "Log", "LogFile", "PROFILES", "Plan", "Result", "Schema", "explain"]
