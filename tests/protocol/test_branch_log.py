"""A branch log is trusted from the pinned root on, whoever carried it (L5, L7, L12, L17)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import seal as seals
from protocol.branch_log import BranchLog
from protocol.chain import genesis
from protocol.entries import Unknown, entry_bytes
from protocol.errors import (
    BadSignatureError,
    ChainError,
    ForkError,
    GapError,
    LimitError,
    MalformedError,
    UntrustedKeyError,
)
from protocol.ids import BranchTip, LogId, Position
from protocol.keys import statement_digest
from protocol.phone_facts import Visited
from protocol.posting_facts import BookReady, DayOpened
from protocol.trust_facts import BranchEpochOpened, KeyStated
from tests.builders import VERIFIER, Branch, Writer, a_group, signer, stated
from tests.facts import GROUP, an

ROOT = signer("root")


def a_reader(branch, group=GROUP):
    """A phone that has the root and the branch's statements, and nothing else yet."""
    log = BranchLog(group, ROOT.spki, VERIFIER)
    log.add_statements(branch.statements)
    return log


def a_log_opened_by(opening, key, statements):
    """What a reader says of a first seal with this opening."""
    log = BranchLog(GROUP, ROOT.spki, VERIFIER)
    log.add_statements(statements)
    writer = Writer(log.log, key, genesis(ROOT.spki, entry_bytes(opening)))
    writer.write(opening)
    return log.add(writer.seal())


def test_a_reader_follows_the_log_from_its_opening():
    branch = a_group()
    log = a_reader(branch)
    placed = [one for raw in branch.seals for one in log.add(raw)]
    assert placed == log.entries == branch.log.entries
    assert [one.position for one in placed] == [Position(0, seq) for seq in range(1, len(placed) + 1)]
    assert (log.length, log.head) == (len(placed), placed[-1].hash)
    assert log.hash_at(0) == genesis(ROOT.spki, placed[0].raw)
    assert log.group == GROUP


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


def test_L15_a_later_branch_epoch_is_refused_as_another_log():
    branch = a_group()
    later = LogId(GROUP, branch.log.log.writer, 1)
    opening = an(BranchEpochOpened, epoch=1, base=BranchTip(0, 1, bytes(32)))
    writer = Writer(later, signer("branch key 1"), genesis(ROOT.spki, entry_bytes(opening)))
    writer.write(opening)
    with pytest.raises(ChainError, match="epoch=1"):
        branch.log.add(writer.seal())


def test_a_seal_under_a_key_that_nobody_stated_is_refused():
    branch = a_group()
    intruder = Writer(branch.log.log, signer("intruder"), branch.log.head)
    intruder.seq = branch.log.length
    intruder.write(an(DayOpened))
    with pytest.raises(BadSignatureError):
        branch.log.add(intruder.seal())


def test_the_first_seal_needs_a_log_key_that_the_root_stated():
    branch = Branch()
    bare = BranchLog(GROUP, ROOT.spki, VERIFIER)
    with pytest.raises(UntrustedKeyError):
        bare.add(branch.seals[0])
    for purpose, algorithm in (("bundle", "ed25519"), ("log", "x25519")):
        bare.add_statements([stated(signer("branch key 1"), purpose=purpose, algorithm=algorithm)])
        with pytest.raises(UntrustedKeyError):
            bare.add(branch.seals[0])
    bare.add_statements([stated(signer("other"))])
    with pytest.raises(UntrustedKeyError):
        bare.add(branch.seals[0])


def test_the_first_seal_is_not_unpacked_before_its_signature_stands():
    log = BranchLog(GROUP, ROOT.spki, VERIFIER)
    writer = Writer(log.log, signer("intruder"), bytes(32))
    writer.write(b"\xc1 no value at all")
    log.add_statements([stated(signer("branch key 1"))])
    with pytest.raises(UntrustedKeyError):
        log.add(writer.seal())


