"""Reports as people get them, from the story of ``tests.hub.days``; figures are worked by hand.

Member 3 has three loans and two accounts: each is in every total once.
"""

import json

import pytest
from rich.cells import cell_len

from calc.terms import FeeTerms, QualityStep, ScoreClass, ScoreTerms, Terms
from hub.reports_cli import REPORTS
from hub.service.group.directory import Directory, commune_of
from hub.service.loan_book.imports import directory_of
from hub.service.reading.rows import AreaRow
from hub.service.reports.scope import Wish, known_group
from hub.service.tables.sheets import as_json, as_text
from protocol.loan_facts import LoanBroughtForward, RateFrom
from protocol.roster_facts import GroupListed, PolicyAdopted, SavingsMoved
from tests.facts import an
from tests.hub.builders import GROUP
from tests.hub.days import DAY, JANUARY, NEXT, SINCE
from tests.hub.reported import CORE, on, rows, settled_day, sheet, text, totals

PLAIN_WIDTH = 100
WIDE = {"15td": 195, "savings": 150, "problems": 118}


@pytest.fixture
def day(tmp_path):
    return settled_day(tmp_path)


@pytest.mark.parametrize("kind", REPORTS)
def test_every_report_says_whose_it_is_of_which_day_and_from_where_it_was_computed(day, kind):
    page = text(day, kind)
    assert "Tổ: Tổ TK&VV số 1, Khu dân cư Tân Trạch (KM-001), tổ trưởng Phạm Thị Lụa" in page
    assert "Số liệu ngày: 17/12/2025" in page
    seq = day.state.book.position.seq
    assert f"Tính từ sổ của chi nhánh: tổ KM-001 đến dòng 0.{seq}" in page
    assert max(map(cell_len, page.splitlines())) <= WIDE.get(kind, PLAIN_WIDTH)


@pytest.mark.parametrize("kind", REPORTS)
def test_three_loans_and_two_accounts_of_one_member_multiply_nothing(day, kind):
    """50 + 60 + 29.52 + 42 + 20 m of principal, 0 and 90,000 đ of savings."""
    found = totals(day, kind)
    assert found.get("principal_dong", 201_520_000) in {201_520_000, 42_000_000}
    assert found.get("savings_dong", 90_000) == 90_000
    assert found.get("closing_dong", 90_000) == 90_000
    keys = [(row.get("contract"), row.get("account"), row.get("number")) for row in rows(day, kind)]
    assert kind in {"early-warning", "01bl", "union-fees"} or len(keys) == len(set(keys))


def test_the_confirmation_list_puts_loans_and_accounts_side_by_side(day):
    found = rows(day, "15td")
    assert [(row["number"], row["name"], row["contract"], row["account"]) for row in found] == [
        (1, "Phạm Thị Lụa", "660001000201", None),
        (2, "Vũ Văn Tịnh", "660001000202", None),
        (3, "Hoàng Văn Vượng", "660001000203", "700001"),
        (None, None, "660001000204", "700002"),
        (None, None, "660001000205", None),
    ]
    assert totals(day, "15td") == {
        "principal_dong": 201_520_000,
        "overdue_dong": 2_000_000,
        "frozen_dong": 0,
        "arrears_dong": 18_005,
        "current_dong": 0,
        "prepaid_dong": 28_252,
        "savings_dong": 90_000,
    }
    page = text(day, "15td")
    assert "Tổng dư nợ gốc: 201.520.000 đ (Hai trăm linh một triệu năm trăm hai mươi nghìn đồng)" in page
    assert "Tổng lãi tồn: 18.005 đ (Mười tám nghìn không trăm linh năm đồng)" in page
    assert "Tổng tiền gửi tiết kiệm: 90.000 đ (Chín mươi nghìn đồng)" in page


def test_receipts_of_a_day_are_all_there_with_what_became_of_them(day):
    found = rows(day, "01bl")
    assert [(row["receipt_no"], row["total_dong"], row["state"]) for row in found] == [
        ("0000001", 272_000, "đã hạch toán"),
        ("0000002", 70_000, "đã hủy"),
        ("0000003", 120_000, "đã hạch toán"),
        ("0010001", 272_000, "treo, chờ làm rõ: có thể thu trùng"),
        ("0010002", 379_726, "đã hạch toán"),
    ]
    assert rows(day, "01bl", NEXT) == []
    assert totals(day, "01bl") == {}


