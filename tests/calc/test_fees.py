"""Fees worked in fractions: a đồng of interest at yearly rate r stands for 12 ÷ r đồng of balance a month."""

from collections import Counter
from fractions import Fraction
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calc.fees import balance_collected, collected_interest, fee, quality_share, savings_commission
from calc.ratio import Ratio
from calc.terms import FeeTerms
from protocol.loan_facts import InterestReceived
from protocol.posting_facts import PostedInterest, ReceiptRekeyed, Reversed
from protocol.roster_facts import SavingsAccountListed, SavingsMoved
from tests.calc.days import on
from tests.calc.groups import D, Group
from tests.facts import an

FIRST, LAST = on("2025-12-01"), on("2025-12-31")
CORE = (None, "core")
TERMS = FeeTerms()


@pytest.fixture
def group():
    """One member with 50 m at 6.6 % since 17/11, and 500,000 đ saved."""
    made = Group()
    made.bring(made.member(500_000), 50_000_000)
    return made.staff()


def collected(group, first=FIRST, last=LAST):
    found = collected_interest(group.book, first, last, group.book.view())
    return {ppm: amount for ppm, amount in found.items() if amount}


def post(group, leader, *paid, member=1):
    """Let the leader collect interest by loan, and settle the day."""
    for one in paid:
        leader.collect(member, one)
    group.receive()
    group.settle()


def half_up(exact):
    return floor(exact + Fraction(1, 2))


def test_the_commission_is_interest_received_by_its_monthly_rate(group, leader):
    post(group, leader, {1: 271_233})  # 30 days of 50 m at 6.6 %: 0.55 % a month
    found = collected_interest(group.book, FIRST, LAST, group.book.view())
    assert fee(found, TERMS.commission) == half_up(Fraction(271_233 * 85, 1000) / Fraction(55, 100)) == 41_918
    assert balance_collected(found) == half_up(271_233 / Fraction(55, 10_000)) == 49_315_091


def test_B23_each_stretch_of_days_counts_at_its_own_base_rate(group, leader):
    group.decide(ppm=62_400, effective_from="2025-12-01", reach="all")
    leader.pull()
    post(group, leader, {1: 263_342})
    # 14 days at 6.6 %: 126,575.3; 16 days at 6.24 %: 136,767.1; together 263,342 as B10 rounds
    assert collected(group) == {66_000: 126_575, 62_400: 136_767}


def test_the_oldest_days_are_paid_first(group, leader):
    group.decide(ppm=62_400, effective_from="2025-12-01", reach="all")
    leader.pull()
    post(group, leader, {1: 100_000}, {1: 50_000})
    assert collected(group) == {66_000: 126_575, 62_400: 150_000 - 126_575}


def test_what_was_left_of_the_month_before_is_paid_in_this_one(group, leader):
    group.decide(ppm=62_400, effective_from="2025-12-01", reach="all")
    leader.pull()
    post(group, leader, {1: 100_000})
    january = on("2026-01-17")
    group.open(january)
    leader.pull()
    leader.collect(1, {1: 200_000}, day=january)
    group.receive()
    group.settle(january)
    assert collected(group) == {66_000: 100_000}
    assert collected(group, on("2026-01-01"), on("2026-01-31")) == {66_000: 26_575, 62_400: 173_425}


def test_arrears_that_came_with_a_loan_count_at_its_first_rate_and_prepaid_at_the_rate_of_the_day():
    made = Group()
    made.bring(made.member(), 50_000_000, arrears_in_term=100_000)
    made.staff()
    made.decide(ppm=62_400, effective_from="2025-12-01", reach="all")
    leader = made.phones[1, 0]
    leader.pull()
    post(made, leader, {1: 100_000 + 263_342 + 9_000})
    assert collected(made) == {66_000: 100_000 + 126_575, 62_400: 136_767 + 9_000}


def test_B23_overdue_interest_counts_at_the_in_term_base_rate():
    made = Group()
    made.bring(made.member(), 40_000_000, overdue=10_000_000)
    made.staff()
    post(made, made.phones[1, 0], {1: 287_507})
    # 40 m at 6.6 %: 216,986; 10 m at 8.58 %: 70,521; both at 6.6 %
    assert collected(made) == {66_000: 287_507}


def test_B23_a_rate_of_nothing_earns_nothing():
    made = Group()
    made.bring(made.member(), 50_000_000, ppm=0, programme="DB")
    made.staff()
    post(made, made.phones[1, 0], {1: 10_000})
    found = collected_interest(made.book, FIRST, LAST, made.book.view())
    assert (found[0], fee(found, TERMS.commission), balance_collected(found)) == (10_000, 0, 0)


