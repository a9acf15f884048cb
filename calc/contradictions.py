"""Why a fact cannot be true of a loan, as its history stands: such a fact is listed and has no effect.

The order of the checks is the order of precedence: of several reasons the first is told.

1. dates: a freeze that is empty, a due day before its own fact, a fact from before the contract;
2. the end of the loan: nothing befalls a loan after its closing or its write-off but what may follow them;
3. money recovered needs a write-off, and is no more than what was written off;
4. principal: no more is repaid, turned overdue, extended, lifted, frozen or written off than there is.

A fact that is learnt late is tried against the whole history, later days too: a repayment of March that
leaves too little for what turned overdue in May contradicts it.
"""

from calc.days import View
from calc.events import ORDER, Event, Kind
from calc.loan import DatedFact, Loan, Moving, Opening, day_of, moving_event
from calc.principal import Principal, replayed
from calc.problems import Oddity
from protocol.day import DAY_MAX, Day
from protocol.loan_facts import (
    CreditRefunded,
    InterestReceived,
    LoanBroughtForward,
    LoanClosed,
    LoanExtended,
    LoanFrozen,
    LoanRenewed,
    LoanWrittenOff,
    RecoveredAfterWriteOff,
)


def contradiction(loan: Loan, fact: DatedFact, view: View) -> Oddity | None:
    """What makes a fact impossible for a loan as a view knows it; None when nothing does."""
    day = day_of(fact)
    return (
        _dates(loan, fact, day)
        or _ended(loan, fact, day, view)
        or _recovery(loan, fact, day, view)
        or _principal(loan, fact, view)
    )


def has_left(loan: Loan, view: View) -> bool:
    """Say whether a loan was told to have left the group: then only money is told of it here."""
    return loan.left_at(view, DAY_MAX) is not None


def reversed_dates(opening: Opening) -> bool:
    """Say whether days of an opening cannot stand in their order."""
    if isinstance(opening, LoanBroughtForward):
        if opening.as_of < opening.opened_on:
            return True
        if opening.frozen and opening.frozen_until is not None and opening.frozen_until <= opening.as_of:
            return True
    grace_end = opening.opened_on if opening.grace_end is None else opening.grace_end
    return min(opening.due_on, grace_end) < opening.opened_on


def _dates(loan: Loan, fact: DatedFact, day: Day) -> Oddity | None:
    if isinstance(fact, LoanFrozen) and fact.until <= fact.effective:
        return Oddity.EMPTY_FREEZE
    if isinstance(fact, LoanExtended | LoanRenewed) and fact.due_on < fact.effective:
        return Oddity.DATES_REVERSED
    return Oddity.BEFORE_OPENING if day < loan.opened_on else None


def _ended(loan: Loan, fact: DatedFact, day: Day, view: View) -> Oddity | None:
    """Money may follow the end of a loan; a change of its principal or terms may not."""
    if isinstance(fact, InterestReceived | CreditRefunded):
        return None
    if has_left(loan, view):
        return Oddity.AFTER_CLOSING
    if isinstance(fact, RecoveredAfterWriteOff):
        return None
    closed_on = loan.closed_on(view)
    if closed_on is not None and (isinstance(fact, LoanClosed) or day > closed_on):
        return Oddity.AFTER_CLOSING
    if isinstance(fact, LoanClosed):
        return None
    ended = _written_off_on(loan, view)
    goes_on = isinstance(fact, LoanWrittenOff) and any(
        ORDER(event) > (day, Kind.WRITTEN_OFF) for event in loan.events(view)
    )
    return Oddity.AFTER_WRITE_OFF if goes_on or (ended is not None and day >= ended) else None


def _recovery(loan: Loan, fact: DatedFact, day: Day, view: View) -> Oddity | None:
    if not isinstance(fact, RecoveredAfterWriteOff):
        return None
    ended = _written_off_on(loan, view)
    if ended is None or day < ended:
        return Oddity.NOT_WRITTEN_OFF
    lost = replayed(loan.events(view), ended)
    recovered = loan.recovered(view).principal + fact.principal
    return Oddity.RECOVERED_TOO_MUCH if recovered > lost.in_term + lost.overdue else None


def _principal(loan: Loan, fact: DatedFact, view: View) -> Oddity | None:
    if not isinstance(fact, Moving):
        return None
    event = moving_event(fact, loan.start)
    oddity = loan.contradicted_by([event], view)
    if oddity is not None:
        return oddity
    if isinstance(fact, LoanFrozen):
        return Oddity.FROZEN_TWICE if _is_frozen_twice(event, loan.events(view)) else None
    if isinstance(fact, LoanWrittenOff):
        left = replayed(loan.events(view), event.on)
        return None if fact.amount == left.in_term + left.overdue else Oddity.WRITE_OFF_DIFFERS
    return None


def _is_frozen_twice(frozen: Event, events: list[Event]) -> bool:
    """Say whether a freeze covers principal that is frozen already, or that there is none to cover.

    What is free can run short on its first day, and on each later day on which another freeze begins.
    """
    assert frozen.until is not None
    kinds = (Kind.FROZEN_PART, Kind.FROZEN_IN_TERM)
    begun = [one.on for one in events if one.kind in kinds and frozen.on < one.on < frozen.until]
    return any(frozen.amount > _free(replayed(events, day), day) for day in (frozen.on, *begun))


def _free(principal: Principal, day: Day) -> int:
    frozen = sum(freeze.amount for freeze in principal.live_freezes(day))
    return principal.in_term + principal.overdue - frozen


def _written_off_on(loan: Loan, view: View) -> Day | None:
    return next((event.on for event in loan.events(view) if event.kind is Kind.WRITTEN_OFF), None)
