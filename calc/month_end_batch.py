"""Month end of a batch of Arrow columns: plain rows by the kernel, the others by the reference (B25).

A row that cannot be answered is a value with its number, and is in no result and no total; the rest goes on.
"""

from collections.abc import Mapping, Sequence
from typing import TypeVar

import numpy as np
import pyarrow as pa
from msgspec import Struct, convert
from numpy.typing import NDArray

from calc import kernel
from calc.errors import LoanError
from calc.kernel import INTEGER_MAX, Longs, Shorts
from calc.month_end import MonthEnd, month_end
from calc.month_end_columns import EVENT, STATE, Rates, Refusal, RowFault, Sums, result_schema
from calc.month_end_row import EventCell, fault_in, state_of
from calc.rate import Ppm
from protocol.day import DAY_MAX, DAY_MIN, Day

Flags = NDArray[np.bool_]
Cell = TypeVar("Cell", np.int64, np.int32)

_LONGS = ("balance", "numerator", "settled", "overdue", "frozen", "numerator_overdue", "numerator_grace")
_SHORTS = ("as_of", "ppm", "frozen_until", "grace_end")
_FIGURES = ("accrued", "payable", "asked", "prepaid")
_NULLABLE = ("frozen_until", "grace_end")
_EVENTS_BY_NUMBER = pa.list_(
    pa.struct([(cell.name, pa.int32() if cell.type == pa.date32() else cell.type) for cell in EVENT])
)
"""Events whose days are numbers: not every day of Arrow is one of Python's."""


class Answered(Struct, frozen=True):
    """A batch at its month end: the rows that were answered, in order, and why the others were not."""

    rows: pa.RecordBatch
    sums: Sums
    refusals: tuple[Refusal, ...]


def close_batch(batch: pa.RecordBatch, to: Day, rates: Rates | None = None, *, before: int = 0) -> Answered:
    """Figures and states of a batch at the month end ``to``, the first day that does not count.

    Args:
        batch: rows in columns that have no `calc.month_end_columns.misfits`.
        to: month end.
        rates: what the bank decided; when given, each row's ``terms`` must be among them, or null.
        before: rows of the file before this batch.

    Source: B10, B13, B25.
    """
    work = _Work(batch, to, rates)
    work.refuse_at_sight()
    work.close_plain()
    for row in np.flatnonzero(~work.is_plain).tolist():
        if row not in work.faults:
            work.refer(row)
    return work.answered(before)


