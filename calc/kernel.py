"""Month end over columns: plain loans by the block, in 64-bit integers (B10, B13, B25).

A plain loan is wholly in term: one balance since ``as_of``, no grace, no freeze, nothing overdue. Its month
is one multiply-add: numerator + balance × Σ(ppm × days). A rate that changes for all loans of some terms
leaves them plain: it is a step in that sum.

numpy wraps silently at 2**63. A block therefore knows the extremes of its columns, and before a month is
added the largest figure that they allow is worked out in Python's integers. A block that might reach 2**63
is closed row by row in Python's integers instead. A function here touches its own block only: a caller may
close as many blocks at a time as it has processors.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray

from calc.rate import Ppm
from calc.rounding import DENOMINATOR, HALF, round_half_up
from protocol.day import DAY_MIN, Day

BLOCK_ROWS = 65_536
"""Rows of a block: what a month end reads and writes of them fits into the processor's last cache."""
INTEGER_MAX = 2**63 - 1
"""Largest figure of a column."""

Longs = NDArray[np.int64]
Shorts = NDArray[np.int32]


class Range(Struct, frozen=True):
    """Between which integers the figures of a column lie, both included."""

    low: int
    high: int

    def holds(self, other: "Range") -> bool:
        """Say whether another range lies within this one."""
        return self.low <= other.low and other.high <= self.high


class Block(Struct, frozen=True):
    """Plain loans, a row each: state and extremes of the columns. Made by `block`.

    ==============  ============================================================================
    ``numerator``   interest of the days before ``as_of``, in đồng × ppm × days; may be negative
    ``balance``     principal since ``as_of``, in đồng, not negative
    ``ppm``         rate on ``as_of``, in parts per million a year, not negative
    ``settled``     received, less what adds to interest after rounding (arrears brought forward,
                    adjustments), in đồng; may be negative (B1, B10)
    ``as_of``       first day that ``numerator`` does not hold; one day if all rows have the same
    ``terms``       which changes of rate reach the loan; None: none reaches any
    ==============  ============================================================================
    """

    numerator: Longs
    balance: Longs
    ppm: Shorts
    settled: Longs
    as_of: Shorts | Day
    terms: Shorts | None
    numerators: Range
    balances: Range
    rates: Range
    settlements: Range
    days: Range


class Figures(Struct, frozen=True):
    """What a month end says of each row: new numerator, R of it, and the signed due R − settled (B10)."""

    numerator: Longs
    accrued: Longs
    payable: Longs


class Steps(Struct, frozen=True):
    """Changes of rate before a month end, of all terms, by terms and day; made by `steps`.

    After the last change of each terms stands the month end itself. ``ppm_days`` is Σ ppm × days from the
    step to the month end, ``ppm`` the rate after the last change, −1 where none is left.
    """

    terms: int
    key: Longs
    on: Longs
    ppm_days: Longs
    ppm: Shorts


class Closed(Struct, frozen=True):
    """A block at a month end: its figures, the state to go on from, and rows that 64 bits cannot hold.

    The rows in ``too_large`` have no answer; 0 stands in their place. ``exactly`` says that the block went
    through Python's integers.
    """

    figures: Figures
    block: Block
    exactly: bool = False
    too_large: tuple[int, ...] = ()


def block(
    numerator: Longs,
    balance: Longs,
    ppm: Shorts,
    settled: Longs,
    as_of: Shorts,
    terms: Shorts | None = None,
) -> Block:
    """Columns of at least one row as a block; looks at each once for its extremes."""
    days = _range(as_of)
    return Block(
        numerator,
        balance,
        ppm,
        settled,
        days.low if days.low == days.high else as_of,
        terms,
        _range(numerator),
        _range(balance),
        _range(ppm),
        _range(settled),
        days,
    )


def room(rows: int) -> Figures:
    """Columns for the figures of so many rows."""
    return Figures(np.empty(rows, np.int64), np.empty(rows, np.int64), np.empty(rows, np.int64))


def steps(changes: Sequence[Mapping[Day, Ppm]], to: Day) -> Steps:
    """Changes of rate as `close` needs them: of terms 0, 1, 2…, new rates by the day from which they hold.

    A change reaches the loans of its terms whose ``as_of`` is not after its day; those before are already in
    the loan's own ``ppm``. Which rates hold on which days is for B13 to say (`calc.rate`).
    """
    rows: list[tuple[int, Day, int, Ppm]] = []
    for terms, rates in enumerate(changes):
        backwards = sorted((on for on in rates if on < to), reverse=True)
        rows.append((_key(terms, to), to, 0, -1))
        for on in backwards:
            _, until, after, _ = rows[-1]
            rows.append((_key(terms, on), on, after + rates[on] * (until - on), rates[backwards[0]]))
    key, days, ppm_days, ppm = (list(column) for column in zip(*sorted(rows), strict=True))
    return Steps(
        len(changes),
        np.array(key, np.int64),
        np.array(days, np.int64),
        np.array(ppm_days, np.int64),
        np.array(ppm, np.int32),
    )


