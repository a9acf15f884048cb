"""The journal of a group, read like a page of it (B4, B17–B20). Figures are worked by hand.

Loan 1: 70,000,000 đ at 6.6 % since 17/11/2025, 20,000 đ prepaid. One day is 70,000,000 × 66,000 / 365,000,000
= 12,657.534 đ: thirty days to 17/12 are 379,726 đ, forty-five to the end of 31/12 are 569,589 đ, sixty-one to
17/01/2026 are 772,110 đ. Loan 2: 30,000,000 đ since 17/11, thirty days 162,740 đ.
"""

import pytest

from calc.chart import CHART, Control
from calc.journal import journal
from protocol.ids import Position
from protocol.loan_facts import (
    CreditRefunded,
    Disbursed,
    InterestAdjusted,
    InterestReceived,
    LoanClosed,
    LoanWrittenOff,
    PrincipalRepaid,
    RecoveredAfterWriteOff,
)
from protocol.posting_facts import (
    CashCounted,
    DaySettled,
    PeriodClosed,
    Reversed,
)
from protocol.roster_facts import MemberMoved, SavingsMoved
from tests.calc.days import on
from tests.calc.groups import D, Group
from tests.calc.journals import balance, booked, name, settled
from tests.facts import an

NEXT = on("2026-01-17")


@pytest.fixture
def group():
    """Two members with a loan each; the first saves; two phones; 17/12/2025 is open."""
    made = Group()
    made.decide()
    made.bring(made.member(300_000), 70_000_000, prepaid=20_000)
    made.bring(made.member(), 30_000_000)
    return made.staff()


def close_december(group):
    """The period of the transaction day is closed."""
    return group.tell(an(PeriodClosed, first_day=on("2025-12-01"), last_day=on("2025-12-31")))


def test_B19_balances_that_are_brought_forward_stand_against_core_clearing(group):
    assert booked(group) == [
        ("savings_account_listed", {"savings/1": -300_000, "core_clearing": 300_000}),
        (
            "loan_brought_forward",
            {"principal/1": 70_000_000, "prepaid_interest/1": -20_000, "core_clearing": -69_980_000},
        ),
        ("loan_brought_forward", {"principal/2": 30_000_000, "core_clearing": -30_000_000}),
    ]


def test_B22_what_was_prepaid_and_owed_when_a_loan_came_is_set_off_before_it_is_booked(group):
    place = group.bring(1, 10_000_000, prepaid=100_000, arrears_in_term=80_000)
    assert booked(group)[-1] == (
        "loan_brought_forward",
        {"principal/3": 10_000_000, "prepaid_interest/3": -20_000, "core_clearing": -9_980_000},
    ), "80,000 đ of it were income where the loan came from"
    settled(group, 0)
    # Thirty days are 54,247 đ.
    assert balance(group, Control.INTEREST_INCOME, place) == -20_000
    assert balance(group, Control.INTEREST_DUE, place) == 34_247


def test_B19_a_receipt_is_income_up_to_the_due_and_prepaid_beyond_it(group, leader):
    before = len(group.log)
    leader.collect(1, {1: 400_000}, {1: 50_000})
    leader.close()
    group.receive()
    assert booked(group, before) == [], "phone entries are memo until they are posted"
    settled(group, 450_000)
    assert booked(group, before) == [
        (
            "posted",
            {
                "cash_in_transit/1": 450_000,
                "interest_income/1": -359_726,
                "prepaid_interest/1": -40_274,
                "savings/1": -50_000,
            },
        ),
        ("cash_counted", {"cash": 450_000, "cash_in_transit/1": -450_000}),
        # What was prepaid before the month is used up by it: 20,000 + 400,000 − 379,726 are prepaid now.
        ("day_settled", {"prepaid_interest/1": 20_000, "interest_income/1": -20_000}),
        ("day_settled", {"interest_due/2": 162_740, "interest_due_contra": -162_740}),
    ]
    assert balance(group, Control.PREPAID_INTEREST, 1) == -40_274


def test_B20_a_period_books_one_difference_for_each_loan(group, leader):
    leader.collect(1, {1: 400_000})
    settled(group, 400_000)
    place = close_december(group)
    # Loan 1 owes 569,589 less 420,000; loan 2 forty-five days of 5,424.658: 244,110.
    assert booked(group, place.seq - 1) == [
        (
            "period_closed",
            {
                "prepaid_interest/1": 40_274,
                "interest_income/1": -40_274,
                "interest_due/1": 149_589,
                "interest_due_contra": -149_589,
            },
        ),
        ("period_closed", {"interest_due/2": 81_370, "interest_due_contra": -81_370}),
    ]
    assert balance(group, Control.INTEREST_INCOME, 1) == -420_000
    settled(group, 0, NEXT)
    assert balance(group, Control.INTEREST_DUE, 1) == 772_110 - 420_000


