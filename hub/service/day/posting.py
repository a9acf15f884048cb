"""The teller's count, and the settlement that posts a transaction day (B4, B17, B18; docs/adr/0002).

1. a day is counted and settled once it has come, while it is open, and after every earlier one; nothing of
   a day in a closed period is begun
2. a count names each writer's last `RoundClosed`; what it should find is planned as if the day settled now
3. a settlement needs a count that nothing has overtaken, and two people
4. it appends what the day lacks: `Posted` and `Held`, `DaySettled`, then the book of the next day

Whatever is refused changes nothing. A settlement that was cut between two seals is continued by the next one.
"""

from msgspec import Struct, structs

from calc.book import Book
from calc.cash import last_rounds
from calc.days import TransactionDay
from calc.settlement import Plan, plan_day
from calc.states import Facts
from calc.words import day as written
from calc.words import money, month
from hub.errors import DayError
from hub.service.group.closing import day_under_way, end_run
from hub.service.group.derived import publish
from hub.service.group.groups import Groups, Planner, Runs
from hub.service.group.known import known_facts
from hub.service.group.state import GroupState
from protocol.day import Day, day_of
from protocol.entries import BranchEntry
from protocol.ids import Position
from protocol.money import Dong
from protocol.phone_facts import Denomination
from protocol.posting_facts import CashCounted


class Counting(Struct, frozen=True):
    """What the teller found in the bundle of one group; ``notes`` are empty or add up to ``amount``."""

    day: Day
    amount: Dong
    notes: tuple[Denomination, ...]
    decided_by: str
    confirmed_by: str | None


class Settling(Struct, frozen=True):
    """Who settles which day, and who stands beside."""

    day: Day
    decided_by: str
    confirmed_by: str


class Settled(Struct, frozen=True):
    """A settled day: the group as it is now, and whether this call settled it or finished settling it."""

    state: GroupState
    changed: bool


def is_overtaken(book: Book, facts: Facts, counted: CashCounted, expected: Dong) -> bool:
    """Say whether a count covers other rounds, or other cash, than one that was made now would."""
    rounds = {fact.ref for fact in last_rounds(book, facts, counted.day).values()}
    return rounds != set(counted.rounds) or expected != counted.expected


def count(groups: Groups, group: str, counting: Counting) -> GroupState:
    """Append the teller's count; returns the state after it.

    The count in force, repeated, changes nothing unless a settlement has begun on it: that run begins anew.

    Raises:
        UnknownGroupError, DayError: nothing was appended.
    """
    two_people(counting.decided_by, counting.confirmed_by)

    def missing(state: GroupState) -> Runs:
        _check_day(groups, state, counting.day)
        counted = _counted(state, counting)
        known = state.book.days[counting.day]
        return () if counted == known.counted and not _has_begun(state.book, known) else [[counted]]

    return _append(groups, group, missing)


def settle(groups: Groups, group: str, settling: Settling) -> Settled:
    """Append what a transaction day lacks until it is settled and the next book is ready.

    Raises:
        UnknownGroupError, DayError: nothing was appended.
    """
    two_people(settling.decided_by, settling.confirmed_by)
    lacked = False

    def missing(state: GroupState) -> Runs:
        nonlocal lacked
        runs = _lacking(groups, state, settling)
        lacked = bool(runs)
        return runs

    return Settled(_append(groups, group, missing), lacked)


def two_people(first: str, second: str | None) -> None:
    """Refuse one person twice, however the name is written; nobody beside is for the caller to judge."""
    if second is not None and first.casefold() == second.casefold():
        raise DayError("same_person")


def _append(groups: Groups, group: str, planner: Planner) -> GroupState:
    state = groups.append(group, planner)
    publish(groups.store, state)
    return state


def _check_day(groups: Groups, state: GroupState, day: Day) -> None:
    """Refuse a day that cannot be counted or settled now."""
    book, today = state.book, day_of(groups.clock())
    known = book.postings.day(day)
    if known.settled is not None:
        raise DayError("day_settled", group=state.group, day=written(day))
    if book.is_over(day):
        raise DayError("day_in_closed_period", group=state.group, day=written(day), period=month(day))
    if known.opened is None:
        raise DayError("day_not_open", group=state.group, day=written(day))
    if day > today:
        raise DayError("day_early", day=written(day), today=written(today))
    unsettled = (one.day for one in book.days.values() if one.opened is not None and one.settled is None)
    earlier = min(unsettled)
    if earlier < day:
        raise DayError("earlier_day", group=state.group, earlier=written(earlier))


def _counted(state: GroupState, counting: Counting) -> CashCounted:
    """The count with what it should find: the cash of the writers whose rounds it covers (B18)."""
    facts = known_facts(state)
    rounds = tuple(sorted(fact.ref for fact in last_rounds(state.book, facts, counting.day).values()))
    if counting.amount and not rounds:
        raise DayError("no_rounds", group=state.group, day=written(counting.day))
    counted = CashCounted(
        day=counting.day,
        rounds=rounds,
        expected=0,
        counted=counting.amount,
        denominations=counting.notes,
        decided_by=counting.decided_by,
        confirmed_by=counting.confirmed_by,
    )
    trial = state.book.copy()
    trial.apply(_next(trial), counted)
    return structs.replace(counted, expected=plan_day(trial, facts, counting.day).expected)


def _has_begun(book: Book, day: TransactionDay) -> bool:
    """Say whether anything is staged in the run of a day beside its count."""
    return day.first is not None and any(
        posting.entry.day == day.day and posting.position > day.first
        for kept in (book.postings.posted, book.postings.held)
        for posting in kept.values()
    )


def _lacking(groups: Groups, state: GroupState, settling: Settling) -> Runs:
    """What is missing until the day is settled and the next one's book is ready."""
    after = state.book.copy()
    run: list[BranchEntry] = []
    settled_at = state.book.postings.day(settling.day).settled_at
    if settled_at is None:
        _check_day(groups, state, settling.day)
        plan = plan_day(state.book, known_facts(state), settling.day)
        _check_count(state, plan)
        run = [*plan.entries, plan.settled(settling.decided_by, settling.confirmed_by)]
        for entry in run:
            after.apply(_next(after), entry)
    elif state.book.ready is not None and state.book.ready.position > settled_at:
        return ()
    assert after.group is not None, "a day is opened in a group that is listed"
    today = max(day_of(groups.clock()), settling.day + 1)
    following = day_under_way(after, after.group.day_of_month, today)
    ending = end_run(state.book, run, following, settling.decided_by)
    if ending.faults or ending.loans:
        raise DayError("run_outdated", group=state.group)
    return [[*run, *ending.entries]]


def _check_count(state: GroupState, plan: Plan) -> None:
    """Refuse to settle without a count, or with one that receipts or rounds have overtaken."""
    counted = state.book.postings.day(plan.day).counted
    if counted is None:
        raise DayError("not_counted", group=state.group, day=written(plan.day))
    if is_overtaken(state.book, known_facts(state), counted, plan.expected):
        then, now = money(counted.expected), money(plan.expected)
        raise DayError("count_outdated", group=state.group, then=then, now=now)


def _next(book: Book) -> Position:
    return Position(book.position.epoch, book.position.seq + 1)
