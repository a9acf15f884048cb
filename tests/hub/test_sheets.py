"""One table in four forms: every form tells the same figures, and no text becomes anything but a text."""

import csv
import io
import json
import os
import pty
import zipfile
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from python_calamine import CalamineWorkbook
from rich.cells import cell_len

from calc.money_lines import LineKind
from hub.errors import SettingsError
from hub.options import deliver
from hub.service.export.wording import KINDS
from hub.service.group.place import Place
from hub.service.tables.sheets import FORMS, Column, Sheet, as_csv, as_json, as_text, as_xlsx
from protocol.day import to_day

COLUMNS = (
    Column("number", "TT", 3, "count"),
    Column("name", "Họ và tên", 12),
    Column("savings_dong", "Tiền gửi", 11, "money"),
    Column("due_on", "Đến hạn", 10, "day"),
    Column("overdue_ppm", "Tỷ lệ quá hạn", 8, "ppm"),
)
FRAME = tuple("│├┌└")
DUE = to_day(date(2032, 8, 4))
TABLE = Sheet(
    title="BÁO CÁO THỬ",
    columns=COLUMNS,
    rows=((1, "Phạm Thị Lụa", -1_234_567, DUE, 62_400), (2, "Vũ Văn Tịnh", 50_000_000, None, None)),
    totals=(None, "Cộng", 48_765_433, None, 62_400),
    notes=(("Tổ", "KM-001"),),
    closing=(("Bằng chữ", "Không đồng"),),
    signers=("Người lập", "Tổ trưởng"),
    positions=(("KM-001", Place(0, 45)), ("KM-002", Place(1, 7))),
)
DANGEROUS = (
    '=HYPERLINK("http://x.example","y")',
    "+84 912 345 678",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+1)",
    "\tTab",
    "\rCR",
    "\n=1",
    "＝1+1",
    "＋1",
    "－1",
    "＠SUM(1)",
)


def test_a_code_has_its_name_in_text_and_stays_a_code_for_programs():
    coded = replace(TABLE, names={"name": {"deposit": "gửi tiết kiệm"}})
    coded = replace(coded, rows=((1, "deposit", 5, None, None), (2, "unheard", 0, None, None)))
    page = as_text(coded).decode()
    assert ("gửi tiết" in page, "deposit" in page, "unheard" in page) == (True, False, True)
    assert b"deposit" in as_csv(coded)
    assert [row["name"] for row in json.loads(as_json(coded))["rows"]] == ["deposit", "unheard"]
    assert "names" not in json.loads(as_json(coded))


def test_every_kind_of_a_line_of_money_has_a_name():
    assert {kind.value for kind in LineKind} <= set(KINDS)


def named(*names):
    return replace(TABLE, rows=tuple((1, name, 0, None, None) for name in names))


def csv_rows(table):
    return list(csv.reader(io.StringIO(as_csv(table).decode("utf-8-sig"))))


def workbook(table):
    return CalamineWorkbook.from_filelike(io.BytesIO(as_xlsx(table))).get_sheet_by_index(0).to_python()


def test_the_text_form_is_a_table_that_people_read():
    assert as_text(TABLE).decode().replace("\xa0", " ").splitlines() == [
        "                        BÁO CÁO THỬ",
        "Tổ: KM-001",
        "┌─────┬──────────────┬─────────────┬────────────┬──────────┐",
        "│  TT │ Họ và tên    │    Tiền gửi │    Đến hạn │    Tỷ lệ │",
        "│     │              │             │            │  quá hạn │",
        "├─────┼──────────────┼─────────────┼────────────┼──────────┤",
        "│   1 │ Phạm Thị Lụa │  −1.234.567 │ 04/08/2032 │   6,24 % │",
        "│   2 │ Vũ Văn Tịnh  │  50.000.000 │            │          │",
        "├─────┼──────────────┼─────────────┼────────────┼──────────┤",
        "│     │ Cộng         │  48.765.433 │            │   6,24 % │",
        "└─────┴──────────────┴─────────────┴────────────┴──────────┘",
        "Bằng chữ: Không đồng",
        "Tính từ sổ của chi nhánh: tổ KM-001 đến dòng 0.45;",
        "tổ KM-002 đến dòng 1.7",
        "",
        "          Người lập                     Tổ trưởng",
    ]


def test_the_csv_form_has_a_byte_order_mark_and_digits_only():
    assert as_csv(TABLE).startswith(b"\xef\xbb\xbf")
    assert csv_rows(TABLE) == [
        ["BÁO CÁO THỬ", "", "", "", ""],
        ["Tổ", "KM-001", "", "", ""],
        ["", "", "", "", ""],
        ["TT", "Họ và tên", "Tiền gửi", "Đến hạn", "Tỷ lệ quá hạn (ppm)"],
        ["1", "Phạm Thị Lụa", "-1234567", "2032-08-04", "62400"],
        ["2", "Vũ Văn Tịnh", "50000000", "", ""],
        ["", "Cộng", "48765433", "", "62400"],
        ["", "", "", "", ""],
        ["Bằng chữ", "Không đồng", "", "", ""],
        ["Tính từ sổ của chi nhánh", "tổ KM-001 đến dòng 0.45", "", "", ""],
        ["Tính từ sổ của chi nhánh", "tổ KM-002 đến dòng 1.7", "", "", ""],
    ]


def test_the_workbook_has_numbers_and_days_that_a_spreadsheet_can_add_and_sort():
    rows = workbook(TABLE)
    assert rows[:5] == [
        ["BÁO CÁO THỬ", "", "", "", ""],
        ["Tổ", "KM-001", "", "", ""],
        ["", "", "", "", ""],
        ["TT", "Họ và tên", "Tiền gửi", "Đến hạn", "Tỷ lệ quá hạn"],
        [1, "Phạm Thị Lụa", -1_234_567, date(2032, 8, 4), 0.0624],
    ]
    assert rows[6] == ["", "Cộng", 48_765_433, "", 0.0624]
    assert rows[-1][:2] == ["Tính từ sổ của chi nhánh", "tổ KM-002 đến dòng 1.7"]


