"""What an extract of the core banking system says about one group, in the group's own ordinals (B21)."""

from collections.abc import Mapping

from msgspec import Struct

from calc.booked import LinePlace
from calc.core_refs import Told
from protocol.day import Day
from protocol.ids import Code, Ordinal, Position
from protocol.money import Dong


class LoanBalance(Struct, frozen=True):
    """What the core says of a loan: đồng of principal, and signed unpaid interest if it tells that."""

    in_term: Dong
    overdue: Dong
    frozen: Dong
    interest: Dong | None = None


class CoreRow(Struct, frozen=True):
    """One transaction of the core on a loan or on an account.

    ``ours`` is the line of ours that it says it books; ``amount`` is negative only for one that takes a line
    back. ``fact`` is what an import would make of it; None where it can only be a line of ours.
    """

    core_ref: Code
    ours: LinePlace | None
    kind: str
    day: Day
    amount: Dong
    loan: Ordinal | None
    account: Ordinal | None
    fact: Told | None


class Extract(Struct, frozen=True):
    """Balances at the end of the cut-off day, and the transactions of the days from ``since`` to it.

    ``since`` is None for an extract without transactions. ``known_by`` is the last place that the branch log
    had at the cut-off: what the core had told by then, it has. A partial extract says nothing of the rest.
    """

    day: Day
    since: Day | None
    known_by: Position
    loans: Mapping[Ordinal, LoanBalance]
    accounts: Mapping[Ordinal, Dong]
    rows: tuple[CoreRow, ...]

    def covers(self, day: Day) -> bool:
        """Say whether a transaction of a day would stand in the extract."""
        return self.since is not None and self.since <= day <= self.day
