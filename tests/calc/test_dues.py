"""What is due on a loan at any place in the log (B1, B3, B10–B12, B14, B15, B22): figures worked by hand."""

from hashlib import sha256

import pytest

from calc.dues import book_digest, credits_to_refund, dues, loan_due
from calc.problems import Oddity
from calc.rounding import Buckets
from protocol.codec import encode
from protocol.day import DAY_MAX
from protocol.ids import Position as Place
from protocol.loan_facts import (
    CreditRefunded,
    FreezeLifted,
    InstalmentOverdue,
    InstalmentScheduled,
    InterestAdjusted,
    InterestReceived,
    LoanClosed,
    LoanExtended,
    LoanFrozen,
    LoanRenewed,
    LoanWrittenOff,
    PrincipalRepaid,
    RateFrom,
)
from protocol.posting_facts import Posted, PostedInterest, ReceiptRekeyed
from tests.calc import oracle
from tests.calc.days import on
from tests.calc.groups import D, Group
from tests.facts import an

CORE = (None, "core")


@pytest.fixture
def group():
    """A group with one member and no loan yet."""
    made = Group()
    made.member()
    return made


def due(group, day, loan=1, **given):
    """Due of one loan to YYYY-MM-DD."""
    return loan_due(group.book, group.book.loans[loan], on(day), **given)


def payable(group, day, loan=1, **given):
    """Signed due of one loan to YYYY-MM-DD."""
    return due(group, day, loan, **given).payable


@pytest.mark.parametrize(
    ("ppm", "interest"), [(66_000, 280_274), (79_200, 336_329), (82_500, 350_342), (90_000, 382_192)]
)
def test_a_month_of_fifty_million(group, ppm, interest):
    # 10/03–10/04/2025 is 31 days: 50,000,000 × ppm × 31 ÷ 365,000,000
    group.lend(1, ppm=ppm)
    found = due(group, "2025-04-10")
    assert (found.payable, found.asked, found.prepaid) == (interest, interest, 0)
    (line,) = found.segments
    assert (line.days, line.balance, line.ppm) == (31, 50_000_000, ppm)
    assert (found.member, found.fault, found.is_dormant) == (1, None, False)


def test_principal_repaid_in_the_month_lowers_the_rest_of_it(group):
    group.lend(1)
    group.tell(PrincipalRepaid(1, on("2025-03-25"), 10_000_000, *CORE))
    assert payable(group, "2025-04-10") == 251_342
    assert due(group, "2025-04-10").principal.in_term == 40_000_000


def test_B14_principal_turns_overdue_by_a_fact_and_by_no_calendar(group):
    group.lend(1, opened="2025-06-10", due_on=on("2025-06-20"))
    group.tell(InstalmentScheduled(1, on("2025-06-15"), 10_000_000, *CORE))
    assert payable(group, "2025-07-10") == 271_233  # 30 days at 6.6 %
    group.tell(InstalmentOverdue(1, on("2025-06-10"), 50_000_000, *CORE))
    assert payable(group, "2025-07-10") == 352_603  # 30 days at 8.58 %
    assert due(group, "2025-07-10").open == Buckets(overdue=352_603)
    assert len(group.book.loans[1].instalments) == 1


def test_B14_an_extension_returns_principal_to_in_term_and_moves_the_due_day(group):
    group.lend(1, opened="2025-06-10")
    group.tell(InstalmentOverdue(1, on("2025-06-10"), 50_000_000, *CORE))
    group.tell(LoanExtended(1, on("2025-06-25"), 50_000_000, on("2026-06-10"), *CORE))
    # 15 days at 8.58 % are 176,301.37; 15 at 6.6 % are 135,616.44; together 311,917.81
    assert payable(group, "2025-07-10") == 311_918
    assert group.book.loans[1].due_on == on("2026-06-10")


def test_a_leap_year_owes_366_days_of_a_365_day_year(group):
    group.lend(1, opened="2024-01-01")
    assert payable(group, "2025-01-01") == 3_309_041


def test_twelve_months_add_up_to_the_year(group):
    group.lend(1, opened="2025-01-01")
    received = 0
    for month in range(2, 14):
        day = f"{2025 + month // 13}-{(month - 1) % 12 + 1:02}-01"
        paid = payable(group, day)
        received += paid
        group.tell(InterestReceived(1, on(day), paid, *CORE))
    assert received == 3_300_000  # each month rounded alone would make 3,300,001
    assert payable(group, "2026-01-01") == 0


def test_a_household_owes_the_sum_of_rounded_loans(group):
    group.lend(1, 40_000_000, opened="2025-04-15")
    group.lend(1, 20_000_000, opened="2025-04-15", ppm=90_000, programme="NS")
    found = dues(group.book, on("2025-05-15"))
    assert [one.payable for one in found] == [216_986, 147_945]
    assert sum(one.asked for one in found) == 364_931


