"""The one-time voucher: a secret plus the root's fingerprint, for typing and for a QR code (L17).

Typed: 26 Crockford characters (13 for a 65-bit secret, 12 for the first 60 bits of the root's fingerprint,
1 check character). QR: the same secret with all 32 bytes of the fingerprint and the hub's address.
"""

from typing import Annotated

from msgspec import Meta, Struct

from protocol.codec import decode_as, encode
from protocol.errors import MalformedError
from protocol.ids import Hash

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
SECRET_BITS = 65
PIN_BITS = 60
_SECRET_CHARACTERS = SECRET_BITS // 5
_PIN_CHARACTERS = PIN_BITS // 5
_CHECK_PRIME = 31
_READ_AS = str.maketrans("OIL", "011", " -")


class Voucher(Struct, frozen=True):
    """A voucher as typed: ``secret`` below 2⁶⁵ and the first bits of the root's fingerprint."""

    secret: int
    pin: int

    def pins(self, fingerprint: bytes) -> bool:
        """Say whether this voucher was made for the root with that fingerprint."""
        return int.from_bytes(fingerprint, "big") >> (256 - PIN_BITS) == self.pin


class VoucherQr(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A voucher as scanned: the secret's 13 characters, the whole fingerprint, and where the hub is."""

    secret: Annotated[str, Meta(min_length=13, max_length=13)]
    fingerprint: Hash
    hub: Annotated[str, Meta(min_length=1, max_length=120)]


def voucher(secret: int, fingerprint: bytes) -> Voucher:
    """Voucher of a fresh random secret; raises ValueError when it does not fit 65 bits."""
    if not 0 <= secret < 2**SECRET_BITS:
        message = f"a voucher secret has {SECRET_BITS} bits"
        raise ValueError(message)
    return Voucher(secret, int.from_bytes(fingerprint, "big") >> (256 - PIN_BITS))


def write_voucher(value: Voucher) -> str:
    """Text for people: groups of five characters, the last one a check."""
    body = _write(value.secret, _SECRET_CHARACTERS) + _write(value.pin, _PIN_CHARACTERS)
    text = body + _check(body)
    return "-".join(text[at : at + 5] for at in range(0, len(text), 5))


def read_voucher(typed: str) -> Voucher:
    """Voucher from typing: case, blanks, hyphens and O/I/L are forgiven; raises MalformedError."""
    text = typed.strip().upper().translate(_READ_AS)
    length = _SECRET_CHARACTERS + _PIN_CHARACTERS
    if len(text) != length + 1 or any(character not in ALPHABET for character in text):
        message = f"a voucher has {length + 1} letters and digits"
        raise MalformedError(message)
    if _check(text[:length]) != text[length]:
        message = "the voucher's check character does not fit: a character was mistyped"
        raise MalformedError(message)
    secret = _read(text[:_SECRET_CHARACTERS])
    return Voucher(secret, _read(text[_SECRET_CHARACTERS:length]))


def secret_text(value: Voucher) -> str:
    """The 13 characters that a phone sends and the hub keeps only as an HMAC."""
    return _write(value.secret, _SECRET_CHARACTERS)


def write_qr(value: Voucher, fingerprint: bytes, hub: str) -> bytes:
    """Bytes for the voucher's QR code."""
    return encode(VoucherQr(secret_text(value), fingerprint, hub))


def read_qr(raw: bytes) -> VoucherQr:
    """What a QR code says; raises MalformedError."""
    found = decode_as(raw, VoucherQr, "voucher")
    _read(found.secret)
    return found


def _write(number: int, length: int) -> str:
    return "".join(ALPHABET[number >> 5 * place & 31] for place in range(length - 1, -1, -1))


def _read(text: str) -> int:
    number = 0
    for character in text:
        if character not in ALPHABET:
            message = "a voucher has letters and digits only"
            raise MalformedError(message)
        number = number << 5 | ALPHABET.index(character)
    return number


def _check(body: str) -> str:
    # A prime modulus with weights that are never 0 catches every single wrong or swapped character but 31 → 0.
    total = sum(place * ALPHABET.index(character) for place, character in enumerate(body, 1))
    return ALPHABET[total % _CHECK_PRIME]
