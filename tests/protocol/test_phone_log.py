"""A phone's log: gaps wait, every side of a fork is kept, the order of arrival decides nothing (L7, L16)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import seal as seals
from protocol.codec import encode
from protocol.entries import Unknown, entry_bytes
from protocol.errors import BadSignatureError, ChainError, MalformedError, UntrustedKeyError
from protocol.phone_facts import Collected, Visited
from protocol.phone_log import Outcome, PhoneLog
from protocol.posting_facts import DayOpened
from tests.builders import VERIFIER, Branch, Writer, a_group, signer
from tests.facts import GROUP, an


def receipts(*numbers):
    """One collection for each receipt number."""
    return [an(Collected, receipt_no=number) for number in numbers]


@pytest.fixture
def phone():
    return a_group().phones[0]


def numbers(log):
    """Receipt numbers of the contiguous side."""
    return [signed.entry.receipt_no for signed in log.entries]


def test_seals_in_order_extend_the_log(phone):
    first, second = phone.seal(*receipts(1, 2)), phone.seal(*receipts(3))
    log = phone.fresh_log()
    assert log.add(first, VERIFIER) is Outcome.EXTENDED
    assert log.add(second, VERIFIER) is Outcome.EXTENDED
    assert numbers(log) == [1, 2, 3]
    assert (log.length, log.head) == (3, phone.head)
    assert log.hash_at(3) == log.entries[2].hash
    assert set(log.known) == set(log.entries)


def test_B38_a_repeated_seal_changes_nothing(phone):
    raw = phone.seal(*receipts(1, 2))
    log = phone.read_log(raw)
    assert log.add(raw, VERIFIER) is Outcome.REPEATED
    assert numbers(log) == [1, 2]


def test_L7_the_same_run_sealed_again_with_another_clock_is_a_repeat(phone):
    again = phone.twin()
    first, second = phone.seal(*receipts(1)), again.seal(*receipts(1), wall_clock=5)
    assert first != second
    log = phone.read_log(first)
    assert log.add(second, VERIFIER) is Outcome.REPEATED
    assert log.forked_at is None


def test_B40_a_gap_waits_until_it_closes(phone):
    first, second, third = (phone.seal(*receipts(number)) for number in (1, 2, 3))
    log = phone.fresh_log()
    assert log.add(third, VERIFIER) is Outcome.GAP
    assert log.add(third, VERIFIER) is Outcome.GAP
    assert log.add(second, VERIFIER) is Outcome.GAP
    assert (log.length, log.waiting) == (0, 2)
    assert log.add(first, VERIFIER) is Outcome.EXTENDED
    assert numbers(log) == [1, 2, 3]
    assert log.waiting == 0


def test_a_waiting_seal_joins_inside_a_longer_one(phone):
    twin = phone.twin()
    phone.seal(*receipts(1))
    second = phone.seal(*receipts(2))
    third = phone.seal(*receipts(3))
    longer = twin.seal(*receipts(1, 2))
    log = phone.fresh_log()
    assert log.add(third, VERIFIER) is Outcome.GAP
    assert log.add(second, VERIFIER) is Outcome.GAP
    assert log.add(longer, VERIFIER) is Outcome.EXTENDED
    assert numbers(log) == [1, 2, 3]
    assert log.forked_at is None


def test_L7_an_overlap_that_agrees_is_no_fork(phone):
    twin = phone.twin()
    short, longer = phone.seal(*receipts(1, 2)), twin.seal(*receipts(1, 2, 3))
    log = phone.read_log(short)
    assert log.add(longer, VERIFIER) is Outcome.EXTENDED
    assert numbers(log) == [1, 2, 3]
    assert log.forked_at is None


def test_P55_P56_B42_a_fork_is_kept_on_both_sides(phone):
    start = phone.seal(*receipts(1))
    twin = phone.twin()
    ours, theirs, further = phone.seal(*receipts(2, 3)), twin.seal(*receipts(4)), twin.seal(*receipts(5))
    log = phone.read_log(start, ours)
    assert log.add(theirs, VERIFIER) is Outcome.FORKED
    assert log.add(further, VERIFIER) is Outcome.FORKED
    assert log.add(theirs, VERIFIER) is Outcome.REPEATED
    assert numbers(log) == [1, 2, 3]
    assert sorted(signed.entry.receipt_no for signed in log.known) == [1, 2, 3, 4, 5]
    assert log.forked_at == 2
    assert log.forks == [(2, theirs), (2, further)]


def test_a_fork_behind_a_gap_is_seen_before_the_gap_closes(phone):
    start = phone.seal(*receipts(1))
    twin = phone.twin()
    phone.seal(*receipts(2))
    ours = phone.seal(*receipts(3))
    twin.seal(*receipts(4))
    theirs = twin.seal(*receipts(5))
    log = phone.fresh_log()
    assert log.add(ours, VERIFIER) is Outcome.GAP
    assert log.add(theirs, VERIFIER) is Outcome.FORKED
    assert log.forked_at == 2
    assert log.add(start, VERIFIER) is Outcome.EXTENDED
    assert (numbers(log), log.waiting) == ([1], 2)


@pytest.mark.parametrize("seq", [2, 3])
def test_what_a_seal_claims_behind_the_place_where_it_parts_is_remembered(phone, seq):
    twin = phone.twin()
    start, longer = phone.seal(*receipts(1)), twin.seal(*receipts(2, 3, 4))
    other = phone.twin()
    other.seq, other.head = seq, bytes(32)
    log = phone.read_log(start, longer)
    assert log.add(other.seal(*receipts(9)), VERIFIER) is Outcome.FORKED
    assert log.forked_at == 1


@pytest.mark.parametrize(
    "given", [{"algorithm": "p256"}, {"writer": b"0123456789"}, None], ids=["algorithm", "name", "kind"]
)
def test_L1_only_an_admission_whose_key_is_verified_with_here_opens_a_log(given):
    entry = an(DayOpened) if given is None else Branch().admit("leader", **given).admission
    with pytest.raises(UntrustedKeyError):
        PhoneLog(GROUP, entry_bytes(entry), signer("root").spki)


def test_B43_a_seal_on_another_genesis_is_a_fork_at_0(phone):
    stranger = Writer(phone.log, phone.key, bytes(32))
    stranger.write(*receipts(1))
    log = phone.read_log(phone.seal(*receipts(1)))
    assert log.add(stranger.seal(), VERIFIER) is Outcome.FORKED
    assert log.forked_at == 0
    assert log.add(phone.seal(*receipts(2)), VERIFIER) is Outcome.EXTENDED
    assert log.forked_at == 0


def test_a_seal_that_names_a_seq_that_its_chain_does_not_have_never_joins(phone):
    start = phone.seal(*receipts(1))
    liar = phone.twin()
    liar.seq = 8
    log = phone.read_log(start)
    lie = liar.seal(*receipts(9))
    assert log.add(lie, VERIFIER) is Outcome.GAP
    assert log.add(start, VERIFIER) is Outcome.REPEATED
    assert (numbers(log), log.waiting, log.forked_at) == ([1], 1, None)


def test_the_entries_before_a_head_are_found_on_every_side(phone):
    start = phone.seal(*receipts(1))
    twin = phone.twin()
    ours, theirs = phone.seal(*receipts(2, 3)), twin.seal(*receipts(4))
    log = phone.read_log(start, ours, theirs)
    assert [one.entry.receipt_no for one in log.ending_in(phone.head, 3, 2)] == [2, 3]
    assert [one.entry.receipt_no for one in log.ending_in(twin.head, 2, 2)] == [1, 4]
    for head, last_seq, count in ((phone.head, 2, 2), (bytes(32), 3, 2), (phone.head, 3, 4)):
        assert log.ending_in(head, last_seq, count) == ()


def test_S31_another_phones_seal_is_refused():
    leader, deputy = a_group().phones
    with pytest.raises(ChainError):
        leader.fresh_log().add(deputy.seal(*receipts(1)), VERIFIER)


def test_another_key_in_the_name_of_the_phone_is_refused(phone):
    thief = phone.twin()
    thief.key = signer("thief")
    with pytest.raises(BadSignatureError):
        phone.fresh_log().add(thief.seal(*receipts(1)), VERIFIER)


def test_L9_an_undecodable_body_is_raised_and_changes_nothing(phone):
    phone.write(b"\xc1")
    log = phone.fresh_log()
    with pytest.raises(MalformedError):
        log.add(phone.seal(), VERIFIER)
    assert (log.length, log.waiting, log.forked_at) == (0, 0, None)


def test_L9_an_entry_that_its_field_list_forbids_is_chained_and_set_aside(phone):
    raw = phone.seal(encode((1, "no receipt number")), *receipts(2))
    log = phone.read_log(raw)
    assert log.entries[0].entry == Unknown(0, encode((1, "no receipt number")))
    assert "Collected" in log.entries[0].fault
    assert (log.entries[1].entry, log.entries[1].fault) == (*receipts(2), None)


def test_a_branch_entry_in_a_phones_log_is_set_aside(phone):
    log = phone.read_log(phone.seal(an(DayOpened)))
    assert log.entries[0].entry == Unknown(0, entry_bytes(an(DayOpened)))
    assert "phone" in log.entries[0].fault


def test_B54_an_entry_of_an_unknown_kind_is_kept_without_a_fault(phone):
    raw = encode((1_000, 5))
    log = phone.read_log(phone.seal(raw))
    assert log.entries[0].entry == Unknown(1_000, raw)
    assert log.entries[0].fault is None


def test_a_seal_that_was_verified_elsewhere_is_taken_in_as_it_is(phone):
    raw = phone.seal(*receipts(1))
    log = phone.fresh_log()
    assert log.add_verified(seals.unpack(seals.read(raw)), raw) is Outcome.EXTENDED


@pytest.mark.parametrize("first_side", [0, 1])
def test_L15_an_entry_sealed_twice_means_what_the_phone_meant_that_knew_less(phone, first_side):
    branch, other = phone.branch, phone.twin()
    less = branch.tip
    branch.seal(an(DayOpened))
    sides = []
    for side, number in ((phone, 1), (other, 2)):
        side.write(*receipts(number))
        again = side.twin()
        sides.append([side.seal(known=branch.tip), again.seal(known=less)])
    log = phone.fresh_log()
    for raw in (*sides[first_side], *sides[1 - first_side], *sides[0]):
        log.add(raw, VERIFIER)
    assert [signed.known for signed in log.known] == [less, less]
    assert log.entries[0] in log.known


@given(st.permutations(range(9)), st.lists(st.integers(0, 8), max_size=4))
def test_promise_5_the_order_of_arrival_decides_nothing_but_the_first_side(order, repeats):
    phone = a_group().phones[0]
    phone.seal(*receipts(1, 2))
    twin = phone.twin()
    for number in (3, 4, 5):
        phone.seal(*receipts(number), an(Visited))
    third = twin.twin()
    for number in (6, 7):
        twin.seal(*receipts(number))
    third.seal(*receipts(3), an(Visited), *receipts(4))
    third.seal(*receipts(8, 9))
    brought = [*phone.seals, *twin.seals[1:], *third.seals[1:], phone.seal(*receipts(10))]
    assert len(brought) == len(order)
    log = phone.fresh_log()
    for place in (*order, *repeats):
        log.add(brought[place], VERIFIER)
    assert set(log.known) == set(phone.read_log(*brought).known)
    assert log.forked_at == 3
    assert log.waiting == 0
    assert [signed.seq for signed in log.entries] == list(range(1, log.length + 1))
    assert log.add(brought[order[0]], VERIFIER) is Outcome.REPEATED
