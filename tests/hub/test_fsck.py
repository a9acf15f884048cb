"""Everything that is stored is verified again, and whatever was changed is found and named."""

import base64
import json
import sqlite3

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.documents import by_id, texts_of_group
from hub.fsck_wording import COUNTS, FAULTS, NOTES, PHASES
from hub.service.group.derived import derive, rebuild
from hub.service.group.state import fold_group
from hub.service.upkeep.fsck_documents import Fault
from hub.store.sqlite import SqliteStore
from tests.hub.builders import GROUP, Phone
from tests.hub.checked import checked, faults, seals_of, settled_day, spoil
from tests.hub.days import CollectionDay
from tests.hub.pushes import push


@pytest.fixture
def day(tmp_path):
    return settled_day(tmp_path)


@pytest.fixture(scope="module")
def pristine(tmp_path_factory):
    """The file of a settled day, its branch, and the ids in it: for tests that spoil a copy."""
    folder = tmp_path_factory.mktemp("pristine")
    day = settled_day(folder)
    day.branch.store.close()
    return day, (folder / "hub.sqlite").read_bytes()


def test_a_settled_day_verifies_and_every_entry_is_in_one_state(day):
    report = checked(day)
    assert report.faults == ()
    assert (report.counts["phone_entries"], report.counts["received"]) == (7, 2)
    assert (report.counts["posted"], report.counts["held"], report.counts["days_settled"]) == (4, 0, 1)
    # Σ facts = Σ applied + Σ set aside + Σ pending: 82,740 + 379,726 posted, 5,000 taken back
    assert report.cash_dong == {"posted": 462_466, "voided": 5_000}
    assert report.notes == {}


@pytest.mark.parametrize("ordinal", [1, 2])
def test_a_phones_seal_that_is_gone_is_missed(day, tmp_path, ordinal):
    spoil(tmp_path / "hub.sqlite", ("DELETE FROM fact WHERE id = ?", seals_of(day, ordinal)[0]))
    codes = {code for _, code in faults(day)}
    assert {"seal_missing", "entry_missing"} <= codes


def test_a_branch_seal_that_is_gone_breaks_its_chain(day, tmp_path):
    gone = seals_of(day)[3]
    spoil(tmp_path / "hub.sqlite", ("DELETE FROM fact WHERE id = ?", gone))
    assert faults(day) == [(seals_of(day)[3], "does_not_verify")]


def test_a_log_that_was_cut_at_its_end_is_shorter_than_its_summary(day, tmp_path):
    spoil(tmp_path / "hub.sqlite", ("DELETE FROM fact WHERE id = ?", seals_of(day)[-1]))
    assert (f"{GROUP}:summary", "cut_short") in faults(day)


def test_a_text_that_was_changed_is_found_and_an_erased_one_is_no_fault(day, tmp_path):
    first, second, *_ = day.branch.store.ids(texts_of_group(GROUP))
    other = base64.b64encode("Người khác".encode()).decode()
    spoil(
        tmp_path / "hub.sqlite",
        ("UPDATE fact SET body = json_set(body, '$.text', ?) WHERE id = ?", other, first),
        ("DELETE FROM fact WHERE id = ?", second),
    )
    report = checked(day)
    assert report.faults == (Fault(first, "misfiled"),)
    assert report.notes == {"texts_missing": 2}


def test_L16_the_cash_of_unposted_entries_above_a_fork_is_set_aside(day):
    other = Phone(GROUP, 2, 0)
    other.signer, other.hashes = day.deputy.signer, day.deputy.hashes[:1]
    day.collect(other, 1, 7_000, 271_233)
    push(day.branch, day.deputy.seal_of(other.entries, 1, other.hashes[0]), asker=day.deputy)
    report = checked(day)
    assert report.notes == {"forks": 1}
    assert report.cash_dong == {"posted": 462_466, "set_aside": 12_000}


@pytest.mark.parametrize(
    ("doc_id", "body", "code"),
    [
        ("KM-001:seal:junk", {"seal": "AAAA"}, "unreadable"),
        ("KM-001:text:00", {"text": "AAAA"}, "unreadable"),
        ("KM-001:note:00", {}, "misfiled"),
        ("KM-404:text:00", {}, "unreadable"),
        ("~branch:group:KM-404", {"group": "KM-405"}, "misfiled"),
        ("~branch:other:00", {}, "misfiled"),
    ],
)
def test_a_document_that_nobody_wrote_is_found(day, doc_id, body, code):
    day.branch.store.add([{"_id": doc_id, **body}])
    assert (doc_id, code) in faults(day)


