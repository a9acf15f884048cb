"""Seals (L6–L9): read in three steps, and never with other content than was signed."""

import zlib
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from protocol import seal as seals
from protocol.chain import links
from protocol.codec import encode
from protocol.entries import TAGS, entry_bytes
from protocol.errors import BadSignatureError, LimitError, MalformedError, ProtocolError, UnpackError
from protocol.ids import BranchTip, LogId
from protocol.limits import (
    ENTRY_BYTES_MAX,
    HEADER_BYTES_MAX,
    SEAL_BODY_BYTES_MAX,
    SEAL_BYTES_MAX,
    SEAL_ENTRIES_MAX,
    SEAL_INFLATED_BYTES_MAX,
)
from protocol.phone_facts import Collected
from tests import strategies
from tests.builders import VERIFIER, signer
from tests.facts import GROUP, MOMENT, an
from tests.protocol.longest import longest

KEY = signer("phone")
LOG = LogId(GROUP, b"0123456789", 0)
GENESIS = sha256(b"genesis").digest()
KNOWN = BranchTip(0, 57, sha256(b"branch").digest())
SIGNED = b"tovay/seal/1\0"


def a_cut(*raw, first_seq=1):
    """What to seal: the bytes of entries given, or two collections."""
    two = [an(Collected, receipt_no=number, lines=((1, 263_000, 263_342),)) for number in (1, 2)]
    return seals.Cut(
        log=LOG,
        first_seq=first_seq,
        previous=GENESIS,
        entries=raw or tuple(map(entry_bytes, two)),
        known=KNOWN,
        wall_clock=MOMENT,
    )


PLAIN = b"".join(a_cut().entries)


def signed(header, body, signature=None):
    """A seal with the header fields given, whatever they are."""
    raw = encode(header)
    return encode((raw, signature or KEY.sign(SIGNED + raw), body))


def saying(body=None, signature=None, tail=(), **said):
    """A signed seal whose header says what it likes; usually all of it is right."""
    body = zlib.compress(PLAIN, 9) if body is None else body
    usual = {
        "version": 1,
        "log": LOG,
        "first_seq": 1,
        "count": 2,
        "previous": GENESIS,
        "head": links(GENESIS, a_cut().entries)[-1],
        "digest": sha256(body).digest(),
        "encoding": 0,
        "known": KNOWN,
        "rules": 1,
        "wall_clock": MOMENT,
    }
    return signed((*(usual | said).values(), *tail), body, signature)


def deflated(plain, **options):
    """A zlib stream made with options that a seal does not use."""
    deflater = zlib.compressobj(**options)
    return deflater.compress(plain) + deflater.flush()


def opened(raw, key=KEY):
    """All three steps at once."""
    seal = seals.read(raw)
    seals.verify(seal, key.spki, VERIFIER)
    return seals.unpack(seal)


def test_a_seal_gives_back_what_was_sealed():
    cut = a_cut(first_seq=12)
    sealed = opened(seals.make(cut, KEY))
    assert sealed.entries == cut.entries
    assert sealed.hashes == links(GENESIS, cut.entries)
    assert (sealed.run.first_seq, sealed.run.last_seq, sealed.run.before) == (12, 13, GENESIS)
    assert sealed.header.known == KNOWN
    assert sealed.header.wall_clock == MOMENT


def test_the_seal_that_is_made_is_the_one_of_L6():
    assert seals.make(a_cut(), KEY) == saying()


@given(st.lists(strategies.phone_entry(), min_size=1, max_size=5))
def test_any_entries_come_back_byte_for_byte(entries):
    cut = a_cut(*map(entry_bytes, entries))
    assert opened(seals.make(cut, KEY)).entries == cut.entries


@given(st.lists(strategies.unknown_entry(), min_size=1, max_size=3))
def test_entries_of_unknown_kinds_are_sealed_and_chained_like_others(raw):
    assert opened(seals.make(a_cut(*raw), KEY)).entries == tuple(raw)


def test_S21_every_flipped_bit_is_refused():
    raw = seals.make(a_cut(), KEY)
    for place in range(len(raw)):
        for bit in range(8):
            flipped = bytearray(raw)
            flipped[place] ^= 1 << bit
            with pytest.raises(ProtocolError):
                opened(bytes(flipped))


