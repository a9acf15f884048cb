"""A programme's rate table gives every loan what the decisions say day by day (B13)."""

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from calc.decisions import is_same, matter
from calc.rate import RateTable, contract_rate, decisions_on, overdue_factor_on
from protocol.day import to_date, to_day
from protocol.roster_facts import PolicyAdopted, RateDecided
from tests.calc import oracle
from tests.calc.days import on
from tests.calc.groups import Group
from tests.calc.test_rate import DAYS, DECISIONS, cut, decision_of, rate
from tests.facts import an

LOANS = st.lists(
    st.tuples(DAYS, DAYS, st.lists(st.tuples(DAYS, st.sampled_from([66_000, 66_001])), max_size=2)),
    max_size=3,
)
FACTORS = st.dictionaries(DAYS, st.sampled_from([1_000_000, 1_500_000, 0]), max_size=2)


@given(DECISIONS, FACTORS, LOANS)
def test_one_table_gives_each_of_many_loans_the_rates_of_the_oracle(decisions, factors, loans):
    numbered = {to_day(day): factor for day, factor in factors.items()}
    table = RateTable([decision_of(one) for one in decisions], numbered)
    end = date(2024, 3, 10)
    for opened_on, start, contract in loans:
        steps = table.schedule(
            [contract_rate(to_day(day), ppm) for day, ppm in contract],
            opened_on=to_day(opened_on),
            start=to_day(start),
            end=to_day(end),
        )
        assert all(left.on < right.on and rates(left) != rates(right) for left, right in pairwise(steps))
        own = [
            {"kind": "rate", "ppm": ppm, "from": day, "to": None, "signed": day, "reach": "all"}
            for day, ppm in contract
        ]
        for day in oracle.days(start, end):
            step = [step for step in steps if to_date(step.on) <= day][-1]
            begun = max((since for since in factors if since <= day), default=None)
            expected = oracle.rates_on([*own, *decisions], opened_on, day, factors.get(begun, 1_300_000))
            whole = expected and tuple(rate if rate == int(rate) else None for rate in expected)
            assert rates(step) == (whole or (None,) * 5)


def test_a_tie_between_the_contract_and_the_programme_goes_to_the_programme():
    day = on("2022-01-01")
    table = RateTable([rate(60_000, "2022-01-01", signed="2022-01-01")])
    (step,) = table.schedule([contract_rate(day, 66_000)], opened_on=day, start=day, end=day + 9)
    assert step.base == 60_000


def test_an_empty_window_has_no_steps():
    assert RateTable([]).schedule([contract_rate(5, 66_000)], opened_on=5, start=7, end=7) == ()


@pytest.mark.parametrize(
    ("day", "numbers"),
    [
        ("2021-09-30", []),
        ("2021-10-01", [3]),
        ("2022-01-01", [2]),
        ("2022-06-01", [2, 4]),
    ],
)
def test_the_decisions_behind_the_rate_of_a_day_stand_in_the_order_in_which_they_are_applied(day, numbers):
    known = [
        numbered(rate(70_000, "2015-06-05", "2021-12-31"), 1, "750"),
        numbered(cut("support", 20_000, "2022-01-01", above=60_000), 2, "36"),
        numbered(cut("factor", 900_000, "2021-10-01", "2021-12-31"), 3, "1990"),
        numbered(cut("points", 10_000, "2022-06-01"), 4, "2654"),
        numbered(rate(50_000, "2020-01-01", reach="new"), 5, "1"),
    ]
    found = decisions_on(
        [contract_rate(on("2019-05-10"), 66_000), *known], opened_on=on("2019-05-10"), day=on(day)
    )
    assert (found[0].kind, found[0].ppm, found[0].number) == ("rate", 66_000, None)
    assert sorted(one.number for one in found[1:]) == numbers
    order = ["factor", "points", "support"]
    assert [one.kind for one in found[1:]] == sorted((one.kind for one in found[1:]), key=order.index)


def test_without_a_rate_no_decision_makes_one():
    assert decisions_on([cut("points", 10_000, "2022-06-01")], opened_on=0, day=on("2022-06-01")) == ()


def test_the_overdue_factor_of_a_day_is_the_latest_that_has_begun():
    factors = {on("2020-01-01"): 1_200_000, on("2022-01-01"): 1_500_000}
    days = ("2019-12-31", "2020-01-01", "2021-12-31", "2022-01-01")
    assert [overdue_factor_on(on(day), factors) for day in days] == [
        1_300_000,
        1_200_000,
        1_200_000,
        1_500_000,
    ]


def test_a_table_is_that_of_its_place_in_the_log():
    group = Group()
    first = group.decide(ppm=66_000)
    second = group.decide(ppm=62_400, effective_from="2025-12-01")
    third = group.adopt("overdue_factor", "2025-12-01", amount=1_500_000)
    group.adopt("cash_unit", "2025-12-01", amount=2_000)
    decisions = group.book.decisions
    assert [steps_at(decisions, place) for place in (first, second, third)] == [
        [(66_000, 85_800)],
        [(66_000, 85_800), (62_400, 81_120)],
        [(66_000, 85_800), (62_400, 93_600)],
    ]
    assert decisions.rate_table("HN", third) is decisions.rate_table("HN", third)
    assert decisions.rate_table("NS", third).schedule((), opened_on=0, start=0, end=9)[0].base is None


def test_two_copies_of_a_book_may_go_on_differently():
    group = Group()
    group.decide(ppm=66_000)
    twin = group.book.copy()
    place = group.decide(ppm=62_400, effective_from="2025-12-01")
    other = an(RateDecided, number=2, kind="rate", ppm=50_000, reach="all")
    assert steps_at(group.book.decisions, place)[-1] == (62_400, 81_120)
    twin.apply(place, other)
    assert steps_at(twin.decisions, place)[-1] == (50_000, 65_000)
    assert steps_at(group.book.decisions, place)[-1] == (62_400, 81_120)


def test_a_decision_is_the_same_whoever_entered_it_and_under_whatever_number():
    ours = an(RateDecided, number=3, decided_by="CB001", confirmed_by="CB002")
    theirs = an(RateDecided, number=9, decided_by="core", confirmed_by=None)
    assert is_same(ours, theirs)
    assert not is_same(ours, an(RateDecided, ppm=1))
    assert not is_same(ours, an(PolicyAdopted, number=3))
    assert (
        matter(ours) == matter(an(RateDecided, ppm=1, signed_on=1)) != matter(an(RateDecided, kind="points"))
    )
    assert matter(an(PolicyAdopted, policy="cash_unit")) != matter(an(PolicyAdopted, policy="rounding"))


def steps_at(decisions, place):
    """In-term and overdue rates of an old loan of programme HN over the end of 2025."""
    start, end = on("2025-11-17"), on("2025-12-17")
    steps = decisions.rate_table("HN", place).schedule((), opened_on=on("2020-01-01"), start=start, end=end)
    return [(step.in_term, step.overdue) for step in steps]


def rates(step):
    """A step without its day."""
    return step.base, step.in_term, step.overdue, step.gross_in_term, step.gross_overdue


def numbered(decision, number, reference):
    """A decision as the log has it."""
    return replace(decision, number=number, reference=reference)
