"""What a person reads about a bad row: a Vietnamese sentence that nothing in a file can bend."""

import pytest

from hub.service.loan_book.wording import sentence
from hub.service.reading.reasons import Reason
from hub.service.reading.rows import BadRow


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_a_vietnamese_sentence(reason):
    told = sentence(BadRow("loans", 12, "ppm", reason), "csv")
    assert told.startswith("loans.csv, dòng 12, cột ppm: ")
    assert told.endswith(".")


def test_a_place_is_told_as_its_form_has_it():
    bad = BadRow("loans", 3, "ppm", Reason.NOT_A_NUMBER)
    assert [sentence(bad, form).partition(":")[0] for form in ("csv", "xlsx", "json")] == [
        "loans.csv, dòng 3, cột ppm",
        "Trang loans, dòng 3, cột ppm",
        "Bảng loans, dòng 3, cột ppm",
    ]
    assert sentence(BadRow("", 0, "KM-002", Reason.IMPOSSIBLE), "csv") == (
        "Tổ KM-002: không tính được lãi sau dòng này."
    )


def test_what_a_file_calls_itself_cannot_steer_the_terminal():
    told = sentence(BadRow("loans", 1, "\x1b[2J" + "x" * 100, Reason.UNKNOWN_COLUMN), "csv")
    assert told == f"loans.csv, dòng 1, cột \ufffd[2J{'x' * 56}…: cột này không có trong mẫu."


def test_a_fault_of_the_whole_folder_is_a_sentence_too():
    assert sentence(BadRow("", 0, "", Reason.NO_FILES), "csv") == "Thư mục không có tệp CSV nào."


@pytest.mark.parametrize(
    ("needs", "because"),
    [
        (("rate_decisions", 7), "cần dòng 7 của rate_decisions.csv, đã bị loại."),
        (("policies", 0), "cần policies.csv, đã bị loại."),
        (("", 0), "cần một dòng đã bị loại, hoặc nói về cùng một khoản với dòng đó."),
    ],
)
def test_a_row_that_needs_a_refused_one_names_it(needs, because):
    told = sentence(BadRow("loans", 12, "", Reason.REFUSED_WITH, needs), "csv")
    assert told == f"loans.csv, dòng 12: {because}"
