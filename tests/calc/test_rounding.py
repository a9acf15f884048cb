"""R and the prefix split (B10, B24)."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calc.rounding import DENOMINATOR, Buckets, Numerators, round_half_up, split
from tests.calc.oracle import round_up_half

NUMERATORS = st.integers() | st.integers(-(10**6), 10**6).map(lambda n: n * DENOMINATOR // 2)


@pytest.mark.parametrize(
    ("halves", "dong"),
    [(0, 0), (1, 1), (2, 1), (3, 2), (2 * 609_559 + 1, 609_560), (-1, 0), (-2, -1), (-3, -1)],
)
def test_an_exact_half_goes_up_for_either_sign(halves, dong):
    assert round_half_up(halves * DENOMINATOR // 2) == dong


@pytest.mark.parametrize("sign", [1, -1])
def test_one_part_below_a_half_goes_down_and_one_above_goes_up(sign):
    half = DENOMINATOR // 2
    assert round_half_up(sign * half - 1) == round_half_up(sign * half + 1) - 1


@given(NUMERATORS)
def test_R_is_the_floor_of_the_exact_value_and_a_half(numerator):
    assert round_half_up(numerator) == round_up_half(Fraction(numerator, 365_000_000))


@given(NUMERATORS, NUMERATORS, NUMERATORS)
def test_B10_buckets_add_up_to_the_one_rounding_of_the_total(in_term, overdue, grace):
    numerators = Numerators(in_term, overdue, grace)
    buckets = split(numerators)
    assert buckets.total == round_half_up(in_term + overdue + grace) == round_half_up(numerators.total)
    assert buckets.in_term == round_half_up(in_term)
    assert buckets.in_term + buckets.overdue == round_half_up(in_term + overdue)


def test_B10_a_bucket_is_not_rounded_by_itself():
    half = DENOMINATOR // 2
    assert split(Numerators(half, half, half)) == Buckets(1, 0, 1)


def test_buckets_add_bucket_by_bucket():
    assert Buckets(1, 2, 3) + Buckets(10, -20, 30) == Buckets(11, -18, 33)
