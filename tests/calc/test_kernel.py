"""The kernel at its edges: the bound of 64 bits, ties, signs, steps of the rate (B10, B13, B25)."""

import numpy as np
import pytest

from calc.kernel import INTEGER_MAX, Figures, Range, block, close, room, steps
from calc.rounding import DENOMINATOR, HALF
from tests.calc.days import on

FIRST, LAST = on("2025-12-01"), on("2026-01-01")


def blocked(*rows, terms=None):
    """Rows (numerator, balance, ppm, settled, as_of) as a block."""
    numerator, balance, ppm, settled, as_of = zip(*rows, strict=True)
    return block(
        np.array(numerator, np.int64),
        np.array(balance, np.int64),
        np.array(ppm, np.int32),
        np.array(settled, np.int64),
        np.array(as_of, np.int32),
        None if terms is None else np.array(terms, np.int32),
    )


def shown(closed):
    """Rows (numerator, accrued, payable) of a month end."""
    found = closed.figures
    columns = (found.numerator.tolist(), found.accrued.tolist(), found.payable.tolist())
    return list(zip(*columns, strict=True))


def test_B10_a_month_is_one_multiply_add_and_one_rounding():
    # 50,000,000 đ at 6.6 % for the 31 days of December: 280,273.97… đ, of which 200,000 đ are settled
    closed = close(blocked((0, 50_000_000, 66_000, 200_000, FIRST)), LAST)
    assert shown(closed) == [(102_300_000_000_000, 280_274, 80_274)]
    assert closed.block.as_of == LAST
    assert not closed.exactly


def test_B12_twelve_months_add_up_to_the_year():
    year = blocked((0, 50_000_000, 66_000, 0, on("2025-01-01")))
    for month in range(2, 13):
        year = close(year, on(f"2025-{month:02}-01")).block
    assert shown(close(year, LAST)) == [(365 * 50_000_000 * 66_000, 3_300_000, 3_300_000)]


@pytest.mark.parametrize(
    ("numerator", "accrued"),
    [
        (HALF - 1, 0),
        (HALF, 1),
        (DENOMINATOR + HALF, 2),
        (-HALF, 0),
        (-HALF - 1, -1),
        (-DENOMINATOR - HALF, -1),
        (-DENOMINATOR - HALF - 1, -2),
    ],
)
def test_B10_an_exact_half_goes_up_for_either_sign(numerator, accrued):
    assert shown(close(blocked((numerator, 0, 0, 7, FIRST)), LAST)) == [(numerator, accrued, accrued - 7)]


def test_B11_what_was_settled_ahead_makes_a_negative_due():
    assert shown(close(blocked((0, 1, 1, 500, FIRST), (0, 1, 1, -500, FIRST)), LAST)) == [
        (31, 0, -500),
        (31, 0, 500),
    ]


def test_loans_of_one_block_may_have_begun_on_different_days():
    rows = [(0, 5_000, 73_000, 0, FIRST + day) for day in (0, 5, 31)]  # 1 đ a day
    assert [accrued for _, accrued, _ in shown(close(blocked(*rows), LAST))] == [31, 26, 0]


def test_B13_a_rate_cut_reaches_the_loans_of_its_terms_and_leaves_them_plain():
    # Decision 2553: 50,000,000 đ, 17/11–17/12/2025, 6.6 % → 6.24 % on 01/12: 263,342 đ; 8.25 % goes on
    rows = [(0, 50_000_000, 66_000, 0, on("2025-11-17")), (0, 50_000_000, 82_500, 0, on("2025-11-17"))]
    cut = steps([{on("2025-12-01"): 62_400}, {}], on("2025-12-17"))
    closed = close(blocked(*rows, terms=[0, 1]), on("2025-12-17"), cut)
    assert [accrued for _, accrued, _ in shown(closed)] == [263_342, 339_041]
    assert closed.block.ppm.tolist() == [62_400, 82_500]
    assert closed.block.rates == Range(62_400, 82_500)


@pytest.mark.parametrize(
    ("as_of", "days_at_the_new_rate"), [("2025-11-30", 31), ("2025-12-01", 31), ("2025-12-02", 0)]
)
def test_B13_a_step_counts_from_its_day_and_one_before_the_state_is_past(as_of, days_at_the_new_rate):
    cut = steps([{on("2025-12-01"): 1}], LAST)
    start = on(as_of)
    ((numerator, _, _),) = shown(close(blocked((0, 1, 1_000_000, 0, start), terms=[0]), LAST, cut))
    assert numerator == (LAST - start - days_at_the_new_rate) * 1_000_000 + days_at_the_new_rate


