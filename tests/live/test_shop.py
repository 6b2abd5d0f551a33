"""shop-evolution.log, with renames, drops and fields that come: from nothing, and on what djongo left of it."""

import datetime

import load_state
import pytest
import servers
import states
from bson import Decimal128
from project import findings, on_secantus
from pymongo.errors import DuplicateKeyError

LOG = servers.ROOT / "sql_corpus/logs/shop-evolution.log"
LEFT = servers.ROOT / "sql_corpus/states/shop-djongo.json"
ALLOWED = "--allow-drop=all"

# From the log's CREATE TABLE and ALTER TABLE statements: {table: {column: (type, may be null)}}.
COLUMNS = {
    "shop_product": {
        "id": ("string", False), "sku": ("string", False), "name": ("string", False), "price": ("decimal", False),
        "mass": ("decimal", True), "active": ("bool", False), "data": ("binData", False), "released": ("date", True),
        "at": ("date", True), "span": ("long", True), "stock": ("long", False), "small": ("long", False),
        "url": ("string", True), "photo": ("string", False), "category_id": ("long", False),
    },
    "shop_purchase": {
        "id": ("long", False), "user_id": ("int", False), "number": ("string", False), "created": ("date", False),
        "note": ("string", False), "total": ("decimal", False), "coupon": ("string", True), "main_id": ("string", True),
        "state": ("string", False),
    },
    "shop_categories": {"id": ("long", False), "slug": ("string", False), "title": ("string", False), "parent_id": ("long", True)},
    "django_content_type": {"id": ("int", False), "app_label": ("string", False), "model": ("string", False)},
}
# What the log drops and djongo has left there: two names whose DROP CONSTRAINT does nothing, two entries of its catalog.
NOT_DROPPED = {"sku_1", "shop_product_name_category_id_64ddf8c2_uniq", "shop_product_tags", "shop_tag"}
KEPT = ("auth_permission", "django_content_type", "shop_categories")

pytestmark = on_secantus


def all_columns(database):
    return {each["name"]: {column: (entry["type_code"], entry["null"]) for column, entry in each["fields"].items()}
            for each in database[states.CATALOG].find(states.TABLES)}


def expected():
    indexes, names = states.expected("shop-evolution")
    # The companion: an index without a name of its own.
    plain, coupon = states.Index((("coupon", 1),)), names["shop_purchase"]["coupon"]
    indexes["shop_purchase"] = sorted([*indexes["shop_purchase"], plain])
    names["shop_purchase"]["coupon"] = coupon._replace(serves=(plain, *coupon.serves))
    return indexes, names


def check(database):
    indexes, names = expected()
    assert states.indexes(database) == indexes
    assert states.names(database) == names
    assert states.counts(database) == (12, 45, 44)
    columns = all_columns(database)
    assert len(columns) == 12
    assert {table: columns[table] for table in COLUMNS} == COLUMNS


@pytest.fixture
def left(project):
    """The state that djongo left, with more documents in it."""
    load_state.load_state(project.server.client, project.database.name, LEFT)
    return project.database


def test_from_nothing(project):
    result = project.apply(LOG)
    check(project.database)
    # 493 lines; each statement counted once, with whichever loggers it stands.
    assert result["statements"]["read"] == 133 and result["statements"]["withheld"] == 0
    # 17 migrations are recorded; no other row is.
    assert states.counters(project.database) == {table: 0 for table in states.tables(project.database)
                                                 if table != "shop_product"} | {"django_migrations": 17}
    project.nothing_to_do(LOG)


def withheld(result):
    return {each["name"] or each["collection"] for each in findings(result, "withheld")}


def test_what_djongo_left_is_asked_for(project, left):
    before = states.documents(left)
    plan = project.plan(LOG, status=4)
    assert withheld(plan) == NOT_DROPPED
    first = project.apply(LOG, status=4)
    assert withheld(first) == NOT_DROPPED
    assert {"sku_1", "shop_product_name_category_id_64ddf8c2_uniq"} <= {
        spec["name"] for spec in states.specs(left, "shop_product")}
    assert states.documents(left) == before
    again = project.nothing_to_do(LOG, status=4)
    assert withheld(again) == NOT_DROPPED


def test_without_the_drops_all_else_is_done(project, left):
    """The expected state, and what is withheld beside it."""
    project.apply(LOG, status=4)
    indexes, names = expected()
    extra_indexes = [states.Index((("sku", 1),), True), states.Index((("name", 1), ("category_id", 1)), True)]
    found = states.indexes(left)
    assert found["shop_product"] == sorted(indexes["shop_product"] + extra_indexes)
    assert {**found, "shop_product": indexes["shop_product"]} == indexes
    recorded = states.names(left)
    assert set(recorded["shop_product"]) == set(names["shop_product"]) | (NOT_DROPPED - {"shop_product_tags", "shop_tag"})
    assert set(recorded) == set(names) | {"shop_product_tags", "shop_tag"}


