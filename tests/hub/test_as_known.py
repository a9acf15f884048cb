"""What a group's dues were as known on a day: a place in its log, by the clocks of the seals (B13, L6)."""

from datetime import UTC, date, datetime, timedelta

import pytest

from calc.book import START
from hub.errors import DayError
from hub.service.group.as_known import position_on
from hub.service.group.directory import Directory
from hub.service.rates.reports import known_dues
from hub.store.sqlite import SqliteStore, create
from protocol.day import to_day
from protocol.ids import Position
from tests.hub.builders import GROUP, Branch
from tests.hub.lenders import DAY, carried_out, lent

MORNING = datetime(2025, 12, 9, 1, 30, tzinfo=UTC)


class Clock:
    """The hub's clock, set by hand."""

    def __init__(self):
        self.now = MORNING

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def branch(tmp_path, clock):
    create(tmp_path / "hub.sqlite")
    return lent(Branch(SqliteStore(tmp_path / "hub.sqlite"), clock), GROUP)


def on(text):
    return to_day(date.fromisoformat(text))


def asked(branch, day=DAY, known_on=None):
    """What each loan is asked for, and the place that it was computed from."""
    sheet = known_dues(branch.groups.load(GROUP), Directory(), day, known_on)
    column = [one.key for one in sheet.columns].index("asked_dong")
    return [row[column] for row in sheet.rows], str(dict(sheet.positions)[GROUP])


def test_B13_a_rate_cut_learnt_late_is_there_from_the_day_on_which_it_was_learnt(branch, clock):
    before = branch.groups.load(GROUP).log.length
    clock.now += timedelta(days=3)  # 12 December: the decision of 1 December is entered
    carried_out(branch.groups)
    after = branch.groups.load(GROUP).log.length
    assert asked(branch, known_on=on("2025-12-08")) == ([], "0.0")
    assert asked(branch, known_on=on("2025-12-11")) == ([2_233, 379_726], f"0.{before}")
    assert asked(branch, known_on=on("2025-12-12")) == ([0, 368_679], f"0.{after}")
    assert asked(branch) == asked(branch, known_on=on("2030-01-01")) == ([0, 368_679], f"0.{after}")


def test_a_day_ends_at_midnight_in_vietnam(branch, clock):
    known = branch.groups.load(GROUP).book.position
    clock.now = datetime(2025, 12, 11, 16, 59, tzinfo=UTC)
    carried_out(branch.groups)
    later = branch.groups.load(GROUP).book.position
    clock.now = datetime(2025, 12, 11, 17, 0, tzinfo=UTC)
    carried_out(branch.groups, kind="points", ppm=20_000)
    state = branch.groups.load(GROUP)
    assert [position_on(state, on(f"2025-12-{day}")) for day in ("10", "11", "12")] == [
        known,
        later,
        state.book.position,
    ]


def test_a_seal_is_never_known_before_the_one_that_it_extends(branch, clock):
    clock.now += timedelta(days=20)
    carried_out(branch.groups)
    clock.now -= timedelta(days=19)  # somebody set the clock back
    carried_out(branch.groups, kind="points", ppm=20_000)
    state = branch.groups.load(GROUP)
    known = position_on(state, on("2025-12-15"))
    assert START < known < state.book.position
    assert position_on(state, on("2025-12-28")) == known
    assert position_on(state, on("2025-12-29")) == state.book.position


def test_nothing_is_known_before_the_first_seal(branch):
    assert position_on(branch.groups.load(GROUP), on("2025-12-08")) == START == Position(0, 0)


def test_every_row_of_the_dues_adds_up(branch):
    carried_out(branch.groups)
    sheet = known_dues(branch.groups.load(GROUP), Directory(), DAY)
    keys = [one.key for one in sheet.columns]
    rows = [dict(zip(keys, row, strict=True)) for row in (*sheet.rows, sheet.totals)]
    assert [row["owed_dong"] for row in rows] == [263_342, 368_679, 263_342 + 368_679]
    assert [row["prepaid_dong"] for row in rows] == [5_658, 0, 5_658]
    assert [row["rate_ppm"] for row in rows] == [62_400, 62_400, None]
    assert [row["principal_dong"] for row in rows] == [50_000_000, 70_000_000, None]
    for row in rows:
        left = row["asked_dong"] + row["unasked_dong"] - row["prepaid_dong"]
        assert row["owed_dong"] - row["settled_dong"] == left


def test_a_group_that_is_not_listed_has_no_dues(branch):
    branch.groups.open("KM-009")
    with pytest.raises(DayError) as caught:
        known_dues(branch.groups.load("KM-009"), Directory(), DAY)
    assert caught.value.code == "no_day"
