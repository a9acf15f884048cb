"""Canonical bytes as the text of a QR code: a prefix that says what it is, then base32 without padding.

All of it is in the QR standard's alphanumeric alphabet (5.5 bits a character), and every reader, also a
browser's, gives it back as text. The base32 is that of RFC 4648.
"""

import base64
import binascii

from protocol.errors import LimitError, MalformedError

TEXT_MAX = 2_000


def write_text(prefix: str, raw: bytes) -> str:
    """Text of the code; raises LimitError when it is over ``TEXT_MAX`` characters."""
    text = prefix + base64.b32encode(raw).decode().rstrip("=")
    if len(text) > TEXT_MAX:
        raise LimitError(f"{len(text)} characters do not fit a QR code of {TEXT_MAX}")
    return text


def read_text(prefix: str, text: str) -> bytes:
    """The bytes of a scanned code; raises MalformedError for every second spelling."""
    body = text.removeprefix(prefix)
    if body == text or len(text) > TEXT_MAX:
        raise MalformedError(f"this is not a code that starts with {prefix}")
    try:
        raw = base64.b32decode(body + "=" * (-len(body) % 8))
    except (binascii.Error, ValueError) as error:
        raise MalformedError(f"the code is damaged: {error}") from error
    if write_text(prefix, raw) != text:
        raise MalformedError("the code is not in its one spelling")
    return raw
