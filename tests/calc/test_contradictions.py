"""Facts that cannot be true of a loan: each is listed with its place and has no effect (B7, B21, B22)."""

import pytest

from calc.dues import dues, loan_due
from calc.loan import Recovered
from calc.problems import Oddity, Problem
from protocol.day import DAY_MAX, DAY_MIN
from protocol.entries import decode_entry, entry_bytes
from protocol.errors import MalformedError
from protocol.loan_facts import (
    CreditRefunded,
    Disbursed,
    FreezeLifted,
    InstalmentOverdue,
    InstalmentScheduled,
    InterestAdjusted,
    InterestReceived,
    LoanBroughtForward,
    LoanClosed,
    LoanExtended,
    LoanFrozen,
    LoanOpened,
    LoanRenewed,
    LoanWrittenOff,
    PrincipalRepaid,
    RateFrom,
    RecoveredAfterWriteOff,
)
from protocol.roster_facts import MemberMoved, SavingsMoved
from tests.calc.days import on
from tests.calc.groups import D, Group
from tests.facts import an

CORE = (None, "core")
M = 1_000_000


@pytest.fixture
def group():
    """A member with 50 million since 10/03/2025, of which 20 million are overdue since 10/06."""
    made = Group()
    made.lend(made.member(100_000))
    made.tell(InstalmentOverdue(1, on("2025-06-10"), 20 * M, *CORE))
    return made


def frozen(day, until, amount):
    """A freeze of a part."""
    return LoanFrozen(1, on(day), on(until), amount, *CORE)


@pytest.mark.parametrize(
    ("fact", "oddity"),
    [
        (PrincipalRepaid(1, on("2025-07-10"), 50 * M + 1, *CORE), Oddity.OVER_REPAYMENT),
        (PrincipalRepaid(1, on("2025-05-10"), 31 * M, *CORE), Oddity.OVERDUE_EXCEEDS_IN_TERM),
        (InstalmentOverdue(1, on("2025-07-10"), 30 * M + 1, *CORE), Oddity.OVERDUE_EXCEEDS_IN_TERM),
        (LoanExtended(1, on("2025-07-10"), 20 * M + 1, DAY_MAX, *CORE), Oddity.EXTENSION_EXCEEDS_OVERDUE),
        (LoanExtended(1, on("2025-06-09"), 1, DAY_MAX, *CORE), Oddity.EXTENSION_EXCEEDS_OVERDUE),
        (LoanExtended(1, on("2025-07-10"), 0, on("2025-07-09"), *CORE), Oddity.DATES_REVERSED),
        (LoanRenewed(1, on("2025-07-10"), 66_000, on("2025-07-09"), *CORE), Oddity.DATES_REVERSED),
        (FreezeLifted(1, on("2025-07-10"), 1, *CORE), Oddity.LIFT_EXCEEDS_FROZEN),
        (frozen("2025-07-10", "2025-07-10", 1), Oddity.EMPTY_FREEZE),
        (frozen("2025-07-10", "2026-07-10", 50 * M + 1), Oddity.FROZEN_TWICE),
        (LoanWrittenOff(1, on("2025-07-10"), 50 * M - 1, *CORE), Oddity.WRITE_OFF_DIFFERS),
        (LoanWrittenOff(1, on("2025-06-09"), 50 * M, *CORE), Oddity.AFTER_WRITE_OFF),
        (RecoveredAfterWriteOff(1, on("2025-07-10"), 1, 1, *CORE), Oddity.NOT_WRITTEN_OFF),
        (CreditRefunded(1, D, 1, None, "CB001", "CB002"), Oddity.REFUND_EXCEEDS_CREDIT),
        (Disbursed(1, on("2025-03-09"), 1, *CORE), Oddity.BEFORE_OPENING),
        (PrincipalRepaid(1, on("2025-03-09"), 1, *CORE), Oddity.BEFORE_OPENING),
        (InterestReceived(1, on("2025-03-09"), 1, *CORE), Oddity.BEFORE_OPENING),
        (InstalmentScheduled(1, on("2025-03-09"), 1, *CORE), Oddity.BEFORE_OPENING),
        (LoanClosed(1, on("2025-03-09"), *CORE), Oddity.BEFORE_OPENING),
    ],
)
def test_a_fact_that_cannot_be_true_is_listed_and_nothing_of_it_counts(group, fact, oddity):
    before = dues(group.book, D)
    place = group.tell(fact)
    assert group.book.problems == [Problem(place, oddity, 1)]
    assert dues(group.book, D) == before
    group.tell(InterestReceived(1, D, 5_000, *CORE))  # the rest of the log goes on
    assert dues(group.book, D)[0].payable == before[0].payable - 5_000


