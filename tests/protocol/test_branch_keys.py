"""Which key a branch seal must verify under: from the root's statements on, change by change (L5, L17)."""

import copy

import pytest

from protocol.branch_log import BranchLog
from protocol.chain import genesis
from protocol.entries import entry_bytes
from protocol.errors import (
    BadSignatureError,
    ChainError,
    ForkError,
    GapError,
    UntrustedKeyError,
)
from protocol.ids import BranchTip
from protocol.keys import statement_digest
from protocol.posting_facts import DayOpened
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


def test_L5_an_old_key_adds_nothing_by_an_overlap_with_what_it_once_signed():
    branch = a_group()
    old = Writer(branch.log.log, signer("branch key 1"), branch.log.head)
    old.seq = branch.log.length
    honest, forked = copy.copy(old), copy.copy(old)
    branch.state_new_key()
    change, before = branch.log.entries[-1].raw, [*branch.log.entries]
    old.pending = [change, entry_bytes(an(DayOpened))]
    with pytest.raises(UntrustedKeyError, match="superseded"):
        branch.log.add(old.seal())
    honest.pending = [change]
    assert branch.log.add(honest.seal()) == ()
    forked.pending = [entry_bytes(an(DayOpened)), change]
    with pytest.raises(ForkError):
        branch.log.add(forked.seal())
    assert branch.log.entries == before


def test_L17_a_key_that_was_stated_twice_opens_a_log_under_either_statement():
    key = signer("branch key 1")
    statements = [stated(key), stated(key, number=2), stated(key, number=3, branch="KX")]
    for statement in statements:
        opening = BranchEpochOpened(GROUP, 0, statement_digest(statement), None)
        assert len(a_log_opened_by(opening, key, statements)) == 1


def test_L17_the_number_in_force_is_that_of_the_statement_which_the_opening_names():
    key = signer("branch key 1")
    statements = [stated(key), stated(key, number=3)]
    log = BranchLog(GROUP, ROOT.spki, VERIFIER)
    log.add_statements(statements)
    opening = BranchEpochOpened(GROUP, 0, statement_digest(statements[1]), None)
    writer = Writer(log.log, key, genesis(ROOT.spki, entry_bytes(opening)))
    writer.write(opening, KeyStated(stated(signer("branch key 2"), number=2)))
    with pytest.raises(UntrustedKeyError, match="later"):
        log.add(writer.seal())


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


def test_L10_behind_a_gap_a_later_key_that_the_root_stated_may_have_come_into_force():
    """All that a revoked phone gets is its acknowledgement, also when the branch key changed meanwhile."""
    branch = a_group()
    held = len(branch.seals)
    early = a_reader(branch)
    branch.state_new_key()
    branch.seal(an(DayOpened))
    reader = a_reader(branch)
    for raw in branch.seals[:held]:
        early.add(raw)
        reader.add(raw)
    with pytest.raises(GapError):
        reader.add(branch.seals[-1])
    with pytest.raises(BadSignatureError):
        early.add(branch.seals[-1])
    assert reader.length == early.length
