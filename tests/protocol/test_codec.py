"""Canonical MessagePack (L2): one spelling per value, everything else refused."""

import unicodedata

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.codec import CODE_BYTES_MAX, decode_as, encode, scan, split, text_hash
from protocol.errors import MalformedError
from protocol.ids import EntryRef
from protocol.limits import ENTRY_DEPTH_MAX, SALT_BYTES, TEXT_BYTES_MAX
from tests import strategies
from tests.vectors.check import parsed
from tests.vectors.make import on_disk

SALT = bytes(SALT_BYTES)
REFUSED = {name: parsed(text)[1][0] for name, text in on_disk().items() if name.startswith("bad/codec/")}

# Each value beside its shortest form, worked by hand from the MessagePack specification.
SHORTEST = [
    (None, "c0"),
    (0, "00"),
    (127, "7f"),
    (128, "cc80"),
    (255, "ccff"),
    (256, "cd0100"),
    (65_535, "cdffff"),
    (65_536, "ce00010000"),
    (2**32 - 1, "ceffffffff"),
    (2**32, "cf0000000100000000"),
    (2**63 - 1, "cf7fffffffffffffff"),
    (-1, "ff"),
    (-32, "e0"),
    (-33, "d0df"),
    (-128, "d080"),
    (-129, "d1ff7f"),
    (-32_768, "d18000"),
    (-32_769, "d2ffff7fff"),
    (-(2**31), "d280000000"),
    (-(2**31) - 1, "d3ffffffff7fffffff"),
    (-(2**63), "d38000000000000000"),
    (b"", "c400"),
    (b"\x00" * 255, "c4ff" + "00" * 255),
    (b"\x00" * 256, "c50100" + "00" * 256),
    (b"\x00" * 65_536, "c600010000" + "00" * 65_536),
    ("", "a0"),
    ("HN", "a2484e"),
    ("a" * 31, "bf" + "61" * 31),
    ("a" * 32, "d920" + "61" * 32),
    ("Đã", "a4c490c3a3"),
    ((), "90"),
    ((1,) * 15, "9f" + "01" * 15),
    ((1,) * 16, "dc0010" + "01" * 16),
]


@pytest.mark.parametrize(("value", "spelled"), SHORTEST)
def test_a_value_has_its_shortest_form(value, spelled):
    raw = bytes.fromhex(spelled)
    assert encode(value) == raw
    assert scan(raw, 0) == len(raw)


@pytest.mark.parametrize("raw", REFUSED.values(), ids=REFUSED.keys())
def test_W2_W5_W6_W9_W11_W13_W15_W16_every_bad_vector_of_the_codec_is_refused(raw):
    with pytest.raises(MalformedError):
        decode_as(raw, object, "value")


def test_a_text_has_at_most_120_bytes():
    longest = encode("\u1ea1" * 40)
    assert scan(longest, 0) == len(longest) == 2 + CODE_BYTES_MAX
    with pytest.raises(MalformedError):
        scan(encode("a" * (CODE_BYTES_MAX + 1)), 0)


def test_every_letter_of_L2_is_NFC_already():
    ranges = ((0x20, 0x7F), (0xC0, 0x250), (0x1EA0, 0x1F00))
    letters = [chr(code) for first, end in ranges for code in range(first, end)]
    assert all(scan(encode(letter), 0) for letter in letters)
    assert all(unicodedata.is_normalized("NFC", letter) for letter in letters)
    assert not any(unicodedata.combining(letter) for letter in letters)
    assert unicodedata.is_normalized("NFC", "".join(letters))


def test_W7_nesting_is_bounded_and_takes_no_stack():
    inside = b"\x91" * ENTRY_DEPTH_MAX + b"\x01"
    assert scan(inside, 0) == len(inside)
    for deep in (b"\x91" + inside, b"\x91" * ENTRY_DEPTH_MAX + b"\x90", b"\x91" * 100_000):
        with pytest.raises(MalformedError, match="nested"):
            scan(deep, 0)
        for read in (lambda raw: split(raw, 1, 1), lambda raw: decode_as(raw, list, "list")):
            with pytest.raises(MalformedError, match="nested"):
                read(deep)
    assert split(inside, 1, 1) == (inside,)


