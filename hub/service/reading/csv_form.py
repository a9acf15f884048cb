"""A folder of CSV files as the tables of an export.

Each line of a file is one row (a quoted cell may hold commas and quotes, never a line break), so that one bad
row never swallows the next. Files that are absent say nothing: an export may carry only what changed.
"""

import csv
from collections.abc import Iterable
from pathlib import Path

from hub.service.reading.forms import Line, RawBook, RawTable, content_of
from hub.service.reading.reasons import Reason
from hub.service.reading.rows import BadRow

LINE_BYTES_MAX = 4_096


def read_folder(folder: Path, names: Iterable[str]) -> RawBook:
    """Every CSV file of a folder; one that none of the tables is called is not passed over."""
    paths = {path.stem if path.suffix == ".csv" else path.name: path for path in _csv_files(folder)}
    wanted = [name for name in names if name in paths]
    faults = [BadRow(name, 0, "", Reason.UNKNOWN_TABLE) for name in sorted(paths.keys() - set(wanted))]
    if not paths:
        faults.append(BadRow("", 0, "", Reason.NO_FILES))
    return RawBook(tuple(_table(name, paths[name]) for name in wanted), tuple(faults))


def _csv_files(folder: Path) -> list[Path]:
    try:
        return [path for path in folder.iterdir() if path.suffix.lower() == ".csv"]
    except OSError:
        return []


def _table(name: str, path: Path) -> RawTable:
    content = content_of(path)
    if isinstance(content, Reason):
        return RawTable(name, faults=(("", content),))
    if not content.strip():
        return RawTable(name, faults=(("", Reason.EMPTY_TABLE),))
    lines = content.removesuffix(b"\n").split(b"\n")
    header, rows = _cells(lines[0]), len(lines) - 1
    if isinstance(header, Reason):
        return RawTable(name, count=rows, header_line=1, faults=(("", header),))
    numbered = (_line(number, line) for number, line in enumerate(lines[1:], 2))
    return RawTable(name, header, numbered, rows, header_line=1)


def _line(number: int, line: bytes) -> Line:
    cells = _cells(line)
    return Line(number, faults=(("", cells),)) if isinstance(cells, Reason) else Line(number, cells)


def _cells(line: bytes) -> tuple[str, ...] | Reason:
    line = line.removesuffix(b"\r")
    if len(line) > LINE_BYTES_MAX:
        return Reason.LINE_TOO_LONG
    try:
        text = line.decode()
    except UnicodeDecodeError:
        return Reason.NOT_UTF8
    if "\r" in text or "\0" in text:
        return Reason.FORBIDDEN_CHARACTER
    try:
        return tuple(next(csv.reader([text], strict=True), []))
    except csv.Error:
        return Reason.BAD_QUOTES
