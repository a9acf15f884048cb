"""What the branch itself said wrongly is found, though its signature stands."""

import pytest

from protocol.ids import BranchTip, EntryRef
from protocol.phone_facts import SavingsLine
from protocol.posting_facts import (
    BookReady,
    CashCounted,
    DayOpened,
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
from tests.hub.checked import faults, seals_of, settled_day, spoil
from tests.hub.days import DAY, NEXT, CollectionDay


@pytest.fixture
def day(tmp_path):
    return settled_day(tmp_path)


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


def test_L12_a_decision_that_a_day_names_and_the_log_lacks_is_found(tmp_path):
    day = CollectionDay(tmp_path)
    day.groups.append(GROUP, lambda _: [[DayOpened(NEXT, 99, "CB001")]])
    assert (GROUP, "decision_missing") in faults(day)


def test_a_receipt_that_is_held_as_it_was_written_is_no_fault(tmp_path):
    day = CollectionDay(tmp_path)
    paid = day.collect(day.leader, 1, 1, 0, savings=20_000)
    day.sync(day.leader)
    held = Held(paid, DAY, "unknown_account", (HeldInterest(1, 1),), (SavingsLine(1, 20_000),))
    day.groups.append(GROUP, lambda _: [[held]])
    assert faults(day) == []
