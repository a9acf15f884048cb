"""Interest of one loan over a stand-alone window, as ``tovay-calc`` answers it (B24).

The window is no ledger difference: its numerator is rounded once, by itself. What lies before ``from`` only
moves balances and rates; what lies on or after ``to`` has been checked for its form and is not applied.
"""

from msgspec import Struct

from calc.accrual import Segment, accrue
from calc.errors import LineError, LoanError
from calc.line import Asked, Id, asked_of, id_of, members_of
from calc.rate import plain_schedule
from calc.rounding import split
from protocol.day import Day
from protocol.money import Dong


class Reckoned(Struct, frozen=True):
    """The answer to one line. ``numerator`` is in đồng × ppm × days, the rest in đồng.

    ``overdue`` is ``interest`` − ``in_term``; ``due`` is ``interest`` − ``paid`` and may be negative.
    """

    id: Id
    start: Day
    end: Day
    numerator: int
    interest: Dong
    in_term: Dong
    overdue: Dong
    paid: Dong
    due: Dong
    segments: tuple[Segment, ...]


class Refused(Struct, frozen=True):
    """A line that cannot be answered, with its id where that can be read."""

    id: Id
    error: LineError | LoanError


def answer(line: bytes) -> Reckoned | Refused:
    """Answer one line; a bad one is a value, so that it never stops the rest."""
    name: Id = None
    try:
        members = members_of(line)
        name = id_of(members)
        return reckon(name, asked_of(members))
    except (LineError, LoanError) as error:
        return Refused(name, error)


def reckon(name: Id, asked: Asked) -> Reckoned:
    """Interest over [start, end), and what is still due of it.

    Raises:
        HistoryError: the events before ``to`` contradict each other.
        RateError: a day of the window bears interest and has no rate, or none that is a whole ppm.
    """
    start, end = asked.start, asked.end
    schedule = plain_schedule(asked.rates, asked.overdue_factors)
    (chapter,) = accrue(asked.events, schedule, start, end).chapters
    rounded = split(chapter.numerators)
    paid = sum(amount for on, amount in asked.payments if start <= on < end)
    return Reckoned(
        id=name,
        start=start,
        end=end,
        numerator=chapter.numerators.total,
        interest=rounded.total,
        in_term=rounded.in_term,
        overdue=rounded.overdue,
        paid=paid,
        due=rounded.total - paid,
        segments=chapter.segments,
    )
