"""How a run of facts ends in a group's branch log: with a book that every holder of the log can check (L12).

A run is tried on a copy of the book before anything is sealed, because what is sealed stays. A fact from
before a loan's history is no obstacle: it counts as far as history reaches, and the rest is listed (B22).
"""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from calc.book import Book
from calc.commune_days import on_or_after
from calc.dues import LoanDue, digest_of, dues
from calc.problems import Oddity
from protocol.day import Day
from protocol.entries import BranchEntry
from protocol.ids import Position
from protocol.posting_facts import BookReady, DayOpened
from protocol.roster_facts import PolicyAdopted, RateDecided


class Ending(Struct, frozen=True):
    """What to append after a run; or, in ``faults`` and ``loans``, why the book would be impossible.

    ``faults`` are places in the run, from 0, of entries that the fold cannot let count, and ``oddities`` why,
    one for each; ``loans`` are the ordinals of loans whose due could be computed before the run and no longer
    can.
    """

    entries: tuple[BranchEntry, ...] = ()
    faults: tuple[int, ...] = ()
    oddities: tuple[Oddity, ...] = ()
    loans: tuple[int, ...] = ()


def end_run(book: Book, run: Sequence[BranchEntry], day: Day, decided_by: str) -> Ending:
    """Ending of a run that is to be appended after ``book``, with the dues to transaction day ``day``.

    ``DayOpened`` stands before ``BookReady`` when the day is not open, or when the run brings decisions, so
    that it names the highest number (L12).
    """
    after = book.copy()
    for place, entry in enumerate(run, 1):
        after.apply(Position(book.position.epoch, book.position.seq + place), entry)
    problems = after.problems[len(book.problems) :]
    refused = [problem for problem in problems if problem.oddity is not Oddity.BEFORE_HISTORY]
    found = dues(after, day)
    loans = _faulty(found)
    if loans:
        loans -= _faulty(dues(book, day))
    if refused or loans:
        return Ending(
            faults=tuple(problem.position.seq - book.position.seq - 1 for problem in refused),
            oddities=tuple(problem.oddity for problem in refused),
            loans=tuple(sorted(loans)),
        )
    known = after.days.get(day)
    decides = any(isinstance(entry, PolicyAdopted | RateDecided) for entry in run)
    ready = BookReady(day, digest_of(found))
    if decides or known is None or known.opened is None:
        highest = max(after.decisions.numbers, default=0)
        return Ending((DayOpened(day, highest, decided_by), ready))
    return Ending((ready,))


def day_under_way(book: Book, day_of_month: int, today: Day) -> Day:
    """Transaction day that dues are computed to: the first one open and not settled, else the next one."""
    unsettled = [one.day for one in book.days.values() if one.opened is not None and one.settled is None]
    return min(unsettled) if unsettled else on_or_after(today, day_of_month)


def _faulty(found: Iterable[LoanDue]) -> set[int]:
    return {due.loan for due in found if due.fault is not None}