def test_B12_a_rate_cut_learnt_late_makes_a_credit(group):
    # 50 m at 6.6 %, 01/10/2021–01/01/2022: 831,781 collected; Decision 1990 (× 0.9) makes it 748,603
    group.lend(1, opened="2021-10-01")
    collected = payable(group, "2022-01-01")
    group.tell(InterestReceived(1, on("2022-01-01"), collected, *CORE))
    place = group.book.position
    group.decide(
        kind="factor",
        ppm=900_000,
        effective_from="2021-10-01",
        effective_to=on("2021-12-31"),
        signed_on=on("2021-11-26"),
    )
    assert collected == 831_781
    found = due(group, "2022-01-01")
    assert (found.accrued.in_term, found.payable, found.prepaid) == (748_603, -83_178, 83_178)
    assert payable(group, "2022-01-01", at=place) == 0
    assert group.book.problems == []


def test_a_condition_on_the_rate_spares_loans_that_do_not_exceed_it(group):
    group.lend(1, opened="2022-01-01", ppm=60_000)
    group.lend(1, opened="2022-01-01", ppm=66_000)
    group.decide(
        kind="support", ppm=20_000, effective_from="2022-01-01", effective_to=on("2023-12-31"), above=60_000
    )
    plain, supported = dues(group.book, on("2022-02-01"))
    assert plain.payable == 254_795  # 31 days at 6 %
    assert supported.payable == 195_342  # 31 days at 4.6 %
    assert (plain.accrual.support, supported.accrual.support) == (0, 280_274 - 195_342)


def test_B2_the_overdue_factor_is_a_dated_policy(group):
    group.lend(1, opened="2025-06-10")
    group.tell(InstalmentOverdue(1, on("2025-06-10"), 50_000_000, *CORE))
    group.adopt("overdue_factor", "2025-06-25", amount=1_500_000)
    # 15 days at 8.58 % and 15 at 9.9 %: 176,301.37 + 203,424.66
    assert payable(group, "2025-07-10") == 379_726


def test_B13_a_new_decision_does_not_reach_a_loan_brought_forward_from_before_it(group):
    group.bring(1, as_of="2025-11-17")
    group.decide(ppm=62_400, effective_from="2025-12-01", reach="new")
    assert payable(group, "2025-12-17") == 271_233  # 30 days at 6.6 % all the same


def test_B22_a_loan_brought_forward_owes_its_arrears_and_what_accrues_from_then_on(group):
    group.bring(
        1,
        in_term=30_000_000,
        overdue=10_000_000,
        frozen=10_000_000,
        frozen_until=on("2025-11-27"),
        arrears_in_term=100_000,
        arrears_overdue=50_000,
        prepaid=30_000,
        numerator_in_term=365_000_000,
    )
    found = due(group, "2025-12-17")
    # in term: 30 m for 30 days and 10 m more for 20 days, at 6.6 %, and 1 đ carried; overdue: 10 m at 8.58 %
    numerator = (30_000_000 * 30 + 10_000_000 * 20) * 66_000 + 365_000_000
    assert oracle.round_up_half(oracle.Fraction(numerator, 365_000_000)) == 198_905
    assert found.accrued == Buckets(100_000 + 198_905, 50_000 + 70_521)
    assert found.payable == 298_905 + 120_521 - 30_000
    assert (found.principal.in_term, found.principal.overdue, found.principal.frozen) == (
        40_000_000,
        10_000_000,
        0,
    )
    assert due(group, "2025-11-20").principal.frozen == 10_000_000


def test_B22_a_freeze_without_an_end_lasts_until_it_is_lifted(group):
    group.bring(1, in_term=0, frozen=10_000_000, frozen_until=None)
    assert payable(group, "2025-12-17") == 0
    group.tell(FreezeLifted(1, on("2025-12-07"), 10_000_000, *CORE))
    assert payable(group, "2025-12-17") == 18_082


def test_B22_a_fact_of_the_first_day_finds_the_balances_that_were_brought_forward(group):
    group.bring(1, in_term=0, overdue=10_000_000)
    group.tell(LoanExtended(1, on("2025-11-17"), 10_000_000, on("2026-11-17"), *CORE))
    assert group.book.problems == []
    assert payable(group, "2025-12-17") == 54_247  # 30 days at 6.6 %


def test_B22_a_fact_from_before_the_history_is_computed_as_far_as_it_reaches_and_listed(group):
    group.bring(1)
    group.tell(PrincipalRepaid(1, on("2025-11-10"), 10_000_000, *CORE))
    assert payable(group, "2025-12-17") == 216_986  # 40 m for the whole 30 days since 17/11
    group.decide(kind="points", ppm=20_000, effective_from="2025-10-01", effective_to=on("2025-12-31"))
    assert payable(group, "2025-12-17") == 151_233  # 4.6 % since 17/11
    assert [(one.oddity, one.loan) for one in group.book.problems] == [(Oddity.BEFORE_HISTORY, 1)] * 2
    group.tell(an(InterestAdjusted, loan=1, bucket="in_term", amount=-46_000))
    assert payable(group, "2025-12-17") == 151_233 - 46_000


