"""Due days by the day of the transaction point (B14): published figures, and every day found by walking."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calc.commune_days import months_before, moved, on_or_after
from protocol.day import DAY_MAX, DAY_MIN, to_date, to_day
from tests.calc.days import on

DATES = st.dates(date(1999, 11, 1), date(2032, 3, 31))
DAYS_OF_MONTH = st.integers(1, 31)


@pytest.mark.parametrize(
    ("due_on", "day_of_month", "expected"),
    [
        ("2032-08-04", 25, "2032-07-25"),  # published
        ("2024-09-15", 10, "2024-09-10"),  # published
        ("2019-04-20", 10, "2019-04-10"),  # published
        ("2024-09-10", 10, "2024-08-10"),
        ("2024-01-10", 10, "2023-12-10"),
        ("2025-03-01", 31, "2025-02-28"),
        ("2024-03-01", 30, "2024-02-29"),
        ("2025-02-28", 31, "2025-01-31"),  # the point's day of that February
        ("2025-03-30", 31, "2025-02-28"),
        ("2025-03-31", 30, "2025-03-30"),
    ],
)
def test_B14_a_due_day_moves_back_to_the_transaction_day_before_it(due_on, day_of_month, expected):
    assert to_date(moved(on(due_on), day_of_month)).isoformat() == expected


@given(DATES, DAYS_OF_MONTH)
def test_B14_the_moved_day_is_the_first_one_met_when_walking_backwards(due_on, day_of_month):
    assert moved(to_day(due_on), day_of_month) == to_day(walk(due_on, day_of_month, -1))


@given(DATES, DAYS_OF_MONTH)
def test_the_next_transaction_day_is_the_first_one_met_from_today_on(today, day_of_month):
    yesterday = today - timedelta(1)
    assert on_or_after(to_day(today), day_of_month) == to_day(walk(yesterday, day_of_month, 1))


@given(DATES, DAYS_OF_MONTH, st.integers(0, 30))
def test_a_point_has_one_calendar_in_both_directions(day, day_of_month, months):
    this = months_before(to_day(day), 0, day_of_month)
    before = this
    for _ in range(months):
        before = moved(before, day_of_month)
    assert months_before(this, months, day_of_month) == before
    assert months_before(before, -months, day_of_month) == this


def test_every_day_of_the_calendar_has_its_transaction_days():
    assert to_date(moved(DAY_MIN, 25)) == date(1899, 12, 25)
    assert to_date(on_or_after(DAY_MAX, 30)) == date(3000, 1, 30)


def walk(day, day_of_month, step):
    """The nearest transaction day after or before a day, found one day at a time."""
    while True:
        day += timedelta(step)
        is_last = (day + timedelta(1)).month != day.month
        if day.day == day_of_month or (is_last and day.day < day_of_month):
            return day
