"""The sentences that explain a due, and that every code has words."""

from datetime import date
from typing import get_args

import pytest

from calc.chart import RESOLUTIONS
from calc.loan import LoanFact
from calc.states import Phase
from hub.service.day.wording import (
    PLANNED,
    STATES,
    cause,
    entry_name,
    outcome,
    parts,
    repaid,
    resolved,
    signed,
    verdict,
)
from protocol.day import to_day
from protocol.loan_facts import (
    InterestAdjusted,
    LoanExtended,
    PrincipalRepaid,
)
from protocol.phone_facts import MemberNoted
from protocol.posting_facts import Held, Posted, ReceiptRekeyed
from protocol.roster_facts import PolicyAdopted, RateDecided
from protocol.trust_facts import ForkResolved, Received
from tests.facts import an

STORM = {"kind": "points", "reference": "2654/QĐ-TTg", "effective_from": to_day(date(2025, 10, 1))}


def plain(sentence):
    return sentence.replace("\xa0", " ")


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        (an(RateDecided, ppm=20_000, **STORM), "Quyết định 2654/QĐ-TTg giảm 2 điểm từ 01/10/2025"),
        (an(RateDecided, ppm=5_000, **STORM), "Quyết định 2654/QĐ-TTg giảm 0,5 điểm từ 01/10/2025"),
        (
            an(RateDecided, kind="support", ppm=20_000, reference="36/2022/NĐ-CP"),
            "Nghị định 36/2022/NĐ-CP: ngân sách trả thay 2 điểm từ 01/12/2025",
        ),
        (
            an(RateDecided, kind="factor", ppm=900_000, reference="1990/QĐ-TTg"),
            "Quyết định 1990/QĐ-TTg: lãi suất còn 90 % từ 01/12/2025",
        ),
        (
            an(RateDecided, kind="rate", ppm=62_400),
            "Quyết định 2553/QĐ-TTg: lãi suất 6,24 %/năm từ 01/12/2025",
        ),
        (an(PolicyAdopted, reference="QC-01"), "Văn bản QC-01 đổi cách tính từ 17/12/2025"),
        (an(PrincipalRepaid, amount=10_000_000), "trả gốc 10.000.000 đ tại quầy 17/12/2025"),
        (an(LoanExtended), "gia hạn nợ đến 18/04/2028"),
        (an(InterestAdjusted), "điều chỉnh lãi theo QĐ-01"),
        (an(ReceiptRekeyed, receipt_no=7), "nhập lại biên lai giấy số 7"),
        (an(Held), "treo biên lai số 7 của tổ trưởng"),
        (an(Posted), "hạch toán biên lai số 7 của tổ trưởng"),
    ],
)
def test_why_a_due_moved(entry, sentence):
    told = cause(entry, -12_345, entry_name("receipt", 7, "leader"))
    assert plain(told) == f"{sentence}: −12.345 đ"


@pytest.mark.parametrize("kind", sorted(get_args(LoanFact), key=str))
def test_every_fact_of_a_loan_has_a_reason(kind):
    assert not cause(an(kind), 1).startswith("thay đổi trên sổ chi nhánh")


def test_a_fact_that_is_newer_than_the_words_is_told_all_the_same():
    for entry in (None, an(MemberNoted)):
        assert plain(cause(entry, 0)) == "thay đổi trên sổ chi nhánh: 0 đ"


def test_every_state_of_an_entry_of_money_has_words():
    assert {phase.value for phase in Phase} - {"noted"} == STATES.keys() == PLANNED.keys()


