"""Whom to see next: days and amounts worked by hand (B10, B14; screens of the leader and the Boards)."""

import pytest

from calc.reminders import (
    BrokenPromise,
    FreezeEnding,
    Growing,
    Idle,
    LongArrears,
    broken_promises,
    due_soon,
    freezes_ending,
    growing_arrears,
    idle_members,
    long_arrears,
)
from calc.terms import WatchTerms
from protocol.loan_facts import (
    FreezeLifted,
    InstalmentScheduled,
    InterestReceived,
    LoanClosed,
    LoanFrozen,
    LoanWrittenOff,
    PrincipalRepaid,
)
from protocol.phone_facts import Visited
from protocol.roster_facts import GroupListed, SavingsMoved
from tests.calc.days import on
from tests.calc.groups import D, Group
from tests.facts import an

CORE = (None, "core")
TERMS = WatchTerms()
JANUARY, FEBRUARY, MARCH = on("2026-01-17"), on("2026-02-17"), on("2026-03-17")


@pytest.fixture
def group():
    """Member 1: 50 m to 18/04/2028; member 2: 40 m to 04/03/2026 and 20 m to 17/12/2025."""
    made = Group()
    made.bring(made.member(500_000), 50_000_000)
    second = made.member(0)
    made.bring(second, 40_000_000, due_on=on("2026-03-04"))
    made.bring(second, 20_000_000, due_on=D)
    return made.staff()


def lists(group, find, day=D, terms=TERMS):
    return find(group.book, day, group.book.view(), terms)


def test_B14_what_falls_due_is_listed_by_the_day_of_the_transaction_point(group):
    group.tell(InstalmentScheduled(1, on("2026-01-20"), 2_000_000, *CORE))
    group.tell(InstalmentScheduled(1, on("2026-03-20"), 3_000_000, *CORE))
    group.tell(InstalmentScheduled(1, on("2026-03-25"), 1_000_000, *CORE))
    # Point day 17: 17/12 moves back to 17/11, 20/01 to 17/01, 04/03 to 17/02, 20/03 and 25/03 to 17/03.
    found = lists(group, due_soon)
    assert [(one.loan, one.due_on, one.remind_on, one.amount, one.within) for one in found] == [
        (3, D, on("2025-11-17"), 20_000_000, 30),
        (1, on("2026-01-20"), JANUARY, 2_000_000, 60),
        (2, on("2026-03-04"), FEBRUARY, 40_000_000, 90),
        (1, on("2026-03-20"), MARCH, 3_000_000, 90),
        (1, on("2026-03-25"), MARCH, 1_000_000, 90),
    ]
    assert [one.is_final for one in found] == [True, False, True, False, False]


def test_B14_what_is_paid_or_past_or_far_away_is_not_due_soon(group):
    group.tell(InstalmentScheduled(1, on("2025-12-20"), 2_000_000, *CORE))
    group.tell(PrincipalRepaid(1, on("2025-12-10"), 2_000_000, *CORE), LoanClosed(3, D, *CORE))
    assert [one.loan for one in lists(group, due_soon)] == [2]
    assert lists(group, due_soon, on("2026-03-05")) == ()
    assert lists(group, due_soon, terms=WatchTerms(due_soon_days=(61,))) == ()
    assert lists(group, due_soon, terms=WatchTerms(due_soon_days=(62,)))[0].within == 62


def test_a_freeze_that_ends_within_six_months_is_listed_with_what_it_still_covers(group):
    group.tell(LoanFrozen(1, on("2025-12-01"), on("2026-06-17"), 50_000_000, *CORE))
    group.tell(LoanFrozen(2, on("2025-12-01"), on("2026-06-18"), 40_000_000, *CORE))
    group.tell(FreezeLifted(1, on("2025-12-05"), 20_000_000, *CORE))
    group.tell(LoanFrozen(3, on("2025-12-01"), on("2025-12-17"), 20_000_000, *CORE))
    assert lists(group, freezes_ending) == (FreezeEnding(1, on("2026-06-17"), 30_000_000),)
    assert [one.loan for one in lists(group, freezes_ending, D - 1)] == [3]
    assert [one.loan for one in lists(group, freezes_ending, D + 1)] == [1, 2]
    group.tell(LoanWrittenOff(1, D, 50_000_000, *CORE))
    assert lists(group, freezes_ending) == ()


def test_arrears_are_long_once_they_fell_due_three_transaction_days_ago(group):
    group.tell(InterestReceived(2, D, 500_000, *CORE), InterestReceived(3, D, 900_000, *CORE))
    # Loan 1 pays nothing: what accrued to 17/12 fell due that day, one, two and three transaction days
    # before 17/01, 17/02 and 17/03. 30 days of 50 m at 6.6 % are 271,233; 120 days 1,084,932.
    assert lists(group, long_arrears, FEBRUARY) == ()
    assert lists(group, long_arrears, MARCH - 1) == ()
    assert lists(group, long_arrears, MARCH) == (LongArrears(1, 3, 271_233, 1_084_932),)
    assert lists(group, long_arrears, MARCH + 20) == lists(group, long_arrears, MARCH)
    group.tell(InterestReceived(1, MARCH + 2, 271_233, *CORE))
    assert lists(group, long_arrears, MARCH + 20) == ()


