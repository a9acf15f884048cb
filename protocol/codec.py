"""Canonical MessagePack: one spelling per value (clause L2).

Values are integers within int64, byte strings, short Latin text, nil and arrays. No floats, maps, booleans or
extensions. ``scan`` finds the end of one value and refuses every second spelling; it knows no kinds, so that
entries of a newer release can be checked, split and chained by an older one.
"""

from hashlib import sha256
from typing import TypeVar

import msgspec

from protocol.errors import MalformedError
from protocol.limits import ENTRY_DEPTH_MAX, SALT_BYTES, TEXT_BYTES_MAX

CODE_BYTES_MAX = 120
T = TypeVar("T")
_INT64_MAX = 2**63 - 1
_encoder = msgspec.msgpack.Encoder()

# First byte → (bytes of payload length or integer, smallest value that may be spelled this way, signed)
_UINTS = {0xCC: (1, 2**7), 0xCD: (2, 2**8), 0xCE: (4, 2**16), 0xCF: (8, 2**32)}
_INTS = {0xD0: (1, -(2**5) - 1), 0xD1: (2, -(2**7) - 1), 0xD2: (4, -(2**15) - 1), 0xD3: (8, -(2**31) - 1)}
_BINS = {0xC4: (1, 0), 0xC5: (2, 2**8), 0xC6: (4, 2**16)}
_STRS = {0xD9: (1, 2**5)}
_ARRAYS = {0xDC: (2, 2**4)}


def encode(value: object) -> bytes:
    """Canonical bytes of a struct or of nested tuples; the caller's types keep to the allowed values."""
    return _encoder.encode(value)


def scan(raw: bytes, at: int, depth_max: int = ENTRY_DEPTH_MAX) -> int:
    """End of the one canonical value that starts at ``at``; raises MalformedError with the offset."""
    pending = [1]
    while pending:
        if pending[-1] == 0:
            pending.pop()
            continue
        pending[-1] -= 1
        if at >= len(raw):
            raise _malformed(at, "the value is cut")
        children, at = _step(raw, at)
        if children:
            if len(pending) > depth_max:
                raise _malformed(at, f"arrays are nested deeper than {depth_max}")
            pending.append(children)
    return at


def split(raw: bytes) -> tuple[bytes, ...]:
    """The canonical values that stand one after another; raises MalformedError."""
    found = []
    at = 0
    while at < len(raw):
        end = scan(raw, at)
        found.append(raw[at:end])
        at = end
    return tuple(found)


def decode_as(raw: bytes, kind: type[T], name: str) -> T:
    """One value of a known shape from exactly these canonical bytes; raises MalformedError naming ``name``.

    Trailing array elements are kept out of reach but allowed where ``kind`` does not forbid them.
    """
    if scan(raw, 0) != len(raw):
        message = f"{name}: bytes follow the value"
        raise MalformedError(message)
    try:
        return msgspec.msgpack.decode(raw, type=kind)
    except msgspec.MsgspecError as error:
        message = f"{name}: {error}"
        raise MalformedError(message) from error


def text_hash(salt: bytes, text: str) -> bytes:
    """Hash that stands in an entry for a detached text (L4): SHA-256(16-byte salt ‖ UTF-8 text)."""
    encoded = text.encode()
    if len(salt) != SALT_BYTES or not 0 < len(encoded) <= TEXT_BYTES_MAX:
        message = f"a detached text has {SALT_BYTES} bytes of salt and 1 to {TEXT_BYTES_MAX} bytes of text"
        raise MalformedError(message)
    return sha256(salt + encoded).digest()


def _step(raw: bytes, at: int) -> tuple[int, int]:
    """One head: (children to read, offset after the head and its payload)."""
    head = raw[at]
    if head <= 0x7F or head >= 0xE0 or head == 0xC0:
        return 0, at + 1
    if 0x90 <= head <= 0x9F:
        return head & 0x0F, at + 1
    if 0xA0 <= head <= 0xBF:
        return 0, _text(raw, at + 1, head & 0x1F)
    if head in _UINTS or head in _INTS:
        return 0, _integer(raw, at, head)
    if head in _BINS:
        length, at = _length(raw, at, _BINS[head])
        return 0, _payload(raw, at, length)
    if head in _STRS:
        length, at = _length(raw, at, _STRS[head])
        return 0, _text(raw, at, length)
    if head in _ARRAYS:
        return _length(raw, at, _ARRAYS[head])
    raise _malformed(at, f"0x{head:02x} starts no value that is allowed here")


def _integer(raw: bytes, at: int, head: int) -> int:
    signed = head in _INTS
    width, bound = _INTS[head] if signed else _UINTS[head]
    end = _payload(raw, at + 1, width)
    number = int.from_bytes(raw[at + 1 : end], "big", signed=signed)
    if number > _INT64_MAX or (number > bound if signed else number < bound):
        raise _malformed(at, "an integer is not in its shortest form within int64")
    return end


def _length(raw: bytes, at: int, form: tuple[int, int]) -> tuple[int, int]:
    width, least = form
    end = _payload(raw, at + 1, width)
    length = int.from_bytes(raw[at + 1 : end], "big")
    if length < least:
        raise _malformed(at, "a length is not in its shortest form")
    return length, end


def _payload(raw: bytes, at: int, length: int) -> int:
    if at + length > len(raw):
        raise _malformed(at, "the value is cut")
    return at + length


def _text(raw: bytes, at: int, length: int) -> int:
    end = _payload(raw, at, length)
    if length > CODE_BYTES_MAX:
        raise _malformed(at, f"a text is longer than {CODE_BYTES_MAX} bytes")
    try:
        text = raw[at:end].decode()
    except UnicodeDecodeError as error:
        raise _malformed(at, "a text is not UTF-8") from error
    if not all(_is_latin(character) for character in text):
        raise _malformed(at, "a text has a character outside the Latin letters of L2")
    return end


def _is_latin(character: str) -> bool:
    # These ranges hold no combining marks and only NFC-stable letters, in every version of Unicode.
    return "\x20" <= character <= "\x7e" or "\u00c0" <= character <= "\u024f" or "\u1ea0" <= character <= "\u1eff"


def _malformed(at: int, why: str) -> MalformedError:
    return MalformedError(f"byte {at}: {why}")
