"""What the branch books for a phone entry, for the count of its cash, and for a reversal (B17–B19).

1. a receipt: cash in transit to income, prepaid interest and savings as the posting allocated it (B1)
2. what is held: cash in transit to suspense; posted later, it leaves suspense instead
3. a transfer: savings to income, prepaid interest and principal; principal that its settlement dropped waits
   in suspense for a person
4. a handover: from one writer's cash in transit to the other's, as far as it was accepted (B18)
5. a settled count: cash in transit of the writers whose rounds it names, to cash, shortage and surplus
6. a reversal mirrors what was booked, against the writer's cash in transit, also when it was counted
7. a difference is cleared in cash, against the cash in transit of a late fact's writer, or by the bank itself

Which entries count, and what of them is cash, `calc.booked` says for the core and for the journal alike; here
its lines are put on accounts. A handover is no money line: the core knows nothing of it.
"""

from collections.abc import Iterable, Iterator, Sequence

from calc.book import Book
from calc.booked import BookedLine
from calc.chart import RESOLUTIONS, Balances, Control, Line
from calc.money_lines import LineKind
from calc.states import Facts, answer_to
from protocol.ids import Position
from protocol.phone_facts import CashAccepted, CashHandedOver
from protocol.posting_facts import DaySettled, DifferenceResolved, Held, Posted

Lines = tuple[Line, ...]


def posted(lines: Sequence[BookedLine]) -> Lines:
    """Put the money lines of a posting, a holding, a paper or a reversal on their accounts."""
    writer = lines[0].frame.writer if lines else None
    cash = Line(Control.CASH_IN_TRANSIT, writer, sum(line.cash for line in lines))
    held = sum(one.line.amount for one in lines if one.line.kind is LineKind.HELD)
    return (
        cash,
        Line(Control.SUSPENSE, writer, -held),
        *(credit for line in lines for credit in _credits(line)),
    )


def handed_over(book: Book, facts: Facts, position: Position, entry: Posted | Held) -> Iterator[Line]:
    """Cash that a handover moves, posted at a place where it counts (B18)."""
    fact, posting = facts.by_ref.get(entry.entry), book.postings.posted.get(entry.entry)
    if fact is None or not isinstance(fact.entry, CashHandedOver):
        return
    if posting is None or posting.position != position or not book.view().counts(position, entry.day):
        return
    answer = answer_to(book, facts, entry.entry, position)
    if answer is not None and isinstance(answer.entry, CashAccepted):
        amount = answer.entry.amount
        yield Line(Control.CASH_IN_TRANSIT, fact.entry.to_writer, amount)
        yield Line(Control.CASH_IN_TRANSIT, entry.entry.writer, -amount)


def counted(book: Book, settled: DaySettled, balances: Balances) -> Lines:
    """Clear the cash in transit of the writers in the bundle against what the teller found (B18).

    What `DaySettled` signed stands; where it did not expect the cash that is in transit, the rest waits
    in suspense (only in a log that ``fsck`` refuses).
    """
    count, transit = book.days[settled.day].counted, Control.CASH_IN_TRANSIT
    writers = sorted({closed.writer for closed in count.rounds}) if count is not None else []
    difference = Control.SHORTAGE if settled.difference < 0 else Control.SURPLUS
    lines = [
        Line(Control.CASH, None, settled.counted),
        *(Line(transit, writer, -balances.get((transit, writer), 0)) for writer in writers),
        Line(difference, settled.day, -settled.difference),
    ]
    return (*lines, Line(Control.SUSPENSE, None, -sum(line.amount for line in lines)))


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


def mirrored(lines: Iterable[Line]) -> Lines:
    """Take lines back."""
    return tuple(Line(line.account, line.detail, -line.amount) for line in lines)


def _credits(booked: BookedLine) -> Iterator[Line]:
    """What a money line credits to a customer: interest that met a due is income, the rest is prepaid."""
    line = booked.line
    match line.kind:
        case LineKind.INTEREST_RECEIVED:
            yield Line(Control.INTEREST_INCOME, line.loan, line.unallocated - line.amount)
            yield Line(Control.PREPAID_INTEREST, line.loan, -line.unallocated)
        case LineKind.PRINCIPAL_REPAID:
            yield Line(Control.PRINCIPAL, line.loan, -line.amount)
        case LineKind.DEPOSIT:
            yield Line(Control.SAVINGS, line.account, -line.amount)
        case LineKind.TRANSFER:
            yield Line(Control.SAVINGS, line.account, line.amount)
