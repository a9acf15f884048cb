"""Which transaction day a book is computed to."""

from datetime import date

from calc.book import fold
from calc.problems import Oddity
from hub.service.group.closing import day_under_way, end_run
from protocol.day import to_date, to_day
from protocol.ids import Position
from protocol.posting_facts import BookReady, DayOpened, DaySettled
from protocol.roster_facts import GroupListed, RateDecided
from tests.facts import an

TODAY = to_day(date(2025, 12, 3))
DAY = to_day(date(2025, 12, 17))


def book(*entries):
    return fold((Position(0, seq), entry) for seq, entry in enumerate(entries, 1))


def test_a_day_that_is_open_goes_on_until_it_is_settled():
    opened, settled = an(DayOpened, day=DAY, decisions=0), an(DaySettled, day=DAY, first=(0, 1))
    after = to_day(date(2025, 12, 18))
    assert day_under_way(book(), 17, TODAY) == DAY
    assert day_under_way(book(opened), 17, after) == DAY
    assert to_date(day_under_way(book(opened, settled), 17, after)) == date(2026, 1, 17)


def test_L12_a_day_is_opened_once_and_again_when_decisions_come():
    listed, opened = an(GroupListed), an(DayOpened, day=DAY, decisions=0)
    first = end_run(book(), [listed], DAY, "CB001")
    assert [type(entry) for entry in first.entries] == [DayOpened, BookReady]
    again = end_run(book(opened), [listed], DAY, "CB001")
    assert [type(entry) for entry in again.entries] == [BookReady]
    decided = end_run(book(opened), [an(RateDecided, number=1)], DAY, "CB001")
    assert [entry.decisions for entry in decided.entries if isinstance(entry, DayOpened)] == [1]


def test_another_decision_under_a_taken_number_is_a_fault_of_the_run():
    ending = end_run(book(), [an(RateDecided, number=1), an(RateDecided, number=1, ppm=1)], DAY, "CB001")
    assert (ending.entries, ending.faults, ending.oddities) == ((), (1,), (Oddity.DECISION_CONFLICT,))
