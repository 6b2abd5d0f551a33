from django.utils.functional import cached_property
from djongo import features

from .link import has_partial_indexes


class DatabaseFeatures(features.DatabaseFeatures):
    # ---- what the server has ----

    @cached_property
    def supports_partial_indexes(self):
        return has_partial_indexes(self.connection.keyfold.profile)

    @cached_property
    def supports_nullable_unique_constraints(self):
        return self.connection.keyfold.nulls == "distinct"

    @cached_property
    def supports_partially_nullable_unique_constraints(self):
        return self.connection.keyfold.nulls == "distinct"

    supports_expression_indexes = False
    supports_collation_on_charfield = False
    supports_collation_on_textfield = False
    supports_stored_generated_columns = False
    supports_virtual_generated_columns = False
    supports_comments = False

    # ---- what is recorded by name, and not enforced ----

    supports_foreign_keys = True
    supports_table_check_constraints = False
    supports_column_check_constraints = False
    can_create_inline_fk = False
    can_defer_constraint_checks = False
    enforces_foreign_key_constraints = False
    can_introspect_check_constraints = False
    can_introspect_default = True

    # djongo stores the word DEFAULT; with this, Django sends the value of a db_default instead.
    supports_default_keyword_in_insert = False

    # djongo groups by columns, not by their positions in the SELECT.
    allows_group_by_select_index = False

    # ---- how schema statements are carried out ----

    can_rollback_ddl = False
    can_rename_index = True
    allows_multiple_constraints_on_same_fields = True

    @cached_property
    def introspected_field_types(self):
        return {
            **super().introspected_field_types,
            # A string's length is not kept anywhere.
            "CharField": "TextField",
            "DurationField": "BigIntegerField",
            "GenericIPAddressField": "TextField",
            "PositiveBigIntegerField": "BigIntegerField",
            "PositiveIntegerField": "BigIntegerField",
            "PositiveSmallIntegerField": "IntegerField",
            "SmallAutoField": "AutoField",
            "SmallIntegerField": "IntegerField",
            "TimeField": "DateTimeField",
        }
