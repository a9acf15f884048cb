"""Ratios, balances, collection both ways, and who was here last: worked by hand."""

from fractions import Fraction
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calc.measures import Collection, Standing, collection, is_idle, last_transactions, standing
from calc.ratio import Ratio
from calc.statement import statement
from protocol.loan_facts import (
    InstalmentOverdue,
    InterestReceived,
    LoanFrozen,
    LoanWrittenOff,
    PrincipalRepaid,
)
from protocol.posting_facts import PostedInterest, ReceiptRekeyed
from protocol.roster_facts import SavingsAccountListed, SavingsMoved
from tests.calc.days import on
from tests.calc.groups import D, Group
from tests.facts import an

CORE = (None, "core")
LISTED = on("2025-11-30")
BROUGHT = on("2025-11-17")


@pytest.fixture
def group():
    """Member 1: 50, 40 and 20 m, two accounts; member 2: 30 m and 100,000 đ of arrears; member 3: nothing."""
    made = Group()
    first = made.member(500_000)
    made.tell(an(SavingsAccountListed, ordinal=2, member=first, as_of=LISTED, balance=300_000))
    for amount in (50_000_000, 40_000_000, 20_000_000):
        made.bring(first, amount)
    made.bring(made.member(), 30_000_000, arrears_in_term=100_000)
    made.member()
    return made.staff()


def stand(group, day=D):
    return standing(group.book, day, group.book.view())


def lasts(group, day=D):
    return last_transactions(group.book, day, group.book.view())


@given(st.integers(0, 10**12), st.integers(1, 10**12))
def test_a_ratio_in_ppm_is_one_rounding_of_the_fraction(part, whole):
    assert Ratio(part, whole).ppm == floor(Fraction(part * 10**6, whole) + Fraction(1, 2))


def test_a_ratio_of_two_groups_adds_parts_and_wholes_and_of_nothing_there_is_none():
    assert (Ratio(1, 2) + Ratio(1, 6)).ppm == 250_000
    assert Ratio(0, 0).ppm is None


def test_balances_count_every_loan_and_every_account_once(group):
    assert stand(group) == Standing(
        members=2, loans=4, in_term=140_000_000, overdue=0, frozen=0, savings=800_000
    )


def test_overdue_ratio_is_overdue_principal_of_all_that_is_not_written_off(group):
    group.tell(InstalmentOverdue(1, D, 5_000_000, *CORE), LoanFrozen(2, D, D + 90, 40_000_000, *CORE))
    group.tell(LoanWrittenOff(3, D, 20_000_000, *CORE))
    found = stand(group)
    assert (found.in_term, found.overdue, found.frozen) == (75_000_000, 5_000_000, 40_000_000)
    assert found.overdue_ratio.ppm == 41_667  # 5 of 120
    assert stand(group, D - 1).overdue_ratio == Ratio(0, 140_000_000)


def test_the_collection_rate_is_shown_with_and_without_earlier_arrears(group, leader):
    leader.collect(1, {1: 271_233})
    leader.collect(2, {4: 100_000})
    leader.transfer(1, 1, 2, 16_986)
    group.receive()
    group.settle()
    found = collection(statement(group.book, D).totals)
    # current: 271,233 + 216,986 + 108,493 + 162,740 = 759,452; arrears 100,000
    assert found == Collection(388_219, 759_452, 100_000)
    assert (found.of_current.ppm, found.of_all.ppm) == (511_183, 451_705)
    assert (found + found).of_current == Ratio(776_438, 1_518_904)


@pytest.mark.parametrize(
    ("days", "months", "idle"), [(92, 3, True), (91, 3, False), (31, 1, True), (30, 1, False)]
)
def test_92_days_without_a_transaction_are_three_months_and_91_are_not(days, months, idle):
    assert is_idle(days, months) is (Fraction(days) / Fraction("30.44") >= months) is idle


def test_the_last_transaction_is_the_members_own_whatever_it_was(group, leader):
    assert lasts(group) == {1: LISTED, 2: BROUGHT}
    group.tell(InterestReceived(4, on("2025-12-01"), 1_000, *CORE))
    assert lasts(group)[2] == on("2025-12-01")
    group.tell(PrincipalRepaid(4, on("2025-12-02"), 1_000, *CORE))
    assert lasts(group)[2] == on("2025-12-02")
    group.tell(SavingsMoved(1, "withdrawal", on("2025-12-03"), 1_000, *CORE))
    assert lasts(group)[1] == on("2025-12-03")
    line = PostedInterest(4, 1_000, 0, 0, 0)
    group.tell(an(ReceiptRekeyed, receipt_no=7, writer=1, member=2, day=on("2025-12-04"), interest=(line,)))
    assert lasts(group)[2] == on("2025-12-04")
    leader.collect(2, {4: 1_000})
    group.receive()
    assert lasts(group)[2] == on("2025-12-04")
    group.settle()
    assert lasts(group) == {1: on("2025-12-03"), 2: D}
    assert lasts(group, D - 1)[2] == on("2025-12-04")


def test_what_the_bank_does_by_itself_is_no_transaction_of_the_member(group):
    group.tell(SavingsMoved(1, "interest", D, 417, *CORE), InstalmentOverdue(4, D, 1_000, *CORE))
    assert lasts(group) == {1: LISTED, 2: BROUGHT}


def test_a_loan_that_was_paid_out_here_is_a_transaction_of_that_day(group):
    group.lend(3, opened="2025-12-05")
    assert lasts(group)[3] == on("2025-12-05")
    group.tell(an(SavingsAccountListed, ordinal=3, member=3, as_of=D + 9, balance=1))
    assert lasts(group)[3] == on("2025-12-05")
    assert 3 not in lasts(group, on("2025-12-04"))
