"""The month end of many loans beside its peers, in one run: `./just bench kernel [--loans 8388608]`.

Everybody works from the same whole numbers and answers the same question: interest so far, rounded half up,
and what is due. The peers' lists are made beforehand, and their answers are compared with the kernel's.
Rounds are interleaved and the best of each counts, so that a busy machine disturbs all alike.

Bytes moved for a loan: multiply-add reads balance, ppm and numerator and writes the numerator (28); the month
end reads what was settled too, and writes interest and due (52). Bandwidth is the better of numpy's copy and
numpy's sum of two columns, both beyond every cache.
"""

import argparse
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import QuantLib
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bench.kernel_loans import (
    THREADS,
    TO,
    Row,
    Work,
    columns,
    columns_again,
    decimal_loop,
    dues,
    each,
    halves,
    integer_loop,
    long_loan,
    month_end,
    multiply_add,
    rows_of,
    spread,
    typical_loan,
)
from calc.kernel import BLOCK_ROWS
from calc.rounding import DENOMINATOR

QUANTLIB_EPOCH = QuantLib.Date(1, 1, 1970).serialNumber()
MULTIPLY_ADD_BYTES, MONTH_END_BYTES = 28, 52
COPY_BYTES, SUM_BYTES = 16, 24
MESSAGE = bytes(200)
ONE_LOAN, ONE_SIGNATURE = 200, 50


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="Measure the month end of many loans.")
    parser.add_argument("--loans", type=int, default=1 << 23, help="rows of the columns")
    parser.add_argument("--peers", type=int, default=100_000, help="rows for the loops of the peers")
    parser.add_argument("--rounds", type=int, default=7, help="of each measure the best round counts")
    asked = parser.parse_args()
    for line in report(asked.loans, asked.peers, asked.rounds):
        print(line)


def report(loans: int, peers: int, rounds: int) -> Iterator[str]:
    """The table, line by line, once everything is measured."""
    blocks, out = columns(loans)
    rows = rows_of(blocks, peers)
    found = dues(blocks, out)[:peers]
    # Ones, not zeros: pages that nobody has written to are one and the same page, and lie in the cache.
    copied, added = np.ones((2, loans), np.int64), np.ones((3, loans), np.int64)
    with ThreadPoolExecutor(THREADS) as pool:
        best = measured(
            {
                "copy": (loans, lambda: np.copyto(*copied)),
                "sum": (loans, lambda: np.add(*added)),
                "multiply-add": (loans, lambda: each(multiply_add, blocks, out)),
                "month end": (loans, lambda: each(month_end, blocks, out)),
                "copy on 2": (loans, lambda: halves(pool, np.copyto, *copied)),
                "sum on 2": (loans, lambda: halves(pool, np.add, *added)),
                "multiply-add on 2": (loans, lambda: spread(pool, multiply_add, blocks, out)),
                "month end on 2": (loans, lambda: spread(pool, month_end, blocks, out)),
                "columns": (loans, lambda: columns_again(blocks)),
                "integers": (peers, lambda: integer_loop(rows)),
                "decimal": (peers, lambda: decimal_loop(rows)),
                "QuantLib": (peers, lambda: quantlib_loop(rows)),
                "InterestRate": (peers, lambda: interest_rate_loop(rows)),
                "typical": (ONE_LOAN, repeated(typical_loan(), ONE_LOAN)),
                "long": (ONE_LOAN, repeated(long_loan(), ONE_LOAN)),
                "verify": (ONE_SIGNATURE, repeated(verification(), ONE_SIGNATURE)),
            },
            rounds,
        )
    yield f"{loans:,} loans in blocks of {BLOCK_ROWS:,}; peers {peers:,}; best of {rounds} rounds"
    for name, loop in (("integers", integer_loop), ("decimal", decimal_loop), ("QuantLib", quantlib_loop)):
        differing = sum(one != other for one, other in zip(found, loop(rows), strict=True))
        yield f"dues that differ from {name:10} {differing:5d}"
    yield from bandwidths(best)
    yield from ratios(best)
    yield from one_loan(best)


