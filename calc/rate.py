"""Rates of a loan over time, in integer ppm a year: decisions folded into a schedule of steps (B13).

Base → factors → points → budget support, floored at 0. The base is the rate decision (the loan's own
contract rate among them) with the latest effective day; a tie goes to the later signing, then to the later in
the list. Every product must be a whole number of ppm. One that is not is never rounded: it stands as None in
its step, and only a day that needs it is refused.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from math import prod
from typing import ClassVar, Literal

from msgspec import Struct

from calc.events import Kind
from protocol.day import Day

MILLION = 1_000_000
OVERDUE_FACTOR_PPM = 1_300_000
"""130 % of the lending rate on overdue principal, unless a dated policy says otherwise (B2)."""

Ppm = int
Reach = Literal["new", "existing", "all"]
Reduction = Literal["surcharge_on_reduced", "full_surcharge_then_reduce", "excluded"]


class RateDecision(Struct, frozen=True):
    """A legal decision on a programme's rate, or a loan's contract rate. Days are inclusive at both ends.

    ``ppm`` is, by ``kind``: the new rate; the factor (900,000 = × 0.9); points off; points that the State
    budget pays. ``reach`` new means loans opened on or after ``effective_from`` only, existing those opened
    before it. ``above`` limits the decision to loans whose base rate exceeds it. ``overdue_reach`` says how
    it meets the overdue surcharge. ``number`` and ``reference`` are the branch's number of the decision (L12)
    and that of its text; a contract rate has neither.
    """

    kind: Literal["rate", "factor", "points", "support"]
    ppm: Ppm
    effective_from: Day
    signed_on: Day
    effective_to: Day | None = None
    reach: Reach = "all"
    overdue_reach: Reduction = "surcharge_on_reduced"
    above: Ppm | None = None
    number: int | None = None
    reference: str | None = None


class RateStep(Struct, frozen=True):
    """The rates from one day on. ``gross`` is before budget support; the customer pays the others (B13).

    ``base`` None: no rate is in force. Another field None: the exact rate is no whole ppm.
    """

    on: Day
    base: Ppm | None
    in_term: Ppm | None
    overdue: Ppm | None
    gross_in_term: Ppm | None
    gross_overdue: Ppm | None

    kind: ClassVar[Kind] = Kind.RATE


Rates = tuple[Ppm | None, Ppm | None, Ppm | None, Ppm | None, Ppm | None]
"""A step without its day."""

_NO_RATES: Rates = (None, None, None, None, None)


class RateTable:
    """Decisions on one programme, cut into stretches of days in which none begins or ends (B13).

    A table gives the rates of any number of loans, because a stretch remembers what it makes of each base
    rate. Its decisions and overdue factors never change.
    """

    def __init__(
        self, decisions: Iterable[RateDecision], overdue_factors: Mapping[Day, Ppm] | None = None
    ) -> None:
        """Take what is known at a place of the log.

        Args:
            decisions: in log order.
            overdue_factors: surcharge factor in ppm by the day from which it holds; before: 1,300,000.
        """
        self._decisions = tuple(decisions)
        self._factors = dict(overdue_factors or {})
        self._limits = sorted({one.effective_from for one in self._decisions if one.reach != "all"})
        self._cut: dict[int, tuple[list[Day], list[_Stretch]]] = {}

    def schedule(
        self, contract: Sequence[RateDecision], *, opened_on: Day, start: Day, end: Day
    ) -> tuple[RateStep, ...]:
        """Rate steps of one loan over [start, end): the first on ``start``, each unlike the one before.

        Args:
            contract: the loan's own rates, each a ``contract_rate``; at a tie the programme's rate holds.
            opened_on: the day of the contract; decides about decisions for new or existing loans only.
            start: first day wanted.
            end: first day no longer wanted.
        """
        days, stretches = self._reaching(opened_on)
        turns = {start, *days[bisect_right(days, start) : bisect_left(days, end)]}
        turns.update(own.effective_from for own in contract if own.effective_from > start)
        steps: list[RateStep] = []
        last: Rates | None = None
        for day in sorted(turns):
            if day >= end:
                break
            rates = stretches[bisect_right(days, day)].rates(_latest(contract, day))
            if rates != last:
                steps.append(RateStep(day, *rates))
                last = rates
        return tuple(steps)

    def _reaching(self, opened_on: Day) -> tuple[list[Day], list["_Stretch"]]:
        """Turns, and the stretches before and after each, for loans opened on one side of every limit."""
        side = bisect_right(self._limits, opened_on)
        if side not in self._cut:
            reaching = [one for one in self._decisions if reaches(one, opened_on)]
            turns = {*self._factors, *(one.effective_from for one in reaching)}
            turns |= {one.effective_to + 1 for one in reaching if one.effective_to is not None}
            days = sorted(turns)
            stretches = [_Stretch((), OVERDUE_FACTOR_PPM)]
            for day in days:
                live = tuple(one for one in reaching if _holds(one, day))
                stretches.append(_Stretch(live, overdue_factor_on(day, self._factors)))
            self._cut[side] = days, stretches
        return self._cut[side]


def contract_rate(on: Day, ppm: Ppm) -> RateDecision:
    """The loan's own rate from a day on, as a candidate for the base among the decisions."""
    return RateDecision(kind="rate", ppm=ppm, effective_from=on, signed_on=on)


