"""One loan as the branch log tells it: every entry becomes an effect that keeps its place (B1, B22).

Nothing is summed here. A figure at any position is the sum of the effects that stand there (`calc.dues`), so
a fact that was learnt late, a reversal and a figure of last month need no code of their own.
"""

from collections.abc import Iterable

from msgspec import Struct

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
Effective = Moving | InterestReceived | LoanRenewed | LoanClosed | InterestAdjusted | CreditRefunded
LoanFact = CoreFact | InterestAdjusted | CreditRefunded


class Effect(Struct, frozen=True):
    """What one branch entry does to one loan.

    ``adjusted`` adds to what accrued; ``settled`` and ``unallocated`` were received, in whole đồng; ``day``
    is the transaction day whose settlement the effect waits for, None for one that stands at once;
    ``cancels`` is the place of an effect that no longer counts.
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

    @property
    def received(self) -> Dong:
        """All money that the effect counts as received on the loan; negative when it gives back."""
        return self.settled.total + self.unallocated


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
        self.due_on: Day = opening.due_on
        self.carried = _carried(opening)
        self.effects: list[Effect] = [_opening_effect(position, opening)]
        self.instalments: list[InstalmentScheduled] = []
        self.recovered: list[RecoveredAfterWriteOff] = []

    @property
    def position(self) -> Position:
        """Where the branch log opens the loan."""
        return self.effects[0].position

    def copy(self) -> "Loan":
        """An independent copy."""
        twin = Loan.__new__(Loan)
        twin.__dict__.update(self.__dict__)
        twin.effects = list(self.effects)
        twin.instalments = list(self.instalments)
        twin.recovered = list(self.recovered)
        return twin

    def standing(self, view: View) -> list[Effect]:
        """Effects that count in a view, in log order."""
        found = [effect for effect in self.effects if view.counts(effect.position, effect.day)]
        cancelled = {effect.cancels for effect in found if effect.cancels is not None}
        return [effect for effect in found if effect.position not in cancelled] if cancelled else found

    def take(self, position: Position, fact: LoanFact, view: View) -> Oddity | None:
        """Let one fact of the branch count, as far as history reaches (B22); returns what is odd about it."""
        if isinstance(fact, InstalmentScheduled):
            self.instalments.append(fact)
            return None
        if isinstance(fact, RecoveredAfterWriteOff):
            self.recovered.append(fact)
            written_off = any(effect.code == "loan_written_off" for effect in self.effects)
            return None if written_off else Oddity.NOT_WRITTEN_OFF
        if isinstance(fact, LoanFrozen) and fact.until <= fact.effective:
            return Oddity.EMPTY_FREEZE
        effect = _effect(position, fact, self.start)
        if not self.bears(effect.events, view):
            return Oddity.CONTRADICTS_HISTORY
        self.effects.append(effect)
        if isinstance(fact, LoanExtended | LoanRenewed):
            self.due_on = fact.due_on
        early = not isinstance(fact, InterestAdjusted) and fact.effective < self.start
        return Oddity.BEFORE_HISTORY if early and effect.events else None

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

    def bears(self, events: Iterable[Event], view: View) -> bool:
        """Say whether events fit the principal as everything that stands has moved it."""
        standing = [event for effect in self.standing(view) for event in effect.events]
        try:
            principal_on([*standing, *events], DAY_MAX)
        except HistoryError:
            return False
        return True


def _carried(opening: Opening) -> Numerators:
    if isinstance(opening, LoanOpened):
        return Numerators()
    return Numerators(opening.numerator_in_term, opening.numerator_overdue, opening.numerator_grace)


def _opening_effect(position: Position, opening: Opening) -> Effect:
    if isinstance(opening, LoanOpened):
        return Effect(position, "loan_opened", rates=(contract_rate(opening.opened_on, opening.ppm),))
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
    )


_KINDS: dict[type[LoanFact], tuple[Kind, str]] = {
    Disbursed: (Kind.DISBURSED, "disbursed"),
    PrincipalRepaid: (Kind.REPAID, "principal_repaid"),
    InstalmentOverdue: (Kind.OVERDUE, "instalment_overdue"),
    LoanExtended: (Kind.EXTENDED, "loan_extended"),
    LoanFrozen: (Kind.FROZEN_PART, "loan_frozen"),
    FreezeLifted: (Kind.FREEZE_LIFTED, "freeze_lifted"),
    LoanWrittenOff: (Kind.WRITTEN_OFF, "loan_written_off"),
}


def _effect(position: Position, fact: Effective, start: Day) -> Effect:
    match fact:
        case InterestReceived():
            return Effect(position, "interest_received", unallocated=fact.amount)
        case CreditRefunded():
            return Effect(position, "credit_refunded", unallocated=-fact.amount)
        case InterestAdjusted():
            adjusted = Buckets(**{fact.bucket: fact.amount})
            return Effect(position, "interest_adjusted", adjusted=adjusted)
        case LoanClosed():
            return Effect(position, "loan_closed", closes=fact.effective)
        case LoanRenewed():
            on = max(fact.effective, start)
            rates = (contract_rate(fact.effective, fact.ppm),)
            return Effect(position, "loan_renewed", events=(Event(on, Kind.RESET),), rates=rates)
    kind, code = _KINDS[type(fact)]
    until = fact.until if isinstance(fact, LoanFrozen) else None
    return Effect(position, code, events=(Event(max(fact.effective, start), kind, fact.amount, until),))
