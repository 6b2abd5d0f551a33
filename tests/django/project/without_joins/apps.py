"""FerretDB 1 has no $lookup: Django's permissions, which are made with a join after each migrate, are left out."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class Config(AppConfig):
    name = "without_joins"

    def ready(self):
        post_migrate.disconnect(dispatch_uid="django.contrib.auth.management.create_permissions")
