from django.core.exceptions import ImproperlyConfigured

try:
    from djongo import base
except ImportError as error:
    raise ImproperlyConfigured(
        f"The backend keyfold.django needs djongo ({error}): pip install djongo==1.3.6 'pymongo<4' 'sqlparse==0.2.4' pytz"
    ) from error

from . import recorder  # noqa: F401: its wrapping is all
from .client import DatabaseClient
from .creation import DatabaseCreation
from .cursor import Cursor
from .features import DatabaseFeatures
from .introspection import DatabaseIntrospection
from .link import Link
from .operations import DatabaseOperations
from .schema import DatabaseSchemaEditor


class DatabaseWrapper(base.DatabaseWrapper):
    display_name = "MongoDB"

    # Those that djongo lacks.
    data_types = {
        **base.DatabaseWrapper.data_types,
        "JSONField": "object",
        "PositiveBigIntegerField": "long",
        "SmallAutoField": "int",
    }
    data_types_suffix = {**base.DatabaseWrapper.data_types_suffix, "SmallAutoField": "AUTOINCREMENT"}

    SchemaEditorClass = DatabaseSchemaEditor
    client_class = DatabaseClient
    creation_class = DatabaseCreation
    features_class = DatabaseFeatures
    introspection_class = DatabaseIntrospection
    ops_class = DatabaseOperations

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.keyfold = Link(self)

    def create_cursor(self, name=None):
        return Cursor(self)

    def _close(self):
        try:
            super()._close()
        finally:
            self.keyfold.close()
