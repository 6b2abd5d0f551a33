"""Other versions of Django and djongo: the table in docs/django.md."""

import pytest
from conftest import DEPS

VERSIONS = ("django-3.2", "djongo-1.3.7", "django-5.2")


@pytest.mark.parametrize("version", VERSIONS)
def test_migrate_and_rows(server, project, version):
    project.interpreter = str(DEPS / version / "bin/python")
    project.use("djongo")
    assert "Index already exists with a different name" in project.manage("migrate", status=1)
    project.use("keyfold.django")
    assert "Applying sessions.0001_initial... OK" in project.manage("migrate")
    assert "No changes detected" in project.manage("makemigrations", "--check")
    project.manage("createsuperuser", "--noinput", "--username", "admin", "--email", "admin@example.com")
    said = project.run(
        "from academic.models import Department; from django.db import connection, IntegrityError\n"
        "Department.objects.create(name='Physics', code='PH')\n"
        "try: Department.objects.create(name='Other', code='PH')\n"
        "except IntegrityError: print(Department.objects.get(code='PH').name)\n"
        "with connection.cursor() as cursor: print(len(connection.introspection.get_constraints(cursor, 'academic_department')))\n"
    )
    # code and name (unique), the index on code, head's two indexes and foreign key, the primary key
    assert said.splitlines()[-2:] == ["Physics", "7"]
    # From Django 5.0 on columns that are selected are ordered by their positions.
    assert project.run(
        "from academic.models import *\nart = Department.objects.create(name='Art', code='A', head_id=1)\n"
        "for n, of in enumerate((1, art.pk, 1)): Subject.objects.create(name=f's{n}', code=f'c{n}', semester=n, department_id=of)\n"
        "print(list(Subject.objects.order_by('department__name', '-name').values_list('department__name', 'name')))\n"
    ) == "[('Art', 's1'), ('Physics', 's2'), ('Physics', 's0')]\n"
    project.manage("migrate", "face_recognition", "zero")
    project.manage("migrate")


def test_what_came_with_django_5(secantus, project):
    """Comments are fine and nowhere, a db_default is written as a value, a GeneratedField is refused, and its table not made."""
    project.interpreter = str(DEPS / "django-5.2/bin/python")
    said = project.run("""
from django.db import NotSupportedError, connection, models
class Commented(models.Model):
    n = models.IntegerField(db_comment="a number")
    small = models.PositiveSmallIntegerField(db_default=7)
    class Meta: app_label = "academic"; db_table_comment = "a table"
def twice(): return models.GeneratedField(expression=models.F("n") * 2, output_field=models.IntegerField(), db_persist=True)
class Generated(models.Model):
    n, double = models.IntegerField(), twice()
    class Meta: app_label = "academic"
def told(what, *args):
    try:
        with connection.schema_editor() as editor: getattr(editor, what)(*args); print("done")
    except NotSupportedError as error: print(error)
told("create_model", Commented)
print(Commented.objects.create(n=1).pk, Commented.objects.values_list("n", "small"))
told("create_model", Generated)
late = twice(); late.set_attributes_from_name("late"); late.model = Commented
told("add_field", Commented, late)
print(connection.introspection.table_names())
""").splitlines()
    refused = "is a GeneratedField, and MongoDB has no generated columns: compute the value in save(), or in the query."
    assert said == [
        "done",
        "1 <QuerySet [(1, 7)]>",
        f"academic.Generated.double {refused}",
        f"academic.Commented.late {refused}",
        "['academic_commented']",
    ]
