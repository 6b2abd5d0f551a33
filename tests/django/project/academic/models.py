from django.conf import settings
from django.db import models


class Department(models.Model):
    name = models.CharField(max_length=100, unique=True)
    code = models.CharField(max_length=20, unique=True)
    head = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="heads")

    class Meta:
        indexes = [models.Index(fields=["code"]), models.Index(fields=["head"])]

    def __str__(self):
        return self.name


class Subject(models.Model):
    name = models.CharField(max_length=100)
    code = models.CharField(max_length=20)
    semester = models.IntegerField()
    department = models.ForeignKey(Department, models.CASCADE)
    faculty = models.ManyToManyField(settings.AUTH_USER_MODEL, blank=True)

    class Meta:
        unique_together = [("code", "department")]
        indexes = [models.Index(fields=["department"]), models.Index(fields=["semester"])]


class Timetable(models.Model):
    day_of_week = models.PositiveSmallIntegerField()
    start_time = models.TimeField()
    subject = models.ForeignKey(Subject, models.CASCADE)
    faculty = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)

    class Meta:
        indexes = [models.Index(fields=["subject", "day_of_week"]), models.Index(fields=["faculty", "day_of_week"])]


class Holiday(models.Model):
    name = models.CharField(max_length=100)
    date = models.DateField()
    department = models.ForeignKey(Department, models.CASCADE, null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["date"]), models.Index(fields=["department"])]
