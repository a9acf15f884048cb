"""The book of one group: a fold of its branch log alone (B1), by the same code on the hub and on the phone.

`Book.apply` takes entries in log order and never raises on content: what is odd has no effect, or less than
it says, and stands in ``problems`` with its place. Nothing is summed in the fold. Loans and accounts keep
their effects with positions, so that every figure can be asked for at an earlier place (`calc.dues`).
"""

from collections.abc import Iterable, Sequence
from functools import singledispatch
from operator import attrgetter

from calc.days import Ready, TransactionDay, View
from calc.decisions import Decisions
from calc.loan import Loan, LoanFact
from calc.postings import Postings
from calc.problems import Oddity, Problem
from calc.restating import Lost, Restatements
from calc.roster import Member, Roster, RosterFact, loans_of
from calc.savings import Account
from calc.writers import Writer, WriterFact, Writers
from protocol.day import DAY_MAX, Day
from protocol.entries import Entry, Unknown
from protocol.ids import Ordinal, Position, WriterId
from protocol.posting_facts import (
    BookReady,
    CashCounted,
    DayOpened,
    DaySettled,
    DifferenceResolved,
    Held,
    PeriodClosed,
    Posted,
    ReceiptRekeyed,
    Reversed,
)
from protocol.roster_facts import GroupListed, PolicyAdopted, RateDecided
from protocol.trust_facts import BranchEpochOpened, KeyStated, Received, Restated

START = Position(0, 0)


class Book:
    """Everything that the branch log of one group says, up to ``position``.

    ``log`` has what counts at each place: instead of a `Restated`, what it lets count.
    """

    def __init__(self, lost: Lost | None = None) -> None:
        """Start before the first entry; ``lost`` is what a `Restated` may name, as it grows (L15)."""
        self.position = START
        self.log: list[tuple[Position, Entry]] = []
        self.listings: list[tuple[Position, GroupListed]] = []
        self.decisions = Decisions()
        self.roster = Roster()
        self.postings = Postings()
        self.trust = Writers()
        self.restated = Restatements({} if lost is None else lost, self.roster, self.trust, self.postings)
        self.readies: dict[Position, Ready] = {}
        self.periods: list[tuple[Position, PeriodClosed]] = []
        self.problems: list[Problem] = []

    @property
    def group(self) -> GroupListed | None:
        """Where the group belongs: the listing that is effective last, of one day the one told last."""
        return self.group_on(DAY_MAX, self.position)

    @property
    def members(self) -> dict[Ordinal, Member]:
        """Members by ordinal."""
        return self.roster.members

    @property
    def loans(self) -> dict[Ordinal, Loan]:
        """Loans by ordinal, closed ones too."""
        return self.roster.loans

    @property
    def accounts(self) -> dict[Ordinal, Account]:
        """Savings accounts by ordinal."""
        return self.roster.accounts

    @property
    def days(self) -> dict[Day, TransactionDay]:
        """Transaction days that the branch opened, posted to or settled."""
        return self.postings.days

    @property
    def writers(self) -> dict[Ordinal, Writer]:
        """Phones by ordinal."""
        return self.trust.known

    @property
    def writer_ordinals(self) -> dict[WriterId, Ordinal]:
        """Ordinal of a phone by its writer id."""
        return self.trust.ordinals

    @property
    def received(self) -> list[tuple[Position, Received]]:
        """Acceptances in log order, as `protocol.merge` wants them."""
        return self.trust.received

    @property
    def ready(self) -> Ready | None:
        """The last `BookReady`; dues are shown only from one (L12)."""
        return next(reversed(self.readies.values()), None)

    @property
    def is_complete(self) -> bool:
        """Say whether no branch-wide decision is missing; a fold that lacks one is invalid (L12)."""
        return self.decisions.is_complete

    def group_on(self, day: Day, at: Position) -> GroupListed | None:
        """Where the group belongs on a day, as known at a position; None before its first listing."""
        told = [one for place, one in self.listings if place <= at and one.effective <= day]
        return max(reversed(told), key=attrgetter("effective"), default=None)

    def view(self, at: Position | None = None, *, staged: bool = False) -> View:
        """Which entries stand at a position, by default at the end."""
        return View(self.days, self.position if at is None else at, staged)

    def is_over(self, day: Day) -> bool:
        """Say whether a day lies in a closed period: then nothing of it may begin any more (B4)."""
        begun = self.postings.day(day).first is not None
        return not begun and any(one.first_day <= day <= one.last_day for _, one in self.periods)

    def apply(self, position: Position, entry: Entry) -> None:
        """Take the next entry of the branch log."""
        if position <= self.position:
            self.problems.append(Problem(position, Oddity.OUT_OF_ORDER))
            return
        self.position = position
        counted = self.restated.counted(position, entry) if isinstance(entry, Restated) else entry
        self.log.append((position, counted))
        oddity = _take(counted, self, position)
        is_second = counted is not entry and oddity is Oddity.REPEATED
        self.note(None if is_second else oddity)

    def note(self, oddity: Oddity | None, loan: Ordinal | None = None, at: Position | None = None) -> None:
        """List an oddity of the entry at a place, by default the newest; None is none."""
        if oddity is not None:
            self.problems.append(Problem(self.position if at is None else at, oddity, loan))

    def after(self, entries: Sequence[tuple[Position, Entry]], lost: Lost | None = None) -> "Book":
        """The book with further entries. This one stays as it is, and nothing may be applied to it any more.

        What is said of phones alone leaves loans, accounts and postings as they are: both books share them.
        """
        twin = self.copy(lost, of_phones=all(isinstance(entry, WriterFact) for _, entry in entries))
        for position, entry in entries:
            twin.apply(position, entry)
        return twin

    def copy(self, lost: Lost | None = None, *, of_phones: bool = False) -> "Book":
        """A copy to apply entries to, those ``of_phones`` alone or any; ``lost`` is that of its own log."""
        twin = Book()
        twin.__dict__.update(self.__dict__)
        twin.log = list(self.log)
        twin.decisions = self.decisions.copy()
        twin.roster = self.roster if of_phones else self.roster.copy()
        twin.postings = self.postings if of_phones else self.postings.copy()
        twin.trust = self.trust.copy()
        lost = self.restated.lost if lost is None else lost
        twin.restated = self.restated.copy(lost, twin.roster, twin.trust, twin.postings)
        twin.listings = list(self.listings)
        twin.readies = dict(self.readies)
        twin.periods = list(self.periods)
        twin.problems = list(self.problems)
        return twin


