from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("evolution", "0002_columns")]
    operations = [
        migrations.RemoveIndex("Product", "product_vendor"),
        migrations.RenameIndex("Product", old_name="product_state", new_name="by_state"),
        migrations.AlterUniqueTogether("Product", {("sku", "vendor")}),
        migrations.AddIndex("Product", models.Index(fields=["state", "-weight"], name="state_weight")),
        migrations.RemoveIndex("Product", "by_state"),
        migrations.AddConstraint(
            "Product",
            models.UniqueConstraint(fields=["title"], condition=models.Q(state="it's new"), name="new_title"),
        ),
        migrations.AddConstraint("Product", models.CheckConstraint(check=models.Q(weight__gte=0), name="no_negative_weight")),
    ]