@pytest.mark.parametrize("asked", [False, True], ids=["at-once", "asked-first"])
def test_what_djongo_left_with_drops(project, left, asked):
    before, counters = states.documents(left), states.counters(left)
    if asked:
        project.apply(LOG, status=4)
    result = project.apply(ALLOWED, LOG)
    assert not findings(result, "withheld")
    check(left)
    after = states.documents(left)
    assert {table: after[table] for table in KEPT} == {table: before[table] for table in KEPT}
    # The row is in the log as well; djongo had written it.
    assert left.django_migrations.count_documents({}) == 17
    found = states.counters(left)
    assert (found["shop_categories"], found["auth_permission"], found["django_migrations"]) == (
        counters["shop_category"], 16, 17)
    project.nothing_to_do(ALLOWED, LOG)
    project.nothing_to_do(LOG)


def test_from_nothing_and_from_djongos_state_are_the_same(project, left):
    project.apply(ALLOWED, LOG)
    as_left = states.end_state(left), all_columns(left)
    project.server.client.drop_database(left.name)
    project.apply(LOG)
    assert (states.end_state(left), all_columns(left)) == as_left


def test_documents_keep_their_values(project, left):
    """As djongo's rows were before 0002 and after: what was renamed, filled and dropped differs, and nothing else."""
    created = datetime.datetime(2026, 11, 22, 7, 0, 0, 5000)
    product = {"name": "n", "price": Decimal128("9.90"), "active": True, "data": b"\x00\x01", "stock": 3, "small": 2,
               "url": "u", "photo": "", "category_id": 1, "released": None}
    # djongo's $rename was cut off between them, and its DROP COLUMN before the catalog was written.
    left[states.CATALOG].update_one({"name": "shop_product"}, {"$set": {"fields.ip": {"type_code": "string"}}})
    left.shop_product.insert_many([
        {"_id": 1, "id": "p1", "sku": "1", **product, "mass": 1.5}, {"_id": 2, "id": "p2", "sku": "2", **product, "name": "m",
                                                                    "weight": 2.5, "ip": "::1"},
        {"_id": 3, "id": "p3", "sku": "3", **product, "name": "o"}])
    purchase = {"_id": 1, "id": 1, "user_id": 1, "number": "1", "created": created, "note": "", "total": Decimal128("1.00"),
                "main_id": None, "state": "open", "extra": {"kept": [1.0]}}
    left.shop_purchase.insert_one(purchase)
    project.apply(ALLOWED, LOG)
    check(left)
    products = list(left.shop_product.find().sort("_id"))
    assert [each.get("mass", ...) for each in products] == [1.5, 2.5, ...]
    assert [set(each) & {"weight", "ip"} for each in products] == [set(), set(), set()]
    assert [{key: value for key, value in each.items() if key in product} for each in products] == [
        {**product, "name": name} for name in "nmo"]
    assert list(left.shop_purchase.find()) == [{**purchase, "coupon": None}]
    project.nothing_to_do(ALLOWED, LOG)


def test_the_indexes_do_what_they_say(project, left):
    """djongo's order_open_uniq, on a field called WHERE ..., let one purchase in."""
    project.apply(ALLOWED, LOG)
    left.shop_purchase.insert_many([
        {"id": 1, "user_id": 1, "number": "1", "state": "open", "coupon": None},
        {"id": 2, "user_id": 1, "number": "1", "state": "sent", "coupon": None},
        {"id": 3, "user_id": 1, "number": "1", "state": "sent", "coupon": "c"}])
    for wrong in ({"id": 4, "user_id": 1, "number": "1", "state": "open"}, {"id": 4, "coupon": "c"}, {"id": 1}):
        with pytest.raises(DuplicateKeyError):
            left.shop_purchase.insert_one(wrong)
    left.shop_product.insert_many([{"id": n, "sku": "same", "name": n} for n in "ab"])


def records():
    """Where the log's statements end."""
    text = LOG.read_text()
    lines = text.splitlines(keepends=True)
    starts = [n for n, line in enumerate(lines) if "sql_command: " in line and "SELECT" not in line and "UPDATE" not in line]
    return lines, starts[1:]


def test_prefixes(project):
    """Every third prefix of the log and then the whole is the whole."""
    lines, cuts = records()
    whole = None
    for cut in cuts[2::3]:
        project.server.client.drop_database(project.database.name)
        prefix = project.folder / "prefix.log"
        prefix.write_text("".join(lines[:cut]))
        project.apply(ALLOWED, prefix)
        project.apply(ALLOWED, LOG)
        found = states.end_state(project.database), all_columns(project.database)
        if whole is None:
            check(project.database)
            whole = found
        assert found == whole, f"after {cut} lines: {lines[cut - 1]}"
    project.nothing_to_do(ALLOWED, LOG)