def test_events_before_the_first_disbursement_are_refused():
    made = Group()
    made.member()
    made.tell(an(LoanOpened, ordinal=1, member=1, number="L1", opened_on=on("2025-03-10")))
    day = on("2025-04-10")
    made.tell(
        PrincipalRepaid(1, day, 1, *CORE),
        InstalmentOverdue(1, day, 1, *CORE),
        frozen("2025-04-10", "2026-04-10", 1),
        LoanExtended(1, day, 1, DAY_MAX, *CORE),
        Disbursed(1, on("2025-04-20"), 50 * M, *CORE),
        PrincipalRepaid(1, on("2025-04-19"), 1, *CORE),
    )
    assert made.oddities == [
        Oddity.OVER_REPAYMENT,
        Oddity.OVERDUE_EXCEEDS_IN_TERM,
        Oddity.FROZEN_TWICE,
        Oddity.EXTENSION_EXCEEDS_OVERDUE,
        Oddity.OVER_REPAYMENT,
    ]
    assert loan_due(made.book, made.book.loans[1], D).principal.in_term == 50 * M


def test_the_same_principal_is_not_frozen_twice_and_different_parts_may_be(group):
    group.tell(frozen("2025-07-10", "2025-10-10", 30 * M))
    group.tell(frozen("2025-08-10", "2025-12-10", 20 * M))
    assert group.oddities == []
    group.tell(frozen("2025-09-10", "2026-12-10", 1))
    group.tell(frozen("2025-07-01", "2025-07-11", 20 * M + 1))  # reaches into the first
    assert group.oddities == [Oddity.FROZEN_TWICE] * 2
    group.tell(frozen("2025-07-01", "2025-07-11", 20 * M))
    group.tell(frozen("2025-10-10", "2026-12-10", 30 * M))  # the first has ended
    assert group.oddities == [Oddity.FROZEN_TWICE] * 2


def test_a_frozen_part_that_was_brought_forward_is_not_frozen_again():
    made = Group()
    made.bring(made.member(), 10 * M, frozen=40 * M, frozen_until=on("2026-11-17"))
    made.tell(frozen("2025-12-01", "2026-12-01", 10 * M + 1), frozen("2025-12-01", "2026-12-01", 10 * M))
    assert made.oddities == [Oddity.FROZEN_TWICE]


def test_a_payment_learnt_after_a_freeze_is_no_contradiction_of_it(group):
    group.tell(frozen("2025-07-10", "2026-07-10", 50 * M))
    group.tell(PrincipalRepaid(1, on("2025-07-01"), 5 * M, *CORE))
    assert group.oddities == []
    assert loan_due(group.book, group.book.loans[1], D).principal.frozen == 45 * M


def test_nothing_befalls_the_principal_after_a_write_off_and_no_more_is_recovered_than_was_lost(group):
    day = on("2025-09-10")
    group.tell(LoanWrittenOff(1, day, 50 * M, *CORE))
    group.tell(
        LoanWrittenOff(1, on("2025-10-10"), 50 * M, *CORE),
        Disbursed(1, day, 1, *CORE),
        PrincipalRepaid(1, day, 1, *CORE),
        LoanRenewed(1, day, 66_000, DAY_MAX, *CORE),
        InstalmentScheduled(1, on("2026-09-10"), 1, *CORE),
        RecoveredAfterWriteOff(1, day - 1, 1, 1, *CORE),
    )
    assert group.oddities == [Oddity.AFTER_WRITE_OFF] * 5 + [Oddity.NOT_WRITTEN_OFF]
    group.tell(RecoveredAfterWriteOff(1, day, 30 * M, 70_000, *CORE))
    group.tell(RecoveredAfterWriteOff(1, day, 20 * M + 1, 1, *CORE))
    group.tell(RecoveredAfterWriteOff(1, day, 20 * M, 0, *CORE))
    assert group.oddities[6:] == [Oddity.RECOVERED_TOO_MUCH]
    assert group.book.loans[1].recovered(group.book.view()) == Recovered(50 * M, 70_000)
    group.tell(PrincipalRepaid(1, day - 1, 1, *CORE))  # before it, and learnt late
    assert group.oddities[7:] == []


