"""A bank's export read: every good row typed, every bad one a value with its line, column and reason."""

import os
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.service.reading import forms as book_sheets
from hub.service.reading.files import BAD_ROWS_MAX, read_book
from hub.service.reading.reasons import Reason
from hub.service.reading.rows import BadRow
from hub.service.reading.tables import TABLES
from protocol.day import to_day
from tests.hub.exports import FILES, with_cells, with_row, write_export

BOM = b"\xef\xbb\xbf"


def faults(folder):
    return [(bad.table, bad.line, bad.column, bad.reason) for bad in read_book(folder)[1]]


def faults_of_cell(tmp_path, name, line, **cells):
    [(file, at, column, reason)] = faults(write_export(tmp_path, **{name: with_cells(name, line, **cells)}))
    assert (file, at, column) == (name, line, next(iter(cells)))
    return reason


def test_a_good_export_is_read_whole(tmp_path):
    book, bad = read_book(write_export(tmp_path))
    assert not bad
    counts = {table.name: len(getattr(book, table.name)) for table in TABLES}
    assert counts == {name: len(text.splitlines()) - 1 for name, text in FILES.items()}
    assert book.lines == sum(counts.values())


def test_cells_become_days_numbers_and_texts(tmp_path):
    book, _ = read_book(write_export(tmp_path))
    loan, other = book.loans
    assert (loan.line, loan.customer, loan.ppm, loan.numerator_in_term) == (
        2,
        "C1",
        66_000,
        42_900_000_000_000,
    )
    assert loan.opened_on == to_day(date(2023, 4, 18))
    assert (other.as_of, other.in_term, other.grace_end) == (None, None, None)
    assert book.members[0].address == "Số 3, Khu dân cư Đông"


@pytest.mark.parametrize(
    "variant",
    [
        pytest.param(lambda text: BOM + text.encode(), id="a byte order mark"),
        pytest.param(lambda text: text.replace("\n", "\r\n").encode(), id="line ends of Windows"),
        pytest.param(lambda text: text.rstrip("\n").encode(), id="no line end at the end"),
        pytest.param(
            lambda text: text.replace("C2,Y Blâm", '"C2"," Y Blâm "').encode(), id="quotes and blanks"
        ),
    ],
)
def test_spellings_of_a_file_that_mean_the_same(tmp_path, variant):
    good = read_book(write_export(tmp_path / "good"))
    other = write_export(tmp_path / "other", members=variant(FILES["members"]))
    assert read_book(other) == good


def test_columns_may_stand_in_any_order(tmp_path):
    book, bad = read_book(write_export(tmp_path, only=["programmes"], programmes="name,code\nHộ nghèo,HN\n"))
    assert not bad
    assert (book.programmes[0].code, book.programmes[0].name) == ("HN", "Hộ nghèo")


def test_both_ways_to_write_a_day_mean_the_same_day(tmp_path):
    vietnamese = with_cells("loans", 2, opened_on="18/04/2023")
    assert read_book(write_export(tmp_path / "a", loans=vietnamese)) == read_book(
        write_export(tmp_path / "b")
    )


