"""What `bench/kernel.py` measures gives the right answers: every side of it, on few loans."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from fractions import Fraction

from bench import kernel_loans as sides
from calc.kernel import BLOCK_ROWS
from tests.calc.oracle import round_up_half

LOANS = BLOCK_ROWS + 500


def test_all_sides_of_the_bench_find_the_same_dues():
    blocks, out = sides.columns(LOANS)
    rows = sides.rows_of(blocks, LOANS)
    assert len(rows) == LOANS
    found = sides.dues(blocks, out)
    assert sides.integer_loop(rows) == found
    assert sides.decimal_loop(rows[-500:]) == found[-500:]
    for one in out:
        one.payable[:] = 0
    with ThreadPoolExecutor(sides.THREADS) as pool:
        sides.spread(pool, sides.month_end, blocks, out)
    assert [due for one in out for due in one.payable.tolist()] == found


def test_the_extremes_of_the_columns_are_looked_at_again():
    blocks, _ = sides.columns(1_000)
    assert [one.balances for one in sides.columns_again(blocks)] == [one.balances for one in blocks]


def test_multiply_add_is_the_month_without_its_rounding():
    blocks, out = sides.columns(1_000)
    sides.each(sides.multiply_add, blocks, out)
    plain = out[0].numerator.tolist()
    assert plain == sides.month_end(blocks[0], out[0]).figures.numerator.tolist()


def test_the_typical_loan_owes_what_it_owes_day_by_day():
    moved = {date(2024, 1, 10): 50, date(2024, 7, 10): -5, date(2025, 1, 10): -5, date(2025, 7, 10): -5}
    in_term, overdue, interest = 0, 0, Fraction(0)
    day = date(2024, 1, 10)
    while day < date(2026, 1, 1):
        in_term += moved.get(day, 0) * 1_000_000
        if day == date(2025, 10, 10):
            in_term, overdue = in_term - 10_000_000, 10_000_000
        rate = Fraction(66 if day < date(2025, 12, 1) else Fraction("62.4"), 1_000)
        interest += (in_term + overdue * Fraction(13, 10)) * rate / 365
        day += timedelta(1)
    assert sides.typical_loan()() == round_up_half(interest) - 12 * 270_000


def test_the_long_loan_has_thirty_movements():
    # day by day in fractions: 473,059,992 / 73 = 6,480,273.86 đ, of which 12 × 270,000 đ are paid
    assert sides.long_loan()() == 3_240_274
