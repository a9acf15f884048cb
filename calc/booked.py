"""What the branch booked, line by line, in the order in which it took effect: what the core takes in (B21).

1. a posting, or what is held, takes effect with the `DaySettled` of its day; the rest where it stands (B4)
2. what a fold does not let count is not booked: dead runs, second copies, what no loan or account takes
3. a held entry that is posted later leaves suspense line by line; a reversal mirrors every line (B17), but
   what left suspense does not go back there: its cash is the writer's
4. a second entry under one receipt number is no cash (L13); principal that its settlement dropped, because it
   no longer fitted, waits in suspense

A branch log only grows, and a line never changes once it took effect. So the lines up to a place are the
beginning of the lines up to any later one: nothing is lost or told twice by who asks for those since a place.

The journal books a receipt, a holding, a paper and a reversal from these lines (`calc.posted_lines`), so what
goes out to the core and what stands in double entry are one derivation.
"""

from collections.abc import Iterable, Iterator, Mapping
from operator import attrgetter

from msgspec import Struct
from msgspec.structs import replace

from calc.book import Book
from calc.money_lines import Lined, LineKind, MoneyLine, is_transfer, lines_of
from calc.states import SAME_RECEIPT
from protocol.day import Day
from protocol.entries import Entry, PhoneFact
from protocol.ids import Code, EntryRef, Ordinal, Position
from protocol.loan_facts import CreditRefunded
from protocol.money import Dong
from protocol.phone_facts import Collected, TransferRequested
from protocol.posting_facts import DaySettled, DifferenceResolved, Held, Posted, ReceiptRekeyed, Reversed

Log = Iterable[tuple[Position, Entry]]


class LinePlace(Struct, frozen=True, order=True):
    """The name of a line inside its group: the place of its entry, and its number there."""

    position: Position
    number: int


class Frame(Struct, frozen=True):
    """What the lines of one entry have in common.

    ``effective_at`` is the place from which they count, ``day`` the transaction day that booked them, of a
    reversal the day on which it was decided. ``effective`` is the day from which they bear on interest: of a
    reversal, that of what it takes back, which is as if it had never been. ``entry`` names the phone entry
    behind them; ``value_date`` and ``receipt_no`` are its own. ``writer`` is whose cash it is, None for what
    no phone took.
    """

    effective_at: Position
    day: Day
    effective: Day
    decided_by: Code
    confirmed_by: Code | None
    cause: Code | None = None
    entry: EntryRef | None = None
    value_date: Day | None = None
    receipt_no: int | None = None
    writer: Ordinal | None = None


class BookedLine(Struct, frozen=True):
    """One line; amounts in whole đồng.

    ``cash`` is what it brought in from a household, less what it gave back; money that a transfer or a
    release of suspense moves is none. ``reverses`` is the line that this one takes back.
    """

    place: LinePlace
    line: MoneyLine
    cash: Dong
    frame: Frame
    reverses: LinePlace | None = None


def booked(log: Log, book: Book, facts: Mapping[EntryRef, PhoneFact]) -> tuple[BookedLine, ...]:
    """Every line that the branch booked, ordered by where it took effect, then by its place.

    Args:
        log: the entries of the group's branch log, in order.
        book: their fold.
        facts: the phone entries that postings name, for value dates and receipt numbers.
    """
    desk = _Desk(book, facts)
    for position, entry in log:
        if isinstance(entry, Lined | Reversed) and desk.counts(position, entry):
            desk.by_place[position] = tuple(desk.lines(position, entry))
    lines = (line for lines in desk.by_place.values() for line in lines)
    return tuple(sorted(lines, key=attrgetter("frame.effective_at", "place")))


