"""The journal of one group: double entry, derived from the branch log and never stored (B19, B20).

1. nothing is booked before it takes effect: a posting, a holding and a count with the `DaySettled` of their
   day, everything else at its own place (B4); phone entries that wait are memo and stand nowhere here
2. interest that is received is income up to the due, and prepaid beyond it (B19)
3. each `DaySettled` and `PeriodClosed` recomputes every loan and books one difference to what stands (B20)
4. what was booked is never changed: a `Reversed` is mirrored, a late fact comes into the next difference
5. a fact keeps its value date; it is booked on its own day, or on the first day that is still open
6. an entry belongs to the period of the day on which it is booked: nothing is booked in a closed one

Every entry adds up to 0. The journal up to a place is the beginning of the journal up to any later one.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import singledispatch

from msgspec import Struct

from calc.book import START, Book
from calc.booked import BookedLine, booked
from calc.chart import CHART, Balances, Control, Line
from calc.close_lines import CloseLines
from calc.dues import LoanDue, due_in
from calc.loan import Effect
from calc.posted_lines import counted, handed_over, mirrored, posted, resolved
from calc.states import Facts
from protocol.day import DAY_MAX, DAY_MIN, Day
from protocol.entries import Entry
from protocol.ids import Code, Ordinal, Position
from protocol.loan_facts import (
    CreditRefunded,
    Disbursed,
    InterestReceived,
    LoanBroughtForward,
    LoanClosed,
    LoanWrittenOff,
    PrincipalRepaid,
    RecoveredAfterWriteOff,
)
from protocol.money import Dong
from protocol.posting_facts import (
    DaySettled,
    DifferenceResolved,
    Held,
    PeriodClosed,
    Posted,
    ReceiptRekeyed,
    Reversed,
)
from protocol.roster_facts import SavingsAccountListed, SavingsMoved


class JournalEntry(Struct, frozen=True):
    """Lines that add up to 0, debits first and memo last, and the branch entry that they come from.

    ``cause`` is the kind of that entry; ``day_settled`` and ``period_closed`` are differences (B20). A close
    has many entries: the lines of one position, numbered through in the order of the journal, keep their
    numbers for ever.
    """

    position: Position
    booked_on: Day
    value_date: Day
    cause: Code
    lines: tuple[Line, ...]


def journal(
    book: Book, facts: Facts, *, since: Position = START, at: Position | None = None
) -> tuple[JournalEntry, ...]:
    """Everything that was booked up to a place of the branch log, by default to its end, in order.

    Args:
        book: the fold of the group's branch log.
        facts: the group's phone entries in merged order: they date receipts and size handovers.
        since: what was booked up to this place is left out.
        at: a place of the log.
    """
    desk = _Desk(book, facts)
    begun = 0
    for position, entry in book.log:
        if at is not None and position > at:
            break
        _take(entry, desk, position)
        desk.before = position
        begun = len(desk.entries) if position <= since else begun
    return tuple(desk.entries[begun:])


def trial_balance(entries: Iterable[JournalEntry]) -> Balances:
    """Balance by control account and detail; all of them together are 0."""
    balances: Balances = defaultdict(int)
    for entry in entries:
        for line in entry.lines:
            balances[line.account, line.detail] += line.amount
    return dict(balances)


class _Desk:
    """The journal so far. ``floor`` is the first day that is open, ``shut`` the first after closed periods.

    ``ended`` loans are gone for good.
    """

    def __init__(self, book: Book, facts: Facts) -> None:
        self.book = book
        self.facts = facts
        self.entries: list[JournalEntry] = []
        self.balances: Balances = defaultdict(int)
        self.before = START
        self.floor: Day = DAY_MIN
        self.shut: Day = DAY_MIN
        self.money: dict[Position, list[BookedLine]] = defaultdict(list)
        for line in booked(book.log, book, facts.by_ref):
            self.money[line.place.position].append(line)
        self.handed: dict[Position, tuple[Line, ...]] = {}
        self.closing = CloseLines(book)
        self.staged: dict[Day, list[tuple[Position, Posted | Held]]] = defaultdict(list)
        self.ended: set[int | None] = set()
        self.effects: dict[tuple[Ordinal, Position], Effect] = {
            (loan.ordinal, effect.position): effect for loan in book.loans.values() for effect in loan.effects
        }

    def enter(
        self, position: Position, day: Day, cause: Code, lines: Iterable[Line], dated: Day | None = None
    ) -> None:
        """Book what is not 0 on its day or on the first one that is open; the day is usually its date."""
        kept = tuple(sorted((self.routed(line) for line in lines if line.amount), key=_order))
        assert sum(line.amount for line in kept) == 0, f"{cause} at {position} does not add up to 0"
        if kept:
            booked_on, value_date = max(day, self.floor), day if dated is None else dated
            self.entries.append(JournalEntry(position, booked_on, value_date, cause, kept))
        for line in kept:
            self.balances[line.account, line.detail] += line.amount

    def routed(self, line: Line) -> Line:
        """A line; principal of a loan that was written off, or went elsewhere, is the core system's (B21)."""
        is_ended = line.account is Control.PRINCIPAL and line.detail in self.ended
        return Line(Control.CORE_CLEARING, None, line.amount) if is_ended else line

    def due(self, loan: Ordinal, day: Day, at: Position) -> LoanDue:
        """What a loan owes to a day, as the log knew it at a place."""
        return due_in(self.book, self.book.loans[loan], day, self.book.view(at))

    def interest(self, loan: Ordinal, day: Day, amount: Dong) -> Iterator[Line]:
        """Credit interest that no posting allocated: income up to the due of a day, prepaid beyond (B19)."""
        income = min(amount, max(0, self.due(loan, day, self.before).payable))
        yield Line(Control.INTEREST_INCOME, loan, -income)
        yield Line(Control.PREPAID_INTEREST, loan, income - amount)

    def run(self, position: Position, settled: DaySettled) -> None:
        """Book the postings of a day, which take effect together, and its count (B4)."""
        for place, entry in self.staged.pop(settled.day, ()):
            self.handed[place] = tuple(handed_over(self.book, self.facts, place, entry))
            self.book_money(place, settled.day, "posted" if isinstance(entry, Posted) else "held")
        lines = counted(self.book, settled, self.balances)
        self.enter(position, settled.day, "cash_counted", lines)

    def book_money(self, position: Position, day: Day, cause: Code) -> None:
        """Book what stands at a place by `calc.booked`, and what was handed over there."""
        money = self.money.get(position, [])
        dated = money[0].frame.value_date if money else None
        self.enter(position, day, cause, (*posted(money), *self.handed.get(position, ())), dated)

    def close(self, position: Position, day: Day, to: Day, cause: Code) -> None:
        """Book on a day the difference of every loan, recomputed to a day; nothing is booked there again."""
        for lines in self.closing.differences(position, to, self.balances):
            self.enter(position, day, cause, lines)
        self.floor = max(self.floor, day + 1)

    def shut_period(self, position: Position, last_day: Day) -> None:
        """Close a period; its differences are its own, unless a day after it or the period is closed."""
        if self.shut <= last_day and self.floor == last_day + 1:
            self.floor = last_day
        self.close(position, last_day, last_day + 1, "period_closed")
        self.shut = max(self.shut, last_day + 1)


