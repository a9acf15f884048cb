"""One loan as the branch log tells it: every entry becomes an effect that keeps its place (B1, B22).

Nothing is summed here. A figure at any position is the sum of the effects that stand there (`calc.dues`), so
a fact that was learnt late, a reversal and a figure of last month need no code of their own.
"""

from collections.abc import Iterable

from msgspec import Struct, structs

from calc.days import View
from calc.errors import HistoryError
from calc.events import Event, Kind
from calc.principal import position as principal_on
from calc.problems import Oddity
from calc.rate import RateDecision, RateStep, RateTable, contract_rate
from calc.rounding import Buckets, Numerators
from protocol.day import DAY_MAX, Day
from protocol.ids import Ordinal, Position
from protocol.loan_facts import (
    CreditRefunded,
    Disbursed,
    FreezeLifted,
    InstalmentOverdue,
    InstalmentScheduled,
    InterestAdjusted,
    InterestReceived,
    LoanBroughtForward,
    LoanClosed,
    LoanExtended,
    LoanFrozen,
    LoanOpened,
    LoanRenewed,
    LoanWrittenOff,
    PrincipalRepaid,
    RecoveredAfterWriteOff,
)
from protocol.money import Dong

Opening = LoanOpened | LoanBroughtForward
Moving = (
    Disbursed
    | PrincipalRepaid
    | InstalmentOverdue
    | LoanExtended
    | LoanFrozen
    | FreezeLifted
    | LoanWrittenOff
)
CoreFact = Moving | InstalmentScheduled | InterestReceived | LoanRenewed | RecoveredAfterWriteOff | LoanClosed
DatedFact = CoreFact | CreditRefunded
LoanFact = DatedFact | InterestAdjusted


class Effect(Struct, frozen=True):
    """What one branch entry does to one loan.

    ``adjusted`` adds to what accrued; ``settled`` and ``unallocated`` were received, in whole đồng; ``day``
    is the transaction day whose settlement the effect waits for, None for one that stands at once;
    ``paid_on`` is the day of what it received or gave back, None for one that moves no money; ``cancels`` is
    the place of an effect that no longer counts. ``fact`` is the entry, None for postings; ``leaves`` says
    that it closes the loan because its member took it to another group.
    """

    position: Position
    code: str
    events: tuple[Event, ...] = ()
    rates: tuple[RateDecision, ...] = ()
    adjusted: Buckets = Buckets()
    settled: Buckets = Buckets()
    unallocated: Dong = 0
    closes: Day | None = None
    cancels: Position | None = None
    day: Day | None = None
    paid_on: Day | None = None
    fact: "Opening | LoanFact | None" = None
    leaves: bool = False

    @property
    def received(self) -> Dong:
        """All money that the effect counts as received on the loan; negative when it gives back."""
        return self.settled.total + self.unallocated


class Recovered(Struct, frozen=True):
    """Đồng that came in after a write-off: ``principal`` is a memo, ``interest`` income; neither settles."""

    principal: Dong = 0
    interest: Dong = 0


class Loan:
    """A loan's opening and its effects in log order; only `calc.book` changes it."""

    def __init__(self, position: Position, opening: Opening) -> None:
        """Open a loan from its first day, or in mid-life with its balances."""
        self.opening = opening
        self.ordinal: Ordinal = opening.ordinal
        self.member: Ordinal = opening.member
        self.number = opening.number
        self.programme = opening.programme
        self.opened_on: Day = opening.opened_on
        self.start: Day = opening.opened_on if isinstance(opening, LoanOpened) else opening.as_of
        self.grace_end = opening.grace_end
        self.carried = _carried(opening)
        self.effects: list[Effect] = [_opening_effect(position, opening)]

    @property
    def position(self) -> Position:
        """Where the branch log opens the loan."""
        return self.effects[0].position

    @property
    def due_on(self) -> Day:
        """Day on which the loan falls due in the end, with everything that is known."""
        return self.due_on_at(self.effects, DAY_MAX)

    def copy(self) -> "Loan":
        """An independent copy."""
        twin = Loan.__new__(Loan)
        twin.__dict__.update(self.__dict__)
        twin.effects = list(self.effects)
        return twin

    def standing(self, view: View) -> list[Effect]:
        """Effects that count in a view, in log order."""
        found = [effect for effect in self.effects if view.counts(effect.position, effect.day)]
        cancelled = {effect.cancels for effect in found if effect.cancels is not None}
        return [effect for effect in found if effect.position not in cancelled] if cancelled else found

    def take(self, position: Position, fact: LoanFact, *, leaves: bool = False) -> Oddity | None:
        """Let one fact count, as far as history reaches (B22); returns what is odd about it.

        What contradicts the loan has been refused before (`calc.contradictions`). Money from before the
        history, and a part that fell due before it, are inside the balances that were brought forward.
        """
        early = not isinstance(fact, InterestAdjusted) and day_of(fact) < self.start
        if not (early and isinstance(fact, InterestReceived | CreditRefunded | InstalmentScheduled)):
            effect = _effect(position, fact, self.start)
            self.effects.append(structs.replace(effect, fact=fact, leaves=leaves))
        return Oddity.BEFORE_HISTORY if early else None

    def closed_on(self, view: View) -> Day | None:
        """Day from which on the loan is closed, as a view knows it."""
        return next((effect.closes for effect in self.standing(view) if effect.closes is not None), None)

    def left_at(self, view: View, day: Day) -> Position | None:
        """Where a view has the loan leave with its member by a day: money told later is all it still has."""
        for effect in self.effects:
            if effect.leaves and effect.closes is not None and effect.closes <= day:
                return effect.position if view.counts(effect.position, None) else None
        return None

    def recovered(self, view: View) -> Recovered:
        """What came in on the loan after its write-off."""
        facts = [effect.fact for effect in self.standing(view)]
        told = [fact for fact in facts if isinstance(fact, RecoveredAfterWriteOff)]
        return Recovered(sum(fact.principal for fact in told), sum(fact.interest for fact in told))

    def rates(
        self, table: RateTable, start: Day, end: Day, effects: Iterable[Effect]
    ) -> tuple[RateStep, ...]:
        """Rate steps of [start, end): the programme's table with the contract rates of these effects."""
        contract = [rate for effect in effects for rate in effect.rates]
        return table.schedule(contract, opened_on=self.opened_on, start=start, end=end)

    def differs_before_history(self, before: RateTable, after: RateTable, view: View) -> bool:
        """Say whether two tables give any day before the loan's history different rates (B22)."""
        past = self.opened_on, self.start, self.standing(view)
        return self.rates(before, *past) != self.rates(after, *past)

    def due_on_at(self, effects: Iterable[Effect], day: Day) -> Day:
        """Day on which the loan falls due by the extension or renewal that is effective last on a day.

        On one day a renewal comes after an extension; of two of a kind the one told last holds.
        """
        told = [effect.fact for effect in effects if isinstance(effect.fact, LoanExtended | LoanRenewed)]
        past = [fact for fact in reversed(told) if fact.effective <= day]
        last = max(past, key=lambda fact: (fact.effective, isinstance(fact, LoanRenewed)), default=None)
        return self.opening.due_on if last is None else last.due_on

    def contradicted_by(self, events: Iterable[Event], view: View) -> Oddity | None:
        """Why events do not fit the principal as everything that stands has moved it; None when they do."""
        try:
            principal_on([*self.events(view), *events], DAY_MAX)
        except HistoryError as error:
            return Oddity(error.code)
        return None

    def events(self, view: View) -> list[Event]:
        """What has moved the principal, as far as it counts in a view."""
        return [event for effect in self.standing(view) for event in effect.events]