def test_arrears_that_came_with_a_loan_are_as_old_as_its_history():
    made = Group()
    made.bring(made.member(), 10_000_000, arrears_in_term=90_000, as_of="2025-09-17")
    made.bring(made.member(), 10_000_000, arrears_in_term=90_000, as_of="2025-09-18")
    # On 17/12 the first's arrears were due by 17/09: three transaction days ago; 91 days make 164,548.
    assert lists(made, long_arrears) == (LongArrears(1, 3, 90_000, 90_000 + 164_548),)
    assert lists(made, long_arrears, terms=WatchTerms(arrears_months=4)) == ()


def test_B10_a_dormant_loan_asks_for_nothing_and_is_in_no_list_of_arrears(group):
    group.tell(LoanFrozen(1, on("2025-11-17"), on("2027-06-17"), 50_000_000, *CORE))
    assert 1 not in {one.loan for one in lists(group, long_arrears, MARCH)}


def test_a_group_without_a_transaction_point_ages_its_arrears_by_the_day_asked_for():
    made = Group()
    made.bring(made.member(), 10_000_000, as_of="2025-07-17")
    made.book.listings.clear()
    assert [one.loan for one in lists(made, long_arrears)] == [1]


def test_a_member_is_idle_after_three_months_without_a_transaction(group):
    # The loans came on 17/11 and the accounts are listed as of 30/11.
    assert lists(group, idle_members, on("2026-03-01")) == ()
    assert lists(group, idle_members, on("2026-03-02")) == (
        Idle(1, on("2025-11-30"), 92),
        Idle(2, on("2025-11-30"), 92),
    )
    group.tell(SavingsMoved(1, "deposit", D, 5_000, *CORE))
    group.tell(LoanClosed(2, JANUARY, *CORE), LoanClosed(3, JANUARY, *CORE))
    assert lists(group, idle_members, on("2026-03-02")) == ()
    assert [one.member for one in lists(group, idle_members, MARCH + 10)] == [1]


def settle_months(group, *paid):
    """Settle transaction days from 17/12/2025 on; each member 1's payment of that day."""
    leader = group.phones[1, 0]
    for day, amount in zip((D, JANUARY, FEBRUARY, MARCH), paid, strict=False):
        if day != D:
            group.open(day)
            leader.pull()
        leader.collect(1, {1: amount}, day=day)
        leader.collect(2, {2: 900_000, 3: 900_000}, day=day)
        group.receive()
        group.settle(day)


def test_arrears_that_grew_on_two_transaction_days_in_a_row_are_a_warning(group):
    settle_months(group, 271_233, 200_000, 200_000)
    # To 17/01: 61 days 551,507 less 471,233; to 17/02: 92 days 831,781 less 671,233
    assert lists(group, growing_arrears, FEBRUARY) == (
        Growing(1, ((D, 0), (JANUARY, 80_274), (FEBRUARY, 160_548))),
    )
    assert lists(group, growing_arrears, FEBRUARY - 1) == ()
    assert lists(group, growing_arrears, terms=WatchTerms(growing_days=1), day=JANUARY) == (
        Growing(1, ((D, 0), (JANUARY, 80_274))),
    )


def test_arrears_that_stood_still_once_are_no_warning(group):
    settle_months(group, 100_000, 280_274, 1)
    assert lists(group, growing_arrears, FEBRUARY) == ()


def promised(group):
    return broken_promises(group.book, group.facts(), D + 5)


def visit(phone, member, promised_on, value_date=D - 5):
    return phone.write(
        an(Visited, member=member, value_date=value_date, promised_on=promised_on, promised=200_000)
    )


def test_a_promise_whose_day_passed_without_a_payment_is_broken(group, leader, deputy):
    visit(leader, 1, D + 4)
    visit(leader, 2, D + 5)
    group.receive()
    assert promised(group) == (BrokenPromise(1, D - 5, D + 4, 200_000),)
    deputy.void(deputy.collect(1, {1: 100}, value_date=D - 3))
    deputy.collect(1, {1: 100}, value_date=D - 6)
    group.receive()
    assert len(promised(group)) == 1
    deputy.collect(1, {1: 100}, value_date=D + 5)
    group.receive()
    assert promised(group) == ()


def test_a_later_visit_or_a_payment_at_the_counter_settles_an_older_promise(group, leader):
    visit(leader, 1, D - 4)
    visit(leader, 1, None, value_date=D - 2)
    visit(leader, 2, D - 1)
    group.receive()
    assert [one.member for one in promised(group)] == [2]
    group.tell(InterestReceived(3, D - 9, 1, *CORE), InterestReceived(2, D - 4, 1, *CORE))
    group.tell(InterestReceived(2, D - 8, 1, *CORE))
    assert promised(group) == ()


def test_a_visit_that_is_set_aside_or_lies_ahead_is_no_promise(group, leader):
    visit(leader, 1, D - 4, value_date=D + 6)
    group.receive()
    assert promised(group) == ()


def test_the_calendar_follows_the_group_to_another_transaction_point(group):
    group.tell(an(GroupListed, effective=on("2025-12-01"), day_of_month=25))
    assert lists(group, due_soon)[0].remind_on == on("2025-11-25")
