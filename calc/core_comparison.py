"""Where our figures and the core's part, cause by cause, to the last đồng (B21).

1. our figures are those of the cut-off day as the branch knows it now; what is dated after it is left out
2. from there one walks to the core's book, finding by finding: what the core lacks is taken out, what it
   tells differently is put in its place, what is missing here is put in
3. a cause is worth what our figure loses by its step, interest that depends on it included; so the causes
   add up to the difference whatever their order, and what is left over is unexplained
4. a step that no book could hold (a repayment of more than is owed) explains nothing

Nothing follows from a difference by itself: only a transaction becomes a fact, and only by an import.
"""

from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum

from msgspec import Struct

from calc.book import Book
from calc.booked import BookedLine
from calc.core_extract import CoreRow, Extract, LoanBalance
from calc.core_matching import Cause, Finding, Matching, match
from calc.core_slots import Slot, Subject, slots_of
from calc.dues import due_in
from calc.events import Event, Kind
from calc.loan import CoreFact, Effect, Loan
from calc.money_lines import LineKind
from calc.savings import Account, Move
from protocol.day import Day
from protocol.ids import Position
from protocol.money import Dong

_LOWER = ("transfer", "withdrawal")
_REMOVED = (Cause.UNCONFIRMED, Cause.PROVISIONAL, Cause.LATER, Cause.MISSING_THERE, Cause.DOUBLED_HERE)


class Measure(StrEnum):
    """A figure that both sides have."""

    IN_TERM = "in_term"
    OVERDUE = "overdue"
    FROZEN = "frozen"
    INTEREST = "interest"
    SAVINGS = "savings"


class Share(Struct, frozen=True):
    """By how much our figure exceeds the core's because of one finding."""

    finding: Finding
    amount: Dong


class Difference(Struct, frozen=True):
    """One figure of one loan or account, in đồng: ``ours − theirs = Σ shares + unexplained``."""

    subject: Subject
    measure: Measure
    ours: Dong
    theirs: Dong
    shares: tuple[Share, ...]
    unexplained: Dong


class Comparison(Struct, frozen=True):
    """What a group and an extract have to say to each other.

    ``differences`` are the figures that differ, or that would but for causes which cancel out; ``figures``
    counts all that were compared. ``not_compared`` are those whose history here begins after the cut-off.
    """

    matching: Matching
    differences: tuple[Difference, ...]
    figures: int
    not_compared: tuple[Subject, ...]


def compare(book: Book, lines: Iterable[BookedLine], extract: Extract) -> Comparison:
    """Compare a group's book with what the core says of it.

    Args:
        book: the group's book as it is now.
        lines: what the branch booked, by `calc.booked`.
        extract: what the core says, as of its cut-off.
    """
    slots = slots_of(book, lines)
    found = match(book, slots, extract)
    walk = _Walk(book, extract.day, slots, found.findings)
    differences: list[Difference] = []
    left_out: list[Subject] = []
    for ordinal, balance in sorted(extract.loans.items()):
        loan = book.loans[ordinal]
        if loan.start <= extract.day:
            differences += walk.loan(loan, balance)
        else:
            left_out.append((ordinal, None))
    for ordinal, theirs in sorted(extract.accounts.items()):
        account = book.accounts[ordinal]
        if account.listed.as_of <= extract.day:
            differences.append(walk.account(account, theirs))
        else:
            left_out.append((None, ordinal))
    told = tuple(one for one in differences if one.ours != one.theirs or one.shares or one.unexplained)
    return Comparison(found, told, len(differences), tuple(left_out))


