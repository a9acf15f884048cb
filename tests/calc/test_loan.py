"""What facts do to a loan: rates, overdue, renewal, arrears brought forward (B2, B12–B14, B22)."""

import pytest

from calc.dues import Parts, dues, loan_due
from calc.problems import Oddity
from calc.rounding import Buckets
from protocol.loan_facts import (
    FreezeLifted,
    InstalmentOverdue,
    InstalmentScheduled,
    InterestAdjusted,
    InterestReceived,
    LoanExtended,
    LoanRenewed,
    PrincipalRepaid,
)
from tests.calc import oracle
from tests.calc.days import on
from tests.calc.groups import Group
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


def test_B14_principal_turns_overdue_by_a_fact_and_by_no_calendar(group):
    group.lend(1, opened="2025-06-10", due_on=on("2025-06-20"))
    group.tell(InstalmentScheduled(1, on("2025-06-15"), 10_000_000, *CORE))
    assert payable(group, "2025-07-10") == 271_233  # 30 days at 6.6 %
    group.tell(InstalmentOverdue(1, on("2025-06-10"), 50_000_000, *CORE))
    assert payable(group, "2025-07-10") == 352_603  # 30 days at 8.58 %
    assert due(group, "2025-07-10").open == Buckets(overdue=352_603)


def test_B14_an_extension_returns_principal_to_in_term_and_moves_the_due_day(group):
    group.lend(1, opened="2025-06-10")
    group.tell(InstalmentOverdue(1, on("2025-06-10"), 50_000_000, *CORE))
    group.tell(LoanExtended(1, on("2025-06-25"), 50_000_000, on("2026-06-10"), *CORE))
    # 15 days at 8.58 % are 176,301.37; 15 at 6.6 % are 135,616.44; together 311,917.81
    assert payable(group, "2025-07-10") == 311_918
    assert group.book.loans[1].due_on == on("2026-06-10")


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
    assert found.parts == Parts(
        carried=100_000 + 1 + 50_000 - 30_000, accrued=198_904 + 70_521, adjusted=0, settled=0, pending=0
    )
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


def test_a_correction_lands_in_its_bucket(group):
    group.lend(1, grace_end=on("2025-04-10"))
    for bucket, amount in (("in_term", 3), ("overdue", 5), ("grace", 7)):
        group.tell(an(InterestAdjusted, loan=1, bucket=bucket, amount=amount))
    assert due(group, "2025-03-10").accrued == Buckets(3, 5, 7)
    assert payable(group, "2025-03-10") == 8
    assert payable(group, "2025-04-10") == 280_274 + 15
