"""Branch-wide decisions of a group's log: rates by programme, and policies that bear on amounts (B2, L12).

Decisions are numbered densely per branch. A second copy of one number changes nothing; another decision under
a number that is taken has no effect and is listed. No policy is ignored in silence: one that this release
does not know, or a choice that it does not know, is listed as a problem.
"""

from bisect import bisect_right
from operator import itemgetter

from msgspec.structs import replace

from calc.problems import Oddity
from calc.rate import RateDecision, RateTable
from protocol.day import Day
from protocol.ids import Position, Ppm
from protocol.money import Dong
from protocol.roster_facts import PolicyAdopted, RateDecided

CASH_UNIT = 1_000
"""Notes collected are whole multiples of this many đồng, unless a policy says otherwise (B18)."""

_CHOICES = {"rounding": "half_up", "allocation": "overdue_arrears_current"}
_AMOUNTS = {"cash_unit": 1, "overdue_factor": 1, "savings_rate": 0}
"""Policies that are an amount, and the least that each may be."""

Decision = PolicyAdopted | RateDecided


def matter(decision: Decision) -> tuple[str | Day, ...]:
    """What a decision is about: two of one branch about the same matter are one decision, or contradict."""
    if isinstance(decision, PolicyAdopted):
        return decision.policy, decision.effective, decision.reference
    return decision.programme, decision.kind, decision.effective_from, decision.reference


def is_same(left: Decision, right: Decision) -> bool:
    """Say whether two decisions say the same, whatever their numbers and whoever entered them."""
    return left == replace(
        right, number=left.number, decided_by=left.decided_by, confirmed_by=left.confirmed_by
    )


def rate_decision(decision: RateDecided) -> RateDecision:
    """A rate decision of the log as `calc.rate` takes it."""
    return RateDecision(
        kind=decision.kind,
        ppm=decision.ppm,
        effective_from=decision.effective_from,
        signed_on=decision.signed_on,
        effective_to=decision.effective_to,
        reach=decision.reach,
        overdue_reach=decision.overdue_reach,
        above=decision.above,
        number=decision.number,
        reference=decision.reference,
    )


class Decisions:
    """Every decision of the log by number, with the position at which the branch made it known."""

    def __init__(self) -> None:
        """Start with none."""
        self.numbers: dict[int, Decision] = {}
        self.rates: dict[str, list[tuple[Position, RateDecided, RateDecision]]] = {}
        self.policies: list[tuple[Position, PolicyAdopted]] = []
        self.highest = 0
        self._tables: dict[tuple[str, int, int], RateTable] = {}

    def copy(self) -> "Decisions":
        """An independent copy."""
        twin = Decisions()
        twin.numbers = dict(self.numbers)
        twin.rates = {programme: list(known) for programme, known in self.rates.items()}
        twin.policies = list(self.policies)
        twin.highest = self.highest
        twin._tables = dict(self._tables)
        return twin

    def adopt(self, position: Position, decision: Decision) -> Oddity | None:
        """Let one decision count; returns why it does not, if so. A repeat is neither."""
        known = self.numbers.setdefault(decision.number, decision)
        if known is not decision:
            return None if known == decision else Oddity.DECISION_CONFLICT
        if isinstance(decision, RateDecided):
            plain = rate_decision(decision)
            self.rates.setdefault(decision.programme, []).append((position, decision, plain))
            return None
        return self._adopt_policy(position, decision)

    def claim(self, highest: int) -> Oddity | None:
        """Remember how many decisions the branch says there are."""
        self.highest = max(self.highest, highest)
        return None if self.is_complete else Oddity.DECISION_MISSING

    @property
    def is_complete(self) -> bool:
        """Say whether every number that the branch claimed is in the log (L12)."""
        within = sum(number <= self.highest for number in self.numbers)
        return within == self.highest

    def rates_of(self, programme: str, at: Position) -> list[RateDecision]:
        """Rate decisions on a programme that were known at a position, in log order."""
        return [plain for position, _, plain in self.rates.get(programme, ()) if position <= at]

    def rate_table(self, programme: str, at: Position) -> RateTable:
        """Everything that was known at a position about the rates of a programme's loans.

        A table is kept for the next loan: what is known only grows, so its size names it.
        """
        rates = bisect_right(self.rates.get(programme, ()), at, key=itemgetter(0))
        policies = bisect_right(self.policies, at, key=itemgetter(0))
        key = programme, rates, policies
        if key not in self._tables:
            self._tables[key] = RateTable(self.rates_of(programme, at), self.overdue_factors(at))
        return self._tables[key]

    def overdue_factors(self, at: Position) -> dict[Day, Ppm]:
        """Surcharge factor by the day from which it holds, as known at a position."""
        return {
            policy.effective: policy.amount
            for position, policy in self.policies
            if policy.policy == "overdue_factor" and policy.amount is not None and position <= at
        }

    def savings_rates(self, at: Position) -> dict[Day, Ppm]:
        """Yearly rate of savings by the day from which it holds, as known at a position (B2, B23)."""
        return {
            policy.effective: policy.amount
            for position, policy in self.policies
            if policy.policy == "savings_rate" and policy.amount is not None and position <= at
        }

    def cash_unit(self, day: Day) -> Dong:
        """Unit of notes that a round on this day is collected in (B18)."""
        units = {
            policy.effective: policy.amount
            for _, policy in self.policies
            if policy.policy == "cash_unit" and policy.amount is not None and policy.effective <= day
        }
        return units[max(units)] if units else CASH_UNIT

    def _adopt_policy(self, position: Position, decision: PolicyAdopted) -> Oddity | None:
        policy = decision.policy
        if policy in _CHOICES:
            supported = decision.choice == _CHOICES[policy]
        elif policy in _AMOUNTS:
            supported = decision.amount is not None and decision.amount >= _AMOUNTS[policy]
        else:
            return Oddity.UNKNOWN_POLICY
        if not supported:
            return Oddity.POLICY_NOT_SUPPORTED
        self.policies.append((position, decision))
        return None
