"""What principal falls due when, and how much of it is still open: for lists and reminders (B14).

1. the plan is the instalments that the bank told of; what they do not name falls due on the final day
2. money repaid pays the part that is due first; what is repaid early covers the next ones
3. a part that was not paid by its day is carried to the next one: it is not overdue before the final day
4. lưu vụ begins another cycle with what is outstanding; a loan brought forward begins at ``as_of``
5. a part cannot fall due before its money was paid out: the last parts of the plan give way

Nothing here moves interest: principal turns overdue by a fact of the branch alone.
"""

from collections.abc import Iterable

from msgspec import Struct

from calc.book import Book
from calc.commune_days import moved
from calc.events import Event, Kind
from calc.loan import Effect, Loan
from protocol.day import DAY_MAX, Day
from protocol.ids import Position
from protocol.loan_facts import InstalmentScheduled, LoanRenewed
from protocol.money import Dong


class Fall(Struct, frozen=True):
    """One part of the principal, as it stands on the day that was asked for; amounts in đồng.

    ``amount + carried_in == paid + carried_on + open``. ``planned`` is what the plan says, ``amount`` as much
    of it as was paid out to the household. ``remind_on`` is ``due_on`` moved back to the transaction day.
    """

    due_on: Day
    remind_on: Day
    is_final: bool
    planned: Dong
    amount: Dong
    carried_in: Dong
    paid: Dong
    carried_on: Dong
    open: Dong


def schedule(
    book: Book, loan: Loan, day: Day, *, at: Position | None = None, staged: bool = False
) -> tuple[Fall, ...]:
    """Everything that falls due in the loan's cycle on a day, in order; the last is the final day.

    The open parts together are the outstanding principal. A loan that is not yet in the book, is closed, left
    the group or was written off has none. An extension moves the final day from its own effective day on.
    """
    view = book.view(at, staged=staged)
    closed_on = loan.closed_on(view)
    if not view.counts(loan.position, None) or (closed_on is not None and closed_on <= day):
        return ()
    effects = loan.standing(view)
    events = [event for effect in effects for event in effect.events if event.on <= day]
    since = _cycle_start(loan, effects, day)
    lent = _total(events, Kind.DISBURSED) - _total(events, Kind.REPAID, until=since - 1)
    repaid = [event for event in events if event.on >= since and event.kind is Kind.REPAID]
    if any(event.kind is Kind.WRITTEN_OFF for event in events):
        return ()
    listed = book.group_on(day, view.at)
    plan = _plan(effects, since, loan.due_on_at(effects, day))
    return _falls(plan, lent, repaid, day, None if listed is None else listed.day_of_month)


def _cycle_start(loan: Loan, effects: Iterable[Effect], day: Day) -> Day:
    """First day whose repayments and instalments belong to the cycle that a day lies in."""
    facts = [effect.fact for effect in effects]
    renewals = [fact.effective for fact in facts if isinstance(fact, LoanRenewed) and fact.effective <= day]
    return max(loan.start, max(renewals) + 1) if renewals else loan.start


def _plan(effects: Iterable[Effect], since: Day, final: Day) -> list[tuple[Day, Dong]]:
    """Day and amount of each part before the final day; parts of one day together are one."""
    plan: dict[Day, Dong] = {}
    for effect in effects:
        fact = effect.fact
        if isinstance(fact, InstalmentScheduled) and since <= fact.due_on < final:
            plan[fact.due_on] = plan.get(fact.due_on, 0) + fact.amount
    return [*sorted(plan.items()), (final, 0)]


def _falls(
    plan: list[tuple[Day, Dong]], lent: Dong, repaid: list[Event], day: Day, day_of_month: int | None
) -> tuple[Fall, ...]:
    falls = []
    unplanned, used, carried = lent, 0, 0
    for place, (due_on, planned) in enumerate(plan, 1):
        is_final = place == len(plan)
        amount = unplanned if is_final else min(planned, unplanned)
        is_missed = due_on < day and not is_final
        paid = min(amount + carried, _total(repaid, Kind.REPAID, until=due_on if is_missed else day) - used)
        rest = amount + carried - paid
        falls.append(
            Fall(
                due_on=due_on,
                remind_on=due_on if day_of_month is None else moved(due_on, day_of_month),
                is_final=is_final,
                planned=amount if is_final else planned,
                amount=amount,
                carried_in=carried,
                paid=paid,
                carried_on=rest if is_missed else 0,
                open=0 if is_missed else rest,
            )
        )
        unplanned, used, carried = unplanned - amount, used + paid, falls[-1].carried_on
    return tuple(falls)


def _total(events: Iterable[Event], kind: Kind, until: Day = DAY_MAX) -> Dong:
    return sum(event.amount for event in events if event.kind is kind and event.on <= until)
