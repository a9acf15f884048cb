"""Postings in the fold: runs, recounts, releases, reversals and differences (B1, B4, B17, B18)."""

import pytest

from calc.dues import loan_due
from calc.problems import Oddity
from calc.settlement import plan_day
from protocol.ids import Position
from protocol.loan_facts import PrincipalRepaid
from protocol.phone_facts import SavingsLine
from protocol.posting_facts import (
    CashCounted,
    DaySettled,
    DifferenceResolved,
    Held,
    Posted,
    PostedInterest,
    PostedPrincipal,
    PostedSavings,
    ReceiptRekeyed,
    Reversed,
)
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


def test_B4_a_run_that_was_cut_is_continued(group, leader):
    leader.collect(1, {1: 379_726})
    leader.collect(2, {2: 271_233})
    leader.close()
    group.receive()
    group.count(650_959)
    first, second = group.planned()
    group.tell(first)
    again = plan_day(group.book, group.facts(), D)
    assert again.entries == (second,)
    assert (again.expected, again.counted) == (650_959, 650_959)
    assert again.first == group.book.days[D].first
    group.settle()
    assert [loan_due(group.book, loan, D).payable for loan in group.book.loans.values()] == [0, 0]


def test_B4_a_new_count_lets_what_was_staged_before_it_die(group, leader):
    leader.collect(1, {1: 379_726})
    leader.close()
    group.receive()
    group.count(300_000)
    group.tell(*group.planned())
    group.count(379_000)
    assert len(group.planned()) == 1
    plan = group.settle()
    assert (plan.expected, plan.counted) == (379_726, 379_000)
    assert loan_due(group.book, group.book.loans[1], D).settled == 379_726
    assert group.book.days[D].difference_open == -726
    assert group.oddities == []


def test_B1_in_a_run_the_first_posting_of_an_entry_counts(group, leader):
    ref = leader.collect(1, {1: 379_726})
    group.receive()
    group.tell(Posted(ref, D, (PostedInterest(1, 1, 0, 0, 0),), (), (), ()))
    group.tell(Posted(ref, D, (PostedInterest(1, 2, 0, 0, 0),), (), (), ()))
    group.tell(an(Held, entry=ref, day=D))
    group.settle()
    assert group.oddities == [Oddity.REPEATED] * 2
    assert loan_due(group.book, group.book.loans[1], D).settled == 1


def test_B4_a_settled_day_takes_nothing_more(group, leader):
    group.settle()
    leader.collect(1, {1: 379_726})
    group.receive()
    assert group.planned() == ()
    settled = group.log[-2][1]
    group.tell(an(Posted, day=D), an(CashCounted, day=D), settled)
    assert isinstance(settled, DaySettled)
    assert group.oddities == [Oddity.DAY_SETTLED] * 3


def test_B4_late_entries_wait_for_the_next_day_and_say_so(group, leader):
    group.settle()
    leader.collect(1, {1: 379_726})
    group.receive()
    (posted,) = group.settle(NEXT).entries
    assert posted.flags == ("late",)
    assert posted.interest == (PostedInterest(1, 379_726, 0, 0, 0),)


def test_B4_the_settlement_may_leave_out_the_beginning_of_a_run_and_never_reach_behind_it(group, leader):
    refs = [leader.collect(member, {member: 1_000}) for member in (1, 2)]
    group.receive()
    for member, ref in enumerate(refs, 1):
        group.tell(Posted(ref, D, (PostedInterest(member, 1_000, 0, 0, 0),), (), (), ()))
    group.tell(an(DaySettled, day=D, first=group.book.position))
    assert [loan_due(group.book, loan, D).settled for loan in group.book.loans.values()] == [0, 1_000]


