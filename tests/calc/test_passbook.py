"""What moved on a savings account and what interest it should have earned, worked day by day in fractions."""

from datetime import date, timedelta
from fractions import Fraction
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calc.passbook import Flow, estimate, flow
from calc.problems import Oddity
from protocol.day import to_date
from protocol.posting_facts import ReceiptRekeyed, Reversed
from protocol.roster_facts import SavingsAccountListed, SavingsMoved
from tests.calc.days import on
from tests.calc.groups import D, Group
from tests.facts import an

CORE = (None, "core")
SINCE = on("2025-11-30")


@pytest.fixture
def group():
    """One member with two accounts, of 500,000 and 90,000 đ, and a loan of 70 m."""
    made = Group()
    made.member(500_000)
    made.tell(an(SavingsAccountListed, ordinal=2, member=1, as_of=SINCE, balance=90_000))
    made.bring(1, 70_000_000)
    return made.staff()


def flow_of(group, account=1, first="2025-12-01", last="2025-12-31"):
    return flow(group.book, group.book.accounts[account], on(first), on(last), group.book.view())


def estimate_of(group, account=1, until="2025-12-31"):
    return estimate(group.book, group.book.accounts[account], on(until), group.book.view())


def test_B9_every_movement_has_its_column_and_the_balance_follows(group, leader):
    leader.collect(1, {1: 100_000}, {1: 20_000, 2: 5_000})
    leader.transfer(1, 1, 1, 79_726)
    leader.transfer(1, 1, 1, 200_000, "principal")
    group.receive()
    group.settle()
    group.tell(SavingsMoved(1, "withdrawal", on("2025-12-20"), 30_000, *CORE))
    group.tell(SavingsMoved(1, "interest", on("2025-12-25"), 417, *CORE))
    group.tell(SavingsMoved(1, "transfer", on("2025-12-26"), 10_000, *CORE))
    group.tell(SavingsMoved(1, "deposit", on("2026-01-01"), 1, *CORE))
    found = flow_of(group)
    assert found == Flow(500_000, 20_000, 417, 30_000, 79_726, 200_000, 10_000)
    assert found.closing == 500_000 + 20_000 + 417 - 30_000 - 79_726 - 200_000 - 10_000
    assert flow_of(group, account=2) == Flow(90_000, 5_000)
    assert flow_of(group, first="2026-01-01", last="2026-01-31") == Flow(found.closing, 1)


def test_a_paper_receipt_is_a_deposit_and_a_mirrored_one_is_none(group):
    place = group.tell(an(ReceiptRekeyed, receipt_no=7, writer=1, member=1, day=D, savings=((1, 20_000),)))
    assert flow_of(group).deposited == 20_000
    group.tell(an(Reversed, posted=place, day=D))
    assert flow_of(group) == Flow(500_000)


def test_B23_the_estimate_is_actual_365_on_the_balance_of_each_day(group):
    group.adopt("savings_rate", amount=5_000)  # 0.5 % a year
    group.tell(SavingsMoved(1, "deposit", on("2025-12-10"), 1_000_000, *CORE))
    found = estimate_of(group)
    # 500,000 × 10 days + 1,500,000 × 21 days, at 0.5 %: 36,500,000 × 0.005 ÷ 365 = 500
    assert (found.interest, found.since, found.until) == (500, SINCE, on("2025-12-31"))
    assert [(to_date(one.start).day, one.balance, one.ppm) for one in found.stretches][1:] == [
        (10, 1_500_000, 5_000)
    ]


def test_B23_what_the_core_credited_begins_the_estimate_anew_and_no_estimate_posts_anything(group):
    group.adopt("savings_rate", amount=5_000)
    before = group.book.accounts[1].balance(group.book.view(), D + 365)
    group.tell(SavingsMoved(1, "interest", on("2025-12-21"), 144, *CORE))
    found = estimate_of(group)
    # 500,144 × 10 days at 0.5 %: 68.5; an exact 68.5129… → 69
    assert (found.since, found.interest) == (on("2025-12-21"), 69)
    assert group.book.accounts[1].balance(group.book.view(), D + 365) == before + 144


def test_B2_the_rate_is_a_dated_policy_and_without_one_there_is_no_estimate(group):
    assert estimate_of(group) is None
    group.adopt("savings_rate", effective="2025-12-05", amount=5_000)
    assert estimate_of(group) is None
    group.adopt("savings_rate", effective="2025-11-01", amount=0)
    group.adopt("savings_rate", effective="2025-12-21", amount=10_000)
    # 0 % to 05/12, 16 days at 0.5 %, 10 days at 1 %, on 500,000: 109.6 + 137.0 = 246.6
    assert estimate_of(group).interest == 247
    assert group.oddities == []


def test_B2_a_rate_below_nothing_is_listed_and_has_no_effect(group):
    group.adopt("savings_rate", effective="2025-11-01", amount=-1)
    group.adopt("savings_rate", effective="2025-11-01", choice="high")
    assert group.oddities == [Oddity.POLICY_NOT_SUPPORTED] * 2
    assert estimate_of(group) is None


def test_an_empty_account_needs_no_rate_and_one_that_is_not_yet_open_earns_nothing(group):
    group.tell(an(SavingsAccountListed, ordinal=3, member=1, as_of=SINCE, balance=0))
    assert estimate_of(group, account=3).interest == 0
    assert estimate_of(group, account=1, until="2025-11-30").stretches == ()
    assert estimate_of(group, account=1, until="2025-11-01").stretches == ()


DAYS = st.integers(0, 120)


@given(
    st.lists(
        st.tuples(DAYS, st.sampled_from(["deposit", "withdrawal"]), st.integers(1, 400_000)), max_size=6
    ),
    st.lists(st.tuples(DAYS, st.integers(0, 60_000)), max_size=3),
    DAYS,
)
def test_B23_the_estimate_equals_the_sum_of_its_days_in_fractions(moves, rates, length):
    made = Group()
    made.member(3_000_000)
    made.adopt("savings_rate", effective="2025-01-01", amount=5_000)
    start, changes = to_date(SINCE), []
    for offset, kind, amount in moves:
        made.tell(SavingsMoved(1, kind, SINCE + offset, amount, *CORE))
        changes.append((start + timedelta(offset), amount if kind == "deposit" else -amount))
    dated = {date(2025, 1, 1): 5_000}
    for offset, ppm in rates:
        made.adopt("savings_rate", effective=(start + timedelta(offset)).isoformat(), amount=ppm)
        dated[start + timedelta(offset)] = ppm
    exact = Fraction(0)
    for number in range(length):
        day = start + timedelta(number)
        balance = 3_000_000 + sum(change for since, change in changes if since <= day)
        exact += Fraction(balance * dated[max(since for since in dated if since <= day)], 365_000_000)
    found = estimate(made.book, made.book.accounts[1], SINCE + length, made.book.view())
    assert found.interest == floor(exact + Fraction(1, 2))
