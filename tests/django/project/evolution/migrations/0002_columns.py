from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("evolution", "0001_initial")]
    operations = [
        migrations.AlterField("Product", "state", models.CharField(max_length=10, default="it's new")),
        migrations.AddField("Product", "weight", models.IntegerField(default=0)),
        migrations.RemoveField("Product", "notes"),
        migrations.AddField("Vendor", "details", models.JSONField(default=dict)),
        migrations.AlterField("Vendor", "name", models.CharField(max_length=50)),
        migrations.AlterField("Vendor", "rank", models.PositiveBigIntegerField(unique=True, null=True)),
        migrations.AlterField("Product", "sku", models.CharField(max_length=20, db_index=True)),
        migrations.RenameField("Product", "name", "title"),
    ]
