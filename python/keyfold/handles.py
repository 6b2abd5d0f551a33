"""The library's objects. Each has a lock, so threads may share them; a Database belongs to the process that opened it."""

import os
import threading
from typing import Any, Iterable, List, NamedTuple, Optional, Tuple, Union

from . import _native

DROPS = {"index": 1, "field": 2, "collection": 4, "all": 7}
RENAMES = {None: 0, "done": 1, "todo": 2}
SEVERITIES = ("notice", "withheld", "skipped", "error")


class LogFile(NamedTuple):
    """What an added text was found to be."""

    name: str
    form: str
    encoding: str
    compression: str
    statements: int


class Finding(NamedTuple):
    severity: str  # "notice", "withheld", "skipped" or "error"
    code: Optional[str]  # "KF-042"; None for a notice
    number: int  # the code's
    file: Optional[str]
    file_line: int
    statement: Optional[str]
    line: int  # inside the statement, 0: all of it
    column: int
    collection: str
    name: str
    message: str


class Failure(NamedTuple):
    """An operation that did not work, while others went on."""

    code: str
    number: int
    server_code: Optional[int]
    collection: str
    name: str
    message: str
    statement: Optional[str]


def _options(
    profile: Optional[str] = None,
    database: Optional[str] = None,
    nulls: str = "distinct",
    skip_unsupported: bool = False,
    keep_going: bool = False,
    allow_drop: Iterable[str] = (),
    alias: Optional[str] = None,
    renames: Optional[str] = None,
    skip_failed: bool = False,
    only: Optional[str] = None,
    convert_types: bool = False,
    no_migrations_table: bool = False,
) -> Tuple[Any, ...]:
    if nulls not in ("distinct", "server"):
        raise ValueError(f'nulls is "distinct" or "server", not {nulls!r}')
    drops = 0
    for kind in allow_drop:
        drops |= DROPS[kind]
    return (profile, database, nulls == "server", skip_unsupported, keep_going, drops, alias, RENAMES[renames], skip_failed, only,
            convert_types, no_migrations_table)


def _finding(severity: int, number: int, *rest: Any) -> Finding:
    return Finding(SEVERITIES[severity], _native.code(number)[0] if number else None, number, *rest)


class _Handle:
    def __init__(self, capsule: Any) -> None:
        self._capsule = capsule
        self._lock = threading.RLock()


class Log(_Handle):
    """Statements read, from logs in any form or as they are at hand."""

    def __init__(self) -> None:
        super().__init__(_native.log_new())

    def add(self, name: str, text: Union[str, bytes]) -> None:
        with self._lock:
            _native.log_add(self._capsule, name, text.encode() if isinstance(text, str) else text)

    def add_file(self, path: "Union[str, os.PathLike[str]]") -> None:
        with self._lock:
            _native.log_add_file(self._capsule, os.fsencode(path))

    def add_statement(self, sql: str, params: Optional[bytes] = None) -> None:
        """params: a BSON document whose values are the parameters in order."""
        with self._lock:
            _native.log_add_statement(self._capsule, sql, params)

    def files(self) -> List[LogFile]:
        with self._lock:
            return [LogFile(*each) for each in _native.log_files(self._capsule)]

    def __len__(self) -> int:
        with self._lock:
            return _native.log_count(self._capsule)


class Schema(_Handle):
    """Collections, their indexes and catalog documents."""

    def __init__(self, json: Optional[str] = None) -> None:
        super().__init__(_native.schema_new() if json is None else _native.schema_read(json))

    @classmethod
    def _of(cls, capsule: Any) -> "Schema":
        schema = cls.__new__(cls)
        _Handle.__init__(schema, capsule)
        return schema

    def to_json(self) -> str:
        with self._lock:
            return _native.schema_write(self._capsule)

    def execute(self, log: Log, **options: Any) -> "Result":
        """Carries the statements out in memory."""
        with self._lock, log._lock:
            return Result(_native.execute(self._capsule, log._capsule, _options(**options)))

    def apply(self, plan: "Plan") -> "Result":
        with self._lock, plan._lock:
            return Result(_native.apply_plan(self._capsule, plan._capsule))


