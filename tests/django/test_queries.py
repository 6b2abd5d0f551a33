"""Queries of Django's own that djongo, or its translation on a server without $lookup, fails on."""

MADE = """
from django.core.management import call_command
call_command("migrate", verbosity=0)
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.db.models import Count, Q
from academic.models import Department, Subject
from authentication.models import User
ann, bob = (User.objects.create_user(name, f"{name}@x.y", "-", is_staff=True) for name in ("ann", "bob"))
physics, art = Department.objects.create(name="Physics", code="PH", head=ann), Department.objects.create(name="Art", code="A")
for n, department in enumerate((physics, art, physics)): Subject.objects.create(name=f"s{n}", code=f"c{n}", semester=n, department=department)
group = Group.objects.create(name="g")
group.permissions.set(Permission.objects.filter(content_type__app_label="academic", codename__endswith="_holiday"))
bob.groups.add(group)
bob.user_permissions.add(Permission.objects.get(codename="add_subject"))
"""


ADMIN = """
from django.test import Client
User.objects.create_superuser("root", "r@x.y", "-")
client = Client(HTTP_HOST="127.0.0.1")
print(client.login(username="root", password="-"))
data = {"name": "History", "code": "HI", "head": "", "_save": ""}
print(client.post("/admin/academic/department/add/", data).status_code, Department.objects.filter(code="HI").count())
for page in "academic/department/", f"academic/department/{art.pk}/change/", f"academic/department/{art.pk}/history/":
    print(client.get("/admin/" + page).status_code)
print("History" in client.get("/admin/").content.decode())
"""


def test_joins_and_the_admin(server, project):
    """FerretDB has no joins of its own. Django makes 4 permissions for each of 16 models, 4 of which are in academic."""
    said = project.run(MADE + """
print(Permission.objects.count(), Permission.objects.filter(content_type__app_label="academic").count())
print([(s.name, s.department.name) for s in Subject.objects.select_related("department").order_by("department__name", "-name")])
print([(d.code, d.head and d.head.username) for d in Department.objects.select_related("head").order_by("code")])
print(sorted(Department.objects.filter(subject__semester__gte=1).values_list("code", "subject__name")))
print(sorted(Department.objects.filter(Q(subject__name="s0") | Q(code="A")).values_list("code", flat=True)))
print(list(Subject.objects.filter(department__head__username="ann").order_by("id").values_list("id", flat=True)[1:]))
print(Subject.objects.filter(department__code="nowhere").exists(), Subject.objects.filter(department__code="A").exists())
print(sorted(Subject.objects.filter(department__in=Department.objects.filter(head=ann).values("id")).values_list("name", flat=True)))
print(sorted(User.objects.get(pk=bob.pk).get_all_permissions()))
group.permissions.remove(Permission.objects.get(codename="add_holiday")); print(group.permissions.count())
""" + ADMIN + """
from django.db import NotSupportedError
try: print(sorted(Subject.objects.values_list("department__name").annotate(n=Count("id"))))
except NotSupportedError as error: print("is not implemented" in str(error), "SQL: SELECT" in str(error))
print([name for name in connection.connection.list_collection_names() if "join" in name])
""").splitlines()
    assert said == [
        "64 16",
        "[('s1', 'Art'), ('s2', 'Physics'), ('s0', 'Physics')]",
        "[('A', None), ('PH', 'ann')]",
        "[('A', 's1'), ('PH', 's2')]",
        "['A', 'PH']",
        "[3]",
        "False True",
        "['s0', 's2']",
        str(sorted(["academic.add_subject", *(f"academic.{each}_holiday" for each in ("add", "change", "delete", "view"))])),
        "3",
        "True",
        "302 1",
        *["200"] * 3,
        "True",
        "[('Art', 1), ('Physics', 2)]" if server.name == "secantus" else "True True",
        "[]",
    ]


