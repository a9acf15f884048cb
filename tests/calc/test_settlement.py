"""What settling a transaction day posts, holds and expects (B1, B4, B7–B9, B17, B18, L13)."""

import pytest

from calc.dues import loan_due
from calc.problems import Oddity
from calc.settlement import plan_day
from calc.states import states
from protocol.ids import Position
from protocol.loan_facts import InterestAdjusted, LoanFrozen, LoanWrittenOff, PrincipalRepaid
from protocol.phone_facts import InterestLine, SavingsLine, Visited
from protocol.posting_facts import (
    CashCounted,
    DifferenceResolved,
    Held,
    HeldInterest,
    PeriodClosed,
    Posted,
    PostedInterest,
    PostedPrincipal,
    PostedSavings,
    ReceiptRekeyed,
)
from protocol.roster_facts import SavingsMoved
from tests.calc.days import on
from tests.calc.groups import D, Group
from tests.facts import an

NEXT = D + 31
CORE = (None, "core")


@pytest.fixture
def group():
    """Two members with a loan each (379,726 đ and 271,233 đ due) and savings, two phones, an open day."""
    made = Group()
    made.bring(made.member(500_000), 70_000_000)
    made.bring(made.member(100_000), 50_000_000)
    return made.staff()


def test_a_receipt_is_posted_with_its_allocation_and_its_savings(group, leader):
    ref = leader.collect(1, {1: 380_000}, {1: 20_000})
    group.receive()
    interest = (PostedInterest(1, 379_726, 0, 0, 274),)
    assert group.planned() == (Posted(ref, D, interest, (), (PostedSavings(1, 20_000),), ()),)


def test_a_plan_changes_nothing_until_it_is_appended_and_settled(group, leader):
    leader.collect(1, {1: 379_726})
    group.receive()
    plan = plan_day(group.book, group.facts(), D)
    assert loan_due(group.book, group.book.loans[1], D).settled == 0
    assert loan_due(plan.book, plan.book.loans[1], D).settled == 0
    assert loan_due(plan.book, plan.book.loans[1], D, staged=True).settled == 379_726
    assert plan.first == Position(0, group.book.position.seq + 1)
    assert group.settle().entries == plan.entries
    assert loan_due(group.book, group.book.loans[1], D).settled == 379_726


def test_B4_nothing_is_planned_for_a_day_of_a_closed_period_and_it_waits_for_the_next(group, leader):
    leader.collect(1, {1: 379_726})
    group.receive(leader)
    group.tell(an(PeriodClosed, first_day=on("2025-12-01"), last_day=on("2025-12-31")))
    assert group.planned() == ()
    (posted,) = group.planned(NEXT)
    assert (posted.day, posted.flags) == (NEXT, ("late",))


def test_B9_receipts_come_first_then_transfers_to_interest_then_to_principal(group, leader):
    principal = leader.transfer(1, 1, 1, 500_000, "principal")
    interest = leader.transfer(1, 1, 1, 300_000)
    receipt = leader.collect(1, {1: 79_726}, {1: 20_000})
    void = leader.void(leader.collect(2, {2: 5_000}))
    group.receive()
    assert group.planned() == (
        Posted(receipt, D, (PostedInterest(1, 79_726, 0, 0, 0),), (), (PostedSavings(1, 20_000),), ()),
        Posted(void, D, (), (), (), ()),
        Posted(interest, D, (PostedInterest(1, 300_000, 0, 0, 0),), (), (PostedSavings(1, -300_000),), ()),
        Posted(
            principal,
            D,
            (),
            (PostedPrincipal(1, 220_000, 0),),
            (PostedSavings(1, -220_000),),
            ("short_balance",),
        ),
    )
    group.settle()
    assert group.book.accounts[1].balance(group.book.view(), D) == 0
    assert loan_due(group.book, group.book.loans[1], D).principal.in_term == 69_780_000


def test_B9_a_transfer_from_an_empty_account_moves_nothing(group, leader):
    group.tell(PrincipalRepaid(2, D, 50_000_000, *CORE))
    leader.transfer(2, 2, 2, 100_000)
    leader.transfer(2, 2, 2, 100_000)
    leader.transfer(2, 2, 2, 100_000, "principal")
    group.receive()
    first, *others = group.planned()
    assert first.savings == (PostedSavings(2, -100_000),)
    assert all((one.savings, one.interest, one.principal) == ((), (), ()) for one in others)
    assert all(one.flags == ("short_balance",) for one in others)


