"""Applications of others whose migrations djongo fails on, with schema statements that it does not know."""

import os

import pytest
from conftest import DEPS

APPS = {
    "social-auth-app-django": (["social_django"], "social_django"),
    "django-q2": (["django_q"], "django_q"),
    "django-allauth": (["django.contrib.sites", "allauth", "allauth.account", "allauth.socialaccount"], "account socialaccount"),
}
# Others of the kind, which djongo can make.
OTHERS = {"django-taggit, django-waffle, django-guardian": (["taggit", "waffle", "guardian"], "taggit waffle guardian")}
SETTINGS = """
SITE_ID = 1
INSTALLED_APPS += {apps!r}
MIDDLEWARE += {middleware!r}
"""


def install(project, name):
    apps, labels = {**APPS, **OTHERS}[name]
    settings = project.folder / "config/settings.py"
    middleware = ["allauth.account.middleware.AccountMiddleware"] if "allauth" in apps else []
    settings.write_text(settings.read_text() + SETTINGS.format(apps=apps, middleware=middleware))
    project.environment["PYTHONPATH"] += os.pathsep + str(DEPS / "django-apps")
    return labels.split()


@pytest.mark.parametrize("name", APPS)
def test_djongo_fails_on_it(secantus, project, name):
    """PresenceIQ's own, which fail first, are done by keyfold."""
    project.manage("migrate")
    labels = install(project, name)
    project.use("djongo")
    for label in labels:
        done = project.start("manage.py", "migrate", label)
        done.communicate()
        if done.returncode:
            return
    pytest.fail("djongo passes: the application shows nothing")


@pytest.mark.parametrize("name", OTHERS)
def test_others(secantus, project, name):
    test_its_migrations_pass(secantus, project, name)


@pytest.mark.parametrize("name", APPS)
def test_its_migrations_pass(server, project, name):
    labels = install(project, name)
    project.apps.append("keyfold.django")
    assert "OK" in project.manage("migrate")
    assert "No migrations to apply" in project.manage("migrate")
    said = project.manage("keyfold", "verify")
    assert "all that the models want is there" in said and "not in the models" not in said
    for label in reversed(labels):
        project.manage("migrate", label, "zero")
    project.manage("migrate")