@singledispatch
def _take(_entry: Entry, _desk: _Desk, _position: Position) -> None:
    """Book nothing: most entries move no money, or move interest only by the next recomputation."""


@_take.register
def _(entry: LoanBroughtForward, desk: _Desk, position: Position) -> None:
    loan = desk.book.loans.get(entry.ordinal)
    if loan is not None and loan.position == position:
        lent = entry.in_term + entry.overdue + entry.frozen
        prepaid = desk.due(entry.ordinal, entry.as_of, position).prepaid
        lines = (
            Line(Control.PRINCIPAL, entry.ordinal, lent),
            Line(Control.PREPAID_INTEREST, entry.ordinal, -prepaid),
            Line(Control.CORE_CLEARING, None, prepaid - lent),
        )
        desk.enter(position, entry.as_of, "loan_brought_forward", lines)


@_take.register
def _(
    entry: Disbursed | PrincipalRepaid | LoanWrittenOff | LoanClosed, desk: _Desk, position: Position
) -> None:
    effect = desk.effects.get((entry.loan, position))
    if effect is not None:
        lent = desk.due(entry.loan, DAY_MAX, position).principal
        total = 0 if lent.written_off else lent.in_term + lent.overdue + lent.frozen
        moved = total - desk.balances[Control.PRINCIPAL, entry.loan]
        lines = Line(Control.PRINCIPAL, entry.loan, moved), Line(Control.CORE_CLEARING, None, -moved)
        desk.enter(position, entry.effective, effect.code, lines)
        if lent.written_off or effect.leaves:
            desk.ended.add(entry.loan)


