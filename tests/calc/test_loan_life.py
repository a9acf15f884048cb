"""The stages of a loan's life, each with figures worked by hand (B10–B12, B14, B15)."""

from datetime import date
from fractions import Fraction

import pytest

from calc.dues import credits_to_refund, loan_due
from calc.loan import Recovered
from calc.rounding import Buckets
from protocol.loan_facts import (
    CreditRefunded,
    Disbursed,
    FreezeLifted,
    InstalmentOverdue,
    InterestReceived,
    LoanClosed,
    LoanExtended,
    LoanFrozen,
    LoanRenewed,
    LoanWrittenOff,
    PrincipalRepaid,
    RecoveredAfterWriteOff,
)
from tests.calc.days import on
from tests.calc.groups import Group
from tests.calc.oracle import round_up_half

CORE = (None, "core")
M = 1_000_000


def interest(*stretches):
    """Exact interest of (balance, ppm, first day, day after the last)."""
    return sum(
        Fraction(balance * ppm * (date.fromisoformat(end) - date.fromisoformat(start)).days, 365 * M)
        for balance, ppm, start, end in stretches
    )


@pytest.fixture
def group():
    """A group with one member and no loan yet."""
    made = Group()
    made.member()
    return made


def due(group, day, loan=1):
    """Due of one loan to YYYY-MM-DD."""
    return loan_due(group.book, group.book.loans[loan], on(day))


def test_each_disbursement_bears_interest_from_its_own_day(group):
    group.lend(1, 20 * M)
    group.tell(Disbursed(1, on("2025-03-25"), 30 * M, *CORE))
    # 20 m for 15 days and 50 m for 16: 198,904.11
    assert due(group, "2025-04-10").payable == 198_904
    assert due(group, "2025-03-24").principal.in_term == 20 * M


def test_two_parts_turn_overdue_and_one_is_extended(group):
    group.lend(1, opened="2025-06-10")
    group.tell(InstalmentOverdue(1, on("2025-06-10"), 15 * M, *CORE))
    group.tell(InstalmentOverdue(1, on("2025-06-25"), 10 * M, *CORE))
    # in term 35 m for 15 days, 25 m for 15: 162,739.73; overdue at 8.58 % 15 m, then 25 m: 141,041.10
    assert due(group, "2025-07-10").open == Buckets(in_term=162_740, overdue=141_041)
    group.tell(LoanExtended(1, on("2025-07-01"), 20 * M, on("2026-06-10"), *CORE))
    # from 01/07: in term 45 m, overdue 5 m: 195,287.67 and 98,728.77; together 294,016.44
    found = due(group, "2025-07-10")
    assert found.open == Buckets(in_term=195_288, overdue=98_728)
    assert (found.principal.in_term, found.principal.overdue) == (45 * M, 5 * M)


def test_a_freeze_begun_while_a_part_is_overdue_covers_that_part_first(group):
    group.lend(1, opened="2025-06-10")
    group.tell(InstalmentOverdue(1, on("2025-06-10"), 20 * M, *CORE))
    group.tell(LoanFrozen(1, on("2025-06-20"), on("2025-09-10"), 30 * M, *CORE))
    found = due(group, "2025-07-10")
    # 10 days on 30 m in term and 20 m overdue, then 20 days on 20 m in term: 126,575.34 and 47,013.70
    assert (found.payable, found.asked) == (173_589, 173_589)
    assert (found.principal.in_term, found.principal.overdue, found.principal.frozen) == (20 * M, 0, 30 * M)
    back = due(group, "2025-09-10").principal
    assert (back.in_term, back.overdue, back.frozen) == (30 * M, 20 * M, 0)


def test_a_freeze_of_the_whole_loan_is_lifted_in_part_before_its_end(group):
    group.lend(1)
    group.tell(LoanFrozen(1, on("2025-04-10"), on("2028-04-10"), 50 * M, *CORE))
    assert (due(group, "2025-06-09").asked, due(group, "2025-06-09").payable) == (0, 280_274)
    group.tell(FreezeLifted(1, on("2025-06-10"), 30 * M, *CORE))
    # 31 days on 50 m, then 30 days on the 30 m that were lifted: 443,013.70
    found = due(group, "2025-07-10")
    assert (found.payable, found.asked, found.is_dormant) == (443_014, 443_014, False)
    assert found.principal.frozen == 20 * M


def test_freezes_of_two_parts_overlap_and_end_each_on_its_day(group):
    group.lend(1, opened="2025-04-10")
    group.tell(LoanFrozen(1, on("2025-04-10"), on("2025-06-10"), 20 * M, *CORE))
    group.tell(LoanFrozen(1, on("2025-05-10"), on("2025-07-10"), 15 * M, *CORE))
    assert group.book.problems == []
    # 30 m, 15 m, 35 m and 50 m for 30, 31, 30 and 10 days: 527,095.89
    assert due(group, "2025-07-20").payable == 527_096


def test_what_is_repaid_leaves_the_freeze_and_what_is_paid_out_later_is_not_frozen(group):
    group.lend(1)
    group.tell(LoanFrozen(1, on("2025-04-10"), on("2028-04-10"), 50 * M, *CORE))
    group.tell(PrincipalRepaid(1, on("2025-05-10"), 10 * M, *CORE))
    group.tell(Disbursed(1, on("2025-06-10"), 5 * M, *CORE))
    found = due(group, "2025-07-10").principal
    assert (found.in_term, found.frozen) == (5 * M, 40 * M)


