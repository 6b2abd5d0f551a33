"""djongo's schema SQL → MongoDB indexes, in-process. The Django backend is keyfold.django, the command python -m keyfold."""

try:
    from . import _native
except ImportError as error:
    if any(word in str(error) for word in ("libmongoc", "libbson")):
        raise ImportError(
            f"keyfold needs the MongoDB C driver, which is not on this system ({error}): install the package libmongoc-1.0-0 "
            "(apt-get install libmongoc-1.0-0)"
        ) from error
    raise

from .errors import Error
from .handles import Database, Failure, Finding, Log, LogFile, Plan, Result, Schema, explain

__version__: str = _native.version
PROFILES: "tuple[str, ...]" = tuple(_native.profile_names())

__all__ = ["Database", "Error", "Failure", "Finding", "Log", "LogFile", "PROFILES", "Plan", "Result", "Schema", "explain"]
