"""Transaction days of a group, and the view that decides which facts stand at a place in the log (B4).

What is posted, held or counted for a day is *staged* until that day's `DaySettled`. A view at a position
sees what was settled up to there; a staged view, for planning and reconciling, also sees the run under way.
"""

from collections.abc import Mapping

from msgspec import Struct

from protocol.day import Day
from protocol.ids import Hash, Position
from protocol.money import Dong
from protocol.posting_facts import CashCounted, DaySettled


class Ready(Struct, frozen=True):
    """Where a run of facts ended, and the digest of the signed dues to ``day`` there (L12)."""

    position: Position
    day: Day
    digest: Hash


class TransactionDay(Struct, frozen=True):
    """One transaction day as far as the branch log has it.

    ``first`` is where its run begins: the last count, or the first posting when nothing was counted. What
    was staged before it is dead. ``shortage_resolved`` and ``surplus_resolved`` are the đồng of the
    difference that were cleared since (B18).
    """

    day: Day
    opened: Position | None = None
    first: Position | None = None
    counted: CashCounted | None = None
    settled: DaySettled | None = None
    settled_at: Position | None = None
    shortage_resolved: Dong = 0
    surplus_resolved: Dong = 0

    @property
    def is_open(self) -> bool:
        """Say whether the day was begun, and is not settled."""
        return self.settled_at is None and (self.opened is not None or self.first is not None)

    @property
    def difference_open(self) -> Dong:
        """Counted − expected of the settled day, less what was resolved since: negative is a shortage."""
        if self.settled is None:
            return 0
        return self.settled.difference + self.shortage_resolved - self.surplus_resolved


class View(Struct, frozen=True):
    """Which entries stand when the log is read up to ``at``; ``staged`` lets the run under way count too.

    ``hidden`` are places that a phone of an older branch epoch could not see (L15).
    """

    days: Mapping[Day, TransactionDay]
    at: Position
    staged: bool = False
    hidden: frozenset[Position] = frozenset()

    def counts(self, position: Position, day: Day | None) -> bool:
        """Say whether an entry at a position stands; ``day`` is the one whose settlement it waits for."""
        if not self._sees(position):
            return False
        if day is None:
            return True
        one = self.days.get(day)
        if one is None or one.first is None or position < one.first:
            return False
        return self.staged or (one.settled_at is not None and self._sees(one.settled_at))

    def since(self, position: Position, day: Day | None) -> Position:
        """Place from which on an entry that counts does so: its own, or the settlement that it waited for."""
        return position if day is None else self.days[day].settled_at or self.at

    def _sees(self, position: Position) -> bool:
        return position <= self.at and position not in self.hidden
