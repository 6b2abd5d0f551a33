import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            "Vendor",
            [
                ("id", models.AutoField(primary_key=True)),
                ("name", models.CharField(max_length=50, unique=True)),
                ("rank", models.IntegerField(db_index=True, null=True)),
            ],
        ),
        migrations.CreateModel("Tag", [("code", models.SlugField(primary_key=True, serialize=False))]),
        migrations.CreateModel("Gone", [("id", models.AutoField(primary_key=True)), ("n", models.IntegerField(unique=True))]),
        migrations.CreateModel(
            "Product",
            [
                ("id", models.AutoField(primary_key=True)),
                ("name", models.CharField(max_length=80, db_index=True)),
                ("sku", models.CharField(max_length=20, unique=True)),
                ("state", models.CharField(max_length=10, null=True)),
                ("vendor", models.ForeignKey("evolution.Vendor", django.db.models.deletion.CASCADE)),
                ("notes", models.TextField(blank=True)),
            ],
            options={"unique_together": {("name", "vendor")}},
        ),
        migrations.AddIndex("Product", models.Index(fields=["vendor"], name="product_vendor")),
        migrations.AddIndex("Product", models.Index(fields=["state"], name="product_state")),
    ]