class _Work:
    """A batch while its rows are answered: cells as given, cells as found, faults by row."""

    def __init__(self, batch: pa.RecordBatch, to: Day, rates: Rates | None) -> None:
        self.batch = batch
        self.to = to
        self.rows = len(batch)
        self.longs: dict[str, Longs] = {name: _cells(batch, name, np.int64) for name in _LONGS}
        self.shorts: dict[str, Shorts] = {name: _cells(batch, name, np.int32) for name in _SHORTS}
        self.is_filled = {name: _is_filled(batch, name) for name in ("loan", *STATE, *_NULLABLE)}
        self.factors = {} if rates is None else rates.overdue_factors
        self.terms, self.changes = _terms_of(batch, rates)
        self.is_plain = ~self.is_filled["grace_end"] & ~_has_events(batch)
        for name in ("overdue", "frozen", "numerator_overdue", "numerator_grace"):
            self.is_plain &= self.longs[name] == 0
        self.found: dict[str, Longs] = {
            name: np.zeros(self.rows, np.int64) for name in (*_LONGS, *_SHORTS, *_FIGURES)
        }
        self.is_found = {name: np.zeros(self.rows, np.bool_) for name in _NULLABLE}
        self.events: list[list[dict[str, object]] | None] = [None] * self.rows
        self.faults: dict[int, RowFault | LoanError] = {}

    def refuse_at_sight(self) -> None:
        """Refuse rows with a cell that cannot be, whatever the others are."""
        missing, negative, odd = (np.zeros(self.rows, np.bool_) for _ in range(3))
        for name in ("loan", *STATE):
            missing |= ~self.is_filled[name]
        for name in ("balance", "overdue", "frozen"):
            negative |= self.longs[name] < 0
        for name in ("as_of", *_NULLABLE):
            odd |= (self.shorts[name] < DAY_MIN) | (self.shorts[name] > DAY_MAX)
        strangers = [code for code, rates in enumerate(self.changes) if rates is None]
        for fault, flags in (
            (RowFault.MISSING, missing),
            (RowFault.NEGATIVE, negative | (self.shorts["ppm"] < 0)),
            (RowFault.NOT_A_DAY, odd),
            (RowFault.AHEAD, self.shorts["as_of"] > self.to),
            (RowFault.UNKNOWN_TERMS, np.isin(self.terms, strangers)),
        ):
            for row in np.flatnonzero(flags).tolist():
                self.faults.setdefault(row, fault)

    def close_plain(self) -> None:
        """Answer the plain rows, all at once."""
        wanted = self.is_plain.copy()
        wanted[list(self.faults)] = False
        if not wanted.any():
            return
        rows = slice(None) if wanted.all() else np.flatnonzero(wanted)
        longs, shorts, found = self.longs, self.shorts, self.found
        block = kernel.block(
            longs["numerator"][rows],
            longs["balance"][rows],
            shorts["ppm"][rows],
            longs["settled"][rows],
            shorts["as_of"][rows],
            self.terms[rows],
        )
        changes = [rates or {} for rates in self.changes]
        closed = kernel.close(block, self.to, kernel.steps(changes, self.to) if any(changes) else None)
        for row in closed.too_large:
            self.faults[int(np.flatnonzero(wanted)[row])] = RowFault.TOO_LARGE
        found["as_of"][rows] = self.to
        found["ppm"][rows] = closed.block.ppm
        found["balance"][rows] = block.balance
        found["settled"][rows] = block.settled
        found["numerator"][rows] = closed.figures.numerator
        found["accrued"][rows] = closed.figures.accrued
        found["payable"][rows] = closed.figures.payable
        found["asked"][rows] = np.maximum(closed.figures.payable, 0)
        found["prepaid"][rows] = np.maximum(-closed.figures.payable, 0)

    def refer(self, row: int) -> None:
        """Answer one row by the reference, or refuse it."""
        events = _events_of(self.batch, row)
        told = convert(events, list[EventCell])
        cells = {name: int(column[row]) for name, column in (self.longs | self.shorts).items()}
        fault = fault_in(told, cells["as_of"])
        if fault is not None:
            self.faults[row] = fault
            return
        days = {name: cells[name] if self.is_filled[name][row] else None for name in _NULLABLE}
        state = state_of(cells, days, told)
        try:
            end = month_end(state, self.to, self.changes[self.terms[row]], self.factors)
        except LoanError as error:
            self.faults[row] = error
            return
        figures = _figures_of(end)
        if any(abs(figure) > INTEGER_MAX for figure in figures.values()):
            self.faults[row] = RowFault.TOO_LARGE
            return
        for name, figure in figures.items():
            self.found[name][row] = figure
        for name, day in (("frozen_until", end.state.frozen_until), ("grace_end", end.state.grace_end)):
            self.found[name][row] = day or 0
            self.is_found[name][row] = day is not None
        if end.state is not state:
            events = [one for one, cell in zip(events, told, strict=True) if (cell.on or 0) >= self.to]
        self.events[row] = events or None

    def answered(self, before: int) -> Answered:
        """What was found of the rows without a fault."""
        names = self.batch.schema.names
        schema = result_schema(self.batch.schema)
        kept = np.ones(self.rows, np.bool_)
        kept[list(self.faults)] = False
        columns = {"loan": self.batch.column("loan"), "plain": pa.array(self.is_plain)}
        columns["terms"] = (
            self.batch.column("terms") if "terms" in names else pa.nulls(self.rows, pa.string())
        )
        columns["events"] = pa.array(self.events, _EVENTS_BY_NUMBER)
        for name, column in self.found.items():
            numbers = column.astype(np.int32) if name in _SHORTS else column
            columns[name] = pa.array(numbers, mask=~self.is_found[name] if name in _NULLABLE else None)
        rows = pa.record_batch([columns[field.name].cast(field.type) for field in schema], schema=schema)
        loans = self.batch.column("loan")
        return Answered(
            rows.filter(pa.array(kept)),
            Sums(
                plain=int((self.is_plain & kept).sum()),
                referred=int((~self.is_plain & kept).sum()),
                refused=len(self.faults),
                **{name: _total(self.found[name][kept]) for name in _TOTALS},
            ),
            tuple(
                Refusal(before + row + 1, loans[row].as_py(), self.faults[row]) for row in sorted(self.faults)
            ),
        )


