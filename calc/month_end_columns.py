"""Columns of a month end: what a file must have, what comes out, and why a row is refused (B25)."""

from collections.abc import Mapping
from enum import StrEnum

import pyarrow as pa
from msgspec import Struct
from msgspec.structs import astuple

from calc.errors import LoanError
from calc.rate import Ppm
from protocol.day import Day
from protocol.money import Dong

Name = str | int | None
"""A loan's name, as its row gives it."""

EVENT = pa.struct(
    [
        ("on", pa.date32()),
        ("kind", pa.string()),
        ("amount", pa.int64()),
        ("ppm", pa.int32()),
        ("until", pa.date32()),
    ]
)
STATE = {
    "as_of": pa.date32(),
    "balance": pa.int64(),
    "ppm": pa.int32(),
    "numerator": pa.int64(),
    "settled": pa.int64(),
}
"""Columns that each row fills; with ``loan``, they make a plain loan."""
NOT_PLAIN = {
    "overdue": pa.int64(),
    "frozen": pa.int64(),
    "frozen_until": pa.date32(),
    "numerator_overdue": pa.int64(),
    "numerator_grace": pa.int64(),
    "grace_end": pa.date32(),
    "events": pa.list_(EVENT),
}
"""Columns that may be missing or null: what a loan has that is not plain. None, 0 and [] are the same."""
RESULTS = {
    "accrued": pa.int64(),
    "payable": pa.int64(),
    "asked": pa.int64(),
    "prepaid": pa.int64(),
    "plain": pa.bool_(),
}
_TEXTS = (pa.string(), pa.large_string())


class RowFault(StrEnum):
    """Why a row is refused, apart from what `calc.errors.LoanError` says; of several, the first is told."""

    MISSING = "missing"
    NEGATIVE = "negative"
    NOT_A_DAY = "not_a_day"
    AHEAD = "ahead"
    UNKNOWN_TERMS = "unknown_terms"
    UNKNOWN_KIND = "unknown_kind"
    INCOMPLETE_EVENT = "incomplete_event"
    EVENT_TOO_EARLY = "event_too_early"
    FREEZE_REVERSED = "freeze_reversed"
    TOO_LARGE = "too_large"


class Rates(Struct, frozen=True):
    """What the bank decided: new rates by terms and day, surcharge factors by day, in ppm (B13)."""

    terms: Mapping[str, Mapping[Day, Ppm]]
    overdue_factors: Mapping[Day, Ppm]


class Refusal(Struct, frozen=True):
    """A row that cannot be answered: it is in no result and no total. ``row`` counts from 1 in the file."""

    row: int
    loan: Name
    error: RowFault | LoanError

    @property
    def code(self) -> str:
        """The stable name of the reason."""
        return self.error.code if isinstance(self.error, LoanError) else self.error.value


class Sums(Struct, frozen=True):
    """Counts of rows (B25), and totals in đồng at the month end over those that were answered."""

    plain: int = 0
    referred: int = 0
    refused: int = 0
    balance: Dong = 0
    overdue: Dong = 0
    frozen: Dong = 0
    accrued: Dong = 0
    payable: Dong = 0
    asked: Dong = 0
    prepaid: Dong = 0

    def __add__(self, other: "Sums") -> "Sums":
        """Both together."""
        return Sums(*(mine + theirs for mine, theirs in zip(astuple(self), astuple(other), strict=True)))


def misfits(schema: pa.Schema) -> tuple[str, ...]:
    """Names of columns that are missing, told twice, unknown, or of another type than theirs; sorted."""
    types = {field.name: field.type for field in schema}
    known = STATE | NOT_PLAIN
    wrong = {name for name in schema.names if schema.names.count(name) > 1}
    wrong |= {name for name in types if name not in known | RESULTS and name not in {"loan", "terms"}}
    wrong |= {name for name, kind in known.items() if types.get(name, kind) != kind}
    wrong |= {name for name in ("loan", *STATE) if name not in types}
    if types.get("loan", pa.int64()) not in (*_TEXTS, pa.int64()):
        wrong.add("loan")
    if _plain_type(types.get("terms", pa.string())) not in _TEXTS:
        wrong.add("terms")
    return tuple(sorted(wrong))


def result_schema(schema: pa.Schema) -> pa.Schema:
    """Columns that come out for those that go in: an input of the next month with this one's figures."""
    terms = schema.field("terms").type if "terms" in schema.names else pa.string()
    names = [("loan", schema.field("loan").type), ("terms", terms)]
    return pa.schema([*names, *(STATE | NOT_PLAIN | RESULTS).items()])


def _plain_type(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind
