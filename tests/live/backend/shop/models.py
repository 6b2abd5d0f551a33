"""A shop, on djongo first and on Django's official MongoDB backend then."""

import uuid

from django.db import models
from django.db.models import Q


class User(models.Model):
    email = models.CharField(max_length=50, unique=True, null=True)
    name = models.CharField(max_length=50, unique=True)
    active = models.BooleanField(default=True, db_index=True)
    boss = models.ForeignKey("self", null=True, on_delete=models.CASCADE)


class Tag(models.Model):
    slug = models.CharField(max_length=40, primary_key=True)
    rank = models.IntegerField(default=0)


class Order(models.Model):
    code = models.CharField(max_length=20, unique=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    tag = models.ForeignKey(Tag, null=True, on_delete=models.CASCADE)
    invoice = models.OneToOneField("Invoice", null=True, on_delete=models.CASCADE)
    status = models.CharField(max_length=20)
    total = models.DecimalField(max_digits=8, decimal_places=2, null=True)
    made = models.DateField()
    number = models.BigIntegerField(null=True)
    token = models.UUIDField(default=uuid.uuid4, unique=True)
    watchers = models.ManyToManyField(User, related_name="watched")

    class Meta:
        unique_together = [("code", "user"), ("number", "status")]
        indexes = [
            models.Index(fields=["-made", "code"], name="by_made"),
            models.Index(fields=["user", "status"], name="by_user_and_status"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["user"], condition=Q(status="open"), name="one_open"),
            models.UniqueConstraint(fields=["user", "number"], name="user_number"),
        ]


class Invoice(models.Model):
    paid = models.BooleanField(default=False)
