"""What a person may type, and everything that is refused instead of guessed."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calc.words import grouped
from edge import typed
from edge.errors import Fault
from protocol.day import to_day
from tests.edge.steps import fault_of

# One per line, so that a blank stands where it is meant.
NOT_AMOUNTS = [
    "",
    " ",
    "-5",
    "+5",
    "−5",
    "1e5",
    "1.5",
    "105,000",
    "105 000",
    "105.00",
    "1.05000",
    "0105",
    ".000",
    "105.",
    "105.000.",
    "0x10",
    "10_000",
    "NaN",
    "inf",
    "true",
    "١٠٥",
    "１０５",
    "105\n",
    "105đ",
    "5\u200b",
    "999999999999",
    "100.000.000.000",
    "9" * 5_000,
]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("0", 0),
        ("105000", 105_000),
        ("105.000", 105_000),
        ("1.234.567", 1_234_567),
        ("99999999999", 99_999_999_999),
    ],
)
def test_an_amount_is_read_with_or_without_points(text, meant):
    assert typed.amount(text) == meant


@given(st.integers(0, typed.AMOUNT_DONG_MAX))
def test_an_amount_as_it_is_printed_is_read_back(amount):
    assert typed.amount(str(amount)) == typed.amount(grouped(amount)) == amount


@pytest.mark.parametrize("text", NOT_AMOUNTS)
def test_what_is_no_amount_or_too_large_is_refused(text):
    assert fault_of(typed.amount, text) in {Fault.NOT_AN_AMOUNT, Fault.AMOUNT_TOO_LARGE}


def test_a_day_is_read_as_a_vietnamese_or_an_iso_date():
    assert typed.day("17/12/2025") == typed.day("2025-12-17") == to_day(date(2025, 12, 17))


@pytest.mark.parametrize(
    "text", ["", "31/02/2025", "17-12-2025", "17/12/25", "2025-13-01", "0000-01-01", "9999-12-31", "1/2/2025"]
)
def test_what_is_no_day_is_refused(text):
    assert fault_of(typed.day, text) is Fault.NOT_A_DATE


@pytest.mark.parametrize("text", ["", "0", "-1", "1.0", "01", "1 ", "²", "1234567890"])
def test_what_is_no_number_is_refused(text):
    assert fault_of(typed.number, text) is Fault.NOT_A_NUMBER


def test_pairs_name_a_loan_and_notes_a_face_in_circulation():
    assert typed.pair("2=105.000") == (2, 105_000)
    assert typed.notes("500.000=3") == (500_000, 3)
    assert typed.notes("1000=0") == (1_000, 0)
    assert fault_of(typed.pair, "105.000") is Fault.BAD_PAIR
    assert fault_of(typed.notes, "500.000") is Fault.BAD_PAIR
    assert fault_of(typed.notes, "500.000=-1") is Fault.BAD_PAIR
    assert fault_of(typed.notes, "500.000=3.5") is Fault.BAD_PAIR
    assert fault_of(typed.notes, "300.000=3") is Fault.BAD_FACE


def test_W15_a_note_is_kept_in_one_form_without_hidden_characters():
    assert typed.words("  Ba\u0300 he\u0323n ") == "Bà hẹn"
    for text in ("", "  ", "a\x00b", "a\u202eb", "a\u200bb", "a\nb", "\ud800", "é" * 513):
        assert fault_of(typed.words, text) is Fault.BAD_TEXT


def test_what_was_typed_is_shown_again_short_and_spelled_out():
    assert typed.shown("a\x1b[31mb") == "a\\x1b[31mb"
    assert typed.shown("x" * 100) == "x" * 40 + "…"