def plain_schedule(rates: Mapping[Day, Ppm], overdue_factors: Mapping[Day, Ppm]) -> tuple[RateStep, ...]:
    """Steps of a loan whose rates are simply told: yearly rate and overdue factor by day, in ppm (B24)."""
    ppm: Ppm | None = None
    factor = OVERDUE_FACTOR_PPM
    steps = []
    for day in sorted({*rates, *overdue_factors}):
        ppm = rates.get(day, ppm)
        factor = overdue_factors.get(day, factor)
        overdue = None if ppm is None else _whole(ppm * factor, MILLION)
        steps.append(RateStep(day, ppm, ppm, overdue, ppm, overdue))
    return tuple(steps)


def decisions_on(decisions: Iterable[RateDecision], *, opened_on: Day, day: Day) -> tuple[RateDecision, ...]:
    """The decisions that make the rate of a day, the base first, the others as they are applied (B13).

    Args:
        decisions: all that are known, in log order, the loan's contract rates before them.
        opened_on: the day of the contract.
        day: the day of the rate; the result is empty when none is in force.
    """
    live = [one for one in decisions if reaches(one, opened_on) and _holds(one, day)]
    base = _base(live)
    return () if base is None else (base, *_cuts(live, base.ppm))


def overdue_factor_on(day: Day, factors: Mapping[Day, Ppm]) -> Ppm:
    """Surcharge factor of a day, in ppm, by the day from which each holds."""
    begun = [since for since in factors if since <= day]
    return factors[max(begun)] if begun else OVERDUE_FACTOR_PPM


def reaches(decision: RateDecision, opened_on: Day) -> bool:
    """Say whether a decision is made for loans that were opened on a day."""
    if decision.reach == "all":
        return True
    return (opened_on >= decision.effective_from) == (decision.reach == "new")


class _Stretch:
    """Days on which the same decisions are live, and the same surcharge."""

    def __init__(self, live: Sequence[RateDecision], factor: Ppm) -> None:
        self.live = live
        self.factor = factor
        self.base = base = _base(live)
        self.rank = None if base is None else _rank(base)
        self.known: dict[Ppm, Rates] = {}

    def rates(self, own: RateDecision | None) -> Rates:
        """Rates of a loan whose own latest contract rate is this one; the programme's wins a tie."""
        base = self.base
        if own is not None and (self.rank is None or _rank(own) > self.rank):
            base = own
        if base is None:
            return _NO_RATES
        ppm = base.ppm
        known = self.known.get(ppm)
        if known is None:
            known = self.known[ppm] = _rates(ppm, _cuts(self.live, ppm), self.factor)
        return known


def _latest(contract: Iterable[RateDecision], day: Day) -> RateDecision | None:
    latest: RateDecision | None = None
    for own in contract:
        since = own.effective_from
        if since <= day and (latest is None or since >= latest.effective_from):
            latest = own
    return latest


def _base(live: Iterable[RateDecision]) -> RateDecision | None:
    base: RateDecision | None = None
    for one in live:
        if one.kind == "rate" and (base is None or _rank(one) >= _rank(base)):
            base = one
    return base


def _rank(decision: RateDecision) -> tuple[Day, Day]:
    return decision.effective_from, decision.signed_on


def _holds(decision: RateDecision, day: Day) -> bool:
    return decision.effective_from <= day and (decision.effective_to is None or day <= decision.effective_to)


_ORDER = {"factor": 0, "points": 1, "support": 2}


def _cuts(live: Iterable[RateDecision], ppm: Ppm) -> list[RateDecision]:
    cuts = (one for one in live if one.kind in _ORDER and (one.above is None or ppm > one.above))
    return sorted(cuts, key=lambda one: _ORDER[one.kind])


def _rates(ppm: Ppm, cuts: Sequence[RateDecision], factor: Ppm) -> Rates:
    gross = [one for one in cuts if one.kind != "support"]
    return (
        ppm,
        _whole(*_reduced((ppm, 1), cuts)),
        _overdue(ppm, cuts, factor),
        _whole(*_reduced((ppm, 1), gross)),
        _overdue(ppm, gross, factor),
    )


def _overdue(ppm: Ppm, cuts: Iterable[RateDecision], factor: Ppm) -> Ppm | None:
    """Reductions before the surcharge, the surcharge, reductions after it; excluded ones never (B13)."""
    top, bottom = _reduced((ppm, 1), [one for one in cuts if one.overdue_reach == "surcharge_on_reduced"])
    after = [one for one in cuts if one.overdue_reach == "full_surcharge_then_reduce"]
    return _whole(*_reduced((top * factor, bottom * MILLION), after))


def _reduced(ratio: tuple[int, int], cuts: Iterable[RateDecision]) -> tuple[int, int]:
    """Factors, then points and support, floored at 0; exact, as a ratio."""
    top, bottom = ratio
    factors = [one.ppm for one in cuts if one.kind == "factor"]
    points = sum(one.ppm for one in cuts if one.kind != "factor")
    bottom *= MILLION ** len(factors)
    return max(0, top * prod(factors) - points * bottom), bottom


def _whole(top: int, bottom: int) -> Ppm | None:
    whole, rest = divmod(top, bottom)
    return None if rest else whole
