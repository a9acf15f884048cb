"""A workbook is the same export as the files: numbers, days and texts, and everything that can be wrong."""

import io
import re
import zipfile
from datetime import date, datetime, time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from xlsxwriter import Workbook

from hub.service import book_xlsx
from hub.service.book_files import read_book
from hub.service.book_rows import Reason
from tests.hub.exports import FILES, rows_of, write_export

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


def test_a_workbook_says_what_the_files_say(tmp_path):
    folder = write_export(tmp_path / "folder")
    (told, bad), (expected, _) = (
        read_book(write_workbook(tmp_path / "book.xlsx", sheets_of())),
        read_book(folder),
    )
    assert not bad
    assert told.form == "xlsx"
    for name in FILES:
        assert told.rows(name) == expected.rows(name)
    assert (told.lines, told.unread, told.lost) == (expected.lines, 0, ())


@pytest.mark.parametrize(
    ("column", "cell", "reason"),
    [
        ("amount", 1.5, Reason.NOT_A_WHOLE_NUMBER),
        ("amount", 2.0**53, Reason.NOT_A_WHOLE_NUMBER),
        ("amount", -(2.0**53), Reason.NOT_A_WHOLE_NUMBER),
        ("amount", 1e300, Reason.NOT_A_WHOLE_NUMBER),
        ("amount", True, Reason.NEITHER_TEXT_NOR_NUMBER),
        ("amount", -1, Reason.OUT_OF_RANGE),
        ("amount", date(2025, 12, 2), Reason.IS_A_DAY),
        ("loan", date(2025, 12, 2), Reason.IS_A_DAY),
        ("effective_on", datetime(2025, 12, 2, 7, 30), Reason.NOT_A_DAY),  # noqa: DTZ001 (a workbook knows no zone)
        ("effective_on", time(7, 30), Reason.NEITHER_TEXT_NOR_NUMBER),
        ("effective_on", 45_993, Reason.NOT_A_DAY),
        ("effective_on", "31/02/2025", Reason.NOT_A_DAY),
    ],
)
def test_a_cell_that_is_no_value_of_its_column_is_named(tmp_path, column, cell, reason):
    def write(page, at, across):
        if isinstance(cell, time):
            page.write_number(at, across, 0.3125, page_format)
        else:
            page.write(at, across, cell)

    path = tmp_path / "book.xlsx"
    with Workbook(path, {"default_date_format": "dd/mm/yyyy"}) as book:
        page_format = book.add_format({"num_format": "hh:mm"})
        page = book.add_worksheet("loan_events")
        for at, row in enumerate(with_cell("loan_events", 3, column, write)["loan_events"]):
            for across, value in enumerate(row):
                value(page, at, across) if callable(value) else page.write(at, across, cell_of(value))
    assert faults(path) == [("loan_events", 3, column, reason)]


def test_the_largest_whole_number_of_a_workbook_is_an_amount(tmp_path):
    told = with_cell("loan_events", 3, "amount", 2**53 - 1)
    book, bad = read_book(write_workbook(tmp_path / "book.xlsx", sheets_of(**told)))
    assert not bad
    assert book.loan_events[1].amount == 2**53 - 1


def test_a_day_may_be_a_day_or_text(tmp_path):
    told = with_cell(
        "loan_events", 3, "effective_on", lambda page, at, across: page.write_string(at, across, "02/12/2025")
    )
    book, bad = read_book(write_workbook(tmp_path / "book.xlsx", sheets_of(**told)))
    assert (bad, book.loan_events[1].effective_on) == ((), 20_424)


def test_a_formula_counts_with_the_value_that_was_stored(tmp_path):
    told = with_cell(
        "loan_events", 3, "amount", lambda page, *at: page.write_formula(*at, "=2500000*2", None, 5_000_000)
    )
    book, bad = read_book(write_workbook(tmp_path / "book.xlsx", sheets_of(**told)))
    assert (bad, book.loan_events[1].amount) == ((), 5_000_000)


@pytest.mark.parametrize("stored", ["", "#DIV/0!", "#N/A"])
def test_a_formula_without_a_value_is_never_an_empty_cell(tmp_path, stored):
    told = with_cell("loans", 2, "prepaid", lambda page, *at: page.write_formula(*at, "=1/0", None, stored))
    path = write_workbook(tmp_path / "book.xlsx", sheets_of(**told))
    assert faults(path) == [("loans", 2, "prepaid", Reason.NO_VALUE)]


