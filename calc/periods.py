"""Days and periods that close and stay closed (B4, B20). A period is a calendar month.

A close is a place in the branch log: a `DaySettled` or a `PeriodClosed`. What it closed never changes: what
comes later is booked on a later day. An entry belongs to the period in which it is booked (`calc.journal`):
a period that is closed late does not take in what was settled on a later day before.

A period is closed after its last day, once every transaction day in it is settled, and after every earlier
period in which the group had a transaction day. Nothing of a day in it begins after that (`calc.book`): what
a phone still brings for such a day is posted on the next one.
"""

import calendar
from collections.abc import Iterator
from enum import StrEnum

from msgspec import Struct

from calc.book import Book
from protocol.day import Day, to_date, to_day
from protocol.ids import Position
from protocol.loan_facts import (
    CreditRefunded,
    Disbursed,
    InterestReceived,
    PrincipalRepaid,
    RecoveredAfterWriteOff,
)

_MONEY = CreditRefunded | Disbursed | InterestReceived | PrincipalRepaid | RecoveredAfterWriteOff


class Period(Struct, frozen=True, order=True):
    """A calendar month by its first and last day, both inclusive."""

    first_day: Day
    last_day: Day

    def holds(self, day: Day) -> bool:
        """Say whether a day lies in it."""
        return self.first_day <= day <= self.last_day


class Close(Struct, frozen=True, order=True):
    """A place up to which a day or a period is closed, and the day to which interest is recomputed there.

    That is the transaction day, or the first day after the period, and never earlier than at a close before.
    """

    position: Position
    through: Day


class Hindrance(StrEnum):
    """Why a period cannot be closed yet, or never."""

    NOT_OVER = "period_not_over"
    DAY_UNSETTLED = "period_day_unsettled"
    EARLIER_OPEN = "period_earlier_open"
    OVERTAKEN = "period_overtaken"


class Obstacle(Struct, frozen=True):
    """One thing that stands in the way, and the day concerned."""

    hindrance: Hindrance
    day: Day


def period_of(day: Day) -> Period:
    """The period that a day lies in."""
    return period_in(to_date(day).year, to_date(day).month)


def period_in(year: int, number: int) -> Period:
    """A calendar month, ``number`` from 1."""
    first = to_date(0).replace(year=year, month=number, day=1)
    return Period(to_day(first), to_day(first.replace(day=calendar.monthrange(year, number)[1])))


def closes(book: Book) -> tuple[Close, ...]:
    """Every close of a group, in log order."""
    ends = [(position, closed.last_day + 1) for position, closed in book.periods]
    ends += [(day.settled_at, day.day) for day in book.days.values() if day.settled_at is not None]
    found: list[Close] = []
    for position, day in sorted(ends):
        found.append(Close(position, max(day, found[-1].through) if found else day))
    return tuple(found)


def closed_at(book: Book, day: Day) -> Position | None:
    """Where the period that a day lies in was closed; None while it is open."""
    return next((place for place, one in book.periods if one.first_day <= day <= one.last_day), None)


def shut_at(book: Book, period: Period) -> Position | None:
    """Where the last day of a period was closed, with it or with a later one; None while it is open.

    Nothing is booked in the period after that.
    """
    return next((place for place, one in book.periods if one.last_day >= period.last_day), None)


def ahead(book: Book, period: Period) -> int:
    """Money of a later value date that the log has already: the difference at the close counts it."""
    facts = [effect.fact for loan in book.loans.values() for effect in loan.effects]
    dates = [fact.effective for fact in facts if isinstance(fact, _MONEY)]
    dates += [move.effective for account in book.accounts.values() for move in account.moves]
    return sum(date > period.last_day for date in dates)


def obstacles(book: Book, period: Period, today: Day) -> tuple[Obstacle, ...]:
    """What keeps an open period from being closed, by day; nothing when it may be."""
    return tuple(sorted(set(_obstacles(book, period, today)), key=lambda one: one.day))


def _obstacles(book: Book, period: Period, today: Day) -> Iterator[Obstacle]:
    if today <= period.last_day:
        yield Obstacle(Hindrance.NOT_OVER, period.last_day)
    if any(closed.first_day > period.last_day for _, closed in book.periods):
        yield Obstacle(Hindrance.OVERTAKEN, period.last_day)
    for day in book.days.values():
        if day.day <= period.last_day and day.is_open:
            yield Obstacle(Hindrance.DAY_UNSETTLED, day.day)
        elif day.day < period.first_day and closed_at(book, day.day) is None:
            yield Obstacle(Hindrance.EARLIER_OPEN, period_of(day.day).last_day)
