"""A rate decision of the bank, from its preview to every group's branch log (B2, B13, L12).

1. two people stand for it; its programme is listed; its terms make sense together
2. a decision is known by its matter: the same again changes nothing, another one about it is refused
3. its number is the next of the branch; a known one keeps its number, and the people who entered it
4. each group that lacks it, or an earlier one, is tried on a copy: what it changes, and what it would break
5. one loan with a rate that is no whole ppm refuses it for the whole branch
6. groups take it in order of their codes, each in one run that ends with its book

The first group's log is where a number is taken: who comes second finds it taken there, before anything of
his was written. A run that was killed leaves whole seals only, and the same decision again finds the rest.
"""

from collections.abc import Callable, Iterable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from calc.decisions import Decision, is_same, matter
from calc.rate_preview import LoanChange, preview
from calc.words import day as written
from hub.errors import DecisionError, StoppedGroupError
from hub.service.group.closing import day_under_way, end_run
from hub.service.group.derived import publish
from hub.service.group.groups import Groups, Planner, Runs
from hub.service.group.state import GroupState
from hub.service.loan_book.imports import directory_of
from protocol.day import Day
from protocol.entries import BranchEntry
from protocol.money import Dong
from protocol.roster_facts import RateDecided

Tick = Callable[[], None]

FACTOR_MIN = 500_000
"""A smaller factor, in ppm, is taken for a slip: × 0.9 typed as 0,9 % instead of 90 %."""


class GroupChange(Struct, frozen=True):
    """A group that lacks decisions: every loan that they touch, and its dues to the day under way.

    ``day`` is None for a group that is not listed yet: it has neither loans nor a transaction day.
    """

    group: str
    day: Day | None
    loans: tuple[LoanChange, ...]


class Deciding(Struct, frozen=True):
    """A decision under its number, and what it changes in the groups that still lack it.

    ``decisions`` are all of the branch, this one among them. ``is_known`` says that some log has it already.
    ``today`` decides about each group's transaction day.
    """

    decision: RateDecided
    is_known: bool
    today: Day
    decisions: Mapping[int, Decision]
    groups: tuple[GroupChange, ...]

    @property
    def loans(self) -> tuple[LoanChange, ...]:
        """Every loan that is touched."""
        return tuple(loan for group in self.groups for loan in group.loans)

    @property
    def broken(self) -> tuple[tuple[str, LoanChange], ...]:
        """Group and loan wherever a rate would be no whole ppm: then nobody may decide it."""
        return tuple((one.group, loan) for one in self.groups for loan in one.loans if loan.is_broken)

    @property
    def news(self) -> frozenset[tuple[str, int]]:
        """Customers to be told, as group and member: paid interest became credit, or more is due."""
        return frozenset(
            (one.group, loan.member) for one in self.groups for loan in one.loans if loan.is_news
        )

    @property
    def totals(self) -> "Totals":
        """The decision in figures."""
        loans = self.loans
        return Totals(
            groups=len(self.groups),
            loans=len(loans),
            changed=sum(loan.before != loan.after for loan in loans),
            fallen=sum(loan.fall for loan in loans),
            risen=sum(loan.rise for loan in loans),
            credit=sum(loan.credit for loan in loans),
            customers=len(self.news),
            behind=sum(loan.is_behind for loan in loans),
            broken=len(self.broken),
        )


class Totals(Struct, frozen=True):
    """Counts of groups, loans and customers, and sums in đồng, of a decision's preview.

    ``fallen`` and ``risen`` are sums over loans whose due falls or rises, ``credit`` is the part of
    ``fallen`` that lies below what was settled; ``changed`` loans have another due, ``behind`` ones rates
    that change before their history begins (B22), ``broken`` ones a rate that is no whole ppm.
    """

    groups: int
    loans: int
    changed: int
    fallen: Dong
    risen: Dong
    credit: Dong
    customers: int
    behind: int
    broken: int


