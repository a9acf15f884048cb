"""What is due on a loan at any place in the log (B1, B3, B10–B12, B14, B15, B22): figures worked by hand."""

from hashlib import sha256

import pytest

from calc.dues import book_digest, credits_to_refund, dues, loan_due, unknown_dues
from calc.rounding import Buckets
from protocol.codec import encode
from protocol.day import DAY_MAX
from protocol.ids import Position as Place
from protocol.loan_facts import (
    CreditRefunded,
    InterestReceived,
    LoanClosed,
    LoanFrozen,
    LoanWrittenOff,
    PrincipalRepaid,
    RateFrom,
)
from protocol.posting_facts import Posted, PostedInterest, ReceiptRekeyed, Reversed
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


def test_B11_what_a_later_posting_put_into_the_grace_is_prepaid_while_it_lasts(group):
    group.lend(1, opened="2025-03-10", grace_end=on("2025-12-01"))
    group.tell(an(Posted, day=D, interest=(PostedInterest(1, 0, 0, 2_000_000, 0),)))
    group.settle()
    # to 10/04/2025 31 days: 280,274 in grace, not due; the 2,000,000 are prepaid once, not taken off twice
    found = due(group, "2025-04-10")
    assert (found.open, found.prepaid) == (Buckets(grace=280_274), 2_000_000)


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
    group.tell(InterestReceived(1, D, 3_000_000, *CORE))  # 282 days at 6.6 % are 2,549,589
    group.tell(an(CreditRefunded, loan=1, amount=100_000, to_loan=2))
    group.tell(an(CreditRefunded, loan=1, amount=50_000))
    assert [one.settled for one in dues(group.book, D)] == [2_850_000, 100_000]
    assert due(group, "2025-12-17").prepaid == 2_850_000 - 2_549_589


def test_B3_a_counter_payment_counts_whatever_its_day(group):
    group.lend(1)
    group.tell(InterestReceived(1, on("2025-12-31"), 280_274, *CORE))
    assert payable(group, "2025-04-10") == 0


def test_B1_a_refund_beyond_the_credit_is_owed_again(group):
    group.lend(1)
    lines = (PostedInterest(1, 280_274, 0, 0, 1_000),)
    place = group.tell(an(ReceiptRekeyed, receipt_no=7, interest=lines))
    group.tell(an(CreditRefunded, loan=1, effective=on("2025-04-10"), amount=1_000))
    group.tell(an(Reversed, posted=place, day=D))
    found = due(group, "2025-04-10")
    assert (found.payable, found.open) == (281_274, Buckets(in_term=281_274))


def test_B11_negative_buckets_and_money_without_a_bucket_are_one_pool(group):
    group.bring(1, in_term=0, arrears_in_term=-30_000, arrears_overdue=100_000, prepaid=20_000)
    found = due(group, "2025-12-17")
    assert (found.payable, found.open) == (50_000, Buckets(overdue=50_000))


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


def test_B15_what_was_received_on_a_closed_loan_of_unknown_interest_is_no_credit(group):
    group.lend(1)
    group.tell(PrincipalRepaid(1, on("2025-04-10"), 50_000_000, *CORE))
    group.tell(InterestReceived(1, on("2025-04-10"), 300_000, *CORE), LoanClosed(1, on("2025-04-10"), *CORE))
    group.decide(kind="factor", ppm=333_333, effective_from="2025-03-20")
    assert credits_to_refund(group.book, D) == ()
    assert [(due.loan, due.fault) for due in unknown_dues(group.book, D)] == [(1, "no_whole_ppm")]


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
