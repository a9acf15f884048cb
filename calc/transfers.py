"""How far a transfer out of savings goes: to the balance, and to principal no more than is owed (B9)."""

from msgspec import Struct

from calc.book import Book
from calc.days import View
from calc.dues import LoanDue, due_in
from protocol.day import DAY_MAX, Day
from protocol.money import Dong
from protocol.phone_facts import TransferRequested


class Reach(Struct, frozen=True):
    """The balances that one transfer may use on a day, in đồng; ``due`` is the loan just before it.

    ``owed`` is None for a transfer to interest: what is more than the due is prepaid.
    """

    available: Dong
    owed: Dong | None
    due: LoanDue

    def executed(self, asked: Dong) -> Dong:
        """What of the amount that was asked for can be moved; never negative."""
        most = asked if self.owed is None else min(asked, self.owed)
        return max(0, min(most, self.available))


def reach(book: Book, entry: TransferRequested, day: Day, view: View) -> Reach:
    """What a transfer could use on a day in a view; its account and its loan are the group's."""
    loan = book.loans[entry.loan]
    due = due_in(book, loan, day, view)
    owed = None
    if entry.purpose == "principal":
        owed = _owed(due, due_in(book, loan, DAY_MAX, view))
    return Reach(book.accounts[entry.account].available(view, day), owed, due)


def _owed(due: LoanDue, last: LoanDue) -> Dong:
    """Principal that bears interest and that no fact of a later day, known already, repays."""
    if due.principal.written_off:
        return 0
    return min(one.principal.in_term + one.principal.overdue for one in (due, last))
