"""What the branch decided about phone entries: posted, held, released, reversed, settled (B1, B4, B17).

Only the first `Posted` or `Held` of an entry counts in one run. A count starts the run of its day anew: what
was staged before it is dead, and may be posted again.
"""

from typing import Generic, TypeVar

from msgspec import Struct, structs

from calc.days import TransactionDay, View
from calc.problems import Oddity
from protocol.day import Day
from protocol.ids import EntryRef, Position
from protocol.posting_facts import (
    CashCounted,
    DayOpened,
    DaySettled,
    DifferenceResolved,
    Held,
    Posted,
    ReceiptRekeyed,
    Reversed,
)

Kept = TypeVar("Kept", Posted, Held)


class Posting(Struct, Generic[Kept], frozen=True):
    """A `Posted` or `Held` at its place."""

    position: Position
    entry: Kept


class Postings:
    """Everything that the transaction days of a group decided; only `calc.book` changes it."""

    def __init__(self) -> None:
        """Start with no transaction day."""
        self.days: dict[Day, TransactionDay] = {}
        self.posted: dict[EntryRef, Posting[Posted]] = {}
        self.held: dict[EntryRef, Posting[Held]] = {}
        self.released: dict[EntryRef, Position] = {}
        self.rekeyed: dict[int, tuple[Position, ReceiptRekeyed]] = {}
        self.reversed: dict[Position, Position] = {}
        self.resolved: dict[Position, DifferenceResolved] = {}
        self._places: dict[Position, Day | None] = {}

    def copy(self) -> "Postings":
        """An independent copy."""
        twin = Postings()
        twin.__dict__.update({name: dict(known) for name, known in self.__dict__.items()})
        return twin

    def day(self, day: Day) -> TransactionDay:
        """A transaction day, also one of which nothing is known yet."""
        return self.days.get(day) or TransactionDay(day)

    def open(self, position: Position, opened: DayOpened) -> None:
        """Let a transaction day be known."""
        day = self.day(opened.day)
        self.days[opened.day] = structs.replace(day, opened=day.opened or position)

    def stage(self, position: Position, entry: Posted | Held) -> Oddity | None:
        """Stage a posting for its day; returns why it does not count, if so."""
        day = self.day(entry.day)
        if day.settled is not None:
            return Oddity.DAY_SETTLED
        if not self.is_free(entry):
            return Oddity.REPEATED
        self.days[entry.day] = structs.replace(day, first=day.first or position)
        if isinstance(entry, Posted):
            self.posted[entry.entry] = Posting(position, entry)
        else:
            self.held[entry.entry] = Posting(position, entry)
        self._places[position] = entry.day
        return None

    def reversed_at(self, place: Position, view: View) -> Position | None:
        """Where a posting at a place was mirrored, as far as a view sees."""
        reversal = self.reversed.get(place)
        return reversal if reversal is not None and reversal <= view.at else None

    def stands(self, place: Position, day: Day | None, view: View) -> bool:
        """Say whether a posting at a place counts in a view and was not mirrored."""
        return view.counts(place, day) and self.reversed_at(place, view) is None

    def is_free(self, entry: Posted | Held) -> bool:
        """Say whether no live posting has the entry already; a released one may still be posted."""
        ref = entry.entry
        if self._is_live(self.posted.get(ref)):
            return False
        if self._is_live(self.held.get(ref)):
            return isinstance(entry, Posted) and ref in self.released
        return True

    def twin(self, entry: Posted | Held | ReceiptRekeyed) -> Position | None:
        """Where the same phone entry, or the same paper, was decided about; None while it is free."""
        if isinstance(entry, ReceiptRekeyed):
            known = self.rekeyed.get(entry.receipt_no)
            return None if known is None else known[0]
        if self.is_free(entry):
            return None
        posting = self.posted.get(entry.entry)
        return self.held[entry.entry].position if posting is None else posting.position

    def count(self, position: Position, counted: CashCounted) -> Oddity | None:
        """Take the teller's count, which starts the run of its day anew."""
        day = self.day(counted.day)
        if day.settled is not None:
            return Oddity.DAY_SETTLED
        self.days[counted.day] = structs.replace(day, first=position, counted=counted)
        return None

    def settle(self, position: Position, settled: DaySettled) -> Oddity | None:
        """Let everything of the day from ``first`` on take effect, all or nothing (B4)."""
        day = self.day(settled.day)
        if day.settled is not None:
            return Oddity.DAY_SETTLED
        first = settled.first if day.first is None else max(day.first, settled.first)
        self.days[settled.day] = structs.replace(day, first=first, settled=settled, settled_at=position)
        return None

    def resolve(self, position: Position, resolved: DifferenceResolved) -> Oddity | None:
        """Release a held entry, or clear a part of a settled day's difference (B17, B18)."""
        if resolved.kind == "held":
            if resolved.entry is None:
                return Oddity.UNKNOWN_PLACE
            if resolved.entry in self.released:
                return Oddity.REPEATED
            self.released[resolved.entry] = position
            self.resolved[position] = resolved
            return None
        day = self.day(resolved.day)
        sign = -1 if resolved.kind == "shortage" else 1
        if sign * day.difference_open < resolved.amount:
            return Oddity.RESOLVED_TOO_MUCH
        shortage, surplus = day.shortage_resolved, day.surplus_resolved
        if resolved.kind == "shortage":
            shortage += resolved.amount
        else:
            surplus += resolved.amount
        self.days[resolved.day] = structs.replace(day, shortage_resolved=shortage, surplus_resolved=surplus)
        self.resolved[position] = resolved
        return None

    def rekey(self, position: Position, rekeyed: ReceiptRekeyed) -> Oddity | None:
        """Let a paper receipt count under its number, once (L13)."""
        if rekeyed.receipt_no in self.rekeyed:
            return Oddity.REPEATED
        self.rekeyed[rekeyed.receipt_no] = position, rekeyed
        self._places[position] = None
        return None

    def reverse(self, position: Position, reversed_: Reversed) -> Oddity | None:
        """Mirror what stands at a place: from here on it no longer counts (B17)."""
        place = reversed_.posted
        view = View(self.days, position)
        if place not in self._places or not view.counts(place, self._places[place]):
            return Oddity.NOT_POSTED
        if place in self.reversed:
            return Oddity.REPEATED
        self.reversed[place] = position
        return None

    def _is_live(self, posting: Posting[Posted] | Posting[Held] | None) -> bool:
        if posting is None:
            return False
        first = self.days[posting.entry.day].first
        return first is not None and first <= posting.position
