"""The drafts of all groups: tried on copies of their books, and drawn up anew until nothing more is refused.

Refusals only grow, so this ends. A group is drawn up again when something about it was refused; groups
between which somebody moves, when one of them refused anything; every group, when a decision was.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from hub.service.group.closing import Ending
from hub.service.group.directory import Directory, updated
from hub.service.loan_book.decisions import Close, guilty, is_blamable, numbered
from hub.service.loan_book.draft import Draft, GroupPlan, Planned, Surroundings
from hub.service.loan_book.entries import LoanFact, Opening
from hub.service.loan_book.parts import Part, Parts
from hub.service.loan_book.refusals import Refusals
from hub.service.loan_book.roster import Roster
from hub.service.reading.reasons import Reason
from hub.service.reading.rows import BadRow, BookRows, Row
from protocol.entries import BranchEntry
from protocol.roster_facts import RateDecided

DIRECTORY_TABLES = ("areas", "points", "programmes", "groups")

RowT = TypeVar("RowT", bound=Row)
Tick = Callable[[int], None]
"""Called once for each group, with the number of loans that the export has for it."""


class Branch(Struct, frozen=True):
    """What the branch holds before an import: the roster of each group, and the directory.

    ``stopped`` are groups whose log nothing may be appended to now (L15).
    """

    rosters: Mapping[str, Roster]
    directory: Directory
    stopped: frozenset[str] = frozenset()


def standing(book: BookRows, refusals: Refusals) -> BookRows:
    """An export without the refused rows of the directory's tables."""
    kept = {
        table: tuple(row for row in book.rows(table) if not refusals.covers(table, row))
        for table in DIRECTORY_TABLES
    }
    return replace(book, **kept)


