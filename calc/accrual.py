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


Piece = tuple[Bucket, Day, Day, tuple[Dong, Ppm, Ppm]]
"""Days on which nothing changes: bucket, start, end, and balance, ppm, gross ppm."""


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
            bucket, start, end, terms = piece
            lines = joined[bucket]
            if lines and lines[-1][2:] == (start, terms):
                lines[-1] = bucket, lines[-1][1], end, terms
            else:
                lines.append(piece)
        segments = [
            Segment(start, end, bucket, *terms)
            for lines in joined.values()
            for bucket, start, end, terms in lines
        ]
        return tuple(sorted(segments, key=attrgetter("start", "bucket")))


class Accrual(Struct, frozen=True):
    """What one loan accrued over a window, chapter by chapter."""

    chapters: tuple[Chapter, ...]

    @property
    def accrued(self) -> Buckets:
        """Whole đồng by bucket: each chapter's prefix split, summed (B10, B12)."""
        return sum((split(chapter.numerators) for chapter in self.chapters), Buckets())

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
    ticks = {event.until for event in events if event.until is not None}
    if grace_end is not None:
        ticks.add(grace_end)
    timeline: list[Event | RateStep] = [*events, *schedule, *(Event(day, Kind.TICK) for day in ticks)]
    timeline.sort(key=ORDER)
    walk = _Walk(start, grace_end, carried or Numerators())
    for event in timeline:
        if event.on >= end:
            break
        walk.advance(event.on)
        walk.apply(event)
    walk.advance(end)
    walk.close_chapter(end)
    return Accrual(tuple(walk.chapters))


_IN_TERM, _OVERDUE, _GRACE = Bucket
_RESET = Kind.RESET
_NO_RATE = RateStep(0, None, None, None, None, None)


class _Walk:
    """The state of one loan while its days are walked once, forwards."""

    def __init__(self, start: Day, grace_end: Day | None, carried: Numerators) -> None:
        self.day = self.start = self.chapter_start = start
        self.grace_end = start if grace_end is None else grace_end
        self.carried = carried
        self.principal = Principal()
        self.step = _NO_RATE
        self.pieces: list[Piece] = []
        self.chapters: list[Chapter] = []

    def apply(self, event: Event | RateStep) -> None:
        """Let one event take effect at the start of its day."""
        if isinstance(event, RateStep):
            self.step = event
        elif event.kind is not _RESET:
            EFFECTS[event.kind](self.principal, event)
        elif event.on >= self.start:
            self.close_chapter(event.on)

    def advance(self, to: Day) -> None:
        """Accrue the days before ``to`` that are still open; nothing changes inside them."""
        since = self.day
        if to <= since:
            return
        step = self.step
        in_term, overdue = self.principal.bearing(since)
        if in_term:
            if step.in_term is None or step.gross_in_term is None:
                raise _no_rate(step, since)
            bucket = _GRACE if since < self.grace_end else _IN_TERM
            self.pieces.append((bucket, since, to, (in_term, step.in_term, step.gross_in_term)))
        if overdue:
            if step.overdue is None or step.gross_overdue is None:
                raise _no_rate(step, since)
            self.pieces.append((_OVERDUE, since, to, (overdue, step.overdue, step.gross_overdue)))
        self.day = to

    def close_chapter(self, end: Day) -> None:
        """End what has accrued since the last reset; the next chapter starts at 0 (B12)."""
        sums = [self.carried.in_term, self.carried.overdue, self.carried.grace]
        gross = self.carried.total
        for bucket, since, to, (balance, ppm, gross_ppm) in self.pieces:
            dong_days = balance * (to - since)
            sums[bucket] += dong_days * ppm
            gross += dong_days * gross_ppm
        self.chapters.append(Chapter(self.chapter_start, end, Numerators(*sums), gross, tuple(self.pieces)))
        self.chapter_start = end
        self.carried = Numerators()
        self.pieces.clear()


def _no_rate(step: RateStep, on: Day) -> RateError:
    return RateError(RateFault.NO_RATE if step.base is None else RateFault.NO_WHOLE_PPM, on)