def plan_decision(groups: Groups, wished: RateDecided, today: Day, tick: Tick) -> Deciding:
    """What a decision would change; nothing is written. ``tick`` is called twice for each group.

    The number of ``wished`` is not looked at. ``today`` decides about each group's transaction day.

    Raises:
        DecisionError: nobody may decide this.
    """
    _check(groups, wished, today)
    states = []
    for code in groups.codes():
        states.append(groups.load(code))
        tick()
    decided = _decided(states)
    known = next((one for one in decided.values() if matter(one) == matter(wished)), None)
    if known is not None and not is_same(known, wished):
        raise DecisionError("decision_contradicts", number=known.number)
    number = max(decided, default=0) + 1 if known is None else known.number
    decision = replace(wished, number=number) if known is None else known
    assert isinstance(decision, RateDecided), "no policy has the matter of a rate"
    decisions = {**decided, number: decision}
    changes = []
    for state in states:
        if lacking := _lacking(decisions, state):
            day = _day(state, today)
            loans = () if day is None else preview(state.book, lacking, day)
            changes.append(GroupChange(state.group, day, loans))
        tick()
    return Deciding(decision, known is not None, today, decisions, tuple(changes))


def decide(groups: Groups, deciding: Deciding, tick: Tick) -> tuple[str, ...]:
    """Append what each group lacks; returns the groups that are stopped and still lack it.

    Raises:
        DecisionError: another decision has taken the number, or a book can no longer bear this one.
    """
    assert not deciding.broken
    stopped = []
    for change in deciding.groups:
        try:
            publish(groups.store, groups.append(change.group, _rest(deciding)))
        except StoppedGroupError:
            stopped.append(change.group)
        tick()
    return tuple(stopped)


def _check(groups: Groups, wished: RateDecided, today: Day) -> None:
    if wished.confirmed_by is None or wished.decided_by.casefold() == wished.confirmed_by.casefold():
        raise DecisionError("same_person")
    if wished.signed_on > today:
        raise DecisionError("signed_future", day=written(wished.signed_on), today=written(today))
    if wished.effective_to is not None and wished.effective_to < wished.effective_from:
        raise DecisionError("ends_before_it_begins")
    if wished.kind == "rate" and wished.above is not None:
        raise DecisionError("rate_above")
    if wished.kind == "factor" and wished.ppm < FACTOR_MIN:
        raise DecisionError("factor_small")
    if wished.programme not in {row.code for row in directory_of(groups.store).programmes}:
        raise DecisionError("unknown_programme", programme=wished.programme)


def _decided(states: Iterable[GroupState]) -> dict[int, Decision]:
    """Every decision of the branch by its number."""
    decided: dict[int, Decision] = {}
    for state in states:
        for number, entry in state.book.decisions.numbers.items():
            if decided.setdefault(number, entry) != entry:
                raise DecisionError("decision_differs", number=number, group=state.group)
    return decided


def _lacking(decisions: Mapping[int, Decision], state: GroupState) -> list[Decision]:
    has = state.book.decisions.numbers
    for number in decisions.keys() & has.keys():
        if has[number] != decisions[number]:
            raise DecisionError("decision_outrun", group=state.group)
    return [decisions[number] for number in sorted(decisions.keys() - has.keys())]


def _day(state: GroupState, today: Day) -> Day | None:
    listed = state.book.group
    return None if listed is None else day_under_way(state.book, listed.day_of_month, today)


def _rest(deciding: Deciding) -> Planner:
    """What a group's log still lacks; facts of any kind may have come in since the plan."""

    def rest(state: GroupState) -> Runs:
        run: list[BranchEntry] = [*_lacking(deciding.decisions, state)]
        day = _day(state, deciding.today)
        if not run or day is None:
            return [run]
        ending = end_run(state.book, run, day, deciding.decision.decided_by)
        if ending.faults or ending.loans:
            raise DecisionError("decision_outrun", group=state.group)
        return [[*run, *ending.entries]]

    return rest
