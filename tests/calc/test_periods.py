"""Periods of a group: when one may be closed, and that it stays closed (B4)."""

import pytest

from calc.journal import journal
from calc.periods import (
    Close,
    Hindrance,
    Obstacle,
    Period,
    ahead,
    closed_at,
    closes,
    obstacles,
    period_in,
    period_of,
)
from calc.problems import Oddity
from protocol.loan_facts import InterestReceived
from protocol.posting_facts import CashCounted, DayOpened, DaySettled, Held, PeriodClosed, Posted
from protocol.roster_facts import SavingsMoved
from tests.calc.days import on
from tests.calc.groups import D, Group
from tests.facts import an

NOVEMBER, DECEMBER, JANUARY = period_in(2025, 11), period_in(2025, 12), period_in(2026, 1)
NEXT = on("2026-01-17")


@pytest.fixture
def group():
    """One member with a loan and an account; two phones; 17/12/2025 is open."""
    made = Group()
    made.decide()
    made.bring(made.member(100_000), 50_000_000)
    return made.staff()


def close(group, period):
    """Tell the end of a period."""
    return group.tell(an(PeriodClosed, first_day=period.first_day, last_day=period.last_day))


def test_a_period_is_a_calendar_month():
    assert period_of(D) == DECEMBER == Period(on("2025-12-01"), on("2025-12-31"))
    assert period_in(2028, 2) == Period(on("2028-02-01"), on("2028-02-29"))


def test_B4_a_period_waits_for_its_end_and_for_its_transaction_days(group):
    today = on("2026-01-02")
    assert obstacles(group.book, DECEMBER, today) == (Obstacle(Hindrance.DAY_UNSETTLED, D),)
    early = obstacles(group.book, DECEMBER, DECEMBER.last_day)
    assert early == (
        Obstacle(Hindrance.DAY_UNSETTLED, D),
        Obstacle(Hindrance.NOT_OVER, DECEMBER.last_day),
    )
    group.settle()
    assert obstacles(group.book, DECEMBER, today) == ()
    group.open(NEXT)
    assert obstacles(group.book, DECEMBER, today) == (), "the next day is open, and not of this period"
    assert obstacles(group.book, NOVEMBER, today) == ()


def test_B4_periods_with_transaction_days_are_closed_in_their_order(group):
    group.settle()
    group.open(NEXT)
    group.settle(NEXT)
    later = on("2026-02-01")
    waits = Obstacle(Hindrance.EARLIER_OPEN, DECEMBER.last_day)
    assert obstacles(group.book, JANUARY, later) == (waits,)
    close(group, DECEMBER)
    assert obstacles(group.book, JANUARY, later) == ()
    close(group, JANUARY)
    assert obstacles(group.book, NOVEMBER, later) == (Obstacle(Hindrance.OVERTAKEN, NOVEMBER.last_day),)


def test_a_close_says_from_where_the_books_of_a_day_are_read(group):
    assert closes(group.book) == ()
    group.settle()
    first = group.book.days[D].settled_at
    second = close(group, DECEMBER)
    third = close(group, NOVEMBER)
    after = DECEMBER.last_day + 1
    assert closes(group.book) == (Close(first, D), Close(second, after), Close(third, after))
    assert closed_at(group.book, D) == second
    assert closed_at(group.book, NEXT) is None


def test_B4_nothing_of_a_day_in_a_closed_period_begins_any_more(group):
    day = on("2025-11-17")
    ref = group.phones[1, 0].collect(1, {1: 5_000}, day=day)
    group.phones[1, 0].close(day)
    group.receive()
    close(group, NOVEMBER)
    before = len(group.book.problems)
    opened = DayOpened(day, 1, "CB001")
    posted, held = Posted(ref, day, (), (), (), ()), Held(ref, day, "fork", (), ())
    run = an(DaySettled, day=day, first=(0, 1))
    group.tell(opened, an(CashCounted, day=day), posted, held, run)
    assert [one.oddity for one in group.book.problems[before:]] == [Oddity.PERIOD_CLOSED] * 5
    assert day not in group.book.days
    assert journal(group.book, group.facts(), since=group.log[-6][0]) == ()
    (made,) = group.settle().entries
    assert (made.entry, made.day, made.flags) == (ref, D, ("late",))


def test_B4_a_run_that_had_begun_may_still_be_settled_and_a_settled_day_stays_settled(group):
    group.count(0)
    close(group, DECEMBER)
    assert group.book.days[D].is_open
    group.settle()
    assert group.book.days[D].settled_at is not None
    group.count(5_000)
    assert group.oddities == [Oddity.DAY_SETTLED]


def test_what_is_dated_after_a_period_and_stands_before_its_close_is_told(group):
    assert ahead(group.book, DECEMBER) == 0
    group.tell(InterestReceived(1, on("2025-12-31"), 1_000, None, "CB001"))
    group.tell(InterestReceived(1, on("2026-01-01"), 1_000, None, "CB001"))
    group.tell(an(SavingsMoved, account=1, effective=on("2026-01-02"), kind="deposit"))
    assert ahead(group.book, DECEMBER) == 2
    assert ahead(group.book, JANUARY) == 0
