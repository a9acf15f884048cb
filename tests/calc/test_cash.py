"""Cash by writer: rounds, handovers, cash in transit (B8, B17–B19)."""

import pytest

from calc.cash import Cash, in_transit, last_rounds, round_cash
from protocol.posting_facts import (
    CashCounted,
    DifferenceResolved,
    Held,
    PostedInterest,
    ReceiptRekeyed,
    Reversed,
)
from tests.calc.groups import D, Group
from tests.facts import an

NEXT = D + 31


@pytest.fixture
def group():
    """A group with two members with a loan and savings each, a leader's and a deputy's phone, an open day."""
    made = Group()
    for _ in range(2):
        made.lend(made.member(100_000))
    return made.staff()


def cash(group, writer, day=D):
    """The round of one writer as the branch sees it."""
    return round_cash(group.book, group.facts(), writer, day)


def test_a_round_is_the_cash_of_the_receipts_that_stand(group, leader):
    leader.collect(1, {1: 100_000}, {1: 20_000})
    leader.collect(2, {2: 30_000})
    leader.void(leader.collect(1, {1: 7_000}))
    leader.transfer(1, 1, 1, 50_000)
    leader.collect(2, {2: 5_000}, day=NEXT)
    found = cash(group, 1)
    assert found == Cash(receipts=3, voided=1, collected=150_000, handed_over=0, accepted=0)
    assert found.expected == 150_000
    assert cash(group, 2).expected == 0


def test_B18_a_handover_moves_cash_only_as_far_as_the_other_accepted_it(group, leader, deputy):
    deputy.collect(1, {1: 100_000})
    handed = deputy.hand_over(leader, 100_000)
    deputy.hand_over(leader, 1_000)
    assert (cash(group, 1).expected, cash(group, 2).expected) == (0, 100_000)
    leader.accept(handed, 90_000)
    assert cash(group, 1) == Cash(0, 0, 0, 0, 90_000)
    assert cash(group, 2) == Cash(1, 0, 100_000, 90_000, 0)
    assert cash(group, 2).expected == 10_000
    assert cash(group, 1, NEXT).expected == 0


def test_L13_a_second_entry_under_one_number_is_in_no_round(group, leader):
    ref = leader.collect(1, {1: 100_000})
    group.tell(an(Held, entry=ref, day=D, cause="same_receipt"))
    assert cash(group, 1) == Cash(0, 0, 0, 0, 0)


def test_B8_the_last_close_of_a_writer_and_day_counts(group, leader, deputy):
    leader.close()
    leader.close(NEXT)
    leader.collect(1, {1: 100_000})
    last, other = leader.close(), deputy.close()
    rounds = last_rounds(group.book, group.facts(), D)
    assert {writer: fact.ref for writer, fact in rounds.items()} == {1: last, 2: other}
    assert (rounds[1].entry.expected, rounds[1].entry.difference) == (100_000, 0)


def test_B18_a_close_states_its_signed_difference_and_blocks_nothing(group, leader):
    leader.collect(1, {1: 150_151})
    leader.close(counted=150_000)
    closed = leader.facts[-1].entry
    assert (closed.expected, closed.counted, closed.difference) == (150_151, 150_000, -151)
    assert (closed.receipts, closed.voided) == (1, 0)
    leader.collect(2, {2: 1_000})
    assert cash(group, 1).expected == 151_151


def test_cash_is_in_transit_from_its_posting_to_a_settled_count(group, leader, deputy):
    leader.collect(1, {1: 100_000})
    deputy.collect(2, {2: 70_000})
    leader.close()
    group.receive()
    assert in_transit(group.book, group.facts()) == {1: 0, 2: 0}
    group.count(100_000)
    plan = group.settle()
    assert (plan.in_transit, plan.expected) == ({1: 100_000, 2: 70_000}, 100_000)
    # the deputy's round was in no bundle: his cash is still on the way
    assert in_transit(group.book, group.facts()) == {1: 0, 2: 70_000}
    deputy.close(NEXT)
    group.receive()
    group.count(70_000, NEXT)
    group.settle(NEXT)
    assert in_transit(group.book, group.facts()) == {1: 0, 2: 0}


def test_B18_an_accepted_handover_is_in_transit_with_the_one_who_took_it(group, leader, deputy):
    deputy.collect(1, {1: 100_000})
    handed = deputy.hand_over(leader, 100_000)
    group.receive()
    leader.accept(handed, 100_000)
    leader.close()
    group.receive()
    group.count(100_000)
    plan = group.settle()
    assert plan.in_transit == {1: 100_000, 2: 0}
    assert in_transit(group.book, group.facts()) == {1: 0, 2: 0}


def test_B17_a_held_receipt_is_expected_once_also_when_it_is_posted_later(group, leader, deputy):
    leader.collect(1, {1: 100_000})
    twice = deputy.collect(1, {1: 100_000})
    leader.close()
    deputy.close()
    group.receive()
    group.count(200_000)
    plan = group.settle()
    assert (plan.expected, plan.duplicates.keys()) == (200_000, {twice})
    group.tell(an(DifferenceResolved, day=D, kind="held", entry=twice))
    later = group.settle(NEXT)
    assert [entry.entry for entry in later.entries] == [twice]
    assert (later.in_transit, later.expected) == ({1: 0, 2: 0}, 0)


def test_B17_a_reversed_receipt_is_expected_no_more(group, leader):
    leader.collect(1, {1: 100_000})
    group.receive()
    group.settle()
    assert in_transit(group.book, group.facts()) == {1: 100_000, 2: 0}
    group.tell(an(Reversed, posted=(0, group.book.position.seq - 1), day=D))
    assert in_transit(group.book, group.facts()) == {1: 0, 2: 0}


