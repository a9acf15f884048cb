"""Cash by writer: what a round should hold, and what is in transit to the bank (B17, B18).

Cash follows receipts, never postings of interest: transfers are no cash, a held receipt is. A handover moves
cash only as far as the other writer accepted it. Cash in transit ends when a count that names the writer's
round is settled; a difference of that count is a matter of its own (`DifferenceResolved`).
"""

from collections.abc import Iterator

from msgspec import Struct

from calc.book import Book
from calc.states import Facts, FactState, Phase, answer_to, cash_of, states
from protocol.day import Day
from protocol.entries import PhoneFact
from protocol.ids import EntryRef, Ordinal, Position
from protocol.money import Dong
from protocol.phone_facts import CashAccepted, CashHandedOver, Collected, RoundClosed

_IN_HAND = (Phase.PENDING, Phase.POSTED, Phase.HELD)
_TAKEN_OVER = (Phase.POSTED, Phase.HELD)


class Cash(Struct, frozen=True):
    """One writer's round of one transaction day: numbers of receipts, and đồng.

    ``receipts`` were written, ``voided`` of them taken back; ``collected`` is the cash of those that stand.
    """

    receipts: int
    voided: int
    collected: Dong
    handed_over: Dong
    accepted: Dong

    @property
    def expected(self) -> Dong:
        """What the writer should hold."""
        return self.collected - self.handed_over + self.accepted


def round_cash(book: Book, facts: Facts, writer: Ordinal, day: Day) -> Cash:
    """What a writer's round for a transaction day holds, as `RoundClosed` states it: cumulative (B8)."""
    known = states(book, facts, staged=True)
    receipts = [
        fact
        for fact in facts.all
        if isinstance(fact.entry, Collected)
        and fact.ref.writer == writer
        and fact.entry.due_to == day
        and known[fact.ref].phase is not Phase.SET_ASIDE
    ]
    moved = [
        (fact.ref.writer, handed.to_writer, amount)
        for fact, handed, amount in _handovers(book, facts, known)
        if handed.due_to == day
    ]
    return Cash(
        receipts=len(receipts),
        voided=sum(known[fact.ref].phase is Phase.VOIDED for fact in receipts),
        collected=sum(cash_of(fact) for fact in receipts if known[fact.ref].phase in _IN_HAND),
        handed_over=sum(amount for giver, _, amount in moved if giver == writer),
        accepted=sum(amount for _, taker, amount in moved if taker == writer),
    )


def last_rounds(book: Book, facts: Facts, day: Day) -> dict[Ordinal, PhoneFact]:
    """The `RoundClosed` of each writer that counts for a transaction day: his last (B8)."""
    known = states(book, facts, staged=True)
    closed = [
        fact
        for fact in facts.all
        if isinstance(fact.entry, RoundClosed)
        and fact.entry.due_to == day
        and known[fact.ref].phase is Phase.NOTED
    ]
    return {fact.ref.writer: fact for fact in sorted(closed, key=lambda fact: fact.ref)}


def in_transit(book: Book, facts: Facts, *, staged: bool = False) -> dict[Ordinal, Dong]:
    """Cash in transit of each writer: taken and posted or held, and in no settled count yet (B18, B19)."""
    counted: dict[Ordinal, Position] = {}
    for day in book.days.values():
        if day.settled_at is not None and day.counted is not None:
            for closed in day.counted.rounds:
                last = counted.get(closed.writer, day.settled_at)
                counted[closed.writer] = max(last, day.settled_at)
    total = dict.fromkeys(sorted(book.writers), 0)
    for writer, amount, since in _movements(book, facts, staged=staged):
        if since is None or writer not in counted or since > counted[writer]:
            total[writer] = total.get(writer, 0) + amount
    return total


def _handovers(
    book: Book, facts: Facts, known: dict[EntryRef, FactState]
) -> Iterator[tuple[PhoneFact, CashHandedOver, Dong]]:
    """Handovers that were accepted, with the amount that moved."""
    for fact in facts.all:
        if isinstance(fact.entry, CashHandedOver) and known[fact.ref].phase in _IN_HAND:
            answer = answer_to(book, facts, fact.ref, book.position)
            if answer is not None and isinstance(answer.entry, CashAccepted):
                yield fact, fact.entry, answer.entry.amount


def _movements(book: Book, facts: Facts, *, staged: bool) -> Iterator[tuple[Ordinal, Dong, Position | None]]:
    """Writer, change of his cash in transit, and where it was settled: None for the run under way."""
    known = states(book, facts, staged=staged)
    for fact in facts.all:
        if known[fact.ref].phase in _TAKEN_OVER:
            yield fact.ref.writer, cash_of(fact), _taken_at(book, fact.ref)
    for fact, handed, amount in _handovers(book, facts, known):
        if known[fact.ref].phase in _TAKEN_OVER:
            taken_at = _taken_at(book, fact.ref)
            yield fact.ref.writer, -amount, taken_at
            yield handed.to_writer, amount, taken_at
    for position, rekeyed in book.postings.rekeyed.values():
        if book.postings.stands(position, None, book.view()):
            interest = sum(line.total for line in rekeyed.interest)
            yield rekeyed.writer, interest + sum(line.amount for line in rekeyed.savings), position


def _taken_at(book: Book, ref: EntryRef) -> Position | None:
    """Where the day that first took an entry's cash over was settled; releasing it later moves no cash."""
    view = book.view(staged=True)
    held = book.postings.held.get(ref)
    is_held = held is not None and view.counts(held.position, held.entry.day)
    first = held if held is not None and is_held else book.postings.posted[ref]
    return book.days[first.entry.day].settled_at
