"""Canonical MessagePack: one spelling per value (clause L2).

Values are integers within int64, byte strings, short Latin text, nil and arrays. No floats, maps, booleans or
extensions. ``scan`` finds the end of one value and refuses every second spelling; it knows no kinds, so that
entries of a newer release can be checked, split and chained by an older one.
"""

import re
import unicodedata
from hashlib import sha256
from itertools import chain
from typing import Annotated, TypeVar

import msgspec

from protocol.errors import MalformedError
from protocol.ids import LATIN
from protocol.limits import ENTRY_DEPTH_MAX, SALT_BYTES, TEXT_BYTES_MAX

CODE_BYTES_MAX = 120
Salt = Annotated[bytes, msgspec.Meta(min_length=SALT_BYTES, max_length=SALT_BYTES)]
"""Random bytes beside a detached text (L4); as long is the nonce of an enrolment."""

T = TypeVar("T")
_encoder = msgspec.msgpack.Encoder()

_NIL = 0xC0
_SINGLES = frozenset((*range(0x80), _NIL, *range(0xE0, 0x100)))  # whole values: 0…127, nil, −32…−1
_SHORT_ARRAYS = range(0x90, 0xA0)
_SHORT_TEXTS = range(0xA0, 0xC0)
# First byte → bytes of the number that follows, and the least and greatest number that may be spelled so.
_INTEGERS = {
    0xCC: (1, 2**7, 2**8 - 1),
    0xCD: (2, 2**8, 2**16 - 1),
    0xCE: (4, 2**16, 2**32 - 1),
    0xCF: (8, 2**32, 2**63 - 1),
    0xD0: (1, -(2**7), -(2**5) - 1),
    0xD1: (2, -(2**15), -(2**7) - 1),
    0xD2: (4, -(2**31), -(2**15) - 1),
    0xD3: (8, -(2**63), -(2**31) - 1),
}
_BYTES = {0xC4: (1, 0, 2**8 - 1), 0xC5: (2, 2**8, 2**16 - 1), 0xC6: (4, 2**16, 2**32 - 1)}
_TEXTS = {0xD9: (1, 2**5, 2**8 - 1)}
_ARRAYS = {0xDC: (2, 2**4, 2**16 - 1)}
_ARRAY_16 = bytes((0xDC,))
_SCALARS = frozenset({int, bytes, str, type(None)})
_ALLOWED = _SCALARS | {list}
_INT64_MAX = 2**63 - 1
_LATIN_BYTES_MAX = 3
_LATIN = re.compile(LATIN)
_UNSEEN = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp"})


def encode(value: object) -> bytes:
    """Canonical bytes of a struct or of nested tuples; the caller's types keep to the allowed values."""
    return _encoder.encode(value)


def scan(raw: bytes, at: int, depth_max: int = ENTRY_DEPTH_MAX) -> int:
    """End of the one canonical value that starts at ``at``; raises MalformedError with the offset."""
    outer: list[int] = []  # values still to come in each array around this place
    left = 1
    while True:
        while not left:
            if not outer:
                return at
            left = outer.pop()
        left -= 1
        if at >= len(raw):
            raise _malformed(at, "the value is cut")
        head = raw[at]
        if head in _SINGLES:
            at += 1
        elif head in _INTEGERS:
            at = _number(raw, at, _INTEGERS[head])[1]
        elif head in _SHORT_ARRAYS or head in _ARRAYS:
            if len(outer) == depth_max:
                raise _malformed(at, f"arrays are nested deeper than {depth_max}")
            outer.append(left)
            left, at = _number(raw, at, _ARRAYS[head]) if head in _ARRAYS else (head & 0x0F, at + 1)
        else:
            at = _string(raw, at, head)


def split(raw: bytes, count_max: int, likely: int = 0) -> tuple[bytes, ...]:
    """The canonical values that stand one after another; raises MalformedError, also for too many.

    Much faster when there are as many as is ``likely``, and nothing is wrong with them.
    """
    quickly = _split_quickly(raw, likely) if 0 < likely <= count_max else None
    if quickly is not None:
        return quickly
    found: list[bytes] = []
    at = 0
    while at < len(raw):
        if len(found) == count_max:
            raise _malformed(at, f"more than {count_max} values")
        end = scan(raw, at)
        found.append(raw[at:end])
        at = end
    return tuple(found)