def test_B4_a_period_that_is_closed_late_books_nothing_in_its_month(group):
    settled(group, 0)
    group.decide(ppm=62_400, effective_from="2025-12-01")
    place = group.tell(an(PeriodClosed, first_day=on("2025-11-01"), last_day=on("2025-11-30")))
    late = journal(group.book, group.facts(), since=Position(0, place.seq - 1))
    assert {(entry.cause, entry.booked_on) for entry in late} == {("period_closed", D + 1)}


def test_B4_the_close_of_a_month_whose_last_day_was_settled_is_booked_in_it_once(group):
    last = on("2025-12-31")
    settled(group, 0, last)
    place = close_december(group)
    own = journal(group.book, group.facts(), since=Position(0, place.seq - 1))
    assert [(entry.cause, entry.booked_on) for entry in own] == [("period_closed", last)] * 2
    group.decide(ppm=62_400, effective_from="2025-12-01")
    place = close_december(group)
    again = journal(group.book, group.facts(), since=Position(0, place.seq - 1))
    assert {entry.booked_on for entry in again} == {last + 1}


def test_B20_a_late_rate_makes_a_difference_in_the_open_period_and_changes_nothing_closed(group, leader):
    leader.collect(1, {1: 359_726})
    settled(group, 359_726)
    close_december(group)
    closed, place = journal(group.book, group.facts()), group.book.position
    group.decide(ppm=62_400, effective_from="2025-12-01")
    assert journal(group.book, group.facts()) == closed
    settled(group, 0, NEXT)
    after = journal(group.book, group.facts())
    assert after[: len(closed)] == closed == journal(group.book, group.facts(), at=place)
    # 14 days at 6.6 % and 47 at 6.24 %: 177,205.479 + 562,454.794 = 739,660, less the 379,726 received.
    assert balance(group, Control.INTEREST_DUE, 1) == 359_934
    first = after[len(closed)]
    assert (first.cause, first.booked_on, first.value_date) == ("day_settled", NEXT, NEXT)
    assert [(name(line), line.amount) for line in first.lines] == [
        ("interest_due/1", 359_934 - 189_863),
        ("interest_due_contra", -359_934 + 189_863),
    ]


def test_B20_a_rate_cut_makes_prepaid_interest_out_of_income(group, leader):
    leader.collect(1, {1: 359_726})
    settled(group, 359_726)
    group.decide(ppm=62_400, effective_from="2025-11-17")
    place = group.tell(an(DaySettled, day=D + 1, first=(0, 1)))
    # Thirty-one days at 6.24 % are 370,981; 379,726 were received.
    (cause, lines), *_ = booked(group, place.seq - 1)
    assert (cause, lines) == ("day_settled", {"prepaid_interest/1": -8_745, "interest_income/1": 8_745})


def test_B20_a_late_payment_at_the_counter_keeps_its_value_date_in_the_open_period(group):
    settled(group, 0)
    close_december(group)
    place = group.tell(InterestReceived(2, on("2025-12-10"), 200_000, None, "CB001"))
    (entry,) = journal(group.book, group.facts(), since=Position(0, place.seq - 1))
    assert (entry.value_date, entry.booked_on) == (on("2025-12-10"), on("2026-01-01"))
    # Due to 10/12 were 23 days: 124,767 đ.
    assert booked(group, place.seq - 1) == [
        (
            "interest_received",
            {"core_clearing": 200_000, "interest_income/2": -124_767, "prepaid_interest/2": -75_233},
        )
    ]


def test_B9_a_transfer_leaves_savings_for_interest_and_principal(group, leader):
    before = len(group.log)
    leader.transfer(1, 1, 1, 100_000)
    leader.transfer(1, 1, 1, 250_000, "principal")
    settled(group, 0)
    posted = [lines for cause, lines in booked(group, before) if cause == "posted"]
    assert posted == [
        {"savings/1": 100_000, "interest_income/1": -100_000},
        {"savings/1": 200_000, "principal/1": -200_000},
    ]


def test_B9_principal_that_was_repaid_at_the_counter_meanwhile_waits_in_suspense(group, leader):
    leader.transfer(1, 1, 1, 250_000, "principal")
    leader.close()
    group.receive()
    group.count(0)
    (posted,) = group.planned()
    at = group.tell(posted)
    group.tell(PrincipalRepaid(1, on("2025-12-16"), 70_000_000, None, "CB001"))
    group.settle()
    assert dict(booked(group, at.seq))["posted"] == {"savings/1": 250_000, "suspense/1": -250_000}
    group.tell(an(Reversed, posted=(0, at.seq), day=D))
    assert booked(group)[-1] == ("reversed", {"savings/1": -250_000, "suspense/1": 250_000})


