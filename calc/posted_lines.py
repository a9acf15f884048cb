"""What the branch books for a phone entry, for the count of its cash, and for a reversal (B17–B19).

1. a receipt: cash in transit to income, prepaid interest and savings as the posting allocated it (B1)
2. what is held: cash in transit to suspense; posted later, it leaves suspense instead
3. a transfer: savings to income, prepaid interest and principal; principal that its settlement dropped waits
   in suspense for a person
4. a handover: from one writer's cash in transit to the other's, as far as it was accepted (B18)
5. a settled count: cash in transit of the writers whose rounds it names, to cash, shortage and surplus
6. a reversal mirrors what was booked, against the writer's cash in transit, also when it was counted
7. a difference is cleared in cash, against the cash in transit of a late fact's writer, or by the bank itself
"""

from collections.abc import Iterable, Iterator

from calc.book import Book
from calc.chart import RESOLUTIONS, Balances, Control, Line
from calc.states import SAME_RECEIPT, Facts, answer_to
from protocol.ids import EntryRef, Position
from protocol.phone_facts import CashAccepted, CashHandedOver, SavingsLine
from protocol.posting_facts import (
    DaySettled,
    DifferenceResolved,
    Held,
    Posted,
    PostedInterest,
    ReceiptRekeyed,
    Reversed,
)

Lines = tuple[Line, ...]


class PostedLines:
    """Lines of phone entries as they take effect; remembers what is booked at a place, and what is held."""

    def __init__(self, book: Book, facts: Facts) -> None:
        """Start with nothing booked."""
        self.book = book
        self.facts = facts
        self._booked: dict[Position, Lines] = {}
        self._held: dict[EntryRef, Position] = {}

    def posted(self, position: Position, entry: Posted) -> Lines:
        """Book an entry: a receipt, a transfer or a handover; a void moves nothing."""
        lines = [*_interest(entry.interest), *self._principal(position, entry)]
        lines += (Line(Control.SAVINGS, line.account, -line.change) for line in entry.savings)
        is_transfer = any(line.change < 0 for line in entry.savings)
        was_held = self._booked.pop(self._held.get(entry.entry, position), None) is not None
        source = Control.SUSPENSE if is_transfer or was_held else Control.CASH_IN_TRANSIT
        rest = Line(source, entry.entry.writer, -sum(line.amount for line in lines))
        return self._keep(position, [rest, *lines, *self._handed_over(entry.entry, position)])

    def held(self, position: Position, entry: Held) -> Lines:
        """Keep the cash of an entry in suspense; a second entry under one receipt number is no cash (L13)."""
        if entry.cause == SAME_RECEIPT:
            return ()
        amount = sum(line.interest for line in entry.interest) + sum(line.amount for line in entry.savings)
        self._held[entry.entry] = position
        writer = entry.entry.writer
        lines = Line(Control.CASH_IN_TRANSIT, writer, amount), Line(Control.SUSPENSE, writer, -amount)
        return self._keep(position, lines)

    def rekeyed(self, position: Position, entry: ReceiptRekeyed) -> Lines:
        """Book a paper receipt, which counts at once."""
        lines = [*_interest(entry.interest), *_deposits(entry.savings)]
        cash = Line(Control.CASH_IN_TRANSIT, entry.writer, -sum(line.amount for line in lines))
        return self._keep(position, [cash, *lines])

    def reversed(self, entry: Reversed) -> Lines:
        """Take back what stands booked at a place; cash that came out of suspense was the writer's before."""
        lines = self._booked.pop(entry.posted, ())
        return tuple(_mirrored(line) for line in lines)

    def counted(self, settled: DaySettled, balances: Balances) -> Lines:
        """Clear the cash in transit of the writers in the bundle against what the teller found (B18).

        What `DaySettled` signed stands; where it did not expect the cash that is in transit, the rest waits
        in suspense (only in a log that ``fsck`` refuses).
        """
        count, transit = self.book.days[settled.day].counted, Control.CASH_IN_TRANSIT
        writers = sorted({closed.writer for closed in count.rounds}) if count is not None else []
        difference = Control.SHORTAGE if settled.difference < 0 else Control.SURPLUS
        lines = [
            Line(Control.CASH, None, settled.counted),
            *(Line(transit, writer, -balances.get((transit, writer), 0)) for writer in writers),
            Line(difference, settled.day, -settled.difference),
        ]
        return (*lines, Line(Control.SUSPENSE, None, -sum(line.amount for line in lines)))

    def _keep(self, position: Position, lines: Iterable[Line]) -> Lines:
        self._booked[position] = tuple(lines)
        return self._booked[position]

    def _principal(self, position: Position, posted: Posted) -> Iterator[Line]:
        """Principal that the posting repaid, unless settling its day found that it no longer fits."""
        for line in posted.principal:
            effects = self.book.loans[line.loan].effects
            if any(effect.position == position and effect.events for effect in effects):
                yield Line(Control.PRINCIPAL, line.loan, -line.in_term - line.overdue)

    def _handed_over(self, ref: EntryRef, position: Position) -> Iterator[Line]:
        fact = self.facts.by_ref.get(ref)
        if fact is None or not isinstance(fact.entry, CashHandedOver):
            return
        answer = answer_to(self.book, self.facts, ref, position)
        if answer is not None and isinstance(answer.entry, CashAccepted):
            amount = answer.entry.amount
            yield Line(Control.CASH_IN_TRANSIT, fact.entry.to_writer, amount)
            yield Line(Control.CASH_IN_TRANSIT, ref.writer, -amount)


def resolved(entry: DifferenceResolved) -> Lines:
    """Clear a part of a day's difference (B18); what a held entry needs to be posted moves nothing."""
    if entry.kind == "held":
        return ()
    against, writer = RESOLUTIONS.get(entry.resolution, Control.CORE_CLEARING), None
    if against is Control.CASH_IN_TRANSIT:
        # A late fact that nobody names has no writer: the bank bears it.
        against, writer = (against, entry.entry.writer) if entry.entry else (Control.CORE_CLEARING, None)
    account, amount = Control.SURPLUS, entry.amount
    if entry.kind == "shortage":
        account, amount = Control.SHORTAGE, -entry.amount
    return Line(account, entry.day, amount), Line(against, writer, -amount)


def _interest(lines: Iterable[PostedInterest]) -> Iterator[Line]:
    """Credits of interest as a posting divided it: what met a due is income, the rest is prepaid."""
    for line in lines:
        yield Line(Control.INTEREST_INCOME, line.loan, line.unallocated - line.total)
        yield Line(Control.PREPAID_INTEREST, line.loan, -line.unallocated)


def _deposits(lines: Iterable[SavingsLine]) -> Iterator[Line]:
    for line in lines:
        yield Line(Control.SAVINGS, line.account, -line.amount)


def _mirrored(line: Line) -> Line:
    was_held = line.account is Control.SUSPENSE and line.amount > 0
    return Line(Control.CASH_IN_TRANSIT if was_held else line.account, line.detail, -line.amount)
