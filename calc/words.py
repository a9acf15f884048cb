"""How amounts, rates and days are written for people in Vietnam: in figures and in words.

Words follow the usage of Vietnamese vouchers: mốt, tư and lăm after mươi, lăm after mười, linh for a ten that
is zero, and "không trăm" wherever a group of three digits follows a higher one. Above a thousand million the
word tỷ is repeated: 10¹⁸ is một tỷ tỷ.
"""

from protocol.day import Day, to_date
from protocol.money import Dong

NBSP = "\N{NO-BREAK SPACE}"

_DIGITS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
_AFTER_TENS = {**dict(enumerate(_DIGITS)), 1: "mốt", 4: "tư", 5: "lăm"}
_AFTER_TEN = {**dict(enumerate(_DIGITS)), 5: "lăm"}
_BILLION = 1_000_000_000
_PRINTED = str.maketrans(",-", ".−")


def in_words(amount: Dong) -> str:
    """An amount in words, as a sentence on a receipt ends: "Một triệu không trăm linh năm đồng"."""
    words = ["âm"] if amount < 0 else []
    words += _number(abs(amount))
    words.append("đồng")
    return " ".join(words).capitalize()


def grouped(number: int) -> str:
    """A number with a point between groups of three digits: 1.234.567, and the minus of print: −1.234."""
    return f"{number:,}".translate(_PRINTED)


def money(amount: Dong) -> str:
    """An amount in figures: 1.234.567 đ, with a space that does not break."""
    return f"{grouped(amount)}{NBSP}đ"


def rate(ppm: int) -> str:
    """A yearly rate of so many ppm: 6,24 %/năm, exact, with a space that does not break."""
    return f"{percent(ppm)}/năm"


def percent(ppm: int) -> str:
    """A ratio of so many ppm: 6,24 %, exact, with a space that does not break; −0,5 % below nothing."""
    whole, rest = divmod(abs(ppm), 10_000)
    decimals = f",{rest:04}".rstrip("0").rstrip(",")
    return f"{'−' if ppm < 0 else ''}{grouped(whole)}{decimals}{NBSP}%"


def day(when: Day) -> str:
    """A calendar day: 04/08/2032."""
    date = to_date(when)
    return f"{date.day:02}/{date.month:02}/{date.year:04}"


def month(when: Day) -> str:
    """The calendar month of a day: 08/2032."""
    date = to_date(when)
    return f"{date.month:02}/{date.year:04}"


def _number(number: int) -> list[str]:
    """Words of a number that is not negative: thousand millions from the top, each followed by tỷ."""
    if number == 0:
        return [_DIGITS[0]]
    chunks = []
    while number:
        number, chunk = divmod(number, _BILLION)
        chunks.append(chunk)
    words: list[str] = []
    for chunk in reversed(chunks):
        if words:
            words.append("tỷ")
        words += _chunk(chunk, led=bool(words))
    return words


def _chunk(chunk: int, *, led: bool) -> list[str]:
    """Words of a number below a thousand million; ``led`` says that higher digits stand before it."""
    words: list[str] = []
    millions, rest = divmod(chunk, 1_000_000)
    for group, unit in zip((millions, *divmod(rest, 1_000)), ("triệu", "nghìn", ""), strict=True):
        if group:
            words += _group(group, led=led or bool(words))
            words += [unit] if unit else []
    return words


def _group(group: int, *, led: bool) -> list[str]:
    """Words of a group of three digits that is not zero."""
    hundreds, rest = divmod(group, 100)
    tens, ones = divmod(rest, 10)
    words = [_DIGITS[hundreds], "trăm"] if hundreds or led else []
    if tens > 1:
        words += [_DIGITS[tens], "mươi"]
        words += [_AFTER_TENS[ones]] if ones else []
    elif tens == 1:
        words.append("mười")
        words += [_AFTER_TEN[ones]] if ones else []
    elif ones:
        words += ["linh", _DIGITS[ones]] if words else [_DIGITS[ones]]
    return words
