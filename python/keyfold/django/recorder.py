"""Django before 5 lists all tables for each migration that it records, to see whether django_migrations is there. Of a database of
ours its recorder remembers that it was, as Django's own has done since (checked with 3.2.25, 4.2.7 and 5.2.19).
"""

from django.db.migrations.recorder import MigrationRecorder

_look = MigrationRecorder.has_table


def _has_table(self):
    if not hasattr(self.connection, "keyfold"):
        return _look(self)
    if not getattr(self, "_has_table", False):
        self._has_table = _look(self)
    return self._has_table


MigrationRecorder.has_table = _has_table
