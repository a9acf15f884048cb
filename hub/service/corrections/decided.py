"""What two people correct after money was taken in: release, clear, reverse, refund (B7, B15, B17, B18).

1. two different people decide; what they rest on is a paper, of which the log gets a salted digest (L4)
2. nothing is removed: each correction is an entry of the group's branch log that later folds see
3. a receipt that is held is released only as far as the count covers it, and if it can then be posted
4. a shortage or surplus is cleared up to what is open of it; against a late fact, up to that fact's cash
5. only what a settled day booked is reversed, once
6. a decision that stands already is not written a second time

Whatever is refused changes nothing. The run ends with a new book when a due changed (L12).
"""

from collections.abc import Callable, Sequence

from msgspec import Struct

from calc.book import Book
from calc.dues import book_digest
from hub.errors import CorrectionError
from hub.service.corrections.effect import Change, changes
from hub.service.day.posting import two_people
from hub.service.group.closing import day_under_way, end_run
from hub.service.group.derived import publish
from hub.service.group.groups import Groups
from hub.service.group.known import known_facts
from hub.service.group.state import GroupState
from protocol.day import Day, day_of
from protocol.entries import BranchEntry
from protocol.exchange import DetachedText
from protocol.ids import Hash, Position


class Signed(Struct, frozen=True):
    """Who decides and who confirms; ``paper`` is what is kept beside the log of what they rest on."""

    decided_by: str
    confirmed_by: str
    paper: DetachedText | None

    @property
    def statement(self) -> Hash | None:
        """What an entry carries of the paper."""
        return None if self.paper is None else self.paper.hash


class Moment(Struct, frozen=True):
    """A group at the moment of a correction: today, and the transaction day that is under way."""

    state: GroupState
    today: Day
    day: Day

    @property
    def book(self) -> Book:
        """The group's book."""
        return self.state.book


Decision = Callable[[Moment, Signed], BranchEntry | None]
"""The entry that a correction needs, None when it stands already; raises CorrectionError."""


class Corrected(Struct, frozen=True):
    """What a correction appended, or would append, and what it changed; empty when it stood already.

    ``day`` is the transaction day that dues among the changes are told to.
    """

    state: GroupState
    day: Day
    entries: tuple[BranchEntry, ...]
    changes: tuple[Change, ...]


def correct(groups: Groups, group: str, decision: Decision, signed: Signed) -> Corrected:
    """Append a correction, with the paper beside it.

    Raises:
        UnknownGroupError, DayError, CorrectionError: nothing was appended.
    """
    planned = preview(groups, group, decision, signed)
    if not planned.entries:
        return planned
    if signed.paper is not None:
        groups.add_texts(group, [signed.paper])
    done: list[Corrected] = []

    def missing(state: GroupState) -> Sequence[Sequence[BranchEntry]]:
        done.append(_plan(groups, state, decision, signed))
        return [done[-1].entries] if done[-1].entries else []

    state = groups.append(group, missing)
    publish(groups.store, state)
    return Corrected(state, done[-1].day, done[-1].entries, done[-1].changes)


def preview(groups: Groups, group: str, decision: Decision, signed: Signed) -> Corrected:
    """What a correction would append and change; raises as ``correct`` does."""
    two_people(signed.decided_by, signed.confirmed_by)
    return _plan(groups, groups.load(group), decision, signed)


def _plan(groups: Groups, state: GroupState, decision: Decision, signed: Signed) -> Corrected:
    listed = state.book.group
    if listed is None:
        raise CorrectionError("no_day", group=state.group)
    today = day_of(groups.clock())
    moment = Moment(state, today, day_under_way(state.book, listed.day_of_month, today))
    entry = decision(moment, signed)
    if entry is None:
        return Corrected(state, moment.day, (), ())
    entries = (entry, *_ending(moment, entry, signed.decided_by))
    after = state.book.copy()
    for each in entries:
        after.apply(Position(after.position.epoch, after.position.seq + 1), each)
    return Corrected(state, moment.day, entries, changes(state.book, after, known_facts(state), moment.day))


def _ending(moment: Moment, entry: BranchEntry, decided_by: str) -> tuple[BranchEntry, ...]:
    """The book that ends the run, when a due to the day under way is not what the last book said."""
    book = moment.book
    ending = end_run(book, [entry], moment.day, decided_by)
    assert ending.entries, f"what a correction checked does not fit the log: {ending.oddities} {ending.loans}"
    after = book.copy()
    after.apply(Position(book.position.epoch, book.position.seq + 1), entry)
    ready = book.ready
    same = ready is not None and (ready.day, ready.digest) == (moment.day, book_digest(after, moment.day))
    return () if same else ending.entries
