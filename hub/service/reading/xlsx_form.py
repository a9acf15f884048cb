"""One XLSX workbook as the tables of an export: a sheet for each, the names of the columns in its first row.

A workbook is a zip of XML files written by whom we do not know (W111). Before the reader sees it:

1. every part is inflated under one bound for all, whatever the directory of the zip claims
2. every cell says where it stands, inside the bounds for rows and columns: a lone cell in the last corner
   would make the reader lay out 17,000,000,000 of them
3. a cell whose formula failed, or was never computed, is marked: the reader would call it empty

Values are those that the workbook stores, also of formulas and of hidden rows. Empty rows are passed over.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from pathlib import Path

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from hub.service.reading.forms import Cell, Line, RawBook, RawTable, content_of
from hub.service.reading.reasons import Reason
from hub.service.reading.rows import BadRow

UNPACKED_BYTES_MAX = 256 * 1024 * 1024
ROWS_MAX = 200_000
COLUMNS_MAX = 64
INTEGER_END = 2**53
"""A workbook holds binary fractions: from here on it has no digit for the units."""

_PARTS_MAX = 1_000
_NO_VALUE = "\ue000"
"""A character of no writing; no honest cell holds it, because every form refuses it."""

_CELL = re.compile(rb"<((?:\w+:)?c)((?:\s[^<>]*?)?)(?:/>|>(.*?)</\1\s*>)", re.DOTALL)
_OPENING = re.compile(rb"<(?:\w+:)?c[\s/>]")
_PLACE = re.compile(rb"""\sr\s*=\s*["']([A-Z]{1,3})([1-9][0-9]{0,6})["']""")
_TYPE = re.compile(rb"""\st\s*=\s*["'][^"']*["']""")
_FAILED = re.compile(rb"""\st\s*=\s*["']e["']""")
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")
_VALUE = re.compile(rb"<(?:\w+:)?v(?:\s[^<>]*)?>[^<]")
_PREFIX = re.compile(rb"\w+:")


def read_workbook(path: Path, names: Iterable[str]) -> RawBook:
    """Every sheet of a workbook; one that none of the tables is called is not passed over."""
    content = content_of(path)
    workbook = content if isinstance(content, Reason) else _opened(content)
    if isinstance(workbook, Reason):
        return RawBook(faults=(BadRow("", 0, "", workbook),))
    found = workbook.sheet_names
    faults = [BadRow(name, 0, "", Reason.UNKNOWN_TABLE) for name in sorted(set(found) - set(names))]
    return RawBook(tuple(_table(workbook, name) for name in names if name in found), tuple(faults))


def _opened(content: bytes) -> CalamineWorkbook | Reason:
    try:
        parts = _unpacked(content)
        if isinstance(parts, Reason):
            return parts
        return CalamineWorkbook.from_object(_packed(parts))
    except (
        zipfile.BadZipFile,
        zlib.error,
        NotImplementedError,
        RuntimeError,
        OSError,
        EOFError,
        CalamineError,
    ):
        return Reason.UNREADABLE


def _unpacked(content: bytes) -> dict[str, bytes] | Reason:
    """The parts of a workbook by name, with the cells of its sheets inside our bounds."""
    parts: dict[str, bytes] = {}
    left = UNPACKED_BYTES_MAX
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        members = [member for member in packed.infolist() if member.filename.endswith((".xml", ".rels"))]
        if len(members) > _PARTS_MAX:
            return Reason.TOO_LARGE
        for member in members:
            with packed.open(member) as stream:
                part = stream.read(left + 1)
            left -= len(part)
            if left < 0:
                return Reason.TOO_LARGE
            marked = _marked(part)
            if marked is None:
                return Reason.TOO_LARGE
            parts[member.filename] = marked
    return parts


def _marked(part: bytes) -> bytes | None:
    """A part with the cells that have no value marked; None when a cell stands nowhere or out of bounds."""
    cells = list(_CELL.finditer(part))
    if len(cells) != len(_OPENING.findall(part)) or b"\0" in part:
        return None
    pieces: list[bytes] = []
    since = 0
    for cell in cells:
        attributes, content = cell[2], cell[3] or b""
        place = _PLACE.search(attributes)
        if place is None or _column(place[1]) > COLUMNS_MAX or int(place[2]) > ROWS_MAX:
            return None
        if _FAILED.search(attributes) or (_FORMULA.search(content) and not _VALUE.search(content)):
            pieces += part[since : cell.start()], _without_value(cell[1], attributes)
            since = cell.end()
    return b"".join((*pieces, part[since:]))


def _without_value(tag: bytes, attributes: bytes) -> bytes:
    prefix = (_PREFIX.match(tag) or [b""])[0]
    value = b"<%bv>%b</%bv>" % (prefix, _NO_VALUE.encode(), prefix)
    return b'<%b%b t="str">%b</%b>' % (tag, _TYPE.sub(b"", attributes), value, tag)


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number


def _packed(parts: dict[str, bytes]) -> io.BytesIO:
    """The parts as a workbook whose sizes are what they say."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as packed:
        for name, part in parts.items():
            packed.writestr(name, part)
    stream.seek(0)
    return stream


def _table(workbook: CalamineWorkbook, name: str) -> RawTable:
    try:
        sheet = workbook.get_sheet_by_name(name)
        rows = sheet.to_python(skip_empty_area=False)
    except CalamineError:
        return RawTable(name, faults=(("", Reason.UNREADABLE),))
    if not rows or not any(rows[0]):
        return RawTable(name, faults=(("", Reason.EMPTY_TABLE),))
    merged = _merged(sheet)
    header = _trimmed(rows[0])
    count = sum(1 for row in rows[1:] if any(cell != "" for cell in row))
    if 1 in merged:
        return RawTable(name, count=count, header_line=1, faults=(("", Reason.MERGED),))
    if not all(isinstance(cell, str) for cell in header):
        return RawTable(name, count=count, header_line=1, faults=(("", Reason.NEITHER_TEXT_NOR_NUMBER),))
    return RawTable(name, tuple(map(str, header)), _lines(rows, len(header), merged), count, header_line=1)


def _merged(sheet: CalamineSheet) -> frozenset[int]:
    """Rows, from 1, in which cells are merged: all but one of those cells would seem empty."""
    ranges = sheet.merged_cell_ranges or ()
    return frozenset(
        row + 1 for (first, _), (last, _) in ranges for row in range(first, min(last, ROWS_MAX) + 1)
    )


def _lines(rows: Sequence[Sequence[object]], width: int, merged: frozenset[int]) -> Iterator[Line]:
    for number, row in enumerate(rows[1:], 2):
        if all(cell == "" for cell in row):
            continue
        if number in merged:
            yield Line(number, faults=(("", Reason.MERGED),))
        elif any(cell != "" for cell in row[width:]):
            yield Line(number, faults=(("", Reason.CELL_COUNT),))
        else:
            yield Line(number, tuple(map(_cell, row[:width])))


def _trimmed(header: Sequence[object]) -> list[object]:
    """The header without the empty cells behind its last name."""
    width = max(nth for nth, cell in enumerate(header, 1) if cell != "")
    return list(header[:width])


def _cell(value: object) -> Cell:
    if isinstance(value, str):
        return Reason.NO_VALUE if value == _NO_VALUE else value
    if isinstance(value, float):
        whole = value.is_integer() and -INTEGER_END < value < INTEGER_END
        return str(int(value)) if whole else Reason.NOT_A_WHOLE_NUMBER
    if isinstance(value, datetime):
        return Reason.NOT_A_DAY
    return value if isinstance(value, date) else Reason.NEITHER_TEXT_NOR_NUMBER
