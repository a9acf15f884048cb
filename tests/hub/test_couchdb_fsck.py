"""``fsck`` and ``rebuild`` on CouchDB: what was changed by plain HTTP is found, and caches are the same.

The day is settled on SQLite; its facts go over to a CouchDB as a backup would carry them.
"""

import random

import pytest

from hub.documents import document_bytes
from hub.fsck_wording import FAULTS
from hub.ports import SCAN_MAX, Added, every
from hub.service.group.derived import rebuild
from tests.hub.builders import GROUP
from tests.hub.checked import checked, seals_of, settled_day


@pytest.fixture(scope="module")
def day(tmp_path_factory):
    """A settled day on SQLite, which nobody changes."""
    return settled_day(tmp_path_factory.mktemp("settled"))


@pytest.fixture
def store(day, room):
    """The same facts on a CouchDB, and its derived documents made anew."""
    made = room.open()
    assert set(made.add(list(every(day.branch.store, "")))) == {Added.NEW}
    rebuild(made, [day.state])
    return made


def found(day, store):
    return [(fault.where, fault.code) for fault in checked(day, store).faults]


def test_both_engines_have_the_same_bytes_and_the_same_verdict(day, store):
    mine = day.branch.store
    for scan in ("scan", "scan_derived"):
        assert [document_bytes(one) for one in getattr(store, scan)("", "", SCAN_MAX)] == [
            document_bytes(one) for one in getattr(mine, scan)("", "", SCAN_MAX)
        ]
    assert checked(day, store) == checked(day)
    assert checked(day, store).faults == ()
    assert checked(day, store).notes == {}


def test_a_rebuild_makes_lost_derived_documents_again_byte_for_byte(day, room, store):
    before = store.scan_derived("")
    store.drop_derived()
    assert checked(day, store).notes == {"derived_stale": len(before)}
    room.couch.put(f"{room.name}-derived/{GROUP}:junk", {"n": 1})
    assert found(day, room.open()) == [(f"{GROUP}:junk", "derived")]
    assert rebuild(room.open(), [day.state]) == len(before)
    assert room.open().scan_derived("") == before


def test_any_flipped_byte_in_a_stored_document_is_found(day, room, store):
    chance = random.Random(2025)  # noqa: S311 (repeatable, and no secret)
    kinds = {}
    for doc_id in store.ids(""):
        kinds.setdefault(doc_id.split(":")[1], []).append(doc_id)
    assert {"seal", "text", "group"} <= kinds.keys()
    for doc_id in [*(chance.choice(ids) for ids in kinds.values()), *chance.sample(kinds["seal"], 5)]:
        stands = room.couch.read(f"{room.name}/{doc_id}")
        field = chance.choice([name for name in stands if not name.startswith("_")])
        text = stands[field]
        at = chance.randrange(len(text))
        changed = text[:at] + chr(ord(text[at]) ^ 1) + text[at + 1 :]
        rev = room.couch.put(f"{room.name}/{doc_id}", stands | {field: changed})
        assert found(day, store), (doc_id, field, at)
        room.couch.put(f"{room.name}/{doc_id}", stands | {"_rev": rev})
    assert found(day, store) == []


def test_a_field_that_nobody_wrote_is_found(day, room, store):
    doc_id = seals_of(day)[0]
    stands = room.couch.read(f"{room.name}/{doc_id}")
    room.couch.put(f"{room.name}/{doc_id}", stands | {"note": "x"})
    assert (doc_id, "misfiled") in found(day, store)


def remove(room, doc_id):
    rev = room.couch.read(f"{room.name}/{doc_id}")["_rev"]
    room.couch.http.delete(f"/{room.name}/{doc_id}", params={"rev": rev}).raise_for_status()


@pytest.mark.parametrize("ordinal", [1, 2])
def test_a_phones_seal_that_is_gone_is_missed(day, room, store, ordinal):
    remove(room, seals_of(day, ordinal)[0])
    assert {"seal_missing", "entry_missing"} <= {code for _, code in found(day, room.open())}


def test_a_branch_seal_that_is_gone_breaks_its_chain(day, room, store):
    remove(room, seals_of(day)[3])
    assert found(day, room.open()) == [(seals_of(day)[4], "does_not_verify")]


def test_a_log_that_was_cut_at_its_end_is_shorter_than_its_summary(day, room, store):
    remove(room, seals_of(day)[-1])
    assert (f"{GROUP}:summary", "cut_short") in found(day, room.open())


def test_a_forged_derived_document_is_found(day, room, store):
    path = f"{room.name}-derived/{GROUP}:summary"
    room.couch.put(path, room.couch.read(path) | {"forks": 1})
    assert found(day, store) == [(f"{GROUP}:summary", "derived")]
    rebuild(store, [day.state])
    assert found(day, store) == []


def test_L14_a_second_version_of_a_fact_is_found(day, room, store):
    doc_id = seals_of(day)[-1]
    rival = {name: value for name, value in store.get(doc_id).items() if name != "note"}
    room.couch.split(room.name, rival | {"note": "a"})
    assert (doc_id, "second_leaf") in found(day, store)
    assert FAULTS["second_leaf"]


def test_a_changed_design_document_is_found(day, room, store):
    path = f"{room.name}/_design/tovay"
    room.couch.put(path, room.couch.read(path) | {"views": {}})
    assert ("store", "engine") in found(day, store)
