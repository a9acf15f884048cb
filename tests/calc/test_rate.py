"""Rate decisions folded into a schedule (B13), against the published decisions and the oracle."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calc.rate import RateDecision, RateStep, RateTable, contract_rate, plain_schedule
from protocol.day import to_date, to_day
from tests.calc import oracle
from tests.calc.days import on

OPENED = on("2020-05-10")
START, END = on("2021-01-01"), on("2026-01-01")
HN = contract_rate(OPENED, 66_000)


def test_a_loan_without_decisions_keeps_its_contract_rate_and_130_percent_of_it():
    assert schedule(HN) == [("2021-01-01", 66_000, 85_800)]


def test_a_decision_that_reaches_existing_loans_changes_the_rate_on_its_first_day():
    decision_2553 = rate(62_400, "2025-12-01", signed="2025-11-20")
    assert schedule(HN, decision_2553) == [("2021-01-01", 66_000, 85_800), ("2025-12-01", 62_400, 81_120)]


def test_a_decision_for_new_loans_leaves_an_older_loan_alone():
    new_only = rate(62_400, "2020-05-11", reach="new")
    assert schedule(HN, new_only) == [("2021-01-01", 66_000, 85_800)]
    assert schedule(HN, rate(62_400, "2020-05-10", reach="new", signed="2020-06-01")) == [
        ("2021-01-01", 62_400, 81_120)
    ]


def test_a_decision_for_existing_loans_leaves_a_later_loan_alone():
    existing = rate(62_400, "2020-05-11", reach="existing")
    assert schedule(HN, existing) == [("2021-01-01", 62_400, 81_120)]
    assert schedule(HN, rate(62_400, "2020-05-10", reach="existing", signed="2020-06-01")) == [
        ("2021-01-01", 66_000, 85_800)
    ]


def test_of_two_bases_the_later_effective_day_wins_whatever_was_signed_last():
    early = rate(70_000, "2022-01-01", signed="2024-01-01")
    late = rate(60_000, "2023-01-01", signed="2022-06-01")
    assert schedule(early, late) == schedule(late, early)
    assert schedule(HN, early, late)[1:] == [("2022-01-01", 70_000, 91_000), ("2023-01-01", 60_000, 78_000)]


def test_a_tie_goes_to_the_later_signing_then_to_the_later_in_the_log():
    first = rate(70_000, "2022-01-01", signed="2021-06-01")
    second = rate(60_000, "2022-01-01", signed="2021-07-01")
    third = rate(50_000, "2022-01-01", signed="2021-07-01")
    assert schedule(second, first)[-1] == ("2022-01-01", 60_000, 78_000)
    assert schedule(first, second, third)[-1] == ("2022-01-01", 50_000, 65_000)
    assert schedule(first, third, second)[-1] == ("2022-01-01", 60_000, 78_000)


def test_legal_days_are_inclusive_at_both_ends():
    decision_1990 = cut("factor", 900_000, "2021-10-01", "2021-12-31")
    assert schedule(HN, decision_1990) == [
        ("2021-01-01", 66_000, 85_800),
        ("2021-10-01", 59_400, 77_220),
        ("2022-01-01", 66_000, 85_800),
    ]


def test_after_a_base_has_ended_the_one_before_it_holds_again():
    assert schedule(HN, rate(50_000, "2022-01-01", "2022-12-31")) == [
        ("2021-01-01", 66_000, 85_800),
        ("2022-01-01", 50_000, 65_000),
        ("2023-01-01", 66_000, 85_800),
    ]


def test_points_off_overlap_a_new_rate():
    # Decision 2654 (2 points, 01/10–31/12/2025) over Decision 2553 (6.24 % from 01/12/2025)
    steps = schedule(
        HN,
        rate(62_400, "2025-12-01"),
        cut("points", 20_000, "2025-10-01", "2025-12-31"),
    )
    assert [step[:2] for step in steps[1:]] == [("2025-10-01", 46_000), ("2025-12-01", 42_400)]


def test_factors_come_before_points_and_support_comes_last():
    step = single(
        HN,
        cut("support", 10_000, "2021-01-01"),
        cut("points", 20_000, "2021-01-01"),
        cut("factor", 500_000, "2021-01-01"),
    )
    assert (step.base, step.gross_in_term, step.in_term) == (66_000, 13_000, 3_000)


def test_the_customer_pays_the_rest_of_what_the_budget_supports():
    # Decree 36/2022: 2 points from the budget, 01/01/2022–31/12/2023, where the rate exceeds 6 %
    decree_36 = cut("support", 20_000, "2022-01-01", "2023-12-31", above=60_000)
    steps = effective_schedule([HN, decree_36], opened_on=OPENED, start=START, end=END)
    assert [(step.gross_in_term, step.in_term) for step in steps] == [
        (66_000, 66_000),
        (66_000, 46_000),
        (66_000, 66_000),
    ]
    assert (steps[1].gross_overdue, steps[1].overdue) == (85_800, 59_800)


@pytest.mark.parametrize(("ppm", "paid"), [(60_000, 60_000), (60_001, 40_001)])
def test_a_condition_on_the_rate_means_above_and_not_equal(ppm, paid):
    step = single(contract_rate(OPENED, ppm), cut("support", 20_000, "2021-01-01", above=60_000))
    assert step.in_term == paid


def test_no_rate_falls_below_nought():
    step = single(HN, cut("points", 50_000, "2021-01-01"), cut("support", 30_000, "2021-01-01"))
    assert (step.in_term, step.gross_in_term, step.overdue) == (0, 16_000, 0)


@pytest.mark.parametrize(
    ("reach", "overdue"),
    [("surcharge_on_reduced", 59_800), ("full_surcharge_then_reduce", 65_800), ("excluded", 85_800)],
)
def test_how_a_reduction_reaches_the_overdue_rate_is_told_by_the_decision(reach, overdue):
    # 6.6 % less 2 points, surcharge 1.3: (6.6 − 2) × 1.3 = 5.98; 6.6 × 1.3 − 2 = 6.58; 6.6 × 1.3 = 8.58
    step = single(HN, cut("points", 20_000, "2021-01-01", overdue_reach=reach))
    assert (step.in_term, step.overdue) == (46_000, overdue)


def test_the_overdue_factor_is_a_dated_policy():
    factors = {on("2020-01-01"): 1_200_000, on("2022-01-01"): 1_500_000, on("2027-01-01"): 2_000_000}
    steps = effective_schedule([HN], opened_on=OPENED, start=START, end=END, overdue_factors=factors)
    assert [(step.on, step.overdue) for step in steps] == [(START, 79_200), (on("2022-01-01"), 99_000)]


def test_before_the_first_policy_the_overdue_factor_is_130_percent():
    factors = {on("2022-01-01"): 1_500_000}
    steps = effective_schedule([HN], opened_on=OPENED, start=START, end=END, overdue_factors=factors)
    assert [step.overdue for step in steps] == [85_800, 99_000]


def test_a_product_that_is_no_whole_ppm_is_told_and_not_rounded():
    step = single(contract_rate(OPENED, 66_001))
    assert (step.base, step.in_term, step.overdue) == (66_001, 66_001, None)
    step = single(contract_rate(OPENED, 66_001), cut("factor", 900_000, "2021-01-01"))
    assert (step.in_term, step.gross_in_term, step.overdue) == (None, None, None)


def test_only_the_whole_product_must_be_whole():
    # 66,001 × 0.5 × 2 = 66,001
    halved = cut("factor", 500_000, "2021-01-01")
    doubled = cut("factor", 2_000_000, "2021-01-01")
    assert single(contract_rate(OPENED, 66_001), halved, doubled).in_term == 66_001


def test_days_without_a_base_have_no_rate():
    steps = effective_schedule([rate(66_000, "2022-01-01")], opened_on=OPENED, start=START, end=END)
    assert [step.base for step in steps] == [None, 66_000]


def test_an_empty_window_has_no_steps():
    assert effective_schedule([HN], opened_on=OPENED, start=START, end=START) == ()


def test_told_rates_and_factors_become_steps():
    assert plain_schedule({10: 66_000, 30: 66_001}, {5: 1_500_000, 20: 1_000_000}) == (
        RateStep(5, None, None, None, None, None),
        RateStep(10, 66_000, 66_000, 99_000, 66_000, 99_000),
        RateStep(20, 66_000, 66_000, 66_000, 66_000, 66_000),
        RateStep(30, 66_001, 66_001, 66_001, 66_001, 66_001),
    )


DAYS = st.integers(0, 12).map(lambda n: date(2024, 2, 25) + timedelta(n))
DECISIONS = st.lists(
    st.fixed_dictionaries(
        {
            "kind": st.sampled_from(["rate", "rate", "factor", "points", "support"]),
            "ppm": st.sampled_from([0, 10_000, 66_000, 66_001, 500_000, 900_000]),
            "from": DAYS,
            "to": st.none() | DAYS,
            "signed": DAYS,
            "reach": st.sampled_from(["new", "existing", "all"]),
            "overdue": st.sampled_from(["surcharge_on_reduced", "full_surcharge_then_reduce", "excluded"]),
            "above": st.none() | st.sampled_from([10_000, 65_999, 66_000]),
        }
    ),
    max_size=6,
)


@given(DECISIONS, DAYS, st.dictionaries(DAYS, st.sampled_from([1_000_000, 1_500_000, 0]), max_size=2))
def test_every_day_has_the_rates_of_the_oracle(decisions, opened_on, factors):
    start, end = date(2024, 2, 25), date(2024, 3, 10)
    steps = effective_schedule(
        [decision_of(one) for one in decisions],
        opened_on=to_day(opened_on),
        start=to_day(start),
        end=to_day(end),
        overdue_factors={to_day(day): factor for day, factor in factors.items()},
    )
    for day in oracle.days(start, end):
        step = [step for step in steps if to_date(step.on) <= day][-1]
        begun = max((since for since in factors if since <= day), default=None)
        factor = factors.get(begun, 1_300_000)
        expected = oracle.rates_on(decisions, opened_on, day, factor)
        found = (step.base, step.in_term, step.overdue, step.gross_in_term, step.gross_overdue)
        if expected is None:
            assert found == (None,) * 5
        else:
            assert found == tuple(rate if rate == int(rate) else None for rate in expected)


@given(DECISIONS)
def test_neighbouring_steps_differ(decisions):
    steps = effective_schedule(
        [decision_of(one) for one in decisions], opened_on=0, start=to_day(date(2024, 2, 25)), end=40_000
    )
    for left, right in pairwise(steps):
        assert left.on < right.on
        assert (left.base, left.in_term, left.overdue) != (right.base, right.in_term, right.overdue) or (
            left.gross_in_term,
            left.gross_overdue,
        ) != (right.gross_in_term, right.gross_overdue)


def decision_of(one):
    """The same decision as calc takes it."""
    return RateDecision(
        kind=one["kind"],
        ppm=one["ppm"],
        effective_from=to_day(one["from"]),
        effective_to=None if one["to"] is None else to_day(one["to"]),
        signed_on=to_day(one["signed"]),
        reach=one["reach"],
        overdue_reach=one["overdue"],
        above=one["above"],
    )


def rate(ppm, since, to=None, *, signed="2015-01-01", reach="all"):
    """A new base rate."""
    return RateDecision(
        kind="rate",
        ppm=ppm,
        effective_from=on(since),
        effective_to=None if to is None else on(to),
        signed_on=on(signed),
        reach=reach,
    )


def cut(kind, ppm, since, to=None, *, above=None, overdue_reach="surcharge_on_reduced"):
    """A factor, points off, or support."""
    return RateDecision(
        kind=kind,
        ppm=ppm,
        effective_from=on(since),
        effective_to=None if to is None else on(to),
        signed_on=on(since),
        overdue_reach=overdue_reach,
        above=above,
    )


def effective_schedule(decisions, *, opened_on, start, end, overdue_factors=None):
    """Steps of a loan whose contract rate is one of the decisions."""
    return RateTable(decisions, overdue_factors).schedule((), opened_on=opened_on, start=start, end=end)


def schedule(*decisions):
    """Day, in-term and overdue rate of each step."""
    steps = effective_schedule(decisions, opened_on=OPENED, start=START, end=END)
    return [(to_date(step.on).isoformat(), step.in_term, step.overdue) for step in steps]


def single(*decisions):
    """The only step of the window."""
    (step,) = effective_schedule(decisions, opened_on=OPENED, start=START, end=END)
    return step