class Plan(_Handle):
    """What makes a schema what a log asks for."""

    def __init__(self, log: Log, live: Schema, **options: Any) -> None:
        with log._lock, live._lock:
            super().__init__(_native.plan_new(log._capsule, live._capsule, _options(**options)))
        self._learn()

    @classmethod
    def from_json(cls, json: str) -> "Plan":
        plan = cls.__new__(cls)
        _Handle.__init__(plan, _native.plan_read(json))
        plan._learn()
        return plan

    @classmethod
    def detach(cls, live: Schema, **options: Any) -> "Plan":
        """What makes it fit for djongo alone: an index a name, where the server allows it; notices tell where not."""
        plan = cls.__new__(cls)
        with live._lock:
            _Handle.__init__(plan, _native.plan_detach(live._capsule, _options(**options)))
        plan._learn()
        return plan

    def _learn(self) -> None:
        self.status, self.stopped, self.operations = _native.plan_about(self._capsule)
        self.findings = [_finding(*each) for each in _native.plan_findings(self._capsule)]

    def count(self, class_name: str) -> int:
        """Statements of a class: "read", "applied", "satisfied", "folded", ..."""
        with self._lock:
            return _native.plan_count(self._capsule, class_name)

    def to_json(self) -> str:
        with self._lock:
            return _native.plan_write(self._capsule)

    def __str__(self) -> str:
        with self._lock:
            return _native.plan_describe(self._capsule)


class Result(_Handle):
    """What came of it. status: 0 all done, 3 not understood, 4 a decision is needed, 5 the server or connection."""

    def __init__(self, capsule: Any) -> None:
        super().__init__(capsule)
        self.status, self.done = _native.result_about(capsule)
        self.findings = [_finding(*each) for each in _native.plan_findings(capsule)]
        self.failures = [
            Failure(_native.code(number)[0], number, server_code or None, *rest)
            for number, server_code, *rest in _native.result_failures(capsule)
        ]

    def to_json(self, show_values: bool = False) -> str:
        with self._lock:
            return _native.result_write(self._capsule, show_values)

    def describe(self, show_values: bool = False) -> str:
        with self._lock:
            return _native.result_describe(self._capsule, show_values)

    __str__ = describe


class Database(_Handle):
    """A connection to a server's database. After a fork it is of no use in the child, and harmless to the parent's."""

    def __init__(self, uri: str, database: Optional[str] = None, timeout: int = 0) -> None:
        super().__init__(_native.database_open(uri, database, timeout))
        self.process = os.getpid()
        self.uri, self.name, self.profile, self.server = _native.database_about(self._capsule)

    @property
    def commands(self) -> Tuple[int, int]:
        """Commands sent so far: those that read and those that write."""
        with self._lock:
            return _native.database_commands(self._open())

    def snapshot(self, tables: Optional[Iterable[str]] = None, referring: bool = False) -> Schema:
        """Of all tables or of these; referring: and of those whose foreign keys refer to one of them."""
        names = None if tables is None else tuple(each.encode() for each in tables)
        with self._lock:
            return Schema._of(_native.database_snapshot(self._open(), names, referring))

    def execute(self, log: Log, **options: Any) -> Result:
        """Carries the statements out now, in order. DROP, RENAME and FLUSH are commands."""
        with self._lock, log._lock:
            return Result(_native.execute(self._open(), log._capsule, _options(**options)))

    def apply(self, wanted: Union[Log, Plan], **options: Any) -> Result:
        """Makes the database what a log asks for, or carries out exactly this plan."""
        with self._lock, wanted._lock:
            if isinstance(wanted, Plan):
                return Result(_native.apply_plan(self._open(), wanted._capsule))
            return Result(_native.apply_log(self._open(), wanted._capsule, _options(**options)))

    def close(self) -> None:
        with self._lock:
            self._capsule = None

    def _open(self) -> Any:
        if self._capsule is None:
            raise ValueError("the connection is closed")
        return self._capsule

    def __enter__(self) -> "Database":
        return self

    def __exit__(self, *exception: Any) -> None:
        self.close()


def explain(stage: str, text: Union[str, bytes], **options: Any) -> str:
    """What a stage makes of it: "statements", "dialect", "parse", "schema" or "plan"."""
    return _native.explain(stage, text.encode() if isinstance(text, str) else text, _options(**options))