def test_B18_a_shortage_stays_open_until_people_resolve_it(group, leader):
    leader.collect(1, {1: 379_726})
    leader.close()
    group.receive()
    group.count(279_726)
    group.settle()
    assert group.book.days[D].difference_open == -100_000
    group.tell(an(DifferenceResolved, day=D, kind="shortage", amount=60_000))
    group.tell(an(DifferenceResolved, day=D, kind="shortage", amount=40_001))
    group.tell(an(DifferenceResolved, day=D, kind="surplus", amount=1))
    assert group.oddities == [Oddity.RESOLVED_TOO_MUCH] * 2
    group.tell(an(DifferenceResolved, day=D, kind="shortage", amount=40_000))
    assert group.book.days[D].difference_open == 0


def test_B18_a_surplus_is_resolved_too_and_a_release_names_its_entry(group, leader):
    leader.close()
    group.receive()
    group.count(5_000)
    assert group.book.days[D].difference_open == 0
    group.settle()
    group.tell(an(DifferenceResolved, day=D, kind="surplus", amount=5_000))
    group.tell(an(DifferenceResolved, day=D, kind="held"))
    assert group.book.days[D].difference_open == 0
    assert group.oddities == [Oddity.UNKNOWN_PLACE]


def test_B17_a_reversal_takes_back_interest_principal_and_savings_from_there_on(group, leader):
    leader.collect(1, {1: 379_726}, {1: 5_000})
    leader.transfer(1, 1, 1, 100_000, "principal")
    group.receive()
    before = group.book.position
    group.settle()
    receipt, transfer = Position(0, before.seq + 1), Position(0, before.seq + 2)
    place = group.tell(an(Reversed, posted=receipt, day=D), an(Reversed, posted=transfer, day=D))
    due = loan_due(group.book, group.book.loans[1], D)
    assert (due.settled, due.principal.in_term) == (0, 70_000_000)
    assert group.book.accounts[1].balance(group.book.view(), D) == 500_000
    earlier = group.book.view(Position(0, place.seq - 2))
    assert loan_due(group.book, group.book.loans[1], D, at=earlier.at).settled == 379_726
    assert group.book.accounts[1].balance(earlier, D) == 405_000
    assert group.planned(NEXT) == ()


def test_B17_a_reversal_needs_something_that_stands_and_counts_once(group, leader):
    leader.collect(1, {1: 379_726})
    group.receive()
    (posted,) = group.planned()
    place = group.tell(posted)
    group.tell(an(Reversed, posted=place, day=D), an(Reversed, posted=Position(0, 1), day=D))
    group.settle()
    group.tell(an(Reversed, posted=place, day=D), an(Reversed, posted=place, day=D))
    assert group.oddities == [Oddity.NOT_POSTED, Oddity.NOT_POSTED, Oddity.REPEATED]


def test_a_posting_or_paper_receipt_for_what_the_group_does_not_have_is_listed(group):
    line = (PostedInterest(9, 1, 0, 0, 0),)
    group.tell(
        an(Posted, day=D, interest=line),
        an(Posted, day=D, principal=(PostedPrincipal(9, 1, 0),)),
        an(Posted, day=D, savings=(PostedSavings(9, 1),)),
        an(ReceiptRekeyed, interest=line),
        an(ReceiptRekeyed, savings=(SavingsLine(9, 1),)),
    )
    unknown_loan, unknown_account = Oddity.UNKNOWN_LOAN, Oddity.UNKNOWN_ACCOUNT
    assert group.oddities == [unknown_loan, unknown_loan, unknown_account, unknown_loan, unknown_account]


def test_principal_repaid_at_the_counter_while_a_run_was_open_is_not_repaid_twice(group, leader):
    leader.transfer(2, 2, 2, 100_000, "principal")
    group.receive()
    (posted,) = group.planned()
    place = group.tell(posted)
    group.tell(PrincipalRepaid(2, D, 50_000_000, *CORE))
    assert loan_due(group.book, group.book.loans[2], D + 1, staged=True).fault == "over_repayment"
    group.settle()
    assert [(one.oddity, one.position, one.loan) for one in group.book.problems] == [
        (Oddity.CONTRADICTS_HISTORY, place, 2)
    ]
    assert loan_due(group.book, group.book.loans[2], D + 1).fault is None
    assert group.book.accounts[2].balance(group.book.view(), D) == 0