@pytest.mark.parametrize(
    ("amount", "written"),
    [(1_000, "+1.000 đ"), (-1_000, "−1.000 đ"), (0, "0 đ"), (-(2**63), f"−{2**63:,} đ")],
)
def test_a_difference_carries_its_sign(amount, written):
    assert plain(signed(amount)) == written.replace(",", ".")


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (("posted", None, (), "khớp với sổ", None), "khớp với sổ"),
        (
            ("posted", None, ("stale_book",), outcome(11_047, 11_047), None),
            "thừa 11.047 đ so với sổ, giữ làm lãi trả trước; máy dùng sổ cũ",
        ),
        (("posted", None, (), None, None), ""),
        (
            ("held", "possible_duplicate", ("possible_duplicate",), None, 7),
            "có thể thu trùng với biên lai số 7; tiền vẫn nằm trong số phải nộp",
        ),
        (
            ("held", "unknown_loan", (), None, None),
            "tổ viên không có khoản vay này; tiền vẫn nằm trong số phải nộp",
        ),
        (("set_aside", "same_receipt", (), None, None), "trùng số biên lai"),
        (("set_aside", "of_a_newer_branch", (), None, None), "of_a_newer_branch"),
        (("voided", None, ("stale_book",), None, None), "không tính vào số phải nộp"),
        (("pending", None, ("clock",), None, None), "đồng hồ của máy chạy nhanh"),
    ],
)
def test_what_became_of_an_entry(given, sentence):
    assert plain(verdict(*given)) == sentence


@pytest.mark.parametrize(
    ("beyond", "prepaid", "sentence"),
    [
        (0, 0, "khớp với sổ"),
        (-1, 0, "còn thiếu 1 đ so với sổ"),
        (700, 700, "thừa 700 đ so với sổ, giữ làm lãi trả trước"),
        (700, 0, "thừa 700 đ so với sổ"),
        (700, 500, "thừa 700 đ so với sổ, giữ 500 đ làm lãi trả trước"),
        (0, 500, "khớp với sổ, giữ 500 đ làm lãi trả trước"),
    ],
)
def test_money_is_called_prepaid_only_where_no_interest_took_it(beyond, prepaid, sentence):
    assert plain(outcome(beyond, prepaid)) == sentence


@pytest.mark.parametrize(
    ("other_days", "sentence"),
    [
        (5_000, "tiền của ngày khác còn phải nộp: −5.000 đ"),
        (-5_000, "tiền đã nộp thừa ở ngày khác: +5.000 đ"),
    ],
)
def test_cash_of_other_days_is_told_by_what_it_does_to_the_difference(other_days, sentence):
    assert [plain(one) for one in parts(0, 0, 0, 0, other_days)] == [sentence]


def test_what_a_count_has_too_much_is_told_as_such():
    assert [plain(one) for one in parts(90_000, 1_000, 2_000, -3_000, 0)] == [
        "giao dịch viên đếm nhiều hơn 90.000 đ mà các điện thoại báo nộp: +1.000 đ",
        "người giữ máy đếm nhiều hơn số mà máy tính phải có: +2.000 đ",
        "khi khóa sổ máy báo nhiều hơn số phiếu hiện có trong sổ: +3.000 đ",
    ]


def test_a_transfer_to_principal_says_what_is_left_of_the_request():
    assert plain(repaid(480_000, 0)) == "trừ 480.000 đ vào gốc"
    assert plain(repaid(480_000, 120_000)) == "trừ 480.000 đ vào gốc, còn thiếu 120.000 đ so với đề nghị"
    assert plain(repaid(0, 5_000)) == "không trích được đồng nào, còn thiếu 5.000 đ so với đề nghị"


def test_a_fork_is_named_where_the_branch_received_its_second_side():
    assert plain(cause(an(Received), 5, code="fork")) == "phát hiện một điện thoại có hai sổ khác nhau: +5 đ"
    assert plain(cause(an(ForkResolved), -5)) == "chọn một trong hai sổ khác nhau của một điện thoại: −5 đ"


@pytest.mark.parametrize("kind", ["shortage", "surplus"])
@pytest.mark.parametrize("resolution", [*RESOLUTIONS, "a_newer_word"])
def test_every_way_to_clear_a_difference_has_a_sentence(kind, resolution):
    told = plain(resolved(kind, resolution, 5_000, "biên lai số 7"))
    assert "5.000 đ" in told
    assert ("biên lai số 7" in told) == (resolution == "late_fact")
