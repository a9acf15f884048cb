"""The good export as a workbook, and ways to spoil one."""

import re
import zipfile
from datetime import date

from xlsxwriter import Workbook

from hub.service.reading.files import read_book
from tests.hub.exports import FILES, rows_of

DAYS = re.compile(r"\d{4}-\d\d-\d\d")
NUMBERS = re.compile(r"0|[1-9]\d{0,14}")


def cell_of(text):
    """What a person would have in a workbook: days as days, figures as numbers, all else as text."""
    if DAYS.fullmatch(text):
        return date.fromisoformat(text)
    return int(text) if NUMBERS.fullmatch(text) else text


def write_workbook(path, sheets, *, options=None):
    """Write rows of cells by sheet; a callable writes its cell itself."""
    with Workbook(
        path, {"default_date_format": "dd/mm/yyyy", "strings_to_formulas": False} | (options or {})
    ) as book:
        for name, rows in sheets.items():
            page = book.add_worksheet(name)
            for at, row in enumerate(rows):
                for across, cell in enumerate(row):
                    if callable(cell):
                        cell(page, at, across)
                    elif cell != "":
                        page.write(at, across, cell)
    return path


def sheets_of(**changed):
    found = {}
    for name in FILES:
        header, *rows = changed.get(name) or rows_of(name)
        found[name] = [
            header,
            *([cell_of(cell) if isinstance(cell, str) else cell for cell in row] for row in rows),
        ]
    return found


def with_cell(name, line, column, cell):
    """The rows of a table with one cell that is not text."""
    rows = [list(row) for row in rows_of(name)]
    rows[line - 1][rows[0].index(column)] = cell
    return {name: rows}


def faults(path):
    return [(bad.table, bad.line, bad.column, bad.reason) for bad in read_book(path)[1]]


def repacked(path, change, packing=zipfile.ZIP_DEFLATED):
    """The workbook with other bytes in its parts."""
    with zipfile.ZipFile(path) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    with zipfile.ZipFile(path, "w", packing) as packed:
        for name, part in (change(parts) or parts).items():
            packed.writestr(name, part)
    return path
