"""After each migrate Django makes permissions, with a join that FerretDB 1 has not ($lookup) and, from Django 5.2 on, with an
ORDER BY 2 that djongo does not translate. Where this app is installed they are left out."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class Config(AppConfig):
    name = "without_permissions"

    def ready(self):
        post_migrate.disconnect(dispatch_uid="django.contrib.auth.management.create_permissions")
