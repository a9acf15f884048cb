"""What the phone said: chained, marked, sealed once and for ever (L5, L7, L13)."""

import random

import pytest

from edge import own_log
from edge.errors import DeviceError, Fault
from edge.own_log import EntryBody
from protocol import seal as seals
from protocol.chain import link
from protocol.codec import encode
from protocol.entries import entry_bytes
from protocol.limits import LINES_MAX, SEAL_ENTRIES_MAX
from protocol.phone_facts import Collected, Visited
from protocol.receipt import check_mark
from tests.builders import VERIFIER
from tests.edge.steps import behind_the_triggers, fault_of, take
from tests.facts import an


def visit(member=1, **given):
    return an(Visited, member=member, **given)


def reopened(place, phone):
    phone.ledger.close()
    return place.unlock()


def test_entries_are_chained_from_the_genesis_of_the_admission(phone):
    first, second = phone.say(visit(1)), phone.say(visit(2))
    assert (first.seq, second.seq) == (1, 2)
    assert first.hash == link(phone.own.hash_at(0), entry_bytes(visit(1)))
    assert second.hash == link(first.hash, entry_bytes(visit(2)))


def test_what_was_said_is_there_after_reopening(place, phone):
    said = [phone.say(visit(no)) for no in (1, 2, 3)]
    again = reopened(place, phone)
    assert again.own.entries == said
    assert again.stopped is None
    again.ledger.close()


def test_a_seal_covers_what_no_seal_covered_and_is_read_back_byte_for_byte(place, phone):
    phone.say(visit(1))
    phone.say(visit(2))
    assert phone.seal() == 1
    assert phone.seal() == 0
    phone.say(visit(3))
    assert phone.seal() == 1
    before = [one.raw for one in phone.own.seals]
    again = reopened(place, phone)
    assert [one.raw for one in again.own.seals] == before
    assert [(one.first_seq, one.last_seq) for one in again.own.seals] == [(1, 2), (3, 3)]
    again.ledger.close()


def test_what_a_sealing_cut_before_it_failed_is_shown_like_the_rest(place, phone, monkeypatch):
    monkeypatch.setattr(own_log, "SEAL_ENTRIES_MAX", 2)
    keep, kept = phone.ledger.keep, []

    def full_at_the_second(shelf, *words):
        kept.append(shelf)
        if kept.count("seal") == 2:
            raise DeviceError(Fault.STORAGE_FULL)
        return keep(shelf, *words)

    said = [phone.say(visit(no)).hash for no in (1, 2, 3, 4)]
    with monkeypatch.context() as trouble:
        trouble.setattr(phone.ledger, "keep", full_at_the_second)
        assert fault_of(phone.seal) is Fault.STORAGE_FULL
    assert phone.own.sealed == 2
    assert [fact.ref.hash for fact in phone.own_facts()] == said
    place.synchronise(phone)
    assert [fact.ref.hash for fact in phone.own_facts()] == said


def test_a_seal_says_how_much_of_the_branch_log_was_known(phone):
    phone.say(visit())
    phone.seal()
    header = seals.unpack(seals.read(phone.own.seals[0].raw)).header
    assert header.known == phone.group.tip
    assert header.wall_clock == phone.now


def test_500_entries_are_sealed_without_being_asked(phone):
    for _ in range(SEAL_ENTRIES_MAX + 1):
        phone.say(visit())
    assert [(one.first_seq, one.last_seq) for one in phone.own.seals] == [(1, SEAL_ENTRIES_MAX)]
    assert phone.own.length == SEAL_ENTRIES_MAX + 1


def test_entries_that_do_not_fit_one_seal_are_cut_into_several(place, phone):
    chance = random.Random(5)  # noqa: S311 (the same chance every time)
    for _ in range(120):
        lines = [(no, chance.getrandbits(60), chance.getrandbits(60)) for no in range(1, LINES_MAX + 1)]
        phone.own.append(an(Collected, lines=lines))
    phone.seal()
    runs = [(one.first_seq, one.last_seq) for one in phone.own.seals]
    assert len(runs) > 1
    assert [first for first, _ in runs] == [1, *(last + 1 for _, last in runs[:-1])]
    assert runs[-1][1] == 120
    again = reopened(place, phone)
    assert again.own.sealed == 120
    again.ledger.close()


def test_the_receipt_mark_is_made_after_the_commit_and_proves_the_entry_in_its_place(place, phone):
    seq = take(phone, "1")
    mark = phone.own.mark(seq)
    check_mark(phone.own.marked(seq), mark, phone.device.signer.spki, VERIFIER)
    again = reopened(place, phone)
    assert again.own.mark(seq) == mark
    again.ledger.close()


def test_a_mark_that_a_crash_left_out_is_made_when_it_is_asked_for(place, phone):
    seq = phone.own.append(visit()).seq
    again = reopened(place, phone)
    check_mark(again.own.marked(seq), again.own.mark(seq), again.device.signer.spki, VERIFIER)
    again.ledger.close()


@pytest.mark.parametrize("shelf", ["entry", "seal"])
def test_a_row_that_is_missing_in_the_middle_is_damage(place, phone, shelf):
    for no in (1, 2, 3):
        phone.say(visit(no))
        phone.seal()
    phone.ledger.close()
    behind_the_triggers(place.ledger, "DELETE FROM kept WHERE shelf = ? AND seq = 2", shelf)
    assert fault_of(place.unlock) is Fault.DAMAGED


def test_a_seal_without_its_entries_is_damage(place, phone):
    for no in (1, 2):
        phone.say(visit(no))
        phone.seal()
    phone.ledger.close()
    behind_the_triggers(place.ledger, "DELETE FROM kept WHERE shelf = 'entry' AND seq = 2")
    assert fault_of(place.unlock) is Fault.DAMAGED


@pytest.mark.parametrize(
    ("shelf", "body"),
    [
        ("entry", lambda own: encode(EntryBody(b"\xc0", link(own.head, b"\xc0")))),
        ("entry", lambda own: encode(EntryBody(entry_bytes(visit()), own.head))),
        ("entry", lambda _: b"\xc0"),
        ("seal", lambda _: b"\xc0"),
        ("mark", lambda _: b"\xc0"),
    ],
)
def test_a_row_that_decrypts_but_says_something_else_is_damage(place, phone, shelf, body):
    with phone.ledger.saving():
        phone.ledger.keep(shelf, phone.own.log, 1, body(phone.own))
    phone.ledger.close()
    assert fault_of(place.unlock) is Fault.DAMAGED
