"""Short seals (L11): the very bytes come back, or the seal is asked for as a whole."""

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import seal as seals
from protocol.codec import encode
from protocol.errors import BadSignatureError, MalformedError
from protocol.ids import BranchTip, LogId, Position
from protocol.limits import SEAL_BYTES_MAX
from protocol.transit import Receiver, is_short, restore, shorten
from tests import strategies
from tests.builders import VERIFIER, signer
from tests.facts import GROUP, MOMENT

LEADER = signer("leader")
LOG = LogId(GROUP, b"\x0a" * 10, 2)
KNOWN = BranchTip(1, 57, b"\x2b" * 32)
BEFORE = b"\x1a" * 32
ENTRY = encode((4, 3, 20_439, "promised", None, None, None))


def held(group=GROUP, writer=LOG.writer, **given_):
    """A receiver that holds the log up to seq 4 of epoch 2, and position 57 of branch epoch 1."""
    hashes = given_.get("hashes", {(2, 4): BEFORE})
    heads = given_.get("heads", {Position(1, 57): KNOWN.head})
    return Receiver(group, writer, lambda epoch, seq: hashes[epoch, seq], heads.__getitem__)


def sealed(*entries, known=KNOWN, encoding=1, first_seq=5):
    cut = seals.Cut(
        log=LOG,
        first_seq=first_seq,
        previous=BEFORE,
        entries=entries or (ENTRY,),
        known=known,
        wall_clock=MOMENT,
    )
    return seals.make(cut, LEADER, encoding)


@given(st.lists(strategies.phone_entry().map(encode), min_size=1, max_size=9), st.sampled_from([0, 1]))
def test_L11_a_short_seal_comes_back_as_the_very_bytes(entries, encoding):
    raw = sealed(*entries, encoding=encoding)
    short = shorten(raw, held())
    assert is_short(short)
    assert len(short) <= len(raw) - 150
    assert restore(short, held()) == raw


def test_L11_a_short_seal_has_what_its_receiver_cannot_know():
    raw = sealed()
    envelope = seals.read(raw).envelope
    fields = (2, 5, 1, (1, 57), 1, MOMENT, envelope.signature, envelope.body)
    assert shorten(raw, held()) == encode(fields)


def test_a_seal_of_the_branch_names_no_branch_position():
    raw = sealed(known=None)
    receiver = Receiver(GROUP, LOG.writer, lambda *_: BEFORE)
    assert restore(shorten(raw, receiver), receiver) == raw
    assert shorten(sealed(), receiver) == sealed()


@pytest.mark.parametrize(
    "receiver",
    [
        held(group="KM-002"),
        held(writer=b"\x0b" * 10),
        held(hashes={(2, 4): b"\x1c" * 32}),
        held(hashes={}),
        held(heads={Position(1, 57): b"\x2c" * 32}),
        held(heads={}),
    ],
)
def test_L11_what_the_receiver_does_not_hold_alike_is_sent_whole(receiver):
    assert shorten(sealed(), receiver) == sealed()


@pytest.mark.parametrize("receiver", [held(hashes={}), held(heads={})])
def test_a_short_seal_that_rests_on_what_is_not_held_is_refused(receiver):
    with pytest.raises(MalformedError):
        restore(shorten(sealed(), held()), receiver)


def test_a_short_seal_that_rests_on_another_history_does_not_verify():
    short = shorten(sealed(), held())
    other = restore(short, held(hashes={(2, 4): b"\x1c" * 32}))
    with pytest.raises(BadSignatureError):
        seals.verify(seals.read(other), LEADER.spki, VERIFIER)


def test_L9_a_seal_that_says_more_than_version_1_goes_whole():
    header = (1, LOG, 5, 1, BEFORE, bytes(32), bytes(32), 1, KNOWN, 1, MOMENT, "later")
    later = encode((encode(header), bytes(64), b"\x91" + ENTRY))
    assert shorten(later, held()) == later
    for raw in (b"", b"junk", sealed()[:-1]):
        assert shorten(raw, held()) == raw


@given(st.data())
def test_L11_a_changed_short_seal_is_refused_or_does_not_verify(drawn):
    short = bytearray(shorten(sealed(ENTRY, ENTRY, ENTRY), held()))
    place = drawn.draw(st.integers(0, len(short) - 1))
    short[place] ^= drawn.draw(st.integers(1, 255))
    with pytest.raises((MalformedError, BadSignatureError)):
        seals.verify(seals.read(restore(bytes(short), held())), LEADER.spki, VERIFIER)


@pytest.mark.parametrize("body", [b"", b"\x90", bytes(SEAL_BYTES_MAX), encode((2, 5))[:-1]])
@pytest.mark.parametrize("encoding", [0, 1, 2])
def test_H111_a_short_seal_whose_body_does_not_open_is_refused(body, encoding):
    with pytest.raises(MalformedError):
        restore(encode((2, 5, encoding, None, 1, MOMENT, bytes(64), body)), held())


def test_a_short_seal_without_entries_is_refused():
    empty = zlib.compress(b"")
    with pytest.raises(MalformedError):
        restore(encode((2, 5, 0, None, 1, MOMENT, bytes(64), empty)), held())