def bandwidths(best: dict[str, float]) -> Iterator[str]:
    """How much of the memory's bandwidth a month takes."""
    for on in ("", " on 2"):
        copied, added = COPY_BYTES / best[f"copy{on}"], SUM_BYTES / best[f"sum{on}"]
        yield f"\nbandwidth, {2 if on else 1} thread(s): copy {copied:.1f} GB/s, sum of two {added:.1f} GB/s"
        for name, moved in (("multiply-add", MULTIPLY_ADD_BYTES), ("month end", MONTH_END_BYTES)):
            reached = moved / best[f"{name}{on}"]
            of_copy, of_best = reached / copied, reached / max(copied, added)
            yield (
                f"  {name:13} {reached:5.1f} GB/s: {of_copy:4.0%} of copy, {of_best:4.0%} of the better"
                "   (target 50 %)"
            )


def ratios(best: dict[str, float]) -> Iterator[str]:
    """How many times as long the peers take for a loan."""
    yield f"\n{'a loan takes':38} {'1 thread':>10} {'2 threads':>10}"
    for name, key, target in (
        ("whole numbers in a loop", "integers", ""),
        ("decimal in a loop", "decimal", "(target 200)"),
        ("QuantLib Actual365Fixed in a loop", "QuantLib", "(target 1,000)"),
        ("QuantLib InterestRate in a loop", "InterestRate", ""),
        ("one look at the columns' extremes", "columns", ""),
    ):
        one, two = best[key] / best["month end"], best[key] / best["month end on 2"]
        yield f"  {name:36} {one:8,.1f} × {two:8,.1f} ×   {target}".rstrip()


def one_loan(best: dict[str, float]) -> Iterator[str]:
    """One loan from its events, by the readable reference."""
    yield "\none loan from its events, in Python"
    for name, key, target in (
        ("typical (5 movements, 2 rates)", "typical", "(target 10 µs)"),
        ("30 movements, 2 rates", "long", ""),
    ):
        spent = best[key]
        of_verify, of_row = spent / best["verify"], spent / best["integers"]
        told = (
            f"{spent / 1000:6.1f} µs = {of_verify:.2f} Ed25519 verifications = {of_row:,.0f} rows of the loop"
        )
        yield f"  {name:32} {told}   {target}".rstrip()


def measured(works: dict[str, tuple[int, Work]], rounds: int) -> dict[str, float]:
    """Nanoseconds a loan of each work, the best of the rounds."""
    best = dict.fromkeys(works, float("inf"))
    for _ in range(rounds):
        for name, (loans, work) in works.items():
            begun = time.perf_counter_ns()
            work()
            best[name] = min(best[name], (time.perf_counter_ns() - begun) / loans)
    return best


def quantlib_loop(rows: Sequence[Row]) -> list[int]:
    """QuantLib's day counter, in floats; dates are made from the column of days."""
    count = QuantLib.Actual365Fixed()
    end = QuantLib.Date(QUANTLIB_EPOCH + TO)
    return [
        int(
            numerator / DENOMINATOR
            + balance * (ppm / 1e6) * count.yearFraction(QuantLib.Date(QUANTLIB_EPOCH + as_of), end)
            + 0.5
        )
        - settled
        for numerator, balance, ppm, settled, as_of in rows
    ]


def interest_rate_loop(rows: Sequence[Row]) -> list[int]:
    """QuantLib as its tutorials use it: a simple interest rate and its compound factor."""
    count = QuantLib.Actual365Fixed()
    end = QuantLib.Date(QUANTLIB_EPOCH + TO)
    return [
        int(
            numerator / DENOMINATOR
            + balance
            * (
                QuantLib.InterestRate(ppm / 1e6, count, QuantLib.Simple, QuantLib.Annual).compoundFactor(
                    QuantLib.Date(QUANTLIB_EPOCH + as_of), end
                )
                - 1
            )
            + 0.5
        )
        - settled
        for numerator, balance, ppm, settled, as_of in rows
    ]


def verification() -> Work:
    """One signature verified."""
    key = Ed25519PrivateKey.from_private_bytes(bytes(32))
    signature, public = key.sign(MESSAGE), key.public_key()
    return lambda: public.verify(signature, MESSAGE)


def repeated(work: Work, times: int) -> Work:
    """The same again and again."""

    def again() -> None:
        for _ in range(times):
            work()

    return again


if __name__ == "__main__":
    main()
