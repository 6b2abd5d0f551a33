"""keyfold verify against real servers: right after an apply, and when somebody has meddled."""

import json

import servers

LOG = servers.ROOT / "sql_corpus/logs/presenceiq-fails.log"


def verify(project, *words, status=0):
    flags = ("--skip-unsupported",) if project.server.name == "ferretdb" else ()
    done = project.keyfold("verify", "--json", "--uri", project.uri, *flags, *words, LOG)
    assert done.returncode == status, done.stdout[-500:] + done.stderr
    return json.loads(done.stdout)


def of_state(said, *states):
    return {each["name"]: each for c in said["collections"] for each in c["names"] if each["state"] in states}


def test_all_is_there_after_an_apply_and_what_goes_is_told(project):
    flags = ("--skip-unsupported",) if project.server.name == "ferretdb" else ()
    before = verify(project, status=1)
    wanted = sum(before["counts"][each] for each in ("ok", "folded", "missing", "different"))  # but what FerretDB cannot have
    assert before["counts"]["missing"] == wanted > 0

    done = project.keyfold("apply", "--uri", project.uri, *flags, LOG)
    assert done.returncode == 0, done.stderr
    whole = verify(project)
    assert whole["served"] and whole["counts"]["ok"] + whole["counts"]["folded"] == wanted
    assert whole["counts"]["folded"] > 0 and whole["counts"]["extra"] == 0

    # Somebody drops an index that two names share, and makes another one by hand under one of the names.
    folded = next(each for each in of_state(whole, "folded").values() if each["kind"] == "index")
    table = next(c["name"] for c in whole["collections"] if folded in c["names"])
    project.database[table].drop_index(folded["index"])
    sharing = {each["name"] for c in whole["collections"] if c["name"] == table for each in c["names"]
               if each.get("index") == folded["index"]}
    said = verify(project, status=1)
    assert set(of_state(said, "missing")) == sharing and not of_state(said, "different")

    project.database[table].create_index([("by_hand", 1)], name=folded["index"])
    project.database[table].create_index([("more", 1)], name="more")
    said = verify(project, status=1)
    different = of_state(said, "different")
    assert set(different) == sharing and "by_hand" in different[folded["index"]]["detail"]
    assert set(of_state(said, "extra")) == {"more"}


def test_it_writes_nothing(project):
    verify(project, status=1)
    assert project.database.name not in project.server.client.list_database_names()
