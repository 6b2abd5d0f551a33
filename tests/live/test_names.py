"""Names that share an index, over several logs: what one of them loses the others keep, and nothing more."""

import pytest
import states
from project import findings, on_secantus
from pymongo.errors import DuplicateKeyError
from states import Index

CREATE = 'CREATE TABLE "t" ("id" long NOT NULL PRIMARY KEY AUTOINCREMENT, "c" string %s, "d" long NOT NULL)'
ADD_INDEX = 'ALTER TABLE "t" ADD CONSTRAINT "%s" INDEX ("c")'
ADD_UNIQUE = 'ALTER TABLE "t" ADD CONSTRAINT "%s" UNIQUE ("c")'
DROP_INDEX = 'ALTER TABLE "t" DROP CONSTRAINT "%s" INDEX'
DROP_UNIQUE = 'ALTER TABLE "t" DROP CONSTRAINT "%s"'
SHARED = (CREATE % "NOT NULL", ADD_UNIQUE % "u", ADD_INDEX % "i")
ALLOWED = "--allow-drop=index"

C = (("c", 1),)
PRIMARY, PLAIN, UNIQUE = Index((("id", 1),), True), Index(C), Index(C, True)
UNIQUE_BUT_NULLS = Index(C, True, states.filter_of({"c": {"$type": "NOT NULL"}}))


def names(project):
    """{name: the indexes behind it} of t but its primary key."""
    return {name: each.serves for name, each in states.names(project.database)["t"].items() if name != "__primary_key__"}


def indexes(project):
    return [index for index in states.indexes(project.database)["t"] if index != PRIMARY]


def test_a_drop_is_withheld_until_it_is_allowed(project):
    project.apply(project.log(*SHARED))
    before = states.end_state(project.database)
    log = project.log(DROP_UNIQUE % "u")
    result = project.apply(log, status=4)
    withheld, = findings(result, "withheld")
    assert (withheld["name"], withheld["code"]) == ("u", "KF-041") and "--allow-drop=index" in withheld["message"]
    assert result["commands"]["write"] == 0 and states.end_state(project.database) == before


@pytest.mark.parametrize("whole", [False, True], ids=["second-log-alone", "both-logs"])
def test_a_unique_name_goes_and_the_plain_one_stays(project, whole):
    """Its index is unique no more."""
    first, second = project.log(*SHARED), project.log(DROP_UNIQUE % "u")
    project.apply(first)
    assert (indexes(project), names(project)) == ([UNIQUE], {"u": (UNIQUE,), "i": (UNIQUE,)})
    words = [ALLOWED, *([first, second] if whole else [second])]
    project.apply(*words)
    assert (indexes(project), names(project)) == ([PLAIN], {"i": (PLAIN,)})
    project.database.t.insert_many([{"id": 1, "c": "same"}, {"id": 2, "c": "same"}])
    project.nothing_to_do(*words)


def test_a_plain_name_goes_and_the_unique_one_stays(project):
    project.apply(project.log(*SHARED))
    log = project.log(DROP_INDEX % "i")
    project.apply(ALLOWED, log)
    assert (indexes(project), names(project)) == ([UNIQUE], {"u": (UNIQUE,)})
    project.apply(ALLOWED, project.log(DROP_UNIQUE % "u"))
    assert (indexes(project), names(project)) == ([], {})


@on_secantus
@pytest.mark.parametrize("whole", [False, True], ids=["second-log-alone", "both-logs"])
def test_nulls_come_in_although_a_plain_name_shares_the_index(project, whole):
    """As authentication_user.email has both."""
    first, second = project.log(*SHARED), project.log('ALTER TABLE "t" ALTER COLUMN "c" DROP NOT NULL')
    project.apply(first)
    words = [first, second] if whole else [second]
    project.apply(*words)
    assert (indexes(project), names(project)) == (
        sorted([PLAIN, UNIQUE_BUT_NULLS]), {"u": (PLAIN, UNIQUE_BUT_NULLS), "i": (PLAIN,)})
    project.database.t.insert_many([{"id": 1, "c": None}, {"id": 2, "c": None}, {"id": 3, "c": "a"}])
    with pytest.raises(DuplicateKeyError):
        project.database.t.insert_one({"id": 4, "c": "a"})
    project.nothing_to_do(*words)


@pytest.mark.parametrize("mentioned", [True, False])
def test_an_index_that_somebody_dropped(project, mentioned):
    """A name whose index is not live is planned again."""
    log = project.log(CREATE % "NOT NULL", ADD_INDEX % "i")
    project.apply(log)
    project.database.t.drop_index("i")
    assert names(project) == {"i": None}
    again = log if mentioned else project.log('ALTER TABLE "t" ADD CONSTRAINT "j" INDEX ("d")')
    project.apply(again)
    assert PLAIN in indexes(project) and names(project)["i"] == (PLAIN,)
    project.nothing_to_do(again)