def test_W16_a_decomposed_name_is_the_same_name(tmp_path):
    decomposed = with_cells("members", 3, full_name="Y Bla\u0302m")
    assert read_book(write_export(tmp_path, members=decomposed))[0].members[1].full_name == "Y Bl\u00e2m"


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"amount": "5.000.000"}, Reason.NOT_A_NUMBER),
        ({"amount": "5e6"}, Reason.NOT_A_NUMBER),
        ({"amount": "5000000.0"}, Reason.NOT_A_NUMBER),
        ({"amount": "0005"}, Reason.NOT_A_NUMBER),
        ({"amount": "+5"}, Reason.NOT_A_NUMBER),
        ({"amount": "1_000"}, Reason.NOT_A_NUMBER),
        ({"amount": "\uff11\uff12"}, Reason.NOT_A_NUMBER),
        ({"amount": "\u0663"}, Reason.NOT_A_NUMBER),
        ({"amount": "true"}, Reason.NOT_A_NUMBER),
        ({"amount": "-5"}, Reason.OUT_OF_RANGE),
        ({"amount": "9223372036854775808"}, Reason.OUT_OF_RANGE),
        ({"amount": "9" * 2_000}, Reason.OUT_OF_RANGE),
        ({"ppm": "1000001"}, Reason.OUT_OF_RANGE),
        ({"effective_on": "2025-02-29"}, Reason.NOT_A_DAY),
        ({"effective_on": "2025-2-9"}, Reason.NOT_A_DAY),
        ({"effective_on": "12/31/2025"}, Reason.NOT_A_DAY),
        ({"effective_on": "20251202"}, Reason.NOT_A_DAY),
        ({"effective_on": "2025-12-02T00:00"}, Reason.NOT_A_DAY),
        ({"effective_on": "\uff12\uff1025-12-02"}, Reason.NOT_A_DAY),
        ({"effective_on": "0000-01-01"}, Reason.NOT_A_DAY),
        ({"effective_on": "9999-12-31"}, Reason.OUT_OF_RANGE),
        ({"effective_on": ""}, Reason.EMPTY_CELL),
        ({"kind": "Disbursed"}, Reason.NOT_A_CHOICE),
        ({"core_ref": "G 2"}, Reason.NOT_A_CODE),
        ({"core_ref": "G" * 41}, Reason.NOT_A_CODE),
        ({"core_ref": "=HYPERLINK(1)"}, Reason.NOT_A_CODE),
    ],
)
def test_W11_W12_a_cell_of_the_wrong_kind_is_named(tmp_path, cells, reason):
    assert faults_of_cell(tmp_path, "loan_events", 3, **cells) == reason


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"identity": "03090800100"}, Reason.NOT_AN_IDENTITY),
        ({"identity": "03090800100\uff11"}, Reason.NOT_AN_IDENTITY),
        ({"phone": "+84100001001"}, Reason.NOT_A_PHONE),
        ({"full_name": "a" * 201}, Reason.TEXT_TOO_LONG),
        ({"full_name": ""}, Reason.EMPTY_CELL),
        ({"group": "KM/001"}, Reason.NOT_A_CODE),
    ],
)
def test_a_member_row_is_checked_cell_by_cell(tmp_path, cells, reason):
    assert faults_of_cell(tmp_path, "members", 2, **cells) == reason


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"reference": "決定"}, Reason.NOT_A_CODE),
        ({"reference": "Q" * 41}, Reason.TEXT_TOO_LONG),
        ({"kind": "raise"}, Reason.NOT_A_CHOICE),
        ({"ppm": "1000001"}, Reason.OUT_OF_RANGE),
    ],
)
def test_a_decision_row_is_checked_cell_by_cell(tmp_path, cells, reason):
    assert faults_of_cell(tmp_path, "rate_decisions", 2, **cells) == reason


@pytest.mark.parametrize(
    "hidden", ["\u202e", "\u200b", "\ufeff", "\u00ad", "\t", "\x1b", "\u00a0", "\u2028", "\ue000"]
)
def test_W15_hidden_characters_are_refused(tmp_path, hidden):
    assert faults_of_cell(tmp_path, "members", 2, full_name=f"Phạm{hidden}Thị") == Reason.FORBIDDEN_CHARACTER


def test_every_bad_cell_of_a_row_is_told(tmp_path):
    spoiled = with_cells("loan_events", 3, amount="x", effective_on="y")
    assert faults(write_export(tmp_path, loan_events=spoiled)) == [
        ("loan_events", 3, "effective_on", Reason.NOT_A_DAY),
        ("loan_events", 3, "amount", Reason.NOT_A_NUMBER),
    ]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"C9", Reason.CELL_COUNT),
        (b"", Reason.CELL_COUNT),
        (b"C9,name,more", Reason.CELL_COUNT),
        (b'C9,"name', Reason.BAD_QUOTES),
        (b'C9,"na"me', Reason.BAD_QUOTES),
        (b"C9,\xff\xfe", Reason.NOT_UTF8),
        (b"C9,\xed\xa0\x80", Reason.NOT_UTF8),
        (b"C9,na\0me", Reason.FORBIDDEN_CHARACTER),
        (b"C9,na\rme", Reason.FORBIDDEN_CHARACTER),
        (b"C9," + b"n" * 5_000, Reason.LINE_TOO_LONG),
    ],
)
def test_a_line_that_is_no_row_leaves_the_next_line_alone(tmp_path, line, reason):
    content = b"code,name\nHN,first\n" + line + b"\nNS,last\n"
    folder = write_export(tmp_path, only=[], programmes=content)
    assert faults(folder) == [("programmes", 3, "", reason)]
    assert [row.code for row in read_book(folder)[0].programmes] == ["HN", "NS"]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", [(0, "", Reason.EMPTY_TABLE)]),
        (BOM, [(0, "", Reason.EMPTY_TABLE)]),
        (b"\n\n", [(0, "", Reason.EMPTY_TABLE)]),
        (b"code\nHN\n", [(1, "name", Reason.MISSING_COLUMN)]),
        (b"code,name,rate\nHN,x,1\n", [(1, "rate", Reason.UNKNOWN_COLUMN)]),
        (b"code,name,code\nHN,x,HN\n", [(1, "code", Reason.REPEATED_COLUMN)]),
        (
            b"code;name\nHN;x\n",
            [
                (1, "code;name", Reason.UNKNOWN_COLUMN),
                (1, "code", Reason.MISSING_COLUMN),
                (1, "name", Reason.MISSING_COLUMN),
            ],
        ),
        ("code,name\nHN,x\n".encode("utf-16"), [(1, "", Reason.NOT_UTF8)]),
    ],
)
def test_a_file_whose_header_is_wrong_is_not_read_further(tmp_path, content, expected):
    folder = write_export(tmp_path, only=[], programmes=content)
    assert faults(folder) == [("programmes", *fault) for fault in expected]


