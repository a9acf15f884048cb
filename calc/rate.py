"""Rates of a loan over time, in integer ppm a year: decisions folded into a schedule of steps (B13).

Base → factors → points → budget support, floored at 0. The base is the rate decision (the loan's own
contract rate among them) with the latest effective day; a tie goes to the later signing, then to the later in
the list. Every product must be a whole number of ppm. One that is not is never rounded: it stands as None in
its step, and only a day that needs it is refused.
"""

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
Reduction = Literal["surcharge_on_reduced", "full_surcharge_then_reduce", "excluded"]


class RateDecision(Struct, frozen=True):
    """A legal decision on a programme's rate, or a loan's contract rate. Days are inclusive at both ends.

    ``ppm`` is, by ``kind``: the new rate; the factor (900,000 = × 0.9); points off; points that the State
    budget pays. ``reach`` new means loans opened on or after ``effective_from`` only. ``above`` limits the
    decision to loans whose base rate exceeds it. ``overdue_reach`` says how it meets the overdue surcharge.
    """

    kind: Literal["rate", "factor", "points", "support"]
    ppm: Ppm
    effective_from: Day
    signed_on: Day
    effective_to: Day | None = None
    reach: Literal["new", "all"] = "all"
    overdue_reach: Reduction = "surcharge_on_reduced"
    above: Ppm | None = None


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


def contract_rate(on: Day, ppm: Ppm) -> RateDecision:
    """The loan's own rate from a day on, as a candidate for the base among the decisions."""
    return RateDecision(kind="rate", ppm=ppm, effective_from=on, signed_on=on)


def effective_schedule(
    decisions: Sequence[RateDecision],
    *,
    opened_on: Day,
    start: Day,
    end: Day,
    overdue_factors: Mapping[Day, Ppm] | None = None,
) -> tuple[RateStep, ...]:
    """Steps that cover [start, end): the first on ``start``, each different from the one before.

    Args:
        decisions: every decision known at this position, in log order, with the loan's ``contract_rate``.
        opened_on: the day of the contract; decides about decisions that reach new loans only.
        start: first day wanted.
        end: first day no longer wanted.
        overdue_factors: surcharge factor in ppm by the day from which it holds; before: 1,300,000.

    Source: B13.
    """
    factors = overdue_factors or {}
    reaching = [one for one in decisions if one.reach == "all" or opened_on >= one.effective_from]
    days = {start, *factors}
    for one in reaching:
        days.add(one.effective_from)
        if one.effective_to is not None:
            days.add(one.effective_to + 1)
    steps: list[RateStep] = []
    for day in sorted(day for day in days if start <= day < end):
        step = _step(day, reaching, _factor_on(day, factors))
        if not steps or not _same_rates(steps[-1], step):
            steps.append(step)
    return tuple(steps)


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


def _factor_on(day: Day, factors: Mapping[Day, Ppm]) -> Ppm:
    begun = [since for since in factors if since <= day]
    return factors[max(begun)] if begun else OVERDUE_FACTOR_PPM


def _step(day: Day, decisions: Iterable[RateDecision], factor: Ppm) -> RateStep:
    live = [
        one
        for one in decisions
        if one.effective_from <= day and (one.effective_to is None or day <= one.effective_to)
    ]
    base: RateDecision | None = None
    for one in live:
        if one.kind == "rate" and (base is None or _rank(one) >= _rank(base)):
            base = one
    if base is None:
        return RateStep(day, None, None, None, None, None)
    ppm = base.ppm
    cuts = [one for one in live if one.kind != "rate" and (one.above is None or ppm > one.above)]
    gross = [one for one in cuts if one.kind != "support"]
    return RateStep(
        day,
        ppm,
        _whole(*_reduced((ppm, 1), cuts)),
        _overdue(ppm, cuts, factor),
        _whole(*_reduced((ppm, 1), gross)),
        _overdue(ppm, gross, factor),
    )


def _rank(decision: RateDecision) -> tuple[Day, Day]:
    return decision.effective_from, decision.signed_on


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


def _same_rates(left: RateStep, right: RateStep) -> bool:
    return (left.base, left.in_term, left.overdue, left.gross_in_term, left.gross_overdue) == (
        right.base,
        right.in_term,
        right.overdue,
        right.gross_in_term,
        right.gross_overdue,
    )
