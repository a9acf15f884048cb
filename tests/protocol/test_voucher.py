"""Vouchers (L17): a 65-bit secret and 60 bits of the root, typed by elderly hands, or scanned."""

import io
import itertools

import pytest
import segno
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from protocol.codec import encode
from protocol.errors import MalformedError
from protocol.keys import fingerprint
from protocol.qr import write_text
from protocol.voucher import (
    ALPHABET,
    QR_PREFIX,
    SECRET_BITS,
    Voucher,
    VoucherQr,
    read_qr,
    read_voucher,
    secret_text,
    voucher,
    write_qr,
    write_voucher,
)
from tests.builders import signer

ROOT = fingerprint(signer("root").spki)
HUB = "https://hub.example.vn"
MADE = voucher(0x123456789ABCDEF01, ROOT)
TYPED = write_voucher(MADE)

SECRETS = st.integers(0, 2**SECRET_BITS - 1)
ROOTS = st.binary(min_size=32, max_size=32)


@given(SECRETS, ROOTS)
def test_a_voucher_is_read_as_it_was_written(secret, root):
    made = voucher(secret, root)
    assert read_voucher(write_voucher(made)) == made
    assert made.pins(root)
    assert not made.pins(bytes((root[0] ^ 1,)) + root[1:])


def test_a_voucher_has_26_characters_in_groups_of_five():
    assert [len(group) for group in TYPED.split("-")] == [5, 5, 5, 5, 5, 1]
    assert set(TYPED) <= set(ALPHABET) | {"-"}


def test_the_secret_comes_first_then_the_root():
    # 65 bits all ones are 13 times Z (31); the first 60 bits of a root of zeros are 12 times 0.
    typed = write_voucher(voucher(2**65 - 1, bytes(32))).replace("-", "")
    assert typed[:25] == "Z" * 13 + "0" * 12
    assert secret_text(voucher(2**65 - 1, bytes(32))) == "Z" * 13
    assert secret_text(MADE) == TYPED.replace("-", "")[:13]


def test_a_voucher_pins_the_first_60_bits_of_the_roots_fingerprint():
    assert MADE.pins(ROOT)
    assert MADE.pins(ROOT[:7] + bytes((ROOT[7] ^ 0x0F,)) + ROOT[8:])
    assert not MADE.pins(ROOT[:7] + bytes((ROOT[7] ^ 0x10,)) + ROOT[8:])


@pytest.mark.parametrize("secret", [-1, 2**65])
def test_a_secret_has_65_bits(secret):
    with pytest.raises(ValueError, match="65 bits"):
        voucher(secret, ROOT)


@given(SECRETS, ROOTS, st.integers(0, 25))
def test_every_single_wrong_character_is_noticed(secret, root, place):
    typed = write_voucher(voucher(secret, root)).replace("-", "")
    for other in ALPHABET.replace(typed[place], ""):
        with pytest.raises(MalformedError, match="mistyped"):
            read_voucher(typed[:place] + other + typed[place + 1 :])


@given(SECRETS, ROOTS)
def test_every_two_swapped_characters_are_noticed(secret, root):
    typed = write_voucher(voucher(secret, root)).replace("-", "")
    for first, second in itertools.combinations(range(26), 2):
        if typed[first] != typed[second]:
            swapped = list(typed)
            swapped[first], swapped[second] = swapped[second], swapped[first]
            with pytest.raises(MalformedError, match="mistyped"):
                read_voucher("".join(swapped))


def test_R96_case_blanks_hyphens_and_look_alikes_are_forgiven():
    made = voucher(1, bytes(32))
    typed = write_voucher(made)
    assert {"0", "1"} <= set(typed)
    variants = (
        typed.lower(),
        typed.replace("-", " "),
        typed.replace("-", ""),
        f"  {typed}\n",
        typed.replace("0", "O"),
        typed.replace("0", "o").replace("1", "l"),
        typed.replace("1", "I"),
        typed.replace("1", "i"),
    )
    assert {read_voucher(variant) for variant in variants} == {made}


@pytest.mark.parametrize(("letter", "foreign"), [("1", "ı"), ("S", "ſ"), ("0", "٠")])
def test_a_letter_whose_capital_is_in_the_alphabet_is_not_forgiven(letter, foreign):
    typed = write_voucher(voucher(25 << 60 | 1 << 55, bytes(32)))
    assert typed.startswith("S10")
    with pytest.raises(MalformedError):
        read_voucher(typed.replace(letter, foreign, 1))


@pytest.mark.parametrize(
    "typed", ["", "1", TYPED[:-1], TYPED + "0", "U" * 26, "Ж" * 26, TYPED.replace("-", "_")]
)
def test_what_has_not_26_letters_and_digits_is_no_voucher(typed):
    with pytest.raises(MalformedError, match="letters and digits"):
        read_voucher(typed)


def test_a_voucher_is_scanned_with_the_whole_fingerprint():
    text = write_qr(MADE, ROOT, HUB)
    assert read_qr(text) == VoucherQr(1, secret_text(MADE), ROOT, HUB)
    image = io.BytesIO()
    segno.make(text, error="m", micro=False).save(image, kind="png", scale=3, border=4)
    (found,) = zxingcpp.read_barcodes(Image.open(image))
    assert found.text == text


@pytest.mark.parametrize(
    "fields",
    [
        (2, "0" * 13, ROOT, HUB),
        (1, "0" * 12, ROOT, HUB),
        (1, "U" * 13, ROOT, HUB),
        (1, "0" * 13 + "\n", ROOT, HUB),
        (1, "0" * 13, ROOT[1:], HUB),
        (1, "0" * 13, ROOT, ""),
        (1, "0" * 13, ROOT),
    ],
)
def test_a_scanned_voucher_of_another_shape_is_refused(fields):
    with pytest.raises(MalformedError):
        read_qr(write_text(QR_PREFIX, encode(fields)))


def test_two_vouchers_of_one_secret_and_root_are_one():
    assert read_voucher(TYPED) == Voucher(0x123456789ABCDEF01, int.from_bytes(ROOT) >> 196)
