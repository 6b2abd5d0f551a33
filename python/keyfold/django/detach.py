"""Going back to djongo, which drops an index by the name that it has on the server: an index a name, where the server allows it."""

from pymongo.errors import OperationFailure

from .introspection import columns_of


def _spec(collection, index):
    """As the server has it, without what it adds itself."""
    for each in collection.list_indexes():
        if each["name"] == index:
            return {key: value for key, value in each.items() if key not in ("v", "ns")}
    return None


def _build(collection, spec):
    collection.database.command("createIndexes", collection.name, indexes=[spec])


def _build_beside(collection, name):
    """A plain index beside the unique one that serves the name."""
    try:
        _build(collection, {"key": dict(name["key"]), "name": name["name"]})
    except OperationFailure:  # one index a key is this server's rule
        return False
    return True


def _rename(collection, index, name):
    """MongoDB renames no index: the old one goes, the new one comes, and if that fails the old one is put back."""
    spec = _spec(collection, index)
    collection.drop_index(index)
    try:
        _build(collection, {**spec, "name": name})
    except BaseException:
        _build(collection, spec)
        raise


def detach_table(database, table):
    """(done, message) for each name that has no index of its own. `table` is one of a snapshot's collections."""
    collection, names = database[table["name"]], [each for each in table["document"]["names"] if each["indexes"]]
    taken, unique = {each["name"] for each in names}, {each["name"] for each in table["indexes"] if each.get("unique")}
    indexes = {}
    for each in names:
        own, serving = each["name"], each["indexes"][0]
        if own in each["indexes"] or serving == "_id_":
            continue
        where = f'{table["name"]}: "{own}" on {columns_of(each)}'
        if each["kind"] == "index" and serving in unique and _build_beside(collection, each):
            indexes[own] = [own]
            yield True, f"{where} has an index of its own now"
        elif serving not in taken and serving not in indexes.values():
            _rename(collection, serving, own)
            indexes[own], taken = [own], taken | {serving}
            yield True, f'{where}: its index "{serving}" is called so now'
        else:
            yield False, f'{where} is served by "{serving}", and the server has one such index'
    if indexes:
        _record(database, table["name"], indexes)


def _record(database, table, indexes):
    """In keyfold's names, for the day that it comes back."""
    catalog = database["__schema__"]
    document = catalog.find_one({"name": table})
    for each in document["names"]:
        each["indexes"] = indexes.get(each["name"], each["indexes"])
    catalog.update_one(
        {"name": table, "rev": document["rev"]}, {"$set": {"names": document["names"], "rev": document["rev"] + 1}}
    )
