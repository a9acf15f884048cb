"""A branch log is trusted from the pinned root on, whoever carried it (L5, L7, L12, L17)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import seal as seals
from protocol.branch_log import BranchLog
from protocol.chain import genesis
from protocol.codec import encode
from protocol.entries import Unknown
from protocol.errors import (
    ChainError,
    ForkError,
    GapError,
    LimitError,
    MalformedError,
)
from protocol.ids import Position
from protocol.phone_facts import Visited
from protocol.posting_facts import BookReady, DayOpened
from tests.builders import VERIFIER, Branch, Writer, a_group, signer
from tests.facts import GROUP, an

ROOT = signer("root")


def a_reader(branch, group=GROUP):
    """A phone that has the root and the branch's statements, and nothing else yet."""
    log = BranchLog(group, ROOT.spki, VERIFIER)
    log.add_statements(branch.statements)
    return log


def test_a_reader_follows_the_log_from_its_opening():
    branch = a_group()
    log = a_reader(branch)
    placed = [one for raw in branch.seals for one in log.add(raw)]
    assert placed == log.entries == branch.log.entries
    assert [one.position for one in placed] == [Position(0, seq) for seq in range(1, len(placed) + 1)]
    assert (log.length, log.head) == (len(placed), placed[-1].hash)
    assert log.hash_at(Position(0, 0)) == genesis(ROOT.spki, placed[0].raw)
    assert log.group == GROUP
    assert [stated.spki for stated in log.statements.values()] == [signer("branch key 1").spki]


def test_an_empty_log_has_no_head_and_no_key():
    log = a_reader(a_group())
    assert (log.length, log.head, log.key) == (0, None, None)


def test_a_repeated_seal_adds_nothing():
    branch = a_group()
    before = branch.log.length
    assert all(branch.log.add(raw) == () for raw in branch.seals)
    assert branch.log.length == before


def test_a_missing_seal_is_a_gap():
    branch = a_group()
    log = a_reader(branch)
    log.add(branch.seals[0])
    with pytest.raises(GapError) as gap:
        log.add(branch.seals[2])
    assert gap.value.want == 2


def test_another_history_is_a_fork_and_changes_nothing():
    honest, forged = a_group(), a_group()
    honest.seal(an(DayOpened))
    forged.seal(an(DayOpened, decisions=5))
    with pytest.raises(ForkError) as fork:
        honest.log.add(forged.seals[-1])
    assert fork.value.seq == honest.log.length
    assert honest.log.entries[-1].entry == an(DayOpened)


def test_a_seal_of_another_group_is_refused():
    with pytest.raises(ChainError):
        a_reader(a_group()).add(a_group("KM-002").seals[0])


def test_a_seal_of_a_phone_is_refused():
    branch = a_group()
    phone_seal = branch.phones[0].seal(an(DayOpened))
    with pytest.raises(ChainError):
        branch.log.add(phone_seal)


def test_a_first_seal_that_does_not_start_at_the_genesis_is_refused():
    branch = Branch()
    wrong = Writer(branch.log.log, signer("branch key 1"), bytes(32))
    wrong.write(branch.log.entries[0].raw)
    with pytest.raises(ForkError):
        a_reader(branch).add(wrong.seal())
    late = Writer(branch.log.log, signer("branch key 1"), bytes(32))
    late.seq = 1
    late.write(an(DayOpened))
    with pytest.raises(GapError):
        a_reader(branch).add(late.seal())


def test_entries_of_unknown_kinds_keep_their_place():
    branch = a_group()
    branch.seal(b"\x93\xcd\x03\xe8\x01\xa2HN", an(BookReady))
    assert isinstance(branch.log.entries[-2].entry, Unknown)
    assert branch.log.entries[-1].entry == an(BookReady)


def test_a_branch_entry_that_does_not_decode_is_refused():
    branch = a_group()
    with pytest.raises(MalformedError):
        branch.seal(b"\x92\x71\x01")


@pytest.mark.parametrize("entry", [an(Visited), encode((9, "tomorrow")), encode((31,))])
def test_a_phones_kind_in_a_branch_log_is_refused_also_one_of_tomorrow(entry):
    with pytest.raises(MalformedError, match="phone"):
        a_group().seal(entry)


def test_a_kind_of_tomorrow_in_a_branch_log_is_kept():
    branch = a_group()
    branch.seal(encode((39, "tomorrow")), encode((128, "later")))
    assert [placed.entry.tag for placed in branch.log.entries[-2:]] == [39, 128]


def test_bytes_that_are_no_seal_are_refused():
    branch = a_group()
    with pytest.raises(MalformedError):
        branch.log.add(b"<html>")
    with pytest.raises(LimitError):
        branch.log.add(bytes(100_000))


@given(st.permutations(range(8)))
def test_any_order_of_arrival_ends_in_the_same_log(order):
    branch = a_group()
    for number in range(1, 6):
        branch.seal(*[an(DayOpened, decisions=number)] * number)
    assert len(branch.seals) == len(order) + 1
    log = a_reader(branch)
    log.add(branch.seals[0])
    while log.length < branch.log.length:
        for place in order:
            first_seq = seals.read(branch.seals[place + 1]).header.first_seq
            if first_seq > log.length + 1:
                with pytest.raises(GapError):
                    log.add(branch.seals[place + 1])
            else:
                log.add(branch.seals[place + 1])
    assert log.entries == branch.log.entries
