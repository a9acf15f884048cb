"""Branch-wide decisions of an export: their numbers, and those that no book allows (L12)."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from calc.decisions import is_same, matter
from hub.service.group.closing import Ending
from hub.service.loan_book.draft import Draft, Planned
from hub.service.loan_book.entries import Decision, policy_adopted, rate_decided
from hub.service.loan_book.refusals import Refusals
from hub.service.loan_book.roster import Roster
from hub.service.reading.reasons import Reason
from hub.service.reading.rows import BadRow, BookRows, PolicyRow, RateDecisionRow
from protocol.entries import BranchEntry

Close = Callable[[str, Sequence[BranchEntry]], Ending]
"""Given a group and the entries that are to be appended to its log, how the run ends."""


def numbered(book: BookRows, rosters: Iterable[Roster], refusals: Refusals) -> tuple[Planned, ...]:
    """Every decision of the branch in the order of its number; rows that contradict one are refused.

    A row that is refused takes no number: when it has been mended, it comes after the others.
    """
    decided = {number: entry for roster in rosters for number, entry in roster.decisions.items()}
    known = {matter(entry): entry for entry in decided.values()}
    places: dict[int, tuple[str, int]] = {}
    for table, row in _rows(book):
        if refusals.covers(table, row):
            continue
        entry = _decision(row, max(decided, default=0) + 1)
        earlier = known.get(matter(entry))
        if earlier is None:
            decided[entry.number] = entry
            places[entry.number] = table, row.line
        elif not is_same(entry, earlier):
            refusals.add(BadRow(table, row.line, "", Reason.CHANGED))
    return tuple(Planned(decided[number], *places.get(number, ("", 0))) for number in sorted(decided))


def guilty(draft: Draft, loan: int, close: Close) -> Planned | None:
    """The first decision in a run with which a loan's due can no longer be computed, if there is one."""
    found = [planned for planned in draft.planned if isinstance(planned.entry, Decision)]
    for count, last in enumerate(found, 1):
        ending = close(draft.roster.group, [planned.entry for planned in found[:count]])
        if loan in ending.loans:
            return last
    return None


def is_blamable(draft: Draft, loan: int, close: Close) -> bool:
    """Say whether a new loan could be computed, were it not for the new decisions of the run."""
    without = [planned.entry for planned in draft.planned if not _is_new_decision(planned)]
    return loan not in close(draft.roster.group, without).loans


def _is_new_decision(planned: Planned) -> bool:
    return bool(planned.line) and isinstance(planned.entry, Decision)


def _rows(book: BookRows) -> Iterator[tuple[str, PolicyRow | RateDecisionRow]]:
    yield from (("policies", row) for row in book.policies)
    yield from (("rate_decisions", row) for row in book.rate_decisions)


def _decision(row: PolicyRow | RateDecisionRow, number: int) -> Decision:
    return policy_adopted(row, number) if isinstance(row, PolicyRow) else rate_decided(row, number)
