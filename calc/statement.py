"""The collection statement 13/TD of one group and transaction day (bảng kê 13/TD).

A statement is a fold of the branch log alone. That of a settled day reads the log up to its `DaySettled`, so
late facts cannot change it (B4); that of a day under way counts what is staged. Names are hashes here (L4).
"""

from collections.abc import Iterator
from operator import add

from msgspec import Struct, structs

from calc.arrears import current_of
from calc.book import START, Book
from calc.days import View
from calc.dues import LoanDue, due_in, open_loans
from calc.loan import Loan
from calc.roster import loans_of
from calc.states import Phase, decided
from protocol.day import Day
from protocol.ids import Hash, Ordinal, Position
from protocol.money import Dong
from protocol.posting_facts import Posted, ReceiptRekeyed


class Amounts(Struct, frozen=True):
    """The money columns, in đồng. Balances stand before the day's own postings, ``arrears_left`` after them.

    ``arrears`` and ``current`` are the interest asked for, ``arrears_left`` what is left of it. Beside them
    stand, before the day's postings and after, ``prepaid`` interest, and ``unasked`` interest: what loans owe
    that are frozen or written off (B10). So every row and every total adds up:

        interest_due + unasked_before - prepaid_before - interest_received - transfer_to_interest
            = arrears_left + unasked - prepaid
    """

    principal: Dong = 0
    arrears: Dong = 0
    current: Dong = 0
    interest_received: Dong = 0
    arrears_left: Dong = 0
    prepaid_before: Dong = 0
    prepaid: Dong = 0
    unasked_before: Dong = 0
    unasked: Dong = 0
    savings_balance: Dong = 0
    savings_deposited: Dong = 0
    transfer_to_principal: Dong = 0
    transfer_to_interest: Dong = 0

    @property
    def interest_due(self) -> Dong:
        """Interest asked for: arrears and current."""
        return self.arrears + self.current

    @property
    def cash(self) -> Dong:
        """Cash received: interest and savings; transfers are none."""
        return self.interest_received + self.savings_deposited

    def __add__(self, other: "Amounts") -> "Amounts":
        """Add column by column."""
        return Amounts(*map(add, structs.astuple(self), structs.astuple(other)))


class Row(Struct, frozen=True):
    """One member: running number, ordinal, hash of the name, contracts, amounts."""

    number: int
    member: Ordinal
    name: Hash
    contracts: tuple[str, ...]
    amounts: Amounts


class Statement(Struct, frozen=True):
    """Form 13/TD: rows and totals, computed from the branch log up to ``position``.

    ``held`` is cash of receipts in suspense, in no row; ``is_settled`` says whether the figures are final.
    """

    day: Day
    position: Position
    is_settled: bool
    rows: tuple[Row, ...]
    totals: Amounts
    held: Dong


def statement(book: Book, day: Day) -> Statement:
    """Statement of a transaction day, with a row for every member who has a loan, savings or money moved.

    A row has the loans that are open, and closed ones that the day's money went to.
    """
    settled_at = book.postings.day(day).settled_at
    after = book.view(settled_at, staged=settled_at is None)
    before = structs.replace(after, days={other: known for other, known in book.days.items() if other != day})
    rekeyed = _rekeyed(book, day, after)
    moved = _moved(book, day, after, rekeyed)
    rows: list[Row] = []
    listed = _loans(book, day, after, rekeyed)
    for ordinal, member in sorted(book.members.items()):
        loans = [loan for loan in listed if loan.member == ordinal]
        amounts = moved.get(ordinal, Amounts())
        for loan in loans:
            paper = sum(line.total for one in rekeyed for line in one.interest if line.loan == loan.ordinal)
            first = due_in(book, loan, day, before, pending=-paper)
            amounts += _owed(first, due_in(book, loan, day, after))
        amounts += _saved(book, ordinal, day, before, rekeyed)
        if loans or amounts != Amounts():
            contracts = tuple(loan.number for loan in loans)
            rows.append(Row(len(rows) + 1, ordinal, member.listed.name, contracts, amounts))
    return Statement(
        day=day,
        position=after.at,
        is_settled=settled_at is not None,
        rows=tuple(rows),
        totals=sum((row.amounts for row in rows), Amounts()),
        held=_held(book, day, after),
    )


