"""What was booked is reversed, and credits are refunded (B7, B15, B17), over a real store.

Figures are those of ``tests.hub.days``: member 1 owes 271,233 đ to 17/12/2025, member 2 379,726 đ.
"""

from datetime import date, timedelta

import pytest

from calc.dues import loan_due
from calc.journal import journal
from calc.states import Phase
from hub.errors import CorrectionError, UnknownGroupError
from hub.service.corrections.decided import correct, preview
from hub.service.corrections.effect import Change
from hub.service.corrections.resolving import Clearing, Release
from hub.service.corrections.taking_back import Refund, Reversal
from hub.service.group.known import known_facts
from hub.service.upkeep.fsck import check
from protocol.day import to_day
from protocol.ids import Position
from protocol.loan_facts import LoanBroughtForward, LoanClosed, PrincipalRepaid
from protocol.phone_facts import Collected, SavingsLine
from protocol.posting_facts import (
    BookReady,
    DayOpened,
    Posted,
    PostedInterest,
    ReceiptRekeyed,
    Reversed,
)
from protocol.roster_facts import MemberListed, SavingsAccountListed
from tests.facts import an
from tests.hub.builders import GROUP
from tests.hub.days import DAY, NEXT, SINCE, CollectionDay
from tests.hub.deciding import (
    decide,
    refusal,
    seems_to_have_paid_twice,
    settled,
    signed,
)
from tests.hub.shown import shown


@pytest.fixture
def day(tmp_path):
    """An open day; at the end everything that is stored still verifies and adds up."""
    made = CollectionDay(tmp_path)
    yield made
    assert check(made.groups, lambda: None).faults == ()


@pytest.fixture
def twice(day):
    """Member 1 seems to have paid both phones 272,000 đ."""
    return seems_to_have_paid_twice(day)


def test_B17_a_posting_is_reversed_by_two_people_on_a_paper_and_the_book_follows(twice):
    settled(twice, 544_000)
    before = loan_due(twice.state.book, twice.state.book.loans[1], NEXT).payable
    done = decide(twice, Reversal(1, None, "mistyped"), "biên bản 01")
    reversed_, ready = done.entries
    assert (type(reversed_), type(ready), ready.day) == (Reversed, BookReady, NEXT)
    assert (reversed_.day, reversed_.cause) == (DAY, "mistyped")
    assert twice.state.text(reversed_.statement) == "biên bản 01"
    assert done.changes == (
        Change("due", 1, before, before + 272_000),
        Change("cash", 1, 0, -272_000),
    )
    assert twice.phases[1, 1] is Phase.REVERSED
    again = decide(twice, Reversal(1, None, "mistyped"), "biên bản 02")
    assert (again.entries, len(twice.of_kind(Reversed))) == ((), 1)


def test_B20_a_reversal_is_booked_on_the_day_on_which_it_is_decided(twice):
    settled(twice, 544_000)
    twice.now += timedelta(days=2)
    decide(twice, Reversal(1, None, "mistyped"))
    entries = journal(twice.state.book, known_facts(twice.state))
    assert [entry.booked_on for entry in entries if entry.cause == "reversed"] == [DAY + 2]


def test_a_preview_changes_nothing_and_is_what_then_happens(twice):
    settled(twice, 544_000)
    before = twice.entries
    decision = Reversal(10_001, None, "duplicate")
    seen = preview(twice.groups, GROUP, decision, signed())
    assert twice.entries == before
    done = decide(twice, decision)
    assert (seen.entries, seen.changes) == (done.entries, done.changes)
    # what was held is in no due: the book stays as it is
    assert [type(entry) for entry in done.entries] == [Reversed]
    assert done.changes == (Change("cash", 2, 0, -272_000), Change("held", 0, 272_000, 0))


def test_a_transfer_is_reversed_by_its_place_with_savings_and_principal(day):
    day.transfer(day.leader, 600_000, 162_740, purpose="principal")
    day.sync()
    settled(day, 0)
    place = next(placed for placed in day.state.log.entries if isinstance(placed.entry, Posted)).position
    done = decide(day, Reversal(None, place, "mistyped"), "biên bản")
    assert [(one.kind, one.before_dong, one.after_dong) for one in done.changes if one.kind != "due"] == [
        ("principal", 29_500_000, 30_000_000),
        ("savings", 0, 500_000),
    ]
    assert refusal(day, Reversal(None, Position(0, 1), "mistyped")) == "not_booked"


def test_one_number_that_two_phones_wrote_is_told_apart_by_its_place(day):
    day.collect(day.leader, 1, 271_233, 271_233)
    day.collect(day.deputy, 2, 379_726, 379_726, receipt=1)
    day.sync()
    assert refusal(day, Reversal(1, None, "mistyped")) == "not_booked"
    settled(day, 0)
    assert refusal(day, Reversal(1, None, "mistyped")) == "several_booked"
    places = [placed.position for placed in day.state.log.entries if isinstance(placed.entry, Posted)]
    decide(day, Reversal(None, places[1], "mistyped"))
    assert day.phases == {(1, 1): Phase.POSTED, (2, 1): Phase.REVERSED}
    assert decide(day, Reversal(None, places[1], "mistyped")).entries == ()


def test_a_paper_receipt_is_reversed_by_its_number(day):
    paid = (PostedInterest(2, 100_000, 0, 0, 0),)
    day.say(an(ReceiptRekeyed, receipt_no=77, writer=1, member=2, day=DAY, interest=paid))
    done = decide(day, Reversal(77, None, "mistyped"), "biên bản")
    assert done.changes == (Change("due", 2, 279_726, 379_726), Change("cash", 1, 100_000, 0))
    (one,) = shown(day).corrections
    assert one.sentence.replace("\xa0", " ") == "đảo biên lai giấy số 77, vì ghi nhầm: −100.000 đ"
    assert one.totals is None