def day_of(fact: DatedFact) -> Day:
    """Day from which a fact bears on the loan."""
    return fact.due_on if isinstance(fact, InstalmentScheduled) else fact.effective


def _carried(opening: Opening) -> Numerators:
    if isinstance(opening, LoanOpened):
        return Numerators()
    return Numerators(opening.numerator_in_term, opening.numerator_overdue, opening.numerator_grace)


def _opening_effect(position: Position, opening: Opening) -> Effect:
    if isinstance(opening, LoanOpened):
        rates = (contract_rate(opening.opened_on, opening.ppm),)
        return Effect(position, "loan_opened", rates=rates, fact=opening)
    # The day before: facts of ``as_of`` itself then find the balances that were brought forward.
    on = opening.as_of - 1
    principal = opening.in_term + opening.overdue + opening.frozen
    events = [Event(on, Kind.DISBURSED, principal), Event(on, Kind.OVERDUE, opening.overdue)]
    if opening.frozen:
        until = DAY_MAX if opening.frozen_until is None else opening.frozen_until
        events.append(Event(on, Kind.FROZEN_IN_TERM, opening.frozen, until))
    return Effect(
        position,
        "loan_brought_forward",
        events=tuple(events),
        rates=tuple(contract_rate(rate.effective, rate.ppm) for rate in opening.rates),
        adjusted=Buckets(opening.arrears_in_term, opening.arrears_overdue, opening.arrears_grace),
        unallocated=opening.prepaid,
        fact=opening,
    )


_KINDS: dict[type[Moving], Kind] = {
    Disbursed: Kind.DISBURSED,
    PrincipalRepaid: Kind.REPAID,
    InstalmentOverdue: Kind.OVERDUE,
    LoanExtended: Kind.EXTENDED,
    LoanFrozen: Kind.FROZEN_PART,
    FreezeLifted: Kind.FREEZE_LIFTED,
    LoanWrittenOff: Kind.WRITTEN_OFF,
}
_CODES: dict[type[LoanFact], str] = {
    Disbursed: "disbursed",
    PrincipalRepaid: "principal_repaid",
    InstalmentOverdue: "instalment_overdue",
    InstalmentScheduled: "instalment_scheduled",
    LoanExtended: "loan_extended",
    LoanFrozen: "loan_frozen",
    FreezeLifted: "freeze_lifted",
    LoanWrittenOff: "loan_written_off",
    RecoveredAfterWriteOff: "recovered_after_write_off",
}


def _effect(position: Position, fact: LoanFact, start: Day) -> Effect:
    match fact:
        case InterestReceived():
            return Effect(position, "interest_received", unallocated=fact.amount, paid_on=fact.effective)
        case CreditRefunded():
            return Effect(position, "credit_refunded", unallocated=-fact.amount, paid_on=fact.effective)
        case InterestAdjusted():
            adjusted = Buckets(**{fact.bucket: fact.amount})
            return Effect(position, "interest_adjusted", adjusted=adjusted)
        case LoanClosed():
            return Effect(position, "loan_closed", closes=fact.effective)
        case LoanRenewed():
            on = max(fact.effective, start)
            rates = (contract_rate(fact.effective, fact.ppm),)
            return Effect(position, "loan_renewed", events=(Event(on, Kind.RESET),), rates=rates)
    events = (moving_event(fact, start),) if isinstance(fact, Moving) else ()
    return Effect(position, _CODES[type(fact)], events=events)


def moving_event(fact: Moving, start: Day) -> Event:
    """What a fact does to the principal of a loan whose history begins on ``start``."""
    kind = _KINDS[type(fact)]
    until = fact.until if isinstance(fact, LoanFrozen) else None
    return Event(max(fact.effective, start), kind, fact.amount, until)
