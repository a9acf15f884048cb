"""Plain loans at random, by the column: small change, ties of the rounding, the edge of 64 bits."""

import numpy as np

DENOMINATOR = 365_000_000
TO = 20_454  # 01/01/2026
TERMS = 4
PPM = np.array([0, 1, 39_600, 48_000, 62_400, 66_000, 79_200, 90_000], np.int32)


def columns(rng, rows, edge):
    """Numerator, balance, ppm, settled, as_of, terms; ``edge`` brings some figures near 2**63."""
    balance = rng.integers(0, 10 ** rng.integers(1, 11, rows))
    ppm = rng.choice(PPM, rows)
    as_of = TO - rng.integers(0, 400, rows).astype(np.int32)
    if rng.random() < 0.5:
        as_of[:] = as_of[0]
    numerator = rng.integers(-(10**15), 10 ** rng.integers(1, 18, rows))
    settled = rng.integers(-(10**6), 10 ** rng.integers(1, 10, rows))
    terms = rng.integers(0, TERMS, rows).astype(np.int32)
    ties = rng.random(rows) < 0.3
    paid = balance * ppm.astype(np.int64) * (TO - as_of.astype(np.int64))
    on_the_half = rng.integers(-100, 10**6, rows) * DENOMINATOR + DENOMINATOR // 2 - paid
    numerator = np.where(ties, on_the_half + rng.integers(-1, 2, rows), numerator)
    if edge:
        big = rng.integers(0, rows, 4)
        numerator[big[0]] = rng.choice(
            np.array([-(2**63), 1 - 2**63, 2**63 - 1, 2**63 - 1 - DENOMINATOR // 2])
        )
        balance[big[1]] = rng.integers(10**12, 2**63 - 1)
        ppm[big[3]] = 2**31 - 1
        settled[big[2]] = rng.choice(np.array([-(2**63), 2**63 - 1]))
    return numerator, balance, ppm, settled, as_of, terms


def changes(rng):
    """New rates of each terms by day, some of them after the month end or before every loan."""
    days = rng.integers(TO - 500, TO + 30, (TERMS, 3))
    return [
        {int(day): int(ppm) for day, ppm in zip(days[one][:one], rng.choice(PPM, one), strict=True)}
        for one in range(TERMS)
    ]


def expected(row, rates, to):
    """Numerator, R of it, due and rate of one loan at ``to``, in plain integers; None: more than 64 bits."""
    numerator, balance, ppm, settled, as_of = row
    since = as_of
    for day in sorted(day for day in rates if as_of <= day < to):
        numerator += balance * ppm * (day - since)
        since, ppm = day, rates[day]
    numerator += balance * ppm * (to - since)
    accrued = (2 * numerator + DENOMINATOR) // (2 * DENOMINATOR)
    if max(abs(numerator), abs(accrued - settled)) >= 2**63:
        return None
    return numerator, accrued, accrued - settled, ppm
