"""Seals that are wrong in every way but their signature are stored, received and classified (L9)."""

import pytest

from hub.documents import seals_of_log
from hub.service.upkeep.fsck import check
from protocol.entries import entry_bytes
from protocol.exchange import DetachedText
from protocol.ids import LogId
from protocol.phone_facts import MemberNoted
from tests.hub.builders import GROUP, Phone, sqlite_branch, visit
from tests.hub.pushes import OTHER, push, received, resigned


@pytest.fixture
def branch(tmp_path):
    return sqlite_branch(tmp_path)


@pytest.fixture
def phone(branch):
    return branch.admit()


@pytest.mark.parametrize("fault", ["B42_other_content_at_one_place", "B43_wrong_previous_hash"])
def test_a_fork_is_received_and_both_sides_are_kept(branch, phone, fault):
    phone.write(visit(1), visit(2))
    push(branch, phone.seal(), asker=phone)
    other = Phone(GROUP, 1, 0)
    other.hashes = phone.hashes[:1]
    other.write(visit(7), visit(8))
    first, previous = (1, phone.hashes[0]) if fault.startswith("B42") else (3, bytes(32))
    push(branch, phone.seal_of(other.entries, first, previous), asker=phone)
    state = branch.another_process().load(GROUP)
    assert [fact.entry.member for fact in state.facts] == ([1, 2, 7, 8] if first == 1 else [1, 2])
    assert [seq for seq, _ in state.phones[1, 0].forks] == [1 if first == 1 else 2]
    assert len(received(branch)) == 2


def test_L9_a_body_that_does_not_decode_is_kept_whole_and_received(branch, phone):
    phone.write(visit())
    broken = resigned(phone, body=b"\x00 not zlib")
    push(branch, broken, asker=phone)
    (seal,) = branch.another_process().load(GROUP).phone_seals
    assert (seal.raw, seal.aside) == (broken, "undecodable")
    assert [(one.first_seq, one.count) for one in received(branch)] == [(1, 1)]


def test_B54_a_seal_of_a_version_that_is_not_known_is_kept_and_received(branch, phone):
    phone.write(visit())
    push(branch, resigned(phone, version=2), asker=phone)
    (seal,) = branch.another_process().load(GROUP).phone_seals
    assert (seal.aside, seal.received is not None) == ("undecodable", True)


def test_B46_a_seal_that_names_another_group_is_received_by_the_group_that_admitted_its_key(branch, phone):
    branch.admit(OTHER)
    phone.write(visit())
    push(branch, phone.seal(log=LogId(OTHER, phone.writer, 0)), asker=phone)
    assert len(received(branch)) == 1
    assert received(branch, OTHER) == []
    (seal,) = branch.another_process().load(GROUP).phone_seals
    assert seal.aside == "other_log"


def test_L9_a_seal_in_order_is_told_to_all_though_one_that_is_aside_took_its_place(branch, phone):
    deputy = branch.admit(ordinal=2)
    phone.write(visit())
    push(branch, phone.seal(log=LogId(OTHER, phone.writer, 0)), asker=phone)
    held = branch.groups.load(GROUP).log.tip
    answer = push(branch, phone.seal(), asker=phone, known=held)
    told = push(branch, asker=deputy, known=held)
    assert told.phone_seals == (phone.seal(),)
    assert told.branch_seals == answer.branch_seals
    assert [(one.first_seq, one.count) for one in received(branch)] == [(1, 1), (1, 1)]
    assert push(branch, phone.seal(), asker=phone, known=branch.groups.load(GROUP).log.tip).branch_seals == ()
    assert [fact.received.seq for fact in branch.another_process().load(GROUP).facts] == [held.seq]


def test_L9_a_seal_posted_for_another_group_is_received_by_its_own(branch, phone):
    stranger = branch.admit(OTHER)
    phone.write(visit())
    answer = push(branch, phone.seal(), asker=stranger, group=OTHER)
    assert len(received(branch)) == 1
    assert answer.refused == ()


def test_L9_a_seal_that_names_a_foreign_group_in_a_foreign_request_is_found_by_its_key(branch, phone):
    stranger = branch.admit(OTHER)
    push(branch, asker=phone)
    phone.write(visit())
    push(branch, phone.seal(log=LogId("KM-009", phone.writer, 0)), asker=stranger, group=OTHER)
    assert len(received(branch)) == 1


