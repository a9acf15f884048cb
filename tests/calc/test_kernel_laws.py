"""The kernel gives each plain loan what the readable reference gives it (B25).

20,000 examples of the deep profile are 10,240,000 loans, each also worked in plain integers that share no
code with calc.
"""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from calc.kernel import block, close, steps
from calc.month_end import State, month_end
from calc.rounding import Numerators
from tests.calc import columns

ROWS = 512 if settings.default.max_examples >= 20_000 else 48
SEEDS = st.binary(min_size=16, max_size=16)


@given(SEEDS, st.booleans(), st.booleans())
def test_B25_kernel_reference_and_plain_integers_agree_on_every_loan(seed, edge, changing):
    rng = np.random.default_rng(list(seed))
    given_columns = columns.columns(rng, ROWS, edge)
    changes = columns.changes(rng) if changing else [{}] * columns.TERMS
    closed = close(block(*given_columns), columns.TO, steps(changes, columns.TO) if changing else None)
    assert edge or not closed.exactly
    found = zip(*(one.tolist() for one in figures(closed)), strict=True)
    rows = zip(*(one.tolist() for one in given_columns), strict=True)
    for number, (row, figure) in enumerate(zip(rows, found, strict=True)):
        *state, terms = row
        expected = columns.expected(state, changes[terms], columns.TO)
        if expected is None:
            assert number in closed.too_large
        else:
            assert number not in closed.too_large
            assert figure == expected == reference(state, changes[terms])


@given(SEEDS, st.integers(1, 399))
def test_B12_two_month_ends_are_one(seed, days):
    rng = np.random.default_rng(list(seed))
    given_columns = columns.columns(rng, ROWS, edge=False)
    middle = columns.TO - days
    begun = given_columns[4] <= middle
    if not begun.any():
        return
    whole = block(*(column[begun] for column in given_columns))
    changes = columns.changes(rng)
    first = close(whole, middle, steps(changes, middle))
    second = close(first.block, columns.TO, steps(changes, columns.TO))
    at_once = close(whole, columns.TO, steps(changes, columns.TO))
    fits = np.ones(begun.sum(), np.bool_)
    fits[list(at_once.too_large)] = False
    assert {*first.too_large, *second.too_large} == {*at_once.too_large}
    for left, right in zip(figures(second), figures(at_once), strict=True):
        assert np.array_equal(left[fits], right[fits])


def figures(closed):
    """Numerator, R of it, due and rate, by the column."""
    found = closed.figures
    return found.numerator, found.accrued, found.payable, closed.block.ppm


def reference(state, rates):
    """The same by the readable way."""
    numerator, balance, ppm, settled, as_of = state
    end = month_end(State(as_of, balance, ppm, Numerators(numerator), settled), columns.TO, rates)
    assert end.state.as_of == columns.TO
    return end.state.numerators.in_term, end.accrued.total, end.payable, end.state.ppm
