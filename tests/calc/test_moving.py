"""A member goes to another group and takes a loan along: nothing is lost, doubled or rounded (B22)."""

from fractions import Fraction

import pytest
from msgspec.structs import replace

from calc.dues import credits_to_refund, dues, loan_due
from calc.explain import explain
from calc.instalments import schedule
from calc.moving import brought_forward
from calc.problems import Oddity
from calc.rounding import Buckets
from protocol.ids import EntryRef
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
    RecoveredAfterWriteOff,
)
from protocol.posting_facts import Posted, PostedInterest, PostedPrincipal
from protocol.roster_facts import MemberMoved
from tests.calc.days import on
from tests.calc.groups import D, Group
from tests.calc.oracle import round_up_half
from tests.facts import an

CORE = (None, "core")
M = 1_000_000
MOVE = D + 3
"""20/12/2025: after the transaction day of the group that is left."""


@pytest.fixture
def here():
    """50 million since 10/03/2025 at 6.6 %, 6.24 % from 01/12; 2,500,000 đ of interest posted on 17/12."""
    made = Group()
    made.lend(made.member())
    made.decide(ppm=62_400, effective_from="2025-12-01")
    made.tell(an(Posted, day=D, interest=(PostedInterest(1, 2_490_000, 0, 0, 10_000),)))
    made.settle()
    return made


def moved(here, as_of=MOVE, decided_by="CB001"):
    """The group that the member goes to, with another member and a loan of his; the decision is known."""
    there = Group()
    there.lend(there.member())
    there.member()
    there.decide(ppm=62_400, effective_from="2025-12-01")
    entries = brought_forward(
        here.book, here.book.loans[1], as_of, ordinal=2, member=2, decided_by=decided_by
    )
    there.tell(*(tell_number(entry) for entry in entries))
    return there


def tell_number(entry):
    """The other group has an L1 already."""
    return replace(entry, number="L1-1") if hasattr(entry, "number") else entry


def leave(group, as_of=MOVE):
    """What the group that is left is told."""
    group.tell(MemberMoved(1, as_of, "KM-002", "moved", "TV-1"), LoanClosed(1, as_of, *CORE))


def due(group, day, loan=1):
    """Due of one loan to a day."""
    return loan_due(group.book, group.book.loans[loan], day)


def test_B22_what_is_due_before_and_after_is_the_same_to_the_dong(here):
    there = moved(here)
    stays = due(here, on("2026-01-10"))
    leave(here)
    # 266 days at 6.6 %, 40 days at 6.24 %, less 2,500,000: 2,404,931.51 + 341,917.81 − 2,500,000
    exact = Fraction(50 * M * (66_000 * 266 + 62_400 * 40), 365 * M) - 2_500_000
    assert due(there, on("2026-01-10"), 2).payable == stays.payable == round_up_half(exact) == 246_849
    assert [one.loan for one in dues(here.book, MOVE - 1)] == [1]
    assert dues(here.book, MOVE) == ()
    assert [one.loan for one in dues(there.book, MOVE)] == [1, 2]
    assert [one.loan for one in dues(there.book, MOVE - 1)] == [1]
    assert (here.book.problems, there.book.problems) == ([], [])


def test_B22_the_opening_says_what_was_open_and_carries_less_than_one_dong(here):
    opening, *more = brought_forward(
        here.book, here.book.loans[1], MOVE, ordinal=7, member=4, decided_by="CB001"
    )
    # 266 days at 6.6 % and 19 at 6.24 % are 2,567,342.47; 2,490,000 went into the bucket, 10,000 beside it
    numerator = 50 * M * (66_000 * 266 + 62_400 * 19)
    assert (opening.arrears_in_term, opening.prepaid) == (2_567_342 - 2_490_000, 10_000)
    assert opening.numerator_in_term == numerator - 2_567_342 * 365 * M < 365 * M
    assert (opening.ordinal, opening.member, opening.in_term, opening.as_of) == (7, 4, 50 * M, MOVE)
    assert opening.rates == (RateFrom(on("2025-03-10"), 66_000),)
    assert (more, opening.frozen, opening.frozen_until) == ([], 0, None)


