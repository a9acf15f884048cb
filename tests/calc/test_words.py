"""Amounts in words and in figures, days and rates, as Vietnamese vouchers write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calc.words import day, grouped, in_words, money, month, rate
from tests.calc.days import on

DIGITS = {
    "không": 0,
    "một": 1,
    "hai": 2,
    "ba": 3,
    "bốn": 4,
    "năm": 5,
    "sáu": 6,
    "bảy": 7,
    "tám": 8,
    "chín": 9,
}
SAID_AFTER_TENS = {"mốt": 1, "tư": 4, "lăm": 5}
SCALES = {"nghìn": 10**3, "triệu": 10**6}


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        # household of two loans, 15/04–15/05/2025: 216,986 + 147,945
        (364_931, "Ba trăm sáu mươi tư nghìn chín trăm ba mươi mốt đồng"),
        (1_000_005, "Một triệu không trăm linh năm đồng"),
        (1_001_001, "Một triệu không trăm linh một nghìn không trăm linh một đồng"),
        (0, "Không đồng"),
        (1, "Một đồng"),
        (-5, "Âm năm đồng"),
        (4, "Bốn đồng"),
        (10, "Mười đồng"),
        (11, "Mười một đồng"),
        (14, "Mười bốn đồng"),
        (15, "Mười lăm đồng"),
        (20, "Hai mươi đồng"),
        (21, "Hai mươi mốt đồng"),
        (24, "Hai mươi tư đồng"),
        (25, "Hai mươi lăm đồng"),
        (55, "Năm mươi lăm đồng"),
        (100, "Một trăm đồng"),
        (101, "Một trăm linh một đồng"),
        (104, "Một trăm linh bốn đồng"),
        (105, "Một trăm linh năm đồng"),
        (110, "Một trăm mười đồng"),
        (1_004, "Một nghìn không trăm linh bốn đồng"),
        (1_010, "Một nghìn không trăm mười đồng"),
        (50_000_000, "Năm mươi triệu đồng"),
        (105_000, "Một trăm linh năm nghìn đồng"),
        (10**9, "Một tỷ đồng"),
        (10**9 + 5, "Một tỷ không trăm linh năm đồng"),
        (10**9 + 5_000_000, "Một tỷ không trăm linh năm triệu đồng"),
        (1_500 * 10**9, "Một nghìn năm trăm tỷ đồng"),
        (10**15, "Một triệu tỷ đồng"),
        (10**18, "Một tỷ tỷ đồng"),
        (10**18 + 10**9, "Một tỷ không trăm linh một tỷ đồng"),
    ],
)
def test_an_amount_reads_as_on_a_voucher(amount, words):
    assert in_words(amount) == words


@given(st.integers() | st.integers(-(10**40), 10**40) | st.integers(0, 10**9).map(lambda n: n * 10**9))
def test_words_read_back_give_the_amount(amount):
    assert read(in_words(amount)) == amount


@given(st.integers(1, 999), st.integers(0, 8))
def test_a_round_amount_is_never_followed_by_zeros_in_words(group, thousands):
    words = in_words(group * 1_000**thousands)
    assert "không trăm" not in words


def test_an_amount_of_thousands_of_digits_can_be_read():
    words = in_words(10**9_000)
    assert words == f"Một{' tỷ' * 1_000} đồng"


@pytest.mark.parametrize(
    ("amount", "figures"),
    [
        (0, "0\N{NO-BREAK SPACE}đ"),
        (999, "999\N{NO-BREAK SPACE}đ"),
        (1_234_567, "1.234.567\N{NO-BREAK SPACE}đ"),
        (-83_178, "−83.178\N{NO-BREAK SPACE}đ"),
    ],
)
def test_an_amount_in_figures_has_points_and_a_space_that_does_not_break(amount, figures):
    assert money(amount) == figures


@given(st.integers())
def test_points_do_not_change_a_number(number):
    assert int(grouped(number).translate(str.maketrans("−", "-", "."))) == number


@pytest.mark.parametrize(
    ("ppm", "text"),
    [(62_400, "6,24"), (66_000, "6,6"), (97_344, "9,7344"), (90_000, "9"), (0, "0"), (1, "0,0001")],
)
def test_a_rate_is_exact_with_a_decimal_comma(ppm, text):
    assert rate(ppm) == f"{text}\N{NO-BREAK SPACE}%/năm"


def test_a_day_is_written_day_month_year():
    assert day(on("2032-08-04")) == "04/08/2032"
    assert day(on("0001-01-01")) == "01/01/0001"
    assert month(on("2032-08-04")) == "08/2032"


def read(sentence):
    """Words → number, the rules backwards: what stands before the last tỷ counts thousand millions."""
    words = sentence.lower().removesuffix(" đồng").split()
    if words[0] == "âm":
        return -read_number(words[1:])
    return read_number(words)


def read_number(words):
    """A number that is not negative."""
    if "tỷ" in words:
        place = len(words) - 1 - words[::-1].index("tỷ")
        return read_number(words[:place]) * 10**9 + read_number(words[place + 1 :])
    for scale in ("triệu", "nghìn"):
        if scale in words:
            place = words.index(scale)
            return read_group(words[:place]) * SCALES[scale] + read_number(words[place + 1 :])
    return read_group(words)


def read_group(words):
    """A number below a thousand."""
    hundreds = 0
    if words[1:2] == ["trăm"]:
        hundreds, words = DIGITS[words[0]] * 100, words[2:]
    if words[:1] == ["linh"]:
        return hundreds + DIGITS[words[1]]
    if words[:1] == ["mười"]:
        return hundreds + 10 + read_ones(words[1:])
    if words[1:2] == ["mươi"]:
        return hundreds + 10 * DIGITS[words[0]] + read_ones(words[2:])
    return hundreds + read_ones(words)


def read_ones(words):
    """The last digit, or nothing."""
    return (DIGITS | SAID_AFTER_TENS)[words[0]] if words else 0
