"""One line of ``tovay-calc``: strict JSON → what is asked (B24). Nothing is guessed, nothing is converted.

Refused, each with its own fault: bytes that are not UTF-8; text that is not one JSON value (a BOM, trailing
text, a blank line, nesting too deep); duplicate, unknown and missing keys; numbers that are not integers
(50000000.0, 1e3, true, NaN); dates that are not YYYY-MM-DD or not in the calendar; negative numbers.
"""

import json
import re
from datetime import date
from enum import Enum, auto
from functools import lru_cache

from msgspec import Struct

from calc.errors import LineError, LineFault
from calc.events import Event, Kind
from calc.rate import OVERDUE_FACTOR_PPM, Ppm
from protocol.day import Day, to_day
from protocol.money import Dong

LINE_BYTES_MAX = 16 * 1024 * 1024
INTEGER_DIGITS_MAX = 4_300
"""Longest integer in decimal digits, sign included; Python's own bound for reading one."""

Id = str | int | None


class Asked(Struct, frozen=True):
    """A well-formed question: the window [start, end) and the events of one loan.

    ``rates`` and ``overdue_factors`` are in ppm by the day from which they hold, ``payments`` (day, đồng).
    """

    start: Day
    end: Day
    events: tuple[Event, ...]
    rates: dict[Day, Ppm]
    overdue_factors: dict[Day, Ppm]
    payments: tuple[tuple[Day, Dong], ...]


class Members(dict[str, object]):
    """A JSON object, with the keys that it spelled more than once."""

    duplicates: frozenset[str] = frozenset()


def members_of(line: bytes) -> Members:
    """The JSON object that a line is; raises LineError for anything else."""
    if len(line) > LINE_BYTES_MAX:
        raise LineError(LineFault.LINE_TOO_LONG)
    try:
        value: object = _DECODER.decode(line.decode())
    except UnicodeDecodeError as error:
        raise LineError(LineFault.NOT_UTF8) from error
    except (json.JSONDecodeError, RecursionError) as error:
        raise LineError(LineFault.NOT_JSON) from error
    if not isinstance(value, Members):
        raise LineError(LineFault.NOT_AN_OBJECT)
    return value


def id_of(members: Members) -> Id:
    """The line's own name, to be echoed as given; None when it has none, or more than one."""
    value = None if "id" in members.duplicates else members.get("id")
    if isinstance(value, str):
        if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
            raise LineError(LineFault.BAD_ID, key="id")
        return value
    if value is None or type(value) is int:
        return value
    raise LineError(LineFault.BAD_ID, key="id")


def asked_of(members: Members) -> Asked:
    """What a line asks for; raises LineError for the first fault."""
    _check_keys(members, _LINE_KEYS, _LINE_OPTIONAL, None)
    events = members["events"]
    if not isinstance(events, list):
        raise LineError(LineFault.NOT_A_LIST, key="events")
    end = _day(members["to"], "to", None)
    start = _day(members["from"], "from", None) if "from" in members else None
    story = _Story()
    for number, event in enumerate(events, 1):
        story.add(event, number)
    if start is None:
        start = story.first
    if start is None:
        raise LineError(LineFault.NO_FIRST_EVENT, key="from")
    if start > end:
        raise LineError(LineFault.WINDOW_REVERSED, key="from")
    return Asked(start, end, tuple(story.events), story.rates, story.factors, tuple(story.payments))


class _Odd(Enum):
    """A JSON number that is no integer to us."""

    INEXACT = auto()
    TOO_LONG = auto()