def _rekeyed(book: Book, day: Day, view: View) -> list[ReceiptRekeyed]:
    """Paper receipts that stand in a view and belong to a day: the first that is settled after them (B4).

    So a paper that is typed in when its day is closed is in the statement whose count expects its cash.
    """
    own = book.postings.day(day).settled_at
    days = book.days.values()
    if own is None and any(one.is_open and one.day < day for one in days):
        return []
    settled = (one.settled_at for one in days if one.settled_at is not None and one.day != day)
    since = max((place for place in settled if own is None or place < own), default=START)
    return [
        entry
        for position, entry in book.postings.rekeyed.values()
        if position > since and book.postings.stands(position, None, view)
    ]


def _postings(book: Book, day: Day, view: View) -> list[Posted]:
    """Postings of the day that stand in a view."""
    return [
        posting.entry
        for posting in book.postings.posted.values()
        if posting.entry.day == day and book.postings.stands(posting.position, day, view)
    ]


def _loans(book: Book, day: Day, view: View, rekeyed: list[ReceiptRekeyed]) -> list[Loan]:
    """Loans of the rows, in ordinal order."""
    found = {loan.ordinal for loan in open_loans(book, day, view)}
    found |= {line.loan for paper in rekeyed for line in paper.interest}
    found |= {loan for posted in _postings(book, day, view) for loan in loans_of(posted)}
    return [book.loans[ordinal] for ordinal in sorted(found)]


def _moved(book: Book, day: Day, view: View, rekeyed: list[ReceiptRekeyed]) -> dict[Ordinal, Amounts]:
    """What the day's postings and paper receipts moved, by member."""
    moved: dict[Ordinal, Amounts] = {}
    for member, amounts in (*_posted(book, day, view), *_on_paper(book, rekeyed)):
        moved[member] = moved.get(member, Amounts()) + amounts
    return moved


def _posted(book: Book, day: Day, view: View) -> Iterator[tuple[Ordinal, Amounts]]:
    for entry in _postings(book, day, view):
        is_transfer = any(line.change < 0 for line in entry.savings)
        for line in entry.interest:
            column = "transfer_to_interest" if is_transfer else "interest_received"
            yield book.loans[line.loan].member, Amounts(**{column: line.total})
        for part in entry.principal:
            amounts = Amounts(transfer_to_principal=part.in_term + part.overdue)
            yield book.loans[part.loan].member, amounts
        for change in entry.savings:
            deposited = Amounts(savings_deposited=max(0, change.change))
            yield book.accounts[change.account].member, deposited


def _on_paper(book: Book, rekeyed: list[ReceiptRekeyed]) -> Iterator[tuple[Ordinal, Amounts]]:
    for entry in rekeyed:
        for line in entry.interest:
            yield book.loans[line.loan].member, Amounts(interest_received=line.total)
        for deposit in entry.savings:
            yield book.accounts[deposit.account].member, Amounts(savings_deposited=deposit.amount)


def _owed(first: LoanDue, last: LoanDue) -> Amounts:
    """Columns of one loan before and after the day's postings."""
    current = min(first.asked, current_of(first))
    principal = first.principal
    left = max(0, last.payable)
    return Amounts(
        principal=0 if principal.written_off else principal.in_term + principal.overdue + principal.frozen,
        arrears=first.asked - current,
        current=current,
        arrears_left=0 if first.is_dormant else left,
        prepaid_before=first.prepaid,
        prepaid=last.prepaid,
        unasked_before=max(0, first.payable) if first.is_dormant else 0,
        unasked=left if first.is_dormant else 0,
    )


def _saved(book: Book, member: Ordinal, day: Day, before: View, rekeyed: list[ReceiptRekeyed]) -> Amounts:
    """Savings of one member before the day's postings."""
    accounts = {
        ordinal
        for ordinal, account in book.accounts.items()
        if account.member == member and account.is_listed(before, day)
    }
    balance = sum(book.accounts[ordinal].balance(before, day) for ordinal in accounts)
    paper = sum(line.amount for one in rekeyed for line in one.savings if line.account in accounts)
    return Amounts(savings_balance=balance - paper)


def _held(book: Book, day: Day, view: View) -> Dong:
    """Cash of the day's receipts that are in suspense."""
    total = 0
    for ref, posting in book.postings.held.items():
        entry = posting.entry
        state = decided(book, ref, view)
        if entry.day == day and state is not None and state.phase is Phase.HELD:
            total += sum(line.interest for line in entry.interest)
            total += sum(line.amount for line in entry.savings)
    return total