def decode_as(raw: bytes, kind: type[T], name: str) -> T:
    """One value of a known shape from exactly these canonical bytes; raises MalformedError naming ``name``.

    Further elements of an array are checked and passed over where ``kind`` does not forbid them.
    """
    if not _is_plainly_canonical(raw) and scan(raw, 0) != len(raw):
        raise MalformedError(f"{name}: bytes follow the value")
    try:
        return msgspec.msgpack.decode(raw, type=kind)
    except msgspec.MsgspecError as error:
        raise MalformedError(f"{name}: {error}") from error


def text_hash(salt: bytes, text: str) -> bytes:
    """Hash that stands in an entry for a detached text (L4): SHA-256(16-byte salt ‖ UTF-8 text).

    Raises:
        MalformedError: a text that is empty, too long, not NFC, or holds a character that nobody sees
            (controls, line ends, direction marks, zero width).
    """
    # Nothing of these categories is printable: most texts need no look at each character.
    if not text.isprintable() and any(unicodedata.category(character) in _UNSEEN for character in text):
        raise MalformedError("a detached text is one line of visible characters")
    encoded = text.encode()
    if len(salt) != SALT_BYTES or not 0 < len(encoded) <= TEXT_BYTES_MAX:
        raise MalformedError(
            f"a detached text has {SALT_BYTES} bytes of salt and 1 to {TEXT_BYTES_MAX} bytes of text"
        )
    if not unicodedata.is_normalized("NFC", text):
        raise MalformedError("a detached text is NFC")
    return sha256(salt + encoded).digest()


def _split_quickly(raw: bytes, count: int) -> tuple[bytes, ...] | None:
    """So many canonical values, or None when there are not, or something may be wrong with one of them."""
    try:
        values = msgspec.msgpack.decode(_ARRAY_16 + count.to_bytes(2, "big") + raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    if not _are_allowed(values):
        return None
    found = tuple(map(_encoder.encode, values))
    return found if b"".join(found) == raw else None


def _is_plainly_canonical(raw: bytes) -> bool:
    """Say that these bytes are one canonical value; no says only that something may be wrong with them."""
    try:
        value = msgspec.msgpack.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False
    return _are_allowed([value]) and _encoder.encode(value) == raw


def _are_allowed(values: list[object]) -> bool:
    """Say that values are of the allowed kinds, in range, and not nested too deeply, texts short."""
    level, room = values, ENTRY_DEPTH_MAX
    while level:
        if not (_ALLOWED if room else _SCALARS).issuperset(map(type, level)):
            return False
        if not _are_in_range([one for one in level if type(one) is int]):
            return False
        if not all(_is_short_text(one) for one in level if type(one) is str):
            return False
        level = list(chain.from_iterable([one for one in level if isinstance(one, list)]))
        room -= 1
    return True


def _are_in_range(numbers: list[int]) -> bool:
    return not numbers or max(numbers) <= _INT64_MAX


def _is_short_text(text: str) -> bool:
    return len(text) * _LATIN_BYTES_MAX <= CODE_BYTES_MAX and _LATIN.match(text) is not None


def _string(raw: bytes, at: int, head: int) -> int:
    if head in _BYTES:
        length, at = _number(raw, at, _BYTES[head])
        return _end(raw, at, length)
    if head in _SHORT_TEXTS:
        length, at = head & 0x1F, at + 1
    elif head in _TEXTS:
        length, at = _number(raw, at, _TEXTS[head])
    else:
        raise _malformed(at, f"0x{head:02x} starts no value that is allowed here")
    end = _end(raw, at, length)
    if length > CODE_BYTES_MAX:
        raise _malformed(at, f"a text is longer than {CODE_BYTES_MAX} bytes")
    try:
        text = raw[at:end].decode()
    except UnicodeDecodeError as error:
        raise _malformed(at, "a text is not UTF-8") from error
    if not _LATIN.match(text):
        raise _malformed(at, "a text has a character outside the Latin letters of L2")
    return end


def _number(raw: bytes, at: int, form: tuple[int, int, int]) -> tuple[int, int]:
    width, least, greatest = form
    end = _end(raw, at + 1, width)
    number = int.from_bytes(raw[at + 1 : end], "big", signed=least < 0)
    if not least <= number <= greatest:
        raise _malformed(at, "a number is not in its shortest form within int64")
    return number, end


def _end(raw: bytes, at: int, length: int) -> int:
    if at + length > len(raw):
        raise _malformed(at, "the value is cut")
    return at + length


def _malformed(at: int, why: str) -> MalformedError:
    return MalformedError(f"byte {at}: {why}")
