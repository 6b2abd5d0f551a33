"""packaging/hooks/lint-migrations on a Django project, by itself, under pre-commit, and as examples/ci has it."""

import json
import os
import re
import shutil
import subprocess

import pytest
import servers
from conftest import BINARY, DEPS, ROOT, run

HOOK = ROOT / "packaging/hooks/lint-migrations"
MANAGE = """import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
from django.core.management import execute_from_command_line
execute_from_command_line(sys.argv)
"""
# Nobody listens there: no server is asked.
SETTINGS = """
SECRET_KEY = "not-a-secret"
INSTALLED_APPS = ["shop"]
DATABASES = {"default": {"ENGINE": "djongo", "NAME": "shop", "CLIENT": {"host": "mongodb://127.0.0.1:1"}}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
"""
FIRST = """from django.db import migrations, models
class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel("Vendor", [("id", models.BigAutoField(primary_key=True)), ("name", models.CharField(max_length=20, unique=True))]),
        migrations.CreateModel("Item", [
            ("id", models.BigAutoField(primary_key=True)), ("vendor", models.ForeignKey("shop.Vendor", models.CASCADE)),
            ("code", models.CharField(max_length=20, db_index=True)), ("sku", models.CharField(max_length=20, unique=True)),
            ("on", models.BooleanField())],
            options={"unique_together": {("vendor", "code")}, "indexes": [models.Index(fields=["vendor"], name="by_vendor")]}),
    ]
"""
# Each of these asks which constraints are there.
SECOND = """from django.db import migrations, models
class Migration(migrations.Migration):
    dependencies = [("shop", "0001_initial")]
    operations = [
        migrations.AlterUniqueTogether("Item", set()),
        migrations.AlterField("Item", "code", models.CharField(max_length=20)),
        migrations.AlterField("Item", "sku", models.CharField(max_length=20)),
        migrations.RenameField("Item", "on", "listed"),
        migrations.RunPython(migrations.RunPython.noop),
    ]
"""


def write_project(folder):
    (folder / "shop/migrations").mkdir(parents=True)
    for name, text in (("manage.py", MANAGE), ("settings.py", SETTINGS), ("shop/__init__.py", ""), ("shop/models.py", ""),
                       ("shop/migrations/__init__.py", ""), ("shop/migrations/0001_initial.py", FIRST),
                       ("shop/migrations/0002_fewer.py", SECOND)):
        (folder / name).write_text(text)


@pytest.fixture
def project(tmp_path):
    write_project(tmp_path / "project")
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "keyfold").symlink_to(BINARY)
    (programs / "python3").write_text(f'#!/bin/sh\nexec {DEPS}/djongo/bin/python "$@"\n')
    (programs / "python3").chmod(0o755)
    return tmp_path / "project"


def environment(project):
    return {**os.environ, "PATH": f"{project.parent}/bin:{os.environ['PATH']}", "PYTHONDONTWRITEBYTECODE": "1", "HOME": str(project.parent)}


def test_sql_is_sqlmigrates(project):
    said = run(HOOK, "--sql", "out.sql", "--json", cwd=project, env=environment(project), status=1)
    sql = (project / "out.sql").read_text()
    assert re.findall(r"^-- (shop \w+)$", sql, re.M) == ["shop 0001_initial", "shop 0002_fewer"]
    first, second = sql.split("-- shop 0002_fewer\n")
    made = {columns: name for name, columns in re.findall(r'CONSTRAINT "(\w+)" (?:UNIQUE|INDEX) \(([^)]*)\)', first)}
    assert [line for line in second.splitlines() if not line.startswith("--")] == [
        'ALTER TABLE "shop_item" DROP CONSTRAINT "%s";' % made['"vendor_id", "code"'],
        'ALTER TABLE "shop_item" DROP CONSTRAINT "%s" INDEX;' % made['"code"'],
        'ALTER TABLE "shop_item" DROP CONSTRAINT "sku_1";',
        'ALTER TABLE "shop_item" RENAME COLUMN "on" TO "listed";']
    with servers.secantus() as server:  # which sqlmigrate wants
        (project / "settings.py").write_text(SETTINGS.replace("mongodb://127.0.0.1:1", server.uri))
        told = run("python3", "manage.py", "sqlmigrate", "shop", "0001", cwd=project, env=environment(project))
    assert first == f"-- shop 0001_initial\n{told}"
    findings = json.loads(said)["findings"]
    line = sql[:sql.index('"by_vendor"')].count("\n") + 1
    assert [(each["id"], each["name"], each["source"]) for each in findings if each["severity"] == "warning"] == [
        ("same-key", "by_vendor", f"{project / 'out.sql'}:{line}")]