@_take.register
def _(entry: InterestReceived, desk: _Desk, position: Position) -> None:
    effect = desk.effects.get((entry.loan, position))
    if effect is not None:
        interest = desk.interest(entry.loan, entry.effective, entry.amount)
        lines = Line(Control.CORE_CLEARING, None, entry.amount), *interest
        desk.enter(position, entry.effective, effect.code, lines)


@_take.register
def _(entry: RecoveredAfterWriteOff, desk: _Desk, position: Position) -> None:
    effect = desk.effects.get((entry.loan, position))
    if effect is not None:
        amount = entry.principal + entry.interest
        lines = Line(Control.CORE_CLEARING, None, amount), Line(Control.RECOVERED, entry.loan, -amount)
        desk.enter(position, entry.effective, effect.code, lines)


@_take.register
def _(entry: CreditRefunded, desk: _Desk, position: Position) -> None:
    effect = desk.effects.get((entry.loan, position))
    if effect is not None:
        to: Iterable[Line] = [Line(Control.CASH, None, -entry.amount)]
        if entry.to_loan is not None:
            to = desk.interest(entry.to_loan, entry.effective, entry.amount)
        lines = Line(Control.PREPAID_INTEREST, entry.loan, entry.amount), *to
        desk.enter(position, entry.effective, effect.code, lines)


@_take.register
def _(entry: SavingsAccountListed, desk: _Desk, position: Position) -> None:
    account = desk.book.accounts.get(entry.ordinal)
    if account is not None and account.position == position:
        lines = _savings(entry.ordinal, entry.balance)
        desk.enter(position, entry.as_of, "savings_account_listed", lines)


@_take.register
def _(entry: SavingsMoved, desk: _Desk, position: Position) -> None:
    account = desk.book.accounts.get(entry.account)
    changes = [move.change for move in account.moves if move.position == position] if account else []
    desk.enter(position, entry.effective, f"savings_{entry.kind}", _savings(entry.account, sum(changes)))


@_take.register
def _(entry: Posted | Held, desk: _Desk, position: Position) -> None:
    desk.staged[entry.day].append((position, entry))


@_take.register
def _(entry: ReceiptRekeyed, desk: _Desk, position: Position) -> None:
    desk.book_money(position, entry.day, "receipt_rekeyed")


@_take.register
def _(entry: Reversed, desk: _Desk, position: Position) -> None:
    if desk.book.postings.reversed.get(entry.posted) == position:
        back = mirrored(desk.handed.get(entry.posted, ()))
        desk.enter(position, entry.day, "reversed", (*posted(desk.money.get(position, [])), *back))


@_take.register
def _(entry: DifferenceResolved, desk: _Desk, position: Position) -> None:
    if position in desk.book.postings.resolved:
        desk.enter(position, entry.day, "difference_resolved", resolved(entry))


@_take.register
def _(entry: DaySettled, desk: _Desk, position: Position) -> None:
    if desk.book.postings.day(entry.day).settled_at == position:
        desk.run(position, entry)
        desk.close(position, entry.day, entry.day, "day_settled")


@_take.register
def _(entry: PeriodClosed, desk: _Desk, position: Position) -> None:
    desk.shut_period(position, entry.last_day)


def _savings(account: Ordinal, change: Dong) -> Iterator[Line]:
    yield Line(Control.SAVINGS, account, -change)
    yield Line(Control.CORE_CLEARING, None, change)


def _order(line: Line) -> tuple[bool, bool]:
    return CHART[line.account].is_memo, line.amount < 0
