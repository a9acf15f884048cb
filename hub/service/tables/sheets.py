"""One table for people, and its four forms: text, CSV, XLSX and JSON. Every report is one `Sheet`.

A cell is what it is, never its spelling: an amount is an integer of đồng, a day a day number, a ratio an
integer of ppm. Each form spells it in its own way, so that no form can show another figure. A text stays a
text in every program that opens it (H105, H106): CSV marks what a spreadsheet would take for a formula, XLSX
writes no formula and no link at all.
"""

import codecs
import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from typing import Literal

import msgspec
from msgspec import Struct
from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from calc.words import NBSP, grouped, percent
from calc.words import day as written
from hub.service.group.place import Place
from hub.service.tables.boxes import Box, boxed, width_of, wrapped
from protocol.day import to_date

Kind = Literal["text", "money", "count", "day", "ppm", "hundredths"]
Cell = str | int | None
"""By the kind of its column: words, đồng, a number, a day, parts per million, hundredths; None is empty."""

Told = tuple[str, str]
"""What a line beside the table is about, and what it says."""

POSITION = "Tính từ sổ của chi nhánh"
_EMPTY = "Không có dòng nào."
_DANGEROUS = "=+-@\t\r\n＝＋－＠"  # noqa: RUF001 (spreadsheets take the full-width forms for formulas too)
_SPREADSHEET_MAX = 10**15
"""A spreadsheet keeps 15 digits of a number; a longer one is written as text, so that none is lost."""
_OPTIONS = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
_CREATED = datetime.combine(date(2000, 1, 1), time.min)
"""The same table is the same file, whenever it is written."""
_PARTS: Mapping[Kind, int] = {"ppm": 1_000_000, "hundredths": 100}
"""Kinds that a spreadsheet shows as the number that they are a part of."""
_UNITS: Mapping[Kind, str] = {"ppm": " (ppm)", "hundredths": " (1/100)"}
_FORMATS: Mapping[Kind, Mapping[str, str]] = {
    "text": {"text_wrap": "1", "valign": "top"},
    "money": {"num_format": "#,##0", "valign": "top"},
    "count": {"num_format": "0", "valign": "top"},
    "day": {"num_format": "dd/mm/yyyy", "valign": "top"},
    "ppm": {"num_format": "0.00##%", "valign": "top"},
    "hundredths": {"num_format": "0.00", "valign": "top"},
}


class Column(Struct, frozen=True):
    """One column: its name in JSON, its heading, how many characters wide, and what its cells are."""

    key: str
    heading: str
    width: int
    kind: Kind = "text"


class Sheet(Struct, frozen=True):
    """A table that is ready to be written.

    ``totals`` is empty or as wide as the rows. ``notes`` stand above the table, ``closing`` and ``signers``
    below it. ``positions`` says for every group from which place of its branch log the table was computed.
    ``names`` are what people read in the text form instead of the codes of a column, by its key.
    """

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    totals: tuple[Cell, ...] = ()
    notes: tuple[Told, ...] = ()
    closing: tuple[Told, ...] = ()
    signers: tuple[str, ...] = ()
    positions: tuple[tuple[str, Place], ...] = ()
    names: Mapping[str, Mapping[str, str]] = {}

    def __post_init__(self) -> None:
        """Every row is as wide as the table."""
        assert {len(row) for row in (*self.rows, self.totals or self.columns)} == {len(self.columns)}

    @property
    def places(self) -> tuple[str, ...]:
        """From where it was computed, group by group, in words."""
        return tuple(f"tổ {group} đến dòng {place}" for group, place in self.positions)

    @property
    def text_width(self) -> int:
        """Characters of a line in the text form."""
        return width_of(column.width for column in self.columns)


def as_text(sheet: Sheet) -> bytes:
    """The table in characters of one width, for a terminal or a printer; a cell that is too long goes on."""
    width = sheet.text_width
    page = [f"{sheet.title:^{width}}", *_told(sheet.notes, width)]
    page += boxed(
        [Box(column.heading, column.width, right=column.kind != "text") for column in sheet.columns],
        [list(map(shown, sheet.columns, _named(sheet, row))) for row in sheet.rows] or [_EMPTY],
        list(map(shown, sheet.columns, sheet.totals)),
    )
    page += _told(sheet.closing, width)
    places = "; ".join(place.replace(" ", NBSP) for place in sheet.places)
    page += _told([(POSITION, places)] if places else [], width)
    if sheet.signers:
        page += ["", "".join(f"{signer:^{width // len(sheet.signers)}}" for signer in sheet.signers)]
    return "".join(f"{line.rstrip()}\n" for line in page).encode()


def as_csv(sheet: Sheet) -> bytes:
    """CSV for spreadsheets: UTF-8 with a byte order mark, every line as wide as the table.

    Amounts, numbers, ppm and hundredths are digits only, days are 2025-12-17.
    """
    columns = sheet.columns
    table: list[Sequence[str]] = [
        [_inert(sheet.title)],
        *(list(map(_inert, told)) for told in sheet.notes),
        [],
        [_inert(column.heading) + _UNITS.get(column.kind, "") for column in columns],
        *([plain(column, cell) for column, cell in zip(columns, row, strict=True)] for row in _body(sheet)),
        [],
        *(list(map(_inert, told)) for told in sheet.closing),
        *((POSITION, place) for place in sheet.places),
    ]
    page = io.StringIO()
    lines = csv.writer(page)
    for cells in table:
        lines.writerow([*cells, *[""] * (len(columns) - len(cells))])
    return codecs.BOM_UTF8 + page.getvalue().encode()


