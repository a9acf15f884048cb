"""The teller's count and the settlement of a transaction day, over a real store and real signatures."""

from datetime import UTC, date, datetime

import pytest

from calc.states import Phase
from hub.errors import UnknownGroupError
from hub.service.day.posting import Settling, settle
from protocol.day import to_day
from protocol.ids import Position
from protocol.phone_facts import CashAccepted, CashHandedOver, Denomination
from protocol.posting_facts import BookReady, CashCounted, DayOpened, DaySettled, Held, Posted
from tests.hub.days import DAY, JANUARY, NEXT, CollectionDay, both_phones_collected, refused


@pytest.fixture
def day(tmp_path):
    return CollectionDay(tmp_path)


@pytest.fixture
def collected(day):
    return both_phones_collected(day)


def test_B18_a_count_names_the_last_round_of_every_writer_and_states_what_it_should_find(collected):
    collected.count(650_959)
    (counted,) = collected.of_kind(CashCounted)
    assert [(one.writer, one.seq) for one in counted.rounds] == [(1, 2), (2, 2)]
    assert (counted.expected, counted.counted, counted.decided_by) == (271_233 + 379_726, 650_959, "GDV01")


def test_B4_a_count_is_staged_until_the_day_is_settled(collected):
    collected.count(650_959)
    assert set(collected.phases.values()) == {Phase.PENDING}
    assert not collected.state.book.days[DAY].settled


def test_B4_a_settled_day_posts_every_receipt_after_the_count_and_ends_with_the_next_book(collected):
    collected.lower_the_rate()
    collected.count(650_959)
    done = collected.settle()
    assert done.changed
    tail = collected.entries[-6:]
    assert [type(entry) for entry in tail] == [CashCounted, Posted, Posted, DaySettled, DayOpened, BookReady]
    _, first, second, settled, opened, ready = tail
    # 271,233 − 263,342 and 379,726 − 368,679 were paid beyond the due that the branch knows now: prepaid.
    assert [(line.in_term, line.unallocated) for line in first.interest] == [(263_342, 7_891)]
    assert [(line.in_term, line.unallocated) for line in second.interest] == [(368_679, 11_047)]
    assert settled.first == Position(0, len(collected.entries) - 5)
    assert (settled.expected, settled.counted, settled.difference) == (650_959, 650_959, 0)
    assert (settled.decided_by, settled.confirmed_by) == ("KSV01", "GDV01")
    assert (opened.day, ready.day) == (NEXT, NEXT)
    assert set(collected.phases.values()) == {Phase.POSTED}


def test_a_second_settlement_changes_nothing_whoever_asks(collected):
    collected.count(650_959)
    collected.settle()
    before = collected.entries
    again = collected.settle(by="KSV02", groups=collected.branch.another_process())
    assert not again.changed
    assert collected.entries == before


def test_the_same_count_again_changes_nothing_and_another_one_takes_its_place(collected):
    collected.count(650_000)
    collected.count(650_000)
    assert len(collected.of_kind(CashCounted)) == 1
    collected.count(650_959)
    collected.settle()
    assert collected.state.book.days[DAY].settled.difference == 0


def test_B17_a_shortage_is_the_count_less_what_was_posted_and_held(collected):
    collected.count(600_000)
    collected.settle()
    settled = collected.state.book.days[DAY]
    assert (settled.settled.difference, settled.difference_open) == (-50_959, -50_959)


def test_B18_a_surplus_is_stated_and_blocks_nothing(collected):
    collected.count(651_000)
    collected.settle()
    assert collected.state.book.days[DAY].settled.difference == 41


def test_B17_a_household_that_paid_both_phones_is_held_once_and_expected_twice(day):
    day.collect(day.leader, 1, 272_000, 271_233)
    day.close_round(day.leader, 272_000)
    day.collect(day.deputy, 1, 272_000, 271_233)
    day.close_round(day.deputy, 272_000)
    day.sync()
    day.count(544_000)
    day.settle()
    assert day.phases == {(1, 1): Phase.POSTED, (2, 1): Phase.HELD}
    (held,) = day.of_kind(Held)
    assert (held.cause, held.interest[0].interest) == ("possible_duplicate", 272_000)
    assert day.state.book.days[DAY].settled.expected == 544_000


def test_B8_B9_voided_receipts_and_transfers_are_no_cash(day):
    mistaken = day.collect(day.leader, 1, 500_000, 271_233)
    day.void(day.leader, mistaken)
    day.collect(day.leader, 1, 271_233, 271_233)
    day.transfer(day.leader, 150_000, 162_740)
    day.close_round(day.leader, 271_233)
    day.sync()
    day.count(271_233)
    day.settle()
    assert day.state.book.days[DAY].settled.expected == 271_233
    assert day.phases[1, 1] is Phase.VOIDED
    assert day.state.book.accounts[1].balance(day.state.book.view(), DAY) == 500_000 - 150_000


def test_B18_cash_that_was_handed_over_is_expected_from_the_other_phone(day):
    day.collect(day.deputy, 2, 379_726, 379_726)
    day.deputy.write(CashHandedOver(to_writer=1, due_to=DAY, amount=379_726))
    handed = day.last(day.deputy)
    day.sync(day.deputy)
    day.leader.write(CashAccepted(handed, 379_726))
    day.collect(day.leader, 1, 271_233, 271_233)
    day.close_round(day.leader, 650_959)
    day.sync(day.leader)
    day.count(650_959)
    (counted,) = day.of_kind(CashCounted)
    assert [one.writer for one in counted.rounds] == [1]
    day.settle()
    assert day.state.book.days[DAY].settled.difference == 0


