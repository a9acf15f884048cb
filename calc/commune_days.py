"""Days of a commune transaction point: one fixed day of every month, held on weekends and holidays too.

The days 29 to 31 mean the last day of a shorter month. Every list, reminder and transaction month that asks
"which transaction day" asks here, so that a point of day 31 has one calendar: 31/01, 28/02, 31/03.
"""

from calendar import monthrange
from datetime import date

from protocol.day import Day, to_date, to_day

_MONTHS = 12


def moved(due_on: Day, day_of_month: int) -> Day:
    """Due day as the transaction point keeps it: the last transaction day before the day of the contract.

    A contract that names the transaction day itself goes back a month as well, so that the last payment never
    waits for its own day. Serves lists and reminders; no interest depends on it (B14).

    >>> to_date(moved(to_day(date(2032, 8, 4)), 25)).isoformat()
    '2032-07-25'
    """
    same_month = months_before(due_on, 0, day_of_month)
    return same_month if same_month < due_on else months_before(due_on, 1, day_of_month)


def on_or_after(today: Day, day_of_month: int) -> Day:
    """The first transaction day that is today or later."""
    same_month = months_before(today, 0, day_of_month)
    return same_month if same_month >= today else months_before(today, -1, day_of_month)


def months_before(day: Day, months: int, day_of_month: int) -> Day:
    """The transaction day so many calendar months before the month of a day; negative: after it."""
    given = to_date(day)
    year, month = divmod(given.year * _MONTHS + given.month - 1 - months, _MONTHS)
    last = monthrange(year, month + 1)[1]
    return to_day(date(year, month + 1, min(day_of_month, last)))
