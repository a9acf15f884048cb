"""A workbook that was made to break the reader: bounded before it is opened, and never an exception."""

import io
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from xlsxwriter import Workbook

from hub.service.reading import xlsx_form as book_xlsx
from hub.service.reading.files import read_book
from hub.service.reading.reasons import Reason
from tests.hub.workbooks import faults, repacked, write_workbook

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
    assert faults(tmp_path / "absent.xlsx") == [("", 0, "", Reason.NOWHERE)]


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