def test_the_opening_names_this_group_this_epoch_and_the_key_that_signed_it():
    key, other = signer("branch key 1"), signer("other")
    statements = [stated(key), stated(other, number=2)]
    right = statement_digest(statements[0])
    assert len(a_log_opened_by(BranchEpochOpened(GROUP, 0, right, None), key, statements)) == 1
    for opening in (
        BranchEpochOpened("KM-002", 0, right, None),
        BranchEpochOpened(GROUP, 1, right, None),
        BranchEpochOpened(GROUP, 0, right, BranchTip(0, 1, bytes(32))),
        BranchEpochOpened(GROUP, 0, statement_digest(statements[1]), None),
        BranchEpochOpened(GROUP, 0, bytes(32), None),
        an(DayOpened),
    ):
        with pytest.raises(ChainError, match="opening"):
            a_log_opened_by(opening, key, statements)


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


def test_statements_of_another_root_are_refused():
    with pytest.raises(BadSignatureError):
        a_reader(Branch()).add_statements([stated(signer("x"), root=signer("other root"))])


def test_from_the_seal_after_KeyStated_only_the_new_key_verifies():
    branch = a_group()
    old_key = branch.log.key
    branch.state_new_key()
    assert branch.log.key == signer("branch key 2").spki != old_key
    with_old_key = Writer(branch.log.log, signer("branch key 1"), branch.log.head)
    with_old_key.seq = branch.log.length
    with_old_key.write(an(DayOpened))
    with pytest.raises(BadSignatureError):
        branch.log.add(with_old_key.seal())
    branch.seal(an(DayOpened))
    log = a_reader(branch)
    assert [one for raw in branch.seals for one in log.add(raw)] == branch.log.entries


def test_a_reader_learns_the_next_key_from_the_log_alone():
    branch = a_group()
    first_statement = branch.statements[:1]
    branch.state_new_key()
    branch.seal(an(DayOpened))
    log = BranchLog(GROUP, ROOT.spki, VERIFIER)
    log.add_statements(first_statement)
    for raw in branch.seals:
        log.add(raw)
    assert log.head == branch.log.head


def test_an_old_seal_is_judged_by_the_key_of_its_time():
    branch = a_group()
    forged = a_group()
    forged.seal(an(DayOpened, decisions=5))
    branch.seal(an(DayOpened))
    branch.state_new_key()
    assert branch.log.add(branch.seals[0]) == ()
    with pytest.raises(ForkError):
        branch.log.add(forged.seals[-1])


@pytest.mark.parametrize(
    "wrong",
    [
        {"number": 1},
        {"branch": "HD"},
        {"purpose": "bundle"},
        {"algorithm": "x25519"},
    ],
)
def test_the_next_branch_key_is_a_later_log_key_of_the_same_branch(wrong):
    branch = a_group()
    statement = stated(signer("next"), **({"number": 2} | wrong))
    before = branch.log.length
    with pytest.raises(UntrustedKeyError):
        branch.seal(KeyStated(statement))
    assert branch.log.length == before


def test_of_two_key_changes_in_one_seal_the_last_counts():
    branch = a_group()
    second, third = (stated(signer(f"key {number}"), number=number) for number in (2, 3))
    branch.seal(KeyStated(second), KeyStated(third))
    assert branch.log.key == signer("key 3").spki


def test_a_key_change_that_the_root_did_not_sign_is_refused():
    branch = a_group()
    with pytest.raises(BadSignatureError):
        branch.seal(KeyStated(stated(signer("next"), number=2, root=signer("other root"))))


def test_entries_of_unknown_kinds_keep_their_place():
    branch = a_group()
    branch.seal(b"\x93\xcd\x03\xe8\x01\xa2HN", an(BookReady))
    assert isinstance(branch.log.entries[-2].entry, Unknown)
    assert branch.log.entries[-1].entry == an(BookReady)


def test_a_branch_entry_that_does_not_decode_is_refused():
    branch = a_group()
    with pytest.raises(MalformedError):
        branch.seal(b"\x92\x71\x01")


def test_a_phones_kind_in_a_branch_log_is_refused():
    branch = a_group()
    with pytest.raises(MalformedError, match="Visited"):
        branch.seal(an(Visited))


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
