"""Everything that is stored is verified again, and whatever was changed is found and named."""

import base64
import json
import sqlite3

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.documents import texts_of_group
from hub.service.derived import derive, rebuild
from hub.service.fsck import check
from hub.service.fsck_documents import Fault
from hub.service.group_state import fold_group
from hub.store.sqlite import SqliteStore
from hub.wording import COUNTS, FAULTS, NOTES, PHASES
from protocol.ids import BranchTip, EntryRef
from protocol.posting_facts import (
    BookReady,
    CashCounted,
    DaySettled,
    Held,
    HeldInterest,
    Posted,
    PostedInterest,
    PostedSavings,
)
from protocol.roster_facts import PolicyAdopted
from protocol.trust_facts import Received
from tests.facts import an
from tests.hub.builders import GROUP
from tests.hub.days import DAY, CollectionDay


def settled_day(folder) -> CollectionDay:
    """Two receipts, a void and a transfer, counted short of one receipt, and settled."""
    day = CollectionDay(folder)
    day.collect(day.leader, 3, 62_740, 162_740, savings=20_000)
    day.transfer(day.leader, 100_000, 100_000)
    day.void(day.deputy, day.collect(day.deputy, 1, 5_000, 271_233))
    day.collect(day.deputy, 2, 379_726, 379_726)
    day.close_round(day.leader, 82_740)
    day.close_round(day.deputy, 379_726)
    day.sync()
    day.count(82_740)
    day.settle()
    return day


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


def checked(day, store=None):
    groups = day.branch.another_process()
    groups.store = store or groups.store
    return check(groups, lambda: None)


def faults(day):
    return [(fault.where, fault.code) for fault in checked(day).faults]


def spoil(path, *statements):
    """Change rows behind the store's back."""
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TRIGGER IF EXISTS fact_stays")
        connection.execute("DROP TRIGGER IF EXISTS fact_remains")
        for statement, *values in statements:
            assert connection.execute(statement, values).rowcount != 0, statement


def seals_of(day, ordinal=None):
    """Ids of the branch's seals, or of a phone's."""
    writer = (
        day.branch.groups.log_of(GROUP).writer
        if ordinal is None
        else (day.leader, day.deputy)[ordinal - 1].writer
    )
    return day.branch.store.ids(f"{GROUP}:seal:{writer.hex()}.0:")


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


def test_L15_a_log_that_was_cut_is_contradicted_by_what_a_phone_knew(day, tmp_path):
    log = day.state.log
    day.leader.known = BranchTip(0, log.length, log.head)
    day.collect(day.leader, 1, 1, 0)
    day.sync(day.leader)
    spoil(
        tmp_path / "hub.sqlite", *(("DELETE FROM fact WHERE id = ?", doc_id) for doc_id in seals_of(day)[-2:])
    )
    day.branch.store.drop_derived()
    assert [code for _, code in faults(day)] == ["log_contradicted"]


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


def ref(day, phone, seq):
    return EntryRef(phone.ordinal, 0, seq, phone.hashes[seq])


def interest(loan, amount):
    return PostedInterest(loan, amount, 0, 0, 0)


WRONG = {
    "an entry that nobody sent": (
        lambda _: Posted(EntryRef(1, 0, 99, bytes(32)), DAY, (), (), (), ()),
        "entry_missing",
    ),
    "interest that the household did not pay": (
        lambda day: Posted(
            ref(day, day.leader, 1), DAY, (interest(1, 271_234),), (), (PostedSavings(1, 20_000),), ()
        ),
        "amounts",
    ),
    "savings left out": (
        lambda day: Posted(ref(day, day.leader, 1), DAY, (interest(1, 271_233),), (), (), ()),
        "amounts",
    ),
    "a held receipt with another amount": (
        lambda day: Held(ref(day, day.leader, 1), DAY, "possible_duplicate", (HeldInterest(1, 1),), ()),
        "amounts",
    ),
    "a held transfer with lines": (
        lambda day: Held(ref(day, day.leader, 2), DAY, "unknown_loan", (HeldInterest(3, 1),), ()),
        "amounts",
    ),
    "a transfer over what was asked": (
        lambda day: Posted(
            ref(day, day.leader, 2), DAY, (interest(3, 162_741),), (), (PostedSavings(1, -162_741),), ()
        ),
        "amounts",
    ),
    "an acceptance of a seal that is not here": (
        lambda _: Received(1, 0, 90, 3, bytes(32), 0),
        "seal_missing",
    ),
    "a book with other dues": (lambda _: BookReady(DAY, bytes(32)), "book_digest"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_the_branch_says_wrongly_is_found_though_it_is_signed(tmp_path, name):
    day = CollectionDay(tmp_path)
    day.collect(day.leader, 1, 271_233, 271_233, savings=20_000)
    day.transfer(day.leader, 162_740, 162_740)
    day.sync(day.leader)
    wrong, code = WRONG[name]
    state = day.groups.append(GROUP, lambda _: [[wrong(day)]])
    assert (f"{GROUP} 0.{state.log.length}", code) in faults(day)


def test_an_entry_that_is_posted_before_it_is_received_is_found(tmp_path):
    day = CollectionDay(tmp_path)
    paid = day.collect(day.leader, 1, 1, 0)
    posted = Posted(paid, DAY, (interest(1, 1),), (), (), ())
    day.groups.append(GROUP, lambda _: [[posted]])
    day.sync(day.leader)
    assert [code for _, code in faults(day)] == ["not_received"]


@pytest.mark.parametrize(
    ("expected", "counted", "difference", "codes"),
    [
        (1, 0, -1, {"expected"}),
        (0, 7, 7, {"counted"}),
        (0, 0, 1, {"difference"}),
    ],
)
def test_a_settlement_whose_totals_do_not_follow_is_found(tmp_path, expected, counted, difference, codes):
    day = CollectionDay(tmp_path)
    first = day.state.log.entries[-1].position
    settled = DaySettled(DAY, first, expected, counted, difference, "KSV01", "GDV01")
    empty = CashCounted(DAY, (), 0, 0, (), "GDV01", None)
    day.groups.append(GROUP, lambda _: [[empty, settled]])
    assert {code for _, code in faults(day)} == codes


def test_L12_a_decision_that_differs_between_groups_or_is_missing_is_found(day):
    day.groups.open("KM-002")
    other = an(PolicyAdopted, number=1, policy="rounding", choice="half_up", effective=1, reference="OTHER")
    day.groups.append("KM-002", lambda _: [[other]])
    assert [code for _, code in faults(day)] == ["decision_differs"]


def test_derived_documents_are_what_a_rebuild_writes(day):
    store = day.branch.store
    before = store.scan_derived("")
    assert {document["_id"]: document for document in before} == derive([day.state])
    rebuild(store, [day.state])
    assert store.scan_derived("") == before


def test_an_older_derived_document_is_told_and_a_wrong_one_is_a_fault(day):
    store = day.branch.store
    right = store.get_derived(f"{GROUP}:summary")
    store.put_derived(right | {"length": 1, "head": "00"})
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
    first, second = (fold_group(GROUP, found, day.branch.trust) for found in (documents, branch_first))
    assert first.facts == second.facts
    assert first.log.head == second.log.head
    assert json.dumps(list(derive([first]).values())) == json.dumps(list(derive([second]).values()))
