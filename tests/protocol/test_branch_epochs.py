"""What counts of a branch log over several epochs, and what is lost (L7, L15)."""

import pytest

from protocol.chain import genesis
from protocol.errors import (
    BadSignatureError,
    ChainError,
    ForkError,
    GapError,
    OlderEpochError,
)
from protocol.ids import BranchTip, LogId, Position
from protocol.posting_facts import DayOpened
from tests.builders import Branch, Writer, a_group, signer
from tests.facts import GROUP, an
from tests.protocol.epochs import ROOT, a_reader, a_restored_branch, days, say


def test_L15_a_later_epoch_goes_on_from_its_base():
    before, after = a_restored_branch()
    log = a_reader(after)
    base = before.log.at(Position(0, before.log.length - 2))
    assert days(log.entries) == [1, 2, 5, 6]
    assert log.log == LogId(GROUP, before.log.log.writer, 1)
    assert (log.length, log.head, log.tip) == (3, log.entries[-1].hash, BranchTip(1, 3, log.head))
    opening = log.at(Position(1, 1))
    assert opening.entry.base == BranchTip(0, base.position.seq, base.hash)
    assert log.hash_at(Position(1, 0)) == genesis(ROOT.spki, opening.raw) == opening.previous
    assert log.lost == {}


def test_L15_entries_above_a_base_are_lost_and_held():
    before, after = a_restored_branch()
    log = a_reader(before)
    added = [one for raw in after.seals for one in log.add(raw)]
    assert days(added) == [5, 6]
    assert days(log.entries) == [1, 2, 5, 6]
    assert days(log.lost.values()) == [3, 4]
    assert all(key == (one.position, one.hash) for key, one in log.lost.items())
    assert not log.holds(before.tip)
    assert log.holds(after.tip)


def test_L15_lost_entries_come_in_beside_the_log_and_verify_where_they_stand():
    before, after = a_restored_branch()
    log = a_reader(after)
    late, later = before.seals[-2:]
    for raw in (late, later):
        with pytest.raises(OlderEpochError):
            log.add(raw)
    with pytest.raises(GapError):
        log.keep(later)
    assert days(log.keep(late)) == [3]
    assert days(log.keep(later)) == [4]
    assert log.keep(later) == ()
    assert (days(log.entries), days(log.lost.values())) == ([1, 2, 5, 6], [3, 4])
    assert log.lost == a_reader(before, after).lost
    assert log.add(before.seals[0]) == ()


def test_L15_lost_entries_that_nobody_signed_are_not_kept():
    before, after = a_restored_branch()
    intruder = Writer(before.log.log, signer("intruder"), before.log.head)
    intruder.seq = before.log.length
    intruder.write(an(DayOpened))
    raw = intruder.seal()
    for log in (a_reader(after), a_reader(before, after)):
        with pytest.raises(BadSignatureError):
            log.keep(raw)


def test_places_are_asked_for_over_all_epochs():
    before, after = a_restored_branch()
    log = a_reader(before, after)
    first, last = Position(0, 1), Position(1, 3)
    assert log.between(first, last) == log.upto(last) == log.entries
    assert days(log.between(Position(0, 6), Position(1, 2))) == days(log.upto(Position(1, 2))) == [1, 2, 5]
    assert [log.at(one.position) for one in log.entries] == log.entries
    for place in (Position(0, 0), before.tip, Position(1, 4), Position(2, 1)):
        with pytest.raises(KeyError):
            log.at(Position(place.epoch, place.seq))
    assert log.holds(BranchTip(7, 0, bytes(32)))
    assert not log.holds(BranchTip(1, 3, bytes(32)))


def test_L15_a_base_that_is_not_held_is_a_gap_or_a_fork():
    _, after = a_restored_branch()
    opening = after.seals[-3]
    short = a_group()
    with pytest.raises(GapError) as gap:
        short.log.add(opening)
    assert gap.value.want == short.log.length + 1
    other = a_group()
    say(other, 1, 7, 8)
    with pytest.raises(ForkError) as fork:
        other.log.add(opening)
    assert fork.value.seq == other.log.length - 1
    with pytest.raises(GapError):
        a_reader(Branch()).add(after.seals[-1])


