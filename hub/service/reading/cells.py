"""One cell of an export: its text to its value, or the reason why it has none. Every value has one meaning.

Digits are ASCII digits only, numbers have no sign but a leading minus where one is allowed, no separators and
no leading zeros. Texts are NFC without control, bidirectional, zero-width or unusual space characters.
"""

import re
from collections.abc import Callable
from datetime import date
from functools import partial
from unicodedata import normalize

from hub.service.reading.reasons import Reason
from protocol.codec import encode, scan
from protocol.day import DAY_MAX, DAY_MIN, to_day
from protocol.errors import MalformedError
from protocol.money import DONG_MAX, DONG_MIN

CODE_MAX = 40
TEXT_MAX = 200
PPM_MAX = 10**9
RATE_PPM_MAX = 10**6

Value = int | str | Reason
Parse = Callable[[str], Value]

_WHOLE = re.compile(r"-?(?:0|[1-9][0-9]*)", re.ASCII)
_DIGITS_MAX = 20
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]*", re.ASCII)
_GROUP = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,23}", re.ASCII)
_ISO_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", re.ASCII)
_VIETNAMESE_DAY = re.compile(r"([0-9]{2})/([0-9]{2})/([0-9]{4})", re.ASCII)
_IDENTITY = re.compile(r"[0-9]{12}", re.ASCII)
_PHONE = re.compile(r"0[0-9]{9}", re.ASCII)


def clean(cell: str) -> str | Reason:
    """NFC text without blanks around it; control, format and unusual space characters are refused."""
    composed = cell.strip(" ") if cell.isascii() else normalize("NFC", cell).strip(" ")
    return composed if composed.isprintable() else Reason.FORBIDDEN_CHARACTER


def text(cell: str, longest: int = TEXT_MAX) -> Value:
    """Free text."""
    return cell if len(cell) <= longest else Reason.TEXT_TOO_LONG


def code(cell: str) -> Value:
    """A code of the bank: ASCII letters, digits and ``._/-``."""
    return cell if len(cell) <= CODE_MAX and _CODE.fullmatch(cell) else Reason.NOT_A_CODE


def reference(cell: str) -> Value:
    """Number of a legal text (2553/QĐ-TTg): as much as the text of an entry may say (L2)."""
    try:
        scan(encode(cell), 0)
    except MalformedError:
        return Reason.NOT_A_CODE
    return cell if len(cell) <= CODE_MAX else Reason.TEXT_TOO_LONG


def group_code(cell: str) -> Value:
    """A group's code, as narrow as the log's name of it."""
    return cell if _GROUP.fullmatch(cell) else Reason.NOT_A_CODE


def one_of(*choices: str) -> Parse:
    """Exactly one of some words."""
    return lambda cell: cell if cell in choices else Reason.NOT_A_CHOICE


def day(cell: str) -> Value:
    """A calendar day, written 2025-12-17 or 17/12/2025."""
    if found := _ISO_DAY.fullmatch(cell):
        year, month, day_of_month = found.groups()
    elif found := _VIETNAMESE_DAY.fullmatch(cell):
        day_of_month, month, year = found.groups()
    else:
        return Reason.NOT_A_DAY
    try:
        number = to_day(date(int(year), int(month), int(day_of_month)))
    except ValueError:
        return Reason.NOT_A_DAY
    return number if DAY_MIN <= number <= DAY_MAX else Reason.OUT_OF_RANGE


def whole(cell: str, least: int, most: int) -> Value:
    """A whole number between two bounds, both allowed."""
    if not _WHOLE.fullmatch(cell) or cell == "-0":
        return Reason.NOT_A_NUMBER
    if len(cell) > _DIGITS_MAX or not least <= int(cell) <= most:
        return Reason.OUT_OF_RANGE
    return int(cell)


amount: Parse = partial(whole, least=0, most=DONG_MAX)
positive: Parse = partial(whole, least=1, most=DONG_MAX)
signed: Parse = partial(whole, least=DONG_MIN, most=DONG_MAX)
ppm: Parse = partial(whole, least=0, most=PPM_MAX)
rate_ppm: Parse = partial(whole, least=0, most=RATE_PPM_MAX)
day_of_month: Parse = partial(whole, least=1, most=31)


def identity(cell: str) -> Value:
    """A citizen's identity number: twelve digits."""
    return cell if _IDENTITY.fullmatch(cell) else Reason.NOT_AN_IDENTITY


def phone(cell: str) -> Value:
    """A telephone number: ten digits that start with 0."""
    return cell if _PHONE.fullmatch(cell) else Reason.NOT_A_PHONE