def test_a_sheet_of_another_name_is_not_passed_over(tmp_path):
    path = write_workbook(tmp_path / "book.xlsx", sheets_of() | {"Sheet1": [], "loan": [["x"]]})
    assert faults(path) == [("Sheet1", 0, "", Reason.UNKNOWN_TABLE), ("loan", 0, "", Reason.UNKNOWN_TABLE)]


def test_an_empty_sheet_lacks_its_header(tmp_path):
    sheets = {"programmes": [], "areas": [[""], ["x"]]}
    assert faults(write_workbook(tmp_path / "book.xlsx", sheets)) == [
        ("areas", 0, "", Reason.EMPTY_TABLE),
        ("programmes", 0, "", Reason.EMPTY_TABLE),
    ]


@pytest.mark.parametrize(
    ("header", "reason", "column"),
    [
        (["code", "name", "rate"], Reason.UNKNOWN_COLUMN, "rate"),
        (["code", 7], Reason.NEITHER_TEXT_NOR_NUMBER, ""),
        (["code"], Reason.MISSING_COLUMN, "name"),
    ],
)
def test_a_wrong_header_leaves_the_sheet_out(tmp_path, header, reason, column):
    path = write_workbook(tmp_path / "book.xlsx", {"programmes": [header, ["HN", "x"], ["NS", "y"]]})
    assert faults(path) == [("programmes", 1, column, reason)]
    book, _ = read_book(path)
    assert (book.programmes, book.lines, book.unread) == ((), 2, 2)


@pytest.mark.parametrize(
    ("merged", "expected"),
    [
        ((0, 0, 0, 1), [("programmes", 1, "", Reason.MERGED)]),
        ((1, 0, 1, 1), [("programmes", 2, "", Reason.MERGED)]),
        ((1, 1, 2, 1), [("programmes", 2, "", Reason.MERGED), ("programmes", 3, "", Reason.MERGED)]),
    ],
)
def test_merged_cells_are_refused_where_they_stand(tmp_path, merged, expected):
    path = tmp_path / "book.xlsx"
    with Workbook(path) as book:
        page = book.add_worksheet("programmes")
        for at, row in enumerate([["code", "name"], ["HN", "x"], ["NS", "y"], ["CN", "z"]]):
            page.write_row(at, 0, row)
        page.merge_range(*merged, "x")
    assert faults(path) == expected


def test_empty_rows_and_empty_columns_say_nothing_and_lines_stay_where_they_are(tmp_path):
    rows = [
        ["code", "name", ""],
        ["", "", ""],
        ["HN", "x", ""],
        ["", "", ""],
        ["NS", "y", "more"],
        ["CN", "z"],
    ]
    path = write_workbook(tmp_path / "book.xlsx", {"programmes": rows})
    book, bad = read_book(path)
    assert [(row.line, row.code) for row in book.programmes] == [(3, "HN"), (6, "CN")]
    assert [(fault.line, fault.reason) for fault in bad] == [(5, Reason.CELL_COUNT)]
    assert book.lines == 3


def test_W15_W16_texts_of_a_workbook_are_checked_like_others(tmp_path):
    told = with_cell("members", 3, "full_name", "Y Bla\u0302m")
    book, bad = read_book(write_workbook(tmp_path / "book.xlsx", sheets_of(**told)))
    assert (bad, book.members[1].full_name) == ((), "Y Bl\u00e2m")
    hidden = with_cell("members", 3, "full_name", "Y\u202eBlâm")
    assert faults(write_workbook(tmp_path / "evil.xlsx", sheets_of(**hidden))) == [
        ("members", 3, "full_name", Reason.FORBIDDEN_CHARACTER)
    ]


def repacked(path, change, packing=zipfile.ZIP_DEFLATED):
    """The workbook with other bytes in its parts."""
    with zipfile.ZipFile(path) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    with zipfile.ZipFile(path, "w", packing) as packed:
        for name, part in (change(parts) or parts).items():
            packed.writestr(name, part)
    return path