def test_a_decision_known_before_the_loan_is_no_surprise(group):
    group.decide(ppm=66_000)
    group.bring(1)
    assert group.book.problems == []


def test_B12_a_renewal_starts_the_sum_anew_and_rounds_each_chapter(group):
    group.lend(1, 1_010_000, opened="2025-01-01")
    group.tell(LoanRenewed(1, on("2025-01-02"), 62_400, on("2026-01-01"), *CORE))
    # one day at 6.6 % is 182.63, one at 6.24 % is 172.67: 183 + 173, though together they are 355.30
    found = due(group, "2025-01-03")
    assert found.payable == 356
    assert [one.start for one in found.accrual.chapters] == [on("2025-01-01"), on("2025-01-02")]
    assert group.book.loans[1].due_on == on("2026-01-01")


def test_B10_interest_of_the_grace_joins_on_its_last_day(group):
    group.lend(1, opened="2025-03-10", grace_end=on("2025-04-10"))
    before = due(group, "2025-04-09")
    assert (before.payable, before.accrued.grace, before.open.grace) == (0, 271_233, 271_233)
    joined = due(group, "2025-04-10")
    assert (joined.payable, joined.open) == (280_274, Buckets(grace=280_274))


def test_B11_prepaid_is_never_eaten_by_interest_in_grace(group):
    group.lend(1, opened="2025-03-10", grace_end=on("2025-04-10"))
    group.tell(InterestReceived(1, on("2025-03-20"), 100_000, *CORE))
    before = due(group, "2025-04-09")
    assert (before.payable, before.prepaid, before.open.grace) == (-100_000, 100_000, 271_233)
    assert (due(group, "2025-04-10").payable, due(group, "2025-04-10").prepaid) == (180_274, 0)


def test_B11_prepaid_is_consumed_by_time_alone(group):
    group.lend(1)
    group.tell(InterestReceived(1, on("2025-04-10"), 300_000, *CORE))
    assert [due(group, day).prepaid for day in ("2025-04-10", "2025-04-12", "2025-04-13")] == [
        19_726,
        1_644,
        0,
    ]
    assert payable(group, "2025-04-13") == 7_397


def test_B10_a_frozen_loan_keeps_its_arrears_and_asks_for_nothing(group):
    group.lend(1)
    group.tell(LoanFrozen(1, on("2025-04-10"), on("2028-04-10"), 50_000_000, *CORE))
    found = due(group, "2025-06-10")
    assert (found.payable, found.asked, found.is_dormant) == (280_274, 0, True)
    assert found.open == Buckets(in_term=280_274)
    assert due(group, "2028-04-10").asked == 280_274


def test_B10_a_partly_frozen_loan_asks_on(group):
    group.lend(1)
    group.tell(LoanFrozen(1, on("2025-04-10"), on("2028-04-10"), 40_000_000, *CORE))
    found = due(group, "2025-05-10")
    # 280,273.97 before the freeze and 54,246.58 on the 10 m that go on
    assert (found.asked, found.principal.frozen) == (334_521, 40_000_000)


def test_B10_a_loan_written_off_keeps_its_arrears_and_asks_for_nothing(group):
    group.lend(1)
    group.tell(LoanWrittenOff(1, on("2025-04-10"), 50_000_000, *CORE))
    found = due(group, "2026-04-10")
    assert (found.payable, found.asked, found.principal.written_off) == (280_274, 0, True)


def test_B1_settled_is_everything_received_less_what_was_given_back(group):
    group.lend(1)
    group.lend(1)
    group.tell(InterestReceived(1, D, 500_000, *CORE))
    group.tell(an(CreditRefunded, loan=1, amount=100_000, to_loan=2))
    group.tell(an(CreditRefunded, loan=1, amount=50_000))
    assert [one.settled for one in dues(group.book, D)] == [350_000, 100_000]
    group.tell(
        an(CreditRefunded, loan=1, amount=1, to_loan=1), an(CreditRefunded, loan=1, amount=1, to_loan=9)
    )
    assert [one.oddity for one in group.book.problems] == [Oddity.UNKNOWN_LOAN] * 2
    assert [one.settled for one in dues(group.book, D)] == [350_000, 100_000]


def test_B3_a_counter_payment_counts_whatever_its_day(group):
    group.lend(1)
    group.tell(InterestReceived(1, on("2025-12-31"), 280_274, *CORE))
    assert payable(group, "2025-04-10") == 0


