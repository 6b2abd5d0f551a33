"""For manage.py test: a test database of Django's making."""

from django.db import IntegrityError
from django.test import TestCase, TransactionTestCase, skipUnlessDBFeature

from .models import Product, Supplier, Tag


class First(TransactionTestCase):
    def test_rows_and_counters_begin_anew(self):
        supplier = Supplier.objects.create(name="a")
        self.assertEqual(supplier.pk, 1)
        product = Product.objects.create(title="t", sku="s", supplier=supplier)
        product.tags.add(Tag.objects.create(code="x"))
        self.assertEqual([each.tag_id for each in Product.tags.through.objects.all()], ["x"])  # FerretDB has no joins
        with self.assertRaises(IntegrityError):
            Product.objects.create(title="u", sku="s", supplier=supplier)


class Second(TransactionTestCase):
    def test_after_a_flush(self):
        self.assertEqual(Supplier.objects.count(), 0)
        self.assertEqual(Supplier.objects.create(name="a").pk, 1)


@skipUnlessDBFeature("supports_nullable_unique_constraints")
class Third(TestCase):
    def test_nulls_of_a_unique_field(self):
        for name in "abc":
            Supplier.objects.create(name=name, details={"n": [1, None]})
        self.assertEqual(Supplier.objects.filter(rank__isnull=True).count(), 3)
        self.assertEqual(Supplier.objects.get(name="b").details, {"n": [1, None]})
