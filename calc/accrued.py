"""What one loan has accrued and owes, from its effects alone: the figure under every due (B10–B12)."""

from collections.abc import Sequence

from calc.accrual import Accrual, accrue
from calc.days import View
from calc.decisions import Decisions
from calc.loan import Effect, Loan
from protocol.day import Day
from protocol.ids import Position
from protocol.money import Dong


def counting(loan: Loan, day: Day, view: View) -> list[Effect]:
    """Effects that bear on a figure for a day; of a loan that has left its group, what came after (B22).

    What was posted before it left and is settled after it comes after: it went along with nobody.
    """
    standing, left = loan.standing(view), loan.left_at(view, day)
    if left is None:
        return standing
    return [effect for effect in standing if view.since(effect.position, effect.day) > left]


def accrual_of(
    loan: Loan, effects: Sequence[Effect], decisions: Decisions, day: Day, at: Position
) -> Accrual:
    """Interest of a loan from the start of its history up to a day, at the rates known at a position.

    Raises:
        HistoryError: the effects contradict each other.
        RateError: a day bears interest and has no usable rate.
    """
    if not has_opening(loan, effects):
        return Accrual(())
    end = max(loan.start, day)
    return accrue(
        [event for effect in effects for event in effect.events],
        loan.rates(decisions.rate_table(loan.programme, at), loan.start, end, effects),
        loan.start,
        end,
        grace_end=loan.grace_end,
        carried=loan.carried,
    )


def has_opening(loan: Loan, effects: Sequence[Effect]) -> bool:
    """Say whether effects begin with what opened the loan: before it and after its leaving there is none."""
    return bool(effects) and effects[0] is loan.effects[0]


def grace_joined(loan: Loan, day: Day) -> bool:
    """Say whether interest of the grace is due by a day (B10)."""
    return loan.grace_end is None or day >= loan.grace_end


def payable_on(loan: Loan, decisions: Decisions, day: Day, view: View) -> Dong:
    """Signed due of a loan to a day; negative is a credit. Errors as of `accrual_of`."""
    effects = counting(loan, day, view)
    accrued = accrual_of(loan, effects, decisions, day, view.at).accrued
    accrued = sum((effect.adjusted for effect in effects), accrued)
    owed = accrued.in_term + accrued.overdue + (accrued.grace if grace_joined(loan, day) else 0)
    return owed - sum(effect.received for effect in effects)