def fold(entries: Iterable[tuple[Position, Entry]], lost: Lost | None = None) -> Book:
    """The book after all entries of a branch log, in order, with the ``lost`` ones that they may restate."""
    return Book(lost).after([*entries])


@singledispatch
def _take(entry: Entry, _book: Book, _position: Position) -> Oddity | None:
    return Oddity.UNKNOWN_KIND if isinstance(entry, Unknown) else Oddity.NOT_OF_A_BRANCH


@_take.register
def _(_entry: BranchEpochOpened | KeyStated, _book: Book, _position: Position) -> None:
    """Bind the log and its keys; the book has nothing of them."""


@_take.register
def _(entry: Restated, book: Book, _position: Position) -> Oddity | None:
    return None if book.restated.has(entry) else Oddity.NOTHING_RESTATED


@_take.register
def _(entry: WriterFact, book: Book, position: Position) -> Oddity | None:
    return book.trust.take(position, entry)


@_take.register
def _(entry: GroupListed, book: Book, position: Position) -> None:
    book.listings.append((position, entry))


@_take.register
def _(entry: RosterFact, book: Book, position: Position) -> Oddity | None:
    return book.roster.enter(position, entry)


@_take.register
def _(entry: PolicyAdopted, book: Book, position: Position) -> Oddity | None:
    return book.decisions.adopt(position, entry)


@_take.register
def _(entry: RateDecided, book: Book, position: Position) -> Oddity | None:
    before = book.decisions.rate_table(entry.programme, position)
    oddity = book.decisions.adopt(position, entry)
    after = book.decisions.rate_table(entry.programme, position)
    for loan in book.loans.values():
        if loan.programme == entry.programme and loan.differs_before_history(before, after, book.view()):
            book.note(Oddity.BEFORE_HISTORY, loan.ordinal)
    return oddity


@_take.register
def _(entry: LoanFact, book: Book, position: Position) -> None:
    book.note(book.roster.take(position, entry, book.view(), book.decisions), entry.loan)


@_take.register
def _(entry: DayOpened, book: Book, position: Position) -> Oddity | None:
    missing = book.decisions.claim(entry.decisions)
    if book.is_over(entry.day):
        return Oddity.PERIOD_CLOSED
    book.postings.open(position, entry)
    return missing


@_take.register
def _(entry: BookReady, book: Book, position: Position) -> None:
    book.readies[position] = Ready(position, entry.day, entry.digest)


@_take.register
def _(entry: Posted, book: Book, position: Position) -> Oddity | None:
    oddity = book.roster.lacks(loans_of(entry), (line.account for line in entry.savings))
    oddity = oddity or _over(book, entry.day) or book.postings.stage(position, entry)
    if oddity is None:
        book.roster.post(position, entry)
    return oddity


@_take.register
def _(entry: Held, book: Book, position: Position) -> Oddity | None:
    return _over(book, entry.day) or book.postings.stage(position, entry)


@_take.register
def _(entry: ReceiptRekeyed, book: Book, position: Position) -> Oddity | None:
    loans = (line.loan for line in entry.interest)
    oddity = book.roster.lacks(loans, (line.account for line in entry.savings))
    oddity = oddity or book.postings.rekey(position, entry)
    if oddity is None:
        book.roster.rekey(position, entry)
    return oddity


@_take.register
def _(entry: Reversed, book: Book, position: Position) -> Oddity | None:
    oddity = book.postings.reverse(position, entry)
    if oddity is None:
        book.roster.reverse(position, entry)
    return oddity


@_take.register
def _(entry: CashCounted, book: Book, position: Position) -> Oddity | None:
    return _over(book, entry.day) or book.postings.count(position, entry)


@_take.register
def _(entry: DifferenceResolved, book: Book, position: Position) -> Oddity | None:
    return book.postings.resolve(position, entry)


@_take.register
def _(entry: DaySettled, book: Book, position: Position) -> Oddity | None:
    oddity = _over(book, entry.day) or book.postings.settle(position, entry)
    if oddity is None:
        for loan, place in book.roster.settle(entry.day, book.view()):
            book.note(Oddity.CONTRADICTS_HISTORY, loan, place)
    return oddity


@_take.register
def _(entry: PeriodClosed, book: Book, position: Position) -> None:
    book.periods.append((position, entry))


def _over(book: Book, day: Day) -> Oddity | None:
    return Oddity.PERIOD_CLOSED if book.is_over(day) else None
