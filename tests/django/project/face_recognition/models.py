import uuid

from django.conf import settings
from django.db import models


class FaceData(models.Model):
    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE)
    embedding = models.BinaryField()
    is_active = models.BooleanField(default=True)


class FaceImage(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    face_data = models.ForeignKey(FaceData, models.CASCADE)
    angle = models.CharField(max_length=20)
    image = models.CharField(max_length=200)

    class Meta:
        indexes = [models.Index(fields=["face_data", "angle"])]


class RecognitionLog(models.Model):
    timestamp = models.DateTimeField(auto_now_add=True)
    status = models.CharField(max_length=20, default="pending")
    score = models.FloatField(null=True)
    recognized_user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["-timestamp"]),
            models.Index(fields=["recognized_user", "-timestamp"]),
            models.Index(fields=["status"]),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["recognized_user"], condition=models.Q(status="pending"), name="one_pending_per_user"
            )
        ]
