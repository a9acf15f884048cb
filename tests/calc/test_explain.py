"""A due laid open: lines, reasons, one rounding, what came in, what is left (B10, B12, B13, B16)."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calc.accrual import Bucket
from calc.due_wording import told
from calc.dues import loan_due
from calc.explain import explain
from protocol.loan_facts import (
    CreditRefunded,
    InstalmentOverdue,
    InterestAdjusted,
    InterestReceived,
    LoanFrozen,
    LoanWrittenOff,
)
from protocol.posting_facts import PostedInterest, ReceiptRekeyed
from protocol.roster_facts import RateDecided
from tests.calc.days import on
from tests.calc.groups import Group
from tests.calc.test_loan_laws import LENGTH, LENT, OFFSETS, OPENED, day, stories
from tests.facts import an

CORE = (None, "core")
TO = on("2025-12-17")


@pytest.fixture
def group():
    made = Group()
    made.member()
    return made


def laid_open(group, to=TO, loan=1, **asked):
    return explain(group.book, group.book.loans[loan], to, **asked)


def sentences(group, to=TO, loan=1, **asked):
    """The working without its no-break spaces."""
    return [line.replace("\N{NO-BREAK SPACE}", " ") for line in told(laid_open(group, to, loan, **asked))]


def test_a_household_reads_every_day_rate_and_decision_behind_its_due(group):
    group.lend(1)
    group.decide(ppm=62_400, effective_from="2025-12-01", reference="2553/QĐ-TTg")
    group.decide(
        kind="points",
        ppm=20_000,
        effective_from="2025-10-01",
        effective_to=on("2025-12-31"),
        reference="2654/QĐ-TTg",
        signed_on=on("2025-12-04"),
    )
    group.tell(InstalmentOverdue(1, on("2025-11-10"), 10_000_000, *CORE))
    group.tell(InterestReceived(1, on("2025-11-10"), 1_000_000, *CORE))
    group.tell(an(InterestAdjusted, loan=1, bucket="in_term", amount=-500))
    # (50 m × (66,000 × 205 + 46,000 × 40) + 40 m × (46,000 × 21 + 42,400 × 16)) ÷ 365 m = 2,285,687.67…
    # and with 10 m × (59,800 × 21 + 55,120 × 16): 855,653,200,000,000 = 365,000,000 × 2,344,255 + 125,000,000
    assert sentences(group) == [
        "Khoản vay L1: tiền lãi tính đến ngày 17/12/2025",
        "  Từ ngày 10/03/2025 đến ngày 17/12/2025 (tính ngày đầu, không tính ngày cuối):",
        "    10/03/2025 – 01/10/2025, trong hạn: 50.000.000 đ × 6,6 %/năm × 205 ngày ÷ 365 ≈ 1.853.424,66 đ",
        "      lãi suất: 6,6 %/năm theo hợp đồng",
        "    01/10/2025 – 10/11/2025, trong hạn: 50.000.000 đ × 4,6 %/năm × 40 ngày ÷ 365 ≈ 252.054,79 đ",
        "      lãi suất: 6,6 %/năm theo hợp đồng; giảm 2 điểm % theo 2654/QĐ-TTg",
        "    10/11/2025 – 01/12/2025, trong hạn: 40.000.000 đ × 4,6 %/năm × 21 ngày ÷ 365 ≈ 105.863,01 đ",
        "      lãi suất: 6,6 %/năm theo hợp đồng; giảm 2 điểm % theo 2654/QĐ-TTg",
        "    10/11/2025 – 01/12/2025, quá hạn: 10.000.000 đ × 5,98 %/năm × 21 ngày ÷ 365 ≈ 34.405,48 đ",
        "      lãi suất: 6,6 %/năm theo hợp đồng; giảm 2 điểm % theo 2654/QĐ-TTg; lãi quá hạn nhân 1,3",
        "    01/12/2025 – 17/12/2025, trong hạn: 40.000.000 đ × 4,24 %/năm × 16 ngày ÷ 365 ≈ 74.345,21 đ",
        "      lãi suất: 6,24 %/năm theo 2553/QĐ-TTg; giảm 2 điểm % theo 2654/QĐ-TTg",
        "    01/12/2025 – 17/12/2025, quá hạn: 10.000.000 đ × 5,512 %/năm × 16 ngày ÷ 365 ≈ 24.162,19 đ",
        "      lãi suất: 6,24 %/năm theo 2553/QĐ-TTg; giảm 2 điểm % theo 2654/QĐ-TTg; lãi quá hạn nhân 1,3",
        (
            "    Cộng (đồng × phần triệu × ngày): 855.653.200.000.000 ÷ 365.000.000 được 2.344.255 đ,"
            " dư 125.000.000; làm tròn một lần: 2.344.255 đ"
        ),
        "    Gồm trong hạn 2.285.688 đ, quá hạn 58.567 đ",
        "  Lãi tồn trong hạn −500 đ (ngân hàng điều chỉnh)",
        "  Đã trả ngày 10/11/2025: 1.000.000 đ (nộp tại quầy ngân hàng)",
        (
            "  Cộng lại: lãi phát sinh 2.344.255 đ − lãi tồn và điều chỉnh 500 đ − đã trả 1.000.000 đ"
            " = 1.343.755 đ"
        ),
        "  Còn phải trả 1.343.755 đ (Một triệu ba trăm bốn mươi ba nghìn bảy trăm năm mươi lăm đồng)",
    ]


def test_a_rate_that_goes_on_for_another_reason_begins_a_line_of_its_own(group):
    group.lend(1, opened="2025-11-17")
    group.decide(ppm=66_000, effective_from="2025-12-01", reference="750/QĐ-TTg")
    (chapter,) = laid_open(group).chapters
    assert [(line.segment.days, line.rates[0].reference) for line in chapter.workings] == [
        (14, None),
        (16, "750/QĐ-TTg"),
    ]


def test_a_decision_that_does_not_reach_the_loan_begins_no_line(group):
    group.lend(1, opened="2025-11-17")
    group.decide(ppm=62_400, effective_from="2025-12-01", reach="new")
    (chapter,) = laid_open(group).chapters
    assert [line.segment.days for line in chapter.workings] == [30]


def test_every_kind_of_decision_is_named_in_the_order_in_which_it_works(group):
    group.lend(1, opened="2022-01-10", ppm=79_200)
    group.decide(kind="factor", ppm=900_000, effective_from="2022-01-01", reference="F")
    group.decide(
        kind="points", ppm=20_000, effective_from="2022-01-01", reference="P", overdue_reach="excluded"
    )
    group.decide(
        kind="support",
        ppm=12_500,
        effective_from="2022-01-01",
        reference="S",
        overdue_reach="full_surcharge_then_reduce",
    )
    group.tell(InstalmentOverdue(1, on("2022-01-11"), 10_000_000, *CORE))
    reasons = [line.strip() for line in sentences(group, on("2022-01-13")) if "lãi suất:" in line]
    plain = (
        "lãi suất: 7,92 %/năm theo hợp đồng; nhân 0,9 theo F; giảm 2 điểm % theo P;"
        " Nhà nước trả thay 1,25 điểm % theo S"
    )
    assert reasons[0] == plain
    # 7.92 × 0.9 × 1.3 − 1.25 = 8.0164: the points do not reach overdue principal
    assert reasons[-1] == (
        "lãi suất: 7,92 %/năm theo hợp đồng; nhân 0,9 theo F; lãi quá hạn nhân 1,3;"
        " Nhà nước trả thay 1,25 điểm % theo S"
    )
    assert [line.segment.ppm for line in laid_open(group, on("2022-01-13")).chapters[0].workings] == [
        38_780,
        38_780,
        80_164,
    ]


def test_what_was_brought_forward_is_told_with_its_numerators_and_prepaid_interest(group):
    group.bring(
        1,
        arrears_in_term=100_000,
        arrears_overdue=7,
        prepaid=20_000,
        numerator_in_term=182_500_000,
    )
    # 50 m × 66,000 × 30 days = 99 × 10¹², and half a đồng carried: 271,232.876… + 0.5 = 271,233.37…
    assert sentences(group)[2:] == [
        "    Lãi của những ngày trước mang sang, chưa làm tròn: ≈ 0,50 đ (tử số 182.500.000)",
        "    17/11/2025 – 17/12/2025, trong hạn: 50.000.000 đ × 6,6 %/năm × 30 ngày ÷ 365 ≈ 271.232,88 đ",
        "      lãi suất: 6,6 %/năm theo hợp đồng",
        (
            "    Cộng (đồng × phần triệu × ngày): 99.000.182.500.000 ÷ 365.000.000 được 271.233 đ,"
            " dư 137.500.000; làm tròn một lần: 271.233 đ"
        ),
        "  Lãi tồn trong hạn 100.000 đ, quá hạn 7 đ (mang sang từ sổ của ngân hàng)",
        "  Lãi trả trước mang sang: 20.000 đ",
        "  Cộng lại: lãi phát sinh 271.233 đ + lãi tồn và điều chỉnh 100.007 đ − đã trả 20.000 đ = 351.240 đ",
        "  Còn phải trả 351.240 đ (Ba trăm năm mươi mốt nghìn hai trăm bốn mươi đồng)",
    ]


def test_interest_of_the_grace_is_told_apart_until_it_is_due(group):
    group.lend(1, opened="2025-11-17", grace_end=on("2025-12-20"))
    told_before = sentences(group)
    assert "      lãi suất: 6,6 %/năm theo hợp đồng" in told_before
    assert told_before[-3:] == [
        "    Cộng (đồng × phần triệu × ngày): 0 ÷ 365.000.000 được 0 đ, dư 0; làm tròn một lần: 0 đ",
        "    Gồm trong hạn 0 đ, ân hạn 271.233 đ, phần ân hạn chưa đến kỳ thu",
        "  Còn phải trả 0 đ (Không đồng)",
    ]
    after = sentences(group, on("2025-12-20"))
    assert after[-3] == "    Gồm trong hạn 0 đ, ân hạn 298.356 đ"
    assert after[-1].startswith("  Còn phải trả 298.356 đ")


def test_credits_refunds_and_what_waits_on_the_phone_are_told(group):
    group.lend(1, opened="2025-11-17")
    group.tell(InterestReceived(1, on("2025-11-20"), 400_000, *CORE))
    group.tell(an(CreditRefunded, loan=1, effective=on("2025-12-01"), amount=28_767, to_loan=None))
    assert sentences(group, pending=5)[-5:] == [
        "  Đã trả ngày 20/11/2025: 400.000 đ (nộp tại quầy ngân hàng)",
        "  Lấy lại ngày 01/12/2025: 28.767 đ (ngân hàng hoàn lại tiền trả thừa)",
        "  Đã thu trên máy, chờ hạch toán: 5 đ",
        "  Cộng lại: lãi phát sinh 271.233 đ − đã trả 371.233 đ − chờ hạch toán 5 đ = −100.005 đ",
        "  Đã trả trước 100.005 đ (Một trăm nghìn không trăm linh năm đồng)",
    ]


def test_a_paper_and_a_credit_of_another_loan_are_told_with_their_days(group):
    group.lend(1, opened="2025-11-17")
    group.lend(1, 10_000_000, opened="2025-11-17")
    paper = an(ReceiptRekeyed, day=on("2025-12-05"), interest=(PostedInterest(2, 0, 0, 0, 90_000),))
    refund = an(CreditRefunded, loan=2, effective=on("2025-12-06"), amount=50_000, to_loan=1)
    group.tell(paper, refund)
    assert "  Đã trả ngày 05/12/2025: 90.000 đ (biên lai giấy, đã nhập lại)" in sentences(group, loan=2)
    assert "  Lấy lại ngày 06/12/2025: 50.000 đ (chuyển sang khoản vay khác)" in sentences(group, loan=2)
    assert "  Đã trả ngày 06/12/2025: 50.000 đ (chuyển từ khoản vay khác sang)" in sentences(group)


def test_a_posting_is_told_with_its_day(group):
    group.lend(1, opened="2025-11-17")
    leader = group.staff().phones[1, 0]
    leader.collect(1, {1: 71_233})
    leader.close()
    group.receive(leader)
    group.count(71_233)
    group.settle()
    assert "  Đã trả ngày 17/12/2025: 71.233 đ (thu qua tổ, đã hạch toán)" in sentences(group)


@pytest.mark.parametrize("fact", [LoanFrozen, LoanWrittenOff])
def test_a_loan_that_sleeps_owes_and_is_not_asked(group, fact):
    group.lend(1, opened="2025-11-17")
    group.tell(
        an(
            fact,
            loan=1,
            effective=on("2025-12-07"),
            amount=50_000_000,
            **({"until": on("2026-12-07")} if fact is LoanFrozen else {}),
            core_ref=None,
        )
    )
    # 20 days: 66 × 10¹² ÷ 365 m = 180,821.9…
    assert sentences(group)[-1] == (
        "  Còn lại 180.822 đ (Một trăm tám mươi nghìn tám trăm hai mươi hai đồng),"
        " chưa phải nộp vì khoản vay đang khoanh hoặc đã xóa"
    )


def test_a_loan_with_no_day_of_interest_says_so(group):
    group.lend(1, opened="2025-12-17")
    assert "    không có ngày nào tính lãi" in sentences(group)


def test_a_due_that_cannot_be_computed_says_that_the_bank_must_help(group):
    group.lend(1, opened="2025-11-17", ppm=66_001)
    group.tell(InstalmentOverdue(1, on("2025-12-07"), 10_000_000, *CORE))
    group.tell(InterestReceived(1, on("2025-12-08"), 300_000, *CORE))
    assert sentences(group)[1:] == [  # and no sum of what was paid alone
        "  Chưa tính được lãi: lãi suất của một ngày còn thiếu hoặc không đúng. Hỏi ngân hàng.",
        "  Đã trả ngày 08/12/2025: 300.000 đ (nộp tại quầy ngân hàng)",
    ]


def test_a_figure_is_explained_as_it_was_known_at_an_earlier_place(group):
    group.lend(1, opened="2025-11-17")
    then = group.book.position
    group.decide(ppm=62_400, effective_from="2025-12-01", reference="2553/QĐ-TTg")
    assert laid_open(group, at=then).due.payable == 271_233
    assert laid_open(group).due.payable == 263_342
    assert not any("2553" in line for line in sentences(group, at=then))


@given(stories(), st.integers(0, LENGTH + 10), st.none() | OFFSETS)
def test_the_parts_of_an_explanation_add_up_to_the_due(story, to, grace):
    facts, _ = story
    made = Group()
    made.lend(made.member(), LENT, opened=OPENED.isoformat(), grace_end=None if grace is None else day(grace))
    for one in facts:
        if isinstance(one, tuple):
            made.tell(
                an(
                    RateDecided,
                    number=len(made.book.decisions.numbers) + 1,
                    programme="HN",
                    kind="rate",
                    ppm=one[1],
                    effective_from=day(one[0]),
                    effective_to=None,
                    reach="all",
                    overdue_reach="excluded",
                    above=None,
                    signed_on=day(one[0]),
                )
            )
        else:
            made.tell(one)
    found = laid_open(made, day(to))
    for chapter in found.chapters:
        exact = sum(
            Fraction(line.segment.balance * line.segment.ppm * (line.segment.end - line.segment.start))
            for line in chapter.workings
        )
        assert exact == chapter.numerators.total - chapter.carried.total
        assert all(
            (line.factor is not None) == (line.segment.bucket is Bucket.OVERDUE) for line in chapter.workings
        )
        assert all(line.rates[0].ppm == line.segment.ppm for line in chapter.workings if line.factor is None)
    parts = sum(found.owed(chapter.rounded) for chapter in found.chapters)
    parts += sum(found.owed(effect.adjusted) for effect in found.adjusted)
    parts -= sum(effect.received for effect in found.received)
    assert parts == loan_due(made.book, made.book.loans[1], day(to)).payable
