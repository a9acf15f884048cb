"""The statement 13/TD as people get it. Figures are worked by hand from ``tests.hub.days``.

Before the postings member 1 owes 263,342 đ, member 2 (whose repayment is known) 360,132 đ, and member 3
158,005 đ.
"""

import csv
import io
import json
from datetime import date

import msgspec
import pytest
from python_calamine import CalamineWorkbook
from rich.cells import cell_len

from calc.words import in_words
from hub.errors import DayError
from hub.service.day.statement import collection_statement
from hub.service.loan_book.imports import directory_of
from hub.service.tables.sheets import as_csv, as_json, as_text, as_xlsx
from protocol.day import to_day
from protocol.loan_facts import LoanFrozen, LoanOpened
from protocol.roster_facts import MemberListed, SavingsAccountListed
from tests.facts import an
from tests.hub.days import DAY, NAMES, NEXT, CollectionDay, both_phones_collected, told

MARKUP = ('=HYPERLINK("http://x")', "[bold]Vũ[/bold] <b>Tịnh</b>", "＠SUM(1+1)")


@pytest.fixture
def day(tmp_path):
    return told(tmp_path)


@pytest.fixture
def settled(day):
    day.count(1_043_726)
    day.settle()
    return day


def sheet(day, on=DAY):
    return collection_statement(day.state, directory_of(day.branch.store), on)


def rows_of(raw: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(raw.decode("utf-8-sig"))))


def table_of(rows):
    """Heading and members, totals last."""
    start = next(number for number, cells in enumerate(rows) if cells[0] == "TT")
    end = next(number for number, cells in enumerate(rows) if cells[1] == "Cộng")
    return rows[start], rows[start + 1 : end], rows[end]


def plain(text):
    return text.replace("\xa0", " ")


def text_of(made):
    return as_text(made).decode()


def amounts_of(made):
    """Rows of the JSON form by name."""
    return {row["name"]: row for row in json.loads(as_json(made))["rows"]}


def test_each_member_has_a_row_with_what_was_owed_paid_and_left(settled):
    found = amounts_of(sheet(settled))
    assert list(found) == list(NAMES)
    lua, tinh, vuong = found.values()
    assert lua["contracts"] == "660001000201"
    assert (lua["interest_due_dong"], lua["interest_received_dong"], lua["arrears_left_dong"]) == (
        263_342,
        272_000,
        0,
    )
    assert (tinh["principal_dong"], tinh["interest_due_dong"]) == (60_000_000, 360_132)
    assert (
        vuong["interest_received_dong"],
        vuong["to_interest_dong"],
        vuong["arrears_left_dong"],
        vuong["savings_balance_dong"],
        vuong["savings_deposited_dong"],
        vuong["to_principal_dong"],
    ) == (100_000, 40_000, 18_005, 500_000, 20_000, 480_000)


def test_the_totals_are_the_sums_of_the_rows_in_figures_and_in_words(settled):
    heading, rows, totals = table_of(rows_of(as_csv(sheet(settled))))
    for column in range(3, len(heading) - 1):
        assert int(totals[column]) == sum(int(cells[column]) for cells in rows), heading[column]
    # 272,000 + 379,726 + 100,000 of interest and 20,000 of savings; the 272,000 held are in no row.
    closing = {cells[0]: cells[1] for cells in rows_of(as_csv(sheet(settled)))}
    assert plain(closing["Tổng tiền mặt"]) == "771.726 đ (lãi 751.726 đ, tiết kiệm 20.000 đ)"
    assert (
        closing["Bằng chữ"] == "Bảy trăm bảy mươi mốt nghìn bảy trăm hai mươi sáu đồng" == in_words(771_726)
    )
    assert plain(closing["Tổng trích tiết kiệm"]) == "520.000 đ (Năm trăm hai mươi nghìn đồng)"
    assert plain(closing["Tiền biên lai đang treo, ngoài bảng"]).startswith("272.000 đ")


def test_what_has_no_column_and_makes_rows_add_up_is_told_below(settled):
    closing = {cells[0]: plain(cells[1]) for cells in rows_of(as_csv(sheet(settled)))}
    assert closing["Ngoài bảng, TT 1"] == "lãi trả trước đầu ngày 0 đ, cuối ngày 8.658 đ"
    assert "Ngoài bảng, TT 3" not in closing
    # member 2 paid 379,726 for a due of 360,132
    assert closing["Ngoài bảng, cộng"] == "lãi trả trước đầu ngày 0 đ, cuối ngày 28.252 đ"
    assert closing["Lãi còn tồn"].startswith("bằng cộng lãi phải thu trừ lãi thực thu")
    assert "Ngoài bảng, TT 2: lãi trả trước" in plain(text_of(sheet(settled)))


def test_B10_interest_of_a_frozen_loan_is_told_below(day):
    day.say(an(LoanFrozen, loan=3, effective=DAY, until=NEXT, amount=30_000_000))
    closing = {cells[0]: plain(cells[1]) for cells in rows_of(as_csv(sheet(day)))}
    assert closing["Ngoài bảng, TT 3"] == "lãi không thu kỳ này đầu ngày 158.005 đ, cuối ngày 18.005 đ"