def as_xlsx(sheet: Sheet) -> bytes:
    """A workbook with one sheet whose heading stays in sight; words are never formulas."""
    file = io.BytesIO()
    with Workbook(file, _OPTIONS) as book:
        book.set_properties({"title": sheet.title, "created": _CREATED})
        page = book.add_worksheet("Báo cáo")
        formats = {kind: book.add_format(dict(form)) for kind, form in _FORMATS.items()}
        strong = {kind: book.add_format({**form, "bold": True}) for kind, form in _FORMATS.items()}
        for place, column in enumerate(sheet.columns):
            page.set_column(place, place, column.width + 2)
        head = len(sheet.notes) + 2
        page.set_landscape()
        page.fit_to_pages(1, 0)
        page.repeat_rows(head)
        page.freeze_panes(head + 1, 0)
        _write_line(page, 0, [sheet.title], strong["text"])
        for row, told in enumerate(sheet.notes, 1):
            _write_line(page, row, told)
        _write_line(page, head, [column.heading for column in sheet.columns], strong["text"])
        for row, cells in enumerate(sheet.rows, head + 1):
            _write_row(page, row, sheet.columns, cells, formats)
        foot = head + 1 + len(sheet.rows)
        if sheet.totals:
            _write_row(page, foot, sheet.columns, sheet.totals, strong)
        below = (*sheet.closing, *((POSITION, place) for place in sheet.places))
        for row, told in enumerate(below, foot + 2):
            _write_line(page, row, told)
    return file.getvalue()


def as_json(sheet: Sheet) -> bytes:
    """One line of JSON: rows as objects under the keys of the columns, days as 2025-12-17."""
    totals = zip(sheet.columns, sheet.totals, strict=True) if sheet.totals else ()
    return (
        msgspec.json.encode(
            {
                "title": sheet.title,
                "notes": sheet.notes,
                "columns": sheet.columns,
                "rows": [
                    {
                        column.key: _value(column, cell)
                        for column, cell in zip(sheet.columns, row, strict=True)
                    }
                    for row in sheet.rows
                ],
                "totals": {column.key: cell for column, cell in totals if isinstance(cell, int)},
                "closing": sheet.closing,
                "positions": dict(sheet.positions),
            }
        )
        + b"\n"
    )


FORMS: Mapping[str, Callable[[Sheet], bytes]] = {
    "text": as_text,
    "csv": as_csv,
    "xlsx": as_xlsx,
    "json": as_json,
}
"""The forms by the word that a person types."""


def _body(sheet: Sheet) -> Iterator[tuple[Cell, ...]]:
    yield from sheet.rows
    if sheet.totals:
        yield sheet.totals


def _value(column: Column, cell: Cell) -> object:
    return to_date(cell) if column.kind == "day" and isinstance(cell, int) else cell


def plain(column: Column, cell: Cell) -> str:
    """A cell of the CSV form: words that no spreadsheet takes for a formula, or digits."""
    if isinstance(cell, str):
        return _inert(cell)
    return "" if cell is None else str(_value(column, cell))


def shown(column: Column, cell: Cell) -> str:
    """A cell as people read it, in the text form and on pages."""
    if cell is None or isinstance(cell, str):
        return cell or ""
    match column.kind:
        case "day":
            return written(cell)
        case "ppm":
            return percent(cell)
        case "hundredths":
            return f"{'−' if cell < 0 else ''}{grouped(abs(cell) // 100)},{abs(cell) % 100:02}"
    return f"{'−' if cell < 0 else ''}{grouped(abs(cell))}"


def _inert(words: str) -> str:
    return f"'{words}" if words.startswith(tuple(_DANGEROUS)) else words


def _write_line(page: Worksheet, row: int, cells: Iterable[str], form: Format | None = None) -> None:
    for place, cell in enumerate(cells):
        _done(page.write_string(row, place, cell, form))


def _write_row(
    page: Worksheet,
    row: int,
    columns: tuple[Column, ...],
    cells: tuple[Cell, ...],
    formats: Mapping[Kind, Format],
) -> None:
    for place, (column, cell) in enumerate(zip(columns, cells, strict=True)):
        form = formats[column.kind]
        if isinstance(cell, str):
            _done(page.write_string(row, place, cell, formats["text"]))
        elif cell is None:
            continue
        elif column.kind == "day":
            _done(page.write_datetime(row, place, datetime.combine(to_date(cell), time.min), form))
        elif abs(cell) >= _SPREADSHEET_MAX:
            _done(page.write_string(row, place, str(cell), form))
        elif column.kind in _PARTS:
            # The form keeps every number in binary; fifteen digits are shown exactly.
            _done(page.write_number(row, place, cell / _PARTS[column.kind], form))
        else:
            _done(page.write_number(row, place, cell, form))


def _done(refused: int) -> None:
    assert refused == 0, "a cell that XLSX cannot hold"


def _told(pairs: Iterable[Told], width: int) -> Iterator[str]:
    for label, words in pairs:
        yield from wrapped(f"{label}: {words}", width)


def _named(sheet: Sheet, row: tuple[Cell, ...]) -> Iterator[Cell]:
    """The row with the name in place of every code that has one."""
    for column, cell in zip(sheet.columns, row, strict=True):
        yield sheet.names.get(column.key, {}).get(cell, cell) if isinstance(cell, str) else cell
