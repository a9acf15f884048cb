"""Turns an export into the entries that each group's branch log lacks. Nothing is appended here.

1. what the files say by themselves: ``book_files``, ``book_terms``
2. names, against the export and the logs: ``book_references``
3. decisions get branch-wide numbers and go into every group, before anything else there (L12)
4. rows that a log holds already add nothing; one that says something else than the log is refused (B21)
5. new rows become entries with the next ordinals (L3); names and the like become salted hashes (L4)
6. every group that is touched ends with a book that could be computed (``close_books``)

The same export twice gives an empty plan. One refused row empties the plan: an import is whole or nothing.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from operator import attrgetter
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from calc.decisions import is_same, matter
from hub.service.book_files import read_book
from hub.service.book_references import Known, check_references
from hub.service.book_rows import (
    LOAN_EVENT_KINDS,
    BadRow,
    BookRows,
    LoanEventRow,
    PolicyRow,
    RateDecisionRow,
    Reason,
)
from hub.service.book_terms import check_terms
from hub.service.closing import Ending
from hub.service.directory import Directory, updated
from hub.service.roster_draft import Draft, GroupPlan, Planned, Salt
from hub.service.roster_entries import CoreFact, Decision, LoanFact, Opening, policy_adopted, rate_decided
from hub.service.roster_state import Roster
from protocol.entries import BranchEntry


class Branch(Struct, frozen=True):
    """What the branch holds before an import: the roster of each group, and the directory."""

    rosters: Mapping[str, Roster]
    directory: Directory


class Plan(Struct, frozen=True):
    """An import: what to append to which group and the directory after it; or, in ``refused``, why not.

    ``changed`` are rows whose name, identity number, telephone or address differs from the one that was
    detached when the member was listed: told to a person, and no obstacle.
    """

    directory: Directory
    groups: tuple[GroupPlan, ...] = ()
    changed: tuple[BadRow, ...] = ()
    refused: tuple[BadRow, ...] = ()


Close = Callable[[str, Sequence[BranchEntry]], Ending]
"""Given a group and the entries that are to be appended to its log, how the run ends."""


def plan_import(folder: Path, branch: Branch, salt: Salt) -> Plan:
    """Plan of an export folder against what the branch holds; it stands as long as no roster changes.

    Args:
        folder: the CSV files; what is absent says nothing.
        branch: every group's roster, also of those that the export does not name, and the directory.
        salt: sixteen fresh random bytes at each call (L4).
    """
    book, bad = read_book(folder)
    known = _known(branch)
    bad += check_terms(book) + check_references(book, known)
    if bad:
        return Plan(branch.directory, refused=tuple(sorted(bad)))
    directory = updated(branch.directory, book)
    decisions, refused = _decisions(book, branch.rosters.values())
    drafts = _drafts(book, branch, salt)
    for draft in drafts.values():
        draft.copy_decisions(decisions)
    _draw_up(book, drafts, known, directory)
    refused += [row for draft in drafts.values() for row in draft.refused]
    refused += _taken_elsewhere(branch.rosters.values(), drafts.values())
    if refused:
        return Plan(branch.directory, refused=tuple(sorted(refused)))
    return Plan(
        directory,
        tuple(draft.plan() for draft in drafts.values() if draft.planned),
        tuple(sorted(row for draft in drafts.values() for row in draft.changed)),
    )


def close_books(plan: Plan, close: Close, tick: Callable[[], None]) -> Plan:
    """The plan with each group's run ended, or refused with every row that makes a book impossible.

    ``tick`` is called after each group.
    """
    groups, refused = [], list(plan.refused)
    for group in plan.groups:
        ending = close(group.group, group.entries)
        refused += _blamed(group, ending)
        groups.append(replace(group, planned=(*group.planned, *map(Planned, ending.entries))))
        tick()
    if refused:
        return Plan(plan.directory, refused=tuple(sorted(refused)))
    return replace(plan, groups=tuple(groups))


def _known(branch: Branch) -> Known:
    directory, rosters = branch.directory, branch.rosters
    return Known(
        areas=frozenset(row.code for row in directory.areas),
        points=frozenset(row.code for row in directory.points),
        programmes=frozenset(row.code for row in directory.programmes),
        groups=frozenset(rosters),
        members={name: group for group, roster in rosters.items() for name in roster.members},
        accounts={name: group for group, roster in rosters.items() for name in roster.accounts},
        loans={name: group for group, roster in rosters.items() for name in roster.loans},
    )


def _decisions(book: BookRows, rosters: Iterable[Roster]) -> tuple[list[Planned], list[BadRow]]:
    """Every decision of the branch in the order of its number, and the rows that contradict one."""
    decided = {number: entry for roster in rosters for number, entry in roster.decisions.items()}
    known = {matter(entry): entry for entry in decided.values()}
    places: dict[int, tuple[str, int]] = {}
    refused = []
    for file, row in _decision_rows(book):
        entry = _decision(row, max(decided, default=0) + 1)
        earlier = known.get(matter(entry))
        if earlier is None:
            decided[entry.number] = entry
            places[entry.number] = file, row.line
        elif not is_same(entry, earlier):
            refused.append(BadRow(file, row.line, "", Reason.CHANGED))
    return [Planned(decided[number], *places.get(number, ("", 0))) for number in sorted(decided)], refused


def _decision_rows(book: BookRows) -> Iterator[tuple[str, PolicyRow | RateDecisionRow]]:
    yield from (("policies.csv", row) for row in book.policies)
    yield from (("rate_decisions.csv", row) for row in book.rate_decisions)


def _decision(row: PolicyRow | RateDecisionRow, number: int) -> Decision:
    return policy_adopted(row, number) if isinstance(row, PolicyRow) else rate_decided(row, number)


def _drafts(book: BookRows, branch: Branch, salt: Salt) -> dict[str, Draft]:
    """A draft for every group, new groups last: the first group's log gives decisions their numbers."""
    codes = [row.code for row in book.groups if row.code not in branch.rosters]
    new = {code: Roster(code, lambda _: None) for code in codes}
    return {group: Draft(roster, salt) for group, roster in {**branch.rosters, **new}.items()}


