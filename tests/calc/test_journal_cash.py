"""Cash, suspense, reversals and differences in the journal (B4, B17, B18, L13). Figures are worked by hand.

Loan 1: 70,000,000 đ, loan 2: 30,000,000 đ at 6.6 % since 17/11/2025; thirty days of loan 2 are 162,740 đ.
"""

import pytest

from calc.chart import Control
from calc.journal import journal
from protocol.ids import Position
from protocol.posting_facts import (
    DaySettled,
    DifferenceResolved,
    Posted,
    PostedInterest,
    ReceiptRekeyed,
    Reversed,
)
from tests.calc.days import on
from tests.calc.groups import D, Group
from tests.calc.journals import balance, booked, name, settled
from tests.facts import an

NEXT = on("2026-01-17")


@pytest.fixture
def group():
    """Two members with a loan each; the first saves; two phones; 17/12/2025 is open."""
    made = Group()
    made.decide()
    made.bring(made.member(300_000), 70_000_000, prepaid=20_000)
    made.bring(made.member(), 30_000_000)
    return made.staff()


def test_B17_a_possible_duplicate_waits_in_suspense_until_it_is_posted_or_reversed(group, leader, deputy):
    leader.collect(2, {2: 162_740})
    deputy.collect(2, {2: 162_740})
    settled(group, 325_480)
    assert balance(group, Control.SUSPENSE, 2) == -162_740
    assert balance(group, Control.CASH) == 325_480
    (held,) = group.book.postings.held
    place = group.tell(an(DifferenceResolved, day=D, kind="held", entry=held, amount=162_740))
    settled(group, 0, NEXT)
    posted = dict(booked(group, place.seq))["posted"]
    # To 17/01 sixty-one days are 330,904 đ; 162,740 are paid, so all of the second receipt is due.
    assert posted == {"suspense/2": 162_740, "interest_income/2": -162_740}
    released = group.book.postings.posted[held].position
    place = group.tell(an(Reversed, posted=(0, released.seq), day=NEXT))
    assert booked(group, place.seq - 1) == [
        ("reversed", {"cash_in_transit/2": -162_740, "interest_income/2": 162_740})
    ]


def test_B17_a_receipt_that_was_never_paid_is_reversed_against_the_shortage_that_it_left(group, leader):
    leader.collect(2, {2: 162_740})
    settled(group, 0)
    assert balance(group, Control.SHORTAGE, D) == 162_740
    (posted,) = group.book.postings.posted.values()
    place = group.tell(an(Reversed, posted=(0, posted.position.seq), day=D))
    entry = posted.entry.entry
    late = {"kind": "shortage", "entry": entry, "resolution": "late_fact"}
    group.tell(an(DifferenceResolved, day=D, amount=162_740, **late))
    assert booked(group, place.seq - 1) == [
        ("reversed", {"cash_in_transit/1": -162_740, "interest_income/2": 162_740}),
        ("difference_resolved", {f"shortage/{D}": -162_740, "cash_in_transit/1": 162_740}),
    ]
    assert [balance(group, account) for account in (Control.SHORTAGE, Control.CASH)] == [0, 0]


def test_B18_a_surplus_is_paid_back_or_borne_by_the_bank(group, leader):
    leader.collect(2, {2: 162_740})
    settled(group, 165_000)
    assert balance(group, Control.SURPLUS, D) == -2_260
    before = len(group.log)
    for resolution, amount in (("payment", 2_000), ("decision", 200), ("late_fact", 60)):
        group.tell(
            an(DifferenceResolved, day=D, kind="surplus", entry=None, amount=amount, resolution=resolution)
        )
    group.tell(an(DifferenceResolved, day=D, kind="surplus", entry=None, amount=1, resolution="payment"))
    assert [lines for _, lines in booked(group, before)] == [
        {f"surplus/{D}": 2_000, "cash": -2_000},
        {f"surplus/{D}": 200, "core_clearing": -200},
        {f"surplus/{D}": 60, "core_clearing": -60},
    ], "a late fact that nobody names is a decision; what is not open any more is not cleared"


