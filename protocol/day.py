"""Calendar days and instants. A calendar day always means UTC+7; an instant is UTC (log law, head)."""

from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Annotated

from msgspec import Meta

EPOCH = date(1970, 1, 1)
VIETNAM = timezone(timedelta(hours=7), "UTC+7")

_DAY_MS = 86_400_000
_VIETNAM_MS = 7 * 3_600_000

DAY_MIN = (date(1900, 1, 1) - EPOCH).days
DAY_MAX = (date(2999, 12, 31) - EPOCH).days
INSTANT_MAX = 2**53

Day = Annotated[int, Meta(ge=DAY_MIN, le=DAY_MAX)]
"""Days since 1970-01-01."""

Instant = Annotated[int, Meta(ge=-INSTANT_MAX, le=INSTANT_MAX)]
"""Milliseconds since 1970-01-01T00:00:00Z. A claim of the clock that wrote it."""


def to_day(value: date) -> int:
    """Days since 1970-01-01 of a calendar date."""
    return (value - EPOCH).days


def to_date(day: int) -> date:
    """Calendar date of a day number; raises OverflowError outside years 1–9999."""
    return EPOCH + timedelta(days=day)


def day_of(moment: datetime) -> int:
    """Calendar day in Vietnam of an aware datetime; raises ValueError for a naive one."""
    return (to_instant(moment) + _VIETNAM_MS) // _DAY_MS


def end_of(day: int) -> int:
    """The last instant of a calendar day in Vietnam."""
    following = datetime.combine(to_date(day + 1), time(), VIETNAM)
    return to_instant(following) - 1


def to_instant(moment: datetime) -> int:
    """Milliseconds since the epoch of an aware datetime; exact, no floats."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs its offset from UTC")
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def to_moment(instant: int) -> datetime:
    """Aware UTC datetime of an instant."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=instant)