def test_N75_a_seal_cut_at_any_byte_is_refused():
    raw = seals.make(a_cut(), KEY)
    for length in range(len(raw)):
        with pytest.raises(MalformedError):
            opened(raw[:length])


def test_W3_bytes_behind_a_seal_are_refused():
    with pytest.raises(MalformedError):
        opened(seals.make(a_cut(), KEY) + b"\0")


def test_another_key_does_not_open_a_seal():
    with pytest.raises(BadSignatureError):
        opened(seals.make(a_cut(), KEY), signer("another phone"))


def test_S37_a_signature_for_another_purpose_is_no_seal():
    header = seals.read(saying()).envelope.header
    for prefix in (b"", b"tovay/receipt/1\0", b"tovay/key/1\0", b"tovay/seal/2\0"):
        with pytest.raises(BadSignatureError):
            opened(saying(signature=KEY.sign(prefix + header)))


def test_another_body_under_the_same_header_is_refused():
    with pytest.raises(BadSignatureError, match="body"):
        opened(saying(body=zlib.compress(PLAIN, 1), digest=sha256(zlib.compress(PLAIN, 9)).digest()))


def test_nothing_is_decompressed_before_the_signature_stands():
    bomb = saying(body=zlib.compress(bytes(SEAL_INFLATED_BYTES_MAX * 5), 9), signature=bytes(64))
    seal = seals.read(bomb)
    with pytest.raises(BadSignatureError):
        seals.verify(seal, KEY.spki, VERIFIER)


UNREADABLE = {
    "a version of tomorrow": saying(version=2),
    "an encoding of tomorrow": saying(encoding=1),
    "B44 a count too high": saying(count=3),
    "B44 a count too low": saying(count=1),
    "B43 another previous head": saying(previous=bytes(32)),
    "another head": saying(head=bytes(32)),
    "nothing in the body": saying(body=zlib.compress(b"")),
    "no zlib": saying(body=PLAIN),
    "an empty body": saying(body=b""),
    "a cut body": saying(body=zlib.compress(PLAIN)[:-1]),
    "bytes behind the body": saying(body=zlib.compress(PLAIN) + b"\0"),
    "two bodies": saying(body=zlib.compress(PLAIN) * 2),
    "gzip": saying(body=deflated(PLAIN, wbits=31)),
    "bare deflate": saying(body=deflated(PLAIN, wbits=-15)),
    "a preset dictionary": saying(body=deflated(PLAIN, zdict=b"\x98\x01")),
    "H111 a bomb": saying(body=zlib.compress(bytes(50_000_000), 9)),
    "a body over its limit": saying(body=bytes(SEAL_BODY_BYTES_MAX + 1)),
    "an entry in a second spelling": saying(body=zlib.compress(b"\x92\x01\xcc\x05" * 2)),
    "rules of no version": saying(rules=0),
    "no fields of version 1": signed((1, LOG, 1, 2, GENESIS, GENESIS, sha256(b"").digest()), b""),
}