def test_a_step_on_the_month_end_waits_for_the_next_month():
    cut = {LAST: 1}
    closed = close(blocked((0, 1, 10, 0, FIRST), terms=[0]), LAST, steps([cut], LAST))
    assert shown(closed)[0][0] == 310
    assert closed.block.ppm.tolist() == [10]
    again = close(closed.block, LAST + 10, steps([cut], LAST + 10))
    assert shown(again)[0][0] == 310 + 10


def test_B25_the_bound_is_exact_and_one_more_goes_through_pythons_integers():
    balance, weight = 10**9, 90_000 * 31
    numerator = INTEGER_MAX - HALF - balance * weight
    fits = close(blocked((numerator, balance, 90_000, 0, FIRST)), LAST)
    assert not fits.exactly
    assert shown(fits) == [(INTEGER_MAX - HALF, 25_269_512_429, 25_269_512_429)]
    beyond = close(blocked((numerator + 1, balance, 90_000, 0, FIRST)), LAST)
    assert beyond.exactly
    assert not beyond.too_large
    assert shown(beyond) == [(INTEGER_MAX - HALF + 1, 25_269_512_429, 25_269_512_429)]


def test_B25_the_due_has_a_bound_too():
    # R is 25,269,512,429 at most; 2**63 - 1 - R is the most that may be settled below zero
    numerator, accrued = INTEGER_MAX - HALF, 25_269_512_429
    assert not close(blocked((numerator, 0, 0, accrued - INTEGER_MAX, FIRST)), LAST).exactly
    beyond = close(blocked((numerator, 0, 0, accrued - INTEGER_MAX - 1, FIRST)), LAST)
    assert beyond.exactly
    assert beyond.too_large == (0,)


def test_B25_the_bound_of_a_change_of_rate_counts():
    step = steps([{FIRST: 2**31 - 1}], LAST)
    row = (0, 2**63 // ((2**31 - 1) * 31) + 1, 0, 0, FIRST)
    closed = close(blocked(row, (5, 1, 0, 0, FIRST), terms=[0, 0]), LAST, step)
    assert closed.exactly
    assert closed.too_large == (0,)
    assert shown(closed) == [(0, 0, 0), (5 + 31 * (2**31 - 1), 182, 182)]


def test_B25_a_row_that_64_bits_cannot_hold_stops_no_other():
    closed = close(
        blocked((INTEGER_MAX, 1, 1, 0, FIRST), (-(2**63), 1, 1, 0, FIRST), (1, 1, 1, 0, FIRST)), LAST
    )
    assert closed.too_large == (0,)
    assert shown(closed)[1:] == [(-(2**63) + 31, -25_269_512_430, -25_269_512_430), (32, 0, 0)]
    assert closed.block.numerators == Range(-(2**63) + 31, 32)


def test_the_next_month_knows_its_extremes_without_a_look_at_the_rows():
    closed = close(blocked((-5, 100, 2, 0, FIRST), (7, 3, 1, 0, FIRST)), LAST)
    assert closed.block.numerators == Range(-5, 7 + 100 * 2 * 31)
    assert closed.block.numerators.holds(Range(*sorted(closed.figures.numerator.tolist())))


def test_figures_may_be_written_over_the_numerators():
    before = blocked((1, 1, 1, 0, FIRST))
    spare = room(1)
    out = Figures(before.numerator, spare.accrued, spare.payable)
    assert close(before, LAST, out=out).figures is out
    assert before.numerator.tolist() == [32]


@pytest.mark.parametrize(
    "row",
    [
        pytest.param((0, -1, 1, 0, FIRST), id="a negative balance"),
        pytest.param((0, 1, -1, 0, FIRST), id="a negative rate"),
        pytest.param((0, 1, 1, 0, LAST + 1), id="a loan ahead of the month end"),
    ],
)
def test_a_block_that_is_not_plain_is_a_mistake_of_the_caller(row):
    with pytest.raises(AssertionError):
        close(blocked(row), LAST)


def test_terms_that_nobody_told_are_a_mistake_of_the_caller():
    for terms in (None, [1]):
        with pytest.raises(AssertionError):
            close(blocked((0, 1, 1, 0, FIRST), terms=terms), LAST, steps([{}], LAST))


def test_a_rate_beyond_its_column_is_a_mistake_of_the_caller():
    with pytest.raises(OverflowError):
        steps([{FIRST: 2**31}], LAST)