def test_a_loan_is_not_written_off_on_the_day_of_another_cycle(group):
    group.tell(LoanRenewed(1, on("2025-09-10"), 66_000, DAY_MAX, *CORE))
    group.tell(LoanWrittenOff(1, on("2025-09-10"), 50 * M, *CORE))
    assert group.oddities == [Oddity.AFTER_WRITE_OFF]


def test_a_closed_loan_takes_money_and_corrections_and_nothing_else(group):
    day = on("2025-09-10")
    group.tell(LoanClosed(1, day, *CORE))
    group.tell(
        LoanClosed(1, day, *CORE),
        LoanClosed(1, day + 30, "GD-2", "core"),
        Disbursed(1, day + 1, 1, *CORE),
        LoanRenewed(1, day + 1, 66_000, DAY_MAX, *CORE),
    )
    assert group.oddities == [Oddity.AFTER_CLOSING] * 4
    group.tell(
        PrincipalRepaid(1, day, 50 * M, *CORE),
        InterestReceived(1, day + 1, 9 * M, *CORE),
        an(InterestAdjusted, loan=1, amount=5),
        CreditRefunded(1, D, 1, None, "CB001", "CB002"),
    )
    assert len(group.oddities) == 4


@pytest.mark.parametrize("day", [DAY_MIN - 1, DAY_MAX + 1])
def test_a_day_out_of_range_never_reaches_the_book(day):
    for fact in (Disbursed(1, day, 1, *CORE), LoanFrozen(1, D, day, 1, *CORE)):
        with pytest.raises(MalformedError):
            decode_entry(entry_bytes(fact))


def test_a_rate_that_is_no_integer_of_ppm_never_reaches_the_book():
    with pytest.raises(MalformedError):
        decode_entry(entry_bytes(an(LoanOpened)).replace(b"\xce\x00\x01\x01\xd0", b"\xca\x47\x80\xe8\x00"))


def test_a_programme_without_a_rate_leaves_the_due_unknown_and_says_so():
    made = Group()
    made.bring(made.member(), rates=(RateFrom(on("2026-01-01"), 66_000),), programme="XYZ")
    assert loan_due(made.book, made.book.loans[1], D).fault == "no_rate"
    made.decide(programme="XYZ")
    assert loan_due(made.book, made.book.loans[1], D).fault is None


@pytest.mark.parametrize(
    ("kind", "days"),
    [
        (LoanOpened, {"opened_on": 100, "due_on": 99}),
        (LoanOpened, {"opened_on": 100, "grace_end": 99, "due_on": 200}),
        (LoanBroughtForward, {"opened_on": 100, "as_of": 99, "due_on": 200}),
        (
            LoanBroughtForward,
            {"opened_on": 100, "as_of": 150, "frozen": 1, "frozen_until": 150, "due_on": 200},
        ),
    ],
)
def test_a_loan_whose_days_are_in_no_order_is_not_opened(group, kind, days):
    group.tell(an(kind, ordinal=2, member=1, number="L2", **days))
    group.tell(PrincipalRepaid(2, D, 1, *CORE))
    assert group.oddities == [Oddity.DATES_REVERSED, Oddity.UNKNOWN_LOAN]


def test_a_refused_fact_may_be_told_again_once_it_is_true(group):
    repaid = PrincipalRepaid(1, on("2025-07-10"), 60 * M, "GD-7", "core")
    group.tell(repaid, Disbursed(1, on("2025-07-01"), 10 * M, "GD-6", "core"), repaid, repaid)
    assert group.oddities == [Oddity.OVER_REPAYMENT]
    principal = loan_due(group.book, group.book.loans[1], D).principal
    assert principal.in_term + principal.overdue == 0