def test_a_group_that_was_never_opened_has_no_documents(day, tmp_path):
    spoil(tmp_path / "hub.sqlite", ("DELETE FROM fact WHERE id = ?", f"~branch:group:{GROUP}"))
    assert (GROUP, "not_listed") in faults(day)


def test_a_phone_seal_that_no_admitted_key_signed_is_found(day, tmp_path_factory):
    stranger = CollectionDay(tmp_path_factory.mktemp("other"))
    stranger.collect(stranger.leader, 1, 1, 0)
    stranger.sync()
    (doc_id,) = seals_of(stranger, 1)
    day.branch.store.add([stranger.branch.store.get(doc_id)])
    assert (doc_id, "does_not_verify") in faults(day)


def test_derived_documents_are_what_a_rebuild_writes(day):
    store = day.branch.store
    before = store.scan_derived("")
    assert {document["_id"]: document for document in before} == derive([day.state])
    rebuild(store, [day.state])
    assert store.scan_derived("") == before


def test_an_older_derived_document_is_told_and_a_wrong_one_is_a_fault(day):
    store = day.branch.store
    right = store.get_derived(f"{GROUP}:summary")
    store.put_derived(right | {"seq": 1, "length": 1, "head": "00"})
    assert (checked(day).faults, checked(day).notes) == ((), {"derived_stale": 1})
    store.put_derived(right | {"forks": 1})
    assert faults(day) == [(f"{GROUP}:summary", "derived")]
    store.put_derived({"_id": f"{GROUP}:other"})
    assert (f"{GROUP}:other", "derived") in faults(day)
    rebuild(store, [day.state])
    card = f"~branch:writer:{day.leader.writer.hex()}"
    store.put_derived({"_id": card, "groups": []})
    assert (checked(day).faults, checked(day).notes) == ((), {"derived_stale": 1})
    store.put_derived({"_id": card, "groups": ["KM-404"]})
    assert faults(day) == [(card, "derived")]


def test_a_derived_document_that_does_not_decode_is_found(day, tmp_path):
    spoil(tmp_path / "hub.sqlite", ("UPDATE derived SET body = '{'",))
    assert faults(day) == [("derived", "unreadable")]


def test_a_file_that_is_damaged_is_found(day, tmp_path):
    day.branch.store.close()
    path = tmp_path / "hub.sqlite"
    raw = bytearray(path.read_bytes())
    for page in range(1, len(raw) // 4096):
        raw[page * 4096 : page * 4096 + 100] = bytes(100)
    path.write_bytes(raw)
    assert faults(day) == [("store", "engine")]


@settings(max_examples=60)
@given(choice=st.integers(0, 10**9), at=st.integers(0, 10**9), bit=st.integers(0, 7))
def test_any_flipped_bit_in_any_fact_is_found(pristine, tmp_path_factory, choice, at, bit):
    day, file = pristine
    path = tmp_path_factory.mktemp("flipped") / "hub.sqlite"
    path.write_bytes(file)
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TRIGGER fact_stays")
        rows = connection.execute("SELECT id, body FROM fact").fetchall()
        doc_id, text = rows[choice % len(rows)]
        body = bytearray(text.encode())
        body[at % len(body)] ^= 1 << bit
        statement = "UPDATE fact SET body = CAST(? AS TEXT) WHERE id = ?"
        connection.execute(statement, (bytes(body), doc_id))
    store = SqliteStore(path)
    assert checked(day, store).faults
    store.close()


def test_every_code_has_its_words(day):
    report = checked(day)
    assert set(report.counts) == set(COUNTS)
    assert set(report.cash_dong) <= set(PHASES)
    for words in (FAULTS, COUNTS, PHASES, NOTES):
        assert all(words.values())


def test_the_state_of_a_group_does_not_depend_on_the_order_in_which_its_documents_come(day):
    documents = [day.branch.store.get(doc_id) for doc_id in day.branch.store.ids(f"{GROUP}:")]
    branch_first = sorted(documents, key=lambda one: (one["_id"] not in seals_of(day), one["_id"]))
    first, second = (fold_group(GROUP, by_id(found), day.branch.trust) for found in (documents, branch_first))
    assert first.facts == second.facts
    assert first.log.head == second.log.head
    assert json.dumps(list(derive([first]).values())) == json.dumps(list(derive([second]).values()))
