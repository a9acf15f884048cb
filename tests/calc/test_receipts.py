"""Receipts 01/BL as the branch has them (B8, B17, L13)."""

import pytest

from calc.receipts import all_receipts
from calc.states import Phase
from protocol.posting_facts import PostedInterest, ReceiptRekeyed, Reversed
from tests.calc.groups import D, Group
from tests.facts import an


@pytest.fixture
def group():
    """Two members: two loans and savings; a loan."""
    made = Group()
    first = made.member(500_000)
    made.bring(first, 50_000_000)
    made.bring(first, 20_000_000)
    made.bring(made.member(), 30_000_000)
    return made.staff()


def test_a_receipt_has_its_lines_its_total_and_its_state(group, leader):
    ref = leader.collect(1, {1: 271_233, 2: 8_767}, {1: 20_000})
    group.receive()
    (found,) = all_receipts(group.book, group.facts())
    assert (found.number, found.writer, found.member, found.due_to, found.ref) == (1, 1, 1, D, ref)
    assert (found.interest, found.savings) == (((1, 271_233), (2, 8_767)), ((1, 20_000),))
    assert (found.total, found.is_cancelled, found.state.phase) == (300_000, False, Phase.PENDING)
    group.settle()
    assert all_receipts(group.book, group.facts())[0].state.phase is Phase.POSTED


def test_B8_a_receipt_that_was_taken_back_stays_and_is_cancelled(group, leader):
    leader.void(leader.collect(1, {1: 50_000}))
    leader.collect(1, {1: 60_000})
    group.receive()
    voided, standing = all_receipts(group.book, group.facts())
    assert (voided.is_cancelled, voided.total) == (True, 50_000)
    assert (standing.is_cancelled, standing.number) == (False, 2)


def test_B17_a_mirrored_receipt_is_cancelled_too(group, leader):
    ref = leader.collect(2, {3: 100_000})
    group.receive()
    group.settle()
    group.tell(an(Reversed, posted=group.book.postings.posted[ref].position, day=D))
    assert all_receipts(group.book, group.facts())[0].is_cancelled


def test_L13_a_paper_that_was_typed_in_stands_under_its_number(group, leader):
    leader.collect(2, {3: 100_000}, receipt_no=9)
    group.receive()
    line = PostedInterest(1, 5_000, 0, 0, 2_000)
    paper = an(
        ReceiptRekeyed,
        receipt_no=7,
        writer=1,
        member=1,
        value_date=D - 3,
        day=D,
        interest=(line,),
        savings=((1, 4_000),),
    )
    place = group.tell(paper)
    typed, written = all_receipts(group.book, group.facts())
    assert (typed.number, typed.ref, typed.value_date, typed.total) == (7, None, D - 3, 11_000)
    assert (typed.interest, typed.state.position, typed.is_cancelled) == (((1, 7_000),), place, False)
    assert written.number == 9
    group.tell(an(Reversed, posted=place, day=D))
    assert all_receipts(group.book, group.facts())[0].is_cancelled


def test_L13_two_receipts_under_one_number_are_both_shown(group, leader):
    leader.collect(1, {1: 1_000}, receipt_no=5)
    leader.collect(2, {3: 2_000}, receipt_no=5)
    group.receive()
    group.settle()
    found = all_receipts(group.book, group.facts())
    assert [(one.number, one.total, one.state.cause) for one in found] == [
        (5, 1_000, None),
        (5, 2_000, "same_receipt"),
    ]
