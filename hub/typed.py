"""What may stand on the command line about days, money and rates: one meaning or a refusal, never a guess.

Days are ``2025-12-17`` or ``17/12/2025``, periods ``2025-12`` or ``12/2025``. Amounts are whole đồng:
``105000``, or with every thousand dotted, ``105.000``; no sign, blank, comma, leading zero or exponent. Notes
are ``500000x3``. Percents are ``6,24``.
Digits are ASCII.
"""

import re
from datetime import date

import rich_click as click

from calc.periods import Period, period_in
from calc.states import AMOUNT_MAX
from calc.words import grouped
from protocol.day import DAY_MAX, DAY_MIN, Day, to_day
from protocol.money import FACES_DONG, Dong
from protocol.phone_facts import Denomination

_MILLION = 1_000_000
_AMOUNT = re.compile(r"0|[1-9][0-9]{0,12}|[1-9][0-9]{0,2}(?:\.[0-9]{3}){1,4}")
_COUNT = re.compile(r"[1-9][0-9]{0,5}")
_PERCENT = re.compile(r"(0|[1-9][0-9]?|100)(?:,([0-9]{1,4}))? ?%?")
_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})|([0-9]{2})/([0-9]{2})/([0-9]{4})")

_PERIOD = re.compile(r"((?:19|2[0-9])[0-9]{2})-(0[1-9]|1[0-2])|(0[1-9]|1[0-2])/((?:19|2[0-9])[0-9]{2})")


class DayType(click.ParamType[Day]):
    """A calendar day."""

    name = "ngày"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> Day:
        """The day as it is meant; raises click.BadParameter."""
        found = _day(value)
        if found is None or not DAY_MIN <= found <= DAY_MAX:
            self.fail("ngày có thật, viết 2025-12-17 hoặc 17/12/2025", param, ctx)
        return found


class PeriodType(click.ParamType[Period]):
    """A calendar month."""

    name = "kỳ"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> Period:
        """The month as it is meant; raises click.BadParameter."""
        found = _PERIOD.fullmatch(value)
        if found is None:
            self.fail("kỳ là một tháng, viết 2025-12 hoặc 12/2025", param, ctx)
        year, number = found.group(1, 2) if found[1] else found.group(4, 3)
        return period_in(int(year), int(number))


class AmountType(click.ParamType[Dong]):
    """Whole đồng, 0 included."""

    name = "số tiền"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> Dong:
        """The amount as it is meant; raises click.BadParameter."""
        found = _amount(value)
        if found is None:
            self.fail(f"số đồng như 105000 hoặc 105.000, không quá {grouped(AMOUNT_MAX)}", param, ctx)
        return found


class PercentType(click.ParamType[int]):
    """A percentage as people write it, exact to the ppm: 0 to 100."""

    name = "phần trăm"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Parts per million; raises click.BadParameter."""
        found = _percent(value)
        if found is None:
            self.fail("phần trăm từ 0 đến 100, không quá bốn số lẻ, ví dụ 6,24", param, ctx)
        return found


class NotesType(click.ParamType[Denomination]):
    """Notes of one face value in circulation."""

    name = "tờ"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> Denomination:
        """The notes as they are meant; raises click.BadParameter."""
        left, _, right = value.partition("x")
        face = _amount(left)
        if face not in FACES_DONG or not _COUNT.fullmatch(right):
            faces = ", ".join(map(grouped, FACES_DONG))
            self.fail(f"mệnh giá x số tờ, ví dụ 500000x3; các mệnh giá: {faces}", param, ctx)
        return Denomination(face, int(right))


def _day(text: str) -> Day | None:
    found = _DAY.fullmatch(text)
    if found is None:
        return None
    year, month, day = found.group(1, 2, 3) if found[1] else found.group(6, 5, 4)
    try:
        return to_day(date(int(year), int(month), int(day)))
    except ValueError:
        return None


def _amount(text: str) -> Dong | None:
    if not _AMOUNT.fullmatch(text):
        return None
    amount = int(text.replace(".", ""))
    return amount if amount <= AMOUNT_MAX else None


def _percent(text: str) -> int | None:
    found = _PERCENT.fullmatch(text)
    if found is None:
        return None
    ppm = int(found[1]) * 10_000 + int((found[2] or "").ljust(4, "0"))
    return ppm if ppm <= _MILLION else None
