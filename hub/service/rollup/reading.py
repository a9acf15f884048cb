"""What those above the branches have: of each the newest roll-up of its newest day, and how good it is."""

from collections.abc import Mapping
from datetime import date
from enum import Enum

from msgspec import Struct

from hub.documents import Document, document_id
from hub.ports import Rollups
from hub.service.rollup.document import RollUp, Unread, judged
from hub.service.rollup.figures import Totals
from protocol.day import Day, to_date, to_day


class State(Enum):
    """How a branch stands; only fresh and old roll-ups are added up."""

    FRESH = "fresh"
    OLD = "old"
    MISSING = "missing"
    NEWER = "newer"
    DAMAGED = "damaged"
    TWO = "two"
    UNLISTED = "unlisted"


class Came(Struct, frozen=True):
    """One branch: its roll-up where it can be used, its age in days where its day is known."""

    branch: str
    name: str
    state: State
    day: Day | None = None
    number: int | None = None
    age_days: int | None = None
    rollup: RollUp | None = None


class Asked(Struct, frozen=True):
    """Whose roll-ups: names of the branches by code, the day to look back from, and when one is old."""

    branches: Mapping[str, str]
    on: Day
    old_days: int


class Gathered(Struct, frozen=True):
    """Every branch that is listed or came, and what was asked."""

    asked: Asked
    came: tuple[Came, ...]

    @property
    def counted(self) -> tuple[Came, ...]:
        """Branches whose roll-up can be used and that are listed."""
        return tuple(one for one in self.came if one.rollup is not None)

    @property
    def is_whole(self) -> bool:
        """Say whether every listed branch is there, none is old, and nothing else came."""
        return all(one.state is State.FRESH for one in self.came)

    @property
    def totals(self) -> Totals:
        """Sums over the branches that are counted."""
        return sum((rollup.totals for rollup in self.rollups), Totals())

    @property
    def rollups(self) -> tuple[RollUp, ...]:
        """The roll-ups that are added up."""
        return tuple(one.rollup for one in self.came if one.rollup is not None)

    def of(self, state: State) -> tuple[Came, ...]:
        """Branches that stand so."""
        return tuple(one for one in self.came if one.state is state)


def gather(rollups: Rollups, asked: Asked) -> Gathered:
    """Listed branches in the order of their codes, then those that nobody listed.

    Raises:
        SettingsError: the database holds something else than roll-ups.
    """
    found = rollups.branches()
    listed = sorted(asked.branches)
    unlisted = [branch for branch in found if branch not in asked.branches]
    came = (_came(rollups, branch, asked) for branch in (*listed, *unlisted))
    return Gathered(asked, tuple(came))


def _came(rollups: Rollups, branch: str, asked: Asked) -> Came:
    name = asked.branches.get(branch, branch)
    newest = rollups.newest(branch, str(to_date(asked.on)))
    if newest is None:
        is_listed = branch in asked.branches
        return Came(branch, name, State.MISSING if is_listed else State.UNLISTED)
    document, has_rival = newest
    day, number = _place(document)
    age = None if day is None else asked.on - day
    state, rollup = _state(document, branch, asked, age, has_rival=has_rival)
    return Came(branch, name, state, day, number, age, rollup)


def _state(
    document: Document, branch: str, asked: Asked, age: int | None, *, has_rival: bool
) -> tuple[State, RollUp | None]:
    if branch not in asked.branches:
        return State.UNLISTED, None
    if has_rival:
        return State.TWO, None
    rollup = judged(document, branch)
    if isinstance(rollup, Unread):
        return State(rollup.value), None
    if age is None:
        return State.DAMAGED, None
    return (State.OLD if age >= asked.old_days else State.FRESH), rollup


def _place(document: Document) -> tuple[Day | None, int]:
    """Day and number of a roll-up, by its id; no day where the calendar has none such."""
    day, number = document_id(document).split(":")[-2:]
    try:
        return to_day(date.fromisoformat(day)), int(number)
    except ValueError:
        return None, int(number)
