from django.apps import AppConfig


class KeyfoldConfig(AppConfig):
    """For manage.py keyfold; the backend itself needs no entry in INSTALLED_APPS."""

    name = "keyfold.django"
    label = "keyfold"
    verbose_name = "keyfold"
