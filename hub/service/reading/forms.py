"""What every form of an export is read into: tables of cells, not yet typed. Nothing here raises.

A form's reader (``book_csv``, ``book_xlsx``, ``book_json``) says for each table which columns it has and what
its rows hold; ``book_files`` makes typed rows of that. What is wrong with a cell stands in the place of it.
"""

from collections.abc import Iterable
from datetime import date
from pathlib import Path

from msgspec import Struct

from hub.service.reading.reasons import Reason
from hub.service.reading.rows import BadRow

FILE_BYTES_MAX = 64 * 1024 * 1024

Cell = str | date | Reason
"""Text as written, a number as its digits, a calendar day of a workbook, or why there is neither."""

Fault = tuple[str, Reason]
"""What is wrong with a row: in which column, or in the whole row where that is ""."""


class Line(Struct, frozen=True):
    """One row: its cells in the order of the table's columns, or what is wrong with it."""

    number: int
    cells: tuple[Cell, ...] = ()
    faults: tuple[Fault, ...] = ()


class RawTable(Struct, frozen=True):
    """One table as a form has it; ``faults`` say why it cannot be read, with the line they stand on."""

    name: str
    columns: tuple[str, ...] = ()
    lines: Iterable[Line] = ()
    count: int = 0
    header_line: int = 0
    faults: tuple[Fault, ...] = ()


class RawBook(Struct, frozen=True):
    """Every table of an export that has a known name, and what is wrong with the export as a whole."""

    tables: tuple[RawTable, ...] = ()
    faults: tuple[BadRow, ...] = ()


_BOM = b"\xef\xbb\xbf"


def content_of(path: Path) -> bytes | Reason:
    """A file as it is, without a byte order mark, as far as it is a file and not too large."""
    if not path.is_file():
        return Reason.UNREADABLE
    try:
        with path.open("rb") as stream:
            content = stream.read(FILE_BYTES_MAX + 1)
    except OSError:
        return Reason.UNREADABLE
    return Reason.TOO_LARGE if len(content) > FILE_BYTES_MAX else content.removeprefix(_BOM)
