"""What people read about a rate decision, sentence by sentence."""

import pytest

from hub.service.rates.decision import decide
from hub.service.rates.wording import broken, preview, terms, unfinished
from tests.hub.builders import sqlite_branch
from tests.hub.lenders import DAY, OPENED, lent, plan, wished

START = "Văn bản 2553/QĐ-TTg ký ngày 20/11/2025, chương trình HN, "


@pytest.fixture
def branch(tmp_path):
    return lent(sqlite_branch(tmp_path))


def told(lines):
    return [line.replace("\xa0", " ") for line in lines]


def test_a_preview_tells_the_decision_the_loans_the_credit_and_the_customers(branch):
    assert told(preview(plan(branch.groups))) == [
        f"{START}lãi suất 6,24 %/năm, từ ngày 01/12/2025, mọi khoản vay.",
        "6 khoản vay ở 3 tổ, trả thừa 16.974 đ, 3 khách hàng cần báo.",
        "Lãi phải thu đến ngày giao dịch tới của các tổ giảm 56.814 đ, ở 6 khoản vay.",
    ]


def test_of_a_decision_that_every_group_has_only_the_terms_are_told(branch):
    decide(branch.groups, plan(branch.groups), lambda: None)
    again = plan(branch.groups)
    assert list(preview(again)) == [terms(again.decision)]


def test_loans_that_forbid_the_decision_are_told_once_with_the_first_of_them(branch):
    lent(branch, "KM-004", ppm=60_001)
    deciding = plan(branch.groups, kind="factor", ppm=900_000)
    assert told(broken(deciding)) == [
        (
            "Lãi suất sau khi nhân hệ số không viết được chính xác đến phần triệu: khoản vay"
            " KM-004/1 (tổ KM-004), KM-004/2 (tổ KM-004)."
        ),
        "Quyết định bị từ chối vì 2 khoản vay trên; không có gì được ghi.",
    ]


def test_of_many_loans_that_forbid_the_decision_the_first_five_are_named(branch):
    reason, refused = told(broken(plan(branch.groups, ppm=62_401)))
    assert reason.endswith("KM-003/1 (tổ KM-003) và 1 khoản vay khác.")
    assert refused == "Quyết định bị từ chối vì 6 khoản vay trên; không có gì được ghi."


def test_B22_loans_that_were_brought_forward_later_are_told(branch):
    deciding = plan(branch.groups, kind="points", ppm=20_000, effective_from=OPENED + 9, effective_to=DAY)
    assert told(preview(deciding))[-1] == (
        "6 khoản vay được mang sang sổ này sau ngày quyết định có hiệu lực: lãi của những ngày trước khi mang"
        " sang phải do người có thẩm quyền điều chỉnh."
    )


@pytest.mark.parametrize(
    ("terms", "sentence"),
    [
        ({"ppm": 70_000}, "tăng 63.123 đ, ở 6 khoản vay."),
        ({"effective_from": DAY}, "không đổi."),
    ],
)
def test_a_preview_tells_rises_and_dues_that_stay(branch, terms, sentence):
    # 16 days at 7 % for 6.6 %: 8,767 and 12,274 more
    assert told(preview(plan(branch.groups, **terms)))[2].endswith(sentence)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (
            {"kind": "factor", "ppm": 900_000, "effective_to": DAY},
            (
                "lãi suất còn 90 % mức cũ, từ ngày 01/12/2025 đến hết ngày 17/12/2025, mọi khoản vay,"
                " nợ quá hạn chịu lãi suất đã giảm nhân hệ số quá hạn."
            ),
        ),
        (
            {"kind": "points", "ppm": 20_000, "reach": "existing", "overdue_reach": "excluded"},
            "giảm 2 điểm %/năm, từ ngày 01/12/2025, khoản vay mở trước ngày đó, nợ quá hạn không được giảm.",
        ),
        (
            {
                "kind": "support",
                "ppm": 25_000,
                "above": 60_000,
                "reach": "new",
                "overdue_reach": "full_surcharge_then_reduce",
            },
            (
                "ngân sách trả thay 2,5 điểm %/năm, từ ngày 01/12/2025, khoản vay mở từ ngày đó,"
                " chỉ khi lãi suất trên 6 %/năm,"
                " nợ quá hạn chịu lãi suất đầy đủ nhân hệ số quá hạn, rồi mới giảm."
            ),
        ),
    ],
)
def test_a_decision_is_told_in_one_sentence(given, sentence):
    assert terms(wished(**given)).replace("\xa0", " ") == START + sentence


def test_groups_that_are_stopped_are_told():
    assert unfinished(2, 2, ["KM-002"]) == (
        "Đã ghi quyết định số 2 vào sổ của 2 tổ. Sổ của các tổ sau đang tạm dừng, chưa ghi được: KM-002."
        " Khi sổ mở lại, hãy chạy lại lệnh này."
    )