def test_B15_the_loan_that_was_left_holds_nothing_but_money_that_comes_after(here):
    here.tell(InterestReceived(1, D, 900_000, *CORE))
    assert due(here, MOVE).prepaid > 0
    leave(here)
    found = due(here, MOVE)
    assert (found.payable, found.principal.in_term, found.segments) == (0, 0, ())
    assert (found.parts.carried, found.parts.accrued, found.parts.settled) == (0, 0, 0)
    assert credits_to_refund(here.book, MOVE) == ()
    here.tell(InterestReceived(1, MOVE + 5, 30_000, *CORE))
    (credit,) = credits_to_refund(here.book, MOVE + 5)
    assert (credit.loan, credit.prepaid) == (1, 30_000)
    here.tell(CreditRefunded(1, MOVE + 5, 30_000, None, "CB001", "CB002"))
    assert credits_to_refund(here.book, MOVE + 5) == ()
    here.tell(PrincipalRepaid(1, D, 1, *CORE), InstalmentScheduled(1, MOVE + 99, 1, *CORE))
    here.tell(an(InterestAdjusted, loan=1, amount=5), RecoveredAfterWriteOff(1, MOVE, 0, 5, *CORE))
    here.tell(LoanClosed(1, MOVE, "GD-9", "core"))
    assert here.oddities == [Oddity.AFTER_CLOSING] * 5  # the other group has to be told


def test_B15_money_that_was_posted_before_a_loan_left_and_settled_after_it_is_a_credit_here(here):
    later = D + 31
    interest, principal = PostedInterest(1, 30_000, 0, 0, 0), PostedPrincipal(1, 1_000_000, 0)
    ref = EntryRef(1, 0, 9, b"9" * 32)
    here.tell(an(Posted, entry=ref, day=later, interest=(interest,), principal=(principal,)))
    there = moved(here, later)
    leave(here, later)
    assert credits_to_refund(here.book, later) == ()
    here.settle(later)
    # 266 days at 6.6 % and 47 at 6.24 % are 2,806,684.93, less 2,500,000: the 30,000 are not there, but here
    assert due(there, later, 2).payable == 306_685
    (credit,) = credits_to_refund(here.book, later)
    assert (credit.prepaid, credit.principal.in_term, credit.fault) == (30_000, 0, None)


def test_a_loan_that_is_closed_for_another_reason_keeps_its_credit(here):
    here.tell(InterestReceived(1, D, 900_000, *CORE), PrincipalRepaid(1, MOVE, 50 * M, *CORE))
    here.tell(LoanClosed(1, MOVE, *CORE), MemberMoved(1, MOVE + 9, "KM-002", "moved", "TV-1"))
    assert len(credits_to_refund(here.book, MOVE)) == 1


def test_a_member_who_leaves_for_no_group_takes_no_loan_along(here):
    here.tell(InterestReceived(1, D, 900_000, *CORE))
    here.tell(MemberMoved(1, MOVE, None, "left", "TV-1"), LoanClosed(1, MOVE, *CORE))
    assert len(credits_to_refund(here.book, MOVE)) == 1