def test_what_a_member_without_a_loan_saves_is_told_as_booked(day):
    day.say(an(MemberListed, ordinal=4, number="3000010004"), an(SavingsAccountListed, ordinal=2, member=4))
    saved = (SavingsLine(2, 20_000),)
    day.leader.write(an(Collected, receipt_no=1, member=4, due_to=DAY, savings=saved, knows=day.knows()))
    day.sync(day.leader)
    (entry,) = shown(day).entries
    assert (entry.outcome, entry.sentence, entry.totals) == ("matched", "ghi đủ vào sổ tiết kiệm", None)
    assert [(one.amount_dong, one.booked_dong, one.difference_dong) for one in entry.savings] == [
        (20_000, 20_000, 0)
    ]


def closed_with_credit(day):
    """Member 1 paid 300,000 đ, 28,767 đ of it ahead, and then the whole loan at the counter."""
    day.collect(day.leader, 1, 300_000, 271_233)
    day.close_round(day.leader, 300_000)
    day.sync()
    settled(day, 300_000)
    day.say(PrincipalRepaid(1, DAY, 50_000_000, "GD-1", "core"), LoanClosed(1, DAY, "GD-2", "core"), day=NEXT)
    return day


LOAN_1, LOAN_4 = "660001000201", "660001000204"


def test_B15_the_credit_of_a_closed_loan_is_refunded_once(day):
    closed_with_credit(day)
    assert refusal(day, Refund(LOAN_1, 28_768, None)) == "credit_less"
    done = decide(day, Refund(LOAN_1, None, None))
    (made,) = done.entries
    assert (made.loan, made.amount, made.to_loan, made.effective) == (1, 28_767, None, DAY)
    assert done.changes == (Change("due", 1, -28_767, 0),)
    assert refusal(day, Refund(LOAN_1, None, None)) == "no_credit"


def test_B7_a_credit_is_carried_to_another_loan_of_the_same_member(day):
    loan = an(LoanBroughtForward, ordinal=4, member=1, number=LOAN_4, as_of=SINCE, in_term=50_000_000)
    day.say(loan)
    closed_with_credit(day)
    assert refusal(day, Refund(LOAN_1, None, "660001000202")) == "other_member"
    assert refusal(day, Refund(LOAN_1, None, LOAN_1)) == "other_member"
    assert refusal(day, Refund("1", None, None)) == "unknown_loan"
    assert refusal(day, Refund(LOAN_4, None, LOAN_1)) == "closed_loan"
    done = decide(day, Refund(LOAN_1, 20_000, LOAN_4))
    assert [type(entry).__name__ for entry in done.entries] == ["CreditRefunded", "BookReady"]
    assert [(one.kind, one.number, one.after_dong - one.before_dong) for one in done.changes] == [
        ("due", 1, 20_000),
        ("due", 4, -20_000),
    ]


def test_a_correction_needs_two_people_a_known_group_and_a_book(day):
    assert refusal(day, Release(1), by="ksv01", confirmed_by="KSV01") == "same_person"
    with pytest.raises(UnknownGroupError):
        correct(day.groups, "T-404", Release(1), signed())
    day.groups.open("T-009")
    with pytest.raises(CorrectionError) as caught:
        correct(day.groups, "T-009", Release(1), signed())
    assert caught.value.code == "no_day"


def test_principal_of_a_loan_that_the_bank_closed_since_is_not_given_back(day):
    day.transfer(day.leader, 500_000, 162_740, purpose="principal")
    day.sync()
    settled(day, 0)
    day.say(PrincipalRepaid(3, DAY, 29_500_000, "GD-3", "core"), LoanClosed(3, DAY, "GD-4", "core"), day=NEXT)
    place = next(placed for placed in day.state.log.entries if isinstance(placed.entry, Posted)).position
    assert refusal(day, Reversal(None, place, "mistyped")) == "closed_principal"


def test_what_was_decided_since_is_shown_with_its_day(twice):
    settled(twice, 500_000)
    twice.collect(twice.leader, 2, 30_000, 379_726)
    twice.sync(twice.leader)
    decide(twice, Clearing(DAY, "shortage", 44_000, "payment"))
    decide(twice, Release(10_001), "giấy")
    decide(twice, Reversal(1, None, "not_paid"), "biên bản")
    sentences = [one.sentence.replace("\xa0", " ") for one in shown(twice).corrections]
    assert sentences == [
        "đã nộp bù 44.000 đ còn thiếu",
        "bỏ treo biên lai số 10001 của tổ phó, vì tiền đếm được đủ cho cả hai: 272.000 đ",
        "đảo biên lai số 1 của tổ trưởng, vì hộ không nộp khoản này: −272.000 đ",
    ]
    last = shown(twice).corrections[-1]
    assert (last.kind, last.amount_dong, last.has_statement) == ("reversed", -272_000, True)
    assert (last.totals.amount_dong, last.totals.due_now_dong) == (-272_000, -271_233)
    assert (shown(twice, NEXT).corrections, last.decided_by, last.confirmed_by) == ((), "KSV01", "GDV01")


def test_a_new_transaction_day_is_opened_only_when_a_due_changed(twice):
    settled(twice, 544_000)
    opened = len(twice.of_kind(DayOpened))
    decide(twice, Release(10_001))
    assert (len(twice.of_kind(DayOpened)), to_day(date(2026, 1, 17))) == (opened, NEXT)