def test_W3_bytes_that_follow_a_value_are_refused():
    raw = encode((1, 0, 1, bytes(32)))
    assert decode_as(raw, EntryRef, "ref") == EntryRef(1, 0, 1, bytes(32))
    with pytest.raises(MalformedError, match="follow"):
        decode_as(raw + b"\xc0", EntryRef, "ref")


def test_W10_a_field_too_many_or_too_few_is_refused():
    for values in ((1, 0, 1), (1, 0, 1, bytes(32), 5), (1, 0, 1, "a" * 32), (1, 0, None, bytes(32))):
        with pytest.raises(MalformedError, match="ref"):
            decode_as(encode(values), EntryRef, "ref")


def test_values_that_stand_one_after_another_are_split_up_to_a_bound():
    parts = tuple(encode(value) for value in (1, (2, b"3"), "4", None))
    assert split(b"".join(parts), 4) == parts
    assert split(b"", 4) == ()
    with pytest.raises(MalformedError, match="more than 3"):
        split(b"".join(parts), 3)


@given(strategies.canonical_value())
def test_what_is_encoded_is_canonical_and_decodes_to_itself(value):
    raw = encode(value)
    assert scan(raw, 0) == len(raw)
    assert encode(msgspec.msgpack.decode(raw)) == raw


@given(st.binary(max_size=60))
def test_any_bytes_are_refused_or_are_the_one_spelling_of_what_they_say(raw):
    try:
        end = scan(raw, 0)
    except MalformedError:
        return
    assert encode(msgspec.msgpack.decode(raw[:end])) == raw[:end]


@given(strategies.canonical_value(), st.integers(0, 2**16), st.integers(0, 255))
def test_a_changed_byte_is_refused_or_says_something_else(value, place, byte):
    raw = bytearray(encode(value))
    raw[place % len(raw)] = byte
    try:
        end = scan(bytes(raw), 0)
    except MalformedError:
        return
    assert encode(msgspec.msgpack.decode(raw[:end])) == raw[:end]


def test_a_detached_text_is_hashed_behind_its_salt():
    # (head -c 16 /dev/zero; printf 'Phạm Thị Lụa') | sha256sum
    expected = "519db0331c292bd1f7755f1c98cc816caa8b342eb7f30a37cb9837fdd69a15b3"
    assert text_hash(SALT, "Phạm Thị Lụa").hex() == expected


def test_the_longest_detached_text_has_1024_bytes():
    assert text_hash(SALT, "a" * TEXT_BYTES_MAX)
    for salt, text in ((SALT, ""), (SALT, "a" * (TEXT_BYTES_MAX + 1)), (SALT[1:], "a"), (SALT, "ạ" * 342)):
        with pytest.raises(MalformedError):
            text_hash(salt, text)


@pytest.mark.parametrize(
    "text", ["a\0", "a\nb", "\u202ea", "a\u200b", "\ud800", "a\u2028b", "e\u0301", "\ue000"], ids=ascii
)
def test_W15_W16_a_detached_text_shows_all_that_it_holds_and_is_NFC(text):
    with pytest.raises(MalformedError):
        text_hash(SALT, text)


@given(st.lists(strategies.canonical_value(), max_size=5), st.integers(0, 6))
def test_however_many_values_are_likely_the_same_are_found(values, likely):
    raw = b"".join(map(encode, values))
    assert split(raw, 9, likely) == split(raw, 9) == tuple(map(encode, values))


@pytest.mark.parametrize(
    "raw",
    [
        b"\xcf\x80" + bytes(7),
        b"\xcb" + bytes(8),
        b"\xc3",
        b"\x81\x01\x02",
        b"\xcc\x01",
        b"\xd9\x01a",
        b"\x91" * 8 + b"\x01",
        b"\xa2\xd1\x8f",
        b"\xd9\x79" + b"a" * 121,
        b"\xd4\x01\x00",
        b"\x92\x01",
        b"\xa2\xff\xfe",
    ],
)
def test_L2_a_likely_number_of_values_lets_no_second_spelling_in(raw):
    for before in (b"", b"\x05"):
        with pytest.raises(MalformedError):
            split(before + raw, 9, len(before) + 1)


def test_a_long_text_of_short_letters_is_found_all_the_same():
    assert split(encode("a" * 120), 1, 1) == (encode("a" * 120),)
