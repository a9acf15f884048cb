"""Forks of phones as people see them, and what two people decide about them (L16)."""

import pytest

from hub.documents import phone_seal
from hub.service.corrections.decided import preview
from hub.service.forks.choosing import CountTold, ForkChoice, contradicted_counts
from hub.service.forks.listed import forks, sums
from hub.service.forks.wording import counts_told, fork_told
from hub.service.phones.intake import Intake
from hub.service.phones.quota import Quota
from protocol.codec import encode
from protocol.exchange import Request
from protocol.seal import read
from protocol.trust_facts import ForkResolved
from tests.hub.builders import GROUP
from tests.hub.days import DAY, CollectionDay, both_phones_collected
from tests.hub.deciding import decide, refusal, settled, signed
from tests.hub.forking import copied, twin


def choice(phone, seq=2, length=16):
    return ForkChoice(phone.ordinal, 0, seq, phone.hashes[seq].hex()[:length])


@pytest.fixture
def day(tmp_path):
    return copied(tmp_path)


def test_a_phone_with_one_history_has_no_fork(tmp_path):
    assert forks(both_phones_collected(CollectionDay(tmp_path)).state) == ()


def test_P55_a_cloned_phones_fork_is_shown_with_both_sides_and_their_money(day):
    (fork,) = forks(day.state)
    assert (fork.group, fork.writer, fork.epoch, fork.seq, fork.is_resolved) == (GROUP, 1, 0, 2, False)
    assert fork.writer_id == day.leader.writer.hex()
    sides = {side.hash: side for side in fork.sides}
    phones, clones = sides[day.leader.hashes[2].hex()], sides[day.clone.hashes[2].hex()]
    assert (phones.cash_dong, phones.aside_dong, phones.posted) == (90_000, 90_000, 0)
    assert [(entry.seq, entry.receipt_no) for entry in phones.entries] == [(2, 2), (3, None)]
    assert (clones.cash_dong, clones.entries[0].receipt_no) == (50_000, 3)
    assert {entry.cause for side in fork.sides for entry in side.entries} == {"fork"}
    assert all(entry.received_on is not None for side in fork.sides for entry in side.entries)
    assert sums([fork]) == {(1, 0): 140_000}


def test_a_fork_is_told_in_words(day):
    told = list(fork_told(forks(day.state)[0]))
    assert told[0].endswith("kỳ 0: rẽ nhánh từ dòng 2, CHƯA CHỌN BÊN NÀO.")
    assert any("biên lai số 3, 50.000" in line and "để riêng" in line for line in told)
    assert sum(line.startswith("  Bên ") for line in told) == 2


def test_L16_the_chosen_side_counts_and_the_other_stays_set_aside_with_its_sum(day):
    done = decide(day, choice(day.leader), paper="biên bản")
    assert [type(entry) for entry in done.entries] == [ForkResolved]
    (resolved,) = day.of_kind(ForkResolved)
    assert (resolved.hash, resolved.decided_by, resolved.confirmed_by) == (
        day.leader.hashes[2],
        "KSV01",
        "GDV01",
    )
    (fork,) = forks(day.state)
    assert fork.is_resolved
    assert sums([fork]) == {(1, 0): 50_000}
    assert {(side.is_chosen, side.aside_dong) for side in fork.sides} == {(True, 0), (False, 50_000)}
    assert ", đã chọn một bên." in next(fork_told(fork))


def test_a_preview_of_a_choice_writes_nothing(day):
    preview(day.groups, GROUP, choice(day.clone), signed())
    assert day.of_kind(ForkResolved) == []


def test_the_same_choice_is_not_written_twice_and_the_other_one_is_refused(day):
    decide(day, choice(day.leader))
    assert decide(day, choice(day.leader)).entries == ()
    assert refusal(day, choice(day.clone)) == "other_side_chosen"


def test_a_later_place_on_the_chosen_side_may_be_named_too(day):
    decide(day, choice(day.leader))
    assert len(decide(day, choice(day.leader, seq=3)).entries) == 1


def test_L16_what_was_posted_stays_posted_whatever_is_chosen(tmp_path):
    day = CollectionDay(tmp_path)
    day.collect(day.leader, 1, 100_000, 271_233)
    clone = twin(day.leader)
    day.collect(day.leader, 2, 90_000, 379_726)
    day.close_round(day.leader, 190_000)
    day.sync(day.leader)
    settled(day, 190_000)
    day.collect(clone, 2, 50_000, 379_726, receipt=3)
    day.sync(clone)
    decide(day, choice(clone))
    (fork,) = forks(day.state)
    sides = {side.is_chosen: side for side in fork.sides}
    assert (sides[False].posted, sides[False].aside_dong) == (1, 0)
    assert sides[False].entries[0].state == "posted"


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (ForkChoice(9, 0, 2, "00000000"), "no_such_log"),
        (ForkChoice(2, 0, 1, "00000000"), "no_fork"),
        (ForkChoice(1, 0, 2, "00000000"), "no_such_side"),
        (ForkChoice(1, 0, 2, ""), "ambiguous_side"),
    ],
)
def test_what_is_not_there_is_not_chosen(day, wrong, code):
    assert refusal(day, wrong) == code


def test_two_people_choose(day):
    assert refusal(day, choice(day.leader), confirmed_by="KSV01") == "same_person"