def test_B1_a_refund_beyond_the_credit_is_owed_again(group):
    group.lend(1)
    group.tell(InterestReceived(1, D, 280_274, *CORE), an(CreditRefunded, loan=1, amount=1_000))
    found = due(group, "2025-04-10")
    assert (found.payable, found.open) == (1_000, Buckets(in_term=280_274 - 279_274))


def test_B11_negative_buckets_and_money_without_a_bucket_are_one_pool(group):
    group.bring(1, in_term=0, arrears_in_term=-30_000, arrears_overdue=100_000, prepaid=20_000)
    found = due(group, "2025-12-17")
    assert (found.payable, found.open) == (50_000, Buckets(overdue=50_000))


def test_a_correction_lands_in_its_bucket(group):
    group.lend(1, grace_end=on("2025-04-10"))
    for bucket, amount in (("in_term", 3), ("overdue", 5), ("grace", 7)):
        group.tell(an(InterestAdjusted, loan=1, bucket=bucket, amount=amount))
    assert due(group, "2025-03-10").accrued == Buckets(3, 5, 7)
    assert payable(group, "2025-03-10") == 8
    assert payable(group, "2025-04-10") == 280_274 + 15


def test_a_paper_receipt_that_was_typed_in_is_received_interest(group):
    group.lend(1)
    lines = (PostedInterest(1, 100_000, 0, 0, 5_000),)
    group.tell(an(ReceiptRekeyed, receipt_no=7, interest=lines))
    assert due(group, "2025-04-10").settled == 105_000


def test_a_posting_counts_only_once_its_day_is_settled_but_is_seen_by_the_run(group):
    group.lend(1)
    place = group.tell(an(Posted, day=D, interest=(PostedInterest(1, 1_000, 0, 0, 0),)))
    assert due(group, "2025-12-17").settled == 0
    assert due(group, "2025-12-17", staged=True).settled == 1_000
    group.settle()
    assert due(group, "2025-12-17").settled == 1_000
    assert due(group, "2025-12-17", at=place).settled == 0


def test_loans_that_have_not_begun_or_are_closed_are_not_listed(group):
    group.lend(1)
    group.lend(1, opened="2025-12-20")
    group.tell(LoanClosed(1, on("2025-12-10"), *CORE))
    assert [one.loan for one in dues(group.book, on("2025-12-09"))] == [1]
    assert [one.loan for one in dues(group.book, D)] == []
    assert [one.loan for one in dues(group.book, on("2025-12-20"))] == [2]
    assert dues(group.book, D, at=Place(0, 2)) == ()
    assert payable(group, "2025-12-17", loan=2) == 0


def test_B15_a_credit_on_a_closed_loan_waits_for_its_refund(group):
    group.lend(1)
    group.tell(PrincipalRepaid(1, on("2025-04-10"), 50_000_000, *CORE))
    group.tell(InterestReceived(1, on("2025-04-10"), 300_000, *CORE), LoanClosed(1, on("2025-04-10"), *CORE))
    (credit,) = credits_to_refund(group.book, D)
    assert (credit.loan, credit.prepaid) == (1, 19_726)
    group.tell(an(CreditRefunded, loan=1, amount=19_726))
    assert credits_to_refund(group.book, D) == ()


def test_a_rate_that_is_no_whole_ppm_leaves_the_due_unknown_and_says_so(group):
    group.lend(1)
    group.decide(kind="factor", ppm=333_333, effective_from="2025-03-20")
    found = due(group, "2025-04-10")
    assert (found.fault, found.payable, found.asked) == ("no_whole_ppm", 0, 0)
    assert due(group, "2025-03-20").fault is None


def test_a_loan_without_a_rate_leaves_the_due_unknown_and_says_so(group):
    group.bring(1, rates=(RateFrom(on("2025-12-01"), 66_000),))
    assert due(group, "2025-12-17").fault == "no_rate"


def test_L12_the_digest_is_over_loans_and_signed_dues_in_ordinal_order(group):
    group.lend(1)
    group.lend(1, 40_000_000)
    group.tell(InterestReceived(1, D, 999_999_999, *CORE))
    signed = [[1, payable(group, "2025-12-17")], [2, payable(group, "2025-12-17", loan=2)]]
    assert signed[0][1] < 0 < signed[1][1]
    assert book_digest(group.book, D) == sha256(encode(signed)).digest()
    assert book_digest(group.book, D, Place(0, 3)) == sha256(encode([[1, 0]])).digest()


def test_a_due_beyond_64_bits_has_a_digest_too(group):
    group.lend(1, 2**63 - 1, ppm=10**9)
    assert payable(group, "2999-12-31") > 2**63
    assert book_digest(group.book, DAY_MAX) == sha256(encode([[1, 2**63 - 1]])).digest()
