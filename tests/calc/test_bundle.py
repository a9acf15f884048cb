"""Cash three ways: signed by phones, in notes, counted by the teller; each difference has a name (B18)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from calc.bundle import bundle, round_checks
from calc.cash import in_transit
from calc.settlement import plan_day
from protocol.phone_facts import Denomination, RoundClosed
from protocol.posting_facts import CashCounted
from tests.calc.groups import D, Group
from tests.facts import an

NEXT = D + 31


def two_households():
    made = Group()
    for _ in range(2):
        made.lend(made.member(100_000))
    return made.staff()


@pytest.fixture
def group():
    """Two members with a loan and savings each, a leader's and a deputy's phone, an open day."""
    return two_households()


def counted(group, amount, notes=(), day=D, writers=None):
    """The bundle once a teller counted it; nothing is settled yet."""
    group.count(amount, day, writers)
    last = replace(group.book.postings.days[day].counted, denominations=notes)
    group.tell(last)
    plan = plan_day(group.book, group.facts(), day)
    found = bundle(plan.book, group.facts(), day, plan.expected)
    assert found.difference == found.handed + found.found - found.unstated - found.other_days
    return found


def test_without_a_count_there_is_no_bundle(group):
    assert bundle(group.book, group.facts(), D, 0) is None


def test_three_ways_that_agree_leave_nothing_to_explain(group, leader, deputy):
    leader.collect(1, {1: 300_000})
    deputy.collect(2, {2: 200_000})
    handed = deputy.hand_over(leader, 150_000)
    leader.accept(handed, 150_000)
    leader.pull(deputy), deputy.pull(leader)
    leader.close(), deputy.close()
    group.receive()
    notes = (Denomination(500_000, 1),)
    found = counted(group, 500_000, notes)
    assert (found.expected, found.difference, found.notes, found.flags) == (500_000, 0, 500_000, ())
    assert (found.handed, found.found, found.unstated, found.other_days) == (0, 0, 0, 0)
    assert [(one.stated.counted, one.cash.expected, one.flags) for one in found.rounds] == [
        (450_000, 450_000, ()),
        (50_000, 50_000, ()),
    ]


def test_each_difference_has_its_owner(group, leader, deputy):
    deputy.collect(2, {2: 40_000})  # of which nobody counts anything on D
    group.receive()
    group.count(0, writers=[])
    group.settle()
    leader.collect(1, {1: 300_000}, day=NEXT)
    leader.close(NEXT, counted=299_000)  # a note of 1,000 is missing at the leader's table
    leader.collect(2, {2: 70_000}, day=NEXT)  # taken after he closed
    deputy.close(NEXT)  # expects 0: his 40,000 are of D
    group.receive()
    found = counted(group, 399_000, day=NEXT)
    # 300,000 + 70,000 + 40,000; the holders hand in 299,000 and 0
    assert (found.expected, found.difference) == (410_000, -11_000)
    assert (found.found, found.unstated, found.other_days, found.handed) == (-1_000, 70_000, 40_000, 100_000)
    first = found.rounds[0]
    assert (first.found, first.unstated, first.flags) == (-1_000, 70_000, ("receipts_differ",))


def test_denominations_that_do_not_add_up_are_flagged_and_refused_by_nobody(group, leader):
    leader.collect(1, {1: 150_000})
    notes = (Denomination(100_000, 1), Denomination(20_000, 2))
    closed = an(RoundClosed, due_to=D, expected=150_000, counted=150_000, receipts=1, denominations=notes)
    leader.write(closed)
    group.receive()
    check = round_checks(group.book, group.facts(), D)[1]
    assert (check.notes, check.flags) == (140_000, ("notes_differ",))
    found = counted(group, 150_000, (Denomination(50_000, 2),))
    assert (found.notes, found.flags, found.difference) == (100_000, ("notes_differ",), 0)
    group.settle()
    assert group.book.days[D].settled.counted == 150_000


def test_a_difference_that_a_phone_signed_wrongly_is_flagged(group, leader):
    leader.write(an(RoundClosed, due_to=D, expected=10_000, counted=9_000, difference=0))
    check = round_checks(group.book, group.facts(), D)[1]
    assert (check.notes, check.found, check.flags) == (None, -1_000, ("difference_misstated",))


def test_a_round_that_a_count_names_and_nobody_brought_is_left_out(group, leader):
    leader.close()
    strange = replace(leader.facts[-1].ref, writer=2)
    group.tell(an(CashCounted, day=D, rounds=(strange,), counted=5_000))
    found = bundle(group.book, group.facts(), D, 0)
    assert (found.rounds, found.handed) == ((), 5_000)


AMOUNTS = st.integers(1, 400_000)


@given(st.lists(st.tuples(st.booleans(), AMOUNTS, st.booleans()), max_size=6), AMOUNTS, AMOUNTS, AMOUNTS)
def test_law_the_names_of_a_difference_add_up_to_it(taken, first, second, at_the_table):
    group = two_households()
    leader, deputy = group.phones[1, 0], group.phones[2, 0]
    for is_leaders, amount, early in taken:
        phone = leader if is_leaders else deputy
        phone.collect(1, {1: amount}, day=D if early else NEXT)
    leader.close(counted=first)
    group.receive()
    counted(group, at_the_table, writers=[1])
    group.settle()
    leader.close(NEXT), deputy.close(NEXT, counted=second)
    group.receive()
    counted(group, at_the_table, day=NEXT)
    group.settle(NEXT)
    assert set(in_transit(group.book, group.facts()).values()) == {0}