def _draw_up(book: BookRows, drafts: Mapping[str, Draft], known: Known, directory: Directory) -> None:
    day_of_month = {point.code: point.day_of_month for point in directory.points}
    group_of_loan = {**{row.loan: row.group for row in book.loans}, **known.loans}
    group_of_account = {**{row.account: row.group for row in book.savings}, **known.accounts}
    for group in book.groups:
        drafts[group.code].list_group(group, day_of_month[group.point])
    for member in book.members:
        drafts[member.group].list_member(member)
    for account in book.savings:
        drafts[account.group].list_account(account)
    for loan in book.loans:
        drafts[loan.group].list_loan(loan)
    for event in sorted(book.loan_events, key=_order):
        drafts[group_of_loan[event.loan]].add_loan_fact(event)
    for movement in sorted(book.savings_events, key=attrgetter("effective_on", "line")):
        drafts[group_of_account[movement.account]].move_savings(movement)


def _order(event: LoanEventRow) -> tuple[int, int, int]:
    return event.effective_on, LOAN_EVENT_KINDS.index(event.kind), event.line


def _taken_elsewhere(rosters: Iterable[Roster], drafts: Iterable[Draft]) -> Iterator[BadRow]:
    """Rows under a reference that another group's log holds already."""
    held = {ref: roster.group for roster in rosters for ref in roster.facts}
    for draft in drafts:
        for planned in draft.planned:
            if isinstance(planned.entry, CoreFact) and planned.entry.core_ref in held:
                yield BadRow(planned.file, planned.line, "core_ref", Reason.REPEATED_KEY)


def _blamed(group: GroupPlan, ending: Ending) -> Iterator[BadRow]:
    """The row of each faulty entry, and the last row about each loan or, if there is none, about anything."""
    for place in ending.faults:
        yield _impossible(group.planned[place])
    rows = [planned for planned in group.planned if planned.line]
    for loan in ending.loans:
        about = [planned for planned in rows if _loan_of(planned.entry) == loan]
        yield _impossible((about or rows or group.planned)[-1])


def _impossible(planned: Planned) -> BadRow:
    return BadRow(planned.file, planned.line, "", Reason.IMPOSSIBLE)


def _loan_of(entry: BranchEntry) -> int | None:
    if isinstance(entry, Opening):
        return entry.ordinal
    return entry.loan if isinstance(entry, LoanFact) else None