def test_a_loan_brought_forward_frozen_bears_interest_again_when_the_freeze_ends(group):
    group.bring(1, in_term=0, frozen=10 * M, frozen_until=on("2025-12-01"), arrears_in_term=50_000)
    assert (due(group, "2025-11-30").asked, due(group, "2025-11-30").payable) == (0, 50_000)
    found = due(group, "2025-12-17")  # 16 days on 10 m: 28,931.51
    assert found.asked == 50_000 + 28_932


def test_after_a_write_off_nothing_accrues_and_what_is_recovered_is_apart(group):
    group.lend(1, 30 * M)
    group.tell(LoanWrittenOff(1, on("2025-09-10"), 30 * M, *CORE))
    # 184 days on 30 m: 998,136.99, kept visible and asked for no more
    for day in ("2025-09-10", "2027-09-10"):
        found = due(group, day)
        assert (found.payable, found.asked, found.is_dormant) == (998_137, 0, True)
    group.tell(RecoveredAfterWriteOff(1, on("2026-03-10"), 12 * M, 400_000, *CORE))
    group.tell(RecoveredAfterWriteOff(1, on("2026-04-10"), 0, 98_137, *CORE))
    assert due(group, "2027-09-10").payable == 998_137
    assert group.book.loans[1].recovered(group.book.view()) == Recovered(12 * M, 498_137)
    assert group.book.loans[1].recovered(group.book.view(at=found.opening.position)) == Recovered()


def test_a_student_pays_after_the_grace_for_each_semester_from_its_own_day(group):
    group.lend(1, 12_500_000, opened="2023-09-05", grace_end=on("2025-07-05"))
    group.tell(Disbursed(1, on("2024-02-05"), 12_500_000, *CORE))
    study = interest(
        (12_500_000, 66_000, "2023-09-05", "2024-02-05"), (25 * M, 66_000, "2024-02-05", "2025-07-05")
    )
    assert round_up_half(study) == 2_678_425
    before = due(group, "2025-07-04")
    assert (before.payable, before.accrued.in_term, before.grace_joined) == (0, 0, False)
    group.tell(InterestReceived(1, on("2024-10-05"), 200_000, *CORE))
    assert due(group, "2025-07-04").prepaid == 200_000  # interest of the study consumes none of it
    assert due(group, "2025-07-05").payable == 2_678_425 - 200_000
    found = due(group, "2025-08-05")  # 31 days more on 25 m: 140,136.99
    assert (found.accrued, found.payable) == (Buckets(140_137, 0, 2_678_425), 2_818_562 - 200_000)


def test_what_turns_overdue_in_the_grace_is_asked_for_at_once(group):
    group.lend(1, opened="2025-03-10", grace_end=on("2026-03-10"))
    group.tell(InstalmentOverdue(1, on("2025-03-20"), 10 * M, *CORE))
    found = due(group, "2025-04-10")  # 21 days on 10 m at 8.58 %: 49,364.38
    assert (found.payable, found.accrued.overdue) == (49_364, 49_364)
    study = interest(
        (50 * M, 66_000, "2025-03-10", "2025-03-20"), (40 * M, 66_000, "2025-03-20", "2025-04-10")
    )
    overdue = interest((10 * M, 85_800, "2025-03-20", "2025-04-10"))
    assert found.accrued.grace == round_up_half(study + overdue) - 49_364


def test_a_loan_repaid_early_owes_interest_to_that_day_and_its_credit_waits_for_the_refund(group):
    group.lend(1, due_on=on("2028-03-10"))
    group.tell(PrincipalRepaid(1, on("2025-04-10"), 50 * M, *CORE))
    assert due(group, "2026-04-10").payable == 280_274
    group.tell(InterestReceived(1, on("2025-04-10"), 300_000, *CORE), LoanClosed(1, on("2025-04-10"), *CORE))
    (credit,) = credits_to_refund(group.book, on("2025-04-10"))
    assert (credit.loan, credit.prepaid) == (1, 19_726)
    group.tell(CreditRefunded(1, on("2025-04-17"), 19_726, None, "CB001", "CB002"))
    assert credits_to_refund(group.book, on("2025-04-17")) == ()


def test_B12_another_cycle_takes_the_rate_of_its_day_and_is_rounded_by_itself(group):
    group.lend(1, due_on=on("2025-12-10"))
    group.tell(LoanRenewed(1, on("2025-12-10"), 62_400, on("2028-12-10"), *CORE))
    # 275 days at 6.6 % are 2,486,301.37, 31 days at 6.24 % 264,986.30; rounded together 2,751,288
    found = due(group, "2026-01-10")
    assert found.payable == 2_486_301 + 264_986 == 2_751_287
    assert [chapter.start for chapter in found.accrual.chapters] == [on("2025-03-10"), on("2025-12-10")]


def test_B12_overdue_principal_goes_on_into_another_cycle_until_it_is_extended(group):
    group.lend(1, opened="2025-11-10")
    group.tell(InstalmentOverdue(1, on("2025-11-10"), 20 * M, *CORE))
    group.tell(LoanRenewed(1, on("2025-12-10"), 60_000, on("2028-12-10"), *CORE))
    found = due(group, "2026-01-10")
    old = interest((30 * M, 66_000, "2025-11-10", "2025-12-10"))
    new = interest((30 * M, 60_000, "2025-12-10", "2026-01-10"))
    old_late = interest((20 * M, 85_800, "2025-11-10", "2025-12-10"))
    new_late = interest((20 * M, 78_000, "2025-12-10", "2026-01-10"))
    assert found.accrued.in_term == round_up_half(old) + round_up_half(new)
    assert found.payable == round_up_half(old + old_late) + round_up_half(new + new_late)