def test_a_repeated_key_is_refused_and_the_first_row_stands(tmp_path):
    folder = write_export(tmp_path, members=with_row("members", full_name="Người khác"))
    book, bad = read_book(folder)
    assert bad == (BadRow("members", 4, "customer", Reason.REPEATED_KEY),)
    assert [member.full_name for member in book.members] == ["Phạm Thị Lụa", "Y Blâm"]


def test_an_area_may_come_twice_with_other_days(tmp_path):
    folder = write_export(tmp_path, areas=with_row("areas", valid_from="2019-11-01", valid_to="2025-06-30"))
    book, bad = read_book(folder)
    assert not bad
    assert len(book.areas) == 3


def test_a_misspelt_file_name_is_not_passed_over(tmp_path):
    folder = write_export(tmp_path, only=["programmes"])
    (folder / "loan.csv").write_text("x")
    (folder / "README.md").write_text("x")
    (folder / "areas.CSV").write_text("x")
    assert faults(folder) == [
        ("areas.CSV", 0, "", Reason.UNKNOWN_TABLE),
        ("loan", 0, "", Reason.UNKNOWN_TABLE),
    ]


def test_a_folder_without_csv_files_or_no_folder_says_so(tmp_path):
    assert faults(tmp_path) == [("", 0, "", Reason.NO_FILES)]
    for name in ("absent", "absent.xlsx", "absent.json"):
        assert faults(tmp_path / name) == [("", 0, "", Reason.NOWHERE)]


def test_a_file_that_cannot_be_read_is_a_fault_like_others(tmp_path):
    folder = write_export(tmp_path, only=["programmes"])
    (folder / "loans.csv").mkdir()
    os.mkfifo(folder / "savings.csv")
    assert faults(folder) == [
        ("savings", 0, "", Reason.UNREADABLE),
        ("loans", 0, "", Reason.UNREADABLE),
    ]


def test_a_disk_that_fails_while_reading_is_a_fault_like_others(tmp_path, monkeypatch):
    def fail(_path, _mode):
        raise OSError

    folder = write_export(tmp_path, only=["programmes"])
    monkeypatch.setattr(Path, "open", fail)
    assert faults(folder) == [("programmes", 0, "", Reason.UNREADABLE)]


def test_a_file_over_the_bound_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr(book_sheets, "FILE_BYTES_MAX", 20)
    folder = write_export(tmp_path, only=["programmes"])
    assert faults(folder) == [("programmes", 0, "", Reason.TOO_LARGE)]


def test_a_table_full_of_faults_is_left_out_after_a_bounded_number_of_them(tmp_path):
    content = b"code,name\nHN,first\n" + b"x\n" * (BAD_ROWS_MAX + 100)
    folder = write_export(tmp_path, only=[], programmes=content)
    found = faults(folder)
    assert len(found) == BAD_ROWS_MAX + 2
    assert found[-1] == ("programmes", 0, "", Reason.TOO_MANY)
    book, _ = read_book(folder)
    assert (book.programmes, book.lines, book.unread) == ((), BAD_ROWS_MAX + 101, BAD_ROWS_MAX + 101)
    assert [(lost.table, lost.line) for lost in book.lost] == [("programmes", 0)]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=300), keep_header=st.booleans())
def test_no_bytes_make_the_reader_raise(tmp_path, content, keep_header):
    header = FILES["loan_events"].splitlines()[0].encode() + b"\n" if keep_header else b""
    folder = write_export(tmp_path, only=[], loan_events=header + content)
    book, bad = read_book(folder)
    lines = (header + content).removesuffix(b"\n").count(b"\n")
    assert keep_header or bad or not lines
    assert len(book.loan_events) + len({fault.line for fault in bad}) >= (lines if keep_header else 1)
