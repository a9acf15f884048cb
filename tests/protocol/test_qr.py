"""Bytes as the text of a QR code: one spelling, alphanumeric alphabet, bounded."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import LimitError, MalformedError
from protocol.qr import TEXT_MAX, read_text, write_text

PREFIX = "TOVAY-R1:"
ALPHANUMERIC = set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")


def test_the_text_is_the_prefix_and_base32():
    # printf 'foobar' | base32
    assert write_text(PREFIX, b"foobar") == "TOVAY-R1:MZXW6YTBOI"


@given(st.binary(max_size=200))
def test_what_is_written_is_read_and_fits_the_alphanumeric_mode(raw):
    text = write_text(PREFIX, raw)
    assert read_text(PREFIX, text) == raw
    assert set(text) <= ALPHANUMERIC


@pytest.mark.parametrize(
    "text",
    [
        "",
        "TOVAY-V1:MZXW6YTBOI",
        "MZXW6YTBOI",
        "tovay-r1:MZXW6YTBOI",
        "TOVAY-R1:mzxw6ytboi",
        "TOVAY-R1:MZXW6YTBOI======",
        "TOVAY-R1:MZXW6YTBOJ",
        "TOVAY-R1:MZXW6YTBO",
        "TOVAY-R1:MZXW6YTBO1",
        "TOVAY-R1:MZXW6YTBO\u0130",
        "TOVAY-R1:MZXW6YTBOI\n",
        "TOVAY-R1:" + "A" * TEXT_MAX,
    ],
    ids=ascii,
)
def test_every_other_text_is_refused(text):
    with pytest.raises(MalformedError):
        read_text(PREFIX, text)


def test_the_longest_text_has_2000_characters():
    longest = (TEXT_MAX - len(PREFIX)) * 5 // 8
    assert len(write_text(PREFIX, bytes(longest))) <= TEXT_MAX
    with pytest.raises(LimitError):
        write_text(PREFIX, bytes(longest + 1))
