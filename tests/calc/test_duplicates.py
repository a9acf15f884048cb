"""Receipts that may be one payment written twice (B17)."""

import pytest

from calc.duplicates import duplicates
from calc.states import states
from protocol.posting_facts import DifferenceResolved, Reversed
from tests.calc.groups import D, Group
from tests.facts import an


@pytest.fixture
def group():
    """A group with two members with two loans each, two phones, and an open day."""
    made = Group()
    for _ in range(2):
        member = made.member(100_000)
        made.lend(member)
        made.lend(member)
    return made.staff()


def flagged(group):
    """Which receipt repeats which."""
    facts = group.facts()
    return duplicates(group.book, facts, states(group.book, facts, staged=True))


def test_the_same_lines_on_two_phones_are_flagged_the_second_in_log_order(group, leader, deputy):
    first = deputy.collect(1, {1: 100_000}, {1: 5_000})
    second = leader.collect(1, {1: 100_000}, {1: 5_000})
    group.receive(deputy)
    group.receive(leader)
    assert flagged(group) == {second: first}


def test_savings_alone_on_two_phones_are_flagged_too(group, leader, deputy):
    first, second = leader.collect(1, {}, {1: 5_000}), deputy.collect(1, {}, {1: 5_000})
    group.receive()
    assert flagged(group) == {second: first}


def test_the_same_interest_for_the_same_loan_and_month_on_one_phone_is_flagged(group, leader):
    first = leader.collect(1, {1: 100_000}, {1: 5_000})
    second = leader.collect(1, {1: 100_000, 2: 3_000})
    third = leader.collect(1, {2: 3_000})
    assert flagged(group) == {second: first, third: second}


@pytest.mark.parametrize(
    ("paid", "savings", "day"),
    [
        ({1: 100_001}, {1: 5_000}, D),
        ({2: 100_000}, {1: 5_000}, D),
        ({1: 100_000}, {1: 6_000}, D),
        ({1: 100_000}, {1: 5_000}, D + 1),
    ],
)
def test_another_amount_loan_or_day_on_another_phone_is_no_duplicate(
    group, leader, deputy, paid, savings, day
):
    leader.collect(1, {1: 100_000}, {1: 5_000})
    deputy.collect(1, paid, savings, day=day)
    assert flagged(group) == {}


def test_another_member_or_another_month_is_no_duplicate(group, leader, deputy):
    leader.collect(1, {1: 100_000})
    deputy.collect(2, {3: 100_000})
    leader.collect(1, {1: 100_000}, day=D + 31)
    leader.collect(1, {}, {1: 5_000})
    leader.collect(1, {}, {1: 5_000})
    assert flagged(group) == {}


def test_a_receipt_of_nothing_repeats_nothing(group, leader, deputy):
    leader.collect(1)
    deputy.collect(1)
    assert flagged(group) == {}


def test_a_voided_receipt_is_repeated_by_none(group, leader, deputy):
    leader.void(leader.collect(1, {1: 100_000}))
    deputy.collect(1, {1: 100_000})
    assert flagged(group) == {}


def test_a_receipt_that_a_person_released_is_flagged_no_more(group, leader, deputy):
    leader.collect(1, {1: 100_000})
    second = deputy.collect(1, {1: 100_000})
    assert second in flagged(group)
    group.tell(an(DifferenceResolved, day=D, kind="held", entry=second))
    assert flagged(group) == {}


def test_a_late_copy_repeats_what_was_posted_on_its_day(group, leader, deputy):
    first, second = leader.collect(1, {1: 100_000}), deputy.collect(1, {1: 100_000})
    group.receive(leader)
    group.settle()
    group.receive(deputy)
    assert flagged(group) == {second: first}


@pytest.mark.parametrize(
    ("receipt_no", "cause"), [(1, "same_receipt"), (7, "possible_duplicate")], ids=["L13", "B17"]
)
def test_L10_what_lay_behind_a_gap_is_second_to_what_was_posted_meanwhile(group, receipt_no, cause):
    early, late = group.phones[1, 0], group.admit(1, epoch=1)
    late.collect(1, {1: 100_000}, receipt_no=receipt_no)
    group.receive(late)
    behind_the_gap, late.facts = late.facts, []
    first = early.collect(1, {1: 100_000})
    group.receive(early)
    group.settle()
    late.facts = behind_the_gap
    (held,) = group.planned(D + 31)
    assert (held.entry, held.cause) == (behind_the_gap[0].ref, cause)
    assert states(group.book, group.facts())[first].phase == "posted"


def test_B17_three_copies_repeat_one_first_however_they_arrive(group, leader, deputy):
    third = group.admit(3)
    copies = [phone.collect(1, {1: 100_000}) for phone in (leader, deputy, third)]
    group.receive(third)
    group.receive(leader)
    assert flagged(group) == {copies[0]: copies[2], copies[1]: copies[2]}
    group.settle()
    group.receive(deputy)
    assert flagged(group) == {copies[0]: copies[2], copies[1]: copies[2]}
    (late,) = group.planned(D + 31)
    assert (late.entry, late.cause) == (copies[1], "possible_duplicate")


def test_B17_a_copy_of_a_released_receipt_is_one_more_copy(group, leader, deputy):
    first, second = leader.collect(1, {1: 100_000}), deputy.collect(1, {1: 100_000})
    group.receive()
    group.settle()
    group.tell(an(DifferenceResolved, day=D, kind="held", entry=second))
    group.settle(D + 31)
    third = leader.collect(1, {1: 100_000})
    group.receive()
    assert flagged(group) == {third: first}


def test_B17_what_is_left_when_the_first_is_reversed_repeats_nothing_and_still_waits_for_a_person(
    group, leader, deputy
):
    first, second = leader.collect(1, {1: 100_000}), deputy.collect(1, {1: 100_000})
    group.receive()
    group.settle()
    group.tell(an(Reversed, posted=group.book.postings.posted[first].position, day=D))
    assert flagged(group) == {}
    assert states(group.book, group.facts())[second].phase == "held"
    assert group.planned(D + 31) == ()
    late = leader.collect(1, {1: 100_000})
    group.receive()
    assert flagged(group) == {late: second}


def test_B17_the_same_month_of_one_phone_is_told_across_days_of_it(group, leader):
    first = leader.collect(1, {1: 100_000}, day=D)
    second = leader.collect(1, {1: 100_000}, day=D + 14)
    assert flagged(group) == {second: first}
