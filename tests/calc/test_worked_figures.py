"""Published and hand-worked figures of interest, and exact halves (B10, B24)."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calc.rounding import DENOMINATOR
from tests.calc.lines import asked, disbursed, event, rate


# Worked figures of the published rates (Decision 750/QĐ-TTg, 28/2015/QĐ-TTg, 2553/QĐ-TTg), 50,000,000 đ.
@pytest.mark.parametrize(
    ("start", "end", "ppm", "interest"),
    [
        pytest.param("2025-03-10", "2025-04-10", 66_000, 280_274, id="poor household, 31 days"),
        pytest.param("2025-03-10", "2025-04-10", 79_200, 336_329, id="near-poor, 31 days"),
        pytest.param("2025-03-10", "2025-04-10", 82_500, 350_342, id="newly out of poverty, 31 days"),
        pytest.param("2025-03-10", "2025-04-10", 90_000, 382_192, id="hard regions, 31 days"),
        pytest.param("2026-02-10", "2026-03-10", 62_400, 239_342, id="poor household, 28 days of 2026"),
        pytest.param("2026-02-10", "2026-03-10", 84_000, 322_192, id="clean water, 28 days of 2026"),
        pytest.param("2024-01-01", "2025-01-01", 66_000, 3_309_041, id="a leap year divides by 365"),
        pytest.param("2025-01-01", "2026-01-01", 66_000, 3_300_000, id="a year"),
    ],
)
def test_a_published_rate_gives_the_worked_figure(start, end, ppm, interest):
    assert asked(start, end, disbursed(50_000_000), rate(ppm))["interest"] == interest


def test_the_day_of_a_new_rate_carries_the_new_rate():
    # Decision 2553: 6.6 % → 6.24 % on 01/12/2025; with the other day rule it would be 262,849
    found = asked("2025-11-17", "2025-12-17", disbursed(50_000_000), rate(66_000), rate(62_400, "2025-12-01"))
    assert found["interest"] == 263_342
    assert [(one["days"], one["ppm"]) for one in found["segments"]] == [(14, 66_000), (16, 62_400)]


def test_twelve_months_rounded_one_by_one_add_up_to_too_much():
    firsts = [f"2025-{month:02}-01" for month in range(1, 13)] + ["2026-01-01"]
    months = [asked(*month, disbursed(50_000_000), rate(66_000)) for month in pairwise(firsts)]
    assert sum(month["interest"] for month in months) == 3_300_001
    year = asked("2025-01-01", "2026-01-01", disbursed(50_000_000), rate(66_000))
    assert sum(month["numerator"] for month in months) == year["numerator"]
    assert year["interest"] == 3_300_000


def test_overdue_principal_bears_130_percent_of_the_rate():
    found = asked(
        "2025-06-10",
        "2025-07-10",
        disbursed(50_000_000),
        rate(66_000),
        event("overdue", "2025-06-10", amount=50_000_000),
    )
    assert (found["interest"], found["in_term"], found["overdue"]) == (352_603, 0, 352_603)
    assert found["segments"][0]["ppm"] == 85_800


def test_a_repayment_counts_from_its_own_day():
    found = asked(
        "2025-03-10",
        "2025-04-10",
        disbursed(50_000_000),
        rate(66_000),
        event("repaid", "2025-03-25", amount=10_000_000),
    )
    assert found["interest"] == 251_342


def test_a_household_owes_the_sum_of_its_rounded_loans():
    poor = asked("2025-04-15", "2025-05-15", disbursed(40_000_000), rate(66_000))
    water = asked("2025-04-15", "2025-05-15", disbursed(20_000_000), rate(90_000))
    assert (poor["interest"], water["interest"]) == (216_986, 147_945)
    together = poor["numerator"] + water["numerator"]
    assert poor["interest"] + water["interest"] == 364_931
    assert (2 * together + DENOMINATOR) // (2 * DENOMINATOR) == 364_932


def test_a_rate_cut_learnt_late_leaves_a_credit():
    # Decision 1990/QĐ-TTg: × 0.9 in the fourth quarter of 2021
    found = asked(
        "2021-10-01",
        "2022-01-01",
        disbursed(50_000_000),
        rate(59_400),
        event("interest_paid", "2021-12-31", amount=831_781),
    )
    assert (found["interest"], found["paid"], found["due"]) == (748_603, 831_781, -83_178)


def test_a_stale_rate_on_the_phone_leaves_prepaid_interest():
    lent = disbursed(70_000_000), rate(66_000)
    stale = asked("2025-11-17", "2025-12-17", *lent)["interest"]
    found = asked(
        "2025-11-17",
        "2025-12-17",
        *lent,
        rate(62_400, "2025-12-01"),
        event("interest_paid", "2025-12-16", amount=stale),
    )
    assert (stale, found["interest"], found["due"]) == (379_726, 368_679, -11_047)


def test_the_known_exact_half_goes_up():
    # 94,687,000 × 9 d + 92,532,000 × 12 d + 91,784,000 × 8 d at 8.25 % is exactly 609,559.5
    found = asked(
        "2025-01-01",
        "2025-01-30",
        disbursed(94_687_000),
        rate(82_500),
        event("repaid", "2025-01-10", amount=94_687_000 - 92_532_000),
        event("repaid", "2025-01-22", amount=92_532_000 - 91_784_000),
    )
    assert found["numerator"] * 2 == (2 * 609_559 + 1) * DENOMINATOR
    assert found["interest"] == 609_560


@given(st.integers(0, 10**9), st.integers(0, 20), st.integers(0, 15))
def test_every_exact_half_goes_up(amount, percent, length):
    # 2,500 đ at 7.3 % for one day is exactly half a đồng, and odd × odd × odd such halves end in a half
    amount, percent, length = 2 * amount + 1, 2 * percent + 1, 2 * length + 1
    found = asked("2020-02-29", f"2020-03-{length:02}", disbursed(2_500 * amount), rate(73_000 * percent))
    halves = amount * percent * length
    assert found["numerator"] * 2 == halves * DENOMINATOR
    assert found["interest"] == (halves + 1) // 2
