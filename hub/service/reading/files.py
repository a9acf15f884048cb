"""Reads an export into typed rows: a folder of CSV files, an XLSX workbook or a JSON document.

Nothing in a file raises: what is wrong comes back as values. One bad row never hides the next; a table whose
columns are wrong, or most of whose rows are bad, is left out as a whole.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from hub.service.reading.cells import Value, clean, day
from hub.service.reading.csv_form import read_folder
from hub.service.reading.forms import Cell, Fault, Line, RawBook, RawTable
from hub.service.reading.json_form import read_document
from hub.service.reading.reasons import Reason
from hub.service.reading.rows import BadRow, BookRows, Form, LostRow, Row
from hub.service.reading.tables import TABLES, Column, Table
from hub.service.reading.xlsx_form import read_workbook

BAD_ROWS_MAX = 10_000
"""A table with more bad rows than this is left out as a whole."""

_TABLES = {table.name: table for table in TABLES}
_COLUMNS = {table.name: tuple(column.name for column in table.columns) for table in TABLES}


def read_book(path: Path) -> tuple[BookRows, tuple[BadRow, ...]]:
    """All good rows of an export, and everything that is wrong with the others, by table and line.

    References between rows are not looked at here: ``hub.service.loan_book.references`` does.
    """
    form, raw = _raw(path, _COLUMNS)
    bad, lost = list(raw.faults), []
    good: dict[str, Any] = {}
    unread = 0
    for found in raw.tables:
        reading = _Reading(_TABLES[found.name], found)
        good[found.name] = tuple(reading.rows.values())
        bad += reading.bad
        lost += reading.lost
        unread += reading.unread
    book = BookRows(
        **good,
        form=form,
        tables=frozenset(found.name for found in raw.tables),
        lost=tuple(lost),
        lines=sum(found.count for found in raw.tables),
        unread=unread,
    )
    return book, tuple(bad)


def read_tables(
    path: Path, tables: Sequence[Table]
) -> tuple[Form, dict[str, tuple[Row, ...]], tuple[BadRow, ...]]:
    """Good rows of tables that are not a book's, in the same forms, and what is wrong with the others."""
    form, raw = _raw(path, {table.name: tuple(column.name for column in table.columns) for table in tables})
    by_name = {table.name: table for table in tables}
    readings = {found.name: _Reading(by_name[found.name], found) for found in raw.tables}
    bad = [*raw.faults, *(fault for reading in readings.values() for fault in reading.bad)]
    return form, {name: tuple(reading.rows.values()) for name, reading in readings.items()}, tuple(bad)


def _raw(path: Path, columns: Mapping[str, Sequence[str]]) -> tuple[Form, RawBook]:
    if not path.exists():
        return "csv", RawBook(faults=(BadRow("", 0, "", Reason.NOWHERE),))
    suffix = path.suffix.lower()
    if suffix == ".xlsx" and not path.is_dir():
        return "xlsx", read_workbook(path, columns)
    if suffix == ".json" and not path.is_dir():
        return "json", read_document(path, columns)
    if path.is_file():
        return "csv", RawBook(faults=(BadRow("", 0, "", Reason.UNKNOWN_FORM),))
    return "csv", read_folder(path, columns)


class _Reading:
    """One table while its lines become rows; ``unread`` counts them where the table is left out."""

    def __init__(self, table: Table, raw: RawTable) -> None:
        self.rows: dict[object, Row] = {}
        self.bad: list[BadRow] = []
        self.lost: list[LostRow] = []
        self.unread = 0
        self._table = table
        faults = raw.faults or _header_faults(table, raw.columns)
        if faults:
            self._leave_out(raw, raw.header_line, faults)
            return
        by_name = {column.name: column for column in table.columns}
        columns = [by_name[name] for name in raw.columns]
        for line in raw.lines:
            self._take(columns, line)
            if len(self.lost) > BAD_ROWS_MAX:
                self._leave_out(raw, 0, (("", Reason.TOO_MANY),))
                return

    def _leave_out(self, raw: RawTable, line: int, faults: Sequence[Fault]) -> None:
        self.bad += [BadRow(raw.name, line, column, reason) for column, reason in faults]
        self.rows, self.lost, self.unread = {}, [LostRow(raw.name, 0)], raw.count

    def _take(self, columns: Sequence[Column], line: Line) -> None:
        faults = list(line.faults)
        if not faults and len(line.cells) != len(columns):
            faults = [("", Reason.CELL_COUNT)]
        values: dict[str, Value | None] = {}
        if len(line.cells) == len(columns):
            values = {
                column.name: _value(column, cell) for column, cell in zip(columns, line.cells, strict=True)
            }
        faults += [(name, value) for name, value in values.items() if isinstance(value, Reason)]
        if faults:
            self._lose(line.number, values, faults)
            return
        row = self._table.row(line=line.number, **values)
        if self._table.key(row) in self.rows:
            self._lose(line.number, values, [(self._table.identity[0], Reason.REPEATED_KEY)])
        else:
            self.rows[self._table.key(row)] = row

    def _lose(self, line: int, values: dict[str, Value | None], faults: Sequence[Fault]) -> None:
        name = self._table.name
        self.bad += [BadRow(name, line, column, reason) for column, reason in faults]
        subject = _readable(values, self._table.subject)
        self.lost.append(LostRow(name, line, _readable(values, self._table.identity[0]), subject))


def _readable(values: dict[str, Value | None], column: str) -> str | None:
    value = values.get(column)
    return value if isinstance(value, str) and not isinstance(value, Reason) else None


def _header_faults(table: Table, header: Sequence[str]) -> tuple[Fault, ...]:
    wanted = {column.name for column in table.columns}
    return (
        *(
            (name, Reason.REPEATED_COLUMN if name in wanted else Reason.UNKNOWN_COLUMN)
            for nth, name in enumerate(header)
            if name not in wanted or name in header[:nth]
        ),
        *((name, Reason.MISSING_COLUMN) for name in sorted(wanted.difference(header))),
    )


def _value(column: Column, cell: Cell) -> Value | None:
    if isinstance(cell, date):
        return day(cell.isoformat()) if column.parse is day else Reason.IS_A_DAY
    content = cell if isinstance(cell, Reason) else clean(cell)
    if isinstance(content, Reason):
        return content
    if not content:
        return Reason.EMPTY_CELL if column.required else None
    return column.parse(content)
