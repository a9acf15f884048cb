"""Month end of one loan by the reference: its due, and the state to go on from (B10, B12, B22, B25)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calc.accrual import accrue
from calc.errors import HistoryError, RateError
from calc.events import Event, Kind
from calc.month_end import State, month_end
from calc.rate import plain_schedule
from calc.rounding import Buckets, Numerators
from tests.calc import histories
from tests.calc.days import on
from tests.calc.test_accrual import KINDS

FIRST, LAST = on("2025-12-01"), on("2026-01-01")
LENT = State(FIRST, 5_000, 73_000, Numerators(), 0)  # 1 đ a day; 1.3 đ a day overdue


def test_a_repayment_inside_the_month_leaves_a_plain_state():
    # 50,000,000 đ at 6.6 %, 10,000,000 đ repaid on 25/03 inside 10/03–10/04/2025: 251,342 đ
    paid = Event(on("2025-03-25"), Kind.REPAID, 10_000_000)
    state = State(on("2025-03-10"), 50_000_000, 66_000, Numerators(), 200_000, events=(paid,))
    end = month_end(state, on("2025-04-10"))
    assert (end.accrued.total, end.payable, end.asked) == (251_342, 51_342, 51_342)
    left = Numerators(66_000 * (15 * 50_000_000 + 16 * 40_000_000))
    assert end.state == State(on("2025-04-10"), 40_000_000, 66_000, left, 200_000)


def test_B22_overdue_principal_bears_the_overdue_rate():
    # 50,000,000 đ overdue, 10/06–10/07/2025 at 8.58 %: 352,603 đ
    state = State(on("2025-06-10"), 0, 66_000, Numerators(), 0, overdue=50_000_000)
    end = month_end(state, on("2025-07-10"))
    assert end.accrued == Buckets(0, 352_603, 0)
    assert (end.state.overdue, end.state.numerators.overdue) == (50_000_000, 50_000_000 * 85_800 * 30)
    dearer = month_end(state, on("2025-07-10"), overdue_factors={0: 1_500_000})
    assert dearer.accrued.overdue == 406_849  # 9.9 %: 406,849.3


def test_B10_interest_in_the_grace_is_not_asked_for_before_its_end():
    state = State(FIRST, 5_000, 73_000, Numerators(grace=3 * 365_000_000), 1, grace_end=LAST + 5)
    end = month_end(state, LAST)
    assert (end.accrued, end.payable, end.asked) == (Buckets(0, 0, 34), -1, 0)
    later = month_end(end.state, LAST + 31)
    assert (later.accrued, later.payable) == (Buckets(26, 0, 39), 64)
    assert later.state.grace_end == LAST + 5  # what came from the grace stays in its bucket


def test_a_grace_that_bore_nothing_is_over_when_it_ends():
    assert month_end(State(FIRST, 0, 73_000, Numerators(), 0, grace_end=LAST), LAST).state.grace_end is None


@pytest.mark.parametrize(
    ("befallen", "asked"),
    [
        pytest.param(
            {"frozen": 5_000, "frozen_until": LAST + 1, "balance": 0}, 0, id="frozen from the start"
        ),
        pytest.param({"frozen": 5_000, "balance": 0}, 0, id="frozen for good"),
        pytest.param({"events": (Event(FIRST + 10, Kind.FROZEN, until=LAST + 1),)}, 0, id="frozen meanwhile"),
        pytest.param({"events": (Event(FIRST + 10, Kind.WRITTEN_OFF),)}, 0, id="written off"),
        pytest.param({"events": (Event(FIRST + 10, Kind.FROZEN_PART, 5_000, LAST + 1),)}, 0, id="all of it"),
        pytest.param({"events": (Event(FIRST + 10, Kind.RESET),)}, 41, id="renewed"),
        pytest.param(
            {"events": (Event(FIRST + 10, Kind.FROZEN_PART, 2_500, LAST + 1),)}, 31, id="half of it"
        ),
    ],
)
def test_what_no_state_can_tell_keeps_its_events_and_is_computed_from_there_again(befallen, asked):
    told = {"as_of": FIRST, "balance": 5_000, "ppm": 73_000, "numerators": Numerators(10 * 365_000_000)}
    state = State(**(told | {"settled": 0} | befallen))
    end = month_end(state, LAST)
    assert end.state is state
    assert end.asked == asked  # half of it: 10 + 10 + 21 / 2
    assert end.payable >= 10


def test_a_freeze_that_is_over_leaves_a_plain_state():
    state = State(FIRST, 2_500, 73_000, Numerators(), 0, frozen=2_500, frozen_until=FIRST + 11)
    end = month_end(state, LAST)
    assert end.accrued.total == 26  # 11 days of half a đồng, 20 days of one: 25.5
    assert (end.state.balance, end.state.frozen, end.state.as_of) == (5_000, 0, LAST)


def test_events_from_the_month_end_on_wait():
    later = Event(LAST, Kind.REPAID, 5_000)
    state = State(
        FIRST, 5_000, 73_000, Numerators(), 0, events=(later,), rates=((LAST, 1), (FIRST + 1, 146_000))
    )
    end = month_end(state, LAST)
    assert end.accrued.total == 1 + 30 * 2
    assert (end.state.balance, end.state.ppm) == (5_000, 146_000)
    assert (end.state.events, end.state.rates) == ((later,), ((LAST, 1),))


def test_B13_rates_of_the_programme_before_the_state_are_past():
    rates = {FIRST - 1: 1, FIRST: 146_000, LAST: 2}
    end = month_end(LENT, LAST, rates)
    assert (end.accrued.total, end.state.ppm) == (62, 146_000)
    assert month_end(end.state, LAST, rates).state == end.state


def test_events_that_contradict_the_balances_are_refused():
    with pytest.raises(HistoryError, match="over_repayment"):
        month_end(State(FIRST, 1, 1, Numerators(), 0, events=(Event(FIRST, Kind.REPAID, 2),)), LAST)


@given(histories.lines(), st.integers(1, histories.LENGTH))
def test_B12_a_month_end_on_the_way_changes_no_later_one(line, days):
    start = on(histories.FIRST.isoformat())
    middle, last = start + days, start + histories.LENGTH + 1
    told = [one for one in line["events"] if one["kind"] in KINDS]
    events = tuple(
        Event(
            on(one["on"]),
            KINDS[one["kind"]],
            one.get("amount", 0),
            on(one["until"]) if "until" in one else None,
        )
        for one in told
    )
    rates = {on(one["on"]): one["ppm"] for one in line["events"] if one["kind"] == "rate"}
    state = State(start, 0, 66_000, Numerators(), 5, events=events)
    try:
        whole = month_end(state, last, rates)
    except (HistoryError, RateError):
        return
    stepped = month_end(month_end(state, middle, rates).state, last, rates)
    assert (stepped.accrued, stepped.payable, stepped.asked) == (whole.accrued, whole.payable, whole.asked)
    direct = accrue(events, plain_schedule({start: 66_000} | rates, {}), start, last)
    assert whole.accrued == direct.accrued