def test_B22_freezes_and_the_plan_and_what_is_to_come_are_told_as_facts_of_their_own(here):
    here.tell(
        InstalmentScheduled(1, on("2025-06-10"), 5 * M, *CORE),
        InstalmentScheduled(1, on("2026-06-10"), 10 * M, *CORE),
        InstalmentScheduled(1, on("2029-06-10"), 4 * M, *CORE),  # behind the final day: of a cycle to come
        InstalmentOverdue(1, on("2025-11-10"), 8 * M, *CORE),
        LoanFrozen(1, on("2025-11-20"), on("2026-11-20"), 20 * M, *CORE),
        FreezeLifted(1, MOVE, 5 * M, *CORE),
        LoanExtended(1, on("2026-02-01"), 8 * M, on("2028-12-10"), *CORE),
        LoanFrozen(1, on("2026-03-01"), on("2026-04-01"), 10 * M, *CORE),
        LoanRenewed(1, on("2028-12-10"), 60_000, on("2030-12-10"), *CORE),
    )
    entries = brought_forward(here.book, here.book.loans[1], MOVE, ordinal=2, member=2, decided_by="CB009")
    assert entries[1:] == (
        LoanFrozen(2, MOVE, on("2026-11-20"), 15 * M, None, "CB009"),
        InstalmentScheduled(2, on("2026-06-10"), 15 * M, None, "CB009"),
        InstalmentScheduled(2, on("2029-06-10"), 4 * M, *CORE),
        LoanExtended(2, on("2026-02-01"), 8 * M, on("2028-12-10"), *CORE),
        LoanFrozen(2, on("2026-03-01"), on("2026-04-01"), 10 * M, *CORE),
        LoanRenewed(2, on("2028-12-10"), 60_000, on("2030-12-10"), *CORE),
    )
    there = moved(here)
    assert there.book.problems == []
    for day in (MOVE, on("2026-03-10"), on("2028-12-09"), on("2029-12-10")):
        assert due(there, day, 2).payable == due(here, day).payable
        opened = [(fall.due_on, fall.open) for fall in schedule(there.book, there.book.loans[2], day)]
        assert opened == [
            (fall.due_on, fall.open)
            for fall in schedule(here.book, here.book.loans[1], day)
            if fall.due_on >= MOVE
        ]


def test_B22_a_part_that_was_due_on_the_eve_goes_with_the_next(here):
    here.tell(InstalmentScheduled(1, MOVE - 1, 5 * M, *CORE), InstalmentScheduled(1, MOVE + 9, 6 * M, *CORE))
    entries = brought_forward(here.book, here.book.loans[1], MOVE, ordinal=2, member=2, decided_by="CB009")
    assert entries[1:] == (InstalmentScheduled(2, MOVE + 9, 11 * M, None, "CB009"),)


def test_B22_a_freeze_to_come_is_told_with_what_it_can_still_cover(here):
    here.tell(LoanFrozen(1, MOVE + 9, MOVE + 99, 50 * M, *CORE))
    here.tell(PrincipalRepaid(1, MOVE - 1, 20 * M, *CORE))
    *_, frozen = brought_forward(here.book, here.book.loans[1], MOVE, ordinal=2, member=2, decided_by="CB009")
    assert frozen == LoanFrozen(2, MOVE + 9, MOVE + 99, 30 * M, *CORE)
    here.tell(PrincipalRepaid(1, MOVE, 30 * M, *CORE))
    told = brought_forward(here.book, here.book.loans[1], MOVE, ordinal=2, member=2, decided_by="CB009")
    assert told[1:] == (PrincipalRepaid(2, MOVE, 30 * M, *CORE),)


def test_B22_a_loan_that_was_written_off_stays_so(here):
    here.tell(LoanWrittenOff(1, MOVE - 1, 50 * M, *CORE))
    there = moved(here)
    found = due(there, MOVE + 100, 2)
    assert (found.payable, found.asked, found.is_dormant) == (due(here, MOVE - 1).payable, 0, True)
    coming = Group()
    coming.lend(coming.member())
    coming.tell(LoanWrittenOff(1, MOVE + 5, 50 * M, *CORE))
    coming.tell(PrincipalRepaid(1, MOVE - 1, 10 * M, *CORE))
    *_, told = brought_forward(coming.book, coming.book.loans[1], MOVE, ordinal=2, member=2, decided_by="X")
    assert told == LoanWrittenOff(2, MOVE + 5, 40 * M, *CORE)


def test_B22_a_refund_beyond_what_lay_beside_the_buckets_is_owed_like_interest(here):
    here.decide(kind="points", ppm=20_000, effective_from="2025-03-10")  # learnt late: everything is paid
    here.tell(CreditRefunded(1, D, 400_000, None, "CB001", "CB002"))
    opening, *_ = brought_forward(here.book, here.book.loans[1], MOVE, ordinal=2, member=2, decided_by="X")
    there = moved(here)
    assert opening.prepaid == 0
    there.decide(kind="points", ppm=20_000, effective_from="2025-03-10")
    assert due(there, MOVE + 30, 2).payable == due(here, MOVE + 30).payable


