"""The one-time voucher: a secret plus the root's fingerprint, for typing and for a QR code (L17).

Typed: 26 Crockford characters (13 for a 65-bit secret, 12 for the first 60 bits of the root's fingerprint,
1 check character). QR: the same secret with all 32 bytes of the fingerprint and the hub's address.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from protocol.codec import decode_as, encode
from protocol.errors import MalformedError
from protocol.ids import Hash
from protocol.qr import read_text, write_text

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
SECRET_BITS = 65
PIN_BITS = 60
QR_PREFIX = "TOVAY-V1:"
_SECRET_CHARACTERS = SECRET_BITS // 5
_CHARACTERS = (SECRET_BITS + PIN_BITS) // 5 + 1
_READ_AS = str.maketrans("OIL", "011", " -")
_REDUCE = 0b100101  # x⁵ + x² + 1, whose powers of x run through all 31 values but 0


class Voucher(Struct, frozen=True):
    """A voucher as typed: ``secret`` below 2⁶⁵ and the first bits of the root's fingerprint."""

    secret: int
    pin: int

    def pins(self, fingerprint: bytes) -> bool:
        """Say whether this voucher was made for the root with that fingerprint."""
        return _pin(fingerprint) == self.pin


class VoucherQr(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A voucher as scanned: the secret's 13 characters, the whole fingerprint, and the hub's address."""

    version: Literal[1]
    secret: Annotated[str, Meta(pattern=r"\A[0-9A-HJKMNP-TV-Z]{13}\Z")]
    fingerprint: Hash
    hub: Annotated[str, Meta(min_length=1, max_length=120)]


def voucher(secret: int, fingerprint: bytes) -> Voucher:
    """Voucher of a fresh random secret; raises ValueError when it does not fit 65 bits."""
    if not 0 <= secret < 2**SECRET_BITS:
        raise ValueError(f"a voucher secret has {SECRET_BITS} bits")
    return Voucher(secret, _pin(fingerprint))


def write_voucher(value: Voucher) -> str:
    """Text for people: groups of five characters, the last one a check."""
    body = _write(value.secret << PIN_BITS | value.pin, _CHARACTERS - 1)
    text = body + _check(body)
    return "-".join(text[at : at + 5] for at in range(0, len(text), 5))


def read_voucher(typed: str) -> Voucher:
    """Voucher from typing: case, blanks, hyphens and O/I/L are forgiven; raises MalformedError."""
    text = typed.strip()
    if text.isascii():  # beyond it there are letters whose capitals would be in the alphabet
        text = text.upper().translate(_READ_AS)
    if len(text) != _CHARACTERS or any(character not in ALPHABET for character in text):
        raise MalformedError(f"a voucher has {_CHARACTERS} letters and digits")
    body, check = text[:-1], text[-1]
    if _check(body) != check:
        raise MalformedError("the voucher's check character does not fit: something was mistyped")
    number = 0
    for character in body:
        number = number << 5 | ALPHABET.index(character)
    return Voucher(number >> PIN_BITS, number & (1 << PIN_BITS) - 1)


def secret_text(value: Voucher) -> str:
    """The 13 characters that a phone sends and the hub keeps only as an HMAC."""
    return _write(value.secret, _SECRET_CHARACTERS)


def write_qr(value: Voucher, fingerprint: bytes, hub: str) -> str:
    """Text of the voucher's QR code; ``hub`` is the origin of its URL."""
    return write_text(QR_PREFIX, encode(VoucherQr(1, secret_text(value), fingerprint, hub)))


def read_qr(text: str) -> VoucherQr:
    """What a scanned code says; raises MalformedError."""
    return decode_as(read_text(QR_PREFIX, text), VoucherQr, "voucher")


def _pin(fingerprint: bytes) -> int:
    return int.from_bytes(fingerprint, "big") >> (256 - PIN_BITS)


def _write(number: int, length: int) -> str:
    return "".join(ALPHABET[number >> 5 * place & 31] for place in range(length - 1, -1, -1))


def _check(body: str) -> str:
    # The characters are a polynomial over GF(32), evaluated at x: each place has its own weight, none 0:
    # every single wrong character and every two swapped ones change the result.
    total = 0
    for character in body:
        total = _times_x(total) ^ ALPHABET.index(character)
    return ALPHABET[_times_x(total)]


def _times_x(value: int) -> int:
    doubled = value << 1
    return doubled ^ _REDUCE if doubled > len(ALPHABET) - 1 else doubled