def test_B9_a_transfer_to_principal_takes_the_overdue_part_first_and_no_more_than_is_owed(group, leader):
    group.bring(1, 30_000, overdue=20_000)
    group.bring(1, 30_000)
    group.ready()
    leader.pull()
    group.tell(an(LoanWrittenOff, loan=4, effective=D, amount=30_000))
    leader.transfer(1, 1, 3, 400_000, "principal")
    leader.transfer(1, 1, 4, 400_000, "principal")
    group.receive()
    first, second = group.planned()
    assert first.principal == (PostedPrincipal(3, 30_000, 20_000),)
    assert first.savings == (PostedSavings(1, -50_000),)
    assert second.principal == ()
    group.settle()
    assert loan_due(group.book, group.book.loans[3], D).principal.in_term == 0


def test_a_transfer_leaves_principal_that_is_repaid_on_a_later_day_already_known(group, leader):
    group.tell(PrincipalRepaid(2, NEXT, 49_950_000, *CORE))
    leader.transfer(2, 2, 2, 100_000, "principal")
    group.receive()
    (posted,) = group.planned()
    assert posted.principal == (PostedPrincipal(2, 50_000, 0),)


def test_B9_a_transfer_leaves_savings_that_a_later_day_already_took_out(group, leader):
    leader.transfer(1, 1, 1, 300_000)
    group.receive()
    group.tell(an(SavingsMoved, account=1, kind="withdrawal", effective=D + 2, amount=450_000))
    group.tell(an(SavingsMoved, account=1, kind="deposit", effective=D + 5, amount=90_000, core_ref="S2"))
    (posted,) = group.planned()
    assert (posted.savings, posted.flags) == ((PostedSavings(1, -50_000),), ("short_balance",))
    group.settle()
    account, view = group.book.accounts[1], group.book.view()
    assert [account.balance(view, D + days) for days in (0, 2, 5)] == [450_000, 0, 90_000]


def test_B8_a_voided_receipt_frees_its_amount(group, leader):
    paid = leader.collect(1, {1: 379_726})
    void = leader.void(paid)
    group.receive()
    assert group.planned() == (Posted(void, D, (), (), (), ()),)


def test_entries_of_a_later_day_and_unreceived_ones_wait(group, leader):
    leader.void(leader.collect(1, {1: 1_000}, day=NEXT))
    leader.collect(1, {1: 2_000}, day=NEXT)
    leader.hand_over(group.phones[2, 0], 1_000, day=NEXT)
    leader.write(an(Visited))
    group.receive()
    leader.collect(2, {2: 3_000})
    assert group.planned() == ()


def test_B18_a_handover_is_posted_once_it_is_accepted(group, leader, deputy):
    handed = deputy.hand_over(leader, 5_000)
    group.receive()
    assert group.planned() == ()
    leader.accept(handed, 5_000)
    assert group.planned() == ()
    group.receive()
    assert group.planned() == (Posted(handed, D, (), (), (), ()),)


def test_B17_the_first_of_two_equal_receipts_posts_and_the_other_is_held_inside_expected_cash(
    group, leader, deputy
):
    first = leader.collect(1, {1: 379_726}, {1: 5_000})
    second = deputy.collect(1, {1: 379_726}, {1: 5_000})
    group.receive()
    plan = plan_day(group.book, group.facts(), D)
    held = Held(second, D, "possible_duplicate", (HeldInterest(1, 379_726),), (SavingsLine(1, 5_000),))
    assert [plan.entries[0].entry, plan.entries[1]] == [first, held]
    assert plan.duplicates == {second: first}
    assert (plan.in_transit, plan.expected) == ({1: 384_726, 2: 384_726}, 769_452)
    assert [one.ref for one in plan.reconciliations] == [first]


def test_B17_a_released_receipt_is_posted_on_the_same_day_or_later(group, leader, deputy):
    leader.collect(1, {1: 379_726})
    second = deputy.collect(1, {1: 379_726})
    group.receive()
    group.tell(an(CashCounted, day=D, counted=759_452))
    group.tell(*group.planned())
    assert group.planned() == ()
    group.tell(an(DifferenceResolved, day=D, kind="held", entry=second))
    (posted,) = group.planned()
    assert posted == Posted(second, D, (PostedInterest(1, 0, 0, 0, 379_726),), (), (), ())
    group.settle()
    assert states(group.book, group.facts())[second].phase == "posted"
    assert loan_due(group.book, group.book.loans[1], D).settled == 2 * 379_726
    assert group.oddities == []


