"""Reads a folder of CSV files into typed rows. Nothing in a file raises: what is wrong comes back as values.

Each line of a file is one row (a quoted cell may hold commas and quotes, never a line break), so that one bad
row never swallows the next. A file whose header is wrong is reported and not read further. Files that are
absent say nothing: an export may carry only what changed.
"""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from hub.service.book_cells import Value, clean
from hub.service.book_rows import UNREADABLE_NAME, BadRow, BookRows, Reason, Row
from hub.service.book_tables import TABLES, Column, Table

FILE_BYTES_MAX = 64 * 1024 * 1024
LINE_BYTES_MAX = 4_096
BAD_ROWS_MAX = 10_000
"""A file with more refused rows than this is not read to its end."""

_BOM = b"\xef\xbb\xbf"


def read_book(folder: Path) -> tuple[BookRows, tuple[BadRow, ...]]:
    """All good rows of an export, and everything that is wrong with the others, by file and line.

    References between rows are not looked at here: ``hub.service.book_references`` does.
    """
    paths = {path.name: path for path in _csv_files(folder)}
    bad = [
        BadRow(name, 0, "", Reason.UNKNOWN_FILE)
        for name in sorted(paths.keys() - {table.file for table in TABLES})
    ]
    if not paths:
        bad.append(BadRow("", 0, "", Reason.NO_FILES))
    good: dict[str, Any] = {}
    names: set[tuple[str, str]] = set()
    for table in TABLES:
        if table.file not in paths:
            continue
        rows, refused = _read_table(table, paths[table.file])
        good[table.name] = tuple(rows)
        bad.extend(fault for row in refused for fault in row.faults)
        names.update((table.name, row.name) for row in refused)
    return BookRows(**good, refused=frozenset(names)), tuple(bad)


class Refused(Struct, frozen=True):
    """A row that was left out: what is wrong with it, and its name where that could be read."""

    faults: tuple[BadRow, ...]
    name: str = UNREADABLE_NAME


def _csv_files(folder: Path) -> list[Path]:
    try:
        return [path for path in folder.iterdir() if path.suffix.lower() == ".csv"]
    except OSError:
        return []


def _read_table(table: Table, path: Path) -> tuple[list[Row], list[Refused]]:
    lines = _lines(path)
    if isinstance(lines, Reason):
        return [], [Refused((BadRow(table.file, 0, "", lines),))]
    header = _cells(lines[0])
    if isinstance(header, Reason):
        return [], [Refused((BadRow(table.file, 1, "", header),))]
    if faults := _header_faults(table, header):
        return [], [Refused(faults)]
    by_name = {column.name: column for column in table.columns}
    columns = [by_name[name] for name in header]
    rows: dict[object, Row] = {}
    refused: list[Refused] = []
    for number, line in enumerate(lines[1:], 2):
        row = _row(table, columns, number, line)
        if isinstance(row, Refused):
            refused.append(row)
        elif table.key(row) in rows:
            repeated = BadRow(table.file, number, table.identity[0], Reason.REPEATED_KEY)
            refused.append(Refused((repeated,), str(getattr(row, table.identity[0]))))
        else:
            rows[table.key(row)] = row
        if len(refused) >= BAD_ROWS_MAX:
            refused.append(Refused((BadRow(table.file, number, "", Reason.TOO_MANY),)))
            break
    return list(rows.values()), refused


def _lines(path: Path) -> list[bytes] | Reason:
    if not path.is_file():
        return Reason.UNREADABLE
    try:
        with path.open("rb") as stream:
            content = stream.read(FILE_BYTES_MAX + 1)
    except OSError:
        return Reason.UNREADABLE
    if len(content) > FILE_BYTES_MAX:
        return Reason.FILE_TOO_LARGE
    content = content.removeprefix(_BOM)
    if not content.strip():
        return Reason.EMPTY_FILE
    return [line.removesuffix(b"\r") for line in content.removesuffix(b"\n").split(b"\n")]


def _cells(line: bytes) -> list[str] | Reason:
    if len(line) > LINE_BYTES_MAX:
        return Reason.LINE_TOO_LONG
    try:
        text = line.decode()
    except UnicodeDecodeError:
        return Reason.NOT_UTF8
    if "\r" in text or "\0" in text:
        return Reason.FORBIDDEN_CHARACTER
    try:
        return next(csv.reader([text], strict=True), [])
    except csv.Error:
        return Reason.BAD_QUOTES


def _header_faults(table: Table, header: list[str]) -> tuple[BadRow, ...]:
    wanted = {column.name for column in table.columns}
    return (
        *(
            BadRow(table.file, 1, name, Reason.REPEATED_COLUMN if name in wanted else Reason.UNKNOWN_COLUMN)
            for nth, name in enumerate(header)
            if name not in wanted or name in header[:nth]
        ),
        *(BadRow(table.file, 1, name, Reason.MISSING_COLUMN) for name in sorted(wanted.difference(header))),
    )


def _row(table: Table, columns: Sequence[Column], number: int, line: bytes) -> Row | Refused:
    cells = _cells(line)
    if not isinstance(cells, Reason) and len(cells) != len(columns):
        cells = Reason.CELL_COUNT
    if isinstance(cells, Reason):
        return Refused((BadRow(table.file, number, "", cells),))
    values = {column.name: _value(column, cell) for column, cell in zip(columns, cells, strict=True)}
    faults = tuple(
        BadRow(table.file, number, name, value) for name, value in values.items() if isinstance(value, Reason)
    )
    if faults:
        name = values[table.identity[0]]
        return Refused(faults, UNREADABLE_NAME if isinstance(name, Reason) else str(name))
    return table.row(line=number, **values)


def _value(column: Column, cell: str) -> Value | None:
    content = clean(cell)
    if isinstance(content, Reason):
        return content
    if not content:
        return Reason.EMPTY_CELL if column.required else None
    return column.parse(content)