SHEET = "xl/worksheets/sheet1.xml"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(b'r="A2"', b'r="XFD1048576"', id="a cell in the last corner"),
        pytest.param(b'r="A2"', b'r="BM2"', id="a column too far"),
        pytest.param(b'r="A2"', b'r="A200001"', id="a row too far"),
        pytest.param(b'r="A2"', b'r="&#65;2"', id="a place in another spelling"),
        pytest.param(b' r="A2"', b"", id="a cell without a place"),
        pytest.param(b"<sheetData>", b"<sheetData><!-- <c -->", id="a cell in a comment"),
        pytest.param(b"<sheetData>", b"<sheetData>\0", id="another encoding"),
    ],
)
def test_W111_a_workbook_that_would_not_fit_into_memory_is_not_opened(tmp_path, old, new):
    path = write_workbook(tmp_path / "book.xlsx", {"programmes": [["code", "name"], ["HN", "x"]]})

    def change(parts):
        assert old in parts[SHEET]
        parts[SHEET] = parts[SHEET].replace(old, new)

    assert faults(repacked(path, change)) == [("", 0, "", Reason.TOO_LARGE)]


def test_W111_a_zip_bomb_is_not_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(book_xlsx, "UNPACKED_BYTES_MAX", 100_000)
    path = write_workbook(tmp_path / "book.xlsx", {"programmes": [["code", "name"], ["HN", "x"]]})
    assert faults(path) == []

    def swell(parts):
        parts["xl/sharedStrings.xml"] += b" " * 100_000

    assert path.stat().st_size < 20_000
    assert faults(repacked(path, swell)) == [("", 0, "", Reason.TOO_LARGE)]


def test_W111_a_zip_of_very_many_parts_is_not_unpacked(tmp_path):
    path = write_workbook(tmp_path / "book.xlsx", {"programmes": [["code", "name"]]})
    assert faults(repacked(path, lambda parts: parts | {f"{n}.xml": b"" for n in range(1_001)})) == [
        ("", 0, "", Reason.TOO_LARGE)
    ]


def test_parts_that_no_table_needs_are_left_packed(tmp_path):
    path = write_workbook(tmp_path / "book.xlsx", {"programmes": [["code", "name"], ["HN", "x"]]})
    repacked(path, lambda parts: parts | {"xl/media/picture.png": b"\0" * 1_000})
    assert read_book(path)[1] == ()


@pytest.mark.parametrize(
    "content",
    [b"", b"PK", b"code,name\n", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PK\x05\x06" + b"\0" * 18],
)
def test_what_is_no_workbook_is_a_fault_like_others(tmp_path, content):
    path = tmp_path / "book.xlsx"
    path.write_bytes(content)
    assert faults(path) == [("", 0, "", Reason.UNREADABLE)]
    assert faults(tmp_path / "absent.xlsx") == [("", 0, "", Reason.UNREADABLE)]


def test_a_sheet_that_is_not_there_is_a_fault_of_its_table(tmp_path):
    path = write_workbook(tmp_path / "book.xlsx", {"programmes": [["code", "name"]], "areas": [["x"]]})
    repacked(path, lambda parts: {name: part for name, part in parts.items() if name != SHEET})
    assert ("programmes", 0, "", Reason.UNREADABLE) in faults(path)


def small_workbook():
    stream = io.BytesIO()
    with Workbook(stream) as book:
        page = book.add_worksheet("programmes")
        page.write_row(0, 0, ["code", "name"])
        page.write_row(1, 0, ["HN", 7])
    return stream.getvalue()


SMALL = small_workbook()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, len(SMALL) - 1), st.integers(0, 255)), min_size=1, max_size=4))
def test_no_bytes_make_the_reader_of_workbooks_raise(tmp_path, changes):
    content = bytearray(SMALL)
    for place, byte in changes:
        content[place] = byte
    path = tmp_path / "book.xlsx"
    path.write_bytes(content)
    book, bad = read_book(path)
    assert bad or book.lines >= 0


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 2_000), st.binary(min_size=1, max_size=12))
def test_no_markup_of_a_sheet_makes_the_reader_raise(tmp_path, place, bytes_put_in):
    path = tmp_path / "book.xlsx"
    path.write_bytes(SMALL)

    def change(parts):
        sheet = parts[SHEET]
        at = place % len(sheet)
        parts[SHEET] = sheet[:at] + bytes_put_in + sheet[at:]

    book, bad = read_book(repacked(path, change, zipfile.ZIP_STORED))
    assert bad or book.lines >= 0
