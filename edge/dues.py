"""The dues that this phone shows, and exactly what they were computed from (B1, B16, L12).

Shown = due at the last ``BookReady``, less every pending, unvoided interest that this phone knows: its own
entries and those of the other phones, of a forked log the side that came first. ``knows`` says the same to
the branch, so that it can compute the figure again.
"""

from msgspec import Struct

from calc.dues import LoanDue, book_digest
from calc.pending import preview, scope_at
from edge.errors import BranchError, Fault
from edge.phone import Phone
from protocol.day import Day
from protocol.phone_facts import Knows, LogTip


class DuesShown(Struct, frozen=True):
    """Dues of all open loans to ``day``; ``agrees`` says whether the branch computed the same book (L12)."""

    day: Day
    dues: tuple[LoanDue, ...]
    knows: Knows
    agrees: bool

    def of(self, member: int) -> tuple[LoanDue, ...]:
        """Dues of one member's open loans, in loan order."""
        return tuple(due for due in self.dues if due.member == member)


def dues_shown(phone: Phone) -> DuesShown:
    """The preview as of now; raises BranchError without a ``BookReady``."""
    book = phone.group.book
    ready = book.ready
    if ready is None:
        raise BranchError(Fault.NO_BOOK)
    digest = book_digest(book, ready.day, at=ready.position)
    facts, others = phone.facts(), _other_logs(phone)
    return DuesShown(
        day=ready.day,
        dues=preview(book, ready.day, facts, scope_at(facts, (*others, *_own_log(phone)))),
        knows=Knows(ready.position, others),
        agrees=book.is_complete and digest == ready.digest,
    )


def _other_logs(phone: Phone) -> tuple[LogTip, ...]:
    """How far every other log was read, those of this phone's earlier epochs among them; ascending."""
    own = None if phone.admission is None else phone.admission.place
    return tuple(
        LogTip(*place, log.length, log.head)
        for place, log in sorted(phone.group.phones.items())
        if place != own and log.length
    )


def _own_log(phone: Phone) -> tuple[LogTip, ...]:
    """Where this phone's own log ends; nothing before it is admitted."""
    if phone.admission is None or phone.own is None:
        return ()
    return (LogTip(*phone.admission.place, phone.own.length, phone.own.head),)
