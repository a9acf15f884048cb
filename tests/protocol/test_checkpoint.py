"""The branch's signed checkpoint: it binds every head, and what takes one back is found."""

from datetime import date

import pytest
from msgspec import structs

from protocol.checkpoint import (
    Checkpoint,
    Contradiction,
    GroupHead,
    SignedCheckpoint,
    contradictions,
    publish,
    read_checkpoint,
)
from protocol.codec import encode
from protocol.day import to_day
from protocol.errors import BadSignatureError, LimitError, MalformedError, ProtocolError, UntrustedKeyError
from protocol.keys import fingerprint, statement_digest
from protocol.limits import CHECKPOINT_BYTES_MAX, CHECKPOINT_GROUPS_MAX
from tests.builders import VERIFIER, signer, stated

ROOT, KEY = signer("root"), signer("branch key 1")
STATEMENT = stated(KEY)
DAY = to_day(date(2025, 12, 17))
DOMAIN = b"tovay/checkpoint/1\0"
TRUSTED = fingerprint(ROOT.spki)


def head(group="KM-001", epoch=0, seq=5, last=1):
    return GroupHead(group, epoch, seq, bytes([last]) * 32)


def a_checkpoint(*heads, number=1, day=DAY, previous=None, **given):
    usual = {"version": 1, "branch": "KM", "statement": statement_digest(STATEMENT)}
    told = {"number": number, "day": day, "previous": previous, "heads": heads or (head(),)}
    return Checkpoint(**(usual | told | given))


def published(checkpoint, key=KEY, statement=STATEMENT):
    return publish(checkpoint, ROOT.spki, statement, key)


def checked(*heads, **given):
    return read_checkpoint(published(a_checkpoint(*heads, **given)), TRUSTED, VERIFIER)


def test_a_checkpoint_is_read_with_the_roots_fingerprint_alone():
    made = a_checkpoint(head(), head("KM-002", 1, 3))
    assert read_checkpoint(published(made), TRUSTED, VERIFIER).checkpoint == made


def test_every_flipped_byte_of_a_checkpoint_is_refused():
    raw = published(a_checkpoint(head(), head("KM-002")))
    for place in range(len(raw)):
        changed = bytearray(raw)
        changed[place] ^= 1 << place % 8
        with pytest.raises(ProtocolError):
            read_checkpoint(bytes(changed), TRUSTED, VERIFIER)


def test_a_branch_of_ten_thousand_groups_fits_and_a_larger_one_is_refused():
    most = [GroupHead(f"KM-{no:021}", 2**31 - 1, 2**53, bytes(32)) for no in range(CHECKPOINT_GROUPS_MAX + 1)]
    raw = published(a_checkpoint(*most[:-1]))
    assert len(raw) < CHECKPOINT_BYTES_MAX
    assert len(read_checkpoint(raw, TRUSTED, VERIFIER).checkpoint.heads) == CHECKPOINT_GROUPS_MAX
    with pytest.raises(LimitError):
        published(a_checkpoint(*most))
    with pytest.raises(LimitError):
        read_checkpoint(bytes(CHECKPOINT_BYTES_MAX + 1), TRUSTED, VERIFIER)


@pytest.mark.parametrize("heads", [(head("B"), head("A")), (head(), head())], ids=["order", "twice"])
def test_groups_ascend_each_once(heads):
    with pytest.raises(ValueError, match="ascend"):
        a_checkpoint(*heads)


@pytest.mark.parametrize(("number", "previous"), [(1, bytes(32)), (2, None)])
def test_every_checkpoint_but_the_first_names_the_one_before_it(number, previous):
    with pytest.raises(ValueError, match="names the one before"):
        a_checkpoint(number=number, previous=previous)


def test_a_checkpoint_that_the_branch_key_did_not_sign_is_refused():
    with pytest.raises(BadSignatureError):
        read_checkpoint(published(a_checkpoint(), key=signer("thief")), TRUSTED, VERIFIER)
    with pytest.raises(UntrustedKeyError, match="another root"):
        read_checkpoint(published(a_checkpoint()), fingerprint(KEY.spki), VERIFIER)
    bundle = stated(KEY, purpose="bundle")
    with pytest.raises(UntrustedKeyError, match="not stated for logs"):
        read_checkpoint(published(a_checkpoint(), statement=bundle), TRUSTED, VERIFIER)


@pytest.mark.parametrize("other", [{"branch": "HN"}, {"statement": bytes(32)}])
def test_a_checkpoint_names_the_branch_and_the_statement_of_its_key(other):
    with pytest.raises(UntrustedKeyError, match="another branch"):
        read_checkpoint(published(a_checkpoint(**other)), TRUSTED, VERIFIER)


def test_a_signature_of_another_purpose_is_no_checkpoint():
    body = encode(a_checkpoint())
    raw = DOMAIN + encode(SignedCheckpoint(ROOT.spki, STATEMENT, body, KEY.sign(b"tovay/seal/1\0" + body)))
    with pytest.raises(BadSignatureError):
        read_checkpoint(raw, TRUSTED, VERIFIER)
    with pytest.raises(MalformedError):
        read_checkpoint(published(a_checkpoint())[1:], TRUSTED, VERIFIER)


def test_what_is_sealed_later_contradicts_nothing():
    old = checked(head(), head("KM-002"))
    later = checked(
        head("KM-000"), head(seq=9, last=2), head("KM-002", 1, 1, 3), number=2, previous=old.digest
    )
    assert contradictions(old, later) == ()
    assert contradictions(old, old) == ()


@pytest.mark.parametrize(
    ("now", "code"),
    [
        ((head("KM-000"),), "head_missing"),
        ((head(seq=4),), "head_back"),
        ((head(epoch=0, seq=99), head("KM-002", 0, 9)), "head_back"),
        ((head(last=2),), "head_rewritten"),
    ],
)
def test_a_head_that_vanishes_goes_back_or_is_rewritten_is_found(now, code):
    old = checked(head(), head("KM-002", 1, 1)) if len(now) > 1 else checked(head())
    later = checked(*now, number=2, previous=old.digest)
    assert [found.code for found in contradictions(old, later)] == [code]


def test_two_checkpoints_under_one_number_contradict_each_other():
    assert contradictions(checked(), checked(head(seq=6))) == (Contradiction("twice"),)


def test_a_checkpoint_that_does_not_follow_its_predecessor_or_goes_back_in_days_is_found():
    old = checked()
    unlinked = checked(number=2, previous=bytes(32), day=DAY - 1)
    assert contradictions(old, unlinked) == (Contradiction("day_back"), Contradiction("not_linked"))
    assert contradictions(old, checked(number=3, previous=bytes(32))) == ()


def test_checkpoints_are_compared_in_their_order_and_of_one_branch():
    old, later = checked(), checked(number=2, previous=bytes(32))
    other = stated(KEY, branch="HN")
    foreign = structs.replace(a_checkpoint(branch="HN"), statement=statement_digest(other))
    strange = read_checkpoint(published(foreign, statement=other), TRUSTED, VERIFIER)
    for pair in ((later, old), (strange, later)):
        with pytest.raises(MalformedError):
            contradictions(*pair)