def test_B15_a_credit_is_refunded_in_cash_or_carried_to_another_loan_of_the_member(group):
    group.bring(1, 10_000_000)
    before = len(group.log)
    group.tell(an(CreditRefunded, loan=1, effective=on("2025-11-17"), amount=5_000, to_loan=None))
    group.tell(an(CreditRefunded, loan=1, effective=on("2025-11-18"), amount=2_000, to_loan=3))
    group.tell(an(CreditRefunded, loan=1, effective=on("2025-11-18"), amount=9_999_999, to_loan=None))
    # A day of 10,000,000 đ at 6.6 % is 1,808 đ.
    assert booked(group, before) == [
        ("credit_refunded", {"prepaid_interest/1": 5_000, "cash": -5_000}),
        (
            "credit_refunded",
            {"prepaid_interest/1": 2_000, "interest_income/3": -1_808, "prepaid_interest/3": -192},
        ),
    ]


def test_B21_what_the_core_moves_stands_against_core_clearing_and_counts_once(group):
    before = len(group.log)
    deposit = SavingsMoved(1, "deposit", D - 3, 70_000, "GD-1", "core")
    repaid = PrincipalRepaid(2, D - 3, 30_000_001, None, "CB001")
    group.tell(deposit, deposit, repaid)
    group.tell(Disbursed(2, D - 2, 1_000_000, "GD-2", "core"))
    group.tell(SavingsMoved(1, "withdrawal", D - 1, 20_000, "GD-3", "core"))
    group.tell(SavingsMoved(9, "deposit", D - 1, 20_000, "GD-4", "core"))
    group.tell(InterestReceived(9, D - 1, 20_000, "GD-5", "core"))
    assert booked(group, before) == [
        ("savings_deposit", {"savings/1": -70_000, "core_clearing": 70_000}),
        ("disbursed", {"principal/2": 1_000_000, "core_clearing": -1_000_000}),
        ("savings_withdrawal", {"savings/1": 20_000, "core_clearing": -20_000}),
    ]


def test_a_loan_that_is_written_off_leaves_and_what_comes_in_later_is_income(group, leader):
    leader.transfer(1, 1, 1, 10_000, "principal")
    before = len(group.log)
    group.tell(LoanWrittenOff(1, D + 1, 70_000_000, None, "CB001"))
    group.tell(RecoveredAfterWriteOff(1, D + 2, 3_000, 4_000, None, "CB001"))
    group.tell(RecoveredAfterWriteOff(2, D + 2, 3_000, 4_000, None, "CB001"))
    settled(group, 0)
    assert booked(group, before)[:3] == [
        ("loan_written_off", {"principal/1": -70_000_000, "core_clearing": 70_000_000}),
        ("recovered_after_write_off", {"core_clearing": 7_000, "recovered/1": -7_000}),
        ("posted", {"savings/1": 10_000, "core_clearing": -10_000}),
    ], "principal of a loan that was written off is the core's"


def test_B22_a_loan_that_its_member_takes_elsewhere_takes_its_prepaid_interest_along(group):
    group.tell(InterestReceived(1, on("2025-12-01"), 500_000, None, "CB001"))
    group.tell(an(MemberMoved, member=1, effective=on("2025-12-11"), to_group="KM-002"))
    place = group.tell(an(LoanClosed, loan=1, effective=on("2025-12-11")))
    assert booked(group, place.seq - 1) == [
        ("loan_closed", {"principal/1": -70_000_000, "core_clearing": 70_000_000})
    ]
    settled(group, 0)
    # Twenty-four days to 11/12 are 303,781 đ of 520,000: 216,219 go along, and fourteen days were income.
    at_the_counter = 177_205 - 20_000
    (difference,) = [lines for cause, lines in booked(group, place.seq) if "interest_income/1" in lines]
    assert difference == {
        "prepaid_interest/1": 520_000 - at_the_counter,
        "interest_income/1": 216_219 - (520_000 - at_the_counter),
        "core_clearing": -216_219,
    }
    close_december(group)
    assert balance(group, Control.INTEREST_INCOME, 1) == -303_781
    assert balance(group, Control.PREPAID_INTEREST, 1) == 0


def test_an_entry_without_effect_books_nothing(group):
    before = len(group.log)
    group.tell(an(InterestAdjusted, loan=2, amount=500))
    group.tell(an(Reversed, posted=(0, 2), day=D))
    group.tell(group.log[3][1], group.log[4][1])
    group.tell(an(CashCounted, day=D, counted=0))
    assert booked(group, before) == []


def test_every_account_of_the_chart_has_its_heading_and_memo_accounts_balance_alone(group):
    assert set(CHART) == set(Control)
    settled(group, 0)
    for entry in journal(group.book, group.facts()):
        assert sum(line.amount for line in entry.lines if CHART[line.account].is_memo) == 0