def test_B52_a_seal_of_an_epoch_that_was_never_opened_is_received_and_set_aside(branch, phone):
    phone.write(visit())
    push(branch, phone.seal(log=LogId(GROUP, phone.writer, 7)), asker=phone)
    (seal,) = branch.another_process().load(GROUP).phone_seals
    assert (seal.aside, received(branch)[0].epoch) == ("other_log", 7)


def test_L9_a_seal_that_names_another_writer_belongs_to_the_key_that_signed_it(branch, phone):
    deputy = branch.admit(ordinal=2)
    phone.write(visit())
    push(branch, phone.seal(log=LogId(GROUP, deputy.writer, 0)), asker=phone)
    (seal,) = branch.another_process().load(GROUP).phone_seals
    assert (seal.writer, seal.aside) == (1, "other_log")


@pytest.mark.parametrize("group", [GROUP, OTHER, "KM-009"])
def test_L9_a_seal_that_names_the_branch_belongs_to_the_phone_that_signed_it(branch, phone, group):
    phone.write(visit())
    raw = phone.seal(log=LogId(group, branch.groups.writer, 0))
    answer = push(branch, raw, phone.seal(), asker=phone)
    again = push(branch, raw, asker=phone)
    assert (answer.refused, again.refused) == ((), ())
    state = branch.another_process().load(GROUP)
    assert {seal.raw: (seal.writer, seal.aside) for seal in state.phone_seals} == {
        raw: (1, "other_log"),
        phone.seal(): (1, None),
    }
    assert {one.writer for one in received(branch)} == {1}
    assert len(branch.store.ids(seals_of_log(phone.log))) == 2
    report = check(branch.another_process(), lambda: None)
    assert (report.faults, report.notes["aside"]) == ((), 1)


def test_L9_a_seal_that_names_the_branch_and_that_no_admitted_key_signed_is_refused(branch, phone):
    stranger = Phone(GROUP, 9, 0)
    stranger.hashes = [bytes(32)]
    stranger.write(visit())
    answer = push(branch, stranger.seal(log=LogId(GROUP, branch.groups.writer, 0)), asker=phone)
    assert [(one.index, one.code) for one in answer.refused] == [(0, "untrusted_key")]


def test_a_seal_that_no_admitted_key_signed_is_refused_and_the_others_are_taken_in(branch, phone):
    stranger = Phone(GROUP, 9, 0)
    stranger.hashes = [bytes(32)]
    stranger.write(visit())
    phone.write(visit())
    raw = phone.seal()
    flipped = raw[:-1] + bytes([raw[-1] ^ 1])
    answer = push(branch, stranger.seal(), flipped, raw, raw[:-1], bytes(66_001), asker=phone)
    assert [(one.index, one.code) for one in answer.refused] == [
        (0, "untrusted_key"),
        (1, "untrusted_key"),
        (3, "malformed"),
        (4, "limit"),
    ]
    assert [seal.raw for seal in branch.another_process().load(GROUP).phone_seals] == [raw]


def test_a_text_that_is_not_utf_8_is_left_out(branch, phone):
    phone.write(visit())
    push(branch, phone.seal(), asker=phone, texts=[DetachedText(bytes(16), b"\xff")])
    assert branch.groups.load(GROUP).texts == {}


def test_L9_a_header_that_claims_the_largest_numbers_is_received_and_does_not_stop_the_group(branch, phone):
    phone.write(visit(1), visit(2))
    largest = resigned(phone, log=LogId(GROUP, phone.writer, 2**31 - 1), first_seq=2**53, count=2**31 - 1)
    push(branch, largest, asker=phone)
    push(branch, phone.seal(), asker=phone)
    found = [(one.epoch, one.first_seq, one.count) for one in received(branch)]
    assert found == [(2**31 - 1, 2**53, 2**31 - 1), (0, 1, 2)]


def test_texts_of_entries_that_do_not_decode_are_left_out(branch, phone):
    text = DetachedText(bytes(16), b"words")
    known = entry_bytes(MemberNoted(1, 20_431, "absence", text.hash))
    bad = b"\x93\x04\x01\x01"  # a visit with too few fields
    push(branch, phone.seal_of([bad, known], 1, phone.hashes[0]), asker=phone, texts=[text])
    assert branch.groups.load(GROUP).texts == {text.hash: text}
    phone.write(visit())
    push(branch, resigned(phone, body=b"junk"), asker=phone, texts=[DetachedText(bytes(16), b"other")])
    assert len(branch.groups.load(GROUP).texts) == 1
