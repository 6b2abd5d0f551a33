"""The way to libkeyfold: its own connection beside djongo's, and the statements that wait for it."""

import logging
import os
import threading

import keyfold
from django.core.exceptions import ImproperlyConfigured

from . import errors, statements, uri

logger = logging.getLogger("keyfold.django")
SETTINGS = {"convert_types", "nulls", "profile", "timeout"}


def _read_settings(settings):
    unknown = set(settings) - SETTINGS
    if unknown:
        raise ImproperlyConfigured(f"KEYFOLD has no option {sorted(unknown)[0]!r}: there are {', '.join(sorted(SETTINGS))}.")
    if settings.get("nulls", "distinct") not in ("distinct", "server"):
        raise ImproperlyConfigured(f"KEYFOLD['nulls'] is 'distinct' or 'server', not {settings['nulls']!r}.")
    if settings.get("profile") not in (None, *keyfold.PROFILES):
        raise ImproperlyConfigured(f"KEYFOLD['profile'] is one of {', '.join(keyfold.PROFILES)}.")
    return settings


class Link:
    """Of one DatabaseWrapper. A Django connection is one thread's, or shared with care; the lock makes the latter safe."""

    def __init__(self, wrapper):
        self._wrapper = wrapper
        self._lock = threading.RLock()
        self._process = os.getpid()
        self._database = None
        self._waiting = []
        self.collecting = 0  # schema editors that are open
        self.settings = _read_settings(wrapper.settings_dict.get("KEYFOLD") or {})

    # ---- the connection ----

    def database(self):
        """Opened when it is first needed, and anew in the child of a fork, where the parent's must not be touched."""
        if self._process != os.getpid():
            self._lock, self._process, self._database, self._waiting = threading.RLock(), os.getpid(), None, []
        with self._lock:
            name = self._wrapper.get_connection_params()["name"]
            if self._database is None or self._database.name != name:
                client = self._wrapper.settings_dict.get("CLIENT") or {}
                self._database = self._call(
                    keyfold.Database, uri.from_client(client), name, int(self.settings.get("timeout") or 0)
                )
            return self._database

    def close(self):
        if self._process == os.getpid() and self._database is not None:
            self._database.close()
        self._database = None

    @property
    def profile(self):
        return self.settings.get("profile") or self.database().profile

    # ---- statements ----

    def execute(self, sql, params):
        """Now, or with the others of the schema editor that is open."""
        codec = self._wrapper.connection.codec_options
        with self._lock:
            self._waiting.append((sql, statements.encode(params, codec)))
        if not self.collecting:
            self.flush()

    def forget(self):
        """What has not been carried out is not going to be."""
        self._waiting = []

    def flush(self):
        """Carries out what is waiting, as one batch."""
        with self._lock:
            waiting, self._waiting = self._waiting, []
            if not waiting:
                return
            log = keyfold.Log()
            for sql, params in waiting:
                self._call(log.add_statement, sql, params, sql=sql)
            options = {
                "nulls": self.nulls,
                "profile": self.settings.get("profile"),
                "convert_types": bool(self.settings.get("convert_types")),
            }
            try:
                result = self._call(self.database().execute, log, sql=waiting[0][0], **options)
            finally:
                # djongo remembers which collections there are, and looks again for one that it does not know.
                if any(statements.removes(sql) for sql, _ in waiting):
                    self._wrapper.djongo_connection.cached_collections.clear()
        for each in result.findings:
            if each.severity == "notice":
                logger.info("%s: %s", each.name or each.collection, each.message)
        if result.status:
            raise errors.of_result(result)

    @property
    def nulls(self):
        if "nulls" in self.settings:
            return self.settings["nulls"]
        return "distinct" if has_partial_indexes(self.profile) else "server"

    def snapshot(self, tables=None):
        self.flush()
        return self._call(self.database().snapshot, tables)

    def apply(self, plan):
        return self._call(self.database().apply, plan)

    @staticmethod
    def _call(function, *args, sql=None, **options):
        try:
            return function(*args, **options)
        except keyfold.Error as error:
            raise errors.of_exception(error, sql) from error


_partial = {}


def has_partial_indexes(profile):
    """Asked of the library: does it plan one?"""
    if profile not in _partial:
        log = keyfold.Log()
        log.add_statement('CREATE TABLE "t" ("a" long NOT NULL)')
        log.add_statement('CREATE UNIQUE INDEX "i" ON "t" ("a") WHERE "a" > 1')
        _partial[profile] = keyfold.Plan(log, keyfold.Schema(), profile=profile).status == 0
    return _partial[profile]
