"""What a correction changes, figure by figure: the group's book before it beside the one after it."""

from collections.abc import Iterator

from msgspec import Struct

from calc.book import Book
from calc.cash import in_transit
from calc.dues import due_in
from calc.states import Facts, Phase, cash_of, states
from protocol.day import Day
from protocol.ids import Ordinal
from protocol.money import Dong


class Change(Struct, frozen=True):
    """One figure in đồng before a correction and after it.

    ``kind`` is ``due`` (signed, to the transaction day under way) or ``principal`` of a loan, ``savings`` of
    an account, ``cash`` in transit with a writer, ``difference`` that a transaction day left open, or
    ``held`` and ``waiting``: cash of receipts in suspense, and of receipts that are to be posted.
    """

    kind: str
    number: int
    before_dong: Dong
    after_dong: Dong


def changes(before: Book, after: Book, facts: Facts, day: Day) -> tuple[Change, ...]:
    """Every figure that differs between two books of one group, the second being the later one."""
    first, last = dict(_figures(before, facts, day)), dict(_figures(after, facts, day))
    return tuple(
        Change(kind, number, was, now)
        for (kind, number), now in last.items()
        if (was := first.get((kind, number), 0)) != now
    )


def _figures(book: Book, facts: Facts, day: Day) -> Iterator[tuple[tuple[str, Ordinal], Dong]]:
    view = book.view()
    for ordinal, loan in sorted(book.loans.items()):
        due = due_in(book, loan, day, view)
        yield ("due", ordinal), due.payable
        principal = due.principal
        yield ("principal", ordinal), principal.in_term + principal.overdue + principal.frozen
    for ordinal, account in sorted(book.accounts.items()):
        yield ("savings", ordinal), account.balance(view, day)
    for writer, amount in in_transit(book, facts).items():
        yield ("cash", writer), amount
    for one in book.days.values():
        yield ("difference", one.day), one.difference_open
    known = states(book, facts)
    for kind, phase in (("held", Phase.HELD), ("waiting", Phase.PENDING)):
        yield (kind, 0), sum(cash_of(fact) for fact in facts.all if known[fact.ref].phase is phase)
