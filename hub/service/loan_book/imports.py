"""Imports an export of the bank's book: reads, plans, tries every group's run on a copy, then appends.

Appending is group by group. A hub that is killed in between has whole seals only, and the same import again
finds what is missing (B21). Texts are stored before the entries that name them.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from calc.book import Book
from hub.documents import DIRECTORIES, directory_listing
from hub.errors import ImportOutrunError
from hub.ports import Added, Store
from hub.service.group.closing import Ending, day_under_way, end_run
from hub.service.group.derived import publish
from hub.service.group.directory import Directory
from hub.service.group.groups import Groups, Planner, Runs
from hub.service.group.state import GroupState
from hub.service.loan_book.absent import Absent, absent, missing_tables
from hub.service.loan_book.draft import Salt
from hub.service.loan_book.drafting import Branch, Tick
from hub.service.loan_book.echoes import echoes_of
from hub.service.loan_book.entries import Opening
from hub.service.loan_book.plan import Plan, plan_import
from hub.service.loan_book.roster import Roster, roster_of
from hub.service.reading.files import read_book
from hub.service.reading.rows import BookRows, Form
from hub.service.reading.terms import not_yet
from protocol.day import Day
from protocol.entries import BranchEntry
from protocol.roster_facts import GroupListed
from protocol.trust_facts import BranchEpochOpened, Received, WriterAdmitted, WriterRevoked

_BESIDE = BranchEpochOpened | Received | WriterAdmitted | WriterRevoked


class Wish(Struct, frozen=True):
    """An import that somebody wants: to which transaction day (None: each group's own), today, and who.

    ``cut_off`` is the day of the export, None for the latest that it names; a ``full`` one names everything.
    """

    path: Path
    day: Day | None
    today: Day
    decided_by: str
    cut_off: Day | None = None
    full: bool = False


class Import(Struct, frozen=True):
    """A plan, and how long each group's log was when it was made; ``lines`` are the rows that were there."""

    form: Form
    lines: int
    plan: Plan
    lengths: Mapping[str, int]
    absent: tuple[Absent, ...] = ()


def plan_book(groups: Groups, wish: Wish, salt: Salt, tick: Tick) -> Import:
    """What the import would append, and every row that is refused. ``tick`` is called after each group."""
    book, bad = read_book(wish.path)
    if wish.full:
        bad += missing_tables(book)
    bad += not_yet(book, wish.today)
    marks = {code: groups.mark(code) for code in groups.codes()}
    states = {code: groups.load(code) for code in marks}
    rosters = {code: _roster(state) for code, state in states.items()}

    def close(group: str, run: Sequence[BranchEntry]) -> Ending:
        known = states[group].book if group in states else Book()
        return end_run(known, run, _day(known, run, wish), wish.decided_by)

    stopped = {code for code, state in states.items() if groups.why_stopped(state, marks[code])}
    branch = Branch(rosters, directory_of(groups.store), frozenset(stopped))
    plan = plan_import((book, bad), branch, _cut_off(book, wish), salt, close, tick)
    return Import(
        form=book.form,
        lines=book.lines,
        plan=plan,
        lengths={code: len(state.book.log) for code, state in states.items()},
        absent=absent(book, rosters, plan.groups) if wish.full and not missing_tables(book) else (),
    )


def import_book(groups: Groups, planned: Import, tick: Tick) -> None:
    """Append a plan. ``tick`` after each group, with the loans that it got.

    Raises:
        ImportOutrunError: a group's log went on since the plan was made; the import can be planned again.
    """
    for group in planned.plan.groups:
        groups.add_texts(group.group, group.texts)
        rest = _rest(group.entries, planned.lengths.get(group.group, 0))
        publish(groups.store, groups.open(group.group, rest))
        tick(sum(isinstance(entry, Opening) for entry in group.entries))
    _keep_directory(groups.store, planned.plan.directory)


def _roster(state: GroupState) -> Roster:
    roster = roster_of(state.group, (entry for _, entry in state.book.log), state.text)
    roster.echoes = echoes_of(state)
    view = state.book.view()
    roster.moves = {
        account.ordinal: tuple((move.effective, move.change) for move in account.standing(view))
        for account in state.book.accounts.values()
    }
    return roster


def _cut_off(book: BookRows, wish: Wish) -> Day:
    """The day of the export: as said, else the latest day of balances that it has, else today."""
    if wish.cut_off is not None:
        return wish.cut_off
    days = [row.as_of for row in book.loans if row.as_of is not None]
    return max([*days, *(row.as_of for row in book.savings)], default=wish.today)


def directory_of(store: Store) -> Directory:
    """Areas, points, programmes and groups as last exported."""
    newest = store.ids(DIRECTORIES)[-1:]
    document = store.get(newest[0]) if newest else None
    return Directory() if document is None else msgspec.convert(document["directory"], Directory)


def _day(book: Book, run: Sequence[BranchEntry], wish: Wish) -> Day:
    if wish.day is not None:
        return wish.day
    listings = [book.group, *(entry for entry in run if isinstance(entry, GroupListed))]
    listed = listings[-1]
    assert listed is not None, "a run without GroupListed is one of a group that is listed"
    return day_under_way(book, listed.day_of_month, wish.today)


def _rest(entries: tuple[BranchEntry, ...], length: int) -> Planner:
    """What of a run the log still lacks; facts of phones and keys may have come in between."""

    def rest(state: GroupState) -> Runs:
        since = tuple(entry for _, entry in state.book.log[length:] if not isinstance(entry, _BESIDE))
        if since != entries[: len(since)]:
            raise ImportOutrunError(f"the log of group {state.group} went on since the plan was made")
        return [entries[len(since) :]]

    return rest


def _keep_directory(store: Store, directory: Directory) -> None:
    if directory != directory_of(store):
        listing = directory_listing(len(store.ids(DIRECTORIES)) + 1, msgspec.to_builtins(directory))
        if store.add([listing]) != (Added.NEW,):
            raise ImportOutrunError("another import changed the directory")
