"""The confirmation list 15/TD: figures worked by hand; three loans and two accounts are five, never six."""

import pytest

from calc.confirmation import confirmation
from calc.statement import statement
from protocol.loan_facts import (
    InstalmentOverdue,
    InterestReceived,
    LoanClosed,
    LoanFrozen,
    LoanWrittenOff,
    PrincipalRepaid,
)
from protocol.roster_facts import MemberListed, SavingsAccountListed, SavingsMoved
from tests.calc.days import on
from tests.calc.groups import D, Group
from tests.facts import an

YEAR_END = on("2025-12-31")
CORE = (None, "core")


@pytest.fixture
def group():
    """Member 1: 50, 40 and 20 m since 17/11, accounts of 500,000 and 300,000; member 2: 70,000 saved."""
    made = Group()
    first = made.member(500_000)
    made.tell(an(SavingsAccountListed, ordinal=2, member=first, as_of=on("2025-11-30"), balance=300_000))
    made.bring(first, 50_000_000)
    made.bring(first, 40_000_000, arrears_in_term=100_000)
    made.bring(first, 20_000_000, ppm=90_000, programme="NS")
    made.member(70_000)
    made.member()
    return made.staff()


def test_three_loans_and_two_accounts_are_counted_once_each(group):
    found = confirmation(group.book, YEAR_END)
    first, second = found.customers
    assert [loan.principal for loan in first.loans] == [50_000_000, 40_000_000, 20_000_000]
    assert [account.balance for account in first.accounts] == [500_000, 300_000]
    assert (second.number, second.loans, second.accounts[0].balance) == ("M2", (), 70_000)
    assert sum(loan.principal for loan in found.loans) == 110_000_000
    assert sum(account.balance for account in found.accounts) == 870_000
    # The statement of the transaction day counts the same member with the same loans and accounts once.
    totals = statement(group.book, D).totals
    assert (totals.principal, totals.savings_balance) == (110_000_000, 870_000)


def test_interest_that_was_due_by_the_last_transaction_day_is_arrears_and_the_rest_current(group):
    loans = confirmation(group.book, YEAR_END).customers[0].loans
    # 17/11 to 17/12 is 30 days, to 31/12 44: 50 m at 6.6 % 271,233 and 397,808; 40 m 216,986 and 318,247;
    # 20 m at 9 % 147,945 and 216,986.
    assert [(loan.arrears, loan.current) for loan in loans] == [
        (271_233, 397_808 - 271_233),
        (316_986, 318_247 - 216_986),
        (147_945, 216_986 - 147_945),
    ]


def test_on_a_transaction_day_everything_unpaid_is_arrears(group, leader):
    leader.collect(1, {1: 271_233, 2: 300_000})
    group.receive()
    group.settle()
    loans = confirmation(group.book, D).customers[0].loans
    assert [(loan.arrears, loan.current, loan.prepaid) for loan in loans] == [
        (0, 0, 0),
        (16_986, 0, 0),
        (147_945, 0, 0),
    ]
    assert sum(loan.arrears for loan in loans) == statement(group.book, D).totals.arrears_left


def test_B11_interest_paid_ahead_is_prepaid_and_time_consumes_it(group):
    group.tell(InterestReceived(1, D, 300_000, *CORE))
    assert confirmation(group.book, D).loans[0].prepaid == 300_000 - 271_233
    at_year_end = confirmation(group.book, YEAR_END).loans[0]
    assert (at_year_end.arrears, at_year_end.current, at_year_end.prepaid) == (0, 397_808 - 300_000, 0)


def test_B10_frozen_and_overdue_principal_stand_apart_and_a_written_off_loan_owes_none(group):
    group.tell(LoanFrozen(1, D, on("2027-01-01"), 50_000_000, *CORE))
    group.tell(InstalmentOverdue(2, D, 10_000_000, *CORE), LoanWrittenOff(3, D, 20_000_000, *CORE))
    frozen, overdue, gone = confirmation(group.book, YEAR_END).loans
    assert (frozen.in_term, frozen.frozen, frozen.principal) == (0, 50_000_000, 50_000_000)
    assert (overdue.in_term, overdue.overdue) == (30_000_000, 10_000_000)
    # Nothing accrues on the first and the third after 17/12; their interest of November stays visible.
    assert (frozen.arrears, frozen.current) == (271_233, 0)
    assert (gone.principal, gone.arrears, gone.current) == (0, 147_945, 0)


def test_the_list_is_of_its_day_and_of_what_was_known_at_its_place(group):
    before = group.book.position
    group.tell(PrincipalRepaid(1, on("2025-12-20"), 5_000_000, *CORE), LoanClosed(3, on("2025-12-31"), *CORE))
    group.tell(SavingsMoved(2, "withdrawal", YEAR_END, 100_000, *CORE))
    group.tell(SavingsMoved(2, "deposit", YEAR_END + 1, 7_000, *CORE))
    after = confirmation(group.book, YEAR_END)
    assert [loan.principal for loan in after.loans] == [45_000_000, 40_000_000]
    assert [account.balance for account in after.accounts] == [500_000, 200_000, 70_000]
    known = confirmation(group.book, YEAR_END, at=before)
    assert [loan.principal for loan in known.loans] == [50_000_000, 40_000_000, 20_000_000]
    assert [account.balance for account in known.accounts] == [500_000, 300_000, 70_000]
    assert (known.position, after.position) == (before, group.book.position)


def test_an_account_or_a_member_that_comes_later_is_not_in_the_list(group):
    group.tell(an(MemberListed, ordinal=4, number="M4"))
    group.tell(an(SavingsAccountListed, ordinal=4, member=4, as_of=YEAR_END + 1, balance=9))
    assert [customer.number for customer in confirmation(group.book, YEAR_END).customers] == ["M1", "M2"]
    assert confirmation(group.book, YEAR_END + 1).customers[-1].accounts[0].balance == 9