def test_a_side_that_parts_again_is_chosen_at_the_deeper_place(day):
    third = twin(day.clone)
    day.collect(day.clone, 3, 10_000, 162_740, receipt=4)
    day.collect(third, 3, 20_000, 162_740, receipt=5)
    day.sync(day.clone)
    day.sync(third)
    assert [(fork.seq, len(fork.sides)) for fork in forks(day.state)] == [(2, 2), (3, 2)]
    assert refusal(day, choice(day.clone)) == "parts_again"
    decide(day, choice(third, seq=3))
    assert sums(forks(day.state)) == {(1, 0): 100_000}


def test_a_side_whose_beginning_is_missing_is_shown_and_cannot_be_chosen(tmp_path):
    day = CollectionDay(tmp_path)
    day.collect(day.leader, 1, 100_000, 271_233)
    clone = twin(day.leader)
    day.collect(day.leader, 2, 90_000, 379_726)
    day.sync(day.leader)
    day.collect(clone, 2, 50_000, 379_726, receipt=3)
    day.collect(clone, 3, 60_000, 162_740, receipt=4)
    seal = clone.seal(3)
    Intake(day.groups, Quota()).exchange(Request(1, GROUP, None, (), (seal,), ()), clone.writer)
    (fork,) = forks(day.state)
    assert [side.is_whole for side in fork.sides] == [True, False]
    assert fork.seq == 2
    assert (fork.sides[1].cash_dong, fork.sides[1].entries[0].receipt_no) == (60_000, 4)
    assert any("chưa chọn được" in line for line in fork_told(fork))
    assert refusal(day, choice(clone)) == "no_such_side"


def test_fault_48_a_count_that_named_a_round_of_the_other_side_is_told(tmp_path):
    day = copied(tmp_path, counted=190_000)
    done = decide(day, choice(day.clone))
    (told,) = contradicted_counts(done)
    assert told.round_aside
    assert (told.is_settled, told.counted_dong) == (False, 190_000)
    assert told.expected_dong != 190_000
    lines = list(counts_told([told]))
    assert "bên bị để riêng" in lines[0]
    assert "đã đếm 190.000" in lines[1].replace("\xa0", " ")


def test_fault_48_a_count_that_agrees_with_the_chosen_side_is_not_told(tmp_path):
    day = copied(tmp_path, counted=190_000)
    assert contradicted_counts(decide(day, choice(day.leader))) == ()


def test_fault_48_is_told_before_anything_is_written_too(tmp_path):
    day = copied(tmp_path, counted=190_000)
    found = contradicted_counts(preview(day.groups, GROUP, choice(day.clone), signed()))
    assert [one.round_aside for one in found] == [True]


def test_a_chosen_side_that_parts_later_waits_for_another_choice_from_there_on(day):
    decide(day, choice(day.clone))
    third = twin(day.clone)
    day.collect(day.clone, 3, 10_000, 162_740, receipt=4)
    day.sync(day.clone)
    assert sums(forks(day.state)) == {(1, 0): 90_000}
    day.collect(third, 3, 20_000, 162_740, receipt=5)
    day.sync(third)
    assert [(fork.seq, fork.is_resolved) for fork in forks(day.state)] == [(2, True), (3, False)]
    assert sums(forks(day.state)) == {(1, 0): 90_000 + 10_000 + 20_000}
    decide(day, choice(third, seq=3))
    assert sums(forks(day.state)) == {(1, 0): 90_000 + 10_000}


def test_an_entry_that_nobody_can_read_is_on_its_side_too(tmp_path):
    day = CollectionDay(tmp_path)
    day.collect(day.leader, 1, 100_000, 271_233)
    clone = twin(day.leader)
    day.collect(day.leader, 2, 90_000, 379_726)
    day.sync(day.leader)
    day.collect(clone, 2, 50_000, 379_726, receipt=3)
    odd = encode((1, "no receipt"))
    seal = clone.seal_of([odd], 3, clone.hashes[2])
    Intake(day.groups, Quota()).exchange(Request(1, GROUP, None, (), (seal,), ()), clone.writer)
    (fork,) = forks(day.state)
    assert (fork.sides[1].is_whole, fork.sides[1].entries) == (False, ())
    assert fork.sides[1].hash == clone.hashes[2].hex()


def test_an_entry_that_was_stored_and_not_yet_received_is_told_as_that(day):
    third = twin(day.clone)
    day.collect(third, 3, 10_000, 162_740, receipt=4)
    seal = third.seal(3)
    day.branch.store.add([phone_seal(GROUP, read(seal).header, seal)])
    (fork,) = forks(day.state)
    assert [entry.received for side in fork.sides for entry in side.entries].count(None) == 1
    assert any("chưa xác nhận nhận" in line for line in fork_told(fork))


def test_choices_about_one_phone_say_nothing_of_another(day):
    day.collect(day.deputy, 3, 10_000, 162_740)
    other = twin(day.deputy)
    day.sync(day.deputy)
    other.entries, other.hashes = [], other.hashes[:1]
    day.collect(other, 3, 20_000, 162_740)
    day.sync(other)
    decide(day, choice(day.leader))
    decide(day, choice(other, seq=1))
    assert {fork.is_resolved for fork in forks(day.state)} == {True}


def test_a_count_is_told_by_what_is_wrong_with_it_and_days_without_one_are_not():
    told = CountTold(DAY, is_settled=False, round_aside=False, expected_dong=5_000, counted_dong=7_000)
    (line,) = counts_told([told])
    assert line.replace("\xa0", " ").endswith("phải có 5.000 đ: thừa 2.000 đ.")
    settled_day = CountTold(DAY, is_settled=True, round_aside=True, expected_dong=5_000, counted_dong=5_000)
    assert len(list(counts_told([settled_day]))) == 1
