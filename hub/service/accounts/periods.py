"""A period of a whole branch is closed: every group's `PeriodClosed`, or a list of what has to be done (B4).

1. two people stand for it
2. every group is looked at first; while one is hindered, no group is closed
3. each group takes the one entry in a seal of its own, unless it has it: a call that was killed, or is
   repeated, finds what is left
4. a group that is stopped (L15) is named and left out
"""

from collections.abc import Callable

from msgspec import Struct

from calc.periods import Obstacle, Period, ahead, closed_at, obstacles
from calc.words import month
from hub.errors import PeriodError, StoppedGroupError
from hub.service.day.posting import two_people
from hub.service.group.derived import publish
from hub.service.group.groups import Groups, Runs
from hub.service.group.state import GroupState
from protocol.day import day_of
from protocol.posting_facts import PeriodClosed

Tick = Callable[[], None]


class Hindered(Struct, frozen=True):
    """A group and what keeps its period from being closed."""

    group: str
    obstacle: Obstacle


class ClosingPlan(Struct, frozen=True):
    """Groups of a branch by what a period lacks: ``open`` ones would be closed, ``closed`` ones are.

    ``ahead`` counts, for open groups that have any, facts of a later value date that are in the log already:
    they are booked in their own period, but the interest recomputed at the close counts them.
    """

    period: Period
    open: tuple[str, ...]
    closed: tuple[str, ...]
    hindered: tuple[Hindered, ...]
    ahead: tuple[tuple[str, int], ...]


def plan_closing(groups: Groups, period: Period, tick: Tick) -> ClosingPlan:
    """What closing a period would do; nothing is written. ``tick`` is called after each group."""
    today = day_of(groups.clock())
    waiting: list[str] = []
    closed: list[str] = []
    hindered: list[Hindered] = []
    early: list[tuple[str, int]] = []
    for code in groups.codes():
        book = groups.load(code).book
        if closed_at(book, period.last_day) is not None:
            closed.append(code)
        else:
            waiting.append(code)
            hindered += (Hindered(code, one) for one in obstacles(book, period, today))
            if count := ahead(book, period):
                early.append((code, count))
        tick()
    return ClosingPlan(period, tuple(waiting), tuple(closed), tuple(hindered), tuple(early))


def close_period(
    groups: Groups, plan: ClosingPlan, decided_by: str, confirmed_by: str, tick: Tick
) -> tuple[str, ...]:
    """Close the period in every group that is open; returns the groups that are stopped and stay open.

    Raises:
        PeriodError: a group is hindered; none was closed, unless it became so meanwhile.
        DayError: one person twice.
    """
    two_people(decided_by, confirmed_by)
    period = plan.period
    if plan.hindered:
        raise PeriodError("period_hindered", period=month(period.last_day), count=len(plan.hindered))
    entry = PeriodClosed(period.first_day, period.last_day, decided_by, confirmed_by)
    today = day_of(groups.clock())

    def missing(state: GroupState) -> Runs:
        if closed_at(state.book, period.last_day) is not None:
            return ()
        found = obstacles(state.book, period, today)
        if found:
            raise PeriodError("period_hindered", period=month(period.last_day), count=len(found))
        return [[entry]]

    stopped = []
    for code in plan.open:
        try:
            publish(groups.store, groups.append(code, missing))
        except StoppedGroupError:
            stopped.append(code)
        tick()
    return tuple(stopped)
