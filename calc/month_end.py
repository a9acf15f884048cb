"""Month end of one loan, readably: its state on a day, what befell it since, and its due (B10, B12, B25).

This is the reference that `calc.kernel` is held to, and the way of every loan that is not plain. A state is
what a loan is brought forward with (B22). After a month end comes another one, as long as a state can tell
the loan; a freeze that runs, a write-off and a renewal cannot be told by it, so such a loan keeps its old
state together with its events, and is computed from there again.
"""

from collections.abc import Mapping

from msgspec import Struct

from calc.accrual import Accrual, accrue
from calc.events import Event, Kind
from calc.principal import Principal, replayed
from calc.rate import Ppm, plain_schedule
from calc.rounding import Buckets, Numerators
from protocol.day import DAY_MAX, Day
from protocol.money import Dong


class State(Struct, frozen=True):
    """A loan on the day ``as_of``, the first that its numerators do not hold, and its events since.

    ==============  ==========================================================================
    ``balance``     principal in term that bears interest, in đồng
    ``ppm``         rate of ``as_of``, in parts per million a year
    ``numerators``  interest of the days before, in đồng × ppm × days
    ``settled``     received, less what adds to interest after rounding (arrears brought
                    forward, adjustments), in đồng, to this day: it knows no days (B1, B10)
    ``overdue``     overdue principal, in đồng
    ``frozen``      principal in term under a freeze until ``frozen_until`` (None: for good), in đồng
    ``grace_end``   first day after the grace of a student loan
    ``rates``       the loan's own new rates by their day, in ppm (a renewal's)
    ==============  ==========================================================================
    """

    as_of: Day
    balance: Dong
    ppm: Ppm
    numerators: Numerators
    settled: Dong
    overdue: Dong = 0
    frozen: Dong = 0
    frozen_until: Day | None = None
    grace_end: Day | None = None
    events: tuple[Event, ...] = ()
    rates: tuple[tuple[Day, Ppm], ...] = ()


class MonthEnd(Struct, frozen=True):
    """What a month end says of a loan, and the state to go on from.

    ``accrued`` is by bucket; ``payable`` the signed due, grace only when it has joined; ``asked`` what a
    household is asked for: never negative, 0 for a loan wholly frozen or written off (B10).
    """

    accrued: Buckets
    payable: Dong
    asked: Dong
    state: State


def month_end(
    state: State,
    to: Day,
    rates: Mapping[Day, Ppm] | None = None,
    overdue_factors: Mapping[Day, Ppm] | None = None,
) -> MonthEnd:
    """Due of one loan at ``to``, the first day that does not count; events from that day on wait.

    Args:
        state: of a day not after ``to``.
        to: month end.
        rates: of the loan's programme, by the day from which they hold; those before ``as_of`` are past.
        overdue_factors: surcharge factor in ppm by the day from which it holds; before: 1,300,000.

    Raises:
        HistoryError: the events contradict the balances or each other.
        RateError: a day bears overdue interest at a rate that is no whole ppm.
    """
    told = {on: ppm for on, ppm in (rates or {}).items() if on >= state.as_of}
    known = {state.as_of: state.ppm} | told | dict(state.rates)
    events = (*_opening(state), *state.events)
    accrual = accrue(
        events,
        plain_schedule(known, overdue_factors or {}),
        state.as_of,
        to,
        grace_end=state.grace_end,
        carried=state.numerators,
    )
    accrued = accrual.accrued
    has_joined = state.grace_end is None or to >= state.grace_end
    payable = accrued.in_term + accrued.overdue + (accrued.grace if has_joined else 0) - state.settled
    principal = replayed(events, to - 1)
    on_day = principal.position(to)
    sleeps = principal.written_off or (on_day.in_term + on_day.overdue == 0 and on_day.frozen > 0)
    return MonthEnd(
        accrued,
        payable,
        0 if sleeps else max(0, payable),
        _after(state, to, principal, accrual, known),
    )


def _opening(state: State) -> list[Event]:
    """Events that make the balances; on the day before, so that those of ``as_of`` itself find them."""
    on = state.as_of - 1
    events = [
        Event(on, Kind.DISBURSED, state.balance + state.overdue + state.frozen),
        Event(on, Kind.OVERDUE, state.overdue),
    ]
    if state.frozen:
        until = DAY_MAX if state.frozen_until is None else state.frozen_until
        events.append(Event(on, Kind.FROZEN_IN_TERM, state.frozen, until))
    return events


def _after(state: State, to: Day, principal: Principal, accrual: Accrual, known: Mapping[Day, Ppm]) -> State:
    """The state at ``to``; the old one where columns cannot tell the loan."""
    is_covered = principal.written_off or to < principal.frozen_until or principal.live_freezes(to)
    if is_covered or len(accrual.chapters) > 1:
        return state
    numerators = accrual.chapters[0].numerators
    is_past_grace = state.grace_end is not None and to >= state.grace_end and not numerators.grace
    return State(
        as_of=to,
        balance=principal.in_term,
        ppm=known[max(begun)] if (begun := [on for on in known if on < to]) else state.ppm,
        numerators=numerators,
        settled=state.settled,
        overdue=principal.overdue,
        grace_end=None if is_past_grace else state.grace_end,
        events=tuple(event for event in state.events if event.on >= to),
        rates=tuple((on, ppm) for on, ppm in state.rates if on >= to),
    )
