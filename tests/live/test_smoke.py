"""The whole way, on each server: what djongo left behind becomes what the log wants."""

import load_state
import pytest
import servers

LOG = servers.ROOT / "sql_corpus/logs/presenceiq-tolerant.log"
STATE = servers.ROOT / "sql_corpus/states/presenceiq-failed.json"

pytestmark = pytest.mark.smoke


def counts(database):
    names = set(database.list_collection_names()) - {"__schema__"}
    specs = [spec for name in names for spec in database[name].list_indexes() if spec["name"] != "_id_"]
    return len(names), len(specs)


@pytest.mark.parametrize("start", [None, STATE], ids=["empty", "after-djongo"])
def test_apply_and_again(server, database, keyfold, start):
    if start:
        load_state.load_state(server.client, database.name, start)
    # FerretDB has no partial indexes: one unique index less.
    flags, wanted = [], (21, 78)
    if server.name == "ferretdb":
        flags, wanted = ["--skip-unsupported"], (21, 77)
    words = ["--uri", f"{server.uri}/{database.name}", *flags, LOG]

    first = keyfold("apply", *words)
    assert first.returncode == 0, first.stdout + first.stderr
    assert counts(database) == wanted

    again = keyfold("apply", *words)
    assert again.returncode == 0, again.stdout + again.stderr
    assert "nothing to do" in again.stdout
    assert counts(database) == wanted
