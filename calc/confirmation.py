"""The yearly confirmation list 15/TD: what each customer owes and has saved at the end of a day (B10, B21).

A customer signs for three figures: principal, unpaid interest, savings. Loans and accounts are two lists of
one customer, never one table of pairs, so that nothing is counted twice whoever has several of both.
"""

from msgspec import Struct

from calc.book import Book
from calc.commune_days import moved
from calc.days import View
from calc.dues import due_in, open_loans
from calc.loan import Loan
from protocol.day import Day
from protocol.ids import Hash, Ordinal, Position
from protocol.money import Dong


class ConfirmedLoan(Struct, frozen=True):
    """One loan at the end of the day, in đồng.

    ``arrears`` is interest that was due by the last transaction day and is unpaid, ``current`` what accrued
    since, ``prepaid`` what was paid ahead (B11). A frozen or written-off loan keeps its unpaid interest
    (B10); the principal of a written-off one is 0.
    """

    loan: Ordinal
    number: str
    programme: str
    in_term: Dong
    overdue: Dong
    frozen: Dong
    arrears: Dong
    current: Dong
    prepaid: Dong

    @property
    def principal(self) -> Dong:
        """All that is outstanding."""
        return self.in_term + self.overdue + self.frozen


class ConfirmedAccount(Struct, frozen=True):
    """One savings account and its balance at the end of the day."""

    account: Ordinal
    number: str
    balance: Dong


class Customer(Struct, frozen=True):
    """One member who has a loan or an account; the name is a hash here (L4)."""

    member: Ordinal
    number: str
    name: Hash
    loans: tuple[ConfirmedLoan, ...]
    accounts: tuple[ConfirmedAccount, ...]


class Confirmation(Struct, frozen=True):
    """The list of a group, computed from the branch log up to ``position``; sums are sums of its lines."""

    day: Day
    position: Position
    customers: tuple[Customer, ...]

    @property
    def loans(self) -> tuple[ConfirmedLoan, ...]:
        """Loans of all customers."""
        return tuple(loan for customer in self.customers for loan in customer.loans)

    @property
    def accounts(self) -> tuple[ConfirmedAccount, ...]:
        """Savings accounts of all customers."""
        return tuple(account for customer in self.customers for account in customer.accounts)


def confirmation(book: Book, day: Day, *, at: Position | None = None) -> Confirmation:
    """What each customer confirms as of the end of a day, as the branch knew it at a position."""
    view = book.view(at)
    loans: dict[Ordinal, list[ConfirmedLoan]] = {}
    for loan in open_loans(book, day, view):
        loans.setdefault(loan.member, []).append(_loan(book, loan, day, view))
    accounts: dict[Ordinal, list[ConfirmedAccount]] = {}
    for ordinal, account in sorted(book.accounts.items()):
        if account.is_listed(view, day):
            line = ConfirmedAccount(ordinal, account.number, account.balance(view, day))
            accounts.setdefault(account.member, []).append(line)
    customers = (
        Customer(
            ordinal,
            member.listed.number,
            member.listed.name,
            tuple(loans.get(ordinal, ())),
            tuple(accounts.get(ordinal, ())),
        )
        for ordinal, member in sorted(book.members.items())
        if ordinal in loans or ordinal in accounts
    )
    return Confirmation(day, view.at, tuple(customers))


def _loan(book: Book, loan: Loan, day: Day, view: View) -> ConfirmedLoan:
    due = due_in(book, loan, day, view)
    due_before = due_in(book, loan, moved(day + 1, due.day_of_month), view)
    unpaid, principal = max(0, due.payable), due.principal
    current = min(unpaid, max(0, due.payable - due_before.payable))
    is_owed = not principal.written_off
    return ConfirmedLoan(
        loan=loan.ordinal,
        number=loan.number,
        programme=loan.programme,
        in_term=principal.in_term if is_owed else 0,
        overdue=principal.overdue if is_owed else 0,
        frozen=principal.frozen if is_owed else 0,
        arrears=unpaid - current,
        current=current,
        prepaid=due.prepaid,
    )