class _Walk:
    """The findings of each loan and account in the order of their steps."""

    def __init__(self, book: Book, day: Day, slots: Sequence[Slot], findings: Sequence[Finding]) -> None:
        self.book = book
        self.day = day
        self.view = book.view()
        self.later: dict[Subject, set[Position]] = {}
        for slot in slots:
            if slot.day > day:
                self.later.setdefault(slot.subject, set()).add(slot.place.position)
        self.findings: dict[Subject, list[Finding]] = {}
        for finding in sorted(findings, key=_order):
            self.findings.setdefault(finding.subject, []).append(finding)

    def loan(self, loan: Loan, balance: LoanBalance) -> Iterator[Difference]:
        """The four figures of a loan."""
        theirs = (balance.in_term, balance.overdue, balance.frozen, balance.interest)
        subject: Subject = loan.ordinal, None
        states = list(self.states(loan, subject))
        for nth, (measure, told) in enumerate(zip(_OF_LOANS, theirs, strict=True)):
            if told is not None:
                yield self.difference(subject, measure, [state[nth] for state in states], told)

    def account(self, account: Account, theirs: Dong) -> Difference:
        """The balance of an account."""
        subject: Subject = None, account.ordinal
        twin = account.copy()
        removed = set(self.later.get(subject, ()))
        added: list[Move] = []
        balances = []
        for finding in (None, *self.findings.get(subject, ())):
            if finding is not None:
                removed |= _places(finding)
                added += (_move(self.book.position, row) for row in _told(finding))
            twin.moves = [*(move for move in account.moves if move.position not in removed), *added]
            balances.append(twin.balance(self.view, self.day))
        return self.difference(subject, Measure.SAVINGS, balances, theirs)

    def states(self, loan: Loan, subject: Subject) -> Iterator[tuple[Dong, ...]]:
        """Our figures of a loan, and what they become with each finding."""
        removed = set(self.later.get(subject, ()))
        added: list[Effect] = []
        figures, was_faulty = self.figures(loan, removed, added)
        yield figures
        for finding in self.findings.get(subject, ()):
            without = removed | _places(finding)
            told = (one for row in _told(finding) for one in _effects(loan, self.book.position, row))
            instead = [*added, *told]
            after, is_faulty = self.figures(loan, without, instead)
            if was_faulty or not is_faulty:
                figures, removed, added, was_faulty = after, without, instead, is_faulty
            yield figures

    def figures(
        self, loan: Loan, removed: set[Position], added: Sequence[Effect]
    ) -> tuple[tuple[Dong, ...], bool]:
        """Figures of a loan on the day with other effects, and whether no book could hold them."""
        twin = loan.copy()
        opening, *rest = loan.effects
        twin.effects = [opening, *(effect for effect in rest if effect.position not in removed), *added]
        due = due_in(self.book, twin, self.day, self.view)
        principal = due.principal
        return (principal.in_term, principal.overdue, principal.frozen, due.payable), due.fault is not None

    def difference(
        self, subject: Subject, measure: Measure, states: Sequence[Dong], theirs: Dong
    ) -> Difference:
        """What each step took off one figure."""
        steps = zip(self.findings.get(subject, ()), states, states[1:], strict=False)
        shares = tuple(Share(finding, before - after) for finding, before, after in steps if before != after)
        return Difference(subject, measure, states[0], theirs, shares, states[-1] - theirs)


_OF_LOANS = (Measure.IN_TERM, Measure.OVERDUE, Measure.FROZEN, Measure.INTEREST)


def _order(finding: Finding) -> tuple[int, int, int]:
    """What is taken out goes first, the latest before what it rests on; what is put in goes last, by day."""
    places = [slot.place.position for slot in finding.slots]
    epoch, seq = (places[0].epoch, places[0].seq) if places else (0, 0)
    if finding.cause in _REMOVED:
        return 0, -epoch, -seq
    return (1, epoch, seq) if places else (2, finding.day, 0)


def _places(finding: Finding) -> set[Position]:
    return {slot.place.position for slot in finding.slots}


def _told(finding: Finding) -> tuple[CoreRow, ...]:
    """Transactions that a step puts in the place of ours."""
    return () if finding.cause in _REMOVED else finding.rows


def _effects(loan: Loan, position: Position, row: CoreRow) -> list[Effect]:
    if isinstance(row.fact, CoreFact):
        twin = loan.copy()
        twin.take(position, row.fact)
        return twin.effects[len(loan.effects) :]
    if row.kind == LineKind.PRINCIPAL_REPAID:
        repaid = [Event(max(row.day, loan.start), Kind.REPAID, row.amount)] if row.amount > 0 else []
        return [Effect(position, row.kind, events=tuple(repaid))]
    amount = -row.amount if row.kind == LineKind.CREDIT_REFUNDED else row.amount
    return [Effect(position, row.kind, unallocated=amount)]


def _move(position: Position, row: CoreRow) -> Move:
    return Move(position, row.day, -row.amount if row.kind in _LOWER else row.amount)