def test_a_paper_receipt_is_cash_of_the_writer_that_it_names(group, deputy):
    lines = (PostedInterest(1, 90_000, 0, 0, 10_000),)
    typed = an(ReceiptRekeyed, receipt_no=10_005, writer=2, day=D, interest=lines, savings=((1, 5_000),))
    place = group.tell(typed)
    assert in_transit(group.book, group.facts()) == {1: 0, 2: 105_000}
    deputy.close()
    group.receive()
    group.count(105_000)
    group.settle()
    assert in_transit(group.book, group.facts()) == {1: 0, 2: 0}
    group.tell(an(ReceiptRekeyed, receipt_no=7, writer=9, interest=lines))
    group.tell(an(Reversed, posted=place, day=D))
    assert in_transit(group.book, group.facts()) == {1: 0, 2: -105_000, 9: 100_000}


def test_a_count_that_names_nobody_covers_nobody(group, leader):
    leader.collect(1, {1: 100_000})
    group.receive()
    group.tell(an(CashCounted, day=D, counted=100_000))
    plan = group.settle()
    assert (plan.expected, plan.counted) == (0, 100_000)
    assert group.book.days[D].difference_open == 100_000
    assert in_transit(group.book, group.facts()) == {1: 100_000, 2: 0}


def settled_with(group, counted, day=D):
    """Count one bundle and settle the day; returns the plan."""
    group.receive()
    group.count(counted, day)
    return group.settle(day)


def test_B17_what_is_reversed_after_its_cash_was_counted_is_taken_off_the_next_count(group, leader):
    ref = leader.collect(1, {1: 100_000})
    leader.close()
    settled_with(group, 100_000)
    group.tell(an(Reversed, posted=group.book.postings.posted[ref].position, day=NEXT))
    # 100,000 lie at the bank for which no receipt stands: the leader handed in that much too much
    assert in_transit(group.book, group.facts()) == {1: -100_000, 2: 0}
    leader.collect(2, {2: 130_000}, day=NEXT)
    leader.close(NEXT)
    assert settled_with(group, 30_000, NEXT).expected == 30_000
    assert group.book.days[NEXT].difference_open == 0
    assert in_transit(group.book, group.facts()) == {1: 0, 2: 0}


def test_B17_a_copy_that_was_never_paid_is_reversed_and_its_shortage_cleared(group, leader, deputy):
    leader.collect(1, {1: 100_000})
    twice = deputy.collect(1, {1: 100_000})
    leader.close(), deputy.close()
    settled_with(group, 100_000)
    assert group.book.days[D].difference_open == -100_000
    group.tell(an(Reversed, posted=group.book.postings.held[twice].position, day=NEXT))
    assert in_transit(group.book, group.facts()) == {1: 0, 2: -100_000}
    given = {"kind": "shortage", "resolution": "late_fact", "entry": twice, "amount": 100_000}
    group.tell(an(DifferenceResolved, day=D, **given))
    assert group.book.days[D].difference_open == 0
    assert in_transit(group.book, group.facts()) == {1: 0, 2: 0}


def test_B18_a_surplus_that_a_late_receipt_explains_is_not_asked_for_again(group, leader):
    leader.collect(1, {1: 100_000})
    leader.close()
    group.receive()
    late = leader.collect(2, {2: 30_000})
    group.count(130_000)
    group.settle()
    assert group.book.days[D].difference_open == 30_000
    group.receive()
    given = {"kind": "surplus", "resolution": "late_fact", "entry": late, "amount": 30_000}
    group.tell(an(DifferenceResolved, day=D, **given))
    leader.close(NEXT)
    plan = settled_with(group, 0, NEXT)
    assert ([entry.entry for entry in plan.entries], plan.expected) == ([late], 0)


def test_B18_a_shortage_that_is_paid_moves_no_cash_in_transit(group, leader):
    leader.collect(1, {1: 100_000})
    leader.close()
    settled_with(group, 80_000)
    for amount in (5_000, 15_000):
        given = {"kind": "shortage", "resolution": "payment", "amount": amount}
        group.tell(an(DifferenceResolved, day=D, **given))
    assert group.book.days[D].difference_open == 0
    assert in_transit(group.book, group.facts()) == {1: 0, 2: 0}


def test_B17_a_released_receipt_stays_in_transit_until_it_is_counted(group, leader, deputy):
    leader.collect(1, {1: 100_000})
    twice = deputy.collect(1, {1: 100_000})
    leader.close()
    settled_with(group, 100_000)
    assert in_transit(group.book, group.facts()) == {1: 0, 2: 100_000}
    group.tell(an(DifferenceResolved, day=D, kind="held", entry=twice))
    assert in_transit(group.book, group.facts()) == {1: 0, 2: 100_000}
    deputy.close(NEXT)
    assert settled_with(group, 100_000, NEXT).expected == 100_000


def test_a_day_that_is_settled_without_a_count_expects_nobodys_cash(group, leader):
    leader.collect(1, {1: 100_000})
    group.receive()
    plan = group.settle()
    settled = group.book.days[D].settled
    assert (plan.expected, settled.expected, settled.counted, settled.difference) == (100_000, 0, 0, 0)
    assert in_transit(group.book, group.facts()) == {1: 100_000, 2: 0}


def test_B17_a_second_release_of_one_receipt_changes_nothing_and_is_listed(group, leader):
    ref = leader.collect(1, {1: 100_000})
    for _ in range(2):
        group.tell(an(DifferenceResolved, day=D, kind="held", entry=ref))
    assert group.oddities == ["repeated"]
    assert len(group.book.postings.resolved) == 1
