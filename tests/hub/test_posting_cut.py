"""Settlements that break off, and settlements that meet: each appends what is missing, once."""

import threading

import pytest

from calc.states import Phase
from hub.errors import StoreError
from hub.store.sqlite import SqliteStore
from protocol.posting_facts import BookReady, DayOpened, DaySettled, Posted
from tests.hub.days import DAY, CollectionDay, both_phones_collected, refused


class FailingStore(SqliteStore):
    """A store whose machine stops at one of the next appends; None: never."""

    appends_left = None

    def append(self, log, expected_head, seal):
        if self.appends_left == 0:
            raise StoreError("the power is gone")
        if self.appends_left is not None:
            self.appends_left -= 1
        super().append(log, expected_head, seal)


@pytest.mark.parametrize("seals", range(7))
def test_B4_a_settlement_that_is_cut_between_two_seals_is_continued(tmp_path, monkeypatch, seals):
    """Every entry in a seal of its own: the machine stops after each of them in turn."""
    day = CollectionDay(tmp_path, store=FailingStore)
    day.collect(day.leader, 1, 271_233, 271_233)
    day.collect(day.leader, 2, 379_726, 379_726)
    day.collect(day.leader, 3, 100_000, 162_740, savings=20_000)
    day.close_round(day.leader, 770_959)
    day.sync()
    day.count(770_959)
    monkeypatch.setattr("hub.service.group.groups.SEAL_ENTRIES_MAX", 1)
    length = len(day.entries)
    day.branch.store.appends_left = seals
    if seals < 6:
        with pytest.raises(StoreError):
            day.settle()
        assert len(day.entries) == length + seals
        assert (day.state.book.days[DAY].settled is not None) == (seals >= 4)
        assert set(day.phases.values()) == {Phase.PENDING if seals < 4 else Phase.POSTED}
    day.branch.store.appends_left = None
    assert day.settle().changed
    assert [type(entry) for entry in day.entries[length:]] == [Posted] * 3 + [
        DaySettled,
        DayOpened,
        BookReady,
    ]
    assert not day.settle().changed
    assert day.state.book.problems == []
    assert len(day.entries) == length + 6


def test_what_arrives_while_a_settlement_is_cut_needs_a_new_count(tmp_path, monkeypatch):
    day = CollectionDay(tmp_path, store=FailingStore)
    day.collect(day.leader, 1, 271_233, 271_233)
    day.collect(day.leader, 2, 379_726, 379_726)
    day.close_round(day.leader, 650_959)
    day.sync()
    day.count(650_959)
    monkeypatch.setattr("hub.service.group.groups.SEAL_ENTRIES_MAX", 1)
    day.branch.store.appends_left = 1
    with pytest.raises(StoreError):
        day.settle()
    day.branch.store.appends_left = None
    day.collect(day.leader, 3, 162_740, 162_740)
    day.close_round(day.leader, 813_699)
    day.sync(day.leader)
    assert refused(day.settle) == "count_outdated"
    day.count(813_699)
    day.settle()
    assert day.state.book.days[DAY].settled.difference == 0
    assert set(day.phases.values()) == {Phase.POSTED}
    # The posting of the first run is dead: the receipt was posted again, and counts once.
    assert sum(move.received for move in day.state.book.loans[1].standing(day.state.book.view())) == 271_233


def test_principal_that_left_the_loan_while_a_settlement_was_cut_needs_a_new_count(tmp_path, monkeypatch):
    day = CollectionDay(tmp_path, store=FailingStore)
    day.transfer(day.leader, 400_000, 162_740, purpose="principal")
    day.close_round(day.leader, 0)
    day.sync()
    day.count(0)
    monkeypatch.setattr("hub.service.group.groups.SEAL_ENTRIES_MAX", 1)
    day.branch.store.appends_left = 1
    with pytest.raises(StoreError):
        day.settle()
    day.branch.store.appends_left = None
    day.repay_at_the_counter(amount=29_900_000, loan=3)
    assert refused(day.settle) == "run_outdated"
    day.count(0)
    day.settle()
    # Of 400,000 đ asked for, the 100,000 đ that were still owed were moved.
    (posted,) = day.of_kind(Posted)[1:]
    assert [part.in_term for part in posted.principal] == [100_000]


def test_two_controllers_at_once_settle_once(tmp_path):
    collected = both_phones_collected(CollectionDay(tmp_path))
    collected.count(650_959)
    length = len(collected.entries)
    desks = [collected.branch.another_process() for _ in range(4)]
    threads = [threading.Thread(target=collected.settle, kwargs={"groups": desk}) for desk in desks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kinds = [type(entry) for entry in collected.entries[length:]]
    assert kinds == [Posted, Posted, DaySettled, DayOpened, BookReady]
