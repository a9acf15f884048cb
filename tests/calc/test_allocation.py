"""How money is shared out between a household's loans, and inside one loan (B7, B10, B11)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calc.allocation import allocate, rounded_up, split
from calc.arrears import Layer, Rank, current_of, layers_of
from calc.dues import dues, loan_due
from protocol.day import DAY_MIN
from protocol.loan_facts import InstalmentOverdue, InterestReceived, LoanFrozen
from protocol.posting_facts import PostedInterest
from protocol.roster_facts import GroupListed
from tests.calc.days import on
from tests.calc.groups import D, Group
from tests.facts import an

CORE = (None, "core")
AMOUNTS = st.integers(0, 2_000_000)
BUCKETS = st.tuples(*[st.integers(-300_000, 300_000)] * 3)


@pytest.fixture
def group():
    """A group with one member and no loan yet."""
    made = Group()
    made.member()
    return made


def test_inside_a_loan_overdue_comes_first_then_in_term_and_the_rest_is_prepaid(group):
    group.bring(1, in_term=0, arrears_in_term=60_000, arrears_overdue=40_000)
    due = loan_due(group.book, group.book.loans[1], D)
    assert allocate(due, 0) == PostedInterest(1, 0, 0, 0, 0)
    assert allocate(due, 30_000) == PostedInterest(1, 0, 30_000, 0, 0)
    assert allocate(due, 70_000) == PostedInterest(1, 30_000, 40_000, 0, 0)
    assert allocate(due, 105_000) == PostedInterest(1, 60_000, 40_000, 0, 5_000)


def test_B11_interest_of_the_grace_takes_no_money_before_it_joins(group):
    group.bring(1, in_term=0, arrears_grace=70_000, grace_end=D)
    before = loan_due(group.book, group.book.loans[1], D - 1)
    joined = loan_due(group.book, group.book.loans[1], D)
    assert allocate(before, 100_000) == PostedInterest(1, 0, 0, 0, 100_000)
    assert allocate(joined, 100_000) == PostedInterest(1, 0, 0, 70_000, 30_000)


def test_credit_that_lies_on_the_loan_is_used_before_new_money(group):
    group.bring(1, in_term=0, arrears_in_term=60_000, arrears_overdue=40_000, prepaid=50_000)
    due = loan_due(group.book, group.book.loans[1], D)
    assert allocate(due, 100_000) == PostedInterest(1, 50_000, 0, 0, 50_000)


def test_B7_a_household_pays_overdue_then_the_oldest_arrears_then_current_interest(group):
    # per month of 30 days: 30 m at 7.3 % are 6,000 đ a day
    group.lend(1, 30_000_000, opened="2025-10-17", ppm=73_000)  # 31 + 30 days
    group.lend(1, 30_000_000, opened="2025-09-17", ppm=73_000)  # 30 + 31 + 30 days
    group.tell(InstalmentOverdue(1, on("2025-12-07"), 10_000_000, *CORE))  # 10 days at 9.49 %: 26,000 đ
    first, second = household = dues(group.book, D)
    assert layers_of(first) == (
        Layer(Rank.OVERDUE, DAY_MIN, 1, 26_000),
        Layer(Rank.IN_TERM, on("2025-10-17"), 1, 31 * 6_000),
        Layer(Rank.IN_TERM, on("2025-11-17"), 1, 20 * 6_000 + 10 * 4_000),
    )
    assert [layer.amount for layer in layers_of(second)] == [180_000, 186_000, 180_000]
    assert split(household, 20_000) == {1: 20_000, 2: 0}
    assert split(household, 26_000 + 100_000) == {1: 26_000, 2: 100_000}
    assert split(household, 26_000 + 180_000 + 186_000 + 6_000) == {1: 26_000 + 186_000, 2: 180_000 + 6_000}
    assert split(household, 26_000 + 180_000 + 372_000 + 10_000) == {1: 212_000 + 10_000, 2: 366_000}
    everything = first.asked + second.asked
    assert split(household, everything) == {1: first.asked, 2: second.asked}


@pytest.mark.parametrize(
    ("as_of", "current"),
    [("2025-11-30", 162_740), ("2025-11-18", 227_836), ("2025-11-17", 162_739)],
)
def test_B22_carried_numerators_are_interest_of_the_month_of_the_day_before_as_of(group, as_of, current):
    # 30 m at 6.6 %, 13 days carried (70,521 đ): to 17/12 these are 30 days, 42 days, and 43 less the 13
    carried = 30_000_000 * 66_000 * 13
    group.bring(1, 30_000_000, as_of=as_of, numerator_in_term=carried, arrears_in_term=50_000)
    due = loan_due(group.book, group.book.loans[1], D)
    assert current_of(due) == current
    assert sum(layer.amount for layer in layers_of(due)) == due.payable


def test_B7_what_is_left_over_is_prepaid_on_the_first_or_the_named_loan(group):
    group.lend(1)
    group.lend(1)
    first, second = household = dues(group.book, D)
    over = first.asked + second.asked + 700
    assert split(household, over) == {1: first.asked + 700, 2: second.asked}
    assert split(household, over, prepaid_on=2) == {1: first.asked, 2: second.asked + 700}


def test_a_frozen_loan_is_given_nothing_while_another_owes(group):
    group.lend(1)
    group.lend(1)
    group.tell(LoanFrozen(1, on("2025-12-01"), on("2028-12-01"), 50_000_000, *CORE))
    household = dues(group.book, D)
    assert layers_of(household[0]) == ()
    assert split(household, 100_000) == {1: 0, 2: 100_000}


def test_money_needs_a_loan_to_go_to(group):
    group.lend(1)
    with pytest.raises(ValueError, match="open loan"):
        split((), 1_000)
    with pytest.raises(ValueError, match="open loan"):
        split(dues(group.book, D), 1_000, prepaid_on=2)


def test_arrears_brought_forward_are_the_oldest_and_joined_grace_comes_last(group):
    group.bring(1, arrears_in_term=5_000, arrears_grace=3_000, grace_end=on("2025-11-17"))
    due = loan_due(group.book, group.book.loans[1], D)
    assert layers_of(due) == (
        Layer(Rank.IN_TERM, DAY_MIN, 1, 5_000),
        Layer(Rank.IN_TERM, on("2025-11-17"), 1, 271_233),
        Layer(Rank.GRACE, DAY_MIN, 1, 3_000),
    )
    assert current_of(due) == 271_233


def test_what_was_paid_has_settled_the_oldest_interest(group):
    group.lend(1, 30_000_000, opened="2025-09-17", ppm=73_000)
    group.tell(InterestReceived(1, D, 200_000, *CORE))
    due = loan_due(group.book, group.book.loans[1], D)
    assert [layer.amount for layer in layers_of(due)] == [166_000, 180_000]
    assert current_of(due) == 180_000


@pytest.mark.parametrize(
    ("day_of_month", "day", "before"),
    [
        (31, "2025-02-28", "2025-01-31"),
        (31, "2025-03-31", "2025-02-28"),
        (29, "2025-03-29", "2025-02-28"),
        (28, "2025-03-28", "2025-02-28"),
        (17, "2025-12-20", "2025-11-17"),  # a day that is not the point's own
    ],
)
def test_current_interest_is_what_accrued_since_the_points_day_of_the_month_before(day_of_month, day, before):
    made = Group()
    made.tell(an(GroupListed, effective=on("2024-01-01"), day_of_month=day_of_month))
    made.lend(made.member(), 36_500_000, opened="2024-06-30", ppm=100_000)  # 10,000 đ a day
    due = loan_due(made.book, made.book.loans[1], on(day))
    assert current_of(due) == 10_000 * (on(day) - on(before))


def test_B18_the_sum_rounded_up_covers_the_due_in_whole_notes():
    assert [rounded_up(amount, 1_000) for amount in (0, 1, 364_931, 365_000)] == [0, 1_000, 365_000, 365_000]


@given(
    paid=AMOUNTS, arrears=st.tuples(*[st.integers(-300_000, 300_000)] * 3), prepaid=AMOUNTS, amount=AMOUNTS
)
def test_the_parts_of_an_allocation_add_up_to_it_and_none_is_negative(paid, arrears, prepaid, amount):
    made = Group()
    made.member()
    in_term, overdue, grace = arrears
    made.bring(
        1,
        arrears_in_term=in_term,
        arrears_overdue=overdue,
        arrears_grace=grace,
        prepaid=prepaid,
        grace_end=D + amount % 2,
    )
    made.tell(InterestReceived(1, D, paid + 1, *CORE))
    due = loan_due(made.book, made.book.loans[1], D)
    posted = allocate(due, amount)
    parts = (posted.in_term, posted.overdue, posted.grace, posted.unallocated)
    assert posted.total == sum(parts) == amount
    assert min(parts) >= 0
    assert posted.unallocated == max(0, amount - max(0, due.payable))
    assert sum(layer.amount for layer in layers_of(due)) == due.asked
    joined = due.open.grace if due.grace_joined else 0
    assert due.open.in_term + due.open.overdue + joined - due.prepaid == due.payable


@given(amount=AMOUNTS, paid=st.tuples(AMOUNTS, AMOUNTS))
def test_the_shares_of_a_household_add_up_and_none_is_asked_for_more_than_it_owes(amount, paid):
    made = Group()
    made.member()
    for loan, received in enumerate(paid, 1):
        made.lend(1, opened="2025-09-17")
        made.tell(InterestReceived(loan, D, received + 1, *CORE))
    household = dues(made.book, D)
    shares = split(household, amount, prepaid_on=2)
    assert sum(shares.values()) == amount
    assert 0 <= shares[1] <= household[0].asked
    asked = sum(due.asked for due in household)
    assert shares[2] - max(0, amount - asked) <= household[1].asked