def close(block: Block, to: Day, changes: Steps | None = None, out: Figures | None = None) -> Closed:
    """Figures of a block at the month end ``to``, the first day that does not count.

    Args:
        block: plain loans with no ``as_of`` after ``to``.
        to: month end.
        changes: of the rates, before the same ``to``.
        out: columns to write to, by default new ones; its numerators may be those of the block.

    Source: B10, B13.
    """
    assert min(block.balances.low, block.rates.low) >= 0, "no balance and no rate is negative"
    assert DAY_MIN <= block.days.low <= block.days.high <= to, "no loan is ahead of the month end"
    found = room(len(block.numerator)) if out is None else out
    weight = found.payable  # each row's Σ ppm × days, until its place is needed
    ppm, rates = block.ppm, block.rates
    if changes is None:
        np.multiply(ppm, to - block.as_of, out=weight, dtype=np.int64)
    else:
        ppm = _step(block, changes, weight)
        rates = _range(ppm)
    numerators = _reach(block, to, changes)
    ahead = replace(
        block,
        numerator=found.numerator,
        ppm=ppm,
        as_of=to,
        numerators=numerators,
        rates=rates,
        days=Range(to, to),
    )
    if not _fits(numerators, block.settlements):
        too_large = _close_exactly(block, weight.tolist(), found)
        ahead = replace(ahead, numerators=_range(found.numerator))
        return Closed(found, ahead, exactly=True, too_large=too_large)
    np.multiply(weight, block.balance, out=weight)
    np.add(weight, block.numerator, out=found.numerator)
    np.add(found.numerator, HALF, out=weight)
    np.floor_divide(weight, DENOMINATOR, out=found.accrued)
    np.subtract(found.accrued, block.settled, out=found.payable)
    return Closed(found, ahead)


_LONG = Range(-INTEGER_MAX, INTEGER_MAX)


def _range(column: Longs | Shorts) -> Range:
    return Range(int(column.min()), int(column.max()))


def _key(terms: int, day: Day) -> int:
    return (terms << 32) + day - DAY_MIN


def _step(block: Block, changes: Steps, weight: Longs) -> Shorts:
    """Weigh rows whose rates may change on the way; returns the rates at the month end."""
    assert block.terms is not None, "changes of rate reach terms"
    assert Range(0, changes.terms - 1).holds(_range(block.terms)), "all terms are told, also without a change"
    begun = (block.terms.astype(np.int64) << 32) + (block.as_of - DAY_MIN)
    next_step = np.searchsorted(changes.key, begun)
    np.multiply(block.ppm, changes.on[next_step] - block.as_of, out=weight)
    np.add(weight, changes.ppm_days[next_step], out=weight)
    changed = changes.ppm[next_step]
    return np.where(changed < 0, block.ppm, changed)


def _reach(block: Block, to: Day, changes: Steps | None) -> Range:
    """Between which integers the new numerators lie, whatever the rows."""
    weight = block.rates.high * (to - block.days.low)
    if changes is not None:
        weight += int(changes.ppm_days.max())
    return Range(block.numerators.low, block.numerators.high + block.balances.high * weight)


def _fits(numerators: Range, settlements: Range) -> bool:
    """Say whether every figure on the way to the due stays within 64 bits."""
    accrued = Range(round_half_up(numerators.low), round_half_up(numerators.high))
    payable = Range(accrued.low - settlements.high, accrued.high - settlements.low)
    return _LONG.holds(Range(numerators.low, numerators.high + HALF)) and _LONG.holds(payable)


def _close_exactly(block: Block, weights: list[int], out: Figures) -> tuple[int, ...]:
    """Write the figures row by row in Python's integers; returns rows that 64 bits cannot hold."""
    too_large = []
    rows = zip(block.numerator.tolist(), block.balance.tolist(), weights, block.settled.tolist(), strict=True)
    for row, (before, balance, weight, settled) in enumerate(rows):
        numerator = before + balance * weight
        accrued = round_half_up(numerator)
        payable = accrued - settled
        if max(abs(numerator), abs(payable)) > INTEGER_MAX:
            too_large.append(row)
            numerator = accrued = payable = 0
        out.numerator[row], out.accrued[row], out.payable[row] = numerator, accrued, payable
    return tuple(too_large)
