"""keyfold doctor, --fix, and undo, on the damage that real djongo 1.3.6 does."""

import itertools
import json
import signal
import stat
import subprocess

import load_state
import pytest
import servers
import states
import wire
from project import on_secantus
from test_djongo import insert, sql

PYTHON = servers.DEPS / "djongo/bin/python"
FAILED_STATE = servers.ROOT / "sql_corpus/states/presenceiq-failed.json"
FAILED_LOG = servers.ROOT / "sql_corpus/logs/presenceiq-fails.log"
WHOLE_LOG = servers.ROOT / "sql_corpus/logs/presenceiq-tolerant.log"
CREATE = ('CREATE TABLE "t" ("id" long NOT NULL PRIMARY KEY AUTOINCREMENT, "a" long NULL, "b" string NOT NULL UNIQUE, '
          '"c" long NULL, "s" string NULL)')
PAIR = 'CREATE TABLE "%s" ("id" long NOT NULL PRIMARY KEY AUTOINCREMENT, "%s" long NULL)'

pytestmark = on_secantus


@pytest.fixture
def djongo(project):
    """Carries statements out with djongo; those that it refuses are no matter here."""
    def carry_out(*expressions):
        expressions = [each if each.startswith("sql(") else sql(each) for each in expressions]
        done = subprocess.run([PYTHON, servers.ROOT / "tests/live/use_djongo.py", project.server.uri, project.database.name],
                              input=json.dumps(expressions), capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return carry_out


def state(database, counters=True):
    """Every index with all its options, every document of every collection, the catalog's too, byte for byte."""
    specs = {name: sorted(map(repr, database[name].list_indexes())) for name in database.list_collection_names()}
    catalog = sorted(map(repr, database[states.CATALOG].find({}, {} if counters else {"auto.seq": 0})))
    return specs, states.documents(database), catalog


def found(project, *words, status=(0, 1)):
    done = project.run("doctor", "--json", *words, status=status)
    return json.loads(done.stdout)["findings"]


def codes(findings):
    return sorted((each["collection"], each["id"], each.get("name", ""), each["mended"]) for each in findings)


class Doctor:
    def __init__(self, project, folder):
        self.project, self.folder, self.n = project, folder, 0

    def fix(self, *words, status=(0, 1)):
        """(before, result, after, the undo file)."""
        self.n += 1
        path = self.folder / f"undo{self.n}.json"
        done = json.loads(self.project.run("doctor", "--fix", "--json", "-o", path, *words, status=status).stdout)
        if "result" not in done:
            assert not path.exists()
            return done["findings"], None, done["findings"], path
        assert done["undo"] == str(path) and stat.S_IMODE(path.stat().st_mode) == 0o600
        return done["before"]["findings"], done["result"], done["after"]["findings"], path

    def undo(self, path, status=0):
        return json.loads(self.project.run("undo", "--json", path, status=status).stdout)


@pytest.fixture
def doctor(project, tmp_path):
    return Doctor(project, tmp_path)


def check_whole(project, doctor, expected, *words):
    """Looking changes nothing; --fix mends what it says and nothing else; a second one has nothing to do; undo leads back."""
    before = state(project.database)
    assert codes(found(project, *words)) == sorted(expected)
    assert state(project.database) == before
    _, result, left, path = doctor.fix(*words)
    assert codes(left) == sorted(each for each in expected if not each[3])
    assert states.documents(project.database) == before[1]
    after = state(project.database)
    assert doctor.fix(*words)[1] is None and state(project.database) == after
    if result is None:
        assert after == before and not any(each[3] for each in expected)
        return
    assert doctor.undo(path)["not_done"] == []
    assert state(project.database) == before
    assert doctor.undo(path) == {"format": 1, "done": [], "not_done": []}
    assert codes(doctor.fix(*words)[2]) == codes(left)
    assert state(project.database)[0] == after[0]


def index(project, table, name):
    return dict(project.database[table].index_information()[name]["key"])


def test_condition_as_field(project, doctor, djongo):
    djongo(CREATE, insert("t", a=1, b="x", c=1, s="open"),
           'ALTER TABLE "t" ADD CONSTRAINT "u1" UNIQUE ("a")( WHERE "s" = open)',
           'ALTER TABLE "t" ADD CONSTRAINT "u2" UNIQUE ("a", "c")( WHERE "s" IN (a, b))',
           'ALTER TABLE "t" ADD CONSTRAINT "u3" UNIQUE ("a")( WHERE NOT "s")',
           'ALTER TABLE "t" ADD CONSTRAINT "u4" UNIQUE ("a", "c")()')
    # What djongo has made of them: the facts that the finding is for.
    assert index(project, "t", "u1") == {'WHERE "s" = open': 1} and index(project, "t", "u4") == {"": 1}
    assert djongo(insert("t", a=2, b="y", c=2, s="open")) == ["DatabaseError"]
    check_whole(project, doctor, [("t", "condition-as-field", each, True) for each in ("u1", "u2", "u3", "u4")])
    assert djongo(insert("t", a=2, b="y", c=2, s="open")) == [None]


def test_a_condition_is_made_of_the_log(project, doctor, djongo):
    log = project.log(CREATE, 'ALTER TABLE "t" ADD CONSTRAINT "u1" UNIQUE ("a")( WHERE "s" = open)')
    djongo(CREATE, insert("t", a=1, b="x", c=1, s="open"), 'ALTER TABLE "t" ADD CONSTRAINT "u1" UNIQUE ("a")( WHERE "s" = open)')
    _, _, left, path = doctor.fix(log)
    assert "condition-as-field" not in {each["id"] for each in left}
    made = [each for each in states.indexes(project.database)["t"] if each.filter]
    assert [each.key for each in made] == [(("a", 1),)] and made[0].unique and "open" in made[0].filter and "$type" in made[0].filter
    assert djongo(insert("t", a=2, b="y", c=2, s="open"), insert("t", a=2, b="z", c=2, s="open")) == [None, "DatabaseError"]
    # The old one refuses the second document, so it cannot come back; nothing is changed then.
    after = state(project.database)
    (why,) = doctor.undo(path, status=4)["not_done"]
    assert why.startswith("t: ") and "in more than one document" in why
    assert state(project.database) == after


def test_direction_as_field(project, doctor, djongo):
    djongo(CREATE, insert("t", a=1, b="x", c=1, s="s"), 'ALTER TABLE "t" ADD CONSTRAINT "i1" INDEX ("a", "c" DESC)',
           'ALTER TABLE "t" ADD CONSTRAINT "i2" INDEX ("c" DESC)')
    assert index(project, "t", "i1") == {"a": 1, 'c" DESC': 1}
    check_whole(project, doctor, [("t", "direction-as-field", each, True) for each in ("i1", "i2")])
    keys = [each.key for each in states.indexes(project.database)["t"]]
    assert (("a", 1), ("c", -1)) in keys and (("c", -1),) in keys and not any('"' in f for key in keys for f, _ in key)


def test_dropped_field(project, doctor, djongo):
    """One that another program's documents have is not djongo's to lose."""
    djongo(CREATE, 'ALTER TABLE "t" ADD CONSTRAINT "i1" INDEX ("s")', 'ALTER TABLE "t" ADD CONSTRAINT "i2" INDEX ("a", "s")',
           'ALTER TABLE "t" ADD CONSTRAINT "u1" UNIQUE ("s")', insert("t", a=1, b="x", c=1, s="s"),
           'ALTER TABLE "t" DROP COLUMN "s" CASCADE')
    project.database.t.create_index([("mine", 1)], name="mine")
    project.database.t.create_index([("later", 1)], name="later", expireAfterSeconds=60)
    project.database.t.update_one({}, {"$set": {"mine": 1}})
    findings = found(project)
    assert [each["severity"] for each in findings if each["name"] == "u1"] == ["error"]
    check_whole(project, doctor, [("t", "dropped-field", each, True) for each in ("i1", "i2", "u1")])
    assert {"mine", "later"} <= set(project.database.t.index_information())


def test_renamed_field(project, doctor, djongo):
    djongo(CREATE, 'ALTER TABLE "t" ADD CONSTRAINT "i1" INDEX ("c")', 'ALTER TABLE "t" ADD CONSTRAINT "i2" INDEX ("a", "c" DESC)',
           'ALTER TABLE "t" ADD CONSTRAINT "u1" UNIQUE ("c", "a")', insert("t", a=1, b="x", c=1, s="s"),
           'ALTER TABLE "t" RENAME COLUMN "c" TO "z"')
    check_whole(project, doctor, [("t", "renamed-field", "", True), ("t", "direction-as-field", "i2", True)])
    keys = {each.key for each in states.indexes(project.database)["t"]}
    assert {(("z", 1),), (("a", 1), ("z", -1)), (("z", 1), ("a", 1))} <= keys
    assert "z" in states.catalog(project.database, "t")["fields"] and "c" not in states.catalog(project.database, "t")["fields"]
    assert djongo(insert("t", a=2, b="y", z=2, s="s"), 'SELECT "t"."b" FROM "t" WHERE "t"."z" = 2')[0] is None


def test_several_renamed_fields_are_told(project, doctor, djongo):
    djongo(CREATE, 'ALTER TABLE "t" ADD CONSTRAINT "i1" INDEX ("c")', insert("t", a=1, b="x", c=1, s="s"),
           'ALTER TABLE "t" RENAME COLUMN "c" TO "z"', 'ALTER TABLE "t" RENAME COLUMN "a" TO "y"')
    check_whole(project, doctor, [("t", "renamed-field", "", False)])
    # As the finding says.
    project.apply("--renames=done", project.log('ALTER TABLE "t" RENAME COLUMN "c" TO "z"', 'ALTER TABLE "t" RENAME COLUMN "a" TO "y"'))
    assert found(project, status=0) == []


def test_rows_and_collections(project, doctor, djongo):
    djongo(PAIR % ("m", "v"), insert("m", v=1), 'ALTER TABLE "m" RENAME TO "m2"', PAIR % ("gone", "w"), 'DROP TABLE "gone" CASCADE',
           PAIR % ("again", "v"), 'DROP TABLE "again" CASCADE', PAIR % ("again", "v"))
    assert states.catalog(project.database, "again")["auto"]["field_names"] == ["id", "id"]
    check_whole(project, doctor, [("m", "renamed-collection", "", True), ("gone", "row-without-collection", "", True),
                                  ("again", "doubled-counter", "", True)])
    assert states.counters(project.database) == {"m2": 1, "again": 0}
    assert djongo(insert("m2", v=2), 'SELECT "m2"."id" FROM "m2" WHERE "m2"."v" = 2')[0] is None
    assert [each["id"] for each in project.database.m2.find()] == [1, 2]


def test_a_row_that_fits_two_collections_is_told(project, doctor, djongo):
    djongo(PAIR % ("m", "v"), insert("m", v=1), 'ALTER TABLE "m" RENAME TO "m2"', PAIR % ("n", "v"), insert("n", v=1),
           'ALTER TABLE "n" RENAME TO "n2"')
    check_whole(project, doctor, [("m", "renamed-collection", "", False), ("n", "renamed-collection", "", False)])


def test_collection_without_row(project, doctor, djongo):
    djongo(PAIR % ("m", "v"), insert("m", v=1))
    project.database[states.CATALOG].delete_one({"name": "m"})
    check_whole(project, doctor, [("m", "collection-without-row", "", False)])


def test_documents_without_key(project, doctor, djongo):
    djongo(PAIR % ("m", "v"), insert("m", v=1), 'ALTER TABLE "m" RENAME TO "m2"', insert("m2", v=2))
    check_whole(project, doctor, [("m", "renamed-collection", "", True), ("m2", "document-without-key", "", False)])


def test_counter_behind(project, doctor, djongo):
    """djongo's INSERT with a number leaves the counter where it is. It goes on meanwhile, and undo does not take that back."""
    assert djongo(PAIR % ("m", "v"), insert("m", id=7, v=1)) == [None, None]
    assert states.counters(project.database) == {"m": 1}
    before = found(project)
    assert [(each["id"], each["severity"], each["message"]) for each in before] == [
        ("counter-behind", "error", 'it is at 1, and the greatest "id" is 7')]
    _, _, left, path = doctor.fix()
    assert left == [] and states.counters(project.database) == {"m": 7}
    assert djongo(insert("m", v=2)) == [None]
    assert sorted(each["id"] for each in project.database.m.find()) == [7, 8]
    doctor.undo(path)
    assert states.counters(project.database) == {"m": 8}


INLINE = 'CREATE TABLE "t" ("id" long NOT NULL PRIMARY KEY AUTOINCREMENT, "a" long NOT NULL, "c" long NULL, CONSTRAINT "u" UNIQUE ("a", "c"))'


def test_unique_never_made(project, doctor, djongo):
    """Django's UniqueConstraint of a new model: djongo drops it without a word. Nothing but a log can tell."""
    log = project.log(INLINE)
    djongo(INLINE, insert("t", a=1, c=1), insert("t", a=1, c=None), insert("t", a=1, c=None))
    assert found(project) == []
    check_whole(project, doctor, [("t", "unique-missing", "u", True)], log)
    # SQL's NULLs: two rows of them are there, and a third may come; equal values may not.
    assert djongo(insert("t", a=1, c=1), insert("t", a=1, c=None)) == ["DatabaseError", None]


def test_unique_that_documents_break(project, doctor, djongo):
    log = project.log(INLINE)
    djongo(INLINE, *[insert("t", a=a, c=4711) for a in (1, 1, 2, 2, 3)])
    check_whole(project, doctor, [("t", "unique-missing", "u", False)], log)
    fix = [each["fix"] for each in found(project, log) if each["id"] == "unique-missing"]
    assert "2 values occur in more than one document" in fix[0] and "4711" not in fix[0]
    fix = [each["fix"] for each in found(project, "--show-values", log) if each["id"] == "unique-missing"]
    assert "4711" in fix[0]
    project.database.t.delete_many({"id": {"$in": [2, 4]}})
    assert [each["id"] for each in doctor.fix(log)[2]] == []


def test_column_not_added(project, doctor, djongo):
    djongo(PAIR % ("m", "v"), insert("m", v=1), 'ALTER TABLE "m" ADD COLUMN "n" long NULL UNIQUE')
    assert "n" not in states.catalog(project.database, "m")["fields"]
    check_whole(project, doctor, [("m", "column-not-added", "n", False)])
    project.apply(project.log('ALTER TABLE "m" ADD COLUMN "n" long NULL UNIQUE'))
    assert found(project, status=0) == []


def test_half_done_migration(project, doctor):
    """PresenceIQ's migrate, as djongo left it."""
    load_state.load_state(project.server.client, project.database.name, FAILED_STATE)
    apps = {each["collection"].split("_")[0] for each in found(project) if each["id"] == "half-done-migration"}
    assert apps == {"authentication"}
    # All that the log has is there, but for the migration that it ends in.
    assert [each["collection"] for each in found(project, FAILED_LOG)] == ["authentication_user"]
    (of_log,) = [each for each in found(project, WHOLE_LOG) if each["collection"] == "django_migrations"]
    assert of_log["id"] == "half-done-migration" and "statements" in of_log["message"]
    project.apply(WHOLE_LOG)
    assert found(project, WHOLE_LOG) == []


def test_a_recorded_index_that_is_gone(project, doctor):
    project.apply(project.log(INLINE, 'ALTER TABLE "t" ADD CONSTRAINT "i" INDEX ("c")'))
    for name in ("i", "__primary_key__"):
        project.database.t.drop_index(name)
    check_whole(project, doctor, [("t", "index-missing", "i", True), ("t", "unique-missing", "__primary_key__", True)])
    project.nothing_to_do(project.log(INLINE, 'ALTER TABLE "t" ADD CONSTRAINT "i" INDEX ("c")'))


def test_a_whole_database_has_no_findings(project, djongo):
    project.apply(WHOLE_LOG)
    assert found(project, status=0) == []
    djongo(CREATE, insert("t", a=1, b="x", c=1, s="s"), 'ALTER TABLE "t" ADD COLUMN "n" long NULL')
    # djongo fills the new field with null, so that it is none that no document has.
    assert found(project, status=0) == []


# ---- undo ----

@pytest.fixture
def damaged(djongo):
    return lambda: djongo(
        CREATE, insert("t", a=1, b="x", c=1, s="open"), 'ALTER TABLE "t" ADD CONSTRAINT "u1" UNIQUE ("a")( WHERE "s" = open)',
        'ALTER TABLE "t" ADD CONSTRAINT "i1" INDEX ("a", "c" DESC)', 'ALTER TABLE "t" ADD CONSTRAINT "i2" INDEX ("c")',
        'ALTER TABLE "t" RENAME COLUMN "c" TO "z"', PAIR % ("m", "v"), insert("m", id=7, v=1), PAIR % ("gone", "v"),
        'DROP TABLE "gone" CASCADE')


def test_undo_elsewhere_is_refused(project, doctor, damaged):
    damaged()
    path = doctor.fix()[3]
    other = project.server.client[project.database.name + "_2"]
    other.t.insert_one({})
    done = project.keyfold("undo", path, "--uri", f"{project.server.uri}/{other.name}")
    assert done.returncode == 4 and "KF-045" in done.stderr and project.database.name in done.stderr
    project.server.client.drop_database(other.name)
    text = path.read_text()
    for broken, status in ((text[:-10], 2), ("{}", 2), (text.replace('"documents"', '"papers"'), 2)):
        path.write_text(broken)
        assert project.run("undo", path, status=status).stderr.startswith("keyfold: error KF-006")


def test_undo_after_somebody_else(project, doctor, damaged):
    """What keyfold has written since stays, with the indexes of its table."""
    damaged()
    path = doctor.fix()[3]
    project.apply(project.log('ALTER TABLE "t" ADD CONSTRAINT "later" INDEX ("b", "a")'))
    before = state(project.database)
    told = doctor.undo(path, status=4)
    assert [each.split(":")[0] for each in told["not_done"]] == ["t"] and "written since" in told["not_done"][0]
    after = state(project.database)
    assert after[0]["t"] == before[0]["t"] and "gone" in {each["name"] for each in project.database[states.CATALOG].find()}


def test_an_undo_file_is_not_written_over(project, doctor, damaged, tmp_path):
    damaged()
    before = state(project.database)
    (tmp_path / "undo.json").write_text("precious")
    done = project.run("doctor", "--fix", "-o", tmp_path / "undo.json", status=5)
    assert "KF-064" in done.stderr and (tmp_path / "undo.json").read_text() == "precious"
    project.run("doctor", "--fix", "-o", tmp_path / "none/undo.json", status=5)
    assert state(project.database) == before
    project.run("doctor", "--fix", status=(0, 1), cwd=tmp_path)
    assert len(list(tmp_path.glob(f"keyfold-undo-{project.database.name}-*.json"))) == 1


def test_text(project, damaged, tmp_path):
    damaged()
    said = project.run("doctor", "--fix", "-o", tmp_path / "u.json", status=(0, 1)).stdout
    at = [said.index(each) for each in ("  --fix: ", "KFD-004 renamed-field", "Plan for ", "keyfold undo puts it back", "operations done", "What is left:")]
    assert at == sorted(at)


# ---- a run that is cut off ----

WRITES = ("createIndexes", "dropIndexes", "update", "delete", "insert")


def cut_at(n, command, kind="kill"):
    """(a rule for the wire, a call that runs the command): at the n'th command that writes, from 1 on, it is killed or interrupted."""
    process, seen = None, 0

    def rule(x):
        nonlocal seen
        seen += x.name in WRITES
        if x.name in WRITES and seen == n:
            process.send_signal(signal.SIGKILL if kind == "kill" else signal.SIGINT)
            if kind == "kill":
                process.wait()
                x.cut()
        x.forward()

    def run():
        nonlocal process
        process = subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        said = process.communicate(timeout=60)
        assert process.returncode in (0, 1, 130, -signal.SIGKILL), (n, said)
        return process.returncode

    return rule, run


@pytest.mark.parametrize("kind", ["kill", "interrupt"])
def test_cut_off(project, damaged, tmp_path, kind):
    """At each command that writes: run again it is mended, and the undo files, the last one first, lead back, but for a counter."""
    damaged()
    before = state(project.database, counters=False)
    number, mended = itertools.count(), None

    def fix(way, n):
        paths.append(tmp_path / f"undo-{next(number)}.json")
        way.rule, run = cut_at(n, [project.keyfold.binary, "doctor", "--fix", "-o", paths[-1], "--jobs", "1", "--uri",
                                   f"{way.uri}/{project.database.name}"], kind)
        return run()

    with wire.recorded(project.server) as way:
        for n in range(1, 40):
            paths = []
            cut = fix(way, n)
            assert fix(way, 0) in (0, 1), n
            if mended is None:
                mended = states.indexes(project.database)
            assert states.indexes(project.database) == mended
            assert states.documents(project.database) == before[1]
            for path in reversed([each for each in paths if each.exists()]):
                done = project.keyfold("undo", path, "--uri", f"{way.uri}/{project.database.name}")
                assert done.returncode == 0, (n, done.stdout, done.stderr)
            assert state(project.database, counters=False) == before, n
            if cut in (0, 1):
                break
    assert cut in (0, 1) and n > 8


def test_undo_cut_off(project, damaged, tmp_path):
    """At each command that writes: run again it leads back."""
    damaged()
    before = state(project.database, counters=False)
    with wire.recorded(project.server) as way:
        uri = f"{way.uri}/{project.database.name}"
        for n in range(1, 40):
            path = tmp_path / f"undo-{n}.json"
            way.rule = wire.Exchange.forward
            assert project.keyfold("doctor", "--fix", "-o", path, "--uri", uri).returncode in (0, 1)
            way.rule, run = cut_at(n, [project.keyfold.binary, "undo", path, "--uri", uri])
            cut = run()
            way.rule = wire.Exchange.forward
            done = project.keyfold("undo", path, "--uri", uri)
            assert done.returncode == 0, (n, done.stdout, done.stderr)
            assert state(project.database, counters=False) == before, n
            if cut == 0:
                break
    assert cut == 0 and n > 6
