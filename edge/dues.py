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
    """The preview as of now.

    Raises:
        AccessError: the branch has not admitted this phone.
        BranchError: there is no ``BookReady`` yet.
    """
    admission, _ = phone.admitted
    book = phone.group.book
    ready = book.ready
    if ready is None:
        raise BranchError(Fault.NO_BOOK)
    others = tuple(
        LogTip(*place, log.length, log.head)
        for place, log in sorted(phone.group.phones.items())
        if place != admission.place and log.length
    )
    facts = phone.facts()
    scope = scope_at(facts, (*others, _own_tip(phone)))
    return DuesShown(
        day=ready.day,
        dues=preview(book, ready.day, facts, scope),
        knows=Knows(ready.position, others),
        agrees=book.is_complete and book_digest(book, ready.day, at=ready.position) == ready.digest,
    )


def _own_tip(phone: Phone) -> LogTip:
    """How far this phone's own entries are known: beyond its ledger, if the branch brought some back."""
    admission, own = phone.admitted
    log = phone.group.phones[admission.place]
    if log.length > own.length and log.hash_at(own.length) == own.head:
        return LogTip(*admission.place, log.length, log.head)
    return LogTip(*admission.place, own.length, own.head)