def test_B7_a_refund_is_all_or_nothing_and_stays_with_its_member(group):
    group.lend(1, opened="2025-12-01")
    group.lend(group.member(), opened="2025-12-01")
    group.tell(InterestReceived(2, D, 300_000, *CORE))  # 16 days at 6.6 % are 144,658
    before = [one.settled for one in dues(group.book, D)]
    for loan, amount, to_loan, oddity in (
        (2, 155_343, None, Oddity.REFUND_EXCEEDS_CREDIT),
        (2, 155_343, 1, Oddity.REFUND_EXCEEDS_CREDIT),
        (2, 1_000, 3, Oddity.OTHER_MEMBER),
        (2, 1_000, 2, Oddity.UNKNOWN_LOAN),
        (2, 1_000, 9, Oddity.UNKNOWN_LOAN),
    ):
        place = group.tell(CreditRefunded(loan, D, amount, to_loan, "CB001", "CB002"))
        assert group.book.problems[-1] == Problem(place, oddity, 2)
        assert [one.settled for one in dues(group.book, D)] == before
    group.tell(MemberMoved(1, D, None, "left", "TV-1"))
    group.tell(CreditRefunded(2, D, 155_342, 1, "CB001", "CB002"))  # also for one who has left the group
    assert [one.settled for one in dues(group.book, D)] == [155_342, 144_658, 0]
    assert len(group.book.problems) == 5


def test_B7_credit_is_not_carried_to_a_loan_that_is_closed_or_has_not_begun(group):
    group.lend(1, opened="2025-07-10")
    group.bring(1, as_of="2025-12-10")
    group.tell(InterestReceived(1, D, 9 * M, *CORE), LoanClosed(2, D, *CORE))
    group.tell(CreditRefunded(1, D, 1_000, 2, "CB001", "CB002"))
    group.tell(CreditRefunded(1, on("2025-12-09"), 1_000, 3, "CB001", "CB002"))
    group.tell(CreditRefunded(1, on("2025-03-09"), 1_000, None, "CB001", "CB002"))
    assert group.oddities == [Oddity.AFTER_CLOSING, Oddity.BEFORE_HISTORY, Oddity.BEFORE_OPENING]
    assert [one.settled for one in dues(group.book, D)] == [9 * M, 0]


def test_a_credit_that_cannot_be_computed_is_not_paid_out(group):
    group.tell(InterestReceived(1, D, 9 * M, *CORE))
    group.decide(kind="factor", ppm=333_333, effective_from="2025-03-20")
    group.tell(CreditRefunded(1, D, 1, None, "CB001", "CB002"))
    assert group.oddities == [Oddity.REFUND_EXCEEDS_CREDIT]


def test_B22_money_from_before_the_history_is_inside_the_balances_and_listed():
    made = Group()
    made.bring(made.member(100_000), prepaid=20_000)  # loan as of 17/11/2025, savings as of 30/11
    made.tell(InterestReceived(1, on("2025-11-16"), 200_000, *CORE))
    made.tell(SavingsMoved(1, "deposit", on("2025-11-29"), 50_000, *CORE))
    assert [(one.oddity, one.loan) for one in made.book.problems] == [
        (Oddity.BEFORE_HISTORY, 1),
        (Oddity.BEFORE_HISTORY, None),
    ]
    assert loan_due(made.book, made.book.loans[1], D).settled == 20_000
    assert made.book.accounts[1].balance(made.book.view(), D) == 100_000
    made.tell(InterestReceived(1, on("2025-11-17"), 200_000, *CORE))
    made.tell(SavingsMoved(1, "deposit", on("2025-11-30"), 50_000, *CORE))
    assert loan_due(made.book, made.book.loans[1], D).settled == 220_000
    assert made.book.accounts[1].balance(made.book.view(), D) == 150_000
    assert len(made.book.problems) == 2


def test_B22_money_told_again_from_before_the_history_is_listed_once():
    made = Group()
    made.bring(made.member())
    early = InterestReceived(1, on("2025-11-16"), 200_000, "GD-1", "core")
    made.tell(early, early)
    assert made.oddities == [Oddity.BEFORE_HISTORY]
