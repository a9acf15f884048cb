"""Loans for `bench/kernel.py`, and the sides that need nothing but Python and numpy."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import numpy as np

from calc.accrual import accrue
from calc.events import Event, Kind
from calc.kernel import BLOCK_ROWS, Block, Closed, Figures, block, close, room
from calc.rate import plain_schedule
from calc.rounding import DENOMINATOR
from protocol.day import to_day

FROM, TO = to_day(date(2025, 12, 1)), to_day(date(2026, 1, 1))
RATES_PPM = [66_000, 79_200, 82_500, 90_000]
THREADS = 2

Row = tuple[int, int, int, int, int]
Work = Callable[[], object]


def columns(loans: int) -> tuple[list[Block], list[Figures]]:
    """Plain loans after some years, by the block, and room for their figures."""
    rng = np.random.default_rng(2553)
    numerator = rng.integers(0, 10**16, loans)
    balance = rng.integers(1_000, 100_000, loans) * 1_000
    ppm = rng.choice(np.array(RATES_PPM, np.int32), loans)
    settled = rng.integers(0, 3 * 10**7, loans)
    as_of = np.full(loans, FROM, np.int32)
    figures = room(loans)
    cuts = [slice(row, row + BLOCK_ROWS) for row in range(0, loans, BLOCK_ROWS)]
    blocks = [block(numerator[cut], balance[cut], ppm[cut], settled[cut], as_of[cut]) for cut in cuts]
    out = [Figures(figures.numerator[cut], figures.accrued[cut], figures.payable[cut]) for cut in cuts]
    for one in out:  # the first touch of a page is the operating system's work, not a month's
        for column in (one.numerator, one.accrued, one.payable):
            column[:] = 0
    return blocks, out


def columns_again(blocks: Sequence[Block]) -> list[Block]:
    """Blocks made anew: what it costs to look at the extremes of the columns."""
    as_of = np.full(BLOCK_ROWS, FROM, np.int32)
    return [block(one.numerator, one.balance, one.ppm, one.settled, as_of[: len(one.ppm)]) for one in blocks]


def rows_of(blocks: Sequence[Block], wanted: int) -> list[Row]:
    """The first loans as tuples: numerator, balance, ppm, settled, as_of."""
    rows: list[Row] = []
    for one in blocks:
        lists = (one.numerator.tolist(), one.balance.tolist(), one.ppm.tolist(), one.settled.tolist())
        rows.extend((*row, FROM) for row in zip(*lists, strict=True))
        if len(rows) >= wanted:
            break
    return rows[:wanted]


def dues(blocks: Sequence[Block], out: Sequence[Figures]) -> list[int]:
    """What the kernel says is due on every loan."""
    each(month_end, blocks, out)
    return [due for one in out for due in one.payable.tolist()]


def multiply_add(one: Block, out: Figures) -> None:
    """The month alone, without its rounding."""
    np.multiply(one.ppm, TO - FROM, out=out.numerator, dtype=np.int64)
    np.multiply(out.numerator, one.balance, out=out.numerator)
    np.add(out.numerator, one.numerator, out=out.numerator)


def month_end(one: Block, out: Figures) -> Closed:
    """The month with interest and due."""
    return close(one, TO, out=out)


def each(work: Callable[[Block, Figures], object], blocks: Sequence[Block], out: Sequence[Figures]) -> None:
    """One block after the other."""
    for one, figures in zip(blocks, out, strict=True):
        work(one, figures)


def spread(
    pool: ThreadPoolExecutor,
    work: Callable[[Block, Figures], object],
    blocks: Sequence[Block],
    out: Sequence[Figures],
) -> None:
    """Every other block on each thread: numpy lets go of the interpreter while it counts."""
    list(pool.map(lambda first: each(work, blocks[first::THREADS], out[first::THREADS]), range(THREADS)))


def halves(pool: ThreadPoolExecutor, work: Callable[..., object], *arrays: np.ndarray) -> None:
    """Half of the arrays on each thread."""
    middle = len(arrays[0]) // 2
    list(
        pool.map(lambda cut: work(*(one[cut] for one in arrays)), (slice(None, middle), slice(middle, None)))
    )


def integer_loop(rows: Sequence[Row]) -> list[int]:
    """Python's whole numbers."""
    return [
        (2 * (numerator + balance * ppm * (TO - as_of)) + DENOMINATOR) // (2 * DENOMINATOR) - settled
        for numerator, balance, ppm, settled, as_of in rows
    ]


def decimal_loop(rows: Sequence[Row]) -> list[Decimal]:
    """Python's decimals, divided and rounded once."""
    whole, denominator = Decimal(1), Decimal(DENOMINATOR)
    return [
        ((Decimal(numerator) + Decimal(balance) * Decimal(ppm) * Decimal(TO - as_of)) / denominator).quantize(
            whole, ROUND_HALF_UP
        )
        - Decimal(settled)
        for numerator, balance, ppm, settled, as_of in rows
    ]


def typical_loan() -> Work:
    """Paid out, two rates, three repayments, a part overdue, and twelve payments of interest."""
    start = to_day(date(2024, 1, 10))
    events = [
        Event(start, Kind.DISBURSED, 50_000_000),
        Event(to_day(date(2024, 7, 10)), Kind.REPAID, 5_000_000),
        Event(to_day(date(2025, 1, 10)), Kind.REPAID, 5_000_000),
        Event(to_day(date(2025, 7, 10)), Kind.REPAID, 5_000_000),
        Event(to_day(date(2025, 10, 10)), Kind.OVERDUE, 10_000_000),
    ]
    return _due(events, start)


def long_loan() -> Work:
    """Paid out, 28 repayments and a part overdue, with the same two rates and twelve payments."""
    start = to_day(date(2023, 1, 10))
    repaid = [
        Event(to_day(date(2023 + month // 12, month % 12 + 1, 20)), Kind.REPAID, 1_000_000)
        for month in range(28)
    ]
    late = Event(to_day(date(2025, 6, 1)), Kind.OVERDUE, 3_000_000)
    return _due([Event(start, Kind.DISBURSED, 50_000_000), *repaid, late], start)


def _due(events: Sequence[Event], start: int) -> Work:
    """What is due on a loan, from its events and its payments of interest."""
    schedule = plain_schedule({start: 66_000, to_day(date(2025, 12, 1)): 62_400}, {})
    payments = [(to_day(date(2025, month, 15)), 270_000) for month in range(1, 13)]
    return lambda: (
        accrue(events, schedule, start, TO).accrued.total - sum(amount for on, amount in payments if on < TO)
    )
