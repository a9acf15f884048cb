"""How events move principal, and how much of it bears interest (B22, B24)."""

from itertools import permutations

import pytest

from calc.errors import HistoryError
from calc.events import Event, Kind
from calc.principal import Position, position

LENT = Event(10, Kind.DISBURSED, 100)
LATE = Event(20, Kind.OVERDUE, 40)


def test_a_loan_has_no_principal_before_its_first_disbursement():
    assert position([LENT], 9) == Position(0, 0, 0, written_off=False)
    assert position([LENT], 10) == Position(100, 0, 0, written_off=False)


def test_principal_turns_overdue_and_an_extension_brings_it_back():
    events = [LENT, LATE, Event(30, Kind.EXTENDED, 25)]
    assert position(events, 29) == Position(60, 40, 0, written_off=False)
    assert position(events, 30) == Position(85, 15, 0, written_off=False)


def test_B24_a_repayment_takes_the_overdue_part_first():
    events = [LENT, LATE, Event(30, Kind.REPAID, 50)]
    assert position(events, 30) == Position(50, 0, 0, written_off=False)
    assert position([LENT, LATE, Event(30, Kind.REPAID, 30)], 30) == Position(60, 10, 0, written_off=False)


def test_B24_the_order_inside_a_day_is_that_of_the_kinds_and_not_of_the_list():
    day = [
        Event(10, Kind.DISBURSED, 100),
        Event(10, Kind.OVERDUE, 40),
        Event(10, Kind.REPAID, 100),
    ]
    for events in permutations(day):
        assert position(events, 10) == Position(0, 0, 0, written_off=False)


def test_B24_an_extension_comes_before_what_turns_overdue_on_the_same_day():
    events = [LENT, LATE, Event(30, Kind.OVERDUE, 60), Event(30, Kind.EXTENDED, 40)]
    assert position(events, 30) == Position(40, 60, 0, written_off=False)
    with pytest.raises(HistoryError, match="extension_exceeds_overdue"):
        position([LENT, Event(30, Kind.OVERDUE, 60), Event(30, Kind.EXTENDED, 40)], 30)


@pytest.mark.parametrize(
    ("event", "fault"),
    [
        (Event(30, Kind.REPAID, 101), "over_repayment on 1970-01-31"),
        (Event(30, Kind.OVERDUE, 61), "overdue_exceeds_in_term on 1970-01-31"),
        (Event(30, Kind.EXTENDED, 41), "extension_exceeds_overdue on 1970-01-31"),
        (Event(30, Kind.FREEZE_LIFTED, 1), "lift_exceeds_frozen on 1970-01-31"),
    ],
)
def test_facts_that_contradict_each_other_are_refused_on_their_day(event, fault):
    assert position([LENT, LATE, event], 29)
    with pytest.raises(HistoryError, match=fault):
        position([LENT, LATE, event], 30)


def test_a_freeze_of_the_whole_loan_lasts_until_its_end_exclusive():
    events = [LENT, LATE, Event(30, Kind.FROZEN, until=35)]
    assert [position(events, day).frozen for day in (29, 30, 34, 35)] == [0, 100, 100, 0]
    assert position(events, 35) == Position(60, 40, 0, written_off=False)


def test_a_freeze_that_overlaps_another_ends_with_the_later_of_the_two():
    events = [LENT, Event(30, Kind.FROZEN, until=40), Event(32, Kind.FROZEN, until=35)]
    assert [position(events, day).frozen for day in (35, 39, 40)] == [100, 100, 0]


def test_what_happens_under_a_freeze_is_found_when_it_ends():
    events = [
        LENT,
        Event(20, Kind.FROZEN, until=50),
        Event(30, Kind.OVERDUE, 40),
        Event(35, Kind.REPAID, 10),
    ]
    assert position(events, 49) == Position(0, 0, 90, written_off=False)
    assert position(events, 50) == Position(60, 30, 0, written_off=False)


def test_a_freeze_of_a_part_covers_the_overdue_part_first():
    events = [LENT, LATE, Event(30, Kind.FROZEN_PART, 50, until=40)]
    assert position(events, 30) == Position(50, 0, 50, written_off=False)
    assert position(events, 40) == Position(60, 40, 0, written_off=False)


def test_a_freeze_never_covers_more_than_there_is():
    events = [LENT, Event(20, Kind.FROZEN_PART, 70, until=40), Event(30, Kind.REPAID, 50)]
    assert position(events, 20) == Position(30, 0, 70, written_off=False)
    assert position(events, 30) == Position(0, 0, 50, written_off=False)


def test_B22_frozen_principal_of_a_loan_brought_forward_is_in_term():
    # brought forward with 50 in term, 40 overdue, 10 frozen until day 40
    events = [LENT, Event(10, Kind.OVERDUE, 40), Event(10, Kind.FROZEN_IN_TERM, 10, until=40)]
    assert position(events, 10) == Position(50, 40, 10, written_off=False)
    assert position(events, 40) == Position(60, 40, 0, written_off=False)


def test_B22_what_turns_overdue_leaves_the_frozen_part_of_a_loan_brought_forward():
    events = [LENT, Event(10, Kind.FROZEN_IN_TERM, 70, until=40), Event(20, Kind.OVERDUE, 60)]
    assert position(events, 20) == Position(0, 60, 40, written_off=False)
    paid_out = [*events, Event(30, Kind.DISBURSED, 5)]
    assert position(paid_out, 30) == Position(5, 60, 40, written_off=False)
    with pytest.raises(HistoryError):
        position([*events, Event(30, Kind.FREEZE_LIFTED, 41)], 30)


def test_what_turns_overdue_under_a_freeze_of_a_part_is_covered_before_what_is_in_term():
    events = [LENT, Event(10, Kind.FROZEN_PART, 70, until=40), Event(20, Kind.OVERDUE, 60)]
    assert position(events, 20) == Position(30, 0, 70, written_off=False)
    assert position(events, 40) == Position(40, 60, 0, written_off=False)


def test_a_lifted_freeze_gives_back_from_the_one_that_ends_first():
    events = [
        LENT,
        Event(20, Kind.FROZEN_PART, 30, until=60),
        Event(20, Kind.FROZEN_PART, 20, until=40),
        Event(30, Kind.FREEZE_LIFTED, 25),
    ]
    assert [position(events, day).frozen for day in (29, 30, 39, 40, 59, 60)] == [50, 25, 25, 25, 25, 0]


def test_a_freeze_that_has_ended_cannot_be_lifted():
    events = [LENT, Event(20, Kind.FROZEN_PART, 30, until=30), Event(30, Kind.FREEZE_LIFTED, 1)]
    with pytest.raises(HistoryError, match="lift_exceeds_frozen"):
        position(events, 30)


def test_a_loan_that_is_written_off_keeps_its_figures():
    events = [LENT, LATE, Event(30, Kind.WRITTEN_OFF), Event(31, Kind.REPAID, 10)]
    assert position(events, 31) == Position(60, 30, 0, written_off=True)
