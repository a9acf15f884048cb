"""What our log has that the core system must have too, as slots that the core's transactions fill (B21).

A slot is one fact that came from the core or was keyed at the table, or one money line that the branch booked
on a customer's loan or account. A slot has a name for ever: the place of its entry, and the number of its
line there, 0 for a fact.
"""

from collections.abc import Iterable, Iterator

from msgspec import Struct

from calc.book import Book
from calc.booked import BookedLine, LinePlace
from calc.core_refs import Told
from calc.loan import CoreFact
from protocol.day import Day
from protocol.ids import Ordinal, Position
from protocol.loan_facts import InstalmentScheduled, LoanClosed, LoanRenewed, RecoveredAfterWriteOff
from protocol.money import Dong
from protocol.roster_facts import SavingsMoved

MADE_UP = ":"
"""Stands in references that the branch made itself: no transaction of the core is behind such a fact."""

Subject = tuple[Ordinal | None, Ordinal | None]
"""The loan, or else the account, that money moves on."""


class Slot(Struct, frozen=True):
    """One fact or line of ours.

    ``amount`` is in đồng as ``kind`` counts it, negative for a line that takes another back. ``named_at`` is
    where the log says that the core has it: its own place for what the core told, None for what it has not
    named yet. ``fact`` is None for a line.
    """

    place: LinePlace
    subject: Subject
    kind: str
    day: Day
    amount: Dong
    named_at: Position | None
    fact: Told | None = None


def slots_of(book: Book, lines: Iterable[BookedLine]) -> tuple[Slot, ...]:
    """Every slot of a group, in log order; ``lines`` are those of `calc.booked`."""
    found = [
        _slot(book, position, (loan.ordinal, None), fact)
        for loan in book.loans.values()
        for position, fact in ((effect.position, effect.fact) for effect in loan.effects)
        if isinstance(fact, CoreFact) and MADE_UP not in (fact.core_ref or "")
    ]
    found += (
        _slot(book, move.position, (None, account.ordinal), move.fact)
        for account in book.accounts.values()
        for move in account.moves
        if move.fact is not None
    )
    found += _booked(book, lines)
    return tuple(sorted(found, key=lambda slot: slot.place))


def fact_day(fact: Told) -> Day:
    """Day on which a fact takes effect."""
    return fact.due_on if isinstance(fact, InstalmentScheduled) else fact.effective


def fact_amount(fact: Told) -> Dong:
    """The đồng that a fact is about; 0 for one that moves none."""
    match fact:
        case LoanClosed() | LoanRenewed():
            return 0
        case RecoveredAfterWriteOff():
            return fact.principal + fact.interest
    return fact.amount


def fact_kind(fact: Told) -> str:
    """The kind of a fact, as the bank's own export calls it."""
    if isinstance(fact, SavingsMoved):
        return fact.kind
    name = type(fact).__name__
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).removeprefix("_")


def _slot(book: Book, position: Position, subject: Subject, fact: Told) -> Slot:
    return Slot(
        place=LinePlace(position, 0),
        subject=subject,
        kind=fact_kind(fact),
        day=fact_day(fact),
        amount=fact_amount(fact),
        named_at=_named_at(book, position) if fact.core_ref is None else position,
        fact=fact,
    )


def _booked(book: Book, lines: Iterable[BookedLine]) -> Iterator[Slot]:
    for booked in lines:
        line = booked.line
        if line.kind.is_customers:
            yield Slot(
                place=booked.place,
                subject=(line.loan, line.account),
                kind=line.kind.value,
                day=booked.frame.effective,
                amount=line.amount,
                named_at=_named_at(book, booked.place.position),
            )


def _named_at(book: Book, place: Position) -> Position | None:
    matches = book.roster.refs.matches.get(place)
    return matches[0].position if matches else None