def test_a_loan_without_a_rate_earns_nothing_and_stops_nothing():
    made = Group()
    made.bring(made.member(), 50_000_000, rates=((on("2026-01-01"), 66_000),))
    made.staff()
    post(made, made.phones[1, 0], {1: 10_000})
    assert collected(made) == {0: 10_000}


def test_interest_of_the_grace_counts_once_it_is_due():
    made = Group()
    made.bring(made.member(), 50_000_000, grace_end=on("2025-12-07"))
    made.staff()
    post(made, made.phones[1, 0], {1: 271_233})
    assert collected(made) == {66_000: 271_233}


def test_a_transfer_and_a_paper_receipt_count_and_the_counter_does_not(group, leader):
    leader.transfer(1, 1, 1, 40_000)
    group.receive()
    group.settle()
    line = PostedInterest(1, 30_000, 0, 0, 0)
    paper = group.tell(an(ReceiptRekeyed, receipt_no=77, writer=1, member=1, day=D, interest=(line,)))
    group.tell(InterestReceived(1, on("2025-12-20"), 50_000, *CORE))
    assert collected(group) == {66_000: 70_000}
    group.tell(an(Reversed, posted=paper, day=D))
    assert collected(group) == {66_000: 40_000}


def test_what_another_month_took_or_nobody_settled_is_not_of_this_one(group, leader):
    leader.collect(1, {1: 100_000})
    group.receive()
    group.tell(*group.planned())
    assert collected(group) == {}
    group.settle()
    assert collected(group, first=D + 1) == {}
    assert collected(group, last=D - 1) == {}


@given(
    st.dictionaries(st.integers(0, 120_000), st.integers(-(10**6), 10**12), max_size=5), st.integers(0, 10**6)
)
def test_a_fee_over_any_rates_is_one_rounding_of_the_exact_fraction(amounts, share):
    exact = sum((Fraction(amount * 12, ppm) for ppm, amount in amounts.items() if ppm), Fraction(0))
    assert fee(Counter(amounts), 320, share) == half_up(exact * 320 * Fraction(share, 10**6))


def test_the_quality_of_the_debts_leaves_all_80_50_or_nothing_of_the_entrustment_fee():
    steps = {
        0: 1_000_000,
        19_999: 1_000_000,
        20_000: 800_000,
        29_999: 800_000,
        30_000: 500_000,
        39_999: 500_000,
        40_000: 0,
        1_000_000: 0,
    }
    for ppm, share in steps.items():
        assert quality_share(Ratio(ppm, 1_000_000), TERMS) == share
    # 2 % less one đồng of a milliard is still below 2 %: no ratio is rounded before it is compared
    assert quality_share(Ratio(19_999_999, 1_000_000_000), TERMS) == 1_000_000
    assert quality_share(Ratio(0, 0), TERMS) == 1_000_000


def test_the_entrustment_fee_of_a_group():
    # 271,233 ÷ 0.55 % × 0.032 % = 15,780.83; of that 80 %: 12,624.66
    one = Counter({66_000: 271_233})
    assert fee(one, TERMS.entrustment) == 15_781
    assert fee(one, TERMS.entrustment, 800_000) == 12_625


def test_the_commission_on_savings_is_of_the_average_of_the_days(group):
    group.tell(SavingsMoved(1, "deposit", on("2025-12-11"), 310_000, *CORE))
    group.tell(an(SavingsAccountListed, ordinal=2, member=1, as_of=on("2025-12-31"), balance=3_100_000))
    group.tell(an(SavingsAccountListed, ordinal=3, member=1, as_of=on("2026-01-01"), balance=999))
    # 500,000 × 31 days + 310,000 × 21 days + 3,100,000 × 1 day = 25,110,000; ÷ 31 = 810,000; 0.1 % = 810
    accounts = group.book.accounts.values()
    assert savings_commission(accounts, FIRST, LAST, group.book.view(), TERMS) == 810
    early = group.book.view(group.book.accounts[1].position)
    assert savings_commission(accounts, FIRST, LAST, early, TERMS) == 500


def test_the_money_of_a_month_is_shared_out_to_the_last_dong(group, leader):
    group.decide(ppm=62_400, effective_from="2025-12-01", reach="all")
    group.decide(ppm=50_000, effective_from="2025-12-09", reach="all")
    leader.pull()
    post(group, leader, {1: 1}, {1: 77_777}, {1: 300_000})
    assert sum(collected(group).values()) == 377_778