class _Story:
    """The events of a line while they are read, in any order; of two rates on a day the later told holds."""

    def __init__(self) -> None:
        self.first: Day | None = None
        self.events: list[Event] = []
        self.rates: dict[Day, Ppm] = {}
        self.factors: dict[Day, Ppm] = {}
        self.payments: list[tuple[Day, Dong]] = []

    def add(self, value: object, number: int) -> None:
        """Read one event; ``number`` counts from 1."""
        if not isinstance(value, Members):
            raise LineError(LineFault.NOT_AN_OBJECT, event=number)
        kind = _kind(value, number)
        on = _day(value["on"], "on", number)
        if self.first is None or on < self.first:
            self.first = on
        if kind in _PRINCIPAL:
            self.events.append(Event(on, _PRINCIPAL[kind], _integer(value["amount"], "amount", number)))
        elif kind == "interest_paid":
            self.payments.append((on, _integer(value["amount"], "amount", number)))
        elif kind == "frozen":
            until = _day(value["until"], "until", number)
            if until < on:
                raise LineError(LineFault.FREEZE_REVERSED, event=number, key="until")
            self.events.append(Event(on, Kind.FROZEN, until=until))
        elif kind == "written_off":
            self.events.append(Event(on, Kind.WRITTEN_OFF))
        elif kind == "rate":
            self.rates[on] = _integer(value["ppm"], "ppm", number)
        else:
            self.factors[on] = _integer(value.get("factor_ppm", OVERDUE_FACTOR_PPM), "factor_ppm", number)


_PRINCIPAL = {
    "disbursed": Kind.DISBURSED,
    "repaid": Kind.REPAID,
    "overdue": Kind.OVERDUE,
    "extended": Kind.EXTENDED,
}
_EVENT_KEYS = {
    **dict.fromkeys((*_PRINCIPAL, "interest_paid"), frozenset({"on", "kind", "amount"})),
    "rate": frozenset({"on", "kind", "ppm"}),
    "overdue_rate": frozenset({"on", "kind"}),
    "frozen": frozenset({"on", "kind", "until"}),
    "written_off": frozenset({"on", "kind"}),
}
_LINE_KEYS = frozenset({"to", "events"})
_LINE_OPTIONAL = frozenset({"id", "from"})
_FACTOR = frozenset({"factor_ppm"})
_NONE: frozenset[str] = frozenset()
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _kind(event: Members, number: int) -> str:
    """The kind of an event whose keys are those of its kind."""
    if "kind" not in event:
        raise LineError(LineFault.MISSING_KEY, event=number, key="kind")
    kind = event["kind"]
    if not isinstance(kind, str) or kind not in _EVENT_KEYS:
        raise LineError(LineFault.UNKNOWN_KIND, event=number, key="kind")
    _check_keys(event, _EVENT_KEYS[kind], _FACTOR if kind == "overdue_rate" else _NONE, number)
    return kind


def _check_keys(
    members: Members, required: frozenset[str], optional: frozenset[str], event: int | None
) -> None:
    if members.keys() == required and not members.duplicates:
        return
    for fault, keys in (
        (LineFault.DUPLICATE_KEY, members.duplicates),
        (LineFault.UNKNOWN_KEY, members.keys() - required - optional),
        (LineFault.MISSING_KEY, required - members.keys()),
    ):
        if keys:
            raise LineError(fault, event=event, key=min(keys))


def _day(value: object, key: str, event: int | None) -> Day:
    day = _calendar_day(value) if isinstance(value, str) else None
    if day is None:
        raise LineError(LineFault.NOT_A_DATE, event=event, key=key)
    return day


@lru_cache(maxsize=16_384)
def _calendar_day(text: str) -> Day | None:
    if not _DATE.fullmatch(text):
        return None
    try:
        return to_day(date.fromisoformat(text))
    except ValueError:
        return None


def _integer(value: object, key: str, event: int) -> int:
    if type(value) is not int:
        fault = LineFault.INTEGER_TOO_LONG if value is _Odd.TOO_LONG else LineFault.NOT_AN_INTEGER
        raise LineError(fault, event=event, key=key)
    if value < 0:
        raise LineError(LineFault.NEGATIVE, event=event, key=key)
    return value


def _object(pairs: list[tuple[str, object]]) -> Members:
    members = Members(pairs)
    if len(members) < len(pairs):
        keys = [key for key, _ in pairs]
        members.duplicates = frozenset(key for key in members if keys.count(key) > 1)
    return members


def _whole(text: str) -> int | _Odd:
    return int(text) if len(text) <= INTEGER_DIGITS_MAX else _Odd.TOO_LONG


def _inexact(_text: str) -> _Odd:
    return _Odd.INEXACT


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_whole, parse_float=_inexact, parse_constant=_inexact
)