def test_conditions_on_booleans_and_columns_from_columns(server, project):
    """djongo alone translates neither: filter(active=True) is WHERE "t"."active" since Django 3.0, and F() is a column."""
    said = project.run("""
from django.core.management import call_command
call_command("migrate", "authentication", verbosity=0)
from authentication.models import User
from django.db import IntegrityError, connection
from django.db.models import F, Q
for n in range(4): User.objects.create(username=f"u{n}", email=f"{n}@x.y", is_staff=n % 2 == 0, is_active=n != 3, first_name=f"f{n}")
def names(*conditions, **more): return "".join(sorted(name[1:] for name in User.objects.filter(*conditions, **more).values_list("username", flat=True)))
print(names(is_staff=True), names(is_staff=False), names(~Q(is_staff=True)), names(is_staff=True, username="u2"))
print(names(Q(is_staff=True) | Q(is_active=False)), names(~Q(is_staff=True), is_active=True))
print(User.objects.filter(is_staff=True).update(last_name=F("first_name")), User.objects.filter(username="none").update(last_name=F("first_name")))
print(sorted(User.objects.values_list("last_name", flat=True)))
print(User.objects.update(is_active=F("is_staff"), is_staff=F("is_active"), last_name="x"))
print([[int(each) for each in row] for row in User.objects.order_by("id").values_list("is_active", "is_staff")], names(last_name="x"))
try: User.objects.update(username=F("last_name"))
except IntegrityError as error: print("E11000" in str(error) or "UNIQUE constraint failed" in str(error))
with connection.cursor() as cursor:
    cursor.execute('UPDATE "authentication_user" SET "enrollment_number" = "first_name" WHERE "enrollment_number" IS NULL AND "is_staff" = %s', [False])
    print(cursor.rowcount)
print(User.objects.order_by("id").values_list("enrollment_number", flat=True))
""").splitlines()
    assert said == [
        "02 13 13 2",
        "023 1",
        "2 0",
        "['', '', 'f0', 'f2']",
        "4",
        "[[1, 1], [0, 1], [1, 1], [0, 0]] 0123",
        "True",
        "1",
        "<QuerySet [None, None, None, 'f3']>",
    ]


def test_a_condition_of_a_constraint_is_as_it_was(secantus, project):
    """Booleans in it have no table before them, and no = True behind them: keyfold reads them, and a log of djongo's has them so."""
    said = project.run("""
from django.db import connection, models
class Flag(models.Model):
    active, n = models.BooleanField(), models.IntegerField()
    class Meta:
        app_label = "academic"
        constraints = [models.UniqueConstraint(fields=["n"], condition=models.Q(active=True) & ~models.Q(n=0), name="u")]
with connection.schema_editor(collect_sql=True) as editor: editor.create_model(Flag)
print(editor.collected_sql[-1])
""")
    assert 'WHERE ("active" AND NOT ("n" = 0))' in said


def test_groups_that_meet_a_condition(secantus, project):
    """HAVING; FerretDB has no operator for COUNT of a column in groups."""
    said = project.run("""
from django.core.management import call_command
call_command("migrate", "authentication", verbosity=0)
from authentication.models import User
from django.db import NotSupportedError
from django.db.models import Count, Max
for n in range(6): User.objects.create(username=f"u{n}", email=f"{n}@x.y", first_name="abb"[n % 3], last_name="z" if n < 4 else "y")
groups = User.objects.filter(last_name__in=["z", "y"]).values("first_name").annotate(n=Count("id"), top=Max("id"))
for found in groups.filter(n__gt=2), groups.filter(n=2), groups.filter(n__gt=1).order_by("-first_name"), groups.filter(top__lte=1):
    print(sorted((each["first_name"], each["n"]) for each in found))
print([each["first_name"] for each in groups.filter(n__gt=1).order_by("-first_name")], list(groups.filter(n__gt=9)))
try: print(list(groups.filter(n__gt=2, top__gt=1)))
except NotSupportedError as error: print("HAVING" in str(error))
""").splitlines()
    assert said == ["[('b', 4)]", "[('a', 2)]", "[('a', 2), ('b', 4)]", "[]", "['b', 'a'] []", "True"]
