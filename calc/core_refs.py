"""What the core banking system calls the facts of a group, and which of ours it has confirmed (B21).

1. a fact of the core carries its reference and counts once under it
2. a fact that was keyed at the table is provisional, and what the branch booked itself is unconfirmed, until
   a `CoreMatched` names its place and a reference of the core
3. a fact that comes from the core under a reference so given is no second one, when it says the same: all of
   it for a keyed fact, the same amount on the same loan or account for a line of a booking

A keyed fact is one transaction and gets one reference. A booking of several lines may get several, one for
each line.
"""

from msgspec import Struct, structs

from calc.loan import CoreFact
from calc.money_lines import LineKind, MoneyLine, lines_of
from calc.problems import Oddity
from protocol.ids import Position
from protocol.loan_facts import CoreMatched, CreditRefunded, InterestReceived, PrincipalRepaid
from protocol.posting_facts import Posted, ReceiptRekeyed, Reversed
from protocol.roster_facts import SavingsMoved

Told = CoreFact | SavingsMoved
"""What the core tells us; keyed at the table, it has no reference yet."""
Booking = Posted | ReceiptRekeyed | Reversed | CreditRefunded
"""What we tell the core."""


class Match(Struct, frozen=True):
    """A reference that the core gave to a place, and where the branch log says so."""

    position: Position
    core_ref: str


class CoreRefs:
    """References of one group; only `calc.roster` changes it."""

    def __init__(self) -> None:
        """Start with none."""
        self._known: dict[str, Told | Booking] = {}
        self._nameless: dict[Position, Told | Booking] = {}
        self.matches: dict[Position, tuple[Match, ...]] = {}

    def copy(self) -> "CoreRefs":
        """An independent copy."""
        twin = CoreRefs()
        twin._known = dict(self._known)
        twin._nameless = dict(self._nameless)
        twin.matches = dict(self.matches)
        return twin

    def remember(self, position: Position, entry: Told | Booking) -> None:
        """Keep a fact or a booking that the log has at a place."""
        core_ref = None if isinstance(entry, Booking) else entry.core_ref
        if core_ref is None:
            self._nameless[position] = entry
        else:
            self._known[core_ref] = entry

    def match(self, position: Position, matched: CoreMatched) -> Oddity | None:
        """Let a reference of the core name what stands at a place without one; returns what is odd."""
        entry = self._nameless.get(matched.entry)
        if entry is None:
            return Oddity.UNKNOWN_PLACE
        known = self._known.get(matched.core_ref, entry)
        named = self.matches.get(matched.entry, ())
        if known is not entry:
            return Oddity.CORE_REF_TAKEN
        if any(match.core_ref == matched.core_ref for match in named):
            return None
        if named and not isinstance(entry, Booking):
            return Oddity.REPEATED
        self._known[matched.core_ref] = entry
        self.matches[matched.entry] = (*named, Match(position, matched.core_ref))
        return None

    def knows(self, fact: Told) -> bool:
        """Say whether the reference of a fact is taken, by itself or by another."""
        return fact.core_ref is not None and self.is_taken(fact.core_ref)

    def is_taken(self, core_ref: str) -> bool:
        """Say whether a reference names something already."""
        return core_ref in self._known

    def conflict(self, fact: Told) -> Oddity | None:
        """What is odd about a fact whose reference is taken; None when it says the same again."""
        assert fact.core_ref is not None
        known = self._known[fact.core_ref]
        if isinstance(known, Booking):
            same = _books(known, fact)
        else:
            same = structs.replace(known, core_ref=fact.core_ref, decided_by=fact.decided_by) == fact
        return None if same else Oddity.CORE_REF_TAKEN

    def is_matched(self, place: Position, at: Position) -> bool:
        """Say whether the core had confirmed what stands at a place, as known at a position."""
        return any(match.position <= at for match in self.matches.get(place, ()))

    def provisional(self, at: Position) -> dict[Position, Told]:
        """Facts keyed at the table that the core has not confirmed, as known at a position, by place."""
        return {
            place: entry
            for place, entry in self._nameless.items()
            if not isinstance(entry, Booking) and place <= at and not self.is_matched(place, at)
        }


def _books(booking: Booking, fact: Told) -> bool:
    """Say whether a fact is one line of a booking, under the name that the core gave it."""
    if not isinstance(booking, Posted | ReceiptRekeyed):
        return False
    return any(_says(line, fact) for line in lines_of(booking))


def _says(line: MoneyLine, fact: Told) -> bool:
    match fact:
        case InterestReceived():
            return (line.kind, line.loan, line.amount) == (LineKind.INTEREST_RECEIVED, fact.loan, fact.amount)
        case PrincipalRepaid():
            return (line.kind, line.loan, line.amount) == (LineKind.PRINCIPAL_REPAID, fact.loan, fact.amount)
        case SavingsMoved():
            return (line.kind.value, line.account, line.amount) == (fact.kind, fact.account, fact.amount)
    return False
