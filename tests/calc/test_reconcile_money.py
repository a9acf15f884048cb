"""Deposits and transfers explained line by line (B9, B16): what was written, and what became of it."""

import pytest
from msgspec.structs import replace

from calc.differences import DepositDifference, TransferDifference, mirrored
from calc.reconcile import reconcile
from calc.settlement import plan_day
from protocol.loan_facts import PrincipalRepaid
from protocol.phone_facts import Collected, SavingsLine
from protocol.posting_facts import Held, Posted, PostedSavings, Reversed
from tests.calc.days import on
from tests.calc.groups import D, Group
from tests.facts import an


@pytest.fixture
def group():
    """70,000,000 đ since 17/11/2025 at 6.6 %: 379,726 đ to D; savings of 200,000 đ; two phones."""
    made = Group()
    made.decide()
    made.bring(made.member(200_000), 70_000_000)
    made.member(50_000)
    return made.staff()


def explain(group, ref):
    """The reconciliation of an entry where it stands."""
    return reconcile(group.book, group.facts(), ref)


def settled(group, ref):
    """The same, once everything that was written is received and settled; the plan says the same before."""
    group.receive()
    planned = plan_day(group.book, group.facts(), D).reconciliations
    group.settle()
    found = explain(group, ref)
    assert replace(found, now=None) in [replace(one, now=None) for one in planned]
    return found


def test_B16_a_deposit_is_booked_as_it_was_written(group, leader):
    found = settled(group, leader.collect(1, {1: 379_726}, {1: 20_000}))
    assert found.deposits == (DepositDifference(account=1, amount=20_000, booked=20_000, held=0),)
    assert (found.deposits[0].difference, found.amount, found.outcome) == (0, 379_726, "matched")


def test_a_deposit_alone_leaves_the_interest_that_was_asked_for_short(group, leader):
    found = settled(group, leader.collect(1, {1: 0}, {1: 20_000}))
    assert (found.amount, found.asked_now, found.outcome) == (0, 379_726, "short")
    assert found.deposits[0].difference == 0


def test_a_deposit_of_a_household_without_a_loan_is_matched(group, leader):
    found = settled(group, leader.collect(2, {}, {2: 20_000}))
    assert (found.lines, found.transfer, found.outcome) == ((), None, "matched")
    assert found.deposits == (DepositDifference(2, 20_000, 20_000, 0),)


def test_two_lines_of_one_account_are_one_deposit(group, leader):
    lines = (SavingsLine(2, 20_000), SavingsLine(2, 5_000))
    receipt = an(Collected, receipt_no=1, member=2, due_to=D, savings=lines, knows=leader.knows())
    found = settled(group, leader.write(receipt))
    assert found.deposits == (DepositDifference(2, 25_000, 25_000, 0),)


def test_a_deposit_that_waits_counts_as_booked_and_one_that_is_held_stands_in_suspense(group, leader):
    ref = leader.collect(2, {}, {2: 20_000})
    assert explain(group, ref).deposits == (DepositDifference(2, 20_000, 20_000, 0),)
    group.tell(an(Held, entry=ref, day=D))
    assert explain(group, ref).deposits == (DepositDifference(2, 20_000, 0, 20_000),)


def test_a_posting_that_books_another_deposit_is_a_defect_of_the_branch(group, leader):
    ref = leader.collect(2, {}, {2: 20_000})
    posted = Posted(ref, D, (), (), (PostedSavings(2, 19_000),), ())
    found = reconcile(group.book, group.facts(), ref, posted)
    assert found.deposits[0].difference == 1_000


def test_deposits_and_transfers_of_accounts_that_the_group_does_not_have_are_left_out(group, leader):
    ref = leader.collect(2, {}, {9: 20_000})
    assert explain(group, ref).deposits == ()
    strange = leader.transfer(1, 9, 1, 5_000)
    assert explain(group, strange).transfer is None
    assert explain(group, strange).flags == ()


def test_B9_a_transfer_to_principal_is_executed_as_asked(group, leader):
    found = settled(group, leader.transfer(1, 1, 1, 150_000, "principal"))
    assert found.transfer == TransferDifference(1, 1, 150_000, 150_000, 200_000, 70_000_000)
    assert (found.transfer.short, found.transfer.limited_by, found.outcome) == (0, None, "matched")
    assert (found.lines, found.flags) == ((), ())


def test_B9_a_transfer_to_principal_is_short_by_the_savings(group, leader):
    found = settled(group, leader.transfer(1, 1, 1, 500_000, "principal"))
    assert found.transfer == TransferDifference(1, 1, 500_000, 200_000, 200_000, 70_000_000)
    assert (found.transfer.short, found.transfer.limited_by) == (300_000, "savings")
    assert (found.outcome, found.flags) == ("short", ("short_balance",))


def test_B9_a_transfer_to_principal_is_short_by_the_principal_that_is_left(group, leader):
    group.tell(PrincipalRepaid(1, on("2025-12-16"), 69_880_000, None, "core"))
    ref = leader.transfer(1, 1, 1, 150_000, "principal")
    found = settled(group, ref)
    assert found.transfer == TransferDifference(1, 1, 150_000, 120_000, 200_000, 120_000)
    assert (found.transfer.short, found.transfer.limited_by) == (30_000, "principal")
    assert (found.outcome, found.flags) == ("short", ("short_principal",))


def test_B9_a_transfer_to_interest_has_the_identity_and_the_balance_that_stopped_it(group, leader):
    found = settled(group, leader.transfer(1, 1, 1, 379_726))
    assert found.transfer == TransferDifference(1, 1, 379_726, 200_000, 200_000, None)
    assert (found.amount, found.due_now, found.paid, found.transfer.short) == (
        200_000,
        379_726,
        -179_726,
        179_726,
    )
    assert (found.outcome, found.flags) == ("short", ("short_balance",))


def test_B9_a_second_transfer_finds_what_the_first_one_left(group, leader):
    leader.transfer(1, 1, 1, 150_000)
    second = leader.transfer(1, 1, 1, 150_000, "principal")
    third = leader.transfer(1, 1, 1, 10_000, "principal")
    assert settled(group, second).transfer.executed == 50_000
    last = explain(group, third)
    assert (last.transfer.executed, last.transfer.available, last.transfer.limited_by) == (0, 0, "savings")


def test_a_transfer_that_waits_counts_in_full(group, leader):
    found = explain(group, leader.transfer(1, 1, 1, 500_000, "principal"))
    assert (found.transfer.executed, found.outcome) == (500_000, "matched")


def test_B16_a_reversed_entry_gets_a_mirrored_identity(group, leader):
    ref = leader.collect(1, {1: 379_000}, {1: 20_000})
    found = settled(group, ref)
    group.tell(an(Reversed, posted=group.book.postings.posted[ref].position, day=D))
    assert explain(group, ref) == found
    back = mirrored(found)
    assert (back.amount, back.due_now, back.paid) == (-379_000, -379_726, 726)
    assert back.amount - back.due_now == back.paid - back.edge - back.book
    assert back.deposits == (DepositDifference(1, -20_000, -20_000, 0),)
    assert mirrored(back) == found
    other = leader.transfer(1, 1, 1, 500_000, "principal")
    assert mirrored(explain(group, other)).transfer.executed == -500_000
