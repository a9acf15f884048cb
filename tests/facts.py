"""Makes any entry with usual values, so that a test sets only what it is about."""

from datetime import UTC, date, datetime
from functools import cache

import msgspec

from protocol.day import DAY_MIN, to_day, to_instant

GROUP = "KM-001"
DAY = to_day(date(2025, 12, 17))
MOMENT = to_instant(datetime(2025, 12, 17, 1, 30, tzinfo=UTC))

# What a field holds when the test does not say; a field that is missing here and may be nil is nil.
USUAL = {
    "group": GROUP,
    "policy": "rounding",
    "programme": "HN",
    "reason": "mistyped",
    "outcome": "promised",
    "subject": "contact",
    "cause": "possible_duplicate",
    "decision": "QĐ-01",
    "resolution": "paid",
    "reference": "2553/QĐ-TTg",
    "area": "HP-KINHMON",
    "point": "DGD-KINHMON",
    "organisation": "HPN",
    "decided_by": "CB001",
    "confirmed_by": "CB002",
    "day_of_month": 17,
    "ppm": 66_000,
    "amount": 20_000,
    "first_receipt": 1,
    "last_receipt": 10_000,
    "rates": ((to_day(date(2023, 4, 18)), 66_000),),
    "due_on": to_day(date(2028, 4, 18)),
    "until": to_day(date(2027, 4, 18)),
    "opened_on": to_day(date(2023, 4, 18)),
    "signed_on": to_day(date(2025, 11, 20)),
    "effective_from": to_day(date(2025, 12, 1)),
    "role": "leader",
    "algorithm": "ed25519",
    "knows": ((0, 1), ()),
}


def an(kind, /, **given):
    """An entry or a part of one: the fields given (structs or nested tuples), and usual values for the rest.

    Usual is nil where nil is allowed, an empty list, the first ordinal, ``DAY``, the least amount.
    """
    shape = _shape(kind)
    values = [given.pop(f.name) if f.name in given else _usual(f.name, f.type) for f in shape.fields]
    assert not given, f"{kind.__name__} has no {sorted(given)}"
    return msgspec.convert(values if shape.tag is None else (shape.tag, *values), kind)


@cache
def _shape(kind):
    return msgspec.inspect.type_info(kind)


def _usual(name, shape):  # noqa: PLR0911 (one line per shape)
    if name in USUAL:
        return USUAL[name]
    match shape:
        case msgspec.inspect.UnionType(includes_none=True):
            return None
        case msgspec.inspect.IntType(ge=least):
            return DAY if least == DAY_MIN else max(least, 0)
        case msgspec.inspect.BytesType(min_length=least):
            return b"\x11" * least
        case msgspec.inspect.StrType():
            return "GD001-00001"
        case msgspec.inspect.LiteralType(values=values):
            return values[0]
        case msgspec.inspect.VarTupleType():
            return ()
        case msgspec.inspect.StructType(cls=cls):
            return an(cls)
        case _:
            raise AssertionError(shape)
