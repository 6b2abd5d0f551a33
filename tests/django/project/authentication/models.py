from django.contrib.auth.models import AbstractUser
from django.db import models


class User(AbstractUser):
    class Role(models.TextChoices):
        STUDENT = "student"
        FACULTY = "faculty"
        ADMIN = "admin"

    email = models.EmailField(unique=True)
    role = models.CharField(max_length=20, choices=Role.choices, default=Role.STUDENT)
    enrollment_number = models.CharField(max_length=50, null=True, blank=True)
    department = models.ForeignKey("academic.Department", models.SET_NULL, null=True, blank=True, related_name="members")

    class Meta:
        indexes = [
            models.Index(fields=["department"]),
            models.Index(fields=["role"]),
            models.Index(fields=["email"]),
        ]
