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
