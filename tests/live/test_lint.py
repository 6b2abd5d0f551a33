"""keyfold lint --uri: what only the server can tell."""

import json

import states

SQL = ('CREATE TABLE "t" ("id" long NOT NULL PRIMARY KEY, "a" long NOT NULL, "ok" bool NOT NULL)',
       'ALTER TABLE "t" ADD CONSTRAINT "t_ok_0123abcd" INDEX ("ok")',
       'ALTER TABLE "t" ADD CONSTRAINT "t_a_0123abcd" INDEX ("a")',
       'ALTER TABLE "t" ADD CONSTRAINT "t_a_0123ab_idx" INDEX ("a")')


def test_of_a_database(project):
    project.apply(project.log(*SQL))
    project.database.t.insert_many({"id": n, "a": n, "ok": n % 4 == 0} for n in range(100))
    findings = json.loads(project.run("lint", "--json", status=1).stdout)["findings"]
    assert [each["name"] for each in findings if each["id"] == "same-key"] == ["t_a_0123ab_idx"]
    (boolean,) = [each for each in findings if each["id"] == "boolean-index"]
    assert boolean["name"] == "t_ok_0123abcd" and boolean["fix"] == 'remove db_index=True from the field "ok"'
    assert boolean["message"].startswith("of 100 documents that were looked at 25 % are true")
    # Neither server counts uses; FerretDB says so, SecantusDB says 0 since never.
    assert not [each for each in findings if each["id"] == "unused"]


def test_an_index_of_its_own_has_a_size(server, project):
    """Two indexes of one key, as djongo leaves them where the server lets it."""
    if server.name == "ferretdb":
        return  # one index a key there
    project.database.t.insert_many({"a": n} for n in range(50))
    project.database.t.create_index([("a", 1)], name="a_1", unique=True)
    project.database.t.create_index([("a", 1)], name="t_a_0123abcd")
    said = project.run("lint", status=1).stdout
    assert "it has an index of its own (" in said and "remove db_index=True" in said


def test_a_unique_that_documents_break(project):
    """A log, and the database that it is to come to: nothing is changed there."""
    project.apply(project.log(SQL[0]))
    project.database.t.insert_many({"id": n, "a": n // 2, "ok": n < 3} for n in range(7))
    log = project.log('ALTER TABLE "t" ADD CONSTRAINT "one_a" UNIQUE ("a")', 'ALTER TABLE "t" ADD CONSTRAINT "one_ok" UNIQUE ("a", "ok", "id")',
                      'ALTER TABLE "t" ADD CONSTRAINT "t_ok_0123abcd" INDEX ("ok")')
    before = states.end_state(project.database), states.documents(project.database)
    findings = json.loads(project.run("lint", "--json", log, status=1).stdout)["findings"]
    assert (states.end_state(project.database), states.documents(project.database)) == before
    # 0, 1 and 2 stand twice, 3 once.
    assert [(each["name"], each["severity"], each["message"], each["source"].rsplit(":", 1)[1]) for each in findings
            if each["id"] == "unique-broken"] == [("one_a", "error", "3 values occur in more than one document", "1")]
    assert [each["name"] for each in findings if each["id"] == "boolean-index"] == ["t_ok_0123abcd"]
    project.database.t.delete_many({"id": {"$in": [1, 3, 5]}})
    assert "unique-broken" not in project.run("lint", log, status=(0, 1)).stdout
