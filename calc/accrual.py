"""Accrual of one loan: events in any order → stretches of days → exact numerators (B10, B12, B24).

Actual/365 fixed, simple, on the balance at the end of each day: the first day counts, the last does not, and
the day on which a balance or a rate takes effect carries the new one (Circular 14/2017/TT-NHNN, Art. 4(2)(b)
and 5(1)(b)). Only days on which something changes are visited. Every stretch of days that bore interest is
kept, so that any figure can be explained.
"""

from collections.abc import Collection, Iterable
from enum import IntEnum
from operator import attrgetter

from msgspec import Struct

from calc.errors import RateError, RateFault
from calc.events import ORDER, Event, Kind
from calc.principal import EFFECTS, Principal
from calc.rate import Ppm, RateStep
from calc.rounding import Buckets, Numerators, round_half_up, split
from protocol.day import Day
from protocol.money import Dong


class Bucket(IntEnum):
    """Which numerator a segment feeds; the value is the order of segments that begin on one day."""

    IN_TERM = 0
    OVERDUE = 1
    GRACE = 2


class Segment(Struct, frozen=True):
    """Days [start, end) with one balance and one rate: a working line, maximal within its bucket.

    ``ppm`` is what the customer pays, ``gross_ppm`` the rate before budget support.
    """

    start: Day
    end: Day
    bucket: Bucket
    balance: Dong
    ppm: Ppm
    gross_ppm: Ppm

    @property
    def days(self) -> int:
        """Days that bear interest: the first counts, the last does not."""
        return self.end - self.start

    @property
    def numerator(self) -> int:
        """Interest that the customer owes for these days, in đồng × ppm × days."""
        return self.balance * self.ppm * self.days


Piece = tuple[Bucket, Day, Day, Dong, Ppm, Ppm]
"""Days on which nothing changes: bucket, start, end, balance, ppm, gross ppm."""


class Chapter(Struct, frozen=True):
    """Accrual between two resets (B12): rounded by itself, never together with another chapter.

    ``gross`` is the numerator of all buckets before budget support, carried numerators included.
    """

    start: Day
    end: Day
    numerators: Numerators
    gross: int
    pieces: tuple[Piece, ...]

    @property
    def segments(self) -> tuple[Segment, ...]:
        """The working lines, ordered by start and bucket: pieces joined where nothing but the day changed."""
        joined: dict[Bucket, list[Piece]] = {bucket: [] for bucket in Bucket}
        for piece in self.pieces:
            bucket, start, end, balance, ppm, gross_ppm = piece
            lines = joined[bucket]
            if lines and lines[-1][2:] == (start, balance, ppm, gross_ppm):
                start = lines.pop()[1]
            lines.append((bucket, start, end, balance, ppm, gross_ppm))
        segments = [
            Segment(start, end, bucket, balance, ppm, gross_ppm)
            for lines in joined.values()
            for bucket, start, end, balance, ppm, gross_ppm in lines
        ]
        return tuple(sorted(segments, key=attrgetter("start", "bucket")))


class Accrual(Struct, frozen=True):
    """What one loan accrued over a window, chapter by chapter."""

    chapters: tuple[Chapter, ...]

    @property
    def accrued(self) -> Buckets:
        """Whole đồng by bucket: each chapter's prefix split, summed (B10, B12)."""
        rounded = [split(chapter.numerators) for chapter in self.chapters]
        return rounded[0] if len(rounded) == 1 else sum(rounded, Buckets())

    @property
    def support(self) -> Dong:
        """Whole đồng that the State budget owes for this loan: R(N_gross) − R(N_customer) (B13)."""
        return sum(
            round_half_up(chapter.gross) - round_half_up(chapter.numerators.total)
            for chapter in self.chapters
        )


def accrue(
    events: Collection[Event],
    schedule: Iterable[RateStep],
    start: Day,
    end: Day,
    *,
    grace_end: Day | None = None,
    carried: Numerators | None = None,
) -> Accrual:
    """Accrue [start, end). Events before ``start`` move balances only; events from ``end`` on do nothing.

    Args:
        events: of one loan, in any order.
        schedule: rate steps; must reach back to every day of the window that bears interest.
        start: first day that counts.
        end: first day that does not count; not before ``start``.
        grace_end: first day after the grace; in-term interest before it goes to the grace bucket.
        carried: numerators brought forward into the first chapter (B22).

    Raises:
        HistoryError: the applied events contradict each other.
        RateError: a day inside the window bears interest and has no usable rate.
    """
    timeline = _timeline(events, schedule, grace_end, end)
    return _walk(timeline, start, start if grace_end is None else grace_end, carried or _NOTHING)


_IN_TERM, _OVERDUE, _GRACE = Bucket
_RESET = Kind.RESET
_NO_RATE = RateStep(0, None, None, None, None, None)
_NOTHING = Numerators()


def _timeline(
    events: Collection[Event], schedule: Iterable[RateStep], grace_end: Day | None, end: Day
) -> list[Event | RateStep]:
    """What happens before ``end``, in order, and then a reset, which ends the last chapter."""
    timeline: list[Event | RateStep] = [*events, *schedule]
    ticks = {event.until for event in events if event.until is not None}
    if grace_end is not None:
        ticks.add(grace_end)
    timeline.extend([Event(day, Kind.TICK) for day in ticks])
    timeline.sort(key=ORDER)
    while timeline and timeline[-1].on >= end:
        timeline.pop()
    timeline.append(Event(end, _RESET))
    return timeline


def _walk(  # noqa: C901, PLR0912 (one loop, written out: a call for each stretch costs a fifth)
    timeline: Iterable[Event | RateStep], start: Day, grace_end: Day, carried: Numerators
) -> Accrual:
    principal, step = Principal(), _NO_RATE
    begun = since = start
    in_term, overdue, grace, support = carried.in_term, carried.overdue, carried.grace, 0
    pieces: list[Piece] = []
    chapters: list[Chapter] = []
    for event in timeline:
        on = event.on
        if on > since:  # nothing changed on the days [since, on)
            free, late = principal.bearing(since)
            if free:
                ppm, gross_ppm = step.in_term, step.gross_in_term
                if ppm is None or gross_ppm is None:
                    raise _no_rate(step, since)
                dong_days = free * (on - since)
                if since < grace_end:
                    bucket = _GRACE
                    grace += dong_days * ppm
                else:
                    bucket = _IN_TERM
                    in_term += dong_days * ppm
                if gross_ppm != ppm:
                    support += dong_days * (gross_ppm - ppm)
                pieces.append((bucket, since, on, free, ppm, gross_ppm))
            if late:
                ppm, gross_ppm = step.overdue, step.gross_overdue
                if ppm is None or gross_ppm is None:
                    raise _no_rate(step, since)
                dong_days = late * (on - since)
                overdue += dong_days * ppm
                if gross_ppm != ppm:
                    support += dong_days * (gross_ppm - ppm)
                pieces.append((_OVERDUE, since, on, late, ppm, gross_ppm))
            since = on
        if type(event) is not Event:
            step = event
        elif event.kind is not _RESET:
            EFFECTS[event.kind](principal, event)
        elif on >= start:
            numerators = Numerators(in_term, overdue, grace)
            chapters.append(Chapter(begun, on, numerators, numerators.total + support, tuple(pieces)))
            begun, pieces = on, []
            in_term = overdue = grace = support = 0
    return Accrual(tuple(chapters))


def _no_rate(step: RateStep, on: Day) -> RateError:
    return RateError(RateFault.NO_RATE if step.base is None else RateFault.NO_WHOLE_PPM, on)