def test_savings_are_told_by_account_with_an_estimate_of_their_interest(day):
    day.say(an(PolicyAdopted, number=10, policy="savings_rate", amount=5_000, effective=SINCE), day=NEXT)
    assert [row["account"] for row in rows(day, "savings")] == ["700001", "700002"]
    first, second = rows(day, "savings", NEXT)
    # 500,000 đ from 17/11 to 16/12 at 0.5 %, then 0; 90,000 đ for 32 days to the end of 17/01
    assert (first["closing_dong"], first["estimate_dong"]) == (0, 205)
    assert (second["opening_dong"], second["closing_dong"], second["estimate_dong"]) == (90_000, 90_000, 39)
    december = rows(day, "savings")[0]
    assert (december["opening_dong"], december["deposited_dong"]) == (500_000, 20_000)
    assert (december["to_interest_dong"], december["to_principal_dong"]) == (40_000, 480_000)


def test_without_a_savings_rate_the_estimate_is_blank_and_not_nothing(day):
    assert [row["estimate_dong"] for row in rows(day, "savings")] == [None, None]
    assert "estimate_dong" not in totals(day, "savings")


def test_balances_and_collection_have_their_ratios_in_rows_and_totals(day):
    (balances,) = rows(day, "balances")
    assert (balances["members"], balances["loans"]) == (3, 5)
    assert balances["overdue_ppm"] == totals(day, "balances")["overdue_ppm"] == 9_925  # 2 of 201.52
    (collected,) = rows(day, "collection")
    # received 272,000 + 379,726 + 140,000; due 263,342 + 360,132 + 158,005
    assert (collected["received_dong"], collected["current_dong"]) == (791_726, 781_479)
    assert collected["of_current_ppm"] == collected["of_all_ppm"] == 1_013_112


def test_the_score_shows_its_parts_and_its_class(day):
    (found,) = rows(day, "score", on("2025-12-31"))
    # overdue 2 of 201.52 m: 30 × (1 − 0.9925 % ÷ 4 %) = 22.56; one of three members deposited: 1.67
    assert (found["depositing_hundredths"], found["overdue_hundredths"]) == (167, 2_256)
    assert (found["total_hundredths"], found["grade"]) == (2_000 + 1_500 + 2_000 + 167 + 0 + 2_256, "Khá")
    terms = Terms(score=ScoreTerms(classes=(ScoreClass(70, "Rất tốt"),)))
    assert rows(day, "score", terms=terms)[0]["grade"] == "Rất tốt"
    assert rows(day, "score", NEXT)[0]["grade"] == "chưa có phiên nào kết toán"


def test_fees_are_of_the_month_of_the_day(day):
    (found,) = rows(day, "fees")
    # 791,726 đ; 14 days at 6.6 %, then 6.24 %; what was paid ahead at 6.24 %:
    # loan 1 126,575 + 136,767 + 8,658; loan 2 177,205 + 182,927 + 19,594; loan 3 75,945 + 64,055
    at_66, at_624 = 126_575 + 177_205 + 75_945, 136_767 + 8_658 + 182_927 + 19_594 + 64_055
    assert at_66 + at_624 == found["interest_dong"] == 791_726
    exact = 12 * 0.00085 * (at_66 / 0.066 + at_624 / 0.0624)
    assert found["commission_dong"] == round(exact) == 126_031
    # 500,000 đ for 16 days, nothing of it after, 90,000 đ for 15: 9,350,000 ÷ 31 × 0.1 %
    assert (found["savings_commission_dong"], found["total_dong"]) == (302, 126_333)
    (union,) = rows(day, "union-fees")
    assert (union["organisation"], union["groups"]) == ("Hội Liên hiệp Phụ nữ", 1)
    assert (union["overdue_ppm"], union["share_ppm"]) == (9_925, 1_000_000)
    assert union["fee_dong"] == round(exact / 0.00085 * 0.00032)
    terms = Terms(fees=FeeTerms(quality=(QualityStep(9_000, 1_000_000),)))
    assert rows(day, "union-fees", terms=terms)[0]["fee_dong"] == 0
    assert rows(day, "fees", on("2026-02-01"))[0]["interest_dong"] == 0