_TOTALS = ("balance", "overdue", "frozen", *_FIGURES)


def _figures_of(end: MonthEnd) -> dict[str, int]:
    state = end.state
    return {
        "as_of": state.as_of,
        "ppm": state.ppm,
        "balance": state.balance,
        "numerator": state.numerators.in_term,
        "settled": state.settled,
        "overdue": state.overdue,
        "frozen": state.frozen,
        "numerator_overdue": state.numerators.overdue,
        "numerator_grace": state.numerators.grace,
        "accrued": end.accrued.total,
        "payable": end.payable,
        "asked": end.asked,
        "prepaid": max(0, -end.payable),
    }


def _cells(batch: pa.RecordBatch, name: str, kind: type[Cell]) -> NDArray[Cell]:
    """Numbers of a column, 0 for null; all 0 where there is no such column."""
    if name not in batch.schema.names:
        return np.zeros(len(batch), kind)
    column = batch.column(name).cast(pa.from_numpy_dtype(kind)).fill_null(0)
    cells: NDArray[Cell] = column.to_numpy(zero_copy_only=False)
    return cells


def _is_filled(batch: pa.RecordBatch, name: str) -> Flags:
    if name not in batch.schema.names:
        return np.zeros(len(batch), np.bool_)
    flags: Flags = batch.column(name).is_valid().to_numpy(zero_copy_only=False)
    return flags


def _has_events(batch: pa.RecordBatch) -> Flags:
    if "events" not in batch.schema.names:
        return np.zeros(len(batch), np.bool_)
    lengths: Shorts = batch.column("events").value_lengths().fill_null(0).to_numpy(zero_copy_only=False)
    return lengths > 0


def _events_of(batch: pa.RecordBatch, row: int) -> list[dict[str, object]]:
    if "events" not in batch.schema.names:
        return []
    (events,) = batch.column("events").slice(row, 1).cast(_EVENTS_BY_NUMBER).to_pylist()
    return [one or {} for one in events or []]


def _terms_of(
    batch: pa.RecordBatch, rates: Rates | None
) -> tuple[Shorts, Sequence[Mapping[Day, Ppm] | None]]:
    """Each row's terms as a number, and by number their rates: None where the bank told none."""
    if rates is None or "terms" not in batch.schema.names:
        return np.zeros(len(batch), np.int32), [{}]
    coded = batch.column("terms").dictionary_encode()
    names = coded.dictionary.to_pylist()
    codes = coded.indices.cast(pa.int32()).fill_null(len(names)).to_numpy(zero_copy_only=False)
    return codes, [*(rates.terms.get(name) for name in names), {}]


def _total(column: Longs) -> int:
    """The sum, which 64 bits need not hold: each half of the bits is added by itself."""
    return (int((column >> 32).sum()) << 32) + int((column & 0xFFFFFFFF).sum())