@pytest.mark.parametrize("raw", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_L9_a_signed_seal_with_something_wrong_inside_verifies_but_does_not_unpack(raw):
    seal = seals.read(raw)
    seals.verify(seal, KEY.spki, VERIFIER)
    with pytest.raises(UnpackError):
        seals.unpack(seal)


NO_SEALS = {
    "no version": saying(version=0),
    "no count": saying(count=0),
    "no seq": saying(first_seq=0),
    "a short head": saying(head=bytes(31)),
    "a short writer": saying(log=(GROUP, b"123456789", 0)),
    "an epoch below 0": saying(log=(GROUP, b"0123456789", -1)),
    "a short signature": saying(signature=bytes(63)),
    "six header fields": signed((1, LOG, 1, 2, GENESIS, GENESIS), b""),
    "two parts": encode((b"", bytes(64))),
    "four parts": encode((b"", bytes(64), b"", b"")),
    "W1 nothing": b"",
    "an entry": entry_bytes(an(Collected)),
}


@pytest.mark.parametrize("raw", NO_SEALS.values(), ids=NO_SEALS.keys())
def test_bytes_that_do_not_start_like_a_seal_are_none(raw):
    with pytest.raises(MalformedError):
        seals.read(raw)


def test_a_header_of_tomorrow_may_go_on_after_its_known_fields():
    sealed = opened(saying(tail=("later", 5, (b"x",))))
    assert len(sealed.entries) == 2
    assert seals.read(saying(version=9, encoding="anything")).header.version == 9


def test_an_oversized_seal_or_header_is_over_a_limit():
    with pytest.raises(LimitError, match="seal of"):
        seals.read(bytes(SEAL_BYTES_MAX + 1))
    with pytest.raises(LimitError, match="header"):
        seals.read(saying(tail=(bytes(HEADER_BYTES_MAX),)))


def test_W20_a_seal_has_1_to_500_entries():
    one = a_cut().entries[0]
    assert len(opened(seals.make(a_cut(*[one] * SEAL_ENTRIES_MAX), KEY)).entries) == SEAL_ENTRIES_MAX
    too_many = SEAL_ENTRIES_MAX + 1
    with pytest.raises(LimitError, match="1 to 500"):
        seals.make(a_cut(*[one] * too_many), KEY)
    with pytest.raises(LimitError, match="1 to 500"):
        seals.make(structs.replace(a_cut(), entries=()), KEY)
    with pytest.raises(MalformedError):
        opened(saying(body=zlib.compress(one * too_many), count=too_many))


def test_a_body_of_exactly_the_inflated_limit_is_read():
    filler = encode((1_000, *[bytes(250)] * 31, bytes(180)))
    entries = (filler,) * (SEAL_INFLATED_BYTES_MAX // len(filler))
    assert len(b"".join(entries)) == SEAL_INFLATED_BYTES_MAX
    assert opened(seals.make(a_cut(*entries), KEY)).entries == entries


def test_a_body_over_a_limit_is_not_sealed():
    noise = [b"".join(sha256(bytes((n, m))).digest() for m in range(250)) for n in range(8)]
    with pytest.raises(LimitError, match="fewer"):
        seals.make(a_cut(*[encode((1_000, bytes_)) for bytes_ in noise]), KEY)
    with pytest.raises(LimitError, match="fewer"):
        seals.make(a_cut(*[bytes(8_000)] * 126), KEY)


@pytest.mark.parametrize("kind", TAGS.values(), ids=lambda kind: kind.__name__)
def test_L8_the_longest_entry_of_every_kind_fits_an_entry_and_a_seal_alone(kind):
    raw = entry_bytes(longest(kind))
    assert len(raw) <= ENTRY_BYTES_MAX
    assert opened(seals.make(a_cut(raw), KEY)).entries == (raw,)


def test_L8_the_longest_entry_and_the_longest_header_fit_a_seal_whatever_they_hold():
    # zlib stores what it cannot compress: 5 bytes for each block of at most 65,535, 2 before and 4 behind.
    assert ENTRY_BYTES_MAX + 5 + 6 <= SEAL_BODY_BYTES_MAX
    framing = 1 + 3 + 2 + 3  # array of 3, bin16, bin8, bin16
    assert framing + HEADER_BYTES_MAX + 64 + SEAL_BODY_BYTES_MAX <= SEAL_BYTES_MAX


def test_L8_a_round_of_500_receipts_of_three_loans_fits_one_seal():
    receipts = [
        an(
            Collected,
            receipt_no=number,
            member=number % 60 + 1,
            lines=tuple((number * 3 + loan, 263_342 + number * loan, 263_342 - number) for loan in (1, 2, 3)),
            savings=((number, 5_000 + number),),
            knows=((0, 57 + number), ((2, 0, number, sha256(bytes(number)).digest()),)),
        )
        for number in range(1, SEAL_ENTRIES_MAX + 1)
    ]
    assert len(seals.make(a_cut(*map(entry_bytes, receipts)), KEY)) <= SEAL_BYTES_MAX


def test_the_bytes_of_a_seal_have_one_hash():
    raw = seals.make(a_cut(), KEY)
    assert seals.seal_hash(raw) == sha256(raw).digest()