def test_clean_after_the_fix(project):
    migration = project / "shop/migrations/0001_initial.py"
    migration.write_text(migration.read_text().replace(', "indexes": [models.Index(fields=["vendor"], name="by_vendor")]', ""))
    assert "no findings" in run(HOOK, cwd=project, env=environment(project))


def test_from_elsewhere_and_with_options(project):
    said = run(HOOK, "--manage", "project/manage.py", "--severity", "same-key=note", cwd=project.parent, env=environment(project))
    assert "note     KFL-001" in said


def test_what_django_says_is_said(project):
    (project / "shop/migrations/0003_broken.py").write_text("import nothing_of_that_name\n")
    done = subprocess.run([HOOK], cwd=project, env=environment(project), capture_output=True, text=True)
    assert done.returncode == 2 and "nothing_of_that_name" in done.stderr and done.stdout == ""


# ---- pre-commit ----


def git(folder, *words):
    return run("git", "-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false", *words, cwd=folder)


def test_under_pre_commit(project):
    """The hook's repository is a copy of what pre-commit takes of ours."""
    hooks = project.parent / "keyfold"
    (hooks / "packaging/hooks").mkdir(parents=True)
    shutil.copy(ROOT / ".pre-commit-hooks.yaml", hooks)
    shutil.copy(HOOK, hooks / "packaging/hooks")
    for folder in hooks, project:
        git(folder, "init", "-q")
        git(folder, "add", ".")
        git(folder, "commit", "-qm", "all")
    revision = git(hooks, "rev-parse", "HEAD").strip()
    (project / ".pre-commit-config.yaml").write_text(
        f"repos:\n- repo: {hooks}\n  rev: {revision}\n  hooks:\n  - id: keyfold-lint\n    args: [--severity, prefix=off]\n")
    git(project, "add", ".")
    words = [DEPS / "pre-commit/bin/pre-commit", "run", "--all-files"]
    done = subprocess.run(words, cwd=project, env=environment(project), capture_output=True, text=True, timeout=120)
    assert done.returncode == 1 and "KFL-001 same-key  by_vendor" in done.stdout and "Failed" in done.stdout, done.stdout + done.stderr
    migration = project / "shop/migrations/0001_initial.py"
    migration.write_text(migration.read_text().replace(', "indexes": [models.Index(fields=["vendor"], name="by_vendor")]', ""))
    git(project, "add", ".")
    assert "Passed" in run(*words, cwd=project, env=environment(project), timeout=120)


# ---- examples/ci ----


def test_the_example_of_ci(project):
    """Its step as it stands there."""
    example = (ROOT / "examples/ci/keyfold-lint.yml").read_text()
    step = re.search(r"- name: keyfold lint\n +run: \|\n((?: {10}.*\n)+)", example)[1]
    (project / "vendor").mkdir()
    (project / "vendor/keyfold").symlink_to(ROOT)
    run("bash", "-e", "-c", re.sub(r"^ {10}", "", step, flags=re.M), cwd=project, env=environment(project), status=1)
    sarif = json.loads((project / "keyfold.sarif").read_text())
    assert sarif["version"] == "2.1.0"
    found = {each["ruleId"]: each["locations"][0]["physicalLocation"] for each in sarif["runs"][0]["results"]}
    assert found["KFL-001"]["artifactLocation"]["uri"].endswith("migrations.sql")