def test_L6_a_report_can_be_asked_for_as_known_on_another_day(day):
    before = day.state.book.position
    day.now = JANUARY
    day.say(SavingsMoved(2, "deposit", DAY, 7_000, *CORE), day=NEXT)
    assert totals(day, "savings")["closing_dong"] == 97_000
    known = sheet(day, "savings", known_on=DAY)
    assert json.loads(as_json(known))["totals"]["closing_dong"] == 90_000
    assert known.positions == ((GROUP, known.positions[0][1]),)
    assert known.positions[0][1].seq == before.seq
    assert "Theo những gì chi nhánh đã biết đến hết ngày: 17/12/2025" in as_text(known).decode()


def test_of_a_group_that_nobody_knew_of_yet_nothing_is_told(day):
    early = sheet(day, "balances", known_on=DAY - 1)
    assert (early.rows, early.positions) == ((), ())
    assert known_group(day.state, directory_of(day.branch.store), Wish(DAY, DAY - 1)) is None


def test_a_report_of_the_branch_has_the_rows_and_the_place_of_every_group(day):
    day.groups.open("KM-002")
    listed = an(GroupListed, group="KM-002", effective=SINCE, organisation="HND")
    day.groups.append("KM-002", lambda _: [[listed]])
    page = text(day, "balances", groups=(GROUP, "KM-002"))
    assert "Phạm vi: 2 tổ của chi nhánh" in page
    assert "tổ KM-002 đến dòng 0." in page
    assert [row["group"] for row in rows(day, "balances", groups=(GROUP, "KM-002"))] == [GROUP, "KM-002"]
    unions = rows(day, "union-fees", groups=(GROUP, "KM-002"))
    assert [(row["organisation"], row["groups"], row["fee_dong"] > 0) for row in unions] == [
        ("Hội Liên hiệp Phụ nữ", 1, True),
        ("Hội Nông dân", 1, False),
    ]
    assert totals(day, "15td", groups=("KM-002",)) == {
        key: 0 for key in totals(day, "15td") if key.endswith("_dong")
    }


def test_a_loan_whose_interest_cannot_be_computed_is_named_below_every_report(day):
    rates = (RateFrom(on("2026-06-01"), 66_000),)
    usual = {"ordinal": 6, "member": 1, "number": "X6", "programme": "GQVL", "in_term": 9}
    day.say(an(LoanBroughtForward, as_of=on("2026-02-01"), rates=rates, **usual), day=NEXT)
    told_below = "CHÚ Ý: không tính được lãi của khoản vay: tổ KM-001: X6"
    assert told_below not in text(day, "overdue", NEXT)
    assert told_below in text(day, "overdue", on("2026-03-01"))


AREAS = (
    AreaRow(1, "P", "Tỉnh", "province", None, on("2020-01-01"), None, None),
    AreaRow(2, "D", "Huyện", "district", "P", on("2020-01-01"), on("2025-06-30"), None),
    AreaRow(3, "C", "Xã cũ", "commune", "D", on("2020-01-01"), on("2025-06-30"), "W"),
    AreaRow(4, "W", "Phường mới", "ward", "P", on("2025-07-01"), None, None),
    AreaRow(5, "H", "Thôn", "hamlet", "C", on("2020-01-01"), on("2025-06-30"), None),
    AreaRow(6, "H", "Khu dân cư", "hamlet", "W", on("2025-07-01"), None, None),
    AreaRow(7, "X", "Vòng", "hamlet", "X", on("2020-01-01"), None, None),
)


@pytest.mark.parametrize(
    ("area", "day", "commune"),
    [
        ("H", "2025-06-30", "Xã cũ"),
        ("H", "2025-07-01", "Phường mới"),
        ("W", "2025-07-01", "Phường mới"),
        ("D", "2025-06-30", "Huyện"),
        ("X", "2025-06-30", "Vòng"),
        ("H", "2019-12-31", "H"),
    ],
)
def test_a_fee_is_of_the_commune_that_the_area_lies_in_on_the_day(area, day, commune):
    assert commune_of(Directory(areas=AREAS), area, on(day)) == commune
