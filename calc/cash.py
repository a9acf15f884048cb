"""Cash by writer: what a round should hold, and what is in transit to the bank (B17, B18).

Cash follows receipts, never postings of interest: transfers are no cash, a held receipt is. A handover moves
cash only as far as the other writer accepted it. Cash in transit ends when a count that names the writer's
round is settled; a difference of that count is a matter of its own (`DifferenceResolved`).

What is reversed leaves the writer's cash again: where it was counted already, he has handed in that much too
much, and the next count expects less. A difference that is cleared against a late fact goes the other way.
"""

from collections.abc import Iterator

from msgspec import Struct

from calc.book import Book
from calc.days import View
from calc.states import SAME_RECEIPT, Facts, FactState, Phase, answer_to, cash_of, decided, states, taken_over
from protocol.day import Day
from protocol.entries import PhoneFact
from protocol.ids import EntryRef, Ordinal, Position
from protocol.money import Dong
from protocol.phone_facts import CashAccepted, CashHandedOver, Collected, RoundClosed
from protocol.posting_facts import Held

LATE_FACT = "late_fact"
"""Resolution of a difference that a phone entry explains which the count did not know (B18)."""

_IN_HAND = (Phase.PENDING, Phase.POSTED, Phase.HELD)


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
    view = book.view(staged=staged)
    for fact in facts.all:
        for sign, place in _takings(book, fact.ref, view):
            yield fact.ref.writer, sign * cash_of(fact), place
            answer = answer_to(book, facts, fact.ref, view.at)
            if isinstance(fact.entry, CashHandedOver) and answer is not None:
                assert isinstance(answer.entry, CashAccepted)
                yield fact.ref.writer, -sign * answer.entry.amount, place
                yield fact.entry.to_writer, sign * answer.entry.amount, place
    for position, rekeyed in book.postings.rekeyed.values():
        amount = sum(line.total for line in rekeyed.interest) + sum(line.amount for line in rekeyed.savings)
        yield rekeyed.writer, amount, position
        reversal = book.postings.reversed_at(position, view)
        if reversal is not None:
            yield rekeyed.writer, -amount, reversal
    for position, resolved in book.postings.resolved.items():
        if resolved.resolution == LATE_FACT and resolved.entry is not None and resolved.kind != "held":
            sign = 1 if resolved.kind == "shortage" else -1
            yield resolved.entry.writer, sign * resolved.amount, position


def _takings(book: Book, ref: EntryRef, view: View) -> Iterator[tuple[int, Position | None]]:
    """Where the day that first took an entry over was settled, and where it was reversed: +1 and −1."""
    taken = taken_over(book, ref, view)
    if taken is None or (isinstance(taken.entry, Held) and taken.entry.cause == SAME_RECEIPT):
        return
    yield 1, book.days[taken.entry.day].settled_at
    state = decided(book, ref, view)
    if state is not None and state.phase is Phase.REVERSED:
        yield -1, state.position