class _Desk:
    """The lines of everything before, by the place of their entry."""

    def __init__(self, book: Book, facts: Mapping[EntryRef, PhoneFact]) -> None:
        self.book = book
        self.facts = facts
        self.odd = {problem.position for problem in book.problems}
        self.by_place: dict[Position, tuple[BookedLine, ...]] = {}

    def counts(self, position: Position, entry: Lined | Reversed) -> bool:
        """Say whether the fold let an entry count at its place, and its day is settled."""
        postings = self.book.postings
        match entry:
            case Posted() | Held():
                posting = (postings.posted if isinstance(entry, Posted) else postings.held).get(entry.entry)
                stands = posting is not None and posting.position == position
                is_cash = isinstance(entry, Posted) or entry.cause != SAME_RECEIPT
                return stands and is_cash and self.book.view().counts(position, entry.day)
            case ReceiptRekeyed():
                return postings.rekeyed.get(entry.receipt_no) == (position, entry)
            case Reversed():
                return postings.reversed.get(entry.posted) == position
        return position not in self.odd

    def lines(self, position: Position, entry: Lined | Reversed) -> Iterator[BookedLine]:
        """Lines of an entry that counts."""
        if isinstance(entry, Reversed):
            for kept in self.by_place.get(entry.posted, ()):
                if kept.reverses is None:
                    yield _taken_back(
                        kept, position, kept.place.number, _reversal(position, entry, kept.frame)
                    )
            return
        frame = self.staged(entry) if isinstance(entry, Posted | Held) else _single(position, entry)
        for line in lines_of(entry):
            shown = replace(line, kind=LineKind.HELD) if self.is_dropped(position, line) else line
            yield BookedLine(LinePlace(position, line.number), shown, _cash(entry, line), frame)
        held = self.book.postings.held.get(entry.entry) if isinstance(entry, Posted) else None
        if isinstance(entry, Posted) and held is not None:
            last = len(entry.interest) + len(entry.principal) + len(entry.savings)
            for kept in self.by_place.get(held.position, ()):
                yield _taken_back(kept, position, last + kept.place.number, frame)

    def is_dropped(self, position: Position, line: MoneyLine) -> bool:
        """Say whether a line repays principal that the fold did not take off the loan."""
        if line.kind is not LineKind.PRINCIPAL_REPAID or line.loan is None:
            return False
        effects = self.book.loans[line.loan].effects
        return not any(effect.position == position and effect.events for effect in effects)

    def staged(self, entry: Posted | Held) -> Frame:
        """Frame of what took effect with its day."""
        day = self.book.days[entry.day]
        assert day.settled is not None
        assert day.settled_at is not None
        fact = self.facts.get(entry.entry)
        told = None if fact is None else fact.entry
        return Frame(
            effective_at=day.settled_at,
            day=entry.day,
            effective=entry.day,
            decided_by=day.settled.decided_by,
            confirmed_by=day.settled.confirmed_by,
            cause=entry.cause if isinstance(entry, Held) else None,
            entry=entry.entry,
            value_date=told.value_date if isinstance(told, Collected | TransferRequested) else None,
            receipt_no=told.receipt_no if isinstance(told, Collected) else None,
            writer=entry.entry.writer,
        )


def _single(
    position: Position, entry: ReceiptRekeyed | CreditRefunded | DaySettled | DifferenceResolved
) -> Frame:
    """Frame of what counts where it stands."""
    day = entry.effective if isinstance(entry, CreditRefunded) else entry.day
    return Frame(
        effective_at=position,
        day=day,
        effective=day,
        decided_by=entry.decided_by,
        confirmed_by=entry.confirmed_by,
        cause=entry.resolution if isinstance(entry, DifferenceResolved) else None,
        value_date=entry.value_date if isinstance(entry, ReceiptRekeyed) else None,
        receipt_no=entry.receipt_no if isinstance(entry, ReceiptRekeyed) else None,
        writer=entry.writer if isinstance(entry, ReceiptRekeyed) else None,
    )


def _reversal(position: Position, reversed_: Reversed, frame: Frame) -> Frame:
    return replace(
        frame,
        effective_at=position,
        day=reversed_.day,
        decided_by=reversed_.decided_by,
        confirmed_by=reversed_.confirmed_by,
        cause=reversed_.cause,
    )


def _taken_back(kept: BookedLine, position: Position, number: int, frame: Frame) -> BookedLine:
    line = replace(kept.line.mirrored, number=number)
    return BookedLine(LinePlace(position, number), line, -kept.cash, frame, reverses=kept.place)


def _cash(entry: Lined, line: MoneyLine) -> Dong:
    """Cash that a line took from a household, or gave back."""
    match entry:
        case Posted():
            return 0 if is_transfer(entry) else line.amount
        case Held() | ReceiptRekeyed():
            return line.amount
        case CreditRefunded():
            return -line.amount if entry.to_loan is None else 0
    return 0