class Drafting:
    """What every group's log lacks of an export, and bears."""

    def __init__(
        self,
        book: BookRows,
        parts: Parts,
        branch: Branch,
        around: Surroundings,
        close: Close,
    ) -> None:
        self._book, self._parts, self._directory = book, parts, branch.directory
        self._around, self._refusals, self._close = around, around.refusals, close
        self._known, self._stopped = branch.rosters, branch.stopped
        # New groups come last: the first group's log gives decisions their numbers.
        new = {group: Roster(group, lambda _: None) for group in parts.of if group not in self._known}
        self._rosters = {**self._known, **new}
        self._decisions: tuple[Planned, ...] = ()
        self._days: dict[str, int] = {}
        self._broken: set[str] = set()

    def plans(self, tick: Tick) -> tuple[GroupPlan, ...]:
        """Every group's part that is not empty."""
        found: dict[str, GroupPlan | None] = dict.fromkeys(self._rosters)
        untold = dict.fromkeys(self._rosters)
        self._decide()
        todo = list(self._rosters)
        while todo:
            extent = self._refusals.extent
            for group in todo:
                found[group] = self._plan(group)
                if group in untold:
                    del untold[group]
                    tick(len(self._part(group).loans))
                if self._is_undecided:
                    break
            else:
                self._refuse_what_no_loan_bears()
            if self._is_undecided:
                todo = list(self._rosters)
                self._decide()
            else:
                todo = [group for group in todo if group in self._parts.linked]
                todo = todo if self._refusals.extent != extent else []
        plans = tuple(plan for plan in found.values() if plan is not None)
        self._refuse_what_no_log_takes(plans)
        return plans

    def _part(self, group: str) -> Part:
        return self._parts.of.get(group, _EMPTY)

    @property
    def _is_undecided(self) -> bool:
        """Say whether a decision has been refused since the decisions got their numbers."""
        refuses = self._refusals.refuses
        return any(planned.line and refuses(planned.table, planned.line) for planned in self._decisions)

    def _decide(self) -> None:
        self._decisions = numbered(self._book, self._known.values(), self._refusals)
        points = updated(self._directory, standing(self._book, self._refusals)).points
        self._days = {point.code: point.day_of_month for point in points}

    def _plan(self, group: str) -> GroupPlan | None:
        """What a group's log lacks and bears; None where it lacks nothing."""
        while not self._is_undecided:
            extent = self._refusals.extent
            draft = self._draw_up(group)
            if self._refusals.extent != extent:
                continue
            if not draft.planned or draft.roster.listing is None or self._refusals.bars("group", group):
                return None
            if group in self._stopped:
                self._refusals.add_group(group, Reason.GROUP_STOPPED)
                continue
            plan = draft.plan()
            ending = self._close(group, plan.entries)
            if not ending.faults and not ending.loans:
                return replace(plan, planned=(*plan.planned, *map(Planned, ending.entries)))
            self._blame(draft, ending)
        return None

    def _draw_up(self, group: str) -> Draft:
        part, draft = self._part(group), Draft(self._rosters[group], self._around)
        draft.copy_decisions(self._decisions)
        self._each("groups", part.groups, lambda row: draft.list_group(row, self._days.get(row.point)))
        if not part.groups:
            self._each("points", self._book.points, draft.follow_point)
        self._each("members", part.members, draft.list_member)
        self._each("savings", part.savings, draft.list_account)
        self._each("loans", part.loans, draft.list_loan)
        self._each("loan_events", part.loan_events, draft.add_loan_fact)
        self._each("savings_events", part.savings_events, draft.move_savings)
        self._each("member_moves", part.moves, draft.leave)
        self._each("loans", part.handed_over, draft.hand_over)
        self._each("loans", part.loans, draft.redate)
        return draft

    def _each(self, table: str, rows: Iterable[RowT], take: Callable[[RowT], None]) -> None:
        for row in rows:
            if not self._refusals.covers(table, row):
                take(row)

    def _blame(self, draft: Draft, ending: Ending) -> None:
        """Refuse what the fold did not let count, and for a due that nobody can compute its last row."""
        for place, oddity in zip(ending.faults, ending.oddities, strict=True):
            self._refuse(draft, draft.planned[place], _REASONS.get(oddity.value, Reason.IMPOSSIBLE))
        for loan in ending.loans:
            about = [planned for planned in draft.planned if _loan_of(planned.entry) == loan]
            if about:
                if isinstance(about[0].entry, Opening) and is_blamable(draft, loan, self._close):
                    self._broken.add(about[0].entry.programme)
                self._refuse(draft, about[-1], Reason.IMPOSSIBLE)
            else:
                self._refuse(draft, guilty(draft, loan, self._close), Reason.IMPOSSIBLE)

    def _refuse(self, draft: Draft, planned: Planned | None, reason: Reason) -> None:
        if planned is None or not planned.line:
            self._refusals.add_group(draft.roster.group, Reason.IMPOSSIBLE)
        else:
            self._refusals.add(BadRow(planned.table, planned.line, "", reason))

    def _refuse_what_no_log_takes(self, plans: Iterable[GroupPlan]) -> None:
        """A decision is nowhere but in the logs of groups (L12)."""
        taken = {(planned.table, planned.line) for plan in plans for planned in plan.planned}
        for planned in self._decisions:
            if planned.line and (planned.table, planned.line) not in taken:
                self._refusals.add(BadRow(planned.table, planned.line, "", Reason.NO_LOG))

    def _refuse_what_no_loan_bears(self) -> None:
        """New decisions under which no new loan of their programme could be computed: theirs is the fault."""
        known = {number for roster in self._known.values() for number in roster.loans}
        new = [row for row in self._book.loans if row.loan not in known]
        bearing = {row.programme for row in new if not self._refusals.covers("loans", row)}
        for programme in sorted(self._broken - bearing):
            self._refuse_decisions(programme)
        self._broken.clear()

    def _refuse_decisions(self, programme: str) -> None:
        new = [planned for planned in self._decisions if planned.line]
        about = [
            planned
            for planned in new
            if isinstance(planned.entry, RateDecided) and planned.entry.programme == programme
        ]
        policies = [planned for planned in new if not isinstance(planned.entry, RateDecided)]
        for planned in about or policies:
            self._refusals.add(BadRow(planned.table, planned.line, "", Reason.IMPOSSIBLE))


_EMPTY = Part()
_REASONS = {reason.value: reason for reason in Reason}


def _loan_of(entry: BranchEntry) -> int | None:
    if isinstance(entry, Opening):
        return entry.ordinal
    return entry.loan if isinstance(entry, LoanFact) else None