def test_L15_the_side_that_a_base_names_may_come_after_another_side():
    """A reader that holds what a hub said before it was restored once more (no order may matter)."""
    first = a_group()
    count = len(first.seals)
    say(first, 1, 2)
    second = first.restored(count)
    say(second, 3)
    second.open_epoch()
    say(second, 4)
    log = a_reader(first)
    opening = second.seals[-2]
    with pytest.raises(ForkError):
        log.add(opening)
    with pytest.raises(ForkError):
        log.add(second.seals[-3])
    log.keep(second.seals[-3])
    assert days(log.entries) == [1, 2]
    assert len(log.add(opening)) == 1
    assert (days(log.entries), days(log.lost.values())) == ([3], [1, 2])
    log.add(second.seals[-1])
    assert days(log.entries) == [3, 4]
    assert log.holds(second.tip)


def test_L15_numbers_of_epochs_ascend_and_may_leave_gaps():
    before, after = a_restored_branch()
    again = after.restored(len(after.seals) - 1)
    again.open_epoch(5)
    log = a_reader(before, after, again)
    assert (log.log.epoch, days(log.entries), days(log.lost.values())) == (5, [1, 2, 5], [3, 4, 6])
    lower = again.restored(len(again.seals))
    with pytest.raises(ChainError, match="older epoch"):
        lower.open_epoch(9, BranchTip(9, 1, bytes(32)))
    with pytest.raises(OlderEpochError):
        lower.open_epoch(3, after.restored(len(after.seals)).tip)


def test_L15_an_epoch_that_another_one_passed_over_is_lost_whole():
    before, after = a_restored_branch()
    older = before.restored(len(before.seals) - 3)
    older.open_epoch(2)
    say(older, 9)
    for log in (a_reader(before, after, older), a_reader(older, before, after)):
        assert days(log.entries) == [1, 9]
        assert sorted(days(log.lost.values())) == [2, 3, 4, 5, 6]


def test_L15_two_openings_of_one_epoch_are_a_fork_until_a_later_base_decides():
    before, after = a_restored_branch()
    other = before.restored(len(before.seals) - 3)
    other.open_epoch()
    say(other, 8)
    log = a_reader(after)
    with pytest.raises(ForkError) as fork:
        log.add(other.seals[-2])
    assert fork.value.seq == 0
    log = a_reader(after, other)
    assert (days(log.entries), days(log.lost.values())) == ([1, 2, 5, 6], [8])
    other.open_epoch()
    assert days(a_reader(after, other).entries) == [1, 8]
    assert days(a_reader(other, after).entries) == [1, 8]


def test_another_history_of_the_newest_epoch_says_where_it_parts_and_a_gap_stays_a_gap():
    before, after = a_restored_branch()
    twin = after.restored(len(after.seals) - 2)
    say(twin, 7, 8, 9)
    log = a_reader(after, twin)
    assert (days(log.entries), days(log.lost.values())) == ([1, 2, 5, 6], [7, 8, 9])
    say(twin, 14)
    log.keep(twin.seals[-1])
    for raw, seq in zip(twin.seals[-4:], (2, 2, 3, 2), strict=True):
        with pytest.raises(ForkError) as fork:
            log.add(raw)
        assert fork.value.seq == seq
    say(after, 10, 11, 12, 13)
    with pytest.raises(GapError) as gap:
        log.add(after.seals[-2])
    assert gap.value.want == 4
    assert before.log.length > 0


def test_what_was_kept_counts_once_it_is_added():
    _, after = a_restored_branch()
    log = a_reader(after)
    say(after, 7, 8)
    log.keep(after.seals[-2])
    assert (days(log.entries), days(log.lost.values())) == ([1, 2, 5, 6], [7])
    assert days(log.add(after.seals[-1])) == [7, 8]
    assert (days(log.entries), log.lost) == ([1, 2, 5, 6, 7, 8], {})
    after.open_epoch()
    say(after, 9)
    for raw in after.seals[-3:]:
        log.keep(raw)
    with pytest.raises(GapError) as gap:
        log.add(after.seals[-1])
    assert gap.value.want == 1


def test_L15_a_hub_that_held_nothing_of_a_group_opens_an_epoch_without_a_base():
    before = a_group()
    empty = before.restored(0)
    empty.open_epoch(3, None)
    say(empty, 1)
    for log in (a_reader(before, empty), a_reader(empty, before)):
        assert (days(log.entries), log.tip) == ([1], empty.tip)
        assert len(log.lost) == before.log.length
