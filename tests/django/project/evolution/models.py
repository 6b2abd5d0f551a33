"""An application whose models have changed a good deal: its migrations hold what schema editors do. As the last has them."""

from django.db import models


class Supplier(models.Model):
    name = models.CharField(max_length=50)
    rank = models.PositiveBigIntegerField(unique=True, null=True)
    details = models.JSONField(default=dict)

    class Meta:
        db_table = "evolution_vendor"


class Product(models.Model):
    title = models.CharField(max_length=80)
    sku = models.CharField(max_length=20)
    state = models.CharField(max_length=10, default="it's new")
    supplier = models.OneToOneField(Supplier, models.CASCADE)
    weight = models.BigIntegerField(default=0)
    tags = models.ManyToManyField("Tag")

    class Meta:
        unique_together = [("sku", "supplier")]
        indexes = [models.Index(fields=["state", "-weight"], name="state_weight")]
        constraints = [
            models.UniqueConstraint(fields=["title"], condition=models.Q(state="it's new"), name="new_title"),
            models.CheckConstraint(check=models.Q(weight__gte=0), name="no_negative_weight"),
        ]


class Tag(models.Model):
    code = models.SlugField(primary_key=True)
