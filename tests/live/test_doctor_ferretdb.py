"""keyfold doctor on FerretDB, which takes fewer of djongo's statements, and has one index a key pattern."""

from project import on_ferretdb
from test_doctor import (damaged, djongo, doctor, test_collection_without_row, test_counter_behind,  # noqa: F401
                         test_rows_and_collections, test_several_renamed_fields_are_told, test_undo_after_somebody_else)

pytestmark = on_ferretdb