def test_the_heading_of_the_workbook_stays_in_sight():
    page = zipfile.ZipFile(io.BytesIO(as_xlsx(TABLE))).read("xl/worksheets/sheet1.xml").decode()
    assert '<pane ySplit="4" topLeftCell="A5" activePane="bottomLeft" state="frozen"/>' in page


def test_the_json_form_has_rows_under_the_keys_of_the_columns():
    told = json.loads(as_json(TABLE))
    assert told["rows"][0] == {
        "number": 1,
        "name": "Phạm Thị Lụa",
        "savings_dong": -1_234_567,
        "due_on": "2032-08-04",
        "overdue_ppm": 62_400,
    }
    assert told["totals"] == {"savings_dong": 48_765_433, "overdue_ppm": 62_400}
    assert told["positions"] == {"KM-001": {"epoch": 0, "seq": 45}, "KM-002": {"epoch": 1, "seq": 7}}
    assert told["columns"][2] == {"key": "savings_dong", "heading": "Tiền gửi", "width": 11, "kind": "money"}


def test_H105_H106_no_name_is_a_formula_in_a_csv_file():
    found = [row[1] for row in csv_rows(named(*DANGEROUS))[4 : 4 + len(DANGEROUS)]]
    assert found == [f"'{name}" for name in DANGEROUS]


def test_H106_a_title_a_note_and_a_heading_are_no_formula_either():
    table = replace(TABLE, title="=1", notes=(("@a", "+b"),), closing=(("-c", "=d"),), rows=(), totals=())
    marked = [cell for row in csv_rows(table) for cell in row if cell.startswith("'")]
    assert marked == ["'=1", "'@a", "'+b", "'-c", "'=d"]


def test_H106_a_negative_amount_stays_a_number_in_every_form():
    assert csv_rows(TABLE)[4][2] == "-1234567"
    assert workbook(TABLE)[4][2] == -1_234_567
    assert json.loads(as_json(TABLE))["rows"][0]["savings_dong"] == -1_234_567


def test_H105_H106_a_workbook_holds_no_formula_and_no_link():
    table = named(*DANGEROUS, "http://x.example", "mailto:a@x.example")
    archive = zipfile.ZipFile(io.BytesIO(as_xlsx(table)))
    page = archive.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in page
    assert "hyperlink" not in page
    assert not [name for name in archive.namelist() if name.endswith(".rels") and "worksheets" in name]
    assert [row[1] for row in workbook(named(*DANGEROUS[:4]))[4:8]] == list(DANGEROUS[:4])


def test_an_amount_of_more_digits_than_a_spreadsheet_keeps_is_not_rounded():
    table = replace(
        TABLE, rows=((1, "a", 9_223_372_036_854_775_807, None, None), (2, "b", 10**15 - 1, None, None))
    )
    assert [row[2] for row in workbook(table)[4:6]] == ["9223372036854775807", 10**15 - 1]


def test_hundredths_are_shown_as_what_they_are_hundredths_of():
    table = Sheet("Điểm", (Column("points_hundredths", "Điểm", 8, "hundredths"),), ((10_005,), (-250,)))
    assert [line[2:-2].strip() for line in as_text(table).decode().splitlines()[4:6]] == ["100,05", "−2,50"]
    assert [row[0] for row in workbook(table)[2:]] == ["Điểm", 100.05, -2.5]
    assert csv_rows(table)[2:4] == [["Điểm (1/100)"], ["10005"]]


def test_the_same_table_is_the_same_file():
    assert all(form(TABLE) == form(TABLE) for form in FORMS.values())


def test_a_table_without_rows_says_so():
    lines = as_text(replace(TABLE, rows=(), totals=())).decode().splitlines()
    assert "│ Không có dòng nào.                                       │" in lines


def test_a_row_of_another_width_is_refused():
    with pytest.raises(AssertionError):
        replace(TABLE, rows=((1, "Lụa"),))


def test_control_characters_move_no_cursor_and_break_no_line():
    text = as_text(named("\x1b[2Jxóa\r\nhết")).decode()
    assert "\x1b" not in text
    assert "\r" not in text
    assert len({cell_len(line) for line in text.splitlines() if line[:1] in FRAME}) == 1


@given(st.lists(st.text(max_size=30), min_size=1, max_size=3), st.integers(-(2**63), 2**63 - 1))
def test_whatever_a_cell_says_the_columns_stand_in_line_and_csv_reads_it_back(names, amount):
    table = replace(TABLE, rows=tuple((1, name, amount, DUE, 0) for name in names), positions=())
    framed = [line for line in as_text(table).decode().split("\n") if line[:1] in FRAME]
    assert {cell_len(line) for line in framed} == {table.text_width}
    read = csv_rows(table)[4 : 4 + len(names)]
    assert [int(row[2]) for row in read] == [amount] * len(names)
    assert [row[1].removeprefix("'") for row in read] == [name.removeprefix("'") for name in names]


def test_a_workbook_is_not_written_to_a_screen(monkeypatch):
    ours, screen = pty.openpty()
    with open(screen, "w") as stream, open(ours, "rb"):  # noqa: PTH123 (a terminal has no path)
        monkeypatch.setattr("sys.stdout", stream)
        assert os.isatty(screen)
        with pytest.raises(SettingsError) as caught:
            deliver(TABLE, "xlsx", None)
    assert caught.value.code == "not_for_a_screen"
