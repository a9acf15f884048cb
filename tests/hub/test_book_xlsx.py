"""A workbook is the same export as the files: numbers, days and texts, and everything that can be wrong."""

from datetime import date, datetime, time

import pytest
from xlsxwriter import Workbook

from hub.service.reading.files import read_book
from hub.service.reading.reasons import Reason
from tests.hub.exports import FILES, write_export
from tests.hub.workbooks import cell_of, faults, sheets_of, with_cell, write_workbook


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
