from django.conf import settings
from django.db import models


class ClassSession(models.Model):
    scheduled_date = models.DateField()
    start_time = models.TimeField()
    status = models.CharField(max_length=20, default="scheduled")
    subject = models.ForeignKey("academic.Subject", models.CASCADE)
    faculty = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)

    class Meta:
        indexes = [
            models.Index(fields=["scheduled_date", "start_time"]),
            models.Index(fields=["faculty", "status"]),
            models.Index(fields=["subject"]),
        ]


class Attendance(models.Model):
    status = models.CharField(max_length=20)
    marked_at = models.DateTimeField(auto_now_add=True)
    session = models.ForeignKey(ClassSession, models.CASCADE)
    student = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)

    class Meta:
        unique_together = [("session", "student")]
        indexes = [
            models.Index(fields=["session", "student"]),
            models.Index(fields=["student", "status"]),
            models.Index(fields=["marked_at"]),
        ]


class AttendanceStatistics(models.Model):
    attendance_percentage = models.DecimalField(max_digits=5, decimal_places=2, default=0)
    is_below_threshold = models.BooleanField(default=False)
    student = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    subject = models.ForeignKey("academic.Subject", models.CASCADE)

    class Meta:
        unique_together = [("student", "subject")]
        indexes = [
            models.Index(fields=["student", "subject"]),
            models.Index(fields=["attendance_percentage"]),
            models.Index(fields=["is_below_threshold"]),
        ]
