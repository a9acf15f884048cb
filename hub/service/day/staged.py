"""A transaction day with its whole run staged on one book, from which everything that people see is computed.

Before the settlement the run is planned on a copy of the book: a preview. A settled day is the log up to its
settlement with what had been received by then, so that it stays as it is, whatever comes later (B4).
"""

from collections.abc import Mapping

from msgspec import Struct

from calc.book import Book
from calc.days import TransactionDay
from calc.settlement import plan_day
from calc.states import Facts, FactState, states
from calc.words import day as written
from hub.errors import DayError
from hub.service.group.known import known_facts, known_since
from hub.service.group.state import GroupState
from protocol.day import Day
from protocol.entries import Entry, PhoneFact
from protocol.ids import EntryRef, Ordinal, Position
from protocol.phone_facts import Collected, TransferRequested
from protocol.posting_facts import CashCounted


class StagedDay(Struct, frozen=True):
    """One day of one group. ``position`` is the place in the log from which it was computed.

    ``book`` has the run of the day staged; ``facts`` are the phone entries that count for it, with their
    states in ``known``.
    """

    state: GroupState
    day: Day
    position: Position
    book: Book
    facts: Facts
    known: Mapping[EntryRef, FactState]

    @property
    def is_settled(self) -> bool:
        """Say whether the run took effect."""
        return self.state.book.days[self.day].settled is not None

    @property
    def counted(self) -> CashCounted | None:
        """The teller's count in force."""
        return self.book.postings.day(self.day).counted

    @property
    def covered(self) -> frozenset[Ordinal]:
        """Writers whose cash the count covers; before it, all of them."""
        if self.counted is None:
            return frozenset(self.book.writers)
        return frozenset(closed.writer for closed in self.counted.rounds)

    def money_facts(self) -> tuple[PhoneFact, ...]:
        """Receipts and transfers that this day decides about, in merged order."""
        since = known_since(self.state)
        return tuple(fact for fact in self.facts.all if self._decides(fact, since[fact.ref]))

    def branch_entries(self) -> dict[Position, Entry]:
        """What stands where in the branch log, the preview included."""
        found: dict[Position, Entry] = dict(self.state.book.log)
        postings = self.book.postings
        for kept in (postings.posted, postings.held):
            found.update({posting.position: posting.entry for posting in kept.values()})
        return found

    def role(self, writer: Ordinal) -> str:
        """Whose phone a writer is."""
        known = self.book.writers.get(writer)
        return "" if known is None else known.latest.role

    def _decides(self, fact: PhoneFact, since: Position) -> bool:
        """Say whether an entry was posted or held on this day, or else came while the day was to take it."""
        entry, ref = fact.entry, fact.ref
        if not isinstance(entry, Collected | TransferRequested):
            return False
        view, postings = self.book.view(staged=True), self.book.postings
        days = [
            posting.entry.day
            for posting in (postings.posted.get(ref), postings.held.get(ref))
            if posting is not None and view.counts(posting.position, posting.entry.day)
        ]
        if days:
            return self.day in days
        takers = (
            one.day
            for one in self.book.days.values()
            if one.opened is not None
            and one.day >= entry.due_to
            and (one.settled_at is None or one.settled_at > since)
        )
        return min(takers, default=None) == self.day


def day_to_show(state: GroupState) -> Day:
    """The first transaction day that is open, or else the last one; raises DayError when there is none."""
    opened = [one for one in state.book.days.values() if one.opened is not None]
    if not opened:
        raise DayError("no_day", group=state.group)
    unsettled = [one.day for one in opened if one.settled is None]
    return min(unsettled) if unsettled else max(one.day for one in opened)


def stage_of(day: TransactionDay) -> str:
    """How far a transaction day has come: ``open``, ``counted`` or ``settled``."""
    return "settled" if day.settled else "counted" if day.counted else "open"


def stage_day(state: GroupState, day: Day) -> StagedDay:
    """A day of a group that was opened; raises DayError for another one."""
    known = state.book.days.get(day)
    if known is None or known.opened is None:
        raise DayError("day_unknown", group=state.group, day=written(day))
    if known.settled_at is None:
        position, facts = state.book.position, known_facts(state)
        book = plan_day(state.book, facts, day).book
    else:
        position = known.settled_at
        facts = known_facts(state, position)
        book = state.book_at(Position(position.epoch, position.seq - 1))
    return StagedDay(state, day, position, book, facts, states(book, facts, staged=True))
