"""The servers themselves: what the other live tests take for granted."""

import json

import load_state
import pymongo
import pytest
import servers
from pymongo.errors import OperationFailure


def create_indexes(database, *specs):
    return database.command("createIndexes", "people", indexes=list(specs))


def test_ping(server):
    assert server.client.admin.command("ping")["ok"] == 1


def test_create_indexes(database):
    create_indexes(database, {"key": {"a": 1}, "name": "first"}, {"key": {"a": 1, "b": -1}, "name": "second"})
    assert [index["name"] for index in database.people.list_indexes()] == ["_id_", "first", "second"]


def test_index_under_another_name_is_refused(database):
    create_indexes(database, {"key": {"department_id": 1}, "name": "people_department_id_1234abcd"})
    with pytest.raises(OperationFailure) as failure:
        create_indexes(database, {"key": {"department_id": 1}, "name": "people_departm_5678ef_idx"})
    assert failure.value.code == 85
    assert "Index already exists with a different name: people_department_id_1234abcd" in str(failure.value)


def test_databases_are_fresh(database):
    assert database.list_collection_names() == []


def test_auth(secantus_auth):
    assert secantus_auth.client.kf_auth.list_collection_names() == []
    with pymongo.MongoClient("127.0.0.1", secantus_auth.port) as stranger:
        with pytest.raises(OperationFailure):
            stranger.kf_auth.list_collection_names()


def test_fail_points(secantus_faults):
    client = secantus_faults.client
    client.admin.command("configureFailPoint", "failCommand", mode={"times": 1},
                         data={"failCommands": ["createIndexes"], "errorCode": 96})
    with pytest.raises(OperationFailure) as failure:
        create_indexes(client.kf_faults, {"key": {"a": 1}, "name": "a_1"})
    assert failure.value.code == 96
    create_indexes(client.kf_faults, {"key": {"a": 1}, "name": "a_1"})


def test_durable_server_outlives_a_kill(secantus_faults):
    create_indexes(secantus_faults.client.kf_kill, {"key": {"a": 1}, "name": "a_1"})
    secantus_faults.kill()
    secantus_faults.start()
    assert len(list(secantus_faults.client.kf_kill.people.list_indexes())) == 2


def check_state(database, name, collections, indexes):
    path = servers.ROOT / f"sql_corpus/states/{name}.json"
    load_state.load_state(database.client, database.name, path)
    names = set(database.list_collection_names()) - {"__schema__"}
    specs = [spec for c in names for spec in database[c].list_indexes() if spec["name"] != "_id_"]
    assert (len(names), len(specs)) == (collections, indexes)
    expected = json.loads(path.read_text())["collections"]["django_migrations"]["documents"]
    assert database.django_migrations.count_documents({}) == len(expected) > 0


def test_presenceiq_state_loads(database):
    check_state(database, "presenceiq-failed", 12, 24)


# Not on FerretDB: djongo's DESC makes a field with a quote in its name, which it refuses.
@pytest.mark.parametrize("server", ["secantus"], indirect=True)
def test_shop_state_loads(database):
    check_state(database, "shop-djongo", 12, 44)
