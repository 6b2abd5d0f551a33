import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("evolution", "0003_names")]
    operations = [
        migrations.AlterModelTable("Vendor", "evolution_vendor"),
        migrations.RenameModel("Vendor", "Supplier"),
        migrations.RenameField("Product", "vendor", "supplier"),
        migrations.AlterField("Product", "supplier", models.OneToOneField("evolution.Supplier", django.db.models.deletion.CASCADE)),
        migrations.AlterField("Product", "title", models.CharField(max_length=80)),
        migrations.AlterField("Product", "sku", models.CharField(max_length=20)),
        migrations.AlterField("Product", "weight", models.BigIntegerField(default=0)),
        migrations.AlterField("Product", "id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
        migrations.AlterField("Supplier", "id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
        migrations.AddField("Product", "tags", models.ManyToManyField("evolution.Tag")),
        migrations.DeleteModel("Gone"),
    ]