def test_B22_money_that_was_put_into_a_grace_too_early_pays_what_is_due_first():
    here = Group()
    here.lend(here.member(), grace_end=MOVE + 30)
    here.tell(an(Posted, day=D, interest=(PostedInterest(1, 0, 0, 70_000, 0),)))
    here.settle()
    entries = brought_forward(here.book, here.book.loans[1], MOVE, ordinal=1, member=1, decided_by="X")
    assert (entries[0].prepaid, entries[0].arrears_in_term) == (70_000, 0)
    there = Group()
    there.member()
    there.tell(*entries)
    for day in (MOVE, MOVE + 30, MOVE + 90):
        assert due(there, day).payable == due(here, day).payable
    assert due(there, MOVE).open == Buckets(grace=due(here, MOVE).accrued.grace)


def test_a_loan_does_not_move_before_its_history_nor_across_a_posting_nor_when_it_is_closed(here):
    def to(day):
        return brought_forward(here.book, here.book.loans[1], day, ordinal=1, member=1, decided_by="X")

    assert to(on("2025-03-10"))[0].arrears_in_term == -2_490_000
    with pytest.raises(ValueError, match="only an open loan"):
        to(on("2025-03-09"))
    ref = EntryRef(1, 0, 2, b"\x12" * 32)
    here.tell(an(Posted, entry=ref, day=MOVE + 9, principal=(PostedPrincipal(1, 1_000, 0),)))
    here.settle(MOVE + 9)
    with pytest.raises(ValueError, match="only an open loan"):
        to(MOVE + 9)
    assert to(MOVE + 10)[0].in_term == 50 * M - 1_000
    leave(here, MOVE + 10)
    with pytest.raises(ValueError, match="only an open loan"):
        to(MOVE + 10)


@pytest.mark.parametrize("until", [on("2026-11-17"), None])
def test_B22_a_part_that_came_frozen_goes_on_frozen_beside_what_is_overdue(until):
    here = Group()
    given = {"overdue": 5 * M, "frozen": 10 * M, "frozen_until": until}
    here.bring(here.member(), 35 * M, **given)  # as of 17/11/2025
    here.tell(LoanFrozen(1, on("2025-12-01"), on("2026-06-01"), 8 * M, *CORE))
    here.tell(PrincipalRepaid(1, MOVE, 2 * M, *CORE), FreezeLifted(1, MOVE, 1 * M, *CORE))
    opening, *more = brought_forward(
        here.book, here.book.loans[1], MOVE, ordinal=1, member=1, decided_by="CB009"
    )
    assert (opening.in_term, opening.overdue, opening.frozen) == (35 * M, 5 * M, 10 * M)
    assert opening.frozen_until == until
    assert more == [
        LoanFrozen(1, MOVE, on("2026-06-01"), 7 * M, None, "CB009"),
        PrincipalRepaid(1, MOVE, 2 * M, *CORE),
    ]
    there = Group()
    there.member()
    there.tell(opening, *more)
    assert there.book.problems == []
    for day in (MOVE, on("2026-06-01"), on("2026-11-17"), on("2027-11-17")):
        assert (due(there, day).payable, due(there, day).principal) == (
            due(here, day).payable,
            due(here, day).principal,
        )


def test_B22_a_part_that_is_paid_is_not_planned_again(here):
    here.tell(InstalmentScheduled(1, MOVE - 1, 5 * M, *CORE), InstalmentScheduled(1, MOVE + 9, 6 * M, *CORE))
    here.tell(InstalmentScheduled(1, MOVE + 19, 6 * M, *CORE), PrincipalRepaid(1, MOVE - 2, 11 * M, *CORE))
    entries = brought_forward(here.book, here.book.loans[1], MOVE, ordinal=2, member=2, decided_by="CB009")
    assert entries[1:] == (InstalmentScheduled(2, MOVE + 19, 6 * M, None, "CB009"),)


def test_a_loan_that_left_is_explained_by_what_came_after(here):
    leave(here)
    here.tell(InterestReceived(1, MOVE + 5, 30_000, *CORE))
    laid = explain(here.book, here.book.loans[1], MOVE + 5)
    assert ([effect.received for effect in laid.received], laid.chapters) == ([30_000], ())
    assert len(explain(here.book, here.book.loans[1], MOVE - 1).received) == 2
