"""A JSON document is the same export as the files, and says nothing twice."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.service.reading.files import read_book
from hub.service.reading.reasons import Reason
from tests.hub.exports import FILES, rows_of, write_export


def document(**changed):
    """The good export; figures as integers, empty cells left out."""
    found = {}
    for name in FILES:
        header, *rows = rows_of(name)
        found[name] = [
            {
                column: int(cell) if cell.isdigit() and not cell.startswith("0") else cell
                for column, cell in zip(header, row, strict=True)
                if cell
            }
            for row in rows
        ]
    return found | changed


def written(tmp_path, content):
    path = tmp_path / "book.json"
    path.write_bytes(
        content if isinstance(content, bytes) else json.dumps(content, ensure_ascii=False).encode()
    )
    return path


def faults(path):
    return [(bad.table, bad.line, bad.column, bad.reason) for bad in read_book(path)[1]]


def test_a_document_says_what_the_files_say(tmp_path):
    told, bad = read_book(written(tmp_path, document()))
    expected, _ = read_book(write_export(tmp_path / "folder"))
    assert (bad, told.form, told.lines) == ((), "json", expected.lines)
    for name in FILES:
        kept = [[getattr(row, field) for field in row.__struct_fields__[1:]] for row in told.rows(name)]
        assert kept == [
            [getattr(row, field) for field in row.__struct_fields__[1:]] for row in expected.rows(name)
        ]


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("5000000.0", Reason.NOT_A_WHOLE_NUMBER),
        ("5e6", Reason.NOT_A_WHOLE_NUMBER),
        ("NaN", Reason.NOT_A_WHOLE_NUMBER),
        ("true", Reason.NEITHER_TEXT_NOR_NUMBER),
        ("[1]", Reason.NEITHER_TEXT_NOR_NUMBER),
        ('{"a":1}', Reason.NEITHER_TEXT_NOR_NUMBER),
        ("null", Reason.EMPTY_CELL),
        ('"5.000.000"', Reason.NOT_A_NUMBER),
        ("9223372036854775808", Reason.OUT_OF_RANGE),
        ('"\\ud800"', Reason.FORBIDDEN_CHARACTER),
    ],
)
def test_W11_a_cell_that_is_no_value_of_its_column_is_named(tmp_path, cell, reason):
    row = f'{{"core_ref":"G9","account":"S1","kind":"deposit","effective_on":"2025-12-02","amount":{cell}}}'
    path = written(tmp_path, f'{{"savings_events":[{row}]}}'.encode())
    assert faults(path) == [("savings_events", 1, "amount", reason)]


def test_a_figure_may_be_an_integer_or_text_of_any_size(tmp_path):
    for cell in (9_007_199_254_740_993, "9007199254740993"):
        row = {
            "core_ref": "G9",
            "account": "S1",
            "kind": "deposit",
            "effective_on": "2025-12-02",
            "amount": cell,
        }
        book, _ = read_book(written(tmp_path, {"savings_events": [row]}))
        assert book.savings_events[0].amount == 9_007_199_254_740_993


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", [("", 0, "", Reason.NOT_JSON)]),
        (b"[]", [("", 0, "", Reason.NOT_JSON)]),
        (b'{"programmes":[]} x', [("", 0, "", Reason.NOT_JSON)]),
        (b"[" * 100_000, [("", 0, "", Reason.NOT_JSON)]),
        (b'{"programmes":' + b"[" * 100_000, [("", 0, "", Reason.NOT_JSON)]),
        (b'{"a":' + b"1" * 5_000 + b"}", [("", 0, "", Reason.NOT_JSON)]),
        (b"\xff", [("", 0, "", Reason.NOT_UTF8)]),
        (b'{"loan":[]}', [("loan", 0, "", Reason.UNKNOWN_TABLE)]),
        (b'{"programmes":{}}', [("programmes", 0, "", Reason.NOT_A_TABLE)]),
        (b'{"programmes":[],"programmes":[]}', [("programmes", 0, "", Reason.REPEATED_KEY)]),
        (b'{"programmes":["HN"]}', [("programmes", 1, "", Reason.NOT_A_ROW)]),
        (
            b'{"programmes":[{"code":"HN","name":"x","rate":1}]}',
            [("programmes", 1, "rate", Reason.UNKNOWN_COLUMN)],
        ),
        (
            b'{"programmes":[{"code":"HN","name":"x","name":"y"}]}',
            [("programmes", 1, "name", Reason.REPEATED_COLUMN)],
        ),
        (b'{"programmes":[{"code":"HN"}]}', [("programmes", 1, "name", Reason.EMPTY_CELL)]),
    ],
)
def test_W2_W7_W9_what_is_no_table_of_rows_is_named(tmp_path, content, expected):
    assert faults(written(tmp_path, content)) == expected


def test_a_bad_row_leaves_the_next_one_alone(tmp_path):
    rows = [{"code": "HN", "name": "x"}, 7, {"code": "NS", "name": "y"}]
    book, bad = read_book(written(tmp_path, {"programmes": rows}))
    assert [row.code for row in book.programmes] == ["HN", "NS"]
    assert [(fault.line, fault.reason) for fault in bad] == [(2, Reason.NOT_A_ROW)]
    assert book.lines == 3


def test_a_byte_order_mark_is_passed_over(tmp_path):
    assert faults(written(tmp_path, b"\xef\xbb\xbf" + json.dumps(document()).encode())) == []


def test_a_file_of_another_form_is_refused(tmp_path):
    path = tmp_path / "book.ods"
    path.write_bytes(b"x")
    assert faults(path) == [("", 0, "", Reason.UNKNOWN_FORM)]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["programmes", "code", "name", "x"]), inner, max_size=3)
        ),
        max_leaves=8,
    )
)
def test_no_document_makes_the_reader_raise(tmp_path, value):
    book, bad = read_book(written(tmp_path, json.dumps({"programmes": value}).encode()))
    assert bad or book.lines == (len(value) if isinstance(value, list) else 0)