def test_L13_the_second_entry_under_a_receipt_number_is_set_aside(group, leader, deputy):
    first = leader.collect(1, {1: 1_000})
    second = leader.collect(2, {2: 2_000}, receipt_no=1)
    outside = deputy.collect(2, {2: 3_000}, receipt_no=1)
    group.receive()
    plan = group.settle()
    assert [type(one).__name__ for one in plan.entries] == ["Posted", "Held", "Posted"]
    assert plan.entries[1].cause == "same_receipt"
    assert plan.entries[2].flags == ("receipt_out_of_range",)
    assert plan.expected == 4_000
    known = states(group.book, group.facts())
    assert [known[ref].phase for ref in (first, second, outside)] == ["posted", "set_aside", "posted"]
    assert group.planned(NEXT) == ()


def test_L13_a_phone_that_turns_up_finds_its_paper_receipt_already_typed_in(group, leader):
    lines = (PostedInterest(1, 379_726, 0, 0, 0),)
    group.tell(an(ReceiptRekeyed, receipt_no=1, interest=lines), an(ReceiptRekeyed, receipt_no=1))
    leader.collect(1, {1: 379_726})
    group.receive()
    (held,) = group.planned()
    assert held.cause == "same_receipt"
    assert group.oddities == [Oddity.REPEATED]


def test_L13_a_number_is_not_taken_by_what_is_set_aside(group, leader):
    leader.collect(1, {1: 10**12 + 1})
    leader.collect(2, {2: 2_000}, receipt_no=1)
    group.receive()
    (posted,) = group.planned()
    assert posted.interest == (PostedInterest(2, 2_000, 0, 0, 0),)


@pytest.mark.parametrize(
    ("given", "cause"),
    [
        ({"member": 9, "lines": (InterestLine(1, 1_000, 0),)}, "unknown_member"),
        ({"lines": (InterestLine(9, 1_000, 0),)}, "unknown_loan"),
        ({"lines": (InterestLine(2, 1_000, 0),)}, "unknown_loan"),
        ({"lines": (InterestLine(1, 1_000, 0), InterestLine(1, 2_000, 0))}, "repeated_loan"),
        ({"savings": {9: 1_000}}, "unknown_account"),
        ({"savings": {2: 1_000}}, "unknown_account"),
    ],
)
def test_B19_cash_for_what_the_member_does_not_have_waits_in_suspense(group, leader, given, cause):
    leader.collect(**({"member": 1, "paid": {1: 1_000}} | given))
    group.receive()
    plan = plan_day(group.book, group.facts(), D)
    (held,) = plan.entries
    waiting = sum(line.interest for line in held.interest) + sum(line.amount for line in held.savings)
    assert (held.cause, plan.expected) == (cause, waiting)
    assert waiting >= 1_000


def test_a_line_of_nothing_for_a_strange_loan_holds_up_no_receipt(group, leader):
    leader.collect(1, lines=(InterestLine(1, 1_000, 379_726), InterestLine(9, 0, 0)))
    group.receive()
    (posted,) = group.planned()
    assert posted.interest == (PostedInterest(1, 1_000, 0, 0, 0),)


def test_a_transfer_between_strangers_is_held_and_is_no_cash(group, leader):
    leader.transfer(1, 2, 1, 1_000)
    group.receive()
    plan = group.settle()
    assert plan.entries == (Held(leader.facts[0].ref, D, "unknown_account", (), ()),)
    assert plan.expected == 0


def test_B17_a_released_receipt_for_an_unknown_loan_is_not_held_twice(group, leader):
    ref = leader.collect(1, lines=(InterestLine(9, 1_000, 0),))
    group.receive()
    group.settle()
    group.tell(an(DifferenceResolved, day=D, kind="held", entry=ref))
    assert group.planned(NEXT) == ()


def test_B10_money_for_a_frozen_loan_is_allocated_to_its_arrears(group, leader):
    group.tell(LoanFrozen(1, on("2025-12-16"), on("2028-12-16"), 70_000_000, *CORE))
    group.tell(an(InterestAdjusted, loan=1, bucket="overdue", amount=5_000))
    leader.collect(1, {1: 380_000})
    group.receive()
    (posted,) = group.planned()
    # 29 days: 367,068
    assert posted.interest == (PostedInterest(1, 367_068, 5_000, 0, 7_932),)


def test_sixty_receipts_are_planned_in_well_under_a_second():
    made = Group()
    for _ in range(60):
        made.bring(made.member(10_000))
    leader = made.admit()
    made.open()
    leader.pull()
    for member in range(1, 61):
        leader.collect(member, {member: 271_233}, {member: 5_000})
    made.receive()
    plan = plan_day(made.book, made.facts(), D)
    assert len(plan.entries) == len(plan.reconciliations) == 60
    assert plan.expected == 60 * 276_233
    assert all(one.outcome == "matched" for one in plan.reconciliations)
