"""Rows of a month end's input, with defaults for everything that a test is not about."""

from datetime import date

import pyarrow as pa

from calc.month_end_columns import NOT_PLAIN, STATE

SCHEMA = pa.schema([("loan", pa.string()), ("terms", pa.string()), *(STATE | NOT_PLAIN).items()])
PLAIN = pa.schema([("loan", pa.string()), *STATE.items()])


def row(loan="A1", **cells):
    """50,000,000 đ at 6.6 % from 01/12/2025 on."""
    return {
        "loan": loan,
        "as_of": date(2025, 12, 1),
        "balance": 50_000_000,
        "ppm": 66_000,
        "numerator": 0,
        "settled": 0,
        **cells,
    }


def event(kind, day=10, **cells):
    """An event in December 2025."""
    return {"on": date(2025, 12, day), "kind": kind, **cells}


def batch(*rows, schema=SCHEMA):
    """Rows as a batch."""
    return pa.RecordBatch.from_pylist(list(rows), schema=schema)
