"""For Django's own tests: two databases on one server. SKIPS names a file of tests that are left out."""

import os
import re

SECRET_KEY = "not-a-secret"  # noqa: S105
USE_TZ = False
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

ENGINE = os.environ.get("ENGINE", "keyfold.django")
DATABASES = {
    alias: {"ENGINE": ENGINE, "NAME": f"suite_{os.getpid()}_{alias}", "CLIENT": {"host": os.environ["KEYFOLD_TEST_URI"]}}
    for alias in ("default", "other")
}


def read_skips(path):
    """{reason: {test, ...}}: a line that begins a line is a reason, the tests under it are indented."""
    skips, reason = {}, None
    with open(path, encoding="utf-8") as file:
        for line in file:
            if not line.strip() or line.startswith("#"):
                continue
            if re.match(r"\s", line):
                skips[reason].add(line.strip())
            else:
                reason = line.strip()
                skips[reason] = set()
    return skips


if ENGINE == "keyfold.django" and os.environ.get("SKIPS"):
    from keyfold.django.features import DatabaseFeatures

    DatabaseFeatures.django_test_skips = read_skips(os.environ["SKIPS"])
