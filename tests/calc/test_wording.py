"""What tovay-calc tells people: a sentence for every fault, and the working behind a figure."""

import json

import pytest

from calc.errors import HistoryError, HistoryFault, LineError, LineFault, RateError, RateFault
from calc.window import answer
from calc.wording import explanation, refusal, unreadable
from tests.calc.days import on

LENT = {"on": "2025-01-10", "kind": "disbursed", "amount": 50_000_000}
RATE = {"on": "2025-01-10", "kind": "rate", "ppm": 66_000}


def explained(*events, number=1, **more):
    """The working of one line, its unbreakable spaces as plain ones."""
    line = {"id": "A1", "from": "2025-03-10", "to": "2025-04-10", "events": list(events), **more}
    return explanation(number, answer(json.dumps(line).encode())).replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize("fault", LineFault)
def test_every_fault_of_a_line_has_a_sentence(fault):
    assert refusal(LineError(fault)).endswith(".")
    assert "(sự kiện thứ 2, " in refusal(LineError(fault, event=2, key="on"))


@pytest.mark.parametrize("fault", HistoryFault)
def test_every_contradiction_has_a_sentence_with_its_day(fault):
    assert refusal(HistoryError(fault, on("2025-03-10"))).endswith(" (ngày 10/03/2025).")


@pytest.mark.parametrize("fault", RateFault)
def test_every_missing_rate_has_a_sentence_with_its_day(fault):
    assert refusal(RateError(fault, on("2025-03-10"))).endswith(" (ngày 10/03/2025).")


def test_a_foreign_key_is_told_in_harmless_characters():
    assert refusal(LineError(LineFault.UNKNOWN_KEY, key="\x1b[2J\ud800ạ" + "x" * 99)) == (
        'Khóa không có trong quy định ("\\u001b[2J\\ud800\\u1ea1' + "x" * 34 + '").'
    )


def test_the_working_shows_days_balance_rate_numerator_rounding_paid_and_due():
    assert explained(LENT, RATE, {"on": "2025-03-20", "kind": "interest_paid", "amount": 200_000}) == (
        "Dòng 1, khoản vay A1: tiền lãi từ 10/03/2025 đến 10/04/2025"
        " (tính ngày đầu, không tính ngày cuối), 31 ngày\n"
        "  10/03/2025 – 10/04/2025, trong hạn: 50.000.000 đ × 6,6 %/năm (66.000 phần triệu) × 31 ngày"
        " = 102.300.000.000.000\n"
        "  Cộng tử số: 102.300.000.000.000; chia cho 365.000.000 được 280.273 đ, dư 355.000.000\n"
        "  Làm tròn một lần: 280.274 đ (trong hạn 280.274 đ, quá hạn 0 đ)\n"
        "  Đã trả 200.000 đ; còn phải trả 80.274 đ (Tám mươi nghìn hai trăm bảy mươi tư đồng)\n"
    )


def test_the_working_names_overdue_days():
    overdue = {"on": "2025-03-10", "kind": "overdue", "amount": 50_000_000}
    assert "quá hạn: 50.000.000 đ × 8,58 %/năm (85.800 phần triệu) × 31 ngày" in explained(
        LENT, RATE, overdue
    )


def test_a_credit_is_called_one():
    paid = {"on": "2025-03-20", "kind": "interest_paid", "amount": 300_000}
    assert explained(LENT, RATE, paid).endswith(
        "trả thừa 19.726 đ (Mười chín nghìn bảy trăm hai mươi sáu đồng)\n"
    )


def test_a_window_without_interest_says_so():
    assert "  Không có ngày nào tính lãi\n" in explained()


def test_a_refused_line_says_which_and_why():
    assert explained(LENT, number=7) == (
        "Dòng 7, khoản vay A1: không tính được. Có dư nợ nhưng chưa có lãi suất (ngày 10/03/2025).\n"
    )


def test_a_line_without_a_name_says_so():
    assert explained(LENT, RATE, id=None).startswith("Dòng 1, khoản vay không ghi mã: tiền lãi")


def test_a_name_cannot_break_the_line_or_steer_the_terminal():
    assert "khoản vay A\ufffd\ufffd[2J\ufffdB:" in explained(LENT, RATE, id="A\n\x1b[2J\u202eB")


def test_an_unreadable_file_is_named():
    assert unreadable("sổ.jsonl") == "Không đọc được tệp sổ.jsonl\n"
