"""What people look at in a group: balances, overdue, collection both ways, and who was here last.

Every measure is a sum over the lines of the group or a fraction of two such sums (`calc.ratio`), so that a
commune's is made from its groups' sums, never from their ratios.
"""

from msgspec import Struct

from calc.book import Book
from calc.days import View
from calc.dues import due_in, open_loans
from calc.loan import Effect, day_of
from calc.ratio import Ratio
from calc.statement import Amounts
from protocol.day import Day
from protocol.ids import Ordinal
from protocol.loan_facts import Disbursed, InterestReceived, LoanBroughtForward, PrincipalRepaid
from protocol.money import Dong

_MONTH_HUNDREDTHS = 3_044
"""A month has 30.44 days [S], here in hundredths of a day: 92 days are three months, 91 are not."""


class Standing(Struct, frozen=True):
    """Members with a loan or an account, open loans, and balances in đồng at the end of a day."""

    members: int = 0
    loans: int = 0
    in_term: Dong = 0
    overdue: Dong = 0
    frozen: Dong = 0
    savings: Dong = 0

    @property
    def principal(self) -> Dong:
        """All that is outstanding; written-off principal is none."""
        return self.in_term + self.overdue + self.frozen

    @property
    def overdue_ratio(self) -> Ratio:
        """Overdue principal of all principal."""
        return Ratio(self.overdue, self.principal)


class Collection(Struct, frozen=True):
    """Interest of transaction days, in đồng: received in cash and by transfer, current and older due."""

    received: Dong = 0
    current: Dong = 0
    arrears: Dong = 0

    @property
    def of_current(self) -> Ratio:
        """Collection rate without earlier arrears in the denominator [A]."""
        return Ratio(self.received, self.current)

    @property
    def of_all(self) -> Ratio:
        """Collection rate with earlier arrears in the denominator [A]."""
        return Ratio(self.received, self.current + self.arrears)

    def __add__(self, other: "Collection") -> "Collection":
        """Both together."""
        return Collection(
            self.received + other.received, self.current + other.current, self.arrears + other.arrears
        )


def standing(book: Book, day: Day, view: View) -> Standing:
    """Balances of a group at the end of a day."""
    loans = open_loans(book, day, view)
    principals = [due_in(book, loan, day, view).principal for loan in loans]
    owed = [principal for principal in principals if not principal.written_off]
    accounts = [account for account in book.accounts.values() if account.is_listed(view, day)]
    return Standing(
        members=len({loan.member for loan in loans} | {account.member for account in accounts}),
        loans=len(loans),
        in_term=sum(principal.in_term for principal in owed),
        overdue=sum(principal.overdue for principal in owed),
        frozen=sum(principal.frozen for principal in owed),
        savings=sum(account.balance(view, day) for account in accounts),
    )


def collection(totals: Amounts) -> Collection:
    """The collection of one transaction day from the totals of its statement (13/TD)."""
    received = totals.interest_received + totals.transfer_to_interest
    return Collection(received, totals.current, totals.arrears)


def last_transactions(book: Book, day: Day, view: View) -> dict[Ordinal, Day]:
    """The last day up to ``day`` on which each member moved money of his own, in cash or not.

    Interest that the bank credits is none. A loan or an account that came from elsewhere says nothing of the
    days before its ``as_of``, so that is the first day that counts (B22).
    """
    found: dict[Ordinal, Day] = {}
    for loan in book.loans.values():
        for effect in loan.standing(view):
            on = _day_of(effect)
            if on is not None and on <= day:
                found[loan.member] = max(on, found.get(loan.member, on))
    for account in book.accounts.values():
        moves = (move for move in account.standing(view) if move.change and move.effective <= day)
        told = [move.effective for move in moves if move.fact is None or move.fact.kind != "interest"]
        if account.is_listed(view, day):
            told.append(account.listed.as_of)
        if told:
            last = max(told)
            found[account.member] = max(last, found.get(account.member, last))
    return found


def is_idle(days: int, months: int) -> bool:
    """Say whether so many days without a transaction are that many months: days ÷ 30.44 ≥ months [S].

    >>> is_idle(92, 3), is_idle(91, 3)
    (True, False)
    """
    return 100 * days >= months * _MONTH_HUNDREDTHS


_COUNTER = (Disbursed, InterestReceived, PrincipalRepaid)
_COLLECTED = ("posted", "receipt_rekeyed")


def _day_of(effect: Effect) -> Day | None:
    """Day of the member's own transaction behind an effect, if there is one."""
    if isinstance(effect.fact, LoanBroughtForward):
        return effect.fact.as_of
    if isinstance(effect.fact, _COUNTER):
        return day_of(effect.fact)
    return effect.paid_on if effect.code in _COLLECTED else None