def test_a_name_moves_to_another_key(project):
    """Its old index serves another name still, and is still called like it."""
    project.apply(project.log(CREATE % "NOT NULL", ADD_INDEX % "a", ADD_INDEX % "b"))
    log = project.log(DROP_INDEX % "a", 'ALTER TABLE "t" ADD CONSTRAINT "a" INDEX ("c", "d")')
    project.apply(log)
    both = Index((("c", 1), ("d", 1)))
    assert (indexes(project), names(project)) == (sorted([PLAIN, both]), {"b": (PLAIN,), "a": (both,)})
    project.nothing_to_do(log)
    project.apply(ALLOWED, project.log(DROP_INDEX % "b"))
    assert (indexes(project), names(project)) == ([both], {"a": (both,)})


@on_secantus
def test_the_companion_goes_with_its_name(project):
    project.apply(project.log(CREATE % "NULL", ADD_UNIQUE % "u"))
    assert indexes(project) == sorted([PLAIN, UNIQUE_BUT_NULLS])
    project.apply(ALLOWED, project.log(DROP_UNIQUE % "u"))
    assert (indexes(project), names(project)) == ([], {})


@on_secantus
def test_a_companion_that_is_shared_stays(project):
    project.apply(project.log(CREATE % "NULL", ADD_UNIQUE % "u", ADD_INDEX % "i"))
    assert names(project) == {"u": (PLAIN, UNIQUE_BUT_NULLS), "i": (PLAIN,)}
    project.apply(ALLOWED, project.log(DROP_INDEX % "i"))
    assert names(project) == {"u": (PLAIN, UNIQUE_BUT_NULLS)}
    project.apply(project.log(ADD_INDEX % "i"))
    project.apply(ALLOWED, project.log(DROP_UNIQUE % "u"))
    assert (indexes(project), names(project)) == ([PLAIN], {"i": (PLAIN,)})


@on_secantus
@pytest.mark.parametrize("options", [{}, {"expireAfterSeconds": 3600}, {"unique": True}], ids=["plain", "ttl", "unique"])
def test_an_adopted_index_outlives_its_last_name(project, options):
    project.database.t.create_index("c", name="by_hand", **options)
    before = indexes(project)
    project.apply(project.log(CREATE % "NOT NULL", ADD_INDEX % "i"))
    assert indexes(project) == before and names(project)["i"] == tuple(before)
    log = project.log(DROP_INDEX % "i")
    project.apply(ALLOWED, log)
    assert indexes(project) == before and "i" not in names(project)
    assert "notice" in [each["severity"] for each in project.nothing_to_do(ALLOWED, log)["findings"]]


@pytest.mark.parametrize("spelled", ["c", "c_1", "t_c_key"])
def test_a_unique_column_by_any_of_its_names(project, spelled):
    project.apply(project.log(CREATE % "NOT NULL UNIQUE"))
    assert names(project) == {"c_1": (UNIQUE,)}
    project.apply(ALLOWED, project.log(DROP_UNIQUE % spelled))
    assert (indexes(project), names(project)) == ([], {})


def test_the_primary_key_moves(project):
    project.apply(project.log(CREATE % "NOT NULL"))
    log = project.log('ALTER TABLE "t" ADD CONSTRAINT "t_pkey" PRIMARY KEY ("c")')
    project.apply(log)
    assert states.indexes(project.database) == {"t": [UNIQUE]}
    assert [spec["name"] for spec in states.specs(project.database, "t")] == ["__primary_key__"]
    project.nothing_to_do(log)


def test_long_identifiers(project):
    """What differs after byte 63 stays two."""
    long = "x" * 70
    log = project.log(f'CREATE TABLE "{long}1" ("id" long NOT NULL PRIMARY KEY, "{long}a" long NOT NULL, '
                      f'"{long}b" long NOT NULL)',
                      f'CREATE TABLE "{long}2" ("id" long NOT NULL PRIMARY KEY)',
                      f'ALTER TABLE "{long}1" ADD CONSTRAINT "{long}i" INDEX ("{long}a")',
                      f'ALTER TABLE "{long}1" ADD CONSTRAINT "{long}j" UNIQUE ("{long}b")')
    project.apply(log)
    assert states.indexes(project.database) == {
        f"{long}1": sorted([PRIMARY, Index(((f"{long}a", 1),)), Index(((f"{long}b", 1),), True)]), f"{long}2": [PRIMARY]}
    assert set(states.names(project.database)[f"{long}1"]) == {"__primary_key__", f"{long}i", f"{long}j"}
    project.nothing_to_do(log)


def test_an_object_id_key_has_no_index_of_its_own(project):
    log = project.log('CREATE TABLE "t" ("_id" objectId NOT NULL PRIMARY KEY AUTOINCREMENT, "n" string NOT NULL)',
                      'ALTER TABLE "t" ADD CONSTRAINT "x" INDEX ("_id")')
    project.apply(log)
    assert states.indexes(project.database) == {"t": []}
    document = states.catalog(project.database, "t")
    assert "auto" not in document and list(document["fields"]) == ["n"]
    project.nothing_to_do(log)