def test_the_statement_says_whose_it_is_and_from_where_it_was_computed(settled):
    told_of = {cells[0]: cells[1] for cells in rows_of(as_csv(sheet(settled)))}
    assert told_of["Tổ"] == "Tổ TK&VV số 1, Khu dân cư Tân Trạch (KM-001), tổ trưởng Phạm Thị Lụa"
    assert told_of["Tổ chức nhận ủy thác"] == "Hội Liên hiệp Phụ nữ"
    assert told_of["Điểm giao dịch"] == "Điểm giao dịch phường Kinh Môn"
    assert told_of["Ngày giao dịch"] == "17/12/2025"
    seq = settled.state.book.days[DAY].settled_at.seq
    assert told_of["Tình trạng"] == "đã kết toán"
    assert told_of["Tính từ sổ của chi nhánh"] == f"tổ KM-001 đến dòng 0.{seq}"
    assert json.loads(as_json(sheet(settled)))["positions"] == {"KM-001": {"epoch": 0, "seq": seq}}


def test_an_open_day_is_a_preview_and_says_so(day):
    before = sheet(day)
    assert "BẢN XEM TRƯỚC, chưa kết toán" in text_of(before)
    day.count(1_043_726)
    day.settle()
    after = sheet(day)
    assert (before.rows, before.totals, before.closing) == (after.rows, after.totals, after.closing)
    assert "XEM TRƯỚC" not in text_of(after)


def test_B4_the_statement_of_a_settled_day_is_the_same_whatever_comes_later(settled):
    first = sheet(settled)
    settled.say(
        an(MemberListed, ordinal=4, number="3000010004"),
        an(SavingsAccountListed, ordinal=2, member=4, number="700002", as_of=DAY, balance=9),
        an(LoanOpened, ordinal=4, member=4, number="660001000204", opened_on=DAY - 9),
        day=NEXT,
    )
    settled.repay_at_the_counter(loan=3, amount=1_000)
    settled.collect(settled.leader, 1, 33_000, 271_233)
    settled.sync(settled.leader)
    assert sheet(settled) == first


def test_the_text_fits_its_page_and_its_columns_stand_in_line(settled):
    lines = text_of(sheet(settled)).splitlines()
    assert max(map(cell_len, lines)) <= sheet(settled).text_width == 200
    framed = [line for line in lines if line.startswith(("│", "├", "┌", "└"))]
    assert len({cell_len(line) for line in framed}) == 1
    columns = {
        tuple(place for place, sign in enumerate(line) if sign == "│") for line in framed if "│" in line
    }
    assert len(columns) == 1


def test_no_figure_is_ever_cut(day):
    found = sheet(day)
    totals = (*found.totals[:3], 9_223_372_036_854_775_807, *found.totals[4:])
    text = text_of(msgspec.structs.replace(found, totals=totals))
    assert "…" not in text
    column = "".join(line.split("│")[4].strip() for line in text.splitlines() if line.count("│") == 15)
    assert "9.223.372.036.854.775.807" in column


def test_the_statement_is_a_workbook_too(settled):
    found = sheet(settled)
    rows = CalamineWorkbook.from_filelike(io.BytesIO(as_xlsx(found))).get_sheet_by_index(0).to_python()
    start = next(number for number, cells in enumerate(rows) if cells[0] == "TT")
    assert rows[start][:5] == ["TT", "Họ và tên", "Khoản vay", "Dư nợ gốc", "Lãi tồn phải thu"]
    assert rows[start + 2][:4] == [2, "Vũ Văn Tịnh", "660001000202", 60_000_000]
    assert rows[start + 4][:4] == ["", "Cộng", "", 140_000_000]


def test_H105_H106_names_stay_names_in_a_spreadsheet_and_on_a_terminal(tmp_path):
    day = told(tmp_path, MARKUP)
    raw = as_csv(sheet(day))
    assert raw.startswith(b"\xef\xbb\xbf")
    _, rows, _ = table_of(rows_of(raw))
    assert [cells[1] for cells in rows] == [f"'{MARKUP[0]}", MARKUP[1], f"'{MARKUP[2]}"]
    text = text_of(sheet(day))
    assert "[bold]Vũ[/bold]" in text
    assert "\x1b" not in text


def test_every_line_of_the_csv_is_as_wide_as_the_table(settled):
    rows = rows_of(as_csv(sheet(settled)))
    assert {len(cells) for cells in rows} == {14}


def test_nothing_is_said_of_a_suspense_that_is_empty(tmp_path):
    text = text_of(sheet(both_phones_collected(CollectionDay(tmp_path))))
    assert "đang treo" not in text
    assert "goài bảng" not in text


def test_a_day_that_was_never_opened_has_no_statement(day):
    with pytest.raises(DayError) as caught:
        sheet(day, to_day(date(2025, 12, 18)))
    assert caught.value.code == "day_unknown"