def test_B18_cash_of_a_phone_that_closed_no_round_stays_with_its_holder_until_it_does(day):
    day.collect(day.leader, 1, 271_233, 271_233)
    day.close_round(day.leader, 271_233)
    day.collect(day.deputy, 2, 379_726, 379_726)
    day.sync()
    day.count(271_233)
    day.settle()
    assert set(day.phases.values()) == {Phase.POSTED}
    assert day.state.book.days[DAY].settled.difference == 0
    day.close_round(day.deputy, 379_726, due_to=NEXT)
    day.sync(day.deputy)
    day.now = JANUARY
    day.count(379_726, day=NEXT)
    day.settle(day=NEXT)
    assert day.state.book.days[NEXT].settled.expected == 379_726


def test_what_was_collected_for_the_next_day_waits_for_it(collected):
    collected.collect(collected.leader, 3, 162_740, 162_740, due_to=NEXT)
    collected.sync(collected.leader)
    collected.count(650_959)
    collected.settle()
    assert collected.phases[1, 3] is Phase.PENDING
    collected.now = JANUARY
    assert refused(collected.count, 162_740, day=NEXT) == "no_rounds"


def test_a_receipt_that_comes_after_the_settlement_is_posted_on_the_next_day_and_flagged(collected):
    collected.count(650_959)
    collected.settle()
    collected.collect(collected.leader, 3, 100_000, 162_740)
    collected.close_round(collected.leader, 100_000, due_to=NEXT)
    collected.sync(collected.leader)
    collected.now = JANUARY
    collected.count(100_000, day=NEXT)
    collected.settle(day=NEXT)
    posted = collected.of_kind(Posted)[-1]
    assert posted.day == NEXT
    assert "late" in posted.flags
    assert collected.state.book.days[NEXT].settled.difference == 0


def test_a_day_on_which_nobody_collected_is_settled_with_an_empty_count(day):
    assert refused(day.count, 1_000) == "no_rounds"
    day.count(0)
    assert day.settle().changed
    assert day.state.book.days[DAY].settled.expected == 0


def test_the_notes_of_a_count_are_kept(collected):
    notes = [Denomination(500_000, 1), Denomination(50_000, 3)]
    collected.count(650_000, notes=notes)
    (counted,) = collected.of_kind(CashCounted)
    assert counted.denominations == tuple(notes)


def test_settling_needs_a_count(collected):
    assert refused(collected.settle) == "not_counted"


@pytest.mark.parametrize("by", ["GDV01", "gdv01"])
def test_settling_needs_two_people(collected, by):
    collected.count(650_959)
    assert refused(collected.settle, by=by, confirmed_by="GDV01") == "same_person"


def test_a_count_is_refused_on_a_settled_day(collected):
    collected.count(650_959)
    collected.settle()
    assert refused(collected.count, 650_959) == "day_settled"


@pytest.mark.parametrize("wrong", [date(2025, 12, 16), date(2025, 12, 18), date(1999, 1, 1)])
def test_a_day_that_was_not_opened_is_neither_counted_nor_settled(collected, wrong):
    assert refused(collected.count, 650_959, day=to_day(wrong)) == "day_not_open"
    assert refused(collected.settle, day=to_day(wrong)) == "day_not_open"


def test_a_day_that_has_not_come_is_neither_counted_nor_settled(collected):
    collected.now = datetime(2025, 12, 16, 16, 59, tzinfo=UTC)
    assert refused(collected.count, 650_959) == "day_early"
    collected.now = datetime(2025, 12, 16, 17, 0, tzinfo=UTC)
    collected.count(650_959)


def test_an_earlier_day_is_settled_first(collected):
    collected.say(day=NEXT)
    collected.now = JANUARY
    assert refused(collected.count, 0, day=NEXT) == "earlier_day"


def test_an_unknown_group_is_told(collected):
    with pytest.raises(UnknownGroupError):
        settle(collected.groups, "KM-999", Settling(DAY, "KSV01", "GDV01"))


def test_what_is_refused_changes_nothing(collected):
    before = collected.entries
    refused(collected.settle)
    refused(collected.settle, by="GDV01")
    refused(collected.count, 1, day=NEXT)
    assert collected.entries == before


class Interrupted:
    """The groups of a branch to which a phone synchronises just before somebody appends."""

    def __init__(self, day, phone):
        self.day, self.phone = day, phone
        self.clock, self.store = day.groups.clock, day.groups.store

    def append(self, group, planner):
        self.day.sync(self.phone)
        return self.day.groups.append(group, planner)


def test_a_settlement_beside_which_only_a_phone_was_received_changed_nothing(collected):
    collected.count(650_959)
    collected.settle()
    collected.collect(collected.leader, 3, 5_000, 162_740)
    before = len(collected.entries)
    again = collected.settle(groups=Interrupted(collected, collected.leader))
    assert (again.changed, len(collected.entries)) == (False, before + 1)