def test_B18_a_handover_moves_cash_between_writers_and_an_uncovered_one_keeps_it(group, leader, deputy):
    deputy.collect(2, {2: 200_000})
    handed = deputy.hand_over(leader, 150_000)
    leader.accept(handed, 120_000)
    deputy.hand_over(leader, 7_000)
    leader.close()
    group.receive()
    group.count(120_000, writers=(1,))
    group.settle()
    posted = [lines for cause, lines in booked(group) if cause == "posted"]
    assert {"cash_in_transit/1": 120_000, "cash_in_transit/2": -120_000} in posted
    assert balance(group, Control.CASH_IN_TRANSIT, 1) == 0
    assert balance(group, Control.CASH_IN_TRANSIT, 2) == 80_000


def test_B18_a_handover_that_is_posted_without_an_answer_moves_nothing(group, leader, deputy):
    handed = deputy.hand_over(leader, 7_000)
    leader.close()
    group.receive()
    group.count(0)
    group.tell(Posted(handed, D, (), (), (), ()))
    group.settle()
    assert "posted" not in dict(booked(group))


def test_L13_a_second_receipt_under_one_number_is_no_cash(group, leader):
    leader.collect(2, {2: 100_000}, receipt_no=7)
    leader.collect(1, {1: 50_000}, receipt_no=7)
    settled(group, 100_000)
    assert "held" not in [cause for cause, _ in booked(group)]
    assert balance(group, Control.SUSPENSE, 1) == 0


def test_L13_a_paper_receipt_counts_at_once(group):
    interest = (PostedInterest(2, 100_000, 0, 0, 7_000),)
    typed = an(
        ReceiptRekeyed,
        receipt_no=5,
        writer=1,
        day=D,
        value_date=D - 9,
        interest=interest,
        savings=((1, 500),),
    )
    place = group.tell(typed)
    group.tell(typed)
    (entry,) = journal(group.book, group.facts(), since=Position(0, place.seq - 1))
    assert (entry.booked_on, entry.value_date) == (D, D - 9)
    assert {name(line): line.amount for line in entry.lines} == {
        "cash_in_transit/1": 107_500,
        "interest_income/2": -100_000,
        "prepaid_interest/2": -7_000,
        "savings/1": -500,
    }


def test_B4_a_second_settlement_of_a_day_books_nothing(group, leader):
    leader.collect(2, {2: 100_000})
    settled(group, 100_000)
    before = journal(group.book, group.facts())
    group.tell(an(DaySettled, day=D, first=(0, 1)))
    assert journal(group.book, group.facts()) == before


def test_B4_a_run_that_was_overtaken_by_a_new_count_is_not_booked_twice(group, leader):
    leader.collect(2, {2: 100_000})
    leader.close()
    group.receive()
    group.count(100_000)
    group.tell(*group.planned())
    group.count(100_000)
    group.settle()
    assert [cause for cause, _ in booked(group)].count("posted") == 1


def test_B4_a_handover_in_a_run_that_was_overtaken_moves_cash_once(group, leader, deputy):
    leader.accept(deputy.hand_over(leader, 7_000), 7_000)
    group.receive()
    group.count(0)
    group.tell(*group.planned())
    group.count(0)
    group.settle()
    posted = [lines for cause, lines in booked(group) if cause == "posted"]
    assert posted == [{"cash_in_transit/1": 7_000, "cash_in_transit/2": -7_000}]
    assert balance(group, "cash_in_transit", 1) == 7_000


def test_a_settlement_that_expected_other_cash_leaves_the_rest_in_suspense(group):
    group.tell(an(DaySettled, day=D, first=(0, 1), expected=900, counted=0, difference=-900))
    assert dict(booked(group))["cash_counted"] == {f"shortage/{D}": 900, "suspense": -900}


def test_a_posting_of_an_entry_that_nobody_has_is_dated_by_its_day(group, leader):
    ref = leader.collect(2, {2: 100_000})
    settled(group, 100_000)
    facts = group.facts()
    del facts.by_ref[ref]
    (posted,) = [entry for entry in journal(group.book, facts) if entry.cause == "posted"]
    assert posted.value_date == D
    (dated,) = [entry for entry in journal(group.book, group.facts()) if entry.cause == "posted"]
    assert (dated.value_date, dated.booked_on) == (D - 2, D)
