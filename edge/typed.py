"""Strict reading of what a person typed: one meaning or a refusal, never a guess.

Amounts are whole đồng: ``105000``, or with every thousand dotted, ``105.000``. No sign, comma, blank, leading
zero or exponent; digits are ASCII. Days are ``17/12/2025`` or ``2025-12-17``.
"""

import re
import unicodedata
from datetime import date

from edge.errors import Fault, InputError
from protocol.day import DAY_MAX, DAY_MIN, to_day
from protocol.limits import TEXT_BYTES_MAX
from protocol.money import FACES_DONG, Dong

AMOUNT_DONG_MAX = 99_999_999_999
"""More than any group ever holds: a longer number is a slip of the fingers."""

_AMOUNT = re.compile(r"0|[1-9][0-9]*|[1-9][0-9]{0,2}(?:\.[0-9]{3})+")
_NUMBER = re.compile(r"[1-9][0-9]{0,8}")
_COUNT = re.compile(r"0|[1-9][0-9]{0,4}")
_VIETNAMESE_DAY = re.compile(r"([0-9]{2})/([0-9]{2})/([0-9]{4})")
_ISO_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_FORBIDDEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def amount(text: str) -> Dong:
    """Whole đồng, 0 included; raises InputError."""
    if not _AMOUNT.fullmatch(text):
        raise InputError(Fault.NOT_AN_AMOUNT, typed=shown(text))
    digits = text.replace(".", "")
    if len(digits) > len(str(AMOUNT_DONG_MAX)):
        raise InputError(Fault.AMOUNT_TOO_LARGE, typed=shown(text))
    return int(digits)


def number(text: str) -> int:
    """A number as printed: of a member, a loan, a receipt; raises InputError."""
    if not _NUMBER.fullmatch(text):
        raise InputError(Fault.NOT_A_NUMBER, typed=shown(text))
    return int(text)


def day(text: str) -> int:
    """A calendar day, in days since 1970; raises InputError."""
    vietnamese, iso = _VIETNAMESE_DAY.fullmatch(text), _ISO_DAY.fullmatch(text)
    parts = (vietnamese.group(3, 2, 1) if vietnamese else None) or (iso.groups() if iso else None)
    try:
        found = None if parts is None else to_day(date(*map(int, parts)))
    except ValueError:
        found = None
    if found is None or not DAY_MIN <= found <= DAY_MAX:
        raise InputError(Fault.NOT_A_DATE, typed=shown(text))
    return found


def pair(text: str) -> tuple[int, Dong]:
    """``2=105.000``: a number and an amount for it; raises InputError."""
    left, equals, right = text.partition("=")
    if not equals:
        raise InputError(Fault.BAD_PAIR, typed=shown(text))
    return number(left), amount(right)


def notes(text: str) -> tuple[Dong, int]:
    """``500.000=3``: a face value in circulation and how many notes of it; raises InputError."""
    left, equals, right = text.partition("=")
    if not equals or not _COUNT.fullmatch(right):
        raise InputError(Fault.BAD_PAIR, typed=shown(text))
    face = amount(left)
    if face not in FACES_DONG:
        raise InputError(Fault.BAD_FACE, typed=shown(left))
    return face, int(right)


def words(text: str) -> str:
    """A note as it is kept: NFC, trimmed, no control, bidirectional or invisible character (threat W15)."""
    found = unicodedata.normalize("NFC", text).strip()
    if not 0 < len(found.encode(errors="surrogatepass")) <= TEXT_BYTES_MAX:
        raise InputError(Fault.BAD_TEXT)
    if any(unicodedata.category(character) in _FORBIDDEN for character in found):
        raise InputError(Fault.BAD_TEXT)
    return found


def shown(text: str) -> str:
    """What was typed, safe to show again: short, and every odd character spelled out."""
    head = text[:40] + ("…" if len(text) > 40 else "")  # noqa: PLR2004 (a line of a terminal)
    return "".join(character if character.isprintable() else ascii(character)[1:-1] for character in head)
